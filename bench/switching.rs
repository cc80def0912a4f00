//! Many users over one connection, each in a transaction of his own, as behind a pooler: what the switch
//! costs, what the connection remembers, and how much goes through PgBouncer.

use crate::company_world::Company;
use crate::document::HEADS;
use crate::report::{Part, Target, line_of, number, table, thousands};
use crate::world::{TWIN, number as wished, progress};
use crate::{Result, Spread, answer};
use postgres::Client;
use std::path::Path;
use std::process::Command;

const REPS: usize = 200;
const ROUNDS: usize = 10;
/// By hand these are typed in, and more would take longer to plan than to run.
const MOST_OWNERS: i64 = 20;

/// After so many users the memory of the backend is looked at.
const USERS: [u32; 5] = [200, 1_000, 5_000, 10_000, 20_000];

/// A switch may add so many milliseconds.
const MORE_ALLOWED: f64 = 0.1;

const POOLER_ROUNDS: usize = 11;
/// pgbench takes no more than 128 scripts.
const SCRIPTS: usize = 100;

pub fn measure(company: &Company) -> Result<Part> {
    let mut part = Part {
        title: "Many users over one connection",
        ..Part::default()
    };
    progress("switching users");
    let reps = reps(company)?;
    switches(company, &reps, &mut part)?;
    progress("memory of a backend");
    memory(company, &mut part)?;
    progress("PgBouncer");
    pooler(company, &reps, &mut part)?;
    Ok(part)
}

struct Rep {
    key: String,
    /// With commas between.
    owners: String,
    record: i64,
}

fn reps(company: &Company) -> Result<Vec<Rep>> {
    let mut client = company.connect("bench_app")?;
    let mut reps = Vec::new();
    for user in HEADS + 1..company.users {
        client.batch_execute(&format!("SET sharing.user_key = '{user}'"))?;
        let row = client.query_one(
            "SELECT count(DISTINCT owner_id), coalesce(string_agg(DISTINCT owner_id::text, ','), ''), coalesce(max(id), 1) FROM leads",
            &[],
        )?;
        if (1..=MOST_OWNERS).contains(&row.get(0)) {
            reps.push(Rep {
                key: user.to_string(),
                owners: row.get(1),
                record: row.get(2),
            });
        }
        if reps.len() == REPS {
            return Ok(reps);
        }
    }
    Err(format!("the company has only {} reps of few owners", reps.len()).into())
}

/// How a transaction filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Filter {
    ByHand,
    Sharing,
    /// The cheapest policy there is: the application has named the owners in a setting.
    Policy,
}

fn transaction(rep: &Rep, filter: Filter, query: &str) -> String {
    let Rep {
        key,
        owners,
        record,
    } = rep;
    let query = query.replace("{key}", &record.to_string());
    let by_hand = format!("{TWIN} WHERE owner_id = ANY ('{{{owners}}}'::bigint[])");
    let policy = format!("{TWIN} WHERE true");
    let (setting, leads) = match filter {
        Filter::ByHand => (format!("bench.user_key = '{key}'"), by_hand.as_str()),
        Filter::Sharing => (format!("sharing.user_key = '{key}'"), "leads WHERE true"),
        Filter::Policy => (format!("bench.owners = '{{{owners}}}'"), policy.as_str()),
    };
    let query = query.replace("{leads}", leads);
    format!("BEGIN; SET LOCAL {setting}; {query}; COMMIT")
}

const BY_KEY: &str = "SELECT * FROM {leads} AND id = {key}";
const NEWEST: &str = "SELECT * FROM {leads} ORDER BY created_at DESC LIMIT 50";

fn switches(company: &Company, reps: &[Rep], part: &mut Part) -> Result<()> {
    let mut rows = Vec::new();
    for (what, query) in [("by key", BY_KEY), ("newest 50", NEWEST)] {
        let look = || {
            in_turn(company, reps, query)
                .map_err(|error| format!("a switch of users, {what}: {error}"))
        };
        let [mut first, mut warm] = look()?;
        if added(&warm) > MORE_ALLOWED {
            [first, warm] = look()?;
        }
        for (when, times) in [("first of each user", first), ("warm", warm)] {
            let [by_hand, sharing] = times;
            let more = added(&times);
            if when == "warm" {
                let what = format!("a switch of users and a query, {what}");
                part.targets.push(Target::more(&what, MORE_ALLOWED, more));
            }
            rows.push([
                what.to_owned(),
                when.to_owned(),
                number(by_hand.median),
                number(by_hand.longest),
                number(sharing.median),
                number(sharing.longest),
                format!("{more:+.3}"),
            ]);
        }
    }
    part.text.push_str(&format!(
        "The company above. {REPS} reps who see at most {MOST_OWNERS} owners take turns on one connection:\n\
        `BEGIN; SET LOCAL sharing.user_key = …; SELECT …; COMMIT`, sent at once. By hand: another setting,\n\
        and the owners typed in.\n\n{}",
        table(
            2,
            ["query", "", "by hand", "longest", "pg_sharing", "longest", "more"],
            &rows
        )
    ));
    Ok(())
}

/// What is added to what it takes by hand.
fn added([by_hand, sharing]: &[Spread; 2]) -> f64 {
    sharing.median - by_hand.median
}

/// The first sight of each user and later ones, each by hand and by pg_sharing.
fn in_turn(company: &Company, reps: &[Rep], query: &str) -> Result<[[Spread; 2]; 2]> {
    // New ones each time, for the first round to be the first sight of each user.
    let mut sharing = company.connect("bench_app")?;
    let mut by_hand = company.connect("bench_owner")?;
    let (mut first, mut warm) = ([const { Vec::new() }; 2], [const { Vec::new() }; 2]);
    for round in 0..=ROUNDS {
        for (n, rep) in reps.iter().enumerate() {
            let mut answers = [const { Vec::new() }; 2];
            for turn in 0..2 {
                let which = (n + round + turn) % 2;
                let (client, filter) = match which {
                    0 => (&mut by_hand, Filter::ByHand),
                    _ => (&mut sharing, Filter::Sharing),
                };
                let found = answer(client, &transaction(rep, filter, query))?;
                match round {
                    0 => first[which].push(found.0),
                    _ => warm[which].push(found.0),
                }
                answers[which] = found.1;
            }
            if answers[0] != answers[1] {
                return Err(format!("another answer for user {}", rep.key).into());
            }
        }
    }
    Ok([first, warm].map(|times| times.map(Spread::of)))
}

/// What the backend has of its own, without what it shares with others.
fn memory_of(pid: i32) -> Result<f64> {
    let text = line_of(&format!("/proc/{pid}/status"), "RssAnon");
    let kilobytes: f64 = text.trim_end_matches(" kB").parse()?;
    Ok(kilobytes / 1024.0)
}

fn memory(company: &Company, part: &mut Part) -> Result<()> {
    let mut client: Client = company.connect("bench_app")?;
    let pid = client.query_one("SELECT pg_backend_pid()", &[])?.get(0);
    let mut rows = Vec::new();
    let mut sizes = Vec::new();
    let mut times = Vec::new();
    for n in 1..=USERS[USERS.len() - 1].min(company.users - HEADS - 1) {
        let key = HEADS + n;
        let text = format!(
            "BEGIN; SET LOCAL sharing.user_key = '{key}'; SELECT * FROM leads WHERE id = {n}; COMMIT"
        );
        times.push(answer(&mut client, &text)?.0);
        if USERS.contains(&n) {
            let size = memory_of(pid)?;
            let time = Spread::of(std::mem::take(&mut times));
            sizes.push((n, size));
            rows.push([
                thousands(n.into()),
                format!("{size:.1}"),
                number(time.median),
                number(time.longest),
            ]);
        }
    }
    let of = |users| sizes.iter().find(|size| size.0 == users).map(|size| size.1);
    if let (Some(half), Some(all)) = (of(10_000), of(20_000)) {
        part.targets.push(Target::new(
            "memory of a backend after 20,000 users, against 10,000",
            "at most +5 %",
            format!(
                "{:+.1} % ({half:.0} MB, {all:.0} MB)",
                (all / half - 1.0) * 100.0
            ),
            all <= half * 1.05,
        ));
    }
    part.text.push_str(&format!(
        "\nMemory of one backend (RssAnon) after so many reps, each with a query by key, and how long these\n\
        took since the row above:\n\n{}",
        table(1, ["users", "MB", "median", "longest"], &rows)
    ));
    Ok(())
}

/// Throughput through PgBouncer, to which scripts/bench.sh has the port.
fn pooler(company: &Company, reps: &[Rep], part: &mut Part) -> Result<()> {
    let Ok(port) = std::env::var("BENCH_POOLER_PORT") else {
        part.text.push_str(
            "\nPgBouncer could not be installed: throughput through it is not measured.\n",
        );
        part.targets.push(Target::new(
            "throughput through PgBouncer",
            "within 5 % of by hand",
            "not measured: no PgBouncer".to_owned(),
            false,
        ));
        return Ok(());
    };
    company.connect("postgres")?.batch_execute(&format!(
        "ALTER TABLE {TWIN} OWNER TO bench_owner; GRANT SELECT ON {TWIN} TO bench_policy;
        ALTER TABLE {TWIN} ENABLE ROW LEVEL SECURITY;
        CREATE POLICY cheapest ON {TWIN} USING (owner_id = ANY (current_setting('bench.owners')::bigint[]))"
    ))?;
    let folder = std::env::temp_dir().join(format!("pg_sharing_bench_{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let result = throughput(reps, &port, &folder);
    std::fs::remove_dir_all(&folder)?;
    let rounds = result?;
    let median_of = |value: &dyn Fn(&[f64; 3]) -> f64| {
        let mut values: Vec<f64> = rounds.iter().map(value).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    let to_hand = median_of(&|[by_hand, sharing, _]| sharing / by_hand);
    let to_policy = median_of(&|[_, sharing, policy]| sharing / policy);
    let percent = |ratio: f64| format!("{:+.1} %", (ratio - 1.0) * 100.0);
    let target = Target::new(
        "throughput through PgBouncer",
        "within 5 % of by hand",
        format!(
            "{}; {} of the cheapest policy",
            percent(to_hand),
            percent(to_policy)
        ),
        to_hand >= 0.95,
    );
    part.targets.push(target.also_by_hand(
        to_policy >= 0.95,
        "PostgreSQL rewrites a query for any policy, and plans it with more conditions",
    ));
    part.text.push_str(&format!(
        "\nThe same transactions by key, of {SCRIPTS} reps by chance, one statement after the other: pgbench\n\
        with 8 clients through PgBouncer with `pool_mode = transaction`, transactions per second, medians of\n\
        {POOLER_ROUNDS} runs in turns. The cheapest policy is `owner_id = ANY (current_setting(…)::bigint[])`, where the\n\
        application itself names the owners:\n\n{}",
        table(
            0,
            [
                "by hand",
                "pg_sharing",
                "cheapest policy",
                "to by hand",
                "to that policy"
            ],
            &[[
                format!("{:.0}", median_of(&|rates| rates[0])),
                format!("{:.0}", median_of(&|rates| rates[1])),
                format!("{:.0}", median_of(&|rates| rates[2])),
                format!("{to_hand:.3}"),
                format!("{to_policy:.3}")
            ]]
        )
    ));
    Ok(())
}

/// Transactions per second by hand, by pg_sharing and by the cheapest policy, in rounds.
fn throughput(reps: &[Rep], port: &str, folder: &Path) -> Result<Vec<[f64; 3]>> {
    let seconds = wished("BENCH_SECONDS", 3);
    let filters = [
        (Filter::ByHand, "by_hand", "bench_owner"),
        (Filter::Sharing, "sharing", "bench_app"),
        (Filter::Policy, "policy", "bench_policy"),
    ];
    for (n, rep) in reps.iter().take(SCRIPTS).enumerate() {
        for (filter, name, _) in filters {
            let text = transaction(rep, filter, BY_KEY).replace("; ", ";\n") + ";\n";
            std::fs::write(folder.join(format!("{name}_{n}.sql")), text)?;
        }
    }
    let mut rounds = Vec::new();
    for round in 0..=POOLER_ROUNDS {
        // The first is short, and opens the pooler's connections.
        let seconds = if round == 0 { 1 } else { seconds };
        let mut rates = [0.0; 3];
        for turn in 0..filters.len() {
            let which = (round + turn) % filters.len();
            let (_, name, role) = filters[which];
            rates[which] = pgbench(folder, name, role, port, seconds)?;
        }
        if round > 0 {
            rounds.push(rates);
        }
    }
    Ok(rounds)
}

/// Transactions per second.
fn pgbench(folder: &Path, name: &str, role: &str, port: &str, seconds: u32) -> Result<f64> {
    let program = Path::new(&std::env::var("PG_SHARING_BINDIR")?).join("pgbench");
    let mut command = Command::new(program);
    command.args(["-n", "-c", "8", "-j", "1", "-p", port, "-U", role]);
    command.args(["-T", &seconds.to_string()]);
    for n in 0..SCRIPTS {
        command
            .arg("-f")
            .arg(folder.join(format!("{name}_{n}.sql")));
    }
    let output = command.arg(crate::company_world::DATABASE).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let rate = text.lines().find_map(|line| line.strip_prefix("tps = "));
    let rate = rate.and_then(|rate| rate.split(' ').next());
    match rate {
        Some(rate) if output.status.success() => Ok(rate.parse()?),
        _ => Err(format!("pgbench: {text}{}", String::from_utf8_lossy(&output.stderr)).into()),
    }
}
