//! The arms of a policy that go by a parent record: `may_…_related(module, parent, relation, owner
//! [, group])` for relations, `may_…_detail(module, parent)` for modules that another controls.

use crate::catalog::read::snapshot::Snapshot;
use crate::core::decision::Way;
use crate::core::org::RelationId;
use crate::core::{Action, Error, Result};
use crate::policy::parents::estimate::{ChildAccess, questions};
use crate::policy::parents::judged::Answer;
use crate::policy::parents::parent_keys::{Parents, parents_for};
use crate::policy::rows::call_site::{Asker, CallSite, Deciding, Kept, call_site, value};
use crate::policy::sets::closed_owners::ClosedOwners;
use crate::policy::sets::closed_sets::closed_owners;
use crate::policy::sets::keys::{KeyType, key_type_of_argument};
use crate::policy::sets::owners::ColumnValue;
use crate::policy::sets::reached::{is_user, snapshot_for};
use pgrx::pg_sys;
use std::cell::{RefCell, RefMut};
use std::collections::HashMap;
use std::rc::Rc;

/// What a parent says of its children, and what their own owners say against it.
struct ByParents {
    way: Way,
    /// The type of the column that holds the parent's key.
    key_type: KeyType,
    verdict: Verdict,
    /// The owners of children whose office is closed to the caller.
    closed: Option<Rc<ClosedOwners>>,
    owner_type: KeyType,
    group_type: KeyType,
    known_users: HashMap<String, bool>,
}

enum Verdict {
    /// Whatever the parent is, the answer is the same.
    Same(bool),
    /// Any of these lets the caller.
    OfParents(Vec<Rc<RefCell<Parents>>>),
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
        let by = &mut site.decides;
        let answer = match &by.verdict {
            Verdict::Same(answer) => return Ok(*answer),
            Verdict::OfParents(asked) => answer(asked, by.key_type, parent)?,
        };
        if !answer.by_rule || answer.by_share {
            return Ok(answer.by_share);
        }
        let group = if (*fcinfo).nargs > 4 {
            value(fcinfo, 4)
        } else {
            None
        };
        Ok(!by.is_closed(action, value(fcinfo, 3), group)?)
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
        let by = &site.decides;
        match (&by.verdict, value(fcinfo, 1)) {
            (Verdict::Same(answer), _) => Ok(*answer),
            (Verdict::OfParents(_), None) => Ok(false),
            (Verdict::OfParents(asked), Some(parent)) => {
                Ok(answer(asked, by.key_type, parent)?.is_yes())
            }
        }
    }
}

/// What the parent with a key says to the questions, as far as they have to be asked.
///
/// # Safety
/// `parent` must be a value of the type `key_type`, for which those who are asked were made.
#[inline]
unsafe fn answer(
    asked: &[Rc<RefCell<Parents>>],
    key_type: KeyType,
    parent: pg_sys::Datum,
) -> Result<Answer> {
    let mut answer = Answer::default();
    for parents in asked {
        let mut parents = borrow(parents)?;
        // SAFETY: by the caller's promise.
        let one = unsafe { parents.answer(key_type, parent)? };
        // The closed office of a child withholds access to its parent, also such as comes from a share.
        let is_share = one.by_share && !parents.asks_for_access();
        answer.by_rule |= one.is_yes() && !is_share || one.by_rule;
        answer.by_share |= is_share;
    }
    Ok(answer)
}

/// Parents ask only other modules about their own: never themselves.
fn borrow(parents: &RefCell<Parents>) -> Result<RefMut<'_, Parents>> {
    parents
        .try_borrow_mut()
        .map_err(|_| Error::internal("the modules of this database control each other"))
}

/// # Safety
/// As for the predicates.
#[inline]
unsafe fn site<'a>(
    fcinfo: pg_sys::FunctionCallInfo,
    action: Action,
    way: Way,
) -> Result<(Kept<'a, CallSite<ByParents>>, Option<Snapshot>)> {
    // SAFETY: by the caller's promise; these predicates keep nothing else.
    unsafe {
        let (mut site, latest) =
            call_site(fcinfo, action, |asker| ByParents::new(fcinfo, asker, way))?;
        if site.decides.way != way {
            // Not in our policies, where the relation is a constant.
            let CallSite { asker, decides, .. } = &mut *site;
            decides.way = way;
            decides.renew(asker)?;
        }
        Ok((site, latest))
    }
}

impl Deciding for ByParents {
    /// By the latest committed state of the parents, too.
    fn renew(&mut self, asker: &Asker) -> Result<()> {
        self.known_users.clear();
        let access = match snapshot_for(asker.action) {
            None => None,
            Some(snapshot) => {
                let (caller, relation) = (&asker.caller, asker.relation);
                if self.way != Way::Own {
                    let types = (self.owner_type, self.group_type);
                    self.closed = closed_owners(&snapshot, caller, relation, types)?;
                }
                questions(&snapshot, caller, relation, self.way, asker.action)?
            }
        };
        let (parent, questions) = match access {
            None | Some(ChildAccess::Everything) => {
                self.verdict = Verdict::Same(access.is_some());
                return Ok(());
            }
            Some(ChildAccess::ByParents(parent, questions)) => (parent, questions),
        };
        let before = match std::mem::replace(&mut self.verdict, Verdict::Same(false)) {
            Verdict::OfParents(before) => before,
            Verdict::Same(_) => Vec::new(),
        };
        let mut asked = Vec::with_capacity(questions.len());
        for question in questions {
            let known = before.iter().find(|parents| {
                let parents = parents.try_borrow();
                parents.is_ok_and(|parents| parents.are_those_of(parent, question))
            });
            asked.push(match known {
                Some(parents) => {
                    borrow(parents)?.forget();
                    parents.clone()
                }
                None => {
                    // What goes by the latest snapshot shares nothing with what does not.
                    let execution = asker.execution.filter(|_| !asker.merges);
                    let caller = (asker.caller.clone(), execution);
                    let (key_type, context) = (self.key_type, asker.context);
                    // SAFETY: caller and context are those of the call site.
                    unsafe { parents_for(caller, parent, question, key_type, context) }
                }
            });
        }
        self.verdict = Verdict::OfParents(asked);
        Ok(())
    }
}

impl ByParents {
    /// # Safety
    /// As for the predicates.
    unsafe fn new(fcinfo: pg_sys::FunctionCallInfo, asker: &Asker, way: Way) -> Result<ByParents> {
        // SAFETY: by the caller's promise.
        let (key_type, owner_type, group_type) = unsafe {
            let flinfo = (*fcinfo).flinfo;
            let key_type = key_type_of_argument(flinfo, 1, "parent")?;
            let owner_type = match way {
                Way::Own => key_type,
                _ => key_type_of_argument(flinfo, 3, "owner")?,
            };
            let group_type = match (*fcinfo).nargs > 4 {
                true => key_type_of_argument(flinfo, 4, "group")?,
                false => owner_type,
            };
            (key_type, owner_type, group_type)
        };
        let mut made = ByParents {
            way,
            key_type,
            verdict: Verdict::Same(false),
            closed: None,
            owner_type,
            group_type,
            known_users: HashMap::new(),
        };
        made.renew(asker)?;
        Ok(made)
    }

    /// Whether the office of a child of these owners is closed to the caller.
    ///
    /// # Safety
    /// The values must be of the types that the call has.
    unsafe fn is_closed(
        &mut self,
        action: Action,
        owner: ColumnValue,
        group: ColumnValue,
    ) -> Result<bool> {
        let Some(closed) = self.closed.clone() else {
            return Ok(false);
        };
        let is_known = |owner| match snapshot_for(action) {
            // SAFETY: by the caller's promise.
            Some(snapshot) => unsafe {
                is_user(&mut self.known_users, self.owner_type, owner, &snapshot)
            },
            None => Ok(false),
        };
        let types = (self.owner_type, self.group_type);
        // SAFETY: by the caller's promise.
        unsafe { closed.close(types, owner, group, is_known) }
    }
}
