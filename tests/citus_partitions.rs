//! Partitioned tables that Citus distributes, where it is installed: everybody sees, changes and deletes through the
//! coordinator what the naive model says, of the table and of a partition, and reads at a worker no more of a shard;
//! before and after a shard is moved, a partition made, attached, detached and dropped, and a role changed. No
//! partition is open at any moment.

mod support;

#[path = "support/model.rs"]
mod model;

#[path = "support/stored.rs"]
mod stored;

#[path = "support/changes.rs"]
mod changes;

#[path = "support/cluster.rs"]
mod cluster;

use cluster::{Cluster, Partition, identified, partitions, plain};
use model::{Action, Options, Record, World, records_allowing};
use postgres::Client;
use std::collections::BTreeSet;
use stored::table_of;
use support::citus::{count, execute, refused};
use support::{fresh_database, skip};

fn module_of(world: &World, table: &str) -> String {
    let mut modules = world.modules.iter();
    let module = modules.find(|module| table_of(world, &module.name) == table);
    module.expect("a module").name.clone()
}

/// Takes the records of a partition out of the world.
fn take_out(world: &mut World, module: &str, partition: &Partition) -> Vec<Record> {
    let goes = |record: &Record| record.module == module && partition.holds(&record.id);
    let (gone, left) = world.records.drain(..).partition(goes);
    world.records = left;
    gone
}

/// What everybody sees of the partitions alone, through the coordinator, and of each of their shards, at its worker.
fn compare_parts(cluster: &mut Cluster, table: &str, parts: &[Partition]) {
    let world = cluster.world.clone();
    let module = module_of(&world, table);
    let mut seen = 0;
    for user in &world.users {
        let expected = records_allowing(&world, &user.key, &module, Action::Read);
        for part in parts {
            let of_part: BTreeSet<String> = expected
                .iter()
                .filter(|id| part.holds(id))
                .cloned()
                .collect();
            let sql = format!("SELECT id FROM {}", part.name);
            let found = cluster.ids(&user.key, &sql);
            assert_eq!(found, of_part, "{:?}: {}: {sql}", cluster.done, user.key);
        }
    }
    for node in &cluster.nodes[1..] {
        let (mut admin, mut app) = (node.admin(), node.connect("crm", "app"));
        for part in parts {
            for shard in shards(&mut admin, &part.name) {
                let sql = format!("SELECT id FROM {shard}");
                let all = ids(&mut admin, &sql);
                assert!(ids(&mut app, &sql).is_empty(), "{sql}: to nobody");
                for user in &world.users {
                    let mut expected = records_allowing(&world, &user.key, &module, Action::Read);
                    expected.retain(|id| all.contains(id));
                    seen += expected.len();
                    identified(&mut app, &user.key);
                    let found = ids(&mut app, &sql);
                    execute(&mut app, "ROLLBACK");
                    assert_eq!(found, expected, "{:?}: {}: {sql}", cluster.done, user.key);
                }
            }
        }
    }
    assert!(seen > 0, "somebody sees something in a shard");
}

fn ids(client: &mut Client, sql: &str) -> BTreeSet<String> {
    let rows = client.query(sql, &[]);
    let rows = rows.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    rows.iter()
        .map(|row| row.get::<_, i32>(0).to_string())
        .collect()
}

/// The shards of a table at a server.
fn shards(admin: &mut Client, table: &str) -> Vec<String> {
    let sql = format!(
        "SELECT shard_name(logicalrelid, shardid) FROM pg_dist_shard JOIN pg_dist_placement USING (shardid)
         WHERE logicalrelid = '{table}'::regclass AND groupid = (SELECT groupid FROM pg_dist_local_group) ORDER BY 1"
    );
    let rows = admin.query(&sql, &[]).expect("shards");
    rows.iter().map(|row| row.get(0)).collect()
}

/// While records are shared that may be in it, a partition stays.
fn take_back(cluster: &mut Cluster, table: &str, partition: &Partition, going: &str) {
    let module = module_of(&cluster.world, table);
    let mut singles = cluster.single_records(table);
    singles.retain(|id| partition.holds(id));
    for id in &singles {
        assert_eq!(refused(&mut cluster.dba, going), "2BP01", "{going}: {id}");
        for of in ["shares", "record_grants"] {
            let forget = format!(
                "DELETE FROM sharing.{of} WHERE record_id = '{id}' AND module_id = (SELECT id FROM sharing.modules WHERE relation = '{table}'::regclass)"
            );
            execute(&mut cluster.dba, &forget);
        }
    }
    let is_it = |of: &str, id: &str| of == module && partition.holds(id);
    cluster
        .world
        .shares
        .retain(|share| !is_it(&share.module, &share.record));
    cluster
        .world
        .given
        .retain(|given| !is_it(&given.module, &given.record));
}

#[test]
fn everybody_sees_of_partitions_what_the_model_says() {
    let server = fresh_database("citus_partitions");
    let options = Options {
        links: 6,
        shares: 14,
        given: 14,
        ..plain()
    };
    let Some(mut cluster) = Cluster::start_partitioned(&server, 41, options) else {
        return skip("Citus is not installed");
    };
    let table = cluster.distributed();
    let parts = partitions(&cluster.world, &table);
    let [low, middle, high] = parts.clone();
    for part in &parts {
        execute(
            &mut cluster.dba,
            &format!("GRANT ALL ON {} TO app", part.name),
        );
    }
    cluster.compare();
    cluster.everybody_is_told();
    compare_parts(&mut cluster, &table, &parts);
    for _ in 0..8 {
        cluster.change_one_of(&[changes::of_sharing, changes::of_organization]);
    }
    cluster.compare();

    let [first, second] = [1, 2].map(|n| cluster.nodes[n].port);
    for mode in ["block_writes", "force_logical"] {
        let shard = cluster.shard_of("min", &table, first);
        let moved = format!(
            "SELECT citus_move_shard_placement({shard}, '127.0.0.1', {first}, '127.0.0.1', {second}, '{mode}')"
        );
        execute(&mut cluster.dba, &moved);
        cluster.done.push(format!("a shard moved: {mode}"));
        cluster.compare();
    }
    compare_parts(&mut cluster, &table, &parts);
    cluster.change_one_of(&[changes::of_sharing]);

    // A partition that leaves stays protected, and its records are shared no more.
    let module = module_of(&cluster.world, &table);
    let detach = format!("ALTER TABLE {table} DETACH PARTITION {}", high.name);
    take_back(&mut cluster, &table, &high, &detach);
    let before = cluster.world.clone();
    execute(&mut cluster.dba, &detach);
    let detached = take_out(&mut cluster.world, &module, &high);
    cluster.done.push(detach);
    cluster.compare();
    for user in &before.users {
        let mut expected = records_allowing(&before, &user.key, &module, Action::Read);
        expected.retain(|id| high.holds(id));
        let sql = format!("SELECT id FROM {}", high.name);
        assert_eq!(
            cluster.ids(&user.key, &sql),
            expected,
            "{}: {sql}",
            user.key
        );
    }

    // One that is made in its place, and dropped.
    let new = Partition {
        name: format!("{table}_new_with_a_name_that_is_longer_than_forty_letters"),
        ..high.clone()
    };
    let (name, bounds) = (&new.name, new.bounds());
    let create = format!("CREATE TABLE {name} PARTITION OF {table} {bounds}");
    execute(&mut cluster.dba, &create);
    execute(&mut cluster.dba, &format!("GRANT ALL ON {name} TO app"));
    cluster.done.push(create);
    for record in &detached {
        cluster.world.records.push(record.clone());
        let insert = stored::insert(&cluster.world, record);
        execute(&mut cluster.dba, &insert);
    }
    cluster.compare();
    compare_parts(
        &mut cluster,
        &table,
        &[low.clone(), middle.clone(), new.clone()],
    );
    for _ in 0..6 {
        cluster.change_one_of(&[changes::of_sharing, changes::of_organization]);
    }
    cluster.compare();
    cluster.everybody_is_told();
    let drop = format!("DROP TABLE {name}");
    take_back(&mut cluster, &table, &new, &drop);
    execute(&mut cluster.dba, &drop);
    take_out(&mut cluster.world, &module, &new);
    cluster.done.push(drop);
    cluster.compare();

    let attach = format!(
        "ALTER TABLE {table} ATTACH PARTITION {} {}",
        high.name,
        high.bounds()
    );
    execute(&mut cluster.dba, &attach);
    // What it had by itself meanwhile is what its table has again.
    let own = "SELECT count(*) FROM pg_trigger WHERE tgname ~ '^(zz_)?sharing_.*_detached'";
    for node in &cluster.nodes {
        assert_eq!(count(&mut node.admin(), own), 0);
    }
    cluster.world.records.extend(detached);
    cluster.done.push(attach);
    cluster.compare();
    for _ in 0..6 {
        cluster.change_one_of(&[changes::of_sharing, changes::of_organization]);
    }
    cluster.compare();
    compare_parts(&mut cluster, &table, &parts);
    let doctor = "SELECT count(*) FROM sharing.doctor() WHERE check_name IN ('trigger', 'trigger_off', 'policy')";
    assert_eq!(count(&mut cluster.dba, doctor), 0);
    for node in &cluster.nodes[1..] {
        assert_eq!(count(&mut node.admin(), doctor), 0);
    }
}

const SHARED: [&str; 8] = [
    "CREATE TABLE parts (id int PRIMARY KEY, owner text) PARTITION BY RANGE (id)",
    "CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (1) TO (100)",
    "CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (100) TO (200)",
    "SELECT create_distributed_table('parts', 'id')",
    "SELECT sharing.create_user('ann', 'Ann'), sharing.create_user('bob', 'Bob')",
    "SELECT sharing.protect('parts', 'owner')",
    "CREATE TABLE parts_rest PARTITION OF parts DEFAULT",
    "INSERT INTO parts SELECT n, 'ann' FROM generate_series(1, 400) n",
];

/// What goes takes along nothing that another partition holds, and nothing goes that others have.
#[test]
fn a_partition_stays_as_long_as_its_records_are_shared() {
    let server = fresh_database("citus_shared_partitions");
    let Some(mut cluster) = Cluster::start(&server, 42, plain()) else {
        return skip("Citus is not installed");
    };
    for sql in SHARED {
        execute(&mut cluster.dba, sql);
    }
    // Privileges on the table are enough, also for sharing.
    execute(&mut cluster.dba, "GRANT ALL ON parts TO app");
    let always = "SELECT count(*) FROM pg_trigger WHERE tgrelid = 'parts_rest'::regclass AND tgname = 'sharing_table_truncated' AND tgenabled";
    for (enabled, number) in [("= 'A'", 0), ("= 'O'", 1)] {
        let sql = format!("{always} {enabled}");
        assert_eq!(
            count(&mut cluster.dba, &sql),
            number,
            "as on a table of Citus"
        );
    }
    let give = |cluster: &mut Cluster, id: &str| {
        identified(&mut cluster.app, "ann");
        let sql = format!("SELECT sharing.grant_record('parts', '{id}', 'user:bob'); COMMIT");
        execute(&mut cluster.app, &sql);
    };
    let of_bob = |cluster: &mut Cluster| cluster.ids("bob", "SELECT id FROM parts");
    let set = |ids: &[&str]| {
        ids.iter()
            .map(|id| (*id).to_owned())
            .collect::<BTreeSet<_>>()
    };
    give(&mut cluster, "5");
    give(&mut cluster, "150");
    assert_eq!(of_bob(&mut cluster), set(&["5", "150"]));
    for sql in [
        "DROP TABLE parts_1",
        "ALTER TABLE parts DETACH PARTITION parts_1",
        "DELETE FROM parts WHERE id = 5",
        "DELETE FROM parts_1 WHERE id = 5",
    ] {
        assert_eq!(refused(&mut cluster.dba, sql), "2BP01", "{sql}");
    }
    for node in &cluster.nodes[1..] {
        assert_eq!(refused(&mut node.admin(), "TRUNCATE parts_1"), "2BP01");
    }
    execute(&mut cluster.dba, "TRUNCATE parts_1");
    execute(&mut cluster.dba, "INSERT INTO parts VALUES (5, 'ann')");
    assert_eq!(of_bob(&mut cluster), set(&["150"]), "a new record");
    let [first, second] = [1, 2].map(|n| cluster.nodes[n].port);
    let shard = cluster.shard_of("min", "parts", first);
    let moved = format!(
        "SELECT citus_move_shard_placement({shard}, '127.0.0.1', {first}, '127.0.0.1', {second}, 'block_writes')"
    );
    execute(&mut cluster.dba, &moved);
    assert_eq!(of_bob(&mut cluster), set(&["150"]), "moved");
    // What the default partition holds may have been in any that goes.
    give(&mut cluster, "300");
    for sql in ["DROP TABLE parts_1", "DROP TABLE parts_rest"] {
        assert_eq!(refused(&mut cluster.dba, sql), "2BP01", "{sql}");
    }
    execute(&mut cluster.dba, "TRUNCATE parts_rest");
    assert_eq!(of_bob(&mut cluster), set(&["150"]), "truncated");
    execute(&mut cluster.dba, "DROP TABLE parts_rest");
    execute(
        &mut cluster.dba,
        "ALTER TABLE parts DETACH PARTITION parts_1",
    );
    assert_eq!(of_bob(&mut cluster), set(&["150"]), "others left");
    give(&mut cluster, "151");
    execute(&mut cluster.dba, "TRUNCATE parts");
    execute(
        &mut cluster.dba,
        "INSERT INTO parts SELECT n, 'ann' FROM generate_series(150, 152) n",
    );
    assert!(of_bob(&mut cluster).is_empty(), "all are new");
    // Triggers of shards that Citus has made of a table with them stay where those of the table go.
    execute(&mut cluster.dba, "SELECT sharing.unprotect('parts')");
    execute(&mut cluster.dba, "TRUNCATE parts");
    execute(&mut cluster.dba, "SELECT sharing.protect('parts', 'owner')");
    execute(&mut cluster.dba, "INSERT INTO parts VALUES (150, 'bob')");
    assert_eq!(of_bob(&mut cluster), set(&["150"]), "protected again");
}
