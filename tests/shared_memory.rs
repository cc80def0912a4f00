//! Where the library is preloaded, sessions share what they found out, each state under its own stamp: what
//! another session found out is used, and never for another state, another database or another server.

mod support;

use postgres::Client;
use std::time::Duration;
use support::company::{Company, act_for, company, count, leads_of, sqlstate, wait_until};
use support::copied_server::CopiedServer;

const PRELOADED: &str = "shared_preload_libraries = 'pg_sharing'";

/// Everybody whose sight is known by `leads_of`.
const EVERYBODY: [&str; 7] = [
    "rep1", "rep2", "manager", "boss", "support", "admin", "stranger",
];

/// A server of its own with the library preloaded, and a company.
struct Preloaded {
    company: Company,
    server: CopiedServer,
}

impl Preloaded {
    fn start(name: &str, more: &[&str]) -> Preloaded {
        let company = company(name);
        let settings = [&[PRELOADED], more].concat();
        let server = CopiedServer::start_with(&company, &[], &settings);
        Preloaded { company, server }
    }

    fn admin(&self) -> Client {
        self.admin_of(self.company.database.name())
    }

    fn admin_of(&self, database: &str) -> Client {
        let superuser = std::env::var("PGUSER").expect("PGUSER");
        self.server.connect_to(database, &superuser)
    }

    /// A new session that acts for a user.
    fn session(&self, key: &str) -> Client {
        self.session_of(self.company.database.name(), key)
    }

    fn session_of(&self, database: &str, key: &str) -> Client {
        let mut client = self.server.connect_to(database, &self.company.app);
        act_for(&mut client, key);
        client
    }

    /// How many leads a new session sees.
    fn seen_by(&self, key: &str) -> i64 {
        count(&mut self.session(key))
    }

    fn everybody_sees_theirs(&self, when: &str) {
        for key in EVERYBODY {
            assert_eq!(self.seen_by(key), leads_of(key), "{key}, {when}");
        }
    }
}

/// Nobody reads the organization meanwhile, but for the stamp and whether records were ever shared.
fn lock_the_organization(holder: &mut Client) {
    let tables: String = holder
        .query_one(
            "SELECT string_agg(oid::regclass::text, ', ') FROM pg_class
             WHERE relnamespace = 'sharing'::regnamespace AND relkind = 'r' AND relname NOT IN ('generation', 'shared_modules')",
            &[],
        )
        .expect("the tables")
        .get(0);
    holder
        .batch_execute(&format!(
            "BEGIN; LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE"
        ))
        .expect("LOCK");
}

/// What a statement of a new session gives while the organization cannot be read.
fn without_reading(mut client: Client, statement: &str) -> Result<u64, postgres::Error> {
    client
        .batch_execute("SET lock_timeout = '100ms'")
        .expect("SET");
    client.execute(statement, &[])
}

const READ: &str = "SELECT id FROM leads";
const CHANGE: &str = "UPDATE leads SET title = title";

#[test]
fn what_one_session_found_out_serves_the_next() {
    let here = Preloaded::start("shared_memory_next", &[]);
    let mut holder = here.admin();
    let asked = ["rep1", "manager", "support", "admin", "stranger"];
    for key in asked {
        for statement in [READ, CHANGE] {
            let mut client = here.session(key);
            assert_eq!(
                client.execute(statement, &[]).expect(statement),
                leads_of(key) as u64
            );
        }
    }
    lock_the_organization(&mut holder);
    for key in asked {
        for statement in [READ, CHANGE] {
            let found = without_reading(here.session(key), statement);
            assert_eq!(
                found.unwrap_or_else(|error| panic!("{key}, {statement}: {error}")),
                leads_of(key) as u64
            );
        }
    }
    // For whom nobody has looked.
    let found = without_reading(here.session("rep2"), READ);
    assert_eq!(sqlstate(found), "55P03");
    holder.batch_execute("ROLLBACK").expect("ROLLBACK");
    // Nor in another state.
    holder
        .batch_execute("SELECT sharing.set_user_role('support', 'Manager')")
        .expect("a change");
    lock_the_organization(&mut holder);
    for key in asked {
        let found = without_reading(here.session(key), READ);
        assert_eq!(sqlstate(found), "55P03", "{key}");
    }
    holder.batch_execute("ROLLBACK").expect("ROLLBACK");
    assert_eq!(here.seen_by("support"), leads_of("manager"));
}

#[test]
fn nothing_is_shared_where_it_is_off() {
    let company = company("shared_memory_off");
    let preloaded = std::env::var("PGUSER").expect("PGUSER");
    let settings = [PRELOADED, "sharing.shared_cache_size = 0"];
    let server = CopiedServer::start_with(&company, &[], &settings);
    let not_preloaded = CopiedServer::start_with(&company, &[], &["shared_preload_libraries = ''"]);
    for (server, size) in [(&server, "0"), (&not_preloaded, "8MB")] {
        let session = || {
            let mut client = server.connect(&company, &company.app);
            act_for(&mut client, "rep1");
            client
        };
        let mut first = session();
        assert_eq!(count(&mut first), leads_of("rep1"));
        let shown: String = first
            .query_one("SHOW sharing.shared_cache_size", &[])
            .expect("SHOW")
            .get(0);
        assert_eq!(shown, size);
        let refused = first.batch_execute("SET sharing.shared_cache_size = '1MB'");
        assert_eq!(sqlstate(refused), "55P02");
        let mut holder = server.connect(&company, &preloaded);
        lock_the_organization(&mut holder);
        assert_eq!(sqlstate(without_reading(session(), READ)), "55P03");
    }
}

/// A transaction that changes the organization neither takes what others share, nor gives what it finds.
#[test]
fn changes_that_are_not_committed_stay_where_they_are() {
    let here = Preloaded::start("shared_memory_own", &[]);
    here.everybody_sees_theirs("before");
    let mut client = here.session("admin");
    let again = "SELECT sharing.set_user_role('manager', 'Manager')";
    for (then, end, left) in [
        ("", "ROLLBACK", leads_of("manager")),
        ("", "ROLLBACK TO unchanged; COMMIT", leads_of("manager")),
        // Another state under the stamp by which it has looked.
        (again, "COMMIT", leads_of("manager")),
        ("", "COMMIT", 0),
    ] {
        act_for(&mut client, "admin");
        client
            .batch_execute(
                "BEGIN; SAVEPOINT unchanged; SELECT sharing.set_user_role('manager', NULL)",
            )
            .expect("a change");
        act_for(&mut client, "manager");
        assert_eq!(count(&mut client), 0, "its own change, before {end}");
        assert_eq!(here.seen_by("manager"), leads_of("manager"), "{end}");
        act_for(&mut client, "admin");
        client.batch_execute(then).expect("another change");
        client.batch_execute(end).expect(end);
        act_for(&mut client, "manager");
        assert_eq!(here.seen_by("manager"), left, "{then} {end}");
        assert_eq!(count(&mut client), left, "{then} {end}");
    }
    here.admin()
        .batch_execute("SELECT sharing.set_user_role('manager', 'Manager')")
        .expect("a change");
    here.everybody_sees_theirs("afterwards");
}

/// Who reads by an old snapshot takes and gives what was so then.
#[test]
fn an_old_snapshot_has_its_own_state() {
    let here = Preloaded::start("shared_memory_snapshot", &[]);
    assert_eq!(here.seen_by("manager"), leads_of("manager"));
    let mut old = here.session("manager");
    old.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        .expect("BEGIN");
    // Takes the snapshot, and asks nothing of sharing.
    old.query("SELECT count(*) FROM pg_class", &[])
        .expect("a query");
    here.admin()
        .batch_execute(
            "SELECT sharing.set_user_role(key, NULL) FROM unnest('{manager,boss}'::text[]) key",
        )
        .expect("a change");
    assert_eq!(here.seen_by("manager"), 0);
    assert_eq!(count(&mut old), leads_of("manager"), "by what others found");
    act_for(&mut old, "boss");
    assert_eq!(count(&mut old), leads_of("boss"), "by what it found");
    for key in ["boss", "manager"] {
        assert_eq!(here.seen_by(key), 0, "{key}");
    }
    old.batch_execute("COMMIT").expect("COMMIT");
    assert_eq!(count(&mut old), 0);
}

/// Two databases that have one stamp are two all the same, and a number that a database had before says nothing.
#[test]
fn databases_share_nothing() {
    let here = Preloaded::start("shared_memory_databases", &[]);
    let original = here.company.database.name();
    let create = |name: &str, number: u32| {
        here.admin_of("postgres")
            .batch_execute(&format!(
                "CREATE DATABASE {name} TEMPLATE {original} OID {number}"
            ))
            .expect("CREATE DATABASE");
    };
    let seen = |database: &str| count(&mut here.session_of(database, "manager"));
    let stamps = |database: &str| -> String {
        let query =
            "SELECT format('stamp = %L, structure = %L', stamp, structure) FROM sharing.generation";
        let row = here.admin_of(database).query_one(query, &[]).expect(query);
        row.get(0)
    };
    let dismiss = |database: &str| {
        here.admin_of(database)
            .batch_execute("SELECT sharing.set_user_role('manager', NULL)")
            .expect("a change");
    };
    assert_eq!(seen(original), leads_of("manager"));
    let before = stamps(original);
    create("shared_memory_same_stamp", 77_777);
    dismiss("shared_memory_same_stamp");
    // As no change does it: another state under the stamp of the original.
    here.admin_of("shared_memory_same_stamp")
        .batch_execute(&format!("UPDATE sharing.generation SET {before}"))
        .expect("a stamp by hand");
    assert_eq!(stamps("shared_memory_same_stamp"), before);
    assert_eq!(seen("shared_memory_same_stamp"), 0);
    assert_eq!(seen(original), leads_of("manager"));

    create("shared_memory_same_number", 88_888);
    assert_eq!(seen("shared_memory_same_number"), leads_of("manager"));
    here.admin_of("postgres")
        .batch_execute("DROP DATABASE shared_memory_same_number WITH (FORCE)")
        .expect("DROP DATABASE");
    dismiss(original);
    create("shared_memory_same_number", 88_888);
    assert_eq!(seen("shared_memory_same_number"), 0);
}

/// An extension that is dropped and created again has other stamps, and nothing of before.
#[test]
fn another_installation_begins_anew() {
    let here = Preloaded::start("shared_memory_anew", &[]);
    here.everybody_sees_theirs("before");
    let mut admin = here.admin();
    admin
        .batch_execute(&format!(
            "SELECT sharing.unprotect('leads');
             DROP EXTENSION pg_sharing CASCADE;
             CREATE EXTENSION pg_sharing;
             SELECT sharing.create_role('Boss');
             SELECT sharing.create_user(key, key, 'Boss') FROM unnest('{{boss,rep1,manager}}'::text[]) key;
             SELECT sharing.protect('leads', 'owner');
             SELECT sharing.trust('{}')",
            here.company.app
        ))
        .expect("another installation");
    for (key, leads) in [
        ("boss", 0),
        ("rep1", leads_of("rep1")),
        ("manager", 0),
        ("rep2", 0),
    ] {
        assert_eq!(here.seen_by(key), leads, "{key}");
    }
}

/// Where memory is small, what was found first goes; where it is tiny, nothing is shared. All see the same.
#[test]
fn memory_that_is_full_shows_nobody_more_or_less() {
    for (name, size) in [("tiny", "1kB"), ("small", "24kB")] {
        let size = format!("sharing.shared_cache_size = {size}");
        let here = Preloaded::start(&format!("shared_memory_{name}"), &[&size]);
        let mut admin = here.admin();
        for round in 0..2 {
            here.everybody_sees_theirs(name);
            for n in (0..80).step_by(2) {
                let key = format!("other{n}");
                let query = "SELECT count(*) FROM leads WHERE owner = $1";
                let theirs: i64 = admin.query_one(query, &[&key]).expect("a count").get(0);
                assert_eq!(here.seen_by(&key), theirs, "{key}, {name}, {round}");
            }
        }
    }
}

/// Sessions end in the middle of anything, while the organization changes all the time.
#[test]
fn sessions_that_end_leave_nothing_half_written() {
    let here = Preloaded::start("shared_memory_ended", &[]);
    let begun = std::time::Instant::now();
    let is_over = || begun.elapsed() > Duration::from_secs(4);
    std::thread::scope(|scope| {
        for key in ["manager", "boss", "rep1", "other7"] {
            let (server, app) = (&here.server, here.company.app.as_str());
            let database = here.company.database.name();
            scope.spawn(move || {
                while !is_over() {
                    let Ok(mut client) = server.try_to_connect(database, app) else {
                        continue;
                    };
                    let seen = client
                        .batch_execute(&format!("SET sharing.user_key = '{key}'"))
                        .and_then(|()| client.query_one("SELECT count(*) FROM leads", &[]));
                    if let Ok(seen) = seen {
                        let expected = if key == "other7" { 10 } else { leads_of(key) };
                        assert_eq!(seen.get::<_, i64>(0), expected, "{key}");
                    }
                }
            });
        }
        let (mut changer, mut killer) = (here.admin(), here.admin());
        while !is_over() {
            changer
                .batch_execute("SELECT sharing.create_role('R' || clock_timestamp())")
                .expect("a change");
            killer
                .execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1 AND random() < 0.5",
                    &[&here.company.app],
                )
                .expect("an end");
        }
    });
    here.everybody_sees_theirs("after sessions that ended");

    // One that is killed takes all others with it, and the memory is new.
    let mut victim = here.session("manager");
    assert_eq!(count(&mut victim), leads_of("manager"));
    let pid: i32 = victim
        .query_one("SELECT pg_backend_pid()", &[])
        .expect("pid")
        .get(0);
    let killed = std::process::Command::new("kill")
        .args(["-KILL", &pid.to_string()])
        .status()
        .expect("kill");
    assert!(killed.success());
    let database = here.company.database.name();
    wait_until("the server to come back", || {
        let client = here.server.try_to_connect(database, &here.company.app);
        client.is_ok_and(|mut client| client.simple_query("SELECT 1").is_ok())
    });
    let mut holder = here.admin();
    lock_the_organization(&mut holder);
    let found = without_reading(here.session("manager"), READ);
    assert_eq!(sqlstate(found), "55P03", "nothing is left");
    holder.batch_execute("ROLLBACK").expect("ROLLBACK");
    here.everybody_sees_theirs("after a crash");
    lock_the_organization(&mut holder);
    assert_eq!(
        without_reading(here.session("manager"), READ).expect("what was found again"),
        leads_of("manager") as u64
    );
}

/// A standby shares what its own sessions found out, as far as it has replayed; and goes on when it is promoted.
#[test]
fn a_standby_obeys_what_it_replays() {
    let company = company("shared_memory_standby");
    let server = CopiedServer::start_with(&company, &["--write-recovery-conf"], &[PRELOADED]);
    let standby = Preloaded { company, server };
    standby.everybody_sees_theirs("on the standby");
    let mut primary = standby.company.database.connect();
    let mut replay = |change: &str| {
        primary.batch_execute(change).expect(change);
        let query = "SELECT pg_current_wal_insert_lsn()::text";
        let now: String = primary.query_one(query, &[]).expect("LSN").get(0);
        let mut observer = standby.admin();
        wait_until("the standby's replay", || {
            let query = format!("SELECT pg_last_wal_replay_lsn() >= '{now}'::pg_lsn");
            observer.query_one(&query, &[]).expect("LSN").get(0)
        });
    };
    replay("SELECT sharing.set_user_role('manager', NULL)");
    assert_eq!(standby.seen_by("manager"), 0);
    replay("SELECT sharing.set_user_role('manager', 'Manager')");
    standby.everybody_sees_theirs("after a revoke and a grant");
    let mut admin = standby.admin();
    admin
        .execute("SELECT pg_promote()", &[])
        .expect("promotion");
    standby.everybody_sees_theirs("promoted");
    admin
        .batch_execute("SELECT sharing.set_user_role('manager', NULL)")
        .expect("a change of its own");
    assert_eq!(standby.seen_by("manager"), 0);
    assert_eq!(
        count(&mut standby.company.connect_for("manager")),
        leads_of("manager")
    );
}
