//! The small half of the configuration: roles, offices, groups, modules, rules, profiles.
//! Users are many and are looked up one by one ([`User`]); the rest is a few thousand rows.

use crate::core::access::{
    GlobalAccess, Level, Permissions, RelatedAccess, Right, Rights, RuleAccess,
};
use crate::core::forest::Forest;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        pub struct $name(pub i32);
    )*};
}
ids!(
    OfficeId, RoleId, UserId, GroupId, ProfileId, ModuleId, RelationId
);

/// The number of criteria: conditions on the columns of a record, all of which it has to meet. What policies
/// and rules call by one number never comes to mean anything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CriteriaId(pub i32);

/// The `bigint` by which users name a custom rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RuleId(pub i64);

/// A person, as far as a decision needs it: the caller, or the owner of a record.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct User {
    pub id: UserId,
    pub role: Option<RoleId>,
    pub office: Option<OfficeId>,
    pub active: bool,
    pub rights: Rights,
    /// The groups that name them as a member; membership through a role or a nested group follows from
    /// the organization ([`Org::groups_of`]).
    pub groups: Vec<GroupId>,
    /// Groups that name somebody as a member whose role is below theirs ([`Org::superior_in`]). Only
    /// rules with `superiors` ask, and only of the caller.
    pub superior_in: Vec<GroupId>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Role {
    pub profiles: Vec<ProfileId>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Office {
    /// Closed: docs/semantics.md (The decision), *Office security*.
    pub security: bool,
}

/// A member of a group other than a single user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum GroupMember {
    Role(RoleId),
    RoleAndSubordinates(RoleId),
    Group(GroupId),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Group {
    pub key: String,
    pub office: Option<OfficeId>,
    pub members: Vec<GroupMember>,
}

/// Where the owner of a module's records is to be found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Control {
    /// In owner columns of its own.
    Owner,
    /// In the record of another module (semantics: The decision, *Detail modules*).
    Parent(ModuleId),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Module {
    pub name: String,
    pub control: Control,
    /// Whose global access and custom rules are used instead of its own.
    pub follows: Option<ModuleId>,
    /// Whether superiors reach what their subordinates own.
    pub hierarchy: bool,
    /// Whether single records of it can be given to people.
    pub grants: bool,
    pub global_access: GlobalAccess,
}

/// The two sides of a custom rule: never a single user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Party {
    Role(RoleId),
    RoleAndSubordinates(RoleId),
    Group(GroupId),
}

/// To whom a single record was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Recipient {
    User(UserId),
    Role(RoleId),
    RoleAndSubordinates(RoleId),
    Group(GroupId),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Rule {
    pub id: RuleId,
    pub module: ModuleId,
    /// None: whoever owns them, of which only rules with criteria speak.
    pub owned_by: Option<Party>,
    /// It speaks only of records that meet these.
    pub criteria: Option<CriteriaId>,
    pub shared_with: Party,
    pub access: RuleAccess,
    pub superiors: bool,
    /// From when on it counts for nothing, in microseconds: told of, and not judged by.
    pub until: Option<i64>,
    /// The levels that the rule names for child modules.
    pub related: Vec<(ModuleId, RelatedAccess)>,
}

/// A declared foreign key from a child module to a parent module.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Relation {
    pub id: RelationId,
    pub child: ModuleId,
    pub parent: ModuleId,
    /// Who is given a parent record over a link sees its children; not before that is applied.
    pub with_shares: bool,
    /// Who has access to a parent record has as much to its children, up to this level.
    pub with_parent: Level,
    /// Until applied, rules carry over it only what they name in `related` (semantics: Modules).
    pub applied: bool,
    /// A foreign key tells by which column of the parent its children know it.
    pub by_foreign_key: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Profile {
    pub view_all: bool,
    pub edit_all: bool,
    /// By module; None stands for any other module.
    pub permissions: FxHashMap<Option<ModuleId>, Permissions>,
}

/// The organization and its sharing rules, as one snapshot sees them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Org {
    pub roles: FxHashMap<RoleId, Role>,
    pub role_tree: Forest<RoleId>,
    pub offices: FxHashMap<OfficeId, Office>,
    pub office_tree: Forest<OfficeId>,
    pub groups: FxHashMap<GroupId, Group>,
    pub modules: FxHashMap<ModuleId, Module>,
    pub rules: Vec<Rule>,
    pub relations: Vec<Relation>,
    pub profiles: FxHashMap<ProfileId, Profile>,
}

/// What a rule says of the child module of a relation.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Says {
    /// It is of another module than the parent.
    Nothing,
    /// It does not name the child.
    ByDefault,
    Level(Level),
}

impl Org {
    /// The closed offices: most installations have none, and pay nothing for it.
    pub fn closed_offices(&self) -> impl Iterator<Item = OfficeId> + '_ {
        self.offices
            .iter()
            .filter(|(_, office)| office.security)
            .map(|(&id, _)| id)
    }

    pub fn is_closed(&self, office: Option<OfficeId>) -> bool {
        office
            .and_then(|id| self.offices.get(&id))
            .is_some_and(|office| office.security)
    }

    /// The group itself and all groups nested in it, at any depth.
    pub fn groups_within(&self, outer: GroupId) -> FxHashSet<GroupId> {
        let mut within = FxHashSet::from_iter([outer]);
        let mut open = vec![outer];
        while let Some(id) = open.pop() {
            for member in self
                .groups
                .get(&id)
                .into_iter()
                .flat_map(|group| &group.members)
            {
                if let GroupMember::Group(inner) = *member
                    && within.insert(inner)
                {
                    open.push(inner);
                }
            }
        }
        within
    }

    /// All groups of which `user` is a member: by name, by role, or through nested groups.
    pub fn groups_of(&self, user: &User) -> FxHashSet<GroupId> {
        let mut nested: Vec<(GroupId, GroupId)> = Vec::new();
        let mut member_of: FxHashSet<GroupId> = user.groups.iter().copied().collect();
        for (&id, group) in &self.groups {
            for member in &group.members {
                match *member {
                    GroupMember::Group(inner) => nested.push((inner, id)),
                    GroupMember::Role(role) => {
                        if user.role == Some(role) {
                            member_of.insert(id);
                        }
                    }
                    GroupMember::RoleAndSubordinates(top) => {
                        if user
                            .role
                            .is_some_and(|role| self.role_tree.is_within(role, top))
                        {
                            member_of.insert(id);
                        }
                    }
                }
            }
        }
        nested.sort_unstable();
        let mut open: Vec<_> = member_of.iter().copied().collect();
        while let Some(inner) = open.pop() {
            let first = nested.partition_point(|&(other, _)| other < inner);
            let containing = nested[first..]
                .iter()
                .take_while(|&&(other, _)| other == inner);
            for &(_, outer) in containing {
                if member_of.insert(outer) {
                    open.push(outer);
                }
            }
        }
        member_of
    }

    /// Everything by which records may have been given to `user`.
    pub fn recipients_of(&self, user: &User) -> Vec<Recipient> {
        let mut recipients = vec![Recipient::User(user.id)];
        if let Some(role) = user.role {
            recipients.extend([Recipient::Role(role), Recipient::RoleAndSubordinates(role)]);
            let above = self.role_tree.above(role);
            recipients.extend(above.map(Recipient::RoleAndSubordinates));
        }
        recipients.extend(self.groups_of(user).into_iter().map(Recipient::Group));
        recipients
    }

    /// Whether the role of `user` is above that of any member of `group`, at any depth of nesting.
    pub fn is_above_a_member(&self, user: &User, group: GroupId) -> bool {
        let Some(mine) = user.role else { return false };
        let is_below_mine = |member: &GroupMember| match *member {
            GroupMember::Role(role) | GroupMember::RoleAndSubordinates(role) => {
                self.role_tree.is_below(role, mine)
            }
            GroupMember::Group(_) => false,
        };
        self.groups_within(group).iter().any(|id| {
            user.superior_in.contains(id)
                || (self.groups.get(id))
                    .is_some_and(|group| group.members.iter().any(is_below_mine))
        })
    }

    /// The groups of which rules ask who is above their members.
    pub fn groups_with_superiors(&self) -> FxHashSet<GroupId> {
        let mut groups = FxHashSet::default();
        for rule in self.rules.iter().filter(|rule| rule.superiors) {
            if let Party::Group(group) = rule.shared_with {
                groups.extend(self.groups_within(group));
            }
        }
        groups
    }

    /// Whether one role is below another.
    pub fn is_below(&self, role: RoleId, other: Option<RoleId>) -> bool {
        other.is_some_and(|other| self.role_tree.is_below(role, other))
    }

    pub fn has_subordinates(&self, role: Option<RoleId>) -> bool {
        role.is_some_and(|role| self.role_tree.subtree(role).len() > 1)
    }

    /// Which of the groups have a user of a role below `role`, given the roles of those whom they
    /// name as members.
    pub fn superior_in<'a>(
        &self,
        role: Option<RoleId>,
        roles_of_members: impl IntoIterator<Item = (&'a GroupId, &'a Vec<RoleId>)>,
    ) -> Vec<GroupId> {
        roles_of_members
            .into_iter()
            .filter(|(_, roles)| roles.iter().any(|&member| self.is_below(member, role)))
            .map(|(group, _)| *group)
            .collect()
    }

    /// The module whose global access and rules hold for `module`.
    pub fn ruling_module(&self, module: ModuleId) -> ModuleId {
        self.modules
            .get(&module)
            .and_then(|m| m.follows)
            .unwrap_or(module)
    }

    pub fn relation(&self, id: RelationId) -> Option<&Relation> {
        self.relations.iter().find(|relation| relation.id == id)
    }

    /// The relations over which access to the parent carries, and which lead from its child back to that child.
    fn circular_relations(&self) -> FxHashSet<RelationId> {
        let carrying = || {
            self.relations
                .iter()
                .filter(|one| one.with_parent > Level::None)
        };
        let leads_back = |relation: &&Relation| {
            let mut above = FxHashSet::from_iter([relation.parent]);
            let mut open = vec![relation.parent];
            while let Some(module) = open.pop() {
                let parents = carrying().filter(|one| one.child == module);
                open.extend(
                    parents
                        .map(|one| one.parent)
                        .filter(|&parent| above.insert(parent)),
                );
            }
            above.contains(&relation.child)
        };
        carrying().filter(leads_back).map(|one| one.id).collect()
    }

    /// Takes from relations that form a circle that access to the parent carries over them: nobody can declare
    /// such, but what is written by hand must not make a decision go on for ever.
    pub fn break_circles(&mut self) {
        let circular = self.circular_relations();
        for relation in self
            .relations
            .iter_mut()
            .filter(|one| circular.contains(&one.id))
        {
            relation.with_parent = Level::None;
        }
    }

    /// The level that a rule of the parent gives over a relation.
    pub fn related_level(&self, relation: &Relation, rule: &Rule) -> Level {
        match self.says_of_child(relation, rule) {
            Says::Nothing => Level::None,
            Says::Level(level) => level,
            Says::ByDefault if relation.applied => Level::Read,
            Says::ByDefault => Level::None,
        }
    }

    fn says_of_child(&self, relation: &Relation, rule: &Rule) -> Says {
        if rule.module != self.ruling_module(relation.parent) {
            return Says::Nothing;
        }
        let named = rule.related.iter().find(|(id, _)| *id == relation.child);
        named.map_or(Says::ByDefault, |(_, access)| Says::Level(access.level()))
    }

    /// The rules that carry over a relation, once it is applied, since they do not name its child.
    pub fn default_rules(&self, relation: &Relation) -> impl Iterator<Item = RuleId> {
        let carried = |rule: &&Rule| self.says_of_child(relation, rule) == Says::ByDefault;
        self.rules.iter().filter(carried).map(|rule| rule.id)
    }

    /// Whether there are such rules.
    pub fn carries_by_default(&self, relation: &Relation) -> bool {
        self.default_rules(relation).next().is_some()
    }

    /// Whether any rule at all gives something over a relation.
    pub fn carries_rules(&self, relation: &Relation) -> bool {
        let gives = |rule| self.related_level(relation, rule) > Level::None;
        self.rules.iter().any(gives)
    }

    /// The module with owners at the end of the chain of parents; None where it does not end.
    pub fn controlling_module(&self, mut module: ModuleId) -> Option<ModuleId> {
        for _ in 0..=self.modules.len() {
            match self.modules.get(&module)?.control {
                Control::Owner => return Some(module),
                Control::Parent(parent) => module = parent,
            }
        }
        None
    }

    /// What `user` may do at all with a module's records, by the profiles of their role.
    pub fn permissions(&self, user: &User, module: ModuleId) -> Permissions {
        if user.rights.has(Right::Administrator) {
            return Permissions::ALL;
        }
        let profiles = self.profiles_of(user);
        if profiles.is_empty() {
            return Permissions::ALL;
        }
        profiles
            .iter()
            .filter_map(|id| self.profiles.get(id))
            .map(|profile| {
                let rows = &profile.permissions;
                rows.get(&Some(module)).or_else(|| rows.get(&None)).copied()
            })
            .map(|row| row.unwrap_or(Permissions::NONE))
            .fold(Permissions::NONE, Permissions::or)
    }

    pub fn profiles_of(&self, user: &User) -> &[ProfileId] {
        user.role
            .and_then(|role| self.roles.get(&role))
            .map_or(&[], |role| &role.profiles)
    }
}
