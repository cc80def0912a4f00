//! How many records of a module there are, by what decides about them: their owners, those of the
//! parents that they have through relations and, of details, those of the record that controls them.
//! And how many of these each user sees by a share, or because they were given to them.
//!
//! By direct scans, as in `policy::records`: each table is read once, parents before their children. A
//! statement that joins the tables would run what their owners hung on them, as somebody who may read
//! them all.
//!
//! The maps of parents hold one number for each parent record: three times as fast as the joins that
//! PostgreSQL makes of the same tables.

use crate::catalog::read::configuration::{Configuration, ProtectedTable};
use crate::catalog::read::snapshot::Snapshot;
use crate::core::criteria::Criteria;
use crate::core::decision::Way;
use crate::core::org::{Control, CriteriaId, ModuleId, Org, Relation, RelationId};
use crate::core::{Error, Level, Result};
use crate::pg::names::column_in;
use crate::policy::preview::counted::{Counts, GivenTo};
use crate::policy::preview::pointer::Pointer;
use crate::policy::preview::singles::{ByRecord, Singles};
use crate::policy::preview::tally::{ByKey, Keys, Numbered, Tally, Viewer, sorted};
use crate::policy::records::compiled::MetCriteria;
use crate::policy::records::reading::{Records, tables_and_heirs, tables_with_rows};
use crate::policy::records::ties::{Tie, tie};
use crate::policy::sets::keys::KeyType;
use crate::policy::text::columns::{
    Columns, KeyColumn, OwnerColumns, RelationColumn, When, columns, owner_columns,
};
use pgrx::{PgRelation, pg_sys};

/// A module with the tables that decide about its records.
pub struct Counted {
    /// From the module's own table upwards those whose records others control.
    details: Vec<Detail>,
    /// The one whose owners decide.
    top: Table,
    /// The relations over which rules carry, and others over which only shares do.
    parents: Vec<Parent>,
    others: Vec<Parent>,
}

/// A table whose records those of another one control.
struct Detail {
    relation: pg_sys::Oid,
    /// The column that points further up, and what it points at: nothing where the tie is closed.
    via: KeyColumn,
    tie: Option<Tie>,
}

struct Table {
    module: ModuleId,
    relation: pg_sys::Oid,
    columns: OwnerColumns,
    /// Of the rules for the module, valid or staged.
    criteria: Vec<(CriteriaId, Criteria)>,
    is_partitioned: bool,
}

struct Parent {
    relation: RelationId,
    with_shares: bool,
    /// What shares of a parent give before anything is applied.
    shares_give_now: Level,
    via: KeyColumn,
    when: Option<When>,
    /// What the children's column points at: nothing where the tie is closed.
    tie: Option<Tie>,
    table: Table,
}

/// An open part of a table, with the numbers of its columns.
struct Part {
    records: Records,
    owner: i16,
    group: Option<i16>,
    /// The key of records that can be shared here.
    record: Option<i16>,
    met: MetCriteria,
}

/// What a parent record says of its children: the numbers of its owners, of the roles and groups to which it was
/// given, of what it meets, and of who sees it by a share or because it was given to them.
type Said = [u32; 5];

fn open(relation: pg_sys::Oid) -> PgRelation {
    // SAFETY: the lock is the one of a query; an unknown relation is an error of PostgreSQL's.
    unsafe { PgRelation::with_lock(relation, pg_sys::AccessShareLock as _) }
}

fn table_of(configuration: &Configuration, module: ModuleId) -> Result<&ProtectedTable> {
    let mut tables = configuration.tables.values();
    tables
        .find(|table| table.module == module)
        .ok_or_else(|| Error::internal(format!("module {} has no table", module.0)))
}

/// The column by which other tables know the records of an open part of a table.
fn key_of(records: &Records, part: pg_sys::Oid, tie: Option<Tie>) -> Option<(i16, KeyType)> {
    let key = records.key_on(tie?.column_in(part)?)?;
    Some((key.column, key.key_type))
}

impl Table {
    fn new(configuration: &Configuration, module: ModuleId, table: &PgRelation) -> Result<Table> {
        let criteria = configuration.criteria_of(module).into_iter();
        // SAFETY: the relation is open while `table` lives.
        let columns = unsafe { owner_columns(table.as_ptr()) }?;
        Ok(Table {
            module,
            relation: table.oid(),
            columns,
            criteria: criteria.map(|(id, one)| (id, one.clone())).collect(),
            is_partitioned: table.is_partitioned_table(),
        })
    }

    /// None where a part has not the columns: it is no longer one.
    fn part(&self, relation: pg_sys::Oid) -> Option<Part> {
        let records = Records::open(relation)?;
        let number = |column: &KeyColumn| column_in(relation, &column.name);
        let group = self.columns.group.as_ref();
        // Tables that inherit may have the same keys again.
        let can_share = self.is_partitioned || relation == self.relation;
        let record = self.columns.record.as_ref().filter(|_| can_share);
        Some(Part {
            owner: number(&self.columns.owner)?,
            group: group.map(number).unwrap_or_default(),
            record: record.map(number).unwrap_or_default(),
            // SAFETY: the table is open, and read before the memory of the call goes.
            met: unsafe {
                let wanted = self.criteria.iter();
                MetCriteria::of(&records, wanted.map(|(id, criteria)| (*id, criteria)))
            },
            records,
        })
    }

    fn singles(&self, singles: Singles, lists: &mut Numbered<GivenTo>) -> ByRecord {
        let record = self.columns.record.as_ref();
        record.map_or_else(ByRecord::default, |record| {
            ByRecord::new(self.module, record.key_type, singles, lists)
        })
    }

    /// The numbers of a row's owners and of the roles and groups to which it was given; adds those who see it by a
    /// share, or because it was given to them.
    ///
    /// # Safety
    /// `tuple` must be a row of the part.
    unsafe fn read(
        &self,
        part: &Part,
        tuple: pg_sys::HeapTuple,
        keys: &mut [Keys; 2],
        singles: &ByRecord,
        (viewers, meets): (&mut Vec<Viewer>, &mut Numbered<CriteriaId>),
    ) -> Result<[u32; 4]> {
        let [owners, groups] = keys;
        let types = self.columns.types();
        // SAFETY: by the caller's promise; the columns have these types in every part.
        unsafe {
            let owner = owners.number(types.user, part.records.value(tuple, part.owner));
            let group = part.group.map_or(0, |group| {
                groups.number(types.group, part.records.value(tuple, group))
            });
            let mut given = 0;
            if let (false, Some(number), Some(column)) =
                (singles.is_empty(), part.record, &self.columns.record)
            {
                let record = part.records.value(tuple, number);
                given = singles.add_viewers(column.key_type, record, owners.text(owner), viewers);
            }
            let meets = meets.number(&part.met.of_row(tuple)?);
            Ok([owner, group, given, meets])
        }
    }
}

impl Parent {
    fn new(
        configuration: &Configuration,
        child: pg_sys::Oid,
        relation: &Relation,
        shares_give_now: Level,
        column: &RelationColumn,
    ) -> Result<Parent> {
        let table = open(table_of(configuration, relation.parent)?.relation);
        let way = Way::Relation(relation.id);
        Ok(Parent {
            relation: relation.id,
            with_shares: relation.with_shares,
            shares_give_now,
            via: column.via.clone(),
            when: column.when.clone(),
            tie: tie(configuration, child, way, table.oid())?,
            table: Table::new(configuration, relation.parent, &table)?,
        })
    }

    /// What every parent says of its children. Those that say nothing are left out.
    fn read(
        &self,
        snapshot: &Snapshot,
        singles: Singles,
        (place, carries): (u32, bool),
        keys: &mut [Keys; 2],
        (seen_by, lists, meets): (
            &mut Numbered<Viewer>,
            &mut Numbered<GivenTo>,
            &mut Numbered<CriteriaId>,
        ),
    ) -> Result<ByKey<Said>> {
        let mut said = ByKey::default();
        let singles = match self.with_shares {
            true => self.table.singles(singles, lists),
            false => ByRecord::default(),
        };
        if !carries && singles.is_empty() {
            return Ok(said);
        }
        for relation in tables_with_rows(self.table.relation) {
            let Some(part) = self.table.part(relation) else {
                continue;
            };
            let Some((key, key_type)) = key_of(&part.records, relation, self.tie) else {
                continue;
            };
            let mut viewers = Vec::new();
            part.records.each(snapshot, |tuple| {
                // SAFETY: the row is one of the part.
                unsafe {
                    viewers.clear();
                    let noted = (&mut viewers, &mut *meets);
                    let read = self.table.read(&part, tuple, keys, &singles, noted)?;
                    let [owner, group, given, meets] = read;
                    // Whatever a parent was shared or given for, its children can be read.
                    for viewer in &mut viewers {
                        if viewer.given > Level::None {
                            viewer.given = Level::None;
                            viewer.over = 1_u128.checked_shl(place).unwrap_or_default();
                        } else {
                            viewer.now = self.shares_give_now;
                            viewer.then = Level::Read;
                        }
                    }
                    let says_nothing = !carries && viewers.is_empty();
                    if let (false, Some(key)) = (says_nothing, part.records.value(tuple, key)) {
                        let seen_by = seen_by.number(sorted(&mut viewers));
                        said.insert_datum(key_type, key, [owner, group, given, meets, seen_by]);
                    }
                }
                Ok(())
            })?;
        }
        Ok(said)
    }
}

impl Counted {
    /// `configuration` is how everything will be, `now` how it is. `carries` tells the relations over
    /// which rules carry.
    pub fn new(
        configuration: &Configuration,
        now: &Org,
        mut module: ModuleId,
        carries: impl Fn(&Relation) -> bool,
    ) -> Result<Counted> {
        let org = &configuration.org;
        let mut table = open(table_of(configuration, module)?.relation);
        let mut details = Vec::new();
        while let Some(Control::Parent(parent)) = org.modules.get(&module).map(|m| &m.control)
            // SAFETY: the relation is open while `table` lives.
            && let Columns::Detail(detail) = unsafe { columns(table.as_ptr()) }?
        {
            let above = open(table_of(configuration, *parent)?.relation);
            details.push(Detail {
                relation: table.oid(),
                via: detail.via,
                tie: tie(configuration, table.oid(), Way::Own, above.oid())?,
            });
            (module, table) = (*parent, above);
        }
        let top = Table::new(configuration, module, &table)?;
        let (mut parents, mut others) = (Vec::new(), Vec::new());
        for column in &top.columns.relations {
            let Some(relation) = org.relation(column.id) else {
                continue;
            };
            let gives_now = match now.relation(relation.id) {
                Some(now) if now.with_shares => Level::Read,
                _ => Level::None,
            };
            let parent = || Parent::new(configuration, table.oid(), relation, gives_now, column);
            match carries(relation) {
                true => parents.push(parent()?),
                false if relation.with_shares => others.push(parent()?),
                false => {}
            }
        }
        Ok(Counted {
            details,
            top,
            parents,
            others,
        })
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

    /// The modules whose single records count: also as parents, over relations that carry them.
    pub fn shared_modules(&self) -> Vec<ModuleId> {
        let parents = self.parents.iter().chain(&self.others);
        let tables = parents
            .filter(|parent| parent.with_shares)
            .map(|parent| &parent.table)
            .chain(Some(&self.top))
            .filter(|table| table.columns.record.is_some());
        let mut modules: Vec<_> = tables.map(|table| table.module).collect();
        modules.sort();
        modules.dedup();
        modules
    }

    /// Reads all tables, each once.
    pub fn count(&self, singles: Singles, snapshot: &Snapshot) -> Result<Counts> {
        let mut tally = Tally::new(self.parents.len() + 1);
        let mut said = Vec::new();
        let mut places = 0..;
        for (parent, keys) in self.parents.iter().zip(&mut tally.keys[1..]) {
            let place = (places.next().unwrap_or(u32::MAX), true);
            let lists = (&mut tally.viewers, &mut tally.given, &mut tally.meets);
            said.push(parent.read(snapshot, singles, place, keys, lists)?);
        }
        for parent in &self.others {
            let mut keys = Default::default();
            let place = (places.next().unwrap_or(u32::MAX), false);
            let lists = (&mut tally.viewers, &mut tally.given, &mut tally.meets);
            said.push(parent.read(snapshot, singles, place, &mut keys, lists)?);
        }
        let singles = self.top.singles(singles, &mut tally.given);
        let mut controlled = ByKey::default();
        self.each_at_the_top(&mut tally, &said, &singles, snapshot, |tally, kind, key| {
            match key {
                _ if self.details.is_empty() => tally.count(kind),
                // SAFETY: it is the key of a row.
                Some((key_type, key)) => unsafe { controlled.insert_datum(key_type, key, kind) },
                None => {}
            }
        })?;
        for depth in (0..self.details.len()).rev() {
            controlled = self.each_controlled(depth, &mut tally, &controlled, snapshot)?;
        }
        Ok(tally.into_counts())
    }

    /// Calls `visit` with the records whose owners decide: the number of its kind, and the key by which
    /// others know it.
    fn each_at_the_top(
        &self,
        tally: &mut Tally,
        said: &[ByKey<Said>],
        singles: &ByRecord,
        snapshot: &Snapshot,
        mut visit: impl FnMut(&mut Tally, u32, Option<(KeyType, pg_sys::Datum)>),
    ) -> Result<()> {
        let parts = match self.details.is_empty() {
            true => tables_and_heirs(self.top.relation),
            false => tables_with_rows(self.top.relation),
        };
        for relation in parts {
            let Some(part) = self.top.part(relation) else {
                continue;
            };
            let below = self.details.last();
            let key = below.and_then(|detail| key_of(&part.records, relation, detail.tie));
            let mut pointers = Vec::new();
            for parent in self.parents.iter().chain(&self.others) {
                pointers.push(Pointer::new(&parent.via, parent.when.as_ref(), relation)?);
            }
            let (mut kind, mut viewers) = (Vec::new(), Vec::new());
            part.records.each(snapshot, |tuple| {
                kind.clear();
                viewers.clear();
                // SAFETY: the row is one of the part.
                unsafe {
                    let own = &mut tally.keys[0];
                    let noted = (&mut viewers, &mut tally.meets);
                    kind.extend(self.top.read(&part, tuple, own, singles, noted)?);
                    for (number, (pointer, said)) in pointers.iter().zip(said).enumerate() {
                        let said = pointer.parent(&part.records, tuple, said);
                        let [owner, group, given, meets, seen_by] = said.unwrap_or_default();
                        if number < self.parents.len() {
                            kind.extend([owner, group, given, meets]);
                        }
                        if seen_by != 0 {
                            viewers.extend(tally.viewers.list(seen_by));
                        }
                    }
                    kind.push(tally.viewers.number(sorted(&mut viewers)));
                    let kind = tally.kind(&kind);
                    let key = key.and_then(|(column, key_type)| {
                        part.records.value(tuple, column).map(|key| (key_type, key))
                    });
                    visit(tally, kind, key);
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    /// The kinds of the records that others control, by their keys; those of the module itself are counted.
    fn each_controlled(
        &self,
        depth: usize,
        tally: &mut Tally,
        controlling: &ByKey<u32>,
        snapshot: &Snapshot,
    ) -> Result<ByKey<u32>> {
        let Detail { relation, via, .. } = &self.details[depth];
        let parts = match depth {
            0 => tables_and_heirs(*relation),
            _ => tables_with_rows(*relation),
        };
        let mut controlled = ByKey::default();
        for part in parts {
            let (Some(records), Some(column)) = (Records::open(part), column_in(part, &via.name))
            else {
                continue;
            };
            let below = self.details[..depth].last();
            let key = below.and_then(|detail| key_of(&records, part, detail.tie));
            records.each(snapshot, |tuple| {
                // SAFETY: the row is one of the part, and the column of this type in every part.
                unsafe {
                    let above = records.value(tuple, column);
                    let Some(kind) = controlling.get(via.key_type, above) else {
                        return Ok(());
                    };
                    if depth == 0 {
                        tally.count(kind);
                    } else if let Some((key, key_type)) = key
                        && let Some(key) = records.value(tuple, key)
                    {
                        controlled.insert_datum(key_type, key, kind);
                    }
                }
                Ok(())
            })?;
        }
        Ok(controlled)
    }
}
