//! What is said of small organizations, and that a rule which is called superfluous is that for everybody.

use super::*;
use crate::core::document::Present;
use crate::core::document::tests::present;

const COMPANY: &str = r#"{"version": 1,
    "roles": [{"name": "boss"}, {"name": "rep", "parent": "boss", "profiles": ["careful"]}, {"name": "aide", "parent": "boss"},
              {"name": "intern", "parent": "rep"}, {"name": "it's\\"}],
    "profiles": [{"name": "careful", "permissions": [{"module": "leads", "view": true, "create": true, "edit": true, "delete": true}]},
                 {"name": "unused"}],
    "users": [{"key": "1", "name": "ann", "role": "rep"}, {"key": "2", "name": "bob", "role": "intern"},
              {"key": "3", "name": "cleo", "role": "intern", "active": false, "rights": ["super_user", "record_sharing"], "db_role": "cleo"},
              {"key": "4", "name": "dan"}, {"key": "5", "name": "eve", "rights": ["administrator"]}],
    "groups": [{"key": "g1", "name": "inner", "members": ["user:3"]}, {"key": "g2", "name": "outer", "members": ["group:inner"]},
               {"key": "g3", "name": "people", "members": ["group:outer", "role_and_subordinates:boss"]}],
    "modules": [{"name": "leads", "table": "public.leads", "owner": "owner"}, {"name": "a'b", "table": "public.q", "owner": "owner"}],
    "rules": [{"module": "leads", "owned_by": "role:rep", "shared_with": "role:aide", "access": "read_only"},
              {"module": "leads", "owned_by": "role:aide", "shared_with": "role:rep", "access": "read_only"},
              {"module": "leads", "owned_by": "group:inner", "shared_with": "role:rep", "access": "read_only"},
              {"module": "leads", "owned_by": "role:rep", "shared_with": "group:outer", "access": "read_only", "staged": "dropped"}]}"#;

fn company() -> Present {
    present(COMPANY)
}

fn told(findings: &[Finding]) -> Vec<(&str, Option<&str>)> {
    findings
        .iter()
        .map(|one| (one.object.as_str(), one.fix.as_deref()))
        .collect()
}

#[test]
fn people_and_roles_are_told() {
    let document = company().document;
    let without = users_without_roles(&document);
    assert_eq!(told(&without), [("users", None)]);
    assert!(
        without[0].message.ends_with("\"4\""),
        "{}",
        without[0].message
    );
    // Below the boss there are people, in the aides' role is nobody and it is spoken of.
    assert_eq!(
        told(&roles_without_users(&document)),
        [
            ("role \"aide\"", None),
            (
                "role \"it's\\\"",
                Some(r"SELECT sharing.drop_role(E'it''s\\')")
            )
        ]
    );
    assert_eq!(
        told(&inactive_users(&document)),
        [(
            "user \"3\"",
            Some(
                "SELECT sharing.revoke_right('3', 'super_user'); SELECT sharing.set_user_db_role('3', NULL)"
            )
        )]
    );
}

#[test]
fn groups_and_profiles_are_told() {
    let document = company().document;
    // Whoever is inactive is no member that counts.
    assert_eq!(
        told(&groups_without_members(&document)),
        [("group \"inner\"", None), ("group \"outer\"", None)]
    );
    assert_eq!(
        told(&profiles_without_rows(&document)),
        [(
            "profile \"careful\"",
            Some("SELECT sharing.set_permission('careful', 'a''b', false, false, false, false)")
        )]
    );
}

#[test]
fn rules_for_nobody_are_told() {
    let present = company();
    let found = rules_that_reach_nobody(&present);
    let messages: Vec<&str> = found.iter().map(|one| one.message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "reaches nobody: no active user is in role:aide",
            "speaks of nobody's records: no user is in role:aide"
        ]
    );
}

/// Everything but the rules themselves is quiet in a company without gaps.
#[test]
fn a_company_without_gaps_is_not_spoken_of() {
    let present = present(
        r#"{"version": 1, "roles": [{"name": "boss"}, {"name": "rep", "parent": "boss"}],
            "users": [{"key": "1", "name": "ann", "role": "boss"}, {"key": "2", "name": "bob", "role": "rep"}],
            "groups": [{"key": "g", "name": "all", "members": ["role:rep"]}],
            "modules": [{"name": "leads", "table": "public.leads", "owner": "owner"}],
            "rules": [{"module": "leads", "owned_by": "role:boss", "shared_with": "group:all", "access": "read_only"}]}"#,
    );
    let document = &present.document;
    let all = [
        users_without_roles(document),
        roles_without_users(document),
        groups_without_members(document),
        inactive_users(document),
        profiles_without_rows(document),
        rules_that_reach_nobody(&present),
    ];
    assert_eq!(all.concat(), []);
}

/// What each version is said to be, straight from PostgreSQL's notes on releases (CVE-2026-120154).
#[test]
fn servers_with_faults_of_their_own() {
    for (number, named, mended) in [
        (150_019, "15.19", Some("15.20")),
        (150_000, "15.0", Some("15.20")),
        (150_020, "15.20", None),
        (160_015, "16.15", Some("16.16")),
        (160_016, "16.16", None),
        (170_011, "17.11 (Debian 17.11-1)", Some("17.12")),
        (170_012, "17.12", None),
        (180_006, "18.6", Some("18.7")),
        (180_007, "18.7", None),
        (190_000, "19devel", None),
    ] {
        let found = faulty_server(number, named);
        assert_eq!(found.is_some(), mended.is_some(), "{named}");
        if let (Some(found), Some(mended)) = (found, mended) {
            assert_eq!(found.severity, Severity::Warning);
            assert_eq!((found.object.as_str(), found.fix), ("server", None));
            let message = format!(
                "is version {named}, which shows hidden rows by faults of its own that {mended} mended"
            );
            assert_eq!(found.message, message);
        }
    }
}
