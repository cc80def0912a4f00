//! Changes of the configuration: each runs elevated, and is the only one under way.

use crate::catalog::read::citus;
use crate::catalog::write::elevation::Elevated;
use crate::catalog::write::renewal;
use crate::catalog::write::sql::{column, execute, read_value, rows, value};
use crate::core::error::must_fit;
use crate::core::{Error, Result};
use pgrx::pg_sys;
use std::collections::HashMap;

/// Holds the right to change the configuration: as the extension's owner, one transaction at a time.
pub struct Change(#[expect(dead_code, reason = "held until the change is done")] Elevated);

impl Change {
    pub(super) fn of(elevated: Elevated) -> Change {
        Change(elevated)
    }

    /// Waits for a transaction that is changing the configuration; under REPEATABLE READ, fails
    /// (40001) if one has done so since the transaction began.
    pub fn begin() -> Result<Change> {
        let elevated = Elevated::enter()?;
        renewal::renew()?;
        Ok(Change(elevated))
    }

    /// As `begin`, with the tables and their children locked first: DDL on a table that calls us
    /// has them locked, too, before it asks for the right to change the configuration.
    pub fn begin_on(relation_names: &[String]) -> Result<Change> {
        let elevated = Elevated::enter()?;
        let names = lock_spread(relation_names)?;
        if !names.is_empty() {
            execute(
                &format!("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", names.join(", ")),
                &[],
            )?;
        }
        renewal::renew()?;
        Ok(Change(elevated))
    }
}

/// Locks the tables that Citus distributes; returns the others. Citus carries LOCK TABLE to the other servers, as
/// whoever says it, where the DDL that comes as the tables' owner would wait for it for ever.
fn lock_spread(relation_names: &[String]) -> Result<Vec<&str>> {
    let mut others = Vec::new();
    for name in relation_names {
        let table = match citus::is_here() {
            true => value::<pg_sys::Oid>(
                "SELECT pg_catalog.to_regclass($1)::pg_catalog.oid",
                &[name.as_str().into()],
            )?,
            false => None,
        };
        match table.filter(|&table| citus::is_spread(table)) {
            Some(table) => {
                lock(table);
                let partitions = column::<pg_sys::Oid>(
                    "SELECT inhrelid FROM pg_catalog.pg_inherits WHERE inhparent = $1 ORDER BY 1",
                    &[table.into()],
                )?;
                partitions.into_iter().for_each(lock);
            }
            None => others.push(name.as_str()),
        }
    }
    Ok(others)
}

fn lock(table: pg_sys::Oid) {
    // SAFETY: locks a relation by its number, whether or not it is there.
    unsafe { pg_sys::LockRelationOid(table, pg_sys::AccessExclusiveLock as _) };
}

/// Holds the right to read the configuration: as the extension's owner, waiting for nobody.
pub struct Look(#[expect(dead_code, reason = "held while looking")] Elevated);

impl Look {
    pub fn begin() -> Result<Look> {
        Ok(Look(Elevated::enter()?))
    }
}

/// A thing with a unique name, for looking it up and for saying that it is not there.
pub(crate) struct NamedKind {
    pub table: &'static str,
    pub what: &'static str,
    pub create: &'static str,
}

pub(crate) const OFFICE: NamedKind = NamedKind {
    table: "offices",
    what: "office",
    create: "create_office",
};
pub(crate) const ROLE: NamedKind = NamedKind {
    table: "roles",
    what: "role",
    create: "create_role",
};
pub(crate) const GROUP: NamedKind = NamedKind {
    table: "groups",
    what: "group",
    create: "create_group",
};
pub(crate) const PROFILE: NamedKind = NamedKind {
    table: "profiles",
    what: "profile",
    create: "create_profile",
};
pub(crate) const MODULE: NamedKind = NamedKind {
    table: "modules",
    what: "module",
    create: "protect",
};

impl NamedKind {
    pub fn find(&self, name: &str) -> Result<Option<i32>> {
        value(
            &format!("SELECT id FROM sharing.{} WHERE name = $1", self.table),
            &[name.into()],
        )
    }

    pub fn id(&self, name: &str) -> Result<i32> {
        self.find(name)?.ok_or_else(|| self.unknown(name))
    }

    /// As `id`, for who only looks.
    pub fn must_be_known(&self, name: Option<&str>) -> Result<()> {
        let Some(name) = name else { return Ok(()) };
        let id: Option<i32> = read_value(
            &format!("SELECT id FROM sharing.{} WHERE name = $1", self.table),
            &[name.into()],
        )?;
        id.map(|_| ()).ok_or_else(|| self.unknown(name))
    }

    /// The numbers of all.
    pub fn ids(&self) -> Result<HashMap<String, i32>> {
        let all = rows(
            &format!("SELECT name, id FROM sharing.{}", self.table),
            &[],
            |row| Ok((row.get::<String>(1)?, row.get::<i32>(2)?)),
        )?;
        Ok(all
            .into_iter()
            .filter_map(|(name, id)| name.zip(id))
            .collect())
    }

    pub fn optional_id(&self, name: Option<&str>) -> Result<Option<i32>> {
        name.map(|name| self.id(name)).transpose()
    }

    pub fn must_be_new(&self, name: &str) -> Result<()> {
        if name.is_empty() {
            return Err(Error::bad_value(format!(
                "the name of {} cannot be empty",
                with_article(self.what)
            )));
        }
        must_fit(&format!("the name of {}", with_article(self.what)), name)?;
        match self.find(name)? {
            Some(_) => Err(Error::exists(format!(
                "{} \"{name}\" exists already",
                self.what
            ))),
            None => Ok(()),
        }
    }
}

fn with_article(what: &str) -> String {
    let vowel = what.starts_with(['a', 'e', 'i', 'o', 'u']);
    format!(
        "{} {what}",
        if vowel && what != "user" { "an" } else { "a" }
    )
}

/// Who still uses a thing: each statement lists texts such as `user "42"`.
pub(crate) fn must_be_unused(
    what: &str,
    name: &str,
    statements: &[&str],
    id: i32,
    hint: &str,
) -> Result<()> {
    let mut uses: Vec<String> = Vec::new();
    for statement in statements {
        uses.extend(column::<String>(statement, &[id.into()])?);
    }
    if uses.is_empty() {
        return Ok(());
    }
    Err(Error::still_in_use(what, name, &uses).hint(hint))
}
