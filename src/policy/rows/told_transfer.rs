//! Rows of shards that a transfer gives away: the coordinator of Citus tells the servers of the shards what it is
//! about (`policy::plans::carried`), in a setting that anybody may set. So they believe nothing of it but that
//! somebody wants a transfer, and judge by themselves what that takes: full access to the row as it was, which the
//! guard of owners asks, and a new owner who exists. Then the row passes what the policies check of it as it will be:
//! each of these checks once, so that no other row passes by it, nor any condition under which rows are found.

use crate::catalog::read::citus::is_shard_of;
use crate::catalog::read::configuration::Owners;
use crate::catalog::read::people::People;
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::state::State;
use crate::core::{Action, Result};
use crate::pg::list::{length, nth};
use crate::policy::sets::keys::text_of_key;
use crate::policy::sets::owners::ColumnValue;
use crate::policy::text::calls::{Criterion, OwnerArm, call_in};
use crate::policy::text::columns::OwnerColumns;
use crate::session::caller::Execution;
use crate::session::settings::told_transfer;
use crate::session::told_transfer::ToldTransfer;
use pgrx::pg_sys;
use std::cell::{Cell, RefCell};

/// An UPDATE of a shard that should be a part of a transfer.
struct UpdateOfShard {
    execution: Execution,
    transfer: ToldTransfer,
    /// The module's table.
    relation: pg_sys::Oid,
    checks: Vec<RowCheck>,
    /// Those that the row under way has not passed yet.
    open: Vec<RowCheck>,
}

/// The call of a predicate in what is checked of new rows.
#[derive(Clone, Copy, PartialEq, Eq)]
struct RowCheck {
    /// Which of the tables it is about: of a partitioned one, the partitions that are changed have one each.
    table: usize,
    /// Its place in the plan.
    call: usize,
}

thread_local! {
    static IS_ANY: Cell<bool> = const { Cell::new(false) };
    static UPDATE: RefCell<Option<UpdateOfShard>> = const { RefCell::new(None) };
}

/// When a statement begins: whether it is one of a transfer that this server was told of. What it leads to (triggers,
/// functions) is not.
///
/// # Safety
/// The execution of `query` must have been started.
pub unsafe fn statement_begins(query: *mut pg_sys::QueryDesc) -> Result<()> {
    let Some(told) = told_transfer() else {
        IS_ANY.set(false);
        return Ok(());
    };
    // SAFETY: by the caller's promise.
    let (execution, is_update) = unsafe {
        let is_update = (*query).operation == pg_sys::CmdType::CMD_UPDATE;
        (Execution::of_query(query), is_update)
    };
    // One that has ended may have had the same memory.
    let is_within = UPDATE.with_borrow(|update| {
        update
            .as_ref()
            .is_some_and(|update| update.execution != execution && update.execution.is_under_way())
    });
    if is_within {
        return Ok(());
    }
    IS_ANY.set(false);
    UPDATE.set(None);
    if !is_update {
        return Ok(());
    }
    // SAFETY: by the caller's promise; it is an UPDATE.
    let update = unsafe { update_of_shard(query, execution, &told)? };
    IS_ANY.set(update.is_some());
    UPDATE.set(update);
    Ok(())
}

/// # Safety
/// As for `statement_begins`; `query` must be an UPDATE.
unsafe fn update_of_shard(
    query: *mut pg_sys::QueryDesc,
    execution: Execution,
    told: &str,
) -> Result<Option<UpdateOfShard>> {
    let (Some(transfer), Some(state)) = (
        ToldTransfer::parse(told),
        State::seen_by(&Snapshot::latest())?,
    ) else {
        return Ok(None);
    };
    let mut tables = state.configuration.tables.values();
    let Some(table) = tables.find(|table| table.module == transfer.module) else {
        return Ok(None);
    };
    // SAFETY: by the caller's promise: the plan of an UPDATE begins with what changes rows.
    let (written, checks) = unsafe {
        let plan = (*query).plannedstmt;
        if (*(*plan).planTree).type_ != pg_sys::NodeTag::T_ModifyTable {
            return Ok(None);
        }
        let changes = (*plan).planTree.cast::<pg_sys::ModifyTable>();
        let entry = nth((*plan).rtable, (*changes).nominalRelation as usize - 1);
        let mut checks = Vec::new();
        let lists = (*changes).withCheckOptionLists;
        for of in 0..length(lists) {
            let options = nth(lists, of).cast::<pg_sys::List>();
            for n in 0..length(options) {
                let option = nth(options, n).cast::<pg_sys::WithCheckOption>();
                let mut calls = Vec::new();
                add_checks((*option).qual, &transfer, table.relation, &mut calls);
                let of_table = |call| RowCheck { table: of, call };
                checks.extend(calls.into_iter().map(of_table));
            }
        }
        ((*entry.cast::<pg_sys::RangeTblEntry>()).relid, checks)
    };
    let is_known = || -> Result<bool> {
        let key = &transfer.key;
        let is_user = People::open()?.by_key(key, &Snapshot::latest()).is_some();
        let mut groups = state.configuration.org.groups.values();
        let is_group = groups.any(|group| group.key == *key);
        Ok(match (table.owners, transfer.to_group) {
            (Owners::User, false) => is_user,
            (Owners::UserAndGroup, to_group) => match to_group {
                true => is_group,
                false => is_user,
            },
            (Owners::Group, false) => is_group,
            (Owners::UserOrGroup, false) => is_user || is_group,
            _ => false,
        })
    };
    if !is_shard_of(written, table.relation) || !is_known()? {
        return Ok(None);
    }
    Ok(Some(UpdateOfShard {
        execution,
        relation: table.relation,
        transfer,
        checks,
        open: Vec::new(),
    }))
}

/// Adds the calls that ask whether a new owner's row may be seen and changed.
///
/// # Safety
/// `node` must be null, a list of expressions or an expression.
unsafe fn add_checks(
    node: *mut pg_sys::Node,
    transfer: &ToldTransfer,
    relation: pg_sys::Oid,
    checks: &mut Vec<usize>,
) {
    // SAFETY: by the caller's promise; every node tells its type by its tag.
    unsafe {
        if node.is_null() {
            return;
        }
        let parts = match (*node).type_ {
            pg_sys::NodeTag::T_List => node.cast::<pg_sys::List>(),
            pg_sys::NodeTag::T_BoolExpr => (*node.cast::<pg_sys::BoolExpr>()).args,
            _ => {
                if let Some(call) = call_in(node)
                    && call.relation == relation
                    && matches!(call.action, Action::Read | Action::Edit)
                    && call.criterion == Criterion::Owners(arm(transfer))
                {
                    checks.push(node as usize);
                }
                return;
            }
        };
        for n in 0..length(parts) {
            add_checks(nth(parts, n).cast(), transfer, relation, checks);
        }
    }
}

fn arm(transfer: &ToldTransfer) -> OwnerArm {
    match transfer.to_group {
        true => OwnerArm::Group,
        false => OwnerArm::Owner,
    }
}

/// From the guard of owners, before a row is stored to which the caller had full access: it passes the checks, if it
/// becomes the new owner's.
///
/// # Safety
/// `value` must find the values of the row's columns.
pub unsafe fn row_is_given(
    execution: Option<Execution>,
    columns: &OwnerColumns,
    value: impl Fn(&crate::policy::text::columns::KeyColumn) -> ColumnValue,
) {
    if !IS_ANY.get() {
        return;
    }
    UPDATE.with_borrow_mut(|update| {
        let Some(update) = update.as_mut().filter(|update| {
            Some(update.execution) == execution && update.relation == columns.module_relation
        }) else {
            return;
        };
        let column = match (arm(&update.transfer), &columns.group) {
            (OwnerArm::Group, Some(group)) => group,
            _ => &columns.owner,
        };
        // SAFETY: by the caller's promise.
        let key = value(column).and_then(|key| unsafe { text_of_key(column.key_type, key) });
        let is_given = key.as_deref() == Some(&update.transfer.key);
        update.open = match is_given {
            true => update.checks.clone(),
            false => Vec::new(),
        };
    });
}

/// Whether a call of a predicate is a check that the row under way passes.
///
/// # Safety
/// `fcinfo` must be the call of a predicate.
#[inline]
pub unsafe fn lets_pass(fcinfo: pg_sys::FunctionCallInfo, execution: Option<Execution>) -> bool {
    if !IS_ANY.get() {
        return false;
    }
    // SAFETY: by the caller's promise.
    let call = unsafe { (*(*fcinfo).flinfo).fn_expr } as usize;
    UPDATE.with_borrow_mut(|update| {
        let Some(update) = update
            .as_mut()
            .filter(|update| Some(update.execution) == execution)
        else {
            return false;
        };
        let place = update.open.iter().position(|open| open.call == call);
        let passed = place.map(|place| update.open.swap_remove(place));
        // The row is in one table, and passes no checks of others.
        if let Some(passed) = passed {
            update.open.retain(|open| open.table == passed.table);
        }
        passed.is_some()
    })
}
