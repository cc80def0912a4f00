//! The doctor's findings of the server and of versions: what mends them takes a restart, or an upgrade, and afterwards there is
//! nothing to say.

mod support;

use postgres::Client;
use support::company::company;
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
