//! What is wrong in a document is told with its path.

use crate::core::Sqlstate;
use crate::core::document::tests::*;

#[test]
fn errors_name_their_path() {
    let cases = [
        (
            r#"[]"#,
            "config: invalid type: sequence, expected an object",
        ),
        (r#"{}"#, "config: missing field `version`"),
        (
            r#"{"version": 2}"#,
            "version: 2 is not a version of the document that can be imported",
        ),
        (r#"{"version": 1, "user": []}"#, "user: unknown field"),
        (
            r#"{"version": 1, "users": null}"#,
            "users: invalid type: null",
        ),
        (
            r#"{"version": 1, "users": [["1", "x"]]}"#,
            "users[0]: invalid type: sequence, expected an object",
        ),
        (
            r#"{"version": 1, "users": [{"key": "1"}]}"#,
            "users[0]: missing field `name`",
        ),
        (
            r#"{"version": 1, "users": [{"key": 1, "name": "x"}]}"#,
            "users[0].key: invalid type: integer `1`, expected a string",
        ),
        (
            r#"{"version": 1, "users": [{"key": "1", "name": "x", "rols": "y"}]}"#,
            "users[0].rols: unknown field `rols`",
        ),
        (
            r#"{"version": 1, "users": [{"key": "1", "name": "x", "rights": ["boss"]}]}"#,
            "users[0].rights[0]: unknown variant `boss`",
        ),
        (
            r#"{"version": 1, "users": [{"key": "1", "name": ""}]}"#,
            "users[0].name: it cannot be empty",
        ),
        (
            r#"{"version": 1, "users": [{"key": "1", "name": "x"}, {"key": "1", "name": "y"}]}"#,
            "users[1].key: \"1\" stands here twice",
        ),
        (
            r#"{"version": 1, "users": [{"key": "1", "name": "x", "role": "Reps"}]}"#,
            "users[0].role: no role \"Reps\"",
        ),
        (
            r#"{"version": 1, "users": [{"key": "1", "name": "x", "rights": ["record_sharing", "super_user"]}]}"#,
            "users[0].rights: a user with record_sharing can have neither super_user nor enterprise_view",
        ),
        (
            r#"{"version": 1, "links": [{"from": "1", "to": "2"}]}"#,
            "links[0]: missing field `status`",
        ),
        (
            r#"{"version": 1, "links": [{"from": "1", "to": "2", "status": "suspended"}]}"#,
            "links[0].status: unknown variant `suspended`",
        ),
        (
            r#"{"version": 1, "links": [{"from": "1", "to": "9", "status": "active"}]}"#,
            "links[0].to: no user \"9\"",
        ),
        (
            r#"{"version": 1, "shares": [{"module": "leads", "record": "1", "from": "1", "to": "2", "access": "full"}]}"#,
            "shares[0].access: unknown variant `full`",
        ),
        (
            r#"{"version": 1, "shares": [{"module": "leads", "record": "1", "from": "1", "to": "2", "access": "read"}]}"#,
            "shares[0]: no link from user \"1\" to user \"2\"",
        ),
        (
            r#"{"version": 1, "roles": [{"name": "a", "parent": "b"}, {"name": "b", "parent": "c"}, {"name": "c", "parent": "b"}]}"#,
            ".parent: role \"",
        ),
        (
            r#"{"version": 1, "roles": [{"name": "a", "parent": "b"}]}"#,
            "roles[0].parent: no role \"b\"",
        ),
        (
            r#"{"version": 1, "roles": [{"name": "a"}, {"name": "b", "profiles": ["all", "p"]}]}"#,
            "roles[1].profiles[1]: no profile \"p\"",
        ),
        (
            r#"{"version": 1, "roles": [{"name": "a", "profiles": ["all", "all"]}]}"#,
            "roles[0].profiles[1]: \"all\" stands here twice",
        ),
        (
            r#"{"version": 1, "roles": [{"name": "a", "profiles": null}]}"#,
            "roles[0].profiles: invalid type: null",
        ),
        (
            r#"{"version": 1, "profiles": [{"name": ""}]}"#,
            "profiles[0].name: it cannot be empty",
        ),
        (
            r#"{"version": 1, "profiles": [{"name": "p"}, {"name": "p"}]}"#,
            "profiles[1].name: \"p\" stands here twice",
        ),
        (
            r#"{"version": 1, "profiles": [{"name": "p", "view": true}]}"#,
            "profiles[0].view: unknown field `view`",
        ),
        (
            r#"{"version": 1, "profiles": [{"name": "p", "permissions": [[null, true, true, true, true]]}]}"#,
            "profiles[0].permissions[0]: invalid type: sequence, expected an object",
        ),
        (
            r#"{"version": 1, "profiles": [{"name": "p", "permissions": [{"view": true, "create": true, "edit": true, "delete": true}]}]}"#,
            "profiles[0].permissions[0]: missing field `module`",
        ),
        (
            r#"{"version": 1, "profiles": [{"name": "p", "permissions": [{"module": null, "view": true, "create": true, "edit": true}]}]}"#,
            "profiles[0].permissions[0]: missing field `delete`",
        ),
        (
            r#"{"version": 1, "profiles": [{"name": "p", "permissions": [{"module": "m", "view": true, "create": true, "edit": true, "delete": true}]}]}"#,
            "profiles[0].permissions[0].module: no module \"m\"",
        ),
        (
            r#"{"version": 1, "profiles": [{"name": "p", "permissions": [
                {"module": null, "view": true, "create": true, "edit": true, "delete": true},
                {"module": null, "view": true, "create": true, "edit": true, "delete": true}]}]}"#,
            "profiles[0].permissions[1].module: null, for any other module, stands here twice",
        ),
        (
            r#"{"version": 1, "profiles": [{"name": "p", "permissions": [
                {"module": "leads", "view": true, "create": true, "edit": true, "delete": true},
                {"module": "leads", "view": true, "create": true, "edit": true, "delete": true}]}]}"#,
            "profiles[0].permissions[1].module: \"leads\" stands here twice",
        ),
        (
            r#"{"version": 1, "groups": [{"key": "g", "name": "g", "members": ["group:h"]}, {"key": "h", "name": "h", "members": ["group:g"]}]}"#,
            "groups[1].members[0]: group \"g\" would be nested in itself",
        ),
        (
            r#"{"version": 1, "groups": [{"key": "g", "name": "g", "members": ["boss"]}]}"#,
            "groups[0].members[0]: \"boss\" is not a principal",
        ),
        (
            r#"{"version": 1, "groups": [{"key": "g", "name": "g", "members": ["user:9"]}]}"#,
            "groups[0].members[0]: no user \"9\"",
        ),
        (
            r#"{"version": 1, "modules": [{"name": "m", "table": "a.b", "follows": "leads"}]}"#,
            "modules[0].follows: no module \"leads\"",
        ),
        (
            r#"{"version": 1, "rules": [{"module": "m", "owned_by": "role:rep", "shared_with": "role:rep", "access": "read_only"}]}"#,
            "rules[0].module: no module \"m\"",
        ),
        (
            r#"{"version": 1, "rules": [{"module": "leads", "owned_by": "user:1", "shared_with": "role:rep", "access": "read_only"}]}"#,
            "rules[0].owned_by: a rule cannot be from or to a single user",
        ),
        (
            r#"{"version": 1, "rules": [{"module": "leads", "owned_by": "role:rep", "shared_with": "role:rep", "access": "full"}]}"#,
            "rules[0].access: unknown variant `full`",
        ),
    ];
    for (document, expected) in cases {
        let (state, message) = error(SMALL, document);
        assert!(message.contains(expected), "{document}: {message}");
        assert_eq!(
            state == Sqlstate::Unknown,
            message.contains(": no "),
            "{message}"
        );
    }
}
