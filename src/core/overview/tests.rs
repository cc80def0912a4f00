//! What overviews say of small organizations.

use super::*;
use crate::core::time::Moment;

const NOW: Moment = Moment(0);

use crate::core::document::tests::{SMALL, parse, present};

fn by(text: &str) -> crate::core::document::Present {
    present(text)
}

const COMPANY: &str = r#"{"version": 1,
    "roles": [{"name": "boss"}, {"name": "rep", "parent": "boss", "profiles": ["careful"]}, {"name": "aide", "parent": "boss"},
              {"name": "intern", "parent": "rep"}],
    "profiles": [{"name": "careful"}],
    "users": [{"key": "1", "name": "ann", "role": "rep"}, {"key": "2", "name": "bob", "role": "intern"},
              {"key": "3", "name": "cleo", "role": "intern", "active": false}, {"key": "4", "name": "dan"}],
    "groups": [{"key": "g1", "name": "inner", "members": ["user:4", "role:intern"]},
               {"key": "g2", "name": "outer", "members": ["group:inner", "role_and_subordinates:rep"]},
               {"key": "g3", "name": "empty"}],
    "modules": [{"name": "leads", "table": "public.leads", "owner": "owner", "global_access": "private", "staged": "public_read_only"},
                {"name": "contacts", "table": "public.contacts", "owner": "owner", "follows": "leads"},
                {"name": "quotes", "table": "public.quotes", "owner": "owner"},
                {"name": "calls", "table": "public.calls", "owner": "owner"},
                {"name": "lines", "table": "public.lines", "controlled_by": "quotes", "via": "quote"}],
    "relations": [{"child": "quotes", "via": "contact", "parent": "contacts"},
                  {"child": "calls", "via": "lead", "parent": "leads", "when": {"column": "kind", "value": "lead"}, "with_shares": false, "staged": true}],
    "rules": [{"module": "leads", "owned_by": "role:rep", "shared_with": "group:inner", "access": "read_only"},
              {"module": "leads", "owned_by": "role:intern", "shared_with": "role:aide", "access": "read_only", "related": {"quotes": "read_write"},
               "staged": {"access": "read_write"}},
              {"module": "leads", "owned_by": "role:aide", "shared_with": "role_and_subordinates:rep", "access": "read_write", "related": {"calls": "none"},
               "staged": "added"},
              {"module": "leads", "owned_by": "group:outer", "shared_with": "role:aide", "access": "read_write", "staged": "dropped", "superiors": true}]}"#;

#[test]
fn modules_tell_what_holds_for_them() {
    let rows = modules(&by(COMPANY).document);
    let row = |name: &str| rows.iter().find(|row| row.module == name).unwrap();
    let (leads, contacts, lines) = (row("leads"), row("contacts"), row("lines"));
    assert_eq!(
        (leads.global_access, leads.staged_global_access),
        (Some("Private"), Some("Public: Read Only"))
    );
    assert_eq!((leads.rules, leads.staged_rules), (Some(3), Some(3)));
    // What it follows holds.
    assert_eq!(
        (contacts.global_access, contacts.staged_global_access),
        (Some("Private"), Some("Public: Read Only"))
    );
    assert_eq!((contacts.rules, contacts.staged_rules), (Some(3), Some(3)));
    // The parent decides.
    assert_eq!(
        (lines.global_access, lines.staged_global_access, lines.rules),
        (None, None, None)
    );
    assert_eq!((lines.hierarchy, lines.default_owner), (None, None));
    assert_eq!(lines.via.as_deref(), Some("quote"));
}

#[test]
fn rules_tell_what_becomes_of_them() {
    let rows = rules(&by(COMPANY), NOW);
    let related = |levels: &[(&str, &'static str)]| {
        let levels = levels
            .iter()
            .map(|(child, level)| ((*child).to_owned(), *level));
        Some(levels.collect::<std::collections::BTreeMap<_, _>>())
    };
    let told: Vec<_> = rows
        .iter()
        .map(|row| (row.rule, row.status, row.access, row.staged_access))
        .collect();
    assert_eq!(
        told,
        [
            (1, "valid", Some("Read Only"), None),
            (2, "changed", Some("Read Only"), Some("Read/Write")),
            (3, "added", None, Some("Read/Write")),
            (4, "dropped", Some("Read/Write"), None),
        ]
    );
    // Quotes hang on contacts, which follow leads. The relation of calls waits: it will carry what
    // rules do not say otherwise.
    let now = related(&[("calls", "None"), ("quotes", "Read Only")]);
    let then = related(&[("calls", "Read Only"), ("quotes", "Read Only")]);
    assert_eq!((&rows[0].related, &rows[0].staged_related), (&now, &then));
    let quotes = related(&[("calls", "None"), ("quotes", "Read/Write")]);
    assert_eq!(rows[1].related, quotes);
    let added = related(&[("calls", "None"), ("quotes", "Read Only")]);
    assert_eq!((&rows[2].related, &rows[2].staged_related), (&None, &added));
    assert_eq!(rows[3].staged_related, None);
    assert_eq!(rows[2].shared_with, "role_and_subordinates:rep");
    assert!(rows[3].superiors);
}

#[test]
fn relations_tell_how_records_hang_together() {
    let rows = relations(&by(COMPANY).document);
    let told: Vec<_> = rows
        .iter()
        .map(|row| {
            (
                row.kind,
                row.child.as_str(),
                row.parent.as_str(),
                row.rules,
                row.waiting.join(" "),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            // No valid rule names calls, and those that do not name them wait.
            ("relation", "calls", "leads", Some(0), "rules".to_owned()),
            ("follows", "contacts", "leads", None, String::new()),
            ("controlled by", "lines", "quotes", None, String::new()),
            ("relation", "quotes", "contacts", Some(3), String::new()),
        ]
    );
    assert_eq!(rows[0].when, Some(("kind".to_owned(), "lead".to_owned())));
    assert_eq!(
        (rows[0].with_shares, rows[3].with_shares),
        (Some(false), Some(true))
    );
}

#[test]
fn roles_stand_in_their_tree() {
    let document = parse(COMPANY);
    let told: Vec<_> = role_tree(&document)
        .into_iter()
        .map(|row| (row.depth, row.role, row.users, row.users_below))
        .collect();
    let row = |depth, role: &str, users, below| (depth, role.to_owned(), users, below);
    assert_eq!(
        told,
        [
            row(0, "boss", 0, 2),
            row(1, "rep", 1, 1),
            row(2, "intern", 1, 0),
            row(1, "aide", 0, 0),
        ]
    );
}

#[test]
fn users_are_in_groups_by_any_way() {
    let rows = users(&parse(COMPANY));
    let told: Vec<_> = rows
        .iter()
        .map(|row| {
            (
                row.key.as_str(),
                row.groups.join(" "),
                row.profiles.join(" "),
            )
        })
        .collect();
    let row = |key, groups: &str, profiles: &str| (key, groups.to_owned(), profiles.to_owned());
    assert_eq!(
        told,
        [
            row("1", "outer", "careful"),
            row("2", "inner outer", ""),
            row("3", "inner outer", ""),
            row("4", "inner outer", ""),
        ]
    );
    assert_eq!(users(&by(SMALL).document)[0].groups.join(" "), "in out");
}

#[test]
fn groups_have_the_members_that_users_tell_of() {
    let document = parse(COMPANY);
    let rows: Vec<_> = group_members(&document)
        .map(|row| {
            let user = row.user.map(|user| user.key.as_str());
            (row.group.name.as_str(), user, row.via.join(" "))
        })
        .collect();
    let row = |group, user, via: &str| (group, user, via.to_owned());
    assert_eq!(
        rows,
        [
            row("empty", None, ""),
            row("inner", Some("2"), "role:intern"),
            row("inner", Some("3"), "role:intern"),
            row("inner", Some("4"), "user:4"),
            row("outer", Some("1"), "role_and_subordinates:rep"),
            row("outer", Some("2"), "group:inner role_and_subordinates:rep"),
            row("outer", Some("3"), "group:inner role_and_subordinates:rep"),
            row("outer", Some("4"), "group:inner"),
        ]
    );
    // By two ways of counting.
    let mut by_users: Vec<(String, String)> = users(&document)
        .iter()
        .flat_map(|user| {
            user.groups
                .iter()
                .map(|group| (group.clone(), user.key.clone()))
        })
        .collect();
    by_users.sort();
    let members = rows
        .iter()
        .filter_map(|(group, user, _)| Some(((*group).to_owned(), (*user)?.to_owned())));
    assert_eq!(by_users, members.collect::<Vec<_>>());
}
