//! Partitioned tables of Citus, where it is installed, while partitions come and go: whoever reads beside sees no more at
//! any moment, nor at a worker that has heard of nothing, and everybody what a plain query of a twin says; what would
//! open a partition is refused.

mod support;

#[path = "support/partitions.rs"]
mod partitions;

use partitions::{Cluster, EVENTS, USERS, fill, seen};
use postgres::Client;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use support::citus::{Node, count, execute, hint, refused};
use support::company::wait_until;
use support::skip;

/// DDL beside queries at workers: Citus ends it where they lock partitions and their table the other way round.
fn changed(client: &mut Client, sql: &str) {
    for _ in 0..20 {
        let Err(error) = client.batch_execute(sql) else {
            return;
        };
        let code = error.as_db_error().expect("an error of the server").code();
        assert_eq!(code.code(), "40P01", "{sql}: {error:?}");
    }
    panic!("20 deadlocks: {sql}");
}

/// Sessions that go on reading, as somebody who is nobody, whatever tables begin with a name: at the coordinator, and
/// shards at the workers.
struct Readers {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<usize>>,
}

impl Readers {
    fn start(nodes: &[Node], name: &'static str) -> Readers {
        let stop = Arc::new(AtomicBool::new(false));
        let threads = nodes.iter().map(|node| {
            let (stop, mut reader) = (stop.clone(), node.connect("crm", "reader"));
            execute(&mut reader, "SET citus.override_table_visibility = off");
            let tables = format!(
                "SELECT oid::regclass::text FROM pg_class WHERE relname ~ '^{name}' AND relkind IN ('r', 'p')"
            );
            std::thread::spawn(move || {
                let mut read = 0;
                while !stop.load(Ordering::Relaxed) {
                    for row in reader.query(&tables, &[]).unwrap_or_default() {
                        let table: String = row.get(0);
                        // One that has gone meanwhile is an error.
                        let sql = format!("SELECT count(*) FROM {table}");
                        if let Ok(row) = reader.query_one(&sql, &[]) {
                            assert_eq!(row.get::<_, i64>(0), 0, "{table} is open");
                            read += 1;
                        }
                    }
                }
                read
            })
        });
        let threads = threads.collect();
        Readers { stop, threads }
    }

    fn end(self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads {
            assert!(thread.join().expect("a reader") > 0, "a reader read");
        }
    }
}

fn events(cluster: &mut Cluster) {
    for sql in EVENTS {
        execute(&mut cluster.owner, sql);
    }
    let dba = &mut cluster.dba;
    execute(
        dba,
        "CREATE TABLE events_twin (deal int, id int, made date, owner text); CREATE TABLE kinds_twin (id int, kind text, owner text);
         INSERT INTO kinds_twin SELECT n, (ARRAY['a', 'b', 'c'])[1 + n % 3], (ARRAY['ann', 'bob', 'sue', 'none'])[1 + n % 4] FROM generate_series(1, 60) n",
    );
    execute(dba, "INSERT INTO kinds SELECT * FROM kinds_twin");
    fill(dba, "events", 1, 60, "2025-01-01", 58);
    execute(
        dba,
        "SELECT sharing.protect('events', 'owner'); SELECT sharing.protect('kinds', 'owner', follows => 'events');
         SELECT sharing.add_rule('events', 'role:Rep', 'role:Support', 'read_only'); SELECT sharing.apply_rules()",
    );
}

#[test]
fn partitions_are_never_open() {
    let Some(mut cluster) = Cluster::start("citus_partition_changes") else {
        return skip("Citus is not installed");
    };
    events(&mut cluster);
    cluster.compare("events", "events_twin", "protected");
    cluster.compare("kinds", "kinds_twin", "protected");
    let jan = "(SELECT * FROM events_twin WHERE made < '2025-02-01') t";
    cluster.compare("events_jan", jan, "a partition");

    let readers = Readers::start(&cluster.nodes, "events_[^t]");
    changed(
        &mut cluster.owner,
        "SELECT create_time_partitions('events', '1 month', '2025-07-01', '2025-03-01')",
    );
    fill(&mut cluster.dba, "events", 61, 120, "2025-03-01", 110);
    cluster.compare("events", "events_twin", "months");
    changed(
        &mut cluster.owner,
        "CREATE TABLE older (deal int, id int, made date NOT NULL, owner text, note text, PRIMARY KEY (deal, id, made))",
    );
    fill(&mut cluster.dba, "older", 121, 150, "2024-01-01", 300);
    changed(
        &mut cluster.owner,
        "ALTER TABLE events ATTACH PARTITION older FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')",
    );
    cluster.heard();
    changed(
        &mut cluster.owner,
        "ALTER TABLE older RENAME TO events_older",
    );
    cluster.compare("events", "events_twin", "attached");
    for (sql, gone) in [
        (
            "ALTER TABLE events DETACH PARTITION events_feb",
            "made >= '2025-02-01' AND made < '2025-03-01'",
        ),
        (
            "DROP TABLE events_jan",
            "made >= '2025-01-01' AND made < '2025-02-01'",
        ),
        (
            "CALL drop_old_time_partitions('events', '2025-01-01')",
            "made < '2025-01-01'",
        ),
    ] {
        cluster.heard();
        changed(&mut cluster.owner, sql);
        if sql.contains("DETACH") {
            let feb = format!("(SELECT * FROM events_twin WHERE {gone}) t");
            cluster.compare("events_feb", &feb, sql);
        }
        execute(
            &mut cluster.dba,
            &format!("DELETE FROM events_twin WHERE {gone}"),
        );
        cluster.compare("events", "events_twin", sql);
    }
    changed(
        &mut cluster.owner,
        "CREATE TABLE kinds_c (id int, kind text NOT NULL, owner text, PRIMARY KEY (id, kind)); SELECT create_distributed_table('kinds_c', 'id', colocate_with => 'kinds')",
    );
    execute(
        &mut cluster.dba,
        "DELETE FROM kinds WHERE kind = 'c'; DELETE FROM kinds_twin WHERE kind = 'c'",
    );
    changed(
        &mut cluster.owner,
        "ALTER TABLE kinds ATTACH PARTITION kinds_c FOR VALUES IN ('c')",
    );
    execute(
        &mut cluster.dba,
        "INSERT INTO kinds SELECT n, 'c', 'bob' FROM generate_series(100, 120) n; INSERT INTO kinds_twin SELECT n, 'c', 'bob' FROM generate_series(100, 120) n",
    );
    cluster.compare("kinds", "kinds_twin", "a partition for a value");

    // Workers that hear of nothing know the table, and judge its new partitions by that.
    cluster.subscriptions("DISABLE");
    changed(
        &mut cluster.owner,
        "CREATE TABLE events_late PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
    );
    fill(&mut cluster.dba, "events", 200, 260, "2026-01-01", 300);
    cluster.compare("events", "events_twin", "unheard of");
    for node in &cluster.nodes {
        becomes_nobody_else(node, "events_late");
    }
    // A table of which they know nothing shows nothing.
    changed(&mut cluster.owner,
        "CREATE TABLE events_unknown (id int, owner text) PARTITION BY RANGE (id);
         CREATE TABLE events_unknown_1 PARTITION OF events_unknown DEFAULT; SELECT create_distributed_table('events_unknown', 'id')",
    );
    execute(
        &mut cluster.dba,
        "SELECT sharing.protect('events_unknown', 'owner')",
    );
    execute(
        &mut cluster.dba,
        "INSERT INTO events_unknown SELECT n, 'bob' FROM generate_series(1, 20) n",
    );
    for user in USERS {
        let seen = seen(&mut cluster.app, user, "SELECT id FROM events_unknown").expect("rows");
        assert!(seen.is_empty(), "{user}");
    }
    cluster.subscriptions("ENABLE");
    readers.end();
    cluster.compare("events", "events_twin", "heard of");
    let app = &mut cluster.app;
    wait_until("an unknown table", || {
        seen(app, "bob", "SELECT id FROM events_unknown_1")
            .expect("rows")
            .len()
            == 20
    });
    execute(&mut cluster.dba, "SET synchronous_commit = remote_apply");
    execute(&mut cluster.dba, "SELECT sharing.deactivate_user('sue')");
    assert!(
        seen(&mut cluster.app, "sue", "SELECT id FROM events_late")
            .expect("rows")
            .is_empty()
    );
    opened_by_nothing(&mut cluster);
}

/// Whoever takes on the trusted role does not become anybody by it, also where a partition is not known yet.
fn becomes_nobody_else(node: &Node, partition: &str) {
    let mut admin = node.admin();
    if count(
        &mut admin,
        "SELECT count(*) FROM pg_roles WHERE rolname = 'mallory'",
    ) == 0
    {
        execute(
            &mut admin,
            "CREATE ROLE mallory LOGIN; GRANT app TO mallory",
        );
    }
    let mut mallory = node.connect("crm", "mallory");
    let attack = format!(
        "BEGIN; SET LOCAL ROLE app; SET LOCAL sharing.user_key = 'ann'; SELECT * FROM {partition}"
    );
    assert_eq!(refused(&mut mallory, &attack), "0A000", "{attack}");
}

/// What would open a partition, or what is protected with it, is refused, and nothing of it stays.
fn opened_by_nothing(cluster: &mut Cluster) {
    let owner = &mut cluster.owner;
    execute(
        owner,
        "CREATE TABLE plain (id int PRIMARY KEY, owner text); CREATE TABLE heirs (id int PRIMARY KEY, owner text);
         CREATE TABLE local (id int PRIMARY KEY, owner text) PARTITION BY RANGE (id);
         CREATE TABLE local_2 (id int PRIMARY KEY, owner text)",
    );
    for sql in [
        "SELECT create_distributed_table('plain', 'id')",
        "SELECT citus_add_local_table_to_metadata('local')",
        "SET citus.enable_ddl_propagation = off",
        "ALTER TABLE heirs INHERIT plain",
    ] {
        execute(owner, sql);
    }
    let protect = "SELECT sharing.protect('plain', 'owner')";
    assert_eq!(refused(&mut cluster.dba, protect), "0A000");
    execute(&mut cluster.dba, "SELECT sharing.protect('local', 'owner')");
    let owner = &mut cluster.owner;
    execute(owner, "ALTER TABLE heirs NO INHERIT plain");
    execute(&mut cluster.dba, protect);
    assert_eq!(refused(owner, "ALTER TABLE heirs INHERIT plain"), "0A000");
    execute(owner, "RESET citus.enable_ddl_propagation");
    // Whoever attaches a table distributes it, over connections of their own.
    execute(
        &mut cluster.owner,
        "CREATE TABLE other (deal int, id int, made date NOT NULL, owner text, note text, PRIMARY KEY (deal, id, made))",
    );
    let attach = "ALTER TABLE events ATTACH PARTITION other FOR VALUES FROM ('2022-01-01') TO ('2023-01-01')";
    assert_eq!(refused(&mut cluster.dba, attach), "0A000");
    let owner = &mut cluster.owner;
    execute(owner, attach);
    execute(
        owner,
        "CREATE TABLE own (deal int, id int, made date NOT NULL, owner text, note text, PRIMARY KEY (deal, id, made));
         CREATE POLICY own ON own USING (true);
         CREATE TABLE open (id int, owner text) PARTITION BY RANGE (id); CREATE TABLE open_1 PARTITION OF open DEFAULT;
         CREATE POLICY own ON open_1 USING (true); SELECT create_distributed_table('open', 'id')",
    );
    for (sql, code) in [
        (
            "ALTER TABLE events ATTACH PARTITION own FOR VALUES FROM ('2023-01-01') TO ('2024-01-01')",
            "0A000",
        ),
        ("CREATE POLICY own ON events_late USING (true)", "0A000"),
        ("CREATE POLICY own ON events_feb USING (true)", "0A000"),
        (
            "SELECT alter_distributed_table('events', shard_count => 3, cascade_to_colocated => false)",
            "0A000",
        ),
        ("SELECT undistribute_table('events')", "0A000"),
        (
            "SELECT alter_table_set_access_method('events_late', 'columnar')",
            "0A000",
        ),
    ] {
        assert_eq!(refused(owner, sql), code, "{sql}");
    }
    let create = "CREATE TABLE local_1 PARTITION OF local FOR VALUES FROM (1) TO (10)";
    let error = owner.batch_execute(create).expect_err(create);
    let error = error.as_db_error().and_then(|error| error.hint());
    assert!(error.is_some_and(|hint| hint.contains("ATTACH PARTITION")));
    // Nor where it looks like a restore.
    execute(
        owner,
        "SET row_security = off; SELECT set_config('search_path', '', false)",
    );
    let attach = "ALTER TABLE public.events ATTACH PARTITION public.own FOR VALUES FROM ('2023-01-01') TO ('2024-01-01')";
    assert_eq!(refused(owner, attach), "0A000");
    execute(owner, "RESET ALL");
    let whole = "SELECT alter_table_set_access_method('events_late', 'columnar')";
    let error = cluster.dba.batch_execute(whole).expect_err(whole);
    let error = error.as_db_error().and_then(|error| error.hint());
    assert!(error.is_some_and(|hint| hint.contains("events_feb") && !hint.contains("unprotect")));
    execute(owner, "DROP TABLE events_feb");
    assert!(
        hint(&mut cluster.dba, whole).contains("sharing.unprotect('public.events')"),
        "{whole}"
    );
    execute(
        owner,
        "ALTER TABLE local ATTACH PARTITION local_2 FOR VALUES FROM (10) TO (20)",
    );
    execute(
        &mut cluster.dba,
        "INSERT INTO local VALUES (11, 'bob'), (12, 'ann')",
    );
    for (user, expected) in [("bob", vec![11]), ("ann", vec![11, 12]), ("nobody", vec![])] {
        for table in ["local", "local_2"] {
            let seen =
                seen(&mut cluster.app, user, &format!("SELECT id FROM {table}")).expect("rows");
            assert_eq!(seen, expected.iter().copied().collect(), "{user}: {table}");
        }
    }
    assert_eq!(
        refused(&mut cluster.dba, "SELECT sharing.protect('open', 'owner')"),
        "0A000"
    );
    assert_eq!(
        count(
            &mut cluster.dba,
            "SELECT count(*) FROM pg_inherits WHERE inhrelid = 'own'::regclass"
        ),
        0
    );
    assert_eq!(
        count(
            &mut cluster.dba,
            "SELECT count(*) FROM sharing.doctor() WHERE check_name IN ('trigger', 'trigger_off', 'policy')"
        ),
        0
    );
    for node in &cluster.nodes[1..] {
        let mut worker = node.admin();
        for sql in [
            "ALTER TABLE events DETACH PARTITION events_late",
            "CREATE TABLE more PARTITION OF events FOR VALUES FROM ('2030-01-01') TO ('2031-01-01')",
            "CREATE POLICY own ON events_late USING (true)",
        ] {
            let _ = refused(&mut worker, sql);
        }
    }
}
