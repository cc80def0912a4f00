//! Finding out what somebody may see is interrupted, by a cancel, a timeout or an error. Nothing is
//! shown, nothing half is remembered, and the next statement is right.

mod support;

use postgres::{Client, NoTls};
use std::time::{Duration, Instant};
use support::company::{company, count, leads_of, sqlstate, wait_until};

/// Something that makes every session find out anew.
fn forget(admin: &mut Client) {
    admin
        .batch_execute("SELECT sharing.create_role('R' || clock_timestamp())")
        .expect("a change");
}

#[test]
fn a_fill_that_is_interrupted_shows_nothing_and_leaves_nothing() {
    let company = company("interrupted_fill");
    let mut admin = company.database.connect();
    let mut holder = company.database.connect();
    for table in [
        "rules",
        "group_users",
        "users",
        "generation",
        "roles",
        "groups",
    ] {
        for (setting, expected) in [
            ("lock_timeout", "55P03"),
            ("statement_timeout", "57014"),
            ("", "57014"),
        ] {
            for statement in [
                "SELECT id FROM leads",
                "UPDATE leads SET title = 'x'",
                "SELECT id FROM leads FOR UPDATE",
            ] {
                let mut client = company.connect_for("rep1");
                assert_eq!(count(&mut client), leads_of("rep1"));
                forget(&mut admin);
                if !setting.is_empty() {
                    client
                        .batch_execute(&format!("SET {setting} = '20ms'"))
                        .expect("SET");
                }
                let lock = format!("BEGIN; LOCK TABLE sharing.{table} IN ACCESS EXCLUSIVE MODE");
                holder.batch_execute(&lock).expect("LOCK");
                let canceller = setting.is_empty().then(|| {
                    let token = client.cancel_token();
                    std::thread::spawn(move || {
                        std::thread::sleep(Duration::from_millis(30));
                        token.cancel_query(NoTls).expect("cancel");
                    })
                });
                let begun = Instant::now();
                let place = format!("{table}, {setting}, {statement}");
                assert_eq!(sqlstate(client.query(statement, &[])), expected, "{place}");
                assert!(begun.elapsed() < Duration::from_secs(5), "{place}");
                if let Some(canceller) = canceller {
                    canceller.join().expect("the cancel");
                }
                holder.batch_execute("ROLLBACK").expect("ROLLBACK");
                client
                    .batch_execute("RESET lock_timeout; RESET statement_timeout")
                    .expect("RESET");
                assert_eq!(count(&mut client), leads_of("rep1"), "after {place}");
                let changed = client
                    .execute("UPDATE leads SET title = title", &[])
                    .expect("UPDATE");
                assert_eq!(changed as i64, leads_of("rep1"), "after {place}");
            }
        }
    }
}

/// An error in a subtransaction that is caught: the statement goes on with what is right.
#[test]
fn an_error_that_is_caught_leaves_nothing_wrong() {
    let company = company("interrupted_fill_caught");
    let mut admin = company.database.connect();
    let mut client = company.connect_for("rep1");
    client
        .batch_execute(
            "BEGIN; CREATE TEMP TABLE counts (n bigint);
             SET LOCAL lock_timeout = '20ms'",
        )
        .expect("BEGIN");
    forget(&mut admin);
    let mut holder = company.database.connect();
    holder
        .batch_execute("BEGIN; LOCK TABLE sharing.users IN ACCESS EXCLUSIVE MODE")
        .expect("LOCK");
    client
        .batch_execute(
            "DO $$BEGIN
                BEGIN INSERT INTO counts SELECT count(*) FROM leads; EXCEPTION WHEN lock_not_available THEN INSERT INTO counts VALUES (-1); END;
             END$$",
        )
        .expect("DO");
    holder.batch_execute("ROLLBACK").expect("ROLLBACK");
    let counts: i64 = client
        .query_one("SELECT n FROM counts", &[])
        .expect("n")
        .get(0);
    assert_eq!(counts, -1);
    assert_eq!(count(&mut client), leads_of("rep1"));
}

/// A session that is terminated in the middle takes no other with it.
#[test]
fn a_terminated_fill_harms_nobody() {
    let company = company("interrupted_fill_terminated");
    let mut admin = company.database.connect();
    let mut other = company.connect_for("rep2");
    assert_eq!(count(&mut other), leads_of("rep2"));
    let mut client = company.connect_for("rep1");
    let pid: i32 = client
        .query_one("SELECT pg_backend_pid()", &[])
        .expect("pid")
        .get(0);
    forget(&mut admin);
    let mut holder = company.database.connect();
    holder
        .batch_execute("BEGIN; LOCK TABLE sharing.users IN ACCESS EXCLUSIVE MODE")
        .expect("LOCK");
    let waiting = std::thread::spawn(move || {
        client
            .query("SELECT id FROM leads", &[])
            .map(|rows| rows.len())
    });
    wait_until("the fill to wait", || {
        let query =
            "SELECT count(*) FROM pg_stat_activity WHERE pid = $1 AND wait_event_type = 'Lock'";
        admin
            .query_one(query, &[&pid])
            .expect("activity")
            .get::<_, i64>(0)
            == 1
    });
    admin
        .execute("SELECT pg_terminate_backend($1)", &[&pid])
        .expect("terminate");
    assert!(waiting.join().expect("the thread").is_err());
    holder.batch_execute("ROLLBACK").expect("ROLLBACK");
    assert_eq!(count(&mut other), leads_of("rep2"));
}

/// Also where it stops between the members of a group and their roles.
#[test]
fn a_look_at_members_that_is_interrupted_is_taken_again() {
    let company = company("interrupted_fill_members");
    let mut admin = company.database.connect();
    let mut holder = company.database.connect();
    admin
        .batch_execute(&format!(
            "SELECT sharing.create_role('Top'), sharing.create_role('Elsewhere');
             SELECT sharing.create_role('Below', 'Top');
             SELECT sharing.create_user('top', 'top', 'Top'), sharing.create_user('below', 'below', 'Below'),
                 sharing.create_user('owner', 'owner', 'Elsewhere');
             SELECT sharing.create_group('team', 'Team');
             SELECT sharing.add_member('Team', 'user:below');
             CREATE TABLE cases (id int PRIMARY KEY, owner text);
             INSERT INTO cases SELECT n, 'owner' FROM generate_series(1, 7) n;
             GRANT SELECT ON cases TO {};
             SELECT sharing.protect('cases', 'owner', 'Cases');
             SELECT sharing.add_rule('Cases', 'role:Elsewhere', 'group:Team', 'read_only', superiors => true);
             SELECT sharing.apply_rules()",
            company.app
        ))
        .expect("an organization");
    let mut client = company.connect_for("top");
    let seen = |client: &mut Client| {
        client
            .query("SELECT id FROM cases", &[])
            .map(|rows| rows.len())
    };
    assert_eq!(seen(&mut client).expect("a query"), 7);
    forget(&mut admin);
    client
        .batch_execute("SET lock_timeout = '20ms'")
        .expect("SET");
    // The table can be read, its index cannot.
    holder
        .batch_execute("BEGIN; REINDEX INDEX sharing.users_pkey")
        .expect("REINDEX");
    let failed = client.query("SELECT id FROM cases", &[]);
    assert_eq!(sqlstate(failed), "55P03");
    holder.batch_execute("ROLLBACK").expect("ROLLBACK");
    client.batch_execute("RESET lock_timeout").expect("RESET");
    assert_eq!(seen(&mut client).expect("a query"), 7);
}
