//! SPEC 7: in random worlds, preview_rules() counts the records of every module that each user comes to
//! see, or sees no more, by apply_rules(): with relations, details, modules that follow others, profiles
//! and shares.
//!
//! A failure prints the seed of its world: RANDOM_PREVIEW_SEED=… runs that world alone.
//! RANDOM_PREVIEW_SECONDS=… sets how long new worlds are tried.

mod support;

#[path = "support/model.rs"]
mod model;

#[path = "support/stored.rs"]
mod stored;

#[path = "support/changes.rs"]
mod changes;

use changes::{random_levels, random_relation, random_ruling_module};
use model::{Level, Options, Principal, World};
use std::collections::{BTreeMap, BTreeSet};
use stored::{Dice, Layout, Run, Stored, add_rule, literal, relate, related, table_of, world};
use support::Database;

/// How often changes are staged and applied.
const ROUNDS: usize = 4;

/// One change that `apply_rules()` makes valid.
fn stage(stored: &mut Stored, world: &mut World, dice: &mut Dice) -> Option<String> {
    let rules = stored
        .admin()
        .query(
            "SELECT r.id, m.name FROM sharing.rules r JOIN sharing.modules m ON m.id = r.module_id WHERE r.staged_access IS NOT NULL ORDER BY 1",
            &[],
        )
        .expect("SELECT");
    let rules: Vec<(i64, String)> = rules.iter().map(|row| (row.get(0), row.get(1))).collect();
    match dice.throw(8) {
        0 => {
            let module = random_ruling_module(world, dice)?;
            let access =
                dice.one(&["private", "private", "public_read_only", "public_read_edit"])?;
            let module = literal(&module);
            Some(format!(
                "SELECT sharing.set_global_access({module}, '{access}')"
            ))
        }
        1 => {
            let (id, _) = dice.one(&rules)?;
            Some(format!("SELECT sharing.drop_rule({id})"))
        }
        2 | 3 => {
            let (id, module) = dice.one(&rules)?;
            let levels = related(&random_levels(world, module, dice));
            Some(format!(
                "SELECT sharing.alter_rule({id}, related => {levels})"
            ))
        }
        4 => {
            let relation = random_relation(world, dice)?;
            let sql = relate(world, &relation);
            world.relations.push(relation);
            Some(sql)
        }
        _ => {
            let module = random_ruling_module(world, dice)?;
            let party = |dice: &mut Dice| {
                Some(match dice.throw(3) {
                    0 => Principal::Role(dice.one(&world.roles)?.name.clone()),
                    1 => Principal::RoleAndSubordinates(dice.one(&world.roles)?.name.clone()),
                    _ => Principal::Group(dice.one(&world.groups)?.name.clone()),
                })
            };
            let rule = add_rule(&model::Rule {
                related: random_levels(world, &module, dice),
                module,
                owned_by: party(dice)?,
                shared_with: party(dice)?,
                access: Level::Read,
                superiors: dice.rarely(3),
            });
            // One that is there already is refused.
            let rule = rule.replacen("SELECT", "PERFORM", 1);
            Some(format!(
                "DO $rule$ BEGIN {rule}; EXCEPTION WHEN duplicate_object THEN NULL; END $rule$"
            ))
        }
    }
}

/// The ids that everybody sees, by module and user.
fn seen(stored: &mut Stored, world: &World) -> BTreeMap<(String, String), BTreeSet<String>> {
    let mut seen = BTreeMap::new();
    for user in &world.users {
        stored.reader.run("BEGIN");
        stored.reader.act_for(&user.key);
        for module in &world.modules {
            let sql = format!("SELECT id::text FROM {}", table_of(world, &module.name));
            let ids = stored.reader.ids(&sql);
            seen.insert((module.name.clone(), user.key.clone()), ids);
        }
        stored.reader.run("ROLLBACK");
    }
    seen
}

/// How many rows preview_rules() had.
fn round(stored: &mut Stored, world: &World, context: &str) -> usize {
    let rows = stored
        .admin()
        .query(
            "SELECT module, user_key, gained, lost FROM sharing.preview_rules()",
            &[],
        )
        .unwrap_or_else(|error| panic!("{context}: {error:?}"));
    let said: BTreeMap<(String, String), (i64, i64)> = rows
        .iter()
        .map(|row| ((row.get(0), row.get(1)), (row.get(2), row.get(3))))
        .collect();
    assert_eq!(said.len(), rows.len(), "{context}: a user twice");
    let before = seen(stored, world);
    stored
        .admin()
        .batch_execute("SELECT sharing.apply_rules()")
        .unwrap_or_else(|error| panic!("{context}: {error:?}"));
    let after = seen(stored, world);
    let mut really = BTreeMap::new();
    for (name, before) in &before {
        let after = &after[name];
        let gained = after.difference(before).count() as i64;
        let lost = before.difference(after).count() as i64;
        if (gained, lost) != (0, 0) {
            really.insert(name.clone(), (gained, lost));
        }
    }
    assert_eq!(said, really, "{context}");
    said.len()
}

fn try_world(database: &Database, app: &str, seed: u64) -> usize {
    let mut dice = Dice(seed);
    let layout = Layout::of(seed);
    let options = Options {
        links: 8,
        shares: 12,
        profiles: 1,
        relations: 5,
        users: 9,
        rules: 4,
        records: 40,
        storable: true,
        ..Options::default()
    };
    let mut world = world(seed ^ 9 << 56, options, &layout);
    let mut stored = Stored::build(database, app, &world, &layout);
    let mut rows = 0;
    let mut history = Vec::new();
    for _ in 0..ROUNDS {
        for _ in 0..=dice.throw(4) {
            if let Some(sql) = stage(&mut stored, &mut world, &mut dice) {
                stored.take(&[(None, sql.clone())]);
                history.push(sql);
            }
        }
        let context = format!("RANDOM_PREVIEW_SEED={seed} {layout:?}, after {history:?}");
        rows += round(&mut stored, &world, &context);
        history.push("apply".to_owned());
    }
    stored.empty();
    rows
}

#[test]
fn what_is_previewed_is_what_happens() {
    Run {
        name: "random_preview",
        first: 0,
        seconds: 15,
        at_least: 5,
    }
    .each(try_world);
}
