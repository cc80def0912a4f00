//! The decision (grants 9 to 12, office security); Record sharing between offices: random worlds of offices, rights, links and shares in the
//! database against the naive model: what every user sees, changes and deletes, and the same again after
//! single changes. People ask, accept and share by themselves; an administrator does what is his. Rules, memberships,
//! links, shares and grants end, some as if time had passed, and some while sessions that know what they see look on.
//!
//! A failure prints the seed of its world: RANDOM_SHARING_SEED=… runs that world alone.
//! RANDOM_SHARING_SECONDS=… sets how long new worlds are tried.

mod support;

#[path = "support/model.rs"]
mod model;

#[path = "support/stored.rs"]
mod stored;

#[path = "support/changes.rs"]
mod changes;

use model::Options;
use std::time::{Duration, Instant};
use stored::{Dice, Layout, Run, Stored, world};
use support::Database;

const CHANGES: usize = 12;

/// For so long things go on that are going to end.
const MOMENT: Duration = Duration::from_secs(2);

/// One world from its seed, and its changes. How many shares there were.
fn try_world(database: &Database, app: &str, seed: u64) -> usize {
    let mut dice = Dice(seed);
    let layout = Layout::of(seed);
    let options = Options {
        links: 10,
        shares: 14,
        profiles: 1,
        modules: 4,
        relations: 4,
        users: 8,
        rules: 3,
        records: 24,
        storable: true,
        ..Options::default()
    };
    // Of the worlds that this seed makes, the first in which something is shared.
    let salted = |salt: u64| world(seed ^ salt << 40, options.clone(), &layout);
    let mut found = (1..100).map(salted).filter(|world| world.shares.len() > 2);
    let mut world = found.next().expect("a world with shares");
    let shares = world.shares.len();
    let mut stored = Stored::build(database, app, &world, &layout);
    let mut history = Vec::new();
    for n in 0..=CHANGES {
        let context = format!("RANDOM_SHARING_SEED={seed} {layout:?}, after {history:?}");
        stored.compare(&world, n % 6 == 0, &context, &mut dice);
        if n % 5 == 4 {
            // Within the hour, then in a moment, as nobody says.
            let mut then = world.clone();
            let steps = changes::coming_ends(&mut then, &mut dice, "now() + '1 h'::interval");
            let context = format!("{context} and {steps:?}");
            stored.take(&steps);
            stored.everybody_sees(&world, &context, || true);
            let until = Instant::now() + MOMENT;
            stored.ends_become(MOMENT);
            let latest = Instant::now() + MOMENT;
            stored.everybody_sees(&world, &context, || Instant::now() < until);
            std::thread::sleep(latest.saturating_duration_since(Instant::now()) + MOMENT / 10);
            world = then;
            stored.everybody_sees(&world, &context, || true);
            stored.compare(&world, n % 2 == 0, &context, &mut dice);
            history.push(steps);
        }
        if n < CHANGES {
            let kinds = [
                changes::of_sharing,
                changes::of_sharing,
                changes::of_relations,
            ];
            let steps = changes::one_of(&kinds, &mut world, &mut dice);
            stored.take(&steps);
            history.push(steps);
        }
    }
    stored.empty();
    shares
}

#[test]
fn the_database_agrees_with_the_model() {
    Run {
        name: "random_sharing",
        first: 0,
        seconds: 25,
        at_least: 4,
    }
    .each(try_world);
}
