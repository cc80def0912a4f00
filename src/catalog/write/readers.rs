//! What the catalogs say of those who read a table past its policies, of those who find nothing in it,
//! and of foreign keys that change what their caller does not see.

use crate::catalog::write::sql::{column, rows, value};
use crate::core::Result;
use pgrx::pg_sys;

/// Something that reads tables as its owner, and not as its caller.
pub struct Reader {
    /// Schema and name, quoted; of a function, with the types of its arguments.
    pub name: String,
    /// Whether the owner is a superuser or has BYPASSRLS.
    pub owner_bypasses: bool,
    /// Whether it is a view, and neither a table with rules nor a function.
    pub is_view: bool,
    /// Whether only its text speaks of the table, from which nobody can tell what it reads.
    pub by_text: bool,
}

/// Views without `security_invoker`, and tables with rules, that name one of the tables themselves.
/// What a view reads through others is read as these say.
pub fn views_as_owner(tables: &[pg_sys::Oid]) -> Result<Vec<Reader>> {
    rows(
        "SELECT DISTINCT pg_catalog.format('%I.%I', n.nspname, v.relname), o.rolsuper OR o.rolbypassrls, v.relkind = 'v'
         FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid
         JOIN pg_catalog.pg_class v ON v.oid = r.ev_class JOIN pg_catalog.pg_namespace n ON n.oid = v.relnamespace
         JOIN pg_catalog.pg_roles o ON o.oid = v.relowner
         WHERE d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
           AND d.refobjid = ANY ($1) AND v.oid <> ALL ($1) AND v.relkind <> 'm' AND v.relpersistence <> 't'
           AND NOT EXISTS (SELECT FROM pg_catalog.pg_options_to_table(v.reloptions)
                           WHERE CASE WHEN option_name = 'security_invoker' THEN option_value::boolean END)
         ORDER BY 1",
        &[tables.to_vec().into()],
        |row| {
            Ok(Reader {
                name: row.get(1)?.unwrap_or_default(),
                owner_bypasses: row.get(2)?.unwrap_or_default(),
                is_view: row.get(3)?.unwrap_or_default(),
                by_text: false,
            })
        },
    )
}

/// Materialized views that read one of the tables, also through views.
pub fn materialized_views(tables: &[pg_sys::Oid]) -> Result<Vec<String>> {
    column(
        "WITH RECURSIVE readers (oid) AS (
             SELECT t FROM pg_catalog.unnest($1::oid[]) t
             UNION
             SELECT w.ev_class FROM readers r
             JOIN pg_catalog.pg_depend d ON d.refobjid = r.oid AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
                  AND d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
             JOIN pg_catalog.pg_rewrite w ON w.oid = d.objid)
         SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) FROM readers r
         JOIN pg_catalog.pg_class c ON c.oid = r.oid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind = 'm' ORDER BY 1",
        &[tables.to_vec().into()],
    )
}

/// SECURITY DEFINER functions that read one of the tables, also through views, as far as can be known: of
/// those whose body is stored as SQL the catalogs know it, of others the text is looked at for the name of
/// one of `roots` or of such a view. Who reads is the function's owner, or that of a view which asks as its owner.
pub fn security_definer_functions(
    roots: &[pg_sys::Oid],
    tables: &[pg_sys::Oid],
) -> Result<Vec<Reader>> {
    let mut found: Vec<Reader> = Vec::new();
    rows(
        "WITH RECURSIVE readers (oid, bypasses) AS (
             SELECT t, NULL::boolean FROM pg_catalog.unnest($2::oid[]) t
             UNION
             SELECT v.oid, CASE WHEN r.bypasses IS NOT NULL THEN r.bypasses
                                WHEN EXISTS (SELECT FROM pg_catalog.pg_options_to_table(v.reloptions)
                                             WHERE CASE WHEN option_name = 'security_invoker' THEN option_value::boolean END) THEN NULL
                                ELSE o.rolsuper OR o.rolbypassrls END
             FROM readers r
             JOIN pg_catalog.pg_depend d ON d.refobjid = r.oid AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
                  AND d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
             JOIN pg_catalog.pg_rewrite w ON w.oid = d.objid JOIN pg_catalog.pg_class v ON v.oid = w.ev_class AND v.relkind = 'v'
             JOIN pg_catalog.pg_roles o ON o.oid = v.relowner)
         SELECT f.oid::pg_catalog.regprocedure::text, COALESCE(r.bypasses, o.rolsuper OR o.rolbypassrls), d.reads,
                pg_catalog.lower(f.prosrc), pg_catalog.lower(c.relname::text)
         FROM pg_catalog.pg_proc f JOIN pg_catalog.pg_namespace n ON n.oid = f.pronamespace
         JOIN pg_catalog.pg_language l ON l.oid = f.prolang JOIN pg_catalog.pg_roles o ON o.oid = f.proowner
         CROSS JOIN readers r JOIN pg_catalog.pg_class c ON c.oid = r.oid,
         LATERAL (SELECT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
                  AND d.objid = f.oid AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = r.oid) AS reads) d
         WHERE f.prosecdef AND n.nspname <> ALL ('{pg_catalog,information_schema,sharing,sharing_internal}') AND l.lanname <> ALL ('{c,internal}')
           AND (d.reads OR f.prosqlbody IS NULL AND (r.oid = ANY ($1) OR r.oid <> ALL ($2))
               AND 0 < pg_catalog.strpos(pg_catalog.lower(f.prosrc), pg_catalog.lower(c.relname::text)))
         ORDER BY 1, 3 DESC",
        &[roots.to_vec().into(), tables.to_vec().into()],
        |row| {
            let reads: bool = row.get(3)?.unwrap_or_default();
            let text: String = row.get(4)?.unwrap_or_default();
            let word: String = row.get(5)?.unwrap_or_default();
            let name: String = row.get(1)?.unwrap_or_default();
            let owner_bypasses: bool = row.get(2)?.unwrap_or_default();
            let is_same = |known: &Reader| known.name == name && known.owner_bypasses == owner_bypasses;
            if (reads || has_word(&text, &word)) && !found.iter().any(is_same) {
                found.push(Reader {
                    name,
                    owner_bypasses,
                    is_view: false,
                    by_text: !reads,
                });
            }
            Ok(())
        },
    )?;
    Ok(found)
}

/// Whether `word` stands in the text other than as a part of a longer name.
fn has_word(text: &str, word: &str) -> bool {
    let is_part_of_name = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        !before.is_some_and(is_part_of_name) && !after.is_some_and(is_part_of_name)
    })
}

/// Publications that one of the tables is part of. Temporary and unlogged tables are part of none.
pub fn publications(tables: &[pg_sys::Oid]) -> Result<Vec<String>> {
    column(
        "SELECT pg_catalog.quote_ident(p.pubname) FROM pg_catalog.pg_publication p
         WHERE EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = ANY ($1) AND c.relpersistence = 'p' AND (p.puballtables
               OR EXISTS (SELECT FROM pg_catalog.pg_publication_rel r WHERE r.prpubid = p.oid AND r.prrelid = c.oid)
               OR EXISTS (SELECT FROM pg_catalog.pg_publication_namespace n WHERE n.pnpubid = p.oid AND n.pnnspid = c.relnamespace)))
         ORDER BY 1",
        &[tables.to_vec().into()],
    )
}

/// Publications that send modules by the names of their tables to other servers.
pub fn publications_of_modules() -> Result<Vec<String>> {
    column(
        "SELECT DISTINCT pg_catalog.quote_ident(t.pubname) FROM pg_catalog.pg_publication_tables t
         WHERE t.schemaname = 'sharing' AND t.tablename = 'modules' ORDER BY 1",
        &[],
    )
}

/// Whether anybody ever subscribed to a publication of this database, as far as replication slots tell.
pub fn has_subscribers() -> Result<bool> {
    let slots = "SELECT true FROM pg_catalog.pg_replication_slots s
         WHERE s.plugin::pg_catalog.text = 'pgoutput' AND s.database::pg_catalog.text = pg_catalog.current_database() LIMIT 1";
    Ok(value(slots, &[])?.unwrap_or_default())
}

/// Trusted roles that own one of the tables, or can become its owner.
pub fn trusted_owners(tables: &[pg_sys::Oid]) -> Result<Vec<String>> {
    column(
        "SELECT pg_catalog.quote_ident(r.rolname) FROM sharing.trusted_roles t JOIN pg_catalog.pg_roles r ON r.oid = t.db_role
         WHERE EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = ANY ($1) AND pg_catalog.pg_has_role(r.oid, c.relowner, 'MEMBER'))
         ORDER BY 1",
        &[tables.to_vec().into()],
    )
}

/// Protected tables that a role owns, or whose owner it can become; whole tables before partitions.
pub fn owned_by(role: pg_sys::Oid) -> Result<Vec<String>> {
    column(
        "SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) FROM sharing.protected_relations p
         JOIN pg_catalog.pg_class c ON c.oid = p.relation JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         WHERE pg_catalog.pg_has_role($1, c.relowner, 'MEMBER') ORDER BY c.relispartition, 1",
        &[role.into()],
    )
}

/// Roles that sign in, may read the table, and are nobody there: neither trusted, nor known as a user, nor
/// able to become who is, nor outside of row security.
pub fn roles_that_see_nothing(table: pg_sys::Oid) -> Result<Vec<String>> {
    column(
        "SELECT pg_catalog.quote_ident(r.rolname) FROM pg_catalog.pg_roles r JOIN pg_catalog.pg_class c ON c.oid = $1
         WHERE r.rolcanlogin AND NOT r.rolsuper AND NOT r.rolbypassrls
           AND pg_catalog.has_table_privilege(r.oid, c.oid, 'SELECT') AND pg_catalog.has_schema_privilege(r.oid, c.relnamespace, 'USAGE')
           AND pg_catalog.has_database_privilege(r.oid, pg_catalog.current_database(), 'CONNECT')
           AND NOT EXISTS (SELECT FROM sharing.trusted_roles t WHERE t.db_role = r.oid)
           AND NOT EXISTS (SELECT FROM sharing.user_db_roles u WHERE pg_catalog.pg_has_role(r.oid, u.db_role::oid, 'MEMBER'))
         ORDER BY 1",
        &[table.into()],
    )
}

/// Which roles the permissive policies of others let through, for one command.
pub struct Opened {
    pub command: String,
    /// Quoted; empty where none is.
    pub roles: Vec<String>,
}

/// Commands on a table that the permissive policies of others, all together, do not open to everybody.
/// `ours` are the names of our policies.
pub fn closed_commands(table: pg_sys::Oid, ours: &[&str]) -> Result<Vec<Opened>> {
    rows(
        "SELECT k.command, pg_catalog.array_remove(pg_catalog.array_agg(DISTINCT pg_catalog.quote_ident(g.rolname)), NULL)
         FROM (VALUES (1, 'SELECT', 'r'), (2, 'INSERT', 'a'), (3, 'UPDATE', 'w'), (4, 'DELETE', 'd')) k (n, command, letter)
         LEFT JOIN pg_catalog.pg_policy p ON p.polrelid = $1 AND p.polpermissive AND p.polname::text <> ALL ($2)
              AND p.polcmd::text IN (k.letter, '*')
         LEFT JOIN LATERAL pg_catalog.unnest(p.polroles) role ON true
         LEFT JOIN pg_catalog.pg_roles g ON g.oid = role
         GROUP BY k.n, k.command HAVING pg_catalog.bool_and(role IS DISTINCT FROM 0) ORDER BY k.n",
        &[table.into(), ours.to_vec().into()],
        |row| {
            Ok(Opened {
                command: row.get(1)?.unwrap_or_default(),
                roles: row.get(2)?.unwrap_or_default(),
            })
        },
    )
}

/// What a foreign key does with records that refer to one that is deleted or gets another key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum ReferentialAction {
    DeleteDeletes,
    DeleteChanges,
    KeyChangeChanges,
}

/// A foreign key between protected tables that acts on records without asking whose they are.
pub struct ActingKey {
    pub action: ReferentialAction,
    /// With the tables, quoted.
    pub name: String,
    pub child: pg_sys::Oid,
    pub parent: pg_sys::Oid,
    /// Of the child, quoted, where it is one column.
    pub column: Option<String>,
}

/// The acting keys between `tables`, which are protected or will be, and all protected ones. Those of
/// partitions that belong to their partitioned table count once.
pub fn acting_keys(tables: &[pg_sys::Oid]) -> Result<Vec<ActingKey>> {
    rows(
        "SELECT a.action, pg_catalog.format('%I (%I.%I to %I.%I)', k.conname, cn.nspname, c.relname, pn.nspname, p.relname), c.oid, p.oid,
                (SELECT pg_catalog.quote_ident(t.attname) FROM pg_catalog.pg_attribute t
                 WHERE pg_catalog.cardinality(k.conkey) = 1 AND t.attrelid = c.oid AND t.attnum = k.conkey[1])
         FROM pg_catalog.pg_constraint k
         JOIN pg_catalog.pg_class c ON c.oid = k.conrelid JOIN pg_catalog.pg_namespace cn ON cn.oid = c.relnamespace
         JOIN pg_catalog.pg_class p ON p.oid = k.confrelid JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace,
         LATERAL (SELECT 'delete' WHERE k.confdeltype = 'c' UNION ALL SELECT 'change' WHERE k.confdeltype IN ('n', 'd')
                  UNION ALL SELECT 'key' WHERE k.confupdtype IN ('c', 'n', 'd')) a (action)
         WHERE k.contype = 'f' AND k.conparentid = 0 AND (k.conrelid = ANY ($1) OR k.confrelid = ANY ($1))
           AND (k.conrelid = ANY ($1) OR EXISTS (SELECT FROM sharing.protected_relations o WHERE o.relation = k.conrelid))
           AND (k.confrelid = ANY ($1) OR EXISTS (SELECT FROM sharing.protected_relations o WHERE o.relation = k.confrelid))
         ORDER BY 2, 1",
        &[tables.to_vec().into()],
        |row| {
            Ok(ActingKey {
                action: match row.get::<String>(1)?.as_deref() {
                    Some("delete") => ReferentialAction::DeleteDeletes,
                    Some("change") => ReferentialAction::DeleteChanges,
                    _ => ReferentialAction::KeyChangeChanges,
                },
                name: row.get(2)?.unwrap_or_default(),
                child: row.get(3)?.unwrap_or(pg_sys::InvalidOid),
                parent: row.get(4)?.unwrap_or(pg_sys::InvalidOid),
                column: row.get(5)?,
            })
        },
    )
}
