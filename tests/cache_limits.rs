//! What a session remembers survives neither an overflow of the invalidation queue nor more
//! identities than it can hold, is right under constant change, and its memory stays flat.

mod support;

use postgres::Client;
use support::company::{Company, act_for, company, count, leads_of};

/// More invalidation messages than the queue holds, so that idle sessions are told to forget everything.
fn overflow(client: &mut Client) {
    client
        .batch_execute(
            "DO $$BEGIN
                FOR n IN 1..600 LOOP
                    EXECUTE 'CREATE TABLE overflow (a int PRIMARY KEY, b text, c text)';
                    EXECUTE 'DROP TABLE overflow';
                    COMMIT;
                END LOOP;
             END$$",
        )
        .expect("many tables");
}

#[test]
fn an_overflow_of_the_invalidation_queue_is_survived() {
    let company = company("cache_limits_overflow");
    let mut admin = company.database.connect();
    let mut clients: Vec<_> = ["rep1", "manager", "admin"]
        .map(|key| (key, company.connect_for(key)))
        .into();
    for (key, client) in &mut clients {
        client.batch_execute("SET plan_cache_mode = force_generic_plan; PREPARE seen AS SELECT count(*) FROM leads").expect("PREPARE");
        assert_eq!(count(client), leads_of(key));
    }
    let seen = |client: &mut Client| -> i64 {
        client
            .query_one("EXECUTE seen", &[])
            .expect("EXECUTE")
            .get(0)
    };
    overflow(&mut admin);
    for (key, client) in &mut clients {
        assert_eq!(seen(client), leads_of(key), "{key}");
        assert_eq!(count(client), leads_of(key), "{key}");
    }
    admin.batch_execute("SELECT sharing.set_user_role('manager', NULL), sharing.revoke_right('admin', 'administrator')").expect("revoke");
    overflow(&mut admin);
    for (key, client) in &mut clients {
        let expected = if *key == "rep1" { leads_of(key) } else { 0 };
        assert_eq!(seen(client), expected, "{key}");
        assert_eq!(count(client), expected, "{key}");
    }
}

fn kilobytes(company: &Company, client: &mut Client) -> Option<i64> {
    let pid: i32 = client
        .query_one("SELECT pg_backend_pid()", &[])
        .expect("pid")
        .get(0);
    // The server tells, whose process it is; None where it has no /proc.
    let query = format!("SELECT pg_read_file('/proc/{pid}/status', 0, 100000)");
    let status: Option<String> = company
        .database
        .connect()
        .query_one(&query, &[])
        .ok()?
        .get(0);
    let status = status?;
    // Without the shared buffers that it has come to touch.
    let line = status.lines().find(|line| line.starts_with("RssAnon:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[test]
fn many_identities_take_turns_in_one_session() {
    const USERS: i32 = 3000;
    let company = company("cache_limits_identities");
    let mut admin = company.database.connect();
    admin
        .batch_execute(&format!(
            "INSERT INTO sharing.users (key, name, role_id) SELECT 'u' || n, 'u' || n, (SELECT id FROM sharing.roles WHERE name = 'Support') FROM generate_series(1, {USERS}) n;
             CREATE TABLE own (id int PRIMARY KEY, owner text); INSERT INTO own SELECT n, 'u' || n FROM generate_series(1, {USERS}) n;
             CREATE INDEX ON own (owner); ANALYZE own; GRANT SELECT ON own TO {}; SELECT sharing.protect('own', 'owner')",
            company.app
        ))
        .expect("many users");
    let mut client = company.connect();
    client
        .batch_execute("SET plan_cache_mode = force_generic_plan")
        .expect("SET");
    let statement = client.prepare("SELECT id FROM own").expect("prepare");
    let turn = |client: &mut Client, n: i32| {
        act_for(client, &format!("u{n}"));
        let rows = client.query(&statement, &[]).expect("a query");
        let ids: Vec<i32> = rows.iter().map(|row| row.get(0)).collect();
        assert_eq!(ids, [n]);
    };
    for n in 1..=USERS {
        turn(&mut client, n);
        if n % 50 == 0 {
            turn(&mut client, 1);
        }
    }
    let before = kilobytes(&company, &mut client);
    for n in (1..=USERS).rev() {
        turn(&mut client, n);
    }
    // Under constant change as well.
    for n in 1..=300 {
        if n % 3 == 0 {
            let change = format!("SELECT sharing.set_user_role('u{n}', NULL)");
            admin.batch_execute(&change).expect("a change");
        }
        turn(&mut client, n);
    }
    if let (Some(before), Some(after)) = (before, kilobytes(&company, &mut client)) {
        assert!(after < before + 8 * 1024, "from {before} to {after} kB");
    } else {
        support::skip(
            "cache_limits: the server cannot read its own /proc; memory was not measured",
        );
    }
}

/// However little may be remembered, every answer is right, and a smaller limit holds from the next
/// thing on that is remembered.
#[test]
fn the_memory_is_limited_by_a_setting() {
    const USERS: i32 = 60;
    const OWNED: i32 = 2000;
    let company = company("cache_limits_setting");
    // Keys that no bitmap holds: some 50 kB for each superior.
    company
        .database
        .connect()
        .batch_execute(&format!(
            "INSERT INTO sharing.roles (name) SELECT 'top' || n FROM generate_series(1, {USERS}) n;
             INSERT INTO sharing.users (key, name, role_id) SELECT 'top' || n, 'top' || n, (SELECT id FROM sharing.roles WHERE name = 'top' || n) FROM generate_series(1, {USERS}) n;
             INSERT INTO sharing.roles (name, parent_id) SELECT 'below' || n, (SELECT id FROM sharing.roles WHERE name = 'top' || n) FROM generate_series(1, {USERS}) n;
             INSERT INTO sharing.users (key, name, role_id) SELECT 'below' || n || '/' || m, 'below' || n || '/' || m, r.id FROM generate_series(1, {USERS}) n JOIN sharing.roles r ON r.name = 'below' || n, generate_series(1, {OWNED}) m;
             ANALYZE sharing.users;
             CREATE TABLE below (id int PRIMARY KEY, owner text); INSERT INTO below SELECT n, 'below' || n || '/7' FROM generate_series(1, {USERS}) n;
             GRANT SELECT ON below TO {}; SELECT sharing.protect('below', 'owner')",
            company.app
        ))
        .expect("superiors");
    let mut client = company.connect();
    let turn = |client: &mut Client, n: i32| {
        act_for(client, &format!("top{n}"));
        let rows = client.query("SELECT id FROM below", &[]).expect("a query");
        let ids: Vec<i32> = rows.iter().map(|row| row.get(0)).collect();
        assert_eq!(ids, [n]);
    };
    let mut after = Vec::new();
    for limit in ["64kB", "64MB", "64kB"] {
        client
            .batch_execute(&format!("SET sharing.cache_size = '{limit}'"))
            .expect("SET");
        for n in (1..=USERS).chain(1..=USERS) {
            turn(&mut client, n);
        }
        after.extend(kilobytes(&company, &mut client));
    }
    match after[..] {
        [little, much, _] => {
            assert!(much > little + 3 * 1024, "{little} and {much} kB");
        }
        _ => support::skip(
            "cache_limits: the server cannot read its own /proc; memory was not measured",
        ),
    }
}

/// Whose records are closed to the callers of an office is remembered within the same limit.
#[test]
fn closed_owners_count_as_well() {
    const OFFICES: i32 = 50;
    const CLOSED: i32 = 20_000;
    let company = company("cache_limits_closed");
    company
        .database
        .connect()
        .batch_execute(&format!(
            "SELECT sharing.create_role('Owner'), sharing.create_role('Viewer'), sharing.create_office('Vault', security => true), sharing.create_user('open', 'open', 'Owner');
             INSERT INTO sharing.offices (name) SELECT 'office' || n FROM generate_series(1, {OFFICES}) n;
             INSERT INTO sharing.users (key, name, role_id, office_id) SELECT 'viewer' || n, 'viewer', r.id, o.id FROM generate_series(1, {OFFICES}) n JOIN sharing.offices o ON o.name = 'office' || n, sharing.roles r WHERE r.name = 'Viewer';
             INSERT INTO sharing.users (key, name, office_id) SELECT 'somebody in the vault ' || n, 'vault', o.id FROM generate_series(1, {CLOSED}) n, sharing.offices o WHERE o.name = 'Vault';
             ANALYZE sharing.users;
             CREATE TABLE firms (id int PRIMARY KEY, owner text); INSERT INTO firms VALUES (1, 'open');
             CREATE TABLE visits (id int PRIMARY KEY, owner text, firm int);
             INSERT INTO visits VALUES (1, 'open', 1), (2, 'somebody in the vault 7', 1), (3, NULL, 1), (4, 'open', NULL);
             GRANT SELECT ON firms, visits TO {};
             SELECT sharing.protect('firms', 'owner'), sharing.protect('visits', 'owner'); SELECT sharing.relate('visits', 'firm', 'firms');
             SELECT sharing.add_rule('firms', 'role:Owner', 'role:Viewer', 'read_only', '{{\"visits\": \"read_only\"}}'), sharing.apply_rules()",
            company.app
        ))
        .expect("offices");
    let mut client = company.connect();
    client
        .batch_execute("SET sharing.cache_size = '64kB'")
        .expect("SET");
    let turn = |client: &mut Client, n: i32| {
        act_for(client, &format!("viewer{n}"));
        let rows = client.query("SELECT id FROM visits ORDER BY id", &[]);
        let ids: Vec<i32> = rows
            .expect("a query")
            .iter()
            .map(|row| row.get(0))
            .collect();
        assert_eq!(ids, [1, 3]);
    };
    turn(&mut client, 1);
    let before = kilobytes(&company, &mut client);
    for n in 1..=OFFICES {
        turn(&mut client, n);
    }
    if let (Some(before), Some(after)) = (before, kilobytes(&company, &mut client)) {
        // Each set takes some 2 MB.
        assert!(after < before + 16 * 1024, "from {before} to {after} kB");
    } else {
        support::skip(
            "cache_limits: the server cannot read its own /proc; memory was not measured",
        );
    }
}

#[test]
fn memory_is_flat_under_constant_change() {
    let company = company("cache_limits_change");
    let mut admin = company.database.connect();
    let mut client = company.connect_for("manager");
    // What is remembered under old stamps stays until this is full.
    client
        .batch_execute("SET sharing.cache_size = '256kB'")
        .expect("SET");
    let mut round = |client: &mut Client, n: i32| {
        let role = if n % 2 == 0 { "'Manager'" } else { "NULL" };
        admin
            .batch_execute(&format!("SELECT sharing.set_user_role('manager', {role})"))
            .expect("a change");
        let expected = if n % 2 == 0 { leads_of("manager") } else { 0 };
        assert_eq!(count(client), expected);
        let changed = client
            .execute("UPDATE leads SET title = title WHERE id < 20", &[])
            .expect("UPDATE");
        assert_eq!(changed, if n % 2 == 0 { 19 } else { 0 });
    };
    for n in 0..300 {
        round(&mut client, n);
    }
    let before = kilobytes(&company, &mut client);
    for n in 0..600 {
        round(&mut client, n);
    }
    if let (Some(before), Some(after)) = (before, kilobytes(&company, &mut client)) {
        assert!(after < before + 1024, "from {before} to {after} kB");
    }
}
