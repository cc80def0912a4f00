//! Servers with Citus of their own, for tests of what a coordinator and workers do together.

use super::copied_server::{as_server, run};
use super::{Database, program};
use postgres::{Client, NoTls};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A server of the cluster, stopped and deleted with this value.
pub struct Node {
    pub data: PathBuf,
    pub port: u16,
}

const SETTINGS: &str = "
listen_addresses = '127.0.0.1'
fsync = off
wal_level = logical
max_connections = 100
max_prepared_transactions = 50
shared_buffers = 16MB
shared_preload_libraries = 'citus,pg_sharing'
citus.shard_count = 4
citus.node_conninfo = 'sslmode=disable'
citus.enable_statistics_collection = off
timezone = 'UTC'
";

impl Node {
    pub fn start(directory: &Path, name: &str) -> Node {
        Node::start_with(directory, name, "")
    }

    /// With more settings.
    pub fn start_with(directory: &Path, name: &str, more: &str) -> Node {
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("a port")
            .port();
        let node = Node {
            data: directory.join(format!("citus_{name}_{port}")),
            port,
        };
        let mut init = node.command("initdb");
        init.args(["-U", "postgres", "--auth=trust", "--no-sync"]);
        init.args(["--encoding=UTF8", "--locale=C.UTF-8"]);
        run(init);
        let socket = node.data.display();
        let settings =
            format!("{SETTINGS}port = {port}\nunix_socket_directories = '{socket}'\n{more}\n");
        let file = node.data.join("postgresql.auto.conf");
        std::fs::write(file, settings).expect("its settings");
        let mut start = node.command("pg_ctl");
        start.args(["start", "-w", "-t", "60", "-l"]);
        start.arg(node.data.join("log"));
        run(start);
        let mut client = node.connect("postgres", "postgres");
        execute(&mut client, "CREATE DATABASE crm");
        execute(&mut node.admin(), "CREATE EXTENSION citus");
        node
    }

    pub fn command(&self, name: &str) -> Command {
        let directory = self.data.parent().expect("a parent");
        let mut command = as_server(&program(name), directory);
        // Libraries look for certificates in the home of whoever is root.
        command.env("HOME", directory).arg("-D").arg(&self.data);
        command
    }

    pub fn connect(&self, database: &str, role: &str) -> Client {
        let mut config = postgres::Config::new();
        config
            .host("127.0.0.1")
            .port(self.port)
            .user(role)
            .dbname(database);
        config.connect(NoTls).expect("a connection to a node")
    }

    pub fn admin(&self) -> Client {
        self.connect("crm", "postgres")
    }

    /// Lets the coordinator's configuration come.
    pub fn subscribe(&self, coordinator: &Node, name: &str) {
        let mut client = self.admin();
        let port = coordinator.port;
        execute(
            &mut client,
            &format!(
                "CREATE SUBSCRIPTION {name} CONNECTION 'host=127.0.0.1 port={port} dbname=crm user=postgres sslmode=disable' PUBLICATION configuration"
            ),
        );
        let pending = "SELECT count(*) FROM pg_subscription_rel WHERE srsubstate <> 'r'";
        super::company::wait_until("the initial copy", || count(&mut client, pending) == 0);
    }

    /// From now on commits with `synchronous_commit = remote_apply` wait until these subscriptions know of them.
    pub fn waits_for(&self, names: &str, number: usize) {
        let file = self.data.join("postgresql.auto.conf");
        let mut settings = std::fs::read_to_string(&file).expect("settings");
        settings += &format!("synchronous_standby_names = 'FIRST {number} ({names})'\n");
        std::fs::write(file, settings).expect("settings");
        let mut client = self.admin();
        execute(&mut client, "SELECT pg_reload_conf()");
        super::company::wait_until("the settings of a coordinator", || {
            count(
                &mut client,
                "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'",
            ) == number as i64
        });
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let mut stop = self.command("pg_ctl");
        stop.args(["stop", "-m", "immediate"]);
        let _ = stop.status();
        let _ = std::fs::remove_dir_all(&self.data);
    }
}

pub fn execute(client: &mut Client, sql: &str) {
    client
        .batch_execute(sql)
        .unwrap_or_else(|error| panic!("{sql}: {error:?}"));
}

pub fn count(client: &mut Client, sql: &str) -> i64 {
    let row = client.query_one(sql, &[]);
    row.unwrap_or_else(|error| panic!("{sql}: {error:?}"))
        .get(0)
}

pub fn refused(client: &mut Client, sql: &str) -> String {
    let error = client.batch_execute(sql).expect_err(sql);
    let _ = client.batch_execute("ROLLBACK");
    let error = error.as_db_error().expect("an error of the server");
    error.code().code().to_owned()
}

/// The statements in the HINT of what is refused for a protected table.
pub fn hint(client: &mut Client, sql: &str) -> String {
    let error = client.batch_execute(sql).expect_err(sql);
    let _ = client.batch_execute("ROLLBACK");
    let error = error.as_db_error().expect("an error of the server");
    assert_eq!(error.code().code(), "0A000", "{sql}: {error:?}");
    assert!(error.message().contains("protected"), "{sql}: {error:?}");
    let hint = error.hint().expect("a hint");
    let statement = hint.split_once("DO $$").expect("a statement").1;
    format!("DO $${statement}")
}

/// Runs a statement of a session that waits until the workers know of what it did.
pub fn run_in_time(node: &Node, role: &str, sql: String) {
    let mut client = node.connect("crm", role);
    let text = sql.clone();
    let running = std::thread::spawn(move || {
        execute(&mut client, "SET synchronous_commit = remote_apply");
        execute(&mut client, &text);
    });
    super::company::wait_until(&sql, || running.is_finished());
    running.join().expect(&sql);
}

/// A coordinator and two workers with the extension, the trusted role `app` and the publication of the
/// configuration; the workers follow it once they are told to. None where Citus is not installed.
pub fn start(server: &Database) -> Option<Vec<Node>> {
    start_with(server, "")
}

/// The same with more settings.
pub fn start_with(server: &Database, more: &str) -> Option<Vec<Node>> {
    let mut client = server.connect();
    let installed = "SELECT count(*) FROM pg_available_extensions WHERE name = 'citus'";
    if count(&mut client, installed) == 0 {
        return None;
    }
    let data: String = client
        .query_one("SHOW data_directory", &[])
        .expect("SHOW")
        .get(0);
    let directory = PathBuf::from(data).parent().expect("a parent").to_owned();
    let nodes: Vec<Node> = ["a", "b", "c"]
        .map(|name| Node::start_with(&directory, name, more))
        .into();
    let mut dba = nodes[0].admin();
    execute(
        &mut dba,
        &format!(
            "SELECT citus_set_coordinator_host('127.0.0.1', {})",
            nodes[0].port
        ),
    );
    for worker in &nodes[1..] {
        execute(
            &mut dba,
            &format!("SELECT citus_add_node('127.0.0.1', {})", worker.port),
        );
    }
    execute(
        &mut dba,
        "CREATE EXTENSION pg_sharing; CREATE ROLE app LOGIN; SELECT sharing.trust('app');
         CREATE PUBLICATION configuration FOR TABLES IN SCHEMA sharing",
    );
    Some(nodes)
}
