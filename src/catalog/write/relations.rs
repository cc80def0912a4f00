//! Relations between modules: declared, altered, settled, forgotten.

use crate::catalog::read::links::has_shared_records;
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::write::change::Change;
use crate::catalog::write::sql::{column, execute, rows, value};
use crate::core::org::ModuleId;
use crate::core::{Error, Level, Result};
use pgrx::pg_sys;

impl Change {
    /// Stores a relation; returns its number. Rules that are there carry over it once they are
    /// applied, or once they name the child, and records that were shared once they are applied;
    /// where there is neither, nothing has to be applied. Access to parents carries once it is applied.
    pub fn add_relation(
        &self,
        child: i32,
        parent: i32,
        with_shares: bool,
        with_parent: Level,
    ) -> Result<i32> {
        value(
            &format!(
                "INSERT INTO sharing.relations (child_id, parent_id, with_shares, applied, shares_applied, staged_with_parent)
                 SELECT $1, $2, $3, NOT {}, $4, $5 RETURNING id",
                has_enforced_rules("$2")
            ),
            &[
                child.into(),
                parent.into(),
                with_shares.into(),
                (!with_shares || shares_nothing(parent)).into(),
                with_parent.label().into(),
            ],
        )?
        .ok_or_else(|| Error::internal("the new relation has no number"))
    }

    /// With another condition a relation holds for other records, as if it were declared anew.
    pub fn alter_relation(
        &self,
        (relation, parent): (i32, i32),
        with_shares: bool,
        with_parent: Level,
        has_other_condition: bool,
    ) -> Result<()> {
        execute(
            &format!(
                "UPDATE sharing.relations e SET with_shares = $2, applied = CASE WHEN $3 THEN NOT {} ELSE e.applied END,
                     shares_applied = CASE WHEN NOT $2 THEN true WHEN $3 OR NOT e.with_shares THEN $4 ELSE e.shares_applied END,
                     with_parent = CASE WHEN $3 THEN 'none' ELSE e.with_parent END, staged_with_parent = $5
                 WHERE e.id = $1",
                has_enforced_rules("e.parent_id")
            ),
            &[
                relation.into(),
                with_shares.into(),
                has_other_condition.into(),
                shares_nothing(parent).into(),
                with_parent.label().into(),
            ],
        )?;
        Ok(())
    }

    /// Whether rules carry over it what they do not name, whether shares do, and how much of the access to
    /// parents does, now and once it is applied.
    pub fn settle_relation(
        &self,
        relation: i32,
        applied: bool,
        shares_applied: bool,
        with_parent: (Level, Level),
    ) -> Result<()> {
        execute(
            "UPDATE sharing.relations SET applied = $2, shares_applied = $3, with_parent = $4, staged_with_parent = $5
             WHERE id = $1 AND (applied, shares_applied, with_parent, staged_with_parent) <> ($2, $3, $4, $5)",
            &[
                relation.into(),
                applied.into(),
                shares_applied.into(),
                with_parent.0.label().into(),
                with_parent.1.label().into(),
            ],
        )?;
        Ok(())
    }

    /// Relations of a module to its parents that are not among those of which anybody tells.
    pub fn forget_dead_relations(&self, child: &str, told: &[i32]) -> Result<()> {
        execute(
            "DELETE FROM sharing.relations r USING sharing.modules m WHERE m.id = r.child_id AND m.name = $1 AND r.id <> ALL ($2)",
            &[child.into(), told.to_vec().into()],
        )?;
        Ok(())
    }

    /// What rules say of the children is left to `import`: they may be related otherwise.
    pub fn delete_relations(&self, relations: Vec<i32>) -> Result<()> {
        execute(
            "DELETE FROM sharing.relations WHERE id = ANY ($1)",
            &[relations.into()],
        )?;
        Ok(())
    }

    /// Forgets a relation, and what rules say of the child where they carry over no other.
    pub fn forget_relation(&self, relation: i32) -> Result<()> {
        execute(
            "DELETE FROM sharing.relations WHERE id = $1",
            &[relation.into()],
        )?;
        self.forget_levels_of_strangers()
    }
}

/// Whether no record of a parent is shared. Whoever shares takes no lock that a change of the
/// configuration would wait for, so the latest state counts and not that of an older snapshot.
fn shares_nothing(parent: i32) -> bool {
    !has_shared_records(ModuleId(parent), &Snapshot::latest())
}

/// Whether rules of a parent are enforced, as an SQL condition.
fn has_enforced_rules(parent: &str) -> String {
    format!(
        "EXISTS (SELECT FROM sharing.modules p JOIN sharing.rules r ON r.module_id = COALESCE(p.follows_id, p.id)
             WHERE p.id = {parent} AND r.access IS NOT NULL)"
    )
}

/// The relations of a child: their numbers, and the modules that are their parents.
pub fn relations_of(child: i32) -> Result<Vec<(i32, i32)>> {
    rows(
        "SELECT id, parent_id FROM sharing.relations WHERE child_id = $1 ORDER BY id",
        &[child.into()],
        |row| {
            Ok((
                row.get(1)?.unwrap_or_default(),
                row.get(2)?.unwrap_or_default(),
            ))
        },
    )
}

/// The numbers of the relations of the module of a table.
pub fn numbers_of_relations(child: pg_sys::Oid) -> Result<Vec<i32>> {
    column(
        "SELECT l.id FROM sharing.relations l JOIN sharing.modules m ON m.id = l.child_id WHERE m.relation::oid = $1",
        &[child.into()],
    )
}

/// Whether access to records of a parent is carried to it, at any depth, from those of a child: now, or once that
/// is applied.
pub fn carries_from(parent: i32, child: i32) -> Result<bool> {
    let carrying: Vec<(i32, i32)> = rows(
        "SELECT child_id, parent_id FROM sharing.relations WHERE with_parent <> 'none' OR staged_with_parent <> 'none'",
        &[],
        |row| {
            Ok((
                row.get(1)?.unwrap_or_default(),
                row.get(2)?.unwrap_or_default(),
            ))
        },
    )?;
    let mut above = vec![parent];
    let mut next = 0;
    while let Some(&module) = above.get(next) {
        next += 1;
        for &(of, parent) in &carrying {
            if of == module && !above.contains(&parent) {
                above.push(parent);
            }
        }
    }
    Ok(above.contains(&child))
}
