//! Shares and grants go with the records that they are of, however these go. What is said here of shares goes
//! for grants as well (semantics: Record sharing between offices).
//!
//! Triggers delete the shares of a record that is deleted, loses its key or is truncated away; event triggers
//! look after partitions that are dropped or detached, after these commands alone: a restore brings policies,
//! triggers and shares in any order. `share_record` locks the record against deletion, and the triggers go by
//! the latest snapshot, so no share outlives its record. At a worker of Citus nothing can be forgotten for all
//! servers: there a record stays as long as it is shared (`policy::records::shards`). A crash empties an unlogged table without a trigger;
//! so its records are not shared, and a table with shares is not made unlogged.

use crate::catalog::read::citus::{is_shard_of, is_spread, is_worker, table_of_shard};
use crate::catalog::read::configuration::is_protected;
use crate::catalog::read::links::{is_shared, shared_modules, shared_records};
use crate::catalog::read::rows::text_of;
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::state::State;
use crate::catalog::write::grant_stamps::{renew_all_grants, renew_grants};
use crate::catalog::write::links::{renew_all_links, renew_link};
use crate::catalog::write::partition_keys::{keys_of_partition, tables_with_bounds};
use crate::catalog::write::shares::forget_records;
use crate::core::org::ModuleId;
use crate::core::{Error, Result};
use crate::pg::names::qualified_name;
use crate::policy::records::record_lookup::RecordTables;
use crate::policy::records::shards;
use crate::policy::rows::trigger_columns::owner_columns_of_call;
use crate::policy::sets::keys::text_of_key;
use crate::policy::text::columns::{KeyColumn, OwnerColumns, has_policies, owner_columns};
use pgrx::spi::quote_literal;
use pgrx::{PgRelation, pg_sys};

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

/// The trigger on sharing.record_grants: what is remembered of what was given is stale.
///
/// # Safety
/// `fcinfo` must be that of a function call.
pub unsafe fn grants_changed(fcinfo: pg_sys::FunctionCallInfo) -> Result<()> {
    // SAFETY: by the caller's promise; the columns have these types.
    unsafe {
        let data = trigger(fcinfo)?;
        let descriptor = (*(*data).tg_relation).rd_att;
        if (*data).tg_trigtuple.is_null() {
            return renew_all_grants();
        }
        for tuple in [(*data).tg_trigtuple, (*data).tg_newtuple] {
            if tuple.is_null() {
                continue;
            }
            let value = |column| {
                let mut is_null = false;
                let value = pg_sys::heap_getattr(tuple, column, descriptor, &mut is_null);
                (!is_null).then_some(value)
            };
            if let (Some(id), Some(kind), Some(module)) = (value(1), value(2), value(3)) {
                let kind = text_of(kind).unwrap_or_default();
                renew_grants(&kind, id.value() as i32, ModuleId(module.value() as i32))?;
            }
        }
        Ok(())
    }
}

/// The triggers on protected tables: AFTER DELETE, AFTER UPDATE where the key changes, and AFTER
/// TRUNCATE. They are ENABLE ALWAYS: also for rows that logical replication deletes. A row that an
/// UPDATE moves to another partition is deleted from its own, and rightly forgotten: partitions are
/// made by columns of the primary key, which here has only one, so it has another key now.
///
/// # Safety
/// `fcinfo` must be that of a function call.
pub unsafe fn forget_shares(fcinfo: pg_sys::FunctionCallInfo) -> Result<()> {
    // SAFETY: by the caller's promise.
    unsafe {
        let data = trigger(fcinfo)?;
        let relation = (*data).tg_relation;
        let tuple = (*data).tg_trigtuple;
        // Shards that Citus moved, or made of a table that had the trigger, have it, too. What TRUNCATE takes along was
        // asked of the table itself.
        if tuple.is_null() && table_of_shard((*relation).rd_id).is_some() {
            return Ok(());
        }
        let columns = owner_columns_of_call(fcinfo, relation)?;
        let Some(module) = shared_module(columns.module_relation)? else {
            return Ok(());
        };
        let here = (*relation).rd_id;
        let is_in_shards = is_spread(columns.module_relation);
        let is_shard = || is_in_shards && is_shard_of(here, columns.module_relation);
        let is_part = is_protected(here, module, &Snapshot::latest())? || is_shard();
        if !is_part {
            return Ok(());
        }
        if tuple.is_null() {
            return match is_in_shards {
                // What is left of the table's own rows at this server is no record any more.
                true if is_spread(here) && !shards::follow_their_table() => Ok(()),
                true => all_go_from_shards(columns, module, here),
                false => forget_vanished(columns, module),
            };
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
        if !is_shared(module, &key, &Snapshot::latest()) {
            return Ok(());
        }
        match is_in_shards && is_worker() {
            true => Err(is_still_shared(columns, &key)),
            false => forget_records(module, vec![key], &Snapshot::latest()),
        }
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

/// After TRUNCATE of a table of Citus, or of a partition of it.
fn all_go_from_shards(
    columns: &OwnerColumns,
    module: ModuleId,
    truncated: pg_sys::Oid,
) -> Result<()> {
    let snapshot = Snapshot::latest();
    let mut shared = shared_records(module, &snapshot);
    if truncated != columns.module_relation {
        shared = match &columns.record {
            Some(record) => match belonging_to(truncated, record, shared.clone())? {
                Some(belonging) => belonging,
                None => shared,
            },
            None => Vec::new(),
        };
    }
    match shared.first().filter(|_| is_worker()) {
        Some(key) => Err(is_still_shared(columns, key)),
        None => {
            // Whoever makes a record of the same key waits for the shards, and these for what is forgotten here.
            shards::wait_for_workers();
            forget_records(module, shared, &snapshot)
        }
    }
}

/// A worker of Citus cannot change what everybody goes by, and where the record's shard is tomorrow, a new record
/// with its key would be shared. So it stays as long as that is so.
fn is_still_shared(columns: &OwnerColumns, key: &str) -> Error {
    must_be_taken_back(columns, key, "cannot go")
        .detail("It is in a shard of Citus, whose server cannot take that back.")
}

fn must_be_taken_back(columns: &OwnerColumns, key: &str, why: &str) -> Error {
    let table = qualified_name(columns.module_relation).unwrap_or_default();
    let arguments = format!("{}, {}", quote_literal(&table), quote_literal(key));
    Error::in_use(format!(
        "record {} of {table} is shared or given, and {why}",
        quote_literal(key)
    ))
    .hint(format!(
        "Take it back before, in a transaction of its own: sharing.revoke_record(), sharing.unshare_record(). Who was given {arguments} is listed by sharing.granted_records()."
    ))
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
    let module = state.module_of(relation);
    Ok(module.filter(|module| modules.binary_search(module).is_ok()))
}

/// Forgets the shares of records that are no longer in the table of their module. Those of a table of Citus are
/// not looked through: none goes from a shard while it is shared.
fn forget_vanished(columns: &OwnerColumns, module: ModuleId) -> Result<()> {
    let Some(record) = columns.record.as_ref() else {
        return Ok(());
    };
    if is_spread(columns.module_relation) {
        return nothing_shared_has_gone(columns, record, module);
    }
    let present = RecordTables::open(columns.module_relation, record);
    // One snapshot for all: a share that it does not see may be of a record that it does not see.
    let snapshot = Snapshot::latest();
    let shared = shared_records(module, &snapshot);
    if shared.is_empty() {
        return Ok(());
    }
    forget_records(module, present.without(shared, &snapshot)?, &snapshot)
}

/// After a partition of a table of Citus was dropped or detached, whose records are not looked through: refused where a
/// record is shared that may have been in it. In those that are left, but for the default one, no record of another
/// partition was.
fn nothing_shared_has_gone(
    columns: &OwnerColumns,
    record: &KeyColumn,
    module: ModuleId,
) -> Result<()> {
    // Workers do what the coordinator was asked.
    if is_worker() {
        return Ok(());
    }
    let mut shared = shared_records(module, &Snapshot::latest());
    if shared.is_empty() {
        return Ok(());
    }
    for partition in tables_with_bounds(columns.module_relation)? {
        if let Some(belonging) = belonging_to(partition, record, shared.clone())? {
            shared.retain(|key| !belonging.contains(key));
        }
    }
    match shared.first() {
        None => Ok(()),
        Some(key) => Err(must_be_taken_back(
            columns,
            key,
            "may be in the partition that would go",
        )),
    }
}

/// Those of the keys of records that can only be in a partition. None where that cannot be told.
fn belonging_to(
    partition: pg_sys::Oid,
    record: &KeyColumn,
    mut keys: Vec<String>,
) -> Result<Option<Vec<String>>> {
    keys.retain(|key| record.key_type.can_hold(key));
    match keys.is_empty() {
        true => Ok(Some(keys)),
        false => keys_of_partition(partition, &record.name, &record.base_type_name(), keys),
    }
}

/// After a partition of a protected table was dropped or detached. Refused where somebody dropped the
/// policies that say which column is the key: a share must not outlive its record.
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

/// After triggers of a table were enabled again: records that vanished meanwhile take their shares along.
/// Of a partition only those that belong into it, since the others may be about to be filled: a restore
/// that disables triggers does so table by table, and may have brought the shares first.
pub fn forget_vanished_in(table: pg_sys::Oid, of_module: pg_sys::Oid) -> Result<()> {
    let Some(module) = shared_module(of_module)?.filter(|_| !is_spread(of_module)) else {
        return Ok(());
    };
    // SAFETY: the table exists; the relation is open while `relation` lives.
    let columns = unsafe {
        let relation = PgRelation::with_lock(of_module, pg_sys::AccessShareLock as _);
        // A restore makes policies after triggers, and both after all rows.
        match has_policies(relation.as_ptr()) {
            true => owner_columns(relation.as_ptr())?,
            false => return Ok(()),
        }
    };
    if table == of_module {
        return forget_vanished(&columns, module);
    }
    let Some(record) = &columns.record else {
        return Ok(());
    };
    let present = RecordTables::open(table, record);
    let snapshot = Snapshot::latest();
    let mut shared = shared_records(module, &snapshot);
    shared.retain(|key| record.key_type.can_hold(key));
    if shared.is_empty() {
        return Ok(());
    }
    let Some(belonging) = belonging_to(table, record, shared)? else {
        // SAFETY: looks up a relation.
        return match unsafe { pg_sys::get_rel_relispartition(table) } {
            true => forget_vanished(&columns, module),
            // Records of other tables that inherit are not shared.
            false => Ok(()),
        };
    };
    forget_records(module, present.without(belonging, &snapshot)?, &snapshot)
}
