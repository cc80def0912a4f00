//! Acting as somebody else than the caller.
//!
//! As the extension's owner, usually a superuser, where a caller without privileges asked for something
//! that they may ask for. Under it nothing but the extension's own tables and pg_catalog is read, and no
//! code of anybody else runs. As the owner of a table, where that is to be changed: DDL runs code of its
//! owner's (the expressions by which it is partitioned) and the application's event triggers.
//!
//! None of the extension's functions is SECURITY DEFINER: such a function could not see who called
//! it. Each looks at its caller first, and only then enters this.
//!
//! A superuser's statement on somebody's table runs more of that somebody's code than one thinks of: the
//! planner evaluates expressions and predicates of indexes, DDL those by which a table is partitioned, a cast
//! the checks of a domain, also of one that got them later, and of parts of arrays and rows. As the owner of
//! a table, DDL runs in a security-restricted operation, as PostgreSQL's own ANALYZE does. Elevation is none:
//! nobody else's code runs under it, and against a superuser's that would be no help.

use crate::catalog::read::citus;
use crate::catalog::read::names::relation_oid;
use crate::catalog::read::version;
use crate::core::{Error, Result};
use crate::pg::setting::{self, Until};
use pgrx::pg_sys;
use std::cell::Cell;
use std::ffi::{CStr, CString};

/// The identity of somebody else, until the value is dropped. An error ends it as well, by the
/// transaction's clean-up.
struct Guise {
    user: pg_sys::Oid,
    security_context: i32,
    guc_nest_level: i32,
    beneath: Option<Beneath>,
}

/// For whom a guise is worn: a user, and what restricts them.
type Beneath = (pg_sys::Oid, i32);

thread_local! {
    /// For whom the extension's owner acts in this moment, if that is so.
    static BENEATH: Cell<Option<Beneath>> = const { Cell::new(None) };
}

impl Guise {
    fn put_on(role: pg_sys::Oid, restrictions: u32) -> Guise {
        let mut guise = Guise {
            user: pg_sys::InvalidOid,
            security_context: 0,
            guc_nest_level: 0,
            beneath: BENEATH.get(),
        };
        // SAFETY: the same calls in the same order as where PostgreSQL evaluates an index as its owner; undone
        // in `drop`.
        unsafe {
            pg_sys::GetUserIdAndSecContext(&mut guise.user, &mut guise.security_context);
            guise.guc_nest_level = pg_sys::NewGUCNestLevel();
            for (name, value) in SETTINGS {
                setting::set(name, value, Until::LevelEnds);
            }
            let context = guise.security_context | restrictions as i32;
            pg_sys::SetUserIdAndSecContext(role, context);
        }
        guise
    }
}

/// What a caller may have set that changes what our statements mean or say. And jit: what the planner expects of a
/// statement on many rows made it compile for longer than the statement takes.
const SETTINGS: [(&CStr, &CStr); 8] = [
    (c"search_path", c"pg_catalog, pg_temp"),
    (c"row_security", c"on"),
    (c"quote_all_identifiers", c"off"),
    (c"check_function_bodies", c"on"),
    (c"standard_conforming_strings", c"on"),
    (c"transform_null_equals", c"off"),
    (c"array_nulls", c"on"),
    (c"jit", c"off"),
];

impl Drop for Guise {
    fn drop(&mut self) {
        BENEATH.set(self.beneath);
        if !std::thread::panicking() {
            // SAFETY: restores what `put_on` saved. Settings are rolled back, not committed: code of a table's
            // owner may have set a search path, which would outlive its restrictions, and lead the next
            // statement under elevation to that owner's operators.
            unsafe {
                pg_sys::AtEOXact_GUC(false, self.guc_nest_level);
                pg_sys::SetUserIdAndSecContext(self.user, self.security_context);
            }
        }
    }
}

/// Nobody takes another identity while they act as somebody else.
const LOCAL: u32 = pg_sys::SECURITY_LOCAL_USERID_CHANGE;

/// As PostgreSQL does it for ANALYZE and the like, which run code of a table's owner: nothing is left
/// behind that the caller's session would run later (deferred triggers, prepared statements, temporary
/// objects). Of no use under elevation, where nobody's code runs and a superuser's could do anything.
const RESTRICTED: u32 = LOCAL | pg_sys::SECURITY_RESTRICTED_OPERATION;

/// The extension's owner, with a search path that nobody can write to.
pub struct Elevated(#[expect(dead_code, reason = "held until it is over")] Guise);

impl Elevated {
    /// Refused where the extension's tables are of another version.
    pub fn enter() -> Result<Elevated> {
        version::check()?;
        Self::enter_any_version()
    }

    /// The same, for statements that read nothing but pg_catalog, or what every version has.
    pub fn enter_any_version() -> Result<Elevated> {
        let owner = owner().ok_or_else(|| Error::internal("pg_sharing is not installed"))?;
        let guise = Guise::put_on(owner, LOCAL);
        BENEATH.set(guise.beneath.or(Some((guise.user, guise.security_context))));
        Ok(Elevated(guise))
    }
}

/// Whoever called, while something is done as the extension's owner: for what that may not read. The settings that
/// the guise pins stay as they are.
pub struct InPerson {
    worn: Beneath,
    beneath: Option<Beneath>,
}

impl InPerson {
    /// Does nothing where nobody acts as the extension's owner.
    pub fn step_out() -> InPerson {
        let mut worn = (pg_sys::InvalidOid, 0);
        let beneath = BENEATH.replace(None);
        // SAFETY: the user and the restrictions are those over which the guise was put on; undone in `drop`.
        unsafe {
            pg_sys::GetUserIdAndSecContext(&mut worn.0, &mut worn.1);
            if let Some((user, security_context)) = beneath {
                pg_sys::SetUserIdAndSecContext(user, security_context);
            }
        }
        InPerson { worn, beneath }
    }
}

impl Drop for InPerson {
    fn drop(&mut self) {
        BENEATH.set(self.beneath);
        if self.beneath.is_some() && !std::thread::panicking() {
            // SAFETY: restores what `step_out` found; after an error the transaction's clean-up does.
            unsafe { pg_sys::SetUserIdAndSecContext(self.worn.0, self.worn.1) };
        }
    }
}

impl Elevated {
    /// Waits for a lock no longer than that, in milliseconds, until it is over.
    pub fn waits_at_most(&self, milliseconds: i32) {
        // SAFETY: reads a variable of this process.
        let present = unsafe { pg_sys::LockTimeout };
        if present <= 0 || present >= milliseconds {
            let value = CString::new(milliseconds.to_string()).unwrap_or_default();
            setting::set(c"lock_timeout", &value, Until::LevelEnds);
        }
    }
}

thread_local! {
    static QUERIES_OF_OTHERS: Cell<u32> = const { Cell::new(0) };
}

/// How many queries of others' are under way, one within the other: what their code does is theirs.
pub fn queries_of_others() -> u32 {
    QUERIES_OF_OTHERS.get()
}

/// A query of somebody else's, as long as it is run.
pub struct QueryOfOthers(());

impl QueryOfOthers {
    pub fn begin() -> QueryOfOthers {
        QUERIES_OF_OTHERS.set(QUERIES_OF_OTHERS.get() + 1);
        QueryOfOthers(())
    }
}

impl Drop for QueryOfOthers {
    /// After an error, too, which unwinds the stack.
    fn drop(&mut self) {
        QUERIES_OF_OTHERS.set(QUERIES_OF_OTHERS.get().saturating_sub(1));
    }
}

/// The owner of a table of the application's, for what changes it.
pub struct TableOwner {
    role: pg_sys::Oid,
    _guise: Guise,
}

impl TableOwner {
    pub fn of(table: pg_sys::Oid) -> Result<TableOwner> {
        let owner = owner_of(table).ok_or_else(|| {
            Error::unknown(format!("the table with OID {} is gone", table.to_u32()))
        })?;
        let table_owner = TableOwner {
            role: owner,
            _guise: Guise::put_on(owner, RESTRICTED),
        };
        // What runs as the owner of a table and calls us acts for itself.
        BENEATH.set(None);
        if citus::is_spread(table) {
            table_owner.may_change_shards();
        }
        Ok(table_owner)
    }

    /// Citus warns of triggers that run statements on its tables. Ours look at the row, and at tables of ours. And
    /// the policy of a shard names the table of the shards, which another connection of the same transaction would
    /// hold locked: so there is one to each server. Whoever keeps their own DDL from the shards does not mean ours:
    /// the shards would stay open.
    fn may_change_shards(&self) {
        // A worker changes what it holds itself, and carries nothing.
        let carried = [(c"citus.enable_ddl_propagation", c"on")];
        let carried = carried.into_iter().filter(|_| !citus::is_worker());
        for (name, value) in carried.chain([
            (c"citus.enable_unsafe_triggers", c"on"),
            (c"citus.multi_shard_modify_mode", c"sequential"),
        ]) {
            setting::set(name, value, Until::LevelEnds);
        }
    }

    /// Row security that would hide rows from the owner is an error from here on.
    pub fn sees_everything_or_fails(&self) {
        setting::set(c"row_security", c"off", Until::LevelEnds);
    }

    /// Whether it is a superuser, and whoever is connected is not.
    pub fn is_above_session(&self) -> bool {
        // SAFETY: asks the system caches about roles.
        unsafe {
            pg_sys::superuser_arg(self.role) && !pg_sys::superuser_arg(pg_sys::GetSessionUserId())
        }
    }
}

/// The role that owns a relation, by the latest state.
pub fn owner_of(relation: pg_sys::Oid) -> Option<pg_sys::Oid> {
    // SAFETY: looks a row of pg_class up in the system caches, and releases it.
    unsafe {
        let id = pg_sys::SysCacheIdentifier::RELOID as i32;
        let tuple = pg_sys::SearchSysCache1(id, pg_sys::Datum::from(relation));
        if tuple.is_null() {
            return None;
        }
        let row = pg_sys::GETSTRUCT(tuple).cast::<pg_sys::FormData_pg_class>();
        let owner = (*row).relowner;
        pg_sys::ReleaseSysCache(tuple);
        Some(owner)
    }
}

/// The role that owns the extension's tables.
pub fn owner() -> Option<pg_sys::Oid> {
    owner_of(relation_oid(c"generation")?)
}
