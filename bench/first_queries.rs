//! The first query of a connection, which finds out who the user is and what they reach: with the library
//! preloaded, so that sessions share what they find out, and without.

use crate::company_world::{Company, Person};
use crate::report::{Part, Target, number, table};
use crate::world::{TWIN, connect, progress};
use crate::{Result, Spread, answer};
use std::process::Command;

const CONNECTIONS: usize = 45;

/// What the first query of somebody may take more than on the table without protection, in milliseconds.
struct Limit {
    sees: &'static str,
    alone: f64,
    preloaded: f64,
}

const LIMITS: [Limit; 2] = [
    Limit {
        sees: "his own",
        alone: 5.0,
        preloaded: 1.0,
    },
    Limit {
        sees: "half",
        alone: 30.0,
        preloaded: 5.0,
    },
];

pub fn measure(company: &Company) -> Result<Part> {
    let mut part = Part {
        title: "The first query of a connection",
        ..Part::default()
    };
    progress("first queries of connections");
    let alone = of_everybody(company, &mut part, |limit| limit.alone, "")?;
    progress("first queries of connections, the library preloaded");
    restart("SET shared_preload_libraries = 'pg_sharing'")?;
    let what = ", the library preloaded";
    let preloaded = of_everybody(company, &mut part, |limit| limit.preloaded, what)?;
    restart("RESET shared_preload_libraries")?;

    let people = company.people.iter().zip(alone.iter().zip(&preloaded));
    let rows: Vec<_> = people
        .map(|(person, (alone, preloaded))| {
            let [first, second] = [alone, preloaded].map(|times| {
                let [sharing, unprotected] = times;
                [
                    number(unprotected.median),
                    number(sharing.median),
                    number(sharing.longest),
                    format!("{:+.1}", sharing.median - unprotected.median),
                ]
            });
            let [a, b, c, d] = first;
            let [e, f, g, h] = second;
            [person.sees.to_owned(), a, b, c, d, e, f, g, h]
        })
        .collect();
    part.text = format!(
        "By key, with `SET` of the user before it, in that company; the table without protection, and without a\n\
        condition, beside it. On the right with `shared_preload_libraries = 'pg_sharing'`, where somebody has\n\
        asked for the user before.\n\n{}",
        table(
            1,
            [
                "sees",
                "unprotected",
                "pg_sharing",
                "longest",
                "more",
                "unprotected",
                "pg_sharing, preloaded",
                "longest",
                "more",
            ],
            &rows
        )
    );
    Ok(part)
}

fn of_everybody(
    company: &Company,
    part: &mut Part,
    allowed: fn(&Limit) -> f64,
    what: &str,
) -> Result<Vec<[Spread; 2]>> {
    let mut all = Vec::new();
    for person in &company.people {
        let limit = LIMITS.iter().find(|limit| limit.sees == person.sees);
        let mut times = first_queries(company, person)?;
        if let Some(limit) = limit.map(allowed) {
            let more = |[sharing, unprotected]: [Spread; 2]| sharing.median - unprotected.median;
            if more(times) > limit {
                times = first_queries(company, person)?;
            }
            part.targets.push(Target::more(
                &format!("first query, who sees {}{what}", person.sees),
                limit,
                more(times),
            ));
        }
        all.push(times);
    }
    Ok(all)
}

fn first_queries(company: &Company, person: &Person) -> Result<[Spread; 2]> {
    let Person { key, record, .. } = person;
    let variants = [
        ("bench_app", "sharing", "leads"),
        ("bench_owner", "bench", TWIN),
    ];
    let mut times = [Vec::new(), Vec::new()];
    for n in 0..=CONNECTIONS {
        for (times, (role, prefix, leads)) in times.iter_mut().zip(variants) {
            let mut client = company.connect(role)?;
            let text = format!(
                "SET {prefix}.user_key = '{key}'; SELECT * FROM {leads} WHERE id = {record}"
            );
            let (time, _) = answer(&mut client, &text)?;
            // The very first reads what nobody has read yet.
            if n > 0 {
                times.push(time);
            }
        }
    }
    Ok(times.map(Spread::of))
}

/// Restarts the server with a setting that holds from then on.
fn restart(setting: &str) -> Result<()> {
    connect("postgres", "postgres")?.batch_execute(&format!("ALTER SYSTEM {setting}"))?;
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/bench_restart.sh");
    match Command::new(script).status()?.success() {
        true => Ok(()),
        false => Err("the server does not start again".into()),
    }
}
