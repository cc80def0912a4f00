//! What the event triggers do: new partitions and inheritance children are protected like their
//! parents, and a dropped table takes its module with it (semantics: Modules).
//!
//! The event trigger follows every command that can make a child, by whatever tag, but for our own; the rest cost half a
//! millisecond, and 2 ms where a table has a thousand partitions. PostgreSQL runs no event triggers for
//! commands on databases, roles, tablespaces and event triggers, nor for TRUNCATE, CLUSTER, VACUUM, REINDEX,
//! COPY and LOCK, none of which makes a child; in single-user mode it runs none at all. Tables that came
//! while event triggers were off are reported and left alone.

use crate::catalog::read::citus;
use crate::catalog::read::citus::Node;
use crate::catalog::read::names::relation_oid;
use crate::catalog::read::version::announce;
use crate::catalog::write::change::Change;
use crate::catalog::write::ddl::{Ddl, run_all};
use crate::catalog::write::dropped_tables::{
    DETACHED, any_dropped, attached_again, children_of_dropped, detached, superfluous_triggers,
    tables_of_dropped, unfiltered_parent,
};
use crate::catalog::write::elevation::Elevated;
use crate::catalog::write::modules::module_of;
use crate::catalog::write::newcomers::{Newcomer, named_relations, newcomers, protected_among};
use crate::catalog::write::origin::{LocalConsequence, comes_from_elsewhere};
use crate::catalog::write::ours::{objects_under_our_names, our_objects};
use crate::catalog::write::own_tables::alters_ours;
use crate::catalog::write::renewal::renew;
use crate::catalog::write::tables::{family, oids, unlogged_with_shares};
use crate::catalog::write::waiting::commit_waits_for_nobody;
use crate::catalog::write::without_owner;
use crate::core::{Error, Result, Sqlstate};
use crate::pg::notices::warn;
use crate::pg::process;
use crate::policy::rows::share_guard::forget_vanished_of;
use crate::policy::text::protection::{Decides, statements_to_drop};
use crate::session::author::{Authorship, is_under_way};
use crate::sources::follow_ddl as sources;
use crate::tables::criteria;
use crate::tables::event_command::{Concerns, DdlCommand};
use crate::tables::lasting::must_last;
use crate::tables::module_policies::{alter_module, alter_policies, module_predicates};
use crate::tables::our_policies;
use crate::tables::our_triggers;
use crate::tables::spread;
use crate::tables::tie_changes::{constraint_added, constraint_dropped};
use pgrx::pg_sys;

/// After every command. Which tables came to belong to a protected one is told by the catalogs, so that
/// no way to make a partition is forgotten.
pub fn after_command(command: &DdlCommand) -> Result<()> {
    let is_rename = command.renames_column.is_some();
    let concerns_nothing = command.is_ours || command.concerns == Concerns::Nothing && !is_rename;
    if concerns_nothing || relation_oid(c"generation").is_none() {
        return Ok(());
    }
    if command.upgrades {
        announce();
    }
    if let Some((old, new)) = &command.renames_label {
        criteria::label_renamed(&command.name, old, new)?;
    }
    if let Some((old, new)) = &command.renames_column {
        criteria::column_renamed(&command.name, old, new)?;
    }
    if let Concerns::Policies | Concerns::Triggers = command.concerns
        && citus::is_here()
    {
        spread::policies_made(&command.name)?;
        // A worker's tables are changed by the coordinator, which looks after them.
        if citus::is_worker() {
            return Ok(());
        }
    }
    match command.concerns {
        Concerns::Policies => our_policies::altered(&command.name),
        Concerns::Triggers => {
            our_triggers::altered(&command.name)?;
            sources_changed(command)
        }
        Concerns::Nothing => sources_changed(command),
        Concerns::Tables => {
            table_changed(command)?;
            sources_changed(command)
        }
    }
}

/// Before an ALTER TABLE.
pub fn before_columns_change(relation: pg_sys::Oid, columns: &[String]) -> Result<()> {
    match relation_oid(c"generation") {
        None => Ok(()),
        Some(_) => criteria::must_not_name(relation, columns),
    }
}

/// Tables from which the organization comes.
fn sources_changed(command: &DdlCommand) -> Result<()> {
    // They say nothing at a worker, whose tables only have their names.
    if citus::is_worker() {
        return Ok(());
    }
    let names = command.renames_column.as_ref();
    sources::after_command(&sources::SourceCommand {
        name: &command.name,
        renames: names.map(|(old, new)| (old.as_str(), new.as_str())),
        moves_tables: command.moves_tables,
        rewrites: command.rewrites,
        unlogs: command.unlogs,
    })
}

fn table_changed(command: &DdlCommand) -> Result<()> {
    let is_followed = is_under_way();
    if command.unlogs {
        let _elevated = Elevated::enter()?;
        if let Some((table, shares)) = unlogged_with_shares()? {
            return Err(Error::new(
                Sqlstate::InUse,
                format!("table {table} cannot be unlogged: {shares} of its module's shares and grants would survive the crash that empties it"),
            )
            .detail("They would open new records that get the same keys.")
            .hint("Take them back first, with sharing.unshare_record() and sharing.revoke_record()."));
        }
    }
    // What becomes part of a table of Citus is protected at the coordinator, which brings it here with all that it has.
    let is_worker = citus::is_worker();
    let newcomers = {
        let _elevated = Elevated::enter()?;
        // What enables triggers is looked after by `own_tables::mend_triggers`.
        if command.name != "ALTER TABLE" && alters_ours()? {
            renew()?;
        }
        match is_worker {
            true => Vec::new(),
            false => concerned(newcomers()?)?,
        }
    };
    // Not after other commands: a restore brings rows, policies and triggers in any order, and sessions
    // that lock tables which their commands do not name wait for each other.
    let detached = match command.detaches && !is_worker {
        true => {
            let _elevated = Elevated::enter()?;
            detached()?
        }
        false => Vec::new(),
    };
    let again = match command.attaches && !is_worker {
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
    let mut protected = Vec::new();
    for newcomer in newcomers {
        protected.extend(protect_newcomer(&newcomer)?);
    }
    spread::newcomers_have_triggers(&protected);
    let elevated = Elevated::enter()?;
    for (relation, module_relation) in detached {
        guard_detached(relation, module_relation)?;
    }
    drop(elevated);
    // Any ALTER TABLE: the constraint may have come while the event trigger was off.
    if command.name == "ALTER TABLE" && !is_followed {
        constraint_added(&command.name)?;
    }
    if command.drops_constraint {
        constraint_dropped()?;
    }
    let _elevated = Elevated::enter()?;
    again.carry_out()?;
    match unfiltered_parent(&protected)? {
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
            && !comes_from_elsewhere(c"protected_relations")
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

/// Returns the tables that it protected.
fn protect_newcomer(newcomer: &Newcomer) -> Result<Vec<pg_sys::Oid>> {
    let &Newcomer {
        relation,
        module,
        module_relation,
        ..
    } = newcomer;
    let (_, attaching) = process::users();
    let _elevated = Elevated::enter()?;
    let mut members = family(relation)?;
    // A table can come by more than one of its parents.
    let known = protected_among(oids(&members))?;
    members.retain(|member| !known.contains(&member.oid));
    let predicates = module_predicates(module_relation)?;
    if predicates.default_owner
        && let Decides::Owner(arms) = &predicates.decides
    {
        without_owner::check_default_owner(&members, &arms.owner, &predicates.module_table)?;
    }
    if let Some(member) = members.iter().find(|member| !member.is_table()) {
        return Err(Error::unsupported(format!(
            "{} cannot become part of a protected table: row security does not protect it",
            member.name
        ))
        .hint("Only tables have row security."));
    }
    if members.is_empty() {
        return Ok(Vec::new());
    }
    spread::check_newcomers(&members, module_relation, attaching)?;
    // All of them before the first statement: event triggers of the application hear of that, and may run
    // DDL, which brings us here again.
    let names: Vec<String> = members.iter().map(|member| member.name.clone()).collect();
    let change = Change::begin_on(&names)?;
    // Where the configuration comes from elsewhere, the other database tells that the table is protected.
    if !comes_from_elsewhere(c"protected_relations") {
        change.register_family(module, &members)?;
    }
    drop(change);
    let of_others = objects_under_our_names(&oids(&members))?;
    let leftovers = our_objects(&oids(&members))?;
    for member in &members {
        // These names are ours on a protected table.
        for (kind, name) in of_others.of(member.oid) {
            warn(
                format!(
                    "{} \"{name}\" of {} was replaced by that of pg_sharing",
                    kind.to_lowercase(),
                    member.name
                ),
                "The names of policies and triggers that begin with sharing_ belong to pg_sharing on protected tables.",
            );
        }
        run_all(&statements_to_drop(member, leftovers.of(member.oid)))?;
        run_all(&predicates.statements(member))?;
    }
    must_last(&members, &predicates)?;
    let is_heir = members.first().is_some_and(|member| !member.is_partition);
    if is_heir && predicates.can_share_records() {
        for root in family(module_relation)?.iter().take(1) {
            alter_policies(&predicates, root)?;
        }
    }
    Ok(oids(&members))
}

/// A partition that leaves its table keeps its policies and loses its triggers. Those that it gets
/// have names of their own: should it come back, PostgreSQL clones those of the table again.
fn guard_detached(relation: pg_sys::Oid, module_relation: pg_sys::Oid) -> Result<()> {
    // Its records are no longer those that the module's table knows by their keys.
    let predicates = module_predicates(module_relation)?.without_records();
    for member in family(relation)?.iter().take(1) {
        for trigger in predicates.owner_triggers(member, DETACHED) {
            run_all(&trigger.ddl())?;
        }
        alter_policies(&predicates, member)?;
    }
    Ok(())
}

/// After DROP.
pub fn something_dropped(command: &DdlCommand) -> Result<()> {
    if command.is_ours || relation_oid(c"generation").is_none() {
        return Ok(());
    }
    if citus::is_worker() {
        return drops_followed(command);
    }
    if command.concerns == Concerns::Policies {
        return our_policies::dropped(&command.name);
    }
    criteria::must_not_have_lost()?;
    // What an ALTER TABLE drops is looked after by what follows that.
    if command.name != "ALTER TABLE" {
        our_triggers::dropped(&command.name)?;
    }
    drops_followed(command)?;
    our_policies::close_what_lost_policies(&command.name)
}

/// Modules and sources whose tables are gone go.
fn drops_followed(command: &DdlCommand) -> Result<()> {
    let any = {
        let _elevated = Elevated::enter()?;
        any_dropped()?
    };
    if any {
        if citus::this_node() == Some(Node::Coordinator) {
            commit_waits_for_nobody();
        }
        let _authorship = Authorship::begin_drop(&command.name)?;
        forget_vanished_tables(Change::begin()?)?;
    }
    sources::something_dropped(&command.name)
}

/// Modules whose table is gone go, and what else a table that is gone left behind.
pub fn forget_vanished_tables(change: Change) -> Result<()> {
    let children = children_of_dropped()?;
    let diminished = tables_of_dropped()?;
    {
        let _consequence = LocalConsequence::begin();
        change.forget_dropped()?;
    }
    for child in children {
        // One whose policies somebody dropped shows nothing as it is, and must not keep others
        // from dropping the parent.
        if let (Some((module, _)), Ok(predicates)) = (module_of(child)?, module_predicates(child)) {
            alter_module(module, &predicates)?;
        }
    }
    drop(change);
    for relation in diminished {
        forget_vanished_of(relation)?;
    }
    Ok(())
}

/// The same, where tables vanished while the event trigger was off.
pub fn forget_unnoticed_tables(tables: &[String]) -> Result<()> {
    let any = {
        let _elevated = Elevated::enter()?;
        any_dropped()?
    };
    match any {
        true => forget_vanished_tables(Change::begin_on(tables)?),
        false => Ok(()),
    }
}
