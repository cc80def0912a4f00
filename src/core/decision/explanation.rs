//! Why somebody may do something with a record: every grant that holds, with what it rests on.

use crate::core::access::{Level, Right};
use crate::core::decision::owned::Owned;
use crate::core::decision::record::{Record, closed_against, office_of, valid_share};
use crate::core::decision::rules::covers;
use crate::core::org::{
    GroupId, ModuleId, OfficeId, Org, ProfileId, RelationId, RoleId, RuleId, User, UserId,
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

pub(super) const ADMINISTRATOR: Grant = Grant {
    level: Level::Full,
    reason: Reason::Administrator,
    via: Via::Nothing,
    withheld_by: None,
};

impl Owned {
    pub(super) fn grants(&self, org: &Org, me: &User, record: &Record) -> Vec<Grant> {
        let office = office_of(org, record);
        let closed = if org.is_closed(office) { office } else { None };
        let against = closed_against(org, me, office);
        let mut grants = Vec::new();
        let mut push = |level: Level, reason, via, withheld_by| {
            if level > Level::None {
                grants.push(Grant {
                    level,
                    reason,
                    via,
                    withheld_by,
                });
            }
        };

        if me.rights.has(Right::Administrator) {
            push(Level::Full, Reason::Administrator, Via::Nothing, None);
        }
        if record.user.is_some_and(|user| user.id == me.id) {
            push(Level::Full, Reason::Owner, Via::User(me.id), None);
        }
        if let Some(group) = record.group.filter(|group| self.my_groups.contains(group)) {
            push(Level::Full, Reason::GroupMember, Via::Group(group), None);
        }
        if let Some(user) = record.user.filter(|user| self.is_superior(org, me, user))
            && let (Some(above), Some(below)) = (me.role, user.role)
        {
            push(
                Level::Full,
                Reason::RoleHierarchy,
                Via::Roles { above, below },
                against,
            );
        }
        push(
            self.global,
            Reason::GlobalAccess,
            Via::Module(self.ruling_module),
            closed,
        );
        for &(id, owned_by, level) in &self.rules.rules {
            if covers(org, owned_by, record) {
                push(level, Reason::CustomRule, Via::Rule(id), against);
            }
        }
        for (relation, parent) in record.related {
            let parent_against = closed_against(org, me, office_of(org, parent));
            let rules = self.relation(*relation).map_or(&[][..], |r| &r.reach.rules);
            for &(rule, owned_by, level) in rules {
                if covers(org, owned_by, parent) {
                    let via = Via::RelatedRule {
                        rule,
                        relation: *relation,
                    };
                    push(level, Reason::RelatedRule, via, against.or(parent_against));
                }
            }
        }
        if let Some(profile) = self.view_all {
            push(Level::Read, Reason::ViewAll, Via::Profile(profile), closed);
        }
        if let Some(profile) = self.edit_all {
            push(Level::Edit, Reason::EditAll, Via::Profile(profile), closed);
        }
        if let (Some(office), Some(mine)) = (office, me.office) {
            if me.rights.has(Right::SuperUser) && office == mine {
                push(Level::Full, Reason::SuperUser, Via::Office(office), None);
            }
            if me.rights.has(Right::EnterpriseView) && org.office_tree.is_within(office, mine) {
                push(
                    Level::Read,
                    Reason::EnterpriseView,
                    Via::Office(office),
                    None,
                );
            }
        }
        if let Some((level, share)) = valid_share(me, record).zip(record.share) {
            push(level, Reason::SharedRecord, Via::User(share.from), None);
        }
        for (relation, parent) in record.related {
            let with_shares = self.relation(*relation).is_some_and(|r| r.with_shares);
            if with_shares && valid_share(me, parent).is_some_and(|level| level > Level::None) {
                push(
                    Level::Read,
                    Reason::RelatedShare,
                    Via::Relation(*relation),
                    None,
                );
            }
        }
        grants
    }
}
