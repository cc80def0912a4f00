//! A plan in the words of people: each change, with what differs.

use crate::core::document::pairing::Diff;
use crate::core::document::plan::Plan;
use crate::core::document::sections::{Relation, link_name, section, share_name};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// Something that the import does, for people to read.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// `create`, `alter` or `drop`.
    pub change: &'static str,
    /// For example `role "Sales Rep"`.
    pub object: String,
    /// The fields `before` and `after`; of what is altered, only those that differ.
    pub detail: Value,
}

impl<'a> Plan<'a> {
    /// Every change, for people to read.
    pub fn changes(&self) -> Vec<Change> {
        let present = &self.present.document;
        let wanted = self.wanted;
        let mut changes = Vec::new();
        let named = |what: &str, name: &str| format!("{what} \"{name}\"");
        describe(
            &mut changes,
            &self.offices,
            &present.offices,
            &wanted.offices,
            |office| named("office", &office.name),
        );
        describe(
            &mut changes,
            &self.roles,
            &present.roles,
            &wanted.roles,
            |role| named("role", &role.name),
        );
        describe(
            &mut changes,
            &self.users,
            &present.users,
            &wanted.users,
            |user| named("user", &user.key),
        );
        describe(
            &mut changes,
            &self.groups,
            &present.groups,
            &wanted.groups,
            |group| named("group", &group.name),
        );
        describe(
            &mut changes,
            &self.profiles,
            &present.profiles,
            &wanted.profiles,
            |profile| named("profile", &profile.name),
        );
        changes.extend(self.lost_permissions.iter().map(|(profile, permission)| {
            let module = permission.module.as_deref().unwrap_or_default();
            Change {
                change: "drop",
                object: format!("permissions of profile \"{profile}\" for \"{module}\""),
                detail: json!({"before": fields(permission)}),
            }
        }));
        describe(
            &mut changes,
            &self.modules,
            &present.modules,
            &wanted.modules,
            |module| named("module", &module.name),
        );
        describe(
            &mut changes,
            &self.relations,
            &present.relations,
            &wanted.relations,
            Relation::name,
        );
        describe(
            &mut changes,
            &self.rules,
            &present.rules,
            &wanted.rules,
            |rule| {
                format!(
                    "rule of \"{}\" from {} to {}",
                    rule.module, rule.owned_by, rule.shared_with
                )
            },
        );
        describe(
            &mut changes,
            &self.links,
            &present.links,
            &wanted.links,
            |link| link_name(link.users()),
        );
        describe(
            &mut changes,
            &self.shares,
            &present.shares,
            &wanted.shares,
            share_name,
        );
        changes
    }
}

pub(super) fn fields(element: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(element) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

fn describe<T: Serialize>(
    changes: &mut Vec<Change>,
    diff: &Diff,
    present: &Option<Vec<T>>,
    wanted: &Option<Vec<T>>,
    object: impl Fn(&T) -> String,
) {
    let (present, wanted) = (section(present), section(wanted));
    changes.extend(diff.drop.iter().map(|&at| Change {
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
        Change {
            change: "alter",
            object: object(&present[before]),
            detail: json!({"before": old, "after": new}),
        }
    }));
    changes.extend(diff.create.iter().map(|&at| Change {
        change: "create",
        object: object(&wanted[at]),
        detail: json!({"after": fields(&wanted[at])}),
    }));
}
