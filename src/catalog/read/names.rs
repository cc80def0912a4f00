//! What the names of the extension stand for, remembered until something that has a name changes.
//!
//! The planner asks for them dozens of times for one statement. Unlike the configuration, names need
//! no proof by a snapshot: PostgreSQL itself goes by the catalogs as they are now, and says when
//! they change.

use pgrx::pg_sys;
use pgrx::pg_sys::SysCacheIdentifier::{NAMESPACEOID, PROCOID, RELNAMENSP};
use rustc_hash::FxHashMap;
use std::cell::{Cell, RefCell};
use std::ffi::CStr;
use std::hash::Hash;

thread_local! {
    /// How often a schema, a relation, what belongs to a relation, or a function has changed.
    static CHANGES: Cell<u64> = const { Cell::new(0) };
    /// Whether what PostgreSQL says now is what this library had it say to the plan cache.
    static NOTHING_CHANGES: Cell<bool> = const { Cell::new(false) };
    static RELATIONS: Remembered<&'static CStr, Option<pg_sys::Oid>> = Remembered::default();
    static SYSTEM_RELATIONS: Remembered<&'static CStr, Option<pg_sys::Oid>> = Remembered::default();
}

/// Listens to changes from now on.
pub fn install() {
    for cache in [NAMESPACEOID, PROCOID, RELNAMENSP] {
        // SAFETY: called once, while the library is loaded.
        unsafe {
            let nothing = pg_sys::Datum::null();
            pg_sys::CacheRegisterSyscacheCallback(cache as i32, Some(changed), nothing);
        }
    }
    // SAFETY: as above.
    unsafe { pg_sys::CacheRegisterRelcacheCallback(Some(relation_changed), pg_sys::Datum::null()) }
}

unsafe extern "C-unwind" fn changed(_argument: pg_sys::Datum, _cache: i32, _hash: u32) {
    if !is_nothing_changing() {
        CHANGES.set(CHANGES.get().wrapping_add(1));
    }
}

/// Lets caches hear of a change of a function with this hash, where nothing changes: the plan cache plans
/// anew what names it. Never fails.
pub fn pretend_change(hash: u32) {
    NOTHING_CHANGES.set(true);
    // SAFETY: runs the callbacks that hang on changes of a function; they only mark entries.
    unsafe { pg_sys::CallSyscacheCallbacks(PROCOID as i32, hash) };
    NOTHING_CHANGES.set(false);
}

/// Whether such a change is being announced.
pub fn is_nothing_changing() -> bool {
    NOTHING_CHANGES.get()
}

unsafe extern "C-unwind" fn relation_changed(_argument: pg_sys::Datum, _relation: pg_sys::Oid) {
    CHANGES.set(CHANGES.get().wrapping_add(1));
}

/// How often something changed that is remembered by its name.
pub fn changes() -> u64 {
    CHANGES.get()
}

/// What was found in the catalogs, until they change.
pub struct Remembered<K, V>(RefCell<(u64, FxHashMap<K, V>)>);

impl<K, V> Default for Remembered<K, V> {
    fn default() -> Self {
        Remembered(RefCell::default())
    }
}

impl<K: Hash + Eq, V: Copy> Remembered<K, V> {
    /// What `find` finds for `key`, unless that is known.
    pub fn or_find(&self, key: K, find: impl FnOnce() -> V) -> V {
        let changes = CHANGES.get();
        let known = {
            let (as_of, entries) = &*self.0.borrow();
            (*as_of == changes).then(|| entries.get(&key).copied())
        };
        if let Some(Some(value)) = known {
            return value;
        }
        let value = find();
        // Changes are noticed while catalogs are read.
        if CHANGES.get() == changes {
            let (as_of, entries) = &mut *self.0.borrow_mut();
            if *as_of != changes {
                *as_of = changes;
                entries.clear();
            }
            entries.insert(key, value);
        }
        value
    }
}

/// The OID of a table or index of the schema `sharing`, if the extension is installed.
pub fn relation_oid(name: &'static CStr) -> Option<pg_sys::Oid> {
    let find = || {
        let schema = schema_oid(c"sharing")?;
        // SAFETY: looks up the system cache by a NUL-terminated name.
        let oid = unsafe { pg_sys::get_relname_relid(name.as_ptr(), schema) };
        (oid != pg_sys::InvalidOid).then_some(oid)
    };
    RELATIONS.with(|relations| relations.or_find(name, find))
}

/// The OID of a table or index of pg_catalog, if there is one of that name.
pub fn system_relation_oid(name: &'static CStr) -> Option<pg_sys::Oid> {
    let find = || {
        let schema = pg_sys::Oid::from(pg_sys::PG_CATALOG_NAMESPACE);
        // SAFETY: looks up the system cache by a NUL-terminated name.
        let oid = unsafe { pg_sys::get_relname_relid(name.as_ptr(), schema) };
        (oid != pg_sys::InvalidOid).then_some(oid)
    };
    SYSTEM_RELATIONS.with(|relations| relations.or_find(name, find))
}

/// The schema of what policies, plans and triggers call.
pub const INTERNAL: &CStr = c"sharing_internal";

/// The OID of a schema, if there is one of that name.
pub fn schema_oid(name: &CStr) -> Option<pg_sys::Oid> {
    // SAFETY: looks up the system cache by a NUL-terminated name.
    let oid = unsafe { pg_sys::get_namespace_oid(name.as_ptr(), true) };
    (oid != pg_sys::InvalidOid).then_some(oid)
}
