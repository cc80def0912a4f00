//! Sharing rules: in random worlds, preview_rules() counts the records of every module that each user comes to
//! see, to edit and to delete by apply_rules(), or no longer does: with relations, details, modules that
//! follow others, profiles and shares. The truth is what SELECT, UPDATE and DELETE really reach.
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

use changes::{
    random_criteria, random_levels, random_owned_by, random_relation, random_ruling_module,
};
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
            let access = dice.one(&[
                "private",
                "private",
                "public_read_only",
                "public_read_edit",
                "public_read_edit_delete",
            ])?;
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
            let access = match dice.throw(3) {
                0 => "NULL",
                1 => "'read_only'",
                _ => "'read_write'",
            };
            Some(format!(
                "SELECT sharing.alter_rule({id}, {access}, {levels})"
            ))
        }
        4 if dice.rarely(2) => {
            // What is valid ends, as if time had passed, or what is staged will have.
            let (id, _) = dice.one(&rules)?;
            let column = if dice.rarely(2) {
                "until"
            } else {
                "staged_until"
            };
            Some(format!(
                "UPDATE sharing.rules SET {column} = now() - '1 s'::interval WHERE id = {id}"
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
            let criteria = random_criteria(dice);
            let owned_by = party(dice);
            let rule = add_rule(&model::Rule {
                related: random_levels(world, &module, dice),
                module,
                owned_by: random_owned_by(criteria.as_ref(), owned_by, dice)?,
                criteria,
                shared_with: party(dice)?,
                access: if dice.rarely(2) {
                    Level::Read
                } else {
                    Level::Edit
                },
                superiors: dice.rarely(3),
                ended: false,
            });
            // One that is there already is refused.
            let rule = rule.replacen("SELECT", "PERFORM", 1);
            Some(format!(
                "DO $rule$ BEGIN {rule}; EXCEPTION WHEN duplicate_object THEN NULL; END $rule$"
            ))
        }
    }
}

/// The ids that everybody can see, edit and delete, by module and user.
fn reached(
    stored: &mut Stored,
    world: &World,
) -> BTreeMap<(String, String), [BTreeSet<String>; 3]> {
    let mut reached = BTreeMap::new();
    for user in &world.users {
        for module in &world.modules {
            let table = table_of(world, &module.name);
            let ids = [
                format!("SELECT id::text FROM {table}"),
                format!("UPDATE {table} SET note = 'x' RETURNING id::text"),
                format!("DELETE FROM {table} RETURNING id::text"),
            ]
            .map(|sql| {
                stored.reader.run("BEGIN");
                stored.reader.act_for(&user.key);
                let ids = stored.reader.ids(&sql);
                stored.reader.run("ROLLBACK");
                ids
            });
            reached.insert((module.name.clone(), user.key.clone()), ids);
        }
    }
    reached
}

/// What a user gains and loses, for each of the three.
type Counts = [(i64, i64); 3];

/// How many rows preview_rules() had.
fn round(stored: &mut Stored, world: &World, context: &str) -> usize {
    let rows = stored
        .admin()
        .query(
            "SELECT module, user_key, gained, lost, edit_gained, edit_lost, delete_gained, delete_lost, user_name FROM sharing.preview_rules()",
            &[],
        )
        .unwrap_or_else(|error| panic!("{context}: {error:?}"));
    let counts = |row: &postgres::Row| -> Counts {
        let pair = |at: usize| (row.get::<_, i64>(at), row.get::<_, i64>(at + 1));
        [pair(2), pair(4), pair(6)]
    };
    let (rows, total) = match rows.split_last() {
        Some((total, rows)) => (rows, Some(total)),
        None => (&[][..], None),
    };
    let said: BTreeMap<(String, String), Counts> = rows
        .iter()
        .map(|row| ((row.get(0), row.get(1)), counts(row)))
        .collect();
    assert_eq!(said.len(), rows.len(), "{context}: a user twice");
    let mut sum = Counts::default();
    for (place, (gained, lost)) in said.values().flat_map(|counts| counts.iter().enumerate()) {
        sum[place] = (sum[place].0 + gained, sum[place].1 + lost);
    }
    if let Some(total) = total {
        let named: (Option<String>, Option<String>) = (total.get(0), total.get(1));
        assert_eq!(
            (named, counts(total)),
            ((None, None), sum),
            "{context}: the total"
        );
    }
    let before = reached(stored, world);
    stored
        .admin()
        .batch_execute("SELECT sharing.apply_rules()")
        .unwrap_or_else(|error| panic!("{context}: {error:?}"));
    let after = reached(stored, world);
    let mut really = BTreeMap::new();
    for (name, before) in &before {
        let after = &after[name];
        let counts: Counts = std::array::from_fn(|at| {
            let gained = after[at].difference(&before[at]).count() as i64;
            let lost = before[at].difference(&after[at]).count() as i64;
            (gained, lost)
        });
        if counts != Counts::default() {
            really.insert(name.clone(), counts);
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
        // So many that one has shares over a relation that waits to be applied.
        at_least: 25,
    }
    .each(try_world);
}
