//! The criteria of rules: stored once for each module, however many rules have them.

use crate::catalog::write::change::Change;
use crate::catalog::write::forget_ended::ENDED_RULES;
use crate::catalog::write::rules::ruling_module;
use crate::catalog::write::sql::{column, execute, rows, timestamp, value};
use crate::core::criteria::Criteria;
use crate::core::{Error, Result};
use crate::pg::clock::Time;
use pgrx::pg_sys;

/// A table whose records the rules of a module speak of: its own, or that of a module that follows it.
pub struct RuledTable {
    pub relation: pg_sys::Oid,
    pub module: String,
    pub follows: bool,
}

/// The module's own table first.
pub fn ruled_tables(module: &str) -> Result<Vec<RuledTable>> {
    let id = ruling_module(module)?;
    rows(
        "SELECT relation::oid, name, follows_id IS NOT NULL FROM sharing.modules WHERE id = $1 OR follows_id = $1 ORDER BY 3, 2",
        &[id.into()],
        |row| {
            Ok(RuledTable {
                relation: row.get(1)?.unwrap_or_default(),
                module: row.get(2)?.unwrap_or_default(),
                follows: row.get(3)?.unwrap_or_default(),
            })
        },
    )
}

fn read(found: Vec<(i32, String)>) -> Result<Vec<(i32, Criteria)>> {
    let each = |(id, text): (i32, String)| Ok((id, Criteria::parse(&text)?));
    found.into_iter().map(each).collect()
}

/// The criteria of the valid rules for the module of a table, by number.
pub fn valid_criteria(relation: pg_sys::Oid) -> Result<Vec<(i32, Criteria)>> {
    read(rows(
        "SELECT c.id, c.conditions FROM sharing.criteria c WHERE c.id IN (
             SELECT r.criteria_id FROM sharing.rules r JOIN sharing.modules m ON r.module_id = COALESCE(m.follows_id, m.id)
             WHERE m.relation = $1 AND r.access IS NOT NULL)
         ORDER BY c.id",
        &[relation.into()],
        |row| Ok((row.get(1)?.unwrap_or_default(), row.get(2)?.unwrap_or_default())),
    )?)
}

/// All criteria of rules of a module, valid or staged, each with the number of a rule that has them.
pub fn all_criteria(module: i32) -> Result<Vec<(i64, Criteria)>> {
    let found: Vec<(i64, String)> = rows(
        "SELECT pg_catalog.min(r.id), c.conditions FROM sharing.criteria c JOIN sharing.rules r ON c.id IN (r.criteria_id, r.staged_criteria_id)
         WHERE r.module_id = $1 GROUP BY c.id, c.conditions ORDER BY 1",
        &[module.into()],
        |row| Ok((row.get(1)?.unwrap_or_default(), row.get(2)?.unwrap_or_default())),
    )?;
    let each = |(id, text): (i64, String)| Ok((id, Criteria::parse(&text)?));
    found.into_iter().map(each).collect()
}

/// All that are stored, with the table to whose columns they speak.
pub fn stored_criteria() -> Result<Vec<(i32, pg_sys::Oid, Criteria)>> {
    let found: Vec<(i32, pg_sys::Oid, String)> = rows(
        "SELECT c.id, m.relation::oid, c.conditions FROM sharing.criteria c JOIN sharing.modules m ON m.id = c.module_id",
        &[],
        |row| {
            Ok((
                row.get(1)?.unwrap_or_default(),
                row.get(2)?.unwrap_or_default(),
                row.get(3)?.unwrap_or_default(),
            ))
        },
    )?;
    let each = |(id, relation, text): (i32, pg_sys::Oid, String)| {
        Ok((id, relation, Criteria::parse(&text)?))
    };
    found.into_iter().map(each).collect()
}

/// The same of the rules for the module of a table.
pub fn all_criteria_for(relation: pg_sys::Oid) -> Result<Vec<(i64, Criteria)>> {
    let ruling: Option<i32> = value(
        "SELECT COALESCE(m.follows_id, m.id) FROM sharing.modules m WHERE m.relation = $1",
        &[relation.into()],
    )?;
    ruling.map_or_else(|| Ok(Vec::new()), all_criteria)
}

/// The columns of modules' tables that the command of an event trigger dropped, where the table stays.
pub fn dropped_columns() -> Result<Vec<(pg_sys::Oid, String)>> {
    rows(
        "SELECT d.objid, d.address_names[3] FROM pg_catalog.pg_event_trigger_dropped_objects() d
         JOIN sharing.modules m ON m.relation = d.objid
         WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objsubid > 0",
        &[],
        |row| {
            Ok((
                row.get(1)?.unwrap_or_default(),
                row.get(2)?.unwrap_or_default(),
            ))
        },
    )
}

/// The modules with owners whose valid rules have other criteria than the staged ones, and their tables.
pub fn modules_with_other_criteria() -> Result<Vec<(i32, pg_sys::Oid)>> {
    const OF_MODULE: &str = "FROM sharing.rules r WHERE r.module_id = COALESCE(m.follows_id, m.id)";
    let of = |criteria, access| {
        format!(
            "SELECT r.{criteria} {OF_MODULE} AND r.{criteria} IS NOT NULL AND r.{access} IS NOT NULL"
        )
    };
    // There are none in most companies, and the question below takes longer to be planned than all else.
    let is_any: Option<bool> = value("SELECT EXISTS (SELECT FROM sharing.criteria)", &[])?;
    if is_any != Some(true) {
        return Ok(Vec::new());
    }
    let valid = of("criteria_id", "access");
    let staged = of("staged_criteria_id", "staged_access");
    rows(
        &format!(
            "SELECT m.id, m.relation::oid FROM sharing.modules m WHERE m.controlled_by_id IS NULL
               AND EXISTS (({valid} EXCEPT {staged}) UNION ({staged} EXCEPT {valid}))
             ORDER BY m.id"
        ),
        &[],
        |row| {
            Ok((
                row.get(1)?.unwrap_or_default(),
                row.get(2)?.unwrap_or_default(),
            ))
        },
    )
}

/// The same of those some of whose valid rules have ended by then, and have criteria that none has which goes on.
pub fn modules_with_ended_criteria(now: Time) -> Result<Vec<(i32, pg_sys::Oid)>> {
    rows(
        &format!(
            "SELECT m.id, m.relation::oid FROM sharing.modules m WHERE m.controlled_by_id IS NULL
               AND EXISTS (SELECT r.criteria_id FROM sharing.rules r WHERE r.module_id = COALESCE(m.follows_id, m.id) AND r.access IS NOT NULL
                   GROUP BY r.criteria_id HAVING r.criteria_id IS NOT NULL AND pg_catalog.bool_and(COALESCE({ENDED_RULES}, false)))
             ORDER BY m.id"
        ),
        &[timestamp(Some(now))],
        |row| {
            Ok((
                row.get(1)?.unwrap_or_default(),
                row.get(2)?.unwrap_or_default(),
            ))
        },
    )
}

/// The name of the module whose rules hold for a module.
pub fn ruling_module_of(module: i32) -> Result<String> {
    let name: Option<String> = value(
        "SELECT f.name FROM sharing.modules m JOIN sharing.modules f ON f.id = COALESCE(m.follows_id, m.id) WHERE m.id = $1",
        &[module.into()],
    )?;
    Ok(name.unwrap_or_default())
}

/// The modules with owners for which there are criteria at all, and their tables.
pub fn modules_with_owners() -> Result<Vec<(i32, pg_sys::Oid)>> {
    rows(
        "SELECT m.id, m.relation::oid FROM sharing.modules m JOIN pg_catalog.pg_class c ON c.oid = m.relation
         WHERE m.controlled_by_id IS NULL ORDER BY m.id",
        &[],
        |row| Ok((row.get(1)?.unwrap_or_default(), row.get(2)?.unwrap_or_default())),
    )
}

impl Change {
    /// The number of criteria of a module.
    pub(super) fn number_of_criteria(&self, module: i32, criteria: &Criteria) -> Result<i32> {
        let text = criteria.to_text();
        let known: Option<i32> = value(
            "SELECT id FROM sharing.criteria WHERE module_id = $1 AND conditions = $2",
            &[module.into(), text.clone().into()],
        )?;
        if let Some(known) = known {
            return Ok(known);
        }
        let new: Vec<i32> = column(
            "INSERT INTO sharing.criteria (module_id, conditions) VALUES ($1, $2) RETURNING id",
            &[module.into(), text.into()],
        )?;
        let new = new.into_iter().next();
        new.ok_or_else(|| Error::internal("the new criteria have no number"))
    }

    /// Forgets those that no rule has.
    pub fn forget_unused_criteria(&self) -> Result<()> {
        execute(
            "DELETE FROM sharing.criteria c WHERE NOT EXISTS (SELECT FROM sharing.rules r WHERE c.id IN (r.criteria_id, r.staged_criteria_id))",
            &[],
        )?;
        Ok(())
    }

    /// Makes criteria say the same in other words.
    pub fn set_criteria(&self, id: i32, criteria: &Criteria) -> Result<()> {
        execute(
            "UPDATE sharing.criteria SET conditions = $2 WHERE id = $1",
            &[id.into(), criteria.to_text().into()],
        )?;
        Ok(())
    }

    /// Follows a column of a module's table that has another name.
    pub fn rename_in_criteria(&self, module: i32, old: &str, new: &str) -> Result<()> {
        let stored = read(rows(
            "SELECT id, conditions FROM sharing.criteria WHERE module_id = $1",
            &[module.into()],
            |row| {
                Ok((
                    row.get(1)?.unwrap_or_default(),
                    row.get(2)?.unwrap_or_default(),
                ))
            },
        )?)?;
        for (id, criteria) in stored.iter().filter(|(_, criteria)| criteria.names(old)) {
            self.set_criteria(*id, &criteria.renamed(old, new))?;
        }
        Ok(())
    }
}
