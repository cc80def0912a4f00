//! Which conditions may be asked of an index before the policies were (semantics: Search).

use crate::api::administration::change_database;
use crate::api::raise::{OrRaise, required};
use crate::catalog::write::change::Look;
use crate::core::search::SearchKind;
use crate::pg::notices::note;
use pgrx::pg_sys;
use pgrx::prelude::*;

#[pg_extern(sql = false)]
fn search_safe(operator: Option<pg_sys::Oid>) {
    name("search_safe", SearchKind::Operator, operator);
}

#[pg_extern(sql = false)]
fn search_safe_function(function: Option<pg_sys::Oid>) {
    name("search_safe_function", SearchKind::Function, function);
}

#[pg_extern(sql = false)]
fn not_search_safe(operator: Option<pg_sys::Oid>) {
    change_database("not_search_safe", |change| {
        change.not_search_safe(SearchKind::Operator, required(operator, "operator")?)
    });
}

#[pg_extern(sql = false)]
fn not_search_safe_function(function: Option<pg_sys::Oid>) {
    change_database("not_search_safe_function", |change| {
        change.not_search_safe(SearchKind::Function, required(function, "function")?)
    });
}

#[pg_extern(sql = false)]
fn enable_search() -> SetOfIterator<'static, String> {
    SetOfIterator::new(change_database("enable_search", |change| {
        change.enable_search()
    }))
}

/// Whoever names what nobody of this project looked at takes it upon themselves.
fn name(called: &str, kind: SearchKind, object: Option<pg_sys::Oid>) {
    change_database(called, |change| {
        change.search_safe(kind, required(object, kind.label())?)
    });
    let is_examined = || Look::begin()?.is_examined(kind, object.unwrap_or_default());
    if !is_examined().or_raise() {
        note(
            format!("this {} is not among sharing.search_defaults", kind.label()),
            "By naming it you say that it raises no error and no notice, whatever a row holds: otherwise it tells of rows that are hidden.",
        );
    }
}
