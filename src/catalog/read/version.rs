//! Whether this library and the extension's tables in this database are of one version. A package brings
//! a new library before anybody runs ALTER EXTENSION, and a process may go on with an old one afterwards:
//! neither may read tables of a shape that it does not know.
//!
//! The version is read from `pg_extension`, which no cache of PostgreSQL's holds. What was found stays right
//! until PostgreSQL says that some relation or function changed: an upgrade that changes neither leaves
//! nothing that could be misread, and the event trigger announces that one, too.

use crate::catalog::read::names::{is_nothing_changing, relation_oid};
use crate::core::Result;
use crate::core::version::differs;
use crate::pg::pages;
use pgrx::pg_sys;
use std::ffi::CStr;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

const OF_LIBRARY: &str = env!("CARGO_PKG_VERSION");
const EXTENSION: &CStr = c"pg_sharing";

// A process of PostgreSQL has one thread. Atomics are read sooner than thread-local variables, and every
// row asks.
/// How often a relation or a function has changed.
static CHANGES: AtomicU64 = AtomicU64::new(1);
/// How often it had when the versions were found to be the same.
static SAME_AS_OF: AtomicU64 = AtomicU64::new(0);

/// Listens to changes from now on.
pub fn install() {
    // SAFETY: called once, while the library is loaded.
    unsafe {
        let nothing = pg_sys::Datum::null();
        pg_sys::CacheRegisterRelcacheCallback(Some(relation_changed), nothing);
        let functions = pg_sys::SysCacheIdentifier::PROCOID as i32;
        pg_sys::CacheRegisterSyscacheCallback(functions, Some(function_changed), nothing);
    }
}

unsafe extern "C-unwind" fn relation_changed(_argument: pg_sys::Datum, _relation: pg_sys::Oid) {
    CHANGES.fetch_add(1, Relaxed);
}

unsafe extern "C-unwind" fn function_changed(_argument: pg_sys::Datum, _cache: i32, _hash: u32) {
    if !is_nothing_changing() {
        CHANGES.fetch_add(1, Relaxed);
    }
}

/// Whether the versions are known to be the same. Where not, `check` finds out.
#[inline]
pub fn is_known_to_match() -> bool {
    SAME_AS_OF.load(Relaxed) == CHANGES.load(Relaxed)
}

/// Refuses to go on where the versions differ. To be asked before anything of the extension's tables is
/// read, and, where an answer was made from them, again before it is given: by then every table was
/// locked, which brings the news of an upgrade that was committed before.
#[inline]
pub fn check() -> Result<()> {
    match is_known_to_match() {
        true => Ok(()),
        false => find_out(),
    }
}

#[cold]
fn find_out() -> Result<()> {
    // A change that is noticed while reading makes what was read doubtful again.
    let before = CHANGES.load(Relaxed);
    match of_tables() {
        Some(of_tables) if of_tables != OF_LIBRARY => Err(differs(OF_LIBRARY, &of_tables)),
        // Where the extension is not installed, there is nothing to misread.
        _ => {
            SAME_AS_OF.store(before, Relaxed);
            Ok(())
        }
    }
}

/// The version that is installed in this database.
fn of_tables() -> Option<String> {
    let mut key = pg_sys::ScanKeyData::default();
    // SAFETY: scans a catalog of PostgreSQL's by its index on names, under a snapshot of its own making;
    // the columns are those of the catalog in all versions.
    unsafe {
        let mut name = pg_sys::NameData::default();
        pg_sys::namestrcpy(&mut name, EXTENSION.as_ptr());
        pg_sys::ScanKeyInit(
            &mut key,
            pg_sys::Anum_pg_extension_extname as i16,
            pg_sys::BTEqualStrategyNumber as u16,
            pg_sys::F_NAMEEQ.into(),
            pg_sys::Datum::from(&raw const name),
        );
        let lock = pg_sys::AccessShareLock as pg_sys::LOCKMODE;
        let catalog = pg_sys::table_open(pg_sys::ExtensionRelationId, lock);
        let index = pg_sys::Oid::from(pg_sys::ExtensionNameIndexId);
        let none = std::ptr::null_mut();
        let is_long = pages::are_many(catalog);
        let scan = pg_sys::systable_beginscan(catalog, index, is_long, none, 1, &mut key);
        let tuple = pg_sys::systable_getnext(scan);
        let version = match tuple.is_null() {
            true => None,
            false => {
                let mut is_null = false;
                let column = pg_sys::Anum_pg_extension_extversion as i32;
                let datum = pg_sys::heap_getattr(tuple, column, (*catalog).rd_att, &mut is_null);
                match is_null {
                    true => None,
                    false => crate::catalog::read::rows::text_of(datum),
                }
            }
        };
        pg_sys::systable_endscan(scan);
        pg_sys::table_close(catalog, lock);
        version
    }
}

/// Whether a script of the extension itself runs: what it does to the extension's tables is right.
pub fn is_in_script() -> bool {
    // SAFETY: reads two variables of this process, and looks an extension up by its name.
    unsafe {
        pg_sys::creating_extension
            && pg_sys::CurrentExtensionObject == pg_sys::get_extension_oid(EXTENSION.as_ptr(), true)
    }
}

/// Makes every session look at the versions again once this transaction has ended.
pub fn announce() {
    if let Some(oid) = relation_oid(c"generation") {
        // SAFETY: the table exists; the message goes out at commit.
        unsafe { pg_sys::CacheInvalidateRelcacheByRelid(oid) };
    }
}
