//! A database is upgraded under sessions that are open, by ALTER EXTENSION and real scripts: whoever has a
//! library of another version gets an error that says what mends it, from the next statement on, and the
//! same rows as before once the versions are the same again.

mod support;

use postgres::Client;
use std::path::PathBuf;
use support::workers::{PARALLEL, by_workers};
use support::{Database, fresh_database, program};

/// A version that no library has, and the scripts that lead there and back.
struct Scripts(Vec<PathBuf>);

impl Scripts {
    /// `name` is the version; `change` is what its upgrade does, `back` undoes it.
    fn write(client: &mut Client, name: &str, change: &str, back: &str) -> Scripts {
        let row = client
            .query_one(
                "SELECT setting || '/extension' FROM pg_config WHERE name = 'SHAREDIR'",
                &[],
            )
            .expect("pg_config");
        let folder = PathBuf::from(row.get::<_, String>(0));
        let here = env!("CARGO_PKG_VERSION");
        let files = [(here, name, change), (name, here, back)].map(|(from, to, script)| {
            let file = folder.join(format!("pg_sharing--{from}--{to}.sql"));
            std::fs::write(&file, script).expect("a private server's folder");
            file
        });
        Scripts(files.to_vec())
    }
}

impl Drop for Scripts {
    fn drop(&mut self) {
        for file in &self.0 {
            // Left behind, it harms nobody: the folder is the private server's.
            let _ = std::fs::remove_file(file);
        }
    }
}

fn company(name: &str) -> (Database, String) {
    let database = fresh_database(name);
    let role = format!("{name}_app");
    database.create_role(&role);
    let mut client = database.connect();
    client
        .batch_execute(&format!(
            "CREATE TABLE leads (id integer PRIMARY KEY, owner integer);
             INSERT INTO leads SELECT n, 1 + n % 2 FROM generate_series(1, 1000) n;
             GRANT SELECT, UPDATE, DELETE ON leads TO {role};
             SELECT sharing.create_user('1', 'one'), sharing.create_user('2', 'two'), sharing.trust('{role}');
             SELECT sharing.protect('leads', 'owner')"
        ))
        .expect("a company");
    (database, role)
}

const QUERY: &str = "SELECT count(*) FROM leads";

fn count(client: &mut impl postgres::GenericClient) -> i64 {
    client.query_one(QUERY, &[]).expect(QUERY).get(0)
}

/// The statement fails for the versions, and says both and what to do.
fn is_refused(client: &mut impl postgres::GenericClient, statement: &str, version: &str) {
    let error = client
        .batch_execute(statement)
        .expect_err("it was not refused");
    let error = error.as_db_error().expect("an error of the server's");
    assert_eq!(error.code().code(), "55000", "{statement}: {error}");
    assert_eq!(
        error.message(),
        format!(
            "the library of pg_sharing is of version {}, its tables in this database are of version {version}",
            env!("CARGO_PKG_VERSION")
        )
    );
    assert!(error.hint().is_some_and(|hint| hint.contains(version)));
}

fn upgrade_and_back(name: &str, version: &str, change: &str, back: &str) {
    let (database, role) = company(name);
    let mut admin = database.connect();
    let _scripts = Scripts::write(&mut admin, version, change, back);
    let mut plain = database.connect_as(&role);
    plain
        .batch_execute("SET sharing.user_key = '1'")
        .expect("SET");
    let mut repeatable = database.connect_as(&role);
    repeatable
        .batch_execute("SET sharing.user_key = '1'; PREPARE p AS SELECT count(*) FROM leads")
        .expect("PREPARE");
    repeatable
        .batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        .expect("BEGIN");
    repeatable
        .batch_execute("EXECUTE p; DECLARE c CURSOR FOR SELECT id FROM leads; FETCH 5 FROM c")
        .expect("a transaction");
    assert_eq!(count(&mut plain), 500);
    assert_eq!(count(&mut repeatable), 500);

    // What needs the tables that the open transaction has read would wait for it.
    if change.contains("ALTER TABLE") {
        repeatable.batch_execute("COMMIT").expect("COMMIT");
    }
    admin
        .batch_execute(&format!("ALTER EXTENSION pg_sharing UPDATE TO '{version}'"))
        .expect("the upgrade");
    is_refused(&mut plain, QUERY, version);
    is_refused(&mut plain, "UPDATE leads SET owner = 1", version);
    // A transaction may go on by what it has read, and never by anything else.
    if let Ok(row) = repeatable.query_one(QUERY, &[]) {
        assert_eq!(row.get::<_, i64>(0), 500);
    }
    repeatable.batch_execute("ROLLBACK").expect("ROLLBACK");
    is_refused(&mut repeatable, "EXECUTE p", version);
    is_refused(&mut admin, "SELECT sharing.create_user('9', 'x')", version);
    is_refused(&mut database.connect_as(&role), QUERY, version);
    // A superuser reads, and so does pg_dump.
    assert_eq!(count(&mut admin), 1000);
    let dump = std::process::Command::new(program("pg_dump"))
        .args(["-d", database.name()])
        .output()
        .expect("pg_dump");
    assert!(dump.status.success(), "{dump:?}");

    admin
        .batch_execute(&format!(
            "ALTER EXTENSION pg_sharing UPDATE TO '{}'",
            env!("CARGO_PKG_VERSION")
        ))
        .expect("the way back");
    assert_eq!(count(&mut plain), 500);
    repeatable.batch_execute("EXECUTE p").expect("EXECUTE");
    assert_eq!(count(&mut repeatable), 500);
    admin
        .batch_execute("SELECT sharing.create_user('9', 'x')")
        .expect("create_user");
}

#[test]
fn sessions_notice_an_upgrade_that_changes_nothing() {
    upgrade_and_back("versions_empty", "99.1.0", "", "");
}

#[test]
fn sessions_notice_an_upgrade_that_changes_tables() {
    upgrade_and_back(
        "versions_tables",
        "99.2.0",
        "ALTER TABLE sharing.users ADD COLUMN newer integer DEFAULT 7; ALTER TABLE sharing.generation ADD COLUMN newer integer;",
        "ALTER TABLE sharing.users DROP COLUMN newer; ALTER TABLE sharing.generation DROP COLUMN newer;",
    );
}

#[test]
fn an_upgrade_may_change_rows() {
    upgrade_and_back(
        "versions_rows",
        "99.3.0",
        "UPDATE sharing.users SET name = 'renamed';",
        "UPDATE sharing.users SET name = 'again';",
    );
}

#[test]
fn an_upgrade_that_is_undone_changes_nothing() {
    let (database, role) = company("versions_undone");
    let mut admin = database.connect();
    let _scripts = Scripts::write(&mut admin, "99.4.0", "", "");
    let mut client = database.connect_as(&role);
    client
        .batch_execute("SET sharing.user_key = '1'")
        .expect("SET");
    admin
        .batch_execute(&format!(
            "BEGIN; ALTER EXTENSION pg_sharing UPDATE TO '99.4.0'; SET LOCAL ROLE {role}"
        ))
        .expect("an upgrade");
    assert_eq!(count(&mut client), 500);
    is_refused(&mut admin, QUERY, "99.4.0");
    admin.batch_execute("ROLLBACK").expect("ROLLBACK");
    assert_eq!(count(&mut client), 500);
    admin
        .batch_execute("SELECT sharing.create_user('9', 'x')")
        .expect("create_user");
}

/// Workers begin with nothing remembered, so they look at the version themselves: they never read tables of
/// another one, also where their leader planned and began before, and are right again afterwards.
#[test]
fn parallel_workers_notice_an_upgrade() {
    let (database, role) = company("versions_workers");
    let mut admin = database.connect();
    let _scripts = Scripts::write(
        &mut admin,
        "99.5.0",
        "ALTER TABLE sharing.users ADD COLUMN newer integer DEFAULT 7;",
        "ALTER TABLE sharing.users DROP COLUMN newer;",
    );
    let mut known = database.connect_as(&role);
    known
        .batch_execute(&format!(
            "{PARALLEL}; SET sharing.user_key = '1'; SET plan_cache_mode = force_generic_plan; PREPARE p AS {QUERY}"
        ))
        .expect("settings");
    assert_eq!(by_workers(&mut known, QUERY), 500);
    assert_eq!(by_workers(&mut known, "EXECUTE p"), 500);
    let there = "ALTER EXTENSION pg_sharing UPDATE TO '99.5.0'";
    admin.batch_execute(there).expect("the upgrade");
    let mut new = database.connect_as(&role);
    new.batch_execute(&format!("{PARALLEL}; SET sharing.user_key = '1'"))
        .expect("settings");
    for client in [&mut known, &mut new] {
        is_refused(client, QUERY, "99.5.0");
        is_refused(
            client,
            "SELECT count(*) FROM leads a JOIN leads b USING (id)",
            "99.5.0",
        );
    }
    is_refused(&mut known, "EXECUTE p", "99.5.0");
    // Whom row security does not concern has workers as ever.
    admin.batch_execute(PARALLEL).expect("settings");
    assert_eq!(by_workers(&mut admin, QUERY), 1000);
    let back = format!(
        "ALTER EXTENSION pg_sharing UPDATE TO '{}'",
        env!("CARGO_PKG_VERSION")
    );
    admin.batch_execute(&back).expect("the way back");
    for client in [&mut known, &mut new] {
        assert_eq!(by_workers(client, QUERY), 500);
    }
    assert_eq!(by_workers(&mut known, "EXECUTE p"), 500);
}
