//! Single changes of a world, each made in the world and told as the steps that make it in a database.
#![allow(
    dead_code,
    reason = "every test that includes this file uses a part of it"
)]

use crate::model::{self, Level, Ownership, Principal, World, ruling_module};
use crate::stored::{
    Dice, Step, add_rule, administer, applied, call, give, insert, is_detail, link_id, literal,
    nullable, relate, related, request, set_permission, share, table_of, update,
};

/// Of one of the kinds that records have.
pub fn random_criteria(dice: &mut Dice) -> Option<model::Criteria> {
    let kind = dice.one(&["A", "B", "C"])?.to_string();
    model::worlds::criteria(dice.throw(9) as u16, kind)
}

/// Whose records a rule speaks of: with criteria anybody's, half of the time. None where there is nobody.
pub fn random_owned_by(
    criteria: Option<&model::Criteria>,
    owned_by: Option<model::Principal>,
    dice: &mut Dice,
) -> Option<Option<model::Principal>> {
    match criteria {
        Some(_) if dice.rarely(2) => Some(None),
        _ => owned_by.map(Some),
    }
}

/// Makes one change of some kind, if this world has what it takes.
pub type Kind = fn(&mut World, &mut Dice) -> Option<Vec<Step>>;

/// A change of any of these kinds.
pub fn one_of(kinds: &[Kind], world: &mut World, dice: &mut Dice) -> Vec<Step> {
    for _ in 0..1_000 {
        let mut changed = world.clone();
        let kind = dice.one(kinds);
        if let Some(steps) = kind.and_then(|kind| kind(&mut changed, dice)) {
            *world = changed;
            return steps;
        }
    }
    Vec::new()
}

/// A change of the organization, of a rule or of global access.
pub fn of_organization(world: &mut World, dice: &mut Dice) -> Option<Vec<Step>> {
    administer(organization_change(world, dice)?)
}

/// The office that a specialist moves to is closed.
fn close_office_of_specialist(world: &mut World, key: &str) {
    let mut users = world.users.iter();
    let user = users.find(|user| user.key == key && user.rights.record_sharing);
    let office = user.and_then(|user| user.office.clone());
    for closed in world
        .offices
        .iter_mut()
        .filter(|one| Some(&one.name) == office.as_ref())
    {
        closed.security = true;
    }
}

fn organization_change(world: &mut World, dice: &mut Dice) -> Option<String> {
    let user = dice.throw(world.users.len().max(1));
    let at = user;
    match dice.throw(13) {
        0 => {
            let role = dice.one(&world.roles).map(|role| role.name.clone());
            let user = world.users.get_mut(user)?;
            user.role = role;
            Some(format!(
                "SELECT sharing.set_user_role({}, {})",
                literal(&user.key),
                nullable(user.role.as_ref())
            ))
        }
        1 => {
            let taken: Vec<_> = world
                .users
                .iter()
                .map(|user| (user.office.clone(), user.name.clone()))
                .collect();
            let office = dice.one(&world.offices).map(|office| office.name.clone());
            let user = world.users.get_mut(user)?;
            if user.office == office || taken.contains(&(office.clone(), user.name.clone())) {
                return None;
            }
            user.office = office;
            let key = user.key.clone();
            close_office_of_specialist(world, &key);
            let user = world.users.get(at)?;
            Some(format!(
                "SELECT sharing.set_user_office({}, {})",
                literal(&user.key),
                nullable(user.office.as_ref())
            ))
        }
        2 => {
            let user = world.users.get_mut(user)?;
            user.active = !user.active;
            let function = if user.active {
                "activate_user"
            } else {
                "deactivate_user"
            };
            Some(format!("SELECT sharing.{function}({})", literal(&user.key)))
        }
        3 => {
            let user = world.users.get_mut(user)?;
            let (right, has) = match dice.throw(3) {
                0 => ("administrator", &mut user.rights.administrator),
                1 => ("super_user", &mut user.rights.super_user),
                _ => ("enterprise_view", &mut user.rights.enterprise_view),
            };
            *has = !*has;
            let function = if *has { "grant_right" } else { "revoke_right" };
            Some(format!(
                "SELECT sharing.{function}({}, '{right}')",
                literal(&user.key)
            ))
        }
        4 | 5 => {
            // Below an earlier one, as when the world was made: no cycles.
            let role = dice.throw(world.roles.len().max(1));
            let earlier = world.roles.get(..role)?;
            let parent = dice.one(earlier).map(|role| role.name.clone());
            let role = world.roles.get_mut(role)?;
            role.parent = parent;
            Some(format!(
                "SELECT sharing.move_role({}, {})",
                literal(&role.name),
                nullable(role.parent.as_ref())
            ))
        }
        6 => {
            let office = dice.throw(world.offices.len().max(1));
            let earlier = world.offices.get(..office)?;
            let parent = dice.one(earlier).map(|office| office.name.clone());
            let office = world.offices.get_mut(office)?;
            office.parent = parent;
            Some(format!(
                "SELECT sharing.move_office({}, {})",
                literal(&office.name),
                nullable(office.parent.as_ref())
            ))
        }
        7 => {
            let office = dice.throw(world.offices.len().max(1));
            let office = world.offices.get_mut(office)?;
            office.security = !office.security;
            Some(format!(
                "SELECT sharing.set_office_security({}, {})",
                literal(&office.name),
                office.security
            ))
        }
        8 => {
            let group = dice.throw(world.groups.len().max(1));
            let group = world.groups.get_mut(group)?;
            let at = dice.throw(group.members.len().max(1));
            if at >= group.members.len() {
                return None;
            }
            let member = group.members.remove(at);
            Some(match dice.rarely(2) {
                // It ends, as if time had passed.
                true => end_member(&group.name, &member, PAST),
                false => format!(
                    "SELECT sharing.remove_member({}, {})",
                    literal(&group.name),
                    literal(&member.to_string())
                ),
            })
        }
        9 => {
            let group = dice.throw(world.groups.len().max(1));
            let inner = world.groups.get(..group)?.to_vec();
            let member = match dice.throw(4) {
                0 => Principal::User(dice.one(&world.users)?.key.clone()),
                1 => Principal::Role(dice.one(&world.roles)?.name.clone()),
                2 => Principal::RoleAndSubordinates(dice.one(&world.roles)?.name.clone()),
                _ => Principal::Group(dice.one(&inner)?.name.clone()),
            };
            let group = world.groups.get_mut(group)?;
            if group.members.contains(&member) {
                return None;
            }
            let sql = format!(
                "SELECT sharing.add_member({}, {})",
                literal(&group.name),
                literal(&member.to_string())
            );
            group.members.push(member);
            Some(sql)
        }
        10 => end_rule(world, dice, PAST),
        11 => {
            let principal = |dice: &mut Dice| {
                Some(match dice.throw(3) {
                    0 => Principal::Role(dice.one(&world.roles)?.name.clone()),
                    1 => Principal::RoleAndSubordinates(dice.one(&world.roles)?.name.clone()),
                    _ => Principal::Group(dice.one(&world.groups)?.name.clone()),
                })
            };
            let module = random_ruling_module(world, dice)?;
            let criteria = random_criteria(dice);
            let owned_by = principal(dice);
            let rule = model::Rule {
                module: module.clone(),
                owned_by: random_owned_by(criteria.as_ref(), owned_by, dice)?,
                criteria,
                shared_with: principal(dice)?,
                access: *dice.one(&[Level::Read, Level::Edit])?,
                superiors: dice.throw(3) == 0,
                related: random_levels(world, &module, dice),
                ended: false,
            };
            if world
                .rules
                .iter()
                .any(|other| other.is_between_the_same(&rule))
            {
                return None;
            }
            let sql = format!("{}; SELECT sharing.apply_rules()", add_rule(&rule));
            world.rules.push(rule);
            applied(world);
            Some(sql)
        }
        _ => {
            use model::GlobalAccess::{
                Private, PublicReadEdit, PublicReadEditDelete, PublicReadOnly,
            };
            let access = *dice.one(&[
                Private,
                PublicReadOnly,
                PublicReadEdit,
                PublicReadEditDelete,
            ])?;
            let name = random_ruling_module(world, dice)?;
            let mut modules = world.modules.iter_mut();
            modules.find(|module| module.name == name)?.global_access = access;
            applied(world);
            Some(format!(
                "SELECT sharing.set_global_access({}, '{}'); SELECT sharing.apply_rules()",
                literal(&name),
                access.label()
            ))
        }
    }
}

/// What has ended then.
const PAST: &str = "now() - '1 s'::interval";

/// A rule ends, or is given again.
fn end_rule(world: &mut World, dice: &mut Dice, until: &str) -> Option<String> {
    let at = dice.throw(world.rules.len());
    let rule = world.rules.get_mut(at)?;
    rule.ended = !rule.ended;
    let until = match rule.ended {
        true => until,
        false => "NULL",
    };
    Some(format!(
        "UPDATE sharing.rules SET until = {until}, staged_until = {until} WHERE id = (SELECT id FROM sharing.rules ORDER BY id OFFSET {at} LIMIT 1)"
    ))
}

fn end_share(share: &model::Share, until: &str) -> String {
    let link = link_id(&model::Link {
        from: share.from.clone(),
        to: share.to.clone(),
        active: true,
    });
    format!(
        "UPDATE sharing.shares SET until = {until} WHERE link_id = {link} AND record_id = {}
             AND module_id = (SELECT id FROM sharing.modules WHERE name = {})",
        literal(&share.record),
        literal(&share.module)
    )
}

/// What is going to end, all in the same moment `until`: as the steps that say so beforehand. The world becomes what
/// it is then.
pub fn coming_ends(world: &mut World, dice: &mut Dice, until: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    for _ in 0..1 + dice.throw(8) {
        let sql = match dice.throw(5) {
            0 => {
                let at = dice.throw(world.groups.len().max(1));
                world.groups.get_mut(at).and_then(|group| {
                    let at = dice.throw(group.members.len().max(1));
                    let member = (at < group.members.len()).then(|| group.members.remove(at))?;
                    Some(end_member(&group.name, &member, until))
                })
            }
            1 => {
                let is_over =
                    |world: &World, at: usize| world.rules.get(at).is_none_or(|r| r.ended);
                let at = dice.throw(world.rules.len().max(1));
                (!is_over(world, at)).then(|| {
                    world.rules[at].ended = true;
                    format!(
                        "UPDATE sharing.rules SET until = {until}, staged_until = {until} WHERE id = (SELECT id FROM sharing.rules ORDER BY id OFFSET {at} LIMIT 1)"
                    )
                })
            }
            2 => {
                let at = dice.throw(world.links.len().max(1));
                (at < world.links.len()).then(|| {
                    let link = world.links.remove(at);
                    let is_over = |s: &model::Share| s.from == link.from && s.to == link.to;
                    world.shares.retain(|share| !is_over(share));
                    format!(
                        "UPDATE sharing.links SET until = {until} WHERE id = {}",
                        link_id(&link)
                    )
                })
            }
            3 => {
                let at = dice.throw(world.shares.len().max(1));
                (at < world.shares.len()).then(|| end_share(&world.shares.remove(at), until))
            }
            _ => {
                let at = dice.throw(world.given.len().max(1));
                let given = world.given.get(at).filter(|given| !given.ended).cloned();
                given.map(|given| {
                    world.given[at].ended = true;
                    end_given(&given, until)
                })
            }
        };
        steps.extend(sql.map(|sql| (None, sql)));
    }
    steps
}

fn end_given(given: &model::Given, until: &str) -> String {
    let (kind, id) = match &given.to {
        Principal::User(key) => ("user", id_of("users", "key", key)),
        Principal::Role(name) => ("role", id_of("roles", "name", name)),
        Principal::RoleAndSubordinates(name) => {
            ("role_and_subordinates", id_of("roles", "name", name))
        }
        Principal::Group(name) => ("group", id_of("groups", "name", name)),
    };
    format!(
        "UPDATE sharing.record_grants SET until = {until} WHERE to_kind = '{kind}' AND to_id = {id} AND record_id = {}
             AND module_id = (SELECT id FROM sharing.modules WHERE name = {})",
        literal(&given.record),
        literal(&given.module)
    )
}

fn id_of(table: &str, column: &str, name: &str) -> String {
    format!(
        "(SELECT id FROM sharing.{table} WHERE {column} = {})",
        literal(name)
    )
}

fn end_member(group: &str, member: &Principal, until: &str) -> String {
    let group = format!(
        "(SELECT id FROM sharing.groups WHERE name = {})",
        literal(group)
    );
    let of = id_of;
    let (table, is_theirs) = match member {
        Principal::User(key) => (
            "group_users",
            format!("user_id = {}", of("users", "key", key)),
        ),
        Principal::Role(name) => (
            "group_members",
            format!(
                "role_id = {} AND NOT subordinates",
                of("roles", "name", name)
            ),
        ),
        Principal::RoleAndSubordinates(name) => (
            "group_members",
            format!("role_id = {} AND subordinates", of("roles", "name", name)),
        ),
        Principal::Group(name) => (
            "group_members",
            format!("member_group_id = {}", of("groups", "name", name)),
        ),
    };
    format!("UPDATE sharing.{table} SET until = {until} WHERE group_id = {group} AND {is_theirs}")
}

fn user_of<'w>(world: &'w mut World, key: &str) -> &'w mut model::User {
    let mut users = world.users.iter_mut();
    users.find(|user| user.key == key).expect("a user")
}

/// Whether the two can have a link now.
fn may_link(world: &World, from: &model::User, to: &model::User) -> bool {
    let able =
        |user: &model::User| user.active && user.rights.record_sharing && user.office.is_some();
    let known = |link: &model::Link| link.from == from.key && link.to == to.key;
    able(from) && able(to) && from.office != to.office && !world.links.iter().any(known)
}

fn owner_of(world: &World, record: &model::Record) -> Option<String> {
    let ownership = &model::module(world, &record.module).ownership;
    let owner = record.owner.clone()?;
    let is_user = world.users.iter().any(|user| user.key == owner);
    (*ownership != Ownership::GroupColumn && is_user).then_some(owner)
}

/// To whom records are given.
fn recipient(world: &World, dice: &mut Dice) -> Option<Principal> {
    let kind = dice.throw(4);
    let role = dice.one(&world.roles).map(|role| role.name.clone());
    match kind {
        0 => dice
            .one(&world.users)
            .map(|user| Principal::User(user.key.clone())),
        1 => role.map(Principal::Role),
        2 => role.map(Principal::RoleAndSubordinates),
        _ => dice
            .one(&world.groups)
            .map(|group| Principal::Group(group.name.clone())),
    }
}

fn forget_given(world: &mut World, record: &model::Record) {
    let is_of =
        |given: &model::Given| (&given.module, &given.record) == (&record.module, &record.id);
    world.given.retain(|given| !is_of(given));
}

/// A change of rights, offices, links, shares, grants, or of records.
pub fn of_sharing(world: &mut World, dice: &mut Dice) -> Option<Vec<Step>> {
    let user = dice.one(&world.users)?.clone();
    let key = literal(&user.key);
    match dice.throw(20) {
        // The right: suspended, revived, with or without the links.
        0 | 1 if user.rights.record_sharing => {
            let delete_links = dice.throw(3) == 0;
            user_of(world, &user.key).rights.record_sharing = false;
            if delete_links {
                let of_user = |from: &String, to: &String| *from == user.key || *to == user.key;
                world.links.retain(|link| !of_user(&link.from, &link.to));
                world
                    .shares
                    .retain(|share| !of_user(&share.from, &share.to));
            }
            administer(call(
                "disable_record_sharing",
                &[key, delete_links.to_string()],
            ))
        }
        0 | 1 => {
            let office = user.office.clone()?;
            let changed = user_of(world, &user.key);
            changed.rights.record_sharing = true;
            changed.rights.super_user = false;
            changed.rights.enterprise_view = false;
            let mut offices = world.offices.iter_mut();
            offices.find(|o| o.name == office)?.security = true;
            administer(call("enable_record_sharing", &[key]))
        }
        2 => {
            let (right, give) = match dice.throw(2) {
                0 => ("super_user", !user.rights.super_user),
                _ => ("enterprise_view", !user.rights.enterprise_view),
            };
            if give && user.rights.record_sharing {
                return None;
            }
            let rights = &mut user_of(world, &user.key).rights;
            match right {
                "super_user" => rights.super_user = give,
                _ => rights.enterprise_view = give,
            }
            let function = if give { "grant_right" } else { "revoke_right" };
            administer(call(function, &[key, literal(right)]))
        }
        // Moves to another office.
        3 | 4 => {
            let office = dice.one(&world.offices).map(|office| office.name.clone());
            let office = office.filter(|_| dice.throw(6) > 0);
            let taken = world
                .users
                .iter()
                .any(|other| other.office == office && other.name == user.name);
            if taken {
                return None;
            }
            user_of(world, &user.key).office.clone_from(&office);
            close_office_of_specialist(world, &user.key);
            administer(call("set_user_office", &[key, nullable(office.as_ref())]))
        }
        5 => {
            user_of(world, &user.key).active = !user.active;
            let function = if user.active {
                "deactivate_user"
            } else {
                "activate_user"
            };
            administer(call(function, &[key]))
        }
        6 => {
            let at = dice.throw(world.offices.len());
            let office = world.offices.get_mut(at)?;
            office.security = !office.security;
            let arguments = [literal(&office.name), office.security.to_string()];
            administer(call("set_office_security", &arguments))
        }
        // Another owner, or the same one again.
        7 | 8 => {
            let at = dice.throw(world.records.len());
            let owner = dice.one(&world.users).map(|user| user.key.clone());
            // Elsewhere the column is no owner.
            let ownership = &model::module(world, &world.records.get(at)?.module).ownership;
            if matches!(
                ownership,
                Ownership::GroupColumn | Ownership::ControlledBy(_)
            ) {
                return None;
            }
            let record = world.records.get_mut(at)?;
            record.owner = owner.filter(|_| dice.throw(8) > 0);
            let (owner, id) = (nullable(record.owner.as_ref()), literal(&record.id));
            let table = table_of(world, &world.records[at].module);
            administer(format!("UPDATE {table} SET o = {owner} WHERE id = {id}"))
        }
        // Deleted and inserted again: a new record.
        9 => {
            let record = dice.one(&world.records)?.clone();
            let is_of =
                |share: &model::Share| share.module == record.module && share.record == record.id;
            world.shares.retain(|share| !is_of(share));
            forget_given(world, &record);
            let (table, id) = (table_of(world, &record.module), literal(&record.id));
            let delete = format!("DELETE FROM {table} WHERE id = {id}");
            Some(vec![(None, delete), (None, insert(world, &record))])
        }
        10 => {
            let at = dice.throw(world.links.len());
            let link = world.links.get(at)?.clone();
            world.links.remove(at);
            let is_over = |s: &model::Share| s.from == link.from && s.to == link.to;
            world.shares.retain(|share| !is_over(share));
            let id = link_id(&link);
            administer(match dice.rarely(2) {
                true => format!("UPDATE sharing.links SET until = {PAST} WHERE id = {id}"),
                false => format!("SELECT sharing.delete_link({id})"),
            })
        }
        11 => {
            let to = dice.one(&world.users)?.clone();
            if !may_link(world, &user, &to) {
                return None;
            }
            let (from, to) = (user.key.clone(), to.key);
            let active = dice.throw(4) > 0;
            let link = model::Link { from, to, active };
            let steps = request(world, &link);
            world.links.push(link);
            Some(steps)
        }
        // A record given, given for something else, or taken back, by somebody who may or an administrator.
        12..=15 => {
            let record = dice.one(&world.records)?.clone();
            if !model::module(world, &record.module).grants || is_detail(world, &record.module) {
                return None;
            }
            let given = model::Given {
                module: record.module.clone(),
                record: record.id.clone(),
                to: recipient(world, dice)?,
                access: *dice.one(&[Level::Read, Level::Edit])?,
                ended: dice.rarely(5),
            };
            let same = |other: &model::Given| {
                (&other.module, &other.record, &other.to)
                    == (&given.module, &given.record, &given.to)
            };
            let known = world.given.iter().any(same);
            world.given.retain(|other| !same(other));
            if known && dice.throw(2) == 0 {
                let arguments = [
                    literal(&table_of(world, &given.module)),
                    literal(&given.record),
                    literal(&given.to.to_string()),
                ];
                let may = model::allows(world, &user.key, &record, model::Action::ChangeOwner);
                let who = may.then(|| user.key.clone());
                return Some(vec![(who, call("revoke_record", &arguments))]);
            }
            let steps = give(world, &given, Some(&user.key));
            world.given.push(given);
            Some(steps)
        }
        16 => administer(end_rule(world, dice, PAST)?),
        // A share, given, changed or taken back by the record's owner.
        _ => {
            let links: Vec<_> = world
                .links
                .iter()
                .filter(|link| {
                    let user = |key: &String| world.users.iter().find(|user| user.key == *key);
                    let able = |key: &String| {
                        user(key).is_some_and(|u| u.active && u.rights.record_sharing)
                    };
                    let office = |key: &String| user(key).and_then(|user| user.office.clone());
                    let (from, to) = (office(&link.from), office(&link.to));
                    let apart = from.is_some() && to.is_some() && from != to;
                    link.active && able(&link.from) && able(&link.to) && apart
                })
                .cloned()
                .collect();
            let link = dice.one(&links)?;
            let records: Vec<_> = world
                .records
                .iter()
                .filter(|record| owner_of(world, record).as_ref() == Some(&link.from))
                .cloned()
                .collect();
            let record = dice.one(&records)?;
            let given = model::Share {
                module: record.module.clone(),
                record: record.id.clone(),
                from: link.from.clone(),
                to: link.to.clone(),
                access: *dice.one(&[Level::Read, Level::Edit])?,
            };
            let same = |other: &model::Share| {
                (&other.module, &other.record, &other.from, &other.to)
                    == (&given.module, &given.record, &given.from, &given.to)
            };
            let known = world.shares.iter().any(same);
            world.shares.retain(|other| !same(other));
            if known && dice.throw(2) == 0 {
                let arguments = [
                    literal(&table_of(world, &given.module)),
                    literal(&given.record),
                    literal(&given.to),
                ];
                if dice.rarely(2) {
                    return administer(end_share(&given, PAST));
                }
                let step = (Some(given.from), call("unshare_record", &arguments));
                return Some(vec![step]);
            }
            let step = share(world, &given);
            world.shares.push(given);
            Some(vec![step])
        }
    }
}

/// A module that has global access and rules of its own.
pub fn random_ruling_module(world: &World, dice: &mut Dice) -> Option<String> {
    let module = dice.one(&world.modules)?;
    let rules = module.follows.is_none() && !is_detail(world, &module.name);
    rules.then(|| module.name.clone())
}

/// The children that a rule of a module can name.
pub fn children_of(world: &World, module: &str) -> Vec<String> {
    let ruled = |relation: &&model::Relation| ruling_module(world, &relation.parent).name == module;
    let mut children: Vec<_> = world
        .relations
        .iter()
        .filter(ruled)
        .map(|relation| relation.child.clone())
        .collect();
    children.sort();
    children.dedup();
    children
}

pub fn random_levels(world: &World, module: &str, dice: &mut Dice) -> Vec<(String, Level)> {
    let mut levels = Vec::new();
    for child in children_of(world, module) {
        match dice.throw(5) {
            0 => levels.push((child, Level::None)),
            1 => levels.push((child, Level::Read)),
            2 | 3 => levels.push((child, Level::Edit)),
            _ => {}
        }
    }
    levels
}

pub fn random_relation(world: &World, dice: &mut Dice) -> Option<model::Relation> {
    let owned: Vec<_> = world
        .modules
        .iter()
        .filter(|module| !is_detail(world, &module.name))
        .collect();
    let (child, parent) = (dice.one(&owned)?, dice.one(&owned)?);
    let via = if dice.rarely(2) { "first" } else { "second" };
    let when = ["A", "B"][dice.throw(2)].to_owned();
    let relation = model::Relation {
        child: child.name.clone(),
        via: via.to_owned(),
        parent: parent.name.clone(),
        when: (!dice.rarely(2)).then_some(when),
        with_shares: !dice.rarely(3),
        applied: false,
        shares_applied: !world.shares.iter().any(|share| share.module == parent.name)
            && !world.given.iter().any(|given| given.module == parent.name),
        with_parent: Level::None,
        staged_with_parent: match dice.throw(3) {
            _ if model::carries_from(world, &parent.name, &child.name) => Level::None,
            0 => Level::Read,
            1 => Level::Edit,
            _ => Level::None,
        },
    };
    let same = |other: &model::Relation| {
        (&other.child, &other.via, &other.parent)
            == (&relation.child, &relation.via, &relation.parent)
    };
    (!world.relations.iter().any(same)).then_some(relation)
}

/// A change of relations, of what rules say over them, of what points over them, or of profiles.
pub fn of_relations(world: &mut World, dice: &mut Dice) -> Option<Vec<Step>> {
    match dice.throw(12) {
        0 | 1 => {
            let at = dice.throw(world.relations.len());
            world.relations.get(at)?;
            let relation = world.relations.remove(at);
            // Rules forget what they said of a child that is none any more.
            let rules: Vec<_> = world.rules.iter().map(|rule| rule.module.clone()).collect();
            for (n, module) in rules.iter().enumerate() {
                let children = children_of(world, module);
                let levels = &mut world.rules[n].related;
                levels.retain(|(child, _)| children.contains(child));
            }
            administer(format!(
                "SELECT sharing.unrelate('{}', '{}', '{}')",
                table_of(world, &relation.child),
                relation.via,
                table_of(world, &relation.parent)
            ))
        }
        2..=4 => {
            let relation = random_relation(world, dice)?;
            let mut sql = relate(world, &relation);
            world.relations.push(relation);
            if dice.rarely(2) {
                sql += "; SELECT sharing.apply_rules()";
                applied(world);
            }
            administer(sql)
        }
        5 | 6 => {
            let at = dice.throw(world.rules.len());
            let module = world.rules.get(at)?.module.clone();
            let levels = random_levels(world, &module, dice);
            let sql = format!(
                "SELECT sharing.alter_rule((SELECT id FROM sharing.rules ORDER BY id OFFSET {at} LIMIT 1), related => {}); SELECT sharing.apply_rules()",
                related(&levels)
            );
            world.rules[at].related = levels;
            applied(world);
            administer(sql)
        }
        // What a record points at.
        7 | 8 => {
            let at = dice.throw(world.records.len());
            let other = dice.one(&world.records)?.clone();
            let record = world.records.get_mut(at)?;
            if record.module != other.module {
                return None;
            }
            record.kind = other.kind;
            record.parents = other.parents;
            record.controller = other.controller;
            let record = record.clone();
            administer(update(world, &record))
        }
        // A record goes, with its shares; what points at it points at nothing.
        9 => {
            let at = dice.throw(world.records.len());
            world.records.get(at)?;
            let record = world.records.remove(at);
            let of_it = |share: &model::Share| {
                (&share.module, &share.record) == (&record.module, &record.id)
            };
            world.shares.retain(|share| !of_it(share));
            forget_given(world, &record);
            let table = table_of(world, &record.module);
            // Places tell records apart, and the later ones move up.
            let mut sql = format!("DELETE FROM {table} WHERE id = {}", literal(&record.id));
            for n in 0..world.modules.len() {
                sql += &format!("; UPDATE t{n} SET n = n - 1 WHERE n > {at}");
            }
            administer(sql)
        }
        10 => {
            let role = dice.throw(world.roles.len());
            let profile = dice.one(&world.profiles)?.name.clone();
            let role = world.roles.get_mut(role)?;
            let place = role.profiles.iter().position(|name| *name == profile);
            administer(match place {
                Some(place) => {
                    role.profiles.remove(place);
                    call(
                        "unassign_profile",
                        &[literal(&role.name), literal(&profile)],
                    )
                }
                None => {
                    role.profiles.push(profile.clone());
                    call("assign_profile", &[literal(&role.name), literal(&profile)])
                }
            })
        }
        _ => {
            let module = dice.one(&world.modules).map(|module| module.name.clone());
            let row = model::Permission {
                module: module.filter(|_| !dice.rarely(4)),
                view: !dice.rarely(6),
                create: !dice.rarely(3),
                edit: !dice.rarely(3),
                delete: !dice.rarely(2),
            };
            let at = dice.throw(world.profiles.len());
            let profile = world.profiles.get_mut(at)?;
            let sql = set_permission(&profile.name, &row);
            profile.permissions.retain(|old| old.module != row.module);
            profile.permissions.push(row);
            administer(sql)
        }
    }
}
