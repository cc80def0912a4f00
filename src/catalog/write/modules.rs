//! Modules and the relations that carry their policies (semantics: Modules).

use crate::catalog::read::configuration::Owners;
use crate::catalog::write::change::Change;
use crate::catalog::write::ddl::Ddl;
use crate::catalog::write::ours::{other_policies, our_policies};
use crate::catalog::write::sql::{Arguments, column, execute, rows, rows_now, value};
use crate::core::document;
use crate::core::{Error, GlobalAccess, Result};
use pgrx::pg_sys;

/// A table, partition or inheritance child, as `protect` finds it.
#[derive(Clone, Debug)]
pub struct Relation {
    pub oid: pg_sys::Oid,
    /// Schema and name, quoted.
    pub name: String,
    pub kind: char,
    pub is_partition: bool,
    pub row_security: bool,
    pub force: bool,
    pub has_permissive_policy: bool,
    pub public_can_truncate: bool,
    /// Our policies that it has, by their names.
    pub policies: Vec<String>,
}

impl Relation {
    pub fn is_table(&self) -> bool {
        matches!(self.kind, 'r' | 'p')
    }
}

/// A column that `protect` was told of.
#[derive(Clone, Debug)]
pub struct Column {
    /// Quoted.
    pub name: String,
    pub type_oid: pg_sys::Oid,
    pub is_generated: bool,
}

/// A policy that was there before.
#[derive(Clone, Debug)]
pub struct OtherPolicy {
    pub name: String,
    pub relation: String,
    pub permissive: bool,
}

const RELATION: &str = concat!(
    "
    SELECT c.oid, pg_catalog.format('%I.%I', n.nspname, c.relname), c.relkind, c.relispartition,
           c.relrowsecurity, c.relforcerowsecurity,
           EXISTS (SELECT FROM pg_catalog.pg_policy p WHERE p.polrelid = c.oid AND p.polpermissive
                   AND p.polname <> ALL (",
    our_policies!(),
    ")),
           EXISTS (SELECT FROM pg_catalog.aclexplode(c.relacl) a
                   WHERE a.grantee = 0 AND a.privilege_type = 'TRUNCATE'),
           ARRAY(SELECT p.polname::text FROM pg_catalog.pg_policy p WHERE p.polrelid = c.oid AND p.polname = ANY (",
    our_policies!(),
    "))
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
);

/// Temporary tables of other sessions are nobody else's: their rows are seen there alone, and PostgreSQL
/// lets no other session change them.
const WITHIN_REACH: &str = "EXISTS (SELECT FROM pg_catalog.pg_class t WHERE t.oid = p.relation AND (t.relpersistence <> 't' OR t.relnamespace = pg_catalog.pg_my_temp_schema()))";

/// The temporary tables of other sessions that inherit from a relation, quoted.
pub fn out_of_reach(relation: pg_sys::Oid) -> Result<Vec<String>> {
    column(
        "WITH RECURSIVE family (oid) AS (
             SELECT $1::oid UNION SELECT i.inhrelid FROM family f JOIN pg_catalog.pg_inherits i ON i.inhparent = f.oid)
         SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) FROM family f JOIN pg_catalog.pg_class c ON c.oid = f.oid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relpersistence = 't' AND c.relnamespace <> pg_catalog.pg_my_temp_schema() ORDER BY 1",
        &[relation.into()],
    )
}

/// Why single records of a table are not shared.
pub fn is_unlogged(table: &str) -> Error {
    Error::unsupported(format!(
        "records of table {table} cannot be shared: it is unlogged, and a crash empties it"
    ))
    .detail("Its shares would stay, and open new records that get the same keys.")
    .hint(format!(
        "ALTER TABLE {table} SET LOGGED lets them be shared."
    ))
}

/// A table that a crash empties, among those of a module.
pub fn unlogged_table(module: i32) -> Result<Option<String>> {
    value(
        "SELECT pg_catalog.min(pg_catalog.format('%I.%I', n.nspname, c.relname)) FROM sharing.protected_relations p JOIN pg_catalog.pg_class c ON c.oid = p.relation JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE p.module_id = $1 AND c.relpersistence = 'u' AND c.relkind = 'r'",
        &[module.into()],
    )
}

/// A table that the command names, that a crash empties, and that belongs to a module of which records are
/// shared; with the number of shares.
pub fn unlogged_with_shares() -> Result<Option<(String, i64)>> {
    Ok(rows_now(
        "SELECT pg_catalog.format('%I.%I', n.nspname, c.relname), (SELECT pg_catalog.count(*) FROM sharing.shares s WHERE s.module_id = p.module_id)
         FROM pg_catalog.pg_event_trigger_ddl_commands() d JOIN sharing.protected_relations p ON p.relation = d.objid JOIN pg_catalog.pg_class c ON c.oid = d.objid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relpersistence = 'u' AND EXISTS (SELECT FROM sharing.shares s WHERE s.module_id = p.module_id) LIMIT 1",
        |row| (row.get(1).unwrap_or_default(), row.get(2).unwrap_or_default()),
    )?
    .pop())
}

fn read_relation(row: &pgrx::spi::SpiHeapTupleData) -> pgrx::spi::SpiResult<Relation> {
    Ok(Relation {
        oid: row.get(1)?.unwrap_or(pg_sys::InvalidOid),
        name: row.get(2)?.unwrap_or_default(),
        kind: row.get::<i8>(3)?.map_or(' ', |kind| kind as u8 as char),
        is_partition: row.get(4)?.unwrap_or_default(),
        row_security: row.get(5)?.unwrap_or_default(),
        force: row.get(6)?.unwrap_or_default(),
        has_permissive_policy: row.get(7)?.unwrap_or_default(),
        public_can_truncate: row.get(8)?.unwrap_or_default(),
        policies: row.get(9)?.unwrap_or_default(),
    })
}

/// The relation itself and all that inherits from it, itself first.
pub fn family(relation: pg_sys::Oid) -> Result<Vec<Relation>> {
    rows(
        &format!(
            "WITH RECURSIVE family (oid, depth) AS (
                 SELECT $1::oid, 0
                 UNION ALL
                 SELECT i.inhrelid, f.depth + 1 FROM family f JOIN pg_catalog.pg_inherits i ON i.inhparent = f.oid
                 JOIN pg_catalog.pg_class t ON t.oid = i.inhrelid WHERE t.relpersistence <> 't' OR t.relnamespace = pg_catalog.pg_my_temp_schema())
             SELECT r.* FROM (SELECT oid AS member, pg_catalog.min(depth) AS depth FROM family GROUP BY oid) f
             JOIN ({RELATION}) r ON r.oid = f.member ORDER BY f.depth, r.oid"
        ),
        &[relation.into()],
        read_relation,
    )
}

/// Tables from which `relation` inherits and that are not in `family`, quoted.
pub fn other_parents(relation: pg_sys::Oid, family: &[Relation]) -> Result<Vec<String>> {
    let known: Vec<pg_sys::Oid> = family.iter().map(|member| member.oid).collect();
    column(
        "SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class c ON c.oid = i.inhparent JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE i.inhrelid = $1 AND i.inhparent <> ALL ($2::oid[])",
        &[relation.into(), known.into()],
    )
}

/// The relation of that name, if there is one.
pub fn relation_named(schema: &str, name: &str) -> Result<Option<Relation>> {
    Ok(rows(
        &format!(
            "SELECT r.* FROM ({RELATION} WHERE n.nspname::text = $1 AND c.relname::text = $2) r"
        ),
        &[schema.into(), name.into()],
        read_relation,
    )?
    .pop())
}

/// Whether Citus distributes the table.
pub fn is_distributed(relation: pg_sys::Oid) -> Result<bool> {
    let has_citus: Option<bool> = value(
        "SELECT pg_catalog.to_regclass('pg_catalog.pg_dist_partition') IS NOT NULL",
        &[],
    )?;
    if has_citus != Some(true) {
        return Ok(false);
    }
    Ok(value(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_dist_partition d WHERE d.logicalrelid::oid = $1)",
        &[relation.into()],
    )?
    .unwrap_or_default())
}

pub fn is_system_relation(relation: pg_sys::Oid) -> Result<bool> {
    Ok(value(
        "SELECT n.nspname IN ('pg_catalog', 'information_schema', 'pg_toast', 'sharing', 'sharing_internal') OR c.relpersistence = 't' FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = $1",
        &[relation.into()],
    )?
    .unwrap_or(true))
}

fn read_column(row: &pgrx::spi::SpiHeapTupleData) -> pgrx::spi::SpiResult<Column> {
    Ok(Column {
        name: row.get(1)?.unwrap_or_default(),
        type_oid: row.get(2)?.unwrap_or(pg_sys::InvalidOid),
        is_generated: row.get(3)?.unwrap_or_default(),
    })
}

impl Column {
    /// The name of the column's type, qualified.
    pub fn type_name(&self) -> String {
        // SAFETY: formats the name of a type that exists, into palloc'd memory.
        unsafe {
            std::ffi::CStr::from_ptr(pg_sys::format_type_be_qualified(self.type_oid))
                .to_string_lossy()
                .into_owned()
        }
    }
}

/// A column by its name. One that is generated and virtual is refused: no row holds its value, so neither
/// direct scans nor triggers see it.
pub fn column_named(relation: &Relation, name: &str) -> Result<Column> {
    let found = rows(
        "SELECT pg_catalog.quote_ident(attname), atttypid, attgenerated <> '', attgenerated = 'v' FROM pg_catalog.pg_attribute WHERE attrelid = $1 AND attname::text = $2 AND attnum > 0 AND NOT attisdropped",
        &[relation.oid.into(), name.into()],
        |row| Ok((read_column(row)?, row.get::<bool>(4)?.unwrap_or_default())),
    )?
    .pop();
    match found {
        Some((column, false)) => Ok(column),
        Some((_, true)) => Err(Error::unsupported(format!(
            "column \"{name}\" of table {} is generated and virtual",
            relation.name
        ))
        .detail("No row holds its value.")
        .hint("Generate it as STORED.")),
        None => Err(Error::new(
            crate::core::Sqlstate::UndefinedColumn,
            format!("table {} has no column \"{name}\"", relation.name),
        )),
    }
}

/// Whether `name` is a column of the table, and not also the table's own name.
pub fn is_name_of_column(relation: pg_sys::Oid, name: &str) -> Result<bool> {
    Ok(value(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
         WHERE c.oid = $1 AND a.attnum > 0 AND NOT a.attisdropped AND a.attname::text = $2 AND c.relname::text <> $2)",
        &[relation.into(), name.into()],
    )?
    .unwrap_or_default())
}

/// Roles, besides its owner, that may TRUNCATE the relation.
pub fn truncate_holders(relation: &Relation) -> Result<Vec<String>> {
    column(
        "SELECT pg_catalog.pg_get_userbyid(a.grantee)::text FROM pg_catalog.pg_class c, pg_catalog.aclexplode(c.relacl) a WHERE c.oid = $1 AND a.privilege_type = 'TRUNCATE' AND a.grantee NOT IN (0, c.relowner) ORDER BY 1",
        &[relation.oid.into()],
    )
}

/// Whether a plain index of the relation begins with the column.
pub fn has_index_on(relation: &Relation, quoted_column: &str) -> Result<bool> {
    Ok(value(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_index i JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] WHERE i.indrelid = $1 AND i.indpred IS NULL AND pg_catalog.quote_ident(a.attname) = $2)",
        &[relation.oid.into(), quoted_column.into()],
    )?
    .unwrap_or_default())
}

/// The column by which others can point at records: whose value is another row's at no moment, as it
/// can be below a primary key that is deferrable.
pub fn key_to_point_at(relation: pg_sys::Oid) -> Result<Option<Column>> {
    let is_immediate: Option<bool> = value(
        "SELECT indimmediate FROM pg_catalog.pg_index WHERE indrelid = $1 AND indisprimary",
        &[relation.into()],
    )?;
    match is_immediate {
        Some(true) => primary_key(relation),
        _ => Ok(None),
    }
}

/// The number of that column.
pub fn number_of_key_to_point_at(relation: pg_sys::Oid) -> Result<Option<i16>> {
    value(
        "SELECT indkey[0] FROM pg_catalog.pg_index WHERE indrelid = $1 AND indisprimary AND indimmediate AND indnkeyatts = 1",
        &[relation.into()],
    )
}

/// Whether values of a column that are equal are the same, byte by byte: under a nondeterministic collation
/// a record's key can be written in several ways, and what names it by one says nothing of the others.
pub fn has_one_spelling(relation: pg_sys::Oid, column: i16) -> Result<bool> {
    let is_nondeterministic: Option<bool> = value(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_collation c ON c.oid = a.attcollation
             WHERE a.attrelid = $1 AND a.attnum = $2 AND NOT c.collisdeterministic)",
        &[relation.into(), column.into()],
    )?;
    Ok(is_nondeterministic == Some(false))
}

pub fn column_numbered(relation: &Relation, number: i16) -> Result<Column> {
    rows(
        "SELECT pg_catalog.quote_ident(attname), atttypid, attgenerated <> '' FROM pg_catalog.pg_attribute WHERE attrelid = $1 AND attnum = $2 AND NOT attisdropped",
        &[relation.oid.into(), number.into()],
        read_column,
    )?
    .pop()
    .ok_or_else(|| Error::internal(format!("table {} has no column {number}", relation.name)))
}

/// The single column of a primary key.
fn primary_key(relation: pg_sys::Oid) -> Result<Option<Column>> {
    Ok(rows(
        "SELECT pg_catalog.quote_ident(a.attname), a.atttypid, a.attgenerated <> '' FROM pg_catalog.pg_index i JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] WHERE i.indrelid = $1 AND i.indisprimary AND i.indnkeyatts = 1",
        &[relation.into()],
        read_column,
    )?
    .pop())
}

/// What `register` stores of a module.
pub struct NewModule<'a> {
    pub name: &'a str,
    pub owners: Owners,
    pub hierarchy: bool,
    pub default_owner: bool,
    /// The module that controls it.
    pub controlled_by: Option<i32>,
    pub follows: Option<i32>,
    /// Enforced at once.
    pub global_access: GlobalAccess,
}

/// What `move_modules` stores of a module.
pub struct MovedModule<'a> {
    pub module: &'a document::Module,
    pub relation: pg_sys::Oid,
    pub owners: Owners,
}

/// The labels of a type that is an enum, or a domain over one.
pub fn labels_of_enum(type_oid: pg_sys::Oid) -> Result<Option<Vec<String>>> {
    // SAFETY: looks up the type of a column.
    let (base, is_enum) = unsafe {
        let base = pg_sys::getBaseType(type_oid);
        (base, pg_sys::type_is_enum(base))
    };
    let labels = || {
        column(
            "SELECT enumlabel::text FROM pg_catalog.pg_enum WHERE enumtypid = $1",
            &[base.into()],
        )
    };
    is_enum.then(labels).transpose()
}

/// A protected relation and what it was like before.
pub struct Before {
    pub relation: Relation,
    pub had_row_security: bool,
    pub had_force: bool,
    pub public_could_truncate: bool,
}

impl Change {
    pub fn register(&self, module: &NewModule, family: &[Relation]) -> Result<()> {
        let id = self.register_module(module, family[0].oid)?;
        self.register_family(id, family)
    }

    /// Without the tables that carry its policies. Returns its number.
    pub fn register_module(&self, module: &NewModule, relation: pg_sys::Oid) -> Result<i32> {
        let id: Option<i32> = value(
            "INSERT INTO sharing.modules (name, relation, owners, hierarchy, default_owner, controlled_by_id, follows_id, global_access, staged_global_access) VALUES ($1, $2::oid, $3, $4, $5, $6, $7, $8, $8) RETURNING id",
            &[
                module.name.into(),
                relation.into(),
                module.owners.label().into(),
                module.hierarchy.into(),
                module.default_owner.into(),
                module.controlled_by.into(),
                module.follows.into(),
                module.global_access.label().into(),
            ],
        )?;
        id.ok_or_else(|| Error::internal("the new module has no number"))
    }

    pub fn register_family(&self, module: i32, family: &[Relation]) -> Result<()> {
        family
            .iter()
            .try_for_each(|member| self.register_relation(module, member))
    }

    /// Modules that stay and become those of other tables, columns or parents; their rules stay, too.
    pub fn move_modules(&self, modules: &[MovedModule]) -> Result<()> {
        let names = |name: fn(&document::Module) -> Option<&str>| -> Vec<Option<&str>> {
            modules.iter().map(|moved| name(moved.module)).collect()
        };
        execute(
            "UPDATE sharing.modules m SET relation = d.relation, owners = d.owners, default_owner = d.default_owner, controlled_by_id = p.id, follows_id = f.id
             FROM unnest($1::text[], $2::oid[], $3::text[], $4::bool[], $5::text[], $6::text[]) AS d (name, relation, owners, default_owner, controlled_by, follows)
             LEFT JOIN sharing.modules p ON p.name = d.controlled_by LEFT JOIN sharing.modules f ON f.name = d.follows
             WHERE m.name = d.name",
            &[
                names(|module| Some(&module.name)).into(),
                modules.iter().map(|moved| moved.relation).collect::<Vec<_>>().into(),
                modules.iter().map(|moved| moved.owners.label()).collect::<Vec<_>>().into(),
                modules.iter().map(|moved| moved.module.default_owner).collect::<Vec<_>>().into(),
                names(|module| module.controlled_by.as_deref()).into(),
                names(|module| module.follows.as_deref()).into(),
            ],
        )?;
        Ok(())
    }

    /// The hierarchy switch, what they follow, and global access, which is staged; with `apply`, what is
    /// valid, too. Where that of another module holds, nothing of their own must wait to hold again.
    pub fn set_up_modules(&self, modules: &[&document::Module], apply: bool) -> Result<()> {
        let access = |of: fn(&document::Module) -> GlobalAccess| -> Vec<&str> {
            modules.iter().map(|module| of(module).label()).collect()
        };
        execute(
            "UPDATE sharing.modules m SET hierarchy = d.hierarchy, follows_id = d.follows_id, staged_global_access = d.access, global_access = d.enforced
             FROM (SELECT m.id, d.hierarchy, f.id AS follows_id, d.access,
                          CASE WHEN f.id IS NULL AND m.controlled_by_id IS NULL THEN CASE WHEN $6 THEN d.valid ELSE m.global_access END ELSE 'private' END AS enforced
                   FROM unnest($1::text[], $2::bool[], $3::text[], $4::text[], $5::text[]) AS d (name, hierarchy, follows, access, valid)
                   JOIN sharing.modules m ON m.name = d.name LEFT JOIN sharing.modules f ON f.name = d.follows) d
             WHERE m.id = d.id AND (m.hierarchy, m.follows_id, m.staged_global_access, m.global_access) IS DISTINCT FROM (d.hierarchy, d.follows_id, d.access, d.enforced)",
            &[
                modules.iter().map(|module| module.name.as_str()).collect::<Vec<_>>().into(),
                modules.iter().map(|module| module.hierarchy).collect::<Vec<_>>().into(),
                modules.iter().map(|module| module.follows.as_deref()).collect::<Vec<_>>().into(),
                access(|module| module.staged.unwrap_or(module.global_access)).into(),
                access(|module| module.global_access).into(),
                apply.into(),
            ],
        )?;
        Ok(())
    }

    /// Row security that came with policies of ours alone, in a copy of the schema, goes with them.
    pub fn register_relation(&self, module: i32, relation: &Relation) -> Result<()> {
        let is_by_us = !relation.policies.is_empty() && other_policies(relation)?.is_empty();
        execute(
            "INSERT INTO sharing.protected_relations (relation, module_id, had_row_security, had_force, public_could_truncate) VALUES ($1::oid, $2, $3, $4, $5)",
            &[
                relation.oid.into(),
                module.into(),
                (relation.row_security && !is_by_us).into(),
                (relation.force && !is_by_us).into(),
                relation.public_can_truncate.into(),
            ],
        )?;
        Ok(())
    }

    /// The relations that carry the policies of a module and still exist.
    pub fn protected(&self, module: i32) -> Result<Vec<Before>> {
        rows(
            &format!(
                "SELECT r.*, p.had_row_security, p.had_force, p.public_could_truncate FROM sharing.protected_relations p JOIN ({RELATION}) r ON r.oid = p.relation WHERE p.module_id = $1 AND {WITHIN_REACH} ORDER BY r.oid"
            ),
            &[module.into()],
            |row| {
                Ok(Before {
                    relation: read_relation(row)?,
                    had_row_security: row.get(10)?.unwrap_or_default(),
                    had_force: row.get(11)?.unwrap_or_default(),
                    public_could_truncate: row.get(12)?.unwrap_or_default(),
                })
            },
        )
    }

    /// The relations of a module that is going to have others.
    pub fn forget_family(&self, module: i32, relations: &[pg_sys::Oid]) -> Result<()> {
        execute(
            "DELETE FROM sharing.protected_relations WHERE module_id = $1 AND relation::oid = ANY ($2::oid[])",
            &[module.into(), relations.to_vec().into()],
        )?;
        Ok(())
    }

    pub fn forget_module(&self, module: i32) -> Result<()> {
        self.forget_modules("m.id = $1", &[module.into()])
    }

    /// Modules whose table is gone, and relations that are.
    pub fn forget_dropped(&self) -> Result<()> {
        self.forget_modules(
            "NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = m.relation)",
            &[],
        )?;
        execute(
            "DELETE FROM sharing.protected_relations d WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = d.relation)",
            &[],
        )?;
        Ok(())
    }

    /// First what belongs to them: the audit log tells it by the module's name.
    fn forget_modules(&self, which: &str, arguments: Arguments) -> Result<()> {
        for (table, of) in [
            ("related_levels", "d.module_id"),
            (
                "related_levels",
                "(SELECT r.module_id FROM sharing.rules r WHERE r.id = d.rule_id)",
            ),
            ("rules", "d.module_id"),
            ("relations", "d.child_id"),
            ("relations", "d.parent_id"),
            ("profile_permissions", "d.module_id"),
            ("protected_relations", "d.module_id"),
            ("shares", "d.module_id"),
            ("shared_modules", "d.module_id"),
        ] {
            execute(
                &format!(
                    "DELETE FROM sharing.{table} d USING sharing.modules m WHERE m.id = {of} AND {which}"
                ),
                arguments,
            )?;
        }
        // Who followed a module that is gone has rules of his own: none yet.
        execute(
            &format!(
                "UPDATE sharing.modules d SET follows_id = NULL FROM sharing.modules m WHERE m.id = d.follows_id AND {which}"
            ),
            arguments,
        )?;
        execute(
            &format!("DELETE FROM sharing.modules m WHERE {which}"),
            arguments,
        )?;
        Ok(())
    }

    /// Stores a relation; returns its number. Rules that are there carry over it once they are
    /// applied, or once they name the child; where there are none, nothing has to be applied.
    pub fn add_relation(&self, child: i32, parent: i32, with_shares: bool) -> Result<i32> {
        value(
            &format!(
                "INSERT INTO sharing.relations (child_id, parent_id, with_shares, applied)
                 SELECT $1, $2, $3, NOT {} RETURNING id",
                has_enforced_rules("$2")
            ),
            &[child.into(), parent.into(), with_shares.into()],
        )?
        .ok_or_else(|| Error::internal("the new relation has no number"))
    }

    /// With another condition a relation holds for other records, as if it were declared anew.
    pub fn alter_relation(
        &self,
        relation: i32,
        with_shares: bool,
        has_other_condition: bool,
    ) -> Result<()> {
        execute(
            &format!(
                "UPDATE sharing.relations e SET with_shares = $2, applied = CASE WHEN $3 THEN NOT {} ELSE e.applied END
                 WHERE e.id = $1",
                has_enforced_rules("e.parent_id")
            ),
            &[
                relation.into(),
                with_shares.into(),
                has_other_condition.into(),
            ],
        )?;
        Ok(())
    }

    /// Whether rules carry over it what they do not name.
    pub fn settle_relation(&self, relation: i32, applied: bool) -> Result<()> {
        execute(
            "UPDATE sharing.relations SET applied = $2 WHERE id = $1 AND applied <> $2",
            &[relation.into(), applied.into()],
        )?;
        Ok(())
    }

    /// Relations of a module to its parents that are not among those of which anybody tells.
    pub fn forget_dead_relations(&self, child: &str, told: &[i32]) -> Result<()> {
        execute(
            "DELETE FROM sharing.relations r USING sharing.modules m WHERE m.id = r.child_id AND m.name = $1 AND r.id <> ALL ($2)",
            &[child.into(), told.to_vec().into()],
        )?;
        Ok(())
    }

    /// What rules say of the children is left to `import`: they may be related otherwise.
    pub fn delete_relations(&self, relations: Vec<i32>) -> Result<()> {
        execute(
            "DELETE FROM sharing.relations WHERE id = ANY ($1)",
            &[relations.into()],
        )?;
        Ok(())
    }

    /// Forgets a relation, and what rules say of the child where they carry over no other.
    pub fn forget_relation(&self, relation: i32) -> Result<()> {
        execute(
            "DELETE FROM sharing.relations WHERE id = $1",
            &[relation.into()],
        )?;
        self.forget_levels_of_strangers()
    }
}

/// Whether rules of a parent are enforced, as an SQL condition.
fn has_enforced_rules(parent: &str) -> String {
    format!(
        "EXISTS (SELECT FROM sharing.modules p JOIN sharing.rules r ON r.module_id = COALESCE(p.follows_id, p.id) WHERE p.id = {parent} AND r.access IS NOT NULL)"
    )
}

/// The tables of a module that carry its policies and still exist.
pub fn protected_members(module: i32) -> Result<Vec<Relation>> {
    rows(
        &format!(
            "SELECT r.* FROM sharing.protected_relations p JOIN ({RELATION}) r ON r.oid = p.relation WHERE p.module_id = $1 AND {WITHIN_REACH} ORDER BY r.oid"
        ),
        &[module.into()],
        read_relation,
    )
}

/// The relations of a child: their numbers, and the modules that are their parents.
pub fn relations_of(child: i32) -> Result<Vec<(i32, i32)>> {
    rows(
        "SELECT id, parent_id FROM sharing.relations WHERE child_id = $1 ORDER BY id",
        &[child.into()],
        |row| {
            Ok((
                row.get(1)?.unwrap_or_default(),
                row.get(2)?.unwrap_or_default(),
            ))
        },
    )
}

/// The tables of modules that have a relation to a module whose table is gone, and policies that say
/// so: pg_restore --clean drops these first.
pub fn children_of_dropped() -> Result<Vec<pg_sys::Oid>> {
    column(
        "SELECT DISTINCT c.relation::oid FROM sharing.relations l JOIN sharing.modules p ON p.id = l.parent_id JOIN sharing.modules c ON c.id = l.child_id JOIN pg_catalog.pg_class t ON t.oid = c.relation
         WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_class g WHERE g.oid = p.relation)
           AND 3 = (SELECT pg_catalog.count(*) FROM pg_catalog.pg_policy o WHERE o.polrelid = c.relation AND o.polname = ANY ('{sharing_select,sharing_insert,sharing_update}'))",
        &[],
    )
}

/// Tables of modules of which a part was dropped, and not all.
pub fn tables_of_dropped() -> Result<Vec<pg_sys::Oid>> {
    column(
        "SELECT DISTINCT c.oid FROM sharing.protected_relations d JOIN sharing.modules m ON m.id = d.module_id JOIN pg_catalog.pg_class c ON c.oid = m.relation WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_class g WHERE g.oid = d.relation)",
        &[],
    )
}

/// Refuses to let go of a module on which others depend.
pub fn must_have_no_children(module: i32, name: &str) -> Result<()> {
    crate::catalog::write::change::must_be_unused(
        "module",
        name,
        &[
            "SELECT pg_catalog.format('module \"%s\", which it controls', name) FROM sharing.modules WHERE controlled_by_id = $1 ORDER BY name",
            "SELECT pg_catalog.format('module \"%s\", which follows it', name) FROM sharing.modules WHERE follows_id = $1 ORDER BY name",
            "SELECT DISTINCT pg_catalog.format('module \"%s\", which is related to it', c.name) FROM sharing.relations l JOIN sharing.modules c ON c.id = l.child_id WHERE l.parent_id = $1 AND l.child_id <> l.parent_id ORDER BY 1",
        ],
        module,
        "End that first, with sharing.unprotect() or sharing.unrelate().",
    )
}

/// Whether a relation carries the policies of a module.
pub fn is_protected_relation(relation: pg_sys::Oid) -> Result<bool> {
    Ok(value(
        "SELECT EXISTS (SELECT FROM sharing.protected_relations WHERE relation::oid = $1)",
        &[relation.into()],
    )?
    .unwrap_or_default())
}

/// Whether a table that had been protected is gone.
pub fn any_dropped() -> Result<bool> {
    Ok(value(
        "SELECT EXISTS (SELECT FROM sharing.protected_relations d WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = d.relation))",
        &[],
    )?
    .unwrap_or_default())
}

/// Whether a module has that name whose table is gone.
pub fn is_vanished(name: &str) -> Result<bool> {
    Ok(value(
        "SELECT EXISTS (SELECT FROM sharing.modules m WHERE m.name = $1 AND NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = m.relation))",
        &[name.into()],
    )?
    .unwrap_or_default())
}

/// A protected relation and a parent of it that is not, where the statement concerns either; by the latest
/// state, as for `newcomers`.
pub fn unfiltered_parent() -> Result<Option<(String, String)>> {
    Ok(rows_now(
        "SELECT i.inhrelid::pg_catalog.regclass::text, i.inhparent::pg_catalog.regclass::text FROM pg_catalog.pg_inherits i JOIN sharing.protected_relations p ON p.relation = i.inhrelid WHERE NOT EXISTS (SELECT FROM sharing.protected_relations o WHERE o.relation = i.inhparent) AND EXISTS (SELECT FROM pg_catalog.pg_event_trigger_ddl_commands() c WHERE c.objid IN (i.inhrelid, i.inhparent)) LIMIT 1",
        |row| {
            (
                row.get(1).unwrap_or_default(),
                row.get(2).unwrap_or_default(),
            )
        },
    )?
    .pop())
}

/// How the names of triggers end that a detached partition has.
pub const DETACHED: &str = "_detached";

/// Whether the command names a parent of the relation `c`.
macro_rules! is_attached_by_command {
    () => {
        "EXISTS (SELECT FROM pg_catalog.pg_inherits h JOIN pg_catalog.pg_event_trigger_ddl_commands() a ON a.objid = h.inhparent WHERE h.inhrelid = c.oid)"
    };
}

/// The statements that drop such triggers from partitions that the command attaches again.
pub fn superfluous_triggers() -> Result<Vec<Ddl>> {
    rows(
        concat!(
            "SELECT c.oid, pg_catalog.format('DROP TRIGGER %I ON %s', t.tgname, c.oid::pg_catalog.regclass) FROM sharing.protected_relations p JOIN pg_catalog.pg_class c ON c.oid = p.relation JOIN pg_catalog.pg_trigger t ON t.tgrelid = c.oid WHERE c.relispartition AND t.tgname IN ('sharing_guard_owner_detached', 'zz_sharing_guard_owner_detached', 'sharing_default_owner_detached') AND ",
            is_attached_by_command!(),
            " ORDER BY c.oid, t.tgname"
        ),
        &[],
        |row| {
            Ok(Ddl {
                table: row.get(1)?.unwrap_or(pg_sys::InvalidOid),
                statement: row.get(2)?.unwrap_or_default(),
            })
        },
    )
}

/// Partitions that had been detached and that the command attaches again, each with the module's table:
/// their policies do not say what those of the table say of single records.
pub fn attached_again() -> Result<Vec<(pg_sys::Oid, pg_sys::Oid)>> {
    rows(
        concat!(
        "SELECT c.oid, m.relation::oid FROM sharing.protected_relations p JOIN sharing.modules m ON m.id = p.module_id JOIN pg_catalog.pg_class c ON c.oid = p.relation
         JOIN pg_catalog.pg_policy o ON o.polrelid = c.oid AND o.polname = 'sharing_select'
         JOIN pg_catalog.pg_policy w ON w.polrelid = m.relation AND w.polname = 'sharing_select'
         WHERE c.relispartition AND c.oid <> m.relation
           AND pg_catalog.strpos(pg_catalog.pg_get_expr(w.polqual, w.polrelid), 'sharing_internal.may_read_shared(') > 0
           AND pg_catalog.strpos(pg_catalog.pg_get_expr(o.polqual, o.polrelid), 'sharing_internal.may_read_shared(') = 0
           AND ",
        is_attached_by_command!()
        ),
        &[],
        |row| {
            Ok((
                row.get(1)?.unwrap_or(pg_sys::InvalidOid),
                row.get(2)?.unwrap_or(pg_sys::InvalidOid),
            ))
        },
    )
}

/// Relations of the module of which the command names a table that are part of no other and carry the
/// policies of their module's table, but not the triggers, as a partition does that was detached; each with
/// that table.
pub fn detached() -> Result<Vec<(pg_sys::Oid, pg_sys::Oid)>> {
    rows(
        "SELECT c.oid, m.relation::oid FROM sharing.protected_relations p JOIN sharing.modules m ON m.id = p.module_id JOIN pg_catalog.pg_class c ON c.oid = p.relation WHERE c.oid <> m.relation AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhrelid = c.oid) AND m.owners <> 'parent' AND EXISTS (SELECT FROM pg_catalog.pg_policy o WHERE o.polrelid = c.oid AND o.polname = 'sharing_select') AND NOT EXISTS (SELECT FROM pg_catalog.pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname IN ('zz_sharing_guard_owner', 'zz_sharing_guard_owner_detached')) AND EXISTS (SELECT FROM pg_catalog.pg_event_trigger_ddl_commands() n JOIN sharing.protected_relations q ON q.relation = n.objid WHERE q.module_id = p.module_id)",
        &[],
        |row| {
            Ok((
                row.get(1)?.unwrap_or(pg_sys::InvalidOid),
                row.get(2)?.unwrap_or(pg_sys::InvalidOid),
            ))
        },
    )
}
