//! Finds records by their keys, with everything that decides about them.
//!
//! What is read is what the predicates of the policies go by: owners by their keys, parents by the columns that
//! tie them (`policy::records::ties`), all by direct scans and one snapshot, and nothing of a table that is
//! not protected as it was then.

use crate::catalog::read::configuration::{Configuration, Owners, ProtectedTable};
use crate::catalog::read::grants::grants_of;
use crate::catalog::read::links::was_ever_shared;
use crate::catalog::read::people::People;
use crate::catalog::read::snapshot::Snapshot;
use crate::core::decision::{RecordGrant, Way};
use crate::core::org::{Control, GroupId, ModuleId, RelationId};
use crate::core::{Level, Result};
use crate::pg::clock;
use crate::policy::judgement::loaded::{LoadedOwner, LoadedRecord};
use crate::policy::judgement::rows::{DecidingRow, PointedAt, each_row, rows_with};
use crate::policy::records::reached_shares::knows_records;
use crate::policy::records::reading::{Records, hold, tables_and_heirs, tables_with_rows};
use crate::policy::records::ties::{Tie, tie};
use crate::policy::sets::since::is_protected_as_before;
use crate::policy::text::columns::{Columns, columns, key_of_records};
use pgrx::pg_sys;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

/// Finds records, and remembers what several have in common. The configuration says what belongs together;
/// which rules are valid makes no difference.
pub struct RecordLoader<'a> {
    configuration: &'a Configuration,
    snapshot: &'a Snapshot,
    people: People,
    groups: Option<HashMap<&'a str, GroupId>>,
    users: HashMap<String, Option<Rc<LoadedOwner>>>,
    ties: HashMap<(pg_sys::Oid, Way), Option<Tie>>,
    parents: HashMap<(Tie, String, bool), Option<Rc<LoadedRecord>>>,
    shareable: HashMap<pg_sys::Oid, bool>,
    /// Of which modules the tables above are held.
    held: HashSet<ModuleId>,
}

impl<'a> RecordLoader<'a> {
    /// `configuration` must be what `snapshot` sees.
    pub fn new(
        configuration: &'a Configuration,
        snapshot: &'a Snapshot,
    ) -> Result<RecordLoader<'a>> {
        Ok(RecordLoader {
            configuration,
            snapshot,
            people: People::open()?,
            groups: None,
            users: HashMap::new(),
            ties: HashMap::new(),
            parents: HashMap::new(),
            shareable: HashMap::new(),
            held: HashSet::new(),
        })
    }

    /// The record of a protected table, or of a part of one, that has a key.
    pub fn find(&mut self, relation: pg_sys::Oid, key: &str) -> Result<Option<Rc<LoadedRecord>>> {
        Ok(self.find_all(relation, &[key])?.remove(key))
    }

    /// Those that have one of the keys, by their keys. Of a table and others that inherit from it, which may have
    /// the same keys, its own come first.
    pub fn find_all(
        &mut self,
        relation: pg_sys::Oid,
        keys: &[&str],
    ) -> Result<HashMap<String, Rc<LoadedRecord>>> {
        let mut found: HashMap<String, Rc<LoadedRecord>> = HashMap::new();
        let mut wanted = keys.to_vec();
        for part in tables_and_heirs(relation) {
            if wanted.is_empty() {
                break;
            }
            let Some((records, columns)) = open(part) else {
                continue;
            };
            // SAFETY: the table is open.
            let known_by = unsafe { key_of_records(records.relation()) };
            let module_relation = match &columns {
                Columns::Owned(owned) => owned.module_relation,
                Columns::Detail(detail) => detail.module_relation,
            };
            let (Some(known_by), Some(table)) =
                (known_by, self.configuration.tables.get(&module_relation))
            else {
                continue;
            };
            self.hold_above(table.module);
            if !is_protected_as_before(table.relation, self.snapshot) {
                continue;
            }
            let key = (known_by.number, known_by.key_type);
            let criteria = self.configuration.criteria_of(table.module);
            let rows = rows_with(&records, &columns, key, &wanted, &criteria, self.snapshot)?;
            let can_be_shared = is_part_of(part, table.relation);
            for row in rows {
                let key = row.found_by.clone();
                wanted.retain(|wanted| *wanted != key);
                let record = self.complete(row, table, can_be_shared, true)?;
                found.entry(key).or_insert_with(|| Rc::new(record));
            }
        }
        Ok(found)
    }

    /// Calls `visit` with every record of a protected table, those of tables that inherit from it too.
    pub fn each(
        &mut self,
        relation: pg_sys::Oid,
        visit: &mut dyn FnMut(LoadedRecord),
    ) -> Result<()> {
        let mut tables = self.configuration.tables.values();
        let Some(table) = tables.find(|table| table.relation == relation) else {
            return Ok(());
        };
        if !is_protected_as_before(relation, self.snapshot) {
            return Ok(());
        }
        for part in tables_and_heirs(relation) {
            let Some((records, columns)) = open(part) else {
                continue;
            };
            let can_be_shared = is_part_of(part, relation);
            let criteria = self.configuration.criteria_of(table.module);
            each_row(&records, &columns, &criteria, self.snapshot, |row| {
                visit(self.complete(row, table, can_be_shared, true)?);
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Stands for a record that is not there, and takes as long as one that is: whoever asks for it is not to
    /// notice that it is not one that they do not see.
    pub fn nothing(&mut self, module: ModuleId, key: &str) -> LoadedRecord {
        self.owner(key);
        self.group(key);
        LoadedRecord {
            module,
            key: key.to_owned(),
            owner: None,
            group: None,
            meets: Vec::new(),
            can_be_shared: false,
            given: Vec::new(),
            related: Vec::new(),
            parent: None,
        }
    }

    /// Locks the tables in which parents of a module's records may be, whether or not there is a record. Else whoever
    /// locks one of them would see from the waiting which records are there.
    fn hold_above(&mut self, module: ModuleId) {
        if !self.held.insert(module) {
            return;
        }
        let configuration = self.configuration;
        let table_of = |module| {
            let mut tables = configuration.tables.values();
            tables.find(|table| table.module == module)
        };
        let org = &configuration.org;
        let relations = org.relations.iter();
        for relation in relations.filter(|relation| relation.child == module) {
            if let Some(table) = table_of(relation.parent) {
                hold(table.relation);
            }
            if relation.with_parent > Level::None {
                self.hold_above(relation.parent);
            }
        }
        if let Some(Control::Parent(above)) = org.modules.get(&module).map(|facts| &facts.control)
            && let Some(table) = table_of(*above)
        {
            hold(table.relation);
            self.hold_above(*above);
        }
    }

    fn complete(
        &mut self,
        row: DecidingRow,
        table: &ProtectedTable,
        can_be_shared: bool,
        with_parents: bool,
    ) -> Result<LoadedRecord> {
        let (owner, group) = self.owners(table.owners, &row);
        let mut related = Vec::new();
        let mut parent = None;
        if with_parents {
            for (id, at) in &row.related {
                let way = Way::Relation(*id);
                let org = &self.configuration.org;
                let relation = org.relation(*id).filter(|one| one.child == table.module);
                if let Some(above) = relation.map(|relation| relation.parent)
                    && let Some(above) = self.parent(table, way, above, at)?
                {
                    related.push((*id, above));
                }
            }
            let module = self.configuration.org.modules.get(&table.module);
            if let (Some(Control::Parent(above)), Some(at)) =
                (module.map(|module| &module.control), &row.controller)
            {
                parent = self.parent(table, Way::Own, *above, at)?;
            }
        }
        let can_be_shared =
            can_be_shared && row.known_by.is_some() && self.is_shareable(table.relation);
        // Shares know it by that column, whichever its children go by.
        let key = row.known_by.unwrap_or(row.found_by);
        let given = match can_be_shared && was_ever_shared(table.module, self.snapshot) {
            true => given(table.module, &key, self.snapshot),
            false => Vec::new(),
        };
        Ok(LoadedRecord {
            module: table.module,
            key,
            owner,
            group,
            meets: row.meets,
            can_be_shared,
            given,
            related,
            parent,
        })
    }

    /// The record of a module at which a child points. Over a relation its owners and shares count and not
    /// its own parents, unless access to it carries; a detail has the whole access to it.
    fn parent(
        &mut self,
        child: &ProtectedTable,
        way: Way,
        module: ModuleId,
        at: &PointedAt,
    ) -> Result<Option<Rc<LoadedRecord>>> {
        let mut tables = self.configuration.tables.values();
        let Some(table) = tables.find(|table| table.module == module) else {
            return Ok(None);
        };
        let name = (child.relation, way);
        let tied = match self.ties.get(&name) {
            Some(known) => *known,
            None => {
                let found = tie(self.configuration, child.relation, way, table.relation)?;
                self.ties.insert(name, found);
                found
            }
        };
        let Some(tie) = tied else {
            return Ok(None);
        };
        let with_parents = match way.relation() {
            None => true,
            Some(id) => self.carries_access(id),
        };
        let name = (tie, at.key.clone(), with_parents);
        if let Some(known) = self.parents.get(&name) {
            return Ok(known.clone());
        }
        let found = match is_protected_as_before(table.relation, self.snapshot) {
            true => self.find_parent(table, tie, at, with_parents)?.map(Rc::new),
            false => None,
        };
        self.parents.insert(name, found.clone());
        Ok(found)
    }

    fn carries_access(&self, id: RelationId) -> bool {
        let relation = self.configuration.org.relation(id);
        relation.is_some_and(|relation| relation.with_parent > Level::None)
    }

    fn find_parent(
        &mut self,
        table: &ProtectedTable,
        tie: Tie,
        at: &PointedAt,
        with_parents: bool,
    ) -> Result<Option<LoadedRecord>> {
        for part in tables_with_rows(tie.table) {
            let Some((records, columns)) = open(part) else {
                continue;
            };
            let key = tie
                .column_in(part)
                .and_then(|column| records.key_on(column));
            let Some(key) = key.filter(|key| key.key_type.agrees_with(at.key_type)) else {
                continue;
            };
            let key = (key.column, key.key_type);
            let criteria = self.configuration.criteria_of(table.module);
            let keys = [at.key.as_str()];
            let rows = rows_with(&records, &columns, key, &keys, &criteria, self.snapshot)?;
            if let Some(row) = rows.into_iter().next() {
                return self.complete(row, table, true, with_parents).map(Some);
            }
        }
        Ok(None)
    }

    /// The owners that the columns of a module say.
    fn owners(
        &mut self,
        owners: Owners,
        row: &DecidingRow,
    ) -> (Option<Rc<LoadedOwner>>, Option<GroupId>) {
        let (owner, group) = (row.owner.as_deref(), row.group.as_deref());
        match owners {
            Owners::User => (owner.and_then(|key| self.owner(key)), None),
            Owners::Group => (None, owner.and_then(|key| self.group(key))),
            // A key of both says of neither that the record is theirs.
            Owners::UserOrGroup => {
                let user = owner.and_then(|key| self.owner(key));
                let group = owner.and_then(|key| self.group(key));
                match (user, group) {
                    (Some(_), Some(_)) => (None, None),
                    one => one,
                }
            }
            Owners::UserAndGroup => (
                owner.and_then(|key| self.owner(key)),
                group.and_then(|key| self.group(key)),
            ),
            Owners::Parent => (None, None),
        }
    }

    fn owner(&mut self, key: &str) -> Option<Rc<LoadedOwner>> {
        if let Some(known) = self.users.get(key) {
            return known.clone();
        }
        let user = self.people.by_key(key, self.snapshot);
        let key = key.to_owned();
        let found = user.map(|user| {
            let key = key.clone();
            Rc::new(LoadedOwner { key, user })
        });
        self.users.insert(key, found.clone());
        found
    }

    fn group(&mut self, key: &str) -> Option<GroupId> {
        let configuration = self.configuration;
        let by_key = || {
            let groups = configuration.org.groups.iter();
            groups
                .map(|(&id, group)| (group.key.as_str(), id))
                .collect()
        };
        self.groups.get_or_insert_with(by_key).get(key).copied()
    }

    /// Whether the table knows its records by a column that shares go by, and that is still a key.
    fn is_shareable(&mut self, relation: pg_sys::Oid) -> bool {
        let known = self.shareable.entry(relation);
        *known.or_insert_with(|| knows_records(relation))
    }
}

/// None for a table that is gone, or whose policies are not ours: nobody sees anything in it.
fn open(part: pg_sys::Oid) -> Option<(Records, Columns)> {
    let records = Records::open(part)?;
    // SAFETY: the table is open.
    let columns = unsafe { columns(records.relation()) }.ok()?;
    Some((records, columns))
}

/// Whether a table is one of a module, or a partition of it: not one that inherits.
fn is_part_of(part: pg_sys::Oid, table: pg_sys::Oid) -> bool {
    // SAFETY: looks up a relation.
    part == table || unsafe { pg_sys::get_rel_relispartition(part) }
}

/// To whom a record was given, without what has ended.
fn given(module: ModuleId, key: &str, snapshot: &Snapshot) -> Vec<RecordGrant> {
    let now = clock::now();
    let grants = grants_of(module, key, snapshot).into_iter();
    let counting = grants.filter(|grant| grant.until.is_none_or(|until| until > now));
    counting
        .map(|grant| RecordGrant {
            to: grant.to,
            level: grant.level,
        })
        .collect()
}
