//! Sets of parent keys: whether the record that a child points at lets the caller do something with
//! the child. One mechanism for relations (grants 7 and 12) and for detail modules.
//!
//! The answer depends on the rows of the parent's table, so it lives as long as a snapshot. Single
//! parents are looked up as children come by, and remembered; once that has cost a quarter of what
//! looking at all parents at once does, that is done. An index on the child's column is asked for all keys.

use crate::catalog::read::snapshot::{LastRead, Snapshot};
use crate::core::decision::Way;
use crate::core::{Action, Result};
use crate::policy::parents::estimate::{Keys, estimated_parents, present};
use crate::policy::parents::question::Question;
use crate::policy::records::reached_shares::fetch_shared_by;
use crate::policy::records::reading::{Index, Records, tables_with_rows};
use crate::policy::records::statistics::Statistics;
use crate::policy::records::ties::Tie;
use crate::policy::sets::keys::{KeyList, KeyMap, KeySet, KeyType, text_of_key};
use crate::policy::sets::owners::{OwnerSet, Reach};
use crate::policy::sets::reached::{fetch_by, is_user, snapshot_for};
use crate::policy::sets::shares::{ShareSet, ShareTypes};
use crate::policy::text::calls::{Call, arms, call_in, column_number, conditions};
use crate::policy::text::columns::{Columns, OwnerColumns, columns, condition};
use crate::session::caller::{Caller, Execution};
use pgrx::{PgMemoryContexts, pg_sys};
use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::CStr;
use std::rc::Rc;

/// How a parent record answers: for a relation, a rule may do so, a share, or both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// By a rule, or because the record is within reach.
    pub by_rule: bool,
    pub by_share: bool,
}

impl Answer {
    const NO: Answer = Answer {
        by_rule: false,
        by_share: false,
    };

    pub fn is_yes(self) -> bool {
        self.by_rule || self.by_share
    }
}

/// The keys of the parents that answer.
struct All {
    by_rule: KeySet,
    by_share: KeySet,
}

impl All {
    /// # Safety
    /// `key` must be of a type that agrees with that of the keys.
    #[inline]
    unsafe fn answer(&self, key_type: KeyType, key: pg_sys::Datum) -> Answer {
        // SAFETY: by the caller's promise.
        unsafe {
            Answer {
                by_rule: self.by_rule.contains(key_type, key),
                by_share: self.by_share.contains(key_type, key),
            }
        }
    }
}

/// Who asks what of the parents in which table, in which type of key.
type Asked = (Caller, Tie, Question, KeyType);
type Found = HashMap<Asked, Rc<All>>;

thread_local! {
    /// The keys of all parents that answered lately, as long as snapshots see the same: the planner asks
    /// for them to estimate what an index finds, before the statement does.
    static FOUND: LastRead<Rc<RefCell<Found>>> = LastRead::default();
}

/// More questions, or more keys for one, are not remembered from one statement to the next.
const QUESTIONS_REMEMBERED: usize = 8;
const KEYS_REMEMBERED: usize = 10_000;

/// In microseconds: finding one parent by its key, one row of an index scan over many, one row of a
/// scan of the whole table.
const PROBE: f64 = 2.4;
const LISTED_ROW: f64 = 0.4;
const SCANNED_ROW: f64 = 0.11;

/// Single parents are looked up until that has cost this part of what finding all costs. Half of it
/// would spare more pages the whole, and be half as much again for whoever needs the whole.
const SPENT_BEFORE_ALL: f64 = 0.25;

/// A longer list of keys of owners is not looked up key by key.
const LONGEST_LIST: f64 = 10_000.0;

/// The parent records of one module, as one statement asks for them.
pub struct Parents {
    caller: Caller,
    tie: Tie,
    question: Question,
    key_type: KeyType,
    /// Where what is compiled for the statement lives.
    context: pg_sys::MemoryContext,
    tables: Option<Vec<Table>>,
    /// What makes parents answer, where they have owners.
    owners: Option<Owners>,
    /// Of keys that were asked for.
    known: KeyMap<Answer>,
    /// The keys of all that answer, once they were found.
    all: Option<Rc<All>>,
    /// What finding single parents has cost, and what finding all would.
    spent: f64,
    cost_of_all: Option<f64>,
}

/// How a row of a table is judged: by its owners and shares and, where these do not let it through,
/// by the table's own policy, whose predicates ask for everything else.
struct Table {
    relation: pg_sys::Oid,
    key: Index,
    owners: Option<OwnerColumns>,
    policy: Option<CompiledPolicy>,
}

struct CompiledPolicy {
    state: *mut pg_sys::ExprState,
    context: *mut pg_sys::ExprContext,
    slot: *mut pg_sys::TupleTableSlot,
}

/// The owners whose records answer, and the records that were shared.
struct Owners {
    set: Rc<OwnerSet>,
    shares: Option<ShareSet>,
    known_users: HashMap<String, bool>,
}

/// Keys by which an index finds rows that may pass.
struct Listing {
    column: i16,
    keys: KeySet,
}

type Shared = Rc<RefCell<Parents>>;

thread_local! {
    /// What the call sites of one execution share.
    static SHARED: RefCell<HashMap<(Execution, Tie, Question), Shared>> =
        RefCell::default();
}

/// Forgets what the call sites of an execution shared when that ends.
struct Forget(Execution, Tie, Question);

impl Drop for Forget {
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
) -> Shared {
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
        PgMemoryContexts::For(context).leak_and_drop_on_delete(Forget(name.0, name.1, name.2));
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

    fn asked(&self) -> Asked {
        let caller = self.caller.clone();
        (caller, self.tie, self.question, self.key_type)
    }

    /// What was found lately, where the snapshot sees the same as then.
    fn found_before(&mut self, snapshot: &Snapshot) -> Option<Rc<All>> {
        if !self.known.is_empty() {
            return None;
        }
        let found = FOUND.with(|last| last.or_read(snapshot, || Some(Rc::default())))?;
        let all = found.borrow().get(&self.asked())?.clone();
        self.all = Some(all.clone());
        Some(all)
    }

    fn find_all(&mut self, snapshot: &Snapshot) -> Result<Rc<All>> {
        if let Some(all) = self.found_before(snapshot) {
            return Ok(all);
        }
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
        let all = Rc::new(All {
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
            for relation in tables_with_rows(self.tie.table) {
                // SAFETY: the context lives as long as this does.
                tables.extend(unsafe {
                    Table::open(
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
            self.owners = Some(Owners::new(snapshot, caller, parent, columns, question)?);
        }
        Ok(())
    }
}

/// Whether a row has the very key: a collation may take different texts for equal.
///
/// # Safety
/// `tuple` must be a row of the table, `wanted` of the type of its key.
unsafe fn is_exactly(
    records: &Records,
    key: &Index,
    tuple: pg_sys::HeapTuple,
    wanted: pg_sys::Datum,
) -> bool {
    if key.key_type != KeyType::Text {
        return true;
    }
    // SAFETY: by the caller's promise.
    unsafe {
        let found = records.value(tuple, key.column);
        found.is_some_and(|found| {
            text_of_key(KeyType::Text, found) == text_of_key(KeyType::Text, wanted)
        })
    }
}

impl Table {
    /// None where nothing in the table can be a parent: it has no key that goes with the child's
    /// column, or not our policies.
    ///
    /// # Safety
    /// `context` must live as long as the table.
    unsafe fn open(
        relation: pg_sys::Oid,
        tie: Tie,
        question: Question,
        key_type: KeyType,
        context: pg_sys::MemoryContext,
    ) -> Result<Option<Table>> {
        let Some(records) = Records::open(relation) else {
            return Ok(None);
        };
        let Some(key) = tie
            .column_in(relation)
            .and_then(|column| records.key_on(column))
            .filter(|key| key.key_type.agrees_with(key_type))
        else {
            return Ok(None);
        };
        // SAFETY: the table is open.
        let found = unsafe {
            let Ok(columns) = columns(records.relation()) else {
                // Somebody dropped its policies.
                return Ok(None);
            };
            let policy = match (question, &columns) {
                (Question::Related(..), _) => None,
                (Question::Reached(_), Columns::Owned(columns)) if columns.relations.is_empty() => {
                    None
                }
                (Question::Reached(action), _) => match policy(&records, action) {
                    Some(policy) => Some(CompiledPolicy::new(policy, &records, context)),
                    None => return Ok(None),
                },
            };
            let owners = match columns {
                Columns::Owned(columns) => Some(columns),
                Columns::Detail(_) => None,
            };
            Table {
                relation,
                key,
                owners,
                policy,
            }
        };
        Ok(Some(found))
    }

    /// # Safety
    /// `tuple` must be a row of the table, which is open.
    unsafe fn judge(
        &self,
        records: &Records,
        tuple: pg_sys::HeapTuple,
        owners: &mut Option<Owners>,
        snapshot: &Snapshot,
    ) -> Result<Answer> {
        // SAFETY: by the caller's promise.
        unsafe {
            let mut answer = Answer::NO;
            if let (Some(columns), Some(owners)) = (&self.owners, owners) {
                answer = owners.answer(records, columns, tuple, snapshot)?;
            }
            if !answer.is_yes()
                && let Some(policy) = &self.policy
            {
                answer.by_rule = policy.admits(tuple);
            }
            Ok(answer)
        }
    }

    fn listings_by_owners(&self, owners: &Owners) -> Option<Vec<Listing>> {
        let columns = self.owners.as_ref()?;
        if owners.set.reach != Reach::Listed {
            return None;
        }
        let mut listings = vec![Listing {
            column: columns.owner.number,
            keys: owners.set.owners.clone(),
        }];
        if let Some((column, groups)) = columns.group.as_ref().zip(owners.set.groups.as_ref()) {
            listings.push(Listing {
                column: column.number,
                keys: groups.candidates(),
            });
        }
        if let Some(shares) = &owners.shares {
            listings.push(Listing {
                column: self.key.column,
                keys: shares.records(),
            });
        }
        Some(listings)
    }
}

/// The policy of a table that decides on an action with rows that are there.
///
/// # Safety
/// The table must be open.
unsafe fn policy(records: &Records, action: Action) -> Option<*mut pg_sys::Node> {
    let name: &CStr = match action {
        Action::Read => c"sharing_select",
        Action::Edit => c"sharing_update",
        Action::Delete => c"sharing_delete",
        Action::Create | Action::ChangeOwner => return None,
    };
    // SAFETY: the table is open.
    unsafe {
        let policy = condition(records.relation(), name);
        // Somebody may have put another in its place.
        let is_ours = arms(policy)
            .into_iter()
            .flat_map(|arm| conditions(arm))
            .any(|node| call_in(node).is_some_and(|call| call.action == action));
        is_ours.then_some(policy)
    }
}

/// By which keys rows that pass a table's policy can be found; None where only a look at every row
/// finds them.
///
/// # Safety
/// `context` must live as long as the statement.
unsafe fn listings(
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
    let present = present(call, snapshot, caller)?;
    match (present.reach, present.keys) {
        (Reach::Listed, Keys::Parents { count, of }) if count <= LONGEST_LIST => {
            let key_type = call.types[0];
            // SAFETY: by the caller's promise.
            unsafe {
                let (tie, question) = of;
                let caller = caller.clone();
                let mut parents = Parents::new(caller, tie, question, key_type, context);
                parents.all(key_type).map(Some)
            }
        }
        (Reach::Listed, Keys::Owners(set)) => Ok(Some(set.owners.clone())),
        (Reach::Listed, Keys::Others(keys)) => Ok(Some(keys)),
        _ => Ok(None),
    }
}

/// The index for each list, where looking up all of them is cheaper than looking at every row.
fn indexed(records: &Records, listings: Vec<Listing>) -> Option<Vec<(Index, KeySet)>> {
    let total = records.estimated_rows();
    let mut cost = 0.0;
    let mut found = Vec::new();
    for Listing { column, keys } in listings {
        if keys.is_empty() {
            continue;
        }
        let index = records.index_on(column)?;
        let statistics = Statistics::of_column(records, column);
        let rows = statistics.fraction(&keys, index.key_type) * total;
        cost += rows * LISTED_ROW + keys.len() as f64 * PROBE;
        found.push((index, keys));
    }
    (cost <= total * SCANNED_ROW || total < 1.0).then_some(found)
}

impl Owners {
    fn new(
        snapshot: &Snapshot,
        caller: &Caller,
        parent: pg_sys::Oid,
        columns: &OwnerColumns,
        question: Question,
    ) -> Result<Owners> {
        let (way, action) = match question {
            Question::Reached(action) => (Way::Own, action),
            Question::Related(relation, action) => (Way::Relation(relation), action),
        };
        let set = fetch_by(snapshot, caller, parent, way, action, columns.types())?;
        let shares = match &columns.record {
            None => None,
            Some(record) => {
                let types = ShareTypes {
                    record: record.key_type,
                    owner: columns.owner.key_type,
                };
                Some(fetch_shared_by(
                    snapshot, caller, parent, way, action, types,
                )?)
            }
        };
        Ok(Owners {
            set,
            shares: shares.filter(|shares| !shares.is_empty()),
            known_users: HashMap::new(),
        })
    }

    /// # Safety
    /// `tuple` must be a row of the table, which is open, and `columns` its columns.
    unsafe fn answer(
        &mut self,
        records: &Records,
        columns: &OwnerColumns,
        tuple: pg_sys::HeapTuple,
        snapshot: &Snapshot,
    ) -> Result<Answer> {
        // SAFETY: by the caller's promise; the values are of the types that the sets were made for.
        unsafe {
            let value = |column: i16| records.value(tuple, column);
            let user = value(columns.owner.number);
            let group = columns.group.as_ref().and_then(|group| value(group.number));
            let known = &mut self.known_users;
            let mut is_user = |key| is_user(known, columns.owner.key_type, key, snapshot);
            let by_rule = self.set.admits_owner(user, group, &mut is_user)?
                || columns.group.is_some() && self.set.admits_group(group, user, &mut is_user)?;
            let by_share = match (&self.shares, &columns.record) {
                (Some(shares), Some(record)) => shares.admits(value(record.number), user),
                _ => false,
            };
            Ok(Answer { by_rule, by_share })
        }
    }
}

impl CompiledPolicy {
    /// # Safety
    /// The table must be open, `policy` an expression over its rows; `context` must live as long as
    /// the result.
    unsafe fn new(
        policy: *mut pg_sys::Node,
        records: &Records,
        context: pg_sys::MemoryContext,
    ) -> CompiledPolicy {
        // SAFETY: by the caller's promise. Everything is made in the given context and goes with it;
        // nothing of it needs to be closed.
        unsafe {
            PgMemoryContexts::For(context).switch_to(|_| {
                let estate = pg_sys::CreateExecutorState();
                PgMemoryContexts::For((*estate).es_query_cxt).switch_to(|_| {
                    // With what columns read as in rows that are older than the column.
                    let descriptor =
                        pg_sys::CreateTupleDescCopyConstr((*records.relation()).rd_att);
                    let copy = pg_sys::copyObjectImpl(policy.cast()).cast::<pg_sys::Expr>();
                    CompiledPolicy {
                        state: pg_sys::ExecPrepareExpr(copy, estate),
                        context: pg_sys::CreateExprContext(estate),
                        slot: pg_sys::MakeTupleTableSlot(descriptor, &pg_sys::TTSOpsHeapTuple),
                    }
                })
            })
        }
    }

    /// # Safety
    /// `tuple` must be a row of the table that the policy was compiled for.
    unsafe fn admits(&self, tuple: pg_sys::HeapTuple) -> bool {
        // SAFETY: by the caller's promise. An error of the policy's functions passes through the
        // guard as every other does.
        unsafe {
            pg_sys::ExecStoreHeapTuple(tuple, self.slot, false);
            (*self.context).ecxt_scantuple = self.slot;
            let Some(evaluate) = (*self.state).evalfunc else {
                return false;
            };
            let mut is_null = false;
            let memory = (*self.context).ecxt_per_tuple_memory;
            let previous = pg_sys::MemoryContextSwitchTo(memory);
            let value = pg_sys::ffi::pg_guard_ffi_boundary(|| {
                evaluate(self.state, self.context, &mut is_null)
            });
            pg_sys::MemoryContextSwitchTo(previous);
            pg_sys::MemoryContextReset(memory);
            !is_null && value.value() as u8 != 0
        }
    }
}
