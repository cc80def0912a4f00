//! What the size of the organization costs: its import, planning, parallel queries.

use crate::company_world::{Company, Person};
use crate::report::{Part, Target, number, table, thousands};
use crate::world::{TWIN, progress};
use crate::{Result, Spread, answer, median, milliseconds};
use postgres::Client;
use std::time::Duration;

const PLANS: usize = 101;
const PARALLEL: usize = 11;

pub fn measure(company: &Company) -> Result<Part> {
    let mut part = Part {
        text: introduction(company),
        title: "A large company",
        targets: vec![
            Target::milliseconds(
                &format!(
                    "import_config() of {} users",
                    thousands(company.users.into())
                ),
                10_000.0,
                company.import.median,
            ),
            Target::milliseconds(
                "apply_rules() of 1,000 rules",
                1_000.0,
                company.apply.median,
            ),
        ],
        ..Part::default()
    };
    planning(company, &mut part)?;
    parallel(company, &mut part)?;
    Ok(part)
}

fn introduction(company: &Company) -> String {
    let people: Vec<_> = company
        .people
        .iter()
        .map(|person| [person.sees.to_owned(), thousands(person.owners as u64)])
        .collect();
    let [import, apply] = [
        ("import_config()", company.import),
        ("apply_rules()", company.apply),
    ]
    .map(|(what, spread)| {
        [
            what.to_owned(),
            number(spread.median),
            number(spread.longest),
        ]
    });
    format!(
        "{} users, 1,000 roles, 1,000 groups, 1,000 rules, 50 offices of which ten are closed; {} leads.\n\
        Who is who, and how many owners' leads he sees:\n\n{}\n\
        The import of all that, and its application:\n\n{}",
        thousands(company.users.into()),
        thousands(company.leads.into()),
        table(1, ["sees", "owners"], &people),
        table(1, ["", "median", "longest"], &[import, apply]),
    )
}

/// "Planning Time" of a query by key, on connections that have planned it before.
fn planning(company: &Company, part: &mut Part) -> Result<()> {
    progress("planning");
    let mut sessions = Vec::new();
    for person in &company.people {
        sessions.push((company.session(&person.key)?, person, Vec::new()));
    }
    for n in 0..PLANS + 10 {
        for (client, person, times) in &mut sessions {
            let text = format!(
                "EXPLAIN (SUMMARY) SELECT * FROM leads WHERE id = {}",
                person.record
            );
            let lines = answer(client, &text)?.1;
            let time = lines
                .iter()
                .find_map(|line| line.strip_prefix("Planning Time: "));
            let time = time.and_then(|time| time.strip_suffix(" ms"));
            let time: f64 = time.ok_or("EXPLAIN tells no planning time")?.parse()?;
            if n >= 10 {
                times.push(std::time::Duration::from_secs_f64(time / 1000.0));
            }
        }
    }
    let plans = sessions
        .into_iter()
        .map(|(_, person, times)| (person.sees, Spread::of(times)));
    let plans: Vec<(&str, Spread)> = plans.collect();
    let of = |sees| {
        plans
            .iter()
            .find(|plan| plan.0 == sees)
            .map(|plan| plan.1.median)
    };
    let (Some(one), Some(many)) = (of("his own"), of("thousands")) else {
        return Err("nobody plans".into());
    };
    part.targets.push(Target::more(
        &format!(
            "planning by key, {} owners against one",
            thousands(company.person("thousands")?.owners as u64)
        ),
        0.1,
        many - one,
    ));
    let rows: Vec<_> = plans
        .iter()
        .map(|(sees, plan)| {
            [
                (*sees).to_owned(),
                number(plan.median),
                number(plan.longest),
            ]
        })
        .collect();
    part.text.push_str(&format!(
        "\nPlanning a query by key, as EXPLAIN tells it, on a warm connection:\n\n{}",
        table(1, ["sees", "median", "longest"], &rows)
    ));
    Ok(())
}

const QUERY: &str = "SELECT sum(amount) FROM leads";
const SERIAL: &str = "SET max_parallel_workers_per_gather = 0";
const OFFERED: &str = "SET max_parallel_workers_per_gather = 2";
const FORCED: &str = "SET max_parallel_workers_per_gather = 2; SET parallel_setup_cost = 0;
    SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET min_parallel_index_scan_size = 0";

/// All rows with a sum that needs the table itself: serial, parallel where the planner wants to, and
/// parallel where it can.
fn parallel(company: &Company, part: &mut Part) -> Result<()> {
    let mut rows = Vec::new();
    let (mut offered, mut forced) = (Slower::default(), Slower::default());
    for person in company.people.iter().filter(|person| person.owners > 0) {
        progress(&format!("parallel, {}", person.sees));
        let [serial, when_offered, when_forced] = parallel_cells(company, person)?;
        rows.push(parallel_row(person, "serial", &serial));
        for (slower, what, setting, cell) in [
            (&mut offered, "2 workers offered", OFFERED, when_offered),
            (&mut forced, "forced", FORCED, when_forced),
        ] {
            rows.push(parallel_row(person, what, &cell));
            if cell.sum != serial.sum {
                return Err(format!("{}, {what}: another sum", person.sees).into());
            }
            for (when, parallel, serial) in [
                ("first", cell.first.median, serial.first.median),
                ("warm", cell.warm.median, serial.warm.median),
            ] {
                // Below, starting workers is the larger part. Less of a difference is chance.
                let is_slower = serial >= 50.0 && parallel > serial * ALLOWED_SLOWNESS;
                if cell.plan.starts_with("parallel") && is_slower {
                    let [sharing, by_hand] = slowness(company, person, setting, &cell.plan)?;
                    if when == "warm" && sharing <= ALLOWED_SLOWNESS {
                        continue;
                    }
                    slower.where_by_hand_is_not |= sharing > by_hand * ALLOWED_SLOWNESS;
                    slower.cells.push(format!(
                        "{}, {when} ({} to {}), once more {sharing:.2} times, by hand {by_hand:.2} times",
                        person.sees,
                        number(parallel),
                        number(serial)
                    ));
                }
            }
        }
    }
    for (slower, what) in [offered, forced].into_iter().zip([
        "parallel plans slower by 5 % than serial ones that take 50 ms or more",
        "the same of plans that are forced",
    ]) {
        let is_met = slower.cells.is_empty();
        let value = if is_met {
            "none".to_owned()
        } else {
            slower.cells.join("; ")
        };
        let target = Target::new(what, "none", value, is_met);
        part.targets.push(target.also_by_hand(
            !slower.where_by_hand_is_not,
            "the planner takes workers for cheaper than they are on these processors",
        ));
    }
    part.text.push_str(&format!(
        "\n`{QUERY}`, the first statement of a connection and warm ones. Forced: what parallel plans cost is\n\
        set to nothing, for the planner to choose one.\n\n{}",
        table(
            3,
            ["sees", "workers", "plan", "first", "longest", "warm", "longest"],
            &rows
        )
    ));
    Ok(())
}

/// So many times as long is still no slower.
const ALLOWED_SLOWNESS: f64 = 1.05;

/// Cells in which parallel plans are slower than serial ones.
#[derive(Default)]
struct Slower {
    cells: Vec<String>,
    where_by_hand_is_not: bool,
}

/// How many times as long a warm statement takes with workers: by pg_sharing, and where the owners
/// are typed in, by the same kind of plan; all measured in turns.
fn slowness(company: &Company, person: &Person, setting: &str, plan: &str) -> Result<[f64; 2]> {
    let other_kind = match plan.contains("bitmap") {
        true => "enable_seqscan",
        false => "enable_bitmapscan",
    };
    let owners: String = company
        .session(&person.key)?
        .query_one(
            "SELECT string_agg(DISTINCT owner_id::text, ',') FROM leads",
            &[],
        )?
        .get(0);
    let by_hand =
        format!("SELECT sum(amount) FROM {TWIN} WHERE owner_id = ANY ('{{{owners}}}'::bigint[])");
    let mut sessions = Vec::new();
    for query in [QUERY, by_hand.as_str()] {
        for setting in [SERIAL, setting] {
            let mut client = match query == QUERY {
                true => company.session(&person.key)?,
                false => company.connect("bench_owner")?,
            };
            client.batch_execute(&format!("{setting}; SET {other_kind} = off"))?;
            answer(&mut client, query)?;
            sessions.push((client, query, Vec::new()));
        }
    }
    for _ in 0..2 * PARALLEL {
        for (client, query, times) in &mut sessions {
            times.push(answer(client, query)?.0);
        }
    }
    let times: Vec<f64> = sessions
        .into_iter()
        .map(|(_, _, times)| milliseconds(median(times)))
        .collect();
    match times[..] {
        [serial, parallel, serial_by_hand, parallel_by_hand] => {
            Ok([parallel / serial, parallel_by_hand / serial_by_hand])
        }
        _ => Err("nothing was measured".into()),
    }
}

struct ParallelCell {
    plan: String,
    first: Spread,
    warm: Spread,
    sum: Vec<String>,
}

/// Without workers, with some offered, and forced: measured in turns.
fn parallel_cells(company: &Company, person: &Person) -> Result<[ParallelCell; 3]> {
    let settings = [SERIAL, OFFERED, FORCED];
    let mut times: [(Vec<Duration>, Vec<Duration>); 3] = Default::default();
    let mut sessions = Vec::new();
    for _ in 0..PARALLEL {
        sessions.clear();
        for ((first, _), setting) in times.iter_mut().zip(settings) {
            let mut client = company.session(&person.key)?;
            client.batch_execute(setting)?;
            let (time, sum) = answer(&mut client, QUERY)?;
            first.push(time);
            sessions.push((client, sum));
        }
    }
    for _ in 0..PARALLEL {
        for ((_, warm), (client, _)) in times.iter_mut().zip(&mut sessions) {
            warm.push(answer(client, QUERY)?.0);
        }
    }
    let mut cells = Vec::new();
    for ((first, warm), (mut client, sum)) in times.into_iter().zip(sessions) {
        cells.push(ParallelCell {
            plan: plan(&mut client)?,
            first: Spread::of(first),
            warm: Spread::of(warm),
            sum,
        });
    }
    let cells = cells.try_into();
    cells.map_err(|_| "nothing was measured".into())
}

/// What the plan is, in a few words.
fn plan(client: &mut Client) -> Result<String> {
    let lines = answer(client, &format!("EXPLAIN (COSTS OFF) {QUERY}"))?.1;
    let is_parallel = lines.iter().any(|line| line.contains("Gather"));
    let scan = lines.iter().find_map(|line| {
        let node = line.trim_start().trim_start_matches("->").trim_start();
        let (kind, _) = node.split_once(" on leads")?;
        let kind = kind.split_once(" using").map_or(kind, |(kind, _)| kind);
        Some(kind.trim_start_matches("Parallel ").to_lowercase())
    });
    let scan = scan.unwrap_or_else(|| "no scan".to_owned());
    Ok(match is_parallel {
        true => format!("parallel {scan}"),
        false => scan,
    })
}

fn parallel_row(person: &Person, workers: &str, cell: &ParallelCell) -> [String; 7] {
    [
        person.sees.to_owned(),
        workers.to_owned(),
        cell.plan.clone(),
        number(cell.first.median),
        number(cell.first.longest),
        number(cell.warm.median),
        number(cell.warm.longest),
    ]
}
