//! Partitioned tables that Citus distributes, a company of three people, and what a twin says that they see.
#![allow(dead_code, reason = "each test program uses a part of it")]

use crate::support::citus::{Node, execute, start};
use crate::support::company::wait_until;
use crate::support::fresh_database;
use postgres::Client;
use std::collections::BTreeSet;

/// Bob reports to Ann, and by a rule Sue reads what is Bob's.
pub const COMPANY: &str = "SELECT sharing.create_role('Manager'), sharing.create_role('Rep', 'Manager'), sharing.create_role('Support');
     SELECT sharing.create_user('ann', 'Ann', 'Manager'), sharing.create_user('bob', 'Bob', 'Rep'), sharing.create_user('sue', 'Sue', 'Support')";

pub const USERS: [&str; 4] = ["ann", "bob", "sue", "nobody"];

/// By a query of rows that nobody protects.
pub fn expected(dba: &mut Client, user: &str, twin: &str) -> BTreeSet<i32> {
    let owners = match user {
        "ann" => "'ann', 'bob'",
        "bob" => "'bob'",
        "sue" => "'sue', 'bob'",
        _ => "NULL",
    };
    let sql = format!("SELECT id FROM {twin} WHERE owner IN ({owners})");
    let rows = dba.query(&sql, &[]).expect(&sql);
    rows.iter().map(|row| row.get(0)).collect()
}

pub fn seen(app: &mut Client, user: &str, sql: &str) -> Result<BTreeSet<i32>, postgres::Error> {
    let mut transaction = app.transaction()?;
    transaction.batch_execute(&format!("SET LOCAL sharing.user_key = '{user}'"))?;
    let rows = transaction.query(sql, &[])?;
    transaction.commit()?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

pub struct Cluster {
    pub nodes: Vec<Node>,
    pub dba: Client,
    pub owner: Client,
    pub app: Client,
}

impl Cluster {
    pub fn start(name: &str) -> Option<Cluster> {
        let nodes = start(&fresh_database(name))?;
        let mut dba = nodes[0].admin();
        for sql in [
            "CREATE ROLE crm_owner LOGIN; GRANT CREATE ON SCHEMA public TO crm_owner; CREATE ROLE reader LOGIN",
            "ALTER DEFAULT PRIVILEGES FOR ROLE crm_owner GRANT ALL ON TABLES TO app",
            "ALTER DEFAULT PRIVILEGES FOR ROLE crm_owner GRANT SELECT ON TABLES TO reader",
            COMPANY,
            "ALTER DATABASE crm SET synchronous_commit = local",
        ] {
            execute(&mut dba, sql);
        }
        for (n, worker) in nodes[1..].iter().enumerate() {
            worker.subscribe(&nodes[0], &format!("worker_{n}"));
        }
        nodes[0].waits_for("worker_0, worker_1", 2);
        dba = nodes[0].admin();
        let owner = nodes[0].connect("crm", "crm_owner");
        let app = nodes[0].connect("crm", "app");
        Some(Cluster {
            nodes,
            dba,
            owner,
            app,
        })
    }

    /// What everybody sees of a table is what a twin says, at the latest once the workers know of the table.
    pub fn compare(&mut self, table: &str, twin: &str, when: &str) {
        for user in USERS {
            let expected = expected(&mut self.dba, user, twin);
            let sql = format!("SELECT id FROM {table}");
            let app = &mut self.app;
            wait_until(&format!("{when}: {sql} as {user}"), || {
                let seen = seen(app, user, &sql).expect(&sql);
                assert!(seen.is_subset(&expected), "{when}: {sql} as {user}");
                seen == expected
            });
        }
    }

    /// Waits until the workers know of all tables: what they have not heard of they look for by the name that it had.
    pub fn heard(&mut self) {
        let known = "SELECT coalesce(string_agg(relation::text, ',' ORDER BY relation::text COLLATE \"C\"), '') FROM sharing.protected_relations";
        let told = |client: &mut Client| -> String {
            client.query_one(known, &[]).expect("tables").get(0)
        };
        let here = told(&mut self.dba);
        for node in &self.nodes[1..] {
            let mut worker = node.admin();
            wait_until("the workers hear", || told(&mut worker) == here);
        }
    }

    pub fn subscriptions(&self, state: &str) {
        for (n, node) in self.nodes[1..].iter().enumerate() {
            execute(
                &mut node.admin(),
                &format!("ALTER SUBSCRIPTION worker_{n} {state}"),
            );
        }
    }
}

pub const EVENTS: [&str; 6] = [
    "CREATE TABLE events (deal int, id int, made date, owner text, note text, PRIMARY KEY (deal, id, made)) PARTITION BY RANGE (made)",
    "CREATE TABLE events_jan PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2025-02-01')",
    "CREATE TABLE events_feb PARTITION OF events FOR VALUES FROM ('2025-02-01') TO ('2025-03-01')",
    "SELECT create_distributed_table('events', 'deal')",
    "CREATE TABLE kinds (id int, kind text, owner text, PRIMARY KEY (id, kind)) PARTITION BY LIST (kind);
     CREATE TABLE kinds_a PARTITION OF kinds FOR VALUES IN ('a', 'b'); CREATE TABLE kinds_rest PARTITION OF kinds DEFAULT",
    "SELECT create_distributed_table('kinds', 'id')",
];

/// Rows of a twin that nobody protects, and the same in a table.
pub fn fill(dba: &mut Client, table: &str, from: i32, to: i32, first: &str, days: i32) {
    let rows = format!(
        "SELECT n % 7, n, DATE '{first}' + n % {days}, (ARRAY['ann', 'bob', 'sue', 'none'])[1 + n % 4] FROM generate_series({from}, {to}) n"
    );
    execute(
        dba,
        &format!(
            "INSERT INTO {table} (deal, id, made, owner) {rows}; INSERT INTO events_twin {rows}"
        ),
    );
}
