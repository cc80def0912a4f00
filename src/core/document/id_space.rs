//! One space of keys for users and groups, where one column of a module holds either (semantics: Vocabulary).

use crate::core::document::naming::present_or;
use crate::core::document::plan::Plan;
use crate::core::document::sections::{Document, ModuleEntry, section};
use crate::core::{Error, Result};
use std::collections::HashMap;

/// A key that a user and a group have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collision {
    pub key: String,
    /// The names of both.
    pub user: String,
    pub group: String,
}

/// So many of the others are named.
const NAMED: usize = 5;

impl ModuleEntry {
    /// Whether one column holds users and groups.
    pub fn has_one_id_space(&self) -> bool {
        self.owner.is_some() && self.owner == self.owner_group
    }
}

/// Refuses keys in common, where `module` has one column for users and groups: who belongs to the
/// group would own what is the user's.
pub fn keys_must_differ(module: &str, collisions: &[Collision]) -> Result<()> {
    let Some((first, others)) = collisions.split_first() else {
        return Ok(());
    };
    let both = |collision: &Collision| {
        let Collision { key, user, group } = collision;
        format!("user \"{user}\" and group \"{group}\" have the key \"{key}\"")
    };
    let mut error = Error::bad_value(format!(
        "{}, and module \"{module}\" has one column for both",
        both(first)
    ))
    .hint("Where one column holds users and groups, their keys differ: give one of them another key, or protect the table with a column for each.");
    if !others.is_empty() {
        let named: Vec<String> = others.iter().take(NAMED).map(both).collect();
        let more = match others.len() {
            0..=NAMED => String::new(),
            count => format!(", and so on for {} more", count - NAMED),
        };
        error = error.detail(format!("Likewise {}{more}.", named.join(", ")));
    }
    Err(error)
}

impl Plan<'_> {
    /// Looks at what there will be, where the document speaks of any of it.
    pub(super) fn check_id_space(&self) -> Result<()> {
        let (present, wanted) = (&self.present.document, self.wanted);
        let in_wanted = section(&wanted.modules)
            .iter()
            .position(ModuleEntry::has_one_id_space);
        let module = match (&wanted.modules, in_wanted) {
            (Some(modules), Some(at)) => Some(modules[at].name.as_str()),
            (Some(_), None) => None,
            (None, _) if wanted.users.is_none() && wanted.groups.is_none() => None,
            (None, _) => self.present.one_id_space.as_deref(),
        };
        let Some(module) = module else {
            return Ok(());
        };
        let found = collisions(present, wanted);
        let path = match (found.first(), &wanted.groups, &wanted.users) {
            (None, _, _) => return Ok(()),
            (Some((_, _, group)), Some(_), _) => format!("groups[{group}].key"),
            (Some((_, user, _)), None, Some(_)) => format!("users[{user}].key"),
            (Some(_), None, None) => {
                format!("modules[{}].owner_group", in_wanted.unwrap_or_default())
            }
        };
        let collisions: Vec<Collision> = found.into_iter().map(|(one, _, _)| one).collect();
        keys_must_differ(module, &collisions).map_err(|error| error.at(&path))
    }
}

/// Keys in common, each with the places of the user and the group.
fn collisions(present: &Document, wanted: &Document) -> Vec<(Collision, usize, usize)> {
    let users = section(present_or(&wanted.users, &present.users));
    let groups = section(present_or(&wanted.groups, &present.groups));
    let mut by_key: HashMap<&str, usize> = HashMap::new();
    for (at, group) in groups.iter().enumerate() {
        by_key.insert(&group.key, at);
    }
    let mut found: Vec<(Collision, usize, usize)> = users
        .iter()
        .enumerate()
        .filter_map(|(at, user)| {
            let &group = by_key.get(user.key.as_str())?;
            let collision = Collision {
                key: user.key.clone(),
                user: user.name.clone(),
                group: groups[group].name.clone(),
            };
            Some((collision, at, group))
        })
        .collect();
    found.sort_by(|one, other| one.0.key.cmp(&other.0.key));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::document::tests::{changes, error, parse, present};

    const ANN: &str = r#""users": [{"key": "3", "name": "ann"}]"#;
    const TEAM: &str = r#""groups": [{"key": "3", "name": "Team"}]"#;
    const LEADS: &str = r#""modules": [{"name": "leads", "table": "public.leads", "owner": "o", "owner_group": "o"}]"#;

    fn document(sections: &[&str]) -> String {
        let mut text = String::from("{\"version\": 1");
        for section in sections {
            text.push(',');
            text.push_str(section);
        }
        text.push('}');
        text
    }

    /// What is told of a present module where the document does not speak of modules.
    fn refused(before: &[&str], after: &str) -> String {
        let mut present = present(&document(before));
        present.one_id_space = Some("leads".into());
        let wanted = parse(after);
        Plan::new(&present, &wanted, false)
            .err()
            .map_or("accepted".into(), |error| error.message)
    }

    #[test]
    fn keys_in_common_are_refused_where_the_document_brings_the_last_part() {
        let all = "user \"ann\" and group \"Team\" have the key \"3\", and module \"leads\" has one column for both";
        assert_eq!(
            refused(&[ANN], &document(&[TEAM])),
            format!("groups[0].key: {all}")
        );
        assert_eq!(
            refused(&[TEAM], &document(&[ANN])),
            format!("users[0].key: {all}")
        );
        let (_, message) = error(&document(&[ANN, TEAM]), &document(&[LEADS]));
        assert_eq!(message, format!("modules[0].owner_group: {all}"));
        let (_, message) = error(&document(&[]), &document(&[ANN, TEAM, LEADS]));
        assert_eq!(message, format!("groups[0].key: {all}"));
    }

    #[test]
    fn keys_in_common_are_fine_elsewhere() {
        let two = LEADS.replace(r#""owner_group": "o""#, r#""owner_group": "g""#);
        assert!(!changes(&document(&[ANN, TEAM]), &document(&[&two])).is_empty());
        // The document takes away what would collide.
        let other = TEAM.replace("\"3\"", "\"g\"");
        assert_eq!(
            refused(&[ANN, TEAM], &document(&[&other])),
            "accepted".to_owned()
        );
        // It does not speak of either.
        assert_eq!(refused(&[ANN, TEAM], &document(&[])), "accepted".to_owned());
    }

    #[test]
    fn a_few_are_named() {
        let one = |n: usize| Collision {
            key: n.to_string(),
            user: format!("u{n}"),
            group: format!("g{n}"),
        };
        let all: Vec<Collision> = (1..9).map(one).collect();
        let error = keys_must_differ("leads", &all).unwrap_err();
        let detail = error.detail.unwrap_or_default();
        assert!(
            detail.ends_with("have the key \"6\", and so on for 2 more."),
            "{detail}"
        );
    }
}
