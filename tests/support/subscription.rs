//! Databases that subscribe to others of the same server.

use super::company::wait_until;
use super::{Database, fresh_database, program};
use postgres::Client;
use std::process::{Command, Stdio};

pub fn execute(client: &mut Client, sql: &str) {
    client
        .batch_execute(sql)
        .unwrap_or_else(|error| panic!("{sql}: {error:?}"));
}

/// A copy of the structure: tables, policies, triggers, the extension without its configuration.
pub fn structure_of(source: &Database, name: &str) -> Database {
    let target = fresh_database(name);
    let mut client = target.connect();
    // Tables get other numbers than in the source.
    execute(
        &mut client,
        "DROP EXTENSION pg_sharing CASCADE; CREATE TABLE other (id int)",
    );
    let mut dump = Command::new(program("pg_dump"))
        .args([
            "--schema-only",
            "--no-publications",
            "--no-subscriptions",
            source.name(),
        ])
        .stdout(Stdio::piped())
        .spawn()
        .expect("pg_dump");
    let status = Command::new(program("psql"))
        .args([
            "-X",
            "-q",
            "-v",
            "ON_ERROR_STOP=1",
            "-o",
            "/dev/null",
            "-d",
            target.name(),
        ])
        .stdin(dump.stdout.take().expect("a pipe"))
        .status()
        .expect("psql");
    assert!(status.success() && dump.wait().expect("pg_dump").success());
    target
}

pub struct Subscription {
    name: &'static str,
    pub source: Client,
    pub target: Client,
}

impl Subscription {
    /// To a publication of that name, which is made.
    pub fn start(name: &'static str, what: &str, from: &Database, to: &Database) -> Subscription {
        let create = format!("CREATE PUBLICATION {name} {what}");
        execute(&mut from.connect(), &create);
        Self::start_of_published(name, from, to)
    }

    /// To a publication of that name.
    pub fn start_of_published(name: &'static str, from: &Database, to: &Database) -> Subscription {
        let (mut source, mut target) = (from.connect(), to.connect());
        // Within one server the slot has to be made beforehand.
        execute(
            &mut source,
            &format!("SELECT pg_create_logical_replication_slot('{name}', 'pgoutput')"),
        );
        let variable = |name: &str| std::env::var(name).expect("a variable");
        let connection = format!(
            "host={} port={} user={} dbname={}",
            variable("PGHOST"),
            variable("PGPORT"),
            variable("PGUSER"),
            from.name()
        );
        execute(
            &mut target,
            &format!(
                "CREATE SUBSCRIPTION {name} CONNECTION '{connection}' PUBLICATION {name} WITH (create_slot = false, slot_name = '{name}')"
            ),
        );
        let mut subscription = Subscription {
            name,
            source,
            target,
        };
        subscription.is_copied();
        subscription
    }

    /// Until the initial copy of every table is made.
    pub fn is_copied(&mut self) {
        let pending = "SELECT count(*) FROM pg_subscription_rel WHERE srsubstate <> 'r'";
        wait_until("the initial copy of every table", || {
            let row = self.target.query_one(pending, &[]).expect("states");
            row.get::<_, i64>(0) == 0
        });
        self.catch_up();
    }

    /// Until everything that was committed in the source is applied.
    pub fn catch_up(&mut self) {
        let now: String = self
            .source
            .query_one("SELECT pg_current_wal_lsn()::text", &[])
            .expect("LSN")
            .get(0);
        let applied = format!(
            "SELECT confirmed_flush_lsn >= '{now}'::pg_lsn FROM pg_replication_slots WHERE slot_name = '{}'",
            self.name
        );
        let source = &mut self.source;
        wait_until("the changes to be applied", || {
            source.query_one(&applied, &[]).expect("the slot").get(0)
        });
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let name = self.name;
        for sql in [
            format!("ALTER SUBSCRIPTION {name} DISABLE"),
            format!("ALTER SUBSCRIPTION {name} SET (slot_name = NONE)"),
            format!("DROP SUBSCRIPTION {name}"),
        ] {
            let _ = self.target.batch_execute(&sql);
        }
        for _ in 0..100 {
            let drop = format!("SELECT pg_drop_replication_slot('{name}')");
            if self.source.batch_execute(&drop).is_ok() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    }
}

/// One subscription at a time: PostgreSQL has four workers for all of them, and each table is copied by one.
pub fn turn() -> std::sync::MutexGuard<'static, ()> {
    static TURN: std::sync::Mutex<()> = std::sync::Mutex::new(());
    TURN.lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}
