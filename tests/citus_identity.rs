//! Who asks, through a coordinator of Citus, where it is installed: tokens are verified by the servers of the shards,
//! and whoever acts as another does so there, whatever savepoints give back; nobody makes a worker take them for
//! another, and nobody else of the role reads a token.

mod support;

use base64ct::{Base64UrlUnpadded, Encoding};
use hmac::{Hmac, Mac};
use postgres::Client;
use std::collections::BTreeSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use support::citus::{count, execute, refused, start};
use support::company::wait_until;
use support::{fresh_database, skip};

const SECRET: &str = "a secret of the mint, and of nobody else";

/// A token of a user for so many seconds.
fn token(user: &str, seconds: f64, scope: &str) -> String {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("a time");
    let expires = now.as_secs_f64() + seconds;
    let encoded = |text: &str| Base64UrlUnpadded::encode_string(text.as_bytes());
    let header = encoded(r#"{"alg":"HS256","kid":"mint"}"#);
    let claims = format!(r#"{{"sub":"{user}","exp":{expires},"scope":"{scope}","aud":"crm"}}"#);
    let signed = format!("{header}.{}", encoded(&claims));
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(SECRET.as_bytes()).expect("a key");
    mac.update(signed.as_bytes());
    let signature = Base64UrlUnpadded::encode_string(&mac.finalize().into_bytes());
    format!("{signed}.{signature}")
}

fn authenticate(client: &mut Client, token: &str) {
    let call = "SELECT sharing.authenticate($1)";
    client.execute(call, &[&token]).expect("a good token");
}

/// Records 1 to 90 belong to users 1 to 3 in turn; 1 is above 2, and 9 administers.
fn visible(user: Option<&str>) -> BTreeSet<i32> {
    let owners: &[i32] = match user {
        Some("1") => &[1, 2],
        Some("2") => &[2],
        Some("3") => &[3],
        Some("9") => &[1, 2, 3],
        _ => &[],
    };
    (1..=90)
        .filter(|id| owners.contains(&(1 + id % 3)))
        .collect()
}

fn seen(client: &mut Client) -> BTreeSet<i32> {
    let rows = client.query("SELECT id FROM deals", &[]).expect("deals");
    rows.iter().map(|row| row.get(0)).collect()
}

/// The same numbers in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

#[test]
fn workers_know_who_asks_and_nobody_forges_it() {
    let server = fresh_database("citus_identity");
    let Some(nodes) = start(&server) else {
        return skip("Citus is not installed");
    };
    let mut dba = nodes[0].admin();
    execute(
        &mut dba,
        &format!(
            "SELECT sharing.create_role('Manager'), sharing.create_role('Rep', parent => 'Manager'), sharing.create_role('Support');
             SELECT sharing.create_user('1', 'Ana', role => 'Manager'), sharing.create_user('2', 'Ben', role => 'Rep'),
                 sharing.create_user('3', 'Dev', role => 'Support'), sharing.create_user('9', 'Root');
             SELECT sharing.grant_right('9', 'administrator'); SELECT sharing.add_key('mint', 'HS256', '{SECRET}');
             CREATE ROLE strict LOGIN; SELECT sharing.trust('strict')"
        ),
    );
    execute(
        &mut dba,
        "CREATE TABLE deals (id int PRIMARY KEY, owner int); SELECT create_distributed_table('deals', 'id');
         INSERT INTO deals SELECT n, 1 + n % 3 FROM generate_series(1, 90) n; GRANT SELECT, UPDATE ON deals TO app, strict",
    );
    execute(&mut dba, "SELECT sharing.protect('deals', 'owner')");
    execute(
        &mut dba,
        "CREATE TABLE kinds (id int PRIMARY KEY); SELECT create_distributed_table('kinds', 'id');
         INSERT INTO kinds VALUES (1); GRANT SELECT ON kinds TO strict",
    );
    for (n, worker) in nodes[1..].iter().enumerate() {
        worker.subscribe(&nodes[0], &format!("worker_{n}"));
    }
    nodes[0].waits_for("worker_0, worker_1", 2);
    execute(
        &mut dba,
        "SET synchronous_commit = remote_apply; SELECT sharing.rename_user('1', 'Anna')",
    );

    // Where others of the role could read it, no worker is told of a token.
    let mut app = nodes[0].connect("crm", "app");
    let is_not_told = |app: &mut Client| {
        execute(app, "BEGIN; SET LOCAL sharing.user_key = '3'");
        // A connection to each of them.
        seen(app);
        authenticate(app, &token("1", 60.0, "transaction"));
        let error = app.batch_execute("SELECT id FROM deals");
        let error = error.expect_err("a statement with a token");
        assert_eq!(error.code().expect("a code").code(), "55000", "{error:?}");
        for worker in &nodes[1..] {
            let shown = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'app' AND query LIKE '%eyJ%'";
            assert_eq!(count(&mut worker.admin(), shown), 0);
        }
        execute(app, "ROLLBACK");
    };
    is_not_told(&mut app);
    execute(
        &mut dba,
        "ALTER ROLE app SET track_activities = off; ALTER ROLE strict SET track_activities = off;
         ALTER ROLE strict SET sharing.require_token = on",
    );
    drop(app);
    let mut app = nodes[0].connect("crm", "app");
    // Sessions of before keep their settings.
    for worker in &nodes[1..] {
        let ended = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename IN ('app', 'strict')";
        count(&mut worker.admin(), ended);
    }
    execute(&mut app, "SET pg_stat_statements.track_utility = 'on'");
    is_not_told(&mut app);
    execute(&mut app, "RESET pg_stat_statements.track_utility");
    // Nor does one take it whose own settings would show it.
    for shows in [
        "track_activities = on",
        "pg_stat_statements.track_utility = 'on'",
    ] {
        let (setting, _) = shows.split_once(' ').expect("a setting");
        let before = match setting {
            "track_activities" => "SET track_activities = off".to_owned(),
            _ => format!("RESET {setting}"),
        };
        for (n, change) in [format!("SET {shows}"), before].iter().enumerate() {
            let mut worker = nodes[2].admin();
            execute(&mut worker, "SET citus.enable_ddl_propagation = off");
            execute(&mut worker, &format!("ALTER ROLE app {change}"));
            let mut app = nodes[0].connect("crm", "app");
            execute(&mut app, "BEGIN");
            authenticate(&mut app, &token("1", 60.0, "transaction"));
            match n {
                0 => assert_eq!(
                    refused(&mut app, "SELECT id FROM deals"),
                    "55000",
                    "{shows}"
                ),
                _ => assert_eq!(seen(&mut app), visible(Some("1"))),
            }
        }
    }
    let users = ["1", "2", "3", "9", "nobody"];
    for user in users {
        execute(&mut app, "BEGIN");
        authenticate(&mut app, &token(user, 60.0, "transaction"));
        assert_eq!(seen(&mut app), visible(Some(user)), "{user}");
        let changed = app.query("UPDATE deals SET owner = owner RETURNING id", &[]);
        assert_eq!(
            changed.expect("UPDATE").len(),
            visible(Some(user)).len(),
            "{user}"
        );
        execute(&mut app, "COMMIT");
        execute(&mut app, "BEGIN");
        assert!(seen(&mut app).is_empty(), "whoever comes next");
        execute(&mut app, "COMMIT");
    }
    random_turns(&mut app, &users);
    ends(&mut app, &mut dba);
    forgeries(&nodes[0], &mut nodes[1].connect("crm", "strict"));
}

/// The workers know whom the coordinator knows, whatever comes and goes within a transaction.
fn random_turns(app: &mut Client, users: &[&str]) {
    let mut dice = Dice(3);
    let mut known = BTreeSet::new();
    for turn in 0..80 {
        execute(app, "BEGIN");
        let mut savepoints = 0;
        let mut is_acting = false;
        for step in 0..8 {
            let user = users[dice.below(users.len() as u64) as usize];
            match dice.below(12) {
                0 | 1 if !is_acting => {
                    let scope = ["transaction", "session"][dice.below(2) as usize];
                    authenticate(app, &token(user, 60.0, scope));
                }
                2 | 3 => execute(app, &format!("SET LOCAL sharing.user_key = '{user}'")),
                4 => execute(
                    app,
                    &format!("SELECT set_config('sharing.user_key', '{user}', true)"),
                ),
                5 => {
                    savepoints += 1;
                    execute(app, "SAVEPOINT s");
                }
                6 if savepoints > 0 => {
                    let how = ["ROLLBACK TO s", "RELEASE s"][dice.below(2) as usize];
                    savepoints -= usize::from(how == "RELEASE s");
                    execute(app, how);
                }
                7 => execute(app, "RESET ALL"),
                _ => {
                    let row = app.query_one(
                        "SELECT source, 'administrator' = ANY (rights) FROM sharing.whoami()",
                        &[],
                    );
                    let row = row.expect("whoami");
                    let (source, administers): (Option<String>, Option<bool>) =
                        (row.get(0), row.get(1));
                    if source.as_deref() == Some("sharing.user_key") && administers == Some(true) {
                        execute(app, "SELECT sharing.act_as('2')");
                    }
                }
            }
            let row = app.query_one(
                "SELECT sharing.current_user_key(), source FROM sharing.whoami()",
                &[],
            );
            let row = row.expect("whoami");
            let (key, source): (Option<String>, Option<String>) = (row.get(0), row.get(1));
            is_acting = source.as_deref() == Some("act_as");
            known.insert((key.clone(), source));
            assert_eq!(
                seen(app),
                visible(key.as_deref()),
                "turn {turn}, step {step}"
            );
        }
        execute(app, ["COMMIT", "ROLLBACK"][dice.below(2) as usize]);
        execute(app, "DISCARD ALL");
    }
    for expected in ["token", "sharing.user_key", "act_as"] {
        let is_seen = |(key, source): &(Option<String>, Option<String>)| {
            key.is_some() && source.as_deref() == Some(expected)
        };
        assert!(known.iter().any(is_seen), "{expected}: {known:?}");
    }
    assert!(known.len() > 10, "many sources of many users: {known:?}");
}

/// A token that expires, and one whose key goes.
fn ends(app: &mut Client, dba: &mut Client) {
    execute(app, "BEGIN");
    authenticate(app, &token("1", 2.0, "transaction"));
    execute(app, "SET LOCAL sharing.user_key = '3'");
    assert_eq!(seen(app), visible(Some("1")));
    std::thread::sleep(Duration::from_millis(2200));
    assert!(seen(app).is_empty(), "expired");
    execute(app, "COMMIT");
    execute(app, "BEGIN");
    authenticate(app, &token("1", 60.0, "transaction"));
    assert_eq!(seen(app), visible(Some("1")));
    execute(dba, "SELECT sharing.drop_key('mint')");
    assert!(seen(app).is_empty(), "without its key");
    execute(app, "COMMIT");
    execute(
        dba,
        &format!("SELECT sharing.add_key('mint', 'HS256', '{SECRET}')"),
    );
    // Outside of a transaction nothing would reach a worker.
    authenticate(app, &token("1", 60.0, "session"));
    assert_eq!(refused(app, "SELECT id FROM deals"), "0A000");
    execute(app, "DISCARD ALL");
}

/// Nor what a statement of it stores between its steps.
fn steps_between(other: &mut Client, strict: &mut Client) {
    let steps = "WITH d AS MATERIALIZED (SELECT id FROM deals) SELECT count(*) FROM d";
    assert_eq!(count(other, steps), 30);
    let number = "SELECT transaction_number FROM get_all_active_transactions() WHERE transaction_number <> 0 LIMIT 1";
    let number = count(strict, number);
    let join = format!("SELECT assign_distributed_transaction_id(0, {number}, now())");
    for sql in [
        format!(
            "BEGIN; {join}; SELECT * FROM read_intermediate_result('1_1', 'binary') AS (id int)"
        ),
        format!("SET application_name = 'citus_internal gpid=1'; BEGIN; {join}"),
        format!("DO $$BEGIN PERFORM assign_distributed_transaction_id(0, {number}, now()); END$$"),
    ] {
        assert_eq!(refused(strict, &sql), "42501", "{sql}");
    }
    execute(strict, "RESET application_name");
    // Nor in a session that Citus opened, by a statement for one shard.
    let pushed = "SELECT assign_distributed_transaction_id(0, 77, now()) FROM kinds WHERE id = 1";
    assert_eq!(refused(strict, pushed), "42501");
    let elsewhere = "SELECT count(*) FROM run_command_on_workers($run$SELECT assign_distributed_transaction_id(0, 77, now())$run$) WHERE success";
    assert_eq!(count(strict, elsewhere), 0);
}

/// SQL of whoever uses the connection of a role that is known by tokens alone.
fn forgeries(coordinator: &support::citus::Node, worker: &mut Client) {
    let mut strict = coordinator.connect("crm", "strict");
    let mut nothing = |steps: &[&str], token: Option<&str>| {
        execute(
            &mut strict,
            "BEGIN; SET LOCAL citus.propagate_set_commands = 'local'",
        );
        if let Some(token) = token {
            authenticate(&mut strict, token);
        }
        for step in steps {
            execute(&mut strict, step);
        }
        let expected = visible(token.map(|_| "2"));
        assert_eq!(seen(&mut strict), expected, "{steps:?}");
        execute(&mut strict, "ROLLBACK");
    };
    let ben = token("2", 60.0, "transaction");
    let (head, signature) = ben.rsplit_once('.').expect("a token");
    let forged = format!(
        "{}.{signature}",
        token("9", 60.0, "transaction")
            .rsplit_once('.')
            .expect("a token")
            .0
    );
    let carried = |text: &str| format!("SET LOCAL sharing.carried_token = '{text}'");
    for token in [None, Some(ben.as_str())] {
        nothing(&["SET LOCAL sharing.user_key = '9'"], token);
        nothing(&[&carried(&forged)], token);
        nothing(&[&carried(head)], token);
        nothing(
            &[
                "SELECT 1 FROM deals",
                "SET LOCAL sharing.user_key = '9'",
                &carried("9"),
            ],
            token,
        );
        nothing(
            &[
                "SELECT set_config('sharing.carried_token', '', true)",
                "SET LOCAL sharing.user_key = '9'",
            ],
            token,
        );
    }
    // At a worker itself, and through the function that runs anything there.
    for naming in [
        "SET LOCAL sharing.user_key = '9'".to_owned(),
        carried(&forged),
    ] {
        execute(worker, &format!("BEGIN; {naming}"));
        let shard = "SELECT count(*) FROM deals";
        assert_eq!(count(worker, shard), 0, "{naming}");
        execute(worker, "ROLLBACK");
        let sql = format!(
            "SELECT result FROM run_command_on_workers($run$DO $body$ DECLARE n bigint; BEGIN {naming}; SELECT count(*) INTO n FROM deals; RAISE 'rows: %', n; END $body$$run$)"
        );
        let rows = strict.query(&sql, &[]).expect("run_command_on_workers");
        assert_eq!(rows.len(), 2);
        for row in rows {
            let result: String = row.get(0);
            let is_refused = result.contains("not told who asks");
            assert!(
                result.ends_with("rows: 0") || is_refused,
                "{naming}: {result}"
            );
        }
    }
    // Kept for later sessions, or on a function, it would be everybody's.
    let good = token("9", 60.0, "session");
    for kept in [
        format!("ALTER ROLE strict SET sharing.carried_token = '{good}'"),
        format!(
            "CREATE FUNCTION pg_temp.kept() RETURNS int LANGUAGE sql SET sharing.carried_token = '{good}' AS 'SELECT 1'"
        ),
    ] {
        assert_eq!(refused(&mut strict, &kept), "22023", "{kept}");
    }
    // It counts in the transaction that set it.
    execute(
        &mut strict,
        &format!("BEGIN; SET sharing.carried_token = '{good}'; COMMIT"),
    );
    execute(&mut strict, "BEGIN");
    assert!(seen(&mut strict).is_empty(), "left by somebody else");
    execute(&mut strict, "COMMIT");
    // Another session of the role does not read the token of an open transaction.
    let mut other = coordinator.connect("crm", "strict");
    execute(&mut other, "BEGIN");
    authenticate(&mut other, &ben);
    assert_eq!(seen(&mut other), visible(Some("2")));
    steps_between(&mut other, &mut strict);
    let watched = "SELECT count(*) FROM run_command_on_all_nodes($$SELECT coalesce(string_agg(query, ' '), '') FROM pg_stat_activity WHERE usename = 'strict' AND pid <> pg_backend_pid()$$)
        WHERE success AND result NOT LIKE '%eyJ%' AND result NOT LIKE '%carried%'";
    wait_until("what sessions of the role show", || {
        count(&mut strict, watched) == 3
    });
    execute(&mut other, "COMMIT");
}
