//! Relations from a child module to its parents: declared and taken back (semantics: Modules).

use crate::catalog::write::change::Change;
use crate::catalog::write::elevation::Elevated;
use crate::catalog::write::modules::module_of;
use crate::catalog::write::table_columns::TableColumn;
use crate::catalog::write::tables::ApplicationTable;
use crate::catalog::write::{relations, table_columns, tables};
use crate::core::carrying::{circle, must_carry};
use crate::core::{Error, Level, Result};
use crate::policy::sets::keys::KeyType;
use crate::policy::text::protection::{Decides, RelationArm};
use crate::session::author::Authorship;
use crate::tables::mend::forget_untold_relations;
use crate::tables::module_policies::{alter_module, module_predicates, when_arm};
use crate::tables::protected_tables::{
    existing, is_broken, open_table, owned_module, owners_of, protected,
};
use crate::tables::remarks::remark_on_relation;
use crate::tables::ties::{InField, ParentModule, Tied};
use pgrx::pg_sys;

/// The arguments of `relate`, with the table of the child.
struct NewRelation<'a> {
    child: &'a ApplicationTable,
    via: &'a str,
    parent: pg_sys::Oid,
    when: Option<(&'a str, &'a str)>,
    with_shares: bool,
    with_parent: Level,
}

/// Declares that records of `child` point at records of `parent`.
pub fn relate(
    child: pg_sys::Oid,
    via: &str,
    parent: pg_sys::Oid,
    when: Option<(&str, &str)>,
    with_shares: bool,
    with_parent: Level,
) -> Result<()> {
    must_carry(with_parent)?;
    let _elevated = Elevated::enter()?;
    let table = existing(child)?;
    let _authorship = Authorship::begin("relate")?;
    let change = Change::begin_on(std::slice::from_ref(&table.name))?;
    NewRelation {
        child: &table,
        via,
        parent,
        when,
        with_shares,
        with_parent,
    }
    .carry_out(&change)
}

/// Takes back that records of `child` point at records of `parent` through the column `via`.
pub fn unrelate(child: pg_sys::Oid, via: &str, parent: pg_sys::Oid) -> Result<()> {
    let _elevated = Elevated::enter()?;
    let (table, parent) = (existing(child)?, existing(parent)?);
    let _authorship = Authorship::begin("unrelate")?;
    let change = Change::begin_on(std::slice::from_ref(&table.name))?;
    let (module, name) = protected(&table)?;
    let parent_module = module_of(parent.oid)?;
    let mut ids = Vec::new();
    if let Some((parent, parent_name)) = &parent_module {
        if is_broken(&table)? {
            if forget_untold_relations(&change, (module, &name), (*parent, parent_name))? {
                return Ok(());
            }
        } else {
            ids = relations_between(&table, module, *parent, via)?;
        }
    }
    let Some(id) = ids.pop() else {
        return Err(Error::unknown(format!(
            "{} has no relation to {} through column \"{via}\"",
            table.name, parent.name
        ))
        .hint("Relations are listed in sharing.relations, and in sharing.export_config()."));
    };
    change.forget_relation(id)?;
    alter_module(module, &module_predicates(child)?)
}

impl NewRelation<'_> {
    fn carry_out(&self, change: &Change) -> Result<()> {
        let child = self.child;
        let (module, name) = owned_module(child)?;
        let parent_table = existing(self.parent)?;
        let (parent_module, parent_name) = protected(&parent_table)?;
        let parent = ParentModule::of(&parent_table, &parent_name, false)?;
        owned_module(&parent_table)?;
        let (mut arm, by_foreign_key) = relation_arm(child, self.via, &parent, self.when)
            .map_err(|InField { error, .. }| error)?;
        if !relations_between(child, module, parent_module, self.via)?.is_empty() {
            return Err(Error::exists(format!(
                "{} is related to \"{parent_name}\" through column \"{}\" already",
                child.name, self.via
            ))
            .hint("To relate them otherwise, call sharing.unrelate() first."));
        }
        if self.with_parent > Level::None && relations::carries_from(parent_module, module)? {
            return Err(circle(&name, &parent_name));
        }
        let column = arm.via.clone();
        arm.id = change.add_relation(module, parent_module, self.with_shares, self.with_parent)?;
        change.tie_relation(arm.id, by_foreign_key)?;
        let mut predicates = module_predicates(child.oid)?;
        if let Decides::Owner(arms) = &mut predicates.decides {
            arms.relations.push(arm);
        }
        alter_module(module, &predicates)?;
        remark_on_relation(child, &column, &parent_table)
    }
}

/// What the policies of a child say of a relation to a parent, and whether a foreign key says by which
/// column; the relation has no number yet.
pub fn relation_arm(
    child: &ApplicationTable,
    via: &str,
    parent: &ParentModule,
    when: Option<(&str, &str)>,
) -> Result<(RelationArm, bool), InField> {
    let within = |field| move |error| InField { field, error };
    let Tied {
        column,
        by_foreign_key,
    } = parent.tied(child, via, when.is_some())?;
    let when = match when {
        None => None,
        Some((name, value)) => {
            let column = table_columns::column_named(child, name).map_err(within("when.column"))?;
            let arm = when_arm(name, column.type_oid, value).map_err(within("when.column"))?;
            must_be_value_of(&column, value).map_err(within("when.value"))?;
            Some(arm)
        }
    };
    let arm = RelationArm {
        id: 0,
        via: column.name,
        when,
    };
    Ok((arm, by_foreign_key))
}

/// Policies hold values as their columns write them, and values that are none are errors of
/// PostgreSQL's that tell nobody where.
fn must_be_value_of(column: &TableColumn, value: &str) -> Result<()> {
    let is_value = match KeyType::of(column.type_oid) {
        Some(key_type) => key_type.can_hold(value),
        None => tables::labels_of_enum(column.type_oid)?
            .is_none_or(|labels| labels.iter().any(|label| label == value)),
    };
    match is_value {
        true => Ok(()),
        false => Err(Error::bad_value(format!(
            "\"{value}\" is not how column {} writes a value of the type {}",
            column.name,
            column.type_name()
        ))),
    }
}

/// The relations of a module to a parent through a column.
fn relations_between(
    child: &ApplicationTable,
    module: i32,
    parent: i32,
    via: &str,
) -> Result<Vec<i32>> {
    let columns = owners_of(&open_table(child.oid)?)?;
    let through = |id: i32| {
        let mut relations = columns.relations.iter();
        relations.any(|relation| relation.id.0 == id && relation.via.name == via)
    };
    Ok(relations::relations_of(module)?
        .into_iter()
        .filter(|&(id, to)| to == parent && through(id))
        .map(|(id, _)| id)
        .collect())
}
