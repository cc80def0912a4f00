//! Tables of the application from which the organization comes: what their rows can be, and which columns
//! say so (semantics: The application's own tables).

use crate::core::Error;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// What the rows of a source are, in the order in which some name others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    Offices,
    Roles,
    Users,
    UserRoles,
    Groups,
    Members,
}

impl SourceKind {
    pub const ALL: [SourceKind; 6] = [
        SourceKind::Offices,
        SourceKind::Roles,
        SourceKind::Users,
        SourceKind::UserRoles,
        SourceKind::Groups,
        SourceKind::Members,
    ];

    /// As the function `sync_…` that declares one calls it.
    pub fn label(self) -> &'static str {
        match self {
            SourceKind::Offices => "offices",
            SourceKind::Roles => "roles",
            SourceKind::Users => "users",
            SourceKind::UserRoles => "user_roles",
            SourceKind::Groups => "groups",
            SourceKind::Members => "members",
        }
    }

    pub fn from_label(label: &str) -> Option<SourceKind> {
        Self::ALL.into_iter().find(|kind| kind.label() == label)
    }

    /// What one row is.
    pub fn one(self) -> &'static str {
        match self {
            SourceKind::Offices => "office",
            SourceKind::Roles => "role",
            SourceKind::Users => "user",
            SourceKind::UserRoles => "role of a user",
            SourceKind::Groups => "group",
            SourceKind::Members => "member",
        }
    }

    /// The same, with its article.
    pub fn a(self) -> &'static str {
        match self {
            SourceKind::Offices => "an office",
            SourceKind::Roles => "a role",
            SourceKind::Users => "a user",
            SourceKind::UserRoles => "the role of a user",
            SourceKind::Groups => "a group",
            SourceKind::Members => "a member",
        }
    }

    /// The columns without which there is no such source.
    pub fn needs(self) -> &'static [SourcePart] {
        match self {
            SourceKind::Offices | SourceKind::Roles => &[SourcePart::Name],
            SourceKind::Users | SourceKind::Groups => &[SourcePart::Key, SourcePart::Name],
            SourceKind::UserRoles => &[SourcePart::User, SourcePart::Role],
            SourceKind::Members => &[SourcePart::Group],
        }
    }

    /// The columns that there may be besides.
    pub fn takes(self) -> &'static [SourcePart] {
        match self {
            SourceKind::Offices | SourceKind::Roles => &[SourcePart::Parent, SourcePart::Key],
            SourceKind::Users => &[
                SourcePart::Role,
                SourcePart::Office,
                SourcePart::Active,
                SourcePart::Manager,
            ],
            SourceKind::Groups => &[SourcePart::Office],
            SourceKind::UserRoles => &[],
            SourceKind::Members => &SourcePart::MEMBERS,
        }
    }

    /// Whether there can be one source alone: two would say different things of the same.
    pub fn is_single(self) -> bool {
        matches!(
            self,
            SourceKind::Offices | SourceKind::Roles | SourceKind::UserRoles
        )
    }
}

/// What a column of a source holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SourcePart {
    Key,
    Name,
    Role,
    Office,
    Active,
    Manager,
    Parent,
    Group,
    User,
    Subordinates,
    Subgroup,
}

impl SourcePart {
    pub const ALL: [SourcePart; 11] = [
        SourcePart::Key,
        SourcePart::Name,
        SourcePart::Role,
        SourcePart::Office,
        SourcePart::Active,
        SourcePart::Manager,
        SourcePart::Parent,
        SourcePart::Group,
        SourcePart::User,
        SourcePart::Subordinates,
        SourcePart::Subgroup,
    ];

    /// The members of groups, in the order in which a row is asked for one.
    pub const MEMBERS: [SourcePart; 4] = [
        SourcePart::User,
        SourcePart::Role,
        SourcePart::Subordinates,
        SourcePart::Subgroup,
    ];

    /// The argument of the functions `sync_…` that names the column.
    pub fn argument(self) -> &'static str {
        match self {
            SourcePart::Key => "key",
            SourcePart::Name => "name",
            SourcePart::Role => "role",
            SourcePart::Office => "office",
            SourcePart::Active => "active",
            SourcePart::Manager => "manager",
            SourcePart::Parent => "parent",
            SourcePart::Group => "group",
            SourcePart::User => "user",
            SourcePart::Subordinates => "role_and_subordinates",
            SourcePart::Subgroup => "subgroup",
        }
    }
}

/// The names of the columns, in the order of `SourcePart::ALL`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceColumns([Option<String>; SourcePart::ALL.len()]);

impl SourceColumns {
    pub fn get(&self, part: SourcePart) -> Option<&str> {
        self.0[part as usize].as_deref()
    }

    pub fn set(&mut self, part: SourcePart, column: Option<String>) {
        self.0[part as usize] = column;
    }

    /// The parts that have a column.
    pub fn parts(&self) -> Vec<SourcePart> {
        SourcePart::ALL
            .into_iter()
            .filter(|&part| self.get(part).is_some())
            .collect()
    }

    /// All of them, named or not.
    pub fn all(&self) -> impl Iterator<Item = (SourcePart, Option<&str>)> {
        SourcePart::ALL
            .into_iter()
            .map(|part| (part, self.get(part)))
    }
}

/// What a source is, and by which columns.
pub type SourceShape<'s> = (SourceKind, &'s SourceColumns);

/// Whether two sources would both say which roles there are, or who has them.
pub fn disagree(one: SourceShape, other: SourceShape) -> bool {
    let has = |(kind, columns): SourceShape, parts: &[SourcePart]| {
        kind == SourceKind::Users && parts.iter().any(|&part| columns.get(part).is_some())
    };
    let says_roles = |shape: SourceShape| {
        shape.0 == SourceKind::UserRoles || has(shape, &[SourcePart::Role, SourcePart::Manager])
    };
    let makes_roles =
        |shape: SourceShape| shape.0 == SourceKind::Roles || has(shape, &[SourcePart::Manager]);
    one.0 != other.0
        && (says_roles(one) && says_roles(other) || makes_roles(one) && makes_roles(other))
}

/// The error of that, by their names.
pub fn two_say_roles(one: &str, other: &str) -> Error {
    Error::bad_value(format!(
        "tables {one} and {other} would both say which roles there are, or who has them"
    ))
    .hint("Roles of users come from a column of their table, from their managers, or from a link table.")
}

/// Among nodes and those that are to be above them, the nodes that would come to be above themselves. What
/// is not among the nodes has nothing above it.
pub fn in_circles<Id: Copy + Eq + std::hash::Hash>(
    above: &HashMap<Id, Id>,
    asked: impl IntoIterator<Item = Id>,
) -> Vec<Id> {
    // Each node is passed once: a way up ends where an earlier one has been.
    let mut circular: HashMap<Id, bool> = HashMap::new();
    let asked = asked.into_iter().filter(|&node| {
        let mut way = Vec::new();
        let mut at = Some(node);
        while let Some(next) = at.filter(|next| !circular.contains_key(next)) {
            circular.insert(next, false);
            way.push(next);
            at = above.get(&next).copied();
        }
        // Where it ends at a node of its own, it goes round from there.
        if let Some(begin) = at.and_then(|at| way.iter().position(|&one| one == at)) {
            circular.extend(way[begin..].iter().map(|&one| (one, true)));
        }
        circular.get(&node) == Some(&true)
    });
    asked.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn circles_are_found_and_what_hangs_below_them_is_none() {
        let above: HashMap<i32, i32> = [(1, 2), (2, 3), (3, 1), (4, 1), (5, 5), (6, 7)].into();
        assert_eq!(in_circles(&above, 1..=7), [1, 2, 3, 5]);
        assert_eq!(in_circles(&above, [4, 3, 6, 5, 2]), [3, 5, 2]);
    }

    /// Bug: each way up was followed as far as there are nodes, so that many people below two who manage each
    /// other kept everybody else waiting.
    #[test]
    fn many_below_a_circle_take_no_longer_than_others() {
        let count = 200_000;
        let mut above: HashMap<i32, i32> = (3..count).map(|id| (id, 1 + id % 2)).collect();
        above.extend([(1, 2), (2, 1)]);
        let mut found = in_circles(&above, 1..count);
        found.sort_unstable();
        assert_eq!(found, [1, 2]);
    }

    #[test]
    fn labels_lead_back() {
        for kind in SourceKind::ALL {
            assert_eq!(SourceKind::from_label(kind.label()), Some(kind));
        }
        for (at, part) in SourcePart::ALL.into_iter().enumerate() {
            assert_eq!(part as usize, at);
        }
    }
}
