//! On a hot standby a revoke holds once it is replayed, also for a session that remembers and
//! for a transaction that is open; reading there works from the first query and assigns no transaction id.

mod support;

use postgres::{Client, Statement};
use support::company::{Company, act_for, company, count, leads_of, sqlstate, wait_until};
use support::copied_server::CopiedServer;

/// A standby of the server under test.
struct Standby(CopiedServer);

impl Standby {
    fn start(company: &Company) -> Standby {
        Standby(CopiedServer::start(company, &["--write-recovery-conf"]))
    }

    fn connect(&self, company: &Company) -> Client {
        self.0.connect(company, &company.app)
    }
}

/// Waits until a session of a standby sees what was changed.
fn replayed(reader: &mut Client, primary: &mut Client) {
    let now: String = primary
        .query_one("SELECT pg_current_wal_lsn()::text", &[])
        .expect("LSN")
        .get(0);
    wait_until("the standby's replay", || {
        let query = format!("SELECT pg_last_wal_replay_lsn() >= '{now}'::pg_lsn");
        reader.query_one(&query, &[]).expect("LSN").get(0)
    });
}

/// The leads that somebody sees, counted by one plan whoever they are.
fn prepared_count(reader: &mut Client) -> Statement {
    reader
        .batch_execute("SET plan_cache_mode = force_generic_plan")
        .expect("SET");
    reader
        .prepare("SELECT count(*) FROM leads")
        .expect("prepare")
}

/// Criteria and ends hold there as on the primary, also for a statement that was prepared before.
#[test]
fn criteria_and_ends_are_obeyed() {
    let company = company("standby_criteria");
    let standby = Standby::start(&company);
    let mut primary = company.database.connect();
    let mut reader = standby.connect(&company);
    act_for(&mut reader, "support");
    let statement = prepared_count(&mut reader);
    let mut seen_after = |change: &str| -> i64 {
        primary.batch_execute(change).expect(change);
        replayed(&mut reader, &mut primary);
        reader.query_one(&statement, &[]).expect("a count").get(0)
    };
    let by_hand = |condition: fn(i32) -> bool| {
        let met = (1..=support::company::LEADS).filter(|&id| condition(id));
        i64::try_from(met.count()).expect("few leads")
    };
    assert_eq!(seen_after("SELECT 1"), 0);
    let like = r#"SELECT sharing.add_rule('leads', NULL, 'role:Support', 'read_only', criteria => '{"title": {"like": "lead 1%"}}');
        SELECT sharing.apply_rules()"#;
    assert_eq!(
        seen_after(like),
        by_hand(|id| id.to_string().starts_with('1'))
    );
    let of_reps = r#"SELECT sharing.add_rule('leads', 'role:Rep', 'role:Support', 'read_only', criteria => '{"id": {"<": 300}}', until => now() + interval '3 s');
        SELECT sharing.apply_rules()"#;
    let with_both = by_hand(|id| id.to_string().starts_with('1') || id < 300);
    assert_eq!(seen_after(of_reps), with_both);
    std::thread::sleep(std::time::Duration::from_secs(4));
    assert_eq!(
        seen_after("SELECT 1"),
        by_hand(|id| id.to_string().starts_with('1')),
        "ended"
    );
    let gone = "SELECT sharing.drop_rule(id) FROM sharing.rules; SELECT sharing.apply_rules()";
    assert_eq!(seen_after(gone), 0);
}

#[test]
fn a_replayed_revoke_is_obeyed() {
    let company = company("standby");
    let standby = Standby::start(&company);
    let mut primary = company.database.connect();
    let mut reader = standby.connect(&company);
    for key in ["rep1", "manager", "admin", "nobody"] {
        act_for(&mut reader, key);
        assert_eq!(count(&mut reader), leads_of(key), "{key}");
    }
    act_for(&mut reader, "manager");
    // Prepared, remembered, and in an open transaction: the next statement obeys all the same.
    let statement = prepared_count(&mut reader);
    let seen =
        |reader: &mut Client| -> i64 { reader.query_one(&statement, &[]).expect("a count").get(0) };
    reader.batch_execute("BEGIN").expect("BEGIN");
    assert_eq!(seen(&mut reader), leads_of("manager"));
    let mut repeatable = standby.connect(&company);
    act_for(&mut repeatable, "manager");
    repeatable
        .batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        .expect("BEGIN");
    assert_eq!(count(&mut repeatable), leads_of("manager"));

    primary
        .batch_execute("SELECT sharing.set_user_role('manager', NULL)")
        .expect("revoke");
    let mut observer = standby.connect(&company);
    replayed(&mut observer, &mut primary);
    assert_eq!(seen(&mut reader), 0, "an open transaction");
    let me = reader
        .query_one("SELECT user_key, active FROM sharing.whoami()", &[])
        .expect("whoami on a standby");
    assert_eq!((me.get(0), me.get(1)), (Some("manager"), Some(true)));
    let xid: Option<String> = reader
        .query_one("SELECT pg_current_xact_id_if_assigned()::text", &[])
        .expect("xid")
        .get(0);
    assert_eq!(xid, None);
    reader.batch_execute("COMMIT").expect("COMMIT");
    assert_eq!(seen(&mut reader), 0);
    assert_eq!(
        count(&mut repeatable),
        leads_of("manager"),
        "by its own snapshot"
    );
    repeatable.batch_execute("COMMIT").expect("COMMIT");
    assert_eq!(count(&mut repeatable), 0);

    primary
        .batch_execute("SELECT sharing.set_user_role('manager', 'Manager')")
        .expect("grant");
    replayed(&mut observer, &mut primary);
    assert_eq!(seen(&mut reader), leads_of("manager"));

    // Why, and who: of the state that is replayed. Acting as somebody else could not be recorded there.
    act_for(&mut reader, "admin");
    let told = reader
        .query_one(
            "SELECT sharing.access_to('leads', '1', 'manager')::text, (SELECT string_agg(reason, ' ') FROM sharing.explain('leads', '1', 'manager')),
                (SELECT count(*) FROM sharing.who_can('leads', '1')), (SELECT access::text FROM sharing.access_levels('leads', '{1}')),
                pg_current_xact_id_if_assigned()::text",
            &[],
        )
        .expect("explanations on a standby");
    assert_eq!(
        (
            told.get(0),
            told.get(1),
            told.get(2),
            told.get(3),
            told.get(4)
        ),
        ("full", "role_hierarchy", 4_i64, "full", None::<String>)
    );
    let refused = sqlstate(reader.batch_execute("SELECT sharing.act_as('rep1')"));
    assert_eq!(refused, "25006");

    // What is staged can be previewed there.
    primary
        .batch_execute("SELECT sharing.set_global_access('leads', 'public_read_only')")
        .expect("a change");
    replayed(&mut observer, &mut primary);
    act_for(&mut reader, "admin");
    let gained: Option<i64> = reader
        .query_one(
            "SELECT max(gained) FROM sharing.preview_rules() WHERE user_key = 'rep1'",
            &[],
        )
        .expect("preview_rules on a standby")
        .get(0);
    assert_eq!(gained, Some(leads_of("admin") - leads_of("rep1")));
}

/// What is called with an argument of a type.
fn argument(of_type: &str) -> Option<&'static str> {
    Some(match of_type {
        "regclass" => "'leads'::regclass",
        "text" => "'read'",
        "\"any\"" | "anyelement" => "'rep1'::text",
        "text[]" => "'{1}'",
        "bigint" | "integer" => "1",
        "bigint[]" => "'{1}'::bigint[]",
        "uuid" => "'00000000-0000-0000-0000-000000000000'::uuid",
        "uuid[]" => "'{}'::uuid[]",
        "sharing.access_level" => "'read'::sharing.access_level",
        "internal" => return None,
        other => panic!("a value of type {other} is needed here"),
    })
}

/// Every function of the schema that says that it only reads, as a query, and the views.
fn all_that_only_read(client: &mut Client) -> Vec<String> {
    let functions = client
        .query(
            "SELECT p.oid::regproc::text, ARRAY(SELECT format_type(t, NULL) FROM unnest(p.proargtypes) WITH ORDINALITY a (t, n) ORDER BY n)
             FROM pg_proc p WHERE p.pronamespace IN ('sharing'::regnamespace, 'sharing_internal'::regnamespace) AND p.provolatile <> 'v' ORDER BY p.oid",
            &[],
        )
        .expect("the functions");
    let mut queries: Vec<String> = functions
        .iter()
        .filter_map(|row| {
            let (name, types): (String, Vec<String>) = (row.get(0), row.get(1));
            let arguments: Option<Vec<&str>> = types.iter().map(|t| argument(t)).collect();
            Some(format!(
                "SELECT count(*) FROM {name}({}) r",
                arguments?.join(", ")
            ))
        })
        .collect();
    let views = client
        .query("SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'sharing'::regnamespace AND relkind = 'v'", &[])
        .expect("the views");
    queries.extend(
        views
            .iter()
            .map(|row| format!("SELECT count(*) FROM {}", row.get::<_, String>(0))),
    );
    queries
}

/// Whoever asks: no transaction id, and nothing that a standby or a READ ONLY transaction refuses. Errors of
/// ours are answers, too. Returns how many rows each query has.
fn ask_everything(client: &mut Client, queries: &[String], place: &str) -> Vec<(String, i64)> {
    let mut answers = Vec::new();
    for query in queries {
        client.batch_execute("BEGIN READ ONLY").expect("BEGIN");
        match client.query_one(query, &[]) {
            Ok(row) => {
                let xid: Option<String> = client
                    .query_one("SELECT pg_current_xact_id_if_assigned()::text", &[])
                    .expect("xid")
                    .get(0);
                assert_eq!(xid, None, "{place}: {query}");
                answers.push((query.clone(), row.get(0)));
            }
            Err(error) => {
                let error = error.as_db_error().expect("an error of the server");
                let code = error.code().code();
                assert!(
                    [
                        "42501", "42704", "0A000", "22023", "22P02", "55000", "40001"
                    ]
                    .contains(&code),
                    "{place}: {query}: {code} {error}"
                );
            }
        }
        client.batch_execute("ROLLBACK").expect("ROLLBACK");
    }
    answers
}

/// `pending_changes`, `my_receivers` and others failed on a standby, and used up transaction ids elsewhere.
#[test]
fn every_function_that_only_reads_writes_nothing() {
    let company = company("standby_functions");
    let mut primary = company.database.connect();
    primary
        .batch_execute(
            "SELECT sharing.create_office('East'), sharing.create_office('West'), sharing.create_user('eve', 'eve', NULL, 'East'),
                    sharing.create_user('wim', 'wim', NULL, 'West'), sharing.create_user('ulf', 'ulf', NULL, 'West');
             SELECT sharing.enable_record_sharing(key) FROM unnest('{eve,wim,ulf}'::text[]) key;
             SELECT sharing.add_rule('leads', 'role:Rep', 'role:Support', 'read_only'), sharing.expect('eve', 'leads', 1, 'none');
             UPDATE leads SET owner = 'eve' WHERE id = 1",
        )
        .expect("more of the company");
    let mut client = company.connect_for("eve");
    let link: i64 = client
        .query_one("SELECT sharing.request_link('West', 'wim')", &[])
        .expect("a link")
        .get(0);
    assert_eq!(link, 1, "as the queries name it");
    act_for(&mut client, "wim");
    client
        .batch_execute("SELECT sharing.accept_links('{1}')")
        .expect("consent");
    act_for(&mut client, "eve");
    client
        .batch_execute(
            "SELECT sharing.share_record('leads', '1', 'wim'), sharing.request_link('West', 'ulf')",
        )
        .expect("a share");
    let mut queries = all_that_only_read(&mut primary);
    for call in ["access_matrix('leads')", "diagram('dot', 'leads')"] {
        queries.push(format!("SELECT count(*) FROM sharing.{call} r"));
    }
    let expected = [
        ("eve", "my_receivers()", 2),
        ("eve", "specialists", 3),
        ("wim", "my_sharers()", 1),
        ("wim", "shared_records(1)", 1),
        ("ulf", "pending_links()", 1),
        ("admin", "pending_changes()", 1),
        ("admin", "export_config()", 1),
        ("admin", "sharing.diagram('dot', 'leads')", 1),
        ("admin", "sharing.module_overview", 1),
        ("admin", "sharing.rule_overview", 1),
        ("admin", "sharing.link_overview", 2),
        ("admin", "check_expectations()", 1),
    ];
    let standby = Standby::start(&company);
    let mut reader = standby.connect(&company);
    for (place, client) in [("standby", &mut reader), ("primary", &mut client)] {
        for person in ["eve", "wim", "ulf", "admin", "nobody"] {
            act_for(client, person);
            let answers = ask_everything(client, &queries, &format!("{place}, {person}"));
            for (who, what, rows) in expected {
                if who == person {
                    let found = answers.iter().find(|(query, _)| query.contains(what));
                    let found = found.map(|(_, rows)| *rows);
                    assert_eq!(found, Some(rows), "{place}, {person}: {what}");
                }
            }
            if person == "admin" {
                let log = answers
                    .iter()
                    .find(|(query, _)| query.ends_with("audit_log"));
                assert!(log.is_some_and(|(_, rows)| *rows > 50), "{place}: {log:?}");
            }
        }
    }
}
