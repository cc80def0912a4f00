//! A parallel plan gives the same rows, in workers that start with nothing remembered, for every
//! source of the identity; and reading assigns no transaction id, in READ ONLY transactions too.

mod support;

use support::company::{company, leads_of};
use support::workers::{PARALLEL, by_workers};

#[test]
fn workers_see_what_the_leader_would() {
    let company = company("parallel_plans");
    let queries = [
        "SELECT count(*) FROM leads",
        "SELECT count(*) FROM leads WHERE title LIKE 'lead%'",
        "SELECT count(*) FROM leads a JOIN leads b USING (id)",
    ];
    for scans in [
        "SET enable_indexscan = off; SET enable_bitmapscan = off; SET enable_indexonlyscan = off",
        "SET enable_seqscan = off",
        "",
    ] {
        for key in ["rep1", "rep2", "manager", "admin", "support", "nobody"] {
            for local in [false, true] {
                let mut client = company.connect();
                client
                    .batch_execute(&format!("{PARALLEL}; {scans}"))
                    .expect("settings");
                let set = match local {
                    true => format!("BEGIN READ ONLY; SET LOCAL sharing.user_key = '{key}'"),
                    false => format!("SET sharing.user_key = '{key}'"),
                };
                client.batch_execute(&set).expect("identity");
                for query in queries {
                    let seen = by_workers(&mut client, query);
                    assert_eq!(seen, leads_of(key), "{key}: {query}");
                }
                let xid: Option<String> = client
                    .query_one("SELECT pg_current_xact_id_if_assigned()::text", &[])
                    .expect("xid")
                    .get(0);
                assert_eq!(xid, None);
                client.batch_execute("COMMIT").expect("COMMIT");
            }
        }
    }
}

/// By database role: of the session, and after SET ROLE.
#[test]
fn workers_know_the_role() {
    let company = company("parallel_plans_role");
    company.database.create_role("parallel_plans_rep1");
    let mut admin = company.database.connect();
    admin
        .batch_execute(&format!("GRANT SELECT ON leads TO parallel_plans_rep1; GRANT parallel_plans_rep1 TO {}; SELECT sharing.set_user_db_role('rep1', 'parallel_plans_rep1')", company.app))
        .expect("a user's role");
    let query = "SELECT count(*) FROM leads";
    let mut rep = company.database.connect_as("parallel_plans_rep1");
    let mut app = company.connect();
    for client in [&mut rep, &mut app] {
        client.batch_execute(PARALLEL).expect("settings");
    }
    assert_eq!(by_workers(&mut rep, query), leads_of("rep1"));
    assert_eq!(by_workers(&mut app, query), 0);
    app.batch_execute("SET ROLE parallel_plans_rep1")
        .expect("SET ROLE");
    assert_eq!(by_workers(&mut app, query), leads_of("rep1"));
    // The stronger source counts, in the workers too: also where it fails.
    app.batch_execute("SET sharing.user_key = 'admin'")
        .expect("SET");
    assert_eq!(by_workers(&mut app, query), leads_of("admin"));
    app.batch_execute("SET sharing.user_key = 'nobody'")
        .expect("SET");
    assert_eq!(by_workers(&mut app, query), 0);
    rep.batch_execute("SET sharing.user_key = 'admin'")
        .expect("SET");
    assert_eq!(by_workers(&mut rep, query), leads_of("rep1"));
    drop(rep);
    admin
        .batch_execute("DROP OWNED BY parallel_plans_rep1")
        .expect("DROP OWNED");
}

/// What a transaction has changed itself and not committed, workers see as well.
#[test]
fn workers_see_uncommitted_changes_of_their_leader() {
    let company = company("parallel_plans_own");
    let mut client = company.connect_for("admin");
    client.batch_execute(PARALLEL).expect("settings");
    client
        .batch_execute("BEGIN; SELECT sharing.set_user_role('rep1', 'Boss'); SET LOCAL sharing.user_key = 'rep1'")
        .expect("a change");
    let seen = by_workers(&mut client, "SELECT count(*) FROM leads");
    assert_eq!(seen, leads_of("boss"));
    client
        .batch_execute("ROLLBACK; SET sharing.user_key = 'rep1'")
        .expect("ROLLBACK");
    assert_eq!(
        by_workers(&mut client, "SELECT count(*) FROM leads"),
        leads_of("rep1")
    );
}

/// As whom an administrator acts is in no setting: workers are told, also where the plan has no protected table.
#[test]
fn workers_act_as_their_leader() {
    let company = company("parallel_plans_acting");
    let mut admin = company.database.connect();
    admin
        .batch_execute(&format!(
            "CREATE TABLE numbers (n int); INSERT INTO numbers SELECT generate_series(1, 3000); ANALYZE numbers;
             GRANT SELECT ON numbers TO {}",
            company.app
        ))
        .expect("a table that is not protected");
    for key in ["rep1", "manager", "support", "admin"] {
        let mut client = company.connect_for("admin");
        client.batch_execute(PARALLEL).expect("settings");
        // Of which the session remembers nothing yet, and of which it does.
        for round in 0..2 {
            client
                .batch_execute(&format!("BEGIN; SELECT sharing.act_as('{key}')"))
                .expect("act_as");
            let known = by_workers(
                &mut client,
                &format!(
                    "SELECT count(*) FROM numbers WHERE sharing.current_user_key() = '{key}' AND n > 0"
                ),
            );
            assert_eq!(known, 3000, "{key}, {round}");
            let seen = by_workers(&mut client, "SELECT count(*) FROM leads");
            assert_eq!(seen, leads_of(key), "{key}, {round}");
            let reached = by_workers(
                &mut client,
                "SELECT count(*) FROM numbers WHERE n <= 800 AND sharing.access_to('leads', n::text) <> 'none'",
            );
            assert_eq!(reached, leads_of(key), "{key}, {round}");
            client.batch_execute("ROLLBACK").expect("ROLLBACK");
            let seen = by_workers(&mut client, "SELECT count(*) FROM leads");
            assert_eq!(seen, leads_of("admin"), "after {key}, {round}");
        }
    }
}
