//! What of a record decides, and what follows from that alone: its office, and whether its share counts.

use crate::core::access::{Action, Level, Right};
use crate::core::org::{CriteriaId, GroupId, OfficeId, Org, Recipient, RelationId, User, UserId};
use std::fmt::Debug;

/// What of a record decides who may do what with it. Unknown owners count as absent.
#[derive(Clone, Copy, Debug, Default)]
pub struct Record<'a> {
    pub user: Option<&'a User>,
    pub group: Option<GroupId>,
    /// The share of the record that is made out to the caller, if there is one.
    pub share: Option<Share>,
    /// To whom it was given, whoever asks; without what has ended.
    pub given: &'a [RecordGrant],
    /// The criteria that it meets, in the order of their numbers.
    pub meets: &'a [CriteriaId],
    /// The parent records that it has through relations.
    pub related: &'a [(RelationId, Record<'a>)],
    /// The record that controls it, where its module is a detail.
    pub parent: Option<&'a Record<'a>>,
}

impl<'a> Record<'a> {
    pub fn owned_by_user(user: &'a User) -> Self {
        Record {
            user: Some(user),
            ..Record::default()
        }
    }

    pub fn owned_by_group(group: GroupId) -> Self {
        Record {
            group: Some(group),
            ..Record::default()
        }
    }
}

/// A record given to the caller over a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    pub from: UserId,
    pub level: Level,
    /// The link from the giver to the receiver is active, not waiting.
    pub link_active: bool,
}

/// A record given to somebody of the same company (grant 14).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordGrant {
    pub to: Recipient,
    pub level: Level,
}

/// The present office of the user owner; without one, of the group owner.
pub(super) fn office_of(org: &Org, record: &Record) -> Option<OfficeId> {
    match record.user {
        Some(user) => user.office,
        None => record
            .group
            .and_then(|id| org.groups.get(&id))
            .and_then(|group| group.office),
    }
}

/// The closed office that withholds hierarchy and rules from `me`: one that is not their own.
pub(super) fn closed_against(org: &Org, me: &User, office: Option<OfficeId>) -> Option<OfficeId> {
    if office != me.office && org.is_closed(office) {
        office
    } else {
        None
    }
}

/// The level of the record's share, if it counts now (semantics: Record sharing between offices): given by
/// the present owner, over an active link, both sides active specialists of different offices.
pub(super) fn valid_share(me: &User, record: &Record) -> Option<Level> {
    let share = record.share?;
    let owner = record.user?;
    let counts = share.link_active && share.from == owner.id && may_share(owner, me);
    counts.then_some(share.level)
}

/// Whether records can be shared from one user to another at all: both are active specialists of
/// different offices.
pub fn may_share(from: &User, to: &User) -> bool {
    let specialist = |user: &User| user.active && user.rights.has(Right::RecordSharing);
    let apart = matches!((from.office, to.office), (Some(a), Some(b)) if a != b);
    specialist(from) && specialist(to) && apart
}

/// A caller's view of parent records, whatever decides about them.
pub(super) trait ParentView: Debug {
    fn access_to(&self, record: &Record) -> Level;

    fn lets(&self, action: Action, record: &Record) -> bool;
}
