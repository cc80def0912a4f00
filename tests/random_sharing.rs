//! SPEC 3 (grants 9 to 11, office security), 8: random worlds of offices, rights, links and shares in the
//! database against the naive model: what every user sees, changes and deletes, and the same again after
//! single changes. People ask, accept and share by themselves; an administrator does what is his.
//!
//! A failure prints the seed of its world: RANDOM_SHARING_SEED=… runs that world alone.
//! RANDOM_SHARING_SECONDS=… sets how long new worlds are tried.

mod support;

#[path = "support/model.rs"]
mod model;

use model::{Action, Level, Options, Ownership, Principal, World, random_world};
use postgres::Client;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use support::{Database, fresh_database, quoted};

const SECONDS: u64 = 30;
const CHANGES: usize = 8;
const WORLDS: usize = 4;

/// The types of a table's key and owner columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum KeyType {
    Text,
    Int8,
    Uuid,
    Int4,
}

const TYPES: [KeyType; 4] = [KeyType::Text, KeyType::Int8, KeyType::Uuid, KeyType::Int4];

impl KeyType {
    fn sql(self) -> &'static str {
        match self {
            KeyType::Text => "text",
            KeyType::Int8 => "bigint",
            KeyType::Uuid => "uuid",
            KeyType::Int4 => "integer",
        }
    }

    /// A key that the type can hold in the place of one of the model's, which are texts.
    fn key(self, text: &str) -> String {
        let number = text.bytes().fold(7u32, |sum, byte| {
            sum.wrapping_mul(31).wrapping_add(byte.into())
        });
        match self {
            KeyType::Text => text.to_owned(),
            KeyType::Int4 => (number as i32).to_string(),
            KeyType::Int8 => (i64::from(number) << 20).to_string(),
            KeyType::Uuid => format!("{number:08x}-0000-4000-8000-{number:012x}"),
        }
    }
}

/// Numbers from a seed, for the choices that are not the model's.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % sides.max(1) as u64) as usize
    }

    fn one<'a, T>(&mut self, things: &'a [T]) -> Option<&'a T> {
        (!things.is_empty()).then(|| &things[self.throw(things.len())])
    }
}

fn literal(text: &str) -> String {
    match text.contains('\\') {
        true => format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "''")),
        false => format!("'{}'", text.replace('\'', "''")),
    }
}

fn nullable(text: Option<&String>) -> String {
    text.map_or("NULL".to_owned(), |text| literal(text))
}

/// A statement, and who runs it: a user by his own identity, or (None) the administrator.
type Step = (Option<String>, String);

/// A world of several offices and many links, its keys in a form that the columns hold.
fn world(seed: u64, key_type: KeyType) -> World {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8] = 8;
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let options = Options {
        profiles: 2,
        relations: 0,
        links: 10,
        shares: 14,
        modules: 3,
        users: 8,
        rules: 3,
        records: 24,
        details: false,
        follows: false,
        storable: true,
        ..Options::default()
    };
    let tree = random_world(options).new_tree(&mut runner);
    let mut world = tree.expect("a strategy that rejects nothing").current();
    let key = |text: &mut String| *text = key_type.key(text);
    for user in &mut world.users {
        key(&mut user.key);
        user.active |= user.rights.record_sharing;
        // Enabling closes the office.
        if user.rights.record_sharing {
            let office = user.office.clone();
            let mut offices = world.offices.iter_mut();
            if let Some(office) = offices.find(|o| Some(&o.name) == office.as_ref()) {
                office.security = true;
            }
        }
    }
    for group in &mut world.groups {
        key(&mut group.key);
        for member in &mut group.members {
            if let Principal::User(text) = member {
                key(text);
            }
        }
    }
    for record in &mut world.records {
        key(&mut record.id);
        record.owner.iter_mut().for_each(key);
        record.group.iter_mut().for_each(key);
    }
    for link in &mut world.links {
        key(&mut link.from);
        key(&mut link.to);
    }
    for share in &mut world.shares {
        for text in [&mut share.record, &mut share.from, &mut share.to] {
            key(text);
        }
    }
    world
}

fn table_of(world: &World, module: &str) -> String {
    let place = world.modules.iter().position(|m| m.name == module);
    format!("t{}", place.expect("a module of the world"))
}

fn call(function: &str, arguments: &[String]) -> String {
    format!("SELECT sharing.{function}({})", arguments.join(", "))
}

/// The steps that build the world.
fn steps(world: &World, key_type: KeyType, app: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut administer = |sql: String| steps.push((None, sql));
    for office in &world.offices {
        let parent = nullable(office.parent.as_ref());
        administer(call("create_office", &[literal(&office.name), parent]));
    }
    for role in &world.roles {
        let parent = nullable(role.parent.as_ref());
        administer(call("create_role", &[literal(&role.name), parent]));
    }
    for user in &world.users {
        let key = literal(&user.key);
        let (role, office) = (nullable(user.role.as_ref()), nullable(user.office.as_ref()));
        administer(call(
            "create_user",
            &[key.clone(), literal(&user.name), role, office],
        ));
        for (has, right) in [
            (user.rights.administrator, "administrator"),
            (user.rights.super_user, "super_user"),
            (user.rights.enterprise_view, "enterprise_view"),
        ] {
            if has {
                administer(format!("SELECT sharing.grant_right({key}, '{right}')"));
            }
        }
        if user.rights.record_sharing {
            administer(call("enable_record_sharing", std::slice::from_ref(&key)));
        }
    }
    for office in &world.offices {
        let security = office.security.to_string();
        administer(call(
            "set_office_security",
            &[literal(&office.name), security],
        ));
    }
    for group in &world.groups {
        let office = nullable(group.office.as_ref());
        let name = literal(&group.name);
        administer(call(
            "create_group",
            &[literal(&group.key), name.clone(), office],
        ));
        for member in &group.members {
            let member = literal(&member.to_string());
            administer(call("add_member", &[name.clone(), member]));
        }
    }
    for (n, module) in world.modules.iter().enumerate() {
        let sql_type = key_type.sql();
        let (user, group) = match module.ownership {
            Ownership::UserColumn => ("'o'", "NULL"),
            Ownership::GroupColumn => ("NULL", "'g'"),
            Ownership::TwoColumns => ("'o'", "'g'"),
            Ownership::OneColumn => ("'o'", "'o'"),
            Ownership::ControlledBy(_) => unreachable!("details are off"),
        };
        administer(format!(
            "CREATE TABLE t{n} (id {sql_type} PRIMARY KEY, o {sql_type}, g {sql_type}, note text);
             CREATE INDEX ON t{n} (o); CREATE INDEX ON t{n} (g); GRANT ALL ON t{n} TO {app}"
        ));
        let records = world.records.iter().filter(|r| r.module == module.name);
        for record in records {
            administer(insert(world, record));
        }
        let hierarchy = module.hierarchy;
        let name = literal(&module.name);
        administer(format!(
            "SELECT sharing.protect('t{n}', {user}, {name}, {group}, hierarchy => {hierarchy})"
        ));
        let access = format!("'{}'", module.global_access.label());
        administer(call("set_global_access", &[name, access]));
    }
    for rule in &world.rules {
        administer(format!(
            "SELECT sharing.add_rule({}, {}, {}, '{}', superiors => {})",
            literal(&rule.module),
            literal(&rule.owned_by.to_string()),
            literal(&rule.shared_with.to_string()),
            rule.access.rule_label(),
            rule.superiors
        ));
    }
    for profile in &world.profiles {
        let name = literal(&profile.name);
        let grants = [profile.view_all, profile.edit_all].map(|has| has.to_string());
        let [view_all, edit_all] = grants;
        administer(call("create_profile", &[name.clone(), view_all, edit_all]));
        for row in &profile.permissions {
            let mut arguments = vec![name.clone(), nullable(row.module.as_ref())];
            let may = [row.view, row.create, row.edit, row.delete];
            arguments.extend(may.map(|may| may.to_string()));
            administer(call("set_permission", &arguments));
        }
    }
    for role in &world.roles {
        for profile in &role.profiles {
            let arguments = [literal(&role.name), literal(profile)];
            administer(call("assign_profile", &arguments));
        }
    }
    administer("SELECT sharing.apply_rules()".to_owned());
    for link in &world.links {
        steps.extend(request(world, link));
    }
    for share in &world.shares {
        steps.push(share_step(world, share));
    }
    // Those who are not active sign in no more.
    for user in world.users.iter().filter(|user| !user.active) {
        let key = literal(&user.key);
        steps.push((None, call("deactivate_user", &[key])));
    }
    steps
}

fn insert(world: &World, record: &model::Record) -> String {
    let table = table_of(world, &record.module);
    let (id, owner) = (literal(&record.id), nullable(record.owner.as_ref()));
    let group = nullable(record.group.as_ref());
    format!("INSERT INTO {table} VALUES ({id}, {owner}, {group})")
}

/// The link as it is called in the database.
fn link_id(link: &model::Link) -> String {
    let id = |key: &String| {
        format!(
            "(SELECT id FROM sharing.users WHERE key = {})",
            literal(key)
        )
    };
    format!(
        "(SELECT id FROM sharing.links WHERE from_user_id = {} AND to_user_id = {})",
        id(&link.from),
        id(&link.to)
    )
}

/// Asked by the one, accepted by the other.
fn request(world: &World, link: &model::Link) -> Vec<Step> {
    let user = |key: &String| world.users.iter().find(|user| &user.key == key);
    let to = user(&link.to).expect("a user of the world");
    let office = nullable(to.office.as_ref());
    let ask = call("request_link", &[office, literal(&to.name)]);
    let mut steps = vec![(Some(link.from.clone()), ask)];
    if link.active {
        let from = user(&link.from).expect("a user of the world");
        let accept = format!(
            "SELECT sharing.accept_links(array_agg(link_id)) FROM sharing.pending_links() WHERE from_user = {} AND from_office = {}",
            literal(&from.name),
            nullable(from.office.as_ref())
        );
        steps.push((Some(link.to.clone()), accept));
    }
    steps
}

fn share_step(world: &World, share: &model::Share) -> Step {
    let arguments = [
        literal(&table_of(world, &share.module)),
        literal(&share.record),
        literal(&share.to),
        format!("'{}'", share.access.label()),
    ];
    // Where his profiles hide the record from its owner, an administrator shares it for him.
    let seen = model::records_allowing(world, &share.from, &share.module, Action::Read);
    let who = seen.contains(&share.record).then(|| share.from.clone());
    (who, call("share_record", &arguments))
}

/// A session of the superuser, who administers, and one of the role that acts for users.
struct Sessions {
    admin: Client,
    app: Client,
}

impl Sessions {
    /// Its SQLSTATE, if a step is refused.
    fn try_step(&mut self, (who, sql): &Step) -> Result<(), String> {
        let (client, key) = match who {
            Some(key) => (&mut self.app, key.as_str()),
            None => (&mut self.admin, ""),
        };
        let identity = format!("SET sharing.user_key = {}", literal(key));
        client.batch_execute(&identity).expect("SET");
        client.batch_execute(sql).map_err(|error| {
            let code = error.code().map(|code| code.code().to_owned());
            code.unwrap_or_else(|| panic!("{sql}: {error:?}"))
        })
    }

    fn step(&mut self, step: &Step) {
        if let Err(code) = self.try_step(step) {
            panic!("{step:?}: {code}");
        }
    }
}

fn ids(rows: Vec<postgres::Row>) -> BTreeSet<String> {
    rows.iter().map(|row| row.get(0)).collect()
}

/// Compares what every user sees, changes, locks and deletes, in every table, with what the model says.
fn compare(client: &mut Client, world: &World, context: &str) {
    let nobody = "no such user".to_owned();
    for key in world.users.iter().map(|user| &user.key).chain([&nobody]) {
        let mut transaction = client.transaction().expect("BEGIN");
        transaction
            .batch_execute(&format!("SET LOCAL sharing.user_key = {}", literal(key)))
            .expect("SET LOCAL");
        for (n, module) in world.modules.iter().enumerate() {
            let expected = |action| model::records_allowing(world, key, &module.name, action);
            let place = format!("{context}: user {key:?}, module {:?} (t{n})", module.name);
            for (action, sql) in [
                (Action::Read, format!("SELECT id::text FROM t{n}")),
                (
                    Action::Edit,
                    format!("SELECT id::text FROM t{n} FOR UPDATE"),
                ),
                (
                    Action::Edit,
                    format!("UPDATE t{n} SET note = 'x' RETURNING id::text"),
                ),
                (
                    Action::Delete,
                    format!("DELETE FROM t{n} RETURNING id::text"),
                ),
            ] {
                let mut inner = transaction.transaction().expect("SAVEPOINT");
                let found = inner
                    .query(&sql, &[])
                    .unwrap_or_else(|error| panic!("{place}: {sql}: {error:?}"));
                assert_eq!(ids(found), expected(action), "{place}: {sql}");
                inner.rollback().expect("ROLLBACK TO");
            }
            // One by one: by key, whatever plan that takes.
            let seen = expected(Action::Read);
            for record in world.records.iter().filter(|r| r.module == module.name) {
                let sql = format!(
                    "SELECT id::text FROM t{n} WHERE id = {}",
                    literal(&record.id)
                );
                let found = transaction.query(&sql, &[]).expect("SELECT by key").len();
                assert_eq!(found == 1, seen.contains(&record.id), "{place}: {sql}");
            }
        }
        transaction.rollback().expect("ROLLBACK");
    }
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

/// One change, already made in the world, and the steps that make it in the database.
fn try_change(world: &mut World, dice: &mut Dice) -> Option<Vec<Step>> {
    let user = dice.one(&world.users)?.clone();
    let key = literal(&user.key);
    let administer = |sql: String| Some(vec![(None, sql)]);
    match dice.throw(17) {
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
            administer(format!("SELECT sharing.delete_link({})", link_id(&link)))
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
        // A profile is given to a role, or taken from it.
        12 | 13 => {
            let profile = dice.one(&world.profiles)?.name.clone();
            let role = dice.throw(world.roles.len());
            let role = world.roles.get_mut(role)?;
            let function = if role.profiles.contains(&profile) {
                role.profiles.retain(|other| *other != profile);
                "unassign_profile"
            } else {
                role.profiles.push(profile.clone());
                "assign_profile"
            };
            administer(call(function, &[literal(&role.name), literal(&profile)]))
        }
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
            let share = model::Share {
                module: record.module.clone(),
                record: record.id.clone(),
                from: link.from.clone(),
                to: link.to.clone(),
                access: *dice.one(&[Level::Read, Level::Edit])?,
            };
            let same = |other: &model::Share| {
                (&other.module, &other.record, &other.from, &other.to)
                    == (&share.module, &share.record, &share.from, &share.to)
            };
            let known = world.shares.iter().any(same);
            world.shares.retain(|other| !same(other));
            if known && dice.throw(2) == 0 {
                let arguments = [
                    literal(&table_of(world, &share.module)),
                    literal(&share.record),
                    literal(&share.to),
                ];
                let step = (Some(share.from), call("unshare_record", &arguments));
                return Some(vec![step]);
            }
            let step = share_step(world, &share);
            world.shares.push(share);
            Some(vec![step])
        }
    }
}

fn empty(client: &mut Client) {
    let sql = "DO $$DECLARE t text; BEGIN
            FOR t IN SELECT relation::text FROM sharing.modules LOOP PERFORM sharing.unprotect(t::regclass); EXECUTE 'DROP TABLE ' || t; END LOOP;
         END$$;
         TRUNCATE sharing.offices, sharing.roles, sharing.users, sharing.user_rights, sharing.groups, sharing.group_users, sharing.group_members, sharing.profiles, sharing.profile_permissions, sharing.role_profiles, sharing.rules, sharing.links, sharing.shares, sharing.shared_modules";
    client.batch_execute(sql).expect("emptying the database");
}

/// One world from its seed, and its changes. How many shares and changes there were.
fn try_world(database: &Database, app: &str, seed: u64) -> usize {
    let mut dice = Dice(seed);
    let key_type = TYPES[(seed / 2 % TYPES.len() as u64) as usize];
    let mut world = world(seed, key_type);
    let mut sessions = Sessions {
        admin: database.connect(),
        app: database.connect_as(app),
    };
    for step in steps(&world, key_type, &quoted(app)) {
        sessions.step(&step);
    }
    // One session that stays, and whose plans are made by other people than run them.
    let mut client = database.connect_as(app);
    let settings = match seed % 3 {
        0 => "SET plan_cache_mode = force_generic_plan",
        1 => "SET enable_seqscan = off",
        _ => "SET enable_seqscan = off; SET enable_indexscan = off; SET jit = off",
    };
    client.batch_execute(settings).expect("SET");
    let context = |history: &[Vec<Step>]| {
        format!("RANDOM_SHARING_SEED={seed} ({key_type:?}), after {history:?}")
    };
    let mut history = Vec::new();
    compare(&mut client, &world, &context(&history));
    let shares = world.shares.len();
    for _ in 0..CHANGES * 20 {
        if history.len() == CHANGES {
            break;
        }
        let before = world.clone();
        match try_change(&mut world, &mut dice) {
            Some(steps) => {
                steps.iter().for_each(|step| sessions.step(step));
                history.push(steps);
                compare(&mut client, &world, &context(&history));
            }
            None => world = before,
        }
    }
    drop(client);
    empty(&mut sessions.admin);
    shares
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

#[test]
fn the_database_agrees_with_the_model() {
    let database = fresh_database("random_sharing");
    let app = "random_sharing_app";
    database.create_role(app);
    let trust = format!("SELECT sharing.trust('{app}')");
    database.connect().batch_execute(&trust).expect("trust");
    if let Some(seed) = number("RANDOM_SHARING_SEED") {
        try_world(&database, app, seed);
        return;
    }
    let seconds = Duration::from_secs(number("RANDOM_SHARING_SECONDS").unwrap_or(SECONDS));
    let begun = Instant::now();
    let (mut tried, mut shares) = (0, 0);
    for seed in 0.. {
        shares += try_world(&database, app, seed);
        tried += 1;
        if begun.elapsed() > seconds && tried >= WORLDS {
            break;
        }
    }
    eprintln!("{tried} worlds with {shares} shares");
    assert!(shares > 0, "worlds without shares say nothing about them");
}
