//! Statements that are over in a moment: what a table costs that is protected, in planning and in running.

use crate::report::{Part, table};
use crate::world::{connect, create_database, progress, take_statistics};
use crate::{Result, compare_for};
use postgres::Client;

const DATABASE: &str = "bench_small";
const TABLES: u32 = 8;
const ROWS: u32 = 200_000;
const OWNERS: u32 = 2_000;
/// Executions in one call of a function.
const TURNS: u32 = 1_000;

/// Whose rows each caller sees, by their numbers.
const CALLERS: [(&str, u32, std::ops::Range<u32>); 3] = [
    ("1 owner", 150, 150..151),
    ("100 owners", 1, 1..101),
    ("2,000 owners", 0, 0..OWNERS),
];

pub fn measure() -> Result<Part> {
    create_database(DATABASE)?;
    progress("eight tables");
    let mut admin = connect(DATABASE, "postgres")?;
    build(&mut admin)?;
    let (mut rows, mut cells) = (Vec::new(), Vec::new());
    for (sees, key, owners) in CALLERS {
        let owners: Vec<String> = owners.map(|owner| owner.to_string()).collect();
        let condition = format!("owner_id = ANY ('{{{}}}')", owners.join(","));
        let mut by_hand = connect(DATABASE, "bench_owner")?;
        let mut sharing = connect(DATABASE, "bench_app")?;
        sharing.batch_execute(&format!("SET sharing.user_key = '{key}'"))?;
        for (what, typed, ours) in statements(&condition) {
            let sessions = [&mut by_hand, &mut sharing];
            let cell = compare_for((sees, what), sessions, &[typed, ours], false)?;
            rows.push(cell.row());
            cells.push(cell);
        }
    }
    let text = format!(
        "Eight tables of 200,000 rows of 2,000 owners. The loops are of a thousand turns.\n\n{}",
        table(
            2,
            ["sees", "statement", "by hand", "pg_sharing", "ratio"],
            &rows
        )
    );
    Ok(Part {
        text,
        title: "Small statements",
        cells,
        ..Part::default()
    })
}

fn build(admin: &mut Client) -> Result<()> {
    admin.batch_execute(&format!(
        "GRANT ALL ON SCHEMA public TO bench_owner;
        SELECT sharing.trust('bench_app'), sharing.create_role('Head'), sharing.create_role('Lead', 'Head'), sharing.create_role('Rep', 'Lead'), sharing.create_role('Others', 'Head');
        SELECT sharing.create_user(n::text, 'user ' || n, CASE WHEN n = 0 THEN 'Head' WHEN n = 1 THEN 'Lead' WHEN n <= 100 THEN 'Rep' ELSE 'Others' END)
        FROM generate_series(0, {OWNERS} - 1) n"
    ))?;
    for n in 1..=TABLES {
        let (table, twin) = (format!("t{n}"), format!("t{n}_twin"));
        admin.batch_execute(&format!(
            "CREATE TABLE {table} (id bigint PRIMARY KEY, owner_id integer, name text, amount integer);
            INSERT INTO {table} SELECT n, (n * 7919) % {OWNERS}, 'row ' || n, n % 1000 FROM generate_series(1, {ROWS}) n;
            CREATE INDEX ON {table} (owner_id);
            CREATE TABLE {twin} (LIKE {table} INCLUDING ALL);
            INSERT INTO {twin} SELECT * FROM {table};
            ALTER TABLE {table} OWNER TO bench_owner;
            ALTER TABLE {twin} OWNER TO bench_owner;
            GRANT SELECT ON {table}, {twin} TO PUBLIC"
        ))?;
        for table in [&table, &twin] {
            admin.batch_execute(&format!("VACUUM (FREEZE, ANALYZE) {table}"))?;
        }
        take_statistics(admin, &table, &twin)?;
        admin.batch_execute(&format!("SELECT sharing.protect('{table}', 'owner_id')"))?;
    }
    // Whose number is the rows' does not matter: most are somebody else's.
    admin.batch_execute(
        "CREATE FUNCTION loop_by_key(turns integer, owners integer[]) RETURNS bigint LANGUAGE plpgsql AS $$
            DECLARE found bigint := 0; one record;
            BEGIN FOR n IN 1..turns LOOP SELECT name INTO one FROM t1_twin WHERE id = n AND owner_id = ANY (owners); found := found + length(coalesce(one.name, '')); END LOOP; RETURN found; END$$;
        CREATE FUNCTION loop_by_key(turns integer) RETURNS bigint LANGUAGE plpgsql AS $$
            DECLARE found bigint := 0; one record;
            BEGIN FOR n IN 1..turns LOOP SELECT name INTO one FROM t1 WHERE id = n; found := found + length(coalesce(one.name, '')); END LOOP; RETURN found; END$$;
        CHECKPOINT",
    )?;
    Ok(())
}

/// What is asked, by hand and with pg_sharing.
fn statements(condition: &str) -> [(&'static str, String, String); 5] {
    let of_all = |suffix: &str, text: &dyn Fn(String) -> String, between: &str| {
        let each: Vec<String> = (1..=TABLES)
            .map(|n| text(format!("t{n}{suffix}")))
            .collect();
        each.join(between)
    };
    let union = |suffix: &str, condition: &str| {
        let one = |table| format!("SELECT id, name FROM {table} WHERE {condition}");
        let all = of_all(suffix, &one, " UNION ");
        format!("SELECT count(*) FROM ({all}) rows")
    };
    let by_key = |suffix: &str, condition: &str| {
        let one = |table| format!("(SELECT name FROM {table} WHERE id = 471 AND {condition})");
        format!("SELECT {}", of_all(suffix, &one, ", "))
    };
    let join = |suffix: &str, condition: &str| {
        let first = format!("t1{suffix}");
        let tables = of_all(suffix, &|table| table, ", ");
        let one = |table| {
            format!(
                "{table}.id = {first}.id AND {condition_of}",
                condition_of = condition.replace("owner_id", &format!("{table}.owner_id"))
            )
        };
        let conditions = of_all(suffix, &one, " AND ");
        format!("SELECT count(*) FROM {tables} WHERE {first}.id = 471 AND {conditions}")
    };
    let owners = condition
        .trim_start_matches("owner_id = ANY (")
        .trim_end_matches(')');
    [
        (
            "UNION of eight tables",
            union("_twin", condition),
            union("", "true"),
        ),
        (
            "eight tables by key",
            by_key("_twin", condition),
            by_key("", "true"),
        ),
        (
            "eight tables joined by key",
            join("_twin", condition),
            join("", "true"),
        ),
        (
            "one table by key",
            format!("SELECT name FROM t1_twin WHERE id = 471 AND {condition}"),
            "SELECT name FROM t1 WHERE id = 471".to_owned(),
        ),
        (
            "loop by key",
            format!("SELECT loop_by_key({TURNS}, {owners})"),
            format!("SELECT loop_by_key({TURNS})"),
        ),
    ]
}
