//! The owners whose offices are closed to a caller, found out or remembered.

use crate::catalog::read::configuration::Owners;
use crate::catalog::read::people::People;
use crate::catalog::read::snapshot::Snapshot;
use crate::core::Result;
use crate::core::decision::Sight;
use crate::policy::sets::closed_owners::{ClosedName, ClosedOwners};
use crate::policy::sets::keys::{KeySet, KeyType};
use crate::policy::sets::memory;
use crate::policy::sets::memory::{RememberedSet, SetName};
use crate::session::caller::Caller;
use crate::session::identity::known_by;
use pgrx::pg_sys;
use std::rc::Rc;

/// None where no office is closed to the caller.
pub fn closed_owners(
    snapshot: &Snapshot,
    caller: &Caller,
    relation: pg_sys::Oid,
    types: (KeyType, KeyType),
) -> Result<Option<Rc<ClosedOwners>>> {
    let Some((state, me)) = known_by(caller, snapshot)? else {
        return Ok(None);
    };
    let org = &state.configuration.org;
    let Some(table) = state.table(relation) else {
        return Ok(None);
    };
    let Some(sight) = Sight::new(org, &me, table.module) else {
        return Ok(None);
    };
    let closed: Vec<_> = org
        .closed_offices()
        .filter(|office| sight.is_closed_to_me(Some(*office)))
        .collect();
    if closed.is_empty() {
        return Ok(None);
    }
    let name = SetName::Closed(ClosedName {
        stamp: state.generation.stamp,
        office: me.office,
        relation,
        types,
    });
    if !state.generation.own
        && let Some(RememberedSet::Closed(known)) = memory::recall(&name)
    {
        return Ok(Some(known));
    }
    let people = People::open()?;
    let mut owners = KeySet::new(types.0);
    if table.owners != Owners::Group {
        for &office in &closed {
            for (key, _) in people.of_office(office, snapshot) {
                owners.insert(&key);
            }
        }
    }
    let mut groups = KeySet::new(types.1);
    for group in org.groups.values() {
        if !group.office.is_some_and(|office| closed.contains(&office)) {
            continue;
        }
        match table.owners {
            Owners::Group => owners.insert(&group.key),
            // A key may belong to a user as well: then the user's office counts.
            Owners::UserOrGroup if people.by_key(&group.key, snapshot).is_none() => {
                owners.insert(&group.key);
            }
            Owners::UserAndGroup => groups.insert(&group.key),
            Owners::UserOrGroup | Owners::User | Owners::Parent => {}
        }
    }
    let found = Rc::new(ClosedOwners {
        in_owner_column: owners,
        in_group_column: (table.owners == Owners::UserAndGroup).then_some(groups),
    });
    if !state.generation.own {
        memory::remember(name, RememberedSet::Closed(found.clone()));
    }
    Ok(Some(found))
}
