//! The doctor's findings of the server and of versions: what mends them takes a restart, or an upgrade, and afterwards there is
//! nothing to say.

mod support;

use postgres::Client;
use support::company::{act_for, company, count, leads_of, sqlstate};
use support::copied_server::CopiedServer;
use support::fresh_database;

/// Severity, object, message and fix of what a check says.
fn findings(client: &mut Client, check: &str) -> Vec<(String, String, String, Option<String>)> {
    let query = "SELECT severity, object, message, fix FROM sharing.doctor() WHERE check_name = $1";
    let rows = client.query(query, &[&check]).expect(query);
    rows.iter()
        .map(|row| (row.get(0), row.get(1), row.get(2), row.get(3)))
        .collect()
}

/// Beside a library that is preloaded already.
#[test]
fn a_library_that_is_preloaded_after_a_restart() {
    let company = company("doctor_preload");
    for before in ["", "auto_explain", "auto_explain, \"$libdir/pg_prewarm\""] {
        let line = format!("shared_preload_libraries = '{before}'");
        let server = CopiedServer::start_with(&company, &[], &[&line]);
        let mut admin = server.connect(&company, "postgres");
        let found = findings(&mut admin, "preload");
        let [(severity, object, message, Some(fix))] = &found[..] else {
            panic!("{found:?}");
        };
        assert_eq!((severity.as_str(), object.as_str()), ("advice", "server"));
        assert!(message.ends_with("needs a restart"), "{message}");
        admin.batch_execute(fix).expect(fix);
        drop(admin);
        server.crash();
        server.start_again();
        let mut admin = server.connect(&company, "postgres");
        assert_eq!(findings(&mut admin, "preload"), [], "{before}");
        let preloaded: String = admin
            .query_one("SHOW shared_preload_libraries", &[])
            .expect("SHOW")
            .get(0);
        for library in before.split(", ").filter(|library| !library.is_empty()) {
            let name = library.trim_matches('"');
            assert!(preloaded.contains(name), "{name} is gone from {preloaded}");
        }
        let row = admin
            .query_one("SELECT count(*) FROM leads", &[])
            .expect("it works");
        assert_eq!(row.get::<_, i64>(0), 800);
    }
}

/// Told by the versions whose fault is known, and of none that is without it.
#[test]
fn the_version_of_the_server() {
    let database = fresh_database("doctor_server_version");
    let mut admin = database.connect();
    let number: i32 = admin
        .query_one(
            "SELECT pg_catalog.current_setting('server_version_num')::integer",
            &[],
        )
        .expect("a version")
        .get(0);
    let mended = match number / 10_000 {
        15 => 150_020,
        16 => 160_016,
        17 => 170_012,
        18 => 180_007,
        _ => 0,
    };
    let found = findings(&mut admin, "server_version");
    assert_eq!(found.len(), usize::from(number < mended), "{found:?}");
}

/// What the server gives every session to begin with, in its files: also the source of a trusted
/// role, which no view of settings shows before somebody defines it.
#[test]
fn what_every_session_begins_with() {
    let company = company("doctor_preset");
    let trust = format!(
        "SELECT sharing.trust('{}', setting => 'App.claims', claim => 'sub')",
        company.app
    );
    let mut admin = company.database.connect();
    admin.batch_execute(&trust).expect(&trust);
    assert_eq!(findings(&mut admin, "preset"), []);
    let lines = [
        "app.CLAIMS = '{\"sub\": \"rep2\"}'",
        "app.other = '{\"sub\": \"rep2\"}'",
        "session_replication_role = replica",
        "sharing.user_key = 'rep1'",
    ];
    let server = CopiedServer::start_with(&company, &[], &lines);
    let mut reader = server.connect(&company, &company.app);
    assert_eq!(count(&mut reader), leads_of("rep2"), "that is what it does");
    let mut admin = server.connect(&company, "postgres");
    let found = findings(&mut admin, "preset");
    let told: Vec<(&str, &str, &str)> = found
        .iter()
        .map(|(severity, object, message, _)| {
            (severity.as_str(), object.as_str(), message.as_str())
        })
        .collect();
    assert_eq!(
        told,
        [
            (
                "error",
                "server",
                "every session begins with session_replication_role = 'replica'"
            ),
            (
                "error",
                "server",
                "every session begins with sharing.user_key = 'rep1'"
            ),
            (
                "error",
                "server",
                "sessions of trusted roles begin with app.CLAIMS = '{\"sub\": \"rep2\"}': who says nothing is that user"
            ),
        ]
    );
    assert!(found.iter().all(|finding| finding.3.is_none()), "{found:?}");
    // What a session sets for itself is nothing that every session begins with.
    admin
        .batch_execute("SET session_replication_role = origin; SET sharing.user_key = 'rep1'")
        .expect("settings of one session");
    assert!(findings(&mut admin, "preset").len() < 3);
}

/// On a standby it says what it says on the primary, word for word, to an administrator who is known by a setting and has no
/// privilege; and that there is no end to it where the standby is cut off.
#[test]
fn on_a_standby() {
    let company = company("doctor_standby");
    let mut admin = company.database.connect();
    admin
        .batch_execute(
            "GRANT TRUNCATE ON leads TO PUBLIC; CREATE VIEW all_leads AS SELECT * FROM leads; ALTER TABLE leads NO FORCE ROW LEVEL SECURITY;
             INSERT INTO leads VALUES (0, 'nobody', ''); DROP INDEX leads_owner_idx; SELECT sharing.add_rule('leads', 'role:Rep', 'role:Manager', 'read_only');
             SELECT sharing.expect('rep1', 'leads', 2, 'read'); ALTER TABLE sharing.users DISABLE TRIGGER record_insert; SELECT sharing.create_role('Idle')",
        )
        .expect("damage");
    // Other tests have roles of their own.
    let all = "SELECT severity, check_name, object, message, coalesce(fix, '') FROM sharing.doctor()
        WHERE check_name NOT IN ('database_role', 'stronger_role', 'predefined_role', 'replication_role', 'role_without_identity', 'trusted_role', 'dropped_role')";
    let told = |client: &mut Client| -> Vec<Vec<String>> {
        let rows = client.query(all, &[]).expect(all);
        rows.iter()
            .map(|row| (0..5).map(|n| row.get(n)).collect())
            .collect()
    };
    let on_primary = told(&mut admin);
    for check in [
        "truncate",
        "view",
        "row_security",
        "owner_key",
        "index",
        "expectation",
        "staged_change",
        "own_trigger",
        "role_without_users",
    ] {
        assert!(
            on_primary.iter().any(|row| row[1] == check),
            "{check}: {on_primary:?}"
        );
    }
    let standby = CopiedServer::start(&company, &["--write-recovery-conf"]);
    let mut reader = standby.connect(&company, &company.app);
    act_for(&mut reader, "admin");
    let in_recovery: bool = reader
        .query_one("SELECT pg_is_in_recovery()", &[])
        .expect("asked")
        .get(0);
    assert!(in_recovery);
    let mut on_standby = told(&mut reader);
    let of_lease = on_standby.pop().expect("findings");
    assert_eq!(of_lease[..2], ["advice", "stale_configuration"]);
    assert_eq!(on_standby, on_primary);
    act_for(&mut reader, "rep1");
    assert_eq!(sqlstate(reader.query(all, &[])), "42501");
}

/// Tables of another version: nothing else is looked at, and what it says is to be run.
#[test]
fn tables_of_another_version() {
    let database = fresh_database("doctor_version");
    let mut admin = database.connect();
    assert_eq!(findings(&mut admin, "version"), []);
    admin
        .batch_execute("DROP EXTENSION pg_sharing; CREATE EXTENSION pg_sharing VERSION '0.1.0'")
        .expect("the version before");
    // Of that version there is no doctor; the one that looks at tables of another is this library's.
    let doctor = "CREATE FUNCTION sharing.doctor(OUT severity text, OUT check_name text, OUT object text, OUT message text, OUT fix text) RETURNS SETOF record STRICT LANGUAGE c AS '$libdir/pg_sharing', 'doctor_wrapper'";
    admin.batch_execute(doctor).expect("a doctor");
    let rows = admin
        .query(
            "SELECT severity, check_name, object, message, fix FROM sharing.doctor()",
            &[],
        )
        .expect("what it says");
    let told: Vec<Vec<String>> = rows
        .iter()
        .map(|row| (0..5).map(|n| row.get(n)).collect())
        .collect();
    let message = format!(
        "the library of pg_sharing is of version {}, its tables in this database are of version 0.1.0",
        env!("CARGO_PKG_VERSION")
    );
    let fix = "ALTER EXTENSION pg_sharing UPDATE";
    assert_eq!(
        told,
        [[
            "error",
            "version",
            "extension pg_sharing",
            message.as_str(),
            fix
        ]]
    );
    admin
        .batch_execute("DROP FUNCTION sharing.doctor()")
        .expect("as it was");
    admin.batch_execute(fix).expect(fix);
    assert_eq!(findings(&mut admin, "version"), []);
}
