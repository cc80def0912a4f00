//! What sharing costs: the same queries on the same data, filtered by pg_sharing, by hand, and by the
//! two policies that people usually write. `make bench` runs it on a private server.

mod change;
mod report;
mod scenes;
mod world;

use crate::report::{Cell, Report};
use crate::world::{CALLERS, Caller, USUAL, World};
use postgres::{Client, SimpleQueryMessage};
use std::error::Error;
use std::time::{Duration, Instant};

pub type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// One way to filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    /// The filter typed into the query as a constant, without row security.
    ByHand,
    /// Policies of pg_sharing.
    Sharing,
    /// Policy `owner_id IN (SELECT …)`.
    InSelect,
    /// Policy `owner_id = ANY ((SELECT f())::bigint[])`.
    AnyFunction,
}

pub const VARIANTS: [Variant; 4] = [
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

/// A cell is measured for about this long, by all variants together.
const TIME_PER_CELL: Duration = Duration::from_millis(2500);
const REPETITIONS: std::ops::RangeInclusive<u32> = 5..=101;

fn main() -> Result<()> {
    let world = World::build()?;
    let mut report = Report::new(&mut world.connect("postgres")?)?;
    for caller in &CALLERS {
        let mut sessions = Vec::new();
        for variant in VARIANTS {
            sessions.push(session(&world, variant, caller)?);
        }
        for (name, query) in QUERIES {
            let texts = VARIANTS.map(|variant| text(&world, query, variant, caller));
            let cell = measure(&mut sessions, &texts)
                .map_err(|error| format!("{}, {name}: {error}", caller.name))?;
            report.add(caller, name, cell);
        }
        report.first_statement(caller, first_statement(&world, caller)?);
    }
    report.scenes(scenes::measure(&world)?);
    report.change(change::measure()?);
    report.publish()
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
        Variant::ByHand if caller.is_administrator => format!("{USUAL} WHERE true"),
        Variant::ByHand => format!(
            "{USUAL} WHERE owner_id = ANY ('{{{}}}'::bigint[])",
            world.owners_seen_by(caller)
        ),
    };
    query
        .replace("{leads}", &leads)
        .replace("{key}", &world.record_of(caller).to_string())
}

/// The medians in milliseconds, after the answers were found to be the same.
fn measure(sessions: &mut [Client], texts: &[String; VARIANTS.len()]) -> Result<Cell> {
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
    let round: Duration = answers.iter().map(|(time, _)| *time).sum();
    let repetitions = (TIME_PER_CELL.as_secs_f64() / round.as_secs_f64()) as u32;
    let repetitions = repetitions.clamp(*REPETITIONS.start(), *REPETITIONS.end());
    let mut times: [Vec<Duration>; VARIANTS.len()] = Default::default();
    for n in 0..repetitions as usize {
        for turn in 0..VARIANTS.len() {
            // Each follows each other one equally often.
            let which = (n + turn) % VARIANTS.len();
            times[which].push(answer(&mut sessions[which], &texts[which])?.0);
        }
    }
    Ok(Cell(times.map(|times| milliseconds(median(times)))))
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

pub fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

pub fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
