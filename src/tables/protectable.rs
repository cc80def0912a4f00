//! Which tables can become modules (semantics: Modules).

use crate::catalog::write::by_table::ByTable;
use crate::catalog::write::ours::OurObject;
use crate::catalog::write::table_owners::check_owners;
use crate::catalog::write::tables::ApplicationTable;
use crate::catalog::write::{ours, tables};
use crate::core::{Error, Result};
use crate::tables::protected_tables::existing;
use crate::tables::spread;
use pgrx::pg_sys;

/// A relation that can become a module, or why it cannot.
pub fn relation_to_protect(oid: pg_sys::Oid) -> Result<ApplicationTable> {
    let relation = existing(oid)?;
    check_relation(&relation)?;
    Ok(relation)
}

/// Refuses relations that cannot become a module.
pub fn check_relation(relation: &ApplicationTable) -> Result<()> {
    let name = &relation.name;
    let what = match relation.kind {
        'r' | 'p' => None,
        'v' => Some("a view"),
        'm' => Some("a materialized view"),
        'f' => Some("a foreign table"),
        'i' | 'I' => Some("an index"),
        'S' => Some("a sequence"),
        _ => Some("not a table"),
    };
    if let Some(what) = what {
        let hint = match relation.kind {
            'v' => "Protect the tables below it, and create the view WITH (security_invoker).",
            _ => "Only tables have row security.",
        };
        return Err(
            Error::wrong_object(format!("{name} is {what}, which cannot be protected")).hint(hint),
        );
    }
    if tables::is_system_relation(relation.oid)? {
        return Err(Error::wrong_object(format!(
            "{name} is a system table, a temporary table or one of pg_sharing, which cannot be protected"
        )));
    }
    Ok(())
}

/// Refuses families with a member that cannot be protected together with the others.
pub fn check_family(family: &[ApplicationTable]) -> Result<()> {
    let root = &family[0];
    if root.is_partition {
        return Err(
            Error::not_possible(format!("table {} is a partition", root.name))
                .hint("Protect the partitioned table: its partitions are protected with it."),
        );
    }
    spread::check_family(family)?;
    let other_parents = tables::other_parents(family)?;
    for member in family {
        if !member.is_table() {
            return Err(Error::unsupported(format!(
                "{} inherits from {} and is not a table: row security cannot protect it",
                member.name, root.name
            )));
        }
        if let Some(parent) = other_parents.of(member.oid).first() {
            return Err(Error::not_possible(format!(
                "table {} inherits from {parent}, which would show its rows unfiltered",
                member.name
            ))
            .hint(format!("Protect {parent} instead, or end the inheritance.")));
        }
    }
    check_owners(family)
}

/// What earlier policies of pg_sharing left on the tables, which is going to be dropped. What others made
/// under our names stays where it is, and the tables cannot be protected.
pub fn leftovers(family: &[ApplicationTable]) -> Result<ByTable<OurObject>> {
    let tables = tables::oids(family);
    let of_others = ours::objects_under_our_names(&tables)?;
    for member in family {
        if let Some((kind, name)) = of_others.of(member.oid).first() {
            let kind = kind.to_lowercase();
            return Err(Error::exists(format!(
                "table {} has a {kind} \"{name}\" that is not of pg_sharing",
                member.name
            ))
            .hint(format!(
                "Drop or rename the {kind}: pg_sharing needs the name."
            )));
        }
    }
    ours::our_objects(&tables)
}
