//! Whether a statement's snapshot has seen what its policies say.
//!
//! Policies are those of now, and snapshots may be older: that of a transaction that keeps one; and under
//! READ COMMITTED, too, that by which a STABLE function reads a table which the statement around it did not
//! lock, and that of EXECUTE and COPY, which is taken before the table is locked. Where a table was
//! unprotected since, and protected again by other columns, they ask for these among rows and shares of
//! before, which said something else there.

use crate::catalog::read::names::Remembered;
use crate::catalog::read::rows::text_of;
use crate::catalog::read::snapshot::Snapshot;
use pgrx::pg_sys;
use std::ffi::CStr;

/// The policy that is read: every protected table has it.
pub const READ_POLICY: &CStr = c"sharing_select";

/// pg_policy, whose first column is the oid, and its index on table and name: the same in every version of
/// PostgreSQL, and without a name in the bindings.
const POLICIES: u32 = 3256;
const POLICIES_BY_TABLE: u32 = 3258;
const POLICY_NAME: pg_sys::AttrNumber = 2;
const POLICY_TABLE: pg_sys::AttrNumber = 3;
const POLICY_CONDITION: i32 = 7;

thread_local! {
    /// By table, as the policies are now.
    static PRESENT: Remembered<pg_sys::Oid, Option<Stored>> = Remembered::default();
}

/// The policy for reading of a table, and the transaction that stored its row.
#[derive(Clone, Copy)]
struct Stored {
    policy: pg_sys::Oid,
    by: pg_sys::TransactionId,
}

/// Whether a table is protected as it was when a snapshot was taken: by the same policies, whatever arms
/// they got meanwhile, or by others that say the same, as where they were written anew.
pub fn is_protected_as_before(relation: pg_sys::Oid, snapshot: &Snapshot) -> bool {
    let find = || policy_of(relation, std::ptr::null_mut());
    match PRESENT.with(|present| present.or_find(relation, find)) {
        None => true,
        Some(now) if snapshot.is_later_than(now.by) => true,
        Some(now) => {
            let before = policy_of(relation, snapshot.raw());
            before.is_some_and(|before| {
                before.policy == now.policy
                    || condition_of(relation, snapshot.raw())
                        == condition_of(relation, std::ptr::null_mut())
            })
        }
    }
}

fn policy_of(relation: pg_sys::Oid, snapshot: pg_sys::Snapshot) -> Option<Stored> {
    // SAFETY: of the row the first column is read, which always has a value.
    with_policy(relation, snapshot, |row, _| unsafe {
        let data = (*row).t_data;
        let values = data.cast::<u8>().add(usize::from((*data).t_hoff));
        Stored {
            policy: *values.cast::<pg_sys::Oid>(),
            by: (*data).t_choice.t_heap.t_xmin,
        }
    })
}

/// What it says, as PostgreSQL stores that: the functions and columns by their numbers.
fn condition_of(relation: pg_sys::Oid, snapshot: pg_sys::Snapshot) -> Option<String> {
    with_policy(relation, snapshot, |row, descriptor| {
        let mut is_null = false;
        // SAFETY: the row is one of the catalog, whose column is a text.
        unsafe {
            let condition = pg_sys::heap_getattr(row, POLICY_CONDITION, descriptor, &mut is_null);
            (!is_null).then(|| text_of(condition)).flatten()
        }
    })
    .flatten()
}

/// The policy for reading of a table that a snapshot sees, or the latest; None where there is none.
fn with_policy<T>(
    relation: pg_sys::Oid,
    snapshot: pg_sys::Snapshot,
    read: impl FnOnce(pg_sys::HeapTuple, pg_sys::TupleDesc) -> T,
) -> Option<T> {
    // SAFETY: reads a catalog by its index; the table is closed, its lock as short as any look at a
    // catalog.
    unsafe {
        let lock = pg_sys::AccessShareLock as pg_sys::LOCKMODE;
        let policies = pg_sys::table_open(POLICIES.into(), lock);
        let mut wanted = [pg_sys::ScanKeyData::default(); 2];
        let equal = pg_sys::BTEqualStrategyNumber as u16;
        let [table, name] = &mut wanted;
        pg_sys::ScanKeyInit(
            table,
            POLICY_TABLE,
            equal,
            pg_sys::F_OIDEQ.into(),
            relation.into(),
        );
        let mut of_reading = pg_sys::NameData::default();
        pg_sys::namestrcpy(&mut of_reading, READ_POLICY.as_ptr());
        pg_sys::ScanKeyInit(
            name,
            POLICY_NAME,
            equal,
            pg_sys::F_NAMEEQ.into(),
            (&raw mut of_reading).into(),
        );
        let index = pg_sys::Oid::from(POLICIES_BY_TABLE);
        let scan =
            pg_sys::systable_beginscan(policies, index, true, snapshot, 2, wanted.as_mut_ptr());
        let row = pg_sys::systable_getnext(scan);
        let found = (!row.is_null()).then(|| read(row, (*policies).rd_att));
        pg_sys::systable_endscan(scan);
        pg_sys::table_close(policies, lock);
        found
    }
}
