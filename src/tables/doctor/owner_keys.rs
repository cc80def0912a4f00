//! Owners of records who are no user and no group: what such records are, nobody but administrators sees.
//! Read by direct scans, in large tables of some blocks only.

use crate::catalog::read::configuration::Owners;
use crate::catalog::read::people::{KEY, People};
use crate::core::Result;
use crate::core::checkup::{Finding, Severity};
use crate::core::error::some_of;
use crate::pg::attempt::attempted;
use crate::policy::records::reading::{Records, tables_and_heirs};
use crate::policy::records::record_lookup::number_of;
use crate::policy::records::sampled::{Sampled, each_sampled};
use crate::policy::sets::keys::{KeySet, KeyType, text_of_key};
use crate::policy::text::columns::{KeyColumn, owner_columns};
use crate::tables::doctor::ward::{ModuleCase, Ward, now};
use pgrx::spi::quote_literal;
use std::collections::HashMap;

/// So many rows are looked at in all, and at least so many of each table.
const ROWS_IN_ALL: usize = 4_000_000;
const ROWS_OF_A_TABLE: usize = 20_000;

/// How many of the keys are told.
const KEYS_TOLD: usize = 10;

/// The keys that somebody or some group has.
struct KnownKeys {
    users: Vec<String>,
    groups: Vec<String>,
    sets: HashMap<(KeyType, bool, bool), KeySet>,
}

impl KnownKeys {
    fn read(ward: &Ward) -> Result<KnownKeys> {
        let mut users = Vec::new();
        People::open()?.each(&now(), |_, row| users.extend(row.text(KEY)));
        let configuration = ward.configuration()?;
        let groups = configuration.org.groups.values();
        Ok(KnownKeys {
            users,
            groups: groups.map(|group| group.key.clone()).collect(),
            sets: HashMap::new(),
        })
    }

    fn of(&mut self, key_type: KeyType, of_users: bool, of_groups: bool) -> &KeySet {
        let KnownKeys {
            users,
            groups,
            sets,
        } = self;
        sets.entry((key_type, of_users, of_groups))
            .or_insert_with(|| {
                let mut set = KeySet::new(key_type);
                let wanted = [(of_users, users), (of_groups, groups)];
                for (_, keys) in wanted.into_iter().filter(|(is_wanted, _)| *is_wanted) {
                    keys.iter().for_each(|key| set.insert(key));
                }
                set.pack();
                set
            })
    }
}

pub fn unknown(ward: &Ward) -> Result<Vec<Finding>> {
    let modules = ward.modules()?;
    let configuration = ward.configuration()?;
    let mut known = KnownKeys::read(ward)?;
    let rows = (ROWS_IN_ALL / modules.len().max(1)).max(ROWS_OF_A_TABLE);
    let mut findings = Vec::new();
    for case in modules.iter() {
        let Some(table) = configuration.tables.get(&case.table.oid) else {
            continue;
        };
        let found = attempted(|| unknown_in(case, table.owners, &mut known, rows));
        findings.extend(found.unwrap_or_else(|error| {
            let message = format!("its owners could not be looked at: {}", error.message);
            vec![Finding::new(Severity::Warning, &case.table.name, message)]
        }));
    }
    Ok(findings)
}

fn unknown_in(
    case: &ModuleCase,
    owners: Owners,
    known: &mut KnownKeys,
    rows: usize,
) -> Result<Vec<Finding>> {
    let Some(table) = Records::open(case.table.oid) else {
        return Ok(Vec::new());
    };
    // SAFETY: the table is open.
    let Ok(columns) = (unsafe { owner_columns(table.relation()) }) else {
        return Ok(Vec::new());
    };
    let both = owners == Owners::UserOrGroup;
    let first = (
        &columns.owner,
        owners != Owners::Group,
        both || owners == Owners::Group,
    );
    let second = columns.group.as_ref().map(|group| (group, false, true));
    let mut findings = Vec::new();
    for (column, of_users, of_groups) in [Some(first), second].into_iter().flatten() {
        let set = known.of(column.key_type, of_users, of_groups);
        let counted = count(case, column, set, rows)?;
        if counted.unknown > 0 {
            let what = match (of_users, of_groups) {
                (true, true) => "no user and no group",
                (true, false) => "no user",
                (false, _) => "no group",
            };
            findings.push(finding(case, column, what, &counted));
        }
    }
    Ok(findings)
}

#[derive(Default)]
struct UnknownOwners {
    rows: usize,
    unknown: usize,
    is_sampled: bool,
    by_key: HashMap<String, usize>,
}

/// So many different keys are counted one by one.
const KEYS_COUNTED: usize = 10_000;

fn count(
    case: &ModuleCase,
    column: &KeyColumn,
    known: &KeySet,
    rows: usize,
) -> Result<UnknownOwners> {
    let mut counted = UnknownOwners::default();
    let snapshot = now();
    let parts = tables_and_heirs(case.table.oid);
    let rows = (rows / parts.len().max(1)).max(1000);
    for part in parts {
        let Some(records) = Records::open(part) else {
            continue;
        };
        let Some(number) = number_of(&records, column) else {
            continue;
        };
        let visit = |tuple| {
            counted.rows += 1;
            // SAFETY: a row of this table, whose column has the type that the policies say.
            unsafe {
                let Some(value) = records.value(tuple, number) else {
                    return Ok(());
                };
                if known.contains(column.key_type, value) {
                    return Ok(());
                }
                counted.unknown += 1;
                if let Some(key) = text_of_key(column.key_type, value)
                    && (counted.by_key.len() < KEYS_COUNTED || counted.by_key.contains_key(&key))
                {
                    *counted.by_key.entry(key).or_default() += 1;
                }
            }
            Ok(())
        };
        counted.is_sampled |= each_sampled(&records, &snapshot, rows, visit)? == Sampled::Part;
    }
    Ok(counted)
}

fn finding(case: &ModuleCase, column: &KeyColumn, what: &str, counted: &UnknownOwners) -> Finding {
    let mut keys: Vec<(&String, &usize)> = counted.by_key.iter().collect();
    keys.sort_by(|(a, most), (b, other)| other.cmp(most).then(a.cmp(b)));
    let told: Vec<String> = keys
        .iter()
        .take(KEYS_TOLD)
        .map(|(key, count)| format!("{} ({count})", quote_literal(shortened(key))))
        .collect();
    let of = match counted.is_sampled {
        true => format!(" of {} that were looked at, a sample", counted.rows),
        false => String::new(),
    };
    Finding::new(
        Severity::Warning,
        &case.table.name,
        format!(
            "{} records{of} have in column \"{}\" a key that {what} has: {}",
            counted.unknown,
            column.name,
            some_of(&told)
        ),
    )
}

/// Keys in a table may have any length.
fn shortened(key: &str) -> String {
    const SHOWN: usize = 40;
    match key.chars().count() {
        0..=SHOWN => key.to_owned(),
        _ => key.chars().take(SHOWN - 1).chain(['…']).collect(),
    }
}
