//! Relations, details and followers of documents.

use crate::core::Sqlstate;
use crate::core::document::plan_bonds::*;
use crate::core::document::sections::*;
use crate::core::document::tests::*;
use crate::core::document::*;
use serde_json::{Value, json};

const BOUND: &str = r#"{"version": 1,
    "roles": [{"name": "rep"}],
    "modules": [{"name": "accounts", "table": "a.accounts", "owner": "owner"},
                {"name": "contacts", "table": "a.contacts", "owner": "owner", "follows": "accounts"},
                {"name": "quotes", "table": "a.quotes", "owner": "owner"},
                {"name": "calls", "table": "a.calls", "owner": "owner"},
                {"name": "lines", "table": "a.lines", "controlled_by": "quotes", "via": "quote"}],
    "relations": [{"child": "quotes", "via": "account", "parent": "accounts"},
                  {"child": "calls", "via": "contact", "parent": "contacts", "when": {"column": "kind", "value": "c"}, "with_shares": false}],
    "rules": [{"module": "accounts", "owned_by": "role:rep", "shared_with": "role:rep", "access": "read_only", "related": {"quotes": "none"}}]}"#;

/// The document with one field of an element changed.
fn with(section: &str, at: usize, field: &str, value: Value) -> String {
    let mut document: Value = serde_json::from_str(BOUND).unwrap();
    document[section][at][field] = value;
    document.to_string()
}

fn sections(names: &[&str]) -> Value {
    let mut document: Value = serde_json::from_str(BOUND).unwrap();
    let document = document.as_object_mut().unwrap();
    document.retain(|name, _| name == "version" || names.contains(&name.as_str()));
    Value::Object(document.clone())
}

/// What is altered: its section, and the fields before and after.
fn alterations(after: &str) -> Vec<(String, Value)> {
    let (present, wanted) = (present(BOUND), parse(after));
    let plan = Plan::new(&present, &wanted, false).unwrap();
    let changes = plan.changes();
    assert!(changes.iter().all(|change| change.change == "alter"));
    changes.into_iter().map(|c| (c.object, c.detail)).collect()
}

#[test]
fn what_is_the_same_changes_nothing() {
    assert_eq!(changes(BOUND, BOUND), []);
    for section in ["modules", "relations", "rules"] {
        assert_eq!(changes(BOUND, &sections(&[section]).to_string()), []);
    }
}

#[test]
fn modules_tell_what_has_a_meaning() {
    let text = parse(BOUND).to_json().unwrap();
    assert_eq!(
        text["modules"][4],
        json!({"name": "lines", "table": "a.lines", "controlled_by": "quotes", "via": "quote"})
    );
    assert_eq!(
        text["modules"][1],
        json!({"name": "contacts", "table": "a.contacts", "owner": "owner", "owner_group": null, "follows": "accounts",
               "hierarchy": true, "default_owner": false, "global_access": "private"})
    );
    assert_eq!(
        text["relations"][0],
        json!({"child": "quotes", "via": "account", "parent": "accounts", "when": null, "with_shares": true})
    );
    assert_eq!(text["rules"][0]["related"], json!({"quotes": "none"}));
}

#[test]
fn relations_become_equal() {
    let name = |child: &str, via: &str, parent: &str| {
        format!("relation of \"{child}\" to \"{parent}\" via {via}")
    };
    let after = with("relations", 0, "via", json!("customer"));
    assert_eq!(
        changes(BOUND, &after),
        [
            ("drop", name("quotes", "account", "accounts")),
            ("create", name("quotes", "customer", "accounts"))
        ]
    );
    assert_eq!(
        alterations(&with("relations", 1, "when", Value::Null)),
        [(
            name("calls", "contact", "contacts"),
            json!({"before": {"when": {"column": "kind", "value": "c"}}, "after": {"when": null}})
        )]
    );
    assert_eq!(
        alterations(&with("relations", 1, "with_shares", json!(true))).len(),
        1
    );
}

#[test]
fn levels_are_altered_and_rules_paired_by_them() {
    let altered = alterations(&with(
        "rules",
        0,
        "related",
        json!({"quotes": "read_write"}),
    ));
    assert_eq!(
        altered[0].1,
        json!({"before": {"related": {"quotes": "none"}}, "after": {"related": {"quotes": "read_write"}}})
    );
    let rule = sections(&["rules"])["rules"][0].clone();
    let mut other = rule.clone();
    other["related"] = json!({"calls": "none"});
    let two =
        |one: &Value, other: &Value| with_section(BOUND, "rules", &json!([one, other]).to_string());
    let (before, after) = (two(&rule, &other), two(&other, &rule));
    assert_eq!(changes(&before, &after), []);
}

#[test]
fn what_follows_from_absent_sections() {
    // Without its relations nothing speaks of a child that goes.
    let mut modules = sections(&["modules"]);
    modules["modules"].as_array_mut().unwrap().remove(3);
    let dropped: Vec<_> = changes(BOUND, &modules.to_string())
        .into_iter()
        .map(|(change, object)| format!("{change} {object}"))
        .collect();
    assert_eq!(
        dropped,
        [
            "drop module \"calls\"",
            "drop relation of \"calls\" to \"contacts\" via contact"
        ]
    );
    // A parent is held by its children.
    let mut modules = sections(&["modules"]);
    modules["modules"].as_array_mut().unwrap().remove(1);
    assert_eq!(
        error(BOUND, &modules.to_string()),
        (
            Sqlstate::InUse,
            "modules: module \"contacts\" is still in use".to_owned()
        )
    );
    // But not by those that go, too.
    modules["modules"].as_array_mut().unwrap().remove(2);
    assert_eq!(changes(BOUND, &modules.to_string()).len(), 3);
}

#[test]
fn bonds_that_cannot_be() {
    let relation = |child: &str, via: &str, parent: &str| json!({"child": child, "via": via, "parent": parent});
    let relations = |relations: Value| with_section(BOUND, "relations", &relations.to_string());
    let rule = |module: &str, related: Value| json!({"module": module, "owned_by": "role:rep", "shared_with": "role:rep", "access": "read_only", "related": related});
    let rules = |rules: Value| {
        let mut document = sections(&[]);
        document["rules"] = rules;
        document.to_string()
    };
    let bad = Sqlstate::BadValue;
    let state = Sqlstate::NotPossible;
    let unknown = Sqlstate::Unknown;
    let account = relation("quotes", "account", "accounts");
    let cases = [
        (
            relations(json!([account, account])),
            bad,
            "relations[1]: the relation of \"quotes\" to \"accounts\" via account stands here twice",
        ),
        (
            relations(json!([relation("quotes", "", "accounts")])),
            bad,
            "relations[0].via: it cannot be empty",
        ),
        (
            relations(
                json!([{"child": "quotes", "via": "v", "parent": "accounts", "when": {"column": "", "value": ""}}]),
            ),
            bad,
            "relations[0].when.column: it cannot be empty",
        ),
        (
            relations(
                json!([{"child": "quotes", "via": "v", "parent": "accounts", "when": ["a", "b"]}]),
            ),
            bad,
            "relations[0].when: invalid type: sequence, expected an object",
        ),
        (
            relations(
                json!([{"child": "quotes", "via": "v", "parent": "accounts", "when": {"column": "a"}}]),
            ),
            bad,
            "relations[0].when: missing field `value`",
        ),
        (
            relations(json!([relation("Quotes", "v", "accounts")])),
            unknown,
            "relations[0].child: no module \"Quotes\"",
        ),
        (
            relations(json!([relation("quotes", "v", "Accounts")])),
            unknown,
            "relations[0].parent: no module \"Accounts\"",
        ),
        (
            relations(json!([account, relation("lines", "v", "accounts")])),
            state,
            "relations[1].child: module \"lines\" is controlled by \"quotes\": it has no relations",
        ),
        (
            relations(json!([account, relation("calls", "v", "lines")])),
            state,
            "relations[1].parent: module \"lines\" is controlled by \"quotes\": it has no relations",
        ),
        (
            relations(json!([])),
            state,
            "rules[0].related.quotes: module \"quotes\" has no relation to module \"accounts\", nor to one that follows it",
        ),
        (
            with("modules", 0, "follows", json!("Accounts")),
            unknown,
            "modules[0].follows: no module \"Accounts\"",
        ),
        (
            with("modules", 4, "controlled_by", json!("Quotes")),
            unknown,
            "modules[4].controlled_by: no module \"Quotes\"",
        ),
        (
            with("modules", 0, "follows", json!("accounts")),
            bad,
            "modules[0].follows: module \"accounts\" would follow itself",
        ),
        (
            with("modules", 0, "follows", json!("contacts")),
            bad,
            " would follow itself",
        ),
        (
            with("modules", 2, "follows", json!("contacts")),
            state,
            "modules[2].follows: module \"contacts\" follows \"accounts\": global access and rules belong",
        ),
        (
            with("modules", 3, "follows", json!("lines")),
            state,
            "modules[3].follows: module \"lines\" is controlled by \"quotes\"",
        ),
        (
            with("modules", 4, "controlled_by", json!("lines")),
            bad,
            "modules[4].controlled_by: module \"lines\" would be controlled by itself",
        ),
        (
            with("modules", 1, "global_access", json!("public_read_only")),
            state,
            "modules[1].global_access: module \"contacts\" follows \"accounts\"",
        ),
        (
            with("modules", 4, "via", Value::Null),
            bad,
            "modules[4].via: a module that another controls needs",
        ),
        (
            with("modules", 4, "via", json!("")),
            bad,
            "modules[4].via: it cannot be empty",
        ),
        (
            with("modules", 0, "via", json!("x")),
            bad,
            "modules[0].via: only a module that another controls",
        ),
        (
            with("modules", 4, "owner", json!("owner")),
            bad,
            "modules[4].owner: a module that another controls has none",
        ),
        (
            with("modules", 4, "owner_group", json!("owner")),
            bad,
            "modules[4].owner_group: a module that another controls has none",
        ),
        (
            with("modules", 4, "follows", json!("accounts")),
            bad,
            "modules[4].follows: a module that another controls has none",
        ),
        (
            with("modules", 4, "hierarchy", json!(false)),
            bad,
            "modules[4].hierarchy: a module that another controls has none",
        ),
        (
            with("modules", 4, "default_owner", json!(true)),
            bad,
            "modules[4].default_owner: a module that another controls has none",
        ),
        (
            with("modules", 4, "global_access", json!("public_read_only")),
            bad,
            "modules[4].global_access: a module that another controls has none",
        ),
        // By the modules and relations that are there.
        (
            rules(json!([rule("contacts", json!({}))])),
            state,
            "rules[0].module: module \"contacts\" follows \"accounts\"",
        ),
        (
            rules(json!([rule("lines", json!({}))])),
            state,
            "rules[0].module: module \"lines\" is controlled by \"quotes\"",
        ),
        (
            rules(json!([
                rule("accounts", json!({})),
                rule("accounts", json!({"Quotes": "none"}))
            ])),
            unknown,
            "rules[1].related.Quotes: no module \"Quotes\"",
        ),
        (
            rules(json!([rule("quotes", json!({"calls": "none"}))])),
            state,
            "rules[0].related.calls: module \"calls\" has no relation to module \"quotes\"",
        ),
        (
            rules(json!([rule("accounts", json!({"calls": "read"}))])),
            bad,
            "rules[0].related.calls: unknown variant `read`",
        ),
    ];
    for (document, expected_state, expected) in cases {
        let (state, message) = error(BOUND, &document);
        assert!(message.contains(expected), "{document}: {message}");
        assert_eq!(state, expected_state, "{message}");
    }
    // The rules of a module carry to the children of those that follow it.
    let carried = rules(json!([rule("accounts", json!({"calls": "none"}))]));
    assert_eq!(changes(BOUND, &carried).len(), 1);
}

#[test]
fn parents_come_first() {
    let mut document = sections(&["modules"]);
    let modules = document["modules"].as_array_mut().unwrap();
    modules.push(
        json!({"name": "batches", "table": "a.batches", "controlled_by": "lines", "via": "line"}),
    );
    modules.reverse();
    let document = parse(&document.to_string());
    let modules = section(&document.modules);
    let names = |places| {
        let order = parents_first(modules, places).into_iter();
        let names: Vec<_> = order.map(|at| modules[at].name.as_str()).collect();
        names.join(" ")
    };
    assert_eq!(
        names(vec![0, 1, 2, 3, 4, 5]),
        "calls quotes accounts lines contacts batches"
    );
    // Also where what is between them is not asked for.
    assert_eq!(names(vec![0, 3]), "quotes batches");
}

#[test]
fn what_will_be_related() {
    let told = |document: &str| {
        let (present, wanted) = (present(BOUND), parse(document));
        let plan = Plan::new(&present, &wanted, false).unwrap();
        let relations = plan.relations_to_be().into_iter();
        relations
            .map(|to_be| (to_be.relation.via.clone(), to_be.at, to_be.number))
            .collect::<Vec<_>>()
    };
    let via = |via: &str, at, number| (via.to_owned(), at, number);
    let untold = [via("account", None, Some(1)), via("contact", None, Some(2))];
    assert_eq!(told(r#"{"version": 1}"#), untold);
    let mut document: Value = serde_json::from_str(BOUND).unwrap();
    document["relations"].as_array_mut().unwrap().reverse();
    document["relations"][1]["via"] = json!("customer");
    let anew = [
        via("contact", Some(0), Some(2)),
        via("customer", Some(1), None),
    ];
    assert_eq!(told(&document.to_string()), anew);
}

#[test]
fn shares_are_of_records_with_owners() {
    const SHARED: &str = r#"{"version": 1,
        "offices": [{"name": "east"}, {"name": "west"}],
        "users": [{"key": "1", "name": "ann", "office": "east", "rights": ["record_sharing"]},
                  {"key": "2", "name": "liz", "office": "west", "rights": ["record_sharing"]}],
        "modules": [{"name": "leads", "table": "a.leads", "owner": "owner"}, {"name": "lines", "table": "a.lines", "owner": "owner"}],
        "links": [{"from": "1", "to": "2", "status": "active"}],
        "shares": [{"module": "lines", "record": "7", "from": "1", "to": "2", "access": "read"}]}"#;
    let controlled = r#"[{"name": "leads", "table": "a.leads", "owner": "owner"}, {"name": "lines", "table": "a.lines", "controlled_by": "leads", "via": "lead"}]"#;
    let after = format!(r#"{{"version": 1, "modules": {controlled}}}"#);
    let names: Vec<_> = changes(SHARED, &after).into_iter().map(|c| c.0).collect();
    assert_eq!(names, ["alter", "drop"]);
    let after = with_section(SHARED, "modules", controlled);
    assert_eq!(
        error(SHARED, &after),
        (
            Sqlstate::NotPossible,
            "shares[0].module: module \"lines\" is controlled by \"leads\": it has no shares"
                .to_owned()
        )
    );
}

#[test]
fn what_is_there_holds_a_module_as_it_is() {
    let followed = |at: usize, name: &str| {
        let mut document = sections(&["modules"]);
        document["modules"][1]["follows"] = Value::Null;
        document["modules"][at]["follows"] = json!(name);
        document
    };
    let document = followed(0, "calls");
    let expected = "modules[0].follows: module \"accounts\" follows \"calls\": global access and rules belong to the module it follows";
    assert_eq!(
        error(BOUND, &document.to_string()),
        (Sqlstate::NotPossible, expected.to_owned())
    );
    // An enforced rule is there until its end is applied.
    let without_rules = with_section(&document.to_string(), "rules", "[]");
    assert_eq!(error(BOUND, &without_rules).0, Sqlstate::NotPossible);
    let (before, wanted) = (present(BOUND), parse(&without_rules));
    assert!(Plan::new(&before, &wanted, true).is_ok());

    let mut document = sections(&["modules"]);
    document["modules"][3] =
        json!({"name": "calls", "table": "a.calls", "controlled_by": "accounts", "via": "account"});
    let expected = "modules[3].controlled_by: module \"calls\" is controlled by \"accounts\": it has no relations";
    assert_eq!(
        error(BOUND, &document.to_string()),
        (Sqlstate::NotPossible, expected.to_owned())
    );
}
