//! What sharing costs: the same queries on the same data, filtered by pg_sharing and by hand, and what
//! grows with the organization and the tables. `make bench` runs it on a private server.

mod bulk;
mod carried;
mod changes;
mod citus;
mod company;
mod company_world;
mod criteria;
mod document;
mod first_queries;
mod growth;
mod leads;
mod plot;
mod report;
mod scenes;
mod search;
mod small;
mod switching;
mod world;

#[path = "../tests/support/mod.rs"]
mod support;

use crate::company_world::Company;
use crate::report::{Cell, Report, number};
use crate::world::{World, create_roles};
use postgres::{Client, SimpleQueryMessage};
use std::error::Error;
use std::time::{Duration, Instant};

pub type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// What `ONLY` may name.
const PARTS: [&str; 11] = [
    "leads",
    "scenes",
    "search",
    "criteria",
    "bulk",
    "small",
    "carried",
    "citus",
    "company",
    "switching",
    "growth",
];

/// A cell is measured for about this long, by all variants together.
pub const TIME_PER_CELL: Duration = Duration::from_millis(2500);
pub const REPETITIONS: std::ops::RangeInclusive<u32> = 5..=301;

fn main() -> Result<()> {
    let parts = parts()?;
    let wanted = |part: &str| parts.iter().any(|wanted| wanted == part);
    create_roles()?;
    let mut report = Report::new()?;
    if wanted("leads") || wanted("scenes") {
        let world = World::build()?;
        if wanted("leads") {
            report.add(leads::measure(&world)?);
        }
        if wanted("scenes") {
            report.add(scenes::measure(&world)?);
        }
    }
    if wanted("search") {
        report.add(search::measure()?);
    }
    if wanted("criteria") {
        report.add(criteria::measure()?);
    }
    if wanted("bulk") {
        report.add(bulk::measure()?);
    }
    if wanted("small") {
        report.add(small::measure()?);
    }
    if wanted("carried") {
        report.add(carried::measure()?);
    }
    if wanted("citus") {
        report.add(citus::measure()?);
    }
    if wanted("company") || wanted("switching") {
        let company = Company::build()?;
        if wanted("company") {
            report.add(company::measure(&company)?);
            report.add(changes::measure(&company)?);
        }
        if wanted("switching") {
            report.add(switching::measure(&company)?);
        }
        // Restarts the server.
        if wanted("company") {
            report.add(first_queries::measure(&company)?);
        }
    }
    if wanted("growth") {
        report.add(growth::measure()?);
    }
    report.publish(parts.len() == PARTS.len())
}

/// What to run: the parts in `ONLY`, or all.
fn parts() -> Result<Vec<String>> {
    let only = std::env::var("ONLY").unwrap_or_default();
    let mut parts: Vec<String> = only
        .split([' ', ','])
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect();
    parts.sort_unstable();
    parts.dedup();
    match parts.iter().find(|part| !PARTS.contains(&part.as_str())) {
        Some(part) => Err(format!("ONLY={part} is none of {}", PARTS.join(", ")).into()),
        None if parts.is_empty() => Ok(PARTS.map(str::to_owned).into()),
        None => Ok(parts),
    }
}

/// How long the server took, from the text of the statement to its last row.
pub fn answer(client: &mut Client, text: &str) -> Result<(Duration, Vec<String>)> {
    let begin = Instant::now();
    let messages = client.simple_query(text)?;
    let time = begin.elapsed();
    let rows = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => {
            let values: Vec<_> = (0..row.len())
                .map(|n| row.get(n).unwrap_or("NULL"))
                .collect();
            Some(values.join("|"))
        }
        _ => None,
    });
    Ok((time, rows.collect()))
}

/// Medians in milliseconds: by hand, with pg_sharing.
pub type Times = [f64; 2];

/// What one question takes two sessions, who sees what.
pub fn compare_for(
    (sees, what): (&str, &str),
    sessions: [&mut Client; 2],
    texts: &[String; 2],
    writes: bool,
) -> Result<Cell> {
    let times =
        compare(sessions, texts, writes).map_err(|error| format!("{sees}, {what}: {error}"))?;
    eprintln!("  {sees}, {what}: {}", times.map(number).join("  "));
    Ok(Cell::new(sees, what, times))
}

/// The same question to two sessions, in turns. What it writes is undone each time.
pub fn compare(mut sessions: [&mut Client; 2], texts: &[String; 2], writes: bool) -> Result<Times> {
    let once = |client: &mut Client, text: &str| -> Result<(Duration, Vec<String>)> {
        if !writes {
            return answer(client, text);
        }
        client.batch_execute("BEGIN")?;
        let found = answer(client, text)?;
        client.batch_execute("ROLLBACK")?;
        Ok(found)
    };
    let mut round = Duration::ZERO;
    let mut answers = Vec::new();
    for (client, text) in sessions.iter_mut().zip(texts) {
        once(client, text)?;
        let (time, rows) = once(client, text)?;
        round += time;
        answers.push(rows);
    }
    // Plans are another matter.
    if answers[0] != answers[1] && !texts[0].starts_with("EXPLAIN") {
        return Err(format!("{:?} by hand, {:?} with pg_sharing", answers[0], answers[1]).into());
    }
    let repetitions = (TIME_PER_CELL.as_secs_f64() / round.as_secs_f64()) as u32;
    let repetitions = repetitions.clamp(*REPETITIONS.start(), *REPETITIONS.end());
    let mut times: [Vec<Duration>; 2] = Default::default();
    for _ in 0..repetitions {
        for (which, client) in sessions.iter_mut().enumerate() {
            times[which].push(once(client, &texts[which])?.0);
        }
    }
    Ok(times.map(|times| milliseconds(median(times))))
}

/// Of some repetitions, in milliseconds.
#[derive(Clone, Copy)]
pub struct Spread {
    pub median: f64,
    pub longest: f64,
}

impl Spread {
    pub fn of(times: Vec<Duration>) -> Spread {
        let longest = times.iter().max().copied().unwrap_or_default();
        Spread {
            median: milliseconds(median(times)),
            longest: milliseconds(longest),
        }
    }
}

pub fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

pub fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
