//! What the event triggers do: new partitions and inheritance children are protected like their
//! parents, and a dropped table takes its module with it (SPEC 6).

use crate::api::raise::{OrRaise, raise};
use crate::catalog::elevation::Elevated;
use crate::catalog::scan::relation_oid;
use crate::catalog::sql::{column, execute, value};
use crate::catalog::store::Change;
use crate::catalog::store::modules::{
    DETACHED, any_dropped, attached_again, detached, family, newcomers, superfluous_triggers,
    unfiltered_parent,
};
use crate::core::{Error, Result};
use crate::policy::columns::owner_columns;
use crate::policy::protection::Predicates;
use crate::session::author::Authorship;
use pgrx::{PgRelation, pg_sys};
use std::ffi::CStr;

/// After CREATE TABLE and ALTER TABLE.
pub fn table_changed(command: &str) -> Result<()> {
    if relation_oid(c"generation").is_none() {
        return Ok(());
    }
    let newcomers = {
        let _elevated = Elevated::enter()?;
        if is_ours()? {
            // Triggers that were off may be on again: what was remembered meanwhile is stale.
            crate::catalog::generation::renew()?;
        }
        newcomers()?
    };
    let _authorship = match newcomers.is_empty() {
        true => None,
        false => Some(Authorship::begin(command)?),
    };
    for relation in shared_tables()? {
        // A partition may have been detached.
        crate::policy::share_guard::forget_vanished_of(relation)?;
    }
    for (relation, module, module_relation) in newcomers {
        protect_newcomer(relation, module, module_relation)?;
    }
    let _elevated = Elevated::enter()?;
    for (relation, module_relation) in detached()? {
        guard_detached(relation, module_relation)?;
    }
    for statement in superfluous_triggers()? {
        execute(&statement, &[])?;
    }
    for (relation, module_relation) in attached_again()? {
        let predicates = module_predicates(module_relation)?;
        for member in family(relation)?.iter().take(1) {
            for statement in predicates.statements_on_records(member) {
                execute(&statement, &[])?;
            }
        }
    }
    match unfiltered_parent()? {
        Some((child, parent)) => Err(Error::not_possible(format!(
            "table {child} is protected and cannot inherit from {parent}, which would show its rows unfiltered"
        ))
        .hint(format!("Protect {parent} with sharing.protect() first."))),
        None => Ok(()),
    }
}

/// Whether the statement altered a table of the extension.
fn is_ours() -> Result<bool> {
    Ok(value(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_event_trigger_ddl_commands() WHERE schema_name = 'sharing' AND NOT in_extension)",
        &[],
    )?
    .unwrap_or_default())
}

/// Partitioned tables of which a record was ever shared.
fn shared_tables() -> Result<Vec<pg_sys::Oid>> {
    let _elevated = Elevated::enter()?;
    column(
        "SELECT DISTINCT c.oid FROM sharing.shared_modules s JOIN sharing.modules m ON m.id = s.module_id JOIN pg_catalog.pg_class c ON c.oid = m.relation WHERE c.relkind = 'p' OR c.relhassubclass",
        &[],
    )
}

fn protect_newcomer(
    relation: pg_sys::Oid,
    module: i32,
    module_relation: pg_sys::Oid,
) -> Result<()> {
    let _elevated = Elevated::enter()?;
    let members = family(relation)?;
    let predicates = module_predicates(module_relation)?;
    // All of them before the first statement: that is DDL, too, and brings us here again.
    for member in &members {
        if !member.is_table() {
            return Err(Error::unsupported(format!(
                "{} cannot become part of a protected table: row security does not protect it",
                member.name
            ))
            .hint("Only tables have row security."));
        }
        Change::begin_on(std::slice::from_ref(&member.name))?.register_relation(module, member)?;
    }
    for member in &members {
        for statement in predicates.statements(member) {
            execute(&statement, &[])?;
        }
    }
    let is_heir = members.first().is_some_and(|member| !member.is_partition);
    if is_heir && predicates.record.is_some() {
        for root in family(module_relation)?.iter().take(1) {
            for statement in predicates.statements_on_records(root) {
                execute(&statement, &[])?;
            }
        }
    }
    Ok(())
}

/// A partition that leaves its table keeps its policies and loses its triggers. Those that it gets
/// have names of their own: should it come back, PostgreSQL clones those of the table again.
fn guard_detached(relation: pg_sys::Oid, module_relation: pg_sys::Oid) -> Result<()> {
    // Its records are no longer those that the module's table knows by their keys.
    let predicates = Predicates {
        record: None,
        ..module_predicates(module_relation)?
    };
    for member in family(relation)?.iter().take(1) {
        let mut statements = predicates.triggers(member, DETACHED);
        statements.extend(predicates.statements_on_records(member));
        for statement in statements {
            execute(&statement, &[])?;
        }
    }
    Ok(())
}

/// What the policies of a module say, read from those of its table.
pub fn module_predicates(relation: pg_sys::Oid) -> Result<Predicates> {
    // SAFETY: the module's table exists, since its row was joined with the table's children.
    let table = unsafe { PgRelation::with_lock(relation, pg_sys::AccessShareLock as _) };
    // SAFETY: it is open while `table` lives.
    let columns = unsafe { owner_columns(table.as_ptr()) }?;
    let quote = |name: &str| pgrx::spi::quote_identifier(name);
    let default_owner: Option<bool> = value(
        "SELECT default_owner FROM sharing.modules WHERE relation::oid = $1",
        &[relation.into()],
    )?;
    let has_heirs = family(relation)?
        .iter()
        .skip(1)
        .any(|member| !member.is_partition);
    Ok(Predicates {
        module_table: format!("{}.{}", quote(table.namespace()), quote(table.name())),
        owner: quote(&columns.owner.name),
        group: columns.group.map(|column| quote(&column.name)),
        record: columns.record.map(|column| quote(&column.name)),
        has_heirs,
        default_owner: default_owner.unwrap_or_default(),
    })
}

/// After DROP.
pub fn something_dropped(command: &str) -> Result<()> {
    if relation_oid(c"generation").is_none() {
        return Ok(());
    }
    let elevated = Elevated::enter()?;
    let any = any_dropped()?;
    drop(elevated);
    if any {
        let _authorship = Authorship::begin_drop(command)?;
        Change::begin()?.forget_dropped()?;
        for relation in shared_tables()? {
            crate::policy::share_guard::forget_vanished_of(relation)?;
        }
    }
    Ok(())
}

/// # Safety
/// `fcinfo` must be that of a function call.
pub unsafe fn as_event_trigger(
    fcinfo: pg_sys::FunctionCallInfo,
    follow: fn(&str) -> Result<()>,
) -> pg_sys::Datum {
    // SAFETY: the context of a call is null or a node, whose type says what it is. The names of
    // commands are constants.
    let command = unsafe {
        let context = (*fcinfo).context;
        if context.is_null() || (*context).type_ != pg_sys::NodeTag::T_EventTriggerData {
            raise(Error::wrong_object(
                "this is an event trigger of pg_sharing",
            ));
        }
        let tag = (*context.cast::<pg_sys::EventTriggerData>()).tag;
        CStr::from_ptr(pg_sys::GetCommandTagName(tag)).to_string_lossy()
    };
    follow(&command).or_raise();
    pg_sys::Datum::null()
}
