//! Ends: what a session remembers, what plans, workers and other sessions were given, on a standby and where sessions
//! share memory, counts until the end and no longer, without a change that anybody commits.

mod support;

use postgres::Client;
use std::time::{Duration, Instant};
use support::company::{LEADS, act_for, company, count};
use support::copied_server::CopiedServer;

const PARALLEL: &str = "SET max_parallel_workers_per_gather = 2; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0;
    SET min_parallel_table_scan_size = 0; SET enable_indexscan = off; SET enable_bitmapscan = off; SET enable_indexonlyscan = off";

/// The user support sees leads of reps for some seconds: all, by a rule that ends or by a membership that does, or
/// the first, by a grant, a share, or a link that ends.
struct Ending {
    at: Instant,
    leads: i64,
}

impl Ending {
    fn begin(admin: &mut Client, what: &str, seconds: u64) -> Ending {
        let at = Instant::now() + Duration::from_secs(seconds);
        let soon: String = admin
            .query_one(
                "SELECT to_json(clock_timestamp() + make_interval(secs => $1)) #>> '{}'",
                &[&(seconds as f64)],
            )
            .expect("a time")
            .get(0);
        let until = |of: &str| match of == what {
            true => format!("'{soon}'"),
            false => "NULL".to_owned(),
        };
        let in_document = |of: &str| match of == what {
            true => format!(", \"until\": \"{soon}\""),
            false => String::new(),
        };
        let helpers = "SELECT sharing.create_group('helpers', 'Helpers'), sharing.create_group('inner', 'Inner')";
        let (owned_by, criteria) = match what {
            "criteria" => ("NULL", r#"'{"title": {"like": "lead %"}}'"#),
            _ => ("'role:Rep'", "NULL"),
        };
        let (sql, leads) = match what {
            "rule" | "criteria" | "membership" | "nesting" => (
                format!(
                    "{helpers};
                     SELECT sharing.add_rule('leads', {owned_by}, 'group:Helpers', 'read_only', criteria => {criteria}, until => {}), sharing.apply_rules();
                     SELECT sharing.add_member('Helpers', 'group:Inner', {}), sharing.add_member('Inner', 'user:support', {})",
                    until(if what == "criteria" { what } else { "rule" }),
                    until("nesting"),
                    until("membership")
                ),
                i64::from(LEADS),
            ),
            "grant" => (
                format!(
                    "{helpers};
                     SELECT sharing.add_member('Helpers', 'group:Inner'), sharing.add_member('Inner', 'user:support'), sharing.grant_record('leads', 1, 'group:Helpers', until => {})",
                    until("grant")
                ),
                1,
            ),
            _ => (
                format!(
                    "SELECT sharing.create_office('East'), sharing.create_office('West');
                     SELECT sharing.set_user_office('rep1', 'East'), sharing.set_user_office('support', 'West');
                     SELECT FROM sharing.enable_record_sharing('rep1') a, sharing.enable_record_sharing('support') b;
                     SELECT sharing.import_config('{{\"version\": 1, \"links\": [{{\"from\": \"rep1\", \"to\": \"support\", \"status\": \"active\"{}}}],
                         \"shares\": [{{\"module\": \"leads\", \"record\": \"1\", \"from\": \"rep1\", \"to\": \"support\", \"access\": \"read\"{}}}]}}')",
                    in_document("link"),
                    in_document("share")
                ),
                1,
            ),
        };
        admin.batch_execute(&sql).expect(&sql);
        Ending { at, leads }
    }

    fn wait(&self) {
        let left = self.at.saturating_duration_since(Instant::now());
        std::thread::sleep(left + Duration::from_millis(200));
    }
}

/// Sessions of the user support that know what they see, each in another way.
fn knowing(connect: &mut dyn FnMut() -> Client) -> Vec<(&'static str, Client)> {
    let ways = [
        ("remembered", ""),
        ("in a transaction", "BEGIN"),
        (
            "in an old snapshot",
            "BEGIN ISOLATION LEVEL REPEATABLE READ",
        ),
        ("by workers", PARALLEL),
    ];
    ways.map(|(way, settings)| {
        let mut client = connect();
        act_for(&mut client, "support");
        client.batch_execute(settings).expect("settings");
        (way, client)
    })
    .into_iter()
    .collect()
}

fn all_see(sessions: &mut [(&'static str, Client)], leads: i64, when: &str) {
    for (way, client) in sessions {
        assert_eq!(count(client), leads, "{way}, {when}");
    }
}

fn ends_on(connect: &mut dyn FnMut() -> Client, ending: &Ending, when: &str) {
    let mut sessions = knowing(connect);
    all_see(&mut sessions, ending.leads, when);
    let mut preparing = company_session(connect);
    preparing
        .batch_execute("SET plan_cache_mode = force_generic_plan")
        .expect("SET");
    let statement = preparing
        .prepare("SELECT count(*) FROM leads WHERE id > 0")
        .expect("a statement");
    let prepared = |client: &mut Client| -> i64 {
        let row = client.query_one(&statement, &[]).expect("a count");
        row.get(0)
    };
    assert_eq!(prepared(&mut preparing), ending.leads, "{when}");
    ending.wait();
    all_see(&mut sessions, 0, when);
    assert_eq!(prepared(&mut preparing), 0, "{when}");
    assert_eq!(
        count(&mut company_session(connect)),
        0,
        "a session that begins, {when}"
    );
}

fn company_session(connect: &mut dyn FnMut() -> Client) -> Client {
    let mut client = connect();
    act_for(&mut client, "support");
    client
}

fn ends_in_every_session(what: &str, name: &str) {
    let company = company(name);
    let ending = Ending::begin(&mut company.database.connect(), what, 6);
    ends_on(&mut || company.connect(), &ending, what);
}

#[test]
fn a_membership_ends_in_every_session() {
    ends_in_every_session("membership", "ends_membership");
}

#[test]
fn a_nesting_ends_in_every_session() {
    ends_in_every_session("nesting", "ends_nesting");
}

#[test]
fn a_rule_ends_in_every_session() {
    ends_in_every_session("rule", "ends_rule");
}

#[test]
fn a_grant_ends_in_every_session() {
    ends_in_every_session("grant", "ends_grant");
}

#[test]
fn a_share_ends_in_every_session() {
    ends_in_every_session("share", "ends_share");
}

#[test]
fn a_link_ends_in_every_session() {
    ends_in_every_session("link", "ends_link");
}

#[test]
fn a_rule_with_criteria_ends_in_every_session() {
    let company = company("ends_criteria");
    let mut admin = company.database.connect();
    let ending = Ending::begin(&mut admin, "criteria", 6);
    ends_on(&mut || company.connect(), &ending, "a rule with criteria");
    let mut told = |sql: &str| -> (i64, i64, i64) {
        let row = admin.query_one(sql, &[]).expect(sql);
        (row.get(0), row.get(1), row.get(2))
    };
    const ARMS: &str = "SELECT (SELECT count(*) FROM pg_policy WHERE pg_get_expr(polqual, polrelid) LIKE '%by_criteria%'),
        (SELECT count(*) FROM sharing.criteria), (SELECT count(*) FROM sharing.doctor() WHERE check_name LIKE '%polic%' AND object LIKE '%leads%')";
    let (arms, criteria, findings) = told(ARMS);
    assert!(
        arms > 0 && criteria == 1 && findings == 0,
        "{arms} {criteria} {findings}"
    );
    told("SELECT sharing.forget_ended(), 0::bigint, 0::bigint");
    assert_eq!(
        told(ARMS),
        (0, 0, 0),
        "what has ended is out of the policies"
    );
}

#[test]
fn ends_come_where_sessions_share_memory() {
    let preloaded = ["shared_preload_libraries = 'pg_sharing'"];
    for what in ["membership", "nesting", "rule"] {
        let company = company(&format!("ends_shared_{what}"));
        let server = CopiedServer::start_with(&company, &[], &preloaded);
        let superuser = std::env::var("PGUSER").expect("PGUSER");
        let mut admin = server.connect_to(company.database.name(), &superuser);
        let ending = Ending::begin(&mut admin, what, 6);
        let mut connect = || server.connect(&company, &company.app);
        ends_on(&mut connect, &ending, &format!("{what} in shared memory"));
    }
}

/// Without a record of it in the log: nothing is written when something ends.
#[test]
fn ends_come_on_a_standby() {
    for what in ["rule", "share"] {
        let company = company(&format!("ends_standby_{what}"));
        let ending = Ending::begin(&mut company.database.connect(), what, 20);
        let server = CopiedServer::start(&company, &["--write-recovery-conf"]);
        let mut connect = || server.connect(&company, &company.app);
        ends_on(&mut connect, &ending, &format!("{what} on a standby"));
    }
}
