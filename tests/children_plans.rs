//! Where no rule reaches a caller over a relation, the plan leaves that arm of the policy out: whoever runs
//! it next gets their own rows all the same, however they came to be the identity, and what changes meanwhile
//! counts. Truth is a twin of the child's table, asked by plain SQL.

mod support;

use postgres::{Client, GenericClient};
use std::cell::RefCell;
use std::collections::HashMap;
use support::company::{Company, act_for, company, sqlstate};

const MODES: [&str; 3] = ["auto", "force_generic_plan", "force_custom_plan"];

/// Reps own most quotes. Support owns some, and a rule shows them a third of all, by the leads of reps.
fn with_quotes(name: &str) -> Company {
    let company = company(name);
    company
        .database
        .connect()
        .batch_execute(&format!(
            "CREATE TABLE quotes (id int PRIMARY KEY, owner text, lead_id int, title text);
             INSERT INTO quotes SELECT n, CASE n % 10 WHEN 3 THEN 'rep1' WHEN 4 THEN 'support' ELSE 'other' || n % 80 END,
                 CASE WHEN n % 3 = 0 THEN n END, 'quote ' || n FROM pg_catalog.generate_series(1, 800) n;
             CREATE INDEX ON quotes (owner); CREATE INDEX ON quotes (lead_id);
             CREATE TABLE twin AS SELECT * FROM quotes;
             CREATE TABLE leads_twin AS SELECT * FROM leads;
             GRANT ALL ON quotes TO \"{app}\";
             SELECT sharing.protect('quotes', 'owner'); SELECT sharing.relate('quotes', 'lead_id', 'leads', with_shares => true);
             SELECT sharing.add_rule('leads', 'role:Rep', 'role:Support', 'read_only', related => '{{\"quotes\": \"read_only\"}}');
             SELECT sharing.apply_rules();",
            app = company.app
        ))
        .expect("quotes");
    let mut admin = company.database.connect();
    admin
        .batch_execute("VACUUM ANALYZE quotes")
        .expect("VACUUM");
    company
}

/// What a user sees of the twin, before anybody changes anything.
fn condition(key: &str) -> &'static str {
    match key {
        "rep1" => "owner = 'rep1'",
        "boss" | "manager" => "owner <> 'support'",
        "support" => "owner = 'support' OR lead_id IN (SELECT id FROM leads_twin)",
        "admin" => "true",
        _ => "false",
    }
}

/// Asked once.
fn truth(company: &Company, condition: &str) -> i64 {
    thread_local! {
        static KNOWN: RefCell<HashMap<String, i64>> = RefCell::default();
    }
    let ask = || {
        let sql = format!("SELECT count(*) FROM twin WHERE {condition}");
        let mut admin = company.database.connect();
        admin.query_one(&sql, &[]).expect("the twin").get(0)
    };
    KNOWN.with_borrow_mut(|known| *known.entry(condition.to_owned()).or_insert_with(ask))
}

const COUNT: &str = "SELECT count(*) FROM quotes";
/// In the order of `condition`; what is added counts each quote once.
const STATEMENTS: [&str; 8] = [
    COUNT,
    "SELECT count(*) FROM (SELECT owner FROM quotes ORDER BY owner LIMIT 10000) q",
    "SELECT count(*) FROM quotes a JOIN quotes b USING (id)",
    "SELECT (SELECT count(*) FROM quotes)",
    "WITH q AS (SELECT FROM quotes FOR SHARE) SELECT count(*) FROM q",
    "SELECT count(*) FROM (SELECT owner FROM quotes WHERE id <= 400 UNION ALL SELECT owner FROM quotes WHERE id > 400) q",
    "SELECT sum(n)::bigint FROM (SELECT count(*) AS n FROM quotes GROUP BY owner) q",
    "SELECT count(*) FROM pg_catalog.generate_series(1, 800) n, LATERAL (SELECT id FROM quotes WHERE id = n OFFSET 0) q",
];

fn number(client: &mut impl GenericClient, statement: &postgres::Statement) -> i64 {
    let row = client.query_one(statement, &[]).expect("a statement");
    row.get::<_, Option<i64>>(0).unwrap_or_default()
}

/// What `FOR SHARE` locks must be editable as well, so that statement has a truth of its own.
fn expected(company: &Company, key: &str, statement: usize) -> i64 {
    match (key, statement) {
        ("support", 4) => truth(company, "owner = 'support'"),
        _ => truth(company, condition(key)),
    }
}

#[test]
fn tenants_take_turns() {
    let company = with_quotes("children_plans");
    let turns = [
        "rep1", "support", "boss", "rep1", "nobody", "support", "support", "admin", "rep1", "rep1",
        "rep1", "rep1", "rep1", "rep1", "rep1", "support", "", "manager", "support", "boss",
    ];
    for mode in MODES {
        let mut client = company.connect();
        let settings = format!("SET plan_cache_mode = {mode}; SET enable_seqscan = off");
        client.batch_execute(&settings).expect("settings");
        let statements = STATEMENTS.map(|sql| client.prepare(sql).expect(sql));
        for (turn, key) in turns.into_iter().enumerate() {
            for (which, statement) in statements.iter().enumerate() {
                let place = format!("{settings}; turn {turn}, {key}, statement {which}");
                let seen = if turn % 3 == 0 {
                    let mut transaction = client.transaction().expect("BEGIN");
                    let set = format!("SET LOCAL sharing.user_key = '{key}'");
                    transaction.batch_execute(&set).expect("SET LOCAL");
                    let seen = number(&mut transaction, statement);
                    transaction.commit().expect("COMMIT");
                    assert_eq!(number(&mut client, statement), 0, "after {place}");
                    seen
                } else {
                    act_for(&mut client, key);
                    let seen = number(&mut client, statement);
                    client
                        .batch_execute("RESET sharing.user_key")
                        .expect("RESET");
                    seen
                };
                assert_eq!(seen, expected(&company, key, which), "{place}");
            }
        }
    }
}

/// The arm is left out where it opens nothing, and nowhere else.
#[test]
fn the_arm_is_left_out() {
    let company = with_quotes("children_plans_shape");
    let mut client = company.connect();
    client
        .batch_execute("SET enable_seqscan = off; SET enable_bitmapscan = off")
        .expect("settings");
    for (key, left_out) in [("rep1", true), ("boss", true), ("support", false)] {
        act_for(&mut client, key);
        let plan = client
            .query(&format!("EXPLAIN (COSTS OFF) {COUNT}"), &[])
            .expect("EXPLAIN");
        let plan: Vec<String> = plan.iter().map(|row| row.get(0)).collect();
        let plan = plan.join("\n");
        assert_eq!(plan.contains("Index Only Scan"), left_out, "{key}: {plan}");
        assert_eq!(
            plan.contains("may_read_related"),
            !left_out,
            "{key}: {plan}"
        );
    }
}

/// In one function: written in PL/pgSQL, and in SQL, where all statements are planned before the first is run.
#[test]
fn the_identity_changes_within_a_function() {
    let company = with_quotes("children_plans_functions");
    let mut admin = company.database.connect();
    admin
        .batch_execute(
            "CREATE FUNCTION count_for(key text) RETURNS bigint LANGUAGE plpgsql AS $$BEGIN
                 PERFORM pg_catalog.set_config('sharing.user_key', key, true); RETURN (SELECT count(*) FROM quotes); END$$;
             CREATE FUNCTION count_in_sql(key text) RETURNS bigint LANGUAGE sql AS $$
                 SELECT pg_catalog.set_config('sharing.user_key', key, true); SELECT count(*) FROM quotes$$;",
        )
        .expect("functions");
    for mode in MODES {
        let mut client = company.connect();
        client
            .batch_execute(&format!("SET plan_cache_mode = {mode}"))
            .expect("settings");
        let keys = [
            "rep1", "support", "boss", "support", "admin", "rep1", "support", "", "support",
        ];
        let mut failed = false;
        for _ in 0..2 {
            let row = client
                .query_one("SELECT array_agg(count_for(key) ORDER BY n) FROM unnest($1::text[]) WITH ORDINALITY keys (key, n)", &[&keys.as_slice()])
                .expect("a loop");
            let expected = keys.map(|key| truth(&company, condition(key)));
            assert_eq!(row.get::<_, Vec<i64>>(0), expected, "{mode}");
            // A session begins as nobody, and says in the function for whom it acts. Whether there are statistics
            // decides whether a plan is made that is right for nobody alone: one such fails.
            for key in keys {
                let mut counted = client.query_one("SELECT count_in_sql($1)", &[&key]);
                if counted.is_err() && !failed {
                    failed = true;
                    assert_eq!(sqlstate(counted), "40001", "{mode}, {key}");
                    counted = client.query_one("SELECT count_in_sql($1)", &[&key]);
                }
                let row = counted.expect("as nobody");
                assert_eq!(
                    row.get::<_, i64>(0),
                    truth(&company, condition(key)),
                    "{mode}, {key}"
                );
            }
        }
        // Whoever says it of themselves and is another one then: the second time it goes well.
        act_for(&mut client, "rep1");
        let counted = client.query_one("SELECT count_in_sql('support')", &[]);
        if let Err(error) = counted {
            assert_eq!(sqlstate::<()>(Err(error)), "40001", "{mode}");
        }
        for key in ["support", "rep1", "support"] {
            let row = client
                .query_one("SELECT count_in_sql($1)", &[&key])
                .expect("again");
            assert_eq!(
                row.get::<_, i64>(0),
                truth(&company, condition(key)),
                "{mode}, {key}"
            );
        }
    }
}

/// Rules, groups and shares that come and go: for a prepared statement, in a transaction and outside of one.
#[test]
fn what_reaches_a_caller_comes_and_goes() {
    let company = with_quotes("children_plans_changes");
    let mut admin = company.database.connect();
    admin
        .batch_execute("SELECT sharing.create_group('helpers', 'helpers'); SELECT sharing.add_rule('leads', 'role:Rep', 'group:helpers', 'read_only', related => '{\"quotes\": \"read_only\"}'); SELECT sharing.apply_rules()")
        .expect("a group");
    let reached = "owner = 'rep1' OR lead_id IN (SELECT id FROM leads_twin)";
    for mode in MODES {
        for isolation in [None, Some("READ COMMITTED"), Some("REPEATABLE READ")] {
            let mut client = company.connect_for("rep1");
            client
                .batch_execute(&format!("SET plan_cache_mode = {mode}"))
                .expect("settings");
            let statements = STATEMENTS.map(|sql| client.prepare(sql).expect(sql));
            for (which, statement) in statements
                .iter()
                .enumerate()
                .filter(|(which, _)| *which != 4)
            {
                for (change, now) in [
                    ("SELECT sharing.add_member('helpers', 'user:rep1')", reached),
                    (
                        "SELECT sharing.remove_member('helpers', 'user:rep1')",
                        condition("rep1"),
                    ),
                    (
                        "SELECT sharing.add_rule('leads', 'role:Rep', 'role:Rep', 'read_only', related => '{\"quotes\": \"read_only\"}'); SELECT sharing.apply_rules()",
                        reached,
                    ),
                    (
                        "SELECT sharing.drop_rule(max(id)) FROM sharing.rules; SELECT sharing.apply_rules()",
                        condition("rep1"),
                    ),
                ] {
                    let place = format!("{mode}, {isolation:?}, statement {which}, {change}");
                    for _ in 0..3 {
                        number(&mut client, statement);
                    }
                    let mut before = None;
                    if let Some(isolation) = isolation {
                        client
                            .batch_execute(&format!("BEGIN ISOLATION LEVEL {isolation}"))
                            .expect("BEGIN");
                        before = Some(number(&mut client, statement));
                    }
                    admin.batch_execute(change).expect(change);
                    if let Some(before) = before {
                        let by = if isolation == Some("REPEATABLE READ") {
                            before
                        } else {
                            truth(&company, now)
                        };
                        match client.query_one(statement, &[]) {
                            Ok(row) => assert_eq!(row.get::<_, i64>(0), by, "{place}"),
                            Err(error) => {
                                assert_eq!(sqlstate::<()>(Err(error)), "40001", "{place}")
                            }
                        }
                        client.batch_execute("ROLLBACK").expect("ROLLBACK");
                    }
                    assert_eq!(
                        number(&mut client, statement),
                        truth(&company, now),
                        "{place}"
                    );
                }
            }
        }
    }
}

/// A transaction that changes a rule itself, and looks as somebody whom it reaches.
#[test]
fn a_transaction_sees_its_own_rules() {
    let company = with_quotes("children_plans_own");
    let reached = "owner = 'rep1' OR lead_id IN (SELECT id FROM leads_twin)";
    for mode in MODES {
        let mut client = company.connect_for("rep1");
        client
            .batch_execute(&format!("SET plan_cache_mode = {mode}"))
            .expect("settings");
        let statement = client.prepare(COUNT).expect("PREPARE");
        for end in ["ROLLBACK", "ROLLBACK TO before; COMMIT"] {
            let look = |client: &mut Client, by: &str| {
                assert_eq!(
                    number(client, &statement),
                    truth(&company, by),
                    "{mode}, {end}"
                );
            };
            look(&mut client, condition("rep1"));
            client
                .batch_execute("BEGIN; SAVEPOINT before; SET LOCAL sharing.user_key = 'admin'")
                .expect("BEGIN");
            let rule: i64 = client.query_one("SELECT sharing.add_rule('leads', 'role:Rep', 'role:Rep', 'read_only', related => '{\"quotes\": \"read_only\"}')", &[]).expect("a rule").get(0);
            client
                .batch_execute("SELECT sharing.apply_rules(); SET LOCAL sharing.user_key = 'rep1'")
                .expect("apply_rules");
            look(&mut client, reached);
            client
                .batch_execute(&format!("SAVEPOINT with_rule; SET LOCAL sharing.user_key = 'admin'; SELECT sharing.drop_rule({rule}); SELECT sharing.apply_rules(); SET LOCAL sharing.user_key = 'rep1'"))
                .expect("no rule");
            look(&mut client, condition("rep1"));
            client
                .batch_execute("ROLLBACK TO with_rule")
                .expect("ROLLBACK TO");
            look(&mut client, reached);
            client.batch_execute(end).expect(end);
            look(&mut client, condition("rep1"));
        }
    }
}

/// Portals and cursors that were opened for one caller and are read while the session is another's.
#[test]
fn open_portals_keep_their_rows() {
    let company = with_quotes("children_plans_portals");
    for settings in ["", "SET enable_seqscan = off"] {
        let mut client = company.connect();
        client.batch_execute(settings).expect("settings");
        let mut transaction = client.transaction().expect("BEGIN");
        let statement = transaction
            .prepare("SELECT id FROM quotes")
            .expect("PREPARE");
        let keys = ["rep1", "support", "boss", "", "admin", "support", "rep1"];
        let portals: Vec<_> = keys
            .into_iter()
            .enumerate()
            .map(|(n, key)| {
                let set = format!("SET LOCAL sharing.user_key = '{key}'; DECLARE c{n} CURSOR FOR SELECT id FROM quotes");
                transaction.batch_execute(&set).expect("DECLARE");
                transaction.bind(&statement, &[]).expect("Bind")
            })
            .collect();
        for (n, (key, portal)) in keys.into_iter().zip(&portals).enumerate() {
            for now in ["support", "rep1"] {
                transaction
                    .batch_execute(&format!("SET LOCAL sharing.user_key = '{now}'"))
                    .expect("SET LOCAL");
                let few = if now == "support" { 7 } else { 0 };
                let rows = transaction
                    .query_portal(portal, few)
                    .expect("Execute")
                    .len() as i64;
                let all = truth(&company, condition(key));
                let left = if few == 7 {
                    all.min(7)
                } else {
                    (all - 7).max(0)
                };
                assert_eq!(rows, left, "{key}, now {now}, {settings}");
            }
            let rows = transaction
                .query(&format!("FETCH ALL FROM c{n}"), &[])
                .expect("FETCH");
            assert_eq!(
                rows.len() as i64,
                truth(&company, condition(key)),
                "{key}, {settings}"
            );
        }
    }
}

/// The first share of a parent's record ever.
#[test]
fn a_parent_is_shared() {
    let company = with_quotes("children_plans_shares");
    let mut admin = company.database.connect();
    admin
        .batch_execute(
            "SELECT sharing.create_office('Here'), sharing.create_office('There');
             SELECT sharing.create_user('sharer', 'sharer', NULL, 'Here'), sharing.create_user('receiver', 'receiver', NULL, 'There');
             SELECT sharing.enable_record_sharing('sharer'), sharing.enable_record_sharing('receiver');
             UPDATE leads SET owner = 'sharer' WHERE id % 9 = 0",
        )
        .expect("offices");
    let mut sharer = company.connect_for("sharer");
    let mut receiver = company.connect_for("receiver");
    sharer
        .batch_execute("SELECT sharing.request_link('There', 'receiver')")
        .expect("a request");
    let statements = STATEMENTS.map(|sql| receiver.prepare(sql).expect(sql));
    receiver
        .batch_execute(
            "SELECT sharing.accept_links(array_agg(link_id)) FROM sharing.pending_links()",
        )
        .expect("a link");
    for statement in &statements {
        for _ in 0..7 {
            assert_eq!(number(&mut receiver, statement), 0);
        }
    }
    receiver.batch_execute("BEGIN").expect("BEGIN");
    assert_eq!(number(&mut receiver, &statements[0]), 0);
    sharer
        .batch_execute("SELECT sharing.share_record('leads', id::text, 'receiver', 'read') FROM leads WHERE id < 100")
        .expect("shares");
    let shared = truth(&company, "lead_id < 100 AND lead_id % 9 = 0");
    match receiver.query_one(&statements[0], &[]) {
        Ok(row) => assert_eq!(row.get::<_, i64>(0), shared),
        Err(error) => assert_eq!(sqlstate::<()>(Err(error)), "40001"),
    }
    receiver.batch_execute("ROLLBACK").expect("ROLLBACK");
    for (which, statement) in statements
        .iter()
        .enumerate()
        .filter(|(which, _)| *which != 4)
    {
        for _ in 0..3 {
            assert_eq!(
                number(&mut receiver, statement),
                shared,
                "statement {which}"
            );
        }
    }
}
