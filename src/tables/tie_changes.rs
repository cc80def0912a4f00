//! What ALTER TABLE does to ties between protected tables: a foreign key that comes is gone by from
//! then on, and one that goes leaves its tie closed.

use crate::catalog::write::change::Change;
use crate::catalog::write::elevation::Elevated;
use crate::catalog::write::ties::{StoredTie, ties, ties_of_changed_tables};
use crate::core::Result;
use crate::core::decision::Way;
use crate::core::org::RelationId;
use crate::policy::records::ties::has_foreign_key;
use crate::session::author::Authorship;

fn is_by_foreign_key(tie: &StoredTie) -> bool {
    let way = tie
        .relation
        .map_or(Way::Own, |id| Way::Relation(RelationId(id)));
    has_foreign_key(tie.child, way, tie.parent)
}

/// Those that a foreign key tells, and that are not known to go by one.
fn newly_told(mut ties: Vec<StoredTie>) -> Vec<StoredTie> {
    ties.retain(|tie| !tie.by_foreign_key && is_by_foreign_key(tie));
    ties
}

fn go_by_foreign_keys(change: &Change, ties: &[StoredTie]) -> Result<()> {
    ties.iter().try_for_each(|tie| match tie.relation {
        Some(relation) => change.tie_relation(relation, true),
        None => change.tie_module(&tie.module, true),
    })
}

/// After a constraint was added.
pub fn constraint_added(command: &str) -> Result<()> {
    let new = {
        let _elevated = Elevated::enter()?;
        newly_told(ties_of_changed_tables()?)
    };
    if new.is_empty() {
        return Ok(());
    }
    let _authorship = Authorship::begin(command)?;
    go_by_foreign_keys(&Change::begin()?, &new)
}

/// Whatever foreign keys are there are gone by from now on.
pub fn follow_foreign_keys(change: &Change) -> Result<()> {
    go_by_foreign_keys(change, &newly_told(ties()?))
}

/// After a constraint or a column was dropped.
pub fn constraint_dropped() -> Result<()> {
    let _elevated = Elevated::enter()?;
    for tie in ties_of_changed_tables()? {
        if tie.by_foreign_key && !is_by_foreign_key(&tie) {
            let StoredTie {
                module,
                parent_module,
                ..
            } = &tie;
            let again = match tie.relation {
                None => "sharing.unprotect() and sharing.protect()",
                Some(_) => "sharing.unrelate() and sharing.relate()",
            };
            pgrx::warning!(
                "module \"{module}\" was tied to \"{parent_module}\" by a foreign key that is gone: nobody reaches its records by those of \"{parent_module}\" until there is one again, or until {again} tie them anew"
            );
        }
    }
    Ok(())
}
