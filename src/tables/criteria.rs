//! The criteria of rules on the tables of which they speak (semantics: Sharing rules): each module's policies have an arm
//! for each different criteria of its valid rules, and for no others.

use crate::catalog::write::change::Change;
use crate::catalog::write::criteria::{
    all_criteria, all_criteria_for, dropped_columns, modules_with_ended_criteria,
    modules_with_other_criteria, modules_with_owners, ruled_tables, ruling_module_of,
    stored_criteria, valid_criteria,
};
use crate::catalog::write::elevation::Elevated;
use crate::catalog::write::modules::protected_members;
use crate::catalog::write::newcomers::named_relations;
use crate::catalog::write::tables::{family, oids};
use crate::core::criteria::{Criteria, Scalar};
use crate::core::document::{Plan, section};
use crate::core::{Error, Result, Sqlstate};
use crate::pg::clock::Time;
use crate::pg::names::column_in;
use crate::pg::names::qualified_name;
use crate::policy::text::criteria::{checked, has_label};
use crate::session::author::Authorship;
use crate::tables::module_policies::{alter_module, module_predicates};
use crate::tables::protected_tables::{open_table, owners_of};
use pgrx::pg_sys;
use pgrx::spi::quote_identifier;
use std::collections::{BTreeSet, HashSet};

/// Criteria for a rule of a module, as they are stored: values as the database writes them.
pub fn criteria_for(module: &str, criteria: &Criteria) -> Result<Criteria> {
    let mut stored = criteria.clone();
    for table in ruled_tables(module)? {
        let name = qualified_name(table.relation).unwrap_or_default();
        if !table.follows {
            stored = checked(table.relation, &name, criteria)?;
            continue;
        }
        checked(table.relation, &name, &stored).map_err(|error| {
            let message = format!("module \"{}\", which follows \"{module}\"", table.module);
            error.at(&message)
        })?;
    }
    Ok(stored)
}

/// What a table that is going to follow a module must have: the columns of all criteria of its rules.
pub fn must_suit_followed(relation: pg_sys::Oid, followed: i32) -> Result<()> {
    let table = qualified_name(relation).unwrap_or_default();
    for (rule, criteria) in all_criteria(followed)? {
        checked(relation, &table, &criteria)
            .map_err(|error| error.at(&format!("rule {rule} of the module that it follows")))?;
    }
    Ok(())
}

/// The modules with owners for which a change is going to make other criteria valid, and their tables. These are
/// locked before the configuration, and no others.
pub struct OtherCriteria(Vec<(i32, pg_sys::Oid)>);

impl OtherCriteria {
    /// Those that `find` tells before the change begins, and no others once the tables are locked.
    fn begin(find: impl Fn() -> Result<Vec<(i32, pg_sys::Oid)>>) -> Result<(Change, Self)> {
        let names = {
            let _elevated = Elevated::enter()?;
            names_of_tables(&find()?)?
        };
        let change = Change::begin_on(&names)?;
        // Somebody staged more while this waited for the lock.
        let modules = find()?;
        let now = names_of_tables(&modules)?;
        match now.iter().all(|name| names.contains(name)) {
            true => Ok((change, OtherCriteria(modules))),
            false => Err(Error::new(
                Sqlstate::Retry,
                "other criteria were staged meanwhile, for tables that are not locked",
            )
            .hint("Run the transaction again.")),
        }
    }

    /// Begins making valid what is staged.
    pub fn to_apply() -> Result<(Change, Self)> {
        Self::begin(modules_with_other_criteria)
    }

    /// Makes the policies say what the criteria of valid rules are.
    pub fn follow(&self, _change: &Change) -> Result<()> {
        follow_all(&self.0)
    }
}

fn names_of_tables(modules: &[(i32, pg_sys::Oid)]) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for (module, _) in modules {
        let members = protected_members(*module)?;
        names.extend(members.into_iter().map(|member| member.name));
    }
    Ok(names)
}

/// Forgets what has ended by then, and takes the criteria that no other valid rule has out of the policies.
pub fn forget_ended(now: Time) -> Result<i64> {
    let (change, other) = OtherCriteria::begin(|| modules_with_ended_criteria(now))?;
    let forgotten = change.forget_ended(now)?;
    other.follow(&change)?;
    Ok(forgotten)
}

/// The tables of modules whose valid rules have criteria, before an import or after it.
pub fn tables_with_criteria(plan: &Plan) -> Result<Vec<String>> {
    let wanted = section(&plan.wanted.rules).iter();
    let named = wanted.filter(|rule| rule.criteria.is_some());
    let named: HashSet<&str> = named.map(|rule| rule.module.as_str()).collect();
    let mut concerned = Vec::new();
    for (module, relation) in modules_with_owners()? {
        let is_named = || -> Result<bool> {
            let ruling = ruling_module_of(module)?;
            Ok(named.contains(ruling.as_str()))
        };
        if !valid_criteria(relation)?.is_empty() || is_named()? {
            concerned.push((module, relation));
        }
    }
    names_of_tables(&concerned)
}

/// The tables that an import changes that makes nothing valid: those of criteria whose rules have ended, which it
/// forgets.
pub fn tables_with_ended_criteria(now: Time) -> Result<Vec<String>> {
    names_of_tables(&modules_with_ended_criteria(now)?)
}

/// After an import: `tables` are those that it has locked.
pub fn follow_import(_change: &Change, tables: &BTreeSet<String>) -> Result<()> {
    let is_locked = |relation: pg_sys::Oid| {
        let name = qualified_name(relation);
        name.is_some_and(|name| tables.contains(&name))
    };
    let mut concerned = modules_with_owners()?;
    concerned.retain(|(_, relation)| is_locked(*relation));
    follow_all(&concerned)
}

/// After a table was protected, which is locked.
pub fn follow_protected(relation: pg_sys::Oid) -> Result<()> {
    let mut concerned = modules_with_owners()?;
    concerned.retain(|one| one.1 == relation);
    follow_all(&concerned)
}

/// Makes the policies of modules say what the criteria of their valid rules are, where they do not.
fn follow_all(modules: &[(i32, pg_sys::Oid)]) -> Result<()> {
    for &(module, relation) in modules {
        let wanted = valid_criteria(relation)?.into_iter();
        let wanted: Vec<i32> = wanted.map(|one| one.0).collect();
        let Ok(columns) = owners_of(&open_table(relation)?) else {
            continue; // The doctor tells of broken policies.
        };
        let mut present: Vec<i32> = columns.criteria.iter().map(|id| id.0).collect();
        present.sort_unstable();
        if present != wanted {
            alter_module(module, &module_predicates(relation)?)?;
        }
    }
    Ok(())
}

/// The error about a column that somebody is going to drop or to give another type.
fn is_named(rule: i64, column: &str, relation: pg_sys::Oid) -> Error {
    let table = qualified_name(relation).unwrap_or_default();
    Error::in_use(format!(
        "column {} of table {table} is named by the criteria of rule {rule}",
        quote_identifier(column)
    ))
    .hint("Drop the rule first, and apply that.")
}

/// Before an ALTER TABLE drops columns of a table, or gives them another type: refused for those that criteria
/// name. Those of partitions and of tables that inherit are those of the table above.
pub fn must_not_name(relation: pg_sys::Oid, columns: &[String]) -> Result<()> {
    let _elevated = Elevated::enter()?;
    let descendants = oids(&family(relation)?);
    for (_, table) in modules_with_owners()? {
        if table != relation && !descendants.contains(&table) {
            continue;
        }
        for (rule, criteria) in all_criteria_for(table)? {
            if let Some(column) = columns.iter().find(|column| criteria.names(column)) {
                return Err(is_named(rule, column, table));
            }
        }
    }
    Ok(())
}

/// After columns were dropped, by whatever command: the same, of what was dropped.
pub fn must_not_have_lost() -> Result<()> {
    let _elevated = Elevated::enter()?;
    for (relation, column) in dropped_columns()? {
        for (rule, criteria) in all_criteria_for(relation)? {
            if criteria.names(&column) {
                return Err(is_named(rule, &column, relation));
            }
        }
    }
    Ok(())
}

/// After a column was renamed: criteria of the module whose table it is say its new name. Where one module follows
/// another, criteria are of columns of both by one name, and one of them cannot have another.
pub fn column_renamed(command: &str, old: &str, new: &str) -> Result<()> {
    let renamed = {
        let _elevated = Elevated::enter()?;
        renamed_in(command, old, new)?
    };
    if renamed.is_empty() {
        return Ok(());
    }
    let _authorship = Authorship::begin(command)?;
    let change = Change::begin()?;
    for module in renamed {
        change.rename_in_criteria(module, old, new)?;
    }
    Ok(())
}

/// The modules whose criteria name a column that has another name by now.
fn renamed_in(command: &str, old: &str, new: &str) -> Result<Vec<i32>> {
    let mut concerned = HashSet::new();
    for named in named_relations()? {
        concerned.extend(oids(&family(named)?));
    }
    // A table of a composite type changes with that.
    let is_any = command == "ALTER TYPE";
    let mut renamed = Vec::new();
    for (module, relation) in modules_with_owners()? {
        let is_concerned = is_any || concerned.contains(&relation);
        if !is_concerned || column_in(relation, old).is_some() || column_in(relation, new).is_none()
        {
            continue;
        }
        let naming = all_criteria_for(relation)?;
        let Some((rule, _)) = naming.iter().find(|one| one.1.names(old)) else {
            continue;
        };
        let name = ruling_module_of(module)?;
        if ruled_tables(&name)?.len() > 1 {
            return Err(is_named(*rule, old, relation)
                .detail("Where one module follows another, criteria go by columns of one name in both tables."));
        }
        renamed.push(module);
    }
    Ok(renamed)
}

/// After a label of an enum was renamed: criteria say its new name.
pub fn label_renamed(command: &str, old: &str, new: &str) -> Result<()> {
    let mut changed = Vec::new();
    {
        let _elevated = Elevated::enter()?;
        for (id, relation, criteria) in stored_criteria()? {
            let is_it = |column: &str| {
                has_label(relation, column, old) == Some(false)
                    && has_label(relation, column, new) == Some(true)
            };
            let renamed = criteria.with_values(|column, value, _| {
                let is_renamed = *value == Scalar::Text(old.to_owned()) && is_it(column);
                Ok(match is_renamed {
                    true => Scalar::Text(new.to_owned()),
                    false => value.clone(),
                })
            })?;
            if renamed != criteria {
                changed.push((id, renamed));
            }
        }
    }
    if changed.is_empty() {
        return Ok(());
    }
    let _authorship = Authorship::begin(command)?;
    let change = Change::begin()?;
    let mut changed = changed.into_iter();
    changed.try_for_each(|(id, renamed)| change.set_criteria(id, &renamed))
}
