//! The settings of pg_sharing.

use crate::catalog::read::lease;
use crate::pg::compat::was_given;
use crate::pg::shared_memory;
use pgrx::pg_sys;
use std::cell::{Cell, RefCell};
use std::ffi::{CStr, c_char, c_void};
use std::rc::Rc;

/// `sharing.user_key`: on whose behalf a session of a trusted role acts. Anybody may set it, since
/// it counts only where session_user is trusted; PostgreSQL takes it back with the transaction
/// (SET LOCAL), the savepoint, or RESET, so nothing here has to remember to.
static mut USER_KEY: *mut c_char = std::ptr::null_mut();

/// `sharing.cache_size`: how much a session may remember, in kilobytes.
static mut CACHE_SIZE: i32 = 16 << 10;

/// `sharing.shared_cache_size`: how much all sessions together may remember, in kilobytes.
static mut SHARED_CACHE_SIZE: i32 = 8 << 10;

/// `sharing.require_token`: nobody is named by a setting. A superuser decides, also for a role or a database.
static mut REQUIRE_TOKEN: bool = false;

/// `sharing.configuration_lease`: how long a copy of the configuration counts after a heartbeat, in milliseconds. A
/// superuser decides, also for a database.
static mut CONFIGURATION_LEASE: i32 = 0;

/// `sharing.transfer`: what a worker of Citus is told of a transfer under way. Anybody may set it, since it lets them do
/// no more than they could by sharing.transfer().
static mut TRANSFER: *mut c_char = std::ptr::null_mut();

/// Four gigabytes: places in it are told by 32 bits.
const LARGEST_SHARED_CACHE: i32 = 4 << 20;

/// What runs before a setting changes: who the session is known as may be another one then.
#[derive(Clone, Copy)]
pub struct OnChange {
    /// Takes the key that `sharing.user_key` is about to hold.
    pub user_key: fn(Option<Rc<str>>),
    /// Takes what `sharing.require_token` is about to be.
    pub require_token: fn(bool),
}

const REQUIREMENT: &CStr = c"sharing.require_token";
const LEASE: &CStr = c"sharing.configuration_lease";

/// In milliseconds. After it a heartbeat that has just come is old.
const SHORTEST_LEASE: &CStr = c"1";

thread_local! {
    /// How often PostgreSQL gave `sharing.require_token` a value.
    static REQUIREMENT_GIVEN: Cell<u32> = const { Cell::new(0) };
    /// Whether somebody gave it one, before the library was loaded, who may not: that has taken the place of what
    /// a superuser had set for the role or the database. Then settings name nobody.
    static REQUIREMENT_FORGED: Cell<bool> = const { Cell::new(false) };
    /// How often PostgreSQL gave `sharing.configuration_lease` a value.
    static LEASE_GIVEN: Cell<u32> = const { Cell::new(0) };
    /// Whether `sharing.user_key` was given a value since other servers were told of it.
    static KEY_IS_NEWS: Cell<bool> = const { Cell::new(false) };
    /// What `sharing.transfer` holds.
    static TOLD_TRANSFER: RefCell<Option<Rc<str>>> = const { RefCell::new(None) };
    /// What the setting holds.
    static PRESENT_KEY: RefCell<Option<Rc<str>>> = const { RefCell::new(None) };
    static ON_CHANGE: Cell<Option<OnChange>> = const { Cell::new(None) };
}

/// `on_change` cannot fail.
pub fn define(on_change: OnChange) {
    ON_CHANGE.set(Some(on_change));
    // SAFETY: called once, while the library is loaded, with names and a variable that live as
    // long as the process.
    unsafe {
        pg_sys::DefineCustomStringVariable(
            c"sharing.user_key".as_ptr(),
            c"The key of the user on whose behalf a trusted role acts.".as_ptr(),
            c"Counts only where session_user was given to sharing.trust(). Use SET LOCAL under a connection pooler.".as_ptr(),
            &raw mut USER_KEY,
            c"".as_ptr(),
            pg_sys::GucContext::PGC_USERSET,
            0,
            None,
            Some(assigned),
            None,
        );
        let is_given = was_given(REQUIREMENT);
        pg_sys::DefineCustomBoolVariable(
            REQUIREMENT.as_ptr(),
            c"Sessions are not known by settings, but by tokens or their database role.".as_ptr(),
            c"Whoever has SQL through the connection of a trusted role can set what names a user."
                .as_ptr(),
            &raw mut REQUIRE_TOKEN,
            false,
            pg_sys::GucContext::PGC_SUSET,
            0,
            None,
            Some(requirement_assigned),
            None,
        );
        // Once with the default, and once more with what was there, unless PostgreSQL refused that.
        REQUIREMENT_FORGED.set(is_given && REQUIREMENT_GIVEN.get() < 2);
        pg_sys::DefineCustomIntVariable(
            c"sharing.cache_size".as_ptr(),
            c"How much memory a session may use to remember what its users reach.".as_ptr(),
            c"What was not used for longest is forgotten.".as_ptr(),
            &raw mut CACHE_SIZE,
            CACHE_SIZE,
            64,
            i32::MAX,
            pg_sys::GucContext::PGC_USERSET,
            pg_sys::GUC_UNIT_KB as i32,
            None,
            None,
            None,
        );
        // Without preloading it means nothing, and PostgreSQL lets nobody define what only a start changes.
        let context = match shared_memory::is_being_preloaded() {
            true => pg_sys::GucContext::PGC_POSTMASTER,
            false => pg_sys::GucContext::PGC_SIGHUP,
        };
        pg_sys::DefineCustomIntVariable(
            c"sharing.shared_cache_size".as_ptr(),
            c"How much memory all sessions share to remember what users reach.".as_ptr(),
            c"Needs pg_sharing in shared_preload_libraries. Zero: sessions share nothing.".as_ptr(),
            &raw mut SHARED_CACHE_SIZE,
            SHARED_CACHE_SIZE,
            0,
            LARGEST_SHARED_CACHE,
            context,
            pg_sys::GUC_UNIT_KB as i32,
            None,
            None,
            None,
        );
        define_lease();
        pg_sys::DefineCustomStringVariable(
            c"sharing.transfer".as_ptr(),
            c"What the coordinator of Citus tells its workers of a transfer.".as_ptr(),
            std::ptr::null(),
            &raw mut TRANSFER,
            c"".as_ptr(),
            pg_sys::GucContext::PGC_USERSET,
            (pg_sys::GUC_NO_SHOW_ALL | pg_sys::GUC_NOT_IN_SAMPLE | pg_sys::GUC_DISALLOW_IN_FILE)
                as i32,
            None,
            Some(transfer_assigned),
            None,
        );
        // From now on a misspelled sharing.* setting is an error, not a setting of its own.
        pg_sys::MarkGUCPrefixReserved(c"sharing".as_ptr());
    }
}

/// # Safety
/// To be called once, while the library is loaded.
unsafe fn define_lease() {
    // SAFETY: as in `define`.
    unsafe {
        let is_given = was_given(LEASE);
        pg_sys::DefineCustomIntVariable(
            LEASE.as_ptr(),
            c"How long a copy of the configuration counts after the last heartbeat of its publisher.".as_ptr(),
            c"Zero: for ever. On a standby and where a subscription brings the configuration; nobody sees anything afterwards.".as_ptr(),
            &raw mut CONFIGURATION_LEASE,
            0,
            0,
            i32::MAX,
            pg_sys::GucContext::PGC_SUSET,
            pg_sys::GUC_UNIT_MS as i32,
            None,
            Some(lease_assigned),
            None,
        );
        // Somebody gave it a value before the library was loaded who may not, which has taken the place of what a
        // superuser had set: what that was is not known any more.
        if is_given && LEASE_GIVEN.get() < 2 {
            pg_sys::SetConfigOption(
                LEASE.as_ptr(),
                SHORTEST_LEASE.as_ptr(),
                pg_sys::GucContext::PGC_SUSET,
                pg_sys::GucSource::PGC_S_OVERRIDE,
            );
        }
    }
}

/// The user key that is set, if one is.
pub fn user_key() -> Option<Rc<str>> {
    PRESENT_KEY.with_borrow(Clone::clone)
}

/// Whether other servers have to be told of the user key: whoever gave it a value, also a savepoint or a function
/// that gave back the one before.
pub fn user_key_is_news() -> bool {
    KEY_IS_NEWS.get()
}

/// What this server was told of a transfer.
pub fn told_transfer() -> Option<Rc<str>> {
    TOLD_TRANSFER.with_borrow(Clone::clone)
}

/// They have to be told of it, whether or not it has another value.
pub fn user_key_becomes_news() {
    KEY_IS_NEWS.set(true);
}

/// They were told.
pub fn user_key_was_told() {
    KEY_IS_NEWS.set(false);
}

/// Whether no setting names a user.
pub fn requires_token() -> bool {
    // SAFETY: as in `cache_size`.
    unsafe { REQUIRE_TOKEN || REQUIREMENT_FORGED.get() }
}

/// Goes by what the leader of a parallel plan goes by.
pub fn take_over_requirement(requires_token: bool) {
    REQUIREMENT_FORGED.set(requires_token);
}

/// How much a session may remember, in bytes.
pub fn cache_size() -> usize {
    // SAFETY: the variable is only written by PostgreSQL, in this process's single thread.
    usize::try_from(unsafe { CACHE_SIZE }).unwrap_or_default() << 10
}

/// How much all sessions together may remember, in bytes.
pub fn shared_cache_size() -> usize {
    // SAFETY: as in `cache_size`.
    usize::try_from(unsafe { SHARED_CACHE_SIZE }).unwrap_or_default() << 10
}

/// Whether rows are inserted by a restore: pg_dump puts both settings at the head of every script,
/// pg_restore sends them on every connection, and nobody else has reason to combine them.
pub fn is_restore() -> bool {
    // SAFETY: reads two variables of this process; the path is null or NUL-terminated.
    unsafe {
        let path = pg_sys::namespace_search_path;
        !pg_sys::row_security && !path.is_null() && CStr::from_ptr(path).is_empty()
    }
}

/// # Safety
/// `text` must be null or point to a NUL-terminated string.
unsafe fn key(text: *const c_char) -> Option<Rc<str>> {
    if text.is_null() {
        return None;
    }
    // SAFETY: by the caller's promise.
    let text = unsafe { CStr::from_ptr(text) };
    // A key that is not UTF-8 is the key of nobody, not the absence of one.
    (!text.is_empty()).then(|| text.to_string_lossy().into())
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn assigned(new: *const c_char, _extra: *mut c_void) {
    // SAFETY: PostgreSQL passes the string that the variable is about to point to.
    let key = unsafe { key(new) };
    PRESENT_KEY.set(key.clone());
    KEY_IS_NEWS.set(true);
    if let Some(on_change) = ON_CHANGE.get() {
        (on_change.user_key)(key);
    }
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn transfer_assigned(new: *const c_char, _extra: *mut c_void) {
    // SAFETY: PostgreSQL passes the string that the variable is about to point to.
    TOLD_TRANSFER.set(unsafe { key(new) });
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn requirement_assigned(new: bool, _extra: *mut c_void) {
    REQUIREMENT_GIVEN.set(REQUIREMENT_GIVEN.get().saturating_add(1));
    if let Some(on_change) = ON_CHANGE.get() {
        (on_change.require_token)(new || REQUIREMENT_FORGED.get());
    }
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn lease_assigned(new: i32, _extra: *mut c_void) {
    LEASE_GIVEN.set(LEASE_GIVEN.get().saturating_add(1));
    lease::set(new);
}
