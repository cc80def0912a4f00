//! A record with everything that decides about it, to be judged for anybody and by any rules.

use crate::catalog::read::links::{link_between, receivers_of, share_over, was_ever_shared};
use crate::catalog::read::snapshot::Snapshot;
use crate::core::LinkStatus;
use crate::core::decision::{Record, RecordGrant, Share, may_share};
use crate::core::org::{CriteriaId, GroupId, ModuleId, RelationId, User, UserId};
use std::rc::Rc;

/// What decides about a record, whoever asks: its owners, the parents that it has through relations, and the
/// record that controls it.
#[derive(Debug)]
pub struct LoadedRecord {
    pub module: ModuleId,
    /// As the database writes it.
    pub key: String,
    /// The user owner, if the key in the column is one.
    pub owner: Option<Rc<LoadedOwner>>,
    pub group: Option<GroupId>,
    /// The criteria that it meets.
    pub meets: Vec<CriteriaId>,
    /// Whether shares of it count: those of tables that inherit may have the same key.
    pub can_be_shared: bool,
    /// To whom it was given, without what has ended.
    pub given: Vec<RecordGrant>,
    pub related: Vec<(RelationId, Rc<LoadedRecord>)>,
    pub parent: Option<Rc<LoadedRecord>>,
}

#[derive(Debug)]
pub struct LoadedOwner {
    pub key: String,
    pub user: User,
}

impl LoadedRecord {
    /// Asks about the record as it is for somebody, with what was shared with them.
    pub fn as_seen_by<T>(&self, me: &User, snapshot: &Snapshot, ask: &dyn Fn(&Record) -> T) -> T {
        with_related(&self.related, Vec::new(), me, snapshot, &|related| {
            let record = Record {
                related,
                ..self.alone(me, snapshot)
            };
            match &self.parent {
                None => ask(&record),
                Some(above) => above.as_seen_by(me, snapshot, &|above| {
                    ask(&Record {
                        parent: Some(above),
                        ..record
                    })
                }),
            }
        })
    }

    /// Without its parents.
    fn alone(&self, me: &User, snapshot: &Snapshot) -> Record<'_> {
        Record {
            user: self.owner.as_ref().map(|owner| &owner.user),
            group: self.group,
            meets: &self.meets,
            share: self.share_with(me, snapshot),
            given: &self.given,
            ..Record::default()
        }
    }

    /// The share that its owner made out to somebody.
    fn share_with(&self, me: &User, snapshot: &Snapshot) -> Option<Share> {
        let owner = &self.owner.as_ref()?.user;
        let may_be =
            self.can_be_shared && may_share(owner, me) && was_ever_shared(self.module, snapshot);
        let (link, status) = may_be
            .then(|| link_between(owner.id, me.id, snapshot))
            .flatten()?;
        Some(Share {
            from: owner.id,
            level: share_over(link, self.module, &self.key, snapshot)?,
            link_active: status == LinkStatus::Active,
        })
    }

    /// Everybody with whom it, or a record by which it is decided, was shared, in order.
    pub fn receivers(&self, snapshot: &Snapshot) -> Vec<UserId> {
        let mut receivers = Vec::new();
        self.add_receivers(snapshot, &mut receivers);
        receivers.sort();
        receivers.dedup();
        receivers
    }

    fn add_receivers(&self, snapshot: &Snapshot, receivers: &mut Vec<UserId>) {
        if self.can_be_shared && was_ever_shared(self.module, snapshot) {
            receivers.extend(receivers_of(self.module, &self.key, snapshot));
        }
        let above = self.related.iter().map(|(_, parent)| parent);
        for parent in above.chain(&self.parent) {
            parent.add_receivers(snapshot, receivers);
        }
    }
}

/// A parent, and the relation through which it is one.
type ParentOver<'r> = (RelationId, Record<'r>);

/// Asks with the parents that a record has through relations, each with its own, after those that are `known`.
fn with_related<'r, T>(
    related: &'r [(RelationId, Rc<LoadedRecord>)],
    known: Vec<ParentOver<'r>>,
    me: &User,
    snapshot: &Snapshot,
    ask: &dyn Fn(&[ParentOver]) -> T,
) -> T {
    let Some(((id, parent), rest)) = related.split_first() else {
        return ask(&known);
    };
    parent.as_seen_by(me, snapshot, &|parent| {
        let mut known = known.clone();
        known.push((*id, *parent));
        with_related(rest, known, me, snapshot, ask)
    })
}
