//! A pooler gives one server-side prepared statement to one tenant after the
//! other. Each gets his own rows, whoever the plan was made for, however he came to be the identity.

mod support;

use postgres::{Client, Statement};
use support::company::{LEADS, act_for, company, count, leads_of, sqlstate};

const MODES: [&str; 3] = ["auto", "force_generic_plan", "force_custom_plan"];

/// Everybody after everybody else, at least once, and several times in a row for 'auto' to settle.
const TURNS: [&str; 20] = [
    "rep1", "rep2", "admin", "rep1", "nobody", "boss", "rep2", "support", "admin", "boss", "rep1",
    "support", "", "rep1", "rep1", "rep1", "rep1", "rep1", "rep1", "admin",
];

fn prepared(client: &mut Client) -> Vec<Statement> {
    [
        "SELECT id FROM leads WHERE id > $1",
        "SELECT id FROM leads WHERE id > $1 ORDER BY id LIMIT 10000",
        "SELECT a.id FROM leads a JOIN leads b USING (id) WHERE b.id > $1",
        "SELECT id FROM leads WHERE id > $1 AND owner <> 'x' ORDER BY owner",
        "SELECT id FROM leads WHERE id > $1 FOR UPDATE",
        "UPDATE leads SET title = title WHERE id > $1 RETURNING id",
    ]
    .map(|query| client.prepare(query).expect(query))
    .into()
}

fn rows(client: &mut impl postgres::GenericClient, statement: &Statement) -> i64 {
    let rows = client.query(statement, &[&0i32]).expect("a prepared query");
    i64::try_from(rows.len()).expect("few rows")
}

#[test]
fn tenants_take_turns_with_a_prepared_statement() {
    let company = company("shared_plans");
    for mode in MODES {
        // The cheaper plan differs between tenants; a disabled one makes each be tried.
        for scans in [
            "",
            "SET enable_seqscan = off",
            "SET enable_indexscan = off; SET enable_bitmapscan = off",
        ] {
            let mut client = company.connect();
            let settings = format!("SET plan_cache_mode = {mode}; {scans}");
            client.batch_execute(&settings).expect("settings");
            let statements = prepared(&mut client);
            for (turn, key) in TURNS.into_iter().enumerate() {
                for (which, statement) in statements.iter().enumerate() {
                    let place = format!("{settings}; turn {turn}, {key}, statement {which}");
                    let seen = if turn % 3 == 0 {
                        let mut transaction = client.transaction().expect("BEGIN");
                        let set = format!("SET LOCAL sharing.user_key = '{key}'");
                        transaction.batch_execute(&set).expect("SET LOCAL");
                        let seen = rows(&mut transaction, statement);
                        transaction.commit().expect("COMMIT");
                        assert_eq!(rows(&mut client, statement), 0, "after {place}");
                        seen
                    } else {
                        act_for(&mut client, key);
                        let seen = rows(&mut client, statement);
                        client
                            .batch_execute("RESET sharing.user_key")
                            .expect("RESET");
                        seen
                    };
                    assert_eq!(seen, leads_of(key), "{place}");
                }
            }
        }
    }
}

/// Some reach everybody's leads that meet criteria, others those of certain owners by the same criteria: the plans of
/// the latter ask an index for a list, which the former do not have.
#[test]
fn rules_with_criteria_take_turns() {
    let company = company("shared_plans_criteria");
    let mut admin = company.database.connect();
    admin
        .batch_execute(
            r#"CREATE TABLE twin AS SELECT * FROM leads;
            CREATE INDEX ON leads (title text_pattern_ops);
            ANALYZE leads;
            SELECT sharing.add_rule('leads', NULL, 'role:Support', 'read_write', criteria => '{"title": {"like": "lead 1%"}}');
            SELECT sharing.add_rule('leads', 'role:Rep', 'role:Rep', 'read_only', criteria => '{"title": {"like": "lead 1%"}}');
            SELECT sharing.add_rule('leads', 'role:Rep', 'role:Rep', 'read_only', criteria => '{"id": {"<": 101}}');
            SELECT sharing.apply_rules()"#,
        )
        .expect("rules");
    let mut expected = |key: &str| -> Vec<i32> {
        let typed = match key {
            "boss" | "manager" | "admin" => "true",
            "support" => "title LIKE 'lead 1%'",
            "rep1" | "rep2" => "owner = $1 OR title LIKE 'lead 1%' OR id < 101",
            _ => "false",
        };
        let query =
            format!("SELECT id FROM twin WHERE $1::text IS NOT NULL AND ({typed}) ORDER BY id");
        let rows = admin.query(&query, &[&key]).expect("the twin");
        rows.iter().map(|row| row.get(0)).collect()
    };
    for mode in MODES {
        for scans in ["", "SET enable_seqscan = off"] {
            let mut client = company.connect();
            let settings = format!("SET plan_cache_mode = {mode}; {scans}");
            client.batch_execute(&settings).expect("settings");
            let statements = ["", " AND title LIKE 'lead %'", " FOR SHARE"].map(|more| {
                let (order, lock) = match more {
                    " FOR SHARE" => ("", more),
                    condition => (condition, ""),
                };
                let query = format!("SELECT id FROM leads WHERE id > $1{order} ORDER BY id{lock}");
                client.prepare(&query).expect("prepare")
            });
            for key in TURNS {
                act_for(&mut client, key);
                for statement in &statements[..2] {
                    let rows = client.query(statement, &[&0i32]).expect("a prepared query");
                    let seen: Vec<i32> = rows.iter().map(|row| row.get(0)).collect();
                    assert_eq!(seen, expected(key), "{settings}, {key}");
                }
                // Locking takes what may be changed: rules for reading alone do not count.
                let rows = client.query(&statements[2], &[&0i32]).expect("locking");
                let locked: Vec<i32> = rows.iter().map(|row| row.get(0)).collect();
                let may_change = match key {
                    "rep1" | "rep2" => locked.len() as i64 == leads_of(key),
                    _ => locked == expected(key),
                };
                assert!(may_change, "{settings}, {key}: {locked:?}");
            }
        }
    }
}

#[test]
fn the_identity_changes_within_a_transaction() {
    let company = company("shared_plans_txn");
    for mode in MODES {
        let mut client = company.connect_for("rep1");
        client
            .batch_execute(&format!(
                "SET plan_cache_mode = {mode}; SET enable_seqscan = off"
            ))
            .expect("settings");
        let statements = prepared(&mut client);
        for statement in &statements {
            let check = |client: &mut Client, key: &str| {
                assert_eq!(rows(client, statement), leads_of(key), "{key} {mode}");
                assert_eq!(count(client), leads_of(key), "{key} {mode}");
            };
            let mut step = |sql: &str, key: &str| {
                client.batch_execute(sql).expect(sql);
                check(&mut client, key);
            };
            step("BEGIN", "rep1");
            step("SET LOCAL sharing.user_key = 'rep2'", "rep2");
            step("SAVEPOINT a", "rep2");
            step("SET LOCAL sharing.user_key = 'admin'", "admin");
            step("SAVEPOINT b", "admin");
            step("SET LOCAL sharing.user_key = ''", "");
            step("ROLLBACK TO b", "admin");
            step("SET LOCAL sharing.user_key = 'nobody'", "nobody");
            step("ROLLBACK TO a", "rep2");
            step("SET sharing.user_key = 'admin'", "admin");
            step("ROLLBACK TO a", "rep2");
            step("RELEASE a", "rep2");
            step(
                "DO $$BEGIN SET LOCAL sharing.user_key = 'admin'; PERFORM 1/0; EXCEPTION WHEN division_by_zero THEN END$$",
                "rep2",
            );
            step("SET sharing.user_key = 'admin'", "admin");
            step("ROLLBACK", "rep1");
            step("BEGIN; SET LOCAL sharing.user_key = 'admin'", "admin");
            step("COMMIT", "rep1");
            step("BEGIN; SET sharing.user_key = 'rep2'", "rep2");
            step("COMMIT", "rep2");
            step("SET sharing.user_key = 'rep1'", "rep1");
        }
        // A pooler's reset: the next tenant starts as nobody.
        for reset in ["RESET ALL", "DISCARD ALL", "RESET sharing.user_key"] {
            act_for(&mut client, "admin");
            assert_eq!(count(&mut client), leads_of("admin"));
            client.batch_execute(reset).expect(reset);
            assert_eq!(count(&mut client), 0, "{reset}");
        }
    }
}

/// The identity by database role: the plan outlives SET ROLE.
#[test]
fn roles_take_turns_with_a_prepared_statement() {
    let company = company("shared_plans_role");
    let roles = ["rep1", "rep2", "admin"].map(|key| (key, format!("shared_plans_{key}")));
    let mut admin = company.database.connect();
    for (key, role) in &roles {
        company.database.create_role(role);
        let grant = format!(
            "GRANT SELECT, UPDATE ON leads TO {role}; GRANT {role} TO {}; SELECT sharing.set_user_db_role('{key}', '{role}')",
            company.app
        );
        admin.batch_execute(&grant).expect("a user's role");
    }
    for mode in MODES {
        let mut client = company.connect();
        client
            .batch_execute(&format!(
                "SET plan_cache_mode = {mode}; SET enable_seqscan = off"
            ))
            .expect("settings");
        let statements = prepared(&mut client);
        for _ in 0..3 {
            for (key, role) in &roles {
                for statement in &statements {
                    client
                        .batch_execute(&format!("SET ROLE {role}"))
                        .expect("SET ROLE");
                    assert_eq!(rows(&mut client, statement), leads_of(key), "{key} {mode}");
                    client.batch_execute("RESET ROLE").expect("RESET ROLE");
                    assert_eq!(rows(&mut client, statement), 0, "{key} {mode}");
                }
            }
        }
    }
    admin
        .batch_execute("DROP OWNED BY shared_plans_rep1, shared_plans_rep2, shared_plans_admin")
        .expect("DROP OWNED");
}

#[test]
fn a_rep_becomes_administrator_and_rep_again() {
    let company = company("shared_plans_promotion");
    let mut admin = company.database.connect();
    for mode in MODES {
        for in_transaction in [false, true] {
            let mut client = company.connect_for("rep1");
            client
                .batch_execute(&format!(
                    "SET plan_cache_mode = {mode}; SET enable_seqscan = off"
                ))
                .expect("settings");
            let statements = prepared(&mut client);
            for statement in &statements {
                for _ in 0..7 {
                    assert_eq!(rows(&mut client, statement), leads_of("rep1"));
                }
                if in_transaction {
                    client.batch_execute("BEGIN").expect("BEGIN");
                    assert_eq!(rows(&mut client, statement), leads_of("rep1"));
                }
                admin
                    .batch_execute("SELECT sharing.grant_right('rep1', 'administrator')")
                    .expect("grant");
                if in_transaction {
                    match client.query(statement, &[&0i32]) {
                        Ok(rows) => {
                            assert_eq!(rows.len(), usize::try_from(LEADS).expect("many"), "{mode}");
                            client.batch_execute("COMMIT").expect("COMMIT");
                        }
                        // Run again, the transaction goes well.
                        error => {
                            assert_eq!(sqlstate(error), "40001", "{mode}");
                            client.batch_execute("ROLLBACK").expect("ROLLBACK");
                        }
                    }
                }
                assert_eq!(rows(&mut client, statement), i64::from(LEADS), "{mode}");
                if in_transaction {
                    client.batch_execute("BEGIN").expect("BEGIN");
                    assert_eq!(rows(&mut client, statement), i64::from(LEADS), "{mode}");
                }
                admin
                    .batch_execute("SELECT sharing.revoke_right('rep1', 'administrator')")
                    .expect("revoke");
                if in_transaction {
                    match client.query(statement, &[&0i32]) {
                        Ok(rows) => {
                            assert_eq!(
                                rows.len(),
                                usize::try_from(leads_of("rep1")).expect("few"),
                                "{mode}"
                            );
                            client.batch_execute("COMMIT").expect("COMMIT");
                        }
                        // Run again, the transaction goes well.
                        error => {
                            assert_eq!(sqlstate(error), "40001", "{mode}");
                            client.batch_execute("ROLLBACK").expect("ROLLBACK");
                        }
                    }
                }
                assert_eq!(rows(&mut client, statement), leads_of("rep1"), "{mode}");
            }
        }
    }
}

/// A plan that was made while everybody saw everything holds no longer when nobody does.
#[test]
fn global_access_opens_and_closes() {
    let company = company("shared_plans_global");
    let mut admin = company.database.connect();
    for mode in MODES {
        let mut client = company.connect_for("rep1");
        client
            .batch_execute(&format!(
                "SET plan_cache_mode = {mode}; SET enable_seqscan = off"
            ))
            .expect("settings");
        let statements = prepared(&mut client);
        for (access, reads, edits) in [
            ("public_read_only", i64::from(LEADS), leads_of("rep1")),
            ("private", leads_of("rep1"), leads_of("rep1")),
            ("public_read_edit", i64::from(LEADS), i64::from(LEADS)),
            ("private", leads_of("rep1"), leads_of("rep1")),
        ] {
            let change = format!(
                "SELECT sharing.set_global_access('leads', '{access}'); SELECT sharing.apply_rules()"
            );
            admin.batch_execute(&change).expect(&change);
            for (n, statement) in statements.iter().enumerate() {
                for _ in 0..3 {
                    let expected = if n < 4 { reads } else { edits };
                    assert_eq!(
                        rows(&mut client, statement),
                        expected,
                        "{access} {mode} {n}"
                    );
                }
            }
        }
    }
}
