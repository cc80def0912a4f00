//! How many records of a module there are, by what decides about them: their owners, those of the
//! parents that they have through relations and, of details, those of the record that controls them.
//! Shares are counted apart, for few users and few records.
//!
//! The statements join the application's tables, so they run as these tables' owner and never as the
//! extension's: what the owner hung on the tables runs, too.

use crate::catalog::elevation::AsOwner;
use crate::catalog::read::{Configuration, ProtectedTable};
use crate::catalog::sql::{Arguments, rows};
use crate::core::decision::Way;
use crate::core::org::{Control, ModuleId, Relation, RelationId, UserId};
use crate::core::{Error, Result};
use crate::policy::columns::{Columns, OwnerColumns, RelationColumn, columns, owner_columns};
use crate::policy::keys::KeyType;
use crate::policy::ties::tie;
use pgrx::spi::{SpiHeapTupleData, SpiResult, quote_identifier, quote_literal};
use pgrx::{PgRelation, pg_sys};

/// What a record's columns say of its owners.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnerKeys {
    pub owner: Option<String>,
    pub group: Option<String>,
}

/// Of a record: its own owners first, then those of its parents, in the order of `parents`.
pub type DecidingKeys = Vec<OwnerKeys>;

/// A record that was shared with a user, so that he sees it while it is the giver's.
pub struct SharedRecord {
    pub viewer: UserId,
    pub module: ModuleId,
    pub giver: String,
    pub record: String,
}

/// The records of a module, joined with what decides about them.
pub struct Counted {
    /// Where the records are whose owners decide, and where those come from that they control.
    from: String,
    top: Table,
    /// The relations over which rules carry, and others over which only shares do.
    parents: Vec<Parent>,
    others: Vec<Parent>,
    /// The owner of all these tables.
    owner: pg_sys::Oid,
}

struct Table {
    module: ModuleId,
    alias: String,
    columns: OwnerColumns,
    /// The condition on rows that can be shared, beside their key.
    only: String,
    owner: pg_sys::Oid,
}

struct Parent {
    relation: RelationId,
    with_shares: bool,
    join: String,
    table: Table,
}

/// A table with its qualified name, locked as by a query.
struct Open {
    relation: PgRelation,
    name: String,
}

impl Open {
    fn table(oid: pg_sys::Oid) -> Open {
        // SAFETY: the lock is the one of a query; an unknown relation is an error of PostgreSQL's.
        let relation = unsafe { PgRelation::with_lock(oid, pg_sys::AccessShareLock as _) };
        let (schema, name) = (relation.namespace(), relation.name());
        let name = format!("{}.{}", quote_identifier(schema), quote_identifier(name));
        Open { relation, name }
    }

    fn columns(&self) -> Result<Columns> {
        // SAFETY: the relation is open while `self` lives.
        unsafe { columns(self.relation.as_ptr()) }
    }

    fn owner(&self) -> pg_sys::Oid {
        // SAFETY: the relation is open while `self` lives.
        unsafe { (*(*self.relation.as_ptr()).rd_rel).relowner }
    }

    fn with_owners(&self, module: ModuleId, alias: String) -> Result<Table> {
        // SAFETY: the relation is open while `self` lives.
        let (columns, kind) = unsafe {
            let relation = self.relation.as_ptr();
            (owner_columns(relation)?, (*(*relation).rd_rel).relkind)
        };
        // Tables that inherit may have the same keys again.
        let only = match kind as u8 {
            b'p' => String::new(),
            _ => format!(" AND {alias}.tableoid = {}", self.relation.oid().to_u32()),
        };
        Ok(Table {
            module,
            alias,
            columns,
            only,
            owner: self.owner(),
        })
    }
}

impl Table {
    fn column(&self, name: &str) -> String {
        format!("{}.{}", self.alias, quote_identifier(name))
    }

    /// The text forms of the two owner columns.
    fn owner_keys(&self) -> [String; 2] {
        let text = |name: &str| text(&self.column(name));
        let group = self.columns.group.as_ref();
        [
            text(&self.columns.owner.name),
            group.map_or("NULL".to_owned(), |group| text(&group.name)),
        ]
    }
}

/// The text form of a key. Keys are exact, whatever the collation of their column.
fn text(column: &str) -> String {
    format!("{column}::text COLLATE \"C\"")
}

fn equal(key_type: KeyType, left: &str, right: &str) -> String {
    match key_type {
        KeyType::Text => format!("{} = {}", text(left), text(right)),
        _ => format!("{left} = {right}"),
    }
}

fn table_of(configuration: &Configuration, module: ModuleId) -> Result<&ProtectedTable> {
    let mut tables = configuration.tables.values();
    tables
        .find(|table| table.module == module)
        .ok_or_else(|| Error::internal(format!("module {} has no table", module.0)))
}

impl Counted {
    /// `carries` tells the relations over which rules carry. None where nothing decides about a record:
    /// a table on the way has no key by which its records could be pointed at.
    pub fn new(
        configuration: &Configuration,
        mut module: ModuleId,
        carries: impl Fn(&Relation) -> bool,
    ) -> Result<Option<Counted>> {
        let org = &configuration.org;
        let mut open = Open::table(table_of(configuration, module)?.relation);
        let mut depth = 0;
        let mut from = format!("{} d0", open.name);
        let mut owners = vec![open.owner()];
        while let Some(Control::Parent(parent)) = org.modules.get(&module).map(|m| &m.control)
            && let Columns::Detail(detail) = open.columns()?
        {
            let above = Open::table(table_of(configuration, *parent)?.relation);
            let (below, above_it) = (open.relation.oid(), above.relation.oid());
            let tie = tie(configuration, below, Way::Own, above_it)?;
            let Some(key) = tie.and_then(|tie| tie.name_of_key()) else {
                return Ok(None);
            };
            let via = format!("d{depth}.{}", quote_identifier(&detail.via.name));
            depth += 1;
            let key = format!("d{depth}.{}", quote_identifier(&key));
            let on = equal(detail.via.key_type, &key, &via);
            from += &format!(" JOIN {} d{depth} ON {on}", above.name);
            owners.push(above.owner());
            (module, open) = (*parent, above);
        }
        let top = open.with_owners(module, format!("d{depth}"))?;
        let (mut parents, mut others) = (Vec::new(), Vec::new());
        for column in &top.columns.relations {
            let Some(relation) = org.relation(column.id) else {
                continue;
            };
            let parent = Parent::new(configuration, relation, &top, column)?;
            match carries(relation) {
                true => parents.extend(parent),
                false => others.extend(parent.filter(|parent| parent.with_shares)),
            }
        }
        let joined = parents.iter().chain(&others).map(|parent| &parent.table);
        owners.extend(joined.map(|table| table.owner));
        let owner = owners[0];
        if owners.iter().any(|other| *other != owner) {
            let module = org.modules.get(&top.module);
            let module = module.map_or("?", |module| module.name.as_str());
            return Err(Error::not_possible(format!(
                "the records of \"{module}\" and of its parents cannot be counted together: their tables belong to different roles"
            ))
            .hint("Give the tables one owner, or apply the rules without a preview."));
        }
        Ok(Some(Counted {
            from,
            top,
            parents,
            others,
            owner,
        }))
    }

    fn rows<T>(
        &self,
        statement: &str,
        arguments: Arguments,
        read: impl FnMut(&SpiHeapTupleData) -> SpiResult<T>,
    ) -> Result<Vec<T>> {
        let _as_owner = AsOwner::enter(self.owner);
        rows(statement, arguments, read)
    }

    /// The module whose owners decide.
    pub fn module(&self) -> ModuleId {
        self.top.module
    }

    /// The relations over which rules carry, and the modules of the parents.
    pub fn parents(&self) -> impl Iterator<Item = (RelationId, ModuleId)> {
        let parents = self.parents.iter();
        parents.map(|parent| (parent.relation, parent.table.module))
    }

    fn keys(&self) -> String {
        let parents = self.parents.iter().map(|parent| &parent.table);
        let tables = std::iter::once(&self.top).chain(parents);
        let keys: Vec<_> = tables.flat_map(Table::owner_keys).collect();
        format!("ARRAY[{}]", keys.join(", "))
    }

    fn joined(&self) -> String {
        let joins = self.parents.iter().map(|parent| parent.join.as_str());
        self.from.clone() + &joins.collect::<String>()
    }

    /// How many records there are for each combination of keys.
    pub fn all(&self) -> Result<Vec<(DecidingKeys, i64)>> {
        let statement = format!(
            "SELECT {}, pg_catalog.count(*) FROM {} GROUP BY 1",
            self.keys(),
            self.joined()
        );
        self.rows(&statement, &[], |row| {
            let keys: Option<Vec<Option<String>>> = row.get(1)?;
            Ok((pairs(keys), row.get(2)?.unwrap_or_default()))
        })
    }

    /// The modules whose shared records count: also as parents, over relations that carry shares.
    pub fn shared_modules(&self) -> Vec<ModuleId> {
        let tables = self.by_share().map(|(table, _)| table);
        let mut modules: Vec<_> = tables.map(|table| table.module).collect();
        modules.sort();
        modules.dedup();
        modules
    }

    /// The tables a share of whose records lets see one of the module, and how to get there.
    fn by_share(&self) -> impl Iterator<Item = (&Table, &str)> {
        let carrying = self.parents.iter().filter(|parent| parent.with_shares);
        let carrying = carrying.map(|parent| (&parent.table, ""));
        let others = self.others.iter();
        let others = others.map(|parent| (&parent.table, parent.join.as_str()));
        let all = std::iter::once((&self.top, ""))
            .chain(carrying)
            .chain(others);
        all.filter(|(table, _)| table.columns.record.is_some())
    }

    /// How many records each user sees by shares, of those of each combination of keys.
    pub fn shared(&self, shared: &[SharedRecord]) -> Result<Vec<(UserId, DecidingKeys, i64)>> {
        let (keys, joined) = (self.keys(), self.joined());
        let ways = self.by_share().filter_map(|(table, join)| {
            let record = text(&table.column(&table.columns.record.as_ref()?.name));
            let owner = text(&table.column(&table.columns.owner.name));
            let (module, only) = (table.module.0, &table.only);
            Some(format!(
                "SELECT s.viewer, {keys} AS keys, d0.tableoid, d0.ctid FROM {joined}{join}
                 JOIN ROWS FROM (pg_catalog.unnest($1::int4[]), pg_catalog.unnest($2::int4[]), pg_catalog.unnest($3::text[]), pg_catalog.unnest($4::text[])) s (viewer, module, giver, record)
                 ON s.module = {module} AND s.giver = {owner} AND s.record = {record}{only}"
            ))
        });
        let ways: Vec<_> = ways.collect();
        if ways.is_empty() || shared.is_empty() {
            return Ok(Vec::new());
        }
        let statement = format!(
            "SELECT viewer, keys, pg_catalog.count(*) FROM ({}) ways GROUP BY viewer, keys",
            ways.join(" UNION ")
        );
        let numbers =
            |number: fn(&SharedRecord) -> i32| -> Vec<i32> { shared.iter().map(number).collect() };
        let texts = |text: fn(&SharedRecord) -> &String| -> Vec<String> {
            shared.iter().map(text).cloned().collect()
        };
        let arguments = [
            numbers(|one| one.viewer.0).into(),
            numbers(|one| one.module.0).into(),
            texts(|one| &one.giver).into(),
            texts(|one| &one.record).into(),
        ];
        self.rows(&statement, &arguments, |row| {
            let viewer: Option<i32> = row.get(1)?;
            let keys: Option<Vec<Option<String>>> = row.get(2)?;
            let count = row.get(3)?.unwrap_or_default();
            Ok((UserId(viewer.unwrap_or_default()), pairs(keys), count))
        })
    }
}

impl Parent {
    fn new(
        configuration: &Configuration,
        relation: &Relation,
        child: &Table,
        column: &RelationColumn,
    ) -> Result<Option<Parent>> {
        let open = Open::table(table_of(configuration, relation.parent)?.relation);
        let way = Way::Relation(relation.id);
        let child_table = child.columns.module_relation;
        let tie = tie(configuration, child_table, way, open.relation.oid())?;
        let Some(key) = tie.and_then(|tie| tie.name_of_key()) else {
            return Ok(None);
        };
        let alias = format!("p{}", relation.id.0);
        let key = format!("{alias}.{}", quote_identifier(&key));
        let on = equal(column.via.key_type, &key, &child.column(&column.via.name));
        let when = column.when.as_ref().map_or(String::new(), |when| {
            let value = quote_literal(&when.value);
            format!(" AND {} = {value}", child.column(&when.column))
        });
        Ok(Some(Parent {
            relation: relation.id,
            with_shares: relation.with_shares,
            join: format!(" LEFT JOIN {} {alias} ON {on}{when}", open.name),
            table: open.with_owners(relation.parent, alias)?,
        }))
    }
}

fn pairs(keys: Option<Vec<Option<String>>>) -> DecidingKeys {
    let mut keys = keys.unwrap_or_default().into_iter();
    let mut pairs = Vec::new();
    while let Some(owner) = keys.next() {
        let group = keys.next().flatten();
        pairs.push(OwnerKeys { owner, group });
    }
    pairs
}
