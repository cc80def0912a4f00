//! A search box: conditions with operators that PostgreSQL does not call leakproof, by hand, with these
//! operators named safe for searches, and without.

use crate::report::{Cell, Part, number, table};
use crate::world::{connect, create_database, progress, take_statistics};
use crate::{Result, Times, compare};
use postgres::Client;

const DATABASE: &str = "bench_search";
const OWNERS: u32 = 2_000;
const LETTERS: u32 = 200_000;

/// Whose letters each caller sees, by their numbers.
const CALLERS: [(&str, u32, &str); 3] = [
    ("1 owner", 150, "{150}"),
    (
        "100 owners",
        1,
        "SELECT array_agg(n) FROM generate_series(1, 100) n",
    ),
    (
        "2,000 owners",
        0,
        "SELECT array_agg(n) FROM generate_series(0, 1999) n",
    ),
];

/// What is searched for; `{letters}` is the table with the caller's condition.
const SEARCHES: [(&str, &str); 5] = [
    (
        "full text, 40 of 200,000",
        "SELECT count(*), min(id) FROM {letters} AND words @@ websearch_to_tsquery('english', 'word4711')",
    ),
    (
        "ILIKE, 40 of 200,000",
        "SELECT count(*), min(id) FROM {letters} AND body ILIKE '%WORD4711 %'",
    ),
    (
        "numeric key",
        "SELECT count(*), min(id) FROM {letters} AND number = 2150.5",
    ),
    (
        "jsonb, 40 of 200,000",
        "SELECT count(*), min(id) FROM {letters} AND data @> '{\"n\": 4711}'",
    ),
    (
        "full text, 20,000 of 200,000",
        "SELECT count(*), min(id) FROM {letters} AND words @@ websearch_to_tsquery('english', 'tenth')",
    ),
];

pub fn measure() -> Result<Part> {
    create_database(DATABASE)?;
    progress("letters");
    let mut admin = connect(DATABASE, "postgres")?;
    build(&mut admin)?;
    let without = everything(&mut admin)?;
    admin.batch_execute("SELECT count(*) FROM sharing.enable_search()")?;
    let named = everything(&mut admin)?;
    let (mut rows, mut cells) = (Vec::new(), Vec::new());
    let questions = CALLERS
        .iter()
        .flat_map(|(sees, ..)| SEARCHES.map(|(what, _)| (*sees, what)));
    for (((sees, what), [_, unnamed]), [by_hand, sharing]) in questions.zip(without).zip(named) {
        let cell = Cell::new(sees, what, [by_hand, sharing]);
        rows.push([
            cell.sees.clone(),
            cell.what.clone(),
            number(by_hand),
            number(sharing),
            number(unnamed),
            format!("{:.2}", cell.ratio()),
        ]);
        cells.push(cell);
    }
    let text = format!(
        "200,000 letters of 2,000 owners, with GIN indexes on a stored tsvector, on trigrams and on jsonb, and\n\
        a numeric key. *Named*: after `enable_search()`; *not named*: before it, as PostgreSQL has it under any policy.\n\n{}",
        table(
            2,
            ["sees", "search", "by hand", "named", "not named", "ratio"],
            &rows
        )
    );
    Ok(Part {
        text,
        title: "Searches",
        cells,
        ..Part::default()
    })
}

fn build(admin: &mut Client) -> Result<()> {
    admin.batch_execute(&format!(
        "CREATE EXTENSION pg_trgm;
        SELECT sharing.trust('bench_app'), sharing.create_role('Head'), sharing.create_role('Lead', 'Head'), sharing.create_role('Rep', 'Lead'), sharing.create_role('Others', 'Head');
        SELECT sharing.create_user(n::text, 'user ' || n, CASE WHEN n = 0 THEN 'Head' WHEN n = 1 THEN 'Lead' WHEN n <= 100 THEN 'Rep' ELSE 'Others' END)
        FROM generate_series(0, {OWNERS} - 1) n;
        CREATE TABLE letters (id bigint, owner_id integer, number numeric PRIMARY KEY, body text, data jsonb,
            words tsvector GENERATED ALWAYS AS (to_tsvector('english', body)) STORED);
        INSERT INTO letters SELECT n, (n * 7919) % {OWNERS}, n + 0.5,
            'Dear word' || (n * 31) % 5000 || ' and word' || (n * 37) % 4999 || CASE WHEN n % 10 = 0 THEN ' tenth' ELSE '' END || ' of the letters', jsonb_build_object('n', (n * 41) % 5000)
        FROM generate_series(1, {LETTERS}) n;
        CREATE TABLE letters_twin (LIKE letters INCLUDING GENERATED INCLUDING STORAGE);
        INSERT INTO letters_twin SELECT id, owner_id, number, body, data FROM letters;
        ALTER TABLE letters_twin ADD PRIMARY KEY (number)"
    ))?;
    for table in ["letters", "letters_twin"] {
        admin.batch_execute(&format!(
            "CREATE INDEX ON {table} (owner_id); CREATE INDEX ON {table} USING gin (words); CREATE INDEX ON {table} USING gin (body gin_trgm_ops); CREATE INDEX ON {table} USING gin (data); ALTER TABLE {table} OWNER TO bench_owner"
        ))?;
        admin.batch_execute(&format!("VACUUM (FREEZE, ANALYZE) {table}"))?;
    }
    take_statistics(admin, "letters", "letters_twin")?;
    admin.batch_execute(
        "GRANT SELECT ON letters, letters_twin TO PUBLIC; SELECT sharing.protect('letters', 'owner_id'); CHECKPOINT",
    )?;
    Ok(())
}

/// All searches of all callers.
fn everything(admin: &mut Client) -> Result<Vec<Times>> {
    let mut times = Vec::new();
    for (sees, key, owners) in CALLERS {
        let owners = match owners.strip_prefix('{') {
            Some(_) => owners.to_owned(),
            None => {
                let row = admin.query_one(&format!("SELECT ({owners})::text"), &[])?;
                row.get(0)
            }
        };
        let mut by_hand = connect(DATABASE, "bench_owner")?;
        let mut sharing = connect(DATABASE, "bench_app")?;
        sharing.batch_execute(&format!("SET sharing.user_key = '{key}'"))?;
        for (what, search) in SEARCHES {
            let typed = format!("letters_twin WHERE owner_id = ANY ('{owners}')");
            let texts = [
                search.replace("{letters}", &typed),
                search.replace("{letters}", "letters WHERE true"),
            ];
            let found = compare([&mut by_hand, &mut sharing], &texts, false)
                .map_err(|error| format!("{sees}, {what}: {error}"))?;
            eprintln!("  {sees}, {what}: {}", found.map(number).join("  "));
            times.push(found);
        }
    }
    Ok(times)
}
