//! Random worlds, as bounded by options, with the traps that docs/semantics.md (The decision) leaves room for.

use super::{
    Criteria, Given, GlobalAccess, Group, Level, Link, Module, Office, Ownership, Permission,
    Principal, Profile, Record, Relation, Rights, Role, Rule, Share, User, World, carries_from,
    module, ruling_module, user_owner,
};
use proptest::collection::vec;
use proptest::prelude::{Strategy, any};

/// How large a world may be (a size of zero leaves the feature out), and what may be in it.
#[derive(Clone, Debug)]
pub struct Options {
    pub offices: usize,
    pub roles: usize,
    pub users: usize,
    pub groups: usize,
    pub profiles: usize,
    pub modules: usize,
    pub relations: usize,
    pub rules: usize,
    pub links: usize,
    pub shares: usize,
    pub given: usize,
    pub records: usize,
    pub office_security: bool,
    /// Modules that are controlled by others.
    pub details: bool,
    pub follows: bool,
    /// Rules that speak of records of one kind.
    pub criteria: bool,
    /// A group's key may be a user's key, too.
    pub shared_keys: bool,
    /// Only what the functions of docs/semantics.md (The organization; Modules; Sharing rules; Record sharing between offices) let one build in one go: links between specialists of
    /// different offices, shares by the present owner over active links, no super user or
    /// enterprise viewer among the specialists, every relation applied. Otherwise also what is left
    /// after later changes.
    pub storable: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            offices: 4,
            roles: 7,
            users: 7,
            groups: 4,
            profiles: 3,
            modules: 5,
            relations: 4,
            rules: 5,
            links: 5,
            shares: 5,
            given: 6,
            records: 10,
            office_security: true,
            details: true,
            follows: true,
            criteria: true,
            shared_keys: true,
            storable: false,
        }
    }
}

/// Criteria of a kind, or none.
pub fn criteria(dice: Dice, kind: String) -> Option<Criteria> {
    match dice % 9 {
        0 => Some(Criteria::Is(kind)),
        1 => Some(Criteria::IsNot(kind)),
        2 => Some(Criteria::AnyOf(vec![kind, "B".to_owned()])),
        3 => Some(Criteria::After(kind)),
        4 => Some(Criteria::Null),
        5 => Some(Criteria::NotNull),
        _ => None,
    }
}

/// Distinct names that are easily taken for one another, or for something else.
const NAMES: [&str; 14] = [
    "H4",
    "H40",
    "H",
    "h4",
    "H4::H5",
    "role:H4",
    "O'Brien",
    "a \"b\" c",
    "\u{e9}t\u{e9}",
    "e\u{301}te\u{301}",
    "{H4,H5}",
    "%",
    "\\",
    "H4 ",
];

/// Keys and ids likewise.
const KEYS: [&str; 12] = [
    "7", "007", "70", "user:7", "7 ", "o'b", "a\"b", "\u{fc}", "null", "-7", "{7}", "7.0",
];

/// A text in an owner or relation column that names nothing.
const UNKNOWN: &str = "nobody";

/// The relation columns that a module may have, and what polymorphic relations look for.
const VIAS: [&str; 2] = ["first", "second"];
const KINDS: [&str; 2] = ["A", "B"];

/// A raw choice: shrinks to 0, which stands for the plainest.
type Dice = u16;

/// The raw choices for one thing.
type Throw<const N: usize> = [Dice; N];

/// One of the things.
fn one<T>(things: &[T], dice: Dice) -> Option<&T> {
    things.get(usize::from(dice).checked_rem(things.len())?)
}

/// None once in `of` times, and whenever there is nothing to choose from.
fn some<T>(things: &[T], of: Dice, dice: Dice) -> Option<&T> {
    if dice.is_multiple_of(of) {
        None
    } else {
        one(things, dice / of)
    }
}

/// True once in `of` times.
fn rarely(of: Dice, dice: Dice) -> bool {
    dice % of == of - 1
}

/// Where the pool is too small for a world, its texts come again with a number.
fn from_pool(pool: &[&str], start: Dice, n: usize) -> String {
    let text = pool[(usize::from(start) + n) % pool.len()];
    match n / pool.len() {
        0 => text.to_owned(),
        round => format!("{text}{round}"),
    }
}

fn up_to<const N: usize>(most: usize) -> impl Strategy<Value = Vec<Throw<N>>> {
    vec(any::<Throw<N>>(), 0..=most)
}

/// Mostly as many as there may be: a world of few people and records says little.
fn many<const N: usize>(most: usize) -> impl Strategy<Value = Vec<Throw<N>>> {
    vec(any::<Throw<N>>(), (most * 2 / 3).max(most.min(1))..=most)
}

pub fn random_world(options: Options) -> impl Strategy<Value = World> {
    let people = (
        any::<Throw<3>>(),
        up_to::<2>(options.offices),
        many::<3>(options.roles),
        many::<5>(options.users),
        up_to::<9>(options.groups),
        up_to::<7>(options.profiles),
    );
    let sharing = (
        many::<5>(options.modules.max(1)),
        many::<7>(options.relations),
        up_to::<11>(options.rules),
        many::<3>(options.links),
        many::<4>(options.shares),
        many::<6>(options.given),
        many::<7>(options.records),
    );
    (people, sharing).prop_map(move |(people, sharing)| {
        let (start, offices, roles, users, groups, profiles) = people;
        let (modules, relations, rules, links, shares, given, records) = sharing;
        let mut making = Making {
            world: World::default(),
            options: options.clone(),
            start,
        };
        offices.into_iter().for_each(|throw| making.office(throw));
        (0..profiles.len()).for_each(|_| making.profile());
        roles.into_iter().for_each(|throw| making.role(throw));
        users.into_iter().for_each(|throw| making.user(throw));
        groups.into_iter().for_each(|throw| making.group(throw));
        modules.into_iter().for_each(|throw| making.module(throw));
        profiles
            .into_iter()
            .enumerate()
            .for_each(|(n, throw)| making.permissions(n, throw));
        relations
            .into_iter()
            .for_each(|throw| making.relation(throw));
        rules.into_iter().for_each(|throw| making.rule(throw));
        // All ids first: a record may point at a later one.
        records.iter().for_each(|throw| making.record(throw[0]));
        records
            .into_iter()
            .enumerate()
            .for_each(|(n, throw)| making.columns(n, throw));
        links.into_iter().for_each(|throw| making.link(throw));
        shares.into_iter().for_each(|throw| making.share(throw));
        given.into_iter().for_each(|throw| making.give(throw));
        making.world
    })
}

/// A world while it grows. Whatever points somewhere points at what is there already, so that
/// trees, nested groups and chains of details have no cycles.
struct Making {
    world: World,
    options: Options,
    /// Where in the pools the names and the keys of this world begin.
    start: Throw<3>,
}

impl Making {
    fn office(&mut self, [parent, security]: Throw<2>) {
        let offices = &mut self.world.offices;
        offices.push(Office {
            name: from_pool(&NAMES, self.start[0], offices.len()),
            parent: some(offices, 3, parent).map(|office| office.name.clone()),
            security: self.options.office_security && rarely(2, security),
        });
    }

    fn profile(&mut self) {
        let profiles = &mut self.world.profiles;
        profiles.push(Profile {
            name: from_pool(&NAMES, self.start[1], profiles.len()),
            view_all: false,
            edit_all: false,
            permissions: Vec::new(),
        });
    }

    fn role(&mut self, [parent, first, second]: Throw<3>) {
        let World {
            roles, profiles, ..
        } = &mut self.world;
        let chosen = [some(profiles, 3, first), some(profiles, 3, second)];
        let mut names: Vec<_> = chosen
            .into_iter()
            .flatten()
            .map(|profile| profile.name.clone())
            .collect();
        names.dedup();
        roles.push(Role {
            name: from_pool(&NAMES, self.start[1], roles.len()),
            parent: some(roles, 4, parent).map(|role| role.name.clone()),
            profiles: names,
        });
    }

    fn user(&mut self, [role, office, active, rights, sharing]: Throw<5>) {
        let World {
            users,
            roles,
            offices,
            ..
        } = &mut self.world;
        let office = some(offices, 6, office).map(|office| office.name.clone());
        let mut rights = Rights {
            administrator: rarely(12, rights),
            super_user: rarely(5, rights / 12),
            enterprise_view: rarely(4, rights / 60),
            record_sharing: !sharing.is_multiple_of(4),
        };
        if self.options.storable {
            rights.record_sharing &= office.is_some();
            rights.super_user &= !rights.record_sharing;
            rights.enterprise_view &= !rights.record_sharing;
        }
        users.push(User {
            key: from_pool(&KEYS, self.start[2], users.len()),
            name: from_pool(&NAMES, self.start[2], users.len()),
            role: some(roles, 8, role).map(|role| role.name.clone()),
            office,
            active: !rarely(8, active),
            rights,
        });
    }

    fn group(&mut self, [office, members @ ..]: Throw<9>) {
        let World {
            groups,
            users,
            roles,
            offices,
            ..
        } = &mut self.world;
        let start = self.start[0];
        let mut group = Group {
            key: match self.options.shared_keys {
                // A few places on from the users' keys: some are theirs, some are not.
                true => from_pool(&KEYS, self.start[2], groups.len() + usize::from(start % 8)),
                false => format!("g{}", from_pool(&KEYS, start, groups.len())),
            },
            name: from_pool(&NAMES, start, groups.len()),
            office: some(offices, 3, office).map(|office| office.name.clone()),
            members: Vec::new(),
        };
        for pair in members.chunks(2) {
            let (kind, which) = (pair[0], pair[1]);
            let role = || one(roles, which).map(|role| role.name.clone());
            let member = match kind % 6 {
                0 => None,
                1 | 2 => one(users, which).map(|user| Principal::User(user.key.clone())),
                3 => role().map(Principal::Role),
                4 => role().map(Principal::RoleAndSubordinates),
                _ => one(groups, which).map(|inner| Principal::Group(inner.name.clone())),
            };
            group
                .members
                .extend(member.filter(|member| !group.members.contains(member)));
        }
        groups.push(group);
    }

    fn module(&mut self, [kind, parent, follows, hierarchy, global]: Throw<5>) {
        let to_follow: Vec<_> = self
            .owned()
            .into_iter()
            .filter(|module| module.follows.is_none())
            .collect();
        let modules = &self.world.modules;
        let controlling = one(modules, parent).filter(|_| self.options.details && kind % 7 == 6);
        let ownership = match (controlling, kind % 7) {
            (Some(parent), _) => Ownership::ControlledBy(parent.name.clone()),
            (None, 1) => Ownership::GroupColumn,
            (None, 2 | 3) => Ownership::OneColumn,
            (None, 4 | 5) => Ownership::TwoColumns,
            (None, _) => Ownership::UserColumn,
        };
        // One column for users and groups takes keys that differ.
        let has_key = |key: &String| self.world.users.iter().any(|user| user.key == *key);
        let ownership = match self.world.groups.iter().any(|group| has_key(&group.key)) {
            true if ownership == Ownership::OneColumn => Ownership::TwoColumns,
            _ => ownership,
        };
        let is_detail = controlling.is_some();
        let may_follow = self.options.follows && !is_detail && rarely(3, follows);
        let followed = one(&to_follow, follows / 3).filter(|_| may_follow);
        let global_access = match global % 6 {
            _ if is_detail || followed.is_some() => GlobalAccess::Private,
            3 => GlobalAccess::PublicReadOnly,
            4 => GlobalAccess::PublicReadEdit,
            5 => GlobalAccess::PublicReadEditDelete,
            _ => GlobalAccess::Private,
        };
        self.world.modules.push(Module {
            name: from_pool(
                &NAMES,
                self.start[0].rotate_left(8),
                self.world.modules.len(),
            ),
            ownership,
            follows: followed.map(|module| module.name.clone()),
            hierarchy: is_detail || !rarely(5, hierarchy),
            grants: is_detail || !rarely(7, hierarchy / 5),
            global_access,
        });
    }

    /// The modules that have owners.
    fn owned(&self) -> Vec<Module> {
        let is_detail = |module: &&Module| matches!(module.ownership, Ownership::ControlledBy(_));
        self.world
            .modules
            .iter()
            .filter(|module| !is_detail(module))
            .cloned()
            .collect()
    }

    fn permissions(&mut self, n: usize, [all, rows @ ..]: Throw<7>) {
        let World {
            profiles, modules, ..
        } = &mut self.world;
        let profile = &mut profiles[n];
        profile.view_all = rarely(4, all);
        profile.edit_all = rarely(5, all / 4);
        for pair in rows.chunks(2) {
            let (module, bits) = (pair[0], pair[1]);
            // One row in four is left out, one in four speaks of any other module.
            let module = match module % 4 {
                0 => continue,
                1 => None,
                _ => one(modules, module / 4).map(|module| module.name.clone()),
            };
            if profile.permissions.iter().all(|row| row.module != module) {
                profile.permissions.push(Permission {
                    module,
                    view: !rarely(8, bits),
                    create: !rarely(4, bits / 8),
                    edit: !rarely(4, bits / 32),
                    delete: !rarely(2, bits / 128),
                });
            }
        }
    }

    fn relation(&mut self, [child, parent, via, when, shares, applied, with_parent]: Throw<7>) {
        let owned = self.owned();
        let (Some(child), Some(parent)) = (one(&owned, child), one(&owned, parent)) else {
            return;
        };
        let relation = Relation {
            child: child.name.clone(),
            via: from_pool(&VIAS, via, 0),
            parent: parent.name.clone(),
            when: some(&KINDS, 2, when).map(|&kind| kind.to_owned()),
            with_shares: !rarely(2, shares),
            applied: self.options.storable || !rarely(4, applied),
            shares_applied: true,
            with_parent: Level::None,
            staged_with_parent: Level::None,
        };
        // Three of five carry access, where that leads in no circle.
        let with_parent = match with_parent % 5 {
            _ if carries_from(&self.world, &relation.parent, &relation.child) => Level::None,
            0 | 1 => Level::Read,
            2 => Level::Edit,
            _ => Level::None,
        };
        let relation = Relation {
            with_parent,
            staged_with_parent: with_parent,
            ..relation
        };
        let same = |other: &Relation| {
            (&other.child, &other.via, &other.parent)
                == (&relation.child, &relation.via, &relation.parent)
        };
        if !self.world.relations.iter().any(same) {
            self.world.relations.push(relation);
        }
    }

    fn party(&self, kind: Dice, which: Dice) -> Option<Principal> {
        let role = || one(&self.world.roles, which).map(|role| role.name.clone());
        match kind % 3 {
            0 => role().map(Principal::Role),
            1 => role().map(Principal::RoleAndSubordinates),
            _ => one(&self.world.groups, which).map(|group| Principal::Group(group.name.clone())),
        }
    }

    fn rule(&mut self, [module, from, by, to, with, access, superiors, related @ ..]: Throw<11>) {
        let ruling: Vec<_> = self
            .owned()
            .into_iter()
            .filter(|module| module.follows.is_none())
            .collect();
        let Some(module) = one(&ruling, module) else {
            return;
        };
        let (Some(owned_by), Some(shared_with)) = (self.party(from, by), self.party(to, with))
        else {
            return;
        };
        let world = &self.world;
        let mut children: Vec<_> = world
            .relations
            .iter()
            .filter(|relation| ruling_module(world, &relation.parent).name == module.name)
            .map(|relation| relation.child.clone())
            .collect();
        children.sort();
        children.dedup();
        let levels = children
            .into_iter()
            .zip(related)
            .filter_map(|(child, dice)| match dice % 5 {
                1 => Some((child, Level::None)),
                2 => Some((child, Level::Read)),
                3 | 4 => Some((child, Level::Edit)),
                _ => None,
            });
        // Of two thirds of the rules, and of half of these whoever owns the records.
        let kind = KINDS[usize::from(by / 3) % KINDS.len()].to_owned();
        let criteria = criteria(from / 16, kind).filter(|_| self.options.criteria);
        let owned_by = Some(owned_by).filter(|_| criteria.is_none() || by % 2 == 0);
        let rule = Rule {
            module: module.name.clone(),
            owned_by,
            criteria,
            shared_with,
            access: if rarely(2, access) {
                Level::Edit
            } else {
                Level::Read
            },
            superiors: rarely(3, superiors),
            related: levels.collect(),
            ended: false,
        };
        let mut rules = self.world.rules.iter();
        if !rules.any(|other| other.is_between_the_same(&rule)) {
            self.world.rules.push(rule);
        }
    }

    fn record(&mut self, of: Dice) {
        let World {
            records, modules, ..
        } = &mut self.world;
        let Some(module) = one(modules, of) else {
            return;
        };
        // The same ids come again in every module.
        let place = records
            .iter()
            .filter(|record| record.module == module.name)
            .count();
        let again = "+".repeat(place / KEYS.len());
        records.push(Record {
            module: module.name.clone(),
            id: from_pool(&KEYS, self.start[1], place) + &again,
            owner: None,
            group: None,
            kind: None,
            parents: Vec::new(),
            controller: None,
        });
    }

    /// A text for an owner column: NULL, unknown, or a key; now and then of the wrong sort.
    fn owner(likely: &[String], unlikely: &[String], dice: Dice) -> Option<String> {
        match dice % 12 {
            0 => None,
            1 => Some(UNKNOWN.to_owned()),
            2 | 3 => one(unlikely, dice / 12).cloned(),
            _ => one(likely, dice / 12).cloned(),
        }
    }

    fn id_in(&self, module: &str, dice: Dice) -> Option<String> {
        let of_it = |record: &&Record| record.module == module;
        let records: Vec<_> = self.world.records.iter().filter(of_it).collect();
        match dice % 8 {
            0 => None,
            1 => Some(UNKNOWN.to_owned()),
            _ => one(&records, dice / 8).map(|record| record.id.clone()),
        }
    }

    fn columns(&mut self, n: usize, throw: Throw<7>) {
        let [_, owner, group, kind, first, second, controller] = throw;
        let users: Vec<_> = self
            .world
            .users
            .iter()
            .map(|user| user.key.clone())
            .collect();
        let groups: Vec<_> = self
            .world
            .groups
            .iter()
            .map(|group| group.key.clone())
            .collect();
        let both = [&users[..], &groups[..]].concat();
        let mut record = self.world.records[n].clone();
        match &module(&self.world, &record.module).ownership {
            Ownership::UserColumn => record.owner = Self::owner(&users, &groups, owner),
            Ownership::GroupColumn => record.group = Self::owner(&groups, &users, group),
            Ownership::TwoColumns => {
                record.owner = Self::owner(&users, &groups, owner);
                record.group = Self::owner(&groups, &users, group);
            }
            Ownership::OneColumn => record.owner = Self::owner(&both, &both, owner),
            Ownership::ControlledBy(parent) => record.controller = self.id_in(parent, controller),
        }
        record.kind = some(&KINDS, 3, kind).map(|&kind| kind.to_owned());
        for (via, dice) in VIAS.into_iter().zip([first, second]) {
            let mut relations = self.world.relations.iter();
            let over =
                |relation: &&Relation| relation.child == record.module && relation.via == via;
            if let Some(relation) = relations.find(over) {
                let id = self.id_in(&relation.parent, dice);
                record.parents.extend(id.map(|id| (via.to_owned(), id)));
            }
        }
        self.world.records[n] = record;
    }

    fn link(&mut self, [from, to, active]: Throw<3>) {
        let World { users, links, .. } = &mut self.world;
        let Some(from) = one(users, from) else { return };
        // Mostly such as may be requested: others are worth nothing, whatever was shared over them.
        let lapsed = rarely(4, active / 4) && !self.options.storable;
        let may_link = |to: &User| {
            from.rights.record_sharing && to.rights.record_sharing && from.office != to.office
        };
        let partners: Vec<_> = users
            .iter()
            .filter(|to| to.key != from.key && (lapsed || may_link(to)))
            .filter(|to| {
                !links
                    .iter()
                    .any(|link| link.from == from.key && link.to == to.key)
            })
            .collect();
        if let Some(to) = one(&partners, to) {
            let (from, to) = (from.key.clone(), to.key.clone());
            links.push(Link {
                from,
                to,
                active: !rarely(4, active),
            });
        }
    }

    fn share(&mut self, [link, record, access, stray]: Throw<4>) {
        let world = &self.world;
        let Some(link) = one(&world.links, link) else {
            return;
        };
        // Mostly of the giver's own records: others are worth nothing.
        let stray = rarely(4, stray) && !self.options.storable;
        let is_own =
            |record: &Record| user_owner(world, record).is_some_and(|o| o.key == link.from);
        let records: Vec<_> = world
            .records
            .iter()
            .filter(|record| stray || is_own(record))
            .collect();
        let Some(record) = one(&records, record) else {
            return;
        };
        let share = Share {
            module: record.module.clone(),
            record: record.id.clone(),
            from: link.from.clone(),
            to: link.to.clone(),
            access: if rarely(2, access) {
                Level::Edit
            } else {
                Level::Read
            },
        };
        let known = world.shares.iter().any(|other| {
            (&other.module, &other.record, &other.from, &other.to)
                == (&share.module, &share.record, &share.from, &share.to)
        });
        if !known && (link.active || !self.options.storable) {
            self.world.shares.push(share);
        }
    }

    fn give(&mut self, [record, kind, to, access, ended, stray]: Throw<6>) {
        let world = &self.world;
        // Others are worth nothing, and cannot be given.
        let may_be_given = |record: &&Record| {
            let module = module(world, &record.module);
            let is_detail = matches!(module.ownership, Ownership::ControlledBy(_));
            module.grants && !is_detail || rarely(4, stray) && !self.options.storable
        };
        let records: Vec<_> = world.records.iter().filter(may_be_given).collect();
        let Some(record) = one(&records, record) else {
            return;
        };
        let role = || one(&world.roles, to).map(|role| role.name.clone());
        let to = match kind % 4 {
            0 => one(&world.users, to).map(|user| Principal::User(user.key.clone())),
            1 => role().map(Principal::Role),
            2 => role().map(Principal::RoleAndSubordinates),
            _ => one(&world.groups, to).map(|group| Principal::Group(group.name.clone())),
        };
        let Some(to) = to else { return };
        let given = Given {
            module: record.module.clone(),
            record: record.id.clone(),
            to,
            access: if rarely(2, access) {
                Level::Edit
            } else {
                Level::Read
            },
            ended: rarely(5, ended),
        };
        let known = world.given.iter().any(|other| {
            (&other.module, &other.record, &other.to) == (&given.module, &given.record, &given.to)
        });
        if !known {
            self.world.given.push(given);
        }
    }
}
