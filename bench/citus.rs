//! Through a coordinator of Citus with two workers, where it is installed: the same questions to a protected table
//! and to a twin that is distributed in the same way, with the true condition typed in.

use crate::report::{Cell, Part, number, table};
use crate::support::citus::{Node, execute, start_with};
use crate::support::fresh_database;
use crate::world::{number as size, progress};
use crate::{Result, compare};

const OWNERS: u32 = 2_000;

/// Whose rows each caller sees, by their numbers.
const CALLERS: [(&str, u32, std::ops::Range<u32>); 3] = [
    ("1 owner", 150, 150..151),
    ("100 owners", 1, 1..101),
    ("2,000 owners", 0, 0..OWNERS),
];

/// `{t}` is the table, with the condition after it.
const QUERIES: [(&str, &str); 6] = [
    ("by key", "SELECT * FROM {t} AND l.id = 471"),
    (
        "newest 50",
        "SELECT l.id, l.name FROM {t} ORDER BY l.created_at DESC, l.id LIMIT 50",
    ),
    ("count(*)", "SELECT count(*) FROM {t}"),
    (
        "join to a reference table",
        "SELECT k.name, count(*), sum(l.amount) FROM {t} AND l.kind = k.id GROUP BY k.name ORDER BY 1",
    ),
    ("UPDATE by key", "UPDATE {t} AND l.id = {id} RETURNING l.id"),
    (
        "UPDATE of a kind",
        "UPDATE {t} AND l.kind = 7 AND l.amount < 100",
    ),
];

const SERVER: &str = "shared_buffers = 256MB\nautovacuum = off\njit = off\nmax_wal_size = 4GB\ncheckpoint_timeout = 1h";

pub fn measure() -> Result<Part> {
    let server = fresh_database("bench_citus");
    let title = "Through a coordinator of Citus";
    let Some(nodes) = start_with(&server, SERVER) else {
        eprintln!("SKIPPED: Citus is not installed");
        return Ok(Part {
            text: "Not measured: Citus is not installed.".to_owned(),
            title,
            ..Part::default()
        });
    };
    progress("a table on two workers");
    build(&nodes)?;
    let (mut rows, mut cells) = (Vec::new(), Vec::new());
    for (sees, key, owners) in CALLERS {
        let owned: Vec<String> = owners.clone().map(|owner| owner.to_string()).collect();
        let condition = format!("l.owner_id = ANY ('{{{}}}')", owned.join(","));
        let mut by_hand = nodes[0].connect("crm", "app");
        let mut sharing = nodes[0].connect("crm", "app");
        // A row of the first of them.
        let id = (1..=OWNERS).find(|n| n * 7919 % OWNERS == owners.start);
        for (what, query) in QUERIES {
            let writes = query.starts_with("UPDATE");
            let asked = |table: &str, condition: &str| {
                let others = match (writes, query.contains("k.")) {
                    (true, _) => format!("{table} l SET amount = amount WHERE {condition}"),
                    (false, true) => format!("{table} l, kinds k WHERE {condition}"),
                    (false, false) => format!("{table} l WHERE {condition}"),
                };
                let id = id.unwrap_or_default().to_string();
                query.replace("{t}", &others).replace("{id}", &id)
            };
            // What is written is undone, in the transaction that `compare` begins.
            let [begin, commit] = match writes {
                true => ["", ""],
                false => ["BEGIN; ", "; COMMIT"],
            };
            let texts = [
                format!("{begin}{}{commit}", asked("leads_twin", &condition)),
                format!(
                    "{begin}SET LOCAL sharing.user_key = '{key}'; {}{commit}",
                    asked("leads", "true")
                ),
            ];
            let [by_hand, sharing] = compare([&mut by_hand, &mut sharing], &texts, writes)
                .map_err(|error| format!("{sees}, {what}: {error}"))?;
            let cell = Cell {
                sees: sees.to_owned(),
                what: what.to_owned(),
                by_hand,
                sharing,
                with_keys: None,
            };
            let ratio = format!("{:.2}", cell.ratio());
            eprintln!(
                "  {sees}, {what}: {}  {}  {ratio}",
                number(by_hand),
                number(sharing)
            );
            rows.push([
                sees.to_owned(),
                what.to_owned(),
                number(by_hand),
                number(sharing),
                ratio,
            ]);
            cells.push(cell);
        }
    }
    let text = format!(
        "{} rows of 2,000 owners in four shards on two workers, on one machine. Each question in a transaction of its own, with\n\
        pg_sharing beginning with SET LOCAL.\n\n{}",
        leads(),
        table(
            2,
            ["sees", "statement", "by hand", "pg_sharing", "ratio"],
            &rows
        )
    );
    Ok(Part {
        text,
        title,
        cells,
        ..Part::default()
    })
}

fn leads() -> u32 {
    size("BENCH_LEADS", 400_000)
}

fn build(nodes: &[Node]) -> Result<()> {
    let mut admin = nodes[0].admin();
    let leads = leads();
    for statement in [
        &format!(
            "SELECT sharing.create_role('Head'), sharing.create_role('Lead', 'Head'), sharing.create_role('Rep', 'Lead'), sharing.create_role('Others', 'Head');
            SELECT sharing.create_user(n::text, 'user ' || n, CASE WHEN n = 0 THEN 'Head' WHEN n = 1 THEN 'Lead' WHEN n <= 100 THEN 'Rep' ELSE 'Others' END)
            FROM generate_series(0, {OWNERS} - 1) n"
        ),
        "CREATE TABLE kinds (id integer PRIMARY KEY, name text); INSERT INTO kinds SELECT n, 'kind ' || n FROM generate_series(0, 19) n",
        "CREATE TABLE leads (id bigint PRIMARY KEY, owner_id integer, kind integer, created_at timestamptz, name text, amount integer);
        CREATE INDEX ON leads (owner_id); CREATE INDEX ON leads (created_at DESC, id)",
        "CREATE TABLE leads_twin (LIKE leads INCLUDING ALL)",
        "SELECT create_reference_table('kinds')",
        "SELECT create_distributed_table('leads', 'id')",
        "SELECT create_distributed_table('leads_twin', 'id', colocate_with => 'leads')",
        &format!(
            "INSERT INTO leads SELECT n, (n::bigint * 7919) % {OWNERS}, n % 20, '2024-01-01'::timestamptz + n * interval '1 minute', 'lead ' || n, n % 1000
            FROM generate_series(1, {leads}) n"
        ),
        "INSERT INTO leads_twin SELECT * FROM leads",
        "VACUUM ANALYZE leads",
        "VACUUM ANALYZE leads_twin",
        "GRANT SELECT, UPDATE ON leads, leads_twin TO app; GRANT SELECT ON kinds TO app",
        "SELECT sharing.protect('leads', 'owner_id')",
    ] {
        execute(&mut admin, statement);
    }
    for (n, worker) in nodes[1..].iter().enumerate() {
        worker.subscribe(&nodes[0], &format!("worker_{n}"));
    }
    nodes[0].waits_for("worker_0, worker_1", 2);
    execute(
        &mut admin,
        "SET synchronous_commit = remote_apply; SELECT sharing.rename_role('Others', 'Others of them')",
    );
    Ok(())
}
