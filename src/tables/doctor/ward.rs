//! What several checks look at, read once.

use crate::catalog::read::configuration::{Configuration, configuration};
use crate::catalog::read::export::present;
use crate::catalog::read::organization::Rules;
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::write::rewriting::modules_with_tables;
use crate::catalog::write::sql::reading_snapshot;
use crate::catalog::write::tables::{ApplicationTable, all_protected_members, families};
use crate::core::document::Present;
use crate::core::{Error, Result};
use crate::pg::attempt::attempted;
use crate::policy::text::protection::Predicates;
use crate::tables::module_columns::{column_names, relation_columns};
use crate::tables::module_policies::told_by_most;
use pgrx::pg_sys;
use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;

/// A module whose table is there, and is held by nobody against being read.
pub struct ModuleCase {
    pub table: ApplicationTable,
    /// The table and what inherits from it.
    pub family: Vec<ApplicationTable>,
    /// What carries its policies.
    pub members: Vec<ApplicationTable>,
    /// What most of its policies say; None where none tells the columns.
    pub predicates: Option<Predicates>,
}

type Once<T> = RefCell<Option<Result<Rc<T>>>>;

#[derive(Default)]
pub struct Ward {
    /// Tables that somebody holds against being read, quoted.
    pub held: Vec<String>,
    held_oids: HashSet<pg_sys::Oid>,
    modules: Once<Vec<ModuleCase>>,
    present: Once<Present>,
    configuration: Once<Configuration>,
}

impl Ward {
    /// Locks what is going to be looked at, as any query does, as far as it can be had at once. What cannot be
    /// read of our tables is for the checks to say.
    pub fn open() -> Ward {
        let mut ward = Ward::default();
        let tables = attempted(|| {
            let mut tables = Vec::new();
            let members = all_protected_members()?;
            for module in modules_with_tables()? {
                tables.extend(members.of(module.table).to_vec());
            }
            Ok(tables)
        });
        for table in tables.unwrap_or_default() {
            // SAFETY: locks a relation by its number, whether or not it is there.
            let is_had = unsafe {
                pg_sys::ConditionalLockRelationOid(table.oid, pg_sys::AccessShareLock as _)
            };
            if !is_had && ward.held_oids.insert(table.oid) {
                ward.held.push(table.name);
            }
        }
        ward
    }

    fn is_held(&self, tables: &[ApplicationTable]) -> bool {
        tables
            .iter()
            .any(|table| self.held_oids.contains(&table.oid))
    }

    /// The modules that can be looked at.
    pub fn modules(&self) -> Result<Rc<Vec<ModuleCase>>> {
        once(&self.modules, || {
            let all = modules_with_tables()?;
            let tables: Vec<pg_sys::Oid> = all.iter().map(|module| module.table).collect();
            let (kin, members) = (families(&tables)?, all_protected_members()?);
            let mut cases = Vec::new();
            for module in all {
                let family = kin.of(module.table).to_vec();
                let members = members.of(module.table).to_vec();
                let Some(table) = family.first().cloned() else {
                    continue;
                };
                if self.is_held(&family) || self.is_held(&members) {
                    continue;
                }
                // What one module stumbles over is no reason to pass over the others.
                let predicates = attempted(|| Ok(told_by_most(&table)));
                cases.push(ModuleCase {
                    predicates: predicates.unwrap_or_default(),
                    table,
                    family,
                    members,
                });
            }
            Ok(cases)
        })
    }

    /// The configuration as a document tells it, with everybody.
    pub fn present(&self) -> Result<Rc<Present>> {
        once(&self.present, || {
            let must_be_free = |table: pg_sys::Oid| match self.held_oids.contains(&table) {
                true => Err(Error::not_possible("the table is locked")),
                false => Ok(()),
            };
            present(
                &now(),
                |table, owners| {
                    must_be_free(table)?;
                    column_names(table, owners)
                },
                |table, relation| {
                    must_be_free(table)?;
                    relation_columns(table, relation)
                },
            )
        })
    }

    /// What is valid, as decisions go by it.
    pub fn configuration(&self) -> Result<Rc<Configuration>> {
        once(&self.configuration, || {
            configuration(&now(), Rules::Enforced)
        })
    }
}

pub fn now() -> Snapshot {
    reading_snapshot()
}

/// What could not be read is not tried again: each time might wait for a lock.
fn once<T>(kept: &Once<T>, read: impl FnOnce() -> Result<T>) -> Result<Rc<T>> {
    if let Some(known) = &*kept.borrow() {
        return known.clone();
    }
    let read = attempted(read).map(Rc::new);
    kept.replace(Some(read.clone()));
    read
}
