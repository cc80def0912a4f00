//! Shares go with the records that they are of, however these go (SPEC 8).

use crate::catalog::elevation::Elevated;
use crate::catalog::links::{is_shared, shared_modules};
use crate::catalog::read::Configuration;
use crate::catalog::snapshot::Snapshot;
use crate::catalog::sql::execute;
use crate::catalog::state::State;
use crate::catalog::store::links::{forget_record, renew_all_links, renew_link};
use crate::core::org::ModuleId;
use crate::core::{Error, Result};
use crate::policy::columns::{OwnerColumns, owner_columns};
use crate::policy::keys::text_of_key;
use pgrx::spi::quote_identifier;
use pgrx::{PgRelation, PgXactCallbackEvent, pg_sys};
use rustc_hash::FxHashSet;
use std::cell::RefCell;

/// The trigger on sharing.shares: what is remembered of the link's shares is stale.
///
/// # Safety
/// `fcinfo` must be that of a function call.
pub unsafe fn shares_changed(fcinfo: pg_sys::FunctionCallInfo) -> Result<()> {
    // SAFETY: by the caller's promise.
    unsafe {
        let data = trigger(fcinfo)?;
        let descriptor = (*(*data).tg_relation).rd_att;
        if (*data).tg_trigtuple.is_null() {
            return renew_all_links();
        }
        let mut links = Vec::new();
        for tuple in [(*data).tg_trigtuple, (*data).tg_newtuple] {
            if !tuple.is_null() {
                let mut is_null = false;
                let link = pg_sys::heap_getattr(tuple, 1, descriptor, &mut is_null);
                links.push(link.value() as i64);
            }
        }
        links.dedup();
        links.into_iter().try_for_each(renew_link)
    }
}

thread_local! {
    /// Rows that an UPDATE is about to replace, by partition and place: one that is then deleted
    /// has moved to another partition.
    static MOVING: RefCell<FxHashSet<(u32, u64)>> = RefCell::default();
}

/// Notes a row of a partition that is being updated. Called before the update.
///
/// # Safety
/// The trigger data must be of a row trigger for UPDATE.
pub unsafe fn note_update(
    data: *mut pg_sys::TriggerData,
    module_relation: pg_sys::Oid,
) -> Result<()> {
    // SAFETY: by the caller's promise.
    unsafe {
        let relation = (*data).tg_relation;
        if !(*(*relation).rd_rel).relispartition || shared_module(module_relation)?.is_none() {
            return Ok(());
        }
        let place = place((*data).tg_trigtuple);
        MOVING.with_borrow_mut(|moving| {
            if moving.is_empty() {
                for event in [PgXactCallbackEvent::Commit, PgXactCallbackEvent::Abort] {
                    pgrx::register_xact_callback(event, || MOVING.with_borrow_mut(|m| m.clear()));
                }
            }
            moving.insert(((*relation).rd_id.to_u32(), place));
        });
        Ok(())
    }
}

/// # Safety
/// `tuple` must be a tuple of a table.
unsafe fn place(tuple: pg_sys::HeapTuple) -> u64 {
    // SAFETY: by the caller's promise.
    let pointer = unsafe { (*tuple).t_self };
    let block = u64::from(pointer.ip_blkid.bi_hi) << 32 | u64::from(pointer.ip_blkid.bi_lo) << 16;
    block | u64::from(pointer.ip_posid)
}

/// The triggers on protected tables: AFTER DELETE, AFTER UPDATE where the key changes, and AFTER
/// TRUNCATE. They are ENABLE ALWAYS: also for rows that logical replication deletes.
///
/// # Safety
/// `fcinfo` must be that of a function call.
pub unsafe fn forget_shares(fcinfo: pg_sys::FunctionCallInfo) -> Result<()> {
    // SAFETY: by the caller's promise.
    unsafe {
        let data = trigger(fcinfo)?;
        let relation = (*data).tg_relation;
        let columns = owner_columns(relation)?;
        let Some(module) = shared_module(columns.module_relation)? else {
            return Ok(());
        };
        let tuple = (*data).tg_trigtuple;
        if tuple.is_null() {
            return forget_vanished(&columns, module);
        }
        let Some(record) = &columns.record else {
            return Ok(());
        };
        let mut is_null = false;
        let key = pg_sys::heap_getattr(
            tuple,
            record.number.into(),
            (*relation).rd_att,
            &mut is_null,
        );
        let Some(key) = (!is_null)
            .then(|| text_of_key(record.key_type, key))
            .flatten()
        else {
            return Ok(());
        };
        let moved = (*data).tg_newtuple.is_null()
            && MOVING.with_borrow_mut(|moving| {
                moving.remove(&((*relation).rd_id.to_u32(), place(tuple)))
            });
        if moved && exists(&columns, &key)? || !is_shared(module, &key, &Snapshot::latest()) {
            return Ok(());
        }
        forget_record(module, &key)
    }
}

/// # Safety
/// `fcinfo` must be that of a function call.
unsafe fn trigger(fcinfo: pg_sys::FunctionCallInfo) -> Result<*mut pg_sys::TriggerData> {
    // SAFETY: the context of a call is null or a node, which tells its type.
    unsafe {
        let context = (*fcinfo).context;
        if context.is_null() || (*context).type_ != pg_sys::NodeTag::T_TriggerData {
            return Err(Error::wrong_object("this is a trigger of pg_sharing"));
        }
        Ok(context.cast())
    }
}

/// The module of a table, if a record of it was ever shared.
fn shared_module(relation: pg_sys::Oid) -> Result<Option<ModuleId>> {
    let snapshot = Snapshot::latest();
    let modules = shared_modules(&snapshot);
    if modules.is_empty() {
        return Ok(None);
    }
    let Some(state) = State::seen_by(&snapshot)? else {
        return Ok(None);
    };
    let module = module_in(&state.configuration, relation);
    Ok(module.filter(|module| modules.binary_search(module).is_ok()))
}

fn module_in(configuration: &Configuration, relation: pg_sys::Oid) -> Option<ModuleId> {
    configuration
        .tables
        .get(&relation)
        .map(|table| table.module)
}

/// The module's table and its key column, quoted, and the type of the key.
fn key_in_sql(columns: &OwnerColumns) -> Option<(String, String, String)> {
    let record = columns.record.as_ref()?;
    // SAFETY: the module's table exists while a row of it is being deleted.
    let table =
        unsafe { PgRelation::with_lock(columns.module_relation, pg_sys::AccessShareLock as _) };
    let name = format!(
        "{}.{}",
        quote_identifier(table.namespace()),
        quote_identifier(table.name())
    );
    Some((name, quote_identifier(&record.name), record.type_name()))
}

/// Whether the module still has a record with this key.
fn exists(columns: &OwnerColumns, key: &str) -> Result<bool> {
    let Some((table, column, type_name)) = key_in_sql(columns) else {
        return Ok(false);
    };
    let _elevated = Elevated::enter()?;
    let found = execute(
        &format!("SELECT FROM {table} WHERE {column} = $1::{type_name}"),
        &[key.into()],
    )?;
    Ok(found > 0)
}

/// Forgets the shares of records that are no longer there.
fn forget_vanished(columns: &OwnerColumns, module: ModuleId) -> Result<()> {
    let Some((table, column, type_name)) = key_in_sql(columns) else {
        return Ok(());
    };
    let _elevated = Elevated::enter()?;
    execute(
        &format!(
            "DELETE FROM sharing.shares s WHERE s.module_id = $1 AND NOT EXISTS (SELECT FROM {table} t WHERE t.{column} = s.record_id::{type_name})"
        ),
        &[module.0.into()],
    )?;
    Ok(())
}

/// After DDL on a protected table: a partition was dropped or detached.
pub fn forget_vanished_of(relation: pg_sys::Oid) -> Result<()> {
    let Some(module) = shared_module(relation)? else {
        return Ok(());
    };
    // SAFETY: the module's table exists; the relation is open while `table` lives.
    let columns = unsafe {
        let table = PgRelation::with_lock(relation, pg_sys::AccessShareLock as _);
        owner_columns(table.as_ptr())?
    };
    forget_vanished(&columns, module)
}
