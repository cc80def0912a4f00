//! Partitioned tables of Citus, where it is installed, while partitions come and go: whoever reads beside sees no more at
//! any moment, nor at a worker that has heard of nothing; what a plain query of a twin says holds for parents, details
//! and related children in partitions, and after every conversion; and what would open a partition is refused.

mod support;

use postgres::Client;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use support::citus::{Node, count, execute, hint, refused, run_in_time, start};
use support::company::wait_until;
use support::{fresh_database, skip};

/// Bob reports to Ann, and by a rule Sue reads what is Bob's.
const COMPANY: &str = "SELECT sharing.create_role('Manager'), sharing.create_role('Rep', 'Manager'), sharing.create_role('Support');
     SELECT sharing.create_user('ann', 'Ann', 'Manager'), sharing.create_user('bob', 'Bob', 'Rep'), sharing.create_user('sue', 'Sue', 'Support')";

const USERS: [&str; 4] = ["ann", "bob", "sue", "nobody"];

/// By a query of rows that nobody protects.
fn expected(dba: &mut Client, user: &str, twin: &str) -> BTreeSet<i32> {
    let owners = match user {
        "ann" => "'ann', 'bob'",
        "bob" => "'bob'",
        "sue" => "'sue', 'bob'",
        _ => "NULL",
    };
    let sql = format!("SELECT id FROM {twin} WHERE owner IN ({owners})");
    let rows = dba.query(&sql, &[]).expect(&sql);
    rows.iter().map(|row| row.get(0)).collect()
}

fn seen(app: &mut Client, user: &str, sql: &str) -> Result<BTreeSet<i32>, postgres::Error> {
    let mut transaction = app.transaction()?;
    transaction.batch_execute(&format!("SET LOCAL sharing.user_key = '{user}'"))?;
    let rows = transaction.query(sql, &[])?;
    transaction.commit()?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

struct Cluster {
    nodes: Vec<Node>,
    dba: Client,
    owner: Client,
    app: Client,
}

impl Cluster {
    fn start(name: &str) -> Option<Cluster> {
        let nodes = start(&fresh_database(name))?;
        let mut dba = nodes[0].admin();
        for sql in [
            "CREATE ROLE crm_owner LOGIN; GRANT CREATE ON SCHEMA public TO crm_owner; CREATE ROLE reader LOGIN",
            "ALTER DEFAULT PRIVILEGES FOR ROLE crm_owner GRANT ALL ON TABLES TO app",
            "ALTER DEFAULT PRIVILEGES FOR ROLE crm_owner GRANT SELECT ON TABLES TO reader",
            COMPANY,
            "ALTER DATABASE crm SET synchronous_commit = local",
        ] {
            execute(&mut dba, sql);
        }
        for (n, worker) in nodes[1..].iter().enumerate() {
            worker.subscribe(&nodes[0], &format!("worker_{n}"));
        }
        nodes[0].waits_for("worker_0, worker_1", 2);
        dba = nodes[0].admin();
        let owner = nodes[0].connect("crm", "crm_owner");
        let app = nodes[0].connect("crm", "app");
        Some(Cluster {
            nodes,
            dba,
            owner,
            app,
        })
    }

    /// What everybody sees of a table is what a twin says, at the latest once the workers know of the table.
    fn compare(&mut self, table: &str, twin: &str, when: &str) {
        for user in USERS {
            let expected = expected(&mut self.dba, user, twin);
            let sql = format!("SELECT id FROM {table}");
            let app = &mut self.app;
            wait_until(&format!("{when}: {sql} as {user}"), || {
                let seen = seen(app, user, &sql).expect(&sql);
                assert!(seen.is_subset(&expected), "{when}: {sql} as {user}");
                seen == expected
            });
        }
    }

    fn subscriptions(&self, state: &str) {
        for (n, node) in self.nodes[1..].iter().enumerate() {
            execute(
                &mut node.admin(),
                &format!("ALTER SUBSCRIPTION worker_{n} {state}"),
            );
        }
    }
}

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

const EVENTS: [&str; 6] = [
    "CREATE TABLE events (deal int, id int, made date, owner text, note text, PRIMARY KEY (deal, id, made)) PARTITION BY RANGE (made)",
    "CREATE TABLE events_jan PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2025-02-01')",
    "CREATE TABLE events_feb PARTITION OF events FOR VALUES FROM ('2025-02-01') TO ('2025-03-01')",
    "SELECT create_distributed_table('events', 'deal')",
    "CREATE TABLE kinds (id int, kind text, owner text, PRIMARY KEY (id, kind)) PARTITION BY LIST (kind);
     CREATE TABLE kinds_a PARTITION OF kinds FOR VALUES IN ('a', 'b'); CREATE TABLE kinds_rest PARTITION OF kinds DEFAULT",
    "SELECT create_distributed_table('kinds', 'id')",
];

/// Rows of a twin that nobody protects, and the same in a table.
fn fill(dba: &mut Client, table: &str, from: i32, to: i32, first: &str, days: i32) {
    let rows = format!(
        "SELECT n % 7, n, DATE '{first}' + n % {days}, (ARRAY['ann', 'bob', 'sue', 'none'])[1 + n % 4] FROM generate_series({from}, {to}) n"
    );
    execute(
        dba,
        &format!(
            "INSERT INTO {table} (deal, id, made, owner) {rows}; INSERT INTO events_twin {rows}"
        ),
    );
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
        (
            "CREATE TABLE local_1 PARTITION OF local FOR VALUES FROM (1) TO (10)",
            "0A000",
        ),
    ] {
        assert_eq!(refused(owner, sql), code, "{sql}");
    }
    // Nor where it looks like a restore.
    execute(owner, "SET row_security = off; SET search_path = ''");
    let attach = "ALTER TABLE public.events ATTACH PARTITION public.own FOR VALUES FROM ('2023-01-01') TO ('2024-01-01')";
    assert_eq!(refused(owner, attach), "0A000");
    execute(owner, "RESET ALL");
    let whole = "SELECT alter_table_set_access_method('events_late', 'columnar')";
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

#[test]
fn partitioned_tables_become_others_and_stay_protected() {
    let Some(mut cluster) = Cluster::start("citus_partition_conversions") else {
        return skip("Citus is not installed");
    };
    for sql in &EVENTS[..3] {
        execute(&mut cluster.owner, sql);
    }
    execute(
        &mut cluster.dba,
        "CREATE TABLE events_twin (deal int, id int, made date, owner text)",
    );
    fill(&mut cluster.dba, "events", 1, 60, "2025-01-01", 58);
    execute(
        &mut cluster.dba,
        "SELECT sharing.protect('events', 'owner'); SELECT sharing.add_rule('events', 'role:Rep', 'role:Support', 'read_only');
         SELECT sharing.apply_rules()",
    );
    cluster.compare("events", "events_twin", "one server");
    let mut month = 3;
    for conversion in [
        "SELECT create_distributed_table('events', 'deal')",
        "SELECT alter_distributed_table('events', shard_count => 6)",
        "SELECT undistribute_table('events')",
        "SELECT create_distributed_table('events', 'deal', colocate_with => 'none')",
    ] {
        let steps = hint(&mut cluster.dba, conversion);
        run_in_time(&cluster.nodes[0], "postgres", steps);
        if conversion.contains("undistribute") {
            // Workers stop at a protected table that they do not have.
            continue;
        }
        cluster.compare("events", "events_twin", conversion);
        cluster.compare(
            "events_jan",
            "(SELECT * FROM events_twin WHERE made < '2025-02-01') t",
            conversion,
        );
        let (first, next) = (
            format!("2025-{month:02}-01"),
            format!("2025-{:02}-01", month + 1),
        );
        let partition = format!("events_{month}");
        execute(
            &mut cluster.owner,
            &format!(
                "CREATE TABLE {partition} PARTITION OF events FOR VALUES FROM ('{first}') TO ('{next}')"
            ),
        );
        fill(
            &mut cluster.dba,
            "events",
            month * 100,
            month * 100 + 30,
            &first,
            28,
        );
        cluster.compare("events", "events_twin", &partition);
        month += 1;
    }
}

/// Parents whose key is what they are partitioned and distributed by; related children and details by months.
const CHILDREN: [&str; 14] = [
    "CREATE TABLE parents (id int PRIMARY KEY, owner text) PARTITION BY RANGE (id)",
    "CREATE TABLE parents_1 PARTITION OF parents FOR VALUES FROM (1) TO (30); CREATE TABLE parents_2 PARTITION OF parents FOR VALUES FROM (30) TO (60)",
    "CREATE TABLE children (parent int, id int, made date, owner text, PRIMARY KEY (parent, id, made)) PARTITION BY RANGE (made)",
    "CREATE TABLE children_1 PARTITION OF children FOR VALUES FROM ('2025-01-01') TO ('2025-02-01')",
    "CREATE TABLE lines (parent int, id int, kind text, PRIMARY KEY (parent, id, kind)) PARTITION BY LIST (kind)",
    "CREATE TABLE lines_a PARTITION OF lines FOR VALUES IN ('a')",
    "CREATE TABLE apart (id int, parent int, owner text, PRIMARY KEY (id)) PARTITION BY RANGE (id); CREATE TABLE apart_1 PARTITION OF apart DEFAULT",
    "SELECT create_distributed_table('parents', 'id')",
    "SELECT create_distributed_table('children', 'parent', colocate_with => 'parents')",
    "SELECT create_distributed_table('lines', 'parent', colocate_with => 'parents')",
    "SELECT create_distributed_table('apart', 'id', colocate_with => 'parents')",
    "CREATE TABLE parents_3 PARTITION OF parents FOR VALUES FROM (60) TO (100)",
    "CREATE TABLE children_2 PARTITION OF children FOR VALUES FROM ('2025-02-01') TO ('2025-04-01')",
    "CREATE TABLE lines_b PARTITION OF lines DEFAULT",
];

#[test]
fn children_in_partitions_go_by_parents_in_partitions() {
    let Some(mut cluster) = Cluster::start("citus_partition_children") else {
        return skip("Citus is not installed");
    };
    for sql in &CHILDREN[..11] {
        execute(&mut cluster.owner, sql);
    }
    for sql in [
        "SELECT sharing.protect('parents', 'owner')",
        "SELECT sharing.protect('children', 'owner')",
        "SELECT sharing.protect('apart', 'owner')",
        "SELECT sharing.protect('lines', controlled_by => 'parents', via => 'parent')",
        "SELECT sharing.relate('children', 'parent', 'parents', with_parent => 'edit')",
        "SELECT sharing.add_rule('parents', 'role:Rep', 'role:Support', 'read_only', related => '{\"children\": \"read_only\"}')",
        "SELECT sharing.apply_rules()",
    ] {
        execute(&mut cluster.dba, sql);
    }
    assert_eq!(
        refused(
            &mut cluster.dba,
            "SELECT sharing.relate('apart', 'parent', 'parents')"
        ),
        "0A000"
    );
    for sql in &CHILDREN[11..] {
        execute(&mut cluster.owner, sql);
    }
    execute(
        &mut cluster.dba,
        "CREATE TABLE parents_twin AS SELECT n AS id, (ARRAY['ann', 'bob', 'sue', 'none'])[1 + n % 4] AS owner FROM generate_series(1, 90) n;
         INSERT INTO parents SELECT * FROM parents_twin;
         INSERT INTO children SELECT n, n, DATE '2025-01-01' + n % 80, 'nobody else' FROM generate_series(1, 90) n;
         INSERT INTO lines SELECT n, n, (ARRAY['a', 'b', 'c'])[1 + n % 3] FROM generate_series(1, 90) n",
    );
    let [first, second] = [1, 2].map(|n| cluster.nodes[n].port);
    for (from, to) in [(first, second), (second, first)] {
        for table in ["parents", "children", "lines"] {
            cluster.compare(table, "parents_twin", &format!("from {from}"));
        }
        cluster.compare(
            "children_2",
            "(SELECT * FROM parents_twin WHERE id % 80 >= 31) t",
            "one partition",
        );
        let shard = count(
            &mut cluster.dba,
            &format!(
                "SELECT min(shardid) FROM citus_shards WHERE table_name = 'parents'::regclass AND nodeport = {from}"
            ),
        );
        execute(
            &mut cluster.dba,
            &format!(
                "SELECT citus_move_shard_placement({shard}, '127.0.0.1', {from}, '127.0.0.1', {to}, 'block_writes')"
            ),
        );
    }
    may_be_changed(&mut cluster.app);
    a_row_passes_its_own_checks(&mut cluster);
}

/// What may be done with a parent's children may be done in every partition, and nothing else.
fn may_be_changed(app: &mut Client) {
    for (user, sql, code) in [
        ("bob", "INSERT INTO lines VALUES (1, 1000, 'a')", None),
        ("bob", "INSERT INTO lines VALUES (5, 1000, 'x')", None),
        ("bob", "INSERT INTO lines_b VALUES (61, 1000, 'x')", None),
        (
            "bob",
            "INSERT INTO lines VALUES (62, 1000, 'x')",
            Some("42501"),
        ),
        (
            "bob",
            "INSERT INTO lines_b VALUES (62, 1000, 'x')",
            Some("42501"),
        ),
        (
            "sue",
            "INSERT INTO lines VALUES (1, 1000, 'a')",
            Some("42501"),
        ),
        (
            "bob",
            "INSERT INTO children VALUES (61, 1000, '2025-03-01', 'x')",
            None,
        ),
        (
            "bob",
            "INSERT INTO children VALUES (62, 1000, '2025-03-01', 'x')",
            Some("42501"),
        ),
        (
            "bob",
            "INSERT INTO parents VALUES (95, 'ann')",
            Some("42501"),
        ),
        (
            "bob",
            "UPDATE parents SET owner = 'sue' WHERE id = 61",
            Some("42501"),
        ),
        (
            "bob",
            "UPDATE parents SET owner = 'ann' WHERE id = 62",
            None,
        ),
    ] {
        execute(
            app,
            &format!("BEGIN; SET LOCAL sharing.user_key = '{user}'"),
        );
        match code {
            None => execute(app, &format!("{sql}; ROLLBACK")),
            Some(code) => assert_eq!(refused(app, sql), code, "{user}: {sql}"),
        }
    }
    // Into whose hands a record is given is asked of every partition.
    for (user, table, ids, code) in [
        ("bob", "parents", "{1}", None),
        ("ann", "parents", "{1,62}", Some("42501")),
        ("ann", "parents", "{1,61}", None),
        ("ann", "parents_1", "{1}", None),
        ("ann", "parents_1", "{2}", Some("42501")),
    ] {
        let sql = format!("SELECT sharing.transfer('{table}', '{ids}', 'user:sue')");
        execute(
            app,
            &format!("BEGIN; SET LOCAL sharing.user_key = '{user}'"),
        );
        match code {
            None => execute(app, &format!("{sql}; ROLLBACK")),
            Some(code) => assert_eq!(refused(app, &sql), code, "{user}: {sql}"),
        }
    }
}

/// What a server is told of a transfer lets the row that is given pass the checks of its partition, and no row of
/// another.
fn a_row_passes_its_own_checks(cluster: &mut Cluster) {
    for sql in [
        "CREATE TABLE opps (id int PRIMARY KEY, owner text, status text) PARTITION BY RANGE (id)",
        "CREATE TABLE opps_1 PARTITION OF opps FOR VALUES FROM (1) TO (100); CREATE TABLE opps_2 PARTITION OF opps DEFAULT",
        "SELECT create_distributed_table('opps', 'id')",
    ] {
        execute(&mut cluster.owner, sql);
    }
    let dba = &mut cluster.dba;
    execute(
        dba,
        "SELECT sharing.protect('opps', 'owner');
         SELECT sharing.add_rule('opps', 'role:Rep', 'role:Support', 'read_edit', criteria => '{\"status\": \"hot\"}'); SELECT sharing.apply_rules()",
    );
    let of_shard = |id: &str| format!("get_shard_id_for_distribution_column('opps', {id})");
    let beside = count(
        dba,
        &format!(
            "SELECT min(n)::bigint FROM generate_series(100, 200) n WHERE {} = {}",
            of_shard("n"),
            of_shard("1")
        ),
    );
    execute(
        dba,
        &format!("INSERT INTO opps VALUES (1, 'sue', 'cold'), ({beside}, 'bob', 'hot')"),
    );
    let module = count(
        dba,
        "SELECT id::bigint FROM sharing.modules WHERE name = 'opps'",
    );
    let app = &mut cluster.app;
    let as_sue = format!(
        "BEGIN; SET LOCAL sharing.user_key = 'sue'; SET LOCAL citus.propagate_set_commands = 'local'; SET LOCAL sharing.transfer = '{module} owner bob'"
    );
    wait_until("the rule", || {
        let hot = format!("SELECT id FROM opps WHERE id = {beside}");
        seen(app, "sue", &hot).expect("rows").len() == 1
    });
    for (sql, code) in [
        ("UPDATE opps SET owner = 'bob' WHERE id = 1", None),
        ("UPDATE opps SET status = 'hot' WHERE id > 1", None),
        (
            "UPDATE opps SET status = 'cold' WHERE id > 1",
            Some("42501"),
        ),
        (
            "UPDATE opps SET owner = 'bob', status = 'cold'",
            Some("42501"),
        ),
    ] {
        execute(app, &as_sue);
        match code {
            None => execute(app, &format!("{sql}; ROLLBACK")),
            Some(code) => assert_eq!(refused(app, sql), code, "{sql}"),
        }
    }
}
