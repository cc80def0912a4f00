//! What row security cannot see: that an UPDATE changes the owner (semantics: Commands on a protected table). Triggers compare.

use crate::catalog::read::people::People;
use crate::catalog::read::snapshot::Snapshot;
use crate::core::{Action, Error, Result};
use crate::policy::records::compiled::CompiledPolicy;
use crate::policy::records::reading::Records;
use crate::policy::rows::call_site::kept_along;
use crate::policy::rows::referential::asks_for_change;
use crate::policy::rows::told_transfer;
use crate::policy::rows::trigger_columns::{owner_columns_of_call, reached_by_call};
use crate::policy::sets::keys::text_of_key;
use crate::policy::sets::owners::ColumnValue;
use crate::policy::text::columns::{KeyColumn, OwnerColumns, check_of_new};
use crate::session::caller::Caller;
use crate::session::identity::known_by;
use pgrx::pg_sys;
use std::ffi::CStr;

/// The trigger `sharing_internal.guard_owner()`, AFTER INSERT on tables of Citus: it copies rows into shards of its own
/// server past the policies, for COPY and for INSERT … SELECT. It asks what the policy for INSERT asks.
///
/// # Safety
/// `data` must be that of a row trigger for INSERT, called by `fcinfo`.
unsafe fn guard_new(
    fcinfo: pg_sys::FunctionCallInfo,
    data: *const pg_sys::TriggerData,
) -> Result<pg_sys::Datum> {
    // SAFETY: by the caller's promise.
    unsafe {
        let (relation, row) = ((*data).tg_relation, (*data).tg_trigtuple);
        let check = || {
            let records = Records::open((*relation).rd_id)?;
            let check = check_of_new(relation, c"sharing_insert");
            let context = (*(*fcinfo).flinfo).fn_mcxt;
            (!check.is_null()).then(|| CompiledPolicy::new(check, &records, context))
        };
        if !is_enforced(relation)
            || kept_along(fcinfo, check)
                .as_ref()
                .is_some_and(|check| check.admits(row))
        {
            return Ok(pg_sys::Datum::from(row));
        }
        let name = CStr::from_ptr((*(*relation).rd_rel).relname.data.as_ptr()).to_string_lossy();
        Err(Error::not_allowed(format!(
            "new row violates row-level security policy for table \"{name}\""
        )))
    }
}

/// The trigger `sharing_internal.guard_owner()`, BEFORE and AFTER UPDATE: changing the owner takes `full` on
/// the record as it was. Both are needed: AFTER does not fire for a row that moves to another
/// partition, BEFORE does not see generated columns nor what later triggers change.
///
/// # Safety
/// `fcinfo` must be the call of a row trigger for UPDATE. Returns the row to store.
pub unsafe fn guard_owner(fcinfo: pg_sys::FunctionCallInfo) -> Result<pg_sys::Datum> {
    // SAFETY: by the caller's promise.
    unsafe {
        let data = trigger_data(fcinfo, "guard_owner")?;
        let (old, new) = ((*data).tg_trigtuple, (*data).tg_newtuple);
        let event = (*data).tg_event;
        if event & pg_sys::TRIGGER_EVENT_OPMASK == pg_sys::TRIGGER_EVENT_INSERT
            && event & pg_sys::TRIGGER_EVENT_TIMINGMASK == pg_sys::TRIGGER_EVENT_AFTER
        {
            return guard_new(fcinfo, data);
        }
        if new.is_null() {
            return Err(not_a_trigger("guard_owner"));
        }
        let relation = (*data).tg_relation;
        let columns = owner_columns_of_call(fcinfo, relation)?;
        if is_unchanged(columns, relation, old, new)
            || !is_enforced(relation)
            || is_referential(data, columns)
        {
            return Ok(pg_sys::Datum::from(new));
        }
        if !is_given(fcinfo, relation, old, Action::ChangeOwner)? {
            let name =
                CStr::from_ptr((*(*relation).rd_rel).relname.data.as_ptr()).to_string_lossy();
            return Err(Error::not_allowed(format!(
                "the owner of a record of \"{name}\" can only be changed by somebody with full access to it"
            ))
            .hint("Its owner, the people above the owner, and administrators have full access."));
        }
        if event & pg_sys::TRIGGER_EVENT_TIMINGMASK == pg_sys::TRIGGER_EVENT_BEFORE {
            let (_, execution) = Caller::and_execution_of_call((*(*fcinfo).flinfo).fn_mcxt);
            told_transfer::row_is_given(execution, columns, |column| {
                value_of(relation, new, column)
            });
        }
        Ok(pg_sys::Datum::from(new))
    }
}

/// The row that an UPDATE stores, where row security does not hold for it: nothing is asked then. None
/// where the guard has to decide.
///
/// # Safety
/// `fcinfo` must be that of a function call.
pub unsafe fn unenforced_row(fcinfo: pg_sys::FunctionCallInfo) -> Result<Option<pg_sys::Datum>> {
    // SAFETY: by the caller's promise; it is checked that this is the call of a row trigger.
    unsafe {
        let data = trigger_data(fcinfo, "guard_owner")?;
        let new = (*data).tg_newtuple;
        let passes = !new.is_null() && !is_enforced((*data).tg_relation);
        Ok(passes.then(|| pg_sys::Datum::from(new)))
    }
}

/// The trigger `sharing_internal.default_owner()`, BEFORE INSERT: a record without an owner becomes the
/// caller's own.
///
/// # Safety
/// `fcinfo` must be the call of a row trigger for INSERT. Returns the row to store.
pub unsafe fn default_owner(fcinfo: pg_sys::FunctionCallInfo) -> Result<pg_sys::Datum> {
    // SAFETY: by the caller's promise; the new tuple is made in the current memory context, as the
    // trigger manager expects.
    unsafe {
        let data = trigger_data(fcinfo, "default_owner")?;
        let tuple = (*data).tg_trigtuple;
        let relation = (*data).tg_relation;
        let columns = owner_columns_of_call(fcinfo, relation)?;
        let has_owner = |column: &KeyColumn| value_of(relation, tuple, column).is_some();
        if has_owner(&columns.owner) || columns.group.as_ref().is_some_and(has_owner) {
            return Ok(pg_sys::Datum::from(tuple));
        }
        let caller = Caller::of_call((*(*fcinfo).flinfo).fn_mcxt);
        let Some(key) = key_of(&caller)? else {
            return Ok(pg_sys::Datum::from(tuple));
        };
        let owner = input_value(columns.owner.type_oid, &key);
        let mut number = i32::from(columns.owner.number);
        let mut value = owner;
        let mut is_null = false;
        Ok(pg_sys::Datum::from(pg_sys::heap_modify_tuple_by_cols(
            tuple,
            (*relation).rd_att,
            1,
            &raw mut number,
            &raw mut value,
            &raw mut is_null,
        )))
    }
}

/// A column value from its text form.
///
/// # Safety
/// `type_oid` must be the type of an owner column.
unsafe fn input_value(type_oid: pg_sys::Oid, text: &str) -> pg_sys::Datum {
    // SAFETY: calls the type's own input function with a NUL-terminated copy.
    unsafe {
        let (mut input, mut parameter) = (pg_sys::InvalidOid, pg_sys::InvalidOid);
        pg_sys::getTypeInputInfo(type_oid, &mut input, &mut parameter);
        let copy = pg_sys::pnstrdup(text.as_ptr().cast(), text.len());
        pg_sys::OidInputFunctionCall(input, copy, parameter, -1)
    }
}

/// The key of the identity of `caller`, by the statement's snapshot.
pub fn key_of(caller: &Caller) -> Result<Option<String>> {
    let Some(snapshot) = Snapshot::of_statement() else {
        return Ok(None);
    };
    let Some((_, me)) = known_by(caller, &snapshot)? else {
        return Ok(None);
    };
    let people = People::open()?;
    Ok(people.by_id(me.id, &snapshot).map(|(key, _)| key))
}

/// # Safety
/// `fcinfo` must be that of a function call.
unsafe fn trigger_data(
    fcinfo: pg_sys::FunctionCallInfo,
    name: &str,
) -> Result<*mut pg_sys::TriggerData> {
    // SAFETY: the context of a call is null or a node, which tells its type.
    unsafe {
        let context = (*fcinfo).context;
        if context.is_null() || (*context).type_ != pg_sys::NodeTag::T_TriggerData {
            return Err(not_a_trigger(name));
        }
        let data = context.cast::<pg_sys::TriggerData>();
        if (*data).tg_trigtuple.is_null() {
            return Err(not_a_trigger(name));
        }
        Ok(data)
    }
}

fn not_a_trigger(name: &str) -> Error {
    Error::wrong_object(format!(
        "sharing_internal.{name}() is a row trigger that protect() creates"
    ))
}

/// # Safety
/// The tuple must be one of `relation`, which must be open.
unsafe fn value_of(
    relation: pg_sys::Relation,
    tuple: pg_sys::HeapTuple,
    column: &KeyColumn,
) -> ColumnValue {
    let mut is_null = false;
    // SAFETY: by the caller's promise.
    let datum = unsafe {
        pg_sys::heap_getattr(
            tuple,
            column.number.into(),
            (*relation).rd_att,
            &mut is_null,
        )
    };
    (!is_null).then_some(datum)
}

/// # Safety
/// The tuples must be of `relation`, which must be open.
unsafe fn is_unchanged(
    columns: &OwnerColumns,
    relation: pg_sys::Relation,
    old: pg_sys::HeapTuple,
    new: pg_sys::HeapTuple,
) -> bool {
    let mut both = Some(&columns.owner).into_iter().chain(&columns.group);
    // SAFETY: by the caller's promise.
    both.all(|column| unsafe { is_same(column, relation, old, new) })
}

/// # Safety
/// As for `is_unchanged`.
unsafe fn is_same(
    column: &KeyColumn,
    relation: pg_sys::Relation,
    old: pg_sys::HeapTuple,
    new: pg_sys::HeapTuple,
) -> bool {
    // SAFETY: by the caller's promise.
    unsafe {
        let text = |value: ColumnValue| value.and_then(|datum| text_of_key(column.key_type, datum));
        text(value_of(relation, old, column)) == text(value_of(relation, new, column))
    }
}

/// Whether referential actions (ON UPDATE CASCADE …) are what changes the owner: these pass (semantics: Commands on a protected table).
/// PostgreSQL says to BEFORE triggers only that it carries one out; what the action has to be like is
/// asked of both, so that nothing needs to be remembered from one to the other.
///
/// # Safety
/// `data` must be that of a row trigger for UPDATE.
unsafe fn is_referential(data: *const pg_sys::TriggerData, columns: &OwnerColumns) -> bool {
    // SAFETY: by the caller's promise.
    unsafe {
        let is_before =
            (*data).tg_event & pg_sys::TRIGGER_EVENT_TIMINGMASK == pg_sys::TRIGGER_EVENT_BEFORE;
        if is_before && !pg_sys::InNoForceRLSOperation() {
            return false;
        }
        let (relation, old, new) = (
            (*data).tg_relation,
            (*data).tg_trigtuple,
            (*data).tg_newtuple,
        );
        let mut both = Some(&columns.owner).into_iter().chain(&columns.group);
        both.all(|column| {
            is_same(column, relation, old, new) || asks_for_change(relation, column, old, new)
        })
    }
}

/// Whether row security holds for the statement: not for superusers, nor for roles with BYPASSRLS.
/// check_enable_rls() would say that it does not hold for the table's owner either, while PostgreSQL
/// carries out a referential action, whatever runs inside of that.
///
/// # Safety
/// `relation` must be open.
unsafe fn is_enforced(relation: pg_sys::Relation) -> bool {
    // SAFETY: by the caller's promise.
    unsafe {
        let table = (*relation).rd_rel;
        let (_, user) = crate::pg::process::users();
        (*table).relrowsecurity
            && !pg_sys::has_bypassrls_privilege(user)
            && ((*table).relforcerowsecurity || !pg_sys::has_privs_of_role(user, (*table).relowner))
    }
}

/// Whether the caller may do an action of writing with a record, by its owners.
///
/// # Safety
/// As for `guard_owner`; the tuple must be one of `relation`, which must be open.
unsafe fn is_given(
    fcinfo: pg_sys::FunctionCallInfo,
    relation: pg_sys::Relation,
    tuple: pg_sys::HeapTuple,
    action: Action,
) -> Result<bool> {
    // SAFETY: by the caller's promise; the values are of the types that the set was made for.
    unsafe {
        let caller = Caller::of_call((*(*fcinfo).flinfo).fn_mcxt);
        let (columns, set) = reached_by_call(fcinfo, relation, caller, action)?;
        let is_user = |key| {
            let key = text_of_key(columns.owner.key_type, key);
            let people = People::open()?;
            Ok(key.is_some_and(|key| people.by_key(&key, &Snapshot::latest()).is_some()))
        };
        let user = value_of(relation, tuple, &columns.owner);
        let group = columns
            .group
            .as_ref()
            .and_then(|column| value_of(relation, tuple, column));
        Ok(set.admits_owner(user, group, is_user)?
            || columns.group.is_some() && set.admits_group(group, user, is_user)?)
    }
}
