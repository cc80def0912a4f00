//! What a predicate call lets through for a caller, as far as it can be told without looking at
//! records: for the planner, and for choosing how to look.

use crate::catalog::read::links::was_ever_shared;
use crate::catalog::read::snapshot::{LastRead, Snapshot};
use crate::core::decision::{Sight, Way};
use crate::core::ordinary::may_everything;
use crate::core::org::{CriteriaId, RelationId};
use crate::core::{Action, Result};
use crate::policy::parents::question::Question;
use crate::policy::records::reached_shares::fetch_shared_by;
use crate::policy::records::reading::{Records, tables_here};
use crate::policy::records::shards;
use crate::policy::records::statistics::Statistics;
use crate::policy::records::ties::{Tie, tie};
use crate::policy::sets::keys::{KeySet, KeyType};
use crate::policy::sets::owners::{ColumnTypes, OwnerSet, Reach};
use crate::policy::sets::reached::fetch_by;
use crate::policy::sets::shares::ShareTypes;
use crate::policy::sets::since::READ_POLICY;
use crate::policy::text::calls::{
    Call, Criterion, OwnerArm, arms, call_in, column_number, conditions,
};
use crate::policy::text::columns::{OwnerColumns, condition, owner_columns};
use crate::session::caller::Caller;
use crate::session::identity::known_by;
use pgrx::pg_sys;
use std::cell::RefCell;
use std::rc::Rc;

/// The keys for which a predicate call lets records of a caller through.
pub struct Admitted {
    pub reach: Reach,
    pub keys: AdmittedKeys,
}

pub enum AdmittedKeys {
    Owners(Rc<OwnerSet>),
    Others(KeySet),
    /// Those of parents, which are only counted, and roughly.
    Parents {
        count: f64,
        /// The parent's table, and what is asked of its records: any of these.
        of: (Tie, Vec<Question>),
    },
}

impl AdmittedKeys {
    pub fn count(&self) -> f64 {
        match self {
            AdmittedKeys::Owners(set) => set.owners.len() as f64,
            AdmittedKeys::Others(keys) => keys.len() as f64,
            AdmittedKeys::Parents { count, .. } => *count,
        }
    }
}

/// What a call lets through for a caller, by a snapshot.
pub fn admitted(call: &Call, snapshot: &Snapshot, caller: &Caller) -> Result<Admitted> {
    let [first, second] = call.types;
    let listed = |keys| {
        Ok(Admitted {
            reach: Reach::Listed,
            keys,
        })
    };
    let types = match call.criterion {
        Criterion::Owners(OwnerArm::Owner) => ColumnTypes {
            user: first,
            group: second,
        },
        Criterion::Owners(OwnerArm::Group) => ColumnTypes {
            user: second,
            group: first,
        },
        Criterion::Criteria(_) => ColumnTypes {
            user: first,
            group: second,
        },
        Criterion::Records => {
            let types = ShareTypes {
                record: first,
                owner: second,
                group: second,
            };
            let set = fetch_shared_by(
                snapshot,
                caller,
                call.relation,
                Way::Own,
                call.action,
                types,
            )?;
            return listed(AdmittedKeys::Others(set.keys()));
        }
        Criterion::Related(_) | Criterion::Parent => {
            let Some(asked) = asked_of_parent(call, snapshot, caller)? else {
                return listed(AdmittedKeys::Others(KeySet::new(first)));
            };
            let ChildAccess::ByParents(tie, questions) = asked else {
                return Ok(Admitted {
                    reach: Reach::Everything,
                    keys: AdmittedKeys::Others(KeySet::new(first)),
                });
            };
            let mut count = 0.0;
            for question in &questions {
                count += estimated_parents(snapshot, caller, tie.table, *question)?.0;
            }
            let of = (tie, questions);
            return listed(AdmittedKeys::Parents { count, of });
        }
    };
    let way = match call.criterion {
        Criterion::Criteria(id) => Way::Criteria(id),
        _ => Way::Own,
    };
    let set = fetch_by(snapshot, caller, call.relation, way, call.action, types)?;
    let reach = set.reach;
    let keys = match (call.criterion, &set.groups) {
        (Criterion::Owners(OwnerArm::Group), Some(groups)) => {
            AdmittedKeys::Others(groups.candidates())
        }
        (Criterion::Owners(OwnerArm::Group), None) => AdmittedKeys::Others(KeySet::new(first)),
        _ => AdmittedKeys::Owners(set),
    };
    Ok(Admitted { reach, keys })
}

/// Whether a call lets every record through for a caller.
pub fn lets_everything_through(call: &Call, snapshot: &Snapshot, caller: &Caller) -> Result<bool> {
    Ok(match call.criterion {
        // Without counting parents.
        Criterion::Related(_) | Criterion::Parent => {
            let asked = asked_of_parent(call, snapshot, caller)?;
            matches!(asked, Some(ChildAccess::Everything))
        }
        _ => admitted(call, snapshot, caller)?.reach == Reach::Everything,
    })
}

/// What a caller may do with the children of parents.
pub enum ChildAccess {
    /// The caller is an administrator.
    Everything,
    /// What they may do with the records of the parent's table: a child for which any of the questions is
    /// answered.
    ByParents(Tie, Vec<Question>),
}

/// What a predicate of parents comes down to for a caller. None where it lets nothing through.
fn asked_of_parent(
    call: &Call,
    snapshot: &Snapshot,
    caller: &Caller,
) -> Result<Option<ChildAccess>> {
    let way = match call.criterion {
        Criterion::Related(relation) => Way::Relation(relation),
        _ => Way::Own,
    };
    questions(snapshot, caller, call.relation, way, call.action)
}

/// What decides whether a caller may do `action` with children in the table of a module, over a
/// relation or as details. None where nothing lets the caller.
pub fn questions(
    snapshot: &Snapshot,
    caller: &Caller,
    relation: pg_sys::Oid,
    way: Way,
    action: Action,
) -> Result<Option<ChildAccess>> {
    let Some((state, me)) = known_by(caller, snapshot)? else {
        return Ok(None);
    };
    let configuration = &state.configuration;
    let org = &configuration.org;
    let Some(table) = state.table(relation) else {
        return Ok(None);
    };
    if may_everything(&me) {
        return Ok(Some(ChildAccess::Everything));
    }
    let Some(sight) = Sight::new(org, &me, table.module) else {
        return Ok(None);
    };
    let (parent, questions) = match way {
        Way::Criteria(_) | Way::RelatedCriteria(..) => return Ok(None),
        Way::Relation(id) => match org.relation(id).filter(|one| one.child == table.module) {
            Some(relation) => {
                let parent = relation.parent;
                let mut questions = Vec::new();
                // Who reaches the parents is a question of its own, which the details of these ask as well.
                let reached = sight.action_over(id, action).map(Question::Reached);
                questions.extend(reached);
                let by_rule = rules_may_carry(&sight, id, action);
                if questions.is_empty() || by_rule || was_ever_shared(parent, snapshot) {
                    questions.push(Question::Related(id, action));
                }
                (parent, questions)
            }
            None => return Ok(None),
        },
        Way::Own => match (sight.parent_module(), sight.action_above(action)) {
            (Some(parent), Some(action)) => (parent, vec![Question::Reached(action)]),
            _ => return Ok(None),
        },
    };
    let of_parent =
        |table: &&crate::catalog::read::configuration::ProtectedTable| table.module == parent;
    let Some(above) = configuration.tables.values().find(of_parent) else {
        return Ok(None);
    };
    let tie = tie(configuration, relation, way, above.relation)?;
    Ok(tie.map(|tie| ChildAccess::ByParents(tie, questions)))
}

/// Whether rules, with criteria or without, may let somebody do `action` over a relation.
fn rules_may_carry(sight: &Sight, id: RelationId, action: Action) -> bool {
    let met = sight.criteria(Some(id)).into_iter();
    let mut ways = met
        .map(|met| Way::RelatedCriteria(id, met))
        .chain([Way::Relation(id)]);
    ways.any(|way| {
        let extent = sight.extent_by(way, action);
        extent.is_some_and(|extent| extent.lists_any())
    })
}

/// About how many parents answer, and how many there are.
pub fn estimated_parents(
    snapshot: &Snapshot,
    caller: &Caller,
    relation: pg_sys::Oid,
    question: Question,
) -> Result<(f64, f64)> {
    let last = ESTIMATED.with(|last| last.or_read(snapshot, || Some(Rc::default())));
    let asked = (caller.clone(), relation, question);
    if let Some(last) = &last
        && let Some((of, estimate)) = &*last.borrow()
        && *of == asked
    {
        return Ok(*estimate);
    }
    let estimate = estimate_parents(snapshot, caller, relation, question)?;
    if let Some(last) = last {
        last.replace(Some((asked, estimate)));
    }
    Ok(estimate)
}

/// The part of a table that is thought to meet criteria, where it is not worth finding out.
const MEETS: f64 = 0.1;

/// For the criteria that the policies of a parent's table know: the owners whose records, if they meet these, let the
/// caller do `action` with their children. Those of nobody are left out.
pub fn by_criteria(
    snapshot: &Snapshot,
    caller: &Caller,
    parent: pg_sys::Oid,
    columns: &OwnerColumns,
    (relation, action): (RelationId, Action),
) -> Result<Vec<(CriteriaId, Rc<OwnerSet>)>> {
    let mut sets = Vec::new();
    for &id in &columns.criteria {
        let way = Way::RelatedCriteria(relation, id);
        let set = fetch_by(snapshot, caller, parent, way, action, columns.types())?;
        let groups = set.groups.as_ref().map(|groups| groups.candidates());
        let is_nothing = set.reach == Reach::Listed
            && set.owners.is_empty()
            && groups.is_none_or(|groups| groups.is_empty());
        if !is_nothing {
            sets.push((id, set));
        }
    }
    Ok(sets)
}

type Estimated = ((Caller, pg_sys::Oid, Question), (f64, f64));

thread_local! {
    /// The planner asks for the estimate and for the index, the statement for how to look.
    static ESTIMATED: LastRead<Rc<RefCell<Option<Estimated>>>> = LastRead::default();
}

fn estimate_parents(
    snapshot: &Snapshot,
    caller: &Caller,
    relation: pg_sys::Oid,
    question: Question,
) -> Result<(f64, f64)> {
    let Some(records) = Records::open(relation) else {
        return Ok((0.0, 0.0));
    };
    let total = match shards::hold(&records) {
        false => records.estimated_rows(),
        true => {
            let shards = tables_here(relation).into_iter().filter_map(Records::open);
            shards.map(|shard| shard.estimated_rows()).sum()
        }
    };
    let fraction = match question {
        Question::Related(id, action) => {
            // SAFETY: the table is open.
            let Ok(columns) = (unsafe { owner_columns(records.relation()) }) else {
                return Ok((0.0, total));
            };
            let types = columns.types();
            let way = Way::Relation(id);
            let set = fetch_by(snapshot, caller, relation, way, action, types)?;
            let of = |column: i16, keys: &KeySet, key_type| {
                Statistics::of_column(&records, column).fraction(keys, key_type)
            };
            let mut fraction = of(columns.owner.number, &set.owners, types.user);
            if let Some((column, groups)) = columns.group.as_ref().zip(set.groups.as_ref()) {
                fraction += of(column.number, &groups.candidates(), types.group);
            }
            for (_, set) in by_criteria(snapshot, caller, relation, &columns, (id, action))? {
                fraction += match set.reach {
                    Reach::Listed => of(columns.owner.number, &set.owners, types.user),
                    _ => MEETS,
                };
            }
            if let Some(record) = &columns.record {
                let types = ShareTypes {
                    record: record.key_type,
                    owner: types.user,
                    group: types.group,
                };
                let shares = fetch_shared_by(snapshot, caller, relation, way, action, types)?;
                fraction += shares.keys().len() as f64 / total.max(1.0);
            }
            fraction
        }
        Question::Reached(_) => {
            let mut fraction = 0.0;
            // SAFETY: the table is open, and its policies with it. All of a table's policies are
            // made of the same arms; that for reading has all of them.
            unsafe {
                for arm in arms(condition(records.relation(), READ_POLICY)) {
                    let call = conditions(arm).into_iter().find_map(|node| call_in(node));
                    if let Some(call) = call
                        && let Some(column) = column_number(call.column)
                    {
                        let admitted = admitted(&call, snapshot, caller)?;
                        let statistics = Statistics::of_column(&records, column);
                        fraction += statistics.fraction_let_through(&admitted, call.types[0]);
                    }
                }
            }
            fraction
        }
    };
    Ok((fraction.clamp(0.0, 1.0) * total, total))
}

impl Statistics {
    /// The fraction of rows that a call lets through.
    pub fn fraction_let_through(&self, admitted: &Admitted, key_type: KeyType) -> f64 {
        let fraction = || match &admitted.keys {
            AdmittedKeys::Owners(set) => self.fraction(&set.owners, key_type),
            AdmittedKeys::Others(keys) => self.fraction(keys, key_type),
            AdmittedKeys::Parents { count, .. } => {
                (1.0 - self.null_fraction()) * (count / self.distinct.max(1.0)).min(1.0)
            }
        };
        match admitted.reach {
            Reach::Everything => 1.0,
            Reach::AllExcept => 1.0 - fraction(),
            Reach::Listed => fraction(),
        }
    }
}
