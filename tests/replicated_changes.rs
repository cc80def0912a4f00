//! Changes of the configuration that come by session_replication_role = replica, by logical
//! replication, by direct edits of a superuser, or while triggers were off, are seen by sessions that remember;
//! and what runs without an identity, in the background or for maintenance, works.

mod support;

use postgres::Client;
use support::company::{LEADS, company, count, leads_of, wait_until};

fn execute(client: &mut Client, sql: &str) {
    client
        .batch_execute(sql)
        .unwrap_or_else(|error| panic!("{sql}: {error:?}"));
}

const REVOKE: &str = "UPDATE sharing.users SET role_id = NULL WHERE key = 'manager'";
const GRANT: &str = "UPDATE sharing.users SET role_id = (SELECT id FROM sharing.roles WHERE name = 'Manager') WHERE key = 'manager'";

#[test]
fn direct_edits_are_seen() {
    let company = company("replicated_changes_direct");
    let mut superuser = company.database.connect();
    let mut client = company.connect_for("manager");
    let all = leads_of("manager");
    for (before, after) in [
        ("", ""),
        (
            "SET session_replication_role = replica",
            "SET session_replication_role = origin",
        ),
        (
            "ALTER TABLE sharing.users DISABLE TRIGGER ALL",
            "ALTER TABLE sharing.users ENABLE TRIGGER ALL",
        ),
        (
            "ALTER TABLE sharing.users DISABLE TRIGGER USER",
            "ALTER TABLE sharing.users ENABLE ALWAYS TRIGGER configuration_changed",
        ),
        (
            "BEGIN; SET LOCAL session_replication_role = replica",
            "COMMIT",
        ),
    ] {
        assert_eq!(count(&mut client), all);
        execute(&mut superuser, before);
        execute(&mut superuser, REVOKE);
        execute(&mut superuser, after);
        assert_eq!(count(&mut client), 0, "{before}");
        execute(&mut superuser, before);
        execute(&mut superuser, GRANT);
        execute(&mut superuser, after);
        assert_eq!(count(&mut client), all, "{before}");
    }
    execute(&mut superuser, "BEGIN; TRUNCATE sharing.roles; SAVEPOINT a");
    assert_eq!(count(&mut client), all);
    execute(&mut superuser, "COMMIT");
    assert_eq!(count(&mut client), 0, "TRUNCATE");
}

#[test]
fn logical_replication_is_seen() {
    let publisher = company("replicated_changes_publisher");
    let subscriber = company("replicated_changes_subscriber");
    let mut source = publisher.database.connect();
    let mut target = subscriber.database.connect();
    let mut client = subscriber.connect_for("manager");
    assert_eq!(count(&mut client), leads_of("manager"));
    // What is copied at first counts too: the subscriber starts with no users at all.
    execute(&mut target, "TRUNCATE sharing.users");
    assert_eq!(count(&mut client), 0);
    execute(
        &mut source,
        "CREATE PUBLICATION people FOR TABLE sharing.users",
    );
    execute(
        &mut source,
        "SELECT pg_create_logical_replication_slot('people', 'pgoutput')",
    );
    let socket = std::env::var("PGHOST").expect("PGHOST");
    let port = std::env::var("PGPORT").expect("PGPORT");
    let connection = format!(
        "host={socket} port={port} user=postgres dbname={}",
        publisher.database.name()
    );
    // Within one server the slot has to be made beforehand.
    execute(
        &mut target,
        &format!(
            "CREATE SUBSCRIPTION people CONNECTION '{connection}' PUBLICATION people WITH (create_slot = false, slot_name = 'people')"
        ),
    );
    wait_until("the initial copy", || {
        count(&mut client) == leads_of("manager")
    });
    execute(&mut source, REVOKE);
    wait_until("the revoke", || count(&mut client) == 0);
    execute(&mut source, GRANT);
    wait_until("the grant", || count(&mut client) == leads_of("manager"));
    execute(&mut source, "SELECT sharing.deactivate_user('manager')");
    wait_until("the deactivation", || count(&mut client) == 0);
    execute(
        &mut target,
        "ALTER SUBSCRIPTION people DISABLE; ALTER SUBSCRIPTION people SET (slot_name = NONE)",
    );
    execute(&mut target, "DROP SUBSCRIPTION people");
    wait_until("the slot to be free", || {
        source
            .batch_execute("SELECT pg_drop_replication_slot('people')")
            .is_ok()
    });
}

/// Logical replication fires triggers for rows alone; the first copy of a table comes by a statement.
#[test]
fn sources_follow_logical_replication() {
    let publisher = support::fresh_database("replicated_changes_staff_from");
    let subscriber = support::fresh_database("replicated_changes_staff_to");
    let mut source = publisher.connect();
    let mut target = subscriber.connect();
    let staff = "CREATE TABLE staff (id int PRIMARY KEY, name text, boss int)";
    execute(&mut source, staff);
    execute(
        &mut source,
        "INSERT INTO staff SELECT n, 'n' || n, nullif(n / 2, 0) FROM generate_series(1, 50) n; CREATE PUBLICATION staff FOR TABLE staff",
    );
    execute(
        &mut source,
        "SELECT pg_create_logical_replication_slot('staff', 'pgoutput')",
    );
    execute(&mut target, staff);
    execute(
        &mut target,
        "SELECT count(*) FROM sharing.sync_users('staff', 'id', 'name', manager => 'boss')",
    );
    let socket = std::env::var("PGHOST").expect("PGHOST");
    let port = std::env::var("PGPORT").expect("PGPORT");
    execute(
        &mut target,
        &format!(
            "CREATE SUBSCRIPTION staff CONNECTION 'host={socket} port={port} user=postgres dbname={}' PUBLICATION staff WITH (create_slot = false, slot_name = 'staff')",
            publisher.name()
        ),
    );
    let mut is = |what: &str, query: &str| {
        wait_until(what, || {
            target.query_one(query, &[]).expect("an answer").get(0)
        });
    };
    is(
        "the first copy",
        "SELECT count(*) = 50 AND count(role_id) = 50 FROM sharing.users WHERE active",
    );
    execute(
        &mut source,
        "BEGIN; INSERT INTO staff VALUES (60, 'new', 61); INSERT INTO staff VALUES (61, 'boss', 1); DELETE FROM staff WHERE id = 50;
         UPDATE staff SET name = 'other' WHERE id = 7; COMMIT",
    );
    is(
        "what came later",
        "SELECT count(*) FILTER (WHERE active) = 51 AND bool_or(name = 'other') AND
             bool_or(key = '60' AND role_id = (SELECT id FROM sharing.roles WHERE name = 'Reports of 61')) FROM sharing.users",
    );
    execute(
        &mut target,
        "ALTER SUBSCRIPTION staff DISABLE; ALTER SUBSCRIPTION staff SET (slot_name = NONE)",
    );
    execute(&mut target, "DROP SUBSCRIPTION staff");
    wait_until("the slot to be free", || {
        source
            .batch_execute("SELECT pg_drop_replication_slot('staff')")
            .is_ok()
    });
}

/// Bug: what the publisher changed while a table was copied for the first time is brought row by row, by the worker
/// that copied it, and did not reach the organization.
#[test]
fn what_changes_during_the_first_copy_is_followed() {
    let publisher = support::fresh_database("replicated_changes_copy_from");
    let subscriber = support::fresh_database("replicated_changes_copy_to");
    let (mut source, mut target) = (publisher.connect(), subscriber.connect());
    let staff = "CREATE TABLE staff (id int PRIMARY KEY, name text)";
    execute(&mut source, staff);
    execute(
        &mut source,
        "INSERT INTO staff SELECT n, 'n' || n FROM generate_series(1, 5) n; CREATE PUBLICATION slow FOR TABLE staff",
    );
    execute(
        &mut source,
        "SELECT pg_create_logical_replication_slot('slow', 'pgoutput')",
    );
    execute(&mut target, staff);
    // The copy waits for the test, which holds the lock.
    execute(
        &mut target,
        "SELECT sharing.sync_users('staff', 'id', 'name');
         CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN NEW; END$$;
         CREATE TRIGGER wait BEFORE INSERT ON staff FOR EACH ROW EXECUTE FUNCTION wait();
         ALTER TABLE staff ENABLE ALWAYS TRIGGER wait; SELECT pg_advisory_lock(1)",
    );
    let socket = std::env::var("PGHOST").expect("PGHOST");
    let port = std::env::var("PGPORT").expect("PGPORT");
    execute(
        &mut target,
        &format!(
            "CREATE SUBSCRIPTION slow CONNECTION 'host={socket} port={port} user=postgres dbname={}' PUBLICATION slow WITH (create_slot = false, slot_name = 'slow')",
            publisher.name()
        ),
    );
    let is = |client: &mut Client, query: &str| -> bool {
        client.query_one(query, &[]).expect(query).get(0)
    };
    wait_until("the copy to begin", || {
        is(
            &mut target,
            "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))",
        )
    });
    execute(
        &mut source,
        "INSERT INTO staff VALUES (6, 'late'); UPDATE staff SET name = 'other' WHERE id = 1; DELETE FROM staff WHERE id = 2",
    );
    // Until the other worker has read on, and hands what came meanwhile to the one that copies.
    wait_until("the other worker", || {
        is(
            &mut source,
            "SELECT confirmed_flush_lsn >= pg_current_wal_insert_lsn() FROM pg_replication_slots WHERE slot_name = 'slow'",
        )
    });
    execute(&mut target, "SELECT pg_advisory_unlock(1)");
    wait_until("the copy", || {
        is(
            &mut target,
            "SELECT bool_and(srsubstate = 'r') AND (SELECT count(*) = 5 FROM staff WHERE name IN ('other', 'n3', 'n4', 'n5', 'late')) FROM pg_subscription_rel",
        )
    });
    let people: String = target
        .query_one(
            "SELECT string_agg(key || ' ' || name, ', ' ORDER BY key) FROM sharing.users WHERE active",
            &[],
        )
        .expect("people")
        .get(0);
    assert_eq!(people, "1 other, 3 n3, 4 n4, 5 n5, 6 late");
    execute(
        &mut target,
        "ALTER SUBSCRIPTION slow DISABLE; ALTER SUBSCRIPTION slow SET (slot_name = NONE)",
    );
    execute(&mut target, "DROP SUBSCRIPTION slow");
    wait_until("the slot to be free", || {
        source
            .batch_execute("SELECT pg_drop_replication_slot('slow')")
            .is_ok()
    });
}

/// Bug: the first copy of a source made the organization of it, although that was copied itself, and the two were
/// in each other's way for ever.
#[test]
fn sources_are_left_alone_where_the_organization_is_replicated() {
    let publisher = support::fresh_database("replicated_changes_both_from");
    let subscriber = support::fresh_database("replicated_changes_both_to");
    let (mut source, mut target) = (publisher.connect(), subscriber.connect());
    for client in [&mut source, &mut target] {
        execute(
            client,
            "CREATE TABLE staff (id int PRIMARY KEY, name text); SELECT sharing.sync_users('staff', 'id', 'name')",
        );
    }
    execute(
        &mut source,
        "INSERT INTO staff SELECT n, 'n' || n FROM generate_series(1, 50) n;
         CREATE PUBLICATION company FOR TABLE staff, sharing.users",
    );
    execute(
        &mut source,
        "SELECT pg_create_logical_replication_slot('company', 'pgoutput')",
    );
    let socket = std::env::var("PGHOST").expect("PGHOST");
    let port = std::env::var("PGPORT").expect("PGPORT");
    execute(
        &mut target,
        &format!(
            "CREATE SUBSCRIPTION company CONNECTION 'host={socket} port={port} user=postgres dbname={}' PUBLICATION company WITH (create_slot = false, slot_name = 'company')",
            publisher.name()
        ),
    );
    let users = "SELECT string_agg(format('%s %s %s %s', id, key, name, active), ',' ORDER BY id) FROM sharing.users";
    let mut is_same = |what: &str, source: &mut postgres::Client| {
        wait_until(what, || {
            let copied: bool = target
                .query_one(
                    "SELECT bool_and(srsubstate = 'r') FROM pg_subscription_rel",
                    &[],
                )
                .expect("an answer")
                .get(0);
            let read = |client: &mut postgres::Client| -> Option<String> {
                client.query_one(users, &[]).expect(users).get(0)
            };
            let published = read(source);
            copied && published.is_some() && published == read(&mut target)
        });
    };
    is_same("the first copy", &mut source);
    execute(
        &mut source,
        "INSERT INTO staff VALUES (60, 'new'); DELETE FROM staff WHERE id = 50; UPDATE staff SET name = 'other' WHERE id = 7",
    );
    is_same("what came later", &mut source);
    execute(
        &mut target,
        "ALTER SUBSCRIPTION company DISABLE; ALTER SUBSCRIPTION company SET (slot_name = NONE)",
    );
    execute(&mut target, "DROP SUBSCRIPTION company");
    wait_until("the slot to be free", || {
        source
            .batch_execute("SELECT pg_drop_replication_slot('company')")
            .is_ok()
    });
}

/// Sessions without an identity see nothing, and fail at nothing.
#[test]
fn maintenance_works_without_an_identity() {
    let company = company("replicated_changes_owner");
    company.database.create_role("replicated_changes_dba");
    let mut superuser = company.database.connect();
    execute(
        &mut superuser,
        "ALTER TABLE leads OWNER TO replicated_changes_dba; GRANT CREATE ON SCHEMA public TO replicated_changes_dba;
         UPDATE leads SET title = title",
    );
    let mut owner = company.database.connect_as("replicated_changes_dba");
    assert_eq!(count(&mut owner), 0);
    for statement in [
        "ANALYZE leads",
        "VACUUM leads",
        "VACUUM FULL leads",
        "REINDEX TABLE leads",
        "CLUSTER leads USING leads_pkey",
        "CREATE INDEX ON leads (title) WHERE id > 5",
        "ALTER TABLE leads ADD COLUMN note text DEFAULT 'none', ALTER COLUMN title TYPE varchar(200)",
        "CREATE MATERIALIZED VIEW copied AS SELECT * FROM leads",
        "REFRESH MATERIALIZED VIEW copied",
    ] {
        execute(&mut owner, statement);
    }
    let copied: i64 = owner
        .query_one("SELECT count(*) FROM copied", &[])
        .expect("count")
        .get(0);
    assert_eq!(copied, 0);
    let rows: i64 = superuser
        .query_one("SELECT count(*) FROM leads", &[])
        .expect("count")
        .get(0);
    assert_eq!(rows, i64::from(LEADS));
    let mut client = company.connect_for("rep1");
    assert_eq!(count(&mut client), leads_of("rep1"));
    drop(owner);
    execute(&mut superuser, "DROP OWNED BY replicated_changes_dba");
}
