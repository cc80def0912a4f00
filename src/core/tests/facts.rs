//! The worlds of the model in the terms of the core.

use super::model::{self, Ownership, Principal, World};
use crate::core::access::{
    Action, GlobalAccess, Level, Permissions, RelatedAccess, Right, Rights, RuleAccess,
};
use crate::core::decision::{Record, RecordGrant, Share};
use crate::core::forest::Forest;
use crate::core::org::{
    self, CriteriaId, GroupId, ModuleId, OfficeId, Org, Party, ProfileId, RelationId,
};
use crate::core::org::{Recipient, RoleId, RuleId, User, UserId};
use proptest::test_runner::TestCaseResult;
use std::collections::HashMap;

/// A parent, and the relation through which it is one.
type GivenParent<'r> = (RelationId, Record<'r>);

/// A world in the core's terms. Identifiers run against the order of the names, so that nothing
/// can rest on their order.
pub(super) struct Facts<'w> {
    pub(super) world: &'w World,
    pub(super) org: Org,
    pub(super) users: Vec<User>,
    /// Of each record of the world, to whom it was given.
    given: Vec<Vec<RecordGrant>>,
    /// Which criteria it meets.
    meets: Vec<Vec<CriteriaId>>,
}

/// The same for rules of one module with the same criteria.
fn criteria_id(world: &World, rule: &model::Rule) -> CriteriaId {
    let same =
        |other: &model::Rule| (&other.module, &other.criteria) == (&rule.module, &rule.criteria);
    CriteriaId(id_by(&world.rules, same))
}

fn meets(world: &World, record: &model::Record) -> Vec<CriteriaId> {
    let ruling = &model::ruling_module(world, &record.module).name;
    let of_module = world.rules.iter().filter(|rule| rule.module == *ruling);
    let met = of_module.filter(|rule| {
        let criteria = rule.criteria.as_ref();
        criteria.is_some_and(|criteria| criteria.are_met_by(record))
    });
    let mut met: Vec<_> = met.map(|rule| criteria_id(world, rule)).collect();
    met.sort();
    met.dedup();
    met
}

pub(super) fn id_by<T>(things: &[T], is: impl Fn(&T) -> bool) -> i32 {
    let place = things.iter().position(is).unwrap();
    1000 - i32::try_from(place).unwrap()
}

pub(super) fn role_id(world: &World, name: &str) -> RoleId {
    RoleId(id_by(&world.roles, |role| role.name == name))
}

pub(super) fn office_id(world: &World, name: &str) -> OfficeId {
    OfficeId(id_by(&world.offices, |office| office.name == name))
}

pub(super) fn group_id(world: &World, name: &str) -> GroupId {
    GroupId(id_by(&world.groups, |group| group.name == name))
}

pub(super) fn profile_id(world: &World, name: &str) -> ProfileId {
    ProfileId(id_by(&world.profiles, |profile| profile.name == name))
}

pub(super) fn module_id(world: &World, name: &str) -> ModuleId {
    ModuleId(id_by(&world.modules, |module| module.name == name))
}

pub(super) fn rule_id(number: usize) -> RuleId {
    RuleId(1000 - i64::try_from(number).unwrap())
}

pub(super) fn relation_id(number: usize) -> RelationId {
    RelationId(1000 - i32::try_from(number).unwrap())
}

pub(super) fn party(world: &World, principal: &Principal) -> Party {
    match principal {
        Principal::User(key) => panic!("a rule speaks of user {key}"),
        Principal::Role(name) => Party::Role(role_id(world, name)),
        Principal::RoleAndSubordinates(name) => Party::RoleAndSubordinates(role_id(world, name)),
        Principal::Group(name) => Party::Group(group_id(world, name)),
    }
}

pub(super) fn level(level: model::Level) -> Level {
    match level {
        model::Level::None => Level::None,
        model::Level::Read => Level::Read,
        model::Level::Edit => Level::Edit,
        model::Level::Full => Level::Full,
    }
}

pub(super) fn related_access(level: model::Level) -> RelatedAccess {
    match level {
        model::Level::None => RelatedAccess::None,
        model::Level::Read => RelatedAccess::ReadOnly,
        model::Level::Edit | model::Level::Full => RelatedAccess::ReadWrite,
    }
}

pub(super) fn action(action: Action) -> model::Action {
    match action {
        Action::Read => model::Action::Read,
        Action::Create => model::Action::Create,
        Action::Edit => model::Action::Edit,
        Action::Delete => model::Action::Delete,
        Action::ChangeOwner => model::Action::ChangeOwner,
    }
}

pub(super) fn rights(rights: model::Rights) -> Rights {
    let held = [
        (rights.administrator, Right::Administrator),
        (rights.super_user, Right::SuperUser),
        (rights.enterprise_view, Right::EnterpriseView),
        (rights.record_sharing, Right::RecordSharing),
    ];
    held.into_iter()
        .filter(|&(has, _)| has)
        .map(|(_, right)| right)
        .collect()
}

impl<'w> Facts<'w> {
    pub(super) fn of(world: &'w World) -> Self {
        let users = world.users.iter().map(|user| {
            let names_them =
                |group: &&model::Group| group.members.contains(&Principal::User(user.key.clone()));
            User {
                id: UserId(id_by(&world.users, |other| other.key == user.key)),
                role: user.role.as_ref().map(|name| role_id(world, name)),
                office: user.office.as_ref().map(|name| office_id(world, name)),
                active: user.active,
                rights: rights(user.rights),
                groups: world
                    .groups
                    .iter()
                    .filter(names_them)
                    .map(|group| group_id(world, &group.name))
                    .collect(),
                superior_in: Vec::new(),
            }
        });
        let org = org(world);
        let mut users: Vec<User> = users.collect();
        let mut roles: HashMap<GroupId, Vec<RoleId>> = HashMap::new();
        for user in &users {
            for group in &user.groups {
                roles.entry(*group).or_default().extend(user.role);
            }
        }
        for user in &mut users {
            user.superior_in = org.superior_in(user.role, &roles);
        }
        let given = world.records.iter().map(|record| given(world, record));
        let given = given.collect();
        let met = world.records.iter().map(|record| meets(world, record));
        let meets = met.collect();
        Facts {
            meets,
            world,
            org,
            users,
            given,
        }
    }

    fn met_by(&self, record: &model::Record) -> &[CriteriaId] {
        self.place(record).map_or(&[], |place| &self.meets[place])
    }

    fn place(&self, record: &model::Record) -> Option<usize> {
        let is_it =
            |other: &model::Record| (&other.module, &other.id) == (&record.module, &record.id);
        self.world.records.iter().position(is_it)
    }

    fn given(&self, record: &model::Record) -> &[RecordGrant] {
        self.place(record).map_or(&[], |place| &self.given[place])
    }

    pub(super) fn user(&self, key: &str) -> Option<&User> {
        let place = self.world.users.iter().position(|user| user.key == key)?;
        Some(&self.users[place])
    }

    pub(super) fn owners(&self, record: &model::Record) -> Record<'_> {
        let user = model::user_owner(self.world, record).and_then(|owner| self.user(&owner.key));
        let group = model::group_owner(self.world, record);
        let group = group.map(|owner| group_id(self.world, &owner.name));
        Record {
            user,
            group,
            meets: self.met_by(record),
            ..Record::default()
        }
    }

    /// The share made out to `me`: of several givers' the present owner's, the only one of worth.
    pub(super) fn share(&self, me: &model::User, record: &model::Record) -> Option<Share> {
        let shares = || {
            let of_it = |share: &&model::Share| {
                (&share.module, &share.record, &share.to) == (&record.module, &record.id, &me.key)
            };
            self.world.shares.iter().filter(of_it)
        };
        let owner = model::user_owner(self.world, record);
        let share = shares()
            .find(|share| owner.is_some_and(|owner| owner.key == share.from))
            .or_else(|| shares().next())?;
        Some(Share {
            from: self.user(&share.from)?.id,
            level: level(share.access),
            link_active: self
                .world
                .links
                .iter()
                .any(|link| link.from == share.from && link.to == share.to && link.active),
        })
    }

    /// Asks about `record` as `me` meets it: with the shares, relations and parents that count.
    pub(super) fn with_record(
        &self,
        me: &model::User,
        record: &model::Record,
        ask: &mut dyn FnMut(&Record) -> TestCaseResult,
    ) -> TestCaseResult {
        let relations = self.world.relations.iter().enumerate();
        let parents: Vec<_> = relations
            .filter_map(|(number, relation)| {
                Some((number, model::related_parent(self.world, relation, record)?))
            })
            .collect();
        self.with_parents(me, &parents, Vec::new(), &mut |related| {
            self.with_controller(me, record, related, ask)
        })
    }

    /// With the parents over relations of these numbers, after those that are `known`: each with its own where
    /// access to it carries.
    fn with_parents(
        &self,
        me: &model::User,
        parents: &[(usize, &model::Record)],
        known: Vec<GivenParent>,
        ask: &mut dyn FnMut(&[GivenParent]) -> TestCaseResult,
    ) -> TestCaseResult {
        let Some(((number, parent), rest)) = parents.split_first() else {
            return ask(&known);
        };
        let mut then = |parent: &Record| {
            let mut known = known.clone();
            known.push((relation_id(*number), *parent));
            self.with_parents(me, rest, known, ask)
        };
        match self.world.relations[*number].with_parent > model::Level::None {
            true => self.with_record(me, parent, &mut then),
            false => then(&Record {
                share: self.share(me, parent),
                given: self.given(parent),
                ..self.owners(parent)
            }),
        }
    }

    fn with_controller(
        &self,
        me: &model::User,
        record: &model::Record,
        related: &[(RelationId, Record)],
        ask: &mut dyn FnMut(&Record) -> TestCaseResult,
    ) -> TestCaseResult {
        let share = self.share(me, record);
        let alone = Record {
            share,
            given: self.given(record),
            related,
            ..self.owners(record)
        };
        match model::controller(self.world, record) {
            Some(above) => self.with_record(me, above, &mut |above| {
                ask(&Record {
                    parent: Some(above),
                    ..alone
                })
            }),
            None => ask(&alone),
        }
    }
}

fn given(world: &World, record: &model::Record) -> Vec<RecordGrant> {
    let of_it = |given: &&model::Given| {
        (&given.module, &given.record) == (&record.module, &record.id) && !given.ended
    };
    let given = world.given.iter().filter(of_it);
    given
        .map(|given| RecordGrant {
            to: match &given.to {
                Principal::User(key) => {
                    Recipient::User(UserId(id_by(&world.users, |user| user.key == *key)))
                }
                Principal::Role(name) => Recipient::Role(role_id(world, name)),
                Principal::RoleAndSubordinates(name) => {
                    Recipient::RoleAndSubordinates(role_id(world, name))
                }
                Principal::Group(name) => Recipient::Group(group_id(world, name)),
            },
            level: level(given.access),
        })
        .collect()
}

pub(super) fn org(world: &World) -> Org {
    let roles = || {
        world
            .roles
            .iter()
            .map(|role| (role_id(world, &role.name), role))
    };
    let offices = || {
        world
            .offices
            .iter()
            .map(|office| (office_id(world, &office.name), office))
    };
    let permissions = |row: &model::Permission| {
        let module = row.module.as_ref().map(|name| module_id(world, name));
        let &model::Permission {
            view,
            create,
            edit,
            delete,
            ..
        } = row;
        (
            module,
            Permissions {
                view,
                create,
                edit,
                delete,
            },
        )
    };
    let group = |group: &model::Group| {
        let member = |member: &Principal| match member {
            Principal::User(_) => None,
            Principal::Role(name) => Some(org::GroupMember::Role(role_id(world, name))),
            Principal::RoleAndSubordinates(name) => {
                Some(org::GroupMember::RoleAndSubordinates(role_id(world, name)))
            }
            Principal::Group(name) => Some(org::GroupMember::Group(group_id(world, name))),
        };
        org::Group {
            key: group.key.clone(),
            office: group.office.as_ref().map(|name| office_id(world, name)),
            members: group.members.iter().filter_map(member).collect(),
        }
    };
    let module = |module: &model::Module| org::Module {
        name: module.name.clone(),
        control: match &module.ownership {
            Ownership::ControlledBy(parent) => org::Control::Parent(module_id(world, parent)),
            _ => org::Control::Owner,
        },
        follows: module.follows.as_ref().map(|name| module_id(world, name)),
        hierarchy: module.hierarchy,
        grants: module.grants,
        global_access: GlobalAccess::parse(module.global_access.label()).unwrap(),
    };
    let rule = |(number, rule): (usize, &model::Rule)| org::Rule {
        id: rule_id(number),
        module: module_id(world, &rule.module),
        owned_by: rule
            .owned_by
            .as_ref()
            .map(|owned_by| party(world, owned_by)),
        criteria: rule.criteria.as_ref().map(|_| criteria_id(world, rule)),
        shared_with: party(world, &rule.shared_with),
        access: match rule.access {
            model::Level::Read => RuleAccess::ReadOnly,
            _ => RuleAccess::ReadWrite,
        },
        superiors: rule.superiors,
        until: None,
        related: rule
            .related
            .iter()
            .map(|(child, access)| (module_id(world, child), related_access(*access)))
            .collect(),
    };
    let relation = |(number, relation): (usize, &model::Relation)| org::Relation {
        id: relation_id(number),
        child: module_id(world, &relation.child),
        parent: module_id(world, &relation.parent),
        with_shares: relation.with_shares && relation.shares_applied,
        with_parent: level(relation.with_parent),
        applied: relation.applied,
        by_foreign_key: false,
    };
    Org {
        roles: roles()
            .map(|(id, role)| {
                let profiles = role
                    .profiles
                    .iter()
                    .map(|name| profile_id(world, name))
                    .collect();
                (id, org::Role { profiles })
            })
            .collect(),
        role_tree: Forest::new(
            roles().map(|(id, role)| (id, role.parent.as_ref().map(|name| role_id(world, name)))),
        ),
        offices: offices()
            .map(|(id, office)| {
                (
                    id,
                    org::Office {
                        security: office.security,
                    },
                )
            })
            .collect(),
        office_tree: Forest::new(offices().map(|(id, office)| {
            (
                id,
                office.parent.as_ref().map(|name| office_id(world, name)),
            )
        })),
        groups: world
            .groups
            .iter()
            .map(|g| (group_id(world, &g.name), group(g)))
            .collect(),
        modules: world
            .modules
            .iter()
            .map(|m| (module_id(world, &m.name), module(m)))
            .collect(),
        rules: world
            .rules
            .iter()
            .enumerate()
            .filter(|(_, rule)| !rule.ended)
            .map(rule)
            .collect(),
        relations: world.relations.iter().enumerate().map(relation).collect(),
        profiles: world
            .profiles
            .iter()
            .map(|profile| {
                (
                    profile_id(world, &profile.name),
                    org::Profile {
                        view_all: profile.view_all,
                        edit_all: profile.edit_all,
                        permissions: profile.permissions.iter().map(permissions).collect(),
                    },
                )
            })
            .collect(),
    }
}
