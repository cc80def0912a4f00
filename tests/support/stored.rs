//! A world of the model in a database, built by the functions that administrators and users call, and
//! compared with the model: what every user sees, locks, changes, deletes and inserts.
//!
//! The module `n` of a world is the table `t<n>`; every table has every column, whether or not its
//! module goes by it.
#![allow(
    dead_code,
    reason = "every test that includes this file uses a part of it"
)]

#[path = "explained.rs"]
pub mod explained;

use crate::model::{
    self, Action, Level, Options, Ownership, Principal, Record, World, module, random_world,
};
use crate::support::{Database, fresh_database, notice, quoted};
use postgres::types::ToSql;
use postgres::{Client, Row, Statement};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::{Duration, Instant};

// ---------------------------------------------------------------------------------------------
// Choices
// ---------------------------------------------------------------------------------------------

/// Numbers from a seed, for the choices that are not the model's.
pub struct Dice(pub u64);

impl Dice {
    pub fn throw(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % sides.max(1) as u64) as usize
    }

    pub fn one<'a, T>(&mut self, things: &'a [T]) -> Option<&'a T> {
        (!things.is_empty()).then(|| &things[self.throw(things.len())])
    }

    /// True once in `of` times.
    pub fn rarely(&mut self, of: usize) -> bool {
        self.throw(of) == 0
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyType {
    Text,
    Varchar,
    Domain,
    Int2,
    Int4,
    Int8,
    Uuid,
}

pub const TYPES: [KeyType; 7] = [
    KeyType::Text,
    KeyType::Int8,
    KeyType::Uuid,
    KeyType::Int4,
    KeyType::Varchar,
    KeyType::Int2,
    KeyType::Domain,
];

impl KeyType {
    pub fn sql(self) -> &'static str {
        match self {
            KeyType::Text => "text",
            KeyType::Varchar => "varchar(60)",
            KeyType::Domain => "text_key",
            KeyType::Int2 => "smallint",
            KeyType::Int4 => "integer",
            KeyType::Int8 => "bigint",
            KeyType::Uuid => "uuid",
        }
    }

    /// A key that the type can hold in the place of one of the model's, which are texts.
    pub fn key(self, text: &str) -> String {
        let number = text.bytes().fold(7u32, |sum, byte| {
            sum.wrapping_mul(31).wrapping_add(byte.into())
        });
        match self {
            KeyType::Text | KeyType::Varchar | KeyType::Domain => text.to_owned(),
            KeyType::Int2 => (i32::from((number % 60_000) as u16) - 30_000).to_string(),
            KeyType::Int4 => (number as i32).to_string(),
            KeyType::Int8 => (i64::from(number) << 20).to_string(),
            KeyType::Uuid => format!("{number:08x}-0000-4000-8000-{number:012x}"),
        }
    }

    /// The types of columns that can hold such keys: not every column that holds one has the same.
    fn columns(self) -> &'static [KeyType] {
        match self {
            KeyType::Text | KeyType::Varchar | KeyType::Domain => {
                &[KeyType::Text, KeyType::Varchar, KeyType::Domain]
            }
            KeyType::Int2 => &[KeyType::Int2, KeyType::Int4, KeyType::Int8],
            KeyType::Int4 => &[KeyType::Int4, KeyType::Int8],
            KeyType::Int8 => &[KeyType::Int8],
            KeyType::Uuid => &[KeyType::Uuid],
        }
    }
}

/// How the tables of a world look, and how its statements are planned.
#[derive(Clone, Debug)]
pub struct Layout {
    /// What keys of users and groups look like, and the types of the two owner columns.
    pub owners: KeyType,
    pub owner: KeyType,
    pub group: KeyType,
    /// What ids look like, and the types of primary keys and of the columns that point at them.
    pub ids: KeyType,
    pub id: KeyType,
    pub via: KeyType,
    /// Indexes on the columns that decide, and statistics.
    pub indexes: bool,
    pub statistics: bool,
    /// Partitions, one of which numbers its columns otherwise.
    pub partitions: bool,
    pub settings: String,
}

const SCANS: [&str; 5] = [
    "",
    "SET enable_seqscan = off;",
    "SET enable_seqscan = off; SET enable_indexscan = off;",
    "SET enable_seqscan = off; SET enable_bitmapscan = off;",
    "SET enable_indexscan = off; SET enable_bitmapscan = off; SET enable_indexonlyscan = off;",
];
const JOINS: [&str; 4] = [
    "",
    "SET enable_nestloop = off;",
    "SET enable_hashjoin = off; SET enable_mergejoin = off;",
    "SET enable_hashjoin = off; SET enable_nestloop = off;",
];
const PLANS: [&str; 3] = [
    "SET plan_cache_mode = force_generic_plan;",
    "",
    "SET plan_cache_mode = force_custom_plan;",
];
const PARALLEL: &str = "SET min_parallel_table_scan_size = 0; SET min_parallel_index_scan_size = 0; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0;";

impl Layout {
    pub fn of(seed: u64) -> Layout {
        let mut dice = Dice(seed ^ 0x1a70);
        let owners = TYPES[(seed % TYPES.len() as u64) as usize];
        let ids = TYPES[dice.throw(TYPES.len())];
        let mut column = |keys: KeyType| *dice.one(keys.columns()).unwrap_or(&keys);
        let (owner, group) = (column(owners), column(owners));
        let (id, via) = (column(ids), column(ids));
        // A scan that is off costs so much that everything else would be compiled.
        let mut settings = "SET jit = off;".to_owned();
        for choices in [&SCANS[..], &JOINS, &PLANS] {
            settings += dice.one(choices).unwrap_or(&"");
        }
        if dice.rarely(20) {
            settings += PARALLEL;
        }
        Layout {
            owners,
            owner,
            group,
            ids,
            id,
            via,
            indexes: !dice.rarely(3),
            statistics: dice.rarely(2),
            partitions: dice.rarely(4),
            settings,
        }
    }
}

// ---------------------------------------------------------------------------------------------
// Worlds
// ---------------------------------------------------------------------------------------------

/// A world from a seed, its keys in a form that the columns hold. Only what can be built: where there
/// are links, whoever may have one is active and his office is closed.
pub fn world(seed: u64, options: Options, layout: &Layout) -> World {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let links = options.links > 0;
    let tree = random_world(options).new_tree(&mut runner);
    let mut world = tree.expect("a strategy that rejects nothing").current();
    for user in &mut world.users {
        user.rights.record_sharing &= links;
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
    let key = |text: &mut String| *text = layout.owners.key(text);
    let id = |text: &mut String| *text = layout.ids.key(text);
    world.users.iter_mut().for_each(|user| key(&mut user.key));
    for group in &mut world.groups {
        key(&mut group.key);
        for member in &mut group.members {
            if let Principal::User(text) = member {
                key(text);
            }
        }
    }
    for record in &mut world.records {
        id(&mut record.id);
        record.owner.iter_mut().for_each(key);
        record.group.iter_mut().for_each(key);
        record.parents.iter_mut().for_each(|(_, of)| id(of));
        record.controller.iter_mut().for_each(id);
    }
    for link in &mut world.links {
        key(&mut link.from);
        key(&mut link.to);
    }
    for share in &mut world.shares {
        id(&mut share.record);
        key(&mut share.from);
        key(&mut share.to);
    }
    for given in &mut world.given {
        id(&mut given.record);
        if let Principal::User(text) = &mut given.to {
            key(text);
        }
    }
    world
}

pub fn table_of(world: &World, module: &str) -> String {
    let place = world.modules.iter().position(|m| m.name == module);
    format!("t{}", place.expect("a module of the world"))
}

pub fn is_detail(world: &World, name: &str) -> bool {
    matches!(module(world, name).ownership, Ownership::ControlledBy(_))
}

/// What becomes valid with `apply_rules()` beside what the caller changed: rules that he stages are
/// rules of the world at once.
pub fn applied(world: &mut World) {
    for relation in &mut world.relations {
        relation.applied = true;
        relation.shares_applied = true;
        relation.with_parent = relation.staged_with_parent;
    }
}

// ---------------------------------------------------------------------------------------------
// SQL
// ---------------------------------------------------------------------------------------------

/// A statement, and who runs it: a user by his own identity, or (None) the administrator.
pub type Step = (Option<String>, String);

pub fn administer(sql: String) -> Option<Vec<Step>> {
    Some(vec![(None, sql)])
}

pub fn literal(text: &str) -> String {
    match text.contains('\\') {
        true => format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "''")),
        false => format!("'{}'", text.replace('\'', "''")),
    }
}

pub fn nullable(text: Option<&String>) -> String {
    text.map_or("NULL".to_owned(), |text| literal(text))
}

pub fn call(function: &str, arguments: &[String]) -> String {
    format!("SELECT sharing.{function}({})", arguments.join(", "))
}

const COLUMNS: &str = "id, n, o, g, kind, first, second, controller";

/// The values of a record, in the order of [`COLUMNS`]. `n` tells the order in which records come.
fn values(record: &Record, n: usize) -> String {
    let via = |name: &str| {
        let found = record.parents.iter().find(|(via, _)| via == name);
        nullable(found.map(|(_, id)| id))
    };
    [
        literal(&record.id),
        n.to_string(),
        nullable(record.owner.as_ref()),
        nullable(record.group.as_ref()),
        nullable(record.kind.as_ref()),
        via("first"),
        via("second"),
        nullable(record.controller.as_ref()),
    ]
    .join(", ")
}

pub fn insert(world: &World, record: &Record) -> String {
    let table = table_of(world, &record.module);
    let n = place_of(world, record);
    format!(
        "INSERT INTO {table} ({COLUMNS}) VALUES ({})",
        values(record, n)
    )
}

/// Changes all that decides about a record.
pub fn update(world: &World, record: &Record) -> String {
    let table = table_of(world, &record.module);
    let n = place_of(world, record);
    format!(
        "UPDATE {table} SET ({COLUMNS}) = ({}) WHERE id = {}",
        values(record, n),
        literal(&record.id)
    )
}

fn place_of(world: &World, record: &Record) -> usize {
    let same = |other: &Record| (&other.module, &other.id) == (&record.module, &record.id);
    world
        .records
        .iter()
        .position(same)
        .unwrap_or(usize::from(u16::MAX))
}

pub fn add_rule(rule: &model::Rule) -> String {
    format!(
        "SELECT sharing.add_rule({}, {}, {}, '{}', {}, superiors => {}, criteria => {})",
        literal(&rule.module),
        nullable(rule.owned_by.as_ref().map(ToString::to_string).as_ref()),
        literal(&rule.shared_with.to_string()),
        rule.access.rule_label(),
        related(&rule.related),
        rule.superiors,
        nullable(rule.criteria.as_ref().map(criteria).as_ref())
    )
}

/// As add_rule() reads them.
fn criteria(criteria: &model::Criteria) -> String {
    use model::Criteria::{After, AnyOf, Is, IsNot, NotNull, Null};
    match criteria {
        Is(kind) => format!(r#"{{"kind": {kind:?}}}"#),
        IsNot(kind) => format!(r#"{{"kind": {{"<>": {kind:?}}}}}"#),
        AnyOf(kinds) => format!(r#"{{"kind": {kinds:?}}}"#),
        After(kind) => format!(r#"{{"kind": {{">": {kind:?}}}}}"#),
        Null => r#"{"kind": null}"#.to_owned(),
        NotNull => r#"{"kind": {"null": false}}"#.to_owned(),
    }
}

pub fn related(levels: &[(String, Level)]) -> String {
    let pair =
        |(child, level): &(String, Level)| format!("{}, '{}'", literal(child), level.rule_label());
    let pairs: Vec<_> = levels.iter().map(pair).collect();
    format!("jsonb_build_object({})", pairs.join(", "))
}

pub fn relate(world: &World, relation: &model::Relation) -> String {
    let when = relation.when.as_ref();
    format!(
        "SELECT sharing.relate('{}', '{}', '{}', {}, {}, {}, '{}')",
        table_of(world, &relation.child),
        relation.via,
        table_of(world, &relation.parent),
        when.map_or("NULL", |_| "'kind'"),
        nullable(when),
        relation.with_shares,
        relation.staged_with_parent.label()
    )
}

pub fn create_profile(profile: &model::Profile) -> String {
    let (view_all, edit_all) = (profile.view_all.to_string(), profile.edit_all.to_string());
    call(
        "create_profile",
        &[literal(&profile.name), view_all, edit_all],
    )
}

pub fn set_permission(profile: &str, row: &model::Permission) -> String {
    format!(
        "SELECT sharing.set_permission({}, {}, {}, {}, {}, {})",
        literal(profile),
        nullable(row.module.as_ref()),
        row.view,
        row.create,
        row.edit,
        row.delete
    )
}

/// The link as it is called in the database.
pub fn link_id(link: &model::Link) -> String {
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
pub fn request(world: &World, link: &model::Link) -> Vec<Step> {
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

pub fn share(world: &World, share: &model::Share) -> Step {
    let arguments = [
        literal(&table_of(world, &share.module)),
        literal(&share.record),
        literal(&share.to),
        format!("'{}'", share.access.label()),
    ];
    // An owner from whom his profile hides the record cannot share it; an administrator can.
    let records = &world.records;
    let is_it =
        |record: &&model::Record| (&record.module, &record.id) == (&share.module, &share.record);
    let is_hidden = records
        .iter()
        .find(is_it)
        .is_none_or(|record| model::level(world, &share.from, record) == model::Level::None);
    let who = (!is_hidden).then(|| share.from.clone());
    (who, call("share_record", &arguments))
}

/// The steps that give a record: by somebody who may, where `by` does, or by the administrator. What has ended was
/// given until later, and time is moved by rewriting its end.
pub fn give(world: &World, given: &model::Given, by: Option<&str>) -> Vec<Step> {
    let table = table_of(world, &given.module);
    let mut arguments = vec![
        literal(&table),
        literal(&given.record),
        literal(&given.to.to_string()),
        format!("'{}'", given.access.label()),
    ];
    if given.ended {
        arguments.push("now() + '1 hour'".to_owned());
    }
    let records = &world.records;
    let is_it =
        |record: &&model::Record| (&record.module, &record.id) == (&given.module, &given.record);
    let may = |key: &&str| {
        let record = records.iter().find(is_it);
        record.is_some_and(|record| model::allows(world, key, record, model::Action::ChangeOwner))
    };
    let who = by.filter(may).map(str::to_owned);
    let mut steps = vec![(who, call("grant_record", &arguments))];
    if given.ended {
        steps.push((
            None,
            format!(
                "UPDATE sharing.record_grants SET until = clock_timestamp() WHERE until > now() AND record_id = {} AND module_id = (SELECT id FROM sharing.modules WHERE relation = {}::regclass)",
                literal(&given.record),
                literal(&table)
            ),
        ));
    }
    steps
}

/// The steps that build the world: people ask, accept and share by themselves.
pub fn steps(world: &World, layout: &Layout, app: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    organization(world, &mut |sql| steps.push((None, sql)));
    tables(world, layout, app, &mut |sql| steps.push((None, sql)));
    rules(world, &mut |sql| steps.push((None, sql)));
    for link in &world.links {
        steps.extend(request(world, link));
    }
    for shared in &world.shares {
        steps.push(share(world, shared));
    }
    for (n, given) in world.given.iter().enumerate() {
        let by = world.users.get(n % world.users.len().max(1));
        steps.extend(give(world, given, by.map(|user| user.key.as_str())));
    }
    // Those who are not active sign in no more.
    for user in world.users.iter().filter(|user| !user.active) {
        let key = literal(&user.key);
        steps.push((None, call("deactivate_user", &[key])));
    }
    steps
}

fn organization(world: &World, administer: &mut dyn FnMut(String)) {
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
        let name = literal(&user.name);
        administer(call("create_user", &[key.clone(), name, role, office]));
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
            administer(call("enable_record_sharing", &[key]));
        }
    }
    for office in &world.offices {
        let security = office.security.to_string();
        let name = literal(&office.name);
        administer(call("set_office_security", &[name, security]));
    }
    for group in &world.groups {
        let office = nullable(group.office.as_ref());
        let (key, name) = (literal(&group.key), literal(&group.name));
        administer(call("create_group", &[key, name.clone(), office]));
        for member in &group.members {
            let member = literal(&member.to_string());
            administer(call("add_member", &[name.clone(), member]));
        }
    }
}

fn tables(world: &World, layout: &Layout, app: &str, administer: &mut dyn FnMut(String)) {
    for (n, module) in world.modules.iter().enumerate() {
        let (id, via) = (layout.id.sql(), layout.via.sql());
        let (owner, group) = (layout.owner.sql(), layout.group.sql());
        let partitioned = match layout.partitions {
            true => "PARTITION BY HASH (id)",
            false => "",
        };
        administer(format!(
            "CREATE TABLE t{n} (id {id} PRIMARY KEY, n integer, o {owner}, g {group}, kind text,
                first {via}, second {via}, controller {via}, note text) {partitioned};
             GRANT ALL ON t{n} TO {app}"
        ));
        if layout.partitions {
            administer(format!(
                "CREATE TABLE t{n}_0 PARTITION OF t{n} FOR VALUES WITH (MODULUS 2, REMAINDER 0);
                 CREATE TABLE t{n}_1 (gone integer, LIKE t{n});
                 ALTER TABLE t{n}_1 DROP COLUMN gone;
                 ALTER TABLE t{n} ATTACH PARTITION t{n}_1 FOR VALUES WITH (MODULUS 2, REMAINDER 1)"
            ));
        }
        if layout.indexes {
            for column in ["n", "o", "g", "first", "second", "controller"] {
                administer(format!("CREATE INDEX ON t{n} ({column})"));
            }
        }
        for record in world.records.iter().filter(|r| r.module == module.name) {
            administer(insert(world, record));
        }
        if layout.statistics {
            administer(format!("ANALYZE t{n}"));
        }
        let decided_by = match &module.ownership {
            Ownership::UserColumn => "owner => 'o'".to_owned(),
            Ownership::GroupColumn => "owner_group => 'g'".to_owned(),
            Ownership::TwoColumns => "owner => 'o', owner_group => 'g'".to_owned(),
            Ownership::OneColumn => "owner => 'o', owner_group => 'o'".to_owned(),
            Ownership::ControlledBy(parent) => {
                let parent = table_of(world, parent);
                format!("controlled_by => '{parent}', via => 'controller'")
            }
        };
        let (name, follows) = (literal(&module.name), nullable(module.follows.as_ref()));
        let (hierarchy, grants) = (module.hierarchy, module.grants);
        administer(format!(
            "SELECT sharing.protect('t{n}', module => {name}, {decided_by}, follows => {follows}, hierarchy => {hierarchy}, grants => {grants})"
        ));
    }
}

fn rules(world: &World, administer: &mut dyn FnMut(String)) {
    for relation in &world.relations {
        administer(relate(world, relation));
    }
    for module in &world.modules {
        if module.follows.is_none() && !is_detail(world, &module.name) {
            let access = format!("'{}'", module.global_access.label());
            administer(call("set_global_access", &[literal(&module.name), access]));
        }
    }
    for rule in &world.rules {
        administer(add_rule(rule));
    }
    administer("SELECT sharing.apply_rules()".to_owned());
    for profile in &world.profiles {
        administer(create_profile(profile));
        for row in &profile.permissions {
            administer(set_permission(&profile.name, row));
        }
    }
    for role in &world.roles {
        for profile in &role.profiles {
            administer(call(
                "assign_profile",
                &[literal(&role.name), literal(profile)],
            ));
        }
    }
}

/// Takes a world away again.
pub const EMPTY: &str = "DO $$BEGIN
        EXECUTE (SELECT 'DROP TABLE ' || string_agg(relation::text, ', ') FROM sharing.modules);
    END$$;
    TRUNCATE sharing.offices, sharing.roles, sharing.users, sharing.user_rights, sharing.groups, sharing.group_users, sharing.group_members,
        sharing.rules, sharing.related_levels, sharing.relations, sharing.profiles, sharing.profile_permissions, sharing.role_profiles,
        sharing.links, sharing.shares, sharing.record_grants, sharing.shared_modules;";

// ---------------------------------------------------------------------------------------------
// Runs
// ---------------------------------------------------------------------------------------------

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// Which worlds a test tries: every second one from the first, in a database of their own. In the
/// environment, `<NAME>_SEED` tries one alone, `<NAME>_SECONDS` sets for how long new ones are tried.
pub struct Run {
    pub name: &'static str,
    pub first: u64,
    pub seconds: u64,
    /// However slow the machine.
    pub at_least: usize,
}

impl Run {
    /// `try_world` gets the database, the role that acts for users, and a seed; it returns how much of
    /// what the test is about there was in the world.
    pub fn each(&self, mut try_world: impl FnMut(&Database, &str, u64) -> usize) {
        let name = format!("{}_{}", self.name, self.first);
        let database = fresh_database(&name);
        let app = format!("{name}_app");
        database.create_role(&app);
        let mut admin = database.connect();
        let trust = format!("SELECT sharing.trust('{}')", quoted(&app));
        for sql in [ATTEMPTS, "CREATE DOMAIN text_key AS text", &trust] {
            admin.batch_execute(sql).expect(sql);
        }
        let variable = |what: &str| number(&format!("{}_{what}", self.name.to_uppercase()));
        if let Some(seed) = variable("SEED") {
            try_world(&database, &app, seed);
            return;
        }
        let seconds = Duration::from_secs(variable("SECONDS").unwrap_or(self.seconds));
        let begun = Instant::now();
        let (mut tried, mut sum) = (0, 0);
        for seed in (self.first..).step_by(2) {
            sum += try_world(&database, &app, seed);
            tried += 1;
            if begun.elapsed() > seconds && tried >= self.at_least {
                break;
            }
        }
        notice(&format!(
            "{name}: {tried} worlds with {sum} of what it is about"
        ));
        assert!(sum > 0, "worlds without it say nothing about it");
    }
}

// ---------------------------------------------------------------------------------------------
// Sessions
// ---------------------------------------------------------------------------------------------

/// A session whose statements are prepared once, whoever is the first to run them.
pub struct Reader {
    client: Client,
    prepared: HashMap<String, Statement>,
}

impl Reader {
    pub fn new(database: &Database, app: &str, layout: &Layout) -> Reader {
        let mut client = database.connect_as(app);
        client.batch_execute(&layout.settings).expect("SET");
        let prepared = HashMap::new();
        Reader { client, prepared }
    }

    pub fn run(&mut self, sql: &str) {
        if let Err(error) = self.client.batch_execute(sql) {
            panic!("{sql}: {error:?}");
        }
    }

    pub fn query(&mut self, sql: &str, parameters: &[&(dyn ToSql + Sync)]) -> Vec<Row> {
        let known = self.prepared.get(sql).cloned();
        let statement = match known {
            Some(statement) => statement,
            None => {
                let made = self.client.prepare(sql);
                let made = made.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
                self.prepared.insert(sql.to_owned(), made.clone());
                made
            }
        };
        let rows = self.client.query(&statement, parameters);
        rows.unwrap_or_else(|error| panic!("{sql}: {error:?}"))
    }

    pub fn ids(&mut self, sql: &str) -> BTreeSet<String> {
        self.query(sql, &[]).iter().map(|row| row.get(0)).collect()
    }

    /// The ids that a statement returns, which is then taken back.
    fn ids_of_attempt(&mut self, sql: &str) -> BTreeSet<String> {
        let found = self.ids(sql);
        self.run("ROLLBACK TO attempt");
        found
    }

    /// What a statement that reads nothing has done, by what the user sees then.
    fn ids_after(&mut self, statement: &str, outcome: &str) -> BTreeSet<String> {
        self.query(statement, &[]);
        let found = self.ids(outcome);
        self.run("ROLLBACK TO attempt");
        found
    }

    pub fn act_for(&mut self, key: &str) {
        self.run(&format!("SET LOCAL sharing.user_key = {}", literal(key)));
    }
}

const ATTEMPTS: &str =
    "CREATE FUNCTION attempts(statements text[]) RETURNS SETOF bigint LANGUAGE plpgsql AS $$
    DECLARE statement text; touched bigint;
    BEGIN
        FOREACH statement IN ARRAY statements LOOP
            BEGIN
                EXECUTE statement;
                GET DIAGNOSTICS touched = ROW_COUNT;
                RAISE SQLSTATE 'UNDO0';
            EXCEPTION
                WHEN SQLSTATE 'UNDO0' THEN RETURN NEXT touched;
                WHEN insufficient_privilege THEN RETURN NEXT NULL;
            END;
        END LOOP;
    END$$";

/// A world in a database.
pub struct Stored {
    admin: Client,
    /// Where people act by their own identities.
    people: Client,
    pub reader: Reader,
    layout: Layout,
}

impl Stored {
    pub fn build(database: &Database, app: &str, world: &World, layout: &Layout) -> Stored {
        let mut stored = Stored {
            admin: database.connect(),
            people: database.connect_as(app),
            reader: Reader::new(database, app, layout),
            layout: layout.clone(),
        };
        stored.take(&steps(world, layout, &quoted(app)));
        stored
    }

    /// Its SQLSTATE, if a step is refused.
    pub fn try_step(&mut self, (who, sql): &Step) -> Result<(), String> {
        let (client, key) = match who {
            Some(key) => (&mut self.people, key.as_str()),
            None => (&mut self.admin, ""),
        };
        let identity = format!("SET sharing.user_key = {}", literal(key));
        client.batch_execute(&identity).expect("SET");
        client.batch_execute(sql).map_err(|error| {
            let code = error.code().map(|code| code.code().to_owned());
            code.unwrap_or_else(|| panic!("{sql}: {error:?}"))
        })
    }

    /// Takes the steps, those of the administrator that follow each other at once.
    pub fn take(&mut self, steps: &[Step]) {
        for together in steps.chunk_by(|a, b| a.0.is_none() && b.0.is_none()) {
            let (who, _) = &together[0];
            let sql: Vec<_> = together.iter().map(|(_, sql)| sql.as_str()).collect();
            let step = (who.clone(), sql.join(";\n"));
            if let Err(code) = self.try_step(&step) {
                panic!("{code}: {step:?}");
            }
        }
    }

    pub fn admin(&mut self) -> &mut Client {
        &mut self.admin
    }

    /// Takes everything away again.
    pub fn empty(mut self) {
        drop(self.reader);
        self.admin
            .batch_execute(EMPTY)
            .expect("emptying the database");
    }

    /// Whatever ends within the hour ends in a moment instead.
    pub fn ends_become(&mut self, moment: Duration) {
        let sets = [
            ("group_users", "until"),
            ("group_members", "until"),
            ("rules", "until"),
            ("rules", "staged_until"),
            ("links", "until"),
            ("shares", "until"),
            ("record_grants", "until"),
        ];
        let sets = sets.map(|(table, column)| {
            format!(
                "UPDATE sharing.{table} SET {column} = now() + '{} ms'::interval WHERE {column} > now() AND {column} < now() + '2 h'::interval",
                moment.as_millis()
            )
        });
        let sql = format!("BEGIN; {}; COMMIT", sets.join("; "));
        self.admin.batch_execute(&sql).expect(&sql);
    }

    /// What every user sees, by statements that are prepared, as long as it is what is to be seen.
    pub fn everybody_sees(&mut self, world: &World, context: &str, is_so: impl Fn() -> bool) {
        for key in world.users.iter().map(|user| &user.key) {
            let seen = seen_by(world, key);
            let identity = format!("SET sharing.user_key = {}", literal(key));
            self.reader.run(&identity);
            for module in &world.modules {
                let read = format!("SELECT id::text FROM {}", table_of(world, &module.name));
                let found = self.reader.ids(&read);
                if !is_so() {
                    return;
                }
                assert_eq!(found, seen[&module.name], "{context}: user {key:?}: {read}");
            }
        }
        self.reader.run("RESET sharing.user_key");
    }

    /// Compares everything that every user may do with what the model says. Unless it is to be
    /// `thorough`, everything but what is seen and locked is only sampled.
    pub fn compare(&mut self, world: &World, thorough: bool, context: &str, dice: &mut Dice) {
        let nobody = ["no such user".to_owned(), String::new()];
        let keys: Vec<_> = world
            .users
            .iter()
            .map(|user| &user.key)
            .chain(&nobody)
            .collect();
        let seen: BTreeMap<_, _> = keys.iter().map(|key| (*key, seen_by(world, key))).collect();
        // Identities alternate over the same plans.
        for module in &world.modules {
            let read = format!("SELECT id::text FROM {}", table_of(world, &module.name));
            let lock = format!("{read} FOR UPDATE");
            for &key in &keys {
                let identity = format!("SET sharing.user_key = {}", literal(key));
                self.reader.run(&identity);
                let place = format!("{context}: user {key:?} (alternating)");
                let found = self.reader.ids(&read);
                assert_eq!(found, seen[key][&module.name], "{place}: {read}");
                let found = self.reader.ids(&lock);
                let expected = model::records_allowing(world, key, &module.name, Action::Edit);
                assert_eq!(found, expected, "{place}: {lock}");
            }
        }
        self.reader.run("RESET sharing.user_key");
        let asks_why = thorough || dice.rarely(4);
        if asks_why {
            self.admin
                .batch_execute("SET sharing.user_key = ''")
                .expect("SET");
            explained::ask_about_everybody(world, &mut self.admin, context, dice);
        }
        for &key in &keys {
            self.reader.run("BEGIN");
            self.reader.act_for(key);
            if asks_why {
                explained::ask_about_oneself(world, &mut self.reader, key, context, dice);
            }
            self.reader.run("SAVEPOINT attempt");
            let mut comparison = Comparison {
                reader: &mut self.reader,
                layout: &self.layout,
                world,
                key,
                seen: &seen[key],
                context,
                dice,
            };
            for module in &world.modules {
                if thorough || comparison.dice.rarely(4) {
                    comparison.writes(&module.name);
                }
                if thorough || comparison.dice.rarely(8) {
                    comparison.reads(&module.name);
                    comparison.joins(&module.name);
                    comparison.attempts(&module.name);
                }
            }
            self.reader.run("ROLLBACK");
        }
    }
}

/// The ids that a user sees, by module.
type Seen = BTreeMap<String, BTreeSet<String>>;

fn seen_by(world: &World, key: &str) -> Seen {
    let names = world.modules.iter().map(|module| module.name.clone());
    let ids = |name: &str| model::records_allowing(world, key, name, Action::Read);
    names.map(|name| (name.clone(), ids(&name))).collect()
}

/// One user's view in the database against the model's.
struct Comparison<'a> {
    reader: &'a mut Reader,
    layout: &'a Layout,
    world: &'a World,
    key: &'a str,
    seen: &'a Seen,
    context: &'a str,
    dice: &'a mut Dice,
}

/// How a child is joined with its parent; `{on}` is the condition.
const JOINED: [&str; 3] = [
    "SELECT c.n, p.n FROM {child} c JOIN {parent} p ON {on}",
    "SELECT c.n, p.n FROM {child} c LEFT JOIN {parent} p ON {on} ORDER BY c.n",
    "SELECT c.n, (SELECT p.n FROM {parent} p WHERE {on}) FROM {child} c",
];
/// Children whose parent is seen, and those that have none for the caller.
const SEMIJOINED: [&str; 2] = [
    "SELECT c.id::text FROM {child} c WHERE EXISTS (SELECT FROM {parent} p WHERE {on})",
    "SELECT c.id::text FROM {child} c WHERE NOT EXISTS (SELECT FROM {parent} p WHERE {on})",
];

impl Comparison<'_> {
    fn place(&self, module: &str) -> String {
        let table = table_of(self.world, module);
        format!(
            "{}: user {:?}, module {module:?} ({table})",
            self.context, self.key
        )
    }

    fn sees(&self, record: &Record) -> bool {
        self.seen[&record.module].contains(&record.id)
    }

    /// The places of the records of a module that the user sees.
    fn places(&self, module: &str) -> Vec<i32> {
        let records = self.world.records.iter().enumerate();
        records
            .filter(|(_, record)| record.module == module && self.sees(record))
            .map(|(n, _)| n as i32)
            .collect()
    }

    fn reads(&mut self, module: &str) {
        let table = table_of(self.world, module);
        let place = self.place(module);
        let seen = &self.seen[module];
        let sql = format!("SELECT id::text FROM {table}");
        assert_eq!(&self.reader.ids(&sql), seen, "{place}: {sql}");
        let places = self.places(module);
        let order = if self.dice.rarely(2) { "" } else { "DESC" };
        let sql = format!("SELECT n FROM {table} ORDER BY n {order} LIMIT 3");
        let found: Vec<i32> = self
            .reader
            .query(&sql, &[])
            .iter()
            .map(|row| row.get(0))
            .collect();
        let mut expected = places.clone();
        if !order.is_empty() {
            expected.reverse();
        }
        expected.truncate(3);
        assert_eq!(found, expected, "{place}: {sql}");
        let sql = format!("SELECT count(*), coalesce(sum(n), 0) FROM {table}");
        let row = &self.reader.query(&sql, &[])[0];
        let found: (i64, i64) = (row.get(0), row.get(1));
        let sum: i64 = places.iter().copied().map(i64::from).sum();
        assert_eq!(found, (places.len() as i64, sum), "{place}: {sql}");
        // One by one, whatever plan that takes.
        let records = self.world.records.iter().filter(|r| r.module == module);
        let records: Vec<_> = records.collect();
        for _ in 0..4 {
            let Some(record) = self.dice.one(&records) else {
                return;
            };
            let id = self.layout.id.sql();
            let sql = format!("SELECT id::text FROM {table} WHERE id = $1::text::{id}");
            let found = self.reader.query(&sql, &[&record.id]).len() == 1;
            let id = &record.id;
            assert_eq!(found, self.sees(record), "{place}: {sql}, {id:?}");
        }
    }

    fn joins(&mut self, module: &str) {
        let world = self.world;
        let mut ways: Vec<(String, &str, String)> = Vec::new();
        for relation in world.relations.iter().filter(|r| r.child == module) {
            let when = relation.when.as_ref();
            let when = when.map_or(String::new(), |kind| {
                format!(" AND c.kind = {}", literal(kind))
            });
            let on = format!("p.id = c.{}{when}", relation.via);
            ways.push((relation.via.clone(), &relation.parent, on));
        }
        if let Ownership::ControlledBy(parent) = &model::module(world, module).ownership {
            ways.push((
                "controller".to_owned(),
                parent,
                "p.id = c.controller".to_owned(),
            ));
        }
        for (via, parent, on) in ways {
            let place = self.place(module);
            let fill = |text: &str| {
                text.replace("{child}", &table_of(world, module))
                    .replace("{parent}", &table_of(world, parent))
                    .replace("{on}", &on)
            };
            let kind = on.contains("c.kind");
            let relation = world.relations.iter().find(|r| {
                r.child == module && r.via == via && r.parent == *parent && r.when.is_some() == kind
            });
            // The place of the parent that the user sees, for each child that he sees.
            let mut pairs = BTreeMap::new();
            for (n, child) in world.records.iter().enumerate() {
                if child.module != module || !self.sees(child) {
                    continue;
                }
                let above = match relation {
                    Some(relation) => model::related_parent(world, relation, child),
                    None => model::controller(world, child),
                };
                let above = above.filter(|above| self.sees(above));
                pairs.insert(n as i32, above.map(|above| place_of(world, above) as i32));
            }
            let form = self.dice.throw(JOINED.len());
            let sql = fill(JOINED[form]);
            let found: BTreeMap<i32, Option<i32>> = self
                .reader
                .query(&sql, &[])
                .iter()
                .map(|row| (row.get(0), row.get(1)))
                .collect();
            let mut expected = pairs.clone();
            expected.retain(|_, above| form > 0 || above.is_some());
            assert_eq!(found, expected, "{place}: {sql}");
            let form = self.dice.throw(SEMIJOINED.len());
            let sql = fill(SEMIJOINED[form]);
            let expected: BTreeSet<_> = pairs
                .iter()
                .filter(|(_, above)| above.is_some() == (form == 0))
                .map(|(n, _)| world.records[*n as usize].id.clone())
                .collect();
            assert_eq!(self.reader.ids(&sql), expected, "{place}: {sql}");
        }
    }

    fn writes(&mut self, module: &str) {
        let table = table_of(self.world, module);
        let place = self.place(module);
        let expected = |action| model::records_allowing(self.world, self.key, module, action);
        let (edit, delete) = (expected(Action::Edit), expected(Action::Delete));
        let sql = format!("SELECT id::text FROM {table} FOR UPDATE");
        assert_eq!(self.reader.ids(&sql), edit, "{place}: {sql}");
        // Blind: whoever may edit may see, so that the outcome can be looked at by the user.
        let sql = format!("UPDATE {table} SET note = 'touched'");
        let outcome = format!("SELECT id::text FROM {table} WHERE note = 'touched'");
        let updated = self.reader.ids_after(&sql, &outcome);
        assert_eq!(updated, edit, "{place}: {sql}");
        let sql = format!("DELETE FROM {table}");
        let left = self
            .reader
            .ids_after(&sql, &format!("SELECT id::text FROM {table}"));
        // What goes may take others of the table out of sight: those that are seen by it.
        let mut world = self.world.clone();
        world
            .records
            .retain(|r| r.module != module || !delete.contains(&r.id));
        let kept = model::records_allowing(&world, self.key, module, Action::Read);
        assert_eq!(left, kept, "{place}: {sql}");
        if self.dice.rarely(2) {
            let sql = format!("UPDATE {table} SET note = 'x' RETURNING id::text");
            assert_eq!(self.reader.ids_of_attempt(&sql), edit, "{place}: {sql}");
        } else {
            let sql = format!("DELETE FROM {table} RETURNING id::text");
            assert_eq!(self.reader.ids_of_attempt(&sql), delete, "{place}: {sql}");
        }
    }

    /// New records, and records that get other owners, parents or kinds.
    fn attempts(&mut self, module: &str) {
        let world = self.world;
        let records: Vec<_> = world
            .records
            .iter()
            .filter(|r| r.module == module)
            .collect();
        let mut asked: Vec<(String, bool, Record)> = Vec::new();
        for _ in 0..5 {
            let (Some(&one), Some(&other)) = (self.dice.one(&records), self.dice.one(&records))
            else {
                return;
            };
            let id = self.layout.ids.key("a new one");
            let mut new = Record { id, ..one.clone() };
            mix(&mut new, other, self.dice);
            let expected = model::may_insert(world, self.key, &new);
            asked.push((insert(world, &new), expected, new));
        }
        for _ in 0..8 {
            let (Some(&before), Some(&other)) = (self.dice.one(&records), self.dice.one(&records))
            else {
                return;
            };
            let mut after = before.clone();
            mix(&mut after, other, self.dice);
            let expected = model::may_update(world, self.key, before, &after);
            asked.push((update(world, &after), expected, before.clone()));
        }
        let statements: Vec<_> = asked.iter().map(|(sql, ..)| sql.clone()).collect();
        let rows = self.reader.query("SELECT attempts($1)", &[&statements]);
        assert_eq!(rows.len(), asked.len());
        for (row, (sql, expected, record)) in rows.iter().zip(asked) {
            let touched: Option<i64> = row.get(0);
            let touched = touched.unwrap_or(0) > 0;
            assert_eq!(
                touched,
                expected,
                "{}: {sql} by {record:?}",
                self.place(module)
            );
        }
    }
}

/// Gives a record some of what decides about another of its module.
fn mix(record: &mut Record, other: &Record, dice: &mut Dice) {
    match dice.throw(6) {
        0 => record.owner.clone_from(&other.owner),
        1 => record.group.clone_from(&other.group),
        2 | 3 => {
            record.parents.clone_from(&other.parents);
            record.controller.clone_from(&other.controller);
        }
        4 => record.kind.clone_from(&other.kind),
        _ => {
            let id = std::mem::take(&mut record.id);
            *record = Record {
                id,
                ..other.clone()
            };
        }
    }
}
