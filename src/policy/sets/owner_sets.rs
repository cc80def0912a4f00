//! Whose records a caller reaches, found out or remembered.

use crate::catalog::read::configuration::{Owners, ProtectedTable};
use crate::catalog::read::people::{KEY, People, UsersOf};
use crate::catalog::read::rows::Row;
use crate::catalog::read::shared::{self, Subject};
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::state::{Identity, State};
use crate::core::decision::{Candidates, Extent, GroupAnswer, Record, Sight, Way};
use crate::core::ordinary::may_everything;
use crate::core::org::{GroupId, OfficeId, User, UserId};
use crate::core::{Action, Result};
use crate::policy::sets::keys::{KeyList, KeySet};
use crate::policy::sets::memory;
use crate::policy::sets::memory::{RememberedSet, SetName};
use crate::policy::sets::owners::{ColumnTypes, GroupKeys, OwnerSet, OwnerSetName, Reach};
use pgrx::pg_sys;
use std::rc::Rc;

/// The owners in `table` by whom the user `me` may do `action`, by `state`, which `snapshot` sees:
/// with their records or, over a relation, with the children of these.
pub fn owner_set(
    state: &State,
    snapshot: &Snapshot,
    me: &Identity,
    table: &ProtectedTable,
    way: Way,
    action: Action,
    types: ColumnTypes,
) -> Result<Rc<OwnerSet>> {
    let owners = OwnerSetName {
        stamp: state.generation.stamp,
        user: me.id,
        relation: table.relation,
        way,
        action,
        types,
    };
    let name = SetName::Owners(owners);
    if !state.generation.own
        && let Some(RememberedSet::Owners(set)) = memory::recall(&name)
    {
        return Ok(set);
    }
    let find_out = || {
        let mut set = Filling::new(state, snapshot, me, table, way, action, types)?.fill()?;
        set.owners.pack();
        Ok(Rc::new(set))
    };
    let set = shared::or_find_out(&state.generation, Subject::Owners, owners, find_out)?;
    if !state.generation.own {
        memory::remember(name, RememberedSet::Owners(set.clone()));
    }
    Ok(set)
}

/// Whether any set is remembered, of whomever.
pub fn any_remembered() -> bool {
    memory::any()
}

/// What is remembered for a user under a stamp, by table and by way.
pub fn remembered(
    stamp: u128,
    user: UserId,
    action: Action,
) -> Vec<(pg_sys::Oid, Way, Rc<OwnerSet>)> {
    memory::all(|name, thing| match (name, thing) {
        (SetName::Owners(name), RememberedSet::Owners(set)) => {
            let is_theirs = name.stamp == stamp && name.user == user && name.action == action;
            is_theirs.then(|| (name.relation, name.way, set.clone()))
        }
        _ => None,
    })
}

/// One set under construction.
struct Filling<'a> {
    state: &'a State,
    snapshot: &'a Snapshot,
    me: &'a Identity,
    owners: Owners,
    way: Way,
    action: Action,
    types: ColumnTypes,
    /// Of the module whose records are at stake: over a relation, of the child.
    sight: Option<Sight<'a>>,
    people: People,
}

/// To find this part of all users by indexes takes as long as to look at all of them in one pass.
const PART_WORTH_A_PASS: f64 = 0.2;

impl<'a> Filling<'a> {
    pub(super) fn new(
        state: &'a State,
        snapshot: &'a Snapshot,
        me: &'a Identity,
        table: &ProtectedTable,
        way: Way,
        action: Action,
        types: ColumnTypes,
    ) -> Result<Self> {
        let org = &state.configuration.org;
        let module = match way.relation() {
            None => Some(table.module),
            Some(id) => org
                .relation(id)
                .filter(|relation| relation.parent == table.module)
                .map(|relation| relation.child),
        };
        Ok(Filling {
            state,
            snapshot,
            me,
            owners: table.owners,
            way,
            action,
            types,
            sight: module.and_then(|module| Sight::new(org, me, module)),
            people: People::open()?,
        })
    }

    fn fill(self) -> Result<OwnerSet> {
        let mut set = OwnerSet::nothing(self.types);
        if self.way == Way::Own && may_everything(self.me) {
            // Also where the table that controls this one is gone, so that nobody else sees it.
            set.reach = Reach::Everything;
            return Ok(set);
        }
        let Some(sight) = &self.sight else {
            return Ok(set);
        };
        let extent = sight.extent_by(self.way, self.action);
        set.reach = match &extent {
            None => return Ok(set),
            Some(Extent::Everything) => {
                set.reach = Reach::Everything;
                return Ok(set);
            }
            Some(Extent::AllExcept(_)) => Reach::AllExcept,
            Some(Extent::Listed(_)) => Reach::Listed,
        };
        if self.owners != Owners::Group {
            match &extent {
                Some(Extent::Listed(candidates)) => set.owners = self.list_users(sight, candidates),
                Some(Extent::AllExcept(offices)) => self.except_users(sight, offices, &mut set),
                _ => {}
            }
        }
        match self.owners {
            Owners::User | Owners::Parent => {}
            Owners::Group | Owners::UserOrGroup => self.add_groups(sight, &mut set),
            Owners::UserAndGroup => set.groups = Some(self.group_keys(sight)),
        }
        Ok(set)
    }

    /// The users whose records are reached: found by their groups, roles and offices, or, where these
    /// are those of many, in one pass over all users.
    fn list_users(&self, sight: &Sight, candidates: &Candidates) -> KeySet {
        let groups_of = self.people.members_of(&candidates.groups, self.snapshot);
        let mut keys = KeyList::new(self.types.user);
        let mut found = 0.0;
        let mut judge = |user: &mut User, row: &Row| {
            found += 1.0;
            if let Some(groups) = groups_of.get(&user.id) {
                user.groups.clone_from(groups);
            }
            if sight.allows_by(self.way, self.action, &Record::owned_by_user(user)) {
                row.with_text(KEY, |key| keys.push(key));
            }
            found
        };

        // Whether there are many shows by the numbers of roles and offices, if people are spread evenly
        // over them, or else on the way.
        let org = &self.state.configuration.org;
        let part = candidates.roles.len() as f64 / org.roles.len().max(1) as f64
            + candidates.offices.len() as f64 / org.offices.len().max(1) as f64;
        let many = self.people.estimated() * PART_WORTH_A_PASS;
        let mut is_many = part * self.people.estimated() > many;
        let roles = candidates.roles.iter().map(|&role| UsersOf::Role(role));
        let offices = candidates.offices.iter();
        let mut places = roles.chain(offices.map(|&office| UsersOf::Office(office)));
        while !is_many && let Some(place) = places.next() {
            self.people.each_of(place, self.snapshot, |user, row| {
                is_many |= judge(user, row) > many;
            });
        }
        if is_many {
            self.people.each(self.snapshot, |user, row| {
                judge(user, row);
            });
        } else {
            let mut users: Vec<UserId> = groups_of.keys().copied().collect();
            users.sort_unstable();
            self.people
                .each_with_id(&users, self.snapshot, |user, row| {
                    judge(user, row);
                });
        }
        let mine = Record::owned_by_user(self.me);
        if candidates.oneself && sight.allows_by(self.way, self.action, &mine) {
            keys.push(&self.me.key);
        }
        keys.into_set()
    }

    fn except_users(&self, sight: &Sight, offices: &[OfficeId], set: &mut OwnerSet) {
        for &office in offices {
            for (key, user) in self.people.of_office(office, self.snapshot) {
                // Memberships count in one's own office only: elsewhere it is closed to rules.
                let whole = (Some(office) == self.me.office)
                    .then(|| self.people.by_key(&key, self.snapshot))
                    .flatten();
                let user = whole.unwrap_or(user);
                if !sight.allows_by(self.way, self.action, &Record::owned_by_user(&user)) {
                    set.owners.insert(&key);
                }
            }
        }
    }

    fn each_group(&self, mut visit: impl FnMut(GroupId, &str)) {
        for (&id, group) in &self.state.configuration.org.groups {
            visit(id, &group.key);
        }
    }

    /// Groups in the one owner column. A key that belongs to a user as well, which only changes by
    /// hand bring about, says of neither that the record is theirs.
    fn add_groups(&self, sight: &Sight, set: &mut OwnerSet) {
        self.each_group(|id, key| {
            let both = match self.owners {
                Owners::UserOrGroup => self.people.by_key(key, self.snapshot),
                _ => None,
            };
            let record = match both {
                Some(_) => Record::default(),
                None => Record::owned_by_group(id),
            };
            let admitted = sight.allows_by(self.way, self.action, &record);
            match (set.reach, admitted) {
                (Reach::Listed, true) | (Reach::AllExcept, false) => set.owners.insert(key),
                (Reach::Listed, false) | (Reach::AllExcept, true) => set.owners.remove(key),
                (Reach::Everything, _) => {}
            }
        });
    }

    fn group_keys(&self, sight: &Sight) -> GroupKeys {
        let mut keys = GroupKeys {
            alone: KeySet::new(self.types.group),
            always: KeySet::new(self.types.group),
            unless_closed: KeySet::new(self.types.group),
            refused: KeySet::new(self.types.group),
            closed_users: KeySet::new(self.types.user),
        };
        self.each_group(|id, key| {
            if sight.allows_by(self.way, self.action, &Record::owned_by_group(id)) {
                keys.alone.insert(key);
            } else {
                keys.refused.insert(key);
            }
            match sight.group_answer_by(self.way, self.action, id) {
                GroupAnswer::Yes => {
                    keys.always.insert(key);
                    keys.unless_closed.insert(key);
                }
                GroupAnswer::UnlessClosed => keys.unless_closed.insert(key),
                GroupAnswer::No => {}
            }
        });
        for office in self.state.configuration.org.closed_offices() {
            if sight.is_closed_to_me(Some(office)) {
                for (key, _) in self.people.of_office(office, self.snapshot) {
                    keys.closed_users.insert(&key);
                }
            }
        }
        keys
    }
}
