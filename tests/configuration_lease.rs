//! A copy of the configuration that is cut off shows too little and never too much: within the lease what held, then
//! nothing, to whatever remembers and whatever was planned or opened; and what the publisher says once it is heard of
//! again. What is not whole, or was lost on the way, does not count; nobody prolongs a lease; and a change is
//! acknowledged when every copy knows of it, or shows nothing.

mod support;

use postgres::Client;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use support::company::{Company, LEADS, act_for, company, count, leads_of, sqlstate, wait_until};
use support::copied_server::CopiedServer;
use support::subscription::{Subscription, execute, structure_of, turn};
use support::{Database, quoted};

const PEOPLE: [&str; 6] = ["boss", "manager", "rep1", "support", "admin", "nobody"];

/// Longer than anything takes here that has to happen within it.
const LEASE: Duration = Duration::from_secs(10);

const PARALLEL: &str = "SET max_parallel_workers_per_gather = 2; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0;
    SET min_parallel_table_scan_size = 0; SET enable_indexscan = off; SET enable_bitmapscan = off; SET enable_indexonlyscan = off";

fn number(client: &mut Client, sql: &str) -> i64 {
    let row = client.query_one(sql, &[]);
    row.unwrap_or_else(|error| panic!("{sql}: {error:?}"))
        .get(0)
}

fn text(client: &mut Client, sql: &str) -> String {
    let row = client.query_one(sql, &[]);
    let text: Option<String> = row
        .unwrap_or_else(|error| panic!("{sql}: {error:?}"))
        .get(0);
    text.unwrap_or_default()
}

/// What everybody sees in a database.
fn seen(company: &Company, database: &Database) -> Vec<i64> {
    let mut client = database.connect_as(&company.app);
    PEOPLE
        .map(|person| {
            act_for(&mut client, person);
            count(&mut client)
        })
        .into()
}

const NOTHING: [i64; 6] = [0; 6];

/// A publisher, and a copy with the same records.
struct Pair {
    /// Dropped before the roles that have privileges in it.
    copy: Database,
    company: Company,
}

impl Pair {
    fn new(name: &str) -> Pair {
        let company = company(name);
        let copy = structure_of(&company.database, &format!("{name}_copy"));
        execute(
            &mut copy.connect(),
            &format!(
                "INSERT INTO leads SELECT n, CASE n % 10 WHEN 1 THEN 'rep1' WHEN 2 THEN 'rep2' ELSE 'other' || n % 80 END, 'lead ' || n
                     FROM pg_catalog.generate_series(1, {LEADS}) n;
                 ALTER DATABASE {} SET sharing.configuration_lease = '{}ms'",
                quoted(copy.name()),
                LEASE.as_millis()
            ),
        );
        Pair { copy, company }
    }

    fn subscribe(&self, name: &'static str) -> Subscription {
        let what = "FOR TABLES IN SCHEMA sharing";
        Subscription::start(name, what, &self.company.database, &self.copy)
    }

    fn here(&self) -> Vec<i64> {
        seen(&self.company, &self.company.database)
    }

    fn there(&self) -> Vec<i64> {
        seen(&self.company, &self.copy)
    }

    /// What the doctor says of the copy.
    fn told(&self) -> String {
        text(
            &mut self.copy.connect(),
            "SELECT string_agg(severity || ' ' || object || ' ' || message, '; ' ORDER BY severity, object) FROM sharing.doctor() WHERE check_name = 'stale_configuration'",
        )
    }
}

fn beat(subscription: &mut Subscription) {
    execute(&mut subscription.source, "SELECT sharing.heartbeat()");
    subscription.catch_up();
}

#[test]
fn a_copy_that_is_cut_off_shows_nothing() {
    let _turn = turn();
    let pair = Pair::new("lease");
    let app = &pair.company.app;
    let mut subscription = pair.subscribe("lease");
    let whole = pair.here();
    assert_eq!(whole, PEOPLE.map(leads_of));
    // Level, but nobody has said so.
    assert_eq!(pair.there(), NOTHING);
    assert!(pair.told().contains("no heartbeat has come"));
    beat(&mut subscription);
    assert_eq!(pair.there(), whole);
    assert_eq!(pair.told(), "");

    // A heartbeat changes nothing that anything goes by.
    let state = "SELECT xmin::text || stamp::text FROM sharing.generation";
    let before = text(&mut subscription.target, state);
    let mut keeping = pair.copy.connect_as(app);
    act_for(&mut keeping, "admin");
    execute(&mut keeping, "SET plan_cache_mode = force_generic_plan");
    let everything = keeping
        .prepare("SELECT count(*) FROM leads")
        .expect("a statement");
    let all = |client: &mut Client| -> Result<i64, postgres::Error> {
        client.query_one(&everything, &[]).map(|row| row.get(0))
    };
    assert_eq!(all(&mut keeping).expect("all"), i64::from(LEADS));
    beat(&mut subscription);
    beat(&mut subscription);
    assert_eq!(text(&mut subscription.target, state), before);
    assert_eq!(all(&mut keeping).expect("all"), i64::from(LEADS));

    // Whatever remembers, of the manager, who is about to lose what they see.
    let mut sessions: Vec<(&str, Client)> = [
        ("remembered", ""),
        ("in a transaction", "BEGIN"),
        (
            "in an old snapshot",
            "BEGIN ISOLATION LEVEL REPEATABLE READ",
        ),
        ("by workers", PARALLEL),
        (
            "by a cursor",
            "BEGIN; DECLARE c CURSOR FOR SELECT id FROM leads",
        ),
    ]
    .into_iter()
    .map(|(way, settings)| {
        let mut client = pair.copy.connect_as(app);
        act_for(&mut client, "manager");
        execute(&mut client, settings);
        assert_eq!(count(&mut client), i64::from(LEADS), "{way}");
        (way, client)
    })
    .collect();

    beat(&mut subscription);
    execute(&mut subscription.target, "ALTER SUBSCRIPTION lease DISABLE");
    execute(
        &mut subscription.source,
        "SELECT sharing.set_user_role('manager', NULL), sharing.heartbeat()",
    );
    assert_eq!(pair.here()[1], 0);
    assert_eq!(pair.there(), whole, "within the lease");
    std::thread::sleep(LEASE + Duration::from_millis(200));
    assert_eq!(pair.there(), NOTHING, "a session that begins");
    for (way, client) in &mut sessions {
        assert_eq!(count(client), 0, "{way}");
    }
    let refused = sqlstate(all(&mut keeping));
    assert_eq!(refused, "40001", "planned for who sees everything");
    assert_eq!(all(&mut keeping).expect("planned anew"), 0);

    // Nobody changes anything, is told of anything, or is anybody.
    let mut manager = pair.copy.connect_as(app);
    act_for(&mut manager, "manager");
    for sql in [
        "WITH a AS (UPDATE leads SET title = '' RETURNING id) SELECT count(*) FROM a",
        "WITH a AS (DELETE FROM leads RETURNING id) SELECT count(*) FROM a",
        "SELECT count(*) FROM (SELECT FROM leads WHERE owner = 'rep1' FOR UPDATE) a",
        "SELECT count(*) FROM leads WHERE sharing_internal.may_read('leads', 'rep1'::text)",
        "SELECT count(*) FROM sharing.explain('leads', '1')",
        "SELECT count(sharing.current_user_key())",
    ] {
        assert_eq!(number(&mut manager, sql), 0, "{sql}");
    }
    let insert = "INSERT INTO leads VALUES (-1, 'manager', '')";
    assert_eq!(sqlstate(manager.batch_execute(insert)), "42501");
    let said = "SELECT note FROM sharing.whoami()";
    let note = text(&mut manager, said);
    assert!(note.starts_with("nobody: the last heartbeat"), "{note}");
    let mut dba = pair.copy.connect();
    for (sql, expected) in [
        (
            "SELECT sharing.access_to('leads', '1', 'boss')::text",
            "none",
        ),
        (
            "SELECT string_agg(access || ' ' || reason, ', ') FROM sharing.explain('leads', '1', 'boss')",
            "none stale_configuration",
        ),
        (
            "SELECT count(*)::text FROM sharing.who_can('leads', '1')",
            "0",
        ),
    ] {
        assert_eq!(text(&mut dba, sql), expected, "{sql}");
    }
    let told = pair.told();
    assert!(told.contains("is older than sharing.configuration_lease"));
    assert!(told.contains("subscription lease is not enabled"), "{told}");

    // What was opened before goes on by the time at which it was opened.
    let (_, cursor) = sessions.last_mut().expect("the cursor");
    let rows = cursor.query("FETCH ALL FROM c", &[]).expect("FETCH");
    assert_eq!(rows.len() as i32, LEADS);

    execute(&mut subscription.target, "ALTER SUBSCRIPTION lease ENABLE");
    beat(&mut subscription);
    assert_eq!(pair.there(), pair.here(), "level again");
    assert_eq!(pair.told(), "");
    for (way, client) in &mut sessions {
        match *way {
            // Its snapshot is as old as before, and a new one would not be.
            "in an old snapshot" => {
                let again = client.query_one("SELECT count(*) FROM leads", &[]);
                assert_eq!(sqlstate(again), "40001");
                execute(client, "ROLLBACK");
                assert_eq!(count(client), 0, "{way}");
            }
            _ => assert_eq!(count(client), 0, "{way}, after the revoke"),
        }
    }
    // Remade for who sees everything, once more.
    let _ = all(&mut keeping);
    assert_eq!(all(&mut keeping).expect("all"), i64::from(LEADS));

    // A publisher is no copy, whatever its own settings say; and a copy that is its own master is none either.
    execute(
        &mut subscription.source,
        &format!(
            "ALTER DATABASE {} SET sharing.configuration_lease = 1",
            quoted(pair.company.database.name())
        ),
    );
    assert_eq!(pair.here(), pair.there());
    let told = text(
        &mut pair.company.database.connect(),
        "SELECT severity || ' ' || object FROM sharing.doctor() WHERE check_name = 'stale_configuration'",
    );
    assert_eq!(told, "warning sharing.last_heartbeat");
    std::thread::sleep(LEASE + Duration::from_millis(200));
    assert_eq!(pair.there(), NOTHING);
    drop(subscription);
    assert_eq!(pair.there(), pair.here(), "a database of its own");
}

#[test]
fn nobody_prolongs_a_lease() {
    let _turn = turn();
    let pair = Pair::new("lease_prolonged");
    let app = &pair.company.app;
    let mut subscription = pair.subscribe("lease_prolonged");
    beat(&mut subscription);
    let whole = pair.here();
    assert_eq!(pair.there(), whole);

    // By the setting: in a session that knows it, in one that does not yet, and from its beginning.
    let off = "SET sharing.configuration_lease = 0";
    let mut client = pair.copy.connect_as(app);
    act_for(&mut client, "boss");
    assert_eq!(count(&mut client), i64::from(LEADS));
    assert_eq!(sqlstate(client.batch_execute(off)), "42501");
    let for_role = format!("ALTER ROLE {} {off}", quoted(app));
    assert_eq!(sqlstate(client.batch_execute(&for_role)), "42501");
    let mut early = pair.copy.connect_as(app);
    let _ = early.batch_execute(off);
    act_for(&mut early, "boss");
    let lease = "SELECT current_setting('sharing.configuration_lease')";
    let _ = count(&mut early);
    assert_ne!(text(&mut early, lease), "0");
    let mut config = pair.copy.config(app);
    config.options("-c sharing.configuration_lease=0");
    if let Ok(mut from_the_beginning) = config.connect(postgres::NoTls) {
        act_for(&mut from_the_beginning, "boss");
        assert_eq!(count(&mut from_the_beginning), 0);
        execute(&mut from_the_beginning, "RESET ALL");
        act_for(&mut from_the_beginning, "boss");
        assert_eq!(count(&mut from_the_beginning), 0);
        execute(&mut from_the_beginning, PARALLEL);
        assert_eq!(count(&mut from_the_beginning), 0, "nor to workers");
    }

    // By the row.
    for (sql, code) in [
        ("SELECT sharing.heartbeat()", "42501"),
        ("UPDATE sharing.last_heartbeat SET beat_at = now()", "42501"),
        ("INSERT INTO sharing.last_heartbeat DEFAULT VALUES", "42501"),
        ("DELETE FROM sharing.last_heartbeat", "42501"),
        ("SELECT sharing_internal.take_heartbeat()", "42501"),
    ] {
        assert_eq!(sqlstate(client.batch_execute(sql)), code, "{sql}");
    }
    let mut dba = pair.copy.connect();
    for sql in [
        "SELECT sharing.heartbeat()",
        "UPDATE sharing.last_heartbeat SET beat_at = now()",
        "DELETE FROM sharing.last_heartbeat",
        "TRUNCATE sharing.last_heartbeat",
    ] {
        assert_eq!(sqlstate(dba.batch_execute(sql)), "55000", "{sql}");
    }
    assert_eq!(pair.there(), whole);

    // One of the future, in the right place of the chain, is no measure of anything.
    execute(
        &mut dba,
        "SET session_replication_role = replica;
         UPDATE sharing.last_heartbeat SET previous = stamp, stamp = gen_random_uuid(), beat_at = now() + interval '1 h'",
    );
    assert_eq!(pair.there(), NOTHING);
    assert!(pair.told().contains("is later than its clock"));
    // And the chain was broken by it.
    beat(&mut subscription);
    assert_eq!(pair.there(), NOTHING);
    assert!(pair.told().contains("a heartbeat was lost"));
    beat(&mut subscription);
    assert_eq!(pair.there(), NOTHING, "for good");

    // Copied anew, as docs/operations.md says.
    drop(subscription);
    execute(
        &mut dba,
        "DO $$
         DECLARE ours regclass;
         BEGIN
             FOR ours IN SELECT oid::regclass FROM pg_class
                 WHERE relnamespace = 'sharing'::regnamespace AND relkind = 'r' AND relname NOT IN ('generation', 'audit_entries')
             LOOP EXECUTE format('TRUNCATE %s', ours); END LOOP;
         END $$",
    );
    execute(
        &mut pair.company.database.connect(),
        "DROP PUBLICATION lease_prolonged",
    );
    let mut subscription = pair.subscribe("lease_prolonged");
    assert_eq!(pair.there(), NOTHING);
    beat(&mut subscription);
    assert_eq!(pair.there(), whole);

    // Gone where it comes from: the next is the first.
    execute(
        &mut subscription.source,
        "DELETE FROM sharing.last_heartbeat",
    );
    subscription.catch_up();
    assert_eq!(pair.there(), NOTHING);
    beat(&mut subscription);
    assert_eq!(pair.there(), whole);
}

#[test]
fn what_is_not_whole_does_not_count() {
    let _turn = turn();
    let pair = Pair::new("lease_part");
    let mut dba = pair.company.database.connect();
    let tables = text(
        &mut dba,
        "SELECT string_agg(oid::regclass::text, ', ') FROM pg_class WHERE relnamespace = 'sharing'::regnamespace AND relkind = 'r' AND relname <> 'rules'",
    );
    // A publication that leaves something out sends no heartbeat.
    for what in [
        format!("FOR TABLE {tables}"),
        format!("FOR TABLE {tables}, sharing.rules (id, module_id)"),
        format!("FOR TABLE {tables}, sharing.rules WHERE (id > 0)"),
        "FOR TABLES IN SCHEMA sharing WITH (publish = 'insert, update, truncate')".to_owned(),
        "FOR ALL TABLES WITH (publish = 'insert, update, delete')".to_owned(),
    ] {
        execute(&mut dba, &format!("CREATE PUBLICATION part {what}"));
        let beaten = dba.batch_execute("SELECT sharing.heartbeat()");
        assert_eq!(sqlstate(beaten), "55000", "{what}");
        execute(&mut dba, "DROP PUBLICATION part");
    }
    execute(
        &mut dba,
        "CREATE PUBLICATION other FOR TABLE sharing.users WHERE (id > 0); CREATE PUBLICATION whole FOR ALL TABLES;
         SELECT sharing.heartbeat(); DROP PUBLICATION whole",
    );
    // Nor is one taken that comes all the same: by hand.
    let by_hand = "UPDATE sharing.last_heartbeat SET previous = stamp, stamp = gen_random_uuid(), beat_at = now()";
    let what = format!("FOR TABLE {tables}");
    let mut subscription =
        Subscription::start("lease_part", &what, &pair.company.database, &pair.copy);
    execute(&mut dba, by_hand);
    subscription.catch_up();
    assert_eq!(pair.there(), NOTHING);
    assert!(
        pair.told()
            .contains("sharing.rules is brought by no subscription")
    );
    // By a subscription of its own the rest may be as old as it likes.
    execute(
        &mut dba,
        "CREATE PUBLICATION lease_rules FOR TABLE sharing.rules",
    );
    let second =
        Subscription::start_of_published("lease_rules", &pair.company.database, &pair.copy);
    execute(&mut dba, by_hand);
    subscription.catch_up();
    assert_eq!(pair.there(), NOTHING);
    let told = pair.told();
    assert!(
        told.contains("sharing.rules comes by subscription lease_rules"),
        "{told}"
    );
    drop(second);
    // Whole at last.
    execute(
        &mut subscription.target,
        "SET session_replication_role = replica; TRUNCATE sharing.rules",
    );
    execute(
        &mut dba,
        "ALTER PUBLICATION lease_part ADD TABLE sharing.rules",
    );
    execute(
        &mut subscription.target,
        "ALTER SUBSCRIPTION lease_part REFRESH PUBLICATION",
    );
    subscription.is_copied();
    beat(&mut subscription);
    assert_eq!(pair.there(), pair.here());
    // What is taken out again is no longer sent: the copy goes on for the lease.
    execute(
        &mut dba,
        "ALTER PUBLICATION lease_part DROP TABLE sharing.users",
    );
    assert_eq!(
        sqlstate(dba.batch_execute("SELECT sharing.heartbeat()")),
        "55000"
    );
    execute(&mut dba, "SELECT sharing.deactivate_user('boss')");
    subscription.catch_up();
    assert_eq!(pair.there()[0], i64::from(LEADS));
    std::thread::sleep(LEASE + Duration::from_millis(200));
    assert_eq!(pair.there(), NOTHING);
}

/// Replication that was begun anew at a later point, as by hand after a failover.
#[test]
fn what_was_lost_on_the_way_is_noticed() {
    let _turn = turn();
    let pair = Pair::new("lease_lost");
    let mut subscription = pair.subscribe("lease_lost");
    beat(&mut subscription);
    assert_eq!(pair.there(), pair.here());
    execute(
        &mut subscription.target,
        "ALTER SUBSCRIPTION lease_lost DISABLE",
    );
    wait_until("the slot to be free", || {
        subscription
            .source
            .batch_execute("SELECT pg_drop_replication_slot('lease_lost')")
            .is_ok()
    });
    execute(
        &mut subscription.source,
        "SELECT sharing.set_user_role('manager', NULL)",
    );
    execute(&mut subscription.source, "SELECT sharing.heartbeat()");
    execute(
        &mut subscription.source,
        "SELECT pg_create_logical_replication_slot('lease_lost', 'pgoutput')",
    );
    execute(
        &mut subscription.target,
        "ALTER SUBSCRIPTION lease_lost ENABLE",
    );
    beat(&mut subscription);
    beat(&mut subscription);
    assert_eq!(pair.here()[1], 0);
    assert_eq!(pair.there(), NOTHING);
    assert!(pair.told().contains("a heartbeat was lost"));
}

/// Ends what other threads of a test do and wait for, also where it fails.
struct Over<'a>(&'a AtomicBool, Client);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
        let Over(_, client) = self;
        let _ = client.batch_execute("ALTER SYSTEM SET synchronous_standby_names = ''");
        let _ = client.batch_execute("SELECT pg_reload_conf()");
    }
}

/// Nothing is acknowledged that a copy does not know of, and one that is away is not waited for longer than it shows
/// anything. Sessions share memory here.
#[test]
fn a_revoke_is_complete_when_it_is_acknowledged() {
    let _turn = turn();
    let pair = Pair::new("lease_waits");
    let preloaded = [
        "shared_preload_libraries = 'pg_sharing'",
        "wal_level = logical",
        "synchronous_commit = local",
    ];
    let server = CopiedServer::start_with(&pair.company, &[], &preloaded);
    let superuser = std::env::var("PGUSER").expect("PGUSER");
    let (publisher, copy) = (pair.company.database.name(), pair.copy.name());
    let admin = |database| server.connect_to(database, &superuser);
    let (mut dba, mut there) = (admin(publisher), admin(copy));
    execute(
        &mut dba,
        "CREATE PUBLICATION configuration FOR TABLES IN SCHEMA sharing",
    );
    execute(
        &mut dba,
        "SELECT pg_create_logical_replication_slot('copy_1', 'pgoutput')",
    );
    let port = server.port();
    execute(
        &mut there,
        &format!(
            "CREATE SUBSCRIPTION copy_1 CONNECTION 'host=127.0.0.1 port={port} user={superuser} dbname={publisher}'
             PUBLICATION configuration WITH (create_slot = false)"
        ),
    );
    let pending = "SELECT count(*) FROM pg_subscription_rel WHERE srsubstate <> 'r'";
    wait_until("the copy", || number(&mut there, pending) == 0);
    execute(
        &mut dba,
        "ALTER SYSTEM SET synchronous_standby_names = 'FIRST 1 (copy_1)'",
    );
    execute(&mut dba, "SELECT pg_reload_conf()");
    let synchronous = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'";
    wait_until("the settings", || number(&mut dba, synchronous) == 1);
    // In the session that administers, and never in the one that beats.
    let mut waiting = admin(publisher);
    execute(&mut waiting, "SET synchronous_commit = remote_apply");
    let stops = AtomicBool::new(false);
    let is_over = || stops.load(Ordering::SeqCst);
    std::thread::scope(|scope| {
        let _over = Over(&stops, admin(publisher));
        let mut scheduler = admin(publisher);
        scope.spawn(move || {
            while !is_over() {
                execute(&mut scheduler, "SELECT sharing.heartbeat()");
                std::thread::sleep(Duration::from_millis(200));
            }
        });
        let sees = |person: &str| {
            let mut client = server.connect_to(copy, &pair.company.app);
            act_for(&mut client, person);
            count(&mut client)
        };
        wait_until("a heartbeat", || sees("manager") == i64::from(LEADS));
        let mut remembering = server.connect_to(copy, &pair.company.app);
        act_for(&mut remembering, "manager");
        for turn in 0..20 {
            let (role, expected) = match turn % 2 {
                0 => ("NULL", 0),
                _ => ("'Manager'", i64::from(LEADS)),
            };
            let change = format!("SELECT sharing.set_user_role('manager', {role})");
            execute(&mut waiting, &change);
            assert_eq!(count(&mut remembering), expected, "{turn}");
        }
        execute(&mut there, "ALTER SUBSCRIPTION copy_1 DISABLE");
        wait_until("the copy to be away", || {
            number(&mut dba, "SELECT count(*) FROM pg_stat_replication") == 0
        });
        let began = std::time::Instant::now();
        let change = scope.spawn(move || {
            execute(
                &mut waiting,
                "SELECT sharing.set_user_role('manager', NULL)",
            );
        });
        while began.elapsed() < LEASE + Duration::from_millis(500) {
            assert!(!change.is_finished(), "acknowledged too early");
            std::thread::sleep(Duration::from_millis(100));
        }
        assert_eq!(sees("manager"), 0, "the lease is over");
        assert_eq!(count(&mut remembering), 0);
        execute(&mut dba, "ALTER SYSTEM SET synchronous_standby_names = ''");
        execute(&mut dba, "SELECT pg_reload_conf()");
        change.join().expect("acknowledged without the copy");
        execute(&mut there, "ALTER SUBSCRIPTION copy_1 ENABLE");
        wait_until("the copy to be level", || sees("boss") == i64::from(LEADS));
        assert_eq!(sees("manager"), 0);
    });
    execute(&mut there, "ALTER SUBSCRIPTION copy_1 DISABLE");
}

/// A standby is a copy, too, until it is promoted.
#[test]
fn a_standby_that_is_cut_off_shows_nothing() {
    let company = company("lease_standby");
    let lease = format!("sharing.configuration_lease = '{}ms'", LEASE.as_millis());
    let standby = CopiedServer::start_with(&company, &["--write-recovery-conf"], &[&lease]);
    let superuser = std::env::var("PGUSER").expect("PGUSER");
    let mut dba = company.database.connect();
    let mut there = standby.connect_to(company.database.name(), &superuser);
    let mut manager = standby.connect(&company, &company.app);
    act_for(&mut manager, "manager");
    assert_eq!(count(&mut manager), 0, "no heartbeat yet");
    execute(&mut dba, "SELECT sharing.heartbeat()");
    wait_until("the heartbeat", || count(&mut manager) == i64::from(LEADS));
    execute(&mut there, "SELECT pg_wal_replay_pause()");
    wait_until("the pause", || {
        text(&mut there, "SELECT pg_get_wal_replay_pause_state()") == "paused"
    });
    execute(
        &mut dba,
        "SELECT sharing.set_user_role('manager', NULL), sharing.heartbeat()",
    );
    assert_eq!(count(&mut manager), i64::from(LEADS), "within the lease");
    std::thread::sleep(LEASE + Duration::from_millis(200));
    assert_eq!(count(&mut manager), 0, "cut off");
    let told = text(
        &mut there,
        "SELECT severity FROM sharing.doctor() WHERE check_name = 'stale_configuration'",
    );
    assert_eq!(told, "error");
    let beaten = there.batch_execute("SELECT sharing.heartbeat()");
    assert_eq!(sqlstate(beaten), "25006");
    execute(&mut there, "SELECT pg_wal_replay_resume()");
    execute(&mut dba, "SELECT sharing.heartbeat()");
    let mut boss = standby.connect(&company, &company.app);
    act_for(&mut boss, "boss");
    wait_until("the heartbeat", || count(&mut boss) == i64::from(LEADS));
    assert_eq!(count(&mut manager), 0, "level again");
    std::thread::sleep(LEASE + Duration::from_millis(200));
    assert_eq!(count(&mut boss), 0, "nobody beats");
    execute(&mut there, "SELECT pg_promote()");
    assert_eq!(count(&mut boss), i64::from(LEADS), "a server of its own");
}
