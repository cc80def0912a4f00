//! The owners whose offices are closed to a caller: a rule that carries over a relation stops at them.

use crate::catalog::read::configuration::Owners;
use crate::catalog::read::people::People;
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::state::State;
use crate::core::Result;
use crate::core::decision::Sight;
use crate::core::org::OfficeId;
use crate::policy::sets::keys::{KeySet, KeyType};
use crate::policy::sets::memory;
use crate::policy::sets::memory::{Name, Thing};
use crate::session::caller::Caller;
use crate::session::identity::identity;
use pgrx::pg_sys;
use std::rc::Rc;

/// Owners by whom the office of a record is one that is closed to the caller.
#[derive(Debug)]
pub struct ClosedOwners {
    pub in_owner_column: KeySet,
    /// Where groups have a column of their own: they count where there is no user.
    pub in_group_column: Option<KeySet>,
}

impl ClosedOwners {
    pub fn bytes(&self) -> usize {
        let groups = self.in_group_column.as_ref().map_or(0, KeySet::bytes);
        self.in_owner_column.bytes() + groups + size_of::<ClosedOwners>()
    }
}

/// The stamp of the configuration, the caller's office, the table, and the types of its columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClosedName {
    stamp: u128,
    office: Option<OfficeId>,
    relation: pg_sys::Oid,
    types: (KeyType, KeyType),
}

/// None where no office is closed to the caller.
pub fn closed_owners(
    snapshot: &Snapshot,
    caller: &Caller,
    relation: pg_sys::Oid,
    types: (KeyType, KeyType),
) -> Result<Option<Rc<ClosedOwners>>> {
    let Some(state) = State::seen_by(snapshot)? else {
        return Ok(None);
    };
    let Some(me) = identity(caller, &state, snapshot)? else {
        return Ok(None);
    };
    let org = &state.configuration.org;
    let Some(table) = state.configuration.tables.get(&relation) else {
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
    let name = Name::Closed(ClosedName {
        stamp: state.generation.stamp,
        office: me.office,
        relation,
        types,
    });
    if !state.generation.own
        && let Some(Thing::Closed(known)) = memory::recall(&name)
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
            // A key may belong to a user as well: then his office counts.
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
        memory::remember(name, Thing::Closed(found.clone()));
    }
    Ok(Some(found))
}
