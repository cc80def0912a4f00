//! Settings of the session: what they hold, and giving them a value.

use pgrx::pg_sys;
use std::ffi::{CStr, CString};

/// When a setting goes back to what it held. An error before that takes it back as well.
#[derive(Clone, Copy)]
pub enum Until {
    /// When the nest level of settings ends that was begun last.
    LevelEnds,
    TransactionEnds,
    /// Never, once the transaction is committed.
    SetAgain,
}

/// Sets a setting that everybody may set. An error of PostgreSQL's where the setting does not take the value.
pub fn set(setting: &CStr, value: &CStr, until: Until) {
    give(setting, value, until, pg_sys::GucContext::PGC_USERSET);
}

/// The same, of a setting that callers may not set.
pub fn set_reserved(setting: &CStr, value: &CStr, until: Until) {
    give(setting, value, until, pg_sys::GucContext::PGC_SUSET);
}

fn give(setting: &CStr, value: &CStr, until: Until, context: pg_sys::GucContext::Type) {
    let action = match until {
        Until::LevelEnds => pg_sys::GucAction::GUC_ACTION_SAVE,
        Until::TransactionEnds => pg_sys::GucAction::GUC_ACTION_LOCAL,
        Until::SetAgain => pg_sys::GucAction::GUC_ACTION_SET,
    };
    let source = pg_sys::GucSource::PGC_S_SESSION;
    let (setting, value) = (setting.as_ptr(), value.as_ptr());
    // SAFETY: both texts end in NUL, and PostgreSQL copies the value.
    unsafe {
        pg_sys::set_config_option(setting, value, context, source, action, true, 0, false);
    }
}

/// What a setting holds, where there is one.
pub fn held(setting: &CStr) -> Option<CString> {
    // SAFETY: asks for a setting that may be missing; its value ends in NUL.
    unsafe {
        let value = pg_sys::GetConfigOption(setting.as_ptr(), true, false);
        (!value.is_null()).then(|| CStr::from_ptr(value).to_owned())
    }
}
