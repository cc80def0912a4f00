//! How a record of a parent table is judged for a caller: by its owners and shares, and by its compiled policy.

use crate::catalog::read::snapshot::Snapshot;
use crate::core::decision::Way;
use crate::core::org::CriteriaId;
use crate::core::{Action, Result};
use crate::policy::parents::estimate::by_criteria;
use crate::policy::parents::question::Question;
use crate::policy::records::compiled::CompiledPolicy;
use crate::policy::records::reached_shares::fetch_shared_by;
use crate::policy::records::reading::{Index, Records};
use crate::policy::records::statistics::Statistics;
use crate::policy::records::ties::Tie;
use crate::policy::sets::closed_owners::ClosedOwners;
use crate::policy::sets::closed_sets::closed_owners;
use crate::policy::sets::keys::{KeySet, KeyType, text_of_key};
use crate::policy::sets::owners::{ColumnTypes, OwnerSet};
use crate::policy::sets::reached::{fetch_by, is_user};
use crate::policy::sets::shares::ShareTypes;
use crate::policy::sets::since::READ_POLICY;
use crate::policy::sets::singles::SingleRecords;
use crate::policy::text::calls::{arms, call_in, conditions, criteria_conditions};
use crate::policy::text::columns::{Columns, OwnerColumns, columns, condition};
use crate::session::caller::Caller;
use pgrx::pg_sys;
use std::collections::HashMap;
use std::ffi::CStr;
use std::rc::Rc;

/// How a parent record answers: for a relation, a rule or a grant may do so, a share, or both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// By a rule or a grant, which the closed office of a child withholds, or because the record is within reach.
    pub by_rule: bool,
    pub by_share: bool,
}

impl Answer {
    pub(super) const NO: Answer = Answer {
        by_rule: false,
        by_share: false,
    };

    pub fn is_yes(self) -> bool {
        self.by_rule || self.by_share
    }
}

/// The keys of the parents that answer.
pub(super) struct AnsweringParents {
    /// While no end has passed since (`pg::clock`).
    pub(super) ends_passed: Option<u64>,
    pub(super) by_rule: KeySet,
    pub(super) by_share: KeySet,
}

impl AnsweringParents {
    /// # Safety
    /// `key` must be of a type that agrees with that of the keys.
    #[inline]
    pub(super) unsafe fn answer(&self, key_type: KeyType, key: pg_sys::Datum) -> Answer {
        // SAFETY: by the caller's promise.
        unsafe {
            Answer {
                by_rule: self.by_rule.contains(key_type, key),
                by_share: self.by_share.contains(key_type, key),
            }
        }
    }
}

/// In microseconds: finding one parent by its key, one row of an index scan over many, one row of a
/// scan of the whole table.
pub(super) const PROBE: f64 = 2.4;

pub(super) const LISTED_ROW: f64 = 0.4;

pub(super) const SCANNED_ROW: f64 = 0.11;

/// A longer list of keys of owners is not looked up key by key.
pub(super) const LONGEST_LIST: f64 = 10_000.0;

/// How a row of a table is judged: by its owners and shares and, where these do not let it through,
/// by the table's own policy, whose predicates ask for everything else.
pub(super) struct ParentTable {
    pub(super) relation: pg_sys::Oid,
    pub(super) key: Index,
    pub(super) owners: Option<OwnerColumns>,
    pub(super) policy: Option<CompiledPolicy>,
    /// Criteria by which rules of the parent carry to its children.
    met: Vec<(CriteriaId, CompiledPolicy)>,
}

impl ParentTable {
    /// None where nothing in the table can be a parent: it has no key that goes with the child's
    /// column, or not our policies.
    ///
    /// # Safety
    /// `context` must live as long as the table.
    pub(super) unsafe fn open(
        relation: pg_sys::Oid,
        tie: Tie,
        question: Question,
        key_type: KeyType,
        context: pg_sys::MemoryContext,
    ) -> Result<Option<ParentTable>> {
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
                (Question::Reached(_), Columns::Owned(columns))
                    if columns.relations.is_empty() && columns.criteria.is_empty() =>
                {
                    None
                }
                (Question::Reached(action), _) => match policy(&records, action) {
                    Some(policy) => Some(CompiledPolicy::new(policy, &records, context)),
                    None => return Ok(None),
                },
            };
            // Rules of the parent may speak of what meets criteria, as its policy says it.
            let met = match (question, &columns) {
                (Question::Related(..), Columns::Owned(columns)) => {
                    compiled_criteria(&records, &columns.criteria, context)
                }
                _ => Vec::new(),
            };
            let owners = match columns {
                Columns::Owned(columns) => Some(columns),
                Columns::Detail(_) => None,
            };
            ParentTable {
                relation,
                key,
                owners,
                policy,
                met,
            }
        };
        Ok(Some(found))
    }

    /// # Safety
    /// `tuple` must be a row of the table, which is open.
    pub(super) unsafe fn judge(
        &self,
        records: &Records,
        tuple: pg_sys::HeapTuple,
        owners: &mut Option<ParentOwners>,
        snapshot: &Snapshot,
    ) -> Result<Answer> {
        // SAFETY: by the caller's promise.
        unsafe {
            let mut answer = Answer::NO;
            if let (Some(columns), Some(owners)) = (&self.owners, owners) {
                answer = owners.answer(records, columns, tuple, snapshot)?;
                if !answer.by_rule {
                    let met = |id| {
                        let mut all = self.met.iter();
                        all.find(|one| one.0 == id)
                            .is_some_and(|one| one.1.admits(tuple))
                    };
                    answer.by_rule =
                        owners.answer_if_met(records, columns, tuple, snapshot, met)?;
                }
            }
            if !answer.is_yes()
                && let Some(policy) = &self.policy
            {
                answer.by_rule = policy.admits(tuple);
            }
            Ok(answer)
        }
    }
}

/// The owners whose records answer, and the records that were shared or given.
pub(super) struct ParentOwners {
    pub(super) set: Rc<OwnerSet>,
    pub(super) singles: Option<SingleRecords>,
    /// The owners whose office is closed to the caller, where records were given.
    pub(super) closed: Option<Rc<ClosedOwners>>,
    /// The owners whose records answer that meet criteria.
    pub(super) by_criteria: Vec<(CriteriaId, Rc<OwnerSet>)>,
    pub(super) known_users: HashMap<String, bool>,
}

/// Keys by which an index finds rows that may pass.
pub(super) struct Listing {
    pub(super) column: i16,
    pub(super) keys: KeySet,
}

/// The policy of a table that decides on an action with rows that are there.
///
/// # Safety
/// The table must be open.
pub(super) unsafe fn policy(records: &Records, action: Action) -> Option<*mut pg_sys::Node> {
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

/// The index for each list, where looking up all of them is cheaper than looking at every row.
pub(super) fn indexed(records: &Records, listings: Vec<Listing>) -> Option<Vec<(Index, KeySet)>> {
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

/// Whether a row has the very key: a collation may take different texts for equal.
///
/// # Safety
/// `tuple` must be a row of the table, `wanted` of the type of its key.
pub(super) unsafe fn is_exactly(
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

impl ParentOwners {
    pub(super) fn new(
        snapshot: &Snapshot,
        caller: &Caller,
        parent: pg_sys::Oid,
        columns: &OwnerColumns,
        question: Question,
    ) -> Result<ParentOwners> {
        let (way, action) = match question {
            Question::Reached(action) => (Way::Own, action),
            Question::Related(relation, action) => (Way::Relation(relation), action),
        };
        let set = fetch_by(snapshot, caller, parent, way, action, columns.types())?;
        let ColumnTypes { user, group } = columns.types();
        let singles = match &columns.record {
            None => None,
            Some(record) => {
                let types = ShareTypes {
                    record: record.key_type,
                    owner: user,
                    group,
                };
                Some(fetch_shared_by(
                    snapshot, caller, parent, way, action, types,
                )?)
            }
        };
        let given = singles.as_ref().map(|singles| &singles.given);
        let closed = match given.is_some_and(|given| !given.is_empty()) {
            true => closed_owners(snapshot, caller, parent, (user, group))?,
            false => None,
        };
        Ok(ParentOwners {
            set,
            singles: singles.filter(|singles| !singles.is_empty()),
            closed,
            by_criteria: match question {
                Question::Reached(_) => Vec::new(),
                Question::Related(relation, action) => {
                    by_criteria(snapshot, caller, parent, columns, (relation, action))?
                }
            },
            known_users: HashMap::new(),
        })
    }

    /// # Safety
    /// `tuple` must be a row of the table, which is open, and `columns` its columns.
    pub(super) unsafe fn answer(
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
            let mut answer = Answer {
                by_rule,
                by_share: false,
            };
            if let (Some(singles), Some(record)) = (&self.singles, &columns.record) {
                let record = value(record.number);
                answer.by_share = singles.shared.admits(record, user);
                if !answer.is_yes() && singles.given.has(record) {
                    let ColumnTypes { user: of, group: g } = columns.types();
                    answer.by_rule = match &self.closed {
                        None => true,
                        Some(closed) => !closed.close((of, g), user, group, &mut is_user)?,
                    };
                }
            }
            Ok(answer)
        }
    }
}

impl ParentOwners {
    /// Whether a rule with criteria answers for a record: `met` tells which ones it meets.
    ///
    /// # Safety
    /// As for `answer`.
    unsafe fn answer_if_met(
        &mut self,
        records: &Records,
        columns: &OwnerColumns,
        tuple: pg_sys::HeapTuple,
        snapshot: &Snapshot,
        met: impl Fn(CriteriaId) -> bool,
    ) -> Result<bool> {
        let known = &mut self.known_users;
        for (id, set) in &self.by_criteria {
            // SAFETY: by the caller's promise; the values are of the types that the sets were made for.
            let is_owned = unsafe {
                let value = |column: i16| records.value(tuple, column);
                let user = value(columns.owner.number);
                let group = columns.group.as_ref().and_then(|group| value(group.number));
                let mut is_user = |key| is_user(known, columns.owner.key_type, key, snapshot);
                set.admits_owner(user, group, &mut is_user)?
                    || columns.group.is_some() && set.admits_group(group, user, &mut is_user)?
            };
            if is_owned && met(*id) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// What criteria ask of the rows of a table, as its policy for reading says it.
///
/// # Safety
/// The table must be open; `context` must live as long as the result.
unsafe fn compiled_criteria(
    records: &Records,
    wanted: &[CriteriaId],
    context: pg_sys::MemoryContext,
) -> Vec<(CriteriaId, CompiledPolicy)> {
    if wanted.is_empty() {
        return Vec::new();
    }
    // SAFETY: by the caller's promise; the conditions are expressions of the policy.
    unsafe {
        criteria_conditions(condition(records.relation(), READ_POLICY))
            .into_iter()
            .map(|(id, met)| (id, CompiledPolicy::new(met, records, context)))
            .collect()
    }
}
