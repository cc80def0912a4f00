//! Functions of Citus that make another table of the one they are called for (operations: Citus, *Conversions*).
//!
//! Citus carries the policies and triggers of a table over one by one, where it carries them at all, to a table of
//! which nobody knows that it is protected. So a protected one has to be let go and protected again in the same
//! transaction, while it is locked. Whoever calls such a function is told how before Citus begins; conversions that
//! come by other ways end where Citus copies the first policy (`tables::spread`).

use crate::catalog::read::citus;
use crate::catalog::read::configuration::module_of;
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::sources::sources_of;
use crate::catalog::write::access::db_role_name;
use crate::catalog::write::conversions::{
    dependent_on, parts_that_left, protected_in, source_made_shard,
};
use crate::catalog::write::elevation::{Elevated, owner_of};
use crate::core::{Error, Result};
use crate::pg::list::{length, nth};
use crate::pg::names::qualified_name;
use crate::session::administration::is_db_administrator;
use pgrx::pg_sys;
use pgrx::spi::{quote_identifier, quote_literal};
use std::ffi::CStr;

/// Their first argument is the table.
const CONVERSIONS: [&str; 7] = [
    "create_distributed_table",
    CONCURRENTLY,
    "create_reference_table",
    "citus_add_local_table_to_metadata",
    "undistribute_table",
    "alter_distributed_table",
    "alter_table_set_access_method",
];

/// It runs in no transaction with anything else.
const CONCURRENTLY: &str = "create_distributed_table_concurrently";

/// Their first argument is a schema, all of whose tables they convert.
const CONVERSIONS_OF_SCHEMAS: [&str; 2] = ["citus_schema_distribute", "citus_schema_undistribute"];

/// A call of such a function.
struct Conversion {
    function: String,
    /// The table or the schema.
    of: pg_sys::Oid,
    /// The whole call, as SQL writes it.
    call: String,
}

/// Before a statement runs: refuses to convert a protected table.
///
/// # Safety
/// Called by the executor with a query description.
pub unsafe fn check(query: *mut pg_sys::QueryDesc) -> Result<()> {
    if !citus::is_at_work() {
        return Ok(());
    }
    // SAFETY: by the caller's promise.
    let (Some(conversion), Some(snapshot)) =
        (unsafe { conversion(query) }, Snapshot::of_statement())
    else {
        return Ok(());
    };
    if CONVERSIONS_OF_SCHEMAS.contains(&conversion.function.as_str()) {
        return check_schema(&conversion);
    }
    let table = conversion.of;
    let is_source = !sources_of(table, &snapshot).is_empty();
    // Whoever could not convert it is told so by Citus.
    let may_convert = || -> Result<bool> { Ok(owns(table) || is_db_administrator()?) };
    if module_of(table, &snapshot)?.is_none() && !is_source || !may_convert()? {
        return Ok(());
    }
    let name = qualified_name(table).unwrap_or_default();
    if is_source {
        return Err(source_refused(&name));
    }
    Err(refused(
        format!(
            "table {name} is protected, and cannot be converted by {}()",
            conversion.function
        ),
        &name,
        &conversion
            .call
            .replace(CONCURRENTLY, "create_distributed_table"),
        table,
    ))
}

/// The error where a source would become a table of Citus.
fn source_refused(name: &str) -> Error {
    Error::unsupported(format!(
        "table {name} is a source of the organization, and cannot become a table of Citus: its rows would be in shards"
    ))
    .hint(format!(
        "Keep it at the coordinator alone; or take it back as a source, which leaves the people as they are: SELECT sharing.{}({})",
        "unsync",
        quote_literal(name)
    ))
}

/// Refuses what makes a shard of a source, which a foreign key to a reference table does: Citus has given it the name
/// of one by then, and its triggers to another table, which has its name.
pub fn sources_must_not_be_shards() -> Result<()> {
    let found = {
        let _elevated = Elevated::enter()?;
        source_made_shard()?
    };
    match found {
        None => Ok(()),
        Some(name) => Err(source_refused(&name)),
    }
}

/// The error where a protected table would become another. `name` is its name, `call` what converts it, and `table`
/// itself or the one that would take its place. A partition is protected with its table.
pub fn refused(message: String, name: &str, call: &str, table: pg_sys::Oid) -> Error {
    let refused = Error::unsupported(message)
        .detail("Citus makes another table of it, which is not protected.");
    let left = left_by(table).unwrap_or_default();
    if !left.is_empty() {
        return refused.hint(format!(
            "What would protect it again leaves out partitions that were detached: attach them or drop them before: {}.",
            left.join(", ")
        ));
    }
    let mut steps = vec!["SET LOCAL citus.multi_shard_modify_mode = 'sequential'".to_owned()];
    let take_off =
        |table: &str| format!("PERFORM sharing.{}({})", "unprotect", quote_literal(table));
    let whole = citus::partitioned_table(table);
    let dependent = dependent_tables(whole.unwrap_or(table)).unwrap_or_default();
    steps.extend(dependent.iter().map(|name| take_off(name)));
    let whole = whole.and_then(qualified_name);
    steps.push(take_off(whole.as_deref().unwrap_or(name)));
    let [as_owner, as_before] = roles(table);
    steps.extend(as_owner);
    steps.push(match call.starts_with(|c: char| c.is_ascii_uppercase()) {
        true => call.to_owned(),
        false => format!("PERFORM {call}"),
    });
    steps.extend(as_before);
    steps.push("PERFORM sharing.import_config(config, apply => true)".to_owned());
    refused
        .hint(format!(
            "In one transaction, as an administrator of the database: DO $$DECLARE config jsonb := sharing.export_config(); BEGIN {}; END$$",
            steps.join("; ")
        ))
}

/// The statements by which the table's owner converts it, and by which everything goes on as before: Citus changes
/// a transaction's new table over the connections of the role that made it.
fn roles(table: pg_sys::Oid) -> [Option<String>; 2] {
    // SAFETY: reads variables of this process.
    let (session, current) = unsafe { (pg_sys::GetSessionUserId(), pg_sys::GetUserId()) };
    let name = |role| db_role_name(role).map(quote_identifier).ok();
    match owner_of(table).filter(|&owner| owner != current) {
        None => [None, None],
        Some(owner) => [
            name(owner).map(|owner| format!("SET LOCAL ROLE {owner}")),
            match session == current {
                true => Some("RESET ROLE".to_owned()),
                false => name(current).map(|role| format!("SET LOCAL ROLE {role}")),
            },
        ],
    }
}

/// The tables whose protection depends on that of a table, the last ones first.
fn dependent_tables(table: pg_sys::Oid) -> Result<Vec<String>> {
    let _elevated = Elevated::enter()?;
    dependent_on(table)
}

fn left_by(table: pg_sys::Oid) -> Result<Vec<String>> {
    let _elevated = Elevated::enter()?;
    parts_that_left(table)
}

fn check_schema(conversion: &Conversion) -> Result<()> {
    let protected = {
        let _elevated = Elevated::enter()?;
        protected_in(conversion.of)?
    };
    match protected.filter(|_| is_db_administrator().unwrap_or_default()) {
        None => Ok(()),
        Some(table) => Err(Error::unsupported(format!(
            "table {table} is protected, and cannot be converted by {}()",
            conversion.function
        ))
        .detail("Citus makes another table of it, which is not protected.")
        .hint("Take the protection off the tables of the schema in the same transaction, and bring it back: sharing.export_config() before, sharing.import_config(config, apply => true) afterwards.")),
    }
}

fn owns(table: pg_sys::Oid) -> bool {
    let owner = owner_of(table);
    // SAFETY: asks the system caches about roles.
    owner.is_some_and(|owner| unsafe { pg_sys::has_privs_of_role(pg_sys::GetUserId(), owner) })
}

/// The conversion that a statement calls, with a constant, as these functions are called: SELECT f('table'),
/// or SELECT * FROM f('table').
///
/// # Safety
/// Called by the executor with a query description.
unsafe fn conversion(query: *mut pg_sys::QueryDesc) -> Option<Conversion> {
    // SAFETY: by the caller's promise; a node tells its type by its tag, and lists hold what PostgreSQL says.
    unsafe {
        let plan = (*(*query).plannedstmt).planTree;
        if plan.is_null() {
            return None;
        }
        match (*plan).type_ {
            pg_sys::NodeTag::T_Result => {
                let entries = (*plan).targetlist;
                let mut all = (0..length(entries)).map(|n| nth(entries, n));
                all.find_map(|entry| {
                    conversion_by((*entry.cast::<pg_sys::TargetEntry>()).expr.cast())
                })
            }
            pg_sys::NodeTag::T_FunctionScan => {
                let functions = (*plan.cast::<pg_sys::FunctionScan>()).functions;
                let mut all = (0..length(functions)).map(|n| nth(functions, n));
                all.find_map(|function| {
                    conversion_by((*function.cast::<pg_sys::RangeTblFunction>()).funcexpr)
                })
            }
            _ => None,
        }
    }
}

/// # Safety
/// `expression` must be null or an expression of a plan.
unsafe fn conversion_by(expression: *mut pg_sys::Node) -> Option<Conversion> {
    // SAFETY: by the caller's promise; what is looked up may be missing, and names end in NUL.
    unsafe {
        if expression.is_null() || (*expression).type_ != pg_sys::NodeTag::T_FuncExpr {
            return None;
        }
        let call = expression.cast::<pg_sys::FuncExpr>();
        let function = (*call).funcid;
        // Functions of extensions have high numbers.
        if function.to_u32() < pg_sys::FirstNormalObjectId
            || pg_sys::get_func_namespace(function)
                != pg_sys::Oid::from(pg_sys::PG_CATALOG_NAMESPACE)
            || length((*call).args) == 0
        {
            return None;
        }
        let name = pg_sys::get_func_name(function);
        if name.is_null() {
            return None;
        }
        let name = CStr::from_ptr(name).to_str().ok()?;
        let mut all = CONVERSIONS.iter().chain(&CONVERSIONS_OF_SCHEMAS);
        let argument = nth((*call).args, 0).cast::<pg_sys::Const>();
        if !all.any(|conversion| *conversion == name)
            || (*argument).xpr.type_ != pg_sys::NodeTag::T_Const
            || (*argument).constisnull
        {
            return None;
        }
        let no_columns = std::ptr::null_mut();
        let text = pg_sys::deparse_expression(expression, no_columns, false, false);
        let call = CStr::from_ptr(text).to_string_lossy();
        Some(Conversion {
            function: name.to_owned(),
            of: pg_sys::Oid::from((*argument).constvalue.value() as u32),
            // Types in that schema are not for everybody to name.
            call: call.replace("::citus.distribution_type", ""),
        })
    }
}
