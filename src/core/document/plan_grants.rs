//! Records that were given to people, in a document, and what of them goes with their modules.

use crate::core::document::checks::dangling;
use crate::core::document::grant_entry::GrantEntry;
use crate::core::document::naming::NamesToBe;
use crate::core::document::pairing::{diff_by, parts, translate};
use crate::core::document::plan::Plan;
use crate::core::document::sections::{Document, ModuleEntry, section};
use crate::core::error::record_must_fit;
use crate::core::{Error, Result};
use std::collections::{HashMap, HashSet};

impl Document {
    pub(super) fn check_grants(&self) -> Result<()> {
        let mut known = HashSet::new();
        for (at, grant) in section(&self.grants).iter().enumerate() {
            record_must_fit("a record that is given", &grant.record)
                .map_err(|error| error.at(&format!("grants[{at}].record")))?;
            if !known.insert((&grant.module, &grant.record, &grant.to)) {
                return Err(
                    Error::bad_value(format!("the {} stands here twice", grant.name()))
                        .at(&format!("grants[{at}]")),
                );
            }
        }
        Ok(())
    }
}

impl NamesToBe<'_> {
    pub(super) fn check_grants(&self, wanted: &Document) -> Result<()> {
        for (at, grant) in section(&wanted.grants).iter().enumerate() {
            if !self.has_module(&grant.module) {
                return Err(dangling("module", &grant.module).at(&format!("grants[{at}].module")));
            }
            self.check_principal(&grant.to, &|| format!("grants[{at}].to"))?;
        }
        Ok(())
    }
}

impl<'a> Plan<'a> {
    /// `groups` says what became of the present groups.
    pub(super) fn compare_grants(&mut self, groups: &HashMap<&'a str, Option<&'a str>>) {
        let present = &self.present.document;
        self.grants = diff_by(
            &present.grants,
            &self.wanted.grants,
            |grant: &'a GrantEntry| {
                // One to a group that goes is like no other.
                let to = translate(&grant.to, groups).unwrap_or(("", grant.to.name()));
                (grant.module.as_str(), grant.record.as_str(), to)
            },
            |grant: &'a GrantEntry| {
                let to = parts(&grant.to);
                (grant.module.as_str(), grant.record.as_str(), to)
            },
            GrantEntry::is_same,
        );
        if self.wanted.grants.is_none() {
            self.drop_grants_of_what_goes();
        }
    }

    /// Where the document does not speak of them, those about a module go with it, with its table, where the
    /// same keys name other records, and when another module comes to control it.
    fn drop_grants_of_what_goes(&mut self) {
        let present = &self.present.document;
        let (before, after) = (section(&present.modules), section(&self.wanted.modules));
        let has_others = |old: &ModuleEntry, new: &ModuleEntry| {
            old.table != new.table || old.controlled_by.is_none() && new.controlled_by.is_some()
        };
        let moved = self.modules.alter.iter();
        let moved = moved.filter(|&&(old, new)| has_others(&before[old], &after[new]));
        let places = self.modules.drop.iter().copied();
        let places = places.chain(moved.map(|&(old, _)| old));
        let gone: HashSet<&str> = places.map(|at| before[at].name.as_str()).collect();
        let grants = section(&present.grants).iter().enumerate();
        self.grants.drop = grants
            .filter(|(_, grant)| gone.contains(grant.module.as_str()))
            .map(|(at, _)| at)
            .collect();
    }

    /// The grants of which the document does not speak, and which stay.
    pub(super) fn untold_grants(&self) -> impl Iterator<Item = &'a GrantEntry> {
        let all = match self.wanted.grants {
            None => section(&self.present.document.grants),
            Some(_) => &[],
        };
        let dropped: HashSet<usize> = self.grants.drop.iter().copied().collect();
        let staying = all.iter().enumerate();
        let staying = staying.filter(move |(at, _)| !dropped.contains(at));
        staying.map(|(_, grant)| grant)
    }
}

impl ModuleEntry {
    /// Refuses grants of records that cannot be given.
    pub(super) fn must_take_grants(&self) -> Result<()> {
        self.must_have_owner("grants")?;
        match self.grants {
            true => Ok(()),
            false => Err(no_grants(&self.name)),
        }
    }
}

/// The error for records of a module that cannot be given.
pub fn no_grants(module: &str) -> Error {
    Error::not_possible(format!(
        "records of module \"{module}\" cannot be given: it was protected with grants => false"
    ))
    .hint("Whoever is to see them needs a rule, a group or a role.")
}
