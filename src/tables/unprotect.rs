//! Taking the protection of a table off (semantics: Modules).

use crate::catalog::write::change::Change;
use crate::catalog::write::ddl::{Ddl, run_all};
use crate::catalog::write::elevation::Elevated;
use crate::catalog::write::modules::{Before, module_of};
use crate::catalog::write::newcomers::protected_among;
use crate::catalog::write::ours::OurObject;
use crate::catalog::write::tables::ApplicationTable;
use crate::catalog::write::{dropped_tables, ours, tables};
use crate::core::{Error, Result};
use crate::policy::text::protection::statements_to_unprotect;
use crate::session::author::Authorship;
use crate::tables::protected_tables::existing;
use crate::tables::remarks::remarks_on_others;
use pgrx::pg_sys;

/// Removes the protection of a table. Returns the statements.
pub fn unprotect(relation: pg_sys::Oid) -> Result<Vec<String>> {
    let _elevated = Elevated::enter()?;
    let relation = existing(relation)?;
    let _authorship = Authorship::begin("unprotect")?;
    let change = Change::begin_on(std::slice::from_ref(&relation.name))?;
    take_off(&change, &relation)
}

fn take_off(change: &Change, relation: &ApplicationTable) -> Result<Vec<String>> {
    let Some((module, name)) = module_of(relation.oid)? else {
        let leftovers = take_off_leftovers(relation.oid)?;
        if !leftovers.is_empty() {
            return Ok(leftovers);
        }
        return Err(Error::unknown(format!("table {} is not protected", relation.name))
            .hint("Protected tables are listed in sharing.modules; partitions are unprotected with the partitioned table."));
    };
    dropped_tables::must_have_no_children(module, &name)?;
    let mut report = take_off_policies(change, module)?;
    change.forget_module(module)?;
    report.extend(remarks_on_others(relation.oid)?);
    Ok(report)
}

/// Takes off what a copy of the schema has brought without the configuration: policies and triggers of ours
/// on a table that is not protected, and the row security that they needed. Returns the statements.
fn take_off_leftovers(relation: pg_sys::Oid) -> Result<Vec<String>> {
    let mut statements = Vec::new();
    let mut remarks = Vec::new();
    let mut members = tables::family(relation)?;
    let protected = protected_among(tables::oids(&members))?;
    members.retain(|member| !protected.contains(&member.oid));
    let all = tables::oids(&members);
    let of_others = ours::objects_under_our_names(&all)?;
    let objects = ours::our_objects(&all)?;
    let objects = objects.filtered(|table, object| !of_others.of(table).contains(object));
    let other_policies = ours::other_policies(&all)?;
    for member in members {
        let (table, is_policy) = (member.oid, |(kind, _): &OurObject| kind == "POLICY");
        let has_policy = objects.of(table).iter().any(is_policy);
        let has_others =
            of_others.of(table).iter().any(is_policy) || !other_policies.of(table).is_empty();
        if has_policy && has_others {
            remarks.push(format!(
                "-- {} has other policies, so its row security stays",
                member.name
            ));
        }
        let before = Before {
            had_row_security: has_others || !has_policy,
            had_force: has_others || !has_policy,
            public_could_truncate: false,
            relation: member,
        };
        statements.extend(statements_to_unprotect(&before, objects.of(table)));
    }
    run_all(&statements)?;
    let mut report: Vec<String> = statements.into_iter().map(|ddl| ddl.statement).collect();
    report.extend(remarks);
    Ok(report)
}

/// Puts the tables of a module back as they were. Returns the statements.
pub fn take_off_policies(change: &Change, module: i32) -> Result<Vec<String>> {
    take_off_policies_of(change, module, |_| true)
}

/// The same for some of the tables.
pub fn take_off_policies_of(
    change: &Change,
    module: i32,
    which: impl Fn(pg_sys::Oid) -> bool,
) -> Result<Vec<String>> {
    let mut protected = change.protected(module)?;
    protected.retain(|before| which(before.relation.oid));
    let tables: Vec<_> = protected.iter().map(|before| before.relation.oid).collect();
    let ours = ours::our_objects(&tables)?;
    let statements = protected
        .iter()
        .flat_map(|before| statements_to_unprotect(before, ours.of(before.relation.oid)));
    let statements: Vec<Ddl> = statements.collect();
    run_all(&statements)?;
    Ok(statements.into_iter().map(|ddl| ddl.statement).collect())
}
