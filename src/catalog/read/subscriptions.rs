//! Subscriptions that bring the configuration to this database.

use crate::catalog::read::names;
use crate::catalog::read::names::schema_oid;
use crate::catalog::read::scan::each_system_row;
use pgrx::pg_sys;
use pgrx::pg_sys::SysCacheIdentifier::SUBSCRIPTIONRELMAP;
use std::cell::Cell;
use std::ffi::{CStr, c_char};

thread_local! {
    /// How often something about what subscriptions bring has changed.
    static CHANGES: Cell<u64> = const { Cell::new(0) };
    /// Whether any brings a table of ours, and as of which changes, also of names.
    static BRING_OURS: Cell<Option<((u64, u64), bool)>> = const { Cell::new(None) };
}

/// Listens to changes from now on.
pub fn install() {
    // SAFETY: called once, while the library is loaded.
    unsafe {
        let nothing = pg_sys::Datum::null();
        pg_sys::CacheRegisterSyscacheCallback(SUBSCRIPTIONRELMAP as i32, Some(changed), nothing);
    }
}

unsafe extern "C-unwind" fn changed(_argument: pg_sys::Datum, _cache: i32, _hash: u32) {
    CHANGES.set(CHANGES.get().wrapping_add(1));
}

/// Whether a subscription brings any table of the extension, whether it is enabled or not. As with names, it counts
/// what the catalogs say now.
pub fn bring_ours() -> bool {
    let changes = (CHANGES.get(), names::changes());
    if let Some((as_of, known)) = BRING_OURS.get()
        && as_of == changes
    {
        return known;
    }
    let ours = schema_oid(c"sharing");
    let mut found = false;
    each_system_row(c"pg_subscription_rel", |row| {
        found = found || row.oid(2).is_some_and(|table| schema_of(table) == ours);
    });
    // Changes are noticed while catalogs are read.
    if (CHANGES.get(), names::changes()) == changes {
        BRING_OURS.set(Some((changes, found)));
    }
    found
}

/// The schema of a relation; None where it is gone.
fn schema_of(relation: pg_sys::Oid) -> Option<pg_sys::Oid> {
    // SAFETY: looks a relation up.
    let schema = unsafe { pg_sys::get_rel_namespace(relation) };
    (schema != pg_sys::InvalidOid).then_some(schema)
}

unsafe extern "C-unwind" {
    fn get_subscription_name(subscription: pg_sys::Oid, missing_ok: bool) -> *mut c_char;
}

/// The subscription that brings a table to this database, if there is one, whether it is enabled or not.
pub fn subscription_to(table: pg_sys::Oid) -> Option<String> {
    // SAFETY: the list holds rows of the catalog until it is released, and has as many as it says.
    let subscription = unsafe {
        let nothing = pg_sys::Datum::null();
        let list = pg_sys::SearchSysCacheList(
            pg_sys::SysCacheIdentifier::SUBSCRIPTIONRELMAP as i32,
            1,
            pg_sys::Datum::from(table),
            nothing,
            nothing,
        );
        let members = (*list).members.as_slice((*list).n_members as usize);
        let first = members.first().map(|&member| {
            let row = pg_sys::GETSTRUCT(&raw mut (*member).tuple);
            // The first column tells the subscription.
            row.cast::<pg_sys::Oid>().read()
        });
        pg_sys::ReleaseCatCacheList(list);
        first?
    };
    // SAFETY: looks the subscription up; the name is a NUL-terminated copy, or null where it is gone.
    unsafe {
        let name = pg_sys::ffi::pg_guard_ffi_boundary(|| get_subscription_name(subscription, true));
        (!name.is_null()).then(|| CStr::from_ptr(name).to_string_lossy().into_owned())
    }
}
