//! What the event triggers do: new partitions and inheritance children are protected like their
//! parents, and a dropped table takes its module with it (SPEC 6).

use crate::api::modules::module_of;
use crate::api::raise::{OrRaise, raise};
use crate::catalog::ddl::run_all;
use crate::catalog::elevation::Elevated;
use crate::catalog::names::relation_oid;
use crate::catalog::sql::{column, value};
use crate::catalog::store::Change;
use crate::catalog::store::modules::{
    DETACHED, Relation, any_dropped, attached_again, children_of_dropped, detached, family,
    newcomers, protected_members, superfluous_triggers, tables_of_dropped, unfiltered_parent,
};
use crate::core::{Error, Result};
use crate::policy::calls::{length, nth};
use crate::policy::columns::{Columns, KeyColumn, RelationColumn, columns, type_name};
use crate::policy::protection::{Decides, OwnerArms, Predicates, RelationArm, WhenArm};
use crate::policy::share_guard::forget_vanished_of;
use crate::policy::when::comparable;
use crate::session::author::Authorship;
use pgrx::{PgRelation, pg_sys};
use std::ffi::CStr;

/// A command that an event trigger is told of.
pub struct Command {
    /// As in pg_event_trigger_ddl_commands(): `ALTER TABLE`
    name: String,
    /// Whether it makes a table a partition.
    attaches: bool,
    /// Whether a partition leaves its table. Other children keep their own triggers when they leave.
    detaches: bool,
}

/// After CREATE TABLE and ALTER TABLE.
pub fn table_changed(command: &Command) -> Result<()> {
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
        false => Some(Authorship::begin(&command.name)?),
    };
    // Not after other commands: a restore brings rows, policies and triggers in any order, and sessions
    // that lock tables which their commands do not name wait for each other.
    let detached = match command.detaches {
        true => {
            let _elevated = Elevated::enter()?;
            detached()?
        }
        false => Vec::new(),
    };
    for &(_, module_relation) in &detached {
        forget_vanished_of(module_relation)?;
    }
    for (relation, module, module_relation) in newcomers {
        protect_newcomer(relation, module, module_relation)?;
    }
    let _elevated = Elevated::enter()?;
    for (relation, module_relation) in detached {
        guard_detached(relation, module_relation)?;
    }
    if command.attaches {
        run_all(&superfluous_triggers()?)?;
        for (relation, module_relation) in attached_again()? {
            let predicates = module_predicates(module_relation)?;
            for member in family(relation)?.iter().take(1) {
                alter_policies(&predicates, member)?;
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
        run_all(&predicates.statements(member))?;
    }
    let is_heir = members.first().is_some_and(|member| !member.is_partition);
    if is_heir && predicates.can_share_records() {
        for root in family(module_relation)?.iter().take(1) {
            alter_policies(&predicates, root)?;
        }
    }
    Ok(())
}

/// A partition that leaves its table keeps its policies and loses its triggers. Those that it gets
/// have names of their own: should it come back, PostgreSQL clones those of the table again.
fn guard_detached(relation: pg_sys::Oid, module_relation: pg_sys::Oid) -> Result<()> {
    // Its records are no longer those that the module's table knows by their keys.
    let predicates = module_predicates(module_relation)?.without_records();
    for member in family(relation)?.iter().take(1) {
        run_all(&predicates.triggers(member, DETACHED))?;
        alter_policies(&predicates, member)?;
    }
    Ok(())
}

/// Makes the policies of a relation say what `predicates` say.
pub fn alter_policies(predicates: &Predicates, relation: &Relation) -> Result<()> {
    run_all(&predicates.statements_to_alter(relation))
}

/// Makes the policies of all tables of a module say what `predicates` say.
pub fn alter_module(module: i32, predicates: &Predicates) -> Result<()> {
    for relation in protected_members(module)? {
        alter_policies(predicates, &relation)?;
    }
    Ok(())
}

/// What the policies of a module say, read from those of its table.
pub fn module_predicates(relation: pg_sys::Oid) -> Result<Predicates> {
    // SAFETY: the module's table exists, since its row was joined with the table's children.
    let table = unsafe { PgRelation::with_lock(relation, pg_sys::AccessShareLock as _) };
    // SAFETY: it is open while `table` lives.
    let columns = unsafe { columns(table.as_ptr()) }?;
    let quote = |column: &KeyColumn| pgrx::spi::quote_identifier(&column.name);
    let decides = match columns {
        Columns::Detail(columns) => Decides::Parent(quote(&columns.via)),
        Columns::Owned(columns) => {
            let heirs = family(relation)?;
            let known: Vec<i32> = column(
                "SELECT l.id FROM sharing.relations l JOIN sharing.modules m ON m.id = l.child_id WHERE m.relation::oid = $1",
                &[relation.into()],
            )?;
            let mut relations = Vec::new();
            for relation in columns.relations {
                let RelationColumn { id, via, when } = relation;
                if known.contains(&id.0) {
                    let when = when.map(|when| when_arm(&when.column, when.type_oid, &when.value));
                    relations.push(RelationArm {
                        id: id.0,
                        via: quote(&via),
                        when: when.transpose()?,
                    });
                }
            }
            Decides::Owner(OwnerArms {
                owner: quote(&columns.owner),
                group: columns.group.as_ref().map(quote),
                record: columns.record.as_ref().map(quote),
                relations,
                has_heirs: heirs.iter().skip(1).any(|member| !member.is_partition),
            })
        }
    };
    let default_owner: Option<bool> = value(
        "SELECT default_owner FROM sharing.modules WHERE relation::oid = $1",
        &[relation.into()],
    )?;
    let quote = |name: &str| pgrx::spi::quote_identifier(name);
    Ok(Predicates {
        module_table: format!("{}.{}", quote(table.namespace()), quote(table.name())),
        decides,
        default_owner: default_owner.unwrap_or_default(),
    })
}

/// The condition that a column has a value, given as text.
pub fn when_arm(column: &str, type_oid: pg_sys::Oid, value: &str) -> Result<WhenArm> {
    let compared = match comparable(type_oid) {
        Some(pg_sys::VARCHAROID) => type_name(pg_sys::TEXTOID),
        // By its SQL name, character, it would be cut to one.
        Some(pg_sys::BPCHAROID) => "pg_catalog.bpchar".to_owned(),
        Some(base) => type_name(base),
        None => {
            return Err(Error::unsupported(format!(
                "column \"{column}\" has the type {}, by which a relation cannot be chosen",
                type_name(type_oid)
            ))
            .hint("It may be an integer, uuid, text, varchar, char or an enum."));
        }
    };
    Ok(WhenArm {
        column: pgrx::spi::quote_identifier(column),
        value: format!("{}::{compared}", pgrx::spi::quote_literal(value)),
    })
}

/// After DROP.
pub fn something_dropped(command: &Command) -> Result<()> {
    if relation_oid(c"generation").is_none() {
        return Ok(());
    }
    let elevated = Elevated::enter()?;
    let any = any_dropped()?;
    drop(elevated);
    if any {
        let _authorship = Authorship::begin_drop(&command.name)?;
        let change = Change::begin()?;
        let children = children_of_dropped()?;
        let diminished = tables_of_dropped()?;
        change.forget_dropped()?;
        for child in children {
            // One whose policies somebody dropped shows nothing as it is, and must not keep others
            // from dropping the parent.
            if let (Some((module, _)), Ok(predicates)) =
                (module_of(child)?, module_predicates(child))
            {
                alter_module(module, &predicates)?;
            }
        }
        drop(change);
        for relation in diminished {
            forget_vanished_of(relation)?;
        }
    }
    Ok(())
}

/// Whether a statement is an ALTER TABLE that does one of these.
///
/// # Safety
/// `statement` must be null or a statement as the parser made it.
unsafe fn does(statement: *mut pg_sys::Node, what: &[pg_sys::AlterTableType::Type]) -> bool {
    // SAFETY: a node tells its type by its tag; the list of an ALTER TABLE holds its commands.
    unsafe {
        if statement.is_null() || (*statement).type_ != pg_sys::NodeTag::T_AlterTableStmt {
            return false;
        }
        let commands = (*statement.cast::<pg_sys::AlterTableStmt>()).cmds;
        (0..length(commands)).any(|n| {
            let command = nth(commands, n).cast::<pg_sys::AlterTableCmd>();
            what.contains(&(*command).subtype)
        })
    }
}

/// # Safety
/// `fcinfo` must be that of a function call.
pub unsafe fn as_event_trigger(
    fcinfo: pg_sys::FunctionCallInfo,
    follow: fn(&Command) -> Result<()>,
) -> pg_sys::Datum {
    use pg_sys::AlterTableType::{
        AT_AttachPartition, AT_DetachPartition, AT_DetachPartitionFinalize,
    };
    // SAFETY: the context of a call is null or a node, whose type says what it is. The names of
    // commands are constants.
    let command = unsafe {
        let context = (*fcinfo).context;
        if context.is_null() || (*context).type_ != pg_sys::NodeTag::T_EventTriggerData {
            raise(Error::wrong_object(
                "this is an event trigger of pg_sharing",
            ));
        }
        let told = context.cast::<pg_sys::EventTriggerData>();
        let name = CStr::from_ptr(pg_sys::GetCommandTagName((*told).tag)).to_string_lossy();
        let statement = (*told).parsetree;
        Command {
            name: name.into_owned(),
            attaches: does(statement, &[AT_AttachPartition]),
            detaches: does(statement, &[AT_DetachPartition, AT_DetachPartitionFinalize]),
        }
    };
    follow(&command).or_raise();
    pg_sys::Datum::null()
}
