//! How the rows of each table of the extension read in the audit log.

use crate::core::{Error, Result};
use Field::{Column, DbRole, Member, Name, Principal, Recipient, Sql, Table, User};

/// How the rows of a table read.
pub struct Words {
    table: &'static str,
    /// SQL about a row `r` that tells the rows apart: by it the two versions of a changed row are
    /// found.
    pub key: &'static str,
    /// SQL about these fields, `f`.
    pub object: &'static str,
    /// Names and what they show of a row `r`. Every column that can change: an UPDATE that leaves these
    /// as they were is not recorded.
    fields: &'static [(&'static str, Field)],
}

/// What a field shows.
enum Field {
    /// The column of the same name.
    Column,
    Sql(&'static str),
    /// The name of a thing, by its table and its number.
    Name(&'static str, &'static str),
    /// The key of a user, by their number.
    User(&'static str),
    /// The same, as a member of a group.
    Member(&'static str),
    /// A role, with the roles below it or without, or a group.
    Principal(&'static str, &'static str, &'static str),
    /// To whom a record was given, by kind and number.
    Recipient(&'static str, &'static str),
    /// The table that a module or a part of one is.
    Table,
    DbRole,
}

const TABLES: &[Words] = &[
    Words {
        table: "offices",
        key: "r.id",
        object: "format('office \"%s\"', f->>'name')",
        fields: &[
            ("name", Column),
            ("parent", Name("offices", "r.parent_id")),
            ("security", Column),
        ],
    },
    Words {
        table: "roles",
        key: "r.id",
        object: "format('role \"%s\"', f->>'name')",
        fields: &[("name", Column), ("parent", Name("roles", "r.parent_id"))],
    },
    Words {
        table: "users",
        key: "r.id",
        object: "format('user \"%s\"', f->>'key')",
        fields: &[
            ("key", Column),
            ("name", Column),
            ("role", Name("roles", "r.role_id")),
            ("office", Name("offices", "r.office_id")),
            ("active", Column),
        ],
    },
    Words {
        table: "user_db_roles",
        key: "r.user_id",
        object: "format('database role of user \"%s\"', f->>'user')",
        fields: &[("user", User("r.user_id")), ("db_role", DbRole)],
    },
    Words {
        table: "user_rights",
        key: "jsonb_build_array(r.user_id, r.\"right\")",
        object: "format('right \"%s\" of user \"%s\"', f->>'right', f->>'user')",
        fields: &[("user", User("r.user_id")), ("right", Column)],
    },
    Words {
        table: "groups",
        key: "r.id",
        object: "format('group \"%s\"', f->>'name')",
        fields: &[
            ("key", Column),
            ("name", Column),
            ("office", Name("offices", "r.office_id")),
        ],
    },
    Words {
        table: "group_users",
        key: "jsonb_build_array(r.group_id, r.user_id)",
        object: "format('member \"%s\" of group \"%s\"', f->>'member', f->>'group')",
        fields: &[
            ("group", Name("groups", "r.group_id")),
            ("member", Member("r.user_id")),
            ("until", Column),
        ],
    },
    Words {
        table: "group_members",
        key: "jsonb_build_array(r.group_id, r.role_id, r.subordinates, r.member_group_id)",
        object: "format('member \"%s\" of group \"%s\"', f->>'member', f->>'group')",
        fields: &[
            ("group", Name("groups", "r.group_id")),
            (
                "member",
                Principal("r.role_id", "r.subordinates", "r.member_group_id"),
            ),
            ("until", Column),
        ],
    },
    Words {
        table: "modules",
        key: "r.id",
        object: "format('module \"%s\"', f->>'name')",
        fields: &[
            ("name", Column),
            ("table", Table),
            ("owners", Column),
            ("hierarchy", Column),
            ("default_owner", Column),
            ("grants", Column),
            ("global_access", Column),
            ("staged_global_access", Column),
            ("controlled_by", Name("modules", "r.controlled_by_id")),
            ("follows", Name("modules", "r.follows_id")),
        ],
    },
    Words {
        table: "protected_relations",
        key: "r.relation::oid",
        object: "format('table %s', f->>'table')",
        fields: &[
            ("table", Table),
            ("module", Name("modules", "r.module_id")),
            ("had_row_security", Column),
            ("had_force", Column),
            ("public_could_truncate", Column),
        ],
    },
    Words {
        table: "rules",
        key: "r.id",
        object: "format('rule %s', f->>'id')",
        fields: &[
            ("id", Column),
            ("module", Name("modules", "r.module_id")),
            (
                "owned_by",
                Principal(
                    "r.owned_by_role_id",
                    "r.owned_by_subordinates",
                    "r.owned_by_group_id",
                ),
            ),
            (
                "shared_with",
                Principal(
                    "r.shared_with_role_id",
                    "r.shared_with_subordinates",
                    "r.shared_with_group_id",
                ),
            ),
            ("superiors", Column),
            ("access", Column),
            ("staged_access", Column),
            ("until", Column),
            ("staged_until", Column),
            (
                "criteria",
                Sql(
                    "(SELECT c.conditions::jsonb FROM sharing.criteria c WHERE c.id = r.criteria_id)",
                ),
            ),
            (
                "staged_criteria",
                Sql(
                    "(SELECT c.conditions::jsonb FROM sharing.criteria c WHERE c.id = r.staged_criteria_id)",
                ),
            ),
        ],
    },
    Words {
        table: "criteria",
        key: "r.id",
        object: "format('criteria %s of \"%s\"', f->>'id', f->>'module')",
        fields: &[
            ("id", Column),
            ("module", Name("modules", "r.module_id")),
            ("conditions", Sql("r.conditions::jsonb")),
        ],
    },
    Words {
        table: "relations",
        key: "r.id",
        object: "format('relation of \"%s\" to \"%s\"', f->>'child', f->>'parent')",
        fields: &[
            ("id", Column),
            ("child", Name("modules", "r.child_id")),
            ("parent", Name("modules", "r.parent_id")),
            ("with_shares", Column),
            ("applied", Column),
            ("shares_applied", Column),
            ("with_parent", Column),
            ("staged_with_parent", Column),
        ],
    },
    Words {
        table: "related_levels",
        key: "jsonb_build_array(r.rule_id, r.module_id)",
        object: "format('level of rule %s for \"%s\"', f->>'rule', f->>'module')",
        fields: &[
            ("rule", Sql("r.rule_id")),
            ("module", Name("modules", "r.module_id")),
            ("level", Column),
            ("staged_level", Column),
        ],
    },
    Words {
        table: "profiles",
        key: "r.id",
        object: "format('profile \"%s\"', f->>'name')",
        fields: &[("name", Column), ("view_all", Column), ("edit_all", Column)],
    },
    Words {
        table: "profile_permissions",
        key: "jsonb_build_array(r.profile_id, r.module_id)",
        object: "format('permissions of profile \"%s\" for %s', f->>'profile', COALESCE('\"' || (f->>'module') || '\"', 'any other module'))",
        fields: &[
            ("profile", Name("profiles", "r.profile_id")),
            ("module", Name("modules", "r.module_id")),
            ("view", Sql("r.can_view")),
            ("create", Sql("r.can_create")),
            ("edit", Sql("r.can_edit")),
            ("delete", Sql("r.can_delete")),
        ],
    },
    Words {
        table: "role_profiles",
        key: "jsonb_build_array(r.role_id, r.profile_id)",
        object: "format('profile \"%s\" of role \"%s\"', f->>'profile', f->>'role')",
        fields: &[
            ("role", Name("roles", "r.role_id")),
            ("profile", Name("profiles", "r.profile_id")),
        ],
    },
    Words {
        table: "links",
        key: "r.id",
        object: "format('link %s', f->>'id')",
        fields: &[
            ("id", Column),
            ("from", User("r.from_user_id")),
            ("to", User("r.to_user_id")),
            ("status", Column),
            ("until", Column),
        ],
    },
    Words {
        table: "shares",
        key: "jsonb_build_array(r.link_id, r.module_id, r.record_id)",
        object: "format('share of record %s of \"%s\" over link %s', f->>'record', f->>'module', f->>'link')",
        fields: &[
            ("link", Sql("r.link_id")),
            ("module", Name("modules", "r.module_id")),
            ("record", Sql("r.record_id")),
            ("access", Column),
            ("until", Column),
        ],
    },
    Words {
        table: "record_grants",
        key: "jsonb_build_array(r.to_kind, r.to_id, r.module_id, r.record_id)",
        object: "format('grant of record %s of \"%s\" to %s', f->>'record', f->>'module', f->>'to')",
        fields: &[
            ("module", Name("modules", "r.module_id")),
            ("record", Sql("r.record_id")),
            ("to", Recipient("r.to_kind", "r.to_id")),
            ("access", Column),
            ("until", Column),
            ("by", User("r.given_by_user_id")),
        ],
    },
    Words {
        table: "expectations",
        key: "r.id",
        object: "format('expectation %s', f->>'id')",
        fields: &[
            ("id", Column),
            ("user", User("r.user_id")),
            ("module", Name("modules", "r.module_id")),
            ("record", Sql("r.record_id")),
            ("access", Column),
            ("exactly", Column),
        ],
    },
    Words {
        table: "search_names",
        key: "jsonb_build_array(r.kind, r.name)",
        object: "format('%s %s for searches', f->>'kind', f->>'name')",
        fields: &[("kind", Column), ("name", Column), ("definition", Column)],
    },
    Words {
        table: "sources",
        key: "r.id",
        object: "format('source of %s, table %s', f->>'kind', f->>'table')",
        fields: &[
            ("kind", Column),
            ("table", Table),
            ("key", Sql("r.key_column")),
            ("name", Sql("r.name_column")),
            ("role", Sql("r.role_column")),
            ("office", Sql("r.office_column")),
            ("active", Sql("r.active_column")),
            ("manager", Sql("r.manager_column")),
            ("parent", Sql("r.parent_column")),
            ("group", Sql("r.group_column")),
            ("user", Sql("r.user_column")),
            ("role_and_subordinates", Sql("r.subordinates_column")),
            ("subgroup", Sql("r.subgroup_column")),
        ],
    },
    Words {
        table: "trusted_roles",
        key: "r.db_role::oid",
        object: "format('trust in database role \"%s\"', f->>'db_role')",
        fields: &[("db_role", DbRole), ("setting", Column), ("claim", Column)],
    },
    // Not the key itself: the log is read by more people.
    Words {
        table: "token_keys",
        key: "r.kid",
        object: "format('key \"%s\" of tokens', f->>'kid')",
        fields: &[("kid", Column), ("algorithm", Column), ("added_at", Column)],
    },
    Words {
        table: "administrators",
        key: "r.db_role::oid",
        object: "format('administration by database role \"%s\"', f->>'db_role')",
        fields: &[("db_role", DbRole)],
    },
];

/// Where the name of a table is found: one that was just dropped is known to the event trigger only.
const PRESENT_TABLE: &str = "r.relation::text";
const DROPPED_TABLE: &str = "COALESCE((
    SELECT d.object_identity FROM pg_event_trigger_dropped_objects() d
    WHERE d.classid = 'pg_class'::regclass AND d.objid = r.relation AND d.objsubid = 0
), r.relation::text)";

impl Words {
    pub fn of(table: &str) -> Result<&'static Words> {
        let found = TABLES.iter().find(|words| words.table == table);
        found.ok_or_else(|| {
            Error::internal(format!("the audit log has no words for sharing.{table}"))
        })
    }

    /// SQL that makes an object of the fields of a row `r`. Just after tables were dropped, only the event
    /// trigger knows their names.
    pub fn fields(&self, tables_are_gone: bool) -> String {
        let fields: Vec<String> = self
            .fields
            .iter()
            .map(|(name, field)| format!("'{name}', {}", field.sql(name, tables_are_gone)))
            .collect();
        format!("jsonb_build_object({})", fields.join(", "))
    }
}

impl Field {
    fn sql(&self, name: &str, tables_are_gone: bool) -> String {
        match *self {
            Column => format!("r.\"{name}\""),
            Sql(text) => text.to_owned(),
            Name(table, id) => name_of(table, id),
            User(id) => user(id),
            Member(id) => format!("'user:' || {}", user(id)),
            Principal(role, subordinates, group) => principal(role, subordinates, group),
            Recipient(kind, id) => recipient(kind, id),
            Table if tables_are_gone => DROPPED_TABLE.to_owned(),
            Table => PRESENT_TABLE.to_owned(),
            DbRole => "pg_get_userbyid(r.db_role)".to_owned(),
        }
    }
}

/// The name of a thing, or its number where it is not there: tables may be changed by hand.
fn name_of(table: &str, id: &str) -> String {
    format!("COALESCE((SELECT n.name FROM sharing.{table} n WHERE n.id = {id}), '#' || {id})")
}

fn user(id: &str) -> String {
    format!("COALESCE((SELECT n.key FROM sharing.users n WHERE n.id = {id}), '#' || {id})")
}

/// As docs/semantics.md (Vocabulary) writes it.
fn principal(role: &str, subordinates: &str, group: &str) -> String {
    let (role_name, group_name) = (name_of("roles", role), name_of("groups", group));
    format!(
        "CASE WHEN {group} IS NOT NULL THEN 'group:' || {group_name}
              WHEN {subordinates} THEN 'role_and_subordinates:' || {role_name}
              ELSE 'role:' || {role_name} END"
    )
}

/// The same, of whoever a kind and a number stand for.
fn recipient(kind: &str, id: &str) -> String {
    let (user, role, group) = (user(id), name_of("roles", id), name_of("groups", id));
    format!(
        "{kind} || ':' || CASE {kind} WHEN 'user' THEN {user} WHEN 'group' THEN {group} ELSE {role} END"
    )
}
