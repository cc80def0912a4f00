//! Operators and functions that were named safe for searches (semantics: Search): conditions that consist
//! of them may be asked of an index before the policies are.
//!
//! They are stored by name, with what they were when they were named: a dump carries names alone, and what
//! was replaced or altered since is another thing. So nothing but numbers is looked up from here, and what
//! a name means now is never asked.

use crate::catalog::read::organization::open;
use crate::catalog::read::scan::each_tuple;
use crate::catalog::read::snapshot::Snapshot;
use crate::core::Result;
use crate::core::search::SearchKind;
use pgrx::{IntoDatum, direct_function_call, pg_sys};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use std::convert::Infallible;
use std::ffi::CStr;

/// By these numbers PostgreSQL has always known its two languages for compiled functions.
const INTERNAL_LANGUAGE: u32 = 12;
const C_LANGUAGE: u32 = 13;

/// What was named, with its definition then.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Search {
    named: FxHashMap<(SearchKind, String), String>,
}

impl Search {
    pub fn read(snapshot: &Snapshot) -> Result<Search> {
        let mut search = Search::default();
        open(c"search_names")?.each_row(snapshot, |row| {
            let kind = row.with_text(1, SearchKind::from_label).flatten();
            if let (Some(kind), Some(name), Some(definition)) = (kind, row.text(2), row.text(3)) {
                search.named.insert((kind, name), definition);
            }
        });
        Ok(search)
    }

    pub fn is_empty(&self) -> bool {
        self.named.is_empty()
    }

    /// Whether an operator was named and is what it was then.
    pub fn has_operator(&self, operator: pg_sys::Oid) -> bool {
        !self.is_empty()
            && operator_name(operator).is_some_and(|name| {
                self.is_as_named(&(SearchKind::Operator, name), function_of(operator))
            })
    }

    /// Whether a function was named and is what it was then.
    pub fn has_function(&self, function: pg_sys::Oid) -> bool {
        !self.is_empty()
            && function_name(function)
                .is_some_and(|name| self.is_as_named(&(SearchKind::Function, name), function))
    }

    /// What was named and is what it was then, as a snapshot sees it. By all objects that there are: a name
    /// of one that is gone cannot be looked up.
    pub fn valid(&self, snapshot: &Snapshot) -> Vec<(SearchKind, String)> {
        let mut valid = Vec::new();
        for (kind, catalog) in [
            (SearchKind::Operator, pg_sys::OperatorRelationId),
            (SearchKind::Function, pg_sys::ProcedureRelationId),
        ] {
            if !self.named.keys().any(|(named, _)| *named == kind) {
                continue;
            }
            for object in all_objects(catalog, snapshot) {
                let (name, function) = match kind {
                    SearchKind::Operator => (operator_name(object), function_of(object)),
                    SearchKind::Function => (function_name(object), object),
                };
                let named = name.map(|name| (kind, name));
                valid.extend(named.filter(|named| self.is_as_named(named, function)));
            }
        }
        valid
    }

    fn is_as_named(&self, named: &(SearchKind, String), function: pg_sys::Oid) -> bool {
        self.named
            .get(named)
            .is_some_and(|then| definition(function).as_ref() == Some(then))
    }
}

/// The numbers of all rows of a catalog whose first column is the number.
fn all_objects(catalog: pg_sys::Oid, snapshot: &Snapshot) -> Vec<pg_sys::Oid> {
    let mut objects = Vec::new();
    // SAFETY: opens a catalog and reads its rows, which begin with their number.
    unsafe {
        let relation = pg_sys::table_open(catalog, pg_sys::AccessShareLock as _);
        let Ok(()) = each_tuple(relation, snapshot, |tuple| {
            objects.push(*pg_sys::GETSTRUCT(tuple).cast::<pg_sys::Oid>());
            Ok::<(), Infallible>(())
        });
        pg_sys::table_close(relation, pg_sys::AccessShareLock as _);
    }
    objects
}

/// What a name means now; None: nothing. Names without a schema are looked up by the search path.
pub fn find(kind: SearchKind, name: &str) -> Option<pg_sys::Oid> {
    // Before PostgreSQL 16, one without types is an error.
    if !(name.contains('(') && name.ends_with(')')) {
        return None;
    }
    let find = match kind {
        SearchKind::Operator => pg_sys::to_regoperator,
        SearchKind::Function => pg_sys::to_regprocedure,
    };
    // SAFETY: both take a text, and return a number or NULL.
    unsafe { direct_function_call(find, &[name.into_datum()]) }
}

/// The function that an operator calls.
pub fn function_of(operator: pg_sys::Oid) -> pg_sys::Oid {
    // SAFETY: looks an operator up in the system caches.
    unsafe { pg_sys::get_opcode(operator) }
}

/// `pg_catalog.~~(pg_catalog.text,pg_catalog.text)`: schemas and quotes whatever the search path is.
pub fn operator_name(operator: pg_sys::Oid) -> Option<String> {
    let exists = function_of(operator) != pg_sys::InvalidOid;
    // SAFETY: of an operator that exists the name is a palloc'd string.
    unsafe { exists.then(|| owned(pg_sys::format_operator_qualified(operator))) }
}

/// As `operator_name`.
pub fn function_name(function: pg_sys::Oid) -> Option<String> {
    // SAFETY: as in `operator_name`.
    unsafe {
        (pg_sys::get_func_namespace(function) != pg_sys::InvalidOid)
            .then(|| owned(pg_sys::format_procedure_qualified(function)))
    }
}

/// # Safety
/// `text` must be a string.
unsafe fn owned(text: *const std::ffi::c_char) -> String {
    // SAFETY: by the caller's promise.
    unsafe { CStr::from_ptr(text) }
        .to_string_lossy()
        .into_owned()
}

/// What a function is, in all that says what it does: another definition is another function.
pub fn definition(function: pg_sys::Oid) -> Option<String> {
    let name = function_name(function)?;
    let row = Routine::look_up(function)?;
    let language = row.language()?;
    let mut words = vec![name, language.to_owned()];
    words.extend(row.text(pg_sys::Anum_pg_proc_probin));
    words.extend(row.source());
    // SAFETY: the row is held.
    let form = unsafe { &*row.form() };
    words.push(match form.provolatile as u8 {
        b'i' => "immutable".to_owned(),
        b's' => "stable".to_owned(),
        _ => "volatile".to_owned(),
    });
    for (holds, word) in [
        (form.proisstrict, "strict"),
        (form.prosecdef, "security definer"),
        (row.has_settings(), "with settings"),
    ] {
        if holds {
            words.push(word.to_owned());
        }
    }
    Some(words.join(" "))
}

/// Whether a function is written in a language in which nobody but a superuser writes.
pub fn is_compiled(function: pg_sys::Oid) -> bool {
    let routine = Routine::look_up(function);
    routine.is_some_and(|row| row.language().is_some())
}

/// Whether a function takes its second argument for a pattern of LIKE, which it may refuse.
pub fn takes_pattern(function: pg_sys::Oid) -> bool {
    let source = Routine::look_up(function).and_then(|row| row.source());
    source.is_some_and(|source| source.ends_with("like"))
}

/// A row of pg_proc, held while it is looked at.
struct Routine(pg_sys::HeapTuple);

impl Routine {
    fn look_up(function: pg_sys::Oid) -> Option<Routine> {
        let id = pg_sys::SysCacheIdentifier::PROCOID as i32;
        // SAFETY: looks a row up in the system caches, which is released when it is dropped.
        let tuple = unsafe { pg_sys::SearchSysCache1(id, pg_sys::Datum::from(function)) };
        (!tuple.is_null()).then_some(Routine(tuple))
    }

    fn form(&self) -> *const pg_sys::FormData_pg_proc {
        // SAFETY: a row of pg_proc begins with these columns.
        unsafe { pg_sys::GETSTRUCT(self.0).cast() }
    }

    /// Only of languages whose functions nobody but a superuser writes, and which call nothing by its name.
    fn language(&self) -> Option<&'static str> {
        // SAFETY: the row is held.
        match unsafe { (*self.form()).prolang }.to_u32() {
            INTERNAL_LANGUAGE => Some("internal"),
            C_LANGUAGE => Some("c"),
            _ => None,
        }
    }

    fn source(&self) -> Option<String> {
        self.text(pg_sys::Anum_pg_proc_prosrc)
    }

    fn has_settings(&self) -> bool {
        self.attribute(pg_sys::Anum_pg_proc_proconfig).is_some()
    }

    fn text(&self, column: u32) -> Option<String> {
        // SAFETY: the column is a text; the copy is a palloc'd string.
        self.attribute(column).map(|datum| unsafe {
            owned(pg_sys::text_to_cstring(
                pg_sys::pg_detoast_datum_packed(datum.cast_mut_ptr()).cast(),
            ))
        })
    }

    fn attribute(&self, column: u32) -> Option<pg_sys::Datum> {
        let id = pg_sys::SysCacheIdentifier::PROCOID as i32;
        let mut is_null = false;
        // SAFETY: the row is held, and has this column.
        let datum = unsafe { pg_sys::SysCacheGetAttr(id, self.0, column as i16, &mut is_null) };
        (!is_null).then_some(datum)
    }
}

impl Drop for Routine {
    fn drop(&mut self) {
        // After an error the transaction's clean-up releases it.
        if !std::thread::panicking() {
            // SAFETY: looked up in `look_up`, and released only here.
            unsafe { pg_sys::ReleaseSysCache(self.0) }
        }
    }
}
