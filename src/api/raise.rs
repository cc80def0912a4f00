//! From errors as values to PostgreSQL errors: the only place that raises.

use crate::core::{Error, Result, Sqlstate};
use pgrx::PgSqlErrorCode as Code;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::{AnyElement, PgLogLevel, pg_sys};
use std::ffi::CStr;

fn code(sqlstate: Sqlstate) -> Code {
    match sqlstate {
        Sqlstate::NotAllowed => Code::ERRCODE_INSUFFICIENT_PRIVILEGE,
        Sqlstate::Unknown => Code::ERRCODE_UNDEFINED_OBJECT,
        Sqlstate::Exists => Code::ERRCODE_DUPLICATE_OBJECT,
        Sqlstate::BadValue => Code::ERRCODE_INVALID_PARAMETER_VALUE,
        Sqlstate::NotPossible => Code::ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
        Sqlstate::InUse => Code::ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST,
        Sqlstate::Unsupported => Code::ERRCODE_FEATURE_NOT_SUPPORTED,
        Sqlstate::NullArgument => Code::ERRCODE_NULL_VALUE_NOT_ALLOWED,
        Sqlstate::WrongObject => Code::ERRCODE_WRONG_OBJECT_TYPE,
        Sqlstate::UndefinedColumn => Code::ERRCODE_UNDEFINED_COLUMN,
        Sqlstate::NotAuthenticated => Code::ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION,
        Sqlstate::Retry => Code::ERRCODE_T_R_SERIALIZATION_FAILURE,
        Sqlstate::Internal => Code::ERRCODE_INTERNAL_ERROR,
    }
}

pub fn raise(error: Error) -> ! {
    let mut report = ErrorReport::new(code(error.sqlstate), error.message, "");
    if let Some(detail) = error.detail {
        report = report.set_detail(detail);
    }
    if let Some(hint) = error.hint {
        report = report.set_hint(hint);
    }
    report.report(PgLogLevel::ERROR);
    // report() does not come back from an ERROR.
    unreachable!()
}

/// The value, or its error raised.
pub trait OrRaise<T> {
    fn or_raise(self) -> T;
}

impl<T> OrRaise<T> for Result<T> {
    #[inline]
    fn or_raise(self) -> T {
        match self {
            Ok(value) => value,
            Err(error) => raise(error),
        }
    }
}

/// A required argument (semantics: Errors: NULL is 22004).
pub fn required<T>(argument: Option<T>, name: &str) -> Result<T> {
    argument.ok_or_else(|| {
        Error::new(
            Sqlstate::NullArgument,
            format!("argument \"{name}\" must not be NULL"),
        )
    })
}

/// The label of an argument that is declared as one of our enum types. Asks no statement: the caller's
/// search path would say what its operators mean.
pub fn enum_label(value: pg_sys::Oid) -> String {
    // SAFETY: the argument is a value of an enum type; its label is a palloc'd string.
    unsafe {
        let label = pg_sys::OidOutputFunctionCall(pg_sys::F_ENUM_OUT.into(), value.into());
        CStr::from_ptr(label).to_string_lossy().into_owned()
    }
}

/// An argument that is declared jsonb, as text, and not as a parsed value: what Rust cannot represent
/// (1e999) is an error of the function that reads it.
pub fn json_text(argument: AnyElement) -> String {
    // SAFETY: the argument is declared jsonb; its text is a palloc'd string.
    unsafe {
        let text = pg_sys::OidOutputFunctionCall(pg_sys::F_JSONB_OUT.into(), argument.datum());
        CStr::from_ptr(text).to_string_lossy().into_owned()
    }
}
