//! MERGE in a WITH clause and into a view with security_invoker, which PostgreSQL has since 17: it waits for a row that is
//! given a secret while the right to it is revoked. As with a plain MERGE, no condition of the user's sees the
//! secret, and nothing is changed.

mod support;

use postgres::Client;
use support::company::{Company, company, wait_until};
use support::skip;

const SCANS: [&str; 2] = [
    "",
    "SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_material = off",
];

fn prepared(name: &str) -> Company {
    let company = company(name);
    let app = &company.app;
    company
        .database
        .connect()
        .batch_execute(&format!(
            "CREATE TABLE picked (id int PRIMARY KEY);
             INSERT INTO picked VALUES (1), (11), (21);
             CREATE VIEW seen WITH (security_invoker) AS SELECT id, owner, title FROM leads;
             CREATE VIEW seen_twice WITH (security_invoker) AS SELECT * FROM seen;
             CREATE FUNCTION tell(title text) RETURNS boolean LANGUAGE plpgsql AS
                 $$BEGIN IF title LIKE 'secret%' THEN RAISE 'a condition was told \"%\"', title; END IF; RETURN true; END$$;
             GRANT SELECT, UPDATE, DELETE ON seen, seen_twice, picked TO {app};
             ANALYZE picked"
        ))
        .expect("views");
    company
}

fn is_waiting(client: &mut Client, pid: i32) -> bool {
    client
        .query_one("SELECT pg_blocking_pids($1) <> '{}'", &[&pid])
        .expect("pg_blocking_pids")
        .get(0)
}

/// What stands in the rows that are merged into, by the superuser.
fn titles(client: &mut Client) -> Vec<String> {
    let rows = client
        .query(
            "SELECT id || title FROM leads WHERE id IN (1, 11, 21) ORDER BY id",
            &[],
        )
        .expect("titles");
    rows.iter().map(|row| row.get(0)).collect()
}

fn nothing_is_told(
    company: &Company,
    statement: &str,
    scans: &str,
    key: &str,
    revoke: &str,
    grant: &str,
) {
    let place = format!("{key}: {scans}: {statement}");
    let mut admin = company.database.connect();
    let mut writer = company.connect_for(key);
    writer.batch_execute(scans).expect("settings");
    // It is the user's before, and the statement does what it says.
    writer.batch_execute("BEGIN").expect("BEGIN");
    writer.batch_execute(statement).expect(&place);
    writer.batch_execute("ROLLBACK").expect("ROLLBACK");
    let before = titles(&mut admin);
    let pid: i32 = writer
        .query_one("SELECT pg_backend_pid()", &[])
        .expect("pid")
        .get(0);
    let mut holder = company.database.connect();
    holder
        .batch_execute(&format!(
            "BEGIN; {revoke}; UPDATE leads SET title = 'secret' || id WHERE id IN (1, 11)"
        ))
        .expect("a revoke");
    let outcome = std::thread::scope(|scope| {
        let merging = scope.spawn(|| writer.batch_execute(statement).map_err(|e| e.to_string()));
        wait_until("a MERGE that waits", || is_waiting(&mut admin, pid));
        holder.batch_execute("COMMIT").expect("COMMIT");
        merging.join().expect("the MERGE")
    });
    assert_eq!(outcome, Ok(()), "{place}");
    let after = titles(&mut admin);
    assert_eq!(after[0], "1secret1", "{place}");
    assert_eq!(after[1], "11secret11", "{place}");
    assert_eq!(after[2], before[2], "{place}");
    admin
        .batch_execute(&format!(
            "{grant}; UPDATE leads SET title = 'lead ' || id WHERE id IN (1, 11)"
        ))
        .expect("as before");
}

fn everywhere(company: &Company, statements: &[&str]) {
    for statement in statements {
        for scans in SCANS {
            nothing_is_told(
                company,
                statement,
                scans,
                "manager",
                "SELECT sharing.set_user_role('manager', NULL)",
                "SELECT sharing.set_user_role('manager', 'Manager')",
            );
            nothing_is_told(
                company,
                statement,
                scans,
                "admin",
                "SELECT sharing.revoke_right('admin', 'administrator')",
                "SELECT sharing.grant_right('admin', 'administrator')",
            );
        }
    }
}

/// The same of a plain MERGE, which every version has: that the test can see what it looks for.
#[test]
fn a_plain_merge_tells_nothing() {
    let company = prepared("merge_plain");
    everywhere(
        &company,
        &[
            "MERGE INTO leads USING picked ON leads.id = picked.id WHEN MATCHED AND tell(leads.title) THEN UPDATE SET title = 'merged'",
        ],
    );
}

#[test]
fn neither_do_the_forms_of_17() {
    let company = prepared("merge_forms");
    let version: i32 = company
        .database
        .connect()
        .query_one("SELECT current_setting('server_version_num')::int", &[])
        .expect("version")
        .get(0);
    if version < 170_000 {
        return skip("MERGE in WITH and into views came with PostgreSQL 17");
    }
    everywhere(
        &company,
        &[
            "WITH merged AS (MERGE INTO leads USING picked ON leads.id = picked.id WHEN MATCHED AND tell(leads.title) THEN UPDATE SET title = 'merged' RETURNING leads.title) SELECT count(tell(title)) FROM merged",
            "WITH merged AS (MERGE INTO leads USING picked ON leads.id = picked.id WHEN MATCHED AND tell(leads.title) THEN DELETE RETURNING leads.title) SELECT count(tell(title)) FROM merged",
            "MERGE INTO seen USING picked ON seen.id = picked.id WHEN MATCHED AND tell(seen.title) THEN UPDATE SET title = 'merged'",
            "MERGE INTO seen USING picked ON seen.id = picked.id WHEN MATCHED AND tell(seen.title) THEN DELETE",
            "MERGE INTO seen_twice USING picked ON seen_twice.id = picked.id WHEN MATCHED AND tell(seen_twice.title) THEN DELETE",
        ],
    );
}
