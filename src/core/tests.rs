//! The decision against an independent model of docs/semantics.md (The decision) in random worlds, and the examples of docs/semantics.md.

#[path = "../../tests/support/model.rs"]
mod model;

use crate::core::access::{
    Action, GlobalAccess, Level, Permissions, RelatedAccess, Right, Rights, RuleAccess,
};
use crate::core::decision::{
    Candidates, Extent, GroupAnswer, Record, Share, Sight, Via, may_share,
};
use crate::core::forest::Forest;
use crate::core::ordinary::{is_extraordinary, is_listed_for_everybody};
use crate::core::org::{self, GroupId, ModuleId, OfficeId, Org, Party, ProfileId, RelationId};
use crate::core::org::{RoleId, RuleId, User, UserId};
use model::{Options, Ownership, Principal, World, random_world};
use proptest::prelude::{ProptestConfig, prop_assert, prop_assert_eq, proptest};
use proptest::test_runner::TestCaseResult;
use std::collections::HashMap;

/// A world in the core's terms. Identifiers run against the order of the names, so that nothing
/// can rest on their order.
struct Facts<'w> {
    world: &'w World,
    org: Org,
    users: Vec<User>,
}

fn id_by<T>(things: &[T], is: impl Fn(&T) -> bool) -> i32 {
    let place = things.iter().position(is).unwrap();
    1000 - i32::try_from(place).unwrap()
}

fn role_id(world: &World, name: &str) -> RoleId {
    RoleId(id_by(&world.roles, |role| role.name == name))
}

fn office_id(world: &World, name: &str) -> OfficeId {
    OfficeId(id_by(&world.offices, |office| office.name == name))
}

fn group_id(world: &World, name: &str) -> GroupId {
    GroupId(id_by(&world.groups, |group| group.name == name))
}

fn profile_id(world: &World, name: &str) -> ProfileId {
    ProfileId(id_by(&world.profiles, |profile| profile.name == name))
}

fn module_id(world: &World, name: &str) -> ModuleId {
    ModuleId(id_by(&world.modules, |module| module.name == name))
}

fn rule_id(number: usize) -> RuleId {
    RuleId(1000 - i64::try_from(number).unwrap())
}

fn relation_id(number: usize) -> RelationId {
    RelationId(1000 - i32::try_from(number).unwrap())
}

fn party(world: &World, principal: &Principal) -> Party {
    match principal {
        Principal::User(key) => panic!("a rule speaks of user {key}"),
        Principal::Role(name) => Party::Role(role_id(world, name)),
        Principal::RoleAndSubordinates(name) => Party::RoleAndSubordinates(role_id(world, name)),
        Principal::Group(name) => Party::Group(group_id(world, name)),
    }
}

fn level(level: model::Level) -> Level {
    match level {
        model::Level::None => Level::None,
        model::Level::Read => Level::Read,
        model::Level::Edit => Level::Edit,
        model::Level::Full => Level::Full,
    }
}

fn related_access(level: model::Level) -> RelatedAccess {
    match level {
        model::Level::None => RelatedAccess::None,
        model::Level::Read => RelatedAccess::ReadOnly,
        model::Level::Edit | model::Level::Full => RelatedAccess::ReadWrite,
    }
}

fn action(action: Action) -> model::Action {
    match action {
        Action::Read => model::Action::Read,
        Action::Create => model::Action::Create,
        Action::Edit => model::Action::Edit,
        Action::Delete => model::Action::Delete,
        Action::ChangeOwner => model::Action::ChangeOwner,
    }
}

fn rights(rights: model::Rights) -> Rights {
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
    fn of(world: &'w World) -> Self {
        let users = world.users.iter().map(|user| {
            let names_him =
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
                    .filter(names_him)
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
        Facts { world, org, users }
    }

    fn user(&self, key: &str) -> Option<&User> {
        let place = self.world.users.iter().position(|user| user.key == key)?;
        Some(&self.users[place])
    }

    fn owners(&self, record: &model::Record) -> Record<'_> {
        let user = model::user_owner(self.world, record).and_then(|owner| self.user(&owner.key));
        let group = model::group_owner(self.world, record);
        let group = group.map(|owner| group_id(self.world, &owner.name));
        Record {
            user,
            group,
            ..Record::default()
        }
    }

    /// The share made out to `me`: of several givers' the present owner's, the only one of worth.
    fn share(&self, me: &model::User, record: &model::Record) -> Option<Share> {
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
    fn with_record(
        &self,
        me: &model::User,
        record: &model::Record,
        ask: &mut dyn FnMut(&Record) -> TestCaseResult,
    ) -> TestCaseResult {
        let related: Vec<_> = self
            .world
            .relations
            .iter()
            .enumerate()
            .filter_map(|(number, relation)| {
                let parent = model::related_parent(self.world, relation, record)?;
                let parent = Record {
                    share: self.share(me, parent),
                    ..self.owners(parent)
                };
                Some((relation_id(number), parent))
            })
            .collect();
        let share = self.share(me, record);
        let alone = Record {
            share,
            related: &related,
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

fn org(world: &World) -> Org {
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
        global_access: GlobalAccess::parse(module.global_access.label()).unwrap(),
    };
    let rule = |(number, rule): (usize, &model::Rule)| org::Rule {
        id: rule_id(number),
        module: module_id(world, &rule.module),
        owned_by: party(world, &rule.owned_by),
        shared_with: party(world, &rule.shared_with),
        access: match rule.access {
            model::Level::Read => RuleAccess::ReadOnly,
            _ => RuleAccess::ReadWrite,
        },
        superiors: rule.superiors,
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
        with_shares: relation.with_shares,
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
        rules: world.rules.iter().enumerate().map(rule).collect(),
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

/// Every active user of the world, with what he sees of each module.
fn sights<'f>(facts: &'f Facts) -> impl Iterator<Item = (&'f model::User, &'f User, Sight<'f>)> {
    let people = facts
        .world
        .users
        .iter()
        .zip(&facts.users)
        .filter(|(user, _)| user.active);
    people.flat_map(move |(user, me)| {
        let modules = facts.world.modules.iter();
        modules.map(move |module| {
            let module = module_id(facts.world, &module.name);
            (user, me, Sight::new(&facts.org, me, module).unwrap())
        })
    })
}

fn records_of<'w>(world: &'w World, sight: &Sight) -> impl Iterator<Item = &'w model::Record> {
    let module = sight.module();
    world
        .records
        .iter()
        .filter(move |record| module_id(world, &record.module) == module)
}

/// The permissions that stand between the grants on a record and its level: the module's own, and
/// those of every module above it in a chain of details.
fn cut(facts: &Facts, me: &User, module: ModuleId, level: Level) -> Level {
    let above = match facts.org.modules[&module].control {
        org::Control::Parent(parent) => cut(facts, me, parent, level),
        org::Control::Owner => level,
    };
    facts.org.permissions(me, module).reported(above)
}

fn cases(count: u32) -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(count)
    }
}

proptest! {
    #![proptest_config(cases(1500))]

    #[test]
    fn access_and_actions_equal_the_model(world in random_world(Options::default())) {
        let facts = Facts::of(&world);
        for (user, _, sight) in sights(&facts) {
            for record in records_of(&world, &sight) {
                facts.with_record(user, record, &mut |asked| {
                    let expected = level(model::level(&world, &user.key, record));
                    prop_assert_eq!(sight.access(asked), expected, "{:?} {:?}", user, record);
                    for wanted in Action::ALL {
                        prop_assert_eq!(
                            sight.allows(wanted, asked),
                            model::allows(&world, &user.key, record, action(wanted)),
                            "{:?} {:?} {:?}", wanted, user, record
                        );
                    }
                    Ok(())
                })?;
            }
        }
    }

    #[test]
    fn grants_equal_the_model_and_add_up_to_the_access(
        world in random_world(Options::default())
    ) {
        let facts = Facts::of(&world);
        for (user, me, sight) in sights(&facts) {
            for record in records_of(&world, &sight) {
                let mut expected: Vec<_> = model::grants(&world, &user.key, record)
                    .into_iter()
                    .map(|grant| {
                        let rule = grant.rule.map(rule_id);
                        (grant.reason, level(grant.level), grant.withheld, rule)
                    })
                    .collect();
                expected.sort();
                facts.with_record(user, record, &mut |asked| {
                    let grants = sight.grants(asked);
                    let mut found: Vec<_> = grants
                        .iter()
                        .map(|grant| {
                            let rule = match grant.via {
                                Via::Rule(rule) | Via::RelatedRule { rule, .. } => Some(rule),
                                _ => None,
                            };
                            (grant.reason.code(), grant.level, grant.withheld_by.is_some(), rule)
                        })
                        .collect();
                    found.sort();
                    prop_assert_eq!(&found, &expected, "{:?} {:?}", user, record);

                    let counting = grants.iter().filter(|grant| grant.withheld_by.is_none());
                    let levels: Vec<_> = counting.map(|grant| grant.level).collect();
                    prop_assert!(levels.is_sorted_by(|a, b| a >= b), "strongest first: {:?}", grants);
                    let strongest = levels.first().copied().unwrap_or_default();
                    let left = cut(&facts, me, sight.module(), strongest);
                    prop_assert_eq!(sight.access(asked), left, "{:?} {:?}", user, record);
                    Ok(())
                })?;
            }
        }
    }

    #[test]
    fn the_extent_leaves_out_nothing_and_adds_nothing(world in random_world(by_owner_alone())) {
        let facts = Facts::of(&world);
        for (_, me, sight) in sights(&facts) {
            for wanted in Action::ALL {
                let Some(extent) = sight.extent(wanted) else { continue };
                for record in records_of(&world, &sight) {
                    let asked = facts.owners(record);
                    prop_assert_eq!(
                        is_within(&facts, me, &sight, &extent, wanted, &asked),
                        sight.allows(wanted, &asked),
                        "{:?} {:?} {:?} {:?}", wanted, me, extent, record
                    );
                }
            }
        }
    }

    #[test]
    fn who_reaches_more_than_everybody_is_known_to(world in random_world(Options::default())) {
        let facts = Facts::of(&world);
        for (_, me, sight) in sights(&facts) {
            for action in Action::ALL {
                let everybody = is_listed_for_everybody(&facts.org, sight.module(), action);
                let owned = facts.org.controlling_module(sight.module());
                let mine = owned.and_then(|owned| Sight::new(&facts.org, me, owned)).and_then(|sight| sight.extent(action));
                let is_listed = matches!(mine, None | Some(Extent::Listed(_)));
                if everybody == Some(true) && !is_listed {
                    prop_assert!(is_extraordinary(&facts.org, me), "{} in {:?}: {action:?}", me.id.0, sight.module());
                }
            }
        }
    }

    #[test]
    fn the_group_answer_completes_a_user_owner(world in random_world(by_owner_alone())) {
        let facts = Facts::of(&world);
        for (_, _, sight) in sights(&facts) {
            if sight.extent(Action::Read).is_none() {
                continue;
            }
            for owner in &facts.users {
                for &group in facts.org.groups.keys() {
                    for wanted in Action::ALL {
                        let alone = Record::owned_by_user(owner);
                        if sight.allows(wanted, &alone) {
                            continue;
                        }
                        let expected = match sight.group_answer(wanted, group) {
                            GroupAnswer::Yes => true,
                            GroupAnswer::UnlessClosed => !sight.is_closed_to_me(owner.office),
                            GroupAnswer::No => false,
                        };
                        let both = Record { group: Some(group), ..alone };
                        prop_assert_eq!(
                            sight.allows(wanted, &both), expected,
                            "{:?} {:?} {:?}", wanted, owner, group
                        );
                    }
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(cases(1500))]

    /// Policies have an arm for the owner and one for each relation: any of them suffices.
    #[test]
    fn the_arms_for_relations_add_up_to_the_access(world in random_world(Options::default())) {
        let facts = Facts::of(&world);
        for (user, me, sight) in sights(&facts) {
            if sight.is_administrator() {
                continue;
            }
            for record in records_of(&world, &sight) {
                facts.with_record(user, record, &mut |asked| {
                    if asked.parent.is_some() {
                        return Ok(());
                    }
                    let own = Record { related: &[], ..*asked };
                    let office = match asked.user {
                        Some(owner) => owner.office,
                        None => asked.group.and_then(|id| facts.org.groups[&id].office),
                    };
                    for wanted in Action::ALL {
                        let by_arms = sight.allows(wanted, &own)
                            || asked.related.iter().any(|(relation, parent)| {
                                let shared = parent.share.zip(parent.user).is_some_and(|(share, owner)| {
                                    share.link_active && share.from == owner.id && may_share(owner, me)
                                });
                                let by_rule = sight.allows_related(*relation, wanted, parent);
                                by_rule && !sight.is_closed_to_me(office)
                                    || shared && sight.allows_related_by_share(*relation, wanted)
                            });
                        prop_assert_eq!(
                            sight.allows(wanted, asked), by_arms, "{:?} {:?} {:?}", wanted, user, record
                        );
                    }
                    Ok(())
                })?;
            }
        }
    }

    #[test]
    fn the_extent_over_a_relation_leaves_out_nothing(world in random_world(Options::default())) {
        let facts = Facts::of(&world);
        for (_, _, sight) in sights(&facts) {
            for relation in facts.org.relations.iter().filter(|r| r.child == sight.module()) {
                for wanted in Action::ALL {
                    let Extent::Listed(candidates) = sight.related_extent(relation.id, wanted) else {
                        panic!("an extent over a relation is a list");
                    };
                    let of_parent = |record: &&model::Record| {
                        module_id(&world, &record.module) == relation.parent
                    };
                    for record in world.records.iter().filter(of_parent) {
                        let parent = facts.owners(record);
                        let by_user = parent.user.is_some_and(|user| {
                            user.role.is_some_and(|role| candidates.roles.contains(&role))
                                || user.groups.iter().any(|group| candidates.groups.contains(group))
                        });
                        let by_group = parent.group.is_some_and(|group| candidates.groups.contains(&group));
                        let allowed = sight.allows_related(relation.id, wanted, &parent);
                        prop_assert!(!allowed || by_user || by_group, "{:?} {:?}", wanted, record);

                        // What a group owner adds to a user owner who gives nothing.
                        let (Some(user), Some(group)) = (parent.user, parent.group) else { continue };
                        if sight.allows_related(relation.id, wanted, &Record::owned_by_user(user)) {
                            continue;
                        }
                        let expected = match sight.related_group_answer(relation.id, wanted, group) {
                            GroupAnswer::Yes => true,
                            GroupAnswer::UnlessClosed => !sight.is_closed_to_me(user.office),
                            GroupAnswer::No => false,
                        };
                        prop_assert_eq!(allowed, expected, "{:?} {:?}", wanted, record);
                    }
                }
            }
        }
    }
}

/// Worlds without what depends on more than a record's owner.
fn by_owner_alone() -> Options {
    Options {
        relations: 0,
        links: 0,
        shares: 0,
        records: 20,
        ..Options::default()
    }
}

/// What a list made from `extent` would say of a record, as its readers use it.
fn is_within(
    facts: &Facts,
    me: &User,
    sight: &Sight,
    extent: &Extent,
    wanted: Action,
    record: &Record,
) -> bool {
    let of_group = record.group.and_then(|id| facts.org.groups[&id].office);
    match extent {
        Extent::Everything => true,
        Extent::AllExcept(offices) => {
            let office = record.user.map_or(of_group, |user| user.office);
            let is_excepted = office.is_some_and(|office| offices.contains(&office));
            !is_excepted || sight.allows(wanted, record)
        }
        Extent::Listed(Candidates {
            oneself,
            roles,
            groups,
            offices,
        }) => {
            let among = |office: Option<OfficeId>| office.is_some_and(|id| offices.contains(&id));
            let by_user = record.user.is_some_and(|user| {
                *oneself && user.id == me.id
                    || user.role.is_some_and(|role| roles.contains(&role))
                    || user.groups.iter().any(|group| groups.contains(group))
                    || among(user.office)
            });
            let by_group =
                record.group.is_some_and(|group| groups.contains(&group)) || among(of_group);
            (by_user || by_group) && sight.allows(wanted, record)
        }
    }
}

/// The organization of docs/semantics.md (Examples that must hold): H1 > H2(ceo) > H3(vp) > H4(mgr) > H5(rep1, rep2);
/// H2 > H6(smgr) > H7(sup1, sup2), and the stranger H40 beside H4.
fn company() -> World {
    let roles = [
        ("H1", None),
        ("H2", Some("H1")),
        ("H3", Some("H2")),
        ("H4", Some("H3")),
        ("H40", Some("H3")),
        ("H5", Some("H4")),
        ("H6", Some("H2")),
        ("H7", Some("H6")),
    ];
    let users = [
        ("ceo", "H2"),
        ("vp", "H3"),
        ("mgr", "H4"),
        ("other", "H40"),
        ("rep1", "H5"),
        ("rep2", "H5"),
        ("smgr", "H6"),
        ("sup1", "H7"),
        ("sup2", "H7"),
    ];
    let role = |(name, parent): (&str, Option<&str>)| model::Role {
        name: name.to_owned(),
        parent: parent.map(str::to_owned),
        profiles: Vec::new(),
    };
    let user = |(key, role): (&str, &str)| model::User {
        key: key.to_owned(),
        name: key.to_owned(),
        role: Some(role.to_owned()),
        office: None,
        active: true,
        rights: model::Rights::default(),
    };
    World {
        roles: roles.map(role).to_vec(),
        users: users.map(user).to_vec(),
        ..World::default()
    }
}

impl World {
    fn module(mut self, name: &str, access: model::GlobalAccess) -> Self {
        self.modules.push(model::Module {
            name: name.to_owned(),
            ownership: Ownership::OneColumn,
            follows: None,
            hierarchy: true,
            global_access: access,
        });
        self
    }

    fn detail(mut self, name: &str, parent: &str) -> Self {
        self = self.module(name, model::GlobalAccess::Private);
        self.modules.last_mut().unwrap().ownership = Ownership::ControlledBy(parent.to_owned());
        self
    }

    fn group(mut self, name: &str, members: &[Principal]) -> Self {
        let (key, name) = (name.to_owned(), name.to_owned());
        self.groups.push(model::Group {
            key,
            name,
            office: None,
            members: members.to_vec(),
        });
        self
    }

    fn record(mut self, module: &str, id: &str, owner: &str) -> Self {
        self.records.push(model::Record {
            module: module.to_owned(),
            id: id.to_owned(),
            owner: Some(owner.to_owned()),
            group: None,
            kind: None,
            parents: Vec::new(),
            controller: None,
        });
        self
    }

    fn detail_record(mut self, module: &str, id: &str, controller: &str) -> Self {
        self = self.record(module, id, "");
        let record = self.records.last_mut().unwrap();
        (record.owner, record.controller) = (None, Some(controller.to_owned()));
        self
    }

    fn rule(mut self, module: &str, from: Principal, to: Principal, access: model::Level) -> Self {
        self.rules.push(model::Rule {
            module: module.to_owned(),
            owned_by: from,
            shared_with: to,
            access,
            superiors: false,
            related: Vec::new(),
        });
        self
    }

    fn change(mut self, change: impl FnOnce(&mut World)) -> Self {
        change(&mut self);
        self
    }

    fn office(self, name: &str, security: bool, user: &str) -> Self {
        self.change(|world| {
            let name = name.to_owned();
            world.offices.push(model::Office {
                name: name.clone(),
                parent: None,
                security,
            });
            world
                .users
                .iter_mut()
                .find(|other| other.key == user)
                .unwrap()
                .office = Some(name);
        })
    }
}

fn role(name: &str) -> Principal {
    Principal::Role(name.to_owned())
}

fn and_subordinates(name: &str) -> Principal {
    Principal::RoleAndSubordinates(name.to_owned())
}

fn group(name: &str) -> Principal {
    Principal::Group(name.to_owned())
}

fn user(key: &str) -> Principal {
    Principal::User(key.to_owned())
}

/// One lead of rep1's or another owner's, under a global access.
fn lead(access: model::GlobalAccess, owner: &str) -> World {
    company()
        .module("Leads", access)
        .record("Leads", "1", owner)
}

fn private(owner: &str) -> World {
    lead(model::GlobalAccess::Private, owner)
}

/// Holds both the core and the model to who may do what with a record, written
/// `"VED: rep1 mgr; V: sup1"`: nobody else may do anything.
fn check(example: &str, world: &World, module: &str, id: &str, expected: &str) {
    let facts = Facts::of(world);
    let record = |record: &&model::Record| record.module == module && record.id == id;
    let record = world.records.iter().find(record).unwrap();
    let words: Vec<_> = expected
        .split("; ")
        .filter_map(|part| part.split_once(": "))
        .flat_map(|(may, users)| users.split(' ').map(move |user| (user, may)))
        .collect();
    for user in &world.users {
        let expected = words
            .iter()
            .find(|(key, _)| *key == user.key)
            .map_or("", |(_, may)| may);
        let me = facts.user(&user.key).unwrap();
        let sight = Sight::new(&facts.org, me, module_id(world, module)).unwrap();
        let letters = [
            (Action::Read, 'V'),
            (Action::Edit, 'E'),
            (Action::Delete, 'D'),
        ];
        let told = |allows: &dyn Fn(Action) -> bool| -> String {
            letters
                .iter()
                .filter(|(wanted, _)| allows(*wanted))
                .map(|(_, letter)| letter)
                .collect()
        };
        let by_model = told(&|wanted| model::allows(world, &user.key, record, action(wanted)));
        assert_eq!(
            by_model, expected,
            "the model, example {example}, {}",
            user.key
        );
        facts
            .with_record(user, record, &mut |asked| {
                let by_core = told(&|wanted| sight.allows(wanted, asked));
                assert_eq!(by_core, expected, "example {example}, {}", user.key);
                Ok(())
            })
            .unwrap();
    }
}

#[test]
fn examples_of_global_access() {
    use model::GlobalAccess::{Private, PublicReadEdit, PublicReadEditDelete, PublicReadOnly};
    let others = "other rep2 smgr sup1 sup2";
    let line = "VED: rep1 mgr vp ceo";
    for (example, access, expected) in [
        ("1", Private, line.to_owned()),
        ("2", PublicReadOnly, format!("{line}; V: {others}")),
        ("3", PublicReadEdit, format!("{line}; VE: {others}")),
        ("4", PublicReadEditDelete, format!("{line}; VED: {others}")),
    ] {
        check(example, &lead(access, "rep1"), "Leads", "1", &expected);
    }
}

#[test]
fn examples_of_groups() {
    let members = [user("rep1"), user("sup1")];
    check(
        "5",
        &private("G").group("G", &members),
        "Leads",
        "1",
        "VED: rep1 sup1",
    );

    for (owner, expected) in [("Gout", "VED: rep1 sup1"), ("Gin", "VED: rep1")] {
        let world = private(owner)
            .group("Gin", &[user("rep1")])
            .group("Gout", &[user("sup1"), group("Gin")]);
        check("6", &world, "Leads", "1", expected);
    }
}

#[test]
fn examples_of_rules() {
    use model::Level::{Edit, Read};
    for (access, expected) in [
        (Read, "VED: rep1 mgr vp ceo; V: sup1 sup2"),
        (Edit, "VED: rep1 mgr vp ceo; VE: sup1 sup2"),
    ] {
        let world = private("rep1").rule("Leads", role("H5"), role("H7"), access);
        check("7", &world, "Leads", "1", expected);
    }
    for (owner, expected) in [
        ("rep1", "VED: rep1 mgr vp ceo; V: sup1 sup2"),
        ("mgr", "VED: mgr vp ceo; V: sup1 sup2"),
        ("vp", "VED: vp ceo"),
        ("other", "VED: other vp ceo"),
    ] {
        let world = private(owner).rule("Leads", and_subordinates("H4"), role("H7"), Read);
        check("8", &world, "Leads", "1", expected);
    }
    for (owner, expected) in [
        ("G", "VED: rep1; V: sup1 sup2"),
        ("rep1", "VED: rep1 mgr vp ceo; V: sup1 sup2"),
        ("rep2", "VED: rep2 mgr vp ceo"),
    ] {
        let world =
            private(owner)
                .group("G", &[user("rep1")])
                .rule("Leads", group("G"), role("H7"), Read);
        check("9", &world, "Leads", "1", expected);
    }
}

#[test]
fn example_of_related_records() {
    let world = company()
        .module("Accounts", model::GlobalAccess::Private)
        .module("Potentials", model::GlobalAccess::Private)
        .rule("Accounts", role("H5"), role("H7"), model::Level::Read)
        .record("Accounts", "a", "rep1")
        .record("Potentials", "p", "mgr")
        .change(|world| {
            world.rules[0].related = vec![("Potentials".to_owned(), model::Level::Edit)];
            world.records[1].parents = vec![("account".to_owned(), "a".to_owned())];
            world.relations.push(model::Relation {
                child: "Potentials".to_owned(),
                via: "account".to_owned(),
                parent: "Accounts".to_owned(),
                when: None,
                with_shares: true,
                applied: true,
            });
        });
    check(
        "10",
        &world,
        "Accounts",
        "a",
        "VED: rep1 mgr vp ceo; V: sup1 sup2",
    );
    check(
        "10",
        &world,
        "Potentials",
        "p",
        "VED: mgr vp ceo; VE: sup1 sup2",
    );
}

#[test]
fn example_of_a_module_that_follows() {
    let world = company()
        .module("Accounts", model::GlobalAccess::Private)
        .module("Contacts", model::GlobalAccess::Private)
        .rule("Accounts", role("H5"), role("H7"), model::Level::Read)
        .record("Accounts", "a", "rep1")
        .record("Contacts", "without account", "rep1")
        .record("Contacts", "of the account", "mgr")
        .change(|world| {
            world.modules[1].follows = Some("Accounts".to_owned());
            // A column that says so is no relation until it is declared one.
            world.records[2].parents = vec![("account".to_owned(), "a".to_owned())];
        });
    check(
        "11",
        &world,
        "Contacts",
        "without account",
        "VED: rep1 mgr vp ceo; V: sup1 sup2",
    );
    check(
        "11",
        &world,
        "Contacts",
        "of the account",
        "VED: mgr vp ceo",
    );
}

#[test]
fn example_of_a_profile() {
    let world = private("rep1").change(|world| {
        let permission = model::Permission {
            module: Some("Leads".to_owned()),
            view: true,
            create: true,
            edit: false,
            delete: false,
        };
        world.profiles.push(model::Profile {
            name: "Readers".to_owned(),
            view_all: false,
            edit_all: false,
            permissions: vec![permission],
        });
        let reps = world
            .roles
            .iter_mut()
            .find(|role| role.name == "H5")
            .unwrap();
        reps.profiles.push("Readers".to_owned());
    });
    check("12", &world, "Leads", "1", "V: rep1; VED: mgr vp ceo");
}

#[test]
fn example_of_details() {
    let world = company()
        .module("Customers", model::GlobalAccess::Private)
        .detail("Orders", "Customers")
        .detail("Order lines", "Orders")
        .rule("Customers", role("H5"), role("H7"), model::Level::Edit)
        .rule("Customers", role("H5"), role("H6"), model::Level::Read)
        .record("Customers", "c", "rep1")
        .detail_record("Orders", "o", "c")
        .detail_record("Order lines", "l", "o");
    for (module, id) in [("Customers", "c"), ("Orders", "o"), ("Order lines", "l")] {
        check(
            "13",
            &world,
            module,
            id,
            "VED: rep1 mgr vp ceo; VE: sup1 sup2; V: smgr",
        );
    }
}

#[test]
fn example_of_a_closed_office() {
    use model::GlobalAccess::{Private, PublicReadEdit, PublicReadEditDelete, PublicReadOnly};
    for access in [
        Private,
        PublicReadOnly,
        PublicReadEdit,
        PublicReadEditDelete,
    ] {
        let world = lead(access, "rep1")
            .record("Leads", "2", "rep1")
            .office("Boston", true, "rep1")
            .office("Denver", false, "vp")
            .office("Reno", false, "sup1")
            .change(|world| {
                let (from, to) = ("rep1".to_owned(), "sup1".to_owned());
                for user in &mut world.users {
                    user.rights.record_sharing = user.key == from || user.key == to;
                }
                world.shares.push(model::Share {
                    module: "Leads".to_owned(),
                    record: "1".to_owned(),
                    from: from.clone(),
                    to: to.clone(),
                    access: model::Level::Read,
                });
                world.links.push(model::Link {
                    from,
                    to,
                    active: true,
                });
            });
        check("14", &world, "Leads", "1", "VED: rep1; V: sup1");
        check("14", &world, "Leads", "2", "VED: rep1");
    }
}
