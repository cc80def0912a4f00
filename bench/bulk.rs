//! Tables of many partitions, and statements that write many rows, by hand beside them.

use crate::report::{Cell, Part, Target, number, table};
use crate::world::{connect, create_database, progress, take_statistics};
use crate::{Result, answer, compare_for, median, milliseconds};
use postgres::Client;
use std::time::Duration;

const DATABASE: &str = "bench_bulk";
const OWNERS: u32 = 2_000;
const ROWS: u32 = 200_000;

/// What may be added to a filter by hand.
const ALLOWED: f64 = 1.3;

/// Of the table that is protected and let go, how often, and in which time.
const PARTITIONS_TO_PROTECT: u32 = 400;
const TIMES: u32 = 5;
const ALLOWED_TO_PROTECT: f64 = 1_000.0;

/// Each with the owners that they see.
const CALLERS: [(&str, u32, std::ops::RangeInclusive<u32>); 3] = [
    ("1 owner", 150, 150..=150),
    ("10 owners", 101, 101..=110),
    ("100 owners", 1, 1..=100),
];

/// What is asked of a table of partitions, which stands for `{t}` with the caller's condition.
const QUESTIONS: [(&str, &str); 4] = [
    ("count(*)", "SELECT count(*) FROM {t}"),
    (
        "newest 50",
        "SELECT id FROM {t} ORDER BY made DESC, id LIMIT 50",
    ),
    (
        "count(*) of a hundredth",
        "SELECT count(*) FROM {t} AND made < 2000",
    ),
    ("planning of count(*)", "EXPLAIN SELECT count(*) FROM {t}"),
];

/// What is written by somebody who sees 10,000 rows.
const STATEMENTS: [(&str, &str); 2] = [
    (
        "UPDATE of 10,000 rows",
        "UPDATE {t} SET amount = amount + 1 WHERE {c}",
    ),
    ("DELETE of 10,000 rows", "DELETE FROM {t} WHERE {c}"),
];

pub fn measure() -> Result<Part> {
    create_database(DATABASE)?;
    let mut admin = connect(DATABASE, "postgres")?;
    people(&mut admin)?;
    let mut cells = Vec::new();
    for partitions in [300, 1_000] {
        progress(&format!("{partitions} partitions"));
        let name = format!("parts_{partitions}");
        create(&mut admin, &name, Some(partitions))?;
        for caller in &CALLERS {
            for (what, text) in QUESTIONS {
                let texts = ask(text, &name, caller);
                let what = format!("{partitions} partitions: {what}");
                cells.push(cell(caller, &what, &texts, false)?);
            }
        }
    }
    create(&mut admin, "plain", None)?;
    for (what, text) in STATEMENTS {
        let caller = &CALLERS[2];
        let texts = [
            text.replace("{t}", "plain_twin")
                .replace("{c}", &by_hand(caller)),
            text.replace("{t}", "plain").replace("{c}", "true"),
        ];
        cells.push(cell(caller, what, &texts, true)?);
    }
    let rows: Vec<_> = cells.iter().map(Cell::row).collect();
    let mut targets = Vec::new();
    if let Some(worst) = cells.iter().max_by(|a, b| a.ratio().total_cmp(&b.ratio())) {
        targets.push(Target::new(
            "the worst ratio to by hand",
            &format!("at most {ALLOWED}"),
            format!("{:.2} ({}, {})", worst.ratio(), worst.sees, worst.what),
            worst.ratio() <= ALLOWED,
        ));
    }
    let protecting = protecting(&mut admin, &mut targets)?;
    let text = format!(
        "200,000 rows of 2,000 owners, in 300 and in 1,000 partitions by time, with indexes on owner and time.\n\n{}\n{protecting}",
        table(
            2,
            ["sees", "statement", "by hand", "pg_sharing", "ratio"],
            &rows
        )
    );
    Ok(Part {
        text,
        title: "Many partitions, and many rows at once",
        cells,
        targets,
        ..Part::default()
    })
}

fn people(admin: &mut Client) -> Result<()> {
    admin.batch_execute(&format!(
        "SELECT sharing.trust('bench_app'), sharing.create_role('Head');
        SELECT sharing.create_role('Head of 100', 'Head'), sharing.create_role('Head of 10', 'Head'), sharing.create_role('Others', 'Head');
        SELECT sharing.create_role('One of 100', 'Head of 100'), sharing.create_role('One of 10', 'Head of 10');
        SELECT sharing.create_user(n::text, 'user ' || n, CASE
            WHEN n = 1 THEN 'Head of 100' WHEN n <= 100 THEN 'One of 100' WHEN n = 101 THEN 'Head of 10' WHEN n <= 110 THEN 'One of 10'
            ELSE 'Others' END)
        FROM generate_series(1, {OWNERS}) n"
    ))?;
    Ok(())
}

/// A table and its twin, of so many partitions or none.
fn create(admin: &mut Client, name: &str, partitions: Option<u32>) -> Result<()> {
    let twin = format!("{name}_twin");
    for table in [name, &twin] {
        let by = partitions.map_or("", |_| "PARTITION BY RANGE (made)");
        admin.batch_execute(&format!(
            "CREATE TABLE {table} (id bigint, owner_id integer, made integer, amount numeric, body text) {by}"
        ))?;
        if let Some(partitions) = partitions {
            let width = ROWS.div_ceil(partitions);
            create_partitions(admin, table, partitions, width)?;
        }
        admin.batch_execute(&format!(
            "INSERT INTO {table} SELECT n, 1 + n * 7919 % {OWNERS}, n - 1, n % 1000, 'row ' || n FROM generate_series(1, {ROWS}) n;
            CREATE INDEX ON {table} (owner_id); CREATE INDEX ON {table} (made)"
        ))?;
        admin.batch_execute(&format!("VACUUM (FREEZE, ANALYZE) {table}"))?;
    }
    if partitions.is_none() {
        take_statistics(admin, name, &twin)?;
    }
    admin.batch_execute(&format!(
        "GRANT ALL ON {name} TO bench_app; GRANT ALL ON {twin} TO bench_owner;
        SELECT count(*) FROM sharing.protect('{name}', 'owner_id'); CHECKPOINT"
    ))?;
    Ok(())
}

fn create_partitions(admin: &mut Client, table: &str, partitions: u32, width: u32) -> Result<()> {
    admin.batch_execute(&format!(
        "DO $$BEGIN FOR n IN 0..{partitions} - 1 LOOP
            EXECUTE format('CREATE TABLE {table}_%s PARTITION OF {table} FOR VALUES FROM (%s) TO (%s)', n, n * {width}, (n + 1) * {width});
        END LOOP; END$$"
    ))?;
    Ok(())
}

type Caller = (&'static str, u32, std::ops::RangeInclusive<u32>);

fn by_hand((_, _, owners): &Caller) -> String {
    let owners: Vec<String> = owners.clone().map(|owner| owner.to_string()).collect();
    format!("owner_id = ANY ('{{{}}}')", owners.join(","))
}

fn ask(text: &str, table: &str, caller: &Caller) -> [String; 2] {
    [
        format!("{table}_twin WHERE {}", by_hand(caller)),
        format!("{table} WHERE true"),
    ]
    .map(|from| text.replace("{t}", &from))
}

fn cell(caller: &Caller, what: &str, texts: &[String; 2], writes: bool) -> Result<Cell> {
    let &(sees, key, _) = caller;
    let mut by_hand = connect(DATABASE, "bench_owner")?;
    let mut sharing = connect(DATABASE, "bench_app")?;
    sharing.batch_execute(&format!("SET sharing.user_key = '{key}'"))?;
    compare_for((sees, what), [&mut by_hand, &mut sharing], texts, writes)
}

/// Beside it the same statements by hand, which no event trigger of pg_sharing hears.
fn protecting(admin: &mut Client, targets: &mut Vec<Target>) -> Result<String> {
    const NAME: &str = "parts_to_protect";
    progress("protect, unprotect");
    admin.batch_execute(&format!(
        "CREATE TABLE {NAME} (id bigint, owner_id integer) PARTITION BY RANGE (id)"
    ))?;
    create_partitions(admin, NAME, PARTITIONS_TO_PROTECT, 100)?;
    let mut times: [Vec<Duration>; 4] = Default::default();
    let protect = format!("SELECT sharing.protect('{NAME}', 'owner_id')");
    let unprotect = format!("SELECT sharing.unprotect('{NAME}')");
    let event_triggers =
        "sharing_follow_tables sharing_follow_drops sharing_guard_triggers sharing_mend_triggers";
    for _ in 0..TIMES {
        let mut statements = Vec::new();
        for (n, text) in [&protect, &unprotect].into_iter().enumerate() {
            let (time, rows) = answer(admin, text)?;
            times[n].push(time);
            let rows: Vec<_> = rows
                .into_iter()
                .filter(|row| !row.starts_with("--"))
                .collect();
            statements.push(rows.join(";"));
        }
        switch(admin, event_triggers, "DISABLE")?;
        for (n, text) in statements.iter().enumerate() {
            times[n + 2].push(answer(admin, text)?.0);
        }
        switch(admin, event_triggers, "ENABLE ALWAYS")?;
    }
    let [protect, unprotect, protect_by_hand, unprotect_by_hand] =
        times.map(|times| milliseconds(median(times)));
    let rows = [
        ("protect", protect_by_hand, protect),
        ("unprotect", unprotect_by_hand, unprotect),
    ]
    .map(|(what, by_hand, sharing)| {
        let what = format!("{what}() of {PARTITIONS_TO_PROTECT} partitions");
        targets.push(Target::milliseconds(&what, ALLOWED_TO_PROTECT, sharing));
        [what, number(by_hand), number(sharing)]
    });
    Ok(format!(
        "By hand: the statements that these return, sent at once.\n\n{}",
        table(1, ["", "by hand", "pg_sharing"], &rows)
    ))
}

fn switch(admin: &mut Client, event_triggers: &str, how: &str) -> Result<()> {
    for name in event_triggers.split(' ') {
        admin.batch_execute(&format!("ALTER EVENT TRIGGER {name} {how}"))?;
    }
    Ok(())
}
