//! The decision; Commands on a protected table: random organizations in the database against the naive model. For every user: which
//! records he sees, locks, changes, deletes and may insert, in every layout and type of columns, with
//! relations, details, modules that follow others, and profiles; and the same again after single changes.
//!
//! A failure prints the seed of its world: RANDOM_ORGANIZATIONS_SEED=… runs that world alone.
//! RANDOM_ORGANIZATIONS_SECONDS=… sets how long new worlds are tried.

mod support;

#[path = "support/model.rs"]
mod model;

#[path = "support/stored.rs"]
mod stored;

#[path = "support/changes.rs"]
mod changes;

use model::{Options, World};
use stored::{Dice, Layout, Run, Stored, world};
use support::Database;

const CHANGES: usize = 10;

/// What access_matrix() says of each module is what the model says.
fn compare_matrices(stored: &mut Stored, world: &World, context: &str) {
    let wanted = "SELECT viewer, owner, access::text, reasons, by_criteria::text FROM sharing.access_matrix($1)";
    for module in &world.modules {
        let rows = stored
            .admin()
            .query(wanted, &[&module.name])
            .unwrap_or_else(|error| panic!("{context}: {error:?}"));
        type Said = (String, String, String, Vec<String>, Option<String>);
        let said: Vec<Said> = rows
            .iter()
            .map(|row| (row.get(0), row.get(1), row.get(2), row.get(3), row.get(4)))
            .collect();
        let expected: Vec<_> = model::access_matrix(world, &module.name)
            .into_iter()
            .map(|(viewer, owner, access, reasons, by_criteria)| {
                let reasons: Vec<String> = reasons.into_iter().map(str::to_owned).collect();
                let by_criteria = by_criteria.map(|level| level.label().to_owned());
                (
                    viewer,
                    owner,
                    access.label().to_owned(),
                    reasons,
                    by_criteria,
                )
            })
            .collect();
        assert_eq!(said, expected, "{context}: the matrix of {}", module.name);
    }
}

/// One world from its seed, and its changes.
fn try_world(database: &Database, app: &str, seed: u64) -> usize {
    let mut dice = Dice(seed);
    let layout = Layout::of(seed);
    let options = Options {
        links: 0,
        shares: 0,
        profiles: 2,
        modules: 5,
        relations: 5,
        users: 8,
        rules: 6,
        records: 30,
        storable: true,
        ..Options::default()
    };
    let mut world = world(seed, options, &layout);
    let mut stored = Stored::build(database, app, &world, &layout);
    let mut history = Vec::new();
    for n in 0..=CHANGES {
        let context = format!("RANDOM_ORGANIZATIONS_SEED={seed} {layout:?}, after {history:?}");
        stored.compare(&world, n % 6 == 0, &context, &mut dice);
        if n % 6 == 0 {
            compare_matrices(&mut stored, &world, &context);
        }
        if n < CHANGES {
            let kinds = [changes::of_organization, changes::of_relations];
            let steps = changes::one_of(&kinds, &mut world, &mut dice);
            stored.take(&steps);
            history.push(steps);
        }
    }
    stored.empty();
    world.relations.len()
}

fn run(first: u64) {
    Run {
        name: "random_organizations",
        first,
        seconds: 25,
        at_least: 7,
    }
    .each(try_world);
}

#[test]
fn the_database_agrees_with_the_model_in_even_worlds() {
    run(0);
}

#[test]
fn the_database_agrees_with_the_model_in_odd_worlds() {
    run(1);
}
