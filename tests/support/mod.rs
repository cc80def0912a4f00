//! What the tests over real connections share: databases and roles of their own on the server that
//! `scripts/test.sh` starts. It passes the server's address in PGHOST, PGPORT and PGUSER.
#![allow(dead_code, reason = "each test program uses a part of it")]

pub mod citus;
pub mod company;
pub mod copied_server;
pub mod sources;
pub mod subscription;
pub mod workers;

use std::cell::RefCell;
use std::io::Write;
use std::path::PathBuf;

use postgres::{Client, Config, NoTls};

/// A database with the extension. It, and the roles made through it, are dropped with this value.
pub struct Database {
    name: String,
    roles: RefCell<Vec<String>>,
}

/// A copy of the template database. `name` must be unique among all tests: they run side by side.
pub fn fresh_database(name: &str) -> Database {
    let name = format!("client_{name}");
    let template = quoted(&variable("PG_SHARING_TEMPLATE"));
    let mut server = connect("postgres", &variable("PGUSER"));
    execute(
        &mut server,
        &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quoted(&name)),
    );
    execute(
        &mut server,
        &format!("CREATE DATABASE {} TEMPLATE {template}", quoted(&name)),
    );
    Database {
        name,
        roles: RefCell::default(),
    }
}

impl Database {
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A connection of the superuser, for setting up.
    pub fn connect(&self) -> Client {
        self.connect_as(&variable("PGUSER"))
    }

    /// A connection that authenticates as `role`.
    pub fn connect_as(&self, role: &str) -> Client {
        connect(&self.name, role)
    }

    /// What a test changes to connect in its own way (options, application name).
    pub fn config(&self, role: &str) -> Config {
        config(&self.name, role)
    }

    /// An ordinary role that may log in. Roles belong to the whole server: the name must be unique
    /// among all tests.
    pub fn create_role(&self, role: &str) {
        let mut client = self.connect();
        execute(
            &mut client,
            &format!("DROP ROLE IF EXISTS {}", quoted(role)),
        );
        execute(&mut client, &format!("CREATE ROLE {} LOGIN", quoted(role)));
        self.roles.borrow_mut().push(role.to_owned());
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // A panic here would hide the one of the test that failed.
        let Ok(mut server) = config("postgres", &variable("PGUSER")).connect(NoTls) else {
            return;
        };
        let database = format!(
            "DROP DATABASE IF EXISTS {} WITH (FORCE)",
            quoted(&self.name)
        );
        let roles = self.roles.borrow();
        let roles = roles
            .iter()
            .map(|role| format!("DROP ROLE IF EXISTS {}", quoted(role)));
        for statement in std::iter::once(database).chain(roles) {
            if let Err(error) = server.batch_execute(&statement) {
                notice(&format!("cleaning up: {statement}: {error}"));
            }
        }
    }
}

/// A program of the server under test: pg_dump, pg_restore, initdb.
pub fn program(name: &str) -> PathBuf {
    PathBuf::from(variable("PG_SHARING_BINDIR")).join(name)
}

/// Says that a test did not run, and why. The test then returns; the reason is repeated at the end of
/// the whole run.
pub fn skip(reason: &str) {
    notice(&format!("SKIPPED: {reason}"));
}

/// An identifier, quoted for SQL.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Past the capture of the test harness, which swallows the `eprintln!` of a test that passes.
pub fn notice(line: &str) {
    // Where stderr is closed, nobody reads it.
    let _ = writeln!(std::io::stderr(), "{line}");
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!("{name} is not set; these tests run by: scripts/test.sh ONLY=client")
    })
}

fn config(database: &str, role: &str) -> Config {
    let port = variable("PGPORT");
    let mut config = Config::new();
    config
        .host(&variable("PGHOST"))
        .port(
            port.parse()
                .unwrap_or_else(|_| panic!("PGPORT={port} is not a port")),
        )
        .user(role)
        .dbname(database);
    config
}

fn connect(database: &str, role: &str) -> Client {
    config(database, role)
        .connect(NoTls)
        .unwrap_or_else(|error| panic!("connecting to {database} as {role}: {error}"))
}

fn execute(client: &mut Client, statement: &str) {
    client
        .batch_execute(statement)
        .unwrap_or_else(|error| panic!("{statement}: {error}"));
}
