//! A plan in the words of people: each change, with what differs.

use crate::core::Principal;
use crate::core::document::grant_entry::GrantEntry;
use crate::core::document::pairing::Diff;
use crate::core::document::plan::Plan;
use crate::core::document::sections::{
    ExpectationEntry, RelationEntry, RuleEntry, link_name, search_name, section, share_name,
};
use crate::core::document::source_entries::SourceEntry;
use crate::core::document::trusted_entries::TrustedEntry;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// Something that the import does, for people to read.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedChange {
    /// `create`, `alter` or `drop`.
    pub change: &'static str,
    /// For example `role "Sales Rep"`.
    pub object: String,
    /// The fields `before` and `after`; of what is altered, only those that differ.
    pub detail: Value,
}

impl<'a> Plan<'a> {
    /// Every change, for people to read.
    pub fn changes(&self) -> Vec<PlannedChange> {
        let mut changes = Vec::new();
        self.tell_of_organization(&mut changes);
        self.tell_of_sharing(&mut changes);
        changes
    }

    /// Offices, roles, users, groups, profiles.
    fn tell_of_organization(&self, changes: &mut Vec<PlannedChange>) {
        let (is, to_be) = (&self.present.document, self.wanted);
        describe(changes, &self.offices, &is.offices, &to_be.offices, |one| {
            format!("office \"{}\"", one.name)
        });
        describe(changes, &self.roles, &is.roles, &to_be.roles, |one| {
            format!("role \"{}\"", one.name)
        });
        describe(changes, &self.users, &is.users, &to_be.users, |one| {
            format!("user \"{}\"", one.key)
        });
        describe(changes, &self.groups, &is.groups, &to_be.groups, |one| {
            format!("group \"{}\"", one.name)
        });
        let (profiles, wanted) = (&is.profiles, &to_be.profiles);
        describe(changes, &self.profiles, profiles, wanted, |one| {
            format!("profile \"{}\"", one.name)
        });
        changes.extend(self.lost_permissions.iter().map(|(profile, permission)| {
            let module = permission.module.as_deref().unwrap_or_default();
            PlannedChange {
                change: "drop",
                object: format!("permissions of profile \"{profile}\" for \"{module}\""),
                detail: json!({"before": fields(permission)}),
            }
        }));
    }

    /// Modules and relations, rules, links, shares and grants.
    fn tell_of_sharing(&self, changes: &mut Vec<PlannedChange>) {
        let (is, to_be) = (&self.present.document, self.wanted);
        describe(changes, &self.modules, &is.modules, &to_be.modules, |one| {
            format!("module \"{}\"", one.name)
        });
        let (relations, wanted) = (&is.relations, &to_be.relations);
        describe(
            changes,
            &self.relations,
            relations,
            wanted,
            RelationEntry::name,
        );
        describe(changes, &self.rules, &is.rules, &to_be.rules, |one| {
            format!(
                "rule of \"{}\" from {} to {}",
                one.module,
                whose(one),
                one.shared_with
            )
        });
        describe(changes, &self.links, &is.links, &to_be.links, |one| {
            link_name(one.users())
        });
        describe(changes, &self.shares, &is.shares, &to_be.shares, share_name);
        describe(
            changes,
            &self.grants,
            &is.grants,
            &to_be.grants,
            GrantEntry::name,
        );
        let (expectations, wanted) = (&is.expectations, &to_be.expectations);
        describe(
            changes,
            &self.expectations,
            expectations,
            wanted,
            ExpectationEntry::name,
        );
        describe(
            changes,
            &self.search,
            &is.search,
            &to_be.search,
            search_name,
        );
        describe(
            changes,
            &self.sources,
            &is.sources,
            &to_be.sources,
            SourceEntry::title,
        );
        describe(
            changes,
            &self.trusted,
            &is.trusted,
            &to_be.trusted,
            TrustedEntry::title,
        );
    }
}

/// The fields that a document tells of an element, by their names.
fn fields(element: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(element) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

/// Adds what becomes of the elements of a section; `object` says what each is.
fn describe<T: Serialize>(
    changes: &mut Vec<PlannedChange>,
    diff: &Diff,
    present: &Option<Vec<T>>,
    wanted: &Option<Vec<T>>,
    object: impl Fn(&T) -> String,
) {
    let (present, wanted) = (section(present), section(wanted));
    changes.extend(diff.drop.iter().map(|&at| PlannedChange {
        change: "drop",
        object: object(&present[at]),
        detail: json!({"before": fields(&present[at])}),
    }));
    changes.extend(diff.alter.iter().map(|&(before, after)| {
        let (mut old, mut new) = (fields(&present[before]), fields(&wanted[after]));
        let names: Vec<String> = old
            .keys()
            .filter(|name| old.get(*name) == new.get(*name))
            .cloned()
            .collect();
        for name in names {
            old.remove(&name);
            new.remove(&name);
        }
        PlannedChange {
            change: "alter",
            object: object(&present[before]),
            detail: json!({"before": old, "after": new}),
        }
    }));
    changes.extend(diff.create.iter().map(|&at| PlannedChange {
        change: "create",
        object: object(&wanted[at]),
        detail: json!({"after": fields(&wanted[at])}),
    }));
}

/// Whose records a rule speaks of, for people: those of anybody are asked by what they are alone.
fn whose(rule: &RuleEntry) -> String {
    let owned_by = rule.owned_by.as_ref().map(Principal::to_string);
    owned_by.unwrap_or_else(|| "anybody".to_owned())
}
