//! Children that come with their parents, beside details of the same parents and beside children that are seen by
//! their own owners; single records that were given; and the same once things have ends. Each against the same
//! statement on unprotected twins, with the true condition typed in.

use crate::report::{Cell, Part, table};
use crate::world::{connect, create_database, number as size, progress, take_statistics};
use crate::{Result, compare_for};
use postgres::Client;

const DATABASE: &str = "bench_carried";
const OWNERS: u32 = 2_000;
/// So many records are given to somebody who owns none.
const GIVEN: u32 = 1_000;
const GIVEN_TO: u32 = OWNERS;
/// Somebody else is in so many groups, each of which was given its part of the same.
const GROUPS: u32 = 250;
const IN_GROUPS: u32 = OWNERS + 1;

/// Whose accounts each caller sees, by their numbers.
const CALLERS: [(&str, u32, std::ops::Range<u32>); 3] = [
    ("1 owner", 150, 150..151),
    ("100 owners", 1, 1..101),
    ("2,000 owners", 0, 0..OWNERS),
];

/// The children of the same accounts: by what they are seen.
const CHILDREN: [(&str, &str); 3] = [
    ("owned", "own owner"),
    ("details", "detail"),
    ("cases", "with parent"),
];

const QUERIES: [(&str, &str); 4] = [
    ("count(*)", "SELECT count(*) FROM {t}"),
    (
        "newest 50",
        "SELECT * FROM {t} ORDER BY created_at DESC LIMIT 50",
    ),
    ("by key", "SELECT * FROM {t} AND id = 470"),
    (
        "page of 10 days",
        "SELECT count(*) FROM {t} AND created_at >= '2024-03-01' AND created_at < '2024-03-11'",
    ),
];

pub fn measure() -> Result<Part> {
    create_database(DATABASE)?;
    progress("children of accounts, papers");
    let mut admin = connect(DATABASE, "postgres")?;
    build(&mut admin)?;
    let mut measured = Measured::default();
    measured.all("")?;
    progress("the same with ends");
    with_ends(&mut admin)?;
    measured.all(", with ends")?;
    let text = format!(
        "{} accounts of 2,000 owners, as many papers, and twice as many children of accounts in each of three tables: seen by an\n\
        owner of their own, as details, and with their parents (by others' records, `with_parent => 'read'`). 1,000 papers were\n\
        given to one user, and among 250 groups of another. With ends: every rule, 2,000 memberships and all that was given end, a year later.\n\n{}",
        accounts(),
        table(
            2,
            ["sees", "statement", "by hand", "pg_sharing", "ratio"],
            &measured.rows
        )
    );
    Ok(Part {
        text,
        title: "Children by their parents, records that were given, and ends",
        cells: measured.cells,
        ..Part::default()
    })
}

fn accounts() -> u32 {
    size("BENCH_ACCOUNTS", 200_000)
}

#[derive(Default)]
struct Measured {
    rows: Vec<[String; 5]>,
    cells: Vec<Cell>,
}

impl Measured {
    fn all(&mut self, when: &str) -> Result<()> {
        for (sees, key, owners) in CALLERS {
            let owners: Vec<String> = owners.map(|owner| owner.to_string()).collect();
            let owners = format!("owner_id = ANY ('{{{}}}')", owners.join(","));
            let of_accounts =
                format!("account_id IN (SELECT id FROM accounts_twin WHERE {owners})");
            for (table, seen_by) in CHILDREN {
                let condition = match table {
                    "owned" => &owners,
                    _ => &of_accounts,
                };
                let sees = format!("{sees}, {seen_by}{when}");
                self.cells_of(&sees, key, table, condition)?;
            }
        }
        let given = "id IN (SELECT id FROM given_twin)";
        let sees = format!("1,000 given records{when}");
        self.cells_of(&sees, GIVEN_TO, "papers", given)?;
        let sees = format!("1,000 given to 250 groups{when}");
        self.cells_of(&sees, IN_GROUPS, "papers", given)
    }

    fn cells_of(&mut self, sees: &str, key: u32, table: &str, condition: &str) -> Result<()> {
        let mut by_hand = connect(DATABASE, "bench_owner")?;
        let mut sharing = connect(DATABASE, "bench_app")?;
        sharing.batch_execute(&format!("SET sharing.user_key = '{key}'"))?;
        for (what, query) in QUERIES {
            let texts = [
                query.replace("{t}", &format!("{table}_twin WHERE {condition}")),
                query.replace("{t}", &format!("{table} WHERE true")),
            ];
            let sessions = [&mut by_hand, &mut sharing];
            let cell = compare_for((sees, what), sessions, &texts, false)?;
            self.rows.push(cell.row());
            self.cells.push(cell);
        }
        Ok(())
    }
}

fn build(admin: &mut Client) -> Result<()> {
    let (accounts, children) = (accounts(), 2 * accounts());
    let owner = |of: &str| format!("({of}::bigint * 7919 % {OWNERS})::integer");
    let any_time = "timestamptz '2020-01-01' + random() * 157680000 * interval '1 second' + n * interval '1 microsecond'";
    let account = format!("1 + (n::bigint * 104729 % {accounts})::integer");
    admin.batch_execute(&format!(
        "SELECT setseed(0.25);
        GRANT ALL ON SCHEMA public TO bench_owner;
        CREATE TABLE accounts (id integer PRIMARY KEY, owner_id integer, name text);
        INSERT INTO accounts SELECT n, {}, 'Account ' || n FROM generate_series(1, {accounts}) n;
        CREATE TABLE papers (id integer PRIMARY KEY, owner_id integer, name text, created_at timestamptz);
        INSERT INTO papers SELECT n, {}, 'Paper ' || n, {any_time} FROM generate_series(1, {accounts}) n;
        CREATE TABLE owned (id integer PRIMARY KEY, account_id integer, owner_id integer, name text, created_at timestamptz);
        INSERT INTO owned SELECT n, {account}, {}, 'Child ' || n, {any_time} FROM generate_series(1, {children}) n;
        CREATE TABLE details AS TABLE owned; ALTER TABLE details ADD PRIMARY KEY (id);
        CREATE TABLE cases AS SELECT id, account_id, -1 AS owner_id, name, created_at FROM owned; ALTER TABLE cases ADD PRIMARY KEY (id);
        CREATE TABLE given_twin AS SELECT 1 + n * ({accounts} / {GIVEN}) AS id FROM generate_series(0, {GIVEN} - 1) n;
        ALTER TABLE given_twin ADD PRIMARY KEY (id); ANALYZE given_twin; ALTER TABLE given_twin OWNER TO bench_owner",
        owner("n"),
        owner("n"),
        owner(&format!("({account})")),
    ))?;
    for table in ["accounts", "papers", "owned", "details", "cases"] {
        let twin = format!("{table}_twin");
        admin.batch_execute(&format!(
            "CREATE TABLE {twin} (LIKE {table} INCLUDING INDEXES);
            INSERT INTO {twin} SELECT * FROM {table};
            ALTER TABLE {table} OWNER TO bench_owner;
            ALTER TABLE {twin} OWNER TO bench_owner;
            GRANT SELECT ON {table}, {twin} TO PUBLIC"
        ))?;
        for table in [table, &twin] {
            for column in ["owner_id", "account_id", "created_at"] {
                let has: bool = admin
                    .query_one(
                        "SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = $1::text::regclass AND attname = $2)",
                        &[&table, &column],
                    )?
                    .get(0);
                if has {
                    admin.batch_execute(&format!("CREATE INDEX ON {table} ({column})"))?;
                }
            }
            admin.batch_execute(&format!("VACUUM (FREEZE, ANALYZE) {table}"))?;
        }
        take_statistics(admin, table, &twin)?;
    }
    admin.batch_execute(&format!(
        "SELECT sharing.trust('bench_app'), sharing.create_role('Head'), sharing.create_role('Lead', 'Head'), sharing.create_role('Rep', 'Lead'), sharing.create_role('Others', 'Head'), sharing.create_role('Guest');
        SELECT sharing.create_user(n::text, 'user ' || n, CASE WHEN n = 0 THEN 'Head' WHEN n = 1 THEN 'Lead' WHEN n <= 100 THEN 'Rep' WHEN n < {OWNERS} THEN 'Others' ELSE 'Guest' END)
        FROM generate_series(0, {IN_GROUPS}) n;
        SELECT sharing.protect('accounts', 'owner_id', 'Accounts'), sharing.protect('papers', 'owner_id', 'Papers'), sharing.protect('owned', 'owner_id', 'Owned'),
            sharing.protect('details', controlled_by => 'accounts', via => 'account_id', module => 'Details'), sharing.protect('cases', 'owner_id', 'Cases');
        SELECT sharing.relate('cases', 'account_id', 'accounts', with_parent => 'read');
        SELECT sharing.create_group('team', 'Team'), sharing.add_member('Team', 'role:Others');
        SELECT sharing.apply_rules();
        SELECT count(sharing.grant_record('papers', id::text, 'user:{GIVEN_TO}')) FROM given_twin;
        SELECT sharing.create_group('g' || n, 'Group ' || n), sharing.add_member('Group ' || n, 'user:{IN_GROUPS}') FROM generate_series(0, {GROUPS} - 1) n;
        SELECT count(sharing.grant_record('papers', id::text, 'group:Group ' || n % {GROUPS})) FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM given_twin) g;
        CHECKPOINT"
    ))?;
    Ok(())
}

/// Things that end, none of which gives anybody more than they had.
fn with_ends(admin: &mut Client) -> Result<()> {
    admin.batch_execute(
        "SELECT sharing.add_rule(module, 'role:Rep', 'role:Lead', 'read_only', until => now() + '1 year') FROM unnest('{Accounts,Papers,Owned,Cases}'::text[]) module;
        SELECT sharing.apply_rules();
        UPDATE sharing.rules SET until = now() + '1 year'::interval, staged_until = now() + '1 year'::interval;
        UPDATE sharing.group_users SET until = now() + '1 year'::interval;
        INSERT INTO sharing.group_users (group_id, user_id, until) SELECT g.id, u.id, now() + '1 year'::interval + u.id * '1 minute'::interval FROM sharing.groups g, sharing.users u WHERE g.name = 'Team';
        UPDATE sharing.record_grants SET until = now() + '1 year'::interval + record_id::integer * '1 second'::interval;
        CHECKPOINT",
    )?;
    Ok(())
}
