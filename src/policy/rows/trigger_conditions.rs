//! What triggers of ours ask before they are called (their `WHEN`): whether there is anything for them to do.
//! Most statements change no owner, and of most tables no record was ever shared; a trigger that looks at a
//! row for nothing made an UPDATE of many rows take half as long again, and a DELETE twice as long.
//!
//! They are asked as the caller of the statement, of each row, when it was changed. In doubt there is something
//! to do.

use crate::catalog::read::configuration::module_of;
use crate::catalog::read::links::shared_modules;
use crate::catalog::read::snapshot::Snapshot;
use crate::core::Result;
use crate::pg::compat::completed_transactions;
use crate::pg::image::is_same_image;
use crate::pg::process;
use crate::policy::rows::call_site::{kept_along, value};
use pgrx::pg_sys;

/// How values of a type are passed.
#[derive(Clone, Copy)]
struct Representation {
    is_known: bool,
    by_value: bool,
    length: i16,
}

impl Representation {
    /// # Safety
    /// `fcinfo` must be a call with two arguments.
    unsafe fn of_arguments(fcinfo: pg_sys::FunctionCallInfo) -> Representation {
        // SAFETY: by the caller's promise; looks up a type.
        unsafe {
            let [one, other] = [0, 1].map(|n| pg_sys::get_fn_expr_argtype((*fcinfo).flinfo, n));
            let mut stored = Representation {
                is_known: one == other && one != pg_sys::InvalidOid,
                by_value: false,
                length: 0,
            };
            if stored.is_known {
                pg_sys::get_typlenbyval(one, &mut stored.length, &mut stored.by_value);
            }
            stored
        }
    }
}

/// `differs(before, after)`: whether an owner is another one. Not by an operator of its type: a collation may
/// take different texts for equal, which are different owners.
///
/// # Safety
/// `fcinfo` must be a call with two arguments.
#[inline]
pub unsafe fn differs(fcinfo: pg_sys::FunctionCallInfo) -> bool {
    // SAFETY: by the caller's promise; nothing else is kept. Both values are of one type.
    unsafe {
        let stored = *kept_along(fcinfo, || Representation::of_arguments(fcinfo));
        match (value(fcinfo, 0), value(fcinfo, 1)) {
            (None, None) => false,
            (Some(before), Some(after)) => {
                !stored.is_known || !is_same_image(before, after, stored.by_value, stored.length)
            }
            _ => true,
        }
    }
}

/// Whether a record of a module was ever shared or given, and what that was seen by: nobody's changes are seen later
/// that had not been committed then, nor own ones of the same command.
#[derive(Clone, Copy)]
struct Shared {
    any: bool,
    completed: u64,
    command: pg_sys::CommandId,
}

/// `any_shared(module)`: whether a record of a table may be shared or given, by the latest state. A record is
/// shared by who has locked it against deletion: so once it is deleted, nobody shares it any more, and the answer holds
/// until the statement ends.
///
/// # Safety
/// `fcinfo` must be a call with a regclass.
#[inline]
pub unsafe fn any_shared(fcinfo: pg_sys::FunctionCallInfo) -> Result<bool> {
    // Before it is looked, so that what was seen is not taken for newer than it is.
    let (completed, command) = (completed_transactions(), process::command());
    let never = Shared {
        any: true,
        completed: completed.wrapping_sub(1),
        command,
    };
    // SAFETY: by the caller's promise; nothing else is kept.
    let (known, module) = unsafe { (kept_along(fcinfo, || never), value(fcinfo, 0)) };
    if known.completed == completed && known.command == command {
        return Ok(known.any);
    }
    let Some(module) = module else {
        return Ok(true);
    };
    let any = was_shared(pg_sys::Oid::from(module.value() as u32))?;
    *known = Shared {
        any,
        completed,
        command,
    };
    Ok(any)
}

/// A table that is no module came from elsewhere with triggers of ours, and these decide.
fn was_shared(table: pg_sys::Oid) -> Result<bool> {
    let snapshot = Snapshot::latest();
    let module = module_of(table, &snapshot)?;
    Ok(module.is_none_or(|module| shared_modules(&snapshot).binary_search(&module).is_ok()))
}
