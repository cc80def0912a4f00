//! The policies of a module written anew, on all its tables.

use crate::catalog::write::ddl::run_all;
use crate::catalog::write::modules::{default_owner_of, protected_members};
use crate::catalog::write::relations::numbers_of_relations;
use crate::catalog::write::tables::{ApplicationTable, family};
use crate::core::{Action, Error, Result};
use crate::pg::names::qualified_name;
use crate::policy::records::when::comparable;
use crate::policy::sets::since::READ_POLICY;
use crate::policy::text::columns::{
    Columns, KeyColumn, RelationColumn, SOURCES, columns_in, key_of_records, type_name,
};
use crate::policy::text::comparison::{Comparison, compare};
use crate::policy::text::protection::{Decides, OwnerArms, Predicates, RelationArm, WhenArm};
use crate::tables::criteria_arms::criteria_arms;
use pgrx::{PgRelation, pg_sys};
use std::ffi::CStr;

/// Makes the policies of a relation say what `predicates` say.
pub fn alter_policies(predicates: &Predicates, relation: &ApplicationTable) -> Result<()> {
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
    module_predicates_of(relation, READ_POLICY, Action::Read)
}

/// The same, read from a policy of that name, which lets do that.
pub fn module_predicates_of(
    relation: pg_sys::Oid,
    policy: &CStr,
    action: Action,
) -> Result<Predicates> {
    // SAFETY: the module's table exists, since its row was joined with the table's children.
    let table = unsafe { PgRelation::with_lock(relation, pg_sys::AccessShareLock as _) };
    // SAFETY: it is open while `table` lives.
    let columns = unsafe { columns_in(table.as_ptr(), policy, action) }?;
    let quote = |column: &KeyColumn| pgrx::spi::quote_identifier(&column.name);
    // Where no policy for reading is left that marks the key, the arm for single records names it.
    let shared = match &columns {
        Columns::Owned(columns) => columns.record.clone(),
        Columns::Detail(_) => None,
    };
    let decides = match columns {
        Columns::Detail(columns) => Decides::Parent(quote(&columns.via)),
        Columns::Owned(columns) => {
            let heirs = family(relation)?;
            let known = numbers_of_relations(relation)?;
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
                criteria: criteria_arms(relation)?,
                has_heirs: heirs.iter().skip(1).any(|member| !member.is_partition),
            })
        }
    };
    Ok(Predicates {
        module_table: qualified_name(relation).unwrap_or_default(),
        decides,
        // SAFETY: the table is open while `table` lives.
        key: unsafe { key_of_records(table.as_ptr()) }
            .or(shared)
            .as_ref()
            .map(quote),
        default_owner: default_owner_of(relation)?,
    })
}

/// What most of the policies of a module's table say, where they do not say the same: one that was altered is
/// alone. None where no policy tells the columns.
pub fn told_by_most(table: &ApplicationTable) -> Option<Predicates> {
    let mut best: Option<(usize, Predicates)> = None;
    for (source, action) in SOURCES {
        let Ok(predicates) = module_predicates_of(table.oid, source, action) else {
            continue;
        };
        let Comparison {
            differences,
            agreeing,
        } = compare(table, &predicates);
        if differences.is_empty() {
            return Some(predicates);
        }
        if best.as_ref().is_none_or(|(most, _)| agreeing > *most) {
            best = Some((agreeing, predicates));
        }
    }
    best.map(|(_, predicates)| predicates)
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
