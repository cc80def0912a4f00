//! The story of the demo through a coordinator of Citus with two workers, where it is installed: every statement of
//! demo/story.sql says there what it says in a database without Citus, the same rows in the same order and the same
//! errors, but for those that are refused there.

mod support;

use postgres::{Client, SimpleQueryMessage};
use support::citus::{Node, execute, start};
use support::{fresh_database, skip};

/// What is refused for tables whose records are in shards (operations: Citus).
const REFUSED: &str = "sharing.relate(";

/// A statement of the story, and who runs it.
struct Told {
    as_application: bool,
    sql: String,
}

/// The statements, without what is psql's own.
fn story() -> Vec<Told> {
    let text = include_str!("../demo/story.sql");
    // What comes before is the CRM itself.
    let (_, text) = text.split_once("\\i demo/crm.sql").expect("the CRM");
    let mut told = Vec::new();
    let (mut as_application, mut sql) = (false, String::new());
    for line in text.lines() {
        if let Some(who) = line.strip_prefix("\\connect crm ") {
            as_application = who == "crm_app";
        }
        if line.starts_with('\\') || line.starts_with("--") {
            continue;
        }
        sql += line;
        sql.push('\n');
        if line.trim_end().ends_with(';') {
            let sql = std::mem::take(&mut sql);
            told.push(Told {
                as_application,
                sql,
            });
        }
    }
    told
}

/// What it says: rows as text, or the code of an error.
fn answer(client: &mut Client, sql: &str) -> Result<Vec<Vec<Option<String>>>, String> {
    let messages = client.simple_query(sql).map_err(|error| {
        let error = error.as_db_error().expect("an error of the server");
        format!(
            "{}: {} {:?}",
            error.code().code(),
            error.message(),
            error.where_()
        )
    })?;
    let rows = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => {
            let values = (0..row.len()).map(|n| row.get(n).map(str::to_owned));
            Some(values.collect())
        }
        _ => None,
    });
    Ok(rows.collect())
}

fn code(answer: &Result<Vec<Vec<Option<String>>>, String>) -> Option<&str> {
    let error = answer.as_ref().err()?;
    error.split(':').next()
}

/// One of the two databases.
struct Teller {
    admin: Client,
    app: Client,
    user: String,
}

impl Teller {
    fn new(node: &Node, database: &str) -> Teller {
        Teller {
            admin: node.connect(database, "postgres"),
            app: node.connect(database, "crm_app"),
            user: "''".to_owned(),
        }
    }

    /// In a transaction of its own, in which the application names its user; undone where that is asked for.
    fn tell(&mut self, told: &Told, undo: bool) -> Result<Vec<Vec<Option<String>>>, String> {
        let client = match told.as_application {
            true => &mut self.app,
            false => &mut self.admin,
        };
        execute(client, "BEGIN");
        if told.as_application {
            execute(
                client,
                &format!("SET LOCAL sharing.user_key = {}", self.user),
            );
        }
        let said = answer(client, &told.sql);
        let end = match undo || said.is_err() {
            true => "ROLLBACK",
            false => "COMMIT",
        };
        execute(client, end);
        said
    }
}

/// The CRM with the tables that will be protected in shards, and what Citus asks of them.
fn distribute(admin: &mut Client) {
    execute(
        admin,
        "ALTER TABLE quotes DROP CONSTRAINT quotes_potential_id_fkey;
         ALTER TABLE sales_orders DROP CONSTRAINT sales_orders_potential_id_fkey, DROP CONSTRAINT sales_orders_quote_id_fkey;
         ALTER TABLE invoices DROP CONSTRAINT invoices_sales_order_id_fkey;
         ALTER TABLE quote_lines DROP CONSTRAINT quote_lines_quote_id_fkey;
         DO $$
         DECLARE t text;
         BEGIN
             FOR t IN SELECT attrelid::regclass FROM pg_attribute WHERE attidentity = 'a' AND attrelid::regclass::text !~ 'sharing' LOOP
                 EXECUTE format('ALTER TABLE %s ALTER id DROP IDENTITY', t);
                 EXECUTE format('CREATE SEQUENCE %s_id OWNED BY %1$s.id', t);
                 EXECUTE format('ALTER TABLE %s ALTER id SET DEFAULT nextval(''%1$s_id'')', t);
                 EXECUTE format('SELECT setval(''%s_id'', (SELECT max(id) FROM %1$s))', t);
                 EXECUTE format('GRANT USAGE ON SEQUENCE %s_id TO crm_app', t);
             END LOOP;
         END $$",
    );
    execute(admin, "SELECT create_reference_table('accounts')");
    for (table, by) in [
        ("leads", "id"),
        ("contacts", "id"),
        ("potentials", "id"),
        ("quotes", "id"),
        ("quote_lines", "quote_id"),
        ("sales_orders", "id"),
        ("invoices", "id"),
        ("purchase_orders", "id"),
        ("service_requests", "id"),
        ("campaigns", "id"),
        ("emails", "id"),
        ("calls", "id"),
        ("clients", "id"),
    ] {
        execute(
            admin,
            &format!(
                "SELECT create_distributed_table('{table}', '{by}'); SELECT truncate_local_data_after_distributing_table('{table}')"
            ),
        );
    }
}

#[test]
fn the_story_is_the_same_through_a_coordinator() {
    let server = fresh_database("citus_story");
    let Some(nodes) = start(&server) else {
        return skip("Citus is not installed");
    };
    let mut admin = nodes[0].admin();
    execute(&mut admin, "CREATE DATABASE plain");
    execute(&mut admin, "CREATE ROLE crm_app LOGIN");
    let crm = include_str!("../demo/crm.sql").replace("CREATE ROLE crm_app LOGIN;", "");
    let mut plain = nodes[0].connect("plain", "postgres");
    execute(&mut plain, "CREATE EXTENSION pg_sharing");
    execute(&mut plain, &crm);
    execute(&mut admin, &crm);
    distribute(&mut admin);
    // The tables from which the organization comes stay at the coordinator; workers know them by name.
    for worker in &nodes[1..] {
        execute(
            &mut worker.admin(),
            "CREATE TABLE branches (name text, above text); CREATE TABLE positions (name text, above text);
             CREATE TABLE users (login text, name text, position text, branch text, active boolean);
             CREATE TABLE teams (code text, name text); CREATE TABLE team_members (team text, login text, position text)",
        );
    }
    for (n, worker) in nodes[1..].iter().enumerate() {
        worker.subscribe(&nodes[0], &format!("worker_{n}"));
    }
    nodes[0].waits_for("worker_0, worker_1", 2);
    let mut beside = Teller::new(&nodes[0], "plain");
    let mut through = Teller::new(&nodes[0], "crm");
    for client in [&mut through.admin, &mut through.app] {
        execute(client, "SET synchronous_commit = remote_apply");
    }
    let (mut same, mut refused) = (0, Vec::new());
    let mut acting = String::new();
    for told in story() {
        let sql = told.sql.trim();
        if let Some(user) = sql.strip_prefix("SET sharing.user_key = ") {
            let user = user.trim_end_matches(';').to_owned();
            (beside.user, through.user) = (user.clone(), user);
            continue;
        }
        // A transaction of the story is one statement here.
        if sql == "BEGIN;" || sql.starts_with("SELECT sharing.act_as") {
            acting += sql.strip_prefix("BEGIN;").unwrap_or(sql);
            continue;
        }
        let is_elsewhere = ["COMMIT", "SET ", "RESET", "VACUUM"]
            .iter()
            .any(|begin| sql.starts_with(begin));
        // Plans are others, and so is what the doctor has to say of a server with Citus.
        if is_elsewhere || sql.starts_with("EXPLAIN") || sql.contains("sharing.doctor()") {
            continue;
        }
        let told = Told {
            sql: std::mem::take(&mut acting) + sql,
            ..told
        };
        let there = through.tell(&told, false);
        // What is refused there does not happen here either.
        let is_refused = |error: &String| error.starts_with("0A000");
        if there.as_ref().is_err_and(is_refused) {
            let here = beside.tell(&told, true);
            assert_ne!(code(&here), Some("0A000"), "{}", told.sql);
            refused.push((told.sql, there.expect_err("refused")));
            continue;
        }
        let here = beside.tell(&told, false);
        // The statements of protect() are others there.
        let is_protection = told.sql.contains("sharing.protect(");
        match is_protection {
            true => assert_eq!(here.is_ok(), there.is_ok(), "{}: {there:?}", told.sql),
            false => assert_eq!(
                code(&here),
                code(&there),
                "{}: {here:?} {there:?}",
                told.sql
            ),
        }
        if let (Ok(here), Ok(mut there), false) = (here, there, is_protection) {
            let mut here = here;
            // Shards answer in any order.
            if !told.sql.contains("ORDER BY") {
                here.sort();
                there.sort();
            }
            assert_eq!(there, here, "{}", told.sql);
        }
        same += 1;
    }
    assert!(same > 90, "{same} the same, {} refused", refused.len());
    assert!(!refused.is_empty(), "the list of what is refused is old");
    for (sql, error) in &refused {
        assert!(sql.contains(REFUSED), "{sql}: {error}");
    }
}
