//! A coordinator of Citus with workers of its own, in which a random world is built, and what the model says of it.
#![allow(dead_code, reason = "each test program uses a part of it")]

use crate::changes;
use crate::model::{self, Action, Level, Options, Ownership, World, records_allowing};
use crate::stored::{
    Dice, KeyType, Layout, Step, applied, explained, literal, steps, table_of, world,
};
use crate::support::Database;
use crate::support::citus::{Node, count, execute, refused, start};
use postgres::Client;
use std::collections::{BTreeMap, BTreeSet};

pub struct Cluster {
    pub nodes: Vec<Node>,
    pub dba: Client,
    pub app: Client,
    pub world: World,
    pub dice: Dice,
    pub done: Vec<String>,
    /// Whether the distributed tables are partitioned by their key.
    is_partitioned: bool,
}

/// A partition of a table of the world, with the keys from its first to the one before its last; what is missing is as
/// far as keys go.
#[derive(Clone, Debug)]
pub struct Partition {
    pub name: String,
    pub from: Option<i32>,
    pub to: Option<i32>,
}

impl Partition {
    pub fn holds(&self, id: &str) -> bool {
        let id: i32 = id.parse().expect("a number");
        self.from.is_none_or(|from| from <= id) && self.to.is_none_or(|to| id < to)
    }

    pub fn bounds(&self) -> String {
        let bound =
            |key: Option<i32>, open: &str| key.map_or(open.to_owned(), |key| key.to_string());
        format!(
            "FOR VALUES FROM ({}) TO ({})",
            bound(self.from, "MINVALUE"),
            bound(self.to, "MAXVALUE")
        )
    }
}

/// Three partitions of a table, with about as many records each.
pub fn partitions(world: &World, table: &str) -> [Partition; 3] {
    let records = world.records.iter();
    let of_table = records.filter(|record| table_of(world, &record.module) == table);
    let mut ids: Vec<i32> = of_table
        .map(|record| record.id.parse().expect("a number"))
        .collect();
    ids.sort_unstable();
    let bound = |part: usize| {
        ids.get(ids.len() * part / 3)
            .copied()
            .unwrap_or(part as i32)
    };
    let (first, second) = (bound(1), bound(2));
    let partition = |end: &str, from, to| Partition {
        name: format!("{table}_{end}"),
        from,
        to,
    };
    [
        partition("low", None, Some(first)),
        partition("middle", Some(first), Some(second)),
        partition("high", Some(second), None),
    ]
}

/// Worlds without what a test is not about.
pub fn plain() -> Options {
    Options {
        links: 0,
        shares: 0,
        given: 0,
        relations: 0,
        details: false,
        modules: 4,
        users: 20,
        roles: 9,
        groups: 6,
        rules: 8,
        profiles: 2,
        records: 60,
        storable: true,
        ..Options::default()
    }
}

fn layout(seed: u64) -> Layout {
    let owners = [KeyType::Int4, KeyType::Text, KeyType::Uuid][(seed % 3) as usize];
    Layout {
        owners,
        owner: owners,
        group: owners,
        ids: KeyType::Int4,
        id: KeyType::Int4,
        via: KeyType::Int4,
        partitions: false,
        indexes: true,
        settings: String::new(),
        ..Layout::of(seed)
    }
}

impl Cluster {
    /// None where Citus is not installed.
    pub fn start(server: &Database, seed: u64, options: Options) -> Option<Cluster> {
        Cluster::start_with(server, seed, options, false)
    }

    /// The same with partitioned tables.
    pub fn start_partitioned(server: &Database, seed: u64, options: Options) -> Option<Cluster> {
        Cluster::start_with(server, seed, options, true)
    }

    fn start_with(
        server: &Database,
        seed: u64,
        options: Options,
        is_partitioned: bool,
    ) -> Option<Cluster> {
        let nodes = start(server)?;
        let dba = nodes[0].admin();
        // The first world in which a table can be distributed.
        let mut worlds = (seed..).map(|seed| {
            let layout = layout(seed);
            let world = world(seed, options.clone(), &layout);
            (seed, layout, world)
        });
        let (seed, layout, mut world) = worlds
            .find(|(_, _, world)| {
                let mut modules = world.modules.iter();
                modules.any(|module| {
                    let table = table_of(world, &module.name);
                    table != "t2" && !is_parent(world, &table)
                })
            })
            .expect("a world");
        applied(&mut world);
        let app = nodes[0].connect("crm", "app");
        let mut cluster = Cluster {
            nodes,
            dba,
            app,
            dice: Dice(seed),
            done: vec![format!("seed {seed}")],
            world: world.clone(),
            is_partitioned,
        };
        for (n, worker) in cluster.nodes[1..].iter().enumerate() {
            worker.subscribe(&cluster.nodes[0], &format!("worker_{n}"));
        }
        cluster.wait_for("worker_0, worker_1", 2);
        let local = "SET synchronous_commit = local";
        execute(&mut cluster.dba, local);
        cluster.take(&steps(&world, &layout, "app"));
        let remote =
            "SET synchronous_commit = remote_apply; SELECT sharing.create_role('last step')";
        execute(&mut cluster.dba, remote);
        execute(&mut cluster.app, "SET synchronous_commit = remote_apply");
        Some(cluster)
    }

    /// Every table is distributed before it is protected, the third one and those of parents as reference tables.
    pub fn take(&mut self, steps: &[Step]) {
        for (who, sql) in steps {
            if let Some(key) = who {
                let name = literal(key);
                let step = format!("BEGIN; SET LOCAL sharing.user_key = {name}; {sql}; COMMIT");
                execute(&mut self.app, &step);
                continue;
            }
            if let Some((table, id)) = deleted(sql)
                && self.single_records(table).contains(&id)
            {
                // While it is shared or given, it stays.
                assert_eq!(refused(&mut self.dba, sql), "2BP01", "{sql}");
                for of in ["shares", "record_grants"] {
                    let forget = format!(
                        "DELETE FROM sharing.{of} WHERE record_id = '{id}' AND module_id = (SELECT id FROM sharing.modules WHERE relation = '{table}'::regclass)"
                    );
                    execute(&mut self.dba, &forget);
                }
            }
            let table = sql
                .strip_prefix("CREATE TABLE ")
                .and_then(|rest| rest.split(' ').next());
            let Some(table) = table else {
                execute(&mut self.dba, sql);
                continue;
            };
            if table == "t2" || is_parent(&self.world, table) {
                execute(&mut self.dba, sql);
                let distribute = format!("SELECT create_reference_table('{table}')");
                execute(&mut self.dba, &distribute);
                continue;
            }
            match self.is_partitioned {
                true => self.create_partitioned(table, sql),
                false => execute(&mut self.dba, sql),
            }
            let distribute = format!("SELECT create_distributed_table('{table}', 'id')");
            execute(&mut self.dba, &distribute);
        }
    }

    /// One of the partitions numbers its columns otherwise, and one comes once the table is distributed.
    fn create_partitioned(&mut self, table: &str, sql: &str) {
        let partitioned = sql.replacen(") ;", ") PARTITION BY RANGE (id);", 1);
        assert_ne!(partitioned, sql, "a table that can be partitioned");
        execute(&mut self.dba, &partitioned);
        let [low, middle, high] = partitions(&self.world, table);
        for partition in [low, high] {
            let (name, bounds) = (&partition.name, partition.bounds());
            let create = format!("CREATE TABLE {name} PARTITION OF {table} {bounds}");
            execute(&mut self.dba, &create);
        }
        let (name, bounds) = (&middle.name, middle.bounds());
        execute(
            &mut self.dba,
            &format!(
                "CREATE TABLE {name} (gone integer, LIKE {table}); ALTER TABLE {name} DROP COLUMN gone;
                 ALTER TABLE {table} ATTACH PARTITION {name} {bounds}"
            ),
        );
    }

    /// The ids of records that are shared or given, or were until an end.
    pub fn single_records(&mut self, table: &str) -> BTreeSet<String> {
        let sql = format!(
            "SELECT s.record_id FROM sharing.shares s JOIN sharing.modules m ON m.id = s.module_id WHERE m.relation = '{table}'::regclass
             UNION SELECT g.record_id FROM sharing.record_grants g JOIN sharing.modules m ON m.id = g.module_id WHERE m.relation = '{table}'::regclass"
        );
        let rows = self.dba.query(&sql, &[]).expect("SELECT");
        rows.iter().map(|row| row.get(0)).collect()
    }

    /// From now on a change is acknowledged when these know of it.
    pub fn wait_for(&mut self, names: &str, number: usize) {
        self.nodes[0].waits_for(names, number);
        execute(&mut self.dba, "SET synchronous_commit = remote_apply");
    }

    /// What a statement returns for a user, which is undone.
    pub fn ids(&mut self, key: &str, sql: &str) -> BTreeSet<String> {
        execute(&mut self.app, "BEGIN");
        // As applications do, and as Citus carries by itself.
        let name = match self.dice.rarely(2) {
            true => format!(
                "SELECT set_config('sharing.user_key', {}, true)",
                literal(key)
            ),
            false => format!("SET LOCAL sharing.user_key = {}", literal(key)),
        };
        execute(&mut self.app, &name);
        let rows = self.app.query(sql, &[]);
        let rows = rows.unwrap_or_else(|error| panic!("{:?}: {key}: {sql}: {error:?}", self.done));
        execute(&mut self.app, "ROLLBACK");
        rows.iter()
            .map(|row| row.get::<_, i32>(0).to_string())
            .collect()
    }

    pub fn compare(&mut self) {
        let world = self.world.clone();
        let mut seen = 0;
        for module in &world.modules {
            let table = table_of(&world, &module.name);
            let stay = self.single_records(&table);
            let others = match stay.is_empty() {
                true => "true".to_owned(),
                false => {
                    let stay: Vec<String> = stay.iter().cloned().collect();
                    format!("id NOT IN ({})", stay.join(", "))
                }
            };
            let keys = world
                .users
                .iter()
                .map(|user| user.key.as_str())
                .chain(["nobody's"]);
            for key in keys {
                for (action, sql) in [
                    (Action::Read, format!("SELECT id FROM {table}")),
                    (
                        Action::Edit,
                        format!("UPDATE {table} SET note = 'x' RETURNING id"),
                    ),
                    (
                        Action::Delete,
                        format!("DELETE FROM {table} WHERE {others} RETURNING id"),
                    ),
                ] {
                    let mut expected = records_allowing(&world, key, &module.name, action);
                    if action == Action::Delete {
                        expected.retain(|id| !stay.contains(id));
                    }
                    seen += expected.len();
                    assert_eq!(
                        self.ids(key, &sql),
                        expected,
                        "{:?}: {key}: {sql}",
                        self.done
                    );
                }
            }
        }
        assert!(seen > 0, "{:?}: somebody sees something", self.done);
    }

    /// What everybody may do by what they are told, with every record of every module, one that is not there, and one
    /// that is none.
    pub fn everybody_is_told(&mut self) {
        let world = self.world.clone();
        for module in &world.modules {
            let table = table_of(&world, &module.name);
            let records = world.records.iter().filter(|r| r.module == module.name);
            let mut ids: Vec<String> = records.map(|record| record.id.clone()).collect();
            ids.extend(["-1".to_owned(), "no number".to_owned()]);
            for user in &world.users {
                identified(&mut self.app, &user.key);
                let texts: Vec<String> = ids.iter().map(|id| literal(id)).collect();
                let sql = format!(
                    "SELECT record_id, access::text FROM sharing.access_levels('{table}', ARRAY[{}])",
                    texts.join(", ")
                );
                let rows = self.app.query(&sql, &[]);
                let rows = rows.unwrap_or_else(|error| panic!("{:?}: {sql}: {error:?}", self.done));
                execute(&mut self.app, "ROLLBACK");
                let told: BTreeMap<String, String> =
                    rows.iter().map(|row| (row.get(0), row.get(1))).collect();
                let expected = ids.iter().map(|id| {
                    let mut records = world.records.iter();
                    let record = records.find(|r| r.module == module.name && r.id == *id);
                    let level = record.map_or(Level::None, |r| model::level(&world, &user.key, r));
                    (id.clone(), level.label().to_owned())
                });
                let expected: BTreeMap<_, _> = expected.collect();
                assert_eq!(told, expected, "{:?}: {}: {sql}", self.done, user.key);
            }
        }
        let context = format!("{:?}", self.done);
        explained::ask_about_everybody(&world, &mut self.dba, &context, &mut self.dice);
    }

    pub fn change(&mut self) {
        self.change_one_of(&[changes::of_organization]);
    }

    pub fn change_one_of(&mut self, kinds: &[changes::Kind]) {
        let steps = changes::one_of(kinds, &mut self.world, &mut self.dice);
        self.done.push(format!("{steps:?}"));
        self.take(&steps);
    }

    /// Not the one that was moved last: Citus may not have cleaned up after it.
    pub fn shard_of(&mut self, which: &str, table: &str, port: u16) -> i64 {
        let sql = format!(
            "SELECT {which}(shardid) FROM pg_dist_shard_placement JOIN pg_dist_shard USING (shardid) WHERE logicalrelid = '{table}'::regclass AND nodeport = {port}"
        );
        count(&mut self.dba, &sql)
    }

    pub fn distributed(&self) -> String {
        let modules = self.world.modules.iter();
        let mut names = modules.map(|module| table_of(&self.world, &module.name));
        names
            .find(|name| name != "t2" && !is_parent(&self.world, name))
            .expect("a table")
    }
}

/// The table and the id of a record that a statement deletes.
fn deleted(sql: &str) -> Option<(&str, String)> {
    let (table, id) = sql
        .strip_prefix("DELETE FROM t")
        .and_then(|_| sql.strip_prefix("DELETE FROM "))?
        .split_once(" WHERE id = ")?;
    Some((table, id.trim_matches('\'').to_owned()))
}

/// Begins a transaction as somebody.
pub fn identified(app: &mut Client, key: &str) {
    let name = literal(key);
    execute(app, &format!("BEGIN; SET LOCAL sharing.user_key = {name}"));
}

/// Whether records of others are decided by those of a table.
fn is_parent(world: &World, table: &str) -> bool {
    let is_it = |module: &String| table_of(world, module) == table;
    let mut relations = world.relations.iter();
    let mut modules = world.modules.iter();
    relations.any(|relation| is_it(&relation.parent))
        || modules.any(|module| match &module.ownership {
            Ownership::ControlledBy(parent) => is_it(parent),
            _ => false,
        })
}
