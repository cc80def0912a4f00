//! A database that gets its configuration by logical replication decides as the one it comes from: with a
//! publication of all tables, and with one of the schema, from the initial copy on. Both databases have a row
//! in sharing.generation, and tables have other numbers there.

mod support;

use postgres::Client;
use support::Database;
use support::company::{Company, act_for, company};
use support::subscription::{Subscription, execute, structure_of, turn};

const PEOPLE: [&str; 7] = ["boss", "manager", "rep1", "support", "eve", "wim", "nobody"];

/// What everybody sees and may change.
fn decisions(company: &Company, database: &Database) -> Vec<(String, i64, i64)> {
    let mut client = database.connect_as(&company.app);
    let mut seen = Vec::new();
    for person in PEOPLE {
        act_for(&mut client, person);
        let rows = client
            .query_one("SELECT count(*), sum(id)::bigint FROM leads", &[])
            .expect("leads");
        client.batch_execute("BEGIN").expect("BEGIN");
        let changed = client.execute("UPDATE leads SET title = title", &[]);
        client.batch_execute("ROLLBACK").expect("ROLLBACK");
        let sum: Option<i64> = rows.get(1);
        let count: i64 = rows.get(0);
        let changed = i64::try_from(changed.expect("UPDATE")).expect("a small number");
        seen.push((
            person.to_owned(),
            count * 1_000_000 + sum.unwrap_or(0),
            changed,
        ));
    }
    seen
}

/// The company and two specialists, of whom one shares a record with the other.
fn publisher(name: &str) -> Company {
    let company = company(name);
    execute(
        &mut company.database.connect(),
        "SELECT sharing.create_office('East'), sharing.create_office('West');
         SELECT sharing.create_user('eve', 'eve', NULL, 'East'), sharing.create_user('wim', 'wim', NULL, 'West');
         SELECT sharing.enable_record_sharing('eve'), sharing.enable_record_sharing('wim');
         UPDATE leads SET owner = 'eve' WHERE id IN (3, 4);
         SELECT sharing.create_group('t', 'Team'), sharing.add_member('Team', 'role:Support'), sharing.add_member('Team', 'user:rep2');
         SELECT sharing.create_profile('P', view_all => true), sharing.set_permission('P', NULL, true, true, true, true), sharing.set_permission('P', 'leads', true, true, false, false)",
    );
    let mut client = company.connect_for("eve");
    execute(&mut client, "SELECT sharing.request_link('West', 'wim')");
    act_for(&mut client, "wim");
    execute(
        &mut client,
        "SELECT sharing.accept_links(ARRAY(SELECT link_id FROM sharing.pending_links()))",
    );
    act_for(&mut client, "eve");
    execute(
        &mut client,
        "SELECT sharing.share_record('leads', '3', 'wim', 'edit')",
    );
    company
}

/// Every row of the configuration, with its numbers. What each database has of its own is left out, and the numbers of
/// tables, which travel by name.
fn stored(client: &mut Client) -> Vec<String> {
    let tables = "SELECT relname::text FROM pg_class WHERE relnamespace = 'sharing'::regnamespace AND relkind = 'r'
        AND relname NOT IN ('generation', 'grant_stamps', 'audit_entries', 'links') ORDER BY 1";
    let names = client.query(tables, &[]).expect("tables");
    let mut rows = Vec::new();
    for name in names {
        let name: String = name.get(0);
        let sql = format!("SELECT t::text FROM sharing.\"{name}\" t ORDER BY 1");
        let found = client.query(&sql, &[]).expect("rows");
        rows.extend(
            found
                .iter()
                .map(|row| format!("{name} {}", row.get::<_, String>(0))),
        );
    }
    assert!(rows.len() > 50, "{}", rows.len());
    rows
}

fn decides_alike(name: &'static str, what: &str, copies_records: bool) {
    let company = publisher(name);
    let target = structure_of(&company.database, &format!("{name}_copy"));
    if !copies_records {
        let rows = company
            .database
            .connect()
            .query("SELECT id, owner, title FROM leads", &[])
            .expect("leads");
        let mut client = target.connect();
        for row in rows {
            let (id, owner, title): (i32, String, String) = (row.get(0), row.get(1), row.get(2));
            client
                .execute(
                    "INSERT INTO leads VALUES ($1, $2, $3)",
                    &[&id, &owner, &title],
                )
                .expect("a lead");
        }
    }
    let before = decisions(&company, &target);
    assert!(
        before
            .iter()
            .all(|(_, seen, changed)| (*seen, *changed) == (0, 0)),
        "closed: {before:?}"
    );
    let stamp = |client: &mut Client| -> String {
        client
            .query_one("SELECT stamp::text FROM sharing.generation", &[])
            .expect("one row")
            .get(0)
    };
    let mut subscription = Subscription::start(name, what, &company.database, &target);
    let mut dba = company.database.connect();
    let mut last = String::new();
    for change in [
        "SELECT 1",
        "SELECT sharing.set_user_role('manager', NULL)",
        "SELECT sharing.set_user_role('manager', 'Manager'), sharing.set_user_role('wim', 'Support')",
        "SELECT sharing.add_rule('leads', 'role:Rep', 'group:Team', 'read_only'), sharing.apply_rules()",
        "SELECT sharing.remove_member('Team', 'role:Support')",
        "SELECT sharing.add_member('Team', 'user:support')",
        "SELECT sharing.assign_profile('Rep', 'P')",
        "SELECT sharing.set_permission('P', 'leads', true, true, true, false)",
        "SELECT sharing.unassign_profile('Rep', 'P'), sharing.drop_profile('P')",
        "SELECT sharing.unshare_record('leads', '3', 'wim'), sharing.share_record('leads', '4', 'wim')",
        "SELECT sharing.import_config(jsonb_set(sharing.export_config(), '{rules}', '[]'), apply => true)",
        "SELECT sharing.import_config(jsonb_set(jsonb_set(sharing.export_config(), '{rules}',
             '[{\"module\": \"leads\", \"owned_by\": \"role:Clerk\", \"shared_with\": \"group:Others\", \"access\": \"read_write\"}]'), '{groups}',
             '[{\"key\": \"t\", \"name\": \"Others\", \"members\": [\"user:support\", \"role:Boss\"]}]')
             || replace(jsonb_build_object('roles', sharing.export_config() -> 'roles', 'users', sharing.export_config() -> 'users')::text, '\"Rep\"', '\"Clerk\"')::jsonb, apply => true)",
        "SELECT sharing.deactivate_user('rep1')",
        "SELECT sharing.disable_record_sharing('eve', delete_links => true)",
        "SELECT sharing.unprotect('leads')",
    ] {
        execute(&mut dba, change);
        subscription.catch_up();
        let (here, there) = (
            decisions(&company, &company.database),
            decisions(&company, &target),
        );
        if change.contains("unprotect") {
            // Statements about tables are not replicated: there the table stays closed.
            assert!(
                there.iter().all(|(_, seen, _)| *seen == 0),
                "{change}: {there:?}"
            );
        } else {
            assert_eq!(here, there, "{change}");
            assert_ne!(
                stamp(&mut dba),
                stamp(&mut subscription.target),
                "{change}: stamps of its own"
            );
        }
        assert_eq!(
            stored(&mut dba),
            stored(&mut subscription.target),
            "{change}: the same numbers"
        );
        let now = stamp(&mut subscription.target);
        // Shares go by the stamp of their link.
        assert_eq!(
            now == last,
            change.contains("share_record"),
            "{change}: a new stamp"
        );
        last = now;
    }
    let tables = "SELECT count(*) FROM sharing.generation";
    let rows: i64 = subscription
        .target
        .query_one(tables, &[])
        .expect("rows")
        .get(0);
    assert_eq!(rows, 1);
}

#[test]
fn what_is_replicated_decides_alike() {
    let _turn = turn();
    decides_alike("replicated_all_tables", "FOR ALL TABLES", true);
    decides_alike("replicated_schema", "FOR TABLES IN SCHEMA sharing", false);
}

fn refused(client: &mut Client, sql: &str) -> (String, String) {
    let error = client.batch_execute(sql).expect_err(sql);
    let error = error.as_db_error().expect("an error of the server");
    (error.code().code().to_owned(), error.message().to_owned())
}

/// What comes to a copy is not changed there, whoever asks; what happens to its tables is followed; and once the
/// subscription is gone it is a database of its own.
#[test]
fn a_copy_is_changed_where_it_comes_from() {
    let _turn = turn();
    let company = publisher("replicated_copy");
    let mut dba = company.database.connect();
    let app = &company.app;
    execute(
        &mut dba,
        &format!(
            "CREATE TABLE visits (id int, owner text, year int) PARTITION BY LIST (year);
             CREATE TABLE visits_1 PARTITION OF visits FOR VALUES IN (1);
             CREATE TABLE notes (id int PRIMARY KEY, owner text);
             CREATE TABLE people (login text PRIMARY KEY, called text);
             GRANT ALL ON visits, visits_1, notes, people TO {app};
             SELECT sharing.protect('visits', 'owner'), sharing.protect('notes', 'owner');
             INSERT INTO people VALUES ('rep1', 'rep1'), ('zoe', 'zoe');
             SELECT sharing.sync_users('people', key => 'login', name => 'called');
             SELECT sharing.trust('{app}')"
        ),
    );
    let target = structure_of(&company.database, "replicated_copy_copy");
    let schema = "FOR TABLES IN SCHEMA sharing";
    let mut subscription =
        Subscription::start("replicated_copy", schema, &company.database, &target);
    let mut copy = target.connect();
    execute(
        &mut copy,
        "INSERT INTO leads VALUES (3, 'eve', ''), (4, 'eve', '')",
    );
    for change in [
        "SELECT sharing.create_user('new', 'new')",
        "SELECT sharing.set_user_role('manager', NULL)",
        "SELECT sharing.add_rule('leads', 'role:Rep', 'role:Support', 'read_only')",
        "SELECT sharing.protect('people', 'login')",
        "SELECT sharing.unprotect('leads')",
        "SELECT sharing.grant_record('leads', '4', 'user:rep1')",
        "SELECT sharing.import_config('{\"version\": 1, \"groups\": []}')",
        "SELECT sharing.resync('people')",
        "DELETE FROM sharing.users",
        "TRUNCATE sharing.rules",
    ] {
        let (code, message) = refused(&mut copy, change);
        assert_eq!(code, "55000", "{change}: {message}");
        assert!(
            message.contains("\"replicated_copy\""),
            "{change}: {message}"
        );
    }
    let mut eve = target.connect_as(app);
    act_for(&mut eve, "eve");
    for change in [
        "SELECT sharing.share_record('leads', '4', 'wim')",
        "SELECT sharing.unshare_record('leads', '3', 'wim')",
        "SELECT sharing.request_link('West', 'wim')",
        "SELECT sharing.grant_record('leads', '4', 'user:rep1')",
    ] {
        assert_eq!(refused(&mut eve, change).0, "55000", "{change}");
    }
    // Looking is no change.
    execute(
        &mut copy,
        "SELECT sharing.import_config(sharing.export_config()), sharing.doctor(), sharing.preview_rules()",
    );
    act_for(&mut eve, "admin");
    execute(&mut eve, "BEGIN; SELECT sharing.act_as('rep1'); COMMIT");
    // The application's users are those of the other database.
    execute(&mut copy, "INSERT INTO people VALUES ('ivy', 'ivy')");
    let known = "SELECT count(*) FROM sharing.users WHERE key = 'ivy'";
    let count =
        |client: &mut Client, sql: &str| -> i64 { client.query_one(sql, &[]).expect(sql).get(0) };
    assert_eq!(count(&mut copy, known), 0);
    // A record that goes takes its share along: another one by its key begins without.
    let shared = "SELECT count(*) FROM sharing.shares";
    assert_eq!(count(&mut copy, shared), 1);
    execute(&mut copy, "DELETE FROM leads WHERE id = 3");
    assert_eq!(count(&mut copy, shared), 0);
    // A partition may be there before it comes to be known, and a table may go before or after.
    for client in [&mut copy, &mut dba] {
        execute(
            client,
            "CREATE TABLE visits_2 PARTITION OF visits FOR VALUES IN (2);
             INSERT INTO visits VALUES (1, 'rep1', 2), (2, 'rep2', 2)",
        );
    }
    subscription.catch_up();
    for client in [&mut copy, &mut dba] {
        execute(client, &format!("GRANT ALL ON visits_2 TO {app}"));
    }
    let of_partition = "SELECT count(*) FROM visits_2";
    let mut rep = target.connect_as(app);
    act_for(&mut rep, "rep1");
    assert_eq!(count(&mut rep, of_partition), 1);
    act_for(&mut rep, "nobody");
    assert_eq!(count(&mut rep, of_partition), 0);
    assert_eq!(
        count(
            &mut copy,
            "SELECT count(*) FROM sharing.protected_relations WHERE relation = 'visits_2'::regclass"
        ),
        1
    );
    execute(&mut dba, "DROP TABLE notes");
    subscription.catch_up();
    execute(&mut copy, "DROP TABLE notes");
    execute(&mut copy, "DROP TABLE visits");
    execute(&mut dba, "DROP TABLE visits");
    execute(&mut dba, "SELECT sharing.create_user('last', 'last')");
    subscription.catch_up();
    let last = "SELECT count(*) FROM sharing.users WHERE key = 'last'";
    assert_eq!(count(&mut copy, last), 1, "replication goes on");
    // From here on by itself.
    let behind = "SELECT count(*) FROM sharing.doctor() WHERE check_name = 'sequence'";
    assert_eq!(count(&mut copy, behind), 0);
    drop(subscription);
    assert!(count(&mut copy, behind) > 5);
    let fixes = copy
        .query(
            "SELECT fix FROM sharing.doctor() WHERE check_name = 'sequence'",
            &[],
        )
        .expect("fixes");
    for fix in fixes {
        execute(&mut copy, fix.get(0));
    }
    assert_eq!(count(&mut copy, behind), 0);
    execute(
        &mut copy,
        "SELECT sharing.create_user('own', 'own'), sharing.create_role('Own'), sharing.create_office('Own'), sharing.add_rule('leads', 'role:Own', 'role:Rep', 'read_only')",
    );
}
