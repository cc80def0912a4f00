//! Documents for the tests, and what comes of them.

mod bonds;
mod errors;
mod expectations;
mod links;
mod sections;

use crate::core::Sqlstate;
use crate::core::document::*;
use serde_json::Value;

pub fn parse(text: &str) -> Document {
    Document::parse(text).unwrap()
}

pub fn present(text: &str) -> Present {
    let mut document = Document::empty();
    let spoken = parse(text);
    document.offices = spoken.offices.or(document.offices);
    document.roles = spoken.roles.or(document.roles);
    document.users = spoken.users.or(document.users);
    document.groups = spoken.groups.or(document.groups);
    document.profiles = spoken.profiles.or(document.profiles);
    document.modules = spoken.modules.or(document.modules);
    document.relations = spoken.relations.or(document.relations);
    document.rules = spoken.rules.or(document.rules);
    document.links = spoken.links.or(document.links);
    document.shares = spoken.shares.or(document.shares);
    document.grants = spoken.grants.or(document.grants);
    document.expectations = spoken.expectations.or(document.expectations);
    document.search = spoken.search.or(document.search);
    let rules = (1..)
        .zip(section(&document.rules))
        .map(|(id, _)| (id, true))
        .collect();
    let relations = section(&document.relations);
    Present {
        relations: (1..).zip(relations).map(|(id, _)| id).collect(),
        document,
        rules,
        leaving: Vec::new(),
        one_id_space: None,
    }
}

pub fn changes(before: &str, after: &str) -> Vec<(&'static str, String)> {
    let (present, wanted) = (present(before), parse(after));
    let plan = Plan::new(&present, &wanted, false).unwrap();
    assert_eq!(plan.is_empty(), plan.changes().is_empty());
    plan.changes()
        .into_iter()
        .map(|change| (change.change, change.object))
        .collect()
}

pub fn error(before: &str, after: &str) -> (Sqlstate, String) {
    let present = present(before);
    let error = Document::parse(after)
        .and_then(|wanted| Plan::new(&present, &wanted, false).map(|_| ()))
        .unwrap_err();
    (error.sqlstate, error.message)
}

pub const SMALL: &str = r#"{"version": 1,
    "roles": [{"name": "boss"}, {"name": "rep", "parent": "boss"}],
    "profiles": [{"name": "all"}],
    "users": [{"key": "1", "name": "ann", "role": "rep"}, {"key": "2", "name": "bob"}],
    "groups": [{"key": "g1", "name": "in", "members": ["user:1", "role:rep"]},
               {"key": "g2", "name": "out", "members": ["group:in"]}],
    "modules": [{"name": "leads", "table": "public.leads", "owner": "owner"}],
    "rules": [{"module": "leads", "owned_by": "role:rep", "shared_with": "group:in", "access": "read_only"},
              {"module": "leads", "owned_by": "group:out", "shared_with": "role:rep", "access": "read_only"}]}"#;

pub const PROFILED: &str = r#"{"version": 1,
    "roles": [{"name": "boss"}, {"name": "rep", "profiles": ["read", "write"]}],
    "profiles": [{"name": "read", "view_all": true, "permissions": [
                     {"module": "leads", "view": true, "create": false, "edit": false, "delete": false},
                     {"module": null, "view": false, "create": false, "edit": false, "delete": false}]},
                 {"name": "write"}],
    "modules": [{"name": "leads", "table": "public.leads", "owner": "owner"}]}"#;

pub const LINKED: &str = r#"{"version": 1,
    "offices": [{"name": "east"}, {"name": "west"}],
    "users": [{"key": "1", "name": "ann", "office": "east", "rights": ["record_sharing"]},
              {"key": "2", "name": "liz", "office": "west", "rights": ["record_sharing"]},
              {"key": "3", "name": "leo", "office": "west"}],
    "groups": [],
    "modules": [{"name": "leads", "table": "public.leads", "owner": "owner"}],
    "links": [{"from": "1", "to": "2", "status": "active"}, {"from": "2", "to": "1", "status": "waiting"}],
    "shares": [{"module": "leads", "record": "7", "from": "1", "to": "2", "access": "read"},
               {"module": "leads", "record": "8", "from": "1", "to": "2", "access": "edit"}]}"#;

pub fn with_section(document: &str, section: &str, text: &str) -> String {
    let mut document: Value = serde_json::from_str(document).unwrap();
    document[section] = serde_json::from_str(text).unwrap();
    document.to_string()
}
