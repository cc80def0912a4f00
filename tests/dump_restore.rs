//! Administration and safety: a protected database, dumped and restored in every format and in parallel, is the same
//! for everybody: configuration, sequences, policies, partitions, trusted roles, administrators. Nothing is
//! doubled, and what a dropped role had is given to no other.

mod support;

use postgres::Client;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::{Database, fresh_database, program};

const USERS: [&str; 10] = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "nobody"];
const TABLES: [&str; 8] = [
    "leads",
    "deals",
    "\"Odd \"\" table\"",
    "app.cases",
    "quotes",
    "contacts",
    "lines",
    "visits",
];

const COMPANY: &str = r#"
    CREATE SCHEMA app;
    CREATE TABLE leads (gone text, id int PRIMARY KEY, gone_too int, owner int, title text);
    ALTER TABLE leads DROP COLUMN gone, DROP COLUMN gone_too;
    INSERT INTO leads SELECT n, n % 8, 'lead' FROM generate_series(1, 80) n;
    CREATE TABLE deals (gone int, id int, owner text, region int) PARTITION BY LIST (region);
    ALTER TABLE deals DROP COLUMN gone;
    CREATE TABLE deals_1 PARTITION OF deals FOR VALUES IN (1);
    CREATE TABLE deals_2 (region int, dropped int, owner text, id int);
    ALTER TABLE deals_2 DROP COLUMN dropped;
    INSERT INTO deals SELECT n, (n % 8)::text, 1 FROM generate_series(1, 40) n;
    INSERT INTO deals_2 SELECT 2, (n % 8)::text, n FROM generate_series(41, 80) n;
    CREATE TABLE "Odd "" table" (id int PRIMARY KEY, "Owner Of" varchar(10), amount numeric, status text);
    INSERT INTO "Odd "" table" SELECT n, CASE WHEN n % 3 = 0 THEN 'g1' ELSE (n % 8)::text END, n * 100, CASE WHEN n % 2 = 0 THEN 'a' ELSE 'b"''' END FROM generate_series(1, 40) n;
    CREATE TABLE app.cases (id int PRIMARY KEY, owner int, team int);
    INSERT INTO app.cases SELECT n, nullif(n % 8, 0), CASE WHEN n % 5 = 0 THEN 100 END FROM generate_series(1, 40) n;
    CREATE TYPE kind AS ENUM ('lead', 'contact');
    CREATE TABLE quotes (gone int, id int PRIMARY KEY, owner int, "Parent" int, kind kind, contact int);
    ALTER TABLE quotes DROP COLUMN gone;
    INSERT INTO quotes SELECT n, CASE WHEN n % 5 = 0 THEN n % 8 END, n, CASE WHEN n % 4 <> 0 THEN 'lead'::kind END, n % 10 FROM generate_series(1, 40) n;
    CREATE TABLE contacts (id bigint PRIMARY KEY, owner text);
    INSERT INTO contacts SELECT n, n % 8 FROM generate_series(1, 20) n;
    CREATE TABLE lines (id int PRIMARY KEY, quote int);
    INSERT INTO lines SELECT n, n FROM generate_series(1, 40) n;
    CREATE TABLE visits (id int PRIMARY KEY, owner int) PARTITION BY RANGE (id);
    CREATE TABLE visits_1 PARTITION OF visits FOR VALUES FROM (1) TO (21);
    CREATE TABLE visits_2 PARTITION OF visits FOR VALUES FROM (21) TO (41);
    CREATE TABLE visits_left PARTITION OF visits FOR VALUES FROM (41) TO (61);
    INSERT INTO visits SELECT n, 1 + n % 9 FROM generate_series(1, 60) n;
    CREATE POLICY own ON app.cases FOR SELECT USING (id > 3);
    GRANT SELECT, UPDATE ON ALL TABLES IN SCHEMA public, app TO dump_app;
    GRANT USAGE ON SCHEMA app TO dump_app;

    SELECT sharing.create_office('Head'), sharing.create_office('Branch', 'Head', true);
    SELECT sharing.create_role('Boss');
    SELECT sharing.create_role('Manager: "it''s"', 'Boss');
    SELECT sharing.create_role('Rep', 'Manager: "it''s"'), sharing.create_role('Support'), sharing.create_role('Dropped');
    SELECT sharing.drop_role('Dropped');
    SELECT sharing.create_user('1', 'one', 'Boss', 'Head'), sharing.create_user('2', 'two', 'Manager: "it''s"', 'Head');
    SELECT sharing.create_user('3', 'three', 'Rep', 'Head'), sharing.create_user('4', 'four', 'Rep', 'Branch');
    SELECT sharing.create_user('5', 'five', 'Support'), sharing.create_user('6', 'six', 'Support', db_role => 'dump_six');
    SELECT sharing.create_user('7', 'seven');
    SELECT sharing.create_user('8', 'eight', NULL, 'Head'), sharing.create_user('9', 'nine', NULL, 'Branch');
    SELECT sharing.enable_record_sharing('8'), sharing.enable_record_sharing('9');
    SELECT sharing.grant_right('7', 'administrator'), sharing.grant_right('2', 'enterprise_view');
    SELECT sharing.deactivate_user('4');
    SELECT sharing.create_group('g1', 'Team'), sharing.create_group('100', 'Inner', 'Branch');
    SELECT sharing.add_member('Team', 'user:5'), sharing.add_member('Team', 'group:Inner'), sharing.add_member('Inner', 'role_and_subordinates:Rep');
    SELECT sharing.add_member('Inner', 'user:8', '2999-01-01 00:00:00+00'), sharing.add_member('Inner', 'role:Support', '2999-01-01 00:00:00+00');
    SELECT sharing.add_member('Team', 'user:9', '2999-01-01 00:00:00+00'), sharing.add_member('Team', 'role:Boss', '2999-01-01 00:00:00+00');
    UPDATE sharing.group_users SET until = '2001-01-01' WHERE user_id = (SELECT id FROM sharing.users WHERE key = '9');
    UPDATE sharing.group_members SET until = '4714-11-24 00:00:00+00 BC' WHERE role_id = (SELECT id FROM sharing.roles WHERE name = 'Boss');
    SELECT sharing.protect('leads', 'owner', 'Leads');
    SELECT sharing.protect('deals', 'owner', 'Deals', hierarchy => false);
    ALTER TABLE deals ATTACH PARTITION deals_2 FOR VALUES IN (2);
    SELECT sharing.protect('"Odd "" table"', 'Owner Of', 'Odd', 'Owner Of');
    SELECT sharing.protect('app.cases', 'owner', 'Cases', 'team', default_owner => true);
    SELECT sharing.protect('quotes', 'owner', 'Quotes'), sharing.protect('contacts', 'owner', 'Contacts', follows => 'Leads');
    SELECT sharing.protect('lines', module => 'Lines', controlled_by => 'quotes', via => 'quote');
    SELECT sharing.relate('quotes', 'id', 'contacts'), sharing.unrelate('quotes', 'id', 'contacts');
    SELECT sharing.relate('quotes', 'Parent', 'leads', 'kind', 'lead'), sharing.relate('quotes', 'contact', 'contacts', with_shares => false);
    SELECT sharing.protect('visits', 'owner', 'Visits');
    ALTER TABLE visits DETACH PARTITION visits_left;
    SELECT sharing.set_global_access('Deals', 'public_read_only');
    SELECT sharing.add_rule('Leads', 'role:Rep', 'role:Support', 'read_only', '{"Quotes": "read_write"}');
    SELECT sharing.add_rule('Leads', 'group:Team', 'role_and_subordinates:Manager: "it''s"', 'read_write', superiors => true);
    SELECT sharing.add_rule('Odd', NULL, 'role:Support', 'read_only', criteria => '{"amount": {">=": 1000}, "status": ["a", "b\"''"]}');
    SELECT sharing.add_rule('Leads', 'role:Boss', 'role:Support', 'read_only', until => '2999-01-01 00:00:00+00'), sharing.add_rule('Leads', 'role:Boss', 'role:Rep', 'read_write', until => '2999-01-01 00:00:00+00');
    SELECT sharing.apply_rules();
    UPDATE sharing.rules SET until = '0044-03-15 BC', staged_until = '0044-03-15 BC' WHERE access = 'read_write' AND until IS NOT NULL;
    SELECT sharing.grant_record('contacts', 3, 'user:5', 'edit', '2999-01-01 00:00:00+00'), sharing.grant_record('contacts', 4, 'user:5', 'edit', '2999-01-01 00:00:00+00'), sharing.grant_record('visits', 30, 'role:Support');
    UPDATE sharing.record_grants SET until = '2001-01-01' WHERE record_id = '4';
    SELECT sharing.relate('contacts', 'id', 'leads'), sharing.alter_rule(1, related => '{"Quotes": "none"}');
    SELECT sharing.add_rule('Cases', 'role:Rep', 'group:Team', 'read_only'), sharing.set_global_access('Leads', 'public_read_edit');
    SELECT sharing.create_profile('Read only'), sharing.create_profile('Dropped'), sharing.drop_profile('Dropped'), sharing.create_profile('All "of" it', view_all => true, edit_all => true);
    SELECT sharing.set_permission('Read only', 'Leads', true, false, false, false), sharing.set_permission('Read only', NULL, true, true, true, false), sharing.set_permission('All "of" it', NULL, true, true, true, true);
    SELECT sharing.assign_profile('Support', 'Read only'), sharing.assign_profile('Boss', 'Read only'), sharing.assign_profile('Boss', 'All "of" it');
    SELECT sharing.expect('5', 'leads', '1', 'none'), sharing.expect('1', 'quotes', '2', 'read', exactly => false);
    SELECT sharing.search_safe('@@(tsvector,tsquery)'), sharing.search_safe_function('lower(text)');
    -- Tables from which a part of the organization comes, in schemas that are dumped before ours and after it.
    CREATE SCHEMA zoo;
    CREATE TABLE zoo.people (gone int, id int, name text, role text) PARTITION BY RANGE (id);
    ALTER TABLE zoo.people DROP COLUMN gone;
    CREATE TABLE zoo.people_1 PARTITION OF zoo.people FOR VALUES FROM (20) TO (22);
    CREATE TABLE zoo.people_2 PARTITION OF zoo.people DEFAULT;
    INSERT INTO zoo.people VALUES (21, 'x', 'Rep'), (22, 'y', 'Support'), (23, 'z', NULL);
    CREATE TABLE app.teams (key text PRIMARY KEY, title text);
    INSERT INTO app.teams VALUES ('t1', 'First'), ('t2', 'Second');
    CREATE TABLE app.team_people (team text, person int);
    INSERT INTO app.team_people VALUES ('t1', 21), ('t1', 22), ('t2', 22);
    SELECT count(*) FROM sharing.sync_users('zoo.people', 'id', 'name', role => 'role');
    SELECT count(*) FROM sharing.sync_groups('app.teams', 'key', 'title');
    SELECT count(*) FROM sharing.sync_members('app.team_people', 'team', "user" => 'person');
    ALTER TABLE app.teams RENAME title TO name;
    DELETE FROM zoo.people WHERE id = 23;
    SELECT sharing.trust('dump_admin', 'request.jwt.claims', 'sub'), sharing.add_key('k', 'HS256', 'a secret of forty bytes for the dump, and no other');
    SELECT sharing.trust('dump_app'), sharing.trust('dump_gone'), sharing.grant_admin('dump_admin'), sharing.grant_admin('dump_gone');
    SELECT sharing.set_user_db_role('3', 'dump_gone');
    DROP OWNED BY dump_gone;
    DROP ROLE dump_gone;
"#;

/// All that must be the same, as one text. Roles that are no more are left out.
const PICTURE: &str = r#"
    SELECT string_agg(line, E'\n' ORDER BY line) FROM (
        SELECT 'office ' || o::text FROM sharing.offices o
        UNION ALL SELECT 'role ' || r::text FROM sharing.roles r
        UNION ALL SELECT 'user ' || u::text FROM sharing.users u
        UNION ALL SELECT 'right ' || r::text FROM sharing.user_rights r
        UNION ALL SELECT 'group ' || g::text FROM sharing.groups g
        UNION ALL SELECT 'member ' || m::text FROM sharing.group_users m
        UNION ALL SELECT 'group member ' || m::text FROM sharing.group_members m
        UNION ALL SELECT 'module ' || m::text FROM sharing.modules m
        UNION ALL SELECT 'protected ' || p::text FROM sharing.protected_relations p
        UNION ALL SELECT 'rule ' || r::text FROM sharing.rules r
        UNION ALL SELECT 'criteria ' || c::text FROM sharing.criteria c
        UNION ALL SELECT 'relation ' || r::text FROM sharing.relations r
        UNION ALL SELECT 'level ' || l::text FROM sharing.related_levels l
        UNION ALL SELECT 'profile ' || p::text FROM sharing.profiles p
        UNION ALL SELECT 'permission ' || p::text FROM sharing.profile_permissions p
        UNION ALL SELECT 'role with profile ' || p::text FROM sharing.role_profiles p
        UNION ALL SELECT 'link ' || (to_jsonb(l) - 'stamp')::text FROM sharing.links l
        UNION ALL SELECT 'share ' || s::text FROM sharing.shares s
        UNION ALL SELECT 'grant ' || g::text FROM sharing.record_grants g
        UNION ALL SELECT DISTINCT 'shared module ' || s::text FROM sharing.shared_modules s -- one that two sessions find missing stands there twice
        UNION ALL SELECT 'db role ' || d::text FROM sharing.user_db_roles d WHERE db_role::oid IN (SELECT oid FROM pg_roles)
        UNION ALL SELECT 'trusted ' || t::text FROM sharing.trusted_roles t WHERE db_role::oid IN (SELECT oid FROM pg_roles)
        UNION ALL SELECT 'key ' || k::text FROM sharing.token_keys k
        UNION ALL SELECT 'administrator ' || a::text FROM sharing.administrators a WHERE db_role::oid IN (SELECT oid FROM pg_roles)
        UNION ALL SELECT 'source ' || s::text FROM sharing.sources s
        UNION ALL SELECT 'gap ' || g::text FROM sharing.source_gaps g
        UNION ALL SELECT 'search ' || s::text FROM sharing.search_names s
        UNION ALL SELECT 'expectation ' || e::text FROM sharing.expectations e
        UNION ALL SELECT format('generation %s', count(*)) FROM sharing.generation
        UNION ALL SELECT 'sequence ' || sequencename || ' ' || coalesce(last_value, 0) FROM pg_sequences WHERE schemaname = 'sharing'
        UNION ALL SELECT 'policy ' || p::text FROM pg_policies p
        UNION ALL SELECT format('trigger %s %s', pg_get_triggerdef(oid), tgenabled) FROM pg_trigger
            WHERE NOT tgisinternal OR tgparentid <> 0
        UNION ALL SELECT format('event trigger %s %s', evtname, evtenabled) FROM pg_event_trigger
        UNION ALL SELECT format('table %s %s %s %s', oid::regclass, relrowsecurity, relforcerowsecurity, relispartition) FROM pg_class
            WHERE relnamespace IN ('public'::regnamespace, 'app'::regnamespace) AND relkind IN ('r', 'p')
        UNION ALL SELECT format('%s may %s %s', a.grantee::regrole, a.privilege_type, c.oid::regclass) FROM pg_class c, aclexplode(c.relacl) a
            WHERE c.relnamespace IN ('sharing'::regnamespace, 'public'::regnamespace, 'app'::regnamespace) AND a.grantee <> 0
              AND a.grantee IN (SELECT oid FROM pg_roles)
    ) lines (line)"#;

fn execute(client: &mut Client, sql: &str) {
    client
        .batch_execute(sql)
        .unwrap_or_else(|error| panic!("{sql}: {error:?}"));
}

/// What everybody sees and changes, and all that says so.
fn picture(database: &Database) -> String {
    let mut text: String = database
        .connect()
        .query_one(PICTURE, &[])
        .expect("the picture")
        .get(0);
    text += &sights(database, "dump_app");
    let mut six = database.connect_as("dump_six");
    let key: Option<String> = six
        .query_one("SELECT sharing.current_user_key()", &[])
        .expect("key")
        .get(0);
    text + &format!("\ndump_six is {key:?}")
}

/// What everybody sees and changes.
fn sights(database: &Database, app: &str) -> String {
    let mut text = String::new();
    let mut app = database.connect_as(app);
    for user in USERS {
        for table in TABLES {
            for statement in [
                format!("SELECT id::bigint FROM {table} ORDER BY id"),
                format!(
                    "WITH changed AS (UPDATE {table} SET id = id RETURNING id) SELECT id::bigint FROM changed ORDER BY id"
                ),
            ] {
                let mut transaction = app.transaction().expect("BEGIN");
                execute_in(
                    &mut transaction,
                    &format!("SET LOCAL sharing.user_key = '{user}'"),
                );
                let rows = transaction.query(&statement, &[]);
                let rows = rows.unwrap_or_else(|error| panic!("{statement}: {error:?}"));
                let ids: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
                text += &format!("\n{user}: {statement}: {ids:?}");
            }
        }
    }
    text
}

fn execute_in(transaction: &mut postgres::Transaction, sql: &str) {
    transaction
        .batch_execute(sql)
        .unwrap_or_else(|error| panic!("{sql}: {error:?}"));
}

fn run(name: &str, arguments: &[&str]) {
    let output = Command::new(program(name))
        .args(arguments)
        .output()
        .expect(name);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name} {arguments:?}: {error}");
    assert!(!error.contains("ERROR"), "{name} {arguments:?}: {error}");
}

/// The contents of a dump in an order that parallel jobs may come to: policies before keys and triggers.
fn policies_first(file: &str) -> String {
    let listed = Command::new(program("pg_restore"))
        .args(["--list", file])
        .output()
        .expect("pg_restore");
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    let is_policy = |line: &&str| line.contains(" POLICY ") || line.contains(" ROW SECURITY ");
    let (policies, others): (Vec<&str>, Vec<&str>) = listed.lines().partition(is_policy);
    let is_key = |line: &&str| line.contains(" CONSTRAINT ");
    let keys = others.iter().position(is_key);
    let (before, after) = others.split_at(keys.expect("a key"));
    assert!(policies.len() > 20, "{listed}");
    [before, &policies, after].concat().join("\n")
}

/// An empty database, in which nothing of the extension is.
fn empty(name: &str) -> Database {
    let database = fresh_database(name);
    execute(
        &mut database.connect(),
        "DROP EXTENSION pg_sharing; DROP SCHEMA public",
    );
    execute(
        &mut database.connect(),
        "CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO PUBLIC",
    );
    database
}

struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Scratch {
        let path = std::env::temp_dir().join(format!("pg_sharing_dump_{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a temporary folder");
        Scratch(path)
    }

    fn path(&self, name: &str) -> String {
        Path::join(&self.0, name).display().to_string()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What a dropped role had stays behind: its number may belong to another role, here or elsewhere.
fn leaves_dropped_roles_behind(database: &Database, way: &str) {
    let query = "SELECT db_role::oid FROM (SELECT db_role FROM sharing.trusted_roles UNION ALL SELECT db_role FROM sharing.administrators
        UNION ALL SELECT db_role FROM sharing.user_db_roles) r WHERE db_role::oid NOT IN (SELECT oid FROM pg_roles)";
    let left = database.connect().query(query, &[]).expect(query);
    assert!(
        left.is_empty(),
        "{way}: {} rows of a role that is no more",
        left.len()
    );
}

/// The restored database goes on: new things get new numbers, new partitions are protected, drops followed.
fn goes_on(database: &Database, way: &str) {
    let mut client = database.connect();
    execute(
        &mut client,
        "SELECT sharing.create_role('New'), sharing.create_office('New'), sharing.create_user('new', 'new', 'Rep'), sharing.create_group('new group', 'New');
         SELECT sharing.add_rule('Leads', 'role:New', 'role:Rep', 'read_only'); SELECT sharing.apply_rules();
         SELECT sharing.relate('quotes', 'contact', 'leads');
         CREATE TABLE deals_3 PARTITION OF deals FOR VALUES IN (3);
         DROP TABLE leads",
    );
    let counts = client
        .query_one(
            "SELECT (SELECT count(*) FROM pg_policy WHERE polrelid = 'deals_3'::regclass), (SELECT count(*) FROM sharing.modules), (SELECT count(*) FROM sharing.rules),
                (SELECT count(*) FROM sharing.relations), (SELECT count(*) FROM pg_policies WHERE tablename = 'quotes' AND qual LIKE '%\\_related%\\_related%')",
            &[],
        )
        .expect("counts");
    let counts: [i64; 5] = std::array::from_fn(|n| counts.get(n));
    assert_eq!(
        counts,
        [8, 7, 2, 1, 0],
        "{way}: policies of a new partition, modules, rules and relations that are left, and policies with more relations than that"
    );
}

#[test]
fn every_way_of_dumping_carries_everything() {
    let source = fresh_database("dump_source");
    for role in ["dump_app", "dump_admin", "dump_six", "dump_gone"] {
        source.create_role(role);
    }
    execute(&mut source.connect(), COMPANY);
    execute(
        &mut source.connect_as("dump_app"),
        "SET sharing.user_key = '8'; SELECT sharing.request_link('Branch', 'nine');
         SET sharing.user_key = '9'; SELECT sharing.accept_links(ARRAY(SELECT link_id FROM sharing.pending_links()));
         SET sharing.user_key = '8'; SELECT sharing.share_record('visits', '7', '9'), sharing.share_record('visits', '25', '9', 'edit', '2999-01-01 00:00:00+00'),
            sharing.share_record('visits', '34', '9', until => '2999-01-01 00:00:00+00')",
    );
    execute(
        &mut source.connect(),
        "UPDATE sharing.shares SET until = '2001-01-01' WHERE record_id = '34'; UPDATE sharing.links SET until = '2999-01-01 00:00:00+00'",
    );
    let before = picture(&source);
    for part in [
        "trusted (dump_app,,)",
        "trusted (dump_admin,request.jwt.claims,sub)",
        "key (k,HS256,",
        "administrator (dump_admin)",
        "dump_six is Some(\"6\")",
        "dump_admin may SELECT",
        "relation (4,",
        "level (1,",
        "share (",
        "grant (",
    ] {
        assert!(before.contains(part), "{part} in {before}");
    }
    // Roles that come after: one of them may get the number of a role that went.
    source.create_role("dump_gone_2");
    let scratch = Scratch::new();
    let name = source.name();

    let list = scratch.path("list");
    let ways: [(&str, &[&str], &[&str]); 8] = [
        ("plain", &["--format=plain"], &[]),
        (
            "on_conflict",
            &["--format=plain", "--inserts", "--on-conflict-do-nothing"],
            &[],
        ),
        ("custom", &["--format=custom"], &["--exit-on-error"]),
        ("custom_jobs", &["--format=custom"], &["--jobs=4"]),
        (
            "directory_jobs",
            &["--format=directory", "--jobs=3"],
            &["--jobs=4"],
        ),
        (
            "policies_first",
            &["--format=custom"],
            &["--exit-on-error", "--use-list", &list],
        ),
        ("tar", &["--format=tar"], &["--single-transaction"]),
        ("clean", &["--format=custom"], &["--clean", "--if-exists"]),
    ];
    for (way, dump, restore) in ways {
        let file = scratch.path(way);
        run("pg_dump", &[dump, &["--file", &file, name]].concat());
        if way == "policies_first" {
            std::fs::write(&list, policies_first(&file)).expect("the list");
        }
        let target = empty(&format!("dump_{way}"));
        if dump.contains(&"--format=plain") {
            run(
                "psql",
                &[
                    "-X",
                    "-q",
                    "-v",
                    "ON_ERROR_STOP=1",
                    "-o",
                    "/dev/null",
                    "-d",
                    target.name(),
                    "-f",
                    &file,
                ],
            );
        } else {
            run(
                "pg_restore",
                &[restore, &["--dbname", target.name(), &file]].concat(),
            );
        }
        assert_eq!(picture(&target), before, "{way}");
        if way == "clean" {
            // Over what is there already: replaced, not doubled. The keys of partitions are not dropped by
            // what pg_restore sends, with pg_sharing or without it.
            execute(&mut target.connect(), "DROP TABLE visits, visits_left");
            run(
                "pg_restore",
                &[restore, &["--dbname", target.name(), &file]].concat(),
            );
            assert_eq!(picture(&target), before, "{way}, again");
        }
        // A dump of what was restored, restored.
        if way == "custom" {
            let file = scratch.path("again");
            run(
                "pg_dump",
                &["--format=custom", "--file", &file, target.name()],
            );
            let again = empty("dump_again");
            run(
                "pg_restore",
                &["--exit-on-error", "--dbname", again.name(), &file],
            );
            assert_eq!(picture(&again), before, "a dump of the restored database");
        }
        leaves_dropped_roles_behind(&target, way);
        goes_on(&target, way);
    }

    // The structure first, the data later.
    let (structure, data) = (scratch.path("structure"), scratch.path("data"));
    run(
        "pg_dump",
        &[
            "--format=custom",
            "--schema-only",
            "--file",
            &structure,
            name,
        ],
    );
    run(
        "pg_dump",
        &["--format=custom", "--data-only", "--file", &data, name],
    );
    let ways: [(&str, &[&str]); 4] = [
        ("one_by_one", &["--jobs=1"]),
        ("jobs", &["--jobs=4"]),
        ("without_triggers", &["--jobs=1", "--disable-triggers"]),
        ("jobs_without_triggers", &["--jobs=4", "--disable-triggers"]),
    ];
    for (way, options) in ways {
        let target = empty(&format!("dump_data_only_{way}"));
        run(
            "pg_restore",
            &["--exit-on-error", "--dbname", target.name(), &structure],
        );
        // Closed as long as nothing says who may see what.
        let mut app = target.connect_as("dump_app");
        for table in TABLES {
            let rows = app
                .query(&format!("SELECT FROM {table}"), &[])
                .expect(table);
            assert!(rows.is_empty(), "{table}");
        }
        run(
            "pg_restore",
            &[options, &["--dbname", target.name(), &data]].concat(),
        );
        assert_eq!(picture(&target), before, "data only, {way}");
        // Triggers that were off are on: shares go with their records.
        let mut client = target.connect();
        execute(&mut client, "DELETE FROM visits WHERE id = 7");
        let shares = client.query(
            "SELECT record_id FROM sharing.shares ORDER BY record_id",
            &[],
        );
        let shares = shares.expect("the shares");
        let left: Vec<String> = shares.iter().map(|row| row.get(0)).collect();
        assert_eq!(left, ["25", "34"], "data only, {way}");
        leaves_dropped_roles_behind(&target, "data only");
        goes_on(&target, "data only");
    }
}

/// The document of one database makes the same in another that has the same tables.
#[test]
fn a_document_carries_the_configuration_to_another_database() {
    let (source, target) = (
        fresh_database("document_source"),
        fresh_database("document_target"),
    );
    for role in ["document_app", "document_six"] {
        source.create_role(role);
    }
    let company = COMPANY
        .replace("dump_app", "document_app")
        .replace("dump_six", "document_six");
    let (tables, organization) = company
        .split_once("    SELECT sharing.create_office")
        .expect("tables, then people");
    let (organization, _) = organization
        .split_once("    SELECT sharing.trust")
        .expect("what is no document's");
    let organization = format!("SELECT sharing.create_office{organization}");
    execute(
        &mut source.connect(),
        &format!(
            "{tables} {organization}; SELECT sharing.apply_rules(), sharing.trust('document_app')"
        ),
    );
    // The tables from which people come are there, too, and nobody has said so yet.
    let (_, sources) = COMPANY
        .split_once("    CREATE SCHEMA zoo;")
        .expect("tables of the application");
    let (sources, _) = sources
        .split_once("    SELECT count(*) FROM sharing.sync_users")
        .expect("which are declared");
    let sources = format!(
        "CREATE SCHEMA zoo; {sources}; ALTER TABLE app.teams RENAME title TO name; DELETE FROM zoo.people WHERE id = 23"
    );
    execute(
        &mut target.connect(),
        &format!(
            "{tables}; {sources}; ALTER TABLE deals ATTACH PARTITION deals_2 FOR VALUES IN (2); ALTER TABLE visits DETACH PARTITION visits_left; SELECT sharing.trust('document_app')"
        ),
    );
    let config = |database: &Database| -> String {
        let row = database
            .connect()
            .query_one("SELECT sharing.export_config()::text", &[]);
        row.expect("the document").get(0)
    };
    let document = config(&source);
    let import = |sql: &str| -> i64 {
        let row = target.connect().query_one(sql, &[&document]);
        row.expect(sql).get(0)
    };
    let all = "SELECT count(*) FROM sharing.import_config($1::text::jsonb, apply => true)";
    assert!(import(all) > 0);
    assert_eq!(config(&target), document);
    assert_eq!(import(all), 0);
    assert_eq!(
        sights(&target, "document_app"),
        sights(&source, "document_app")
    );
}
