//! The decision of docs/semantics.md (The decision): which grants of a record hold for a caller, and what follows.
//!
//! A [`Sight`] is one caller's view of one module. Predicates, rule preview and explanations all
//! ask it, so they cannot differ.

use crate::core::access::{Action, Level, Permissions, Right};
use crate::core::org::{
    Control, GroupId, ModuleId, OfficeId, Org, Party, ProfileId, RelationId, RoleId, RuleId, User,
    UserId,
};
use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

/// What of a record decides who may do what with it. Unknown owners count as absent.
#[derive(Clone, Copy, Debug, Default)]
pub struct Record<'a> {
    pub user: Option<&'a User>,
    pub group: Option<GroupId>,
    /// The share of the record that is made out to the caller, if there is one.
    pub share: Option<Share>,
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

/// Whether a record's group owner lets the caller do something, whoever its user owner is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupAnswer {
    Yes,
    /// Only while the record's office, which its user owner decides, is not closed to the caller.
    UnlessClosed,
    No,
}

/// By which owners a record is reached: its own, or those of its parent over a relation (grant 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Way {
    Own,
    Relation(RelationId),
}

/// Which owners' records a caller reaches, in terms that an index can answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Every record, whoever owns it.
    Everything,
    /// Every record but those whose office is one of these; owners there are judged one by one.
    AllExcept(Vec<OfficeId>),
    /// At most records owned by these; each owner is judged by himself.
    Listed(Candidates),
}

/// Where the owners are to be looked for whose records a caller may reach.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Candidates {
    pub oneself: bool,
    /// Users with one of these roles.
    pub roles: Vec<RoleId>,
    /// These groups, and the users who are their members by name.
    pub groups: Vec<GroupId>,
    /// Users and groups of these offices.
    pub offices: Vec<OfficeId>,
}

impl Candidates {
    fn add(&mut self, reach: &RuleReach, suffices: impl Fn(Level) -> bool) {
        let roles = reach.roles.iter().filter(|(_, level)| suffices(**level));
        self.roles.extend(roles.map(|(id, _)| id));
        let groups = reach.groups.iter().filter(|(_, level)| suffices(**level));
        self.groups.extend(groups.map(|(id, _)| id));
    }

    /// In order, each once.
    fn sort(&mut self) {
        fn sort<T: Ord>(ids: &mut Vec<T>) {
            ids.sort();
            ids.dedup();
        }
        sort(&mut self.roles);
        sort(&mut self.groups);
        sort(&mut self.offices);
    }
}

/// Whose records a set of rules that reach the caller speak of, and at which level.
#[derive(Debug, Default)]
struct RuleReach {
    rules: Vec<(RuleId, Party, Level)>,
    roles: FxHashMap<RoleId, Level>,
    /// Records owned by the group, and the records of those who are its members by name.
    groups: FxHashMap<GroupId, Level>,
}

impl RuleReach {
    fn add(&mut self, org: &Org, id: RuleId, owned_by: Party, level: Level) {
        let raise = |slot: &mut Level| *slot = level.max(*slot);
        self.rules.push((id, owned_by, level));
        let mut roles = |roles: &[RoleId]| {
            roles
                .iter()
                .for_each(|&role| raise(self.roles.entry(role).or_default()));
        };
        match owned_by {
            Party::Role(role) => roles(&[role]),
            Party::RoleAndSubordinates(top) => roles(org.role_tree.subtree(top)),
            Party::Group(outer) => {
                for id in org.groups_within(outer) {
                    raise(self.groups.entry(id).or_default());
                    for member in org
                        .groups
                        .get(&id)
                        .into_iter()
                        .flat_map(|group| &group.members)
                    {
                        match *member {
                            crate::core::org::GroupMember::Role(role) => roles(&[role]),
                            crate::core::org::GroupMember::RoleAndSubordinates(top) => {
                                roles(org.role_tree.subtree(top));
                            }
                            crate::core::org::GroupMember::Group(_) => {}
                        }
                    }
                }
            }
        }
    }

    fn group_level(&self, group: GroupId) -> Level {
        self.groups.get(&group).copied().unwrap_or_default()
    }

    fn user_level(&self, user: &User) -> Level {
        let by_role = user
            .role
            .and_then(|role| self.roles.get(&role))
            .copied()
            .unwrap_or_default();
        user.groups
            .iter()
            .map(|&group| self.group_level(group))
            .fold(by_role, Level::max)
    }

    fn level(&self, record: &Record) -> Level {
        let by_user = record
            .user
            .map_or(Level::None, |user| self.user_level(user));
        let by_group = record
            .group
            .map_or(Level::None, |group| self.group_level(group));
        by_user.max(by_group)
    }
}

#[derive(Debug)]
struct RelationReach {
    relation: RelationId,
    reach: RuleReach,
    with_shares: bool,
}

/// One caller's view of one module.
#[derive(Debug)]
pub struct Sight<'a> {
    org: &'a Org,
    me: &'a User,
    module: ModuleId,
    permissions: Permissions,
    kind: Kind<'a>,
}

#[derive(Debug)]
enum Kind<'a> {
    Owned(Box<Owned>),
    /// Access is the parent record's, action by action, within the module's own permissions.
    Detail(Box<Sight<'a>>),
}

#[derive(Debug)]
struct Owned {
    my_groups: FxHashSet<GroupId>,
    rules: RuleReach,
    relations: Vec<RelationReach>,
    global: Level,
    ruling_module: ModuleId,
    hierarchy: bool,
    view_all: Option<ProfileId>,
    edit_all: Option<ProfileId>,
}

impl<'a> Sight<'a> {
    /// `me` must be active: an inactive user is nobody, and nobody has no sight.
    /// None for a module that does not exist, or whose chain of parents does not end.
    pub fn new(org: &'a Org, me: &'a User, module: ModuleId) -> Option<Self> {
        Self::within(org, me, module, org.modules.len())
    }

    fn within(org: &'a Org, me: &'a User, module: ModuleId, depth: usize) -> Option<Self> {
        let facts = org.modules.get(&module)?;
        let kind = match facts.control {
            Control::Parent(parent) => Kind::Detail(Box::new(Self::within(
                org,
                me,
                parent,
                depth.checked_sub(1)?,
            )?)),
            Control::Owner => Kind::Owned(Box::new(Owned::new(org, me, module)?)),
        };
        Some(Sight {
            org,
            me,
            module,
            permissions: org.permissions(me, module),
            kind,
        })
    }

    pub fn is_administrator(&self) -> bool {
        self.me.rights.has(Right::Administrator)
    }

    /// Whether the caller may do `action` with `record`.
    pub fn allows(&self, action: Action, record: &Record) -> bool {
        if self.is_administrator() {
            return true;
        }
        match &self.kind {
            Kind::Owned(owned) => self
                .permissions
                .allow(owned.level(self.org, self.me, record), action),
            Kind::Detail(parent) => record
                .parent
                .zip(self.action_above(action))
                .is_some_and(|(above, action)| parent.allows(action, above)),
        }
    }

    /// What the caller must be allowed to do with the record that controls one of a detail module,
    /// so that he may do `action`. None where his profiles let him do it with none.
    pub fn action_above(&self, action: Action) -> Option<Action> {
        self.permissions
            .allow(Level::Full, action)
            .then_some(match action {
                // Inserting a line changes the order.
                Action::Create => Action::Edit,
                _ => action,
            })
    }

    /// Whether a share of `level`, and nothing else, lets the caller do `action`.
    pub fn allows_by_share(&self, action: Action, level: Level) -> bool {
        self.permissions.allow(level, action)
    }

    /// The level that `access_to` reports: after the cuts of profiles.
    pub fn access(&self, record: &Record) -> Level {
        if self.is_administrator() {
            return Level::Full;
        }
        match &self.kind {
            Kind::Owned(owned) => self
                .permissions
                .reported(owned.level(self.org, self.me, record)),
            Kind::Detail(parent) => record.parent.map_or(Level::None, |above| {
                self.permissions.reported(parent.access(above))
            }),
        }
    }

    /// Every grant that holds, strongest first, also those that a closed office withholds.
    /// For a detail record: the grants of the record that controls it.
    pub fn grants(&self, record: &Record) -> Vec<Grant> {
        let mut grants = match &self.kind {
            Kind::Owned(owned) => owned.grants(self.org, self.me, record),
            Kind::Detail(parent) => {
                return match record.parent {
                    Some(above) => parent.grants(above),
                    None if self.is_administrator() => vec![ADMINISTRATOR],
                    None => Vec::new(),
                };
            }
        };
        grants.sort_by_key(|grant| {
            (
                grant.withheld_by.is_some(),
                std::cmp::Reverse(grant.level),
                grant.reason,
            )
        });
        grants
    }

    pub fn permissions(&self) -> Permissions {
        self.permissions
    }

    pub fn module(&self) -> ModuleId {
        self.module
    }

    /// Which owners' records the caller may do `action` with, by grants 1 to 6 and 8 to 10: those
    /// that depend on the record's owner alone. None for a detail module, which has no owner.
    pub fn extent(&self, action: Action) -> Option<Extent> {
        if self.is_administrator() {
            return Some(Extent::Everything);
        }
        match &self.kind {
            Kind::Owned(owned) => {
                let suffices = |level| self.permissions.allow(level, action);
                Some(owned.extent(self.org, self.me, suffices))
            }
            Kind::Detail(_) => None,
        }
    }

    /// Whose parent records let the caller do `action` with their children over a relation, by
    /// grant 7 alone.
    pub fn related_extent(&self, relation: RelationId, action: Action) -> Extent {
        let mut candidates = Candidates::default();
        if let Some(reach) = self.relation(relation) {
            candidates.add(&reach.reach, |level| self.permissions.allow(level, action));
        }
        candidates.sort();
        Extent::Listed(candidates)
    }

    /// Whether a parent record of this owner lets the caller do `action` with its children over a
    /// relation, by grant 7 alone: unless the child's office is closed to him.
    pub fn allows_related(&self, relation: RelationId, action: Action, parent: &Record) -> bool {
        let against = closed_against(self.org, self.me, office_of(self.org, parent));
        let level = |reach: &RelationReach| reach.reach.level(parent);
        against.is_none()
            && self
                .relation(relation)
                .is_some_and(|reach| self.permissions.allow(level(reach), action))
    }

    /// Whether a share of a parent record, and nothing else, lets the caller do `action` with its
    /// children over a relation (grant 12).
    pub fn allows_related_by_share(&self, relation: RelationId, action: Action) -> bool {
        let with_shares = |reach: &RelationReach| reach.with_shares;
        self.relation(relation).is_some_and(with_shares)
            && self.permissions.allow(Level::Read, action)
    }

    /// What a group owner of a parent record gives over a relation where the record also has a user
    /// owner who gives nothing.
    pub fn related_group_answer(
        &self,
        relation: RelationId,
        action: Action,
        group: GroupId,
    ) -> GroupAnswer {
        let level = |reach: &RelationReach| reach.reach.group_level(group);
        match self.relation(relation) {
            Some(reach) if self.permissions.allow(level(reach), action) => {
                GroupAnswer::UnlessClosed
            }
            _ => GroupAnswer::No,
        }
    }

    /// As `extent`, by one way.
    pub fn extent_by(&self, way: Way, action: Action) -> Option<Extent> {
        match way {
            Way::Own => self.extent(action),
            Way::Relation(id) => Some(self.related_extent(id, action)),
        }
    }

    /// As `allows`, by one way: `record` has the owners that count.
    pub fn allows_by(&self, way: Way, action: Action, record: &Record) -> bool {
        match way {
            Way::Own => self.allows(action, record),
            Way::Relation(id) => self.allows_related(id, action, record),
        }
    }

    /// As `group_answer`, by one way.
    pub fn group_answer_by(&self, way: Way, action: Action, group: GroupId) -> GroupAnswer {
        match way {
            Way::Own => self.group_answer(action, group),
            Way::Relation(id) => self.related_group_answer(id, action, group),
        }
    }

    /// The module whose records control those of this one.
    pub fn parent_module(&self) -> Option<ModuleId> {
        match &self.kind {
            Kind::Owned(_) => None,
            Kind::Detail(parent) => Some(parent.module),
        }
    }

    fn relation(&self, id: RelationId) -> Option<&RelationReach> {
        match &self.kind {
            Kind::Owned(owned) => owned.relation(id),
            Kind::Detail(_) => None,
        }
    }

    /// What a group owner gives where the record also has a user owner who gives nothing.
    pub fn group_answer(&self, action: Action, group: GroupId) -> GroupAnswer {
        let Kind::Owned(owned) = &self.kind else {
            return GroupAnswer::No;
        };
        let suffices = |level| self.permissions.allow(level, action);
        if self.is_administrator() || owned.my_groups.contains(&group) && suffices(Level::Full) {
            GroupAnswer::Yes
        } else if suffices(owned.rules.group_level(group)) {
            GroupAnswer::UnlessClosed
        } else {
            GroupAnswer::No
        }
    }

    /// Whether records of `office` are closed to the caller's hierarchy and rules.
    pub fn is_closed_to_me(&self, office: Option<OfficeId>) -> bool {
        closed_against(self.org, self.me, office).is_some()
    }
}

const ADMINISTRATOR: Grant = Grant {
    level: Level::Full,
    reason: Reason::Administrator,
    via: Via::Nothing,
    withheld_by: None,
};

/// The closed office that withholds hierarchy and rules from `me`: one that is not his own.
fn closed_against(org: &Org, me: &User, office: Option<OfficeId>) -> Option<OfficeId> {
    if office != me.office && org.is_closed(office) {
        office
    } else {
        None
    }
}

/// The present office of the user owner; without one, of the group owner.
fn office_of(org: &Org, record: &Record) -> Option<OfficeId> {
    match record.user {
        Some(user) => user.office,
        None => record
            .group
            .and_then(|id| org.groups.get(&id))
            .and_then(|group| group.office),
    }
}

/// Whether `rule` reaches `me` by what it is shared with.
fn is_shared_with(
    org: &Org,
    me: &User,
    my_groups: &FxHashSet<GroupId>,
    shared_with: Party,
    superiors: bool,
) -> bool {
    let reaches = |role: RoleId| match shared_with {
        Party::Role(target) => role == target || superiors && org.role_tree.is_below(target, role),
        Party::RoleAndSubordinates(top) => {
            org.role_tree.is_within(role, top) || superiors && org.role_tree.is_below(top, role)
        }
        Party::Group(group) => superiors && org.is_above_a_member(me, group),
    };
    matches!(shared_with, Party::Group(group) if my_groups.contains(&group))
        || me.role.is_some_and(reaches)
}

impl Owned {
    fn new(org: &Org, me: &User, module: ModuleId) -> Option<Self> {
        let my_groups = org.groups_of(me);
        let mut reaching: Vec<_> = org
            .rules
            .iter()
            .filter(|rule| is_shared_with(org, me, &my_groups, rule.shared_with, rule.superiors))
            .collect();
        reaching.sort_by_key(|rule| rule.id);

        let ruling_module = org.ruling_module(module);
        let mut rules = RuleReach::default();
        for rule in reaching.iter().filter(|rule| rule.module == ruling_module) {
            rules.add(org, rule.id, rule.owned_by, rule.access.level());
        }

        let mut relations = Vec::new();
        for relation in org
            .relations
            .iter()
            .filter(|relation| relation.child == module)
        {
            let mut reach = RuleReach::default();
            for rule in &reaching {
                let level = org.related_level(relation, rule);
                if level > Level::None {
                    reach.add(org, rule.id, rule.owned_by, level);
                }
            }
            let with_shares = relation.with_shares;
            relations.push(RelationReach {
                relation: relation.id,
                reach,
                with_shares,
            });
        }

        let facts = org.modules.get(&module)?;
        let profile_with = |has: fn(&crate::core::org::Profile) -> bool| {
            let mut profiles = org.profiles_of(me).iter().copied();
            profiles.find(|id| org.profiles.get(id).is_some_and(has))
        };
        Some(Owned {
            my_groups,
            rules,
            relations,
            global: org.modules.get(&ruling_module)?.global_access.level(),
            ruling_module,
            hierarchy: facts.hierarchy,
            view_all: profile_with(|profile| profile.view_all),
            edit_all: profile_with(|profile| profile.edit_all),
        })
    }

    /// Grants 5 and 8: what everybody, or everybody of my role, has on every record.
    fn open_level(&self) -> Level {
        let edit_all = self.edit_all.map_or(Level::None, |_| Level::Edit);
        let view_all = self.view_all.map_or(Level::None, |_| Level::Read);
        self.global.max(edit_all).max(view_all)
    }

    fn is_superior(&self, org: &Org, me: &User, owner: &User) -> bool {
        self.hierarchy
            && matches!((owner.role, me.role), (Some(owners), Some(mine)) if org.role_tree.is_below(owners, mine))
    }

    /// The highest grant that holds. Says the same as [`Owned::grants`], without listing them.
    fn level(&self, org: &Org, me: &User, record: &Record) -> Level {
        let owns = record.user.is_some_and(|user| user.id == me.id);
        if owns
            || record
                .group
                .is_some_and(|group| self.my_groups.contains(&group))
        {
            return Level::Full;
        }
        let office = office_of(org, record);
        let mut level = self.office_level(org, me, office);
        if !org.is_closed(office) {
            level = level.max(self.open_level());
        }
        if closed_against(org, me, office).is_none() {
            if record
                .user
                .is_some_and(|user| self.is_superior(org, me, user))
            {
                return Level::Full;
            }
            level = level.max(self.rules.level(record));
            for &(relation, ref parent) in record.related {
                if closed_against(org, me, office_of(org, parent)).is_none() {
                    level = level.max(self.related_level(relation, parent));
                }
            }
        }
        level.max(self.share_level(me, record))
    }

    fn relation(&self, id: RelationId) -> Option<&RelationReach> {
        self.relations
            .iter()
            .find(|relation| relation.relation == id)
    }

    fn related_level(&self, relation: RelationId, parent: &Record) -> Level {
        self.relation(relation)
            .map_or(Level::None, |relation| relation.reach.level(parent))
    }

    /// Grants 9 and 10: what my rights give on the records of an office.
    fn office_level(&self, org: &Org, me: &User, office: Option<OfficeId>) -> Level {
        let (Some(office), Some(mine)) = (office, me.office) else {
            return Level::None;
        };
        if me.rights.has(Right::SuperUser) && office == mine {
            Level::Full
        } else if me.rights.has(Right::EnterpriseView) && org.office_tree.is_within(office, mine) {
            Level::Read
        } else {
            Level::None
        }
    }

    /// Grants 11 and 12: the record itself, or its parent, was shared with me.
    fn share_level(&self, me: &User, record: &Record) -> Level {
        let own = valid_share(me, record).unwrap_or_default();
        let related = record.related.iter().any(|(id, parent)| {
            self.relation(*id)
                .is_some_and(|relation| relation.with_shares)
                && valid_share(me, parent).is_some_and(|level| level > Level::None)
        });
        own.max(if related { Level::Read } else { Level::None })
    }

    fn grants(&self, org: &Org, me: &User, record: &Record) -> Vec<Grant> {
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

    fn extent(&self, org: &Org, me: &User, suffices: impl Fn(Level) -> bool) -> Extent {
        let mut closed: Vec<_> = org.closed_offices().collect();
        closed.sort();
        if suffices(self.open_level()) {
            return match closed.is_empty() {
                true => Extent::Everything,
                false => Extent::AllExcept(closed),
            };
        }
        let mut candidates = Candidates::default();
        if !suffices(Level::Full) {
            return Extent::Listed(candidates);
        }
        candidates.oneself = true;
        if let Some(mine) = me.role.filter(|_| self.hierarchy) {
            candidates.roles.extend(org.role_tree.below(mine));
        }
        candidates.groups.extend(&self.my_groups);
        candidates.add(&self.rules, &suffices);
        if let Some(mine) = me.office {
            if me.rights.has(Right::SuperUser) {
                candidates.offices.push(mine);
            }
            if me.rights.has(Right::EnterpriseView) && suffices(Level::Read) {
                candidates.offices.extend(org.office_tree.subtree(mine));
            }
        }
        candidates.sort();
        Extent::Listed(candidates)
    }
}

/// Whether `record` is owned by `owned_by` (semantics: The decision, *Rule, owned by*).
fn covers(org: &Org, owned_by: Party, record: &Record) -> bool {
    let user_role = record.user.and_then(|user| user.role);
    match owned_by {
        Party::Role(role) => user_role == Some(role),
        Party::RoleAndSubordinates(top) => {
            user_role.is_some_and(|role| org.role_tree.is_within(role, top))
        }
        Party::Group(group) => {
            record
                .group
                .is_some_and(|owner| org.groups_within(group).contains(&owner))
                || record
                    .user
                    .is_some_and(|user| org.groups_of(user).contains(&group))
        }
    }
}

/// The level of the record's share, if it counts now (semantics: The decision; Record sharing between offices): given by the present owner, over
/// an active link, both sides active specialists of different offices.
fn valid_share(me: &User, record: &Record) -> Option<Level> {
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
