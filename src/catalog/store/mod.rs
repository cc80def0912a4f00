//! Changes of the configuration, one file for each kind of thing.
//!
//! Everything here runs inside a [`Change`]: elevated, and the only change under way.

pub mod access;
mod exchange;
pub mod foreign_version;
pub mod groups;
mod id_space;
pub mod import;
mod import_links;
mod import_rules;
pub mod known_keys;
pub mod link_partners;
pub mod link_words;
pub mod links;
pub mod modules;
pub mod newcomers;
pub mod offices;
pub mod ours;
pub mod own_tables;
pub mod profiles;
pub mod readers;
pub mod roles;
pub mod rules;
mod same_rule;
pub mod specialists;
pub mod table_owners;
pub mod ties;
mod unknown;
pub mod users;
pub mod without_owner;

use crate::catalog::elevation::Elevated;
use crate::catalog::generation;
use crate::catalog::sql::{column, rows, value};
use crate::core::error::must_fit;
use crate::core::{Error, Result};
use std::collections::HashMap;

/// Holds the right to change the configuration: as the extension's owner, one transaction at a time.
pub struct Change(#[expect(dead_code, reason = "held until the change is done")] Elevated);

impl Change {
    /// Waits for a transaction that is changing the configuration; under REPEATABLE READ, fails
    /// (40001) if one has done so since the transaction began.
    pub fn begin() -> Result<Change> {
        let elevated = Elevated::enter()?;
        generation::renew()?;
        Ok(Change(elevated))
    }
}

/// Holds the right to read the configuration: as the extension's owner, waiting for nobody.
pub struct Look(#[expect(dead_code, reason = "held while looking")] Elevated);

impl Look {
    pub fn begin() -> Result<Look> {
        Ok(Look(Elevated::enter()?))
    }
}

/// A thing with a unique name, for looking it up and for saying that it is not there.
pub(crate) struct Named {
    pub table: &'static str,
    pub what: &'static str,
    pub create: &'static str,
}

pub(crate) const OFFICE: Named = Named {
    table: "offices",
    what: "office",
    create: "create_office",
};
pub(crate) const ROLE: Named = Named {
    table: "roles",
    what: "role",
    create: "create_role",
};
pub(crate) const GROUP: Named = Named {
    table: "groups",
    what: "group",
    create: "create_group",
};
pub(crate) const PROFILE: Named = Named {
    table: "profiles",
    what: "profile",
    create: "create_profile",
};
pub(crate) const MODULE: Named = Named {
    table: "modules",
    what: "module",
    create: "protect",
};

impl Named {
    pub fn find(&self, name: &str) -> Result<Option<i32>> {
        value(
            &format!("SELECT id FROM sharing.{} WHERE name = $1", self.table),
            &[name.into()],
        )
    }

    pub fn id(&self, name: &str) -> Result<i32> {
        self.find(name)?.ok_or_else(|| self.unknown(name))
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
