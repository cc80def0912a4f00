//! The audit log: what changed, in the words of people (semantics: Administration and safety).
//!
//! Triggers on the configuration tables call [`write`] once for each statement, so that changes by
//! hand are recorded like those by function. Names are looked up when the change is made: what
//! belongs to a thing has to be deleted before it.

use crate::catalog::write::elevation::Elevated;
use crate::core::{Error, Result};
use pgrx::datum::TimestampWithTimeZone;
use pgrx::spi::SpiResult;
use pgrx::{JsonB, Spi, pg_sys};

/// Who makes a change.
#[derive(Clone, Debug)]
pub struct Author {
    pub db_role: pg_sys::Oid,
    /// The key of a user.
    pub identity: Option<String>,
    pub function: Option<String>,
    /// In an event trigger on sql_drop, which still knows the names of what was dropped.
    pub tables_are_gone: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    Insert,
    Update,
    Delete,
    Truncate,
}

/// How the rows of a table read.
struct Words {
    /// SQL about a row `r` that tells the rows apart: by it the two versions of a changed row are
    /// found.
    key: &'static str,
    /// Names and SQL about a row `r`. Every column that can change: an UPDATE that leaves these as
    /// they were is not recorded.
    fields: Vec<(&'static str, String)>,
    /// SQL about these fields, `f`.
    object: &'static str,
}

/// Where the name of a table is found: one that was just dropped is known to the event trigger only.
const TABLE: &str = "r.relation::text";
const DROPPED_TABLE: &str = "COALESCE((SELECT d.object_identity FROM pg_event_trigger_dropped_objects() d WHERE d.classid = 'pg_class'::regclass AND d.objid = r.relation AND d.objsubid = 0), r.relation::text)";

fn words(table: &str, tables_are_gone: bool) -> Result<Words> {
    let column = |name: &'static str| (name, format!("r.\"{name}\""));
    let relation = if tables_are_gone {
        DROPPED_TABLE
    } else {
        TABLE
    };
    let db_role = ("db_role", "pg_get_userbyid(r.db_role)".to_owned());
    let (key, object, fields) = match table {
        "offices" => (
            "r.id",
            "format('office \"%s\"', f->>'name')",
            vec![
                column("name"),
                ("parent", name_of("offices", "r.parent_id")),
                column("security"),
            ],
        ),
        "roles" => (
            "r.id",
            "format('role \"%s\"', f->>'name')",
            vec![column("name"), ("parent", name_of("roles", "r.parent_id"))],
        ),
        "users" => (
            "r.id",
            "format('user \"%s\"', f->>'key')",
            vec![
                column("key"),
                column("name"),
                ("role", name_of("roles", "r.role_id")),
                ("office", name_of("offices", "r.office_id")),
                column("active"),
            ],
        ),
        "user_db_roles" => (
            "r.user_id",
            "format('database role of user \"%s\"', f->>'user')",
            vec![("user", user("r.user_id")), db_role],
        ),
        "user_rights" => (
            "jsonb_build_array(r.user_id, r.\"right\")",
            "format('right \"%s\" of user \"%s\"', f->>'right', f->>'user')",
            vec![("user", user("r.user_id")), column("right")],
        ),
        "groups" => (
            "r.id",
            "format('group \"%s\"', f->>'name')",
            vec![
                column("key"),
                column("name"),
                ("office", name_of("offices", "r.office_id")),
            ],
        ),
        "group_users" => (
            "jsonb_build_array(r.group_id, r.user_id)",
            "format('member \"%s\" of group \"%s\"', f->>'member', f->>'group')",
            vec![
                ("group", name_of("groups", "r.group_id")),
                ("member", format!("'user:' || {}", user("r.user_id"))),
            ],
        ),
        "group_members" => (
            "to_jsonb(r)",
            "format('member \"%s\" of group \"%s\"', f->>'member', f->>'group')",
            vec![
                ("group", name_of("groups", "r.group_id")),
                (
                    "member",
                    principal("r.role_id", "r.subordinates", "r.member_group_id"),
                ),
            ],
        ),
        "modules" => (
            "r.id",
            "format('module \"%s\"', f->>'name')",
            vec![
                column("name"),
                ("table", relation.to_owned()),
                column("owners"),
                column("hierarchy"),
                column("default_owner"),
                column("global_access"),
                column("staged_global_access"),
                ("controlled_by", name_of("modules", "r.controlled_by_id")),
                ("follows", name_of("modules", "r.follows_id")),
            ],
        ),
        "protected_relations" => (
            "r.relation::oid",
            "format('table %s', f->>'table')",
            vec![
                ("table", relation.to_owned()),
                ("module", name_of("modules", "r.module_id")),
                column("had_row_security"),
                column("had_force"),
                column("public_could_truncate"),
            ],
        ),
        "rules" => (
            "r.id",
            "format('rule %s', f->>'id')",
            vec![
                column("id"),
                ("module", name_of("modules", "r.module_id")),
                (
                    "owned_by",
                    principal(
                        "r.owned_by_role_id",
                        "r.owned_by_subordinates",
                        "r.owned_by_group_id",
                    ),
                ),
                (
                    "shared_with",
                    principal(
                        "r.shared_with_role_id",
                        "r.shared_with_subordinates",
                        "r.shared_with_group_id",
                    ),
                ),
                column("superiors"),
                column("access"),
                column("staged_access"),
            ],
        ),
        "relations" => (
            "r.id",
            "format('relation of \"%s\" to \"%s\"', f->>'child', f->>'parent')",
            vec![
                column("id"),
                ("child", name_of("modules", "r.child_id")),
                ("parent", name_of("modules", "r.parent_id")),
                column("with_shares"),
                column("applied"),
            ],
        ),
        "related_levels" => (
            "jsonb_build_array(r.rule_id, r.module_id)",
            "format('level of rule %s for \"%s\"', f->>'rule', f->>'module')",
            vec![
                ("rule", "r.rule_id".to_owned()),
                ("module", name_of("modules", "r.module_id")),
                column("level"),
                column("staged_level"),
            ],
        ),
        "profiles" => (
            "r.id",
            "format('profile \"%s\"', f->>'name')",
            vec![column("name"), column("view_all"), column("edit_all")],
        ),
        "profile_permissions" => (
            "jsonb_build_array(r.profile_id, r.module_id)",
            "format('permissions of profile \"%s\" for %s', f->>'profile', COALESCE('\"' || (f->>'module') || '\"', 'any other module'))",
            vec![
                ("profile", name_of("profiles", "r.profile_id")),
                ("module", name_of("modules", "r.module_id")),
                ("view", "r.can_view".to_owned()),
                ("create", "r.can_create".to_owned()),
                ("edit", "r.can_edit".to_owned()),
                ("delete", "r.can_delete".to_owned()),
            ],
        ),
        "role_profiles" => (
            "jsonb_build_array(r.role_id, r.profile_id)",
            "format('profile \"%s\" of role \"%s\"', f->>'profile', f->>'role')",
            vec![
                ("role", name_of("roles", "r.role_id")),
                ("profile", name_of("profiles", "r.profile_id")),
            ],
        ),
        "links" => (
            "r.id",
            "format('link %s', f->>'id')",
            vec![
                column("id"),
                ("from", user("r.from_user_id")),
                ("to", user("r.to_user_id")),
                column("status"),
            ],
        ),
        "shares" => (
            "jsonb_build_array(r.link_id, r.module_id, r.record_id)",
            "format('share of record %s of \"%s\" over link %s', f->>'record', f->>'module', f->>'link')",
            vec![
                ("link", "r.link_id".to_owned()),
                ("module", name_of("modules", "r.module_id")),
                ("record", "r.record_id".to_owned()),
                column("access"),
            ],
        ),
        "trusted_roles" => (
            "r.db_role::oid",
            "format('trust in database role \"%s\"', f->>'db_role')",
            vec![db_role],
        ),
        "administrators" => (
            "r.db_role::oid",
            "format('administration by database role \"%s\"', f->>'db_role')",
            vec![db_role],
        ),
        _ => {
            return Err(Error::internal(format!(
                "the audit log has no words for sharing.{table}"
            )));
        }
    };
    Ok(Words {
        key,
        fields,
        object,
    })
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

impl Words {
    /// The statement that records an event; its arguments are the author.
    fn statement(&self, table: &str, event: Event) -> String {
        let (object, before, after, from) = match event {
            Event::Insert => ("n.object", "NULL", "n.f", self.rows("new_rows", "n")),
            Event::Delete => ("o.object", "o.f", "NULL", self.rows("old_rows", "o")),
            Event::Truncate => {
                let all = format!("sharing.{table}");
                ("o.object", "o.f", "NULL", self.rows(&all, "o"))
            }
            Event::Update => (
                "COALESCE(o.object, n.object)",
                "o.f",
                "n.f",
                format!(
                    "{} FULL JOIN {} USING (key) WHERE o.f IS DISTINCT FROM n.f",
                    self.rows("old_rows", "o"),
                    self.rows("new_rows", "n")
                ),
            ),
        };
        format!(
            "INSERT INTO sharing.audit_entries (db_role, identity, function, object, before, after)
             SELECT pg_get_userbyid($1), $2, $3, {object}, {before}, {after} FROM {from} ORDER BY key"
        )
    }

    fn rows(&self, table: &str, alias: &str) -> String {
        let fields: Vec<String> = self
            .fields
            .iter()
            .map(|(name, value)| format!("'{name}', {value}"))
            .collect();
        format!(
            "(SELECT key, {} AS object, f FROM (SELECT {} AS key, jsonb_build_object({}) AS f FROM {table} r) described) {alias}",
            self.object,
            self.key,
            fields.join(", ")
        )
    }
}

/// Records what a statement did to a table of the extension.
///
/// # Safety
/// `trigger` must be that of a statement trigger under way, whose transition tables are called
/// `old_rows` and `new_rows`.
pub unsafe fn write(
    trigger: *mut pg_sys::TriggerData,
    table: &str,
    event: Event,
    author: &Author,
) -> Result<()> {
    let statement = words(table, author.tables_are_gone)?.statement(table, event);
    let _elevated = Elevated::enter()?;
    Spi::connect_mut(|client| {
        // SAFETY: by the caller's promise; SPI forgets the tables when this connection ends.
        unsafe { pg_sys::SPI_register_trigger_data(trigger) };
        client.update(
            &statement,
            None,
            &[
                author.db_role.into(),
                author.identity.as_deref().into(),
                author.function.as_deref().into(),
            ],
        )?;
        Ok(())
    })
    .map_err(failed)
}

fn failed(error: pgrx::spi::Error) -> Error {
    Error::internal(format!("the audit log failed: {error}"))
}

/// A row of the log.
pub struct Entry {
    pub id: i64,
    pub changed_at: Option<TimestampWithTimeZone>,
    pub db_role: String,
    pub identity: Option<String>,
    pub function: Option<String>,
    pub object: String,
    pub before: Option<JsonB>,
    pub after: Option<JsonB>,
}

/// The whole log in the order of the changes, read page by page.
#[derive(Default)]
pub struct Log {
    page: std::vec::IntoIter<Entry>,
    last: Option<i64>,
}

impl Iterator for Log {
    type Item = Result<Entry>;

    fn next(&mut self) -> Option<Result<Entry>> {
        if self.page.len() == 0 {
            match entries_after(self.last) {
                Ok(entries) => self.page = entries.into_iter(),
                Err(error) => return Some(Err(error)),
            }
        }
        let entry = self.page.next()?;
        self.last = Some(entry.id);
        Some(Ok(entry))
    }
}

fn entries_after(last: Option<i64>) -> Result<Vec<Entry>> {
    let _elevated = Elevated::enter()?;
    // Not as in catalog::write::sql: this writes nothing, and works on a standby.
    Spi::connect(|client| {
        let rows = client.select(
            "SELECT id, changed_at, db_role, identity, function, object, before, after FROM sharing.audit_entries
             WHERE id > $1 ORDER BY id FETCH FIRST 1000 ROWS WITH TIES",
            None,
            &[last.unwrap_or(i64::MIN).into()],
        )?;
        rows.map(|row| {
            Ok(Entry {
                id: row.get(1)?.unwrap_or_default(),
                changed_at: row.get(2)?,
                db_role: row.get(3)?.unwrap_or_default(),
                identity: row.get(4)?,
                function: row.get(5)?,
                object: row.get(6)?.unwrap_or_default(),
                before: row.get(7)?,
                after: row.get(8)?,
            })
        })
        .collect::<SpiResult<_>>()
    })
    .map_err(failed)
}
