//! What the event triggers do: new partitions and inheritance children are protected like their
//! parents, and a dropped table takes its module with it (semantics: Modules).

use crate::api::modules::module_of;
use crate::api::raise::{OrRaise, raise, warn};
use crate::catalog::read::names::relation_oid;
use crate::catalog::read::version::announce;
use crate::catalog::write::change::Change;
use crate::catalog::write::ddl::{Ddl, run_all};
use crate::catalog::write::dropped_tables::{
    DETACHED, any_dropped, attached_again, children_of_dropped, detached, superfluous_triggers,
    tables_of_dropped, unfiltered_parent,
};
use crate::catalog::write::elevation::Elevated;
use crate::catalog::write::newcomers::{Newcomer, named_relations, newcomers, protected_among};
use crate::catalog::write::ours::{objects_under_our_names, our_objects};
use crate::catalog::write::sql::value;
use crate::catalog::write::tables::{family, unlogged_with_shares};
use crate::catalog::write::without_owner;
use crate::core::{Error, Result, Sqlstate};
use crate::policy::rows::share_guard::forget_vanished_of;
use crate::policy::text::calls::{length, nth};
use crate::policy::text::protection::{Decides, statements_to_drop};
use crate::session::author::{Authorship, is_under_way};
use crate::tables::module_policies::{alter_module, alter_policies, module_predicates};
use crate::tables::our_policies;
use crate::tables::tie_changes::{constraint_added, constraint_dropped};
use pgrx::pg_sys;
use std::ffi::CStr;

/// A command that an event trigger is told of.
pub struct Command {
    /// As in pg_event_trigger_ddl_commands(): `ALTER TABLE`
    name: String,
    concerns: Concerns,
    /// Whether it makes a table a partition.
    attaches: bool,
    /// Whether a partition leaves its table. Other children keep their own triggers when they leave.
    detaches: bool,
    /// Whether it makes a table one that a crash empties.
    unlogs: bool,
    /// Whether it adds a constraint, or drops one or a column.
    adds_constraint: bool,
    drops_constraint: bool,
    /// Whether it may bring an extension to another version.
    upgrades: bool,
}

/// What a command can change.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Concerns {
    /// No table comes to belong to another by it.
    Nothing,
    Policies,
    Tables,
}

/// After every command. Which tables came to belong to a protected one is told by the catalogs, so that
/// no way to make a partition is forgotten.
pub fn after_command(command: &Command) -> Result<()> {
    if command.concerns == Concerns::Nothing || relation_oid(c"generation").is_none() {
        return Ok(());
    }
    if command.upgrades {
        announce();
    }
    match command.concerns {
        Concerns::Policies => our_policies::altered(&command.name),
        _ => table_changed(command),
    }
}

fn table_changed(command: &Command) -> Result<()> {
    if command.unlogs {
        let _elevated = Elevated::enter()?;
        if let Some((table, shares)) = unlogged_with_shares()? {
            return Err(Error::new(
                Sqlstate::InUse,
                format!("table {table} cannot be unlogged: {shares} of its module's shares would survive the crash that empties it"),
            )
            .detail("They would open new records that get the same keys.")
            .hint("Take the shares back first, with sharing.unshare_record()."));
        }
    }
    let newcomers = {
        let _elevated = Elevated::enter()?;
        // What enables triggers is looked after by `own_tables::mend_triggers`.
        if command.name != "ALTER TABLE" && is_ours()? {
            crate::catalog::write::renewal::renew()?;
        }
        concerned(newcomers()?)?
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
    let again = match command.attaches {
        true => {
            let _elevated = Elevated::enter()?;
            AttachedAgain::find()?
        }
        false => AttachedAgain::default(),
    };
    let changes_nothing = newcomers.is_empty() && detached.is_empty() && again.is_empty();
    let _authorship = match changes_nothing {
        true => None,
        false => Some(Authorship::begin(&command.name)?),
    };
    for &(_, module_relation) in &detached {
        forget_vanished_of(module_relation)?;
    }
    for newcomer in newcomers {
        protect_newcomer(&newcomer)?;
    }
    let elevated = Elevated::enter()?;
    for (relation, module_relation) in detached {
        guard_detached(relation, module_relation)?;
    }
    drop(elevated);
    if command.adds_constraint {
        constraint_added(&command.name)?;
    }
    if command.drops_constraint {
        constraint_dropped()?;
    }
    let _elevated = Elevated::enter()?;
    again.carry_out()?;
    match unfiltered_parent()? {
        Some((child, parent)) => Err(Error::not_possible(format!(
            "table {child} is protected and cannot inherit from {parent}, which would show its rows unfiltered"
        ))
        .hint(format!("Protect {parent} with sharing.protect() first."))),
        None => Ok(()),
    }
}

/// What a partition brings along that was detached and is attached again.
#[derive(Default)]
struct AttachedAgain {
    /// The statements that drop the triggers it had meanwhile.
    statements: Vec<Ddl>,
    /// Partitions whose policies leave out single records, each with the module's table.
    relations: Vec<(pg_sys::Oid, pg_sys::Oid)>,
}

impl AttachedAgain {
    fn find() -> Result<AttachedAgain> {
        Ok(AttachedAgain {
            statements: superfluous_triggers()?,
            relations: attached_again()?,
        })
    }

    fn is_empty(&self) -> bool {
        self.statements.is_empty() && self.relations.is_empty()
    }

    fn carry_out(&self) -> Result<()> {
        run_all(&self.statements)?;
        for &(relation, module_relation) in &self.relations {
            let predicates = module_predicates(module_relation)?;
            for member in family(relation)?.iter().take(1) {
                alter_policies(&predicates, member)?;
            }
        }
        Ok(())
    }
}

/// The newcomers that the command concerns: the command fails where one of them cannot be protected.
/// Others came while the event trigger was off. They are reported and left alone, since their errors and
/// the locks on them must keep nobody else from going on. Statements of ours, made for one newcomer, meet
/// those that are next.
fn concerned(found: Vec<Newcomer>) -> Result<Vec<Newcomer>> {
    let mut concerned = Vec::new();
    let mut named = None;
    for newcomer in found {
        let same = |other: &Newcomer| other.relation == newcomer.relation;
        if newcomer.is_named && concerned.iter().any(same) {
            let name = family(newcomer.relation)?.swap_remove(0).name;
            return Err(Error::not_possible(format!(
                "table {name} cannot inherit from two tables that are protected each by itself"
            ))
            .hint("Which of them decides about its rows would not be clear."));
        }
        if newcomer.is_named {
            concerned.push(newcomer);
            continue;
        }
        let named = match &mut named {
            Some(named) => &*named,
            None => &*named.insert(named_relations()?),
        };
        let family = family(newcomer.relation)?;
        if family.iter().any(|member| named.contains(&member.oid)) {
            concerned.push(newcomer);
        } else if !is_under_way()
            && let Some(table) = family.first().map(|member| &member.name)
        {
            warn(
                format!("table {table} belongs to a protected table and is not protected"),
                &format!(
                    "It came while the event trigger of pg_sharing was off. ALTER TABLE {table} FORCE ROW LEVEL SECURITY protects it; a foreign table has to leave."
                ),
            );
        }
    }
    Ok(concerned)
}

/// Whether the statement altered a table of the extension.
fn is_ours() -> Result<bool> {
    Ok(value(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_event_trigger_ddl_commands() WHERE schema_name = 'sharing' AND NOT in_extension)",
        &[],
    )?
    .unwrap_or_default())
}

fn protect_newcomer(newcomer: &Newcomer) -> Result<()> {
    let &Newcomer {
        relation,
        module,
        module_relation,
        ..
    } = newcomer;
    let _elevated = Elevated::enter()?;
    let mut members = family(relation)?;
    // A table can come by more than one of its parents.
    let known = protected_among(members.iter().map(|member| member.oid).collect())?;
    members.retain(|member| !known.contains(&member.oid));
    let predicates = module_predicates(module_relation)?;
    if predicates.default_owner
        && let Decides::Owner(arms) = &predicates.decides
    {
        without_owner::check_default_owner(&members, &arms.owner, &predicates.module_table)?;
    }
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
        // These names are ours on a protected table.
        for (kind, name) in objects_under_our_names(member.oid)? {
            warn(
                format!(
                    "{} \"{name}\" of {} was replaced by that of pg_sharing",
                    kind.to_lowercase(),
                    member.name
                ),
                "The names of policies and triggers that begin with sharing_ belong to pg_sharing on protected tables.",
            );
        }
        let leftovers = our_objects(member.oid)?;
        run_all(&statements_to_drop(member, &leftovers))?;
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

/// After DROP.
pub fn something_dropped(command: &Command) -> Result<()> {
    if relation_oid(c"generation").is_none() {
        return Ok(());
    }
    if command.concerns == Concerns::Policies {
        return our_policies::dropped(&command.name);
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

/// What a statement can change. What is not known here may change anything.
///
/// # Safety
/// `statement` must be null or a statement as the parser made it.
unsafe fn concerns(statement: *mut pg_sys::Node) -> Concerns {
    use pg_sys::NodeTag;
    // SAFETY: a node tells its type by its tag.
    unsafe {
        if statement.is_null() {
            return Concerns::Tables;
        }
        match (*statement).type_ {
            NodeTag::T_CreatePolicyStmt | NodeTag::T_AlterPolicyStmt => Concerns::Policies,
            NodeTag::T_RenameStmt => match (*statement.cast::<pg_sys::RenameStmt>()).renameType {
                pg_sys::ObjectType::OBJECT_POLICY => Concerns::Policies,
                _ => Concerns::Nothing,
            },
            NodeTag::T_DropStmt => match (*statement.cast::<pg_sys::DropStmt>()).removeType {
                pg_sys::ObjectType::OBJECT_POLICY => Concerns::Policies,
                _ => Concerns::Nothing,
            },
            NodeTag::T_AlterDefaultPrivilegesStmt
            | NodeTag::T_AlterFunctionStmt
            | NodeTag::T_AlterOwnerStmt
            | NodeTag::T_AlterSeqStmt
            | NodeTag::T_CommentStmt
            | NodeTag::T_CreateFunctionStmt
            | NodeTag::T_CreateSeqStmt
            | NodeTag::T_CreateStatsStmt
            | NodeTag::T_CreateTableAsStmt
            | NodeTag::T_CreateTrigStmt
            | NodeTag::T_GrantRoleStmt
            | NodeTag::T_GrantStmt
            | NodeTag::T_IndexStmt
            | NodeTag::T_RefreshMatViewStmt
            | NodeTag::T_SecLabelStmt
            | NodeTag::T_ViewStmt => Concerns::Nothing,
            _ => Concerns::Tables,
        }
    }
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
        AT_AddConstraint, AT_AttachPartition, AT_DetachPartition, AT_DetachPartitionFinalize,
        AT_DropColumn, AT_DropConstraint, AT_SetUnLogged,
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
            upgrades: !statement.is_null()
                && (*statement).type_ == pg_sys::NodeTag::T_AlterExtensionStmt,
            concerns: concerns(statement),
            attaches: does(statement, &[AT_AttachPartition]),
            unlogs: does(statement, &[AT_SetUnLogged]),
            detaches: does(statement, &[AT_DetachPartition, AT_DetachPartitionFinalize]),
            adds_constraint: does(statement, &[AT_AddConstraint]),
            drops_constraint: does(statement, &[AT_DropConstraint, AT_DropColumn]),
        }
    };
    follow(&command).or_raise();
    pg_sys::Datum::null()
}
