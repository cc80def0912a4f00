//! What a plan changes of what tables of the application may hold.

use crate::core::document::plan::Plan;
use crate::core::document::sections::{UserEntry, section};

/// What a plan does to something that a table may hold, by its place in the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Touch<'p> {
    User(&'p str),
    RoleOfUser(&'p str),
    OfficeOfUser(&'p str),
    ActiveUser(&'p str),
    Role(&'p str),
    ParentOfRole(&'p str),
    Office(&'p str),
    ParentOfOffice(&'p str),
    Group(&'p str),
    Member(&'p str, String),
}

impl Plan<'_> {
    /// What the document changes of what tables may hold.
    pub fn touched(&self) -> Vec<Touch<'_>> {
        let (is, to_be) = (&self.present.document, self.wanted);
        let mut all = Vec::new();
        let (before, after) = (section(&is.users), section(&to_be.users));
        all.extend(
            self.users
                .drop
                .iter()
                .map(|&at| Touch::User(&before[at].key)),
        );
        for &(one, other) in &self.users.alter {
            touch_user(&mut all, &before[one], &after[other]);
        }
        let (before, after) = (section(&is.roles), section(&to_be.roles));
        all.extend(
            self.roles
                .drop
                .iter()
                .map(|&at| Touch::Role(&before[at].name)),
        );
        let moved = self.roles.alter.iter();
        let moved = moved.filter(|&&(one, other)| before[one].parent != after[other].parent);
        all.extend(moved.map(|&(one, _)| Touch::ParentOfRole(&before[one].name)));
        let (before, after) = (section(&is.offices), section(&to_be.offices));
        all.extend(
            self.offices
                .drop
                .iter()
                .map(|&at| Touch::Office(&before[at].name)),
        );
        let moved = self.offices.alter.iter();
        let moved = moved.filter(|&&(one, other)| before[one].parent != after[other].parent);
        all.extend(moved.map(|&(one, _)| Touch::ParentOfOffice(&before[one].name)));
        let (before, after) = (section(&is.groups), section(&to_be.groups));
        all.extend(
            self.groups
                .drop
                .iter()
                .map(|&at| Touch::Group(&before[at].name)),
        );
        let changed = self.groups.alter.iter().filter(|&&(one, other)| {
            let (one, other) = (&before[one], &after[other]);
            (&one.key, &one.name, &one.office) != (&other.key, &other.name, &other.office)
        });
        all.extend(changed.map(|&(one, _)| Touch::Group(&before[one].name)));
        let removed = self.removed_members.iter();
        all.extend(removed.map(|(group, member)| Touch::Member(group, member.to_string())));
        all
    }
}

fn touch_user<'p>(all: &mut Vec<Touch<'p>>, before: &'p UserEntry, after: &UserEntry) {
    let key = before.key.as_str();
    if before.name != after.name {
        all.push(Touch::User(key));
    }
    if before.role != after.role {
        all.push(Touch::RoleOfUser(key));
    }
    if before.office != after.office {
        all.push(Touch::OfficeOfUser(key));
    }
    if before.active != after.active {
        all.push(Touch::ActiveUser(key));
    }
}
