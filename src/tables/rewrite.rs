//! Policies and triggers of all modules, written anew in the form of this version: an upgrade from a version
//! of another form calls it, and so may whoever restored a dump of one.

use crate::catalog::write::change::Change;
use crate::catalog::write::ddl::{Ddl, run_all};
use crate::catalog::write::elevation::Elevated;
use crate::catalog::write::modules::protected_members;
use crate::catalog::write::ours::{LostPolicy, our_objects};
use crate::catalog::write::policy_names::OUR_POLICIES;
use crate::catalog::write::rewriting::{
    EarlierPolicy, ModuleTable, modules_with_tables, policies_of_before,
};
use crate::catalog::write::table_columns::{
    has_one_spelling, key_to_point_at, number_of_key_to_point_at,
};
use crate::catalog::write::table_owners::check_owners;
use crate::catalog::write::tables::{ApplicationTable, family, oids};
use crate::core::Result;
use crate::policy::sets::keys::KeyType;
use crate::policy::text::protection::{Predicates, statement_to_close, statements_to_drop};
use crate::tables::module_policies::told_by_most;
use crate::tables::protected_tables::{existing, not_a_module};
use crate::tables::remarks::comment;
use crate::tables::tie_changes::follow_foreign_keys;
use pgrx::pg_sys;

/// Of all modules, or of that to which a relation belongs. Returns the statements, and what there is to say of
/// modules that nothing tells the columns of.
pub fn rewrite(relation: Option<pg_sys::Oid>) -> Result<Vec<String>> {
    let _elevated = Elevated::enter()?;
    let modules = match relation {
        None => modules_with_tables()?,
        Some(relation) => vec![module_with(relation)?],
    };
    let mut tables = Vec::new();
    for module in &modules {
        let members = protected_members(module.id)?.into_iter();
        tables.extend(members.map(|member| member.name));
    }
    // Each waits for whoever reads it: all at once, before the configuration is held.
    let change = Change::begin_on(&tables)?;
    let mut earlier = match relation {
        None => policies_of_before()?,
        Some(_) => Vec::new(),
    };
    let mut statements = Vec::new();
    let mut remarks = Vec::new();
    for module in &modules {
        let Some(predicates) = told(module.table)? else {
            for member in protected_members(module.id)? {
                statements.extend(closing(&member));
            }
            remarks.push(untold(module));
            continue;
        };
        let kin = family(module.table)?;
        let members = protected_members(module.id)?;
        check_owners(&members)?;
        let objects = our_objects(&oids(&members))?;
        for member in members {
            let mut present = objects.of(member.oid).to_vec();
            present.extend(taken(&mut earlier, member.oid));
            let has_left = !kin.iter().any(|other| other.oid == member.oid);
            statements.extend(predicates.statements_anew(&member, &present, has_left));
        }
    }
    // On tables that are not protected, where they permitted what the other policies cut to nothing.
    for EarlierPolicy { table, name } in earlier {
        for relation in family(table)?.iter().take(1) {
            statements.extend(statements_to_drop(relation, &[policy(name.clone())]));
        }
    }
    run_all(&statements)?;
    follow_foreign_keys(&change)?;
    let statements = statements.into_iter().map(|ddl| ddl.statement);
    Ok(statements.chain(remarks).collect())
}

/// The module of which a relation is the table, or a part.
fn module_with(relation: pg_sys::Oid) -> Result<ModuleTable> {
    let mut modules = modules_with_tables()?;
    for (at, module) in modules.iter().enumerate() {
        let is_it = |member: &ApplicationTable| member.oid == relation;
        if module.table == relation || protected_members(module.id)?.iter().any(is_it) {
            return Ok(modules.swap_remove(at));
        }
    }
    Err(not_a_module(&existing(relation)?))
}

/// What there is to say of a module whose policies do not tell its columns.
fn untold(module: &ModuleTable) -> String {
    let ModuleTable {
        name, table_name, ..
    } = module;
    comment(&format!(
        "nobody sees records of module \"{name}\": no policy of {table_name} says by which columns it goes; sharing.protect() with its columns mends it"
    ))
}

/// The statements that close a relation of such a module, whatever other policies it has, to the commands
/// about which no policy of ours decides.
fn closing(relation: &ApplicationTable) -> Vec<Ddl> {
    let missing = OUR_POLICIES.iter().filter(|policy| {
        !relation
            .policies
            .iter()
            .any(|has| has == policy.restrictive)
    });
    let lost = missing.map(|policy| LostPolicy {
        name: policy.restrictive.to_owned(),
        table: relation.oid,
        table_name: relation.name.clone(),
    });
    lost.filter_map(|lost| statement_to_close(&lost)).collect()
}

/// What the policies of a module's table say. Where none says by which column its records are known, that is
/// its primary key, by which they can be shared and given, too. None where they do not tell its columns.
fn told(table: pg_sys::Oid) -> Result<Option<Predicates>> {
    let Some(mut predicates) = told_by_most(&existing(table)?) else {
        return Ok(None);
    };
    if predicates.key.is_none() {
        predicates.key = key_to_point_at(table)?
            .filter(|key| KeyType::of(key.type_oid).is_some())
            .map(|key| key.name);
    }
    let record = match (predicates.record(), number_of_key_to_point_at(table)?) {
        (None, Some(key)) if has_one_spelling(table, key)? => {
            let present = key_to_point_at(table)?.map(|key| key.name);
            present.filter(|column| predicates.key.as_ref() == Some(column))
        }
        _ => None,
    };
    Ok(Some(match record {
        Some(record) => predicates.with_records(record),
        None => predicates,
    }))
}

/// Those on one table, as (kind, name), taken out of the list.
fn taken(earlier: &mut Vec<EarlierPolicy>, table: pg_sys::Oid) -> Vec<(String, String)> {
    let (here, elsewhere): (Vec<_>, Vec<_>) = std::mem::take(earlier)
        .into_iter()
        .partition(|policy| policy.table == table);
    *earlier = elsewhere;
    let names = here.into_iter().map(|policy| policy.name);
    names.map(policy).collect()
}

/// As (kind, name).
fn policy(name: String) -> (String, String) {
    ("POLICY".to_owned(), name)
}
