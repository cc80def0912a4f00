//! Sets of parent keys: whether the record that a child points at lets the caller do something with
//! the child. One mechanism for relations (grants 7 and 12) and for detail modules.
//!
//! The answer depends on the rows of the parent's table, so it lives as long as a snapshot. Single
//! parents are looked up as children come by, and remembered; once that has cost a quarter of what
//! looking at all parents at once does, that is done. An index on the child's column is asked for all keys.

use crate::catalog::read::snapshot::{LastRead, Snapshot};
use crate::core::{Action, Result};
use crate::pg::clock::{self, During, Time};
use crate::policy::parents::estimate::{AdmittedKeys, admitted, estimated_parents};
use crate::policy::parents::judged::{
    Answer, AnsweringParents, LISTED_ROW, LONGEST_LIST, Listing, PROBE, ParentOwners, ParentTable,
    SCANNED_ROW, indexed, is_exactly, policy,
};
use crate::policy::parents::question::Question;
use crate::policy::records::reading::{Records, tables_here};
use crate::policy::records::ties::Tie;
use crate::policy::sets::key_map::KeyMap;
use crate::policy::sets::keys::{KeyList, KeySet, KeyType};
use crate::policy::sets::owners::{OwnerSet, Reach};
use crate::policy::sets::reached::snapshot_for;
use crate::policy::text::calls::{Call, arms, call_in, column_number, conditions};
use crate::session::caller::{Caller, Execution};
use pgrx::{PgMemoryContexts, pg_sys};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// Who asks what of the parents in which table, in which type of key.
type ParentSetName = (Caller, Tie, Question, KeyType);

type ParentSets = HashMap<ParentSetName, Rc<AnsweringParents>>;

thread_local! {
    /// The keys of all parents that answered lately, as long as snapshots see the same: the planner asks
    /// for them to estimate what an index finds, before the statement does.
    static FOUND: LastRead<Rc<RefCell<ParentSets>>> = LastRead::default();
}

/// More questions, or more keys for one, are not remembered from one statement to the next.
const QUESTIONS_REMEMBERED: usize = 8;

const KEYS_REMEMBERED: usize = 10_000;

/// Single parents are looked up until that has cost this part of what finding all costs. Half of it
/// would spare more pages the whole, and be half as much again for whoever needs the whole.
const SPENT_BEFORE_ALL: f64 = 0.25;

/// The parent records of one module, as one statement asks for them.
pub struct Parents {
    pub(super) caller: Caller,
    pub(super) tie: Tie,
    pub(super) question: Question,
    pub(super) key_type: KeyType,
    /// Where what is compiled for the statement lives.
    pub(super) context: pg_sys::MemoryContext,
    /// By which time ends are judged.
    time: Time,
    pub(super) tables: Option<Vec<ParentTable>>,
    /// What makes parents answer, where they have owners.
    pub(super) owners: Option<ParentOwners>,
    /// Of keys that were asked for.
    pub(super) known: KeyMap<Answer>,
    /// The keys of all that answer, once they were found.
    pub(super) all: Option<Rc<AnsweringParents>>,
    /// What finding single parents has cost, and what finding all would.
    pub(super) spent: f64,
    pub(super) cost_of_all: Option<f64>,
}

type SharedParents = Rc<RefCell<Parents>>;

thread_local! {
    /// What the call sites of one execution share.
    static SHARED: RefCell<HashMap<(Execution, Tie, Question), SharedParents>> =
        RefCell::default();
}

/// Forgets what the call sites of an execution shared when that ends.
struct ForgetParents(Execution, Tie, Question);

impl Drop for ForgetParents {
    fn drop(&mut self) {
        // Also runs while an error is cleaned up: nothing here can fail.
        SHARED.with(|shared| {
            let removed = shared
                .try_borrow_mut()
                .map(|mut shared| shared.remove(&(self.0, self.1, self.2)));
            drop(removed);
        });
    }
}

/// The parents that a call site asks. Those that read by one snapshot ask the same.
///
/// # Safety
/// `context` must be the memory context of the call site, and `execution` that of its statement.
pub unsafe fn parents_for(
    (caller, execution): (Caller, Option<Execution>),
    tie: Tie,
    question: Question,
    key_type: KeyType,
    context: pg_sys::MemoryContext,
) -> SharedParents {
    let name = execution
        .filter(|_| question.action() == Action::Read)
        .map(|execution| (execution, tie, question));
    if let Some(name) = name {
        let shared = SHARED.with_borrow(|shared| shared.get(&name).cloned());
        if let Some(shared) = shared.filter(|shared| {
            shared
                .try_borrow()
                .is_ok_and(|parents| parents.key_type.agrees_with(key_type))
        }) {
            return shared;
        }
    }
    let context = execution.map_or(context, Execution::context);
    // SAFETY: the parents are dropped before or with the execution.
    let parents = unsafe { Parents::new(caller, tie, question, key_type, context) };
    let parents = Rc::new(RefCell::new(parents));
    if let Some(name) = name {
        SHARED.with_borrow_mut(|shared| shared.insert(name, parents.clone()));
        PgMemoryContexts::For(context)
            .leak_and_drop_on_delete(ForgetParents(name.0, name.1, name.2));
    }
    parents
}

impl Parents {
    /// `tie` is the table of the parent module and the column that holds the keys, `key_type` the type of the child's column.
    ///
    /// # Safety
    /// `context` must live as long as the value.
    pub unsafe fn new(
        caller: Caller,
        tie: Tie,
        question: Question,
        key_type: KeyType,
        context: pg_sys::MemoryContext,
    ) -> Parents {
        Parents {
            caller,
            tie,
            question,
            key_type,
            context,
            time: clock::now(),
            tables: None,
            owners: None,
            known: KeyMap::new(key_type),
            all: None,
            spent: 0.0,
            cost_of_all: None,
        }
    }

    pub fn are_those_of(&self, tie: Tie, question: Question) -> bool {
        (self.tie, self.question) == (tie, question)
    }

    /// Whether access to the parents themselves is what is asked for.
    pub fn asks_for_access(&self) -> bool {
        matches!(self.question, Question::Reached(_))
    }

    /// Forgets what it found: for statements that go by the latest state, where that may have
    /// changed.
    pub fn forget(&mut self) {
        self.owners = None;
        self.known.clear();
        self.all = None;
        self.spent = 0.0;
        self.cost_of_all = None;
    }

    /// The answer of the parent with this key; no parent has none.
    ///
    /// # Safety
    /// `key` must be a value of the type that this was made for.
    #[inline]
    pub unsafe fn answer(&mut self, key_type: KeyType, key: pg_sys::Datum) -> Result<Answer> {
        // SAFETY: by the caller's promise.
        unsafe {
            if let Some(all) = &self.all {
                return Ok(all.answer(key_type, key));
            }
            if let Some(answer) = self.known.get(key_type, key) {
                return Ok(*answer);
            }
            self.look_up(key_type, key)
        }
    }

    /// # Safety
    /// As for `answer`.
    unsafe fn look_up(&mut self, key_type: KeyType, key: pg_sys::Datum) -> Result<Answer> {
        let Some(snapshot) = snapshot_for(self.question.action()) else {
            return Ok(Answer::NO);
        };
        let _time = During::time(Some(self.time));
        if let Some(all) = self.found_before(&snapshot) {
            // SAFETY: by the caller's promise.
            return Ok(unsafe { all.answer(key_type, key) });
        }
        self.prepare(&snapshot)?;
        let mut tables = self.tables.iter().flatten();
        let is_blind = tables.any(|table| !table.key.is_usable);
        // A statement that runs in parallel is a long one.
        // SAFETY: reads a variable of this process.
        let is_long = unsafe { pg_sys::IsInParallelMode() };
        if is_blind
            || is_long
            || self.spent > 0.0 && self.spent >= self.cost_of_all(&snapshot)? * SPENT_BEFORE_ALL
        {
            let all = self.find_all(&snapshot)?;
            // SAFETY: by the caller's promise.
            return Ok(unsafe { all.answer(key_type, key) });
        }
        // SAFETY: by the caller's promise.
        let answer = unsafe { self.probe(&snapshot, key_type, key)? };
        // SAFETY: by the caller's promise.
        unsafe { self.known.insert_datum(key_type, key, answer) };
        Ok(answer)
    }

    /// # Safety
    /// As for `answer`.
    unsafe fn probe(
        &mut self,
        snapshot: &Snapshot,
        key_type: KeyType,
        key: pg_sys::Datum,
    ) -> Result<Answer> {
        self.prepare(snapshot)?;
        let mut found = Answer::NO;
        let (tables, owners) = (&self.tables, &mut self.owners);
        for table in tables.iter().flatten() {
            self.spent += PROBE;
            let Some(wanted) = key_type.convert(key, table.key.key_type) else {
                continue;
            };
            let Some(records) = Records::open(table.relation) else {
                continue;
            };
            // SAFETY: `wanted` is of the index's type, rows are of the table.
            unsafe {
                records.each_with(&table.key, &[wanted], snapshot, |tuple| {
                    if is_exactly(&records, &table.key, tuple, wanted) {
                        found = table.judge(&records, tuple, owners, snapshot)?;
                    }
                    Ok(())
                })?;
            }
            if found.is_yes() {
                break;
            }
        }
        Ok(found)
    }

    /// The keys of all parents that answer, by rule or share.
    ///
    /// # Safety
    /// As for `answer`.
    pub unsafe fn all(&mut self, key_type: KeyType) -> Result<KeySet> {
        let mut keys = KeySet::new(key_type);
        let all = match (&self.all, snapshot_for(self.question.action())) {
            (Some(all), _) => all.clone(),
            (None, Some(snapshot)) => self.find_all(&snapshot)?,
            (None, None) => return Ok(keys),
        };
        keys.extend(&all.by_rule);
        keys.extend(&all.by_share);
        Ok(keys)
    }

    fn cost_of_all(&mut self, snapshot: &Snapshot) -> Result<f64> {
        if let Some(cost) = self.cost_of_all {
            return Ok(cost);
        }
        let (rows, total) =
            estimated_parents(snapshot, &self.caller, self.tie.table, self.question)?;
        let cost = (rows * LISTED_ROW).min(total * SCANNED_ROW);
        self.cost_of_all = Some(cost);
        Ok(cost)
    }

    fn asked(&self) -> ParentSetName {
        let caller = self.caller.clone();
        (caller, self.tie, self.question, self.key_type)
    }

    /// What was found lately, where the snapshot sees the same as then.
    fn found_before(&mut self, snapshot: &Snapshot) -> Option<Rc<AnsweringParents>> {
        if !self.known.is_empty() {
            return None;
        }
        let found = FOUND.with(|last| last.or_read(snapshot, || Some(Rc::default())))?;
        let all = found.borrow().get(&self.asked())?.clone();
        all.ends_passed
            .filter(|_| all.ends_passed == clock::ends_passed())?;
        self.all = Some(all.clone());
        Some(all)
    }

    fn find_all(&mut self, snapshot: &Snapshot) -> Result<Rc<AnsweringParents>> {
        let _time = During::time(Some(self.time));
        if let Some(all) = self.found_before(snapshot) {
            return Ok(all);
        }
        let ends_passed = clock::ends_passed();
        self.prepare(snapshot)?;
        let (mut by_rule, mut by_share) =
            (KeyList::new(self.key_type), KeyList::new(self.key_type));
        let (caller, context) = (&self.caller, self.context);
        let (tables, owners) = (&self.tables, &mut self.owners);
        for table in tables.iter().flatten() {
            let Some(records) = Records::open(table.relation) else {
                continue;
            };
            let listings = match (&table.policy, &owners) {
                (None, Some(owners)) => table.listings_by_owners(owners),
                // SAFETY: the context lives as long as this does.
                _ => unsafe { listings(&records, caller, self.question, context, snapshot)? },
            };
            let by_index = listings.and_then(|listings| indexed(&records, listings));
            // SAFETY: rows are of the table, keys of the types of the indexes.
            unsafe {
                let mut visit = |tuple| {
                    let answer = table.judge(&records, tuple, owners, snapshot)?;
                    if answer.is_yes()
                        && let Some(key) = records.value(tuple, table.key.column)
                    {
                        let key_type = table.key.key_type;
                        if answer.by_rule {
                            by_rule.push_datum(key_type, key);
                        }
                        if answer.by_share {
                            by_share.push_datum(key_type, key);
                        }
                    }
                    Ok(())
                };
                match by_index {
                    None => records.each(snapshot, visit)?,
                    Some(by_index) => {
                        for (index, keys) in by_index {
                            let keys = keys.datums(index.key_type);
                            records.each_with(&index, &keys, snapshot, &mut visit)?;
                        }
                    }
                }
            }
        }
        self.known.clear();
        let all = Rc::new(AnsweringParents {
            ends_passed,
            by_rule: by_rule.into_set(),
            by_share: by_share.into_set(),
        });
        self.all = Some(all.clone());
        if let Some(found) = FOUND.with(|last| last.or_read(snapshot, || Some(Rc::default())))
            && all.by_rule.len() + all.by_share.len() <= KEYS_REMEMBERED
            && found.borrow().len() < QUESTIONS_REMEMBERED
        {
            found.borrow_mut().insert(self.asked(), all.clone());
        }
        Ok(all)
    }

    /// Finds out, once, which tables there are and how their rows are judged.
    fn prepare(&mut self, snapshot: &Snapshot) -> Result<()> {
        if self.tables.is_none() {
            let mut tables = Vec::new();
            for relation in tables_here(self.tie.table) {
                // SAFETY: the context lives as long as this does.
                tables.extend(unsafe {
                    ParentTable::open(
                        relation,
                        self.tie,
                        self.question,
                        self.key_type,
                        self.context,
                    )?
                });
            }
            self.tables = Some(tables);
        }
        let mut tables = self.tables.iter().flatten();
        if self.owners.is_none()
            && let Some(columns) = tables.find_map(|table| table.owners.as_ref())
        {
            let (caller, question) = (&self.caller, self.question);
            let parent = self.tie.table;
            self.owners = Some(ParentOwners::new(
                snapshot, caller, parent, columns, question,
            )?);
        }
        Ok(())
    }
}

impl ParentTable {
    fn listings_by_owners(&self, owners: &ParentOwners) -> Option<Vec<Listing>> {
        let columns = self.owners.as_ref()?;
        let is_listed = |set: &OwnerSet| set.reach == Reach::Listed;
        let by_owners = |set: &OwnerSet| Listing {
            column: columns.owner.number,
            keys: set.owners.clone(),
        };
        let mut listings = vec![by_owners(&owners.set)];
        if let Some((column, groups)) = columns.group.as_ref().zip(owners.set.groups.as_ref()) {
            listings.push(Listing {
                column: column.number,
                keys: groups.candidates(),
            });
        }
        let met = || owners.by_criteria.iter().map(|one| &*one.1);
        if !is_listed(&owners.set) || met().any(|set| !is_listed(set) || set.groups.is_some()) {
            return None;
        }
        listings.extend(met().map(by_owners));
        if let Some(singles) = &owners.singles {
            listings.push(Listing {
                column: self.key.column,
                keys: singles.keys(),
            });
        }
        Some(listings)
    }
}

/// By which keys rows that pass a table's policy can be found; None where only a look at every row
/// finds them.
///
/// # Safety
/// `context` must live as long as the statement.
pub(super) unsafe fn listings(
    records: &Records,
    caller: &Caller,
    question: Question,
    context: pg_sys::MemoryContext,
    snapshot: &Snapshot,
) -> Result<Option<Vec<Listing>>> {
    let mut listings = Vec::new();
    // SAFETY: the table is open; the expressions of its policies live while it is.
    unsafe {
        let Some(policy) = policy(records, question.action()) else {
            return Ok(None);
        };
        for arm in arms(policy) {
            let call = conditions(arm).into_iter().find_map(|node| call_in(node));
            let column = call.as_ref().and_then(|call| column_number(call.column));
            let (Some(call), Some(column)) = (call, column) else {
                return Ok(None);
            };
            let Some(keys) = listed(&call, caller, context, snapshot)? else {
                return Ok(None);
            };
            listings.push(Listing { column, keys });
        }
    }
    Ok(Some(listings))
}

/// The keys for which a call lets rows through, where they are few enough to be listed.
///
/// # Safety
/// As for `listings`.
unsafe fn listed(
    call: &Call,
    caller: &Caller,
    context: pg_sys::MemoryContext,
    snapshot: &Snapshot,
) -> Result<Option<KeySet>> {
    let admitted = admitted(call, snapshot, caller)?;
    match (admitted.reach, admitted.keys) {
        (Reach::Listed, AdmittedKeys::Parents { count, of }) if count <= LONGEST_LIST => {
            let key_type = call.types[0];
            // SAFETY: by the caller's promise.
            unsafe {
                let (tie, questions) = of;
                let mut keys = KeySet::new(key_type);
                for question in questions {
                    let caller = caller.clone();
                    let mut parents = Parents::new(caller, tie, question, key_type, context);
                    keys.extend(&parents.all(key_type)?);
                }
                Ok(Some(keys))
            }
        }
        (Reach::Listed, AdmittedKeys::Owners(set)) => Ok(Some(set.owners.clone())),
        (Reach::Listed, AdmittedKeys::Others(keys)) => Ok(Some(keys)),
        _ => Ok(None),
    }
}
