//! Records that are alike to every rule, and how one of them is judged.

use crate::core::decision::{Record, RecordGrant, Sight};
use crate::core::org::{
    CriteriaId, GroupId, OfficeId, Recipient, RelationId, RoleId, User, UserId,
};
use crate::core::{Action, Level, Rights};
use crate::policy::preview::counted::GivenTo;

/// What of a user every rule goes by.
pub type Likeness = (Option<RoleId>, Option<OfficeId>, Vec<GroupId>);

/// An owner as rules see them, the group owner, to which roles and groups the record was given, and what it meets.
pub type Ownership = (
    Option<Likeness>,
    Option<GroupId>,
    Vec<GivenTo>,
    Vec<CriteriaId>,
);

/// Records that are alike to every rule: their owners, and those of their parents.
pub type Kind = (Ownership, Vec<(RelationId, Ownership)>);

/// Nobody's number: an owner who stands for others must not be taken for the caller.
const ANYBODY: UserId = UserId(i32::MIN);

pub fn likeness(user: &User) -> Likeness {
    (user.role, user.office, user.groups.clone())
}

/// A record, and parents of it, given to a single user.
pub struct GivenByName {
    pub to: UserId,
    pub own: Level,
    pub over: Vec<RelationId>,
}

pub(super) fn anybody_like((role, office, groups): &Likeness) -> User {
    User {
        id: ANYBODY,
        role: *role,
        office: *office,
        active: true,
        rights: Rights::default(),
        groups: groups.clone(),
        superior_in: Vec::new(),
    }
}

/// Calls `judge` with a record of a kind, which was given to somebody besides.
pub fn with_record<T>(
    (own, parents): &Kind,
    given: Option<&GivenByName>,
    judge: impl FnOnce(&Record) -> T,
) -> T {
    let user = |ownership: &Ownership| ownership.0.as_ref().map(anybody_like);
    let grant = |&(to, level): &GivenTo| RecordGrant { to, level };
    let grants = |ownership: &Ownership, besides: Level| -> Vec<RecordGrant> {
        let by_name = given.map(|given| (Recipient::User(given.to), besides));
        let by_name = by_name.filter(|(_, level)| *level > Level::None);
        ownership.2.iter().chain(&by_name).map(grant).collect()
    };
    // Parents of which nothing is known but that they were given.
    let unknown = Ownership::default();
    let over = given.map_or(&[][..], |given| &given.over);
    let is_known = |id: &&RelationId| parents.iter().any(|(known, _)| known == *id);
    let others = over
        .iter()
        .filter(|id| !is_known(id))
        .map(|id| (id, &unknown));
    let parents = parents.iter().map(|(id, parent)| (id, parent));
    let parents: Vec<_> = parents
        .chain(others)
        .map(|(id, parent)| {
            let besides = over.contains(id).then_some(Level::Read);
            let given = grants(parent, besides.unwrap_or_default());
            (*id, user(parent), parent, given)
        })
        .collect();
    let related = parents.iter().map(|(id, owner, parent, given)| {
        let parent = Record {
            user: owner.as_ref(),
            group: parent.1,
            given,
            meets: &parent.3,
            ..Record::default()
        };
        (*id, parent)
    });
    let related: Vec<_> = related.collect();
    let owner = user(own);
    judge(&Record {
        user: owner.as_ref(),
        group: own.1,
        meets: &own.3,
        given: &grants(own, given.map_or(Level::None, |given| given.own)),
        related: &related,
        ..Record::default()
    })
}

/// Whether somebody may do that with a record that another controls, `depth` records further up.
pub fn allows(sight: &Sight, action: Action, depth: usize, record: &Record) -> bool {
    match depth.checked_sub(1) {
        None => sight.allows(action, record),
        Some(depth) => {
            let below = Record {
                parent: Some(record),
                ..Record::default()
            };
            allows(sight, action, depth, &below)
        }
    }
}
