//! The data: tables with the same leads and the same statistics, and the organization.

use crate::Result;
use postgres::{Client, Config, NoTls};
use std::cell::RefCell;
use std::collections::HashMap;

pub const OWNERS: u32 = 10_000;

/// The same leads without any protection.
pub const TWIN: &str = "leads_twin";
/// And for the policies that people usually write. A table of its own: who comes after another who
/// has read the same rows finds them in the processor's caches.
pub const USUAL: &str = "leads_usual";

/// Somebody who asks, and which owners' records he sees.
pub struct Caller {
    pub name: &'static str,
    pub key: u32,
    pub is_administrator: bool,
}

const fn caller(name: &'static str, number: u32) -> Caller {
    Caller {
        name,
        key: key(number),
        is_administrator: false,
    }
}

/// Keys in no order that has to do with roles.
pub const fn key(number: u32) -> u32 {
    if number < OWNERS {
        number * 7919 % OWNERS + 1
    } else {
        number + 1
    }
}

/// From the first of these numbers on users have the role. Whoever stands alone in his role is above
/// all of the next.
const ROLES: [(&str, Option<&str>, u32); 8] = [
    ("Director", None, 0),
    ("Head of 5,000", Some("Director"), 1),
    ("One of 5,000", Some("Head of 5,000"), 2),
    ("Head of 1,000", Some("Director"), 5_001),
    ("One of 1,000", Some("Head of 1,000"), 5_002),
    ("Head of 50", Some("Director"), 6_001),
    ("One of 50", Some("Head of 50"), 6_002),
    ("Others", Some("Director"), 6_051),
];

pub const CALLERS: [Caller; 7] = [
    caller("nothing", OWNERS),
    caller("1 owner", 7_000),
    caller("50 owners", 6_001),
    caller("1,000 owners", 5_001),
    caller("5,000 owners", 1),
    caller("10,000 owners", 0),
    Caller {
        name: "everything",
        key: key(OWNERS + 1),
        is_administrator: true,
    },
];

/// A database with the extension, filled.
pub struct World {
    database: &'static str,
    owners: RefCell<HashMap<u32, String>>,
    records: HashMap<u32, i64>,
    pub leads: u32,
}

const DATABASE: &str = "bench";

impl World {
    pub fn build() -> Result<World> {
        create_database(DATABASE)?;
        let mut world = World {
            database: DATABASE,
            owners: RefCell::default(),
            records: HashMap::new(),
            leads: number("BENCH_LEADS", 2_000_000),
        };
        let mut client = world.connect("postgres")?;
        progress("users and roles");
        people(&mut client)?;
        progress("leads");
        leads(&mut client, world.leads, OWNERS)?;
        progress("policies");
        policies(&mut client)?;
        for caller in &CALLERS {
            let owners = owners_seen_by(&mut client, caller)?;
            world.owners.borrow_mut().insert(caller.key, owners);
            let record: i64 = client
                .query_one(
                    "SELECT coalesce((SELECT max(l.id) FROM leads l JOIN bench.visible v USING (owner_id) WHERE v.user_key = $1), 1)",
                    &[&caller.key.to_string()],
                )?
                .get(0);
            world.records.insert(caller.key, record);
        }
        Ok(world)
    }

    pub fn connect(&self, role: &str) -> Result<Client> {
        connect(self.database, role)
    }

    /// Owner keys with commas between.
    pub fn owners_seen_by(&self, caller: &Caller) -> String {
        self.owners.borrow()[&caller.key].clone()
    }

    /// A record that the caller sees, if he sees any.
    pub fn record_of(&self, caller: &Caller) -> i64 {
        self.records[&caller.key]
    }
}

/// Users and their roles, and in `bench.visible` whose leads each of the callers sees.
pub fn people(client: &mut Client) -> Result<()> {
    let mut transaction = client.transaction()?;
    for (n, (role, parent, first)) in ROLES.iter().enumerate() {
        transaction.execute("SELECT sharing.create_role($1, $2)", &[role, parent])?;
        let end = ROLES.get(n + 1).map_or(OWNERS, |(_, _, first)| *first);
        for user in *first..end {
            transaction.execute(
                "SELECT sharing.create_user($1, $2, $3)",
                &[&key(user).to_string(), &format!("user {user}"), role],
            )?;
        }
    }
    for caller in CALLERS.iter().filter(|caller| caller.key > OWNERS) {
        let key = caller.key.to_string();
        transaction.execute(
            "SELECT sharing.create_user($1, $2)",
            &[&key, &format!("user {key}")],
        )?;
        if caller.is_administrator {
            transaction.execute("SELECT sharing.grant_right($1, 'administrator')", &[&key])?;
        }
    }
    // What the two usual policies look up: each caller's owners, derived and stored.
    transaction.batch_execute(&format!(
        "CREATE SCHEMA bench;
        CREATE TABLE bench.visible (user_key text, owner_id bigint, PRIMARY KEY (user_key, owner_id));
        WITH RECURSIVE above (role_id, below) AS (
            SELECT id, id FROM sharing.roles
            UNION
            SELECT a.role_id, r.id FROM above a JOIN sharing.roles r ON r.parent_id = a.below)
        INSERT INTO bench.visible
        SELECT u.key, o.key::bigint
        FROM sharing.users u JOIN above a ON a.role_id = u.role_id
        JOIN sharing.users o ON o.id = u.id OR o.role_id = a.below AND a.below <> a.role_id
        WHERE u.key IN ({callers})
        UNION
        SELECT u.key, o.key::bigint
        FROM sharing.users u JOIN sharing.user_rights r ON r.user_id = u.id AND r.right = 'administrator',
            sharing.users o
        WHERE o.key::bigint <= {OWNERS};
        ",
        callers = CALLERS
            .iter()
            .map(|caller| format!("'{}'", caller.key))
            .collect::<Vec<_>>()
            .join(", ")
    ))?;
    transaction.commit()?;
    client.batch_execute("VACUUM ANALYZE bench.visible")?;
    client.batch_execute("VACUUM ANALYZE sharing.users")?;
    Ok(())
}

/// Owner keys with commas between.
pub fn owners_seen_by(client: &mut Client, caller: &Caller) -> Result<String> {
    let owners: Option<String> = client
        .query_one(
            "SELECT string_agg(owner_id::text, ',' ORDER BY owner_id) FROM bench.visible WHERE user_key = $1",
            &[&caller.key.to_string()],
        )?
        .get(0);
    Ok(owners.unwrap_or_default())
}

/// Leads of so many owners, and their twin.
pub fn leads(client: &mut Client, leads: u32, owners: u32) -> Result<()> {
    client.batch_execute(&format!(
        "CREATE TABLE leads (
            id bigint PRIMARY KEY, owner_id bigint, name text, company text, email text, phone text,
            status text, amount numeric(12, 2), created_at timestamptz, changed_at timestamptz);
        SELECT setseed(0.5);
        INSERT INTO leads
        SELECT id, 1 + floor(random() * {owners}), 'Lead ' || id, 'Company ' || id % 50000,
            'lead' || id || '@example.com', '+1 555 ' || id,
            (ARRAY['new', 'open', 'qualified', 'lost'])[1 + floor(random() * 4)],
            round((random() * 100000)::numeric, 2),
            timestamptz '2020-01-01' + (random() * 157680000 + id * 0.000001) * interval '1 second', now()
        FROM generate_series(1, {leads}) id"
    ))?;
    index(client, "leads")?;
    copy(client, TWIN)
}

fn copy(client: &mut Client, table: &str) -> Result<()> {
    client.batch_execute(&format!(
        "CREATE TABLE {table} (LIKE leads INCLUDING STORAGE);
        INSERT INTO {table} SELECT * FROM leads;
        ALTER TABLE {table} ADD PRIMARY KEY (id)"
    ))?;
    index(client, table)?;
    take_statistics(client, "leads", table)
}

fn index(client: &mut Client, table: &str) -> Result<()> {
    client.batch_execute(&format!(
        "CREATE INDEX ON {table} (owner_id); CREATE INDEX ON {table} (created_at)"
    ))?;
    client.batch_execute(&format!("VACUUM (FREEZE, ANALYZE) {table}"))?;
    Ok(())
}

/// ANALYZE samples by chance: the planner is to think the same of a table and its twin.
pub fn take_statistics(client: &mut Client, table: &str, twin: &str) -> Result<()> {
    client.batch_execute(&format!(
        "DELETE FROM pg_statistic WHERE starelid = '{twin}'::regclass;
        INSERT INTO pg_statistic
        SELECT '{twin}'::regclass, staattnum, stainherit, stanullfrac, stawidth, stadistinct,
            stakind1, stakind2, stakind3, stakind4, stakind5, staop1, staop2, staop3, staop4, staop5,
            stacoll1, stacoll2, stacoll3, stacoll4, stacoll5,
            stanumbers1, stanumbers2, stanumbers3, stanumbers4, stanumbers5,
            stavalues1, stavalues2, stavalues3, stavalues4, stavalues5
        FROM pg_statistic WHERE starelid = '{table}'::regclass;
        UPDATE pg_class u SET reltuples = l.reltuples, relpages = l.relpages, relallvisible = l.relallvisible
        FROM pg_class l WHERE u.oid = '{twin}'::regclass AND l.oid = '{table}'::regclass"
    ))?;
    Ok(())
}

fn policies(client: &mut Client) -> Result<()> {
    copy(client, USUAL)?;
    client.batch_execute(&format!(
        "GRANT ALL ON SCHEMA public TO bench_owner;
        GRANT USAGE ON SCHEMA bench TO PUBLIC;
        GRANT SELECT ON bench.visible, leads, {TWIN}, {USUAL} TO PUBLIC;
        ALTER TABLE leads OWNER TO bench_owner;
        ALTER TABLE {TWIN} OWNER TO bench_owner;
        ALTER TABLE {USUAL} OWNER TO bench_owner;
        SELECT sharing.trust('bench_app');
        SELECT sharing.protect('leads', 'owner_id', 'Leads');
        CREATE FUNCTION bench.visible_owners() RETURNS bigint[] STABLE LANGUAGE sql AS
            $$SELECT coalesce(array_agg(owner_id), '{{}}') FROM bench.visible
              WHERE user_key = current_setting('bench.user_key')$$;
        ALTER TABLE {USUAL} ENABLE ROW LEVEL SECURITY;
        CREATE POLICY in_select ON {USUAL} TO bench_in_select USING (owner_id IN
            (SELECT owner_id FROM bench.visible WHERE user_key = current_setting('bench.user_key')));
        CREATE POLICY any_function ON {USUAL} TO bench_any_function
            USING (owner_id = ANY ((SELECT bench.visible_owners())::bigint[]));
        CHECKPOINT"
    ))?;
    Ok(())
}

/// One for each way to filter. They belong to all databases.
pub fn create_roles() -> Result<()> {
    connect("postgres", "postgres")?.batch_execute(
        "CREATE ROLE bench_owner LOGIN;
        CREATE ROLE bench_app LOGIN;
        CREATE ROLE bench_in_select LOGIN;
        CREATE ROLE bench_any_function LOGIN;
        CREATE ROLE bench_policy LOGIN",
    )?;
    Ok(())
}

/// Makes a database from the template that the server's script prepared.
pub fn create_database(name: &str) -> Result<()> {
    let template = variable("PG_SHARING_TEMPLATE")?;
    connect("postgres", "postgres")?
        .batch_execute(&format!("CREATE DATABASE {name} TEMPLATE {template}"))?;
    Ok(())
}

pub fn connect(database: &str, role: &str) -> Result<Client> {
    let mut config = Config::new();
    config
        .host(&variable("PGHOST")?)
        .port(variable("PGPORT")?.parse()?)
        .user(role)
        .dbname(database);
    Ok(config.connect(NoTls)?)
}

fn variable(name: &str) -> Result<String> {
    std::env::var(name).map_err(|_| format!("{name} is not set; run this by: make bench").into())
}

/// The size that the caller wishes.
pub fn number(name: &str, otherwise: u32) -> u32 {
    std::env::var(name)
        .ok()
        .and_then(|value| value.parse().ok())
        .unwrap_or(otherwise)
}

pub fn progress(what: &str) {
    eprintln!("{what} …");
}
