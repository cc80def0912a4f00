//! From version 0.1.0 to this one. Whoever brings a library meets the tables that are there: nothing runs before
//! ALTER EXTENSION UPDATE but what says so, and afterwards all is as if it had been installed and protected by
//! this version, and everybody reaches the same records. What they reached is told by 0.1.0 itself, in the dump
//! of a company that its own library made (tests/upgrade/company.sql).

mod support;

use postgres::Client;
use std::process::{Command, Output};
use std::sync::Once;
use support::{Database, fresh_database, program};

const CATALOG: &str = include_str!("upgrade/catalog.sql");
const TABLES: &str = include_str!("upgrade/tables.sql");
const COMPANY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/upgrade/company.sql");
const OF_BEFORE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/upgrade/company-0.1.0.sql"
);
const BEFORE: &str = "0.1.0";
const APP: &str = "upgrade_app";
const UPDATE: &str = "ALTER EXTENSION pg_sharing UPDATE";
/// The users of the company, and one who is none.
const PEOPLE: &str =
    "'{1,2,3,4,5,6,7,8,9,10,11,12,00000000-0000-0000-0000-00000000000a,nobody}'::text[]";

/// Roles belong to the whole server, and dumps name them.
fn roles(client: &mut Client) {
    static MADE: Once = Once::new();
    MADE.call_once(|| {
        for (role, is_super) in [
            (APP, ""),
            ("upgrade_crm", ""),
            ("upgrade_person", ""),
            ("upgrade_other", "SUPERUSER"),
        ] {
            let known = client
                .query("SELECT FROM pg_roles WHERE rolname = $1", &[&role])
                .expect("pg_roles");
            if known.is_empty() {
                run(client, &format!("CREATE ROLE {role} LOGIN {is_super}"));
            }
        }
    });
}

fn run(client: &mut Client, sql: &str) {
    client
        .batch_execute(sql)
        .unwrap_or_else(|error| panic!("{sql}: {error:?}"));
}

/// A database without the extension.
fn empty(name: &str) -> Database {
    let database = fresh_database(name);
    let mut client = database.connect();
    run(&mut client, "DROP EXTENSION pg_sharing");
    roles(&mut client);
    database
}

/// With that of the version before.
fn of_before(name: &str) -> Database {
    let database = empty(name);
    run(
        &mut database.connect(),
        &format!("CREATE EXTENSION pg_sharing VERSION '{BEFORE}'"),
    );
    database
}

fn psql(database: &Database, file: &str, stops: bool) -> Output {
    Command::new(program("psql"))
        .args(["-X", "-q", "-d", database.name(), "-f", file])
        .args(["-v", &format!("ON_ERROR_STOP={}", i32::from(stops))])
        .output()
        .expect("psql")
}

fn restore(database: &Database, file: &str) {
    let output = psql(database, file, true);
    assert!(
        output.status.success(),
        "{file}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// The company as 0.1.0 left it, restored by its script and not yet upgraded.
fn company_of_before(name: &str) -> Database {
    let database = of_before(name);
    restore(&database, OF_BEFORE);
    database
}

/// The company made by this version.
fn company_of_now(name: &str) -> Database {
    let database = fresh_database(name);
    roles(&mut database.connect());
    restore(&database, COMPANY);
    database
}

fn lines(client: &mut Client, query: &str) -> Vec<String> {
    let rows = client.query(query, &[]).expect("lines");
    rows.iter().map(|row| row.get(0)).collect()
}

/// Both say the same, and something.
fn same(one: &[String], other: &[String], what: &str) {
    assert!(one.len() > 100, "{what}: only {} lines", one.len());
    let lacks = |one: &[String], other: &[String]| -> Vec<String> {
        let missing = one.iter().filter(|line| !other.contains(line));
        missing.take(20).cloned().collect()
    };
    let (more, less) = (lacks(one, other), lacks(other, one));
    assert!(
        more.is_empty() && less.is_empty() && one.len() == other.len(),
        "{what}: only here {more:#?}, only there {less:#?}"
    );
}

/// What is there of what people reach now and was not recorded, and the reverse.
fn differing_answers(database: &Database, relations: &str) -> Vec<String> {
    let mut app = database.connect_as(APP);
    run(
        &mut app,
        &format!(
            "CREATE TEMP TABLE now AS SELECT person, r.* FROM unnest({PEOPLE}) person, recorded.reach(person) r WHERE relation ~ '{relations}';
             CREATE TEMP TABLE was AS SELECT * FROM recorded.answers WHERE relation ~ '{relations}'"
        ),
    );
    let count: i64 = app
        .query_one("SELECT count(*) FROM now WHERE sees IS NOT NULL", &[])
        .expect("count")
        .get(0);
    assert!(count > 0, "nobody sees anything of {relations}");
    lines(
        &mut app,
        "SELECT 'now ' || n::text FROM (TABLE now EXCEPT TABLE was) n UNION ALL SELECT 'was ' || w::text FROM (TABLE was EXCEPT TABLE now) w ORDER BY 1 LIMIT 20",
    )
}

/// The statement fails, and says what mends it.
fn is_refused(client: &mut Client, statement: &str) {
    let error = client
        .batch_execute(statement)
        .expect_err("it was not refused");
    let error = error.as_db_error().expect("an error of the server's");
    assert_eq!(error.code().code(), "55000", "{statement}: {error}");
    assert!(error.message().ends_with(&format!("of version {BEFORE}")));
    assert!(error.hint().is_some_and(|hint| hint.contains(UPDATE)));
}

#[test]
fn the_catalog_is_that_of_a_new_installation() {
    let new = fresh_database("upgrade_new");
    let old = of_before("upgrade_empty");
    let mut client = old.connect();
    let before = lines(&mut client, CATALOG);
    run(&mut client, UPDATE);
    let catalog = lines(&mut new.connect(), CATALOG);
    assert_ne!(before, catalog);
    same(&lines(&mut client, CATALOG), &catalog, "the catalog");
    // Whoever upgrades: what is new belongs to whom the rest belongs.
    let old = of_before("upgrade_by_another");
    run(&mut old.connect_as("upgrade_other"), UPDATE);
    same(&lines(&mut old.connect(), CATALOG), &catalog, "by another");
    // Default privileges of whoever upgrades grant nothing, and what was granted or taken before stays.
    let old = of_before("upgrade_privileges");
    let mut client = old.connect();
    run(
        &mut client,
        &format!(
            "ALTER DEFAULT PRIVILEGES GRANT ALL ON FUNCTIONS TO {APP}; ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO {APP}; ALTER DEFAULT PRIVILEGES GRANT ALL ON SCHEMAS TO {APP};
             REVOKE ALL ON FUNCTION sharing.export_config() FROM PUBLIC; GRANT SELECT ON sharing.users TO {APP}; {UPDATE}"
        ),
    );
    let here = lines(&mut client, CATALOG);
    let granted = here.iter().filter(|line| line.contains(APP));
    assert_eq!(
        granted.collect::<Vec<_>>(),
        [&format!("acl: relation sharing.users: {APP}=r/postgres")]
    );
    assert!(!here.contains(&"acl: function sharing.export_config(): =X/postgres".to_owned()));
}

#[test]
fn everybody_reaches_what_they_reached() {
    let database = company_of_before("upgrade_company");
    let mut admin = database.connect();
    let mut app = database.connect_as(APP);
    // Before, nothing is answered wrongly, and a superuser and a dump go on.
    for statement in [
        "SELECT FROM leads",
        "UPDATE tickets SET note = note",
        "DELETE FROM cases",
        "INSERT INTO forms (id) VALUES (100)",
        "SELECT FROM sharing.specialists",
        "SELECT sharing.current_user_key()",
    ] {
        is_refused(&mut app, statement);
    }
    for statement in [
        "SELECT sharing.create_user('13', 'new')",
        "SELECT sharing.protect('loose', owner => 'owner')",
        "SELECT sharing.drop_user('12')",
        "SELECT sharing.export_config()",
        "SELECT sharing.always(1)",
        "ALTER TABLE leads ADD COLUMN more integer",
    ] {
        is_refused(&mut admin, statement);
    }
    run(&mut admin, "CREATE TABLE of_nobody (id integer)");
    assert_eq!(lines(&mut admin, "SELECT id::text FROM leads").len(), 39);
    let dump = Command::new(program("pg_dump"))
        .args(["-d", database.name()])
        .output()
        .expect("pg_dump");
    assert!(dump.status.success());

    run(&mut admin, &format!("DROP TABLE of_nobody; {UPDATE}"));
    let now = company_of_now("upgrade_fresh_company");
    let mut fresh = now.connect();
    same(
        &lines(&mut admin, CATALOG),
        &lines(&mut fresh, CATALOG),
        "the catalog",
    );
    same(
        &lines(&mut admin, TABLES),
        &lines(&mut fresh, TABLES),
        "the tables",
    );
    assert_eq!(differing_answers(&database, ""), [""; 0]);
    // The same for a person who has a database role, and by what everything was made with this version.
    let leads = "SELECT string_agg(id::text, ' ' ORDER BY id) FROM leads";
    let recorded = "SELECT sees FROM recorded.answers WHERE person = '12' AND relation = 'leads'";
    assert_eq!(
        lines(&mut database.connect_as("upgrade_person"), leads),
        lines(&mut admin, recorded)
    );
    assert_eq!(differing_answers(&now, ""), [""; 0]);
    // The document says the same of both, and what waited goes on waiting.
    let document = "SELECT jsonb_pretty(sharing.export_config())";
    assert_eq!(lines(&mut admin, document), lines(&mut fresh, document));
    // A dump of what was upgraded is one of this version.
    let copy = empty("upgrade_dumped");
    let file = std::env::temp_dir().join(format!("pg_sharing_upgraded_{}", std::process::id()));
    let path = file.display().to_string();
    let dump = Command::new(program("pg_dump"))
        .args(["-d", database.name(), "-f", &path])
        .status();
    assert!(dump.is_ok_and(|status| status.success()));
    restore(&copy, &path);
    std::fs::remove_file(&file).expect("the dump");
    same(
        &lines(&mut copy.connect(), TABLES),
        &lines(&mut fresh, TABLES),
        "dumped and restored",
    );
    assert_eq!(differing_answers(&copy, ""), [""; 0]);
    // And what is made from then on is as ever.
    for client in [&mut admin, &mut fresh] {
        run(
            client,
            "SELECT sharing.apply_rules(); SELECT sharing.unprotect('letters'), sharing.unprotect('prices'); CREATE TABLE items_5 PARTITION OF items FOR VALUES FROM (50) TO (60)",
        );
    }
    same(
        &lines(&mut admin, TABLES),
        &lines(&mut fresh, TABLES),
        "the tables later",
    );
}

#[test]
fn a_session_that_is_open_goes_on() {
    let database = company_of_before("upgrade_open");
    let mut app = database.connect_as(APP);
    run(
        &mut app,
        "SET sharing.user_key = '4'; SET plan_cache_mode = force_generic_plan; PREPARE p AS SELECT string_agg(id::text, ' ' ORDER BY id) FROM leads",
    );
    is_refused(&mut app, "EXECUTE p");
    let mut admin = database.connect();
    run(&mut admin, &format!("BEGIN; {UPDATE}"));
    is_refused(&mut app, "SELECT sharing.current_user_key()");
    run(&mut admin, "COMMIT");
    let recorded = lines(
        &mut admin,
        "SELECT sees FROM recorded.answers WHERE person = '4' AND relation = 'leads'",
    );
    assert_eq!(lines(&mut app, "EXECUTE p"), recorded);
    run(&mut app, "SET sharing.user_key = '10'");
    assert_ne!(lines(&mut app, "EXECUTE p"), recorded);
    assert_eq!(differing_answers(&database, ""), [""; 0]);
}

#[test]
fn an_upgrade_that_fails_leaves_all_as_it_was() {
    let database = company_of_before("upgrade_fails");
    let mut admin = database.connect();
    let before = (lines(&mut admin, CATALOG), lines(&mut admin, TABLES));
    for (obstacle, state, named, remedy) in [
        // Something of the application's calls a function that has another form now.
        (
            "CREATE VIEW previews AS SELECT user_key FROM sharing.preview_rules()",
            "2BP01",
            "previews",
            "DROP VIEW previews",
        ),
        // Or one that is gone, to restrict what people see.
        (
            "CREATE TABLE narrow (id integer); CREATE POLICY less ON narrow AS RESTRICTIVE USING (sharing.always(id) AND id > 1)",
            "2BP01",
            "policy less on table public.narrow",
            "DROP TABLE narrow",
        ),
        // The owner of a table could not change it by themselves.
        (
            "REVOKE TRIGGER ON cases FROM upgrade_crm",
            "42501",
            "GRANT TRIGGER ON public.cases TO upgrade_crm",
            "GRANT TRIGGER ON cases TO upgrade_crm",
        ),
    ] {
        run(&mut admin, obstacle);
        let error = admin.batch_execute(UPDATE).expect_err("it was upgraded");
        let error = error.as_db_error().expect("an error of the server's");
        assert_eq!(error.code().code(), state, "{error}");
        let said = [error.detail(), error.hint()];
        assert!(
            said.into_iter().flatten().any(|text| text.contains(named)),
            "{error:?}"
        );
        run(&mut admin, remedy);
        assert_eq!(
            (lines(&mut admin, CATALOG), lines(&mut admin, TABLES)),
            before
        );
    }
    // What a copy of a protected table brought goes: it stays closed.
    run(
        &mut admin,
        "CREATE TABLE copied (id integer, owner integer); INSERT INTO copied VALUES (1, 1); ALTER TABLE copied ENABLE ROW LEVEL SECURITY; GRANT SELECT ON copied TO upgrade_app;
         CREATE POLICY sharing_open ON copied USING (sharing.always(owner)); CREATE POLICY sharing_select ON copied AS RESTRICTIVE FOR SELECT USING (sharing.may_read('copied'::regclass, owner))",
    );
    run(&mut admin, UPDATE);
    assert_eq!(
        lines(
            &mut admin,
            "SELECT polname::text FROM pg_policy WHERE polrelid = 'copied'::regclass"
        ),
        ["sharing_select"]
    );
    assert_eq!(
        lines(&mut database.connect_as(APP), "SELECT id::text FROM copied"),
        [""; 0]
    );
    assert_eq!(differing_answers(&database, ""), [""; 0]);
}

#[test]
fn policies_can_be_written_anew_at_any_time() {
    let database = company_of_now("upgrade_rewrite");
    let mut admin = database.connect();
    let before = lines(&mut admin, TABLES);
    let rewrite = "SELECT * FROM sharing.rewrite_policies()";
    let statements = lines(&mut admin, rewrite);
    assert!(statements.iter().all(|line| !line.starts_with("--")));
    same(&lines(&mut admin, TABLES), &before, "rewritten");
    assert_eq!(lines(&mut admin, rewrite), statements);
    same(&lines(&mut admin, TABLES), &before, "rewritten again");
    assert_eq!(differing_answers(&database, ""), [""; 0]);
    // Whoever damaged them while our event triggers were off.
    run(
        &mut admin,
        "ALTER EVENT TRIGGER sharing_follow_tables DISABLE; ALTER EVENT TRIGGER sharing_follow_drops DISABLE;
         DROP POLICY sharing_select_permit ON leads; DROP POLICY sharing_insert ON items_1; ALTER POLICY sharing_update ON cases USING (true); ALTER POLICY sharing_delete ON tickets TO upgrade_crm;
         DROP POLICY sharing_select ON docs; CREATE POLICY sharing_select ON docs USING (true); DROP POLICY sharing_select ON tasks;
         DROP TRIGGER sharing_record_deleted ON leads; DROP TRIGGER zz_sharing_guard_owner ON visits; DROP TRIGGER sharing_default_owner ON forms;
         DROP TRIGGER sharing_guard_owner_detached ON visits_3;
         ALTER EVENT TRIGGER sharing_follow_tables ENABLE ALWAYS; ALTER EVENT TRIGGER sharing_follow_drops ENABLE ALWAYS",
    );
    assert_ne!(lines(&mut admin, TABLES), before);
    run(&mut admin, rewrite);
    same(&lines(&mut admin, TABLES), &before, "mended");
    assert_eq!(differing_answers(&database, ""), [""; 0]);
    // Policies of the application's own decide what is permitted, where they did before.
    run(
        &mut admin,
        &format!("CREATE POLICY none ON leads USING (false); {rewrite}"),
    );
    assert_eq!(differing_answers(&database, "^leads$"), [""; 0]);
    // Also as who is no superuser, of tables of superusers.
    run(
        &mut admin,
        "DROP POLICY none ON leads; SELECT sharing.grant_admin('upgrade_person')",
    );
    run(&mut database.connect_as("upgrade_person"), rewrite);
    same(&lines(&mut admin, TABLES), &before, "by an administrator");
    // Not for everybody.
    let mut app = database.connect_as(APP);
    run(&mut app, "SET sharing.user_key = '7'");
    let error = app.batch_execute(rewrite).expect_err("it was rewritten");
    assert_eq!(
        error.as_db_error().map(|error| error.code().code()),
        Some("42501")
    );
}

#[test]
fn a_dump_restored_without_its_version_can_be_mended() {
    let database = empty("upgrade_direct");
    let output = psql(&database, OF_BEFORE, false);
    let errors = String::from_utf8_lossy(&output.stderr);
    // Policies and triggers call what has moved.
    let errors = errors.lines().filter(|line| line.contains("ERROR"));
    for error in errors {
        assert!(
            (error.contains("ERROR:  function sharing.")
                || error.contains("ERROR:  trigger \"sharing_"))
                && error.ends_with("does not exist"),
            "{error}"
        );
    }
    let mut admin = database.connect();
    let count = "SELECT concat((SELECT count(*) FROM sharing.users), ' ', (SELECT count(*) FROM sharing.modules), ' ', (SELECT count(*) FROM sharing.shares))";
    assert_eq!(lines(&mut admin, count), ["13 20 4"]);
    let mut app = database.connect_as(APP);
    run(&mut app, "SET sharing.user_key = '7'");
    assert_eq!(lines(&mut app, "SELECT id::text FROM leads"), [""; 0]);
    // Open by its own policies alone: until this.
    let letters = "SELECT id::text FROM letters";
    assert_eq!(lines(&mut app, letters).len(), 13);
    let mut remarks = lines(&mut admin, "SELECT * FROM sharing.rewrite_policies()");
    assert_eq!(lines(&mut app, letters), [""; 0]);
    assert!(
        app.batch_execute("INSERT INTO letters VALUES (100)")
            .is_err()
    );
    remarks.retain(|line| line.starts_with("--"));
    assert_eq!(remarks.len(), 20);
    assert_eq!(
        lines(&mut admin, "SELECT * FROM sharing.rewrite_policies()"),
        remarks
    );
    assert!(remarks.iter().all(
        |remark| remark.starts_with("-- nobody sees records of module \"")
            && remark.contains("sharing.protect()")
    ));
    run(
        &mut admin,
        "SELECT sharing.protect('docs', owner => 'owner', owner_group => 'owner'); SELECT sharing.protect('tickets', owner_group => 'team'); SELECT sharing.protect('forms', owner => 'owner'); SELECT sharing.protect('letters', owner => 'owner')",
    );
    assert_eq!(
        differing_answers(&database, "^(docs|tickets|forms|letters)$"),
        [""; 0]
    );
}
