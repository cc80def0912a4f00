//! What explain, access_to, access_levels and who_can say of every record of a world and everybody in it, against
//! the model: which says why, too.

use super::{Dice, Reader, literal, table_of};
use crate::model::{self, Grant, Level, Record, World};
use postgres::{Client, Row};
use std::collections::BTreeMap;

/// Access and reason of the lines of an explanation, in order; of cuts by profiles, whether there are any.
type Why = (Vec<(String, String)>, bool);

/// What the model says of a user's access to a record.
fn why(world: &World, key: &str, record: &Record) -> Why {
    let grants = model::grants(world, key, record);
    let mut lines: Vec<_> = grants
        .iter()
        .map(|grant| line(world, record, grant))
        .collect();
    lines.sort();
    let strongest = strongest(&grants).map_or(Level::None, |grant| grant.level);
    (lines, strongest > model::level(world, key, record))
}

/// A detail has what its parent gives, but for administrators.
fn reason(world: &World, record: &Record, grant: &Grant) -> &'static str {
    let is_detail = model::controller(world, record).is_some();
    match is_detail && grant.reason != "administrator" {
        true => "parent",
        false => grant.reason,
    }
}

fn line(world: &World, record: &Record, grant: &Grant) -> (String, String) {
    let (level, reason) = match grant.withheld {
        true => (Level::None, "office_security"),
        false => (grant.level, reason(world, record, grant)),
    };
    (level.label().to_owned(), reason.to_owned())
}

/// Of several that give the same, the first in the order of the table.
fn strongest(grants: &[Grant]) -> Option<&Grant> {
    let holding = grants.iter().filter(|grant| !grant.withheld);
    holding.reduce(|best, grant| {
        if grant.level > best.level {
            grant
        } else {
            best
        }
    })
}

/// Access, and the lines of the explanation, by record and user.
type Told = BTreeMap<(String, String), (String, Why)>;

fn told(rows: &[Row]) -> Told {
    let each = rows.iter().map(|row| {
        let name: (String, String) = (row.get("id"), row.get("key"));
        let (accesses, reasons): (Vec<String>, Vec<String>) =
            (row.get("accesses"), row.get("reasons"));
        let (mut lines, cuts): (Vec<_>, Vec<_>) = accesses
            .into_iter()
            .zip(reasons)
            .partition(|(_, reason)| reason != "profile");
        lines.sort();
        (name, (row.get("access"), (lines, !cuts.is_empty())))
    });
    each.collect()
}

/// `{table}` is the table, `{about}` the further argument that names the user, `{of}` where users and ids come from.
const ASKED: &str = "SELECT ids.id, users.key, sharing.access_to('{table}', ids.id{about})::text AS access,
        coalesce(e.accesses, '{}') AS accesses, coalesce(e.reasons, '{}') AS reasons
    FROM {of} LEFT JOIN LATERAL (
        SELECT array_agg(e.access::text) AS accesses, array_agg(e.reason) AS reasons FROM sharing.explain('{table}', ids.id{about}) e
    ) e ON true";

/// The ids of some records of a module, and one that none has.
fn ids(world: &World, module: &str, dice: &mut Dice) -> Vec<String> {
    let records = world.records.iter();
    let of_module = records.filter(|record| record.module == module);
    let all: Vec<_> = of_module.map(|record| record.id.clone()).collect();
    let mut ids: Vec<_> = (0..4).filter_map(|_| dice.one(&all).cloned()).collect();
    ids.push("no such record".to_owned());
    ids.sort();
    ids.dedup();
    ids
}

fn list_of_ids(ids: &[String]) -> String {
    let ids: Vec<_> = ids.iter().map(|id| literal(id)).collect();
    format!("unnest(ARRAY[{}]::text[]) ids (id)", ids.join(", "))
}

/// An administrator asks about everybody, and who can.
pub fn ask_about_everybody(world: &World, admin: &mut Client, context: &str, dice: &mut Dice) {
    for module in &world.modules {
        let table = table_of(world, &module.name);
        let ids = ids(world, &module.name, dice);
        let sql = ASKED
            .replace("{table}", &table)
            .replace("{about}", ", users.key")
            .replace(
                "{of}",
                &format!("{} CROSS JOIN sharing.users", list_of_ids(&ids)),
            );
        let rows = admin
            .query(&sql, &[])
            .unwrap_or_else(|error| panic!("{context}: {sql}: {error:?}"));
        let mut expected = Told::new();
        for user in &world.users {
            for id in &ids {
                let record = world
                    .records
                    .iter()
                    .find(|r| (&r.module, &r.id) == (&module.name, id));
                let access =
                    record.map_or(Level::None, |record| model::level(world, &user.key, record));
                let why = record.map_or_else(Why::default, |record| why(world, &user.key, record));
                expected.insert(
                    (id.clone(), user.key.clone()),
                    (access.label().to_owned(), why),
                );
            }
        }
        assert_eq!(told(&rows), expected, "{context}: {sql}");
        who_can(world, admin, &module.name, &ids, context);
    }
}

fn who_can(world: &World, admin: &mut Client, module: &str, ids: &[String], context: &str) {
    for wanted in [Level::Read, Level::Full] {
        let sql = format!(
            "SELECT ids.id, w.user_key, w.user_name, w.access::text, w.reason
             FROM {}, LATERAL sharing.who_can('{}', ids.id, '{}') WITH ORDINALITY w ORDER BY ids.id COLLATE \"C\", w.ordinality",
            list_of_ids(ids),
            table_of(world, module),
            wanted.label()
        );
        let rows = admin
            .query(&sql, &[])
            .unwrap_or_else(|error| panic!("{context}: {sql}: {error:?}"));
        let found: Vec<[String; 5]> = rows
            .iter()
            .map(|row| std::array::from_fn(|column| row.get(column)))
            .collect();
        let mut expected = Vec::new();
        let asked = |record: &&Record| record.module == module && ids.contains(&record.id);
        for record in world.records.iter().filter(asked) {
            for user in &world.users {
                let level = model::level(world, &user.key, record);
                let grants = model::grants(world, &user.key, record);
                if level >= wanted
                    && let Some(grant) = strongest(&grants)
                {
                    let reason = reason(world, record, grant);
                    expected.push(
                        [&record.id, &user.key, &user.name, level.label(), reason]
                            .map(str::to_owned),
                    );
                }
            }
        }
        expected.sort();
        assert_eq!(found, expected, "{context}: {sql}");
    }
}

/// Somebody asks about themselves: of what they do not see they are told nothing, as of what is not there.
pub fn ask_about_oneself(
    world: &World,
    reader: &mut Reader,
    key: &str,
    context: &str,
    dice: &mut Dice,
) {
    let user = world
        .users
        .iter()
        .find(|user| user.key == key && user.active);
    let administers = user.is_some_and(|user| user.rights.administrator);
    for module in &world.modules {
        let table = table_of(world, &module.name);
        let ids = ids(world, &module.name, dice);
        let level = |id: &str| {
            let record = world
                .records
                .iter()
                .find(|r| r.module == module.name && r.id == id);
            record.map_or(Level::None, |record| model::level(world, key, record))
        };
        let sql = format!(
            "SELECT record_id, access::text FROM sharing.access_levels('{table}', $1::text[])"
        );
        let rows = reader.query(&sql, &[&ids]);
        let found: Vec<(String, String)> =
            rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        let expected: Vec<_> = ids
            .iter()
            .map(|id| (id.clone(), level(id).label().to_owned()))
            .collect();
        assert_eq!(found, expected, "{context}: user {key:?}: {sql}");
        let sql = ASKED
            .replace("{table}", &table)
            .replace("{about}", "")
            .replace(
                "{of}",
                "unnest($1::text[]) ids (id) CROSS JOIN (VALUES ('')) users (key)",
            );
        let found = told(&reader.query(&sql, &[&ids]));
        let mut expected = Told::new();
        for id in &ids {
            let record = world
                .records
                .iter()
                .find(|r| r.module == module.name && r.id == *id);
            let is_told = administers || level(id) > Level::None;
            let why = record
                .filter(|_| is_told)
                .map_or_else(Why::default, |record| why(world, key, record));
            expected.insert(
                (id.clone(), String::new()),
                (level(id).label().to_owned(), why),
            );
        }
        assert_eq!(found, expected, "{context}: user {key:?}: {sql}");
    }
}
