//! A small company with one protected table, for tests whose matter is something else.
//!
//! Roles: Boss above Manager above Rep, and Support beside them. Every user's key is his name. Of the
//! leads, numbered from 1, a tenth belong to rep1, a tenth to rep2, the rest to eighty other reps;
//! support and admin own none, and admin is an administrator.

use super::{Database, fresh_database, quoted};
use postgres::Client;

pub const LEADS: i32 = 800;

pub struct Company {
    pub database: Database,
    /// A trusted role: its sessions say for whom they act.
    pub app: String,
}

/// The company in a database of its own. `name` must be unique among all tests.
pub fn company(name: &str) -> Company {
    let database = fresh_database(name);
    let app = format!("{name}_app");
    database.create_role(&app);
    let mut client = database.connect();
    client
        .batch_execute(&format!(
            "CREATE TABLE leads (id int PRIMARY KEY, owner text, title text);
             INSERT INTO leads SELECT n, CASE n % 10 WHEN 1 THEN 'rep1' WHEN 2 THEN 'rep2' ELSE 'other' || n % 80 END, 'lead ' || n
                 FROM pg_catalog.generate_series(1, {LEADS}) n;
             CREATE INDEX ON leads (owner);
             ANALYZE leads;
             GRANT SELECT, INSERT, UPDATE, DELETE ON leads TO {app};
             SELECT sharing.create_role('Boss');
             SELECT sharing.create_role('Manager', 'Boss');
             SELECT sharing.create_role('Rep', 'Manager');
             SELECT sharing.create_role('Support');
             SELECT sharing.create_user('boss', 'boss', 'Boss'), sharing.create_user('manager', 'manager', 'Manager');
             SELECT sharing.create_user('rep1', 'rep1', 'Rep'), sharing.create_user('rep2', 'rep2', 'Rep');
             SELECT sharing.create_user('support', 'support', 'Support'), sharing.create_user('admin', 'admin');
             SELECT sharing.grant_right('admin', 'administrator');
             SELECT sharing.create_user('other' || n, 'other' || n, 'Rep') FROM pg_catalog.generate_series(0, 79) n;
             SELECT sharing.protect('leads', 'owner');
             SELECT sharing.trust({role});",
            app = quoted(&app),
            role = format_args!("'{}'", quoted(&app)),
        ))
        .expect("the company");
    Company { database, app }
}

impl Company {
    /// A session that acts for nobody yet.
    pub fn connect(&self) -> Client {
        self.database.connect_as(&self.app)
    }

    /// A session that acts for a user.
    pub fn connect_for(&self, key: &str) -> Client {
        let mut client = self.connect();
        act_for(&mut client, key);
        client
    }
}

pub fn act_for(client: &mut Client, key: &str) {
    client
        .batch_execute(&format!("SET sharing.user_key = '{key}'"))
        .expect("SET sharing.user_key");
}

/// How many leads a user of the company sees before anybody changes anything.
pub fn leads_of(key: &str) -> i64 {
    let all = i64::from(LEADS);
    match key {
        "boss" | "manager" | "admin" => all,
        "rep1" | "rep2" => all / 10,
        _ => 0,
    }
}

pub fn count(client: &mut Client) -> i64 {
    client
        .query_one("SELECT count(*) FROM leads", &[])
        .expect("SELECT count(*)")
        .get(0)
}

/// The SQLSTATE of what must be an error of the server.
pub fn sqlstate<T: std::fmt::Debug>(result: Result<T, postgres::Error>) -> String {
    let error = result.expect_err("an error");
    error
        .code()
        .unwrap_or_else(|| panic!("an error of the server, not {error}"))
        .code()
        .to_owned()
}

/// Waits until `holds`, which another session brings about.
pub fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..600 {
        if holds() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("30 seconds passed without {what}");
}
