//! Links and shares of documents.

use crate::core::Sqlstate;
use crate::core::document::tests::*;

#[test]
fn links_and_shares_become_equal() {
    assert_eq!(changes(LINKED, LINKED), []);
    assert_eq!(changes(r#"{"version": 1}"#, LINKED).len(), 10);
    let after = r#"{"version": 1, "links": [{"from": "1", "to": "2", "status": "waiting"}],
        "shares": [{"module": "leads", "record": "9", "from": "1", "to": "2", "access": "read"},
                   {"module": "leads", "record": "7", "from": "1", "to": "2", "access": "edit"}]}"#;
    let share =
        |record| format!("share of record \"{record}\" of \"leads\" from user \"1\" to user \"2\"");
    let expected = [
        ("drop", "link from user \"2\" to user \"1\"".to_owned()),
        ("alter", "link from user \"1\" to user \"2\"".to_owned()),
        ("drop", share(8)),
        ("alter", share(7)),
        ("create", share(9)),
    ];
    assert_eq!(changes(LINKED, after), expected);
    // The shares of a link go with it, also where nothing is said of shares.
    let dropped = changes(LINKED, r#"{"version": 1, "links": []}"#);
    assert_eq!(dropped.len(), 4);
    assert!(dropped.iter().all(|(change, _)| *change == "drop"));
    assert_eq!(
        error(LINKED, &with_section(LINKED, "links", "[]")),
        (
            Sqlstate::Unknown,
            "shares[0]: no link from user \"1\" to user \"2\"".to_owned()
        )
    );
}

#[test]
fn people_may_have_the_same_name() {
    let twins =
        r#"{"version": 1, "users": [{"key": "1", "name": "x"}, {"key": "2", "name": "x"}]}"#;
    assert_eq!(changes(r#"{"version": 1}"#, twins).len(), 2);
    assert_eq!(changes(twins, twins), []);
}

#[test]
fn a_request_may_wait_for_the_right_of_its_receiver() {
    let request = r#"[{"from": "1", "to": "3", "status": "waiting"}]"#;
    let asked = with_section(&with_section(LINKED, "shares", "[]"), "links", request);
    let empty = r#"{"version": 1}"#;
    assert!(
        changes(empty, &asked)
            .iter()
            .any(|(_, what)| what.starts_with("link "))
    );
    assert_eq!(
        error(empty, &asked.replace("waiting", "active")),
        (
            Sqlstate::NotPossible,
            "links[0].to: user \"3\" has not the right record_sharing".to_owned()
        )
    );
}

#[test]
fn shares_stay_with_their_table() {
    let module = |name, table| {
        format!(
            r#"{{"version": 1, "modules": [{{"name": "{name}", "table": "{table}", "owner": "owner"}}]}}"#
        )
    };
    let moved = changes(LINKED, &module("leads", "public.other"));
    let names: Vec<_> = moved.iter().map(|(change, _)| *change).collect();
    assert_eq!(names, ["alter", "drop", "drop"]);
    let (state, message) = error(LINKED, &module("others", "public.leads"));
    assert_eq!(state, Sqlstate::InUse);
    assert_eq!(message, "modules: module \"leads\" is still in use");
}

#[test]
fn what_is_suspended_stays() {
    let after = LINKED
        .replacen(r#""rights": ["record_sharing"]"#, r#""rights": []"#, 1)
        .replacen(r#""office": "west""#, r#""office": "east""#, 1);
    let both = ["alter", "alter"].map(|change| change.to_owned());
    let names: Vec<_> = changes(LINKED, &after).into_iter().map(|c| c.0).collect();
    assert_eq!(names, both);
    assert_eq!(changes(&after, &after), []);
    // But it does not become another, and none comes into being.
    let accepted = after.replace("waiting", "active");
    assert_eq!(
        error(&after, &accepted),
        (
            Sqlstate::NotPossible,
            "links[1].to: user \"1\" has not the right record_sharing".to_owned()
        )
    );
}

#[test]
fn what_is_suspended_comes_about_where_the_document_says_so() {
    let suspended = LINKED
        .replacen(r#""rights": ["record_sharing"]"#, r#""rights": []"#, 1)
        .replacen(
            r#""status": "active""#,
            r#""status": "active", "suspended": true"#,
            1,
        );
    assert_eq!(changes(r#"{"version": 1}"#, &suspended).len(), 10);
    // That it is suspended comes from its users, and is no change.
    let told = suspended.replace(r#", "suspended": true"#, "");
    assert_eq!(changes(&told, &suspended), []);
    assert_eq!(changes(&suspended, &told), []);
    // Somebody who has the right may have left the office since.
    let without_office = LINKED
        .replace(r#""office": "west", "#, "")
        .replace(r#"active"}"#, r#"active", "suspended": true}"#)
        .replace(r#"waiting"}"#, r#"waiting", "suspended": true}"#);
    assert_eq!(changes(r#"{"version": 1}"#, &without_office).len(), 10);
}

#[test]
fn new_links_take_two_who_can_share() {
    let link = |from: &str, to: &str| {
        let text = format!(r#"[{{"from": "{from}", "to": "{to}", "status": "waiting"}}]"#);
        let unlinked = r#"{"version": 1, "offices": [{"name": "east"}, {"name": "west"}]}"#;
        let document = with_section(LINKED, "shares", "[]");
        error(unlinked, &with_section(&document, "links", &text))
    };
    let not_possible = |message: &str| (Sqlstate::NotPossible, message.to_owned());
    assert_eq!(
        link("1", "1"),
        not_possible("links[0]: user \"1\" cannot be linked to themselves")
    );
    assert_eq!(
        link("3", "1"),
        not_possible("links[0].from: user \"3\" has not the right record_sharing")
    );
    let together = LINKED.replace(r#""west""#, r#""east""#);
    let together = with_section(&together, "offices", r#"[{"name": "east"}]"#);
    assert_eq!(
        error(r#"{"version": 1}"#, &together),
        not_possible("links[0]: users \"1\" and \"2\" are both in office \"east\"")
    );
    for (section, element) in [
        ("links", r#"{"from": "1", "to": "2", "status": "active"}"#),
        (
            "shares",
            r#"{"module": "leads", "record": "7", "from": "1", "to": "2", "access": "read"}"#,
        ),
    ] {
        let twice = with_section(LINKED, section, &format!("[{element}, {element}]"));
        let (state, message) = error(LINKED, &twice);
        assert_eq!(state, Sqlstate::BadValue);
        assert!(
            message.starts_with(&format!("{section}[1]: the ")),
            "{message}"
        );
    }
    let (state, message) = error(LINKED, r#"{"version": 1, "users": []}"#);
    assert_eq!(
        (state, message.as_str()),
        (Sqlstate::InUse, "users: user \"1\" is still in use")
    );
}
