//! A copy of the schema alone (`pg_dump -s`, `pg_dump -s -t`) carries policies and triggers without the
//! configuration: it is closed, and no dead end. A document makes it decide as the source does, so does
//! `protect()`, and `unprotect()` makes ordinary tables of it, as if they had never been protected.

mod support;

use postgres::Client;
use std::io::Write;
use std::process::{Command, Stdio};
use support::{Database, fresh_database, program};

const USERS: [&str; 8] = ["1", "2", "3", "4", "5", "8", "9", "nobody"];

/// By their names in SQL.
const RELATIONS: [&str; 12] = [
    "leads",
    "deals",
    "deals_1",
    "deals_2",
    "\"Odd \"\" table\"",
    "app.cases",
    "teams",
    "quotes",
    "lines",
    "sublines",
    "notes",
    "notes_old",
];

/// One owner and a key by which records are shared; partitions; users and groups in one column; in two; groups
/// alone; a child of two parents; details of details; and a table from which another inherits.
const TABLES: &str = r#"
    CREATE SCHEMA app;
    GRANT USAGE ON SCHEMA app TO PUBLIC;
    CREATE TABLE leads (gone text, id int PRIMARY KEY, owner int, title text);
    ALTER TABLE leads DROP COLUMN gone;
    CREATE TABLE deals (id int, owner text, region int, PRIMARY KEY (id)) PARTITION BY RANGE (id);
    CREATE TABLE deals_1 PARTITION OF deals FOR VALUES FROM (1) TO (21);
    CREATE TABLE deals_2 (region int, gone int, owner text, id int NOT NULL);
    ALTER TABLE deals_2 DROP COLUMN gone;
    ALTER TABLE deals ATTACH PARTITION deals_2 FOR VALUES FROM (21) TO (61);
    CREATE TABLE "Odd "" table" (id int PRIMARY KEY, "Owner Of" varchar(10));
    CREATE TABLE app.cases (id int PRIMARY KEY, owner int, team int);
    CREATE TABLE teams (id int PRIMARY KEY, team text);
    CREATE TABLE quotes (id int PRIMARY KEY, owner int, "Parent" int, kind text, deal int REFERENCES deals);
    CREATE TABLE lines (id int PRIMARY KEY, quote int REFERENCES quotes);
    CREATE TABLE sublines (id int PRIMARY KEY, line int);
    CREATE TABLE notes (id int PRIMARY KEY, owner text);
    CREATE TABLE notes_old (closed date) INHERITS (notes);
    CREATE POLICY own ON app.cases FOR SELECT USING (id > 3);
    CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TRIGGER touch BEFORE UPDATE ON leads FOR EACH ROW EXECUTE FUNCTION app.touch();
    GRANT SELECT, UPDATE ON ALL TABLES IN SCHEMA public, app TO PUBLIC;
"#;

const ROWS: &str = r#"
    INSERT INTO leads SELECT n, n % 10, 'lead' FROM generate_series(1, 40) n;
    INSERT INTO deals SELECT n, (n % 10)::text, n FROM generate_series(1, 40) n;
    INSERT INTO "Odd "" table" SELECT n, CASE WHEN n % 3 = 0 THEN 'g1' ELSE (n % 10)::text END FROM generate_series(1, 40) n;
    INSERT INTO app.cases SELECT n, nullif(n % 8, 0), CASE WHEN n % 5 = 0 THEN 100 END FROM generate_series(1, 40) n;
    INSERT INTO teams SELECT n, CASE n % 3 WHEN 0 THEN '100' WHEN 1 THEN 'g1' END FROM generate_series(1, 40) n;
    INSERT INTO quotes SELECT n, CASE WHEN n % 5 = 0 THEN n % 8 END, n, CASE WHEN n % 4 <> 0 THEN 'lead' END, 41 - n FROM generate_series(1, 40) n;
    INSERT INTO lines SELECT n, 41 - n FROM generate_series(1, 40) n;
    INSERT INTO sublines SELECT n, 41 - n FROM generate_series(1, 40) n;
    INSERT INTO notes SELECT n, (n % 10)::text FROM generate_series(1, 20) n;
    INSERT INTO notes_old SELECT n, (n % 10)::text FROM generate_series(21, 40) n;
"#;

const ORGANIZATION: &str = r#"
    SELECT sharing.create_office('Head'), sharing.create_office('Branch', 'Head', true);
    SELECT sharing.create_role('Boss');
    SELECT sharing.create_role('Manager', 'Boss');
    SELECT sharing.create_role('Rep', 'Manager'), sharing.create_role('Support');
    SELECT sharing.create_user('1', 'one', 'Boss'), sharing.create_user('2', 'two', 'Manager'), sharing.create_user('3', 'three', 'Rep');
    SELECT sharing.create_user('4', 'four', 'Rep'), sharing.create_user('5', 'five', 'Support');
    SELECT sharing.create_user('8', 'eight', NULL, 'Head'), sharing.create_user('9', 'nine', NULL, 'Branch');
    SELECT sharing.enable_record_sharing('8'), sharing.enable_record_sharing('9');
    SELECT sharing.create_group('g1', 'Team'), sharing.create_group('100', 'Inner');
    SELECT sharing.add_member('Team', 'user:5'), sharing.add_member('Inner', 'role_and_subordinates:Manager');
"#;

/// The modules; what is protected in each statement is protected in any order after its parent.
const PROTECTED: &str = r#"
    SELECT sharing.protect('leads', 'owner', 'Leads');
    SELECT sharing.protect('deals', 'owner', 'Deals', hierarchy => false);
    SELECT sharing.protect('"Odd "" table"', 'Owner Of', 'Odd', 'Owner Of');
    SELECT sharing.protect('app.cases', 'owner', 'Cases', 'team', default_owner => true);
    SELECT sharing.protect('teams', owner_group => 'team');
    SELECT sharing.protect('quotes', 'owner', 'Quotes');
    SELECT sharing.protect('lines', controlled_by => 'quotes', via => 'quote');
    SELECT sharing.protect('sublines', controlled_by => 'lines', via => 'line');
    SELECT sharing.protect('notes', 'owner', follows => 'Leads');
    SELECT sharing.relate('quotes', 'Parent', 'leads', 'kind', 'lead'), sharing.relate('quotes', 'deal', 'deals');
"#;

/// The sections that speak of modules and do not make them.
const SECTIONS: &str = r#"{"version": 1,
    "rules": [{"module": "Leads", "owned_by": "role:Rep", "shared_with": "role:Support", "access": "read_write", "related": {"Quotes": "read_write"}},
              {"module": "Deals", "owned_by": "role:Support", "shared_with": "role:Rep", "access": "read_only", "related": {"Quotes": "read_only"}},
              {"module": "Odd", "owned_by": "group:Team", "shared_with": "role:Rep", "access": "read_only"}],
    "links": [{"from": "8", "to": "9", "status": "active"}],
    "shares": [{"module": "Leads", "record": "18", "from": "8", "to": "9", "access": "read"},
               {"module": "Deals", "record": "8", "from": "8", "to": "9", "access": "edit"},
               {"module": "Deals", "record": "28", "from": "8", "to": "9", "access": "read"}]}"#;

fn execute(client: &mut Client, sql: &str) {
    client
        .batch_execute(sql)
        .unwrap_or_else(|error| panic!("{sql}: {error:?}"));
}

fn text(client: &mut Client, query: &str) -> String {
    let row = client.query_one(query, &[]);
    row.unwrap_or_else(|error| panic!("{query}: {error:?}"))
        .get(0)
}

fn dump(database: &Database, options: &[&str]) -> String {
    let output = Command::new(program("pg_dump"))
        .args(options)
        .arg(database.name())
        .output()
        .expect("pg_dump");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "pg_dump {options:?}: {error}");
    String::from_utf8(output.stdout).expect("a text")
}

fn psql(database: &Database, sql: &str) {
    let mut child = Command::new(program("psql"))
        .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-o", "/dev/null", "-d"])
        .arg(database.name())
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("psql");
    let mut input = child.stdin.take().expect("its input");
    input.write_all(sql.as_bytes()).expect("the dump");
    drop(input);
    let output = child.wait_with_output().expect("psql");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "psql: {error}");
}

/// What a dump says of the application's schemas, without what differs from dump to dump.
fn structure(database: &Database) -> Vec<String> {
    let text = dump(database, &["-s", "-n", "public", "-n", "app"]);
    let differs = ["restrict ", "SCHEMA public"];
    let lines = text.lines().filter(|line| {
        !line.is_empty() && !line.starts_with("--") && !differs.iter().any(|one| line.contains(one))
    });
    lines.map(str::to_owned).collect()
}

fn must_be_same(found: &[String], should: &[String], what: &str) {
    let only = |some: &[String], others: &[String]| -> Vec<String> {
        let only = some.iter().filter(|line| !others.contains(line));
        only.cloned().collect()
    };
    let (more, less) = (only(found, should), only(should, found));
    assert!(
        found == should,
        "{what}: too much: {more:#?}, too little: {less:#?}"
    );
}

fn source(name: &str) -> Database {
    let source = fresh_database(name);
    let mut client = source.connect();
    execute(&mut client, TABLES);
    execute(&mut client, ROWS);
    execute(&mut client, ORGANIZATION);
    execute(&mut client, PROTECTED);
    let query = "SELECT count(*) FROM sharing.import_config($1::text::jsonb, apply => true)";
    client.query_one(query, &[&SECTIONS]).expect(query);
    source
}

/// Databases that have the tables as the source has them, with rows, and no configuration.
fn copies(source: &Database, name: &str) -> Vec<(&'static str, Database)> {
    let whole = fresh_database(&format!("{name}_whole"));
    execute(
        &mut whole.connect(),
        "DROP EXTENSION pg_sharing; DROP SCHEMA public",
    );
    execute(
        &mut whole.connect(),
        "CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO PUBLIC",
    );
    psql(&whole, &dump(source, &["-s"]));

    let tables = fresh_database(&format!("{name}_tables"));
    execute(
        &mut tables.connect(),
        "CREATE SCHEMA app; GRANT USAGE ON SCHEMA app TO PUBLIC;
         CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    );
    psql(
        &tables,
        &dump(source, &["-s", "-t", "public.*", "-t", "app.*"]),
    );

    // As a framework's file of the schema is replayed: by a session in which the extension is there.
    let file = fresh_database(&format!("{name}_file"));
    psql(
        &file,
        &dump(source, &["-s", "-O", "-n", "public", "-n", "app"])
            .replace("CREATE SCHEMA public", "-- "),
    );

    let copies = vec![
        ("pg_dump -s", whole),
        ("pg_dump -s -t", tables),
        ("pg_dump -s -n", file),
    ];
    for (way, copy) in &copies {
        let mut client = copy.connect();
        execute(&mut client, ROWS);
        let modules = client.query("SELECT FROM sharing.modules", &[]);
        assert!(modules.expect("modules").is_empty(), "{way}");
    }
    copies
}

/// What everybody sees and changes.
fn sights(database: &Database, app: &str) -> Vec<String> {
    let mut told = Vec::new();
    let mut app = database.connect_as(app);
    for user in USERS {
        for relation in RELATIONS {
            for statement in [
                format!("SELECT id FROM {relation} ORDER BY id"),
                format!(
                    "WITH changed AS (UPDATE {relation} SET id = id RETURNING id) SELECT id FROM changed ORDER BY id"
                ),
            ] {
                let mut transaction = app.transaction().expect("BEGIN");
                transaction
                    .batch_execute(&format!("SET LOCAL sharing.user_key = '{user}'"))
                    .expect("the user");
                let rows = transaction.query(&statement, &[]);
                let rows = rows.unwrap_or_else(|error| panic!("{statement}: {error:?}"));
                let ids: Vec<i32> = rows.iter().map(|row| row.get(0)).collect();
                told.push(format!("{user}: {statement}: {ids:?}"));
            }
        }
    }
    told
}

fn is_closed(database: &Database, app: &str, way: &str) {
    for sight in sights(database, app) {
        assert!(sight.ends_with(": []"), "{way}: {sight}");
    }
}

fn trust(database: &Database, app: &str) {
    execute(
        &mut database.connect(),
        &format!("SELECT sharing.trust('{app}')"),
    );
}

#[test]
fn a_document_makes_a_copy_decide_as_the_source_does() {
    let app = "copies_document_app";
    let source = source("copies_document");
    source.create_role(app);
    trust(&source, app);
    let should = sights(&source, app);
    for part in [
        "9: SELECT id FROM leads ORDER BY id: [9, 18, 19, 29, 39]",
        "9: SELECT id FROM deals_2 ORDER BY id: [28, 29, 39]",
    ] {
        assert!(should.iter().any(|sight| sight == part), "{should:#?}");
    }
    let document = text(
        &mut source.connect(),
        "SELECT sharing.export_config()::text",
    );
    let objects = structure(&source);
    for (way, copy) in copies(&source, "copies_document") {
        trust(&copy, app);
        is_closed(&copy, app, way);
        let mut client = copy.connect();
        let import = "SELECT count(*) FROM sharing.import_config($1::text::jsonb, apply => true)";
        let changes: i64 = client.query_one(import, &[&document]).expect(way).get(0);
        assert!(changes > 0, "{way}");
        must_be_same(&sights(&copy, app), &should, way);
        assert_eq!(
            text(&mut client, "SELECT sharing.export_config()::text"),
            document,
            "{way}"
        );
        let again: i64 = client.query_one(import, &[&document]).expect(way).get(0);
        assert_eq!(again, 0, "{way}");
        // The numbers of relations, which policies name, are those of the copy.
        let relations = text(
            &mut client,
            "SELECT count(*)::text FROM pg_policies WHERE tablename = 'quotes'",
        );
        assert_eq!(relations, "8", "{way}");
        let without_numbers = |lines: &[String]| -> Vec<String> {
            let lines = lines.iter().filter(|line| !line.contains("_related("));
            lines.cloned().collect()
        };
        must_be_same(
            &without_numbers(&structure(&copy)),
            &without_numbers(&objects),
            way,
        );
        // It goes on as a protected database does.
        execute(
            &mut client,
            "CREATE TABLE deals_3 PARTITION OF deals FOR VALUES FROM (61) TO (81); DELETE FROM leads WHERE id = 18",
        );
        let policies = text(
            &mut client,
            "SELECT count(*)::text FROM pg_policies WHERE tablename = 'deals_3'",
        );
        let shares = text(&mut client, "SELECT count(*)::text FROM sharing.shares");
        assert_eq!((policies.as_str(), shares.as_str()), ("8", "2"), "{way}");
    }
}

#[test]
fn protect_adopts_the_tables_of_a_copy() {
    let app = "copies_protect_app";
    let source = source("copies_protect");
    source.create_role(app);
    trust(&source, app);
    let should = sights(&source, app);
    for (way, copy) in copies(&source, "copies_protect") {
        trust(&copy, app);
        let mut client = copy.connect();
        execute(&mut client, ORGANIZATION);
        is_closed(&copy, app, way);
        execute(&mut client, PROTECTED);
        let import = "SELECT count(*) FROM sharing.import_config($1::text::jsonb, apply => true)";
        client.query_one(import, &[&SECTIONS]).expect(way);
        must_be_same(&sights(&copy, app), &should, way);
    }
}

#[test]
fn unprotect_makes_the_tables_of_a_copy_ordinary_again() {
    let app = "copies_unprotect_app";
    let source = source("copies_unprotect");
    source.create_role(app);
    trust(&source, app);
    let plain = fresh_database("copies_plain");
    execute(&mut plain.connect(), TABLES);
    let ordinary = structure(&plain);
    let protected_first = [false, true];
    for adopted in protected_first {
        let name = format!("copies_unprotect_{adopted}");
        for (way, copy) in copies(&source, &name) {
            let mut client = copy.connect();
            if adopted {
                execute(&mut client, PROTECTED);
                execute(
                    &mut client,
                    "SELECT sharing.unrelate('quotes', 'Parent', 'leads'), sharing.unrelate('quotes', 'deal', 'deals')",
                );
            }
            // Those that others depend on come last.
            for table in [
                "sublines",
                "lines",
                "notes",
                "quotes",
                "leads",
                "deals",
                "\"Odd \"\" table\"",
                "app.cases",
                "teams",
            ] {
                let call = format!("SELECT count(*) FROM sharing.unprotect('{table}')");
                let statements: i64 = client.query_one(&call, &[]).expect(&call).get(0);
                assert!(statements > 0, "{way}: {table}");
                let error = client.query(&call, &[]).expect_err("nothing is left");
                assert!(
                    format!("{error:?}").contains("is not protected"),
                    "{error:?}"
                );
            }
            // Policies of its own lay dormant in the source, and nothing tells that in a copy.
            let row_security =
                "ALTER TABLE app.cases DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY";
            execute(&mut client, row_security);
            must_be_same(
                &structure(&copy),
                &ordinary,
                &format!("{way}, adopted: {adopted}"),
            );
            let mut everybody = copy.connect_as(app);
            for relation in RELATIONS {
                let count = text(
                    &mut everybody,
                    &format!("SELECT (SELECT count(*) FROM {relation})::text"),
                );
                let should = text(
                    &mut client,
                    &format!("SELECT (SELECT count(*) FROM {relation})::text"),
                );
                assert_eq!(count, should, "{way}: {relation}");
            }
        }
    }
}
