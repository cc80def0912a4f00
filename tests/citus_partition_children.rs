//! Partitioned tables of Citus, where it is installed: what a plain query of a twin says holds for parents, details and
//! related children in partitions, before and after a shard is moved, and after every conversion.

mod support;

#[path = "support/partitions.rs"]
mod partitions;

use partitions::{Cluster, EVENTS, fill, seen};
use postgres::Client;
use support::citus::{count, execute, hint, refused, run_in_time};
use support::company::wait_until;
use support::skip;

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
    is_counted(&mut cluster);
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
         SELECT sharing.add_rule('opps', 'role:Rep', 'role:Support', 'read_write', criteria => '{\"status\": \"hot\"}'); SELECT sharing.apply_rules()",
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

/// What is counted of all records is counted in every partition.
fn is_counted(cluster: &mut Cluster) {
    let own = "SELECT count(*) FROM parents_twin WHERE owner = 'bob'";
    let dba = &mut cluster.dba;
    let own = count(dba, own);
    let handed_over =
        "SELECT records FROM sharing.transfer_all('user:bob', 'user:ann') AS t (module, records)";
    execute(dba, "BEGIN");
    assert_eq!(count(dba, handed_over), own);
    execute(dba, "ROLLBACK");
    execute(
        dba,
        "SELECT sharing.set_global_access('parents', 'public_read_only')",
    );
    let previewed = "SELECT * FROM sharing.preview_rules() WHERE user_key = 'bob'";
    let rows = dba.query(previewed, &[]).expect(previewed);
    let mut rows = rows.iter().filter(|row| row.get::<_, &str>(0) == "parents");
    let gained: i64 = rows.next().expect("a row of bob's").get(3);
    assert_eq!(gained, 90 - own);
}
