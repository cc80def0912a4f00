//! How large a table is.

use pgrx::pg_sys;

/// Whether a table has more than a single page, which is read sooner than a new session opens an index.
///
/// # Safety
/// `relation` must be open.
pub unsafe fn are_many(relation: pg_sys::Relation) -> bool {
    let fork = pg_sys::ForkNumber::MAIN_FORKNUM;
    // SAFETY: by the caller's promise.
    unsafe { pg_sys::RelationGetNumberOfBlocksInFork(relation, fork) > 1 }
}
