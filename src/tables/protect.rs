//! Protecting a table (semantics: Modules).

use crate::catalog::read::configuration::Owners;
use crate::catalog::write::change::{Change, MODULE};
use crate::catalog::write::dropped_tables::is_vanished;
use crate::catalog::write::elevation::Elevated;
use crate::catalog::write::modules::{NewModule, module_of};
use crate::catalog::write::rules::ruling_module;
use crate::catalog::write::sql::value;
use crate::core::related::belongs_to_followed;
use crate::core::{Error, GlobalAccess, Result};
use crate::session::author::Authorship;
use crate::tables::criteria::{follow_protected, must_suit_followed};
use crate::tables::follow_ddl::forget_unnoticed_tables;
use crate::tables::mend::mend;
use crate::tables::protectable::relation_to_protect;
use crate::tables::protected_tables::existing;
use crate::tables::protection::Protection;
use crate::tables::remarks::{NewlyProtected, remarks_on_others, remarks_on_protection};
use pgrx::pg_sys;

/// Protects a table and everything that inherits from it; with `dry_run`, only tells how. Returns the
/// statements, and remarks as SQL comments.
pub fn protect(protection: &Protection, dry_run: bool) -> Result<Vec<String>> {
    let relation = {
        let _elevated = Elevated::enter()?;
        let relation = relation_to_protect(protection.relation)?;
        protection.must_not_name_a_column(&relation.name)?;
        relation
    };
    let _authorship = Authorship::begin("protect")?;
    if !dry_run {
        forget_unnoticed_tables(std::slice::from_ref(&relation.name))?;
    }
    let change = Change::begin_on(std::slice::from_ref(&relation.name))?;
    let statements = carry_out(protection, &change, dry_run)?;
    if !dry_run {
        follow_protected(protection.relation)?;
    }
    Ok(statements)
}

/// Protects the table and everything that inherits from it. Returns the statements.
fn carry_out(protection: &Protection, change: &Change, dry_run: bool) -> Result<Vec<String>> {
    if let Some((id, module)) = module_of(protection.relation)? {
        let table = existing(protection.relation)?;
        return mend(protection, change, &table, (id, &module), dry_run);
    }
    let prepared = protection.prepare()?;
    let plain_name = value::<String>(
        "SELECT relname::text FROM pg_catalog.pg_class WHERE oid = $1",
        &[protection.relation.into()],
    )?;
    let name = protection
        .module
        .unwrap_or(plain_name.as_deref().unwrap_or_default());
    if !(dry_run && is_vanished(name)?) {
        MODULE.must_be_new(name).map_err(|error| {
            error.hint(
                "Give the module another name: sharing.protect(relation, owner, module => name).",
            )
        })?;
    }
    if prepared.owners == Owners::UserOrGroup {
        change.keys_must_differ_for(name)?;
    }
    let module = NewModule {
        name,
        owners: prepared.owners,
        hierarchy: protection.hierarchy,
        default_owner: protection.default_owner,
        grants: protection.grants,
        controlled_by: prepared.controlled_by,
        follows: protection
            .follows
            .map(|module| to_follow(name, module, protection.relation))
            .transpose()?,
        global_access: protection.global_access,
    };
    if let (Some(followed), true) = (
        protection.follows,
        protection.global_access != GlobalAccess::default(),
    ) {
        return Err(belongs_to_followed(name, followed));
    }
    // As the table is before: what lies dormant there is going to wake up.
    let remarks = remarks_on_protection(&NewlyProtected {
        protection,
        family: &prepared.family,
        columns: &prepared.columns,
    })?;
    if !dry_run {
        change.register(&module, &prepared.family)?;
        change.tie_module(name, prepared.by_foreign_key)?;
        prepared.run()?;
    }
    let statements = prepared.statements.into_iter();
    let statements = statements.map(|ddl| ddl.statement);
    let others = remarks_on_others(protection.relation)?;
    Ok(statements.chain(remarks).chain(others).collect())
}

/// The number of the module that a new one is to follow.
fn to_follow(new: &str, module: &str, relation: pg_sys::Oid) -> Result<i32> {
    if new == module {
        return Err(Error::bad_value(format!(
            "module \"{module}\" would follow itself: that is a cycle"
        )));
    }
    let followed = ruling_module(module)?;
    must_suit_followed(relation, followed)?;
    Ok(followed)
}
