//! The arms of a policy that go by a parent record: `may_…_related(module, parent, relation, owner
//! [, group])` for relations, `may_…_detail(module, parent)` for modules that another controls.

use crate::catalog::read::snapshot::Snapshot;
use crate::core::decision::Way;
use crate::core::org::RelationId;
use crate::core::{Action, Error, Result};
use crate::policy::parents::estimate::{Asked, question};
use crate::policy::parents::parent_keys::{Parents, parents_for};
use crate::policy::rows::predicate::{Asker, Kept, kept_for_call, value};
use crate::policy::sets::closed_owners::ClosedOwners;
use crate::policy::sets::closed_sets::closed_owners;
use crate::policy::sets::keys::{KeySet, KeyType, key_type_of_argument};
use crate::policy::sets::owners::Value;
use crate::policy::sets::reached::{is_user, snapshot_for};
use crate::session::caller::{Caller, Execution};
use pgrx::pg_sys;
use std::cell::{RefCell, RefMut};
use std::collections::HashMap;
use std::rc::Rc;

/// One call of such a predicate in one execution of one statement.
struct CallSite {
    caller: Caller,
    execution: Option<Execution>,
    relation: pg_sys::Oid,
    way: Way,
    action: Action,
    /// The type of the column that holds the parent's key.
    key_type: KeyType,
    context: pg_sys::MemoryContext,
    asks: Asks,
    /// The owners of children whose office is closed to the caller.
    closed: Option<Rc<ClosedOwners>>,
    owner_type: KeyType,
    group_type: KeyType,
    known_users: HashMap<String, bool>,
    /// As for the owner predicates.
    completed: u64,
    merged: bool,
}

enum Asks {
    /// Whatever the parent is, the answer is the same.
    Nothing(bool),
    Parents(Rc<RefCell<Parents>>),
}

/// Whether the parent of a child lets the caller do `action` with it, by a rule or by a share.
///
/// # Safety
/// `fcinfo` must be a call of `may_…_related`.
#[inline]
pub unsafe fn judge_related(fcinfo: pg_sys::FunctionCallInfo, action: Action) -> Result<bool> {
    // SAFETY: by the caller's promise.
    unsafe {
        let Some(parent) = value(fcinfo, 1) else {
            return Ok(false);
        };
        let relation = value(fcinfo, 2).map_or(0, |id| id.value() as i32);
        let (mut site, _latest) = site(fcinfo, action, Way::Relation(RelationId(relation)))?;
        let answer = match &site.asks {
            Asks::Nothing(answer) => return Ok(*answer),
            Asks::Parents(parents) => borrow(parents)?.answer(site.key_type, parent)?,
        };
        if !answer.by_rule || answer.by_share {
            return Ok(answer.by_share);
        }
        let group = if (*fcinfo).nargs > 4 {
            value(fcinfo, 4)
        } else {
            None
        };
        Ok(!site.is_closed(value(fcinfo, 3), group)?)
    }
}

/// Whether the record that controls a detail lets the caller do `action` with it.
///
/// # Safety
/// `fcinfo` must be a call of `may_…_detail`.
#[inline]
pub unsafe fn judge_detail(fcinfo: pg_sys::FunctionCallInfo, action: Action) -> Result<bool> {
    // SAFETY: by the caller's promise.
    unsafe {
        let (site, _latest) = site(fcinfo, action, Way::Own)?;
        match (&site.asks, value(fcinfo, 1)) {
            (Asks::Nothing(answer), _) => Ok(*answer),
            (Asks::Parents(_), None) => Ok(false),
            (Asks::Parents(parents), Some(parent)) => {
                Ok(borrow(parents)?.answer(site.key_type, parent)?.is_yes())
            }
        }
    }
}

/// Parents ask only other modules about their own: never themselves.
fn borrow(parents: &RefCell<Parents>) -> Result<RefMut<'_, Parents>> {
    parents
        .try_borrow_mut()
        .map_err(|_| Error::internal("the modules of this database control each other"))
}

/// What a call works with, and the snapshot that has to stay while it does, where it is not the
/// statement's own.
///
/// # Safety
/// As for the predicates.
#[inline]
unsafe fn site<'a>(
    fcinfo: pg_sys::FunctionCallInfo,
    action: Action,
    way: Way,
) -> Result<(Kept<'a, CallSite>, Option<Snapshot>)> {
    // SAFETY: by the caller's promise; these predicates keep nothing else.
    unsafe {
        let mut site = kept_for_call(fcinfo, |asker| CallSite::new(fcinfo, asker, action, way))?;
        let latest = site.merged.then(Snapshot::latest);
        if site.way != way {
            // Not in our policies, where the relation is a constant.
            site.way = way;
            site.look()?;
        } else if action != Action::Read || site.merged {
            site.keep_up()?;
        }
        Ok((site, latest))
    }
}

impl CallSite {
    /// # Safety
    /// As for the predicates.
    unsafe fn new(
        fcinfo: pg_sys::FunctionCallInfo,
        asker: Asker,
        action: Action,
        way: Way,
    ) -> Result<CallSite> {
        // SAFETY: by the caller's promise.
        unsafe {
            let flinfo = (*fcinfo).flinfo;
            let relation = value(fcinfo, 0).map_or(pg_sys::InvalidOid, |datum| {
                pg_sys::Oid::from(datum.value() as u32)
            });
            let key_type = key_type_of_argument(flinfo, 1, "parent")?;
            let owner_type = match way {
                Way::Own => key_type,
                Way::Relation(_) => key_type_of_argument(flinfo, 3, "owner")?,
            };
            let group_type = match (*fcinfo).nargs > 4 {
                true => key_type_of_argument(flinfo, 4, "group")?,
                false => owner_type,
            };
            let merged = asker.merges_into(relation, action);
            let mut site = CallSite {
                caller: asker.caller,
                // What goes by the latest snapshot shares nothing with what does not.
                execution: asker.execution.filter(|_| !merged),
                merged,
                relation,
                way,
                action,
                key_type,
                context: asker.context,
                asks: Asks::Nothing(false),
                closed: None,
                owner_type,
                group_type,
                known_users: HashMap::new(),
                completed: crate::pg::compat::completed_transactions(),
            };
            let _latest = merged.then(Snapshot::latest);
            site.look()?;
            Ok(site)
        }
    }

    /// Finds out what decides now.
    fn look(&mut self) -> Result<()> {
        self.known_users.clear();
        let asked = match snapshot_for(self.action) {
            None => None,
            Some(snapshot) => {
                let (caller, relation) = (&self.caller, self.relation);
                if self.way != Way::Own {
                    let types = (self.owner_type, self.group_type);
                    self.closed = closed_owners(&snapshot, caller, relation, types)?;
                }
                question(&snapshot, caller, relation, self.way, self.action)?
            }
        };
        let (parent, question) = match asked {
            None | Some(Asked::Nothing) => {
                self.asks = Asks::Nothing(asked.is_some());
                return Ok(());
            }
            Some(Asked::Parent(parent, question)) => (parent, question),
        };
        match &self.asks {
            Asks::Parents(parents) if borrow(parents)?.are_those_of(parent, question) => {
                borrow(parents)?.forget();
            }
            _ => {
                let caller = (self.caller.clone(), self.execution);
                let (key_type, context) = (self.key_type, self.context);
                // SAFETY: caller and context are those of the call site.
                self.asks = Asks::Parents(unsafe {
                    parents_for(caller, parent, question, key_type, context)
                });
            }
        }
        Ok(())
    }

    /// Writing and locking go by the latest committed state, of the parents, too.
    fn keep_up(&mut self) -> Result<()> {
        let completed = crate::pg::compat::completed_transactions();
        if completed != self.completed {
            self.look()?;
            self.completed = completed;
        }
        Ok(())
    }

    /// Whether the office of a child of these owners is closed to the caller.
    ///
    /// # Safety
    /// The values must be of the types that the call has.
    unsafe fn is_closed(&mut self, owner: Value, group: Value) -> Result<bool> {
        let Some(closed) = self.closed.clone() else {
            return Ok(false);
        };
        // SAFETY: by the caller's promise.
        unsafe {
            let has = |keys: &KeySet, key_type, key: Value| {
                key.is_some_and(|key| keys.contains(key_type, key))
            };
            if has(&closed.in_owner_column, self.owner_type, owner) {
                return Ok(true);
            }
            let (Some(keys), Some(group)) = (&closed.in_group_column, group) else {
                return Ok(false);
            };
            if !keys.contains(self.group_type, group) {
                return Ok(false);
            }
            // The user's office counts, where there is a user.
            let (Some(owner), Some(snapshot)) = (owner, snapshot_for(self.action)) else {
                return Ok(true);
            };
            let known = &mut self.known_users;
            Ok(!is_user(known, self.owner_type, owner, &snapshot)?)
        }
    }
}
