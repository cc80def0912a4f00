//! The same queries on ever larger tables of the same owners.

use crate::plot::{Line, Panel, Plot};
use crate::report::{Part, Target, number, table, thousands};
use crate::world::{
    CALLERS, Caller, OWNERS, connect, create_database, number as wished, owners_seen_by, people,
    progress,
};
use crate::{REPETITIONS, Result, answer, median, milliseconds};
use postgres::Client;
use std::time::Duration;

const DATABASE: &str = "bench_growth";
const SIZES: usize = 3;
const SEES: [&str; 4] = ["1 owner", "50 owners", "1,000 owners", "10,000 owners"];
const QUERIES: [(&str, &str); 3] = [
    ("by key", "SELECT * FROM {leads} AND id = {key}"),
    (
        "newest 50",
        "SELECT * FROM {leads} ORDER BY created_at DESC LIMIT 50",
    ),
    ("count(*)", "SELECT count(*) FROM {leads}"),
];
const TIME_PER_CELL: Duration = Duration::from_millis(1500);

/// One caller and one query; medians in milliseconds, from the smallest table to the largest.
struct Series {
    sees: &'static str,
    what: &'static str,
    by_hand: [f64; SIZES],
    sharing: [f64; SIZES],
    /// How many rows he sees.
    rows: [u64; SIZES],
}

pub fn measure() -> Result<Part> {
    let largest = u64::from(wished("BENCH_GROWTH", 10_000_000));
    let sizes: [u64; SIZES] = [largest / 100, largest / 10, largest];
    create_database(DATABASE)?;
    let mut admin = connect(DATABASE, "postgres")?;
    progress("users and roles");
    people(&mut admin)?;
    admin.batch_execute("SELECT sharing.trust('bench_app')")?;
    let mut all = Vec::new();
    for sees in SEES {
        for (what, _) in QUERIES {
            all.push(Series {
                sees,
                what,
                by_hand: [0.0; SIZES],
                sharing: [0.0; SIZES],
                rows: [0; SIZES],
            });
        }
    }
    for (n, size) in sizes.into_iter().enumerate() {
        progress(&format!("{} leads", thousands(size)));
        fill(&mut admin, size)?;
        measure_table(&mut admin, n, size, &mut all)?;
    }
    report(sizes, &all)
}

fn fill(admin: &mut Client, size: u64) -> Result<()> {
    let leads = format!("leads_{size}");
    admin.batch_execute(&format!(
        "CREATE UNLOGGED TABLE {leads} (id bigint, owner_id bigint, amount integer, created_at timestamptz);
        SELECT setseed(0.5);
        INSERT INTO {leads}
        SELECT id, 1 + floor(random() * {OWNERS}), id % 1000,
            timestamptz '2020-01-01' + (random() * 157680000 + id * 0.000001) * interval '1 second'
        FROM generate_series(1, {size}) id;
        SET maintenance_work_mem = '512MB';
        ALTER TABLE {leads} ADD PRIMARY KEY (id);
        CREATE INDEX ON {leads} (owner_id);
        CREATE INDEX ON {leads} (created_at);
        GRANT SELECT ON {leads} TO bench_app;
        SELECT sharing.protect('{leads}', 'owner_id')"
    ))?;
    admin.batch_execute(&format!("VACUUM (FREEZE, ANALYZE) {leads}"))?;
    Ok(())
}

/// By hand is the superuser, for whom policies do not hold.
fn measure_table(admin: &mut Client, n: usize, size: u64, all: &mut [Series]) -> Result<()> {
    let is_asked = |caller: &&Caller| SEES.contains(&caller.name);
    for caller in CALLERS.iter().filter(is_asked) {
        let owners = owners_seen_by(admin, caller)?;
        let mut client = connect(DATABASE, "bench_app")?;
        client.batch_execute(&format!("SET sharing.user_key = '{}'", caller.key))?;
        let table = format!("leads_{size}");
        let row = client.query_one(
            &format!("SELECT count(*), coalesce(max(id), 1) FROM {table}"),
            &[],
        )?;
        let (rows, key): (i64, i64) = (row.get(0), row.get(1));
        for series in all.iter_mut().filter(|series| series.sees == caller.name) {
            let query = QUERIES.iter().find(|query| query.0 == series.what);
            let query = query.map_or("", |query| query.1);
            let text = |condition: &str| {
                let query = query.replace("{leads}", &format!("{table} WHERE {condition}"));
                query.replace("{key}", &key.to_string())
            };
            let by_hand = text(&format!("owner_id = ANY ('{{{owners}}}'::bigint[])"));
            let [by_hand, sharing] = compare(admin, &by_hand, &mut client, &text("true"))
                .map_err(|error| format!("{table}, {}, {}: {error}", series.sees, series.what))?;
            eprintln!(
                "  {}, {}: {}  {}",
                series.sees,
                series.what,
                number(by_hand),
                number(sharing)
            );
            series.rows[n] = rows as u64;
            series.by_hand[n] = by_hand;
            series.sharing[n] = sharing;
        }
    }
    Ok(())
}

fn compare(
    admin: &mut Client,
    by_hand: &str,
    client: &mut Client,
    sharing: &str,
) -> Result<[f64; 2]> {
    answer(admin, by_hand)?;
    answer(client, sharing)?;
    let (one, other) = (answer(admin, by_hand)?, answer(client, sharing)?);
    if one.1 != other.1 {
        return Err("another answer than by hand".into());
    }
    let round = one.0 + other.0;
    let repetitions = (TIME_PER_CELL.as_secs_f64() / round.as_secs_f64()) as u32;
    let mut times = [Vec::new(), Vec::new()];
    for n in 0..repetitions.clamp(*REPETITIONS.start(), *REPETITIONS.end()) {
        for turn in 0..2 {
            match (n + turn) % 2 {
                0 => times[0].push(answer(admin, by_hand)?.0),
                _ => times[1].push(answer(client, sharing)?.0),
            }
        }
    }
    Ok(times.map(|times| milliseconds(median(times))))
}

fn report(sizes: [u64; SIZES], all: &[Series]) -> Result<Part> {
    let names = sizes.map(thousands);
    let [small, medium, large] = &names;
    let [of_hand, of_sharing] = ["by hand", "pg_sharing"].map(|what| format!("{what}: {small}"));
    let heads: [&str; 9] = [
        "query",
        "sees",
        "rows seen",
        &of_hand,
        medium,
        large,
        &of_sharing,
        medium,
        large,
    ];
    let mut rows = Vec::new();
    for (what, _) in QUERIES {
        for series in all.iter().filter(|series| series.what == what) {
            let [h1, h2, h3] = series.by_hand.map(number);
            let [s1, s2, s3] = series.sharing.map(number);
            let seen = series.rows.map(thousands).join(", ");
            rows.push([
                what.to_owned(),
                series.sees.to_owned(),
                seen,
                h1,
                h2,
                h3,
                s1,
                s2,
                s3,
            ]);
        }
    }
    Ok(Part {
        title: "Growing tables",
        text: format!(
            "{small}, {medium} and {large} leads of {} owners. By hand is a superuser on the same table, with the owners typed\n\
            in. The newest 50 of somebody who sees little are sorted out of all that he sees, until walking\n\
            through the newest of all is cheaper: they grow with his rows, not with the table.\n\n\
            ![Time of three queries by size of the table](growth.svg)\n\n{}",
            thousands(OWNERS.into()),
            table(2, heads, &rows)
        ),
        targets: targets(sizes, all),
        picture: Some(("growth.svg", plot(sizes, all).svg()?)),
        ..Part::default()
    })
}

/// So much longer is still flat: a deeper index, and memory that is further away.
const FLAT: f64 = 1.5;
const FLAT_MORE: f64 = 0.1;

fn targets(sizes: [u64; SIZES], all: &[Series]) -> Vec<Target> {
    let last = SIZES - 1;
    let growth = |times: &[f64; SIZES], from: usize| times[last] / times[from];
    let mut targets = Vec::new();
    for what in ["by key", "newest 50"] {
        let is_grown = |series: &&Series| {
            let times = &series.sharing;
            series.what == what && growth(times, 0) > FLAT && times[last] > times[0] + FLAT_MORE
        };
        let grown: Vec<String> = all
            .iter()
            .filter(is_grown)
            .map(|series| {
                format!(
                    "{}: {:.1} times, {:+.2} ms, by hand {:.1} times, {:+.2} ms",
                    series.sees,
                    growth(&series.sharing, 0),
                    series.sharing[last] - series.sharing[0],
                    growth(&series.by_hand, 0),
                    series.by_hand[last] - series.by_hand[0]
                )
            })
            .collect();
        let is_flat = grown.is_empty();
        let more = |times: &[f64; SIZES]| times[last] - times[0];
        let grows_as_much = |series: &Series| {
            more(&series.sharing) <= more(&series.by_hand).max(0.0) * 1.25 + FLAT_MORE
        };
        let is_as_by_hand = all.iter().filter(is_grown).all(grows_as_much);
        let target = Target::new(
            &format!(
                "{what}, from {} to {} leads",
                thousands(sizes[0]),
                thousands(sizes[last])
            ),
            &format!("flat: at most {FLAT} times or +{FLAT_MORE} ms"),
            if is_flat {
                "flat".to_owned()
            } else {
                grown.join("; ")
            },
            is_flat,
        );
        targets.push(target.also_by_hand(
            is_as_by_hand,
            "PostgreSQL sorts what somebody sees, until walking through the newest of all is cheaper",
        ));
    }
    // Per row that is seen. The smallest table fits into the processor's own memory.
    let per_row = |series: &Series, times: &[f64; SIZES]| {
        growth(times, 1) * series.rows[1] as f64 / series.rows[last].max(1) as f64
    };
    let counts = all.iter().filter(|series| series.what == "count(*)");
    let worst = counts.max_by(|a, b| per_row(a, &a.sharing).total_cmp(&per_row(b, &b.sharing)));
    if let Some(worst) = worst {
        let value = per_row(worst, &worst.sharing);
        targets.push(Target::new(
            &format!(
                "count(*) per row seen, from {} to {} leads",
                thousands(sizes[1]),
                thousands(sizes[last])
            ),
            &format!("proportional: at most {FLAT} times"),
            format!(
                "{value:.2} times ({}), by hand {:.2} times",
                worst.sees,
                per_row(worst, &worst.by_hand)
            ),
            value <= FLAT,
        ));
    }
    targets
}

fn plot(sizes: [u64; SIZES], all: &[Series]) -> Plot {
    let panels = QUERIES.map(|(what, _)| {
        let of_query = all.iter().filter(|series| series.what == what);
        let lines = of_query.flat_map(|series| {
            [(false, series.sharing), (true, series.by_hand)].map(|(is_dashed, times)| Line {
                name: series.sees,
                is_dashed,
                points: sizes
                    .map(|size| size as f64)
                    .into_iter()
                    .zip(times)
                    .collect(),
            })
        });
        Panel {
            title: what,
            lines: lines.collect(),
        }
    });
    Plot {
        title: "Time of a query by size of the table and by what its caller sees".to_owned(),
        of_x: "leads",
        of_y: "milliseconds",
        solid: "pg_sharing",
        dashed: "by hand",
        panels: panels.into(),
    }
}
