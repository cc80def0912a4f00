//! Expectations: known by user, module and record.

use super::*;

const EXPECTING: &str = r#"{"version": 1,
    "users": [{"key": "1", "name": "ann"}, {"key": "2", "name": "bob"}],
    "modules": [{"name": "leads", "table": "public.leads", "owner": "owner"},
                {"name": "calls", "table": "public.calls", "owner": "owner"}],
    "expectations": [{"user": "1", "module": "leads", "record": "7", "access": "none"},
                     {"user": "2", "module": "calls", "record": "7", "access": "read", "exactly": false}]}"#;

#[test]
fn what_is_expected_is_altered() {
    let other = with_section(
        EXPECTING,
        "expectations",
        r#"[{"user": "1", "module": "leads", "record": "7", "access": "edit", "exactly": true},
            {"user": "2", "module": "calls", "record": "8", "access": "full"}]"#,
    );
    let told = |change, user, record, module| {
        let object =
            format!("expectation of user \"{user}\" on record \"{record}\" of \"{module}\"");
        (change, object)
    };
    assert_eq!(
        changes(EXPECTING, &other),
        [
            told("drop", 2, 7, "calls"),
            told("alter", 1, 7, "leads"),
            told("create", 2, 8, "calls"),
        ]
    );
    assert!(changes(EXPECTING, EXPECTING).is_empty());
    let silent = r#"{"version": 1}"#;
    assert!(changes(EXPECTING, silent).is_empty());
}

#[test]
fn they_go_with_their_module_and_keep_their_user() {
    let without_calls = r#"{"version": 1, "modules": [{"name": "leads", "table": "public.other", "owner": "owner"}]}"#;
    let gone = changes(EXPECTING, without_calls);
    let gone: Vec<&str> = gone.iter().map(|(_, object)| object.as_str()).collect();
    assert_eq!(
        gone,
        [
            "module \"calls\"",
            "module \"leads\"",
            "expectation of user \"1\" on record \"7\" of \"leads\"",
            "expectation of user \"2\" on record \"7\" of \"calls\"",
        ]
    );
    let without_bob = r#"{"version": 1, "users": [{"key": "1", "name": "ann"}]}"#;
    let (sqlstate, message) = error(EXPECTING, without_bob);
    assert_eq!(
        (sqlstate, message.as_str()),
        (Sqlstate::InUse, "users: user \"2\" is still in use")
    );
    let both = with_section(without_bob, "expectations", "[]");
    assert_eq!(changes(EXPECTING, &both).len(), 3);
}

#[test]
fn bad_ones_name_their_place() {
    for (section, message) in [
        (
            r#"[{"user": "3", "module": "leads", "record": "7", "access": "none"}]"#,
            "expectations[0].user: no user \"3\"",
        ),
        (
            r#"[{"user": "1", "module": "lead", "record": "7", "access": "none"}]"#,
            "expectations[0].module: no module \"lead\"",
        ),
        (
            r#"[{"user": "1", "module": "leads", "record": "7", "access": "none", "exactly": false}]"#,
            "expectations[0].access: to have none or more on a record holds for everybody",
        ),
        (
            r#"[{"user": "1", "module": "leads", "record": "7", "access": "none"},
                {"user": "1", "module": "leads", "record": "7", "access": "read"}]"#,
            "expectations[1]: the expectation of user \"1\" on record \"7\" of \"leads\" stands here twice",
        ),
    ] {
        let document = with_section(EXPECTING, "expectations", section);
        assert_eq!(error(EXPECTING, &document).1, message);
    }
}
