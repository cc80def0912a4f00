//! Citus, with a coordinator and workers of their own, where it is installed: twenty users of a random organization
//! see, change and delete through the coordinator what the naive model says, before and after a rule is applied, a
//! role changed, a shard moved and split, and a node added; what a node has not heard of is not acknowledged; and no
//! protected table becomes open, nor anybody somebody else, by way of it.

mod support;

#[path = "support/model.rs"]
mod model;

#[path = "support/stored.rs"]
mod stored;

#[path = "support/changes.rs"]
mod changes;

#[path = "support/cluster.rs"]
mod cluster;

use cluster::{Cluster, plain};
use model::{Action, World, records_allowing};
use postgres::Client;
use std::collections::BTreeSet;
use std::time::Duration;
use stored::{literal, table_of};
use support::citus::{Node, count, execute, refused};
use support::{fresh_database, skip};

#[test]
fn everybody_sees_through_citus_what_the_model_says() {
    let server = fresh_database("citus");
    let Some(mut cluster) = Cluster::start(&server, 11, plain()) else {
        return skip("Citus is not installed");
    };
    cluster.compare();
    for _ in 0..4 {
        cluster.change();
        cluster.compare();
    }
    let table = cluster.distributed();
    let [first, second] = [1, 2].map(|n| cluster.nodes[n].port);
    let shard = cluster.shard_of("min", &table, first);
    execute(
        &mut cluster.dba,
        &format!(
            "SELECT citus_move_shard_placement({shard}, '127.0.0.1', {first}, '127.0.0.1', {second}, 'block_writes')"
        ),
    );
    cluster.done.push("a shard moved".to_owned());
    cluster.compare();
    cluster.change();
    cluster.compare();

    // A node that is new knows nobody until the configuration comes.
    let directory = cluster.nodes[0].data.parent().expect("a parent").to_owned();
    let node = Node::start(&directory, "d");
    let port = node.port;
    execute(
        &mut cluster.dba,
        &format!("SELECT citus_add_node('127.0.0.1', {port})"),
    );
    let shard = cluster.shard_of("max", &table, second);
    execute(
        &mut cluster.dba,
        &format!(
            "SELECT citus_move_shard_placement({shard}, '127.0.0.1', {second}, '127.0.0.1', {port}, 'block_writes')"
        ),
    );
    let module = cluster
        .world
        .modules
        .iter()
        .find(|module| table_of(&cluster.world, &module.name) == table);
    let module = module.expect("its module").name.clone();
    let keys: Vec<String> = cluster
        .world
        .users
        .iter()
        .map(|user| user.key.clone())
        .collect();
    let mut missing = 0;
    for key in &keys {
        let seen = cluster.ids(key, &format!("SELECT id FROM {table}"));
        let expected = records_allowing(&cluster.world, key, &module, Action::Read);
        assert!(
            seen.is_subset(&expected),
            "too much before the configuration came"
        );
        missing += expected.len() - seen.len();
    }
    assert!(missing > 0, "its shard shows nothing");
    node.subscribe(&cluster.nodes[0], "worker_2");
    cluster.nodes.push(node);
    cluster.wait_for("worker_0, worker_1, worker_2", 3);
    cluster.done.push("a node added".to_owned());
    cluster.compare();
    cluster.change();
    cluster.compare();

    // What a node has not heard of is not acknowledged.
    execute(
        &mut cluster.nodes[1].admin(),
        "ALTER SUBSCRIPTION worker_0 DISABLE",
    );
    let gone = cluster
        .world
        .users
        .iter_mut()
        .find(|user| user.active && !user.rights.administrator);
    let gone = gone.expect("an active user");
    gone.active = false;
    let key = gone.key.clone();
    let mut other = cluster.nodes[0].admin();
    let change = std::thread::spawn(move || {
        execute(&mut other, "SET synchronous_commit = remote_apply");
        execute(
            &mut other,
            &format!("SELECT sharing.deactivate_user({})", literal(&key)),
        );
    });
    std::thread::sleep(Duration::from_secs(2));
    assert!(
        !change.is_finished(),
        "acknowledged before a worker knows of it"
    );
    execute(
        &mut cluster.nodes[1].admin(),
        "ALTER SUBSCRIPTION worker_0 ENABLE",
    );
    change.join().expect("the change");
    cluster.done.push("a user deactivated".to_owned());
    cluster.compare();
    cut_off(&mut cluster);
}

/// A worker that is cut off shows what was valid within its lease, and then nothing, until it is level again.
fn cut_off(cluster: &mut Cluster) {
    const LEASE: Duration = Duration::from_secs(10);
    for worker in &cluster.nodes[1..] {
        let mut client = worker.admin();
        let milliseconds = LEASE.as_millis();
        let lease = format!("ALTER SYSTEM SET sharing.configuration_lease = {milliseconds}");
        execute(&mut client, &lease);
        execute(&mut client, "SELECT pg_reload_conf()");
    }
    let mut scheduler = cluster.nodes[0].admin();
    execute(&mut scheduler, "SET synchronous_commit = local");
    // Until the server is gone.
    std::thread::spawn(move || {
        while scheduler
            .batch_execute("SELECT sharing.heartbeat()")
            .is_ok()
        {
            std::thread::sleep(Duration::from_millis(300));
        }
    });
    for worker in &cluster.nodes[1..] {
        let mut client = worker.admin();
        support::company::wait_until("heartbeats", || {
            count(
                &mut client,
                "SELECT count(*) FROM sharing.last_heartbeat WHERE beat_at > now() - interval '2 s'",
            ) == 1
        });
    }
    cluster.done.push("a lease".to_owned());
    cluster.compare();
    let before = cluster.world.clone();
    execute(
        &mut cluster.nodes[1].admin(),
        "ALTER SUBSCRIPTION worker_0 DISABLE",
    );
    // Acknowledged without the worker.
    execute(&mut cluster.dba, "SET synchronous_commit = local");
    for _ in 0..4 {
        cluster.change();
    }
    let shown = |cluster: &mut Cluster, allowed: &[&World], when: &str| -> usize {
        let mut missing = 0;
        for module in &before.modules {
            let table = table_of(&before, &module.name);
            for user in &before.users {
                let seen = cluster.ids(&user.key, &format!("SELECT id FROM {table}"));
                let expected =
                    |world: &&World| records_allowing(world, &user.key, &module.name, Action::Read);
                let allowed: BTreeSet<String> = allowed.iter().flat_map(expected).collect();
                assert!(seen.is_subset(&allowed), "too much {when}: {}", user.key);
                missing += allowed.len() - seen.len();
            }
        }
        missing
    };
    let world = cluster.world.clone();
    shown(cluster, &[&before, &world], "within the lease");
    std::thread::sleep(LEASE + Duration::from_millis(500));
    assert!(
        shown(cluster, &[&world], "after the lease") > 0,
        "its shards show nothing"
    );
    execute(
        &mut cluster.nodes[1].admin(),
        "ALTER SUBSCRIPTION worker_0 ENABLE",
    );
    execute(&mut cluster.dba, "SET synchronous_commit = remote_apply");
    cluster.change();
    cluster.done.push("level again".to_owned());
    let mut worker = cluster.nodes[1].admin();
    support::company::wait_until("a heartbeat", || {
        count(
            &mut worker,
            "SELECT count(*) FROM sharing.last_heartbeat WHERE beat_at > now() - interval '2 s'",
        ) == 1
    });
    cluster.compare();
}

#[test]
fn nothing_opens_by_citus() {
    let server = fresh_database("citus_attacks");
    let Some(mut cluster) = Cluster::start(&server, 12, plain()) else {
        return skip("Citus is not installed");
    };
    let table = cluster.distributed();
    let dba = &mut cluster.dba;
    execute(
        dba,
        "CREATE TABLE kinds (k int PRIMARY KEY); SELECT create_reference_table('kinds');
         CREATE TABLE plain (id int PRIMARY KEY, owner int, k int); INSERT INTO plain VALUES (1, 1, 1);
         CREATE TABLE permissive (id int PRIMARY KEY, owner int, k int); CREATE POLICY own ON permissive USING (true);
         CREATE TABLE detail (id int PRIMARY KEY, parent int); 
         SET synchronous_commit = local; SET client_min_messages = error;
         SELECT sharing.protect('plain', 'owner'), sharing.protect('permissive', 'owner');
         SELECT sharing.protect('detail', controlled_by => 'plain', via => 'parent')",
    );
    for conversion in [
        "ALTER TABLE plain ADD FOREIGN KEY (k) REFERENCES kinds",
        "SELECT citus_add_local_table_to_metadata('plain')",
        "ALTER TABLE permissive ADD FOREIGN KEY (k) REFERENCES kinds",
        "SELECT citus_add_local_table_to_metadata('permissive')",
        "ALTER TABLE detail ADD FOREIGN KEY (parent) REFERENCES kinds",
        "SET citus.enable_unsafe_triggers = on; SELECT create_distributed_table('plain', 'id')",
        "SELECT create_distributed_table('detail', 'id')",
        "SET citus.enable_unsafe_triggers = on; SELECT create_reference_table('permissive')",
        &format!("SELECT undistribute_table('{table}')"),
        &format!(
            "SELECT alter_distributed_table('{table}', shard_count => 3, cascade_to_colocated => false)"
        ),
        &format!("CREATE POLICY own ON {table} USING (true)"),
        &format!("CREATE POLICY own ON {table} AS RESTRICTIVE USING (true)"),
        // Shards that are made later would have it.
        &format!(
            "SET citus.enable_ddl_propagation = off; CREATE POLICY own ON {table} USING (true)"
        ),
        &format!("SELECT sharing.relate('{table}', 'first', 'plain')"),
        &format!("SELECT sharing.relate('plain', 'k', '{table}')"),
    ] {
        let before = "SELECT count(*) FROM pg_dist_partition WHERE logicalrelid IN ('plain'::regclass, 'permissive'::regclass, 'detail'::regclass)";
        let code = refused(dba, conversion);
        // Citus refuses some by itself: triggers, and a table that the policies name and its workers do not have.
        assert!(
            ["0A000", "42P01", "XX000"].contains(&code.as_str()),
            "{conversion}: {code}"
        );
        assert_eq!(count(dba, before), 0, "{conversion}");
        execute(
            dba,
            "RESET citus.enable_unsafe_triggers; RESET citus.enable_ddl_propagation",
        );
    }
    // A worker is told, and decides as the coordinator does.
    let mut worker = cluster.nodes[1].admin();
    let shard: String = worker
        .query_one(
            &format!("SELECT shard_name FROM citus_shards WHERE table_name = '{table}'::regclass AND nodeport = current_setting('port')::int LIMIT 1"),
            &[],
        )
        .expect("a shard")
        .get(0);
    for change in [
        &format!("CREATE POLICY own ON {shard} USING (true)"),
        &format!("ALTER POLICY sharing_select ON {shard} USING (true)"),
        &"SELECT sharing.create_user('new', 'new')".to_owned(),
        &"DELETE FROM sharing.users".to_owned(),
        &format!("SELECT sharing.rewrite_policies('{table}')"),
        &format!("CREATE POLICY own ON {table} USING (true)"),
    ] {
        let code = refused(&mut worker, change);
        assert!(
            ["55000", "0A000", "XX000"].contains(&code.as_str()),
            "{change}: {code}"
        );
    }
    // Whoever takes on the trusted role does not become anybody by it.
    execute(
        dba,
        &format!(
            "CREATE ROLE mallory LOGIN; GRANT app TO mallory; GRANT SELECT ON {table} TO mallory;
             CREATE FUNCTION trap() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN (SELECT count(*) FROM {table}); END';
             ALTER FUNCTION trap() OWNER TO app"
        ),
    );
    let told = "SELECT count(*) FROM sharing.doctor() WHERE check_name = 'shards' AND (object = 'role mallory' OR object = 'function public.trap()')";
    assert_eq!(count(dba, told), 2);
    let admin = cluster.world.users.iter().max_by_key(|user| {
        let all = cluster.world.modules.iter();
        all.map(|module| {
            records_allowing(&cluster.world, &user.key, &module.name, Action::Read).len()
        })
        .sum::<usize>()
    });
    let key = literal(&admin.expect("a user").key);
    let mut mallory = cluster.nodes[0].connect("crm", "mallory");
    let naming = format!(
        "BEGIN; SET LOCAL citus.propagate_set_commands = 'local'; SET LOCAL sharing.user_key = {key}"
    );
    execute(&mut mallory, &naming);
    assert_eq!(
        count(&mut mallory, &format!("SELECT count(*) FROM {table}")),
        0,
        "not trusted"
    );
    execute(&mut mallory, "ROLLBACK");
    for attack in [
        format!("{naming}; SET LOCAL ROLE app; SELECT * FROM {table}"),
        format!("SET ROLE app; {naming}; SELECT * FROM {table}"),
        format!("RESET ROLE; {naming}; SELECT trap()"),
        format!("RESET ROLE; {naming}; SET LOCAL ROLE app; UPDATE {table} SET note = ''"),
        format!(
            "RESET ROLE; {naming}; SET LOCAL ROLE app; WITH a AS MATERIALIZED (SELECT * FROM {table} LIMIT 1) SELECT count(*) FROM a"
        ),
    ] {
        assert_eq!(refused(&mut mallory, &attack), "0A000", "{attack}");
    }
    // A setting that lasts reaches nobody outside of a transaction, and is told of.
    let app = &mut cluster.app;
    execute(app, &format!("SET sharing.user_key = {key}"));
    assert_eq!(refused(app, &format!("SELECT * FROM {table}")), "0A000");
    execute(app, "RESET sharing.user_key");
    assert_eq!(refused(app, &format!("SELECT * FROM {table}")), "0A000");
    // Whoever is named last counts, however they were named, and what a savepoint gave back.
    let seen = |app: &mut Client| count(app, &format!("SELECT count(*) FROM {table}"));
    execute(
        app,
        &format!(
            "BEGIN; SET LOCAL citus.propagate_set_commands = 'local'; SET LOCAL sharing.user_key = {key}"
        ),
    );
    let all = seen(app);
    assert!(all > 0);
    execute(app, "SELECT set_config('sharing.user_key', '', true)");
    assert_eq!(seen(app), 0, "nobody");
    execute(
        app,
        &format!("SAVEPOINT a; SET LOCAL sharing.user_key = {key}"),
    );
    assert_eq!(seen(app), all);
    execute(app, "ROLLBACK TO a");
    assert_eq!(seen(app), 0, "what held before the savepoint");
    execute(
        app,
        &format!("SELECT set_config('sharing.user_key', {key}, true)"),
    );
    assert_eq!(seen(app), all);
    execute(app, "COMMIT; BEGIN");
    assert_eq!(seen(app), 0, "the transaction is over");
    execute(app, "COMMIT");
    // Rows that Citus copies into shards of this very server are judged, too.
    execute(
        dba,
        "CREATE TABLE here (id int PRIMARY KEY, owner text); SELECT citus_add_local_table_to_metadata('here');
         GRANT ALL ON here TO app; SELECT sharing.protect('here', 'owner'); SELECT sharing.create_user('solo', 'solo')",
    );
    let insert = |owner: &str| {
        format!(
            "BEGIN; SET LOCAL sharing.user_key = 'solo'; INSERT INTO here SELECT n, {owner} FROM generate_series(1, 3) n"
        )
    };
    assert_eq!(refused(app, &insert("'somebody else'")), "42501");
    execute(app, &insert("'solo'"));
    execute(app, "ROLLBACK");
    let mut copy = |owner: &str| {
        use std::io::Write;
        let mut transaction = app.transaction().expect("BEGIN");
        let named = transaction.batch_execute("SET LOCAL sharing.user_key = 'solo'");
        named.expect("SET LOCAL");
        let mut writer = transaction.copy_in("COPY here FROM STDIN").expect("COPY");
        writeln!(writer, "1\t{owner}").expect("a row");
        writer.finish()
    };
    assert!(copy("somebody else").is_err());
    assert_eq!(copy("solo").expect("one's own"), 1);
}
