//! Citus makes another table of a protected one, where it is installed: every way of that is refused, with statements
//! in the HINT that do it in one transaction, with rules and all. Meanwhile a session beside sees its own records,
//! waits, or sees nothing, and the commit does not wait for workers that wait for it.

mod support;

use postgres::Client;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;
use support::citus::{Node, count, execute, hint, refused, run_in_time, start};
use support::company::wait_until;
use support::{fresh_database, skip};

const RECORDS: i32 = 300;

/// Who owns a record.
fn owner(id: i32) -> i32 {
    1 + id % 3
}

/// What a user sees: the manager what is theirs and the representative's, support by the rule the same of theirs.
fn visible(user: i32) -> BTreeSet<i32> {
    let of = |owners: &'static [i32]| (1..=RECORDS).filter(move |&id| owners.contains(&owner(id)));
    match user {
        1 => of(&[1, 2]).collect(),
        2 => of(&[2]).collect(),
        _ => of(&[3, 2]).collect(),
    }
}

fn seen(app: &mut Client, table: &str, user: i32) -> Result<BTreeSet<i32>, postgres::Error> {
    let mut transaction = app.transaction()?;
    transaction.batch_execute(&format!("SET LOCAL sharing.user_key = '{user}'"))?;
    let rows = transaction.query(&format!("SELECT id FROM {table}"), &[])?;
    transaction.commit()?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// Sessions that go on reading until they are stopped.
struct Readers {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<usize>>,
}

impl Readers {
    fn start(coordinator: &Node) -> Readers {
        let stop = Arc::new(AtomicBool::new(false));
        let threads = [1, 2, 3].map(|user| {
            let (stop, mut app) = (stop.clone(), coordinator.connect("crm", "app"));
            let mut nobody = coordinator.connect("crm", "reader");
            std::thread::spawn(move || {
                let allowed = visible(user);
                let mut complete = 0;
                while !stop.load(Ordering::Relaxed) {
                    // A table that has become another one while a session waited for it is an error of PostgreSQL's.
                    if let Ok(seen) = seen(&mut app, "plain", user) {
                        assert!(seen.is_subset(&allowed), "user {user} sees too much");
                        complete += usize::from(seen == allowed);
                    }
                    if let Ok(row) = nobody.query_one("SELECT count(*) FROM plain", &[]) {
                        assert_eq!(row.get::<_, i64>(0), 0, "open to everybody");
                    }
                    std::thread::sleep(Duration::from_millis(2));
                }
                complete
            })
        });
        Readers {
            stop,
            threads: threads.into(),
        }
    }

    fn end(self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads {
            assert!(
                thread.join().expect("a reader") > 0,
                "a reader saw its records"
            );
        }
    }
}

#[test]
fn protected_tables_become_others_and_stay_protected() {
    let server = fresh_database("citus_conversions");
    let Some(nodes) = start(&server) else {
        return skip("Citus is not installed");
    };
    let coordinator = &nodes[0];
    let mut dba = coordinator.admin();
    execute(
        &mut dba,
        "CREATE ROLE crm_owner LOGIN; CREATE ROLE reader LOGIN; GRANT CREATE ON SCHEMA public TO crm_owner;
         CREATE ROLE crm_migrator LOGIN BYPASSRLS; GRANT crm_owner TO crm_migrator; SELECT sharing.grant_admin('crm_migrator')",
    );
    execute(
        &mut dba,
        "SELECT sharing.create_role('Manager'), sharing.create_role('Rep', parent => 'Manager'), sharing.create_role('Support');
         SELECT sharing.create_user('1', 'Ana', role => 'Manager'), sharing.create_user('2', 'Ben', role => 'Rep'),
             sharing.create_user('3', 'Dev', role => 'Support');
         SET ROLE crm_owner;
         CREATE TABLE plain (id int PRIMARY KEY, owner int, k int); CREATE TABLE notes (id int PRIMARY KEY, owner int);
         CREATE TABLE kinds (k int PRIMARY KEY); CREATE TABLE beside (id int PRIMARY KEY, owner int);
         SELECT create_reference_table('kinds'); SELECT create_distributed_table('notes', 'id', colocate_with => 'none');
         SELECT create_distributed_table('beside', 'id', colocate_with => 'none');
         GRANT SELECT, INSERT, UPDATE, DELETE ON plain, notes, beside TO app; GRANT SELECT ON plain TO reader; RESET ROLE",
    );
    execute(
        &mut dba,
        &format!(
            "INSERT INTO kinds VALUES (0), (1); INSERT INTO plain SELECT n, 1 + n % 3, n % 2 FROM generate_series(1, {RECORDS}) n;
             INSERT INTO notes SELECT id, owner FROM plain"
        ),
    );
    // As under load: several connections to each server, which would wait for one another.
    execute(&mut dba, "SET citus.force_max_query_parallelization = on");
    execute(
        &mut dba,
        "SELECT sharing.protect('plain', 'owner'); SELECT sharing.protect('notes', 'owner', follows => 'plain');
             SELECT sharing.protect('beside', 'owner');
             SELECT sharing.add_rule('plain', 'role:Rep', 'role:Support', 'read_only'); SELECT sharing.apply_rules();
             SELECT sharing.set_global_access('plain', 'public_read_only')",
    );
    for (n, worker) in nodes[1..].iter().enumerate() {
        let mut client = worker.admin();
        let port = coordinator.port;
        execute(
            &mut client,
            &format!(
                "CREATE SUBSCRIPTION worker_{n} CONNECTION 'host=127.0.0.1 port={port} dbname=crm user=postgres sslmode=disable' PUBLICATION configuration"
            ),
        );
    }
    coordinator.waits_for("worker_0, worker_1", 2);
    let document = "SELECT (sharing.export_config() - 'users')::text";
    let before: String = dba.query_one(document, &[]).expect("a document").get(0);
    assert!(before.contains("staged"), "{before}");
    let mut app = coordinator.connect("crm", "app");
    assert_eq!(
        seen(&mut app, "plain", 3).expect("a table of this server"),
        visible(3)
    );
    let readers = Readers::start(coordinator);
    let key = "ALTER TABLE plain ADD CONSTRAINT kind FOREIGN KEY (k) REFERENCES kinds";
    let back = "SELECT undistribute_table('plain')";
    for (conversion, method) in [
        (
            "SELECT create_distributed_table('plain', 'id', colocate_with => 'none')",
            "h",
        ),
        (
            "SELECT * FROM alter_distributed_table('plain', shard_count => 6)",
            "h",
        ),
        (back, ""),
        (
            "DO 'DECLARE t regclass = ''plain''; BEGIN PERFORM create_reference_table(t); END'",
            "n",
        ),
        (back, ""),
        ("SELECT citus_add_local_table_to_metadata('plain')", "n"),
        (back, ""),
        (
            "SELECT create_distributed_table_concurrently('plain', 'id', colocate_with => 'none')",
            "h",
        ),
        (back, ""),
        (key, "n"),
    ] {
        let mut steps = hint(&mut dba, conversion);
        assert_eq!(
            count(
                &mut dba,
                "SELECT count(*) FROM pg_policy WHERE polrelid = 'plain'::regclass"
            ),
            8
        );
        if conversion == key {
            // What a table depends on is not told where Citus has renamed it.
            steps = steps
                .replace("EXECUTE 'the statement that converts it'", key)
                .replace(
                    "PERFORM sharing.unprotect('public.plain')",
                    "PERFORM sharing.unprotect('notes'); PERFORM sharing.unprotect('plain')",
                );
        }
        let role = match conversion == back {
            true => "crm_migrator",
            false => "postgres",
        };
        run_in_time(coordinator, role, steps);
        let found: String = dba
            .query_one(
                "SELECT coalesce((SELECT partmethod::text FROM pg_dist_partition WHERE logicalrelid = 'plain'::regclass), '')",
                &[],
            )
            .expect(conversion)
            .get(0);
        assert_eq!(found, method, "{conversion}");
        let after: String = dba.query_one(document, &[]).expect("a document").get(0);
        assert_eq!(after, before, "{conversion}");
        assert_eq!(
            count(&mut dba, "SELECT count(*) FROM plain"),
            i64::from(RECORDS)
        );
        for table in ["plain", "notes"] {
            // Workers may know of neither before the configuration has come.
            if table == "notes" && method.is_empty() {
                continue;
            }
            for user in [1, 2, 3] {
                wait_until(&format!("{conversion}: {table} as {user}"), || {
                    let seen = seen(&mut app, table, user).expect("its records");
                    assert!(seen.is_subset(&visible(user)), "{conversion}: {user}");
                    seen == visible(user)
                });
            }
        }
    }
    readers.end();
    assert_eq!(
        refused(&mut dba, "SELECT citus_schema_distribute('public')"),
        "0A000"
    );
    execute(&mut dba, "RESET citus.force_max_query_parallelization");
    sources_stay_here(&mut dba);
    // Who could not convert it is told so, and nothing of its protection.
    assert_eq!(
        refused(&mut app, "SELECT create_distributed_table('plain', 'id')"),
        "42501"
    );
    // A table that goes takes its module along, which the workers do by themselves.
    run_in_time(coordinator, "postgres", "DROP TABLE beside".to_owned());
    // What waits for the workers goes on doing so, once they know of that.
    run_in_time(
        coordinator,
        "postgres",
        "SELECT sharing.deactivate_user('3')".to_owned(),
    );
    assert!(seen(&mut app, "plain", 3).expect("its records").is_empty());
}

/// A table from which the organization comes is read at the coordinator.
fn sources_stay_here(dba: &mut Client) {
    execute(
        dba,
        "CREATE TABLE people (login text PRIMARY KEY, k int); INSERT INTO people VALUES ('new', 1);
         CREATE TABLE spread (login text PRIMARY KEY)",
    );
    execute(dba, "SELECT create_reference_table('spread')");
    assert_eq!(
        refused(dba, "SELECT sharing.sync_users('spread', 'login', 'login')"),
        "0A000"
    );
    execute(
        dba,
        "BEGIN; SELECT sharing.sync_users('people', 'login', 'login')",
    );
    for conversion in [
        "SELECT create_reference_table('people')",
        "SELECT create_distributed_table('people', 'login')",
        "SELECT citus_add_local_table_to_metadata('people')",
        "ALTER TABLE people ADD FOREIGN KEY (k) REFERENCES kinds",
    ] {
        execute(dba, "SAVEPOINT s");
        let error = dba.batch_execute(conversion).expect_err(conversion);
        let error = error.as_db_error().expect("an error of the server");
        assert_eq!(error.code().code(), "0A000", "{conversion}: {error:?}");
        assert!(
            error.message().contains("source"),
            "{conversion}: {error:?}"
        );
        execute(dba, "ROLLBACK TO s");
    }
    execute(dba, "ROLLBACK");
}
