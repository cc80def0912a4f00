//! Rules with criteria: twenty of them over five different criteria, beside the same conditions typed by hand.

use crate::report::{Part, table};
use crate::world::{connect, create_database, number as number_of, progress, take_statistics};
use crate::{Result, compare_for};
use postgres::Client;

const DATABASE: &str = "bench_criteria";
/// Users 0 to 99 are representatives, all others but the last two are strangers to them.
const OWNERS: u32 = 2_000;
const REPS: u32 = 100;

/// As rules have them, and as somebody would type them. Of the deals they are met by about 1 in 100, 1 in 125, 1 in
/// 20, 1 in 1,000 and 1 in 5,000.
const CRITERIA: [(&str, &str); 5] = [
    (r#"{"status": "hot"}"#, "status = 'hot'"),
    (
        r#"{"region": ["EU", "UK"], "amount": {">=": 98000}}"#,
        "region IN ('EU', 'UK') AND amount >= 98000",
    ),
    (
        r#"{"closed_on": null, "status": {"<>": "hot"}}"#,
        "closed_on IS NULL AND status <> 'hot'",
    ),
    (r#"{"amount": {"<": 100}}"#, "amount < 100"),
    (r#"{"kind": {"like": "vip%"}}"#, "kind LIKE 'vip%'"),
];

/// Whose deals are shared with whom, of those that meet each of the criteria.
const RULES: [(&str, &str); 4] = [
    ("NULL", "role:Desk"),
    ("'role:Others'", "role:Lead"),
    ("'role:Others'", "role:Rep"),
    ("'role_and_subordinates:Lead'", "role:Others"),
];

/// Callers by their numbers, the owners whose deals they see whatever these are, and those whose deals they see by
/// criteria: everybody's, where that is empty.
const CALLERS: [(&str, u32, &str, &str); 4] = [
    (
        "1 owner and some of 101",
        1_500,
        "ARRAY[1500]",
        "numbers(0, 99) || 1998",
    ),
    (
        "1 owner and some of 1,898",
        50,
        "ARRAY[50]",
        "numbers(100, 1997)",
    ),
    (
        "101 owners and some of 1,898",
        1_998,
        "numbers(0, 99) || 1998",
        "numbers(100, 1997)",
    ),
    ("some of all", 1_999, "ARRAY[1999]", ""),
];

/// `{deals}` is the table with the caller's condition.
const QUERIES: [(&str, &str); 4] = [
    ("by key", "SELECT id, name FROM {deals} AND id = 47110"),
    (
        "newest 50",
        "SELECT id, created FROM {deals} ORDER BY created DESC LIMIT 50",
    ),
    ("count", "SELECT count(*), sum(amount) FROM {deals}"),
    (
        "search",
        "SELECT count(*), min(id) FROM {deals} AND name ILIKE '%4711%'",
    ),
];

pub fn measure() -> Result<Part> {
    create_database(DATABASE)?;
    progress("deals");
    let mut admin = connect(DATABASE, "postgres")?;
    let deals = number_of("BENCH_LEADS", 2_000_000);
    build(&mut admin, deals)?;
    let (mut rows, mut cells) = (Vec::new(), Vec::new());
    for (sees, key, own, by_criteria) in CALLERS {
        let mut list = |numbers: &str| -> Result<String> {
            let row = admin.query_one(&format!("SELECT ({numbers})::text"), &[])?;
            let numbers: String = row.get(0);
            Ok(format!("owner_id = ANY ('{numbers}')"))
        };
        let mut arms = vec![list(own)?];
        for (_, typed) in CRITERIA {
            arms.push(match by_criteria {
                "" => typed.to_owned(),
                owners => format!("{typed} AND {}", list(owners)?),
            });
        }
        let typed = format!("deals_twin WHERE ({})", arms.join(" OR "));
        let mut by_hand = connect(DATABASE, "bench_owner")?;
        let mut sharing = connect(DATABASE, "bench_app")?;
        sharing.batch_execute(&format!("SET sharing.user_key = '{key}'"))?;
        for (what, query) in QUERIES {
            let texts = [
                query.replace("{deals}", &typed),
                query.replace("{deals}", "deals WHERE true"),
            ];
            let cell = compare_for((sees, what), [&mut by_hand, &mut sharing], &texts, false)?;
            rows.push(cell.row());
            cells.push(cell);
        }
    }
    let text = format!(
        "{deals} deals of 2,000 owners, with indexes on the owner, the date, and the columns of which rules speak:\n\
        twenty rules over five different criteria.\n\n{}",
        table(
            2,
            ["sees", "query", "by hand", "pg_sharing", "ratio"],
            &rows
        )
    );
    Ok(Part {
        text,
        title: "Rules with criteria",
        cells,
        ..Part::default()
    })
}

fn build(admin: &mut Client, deals: u32) -> Result<()> {
    admin.batch_execute(&format!(
        "CREATE EXTENSION pg_trgm;
        CREATE FUNCTION numbers(integer, integer) RETURNS integer[] LANGUAGE sql AS 'SELECT array_agg(n) FROM generate_series($1, $2) n';
        SELECT sharing.trust('bench_app'), sharing.create_role('Lead'), sharing.create_role('Rep', 'Lead'), sharing.create_role('Others'), sharing.create_role('Desk');
        SELECT sharing.create_user(n::text, 'user ' || n, CASE WHEN n < {REPS} THEN 'Rep' WHEN n = {OWNERS} - 2 THEN 'Lead' WHEN n = {OWNERS} - 1 THEN 'Desk' ELSE 'Others' END)
        FROM generate_series(0, {OWNERS} - 1) n;
        CREATE TABLE deals (id bigint PRIMARY KEY, owner_id integer, created timestamptz, name text, status text, region text, amount integer, closed_on date, kind text);
        INSERT INTO deals SELECT n, (n * 7919) % {OWNERS}, '2020-01-01'::timestamptz + n * interval '1 minute', 'deal number ' || n,
            CASE WHEN n * 31 % 100 = 7 THEN 'hot' ELSE 'state ' || n % 6 END, (ARRAY['EU', 'UK', 'US', 'JP', 'BR'])[1 + n * 37 % 5], n * 104729 % 100000,
            CASE WHEN n * 41 % 20 > 0 THEN '2020-01-01'::date + (n % 1500)::integer END, CASE WHEN n * 43 % 5000 = 11 THEN 'vip ' || n ELSE 'kind ' || n % 50 END
        FROM generate_series(1::bigint, {deals}) n;
        CREATE TABLE deals_twin (LIKE deals INCLUDING ALL);
        INSERT INTO deals_twin SELECT * FROM deals"
    ))?;
    for table in ["deals", "deals_twin"] {
        admin.batch_execute(&format!(
            "CREATE INDEX ON {table} (owner_id); CREATE INDEX ON {table} (created); CREATE INDEX ON {table} (status); CREATE INDEX ON {table} (region, amount);
            CREATE INDEX ON {table} (amount); CREATE INDEX ON {table} (closed_on); CREATE INDEX ON {table} (kind text_pattern_ops);
            CREATE INDEX ON {table} USING gin (name gin_trgm_ops); ALTER TABLE {table} OWNER TO bench_owner"
        ))?;
        admin.batch_execute(&format!("VACUUM (FREEZE, ANALYZE) {table}"))?;
    }
    take_statistics(admin, "deals", "deals_twin")?;
    admin.batch_execute(
        "GRANT SELECT ON deals, deals_twin TO PUBLIC; SELECT sharing.protect('deals', 'owner_id'); SELECT count(*) FROM sharing.enable_search()",
    )?;
    for (criteria, _) in CRITERIA {
        for (owned_by, shared_with) in RULES {
            admin.batch_execute(&format!(
                "SELECT sharing.add_rule('deals', {owned_by}, '{shared_with}', 'read_only', criteria => '{criteria}')"
            ))?;
        }
    }
    admin.batch_execute("SELECT sharing.apply_rules(); CHECKPOINT")?;
    Ok(())
}
