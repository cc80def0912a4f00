//! What a session has set, or leaves behind, opens nothing through a coordinator of Citus, where it is installed: DDL
//! that it keeps from the shards, rows that a table had before it was distributed, a commit that should wait for
//! nobody, and what stays in the connection to a worker. And what protect() and the doctor say of the other servers.

mod support;

use postgres::{Client, NoTls};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::citus::{Node, count, execute, refused, start};
use support::company::wait_until;
use support::{fresh_database, skip};

/// Records 1 to 90 belong to users 1 to 3 in turn.
fn started() -> Option<Vec<Node>> {
    let server = fresh_database("citus_settings");
    let nodes = start(&server)?;
    let mut dba = nodes[0].admin();
    for sql in [
        "CREATE ROLE reader LOGIN",
        "CREATE ROLE ben_db LOGIN",
        "CREATE ROLE crm_owner LOGIN",
        "GRANT CREATE ON SCHEMA public TO crm_owner",
        "SELECT sharing.create_user('1', 'Ana'), sharing.create_user('2', 'Ben', db_role => 'ben_db'), sharing.create_user('3', 'Dev')",
        "SET ROLE crm_owner",
        "CREATE TABLE deals (id int PRIMARY KEY, owner int, note text DEFAULT '1')",
        "CREATE TABLE leak (id int PRIMARY KEY, owner int)",
        "INSERT INTO deals SELECT n, 1 + n % 3 FROM generate_series(1, 90) n",
        "SELECT create_distributed_table('deals', 'id')",
        "SELECT create_distributed_table('leak', 'id', colocate_with => 'none')",
        "INSERT INTO leak SELECT n, 1 FROM generate_series(1, 90) n",
        "GRANT ALL ON deals, leak TO app, reader, ben_db",
        "RESET ROLE",
        "SELECT sharing.protect('deals', 'owner')",
    ] {
        execute(&mut dba, sql);
    }
    for (n, worker) in nodes[1..].iter().enumerate() {
        worker.subscribe(&nodes[0], &format!("worker_{n}"));
    }
    nodes[0].waits_for("worker_0, worker_1", 2);
    Some(nodes)
}

#[test]
fn what_a_session_has_set_opens_nothing() {
    let Some(nodes) = started() else {
        return skip("Citus is not installed");
    };
    let mut dba = nodes[0].admin();
    execute(&mut dba, "SET synchronous_commit = remote_apply");
    ddl_that_a_session_keeps_from_shards(&nodes[0], &mut dba);
    rows_of_before(&nodes[0], &mut dba);
    commits_wait_whatever_is_set(&nodes);
    nothing_stays_in_connections(&nodes[0], &mut dba);
    cursors_keep_who_opened_them(&nodes[0]);
    a_merge_into_a_shard_waits(&nodes[1], &mut dba);
    what_is_told(&nodes[0], &mut dba);
    open_shards_are_found(&nodes[1]);
}

fn ddl_that_a_session_keeps_from_shards(coordinator: &Node, dba: &mut Client) {
    let mut reader = coordinator.connect("crm", "reader");
    let leak = "SELECT count(*) FROM leak";
    assert_eq!(count(&mut reader, leak), 90);
    execute(dba, "SET citus.enable_ddl_propagation = off");
    execute(dba, "SELECT sharing.protect('leak', 'owner')");
    assert_eq!(count(&mut reader, leak), 0, "its shards are protected");
    execute(dba, "SELECT sharing.unprotect('leak')");
    assert_eq!(count(&mut reader, leak), 90, "nor are they any more");
    execute(dba, "RESET citus.enable_ddl_propagation");
}

/// What a table keeps at the coordinator of the rows that it had is no record: shards hold those.
fn rows_of_before(coordinator: &Node, dba: &mut Client) {
    execute(
        dba,
        "SELECT sharing.grant_record('deals', '2', 'user:1'), sharing.grant_record('deals', '3', 'user:3')",
    );
    let given = "SELECT count(*) FROM sharing.record_grants";
    assert_eq!(count(dba, given), 2);
    let mut owner = coordinator.connect("crm", "crm_owner");
    execute(
        &mut owner,
        "SELECT truncate_local_data_after_distributing_table('deals')",
    );
    assert_eq!(count(dba, given), 2, "the records are there");
    execute(
        &mut owner,
        "SET citus.enable_ddl_propagation = off; TRUNCATE deals",
    );
    assert_eq!(count(dba, "SELECT count(*) FROM deals"), 90);
    assert_eq!(count(dba, given), 2);
    execute(dba, "SELECT sharing.revoke_record('deals', '3', 'user:3')");
}

/// Whoever gives a record waits for the workers, and is told where that was cancelled.
fn commits_wait_whatever_is_set(nodes: &[Node]) {
    let subscription = |what: &str| {
        let sql = format!("ALTER SUBSCRIPTION worker_0 {what}");
        execute(&mut nodes[1].admin(), &sql);
    };
    subscription("DISABLE");
    let notices = Arc::new(Mutex::new(Vec::new()));
    let heard = notices.clone();
    let mut config = postgres::Config::new();
    config
        .host("127.0.0.1")
        .port(nodes[0].port)
        .user("postgres")
        .dbname("crm")
        .notice_callback(move |notice| {
            let text = notice.message().to_owned();
            heard.lock().expect("a list").push(text);
        });
    let mut client = config.connect(NoTls).expect("a connection");
    let pid = count(&mut client, "SELECT pg_backend_pid()::bigint");
    let gives = std::thread::spawn(move || {
        execute(
            &mut client,
            "BEGIN; SELECT sharing.grant_record('deals', '5', 'user:2'); SET LOCAL synchronous_commit = off; COMMIT",
        );
        client
    });
    std::thread::sleep(Duration::from_secs(2));
    assert!(!gives.is_finished(), "it waits for a worker");
    let mut dba = nodes[0].admin();
    count(
        &mut dba,
        &format!("SELECT pg_cancel_backend({pid}::int)::int::bigint"),
    );
    let mut client = gives.join().expect("a thread");
    let told = |notices: &Mutex<Vec<String>>| {
        let notices = notices.lock().expect("a list");
        notices
            .iter()
            .any(|text| text.contains("may not know yet what this transaction shared"))
    };
    assert!(told(&notices), "{notices:?}");
    subscription("ENABLE");
    notices.lock().expect("a list").clear();
    execute(
        &mut client,
        "SELECT sharing.revoke_record('deals', '5', 'user:2')",
    );
    assert!(!told(&notices), "{notices:?}");
}

/// A worker may have heard of somebody earlier, in the same connection or by its role's settings.
fn nothing_stays_in_connections(coordinator: &Node, dba: &mut Client) {
    let seen = "SELECT count(*) FROM deals";
    let mut app = coordinator.connect("crm", "app");
    // A function in a query of one shard is called where that is.
    execute(
        &mut app,
        "BEGIN; SET LOCAL sharing.user_key = '2'; SELECT set_config('sharing.user_key', '2', false) FROM deals WHERE id = 1; COMMIT",
    );
    assert_eq!(refused(&mut app, seen), "0A000");
    execute(&mut app, "BEGIN");
    assert_eq!(count(&mut app, seen), 0, "nobody");
    execute(&mut app, "COMMIT");
    execute(dba, "ALTER ROLE app SET sharing.user_key = '2'");
    let mut app = coordinator.connect("crm", "app");
    execute(&mut app, "SET sharing.user_key = ''");
    assert_eq!(refused(&mut app, seen), "0A000");
    execute(dba, "ALTER ROLE app RESET sharing.user_key");
    // Functions that Citus calls at a worker.
    execute(
        dba,
        "CREATE PROCEDURE counts(k int) LANGUAGE plpgsql AS 'DECLARE n int; BEGIN SELECT count(*) INTO n FROM deals; RAISE ''% rows'', n; END';
         CREATE FUNCTION counted(k int) RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM deals); END'",
    );
    execute(
        dba,
        "SELECT create_distributed_function('counts(int)', 'k', 'deals')",
    );
    execute(
        dba,
        "SELECT create_distributed_function('counted(int)', 'k', 'deals', force_delegation => true)",
    );
    let mut app = coordinator.connect("crm", "app");
    execute(&mut app, "SET sharing.user_key = '1'");
    for call in ["CALL counts(1)", "SELECT counted(1)"] {
        assert_eq!(refused(&mut app, call), "0A000", "{call}");
    }
}

/// Citus asks the servers of shards when the first row is fetched.
fn cursors_keep_who_opened_them(coordinator: &Node) {
    let mut app = coordinator.connect("crm", "app");
    let opened = "BEGIN; SET LOCAL sharing.user_key = '1'; DECLARE c CURSOR FOR SELECT count(*) FROM deals; SET LOCAL sharing.user_key = '2'; SELECT FROM deals";
    execute(&mut app, opened);
    assert_eq!(refused(&mut app, "FETCH c"), "0A000");
    execute(&mut app, opened);
    execute(&mut app, "SET LOCAL sharing.user_key = '1'");
    assert_eq!(count(&mut app, "FETCH c"), 31);
    execute(&mut app, "COMMIT");
    // What was fetched is there.
    execute(
        &mut app,
        "BEGIN; SET LOCAL sharing.user_key = '1'; DECLARE c CURSOR FOR SELECT id::bigint FROM deals ORDER BY id",
    );
    assert_eq!(count(&mut app, "FETCH c"), 2);
    execute(&mut app, "SET LOCAL sharing.user_key = '2'");
    assert_eq!(count(&mut app, "FETCH c"), 3);
    execute(&mut app, "COMMIT");
    // One that outlives its transaction is read when that ends.
    let held = "BEGIN; SET LOCAL sharing.user_key = '1'; DECLARE h CURSOR WITH HOLD FOR SELECT count(*) FROM deals";
    execute(&mut app, &format!("{held}; COMMIT"));
    assert_eq!(count(&mut app, "FETCH h"), 31);
    execute(&mut app, "CLOSE h");
    assert_eq!(
        refused(
            &mut app,
            &format!("{held}; SET LOCAL sharing.user_key = '2'; SELECT FROM deals; COMMIT")
        ),
        "0A000"
    );
}

/// At a worker itself: the record gets a secret while the right to it is taken away, and no condition is told of it.
fn a_merge_into_a_shard_waits(worker: &Node, dba: &mut Client) {
    let mut writer = worker.admin();
    let table: String = writer
        .query_one("SELECT shard_name FROM citus_shards WHERE table_name = 'deals'::regclass AND nodeport = current_setting('port')::int LIMIT 1", &[])
        .expect("a shard")
        .get(0);
    let manual = "SET citus.enable_manual_changes_to_shards = on";
    execute(&mut writer, manual);
    let id = count(
        &mut writer,
        &format!("SELECT id::bigint FROM {table} WHERE owner = 2 LIMIT 1"),
    );
    execute(
        &mut writer,
        &format!("BEGIN; UPDATE {table} SET note = 'a secret' WHERE id = {id}"),
    );
    let mut ben = worker.connect("crm", "ben_db");
    let merges = std::thread::spawn(move || {
        execute(&mut ben, manual);
        let merge = format!(
            "MERGE INTO {table} d USING (VALUES ({id})) v (id) ON d.id = v.id WHEN MATCHED AND d.note::int > 0 THEN UPDATE SET note = '2'"
        );
        ben.execute(&merge, &[])
    });
    std::thread::sleep(Duration::from_secs(1));
    assert!(!merges.is_finished(), "it waits for the record");
    execute(dba, "SELECT sharing.deactivate_user('2')");
    execute(&mut writer, "COMMIT");
    let merged = merges.join().expect("a thread");
    assert_eq!(merged.expect("no condition was told"), 0);
    execute(dba, "SELECT sharing.activate_user('2')");
}

/// The owner of a table can switch row security off, also of a shard at its server.
fn open_shards_are_found(worker: &Node) {
    let mut dba = worker.admin();
    let table: String = dba
        .query_one("SELECT shard_name FROM citus_shards WHERE table_name = 'deals'::regclass AND nodeport = current_setting('port')::int LIMIT 1", &[])
        .expect("a shard")
        .get(0);
    let found = format!(
        "SELECT count(*) FROM sharing.doctor() WHERE check_name = 'shards' AND severity = 'error' AND object = 'public.{table}'"
    );
    assert_eq!(count(&mut dba, &found), 0);
    for off in ["DISABLE", "NO FORCE"] {
        execute(
            &mut worker.connect("crm", "crm_owner"),
            &format!("ALTER TABLE {table} {off} ROW LEVEL SECURITY"),
        );
        assert_eq!(count(&mut dba, &found), 1, "{off}");
        let fix: String = dba
            .query_one(&found.replace("count(*)", "fix"), &[])
            .expect("a fix")
            .get(0);
        execute(&mut dba, &fix);
        assert_eq!(count(&mut dba, &found), 0, "{fix}");
    }
}

fn what_is_told(coordinator: &Node, dba: &mut Client) {
    execute(dba, "CREATE TABLE alone (id int PRIMARY KEY, owner int)");
    let remarks = |dba: &mut Client, table: &str| {
        count(
            dba,
            &format!(
                "SELECT count(*) FROM sharing.protect('{table}', 'owner', dry_run => true) AS remark WHERE remark LIKE '-- % by publication configuration%citus_add_local_table_to_metadata(''public.{table}'')%'"
            ),
        )
    };
    assert_eq!(remarks(dba, "alone"), 1);
    assert_eq!(remarks(dba, "leak"), 0, "the workers have it");
    execute(dba, "ALTER SYSTEM SET sharing.require_token = on");
    execute(dba, "SELECT pg_reload_conf()");
    let found = "SELECT count(*) FROM sharing.doctor() WHERE check_name = 'shards' AND object = 'role app' AND message LIKE 'sharing.require_token %'";
    wait_until("what the settings say", || {
        count(&mut coordinator.admin(), found) == 1
    });
    execute(dba, "ALTER ROLE app SET sharing.require_token = on");
    assert_eq!(count(&mut coordinator.admin(), found), 0);
}

/// Every function by which Citus makes another table is told how before it begins.
#[test]
fn each_conversion_is_refused_by_its_name() {
    let server = fresh_database("citus_each_conversion");
    let Some(nodes) = start(&server) else {
        return skip("Citus is not installed");
    };
    let mut dba = nodes[0].admin();
    for sql in [
        "CREATE TABLE plain (id int PRIMARY KEY, owner int)",
        "CREATE TABLE deals (id int PRIMARY KEY, owner int)",
        "CREATE TABLE people (login text PRIMARY KEY)",
        "SELECT create_distributed_table('deals', 'id')",
        "SET citus.enable_schema_based_sharding = on",
        "CREATE SCHEMA tenant",
        "CREATE TABLE tenant.leads (id int PRIMARY KEY, owner int)",
        "SELECT sharing.protect('plain', 'owner')",
        "SELECT sharing.protect('deals', 'owner')",
        "SELECT sharing.protect('tenant.leads', 'owner')",
        "SELECT sharing.sync_users('people', 'login', 'login')",
    ] {
        execute(&mut dba, sql);
    }
    let mut others = Vec::new();
    for (conversion, tells) in [
        (
            "create_distributed_table('plain', 'id')",
            "plain is protected",
        ),
        (
            "create_distributed_table_concurrently('plain', 'id')",
            "plain is protected",
        ),
        ("create_reference_table('plain')", "plain is protected"),
        (
            "citus_add_local_table_to_metadata('plain')",
            "plain is protected",
        ),
        ("undistribute_table('deals')", "deals is protected"),
        (
            "alter_distributed_table('deals', shard_count => 8)",
            "deals is protected",
        ),
        (
            "alter_table_set_access_method('plain', 'columnar')",
            "plain is protected",
        ),
        ("citus_schema_distribute('public')", "is protected"),
        ("citus_schema_undistribute('tenant')", "leads is protected"),
        ("create_reference_table('people')", "people is a source"),
    ] {
        execute(&mut dba, "SET citus.enable_unsafe_triggers = on");
        let sql = format!("SELECT {conversion}");
        let error = dba.batch_execute(&sql).err();
        let error = error.as_ref().and_then(|error| error.as_db_error());
        let is_told = error.is_some_and(|error| {
            let function = conversion.split('(').next().expect("a name");
            let is_named = tells.ends_with("source")
                || error
                    .message()
                    .contains(&format!("cannot be converted by {function}()"));
            error.code().code() == "0A000" && error.message().contains(tells) && is_named
        });
        if !is_told {
            others.push((conversion, error.map(|error| error.message().to_owned())));
        }
    }
    assert!(others.is_empty(), "{others:#?}");
}
