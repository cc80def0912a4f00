//! The decision equals the model in random worlds, and its ways of being asked equal each other.

use super::facts::{Facts, action, group_id, level, module_id, role_id, rule_id};
use super::model::{self, Options, Ownership, World, random_world};
use crate::core::access::{Action, Level};
use crate::core::checkup::superfluous_rules;
use crate::core::decision::{
    Audience, Candidates, Extent, GroupAnswer, Record, Sight, Via, Way, may_share,
};
use crate::core::matrix::{OwnedBy, RoleOrGroup, access_matrix};
use crate::core::ordinary::{
    Reached, criteria_are_listed_for_everybody, is_extraordinary, is_listed_for_everybody,
};
use crate::core::org::{self, ModuleId, OfficeId, Relation, Rule, User};
use proptest::prelude::{ProptestConfig, prop_assert, prop_assert_eq, proptest};
use rustc_hash::FxHashMap;
use std::collections::HashSet;

/// Every active user of the world, with their sight of each module.
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

    /// All rules that are called superfluous can go: by the model, everybody has what they had.
    #[test]
    fn superfluous_rules_give_nothing(world in random_world(Options::default())) {
        let facts = Facts::of(&world);
        let superfluous = superfluous_rules(&facts.org, &HashSet::new());
        let mut less = world.clone();
        less.rules = Vec::new();
        for (number, rule) in world.rules.iter().enumerate() {
            if superfluous.iter().all(|one| one.id != rule_id(number)) {
                less.rules.push(rule.clone());
            }
        }
        prop_assert_eq!(less.rules.len() + superfluous.len(), world.rules.len());
        for user in &world.users {
            for record in &world.records {
                let before = model::level(&world, &user.key, record);
                prop_assert_eq!(model::level(&less, &user.key, record), before, "{:?} {:?}", user, record);
            }
        }
    }

    /// What profiles take, step by step, leads from the strongest grant to the access.
    #[test]
    fn cuts_lead_from_the_grants_to_the_access(world in random_world(Options::default())) {
        let facts = Facts::of(&world);
        for (user, _, sight) in sights(&facts) {
            for record in records_of(&world, &sight) {
                facts.with_record(user, record, &mut |asked| {
                    let grants = sight.grants(asked);
                    let strongest = grants.iter().filter(|grant| grant.withheld_by.is_none()).map(|grant| grant.level).max();
                    let mut level = strongest.unwrap_or_default();
                    for cut in sight.cuts(asked) {
                        prop_assert_eq!(cut.from, level);
                        prop_assert!(cut.to < cut.from);
                        level = cut.to;
                    }
                    prop_assert_eq!(level, sight.access(asked));
                    Ok(())
                })?;
            }
        }
    }

    /// Whoever has access is where the audience says, and whoever is alike has the same grants.
    #[test]
    fn the_audience_leaves_out_nobody(world in random_world(Options::default())) {
        let facts = Facts::of(&world);
        for (user, me, sight) in sights(&facts) {
            for record in records_of(&world, &sight) {
                let given = was_given(&world, user, record);
                facts.with_record(user, record, &mut |asked| {
                    let audience = Audience::of(&facts.org, sight.module(), asked);
                    let is_superior = me.superior_in.iter().any(|group| audience.superiors_of.contains(group));
                    let is_within = audience.everybody
                        || audience.owners.contains(&me.id)
                        || me.role.is_some_and(|role| audience.roles.contains(&role))
                        || me.groups.iter().any(|group| audience.groups.contains(group))
                        || is_superior
                        || Audience::is_reached_by_rights(me);
                    let has_access = sight.access(asked) > Level::None;
                    let is_named = given || audience.given_to.contains(&me.id);
                    prop_assert!(!has_access || is_within || is_named, "{:?} {:?} {:?}", user, record, audience);
                    let given = given || audience.given_to.contains(&me.id);
                    if given || audience.owners.contains(&me.id) {
                        return Ok(());
                    }
                    let alike = audience.likeness(me);
                    prop_assert_eq!(&audience.likeness(&alike), &alike);
                    let Some(like_them) = Sight::new(&facts.org, &alike, sight.module()) else {
                        return Err(proptest::test_runner::TestCaseError::fail("no sight"));
                    };
                    prop_assert_eq!(like_them.grants(asked), sight.grants(asked), "{:?} {:?} {:?}", user, record, alike);
                    prop_assert_eq!(like_them.access(asked), sight.access(asked));
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
    fn applying_a_relation_changes_what_its_default_rules_give(world in random_world(Options::default())) {
        let org = Facts::of(&world).org;
        for relation in &org.relations {
            let given = |applied: bool, rule: &Rule| {
                org.related_level(&Relation { applied, ..relation.clone() }, rule)
            };
            let changed = org.rules.iter().filter(|rule| given(false, rule) != given(true, rule));
            let changed: Vec<_> = changed.map(|rule| rule.id).collect();
            let default: Vec<_> = org.default_rules(relation).collect();
            prop_assert_eq!(changed, default);
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

    /// What was given to whom is the same, asked from either side.
    #[test]
    fn whoever_was_given_a_record_is_a_recipient(world in random_world(Options::default())) {
        let facts = Facts::of(&world);
        for (user, me, sight) in sights(&facts) {
            let recipients = sight.recipients();
            for record in records_of(&world, &sight) {
                facts.with_record(user, record, &mut |asked| {
                    if asked.parent.is_some() {
                        return Ok(());
                    }
                    let grants = sight.grants(asked);
                    let told: Vec<_> = grants.iter().filter_map(|grant| match grant.via {
                        Via::Given(to) => Some(to),
                        _ => None,
                    }).collect();
                    for grant in asked.given {
                        let is_theirs = recipients.contains(&grant.to);
                        prop_assert_eq!(told.contains(&grant.to), is_theirs, "{:?} {:?} {:?}", me, record, grant);
                    }
                    Ok(())
                })?;
            }
        }
    }

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
                    let theirs = facts.org.recipients_of(me);
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
                                let parent_office = match parent.user {
                                    Some(owner) => owner.office,
                                    None => parent.group.and_then(|id| facts.org.groups[&id].office),
                                };
                                let given = parent.given.iter().any(|grant| theirs.contains(&grant.to))
                                    && !sight.is_closed_to_me(parent_office)
                                    && sight.allows_related_by_grant(*relation, wanted);
                                let reached = sight.allows_by_parent(*relation, wanted, parent);
                                let met = parent.meets.iter().map(|&id| Way::RelatedCriteria(*relation, id));
                                let mut ways = met.chain([Way::Relation(*relation)]);
                                let by_rule = ways.any(|way| sight.allows_by(way, wanted, parent)) || given || reached;
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

    /// Policies have an arm for each criteria, which adds to that of the owner; and lists for it leave out nobody.
    #[test]
    fn the_arms_for_criteria_add_up_to_the_access(world in random_world(Options { relations: 0, ..Options::default() })) {
        let facts = Facts::of(&world);
        for (_, me, sight) in sights(&facts) {
            for record in records_of(&world, &sight) {
                let asked = facts.owners(record);
                let alone = Record { meets: &[], ..asked };
                for wanted in Action::ALL {
                    if sight.parent_module().is_some() || sight.is_administrator() {
                        continue;
                    }
                    let mut by_criteria = false;
                    for &id in asked.meets {
                        let way = Way::Criteria(id);
                        let is_by_it = sight.allows_by(way, wanted, &asked);
                        by_criteria |= is_by_it;
                        let Some(extent) = sight.extent_by(way, wanted) else {
                            panic!("an owned module has an extent");
                        };
                        let is_listed = matches!(extent, Extent::Listed(_));
                        prop_assert!(is_listed || !criteria_are_listed_for_everybody(&facts.org, id));
                        prop_assert!(is_listed || Reached::Everybody(id).is_of(&facts.org, me));
                        prop_assert!(!is_by_it || Reached::By(way).is_of(&facts.org, me));
                        if let Extent::Listed(candidates) = extent {
                            let by_user = asked.user.is_some_and(|user| {
                                user.role.is_some_and(|role| candidates.roles.contains(&role))
                                    || user.groups.iter().any(|group| candidates.groups.contains(group))
                            });
                            let by_group = asked.group.is_some_and(|group| candidates.groups.contains(&group));
                            prop_assert!(!is_by_it || by_user || by_group, "{:?} {:?}", wanted, record);
                        }
                    }
                    prop_assert_eq!(
                        sight.allows(wanted, &asked), sight.allows(wanted, &alone) || by_criteria,
                        "{:?} {:?}", wanted, record
                    );
                }
            }
        }
    }

    #[test]
    fn the_extent_over_a_relation_leaves_out_nothing(world in random_world(Options::default())) {
        let facts = Facts::of(&world);
        for (_, _, sight) in sights(&facts) {
            for relation in facts.org.relations.iter().filter(|r| r.child == sight.module()) {
                for wanted in Action::ALL {
                    let way = Way::Relation(relation.id);
                    let Some(Extent::Listed(candidates)) = sight.extent_by(way, wanted) else {
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
                        let allowed = sight.allows_by(way, wanted, &parent);
                        prop_assert!(!allowed || by_user || by_group, "{:?} {:?}", wanted, record);

                        // What a group owner adds to a user owner who gives nothing.
                        let (Some(user), Some(group)) = (parent.user, parent.group) else { continue };
                        if sight.allows_by(way, wanted, &Record::owned_by_user(user)) {
                            continue;
                        }
                        let expected = match sight.group_answer_by(way, wanted, group) {
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

/// Whether anybody gave a user the record, or one by which it is decided.
fn was_given(world: &World, user: &model::User, record: &model::Record) -> bool {
    let shares = |of: &model::Record| {
        let is_it = |share: &&model::Share| {
            (&share.module, &share.record, &share.to) == (&of.module, &of.id, &user.key)
        };
        world.shares.iter().any(|share| is_it(&share))
    };
    let over = |relation: &model::Relation| {
        let parent = model::related_parent(world, relation, record);
        let carries = relation.with_parent > model::Level::None;
        parent.is_some_and(|parent| match carries {
            true => was_given(world, user, parent),
            false => shares(parent),
        })
    };
    let controller = model::controller(world, record);
    shares(record)
        || world.relations.iter().any(over)
        || controller.is_some_and(|above| was_given(world, user, above))
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn the_matrix_equals_the_model(world in random_world(Options::default())) {
        let facts = Facts::of(&world);
        for module in &world.modules {
            let id = module_id(&world, &module.name);
            let owned = facts.org.controlling_module(id).unwrap();
            let owned = world.modules.iter().find(|other| module_id(&world, &other.name) == owned).unwrap();
            let owned_by = OwnedBy {
                users: owned.ownership != Ownership::GroupColumn,
                groups: owned.ownership != Ownership::UserColumn,
            };
            let mut roles = FxHashMap::default();
            for user in &facts.users {
                for group in &user.groups {
                    roles.entry(*group).or_insert_with(Vec::new).extend(user.role);
                }
            }
            let name = |one: RoleOrGroup| match one {
                RoleOrGroup::Role(id) => format!("role:{}", world.roles.iter().find(|role| role_id(&world, &role.name) == id).unwrap().name),
                RoleOrGroup::Group(id) => format!("group:{}", world.groups.iter().find(|group| group_id(&world, &group.name) == id).unwrap().name),
            };
            let cells = access_matrix(&facts.org, id, owned_by, &roles).into_iter();
            let mut found: Vec<_> = cells
                .map(|cell| {
                    let reasons: Vec<_> = cell.reasons.iter().map(|reason| reason.code()).collect();
                    (name(cell.viewer), name(cell.owner), cell.access, reasons, cell.by_criteria)
                })
                .collect();
            found.sort();
            let expected: Vec<_> = model::access_matrix(&world, &module.name)
                .into_iter()
                .map(|(viewer, owner, access, reasons, by_criteria)| (viewer, owner, level(access), reasons, by_criteria.map(level)))
                .collect();
            prop_assert_eq!(found, expected, "{}", module.name);
        }
    }
}

/// Worlds without what depends on more than a record's owner.
fn by_owner_alone() -> Options {
    Options {
        relations: 0,
        links: 0,
        shares: 0,
        given: 0,
        criteria: false,
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
