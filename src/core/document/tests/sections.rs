//! Sections of documents become equal to those that are there.

use crate::core::Sqlstate;
use crate::core::document::tests::*;
use crate::core::document::*;
use std::collections::HashMap;

#[test]
fn what_is_the_same_changes_nothing() {
    assert_eq!(changes(SMALL, SMALL), []);
    assert_eq!(changes(SMALL, r#"{"version": 1}"#), []);
    let shuffled = SMALL.replace(r#""user:1", "role:rep""#, r#""role:rep", "user:1""#);
    assert_eq!(changes(SMALL, &shuffled), []);
}

#[test]
fn a_section_becomes_equal() {
    let after = r#"{"version": 1, "users": [{"key": "2", "name": "bea"}, {"key": "3", "name": "cy"}],
                    "groups": [{"key": "g1", "name": "in", "members": ["user:2"]},
                               {"key": "g2", "name": "out", "members": ["group:in"]}]}"#;
    let expected = [
        ("drop", "user \"1\""),
        ("alter", "user \"2\""),
        ("create", "user \"3\""),
        ("alter", "group \"in\""),
    ];
    assert_eq!(
        changes(SMALL, after),
        expected.map(|(c, o)| (c, o.to_owned()))
    );
}

#[test]
fn renamed_groups_keep_what_names_them() {
    let swapped = SMALL
        .replace(r#""name": "in""#, r#""name": "TMP""#)
        .replace(r#""name": "out""#, r#""name": "in""#)
        .replace(r#""name": "TMP""#, r#""name": "out""#)
        .replace("group:in", "group:TMP")
        .replace("group:out", "group:in")
        .replace("group:TMP", "group:out");
    let (present, wanted) = (present(SMALL), parse(&swapped));
    let plan = Plan::new(&present, &wanted, false).unwrap();
    assert_eq!(plan.groups.alter.len(), 2);
    assert!(plan.rules.is_empty(), "{:?}", plan.rules);
    assert!(plan.added_members.is_empty() && plan.removed_members.is_empty());
}

#[test]
fn a_new_group_with_the_name_of_a_dropped_one_is_another() {
    // g1 takes the name of g2, which goes; g3 is new under the name that g1 had.
    let after = SMALL
        .replace(
            r#""key": "g1", "name": "in""#,
            r#""key": "g3", "name": "in""#,
        )
        .replace(
            r#""key": "g2", "name": "out""#,
            r#""key": "g1", "name": "out""#,
        );
    let (present, wanted) = (present(SMALL), parse(&after));
    let plan = Plan::new(&present, &wanted, true).unwrap();
    assert_eq!(
        (
            plan.groups.create.len(),
            plan.groups.alter.len(),
            plan.groups.drop.len()
        ),
        (1, 1, 1)
    );
    assert_eq!((plan.rules.create.len(), plan.rules.drop.len()), (2, 2));
}

#[test]
fn a_group_with_a_new_key_is_found_by_its_name() {
    let after = SMALL.replace(r#""key": "g1""#, r#""key": "g9""#);
    assert_eq!(
        changes(SMALL, &after),
        [("alter", "group \"in\"".to_owned())]
    );
}

#[test]
fn rules_are_paired_with_those_that_agree_first() {
    let rule = |access| {
        format!(
            r#"{{"module": "leads", "owned_by": "role:rep", "shared_with": "role:boss", "access": "{access}"}}"#
        )
    };
    let with = |rules: &[String]| {
        let start = SMALL.find(r#""rules""#).unwrap();
        format!("{}\"rules\": [{}]}}", &SMALL[..start], rules.join(", "))
    };
    let (read, write) = (rule("read_only"), rule("read_write"));
    let before = with(&[read.clone(), write.clone()]);
    assert_eq!(changes(&before, &with(&[write.clone(), read.clone()])), []);
    let count = |after: &str| {
        changes(&before, after)
            .into_iter()
            .map(|c| c.0)
            .collect::<Vec<_>>()
    };
    assert_eq!(count(&with(&[write.clone(), write.clone()])), ["alter"]);
    assert_eq!(count(&with(std::slice::from_ref(&write))), ["drop"]);
    assert_eq!(count(&with(&[read.clone(), read, write])), ["create"]);
}

#[test]
fn a_rule_that_was_to_go_stays() {
    let mut present = present(SMALL);
    let rules = present.document.rules.as_mut().unwrap();
    present
        .leaving
        .push((present.rules.remove(0).0, rules.remove(0)));
    let wanted = parse(SMALL);
    let plan = Plan::new(&present, &wanted, false).unwrap();
    assert_eq!(plan.kept_rules, HashMap::from([(0, 1)]));
}

#[test]
fn profiles_become_equal() {
    assert_eq!(changes(PROFILED, PROFILED), []);
    assert_eq!(changes(PROFILED, r#"{"version": 1}"#), []);
    let other_order = PROFILED.replace(r#"["read", "write"]"#, r#"["write", "read"]"#);
    assert_eq!(changes(PROFILED, &other_order), []);

    let after = PROFILED
        .replace(r#"["read", "write"]"#, r#"["read", "new"]"#)
        .replace(r#""name": "write""#, r#""name": "new""#)
        .replace(
            r#""module": null, "view": false"#,
            r#""module": null, "view": true"#,
        );
    let (present, wanted) = (present(PROFILED), parse(&after));
    let plan = Plan::new(&present, &wanted, false).unwrap();
    let names: Vec<_> = plan
        .changes()
        .into_iter()
        .map(|c| (c.change, c.object))
        .collect();
    let expected = [
        ("alter", "role \"rep\""),
        ("drop", "profile \"write\""),
        ("alter", "profile \"read\""),
        ("create", "profile \"new\""),
    ];
    assert_eq!(names, expected.map(|(c, o)| (c, o.to_owned())));
    assert_eq!(plan.removed_profiles, [("rep", "write")]);
    assert_eq!(plan.added_profiles, [("rep", "new")]);
    assert_eq!(plan.removed_permissions, []);
    // Only the row that differs.
    let set: Vec<_> = plan
        .set_permissions
        .iter()
        .map(|(p, row)| (*p, &row.module))
        .collect();
    assert_eq!(set, [("read", &None)]);
}

#[test]
fn permissions_go_with_their_module() {
    let no_modules = r#"{"version": 1, "modules": []}"#;
    let expected = [
        ("drop", "permissions of profile \"read\" for \"leads\""),
        ("drop", "module \"leads\""),
    ];
    assert_eq!(
        changes(PROFILED, no_modules),
        expected.map(|(c, o)| (c, o.to_owned()))
    );
    // Where the document speaks of profiles, it must not speak of the module.
    let dangling = with_section(PROFILED, "modules", "[]");
    let message = "profiles[0].permissions[0].module: no module \"leads\"";
    assert_eq!(
        error(PROFILED, &dangling),
        (Sqlstate::Unknown, message.to_owned())
    );
    let (present, wanted) = (
        present(PROFILED),
        parse(
            r#"{"version": 1, "modules": [], "roles": [], "profiles": [{"name": "read", "view_all": true}]}"#,
        ),
    );
    let plan = Plan::new(&present, &wanted, false).unwrap();
    assert_eq!(plan.lost_permissions, []);
    assert_eq!(
        plan.removed_permissions,
        [("read", None), ("read", Some("leads"))]
    );
}

#[test]
fn a_profile_of_a_role_stays() {
    let (state, message) = error(PROFILED, r#"{"version": 1, "profiles": []}"#);
    assert_eq!(state, Sqlstate::InUse);
    assert_eq!(message, "profiles: profile \"read\" is still in use");
    let both = r#"{"version": 1, "profiles": [], "roles": [{"name": "rep"}]}"#;
    let count = changes(PROFILED, both).len();
    // One role altered, the other dropped, two profiles dropped.
    assert_eq!(count, 4);
}

#[test]
fn what_is_named_stays() {
    let (state, message) = error(SMALL, r#"{"version": 1, "roles": [{"name": "boss"}]}"#);
    assert_eq!(state, Sqlstate::InUse);
    assert_eq!(message, "roles: role \"rep\" is still in use");
    // A rule that is enforced holds its role until it ends.
    let without_rep = r#"{"version": 1, "roles": [], "users": [], "groups": [], "rules": []}"#;
    assert_eq!(error(SMALL, without_rep).0, Sqlstate::InUse);
    let (present, wanted) = (present(SMALL), parse(without_rep));
    assert!(Plan::new(&present, &wanted, true).is_ok());
}

#[test]
fn table_names_are_read_as_in_sql() {
    let name = |schema: &str, name: &str| Some((schema.to_owned(), name.to_owned()));
    assert_eq!(parse_table_name("Public.Leads"), name("public", "leads"));
    assert_eq!(
        parse_table_name(r#""My ""S"""."a.b""#),
        name("My \"S\"", "a.b")
    );
    for text in [
        "", "leads", "a.b.c", "a.", ".b", "\"a.b", "a b.c", "\"\".x", "a.b\"c\"",
    ] {
        assert_eq!(parse_table_name(text), None, "{text}");
    }
}

#[test]
fn what_is_safe_for_searches_is_known_by_kind_and_name() {
    let before = r#"{"version": 1, "search": [{"kind": "operator", "name": "a"}, {"kind": "function", "name": "b"}]}"#;
    assert_eq!(changes(before, before), []);
    assert_eq!(changes(before, r#"{"version": 1}"#), []);
    let after = r#"{"version": 1, "search": [{"kind": "function", "name": "b"}, {"kind": "function", "name": "a"}]}"#;
    let expected = [
        ("drop", "operator a for searches"),
        ("create", "function a for searches"),
    ];
    assert_eq!(
        changes(before, after),
        expected.map(|(c, o)| (c, o.to_owned()))
    );
    let twice = r#"{"version": 1, "search": [{"kind": "function", "name": "b"}, {"kind": "function", "name": "b"}]}"#;
    assert_eq!(
        error(before, twice),
        (
            Sqlstate::BadValue,
            "search[1].name: \"b\" stands here twice".to_owned()
        )
    );
}
