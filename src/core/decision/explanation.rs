//! Why somebody may do something with a record: every grant that holds, with what it rests on.

use crate::core::access::{Level, Right};
use crate::core::decision::owned::Owned;
use crate::core::decision::record::{Record, closed_against, office_of, valid_share};
use crate::core::decision::rules::covers;
use crate::core::org::{
    GroupId, ModuleId, OfficeId, Org, ProfileId, Recipient, RelationId, RoleId, RuleId, User,
    UserId,
};

/// The reason codes of docs/semantics.md (The decision), in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    Administrator,
    Owner,
    GroupMember,
    RoleHierarchy,
    GlobalAccess,
    CustomRule,
    RelatedRule,
    ViewAll,
    EditAll,
    SuperUser,
    EnterpriseView,
    SharedRecord,
    RelatedShare,
    ParentAccess,
    RecordGrant,
}

impl Reason {
    pub fn code(self) -> &'static str {
        match self {
            Reason::Administrator => "administrator",
            Reason::Owner => "owner",
            Reason::GroupMember => "group_member",
            Reason::RoleHierarchy => "role_hierarchy",
            Reason::GlobalAccess => "global_access",
            Reason::CustomRule => "custom_rule",
            Reason::RelatedRule => "related_rule",
            Reason::ViewAll => "view_all",
            Reason::EditAll => "edit_all",
            Reason::SuperUser => "super_user",
            Reason::EnterpriseView => "enterprise_view",
            Reason::SharedRecord => "shared_record",
            Reason::RelatedShare => "related_share",
            Reason::ParentAccess => "parent_access",
            Reason::RecordGrant => "record_grant",
        }
    }
}

/// What a grant rests on, for the person who asks why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    Nothing,
    Group(GroupId),
    /// The caller's role is above the owner's.
    Roles {
        above: RoleId,
        below: RoleId,
    },
    Module(ModuleId),
    Rule(RuleId),
    RelatedRule {
        rule: RuleId,
        relation: RelationId,
    },
    Profile(ProfileId),
    Office(OfficeId),
    User(UserId),
    Relation(RelationId),
    /// Access to the parent.
    ParentAccess(RelationId),
    /// To whom the record was given.
    Given(Recipient),
    /// To whom its parent was given.
    RelatedGiven {
        to: Recipient,
        relation: RelationId,
    },
}

/// One line of the table in docs/semantics.md (The decision) that holds for a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    pub level: Level,
    pub reason: Reason,
    pub via: Via,
    /// The closed office that withholds it: the grant counts for nothing then.
    pub withheld_by: Option<OfficeId>,
}

/// The first line of the table: also where what else decides is gone.
pub const ADMINISTRATOR: Grant = Grant {
    level: Level::Full,
    reason: Reason::Administrator,
    via: Via::Nothing,
    withheld_by: None,
};

impl Owned<'_> {
    /// Every grant of `record` that holds for `me`, in the order of [`Reason`], also those that a closed
    /// office withholds.
    pub(super) fn grants(&self, org: &Org, me: &User, record: &Record) -> Vec<Grant> {
        let office = office_of(org, record);
        let mut explanation = Explanation {
            owned: self,
            org,
            me,
            record,
            office,
            closed: office.filter(|_| org.is_closed(office)),
            against: closed_against(org, me, office),
            grants: Vec::new(),
        };
        if me.rights.has(Right::Administrator) {
            explanation.grants.push(ADMINISTRATOR);
        }
        explanation.tell_of_owners();
        explanation.tell_of_global_access();
        explanation.tell_of_rules();
        explanation.tell_of_related_rules();
        explanation.tell_of_profiles();
        explanation.tell_of_rights();
        explanation.tell_of_shares();
        explanation.tell_of_parents();
        explanation.tell_of_record_grants();
        explanation.grants
    }
}

/// The grants of one record, as far as they have been told.
struct Explanation<'e> {
    owned: &'e Owned<'e>,
    org: &'e Org,
    me: &'e User,
    record: &'e Record<'e>,
    office: Option<OfficeId>,
    /// The record's office, where it is closed: to global access and profiles of everybody.
    closed: Option<OfficeId>,
    /// The same, where it is closed to the caller's hierarchy and rules.
    against: Option<OfficeId>,
    grants: Vec<Grant>,
}

impl Explanation<'_> {
    /// What gives nothing is no grant.
    fn tell(&mut self, level: Level, reason: Reason, via: Via, withheld_by: Option<OfficeId>) {
        if level > Level::None {
            self.grants.push(Grant {
                level,
                reason,
                via,
                withheld_by,
            });
        }
    }

    /// Grants 2 to 4: the caller's own record, a group's, or a subordinate's.
    fn tell_of_owners(&mut self) {
        let (owned, org, me, record) = (self.owned, self.org, self.me, self.record);
        if record.user.is_some_and(|user| user.id == me.id) {
            self.tell(Level::Full, Reason::Owner, Via::User(me.id), None);
        }
        if let Some(group) = record.group.filter(|group| owned.my_groups.contains(group)) {
            self.tell(Level::Full, Reason::GroupMember, Via::Group(group), None);
        }
        if let Some(user) = record.user.filter(|user| owned.is_superior(org, me, user))
            && let (Some(above), Some(below)) = (me.role, user.role)
        {
            let via = Via::Roles { above, below };
            self.tell(Level::Full, Reason::RoleHierarchy, via, self.against);
        }
    }

    /// Grant 5.
    fn tell_of_global_access(&mut self) {
        let via = Via::Module(self.owned.ruling_module);
        self.tell(self.owned.global, Reason::GlobalAccess, via, self.closed);
    }

    /// Grant 6.
    fn tell_of_rules(&mut self) {
        for reach in self.owned.rules.of(self.record) {
            for &(id, owned_by, level) in &reach.rules {
                if covers(self.org, owned_by, self.record) {
                    self.tell(level, Reason::CustomRule, Via::Rule(id), self.against);
                }
            }
        }
    }

    /// Grant 7.
    fn tell_of_related_rules(&mut self) {
        for &(relation, ref parent) in self.record.related {
            let parents_office = office_of(self.org, parent);
            let parent_against = closed_against(self.org, self.me, parents_office);
            let withheld_by = self.against.or(parent_against);
            let over = self.owned.relation(relation).into_iter();
            for reach in over.flat_map(|over| over.rules.of(parent)) {
                for &(rule, owned_by, level) in &reach.rules {
                    if covers(self.org, owned_by, parent) {
                        let via = Via::RelatedRule { rule, relation };
                        self.tell(level, Reason::RelatedRule, via, withheld_by);
                    }
                }
            }
        }
    }

    /// Grant 8.
    fn tell_of_profiles(&mut self) {
        if let Some(profile) = self.owned.view_all {
            let via = Via::Profile(profile);
            self.tell(Level::Read, Reason::ViewAll, via, self.closed);
        }
        if let Some(profile) = self.owned.edit_all {
            let via = Via::Profile(profile);
            self.tell(Level::Edit, Reason::EditAll, via, self.closed);
        }
    }

    /// Grants 9 and 10: what the caller's rights give on the records of an office.
    fn tell_of_rights(&mut self) {
        let (Some(office), Some(mine)) = (self.office, self.me.office) else {
            return;
        };
        let has = |right| self.me.rights.has(right);
        let (is_super_user, views_enterprise) = (has(Right::SuperUser), has(Right::EnterpriseView));
        if is_super_user && office == mine {
            self.tell(Level::Full, Reason::SuperUser, Via::Office(office), None);
        }
        if views_enterprise && self.org.office_tree.is_within(office, mine) {
            let via = Via::Office(office);
            self.tell(Level::Read, Reason::EnterpriseView, via, None);
        }
    }

    /// Grants 11 and 12: the record itself, or its parent, was shared with the caller.
    fn tell_of_shares(&mut self) {
        let (me, record) = (self.me, self.record);
        if let Some((level, share)) = valid_share(me, record).zip(record.share) {
            let via = Via::User(share.from);
            self.tell(level, Reason::SharedRecord, via, None);
        }
        for &(relation, ref parent) in record.related {
            let over = self.owned.relation(relation);
            let carries_shares = over.is_some_and(|over| over.with_shares);
            if carries_shares && valid_share(me, parent) > Some(Level::None) {
                let via = Via::Relation(relation);
                self.tell(Level::Read, Reason::RelatedShare, via, None);
            }
        }
    }

    /// Grant 13.
    fn tell_of_parents(&mut self) {
        for &(relation, ref parent) in self.record.related {
            let level = self.owned.parent_level(relation, parent);
            let via = Via::ParentAccess(relation);
            self.tell(level, Reason::ParentAccess, via, self.against);
        }
    }

    /// Grant 14, and 12 where the parent was given: unless the record's office is closed, or the parent's.
    fn tell_of_record_grants(&mut self) {
        let (owned, org, me, record) = (self.owned, self.org, self.me, self.record);
        for grant in owned.given(org, me, record) {
            let via = Via::Given(grant.to);
            self.tell(grant.level, Reason::RecordGrant, via, self.against);
        }
        for &(relation, ref parent) in record.related {
            let parent_against = closed_against(org, me, office_of(org, parent));
            let withheld_by = self.against.or(parent_against);
            for grant in owned.given_over(org, me, relation, parent) {
                let via = Via::RelatedGiven {
                    to: grant.to,
                    relation,
                };
                self.tell(Level::Read, Reason::RelatedShare, via, withheld_by);
            }
        }
    }
}
