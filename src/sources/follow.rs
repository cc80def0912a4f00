//! The triggers on tables that are sources, and the one that looks again before a transaction ends.

use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::sources::{TableSource, sources, sources_of};
use crate::catalog::write::change::Change;
use crate::catalog::write::origin::comes_from_elsewhere;
use crate::catalog::write::sources::table_of_source;
use crate::core::{Error, Result};
use crate::session::author::Authorship;
use crate::sources::engine::{Engine, Pairs};
use crate::sources::kinds::reconcile;
use crate::sources::restore::is_whole_restore;
use crate::sources::scope::Scope;
use crate::sources::touched::Touched;
use pgrx::pg_sys;
use std::ffi::CStr;

unsafe extern "C-unwind" {
    fn get_partition_ancestors(relation: pg_sys::Oid) -> *mut pg_sys::List;
    fn has_superclass(relation: pg_sys::Oid) -> bool;
    fn typeInheritsFrom(below: pg_sys::Oid, above: pg_sys::Oid) -> bool;
}

/// What a source has to look at.
type Work = Vec<(TableSource, Scope, Pairs)>;

/// After a statement.
///
/// # Safety
/// `fcinfo` must be that of a function call.
pub unsafe fn follow_statement(fcinfo: pg_sys::FunctionCallInfo) -> Result<()> {
    // SAFETY: by the caller's promise.
    unsafe {
        let data = trigger(fcinfo)?;
        let mut work = Work::new();
        for source in sources_with((*data).tg_relation) {
            if is_truncate((*data).tg_event) {
                work.push((source, Scope::All, Pairs::new()));
                continue;
            }
            let (scope, pairs) = Touched::by_statement(&source, data)?.into_scope();
            if !scope.is_empty() {
                work.push((source, scope, pairs));
            }
        }
        follow(work)
    }
}

/// After a row that logical replication changed: no other triggers fire for it. Rows that come by COPY, as
/// when a subscription begins, come by a statement.
///
/// # Safety
/// `fcinfo` must be that of a function call.
pub unsafe fn follow_row(fcinfo: pg_sys::FunctionCallInfo) -> Result<()> {
    // SAFETY: by the caller's promise; a worker has an entry that names it.
    unsafe {
        let data = trigger(fcinfo)?;
        if !pg_sys::IsLogicalWorker() || is_first_copy() {
            return Ok(());
        }
        let mut work = Work::new();
        for source in sources_with((*data).tg_relation) {
            let (scope, pairs) = Touched::by_row(&source, data)?.into_scope();
            if !scope.is_empty() {
                work.push((source, scope, pairs));
            }
        }
        follow(work)
    }
}

/// Whether a worker copies a table for the first time. Afterwards the same worker brings, row by row, what changed
/// while it copied.
///
/// # Safety
/// To be called in a background worker.
unsafe fn is_first_copy() -> bool {
    // SAFETY: by the caller's promise; the name is NUL-terminated.
    unsafe {
        let entry = pg_sys::MyBgworkerEntry;
        if entry.is_null() {
            return false;
        }
        let name = CStr::from_ptr((*entry).bgw_name.as_ptr()).to_string_lossy();
        let Some((before, table)) = name.rsplit_once(" sync ") else {
            return false;
        };
        let number = |text: &str| text.parse::<u32>().ok();
        let subscription = before.rsplit(' ').next().and_then(number);
        match (number(table), subscription) {
            (Some(table), Some(subscription)) => is_copying(table.into(), subscription.into()),
            _ => false,
        }
    }
}

/// The number of pg_subscription_rel.srsubstate.
const SUBSCRIPTION_STATE: pg_sys::AttrNumber = 3;

/// Whether a subscription has not copied a table yet: says the catalog, in which the worker notes it before it goes on.
fn is_copying(table: pg_sys::Oid, subscription: pg_sys::Oid) -> bool {
    // SAFETY: looks a row of pg_subscription_rel up in the system caches, and releases it.
    unsafe {
        let id = pg_sys::SysCacheIdentifier::SUBSCRIPTIONRELMAP as i32;
        let row = pg_sys::SearchSysCache2(id, table.into(), subscription.into());
        if row.is_null() {
            return false;
        }
        let mut is_null = false;
        let state = pg_sys::SysCacheGetAttr(id, row, SUBSCRIPTION_STATE, &mut is_null);
        let state = state.value() as u8;
        pg_sys::ReleaseSysCache(row);
        matches!(state, b'i' | b'd')
    }
}

/// A restore brings the organization as it was, in any order; and where it comes from another database, that one
/// follows the tables.
fn follow(work: Work) -> Result<()> {
    if work.is_empty() || is_whole_restore() || comes_from_elsewhere(c"users") {
        return Ok(());
    }
    let _authorship = Authorship::begin(&format!("table {}", table_of_source(&work[0].0)))?;
    let change = Change::begin()?;
    let mut engine = Engine::lenient(&change, reconcile);
    for (source, scope, pairs) in &work {
        engine.reconcile(source, scope, pairs)?;
    }
    engine.settle()
}

/// At the end of the transaction: what still cannot be honoured fails it.
pub fn fill_gaps() -> Result<()> {
    let change = Change::begin()?;
    if change.gaps()?.is_empty() {
        return Ok(());
    }
    let _authorship = Authorship::begin("COMMIT")?;
    let mut engine = Engine::lenient(&change, reconcile);
    engine.progressed = true;
    engine.settle()?;
    let gaps = change.gaps()?;
    let mut engine = Engine::strict(&change, reconcile);
    for source in sources(&Snapshot::latest()) {
        if let Some(units) = gaps.get(&source.id) {
            engine.reconcile(&source, &Scope::units(units.clone()), &Pairs::new())?;
        }
    }
    change.forget_gaps()
}

/// The sources to which a table belongs, by itself or as a part of another.
///
/// # Safety
/// `relation` must be open.
unsafe fn sources_with(relation: pg_sys::Relation) -> Vec<TableSource> {
    let snapshot = Snapshot::latest();
    // SAFETY: by the caller's promise; the list holds OIDs.
    unsafe {
        let row = (*relation).rd_rel;
        if (*row).relpersistence as u8 == pg_sys::RELPERSISTENCE_TEMP {
            return Vec::new();
        }
        let oid = (*relation).rd_id;
        let mut found = sources_of(oid, &snapshot);
        if (*row).relispartition {
            let list = pg_sys::ffi::pg_guard_ffi_boundary(|| get_partition_ancestors(oid));
            for n in 0..crate::pg::list::length(list) {
                found.extend(sources_of((*(*list).elements.add(n)).oid_value, &snapshot));
            }
        } else if pg_sys::ffi::pg_guard_ffi_boundary(|| has_superclass(oid)) {
            found.extend(inherited(oid, &snapshot));
        }
        found
    }
}

/// The sources from whose tables another inherits.
fn inherited(table: pg_sys::Oid, snapshot: &Snapshot) -> Vec<TableSource> {
    // SAFETY: looks up relations and their types, locking none.
    let inherits_from = |other: pg_sys::Oid| unsafe {
        let (below, above) = (
            pg_sys::get_rel_type_id(table),
            pg_sys::get_rel_type_id(other),
        );
        other != table && pg_sys::ffi::pg_guard_ffi_boundary(|| typeInheritsFrom(below, above))
    };
    let mut all = sources(snapshot);
    all.retain(|source| inherits_from(source.relation));
    all
}

fn is_truncate(event: u32) -> bool {
    event & pg_sys::TRIGGER_EVENT_OPMASK == pg_sys::TRIGGER_EVENT_TRUNCATE
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
