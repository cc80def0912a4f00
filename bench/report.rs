//! The results, for people.

use crate::Result;
use crate::world::connect;
use std::fmt::Write;

/// What one file of the benchmark has to say.
#[derive(Default)]
pub struct Part {
    /// Markdown, without a heading.
    pub text: String,
    pub title: &'static str,
    /// Statements against the same by hand; the limits below hold over those of all parts.
    pub cells: Vec<Cell>,
    pub targets: Vec<Target>,
    /// A file of bench/ that the text shows, and its content.
    pub picture: Option<(&'static str, String)>,
}

/// Medians in milliseconds.
pub struct Cell {
    pub sees: String,
    pub what: String,
    pub by_hand: f64,
    pub sharing: f64,
    /// The same beside by hand with the keys of parents typed in, where the true semijoin is quicker.
    pub with_keys: Option<Box<Cell>>,
}

impl Cell {
    /// What was measured of one question.
    pub fn new(sees: &str, what: &str, [by_hand, sharing]: [f64; 2]) -> Cell {
        Cell {
            sees: sees.to_owned(),
            what: what.to_owned(),
            by_hand,
            sharing,
            with_keys: None,
        }
    }

    /// As it stands in tables: who sees what, by hand, with pg_sharing, the ratio.
    pub fn row(&self) -> [String; 5] {
        [
            self.sees.clone(),
            self.what.clone(),
            number(self.by_hand),
            number(self.sharing),
            format!("{:.2}", self.ratio()),
        ]
    }

    pub fn ratio(&self) -> f64 {
        self.sharing / self.by_hand
    }

    pub fn more(&self) -> f64 {
        self.sharing - self.by_hand
    }

    /// Where by hand takes less, a ratio says little.
    fn is_long(&self) -> bool {
        self.by_hand >= 1.0
    }

    pub fn misses(&self) -> bool {
        match self.is_long() {
            true => self.ratio() > WORST_ALLOWED,
            false => self.more() > MORE_ALLOWED,
        }
    }

    /// By hand misses as well, once it has to do with keys.
    fn is_as_with_keys(&self) -> bool {
        self.with_keys.as_ref().is_some_and(|cell| !cell.misses())
    }
}

const MEAN_ALLOWED: f64 = 1.05;
const WORST_ALLOWED: f64 = 1.5;
const MORE_ALLOWED: f64 = 0.1;
const AS_WITH_KEYS: &str = "with the keys typed in, PostgreSQL takes the same plan";

/// What was to be reached, and what was.
pub struct Target {
    what: String,
    allowed: String,
    value: String,
    met: bool,
    /// Why by hand misses it as well, where that is so.
    also_by_hand: Option<&'static str>,
}

impl Target {
    pub fn new(what: &str, allowed: &str, value: String, met: bool) -> Target {
        Target {
            what: what.to_owned(),
            allowed: allowed.to_owned(),
            value,
            met,
            also_by_hand: None,
        }
    }

    /// For a target that by hand misses as well, if it `is_so`.
    pub fn also_by_hand(self, is_so: bool, reason: &'static str) -> Target {
        Target {
            also_by_hand: is_so.then_some(reason),
            ..self
        }
    }

    pub fn milliseconds(what: &str, limit: f64, value: f64) -> Target {
        Target::new(
            what,
            &format!("at most {} ms", thousands(limit as u64)),
            format!("{value:.1} ms"),
            value <= limit,
        )
    }

    pub fn more(what: &str, limit: f64, value: f64) -> Target {
        Target::new(
            what,
            &format!("at most +{limit} ms"),
            format!("{value:+.2} ms"),
            value <= limit,
        )
    }
}

pub struct Report {
    machine: String,
    parts: Vec<Part>,
}

impl Report {
    pub fn new() -> Result<Report> {
        let mut client = connect("postgres", "postgres")?;
        let mut setting = |name: &str| -> Result<String> {
            Ok(client.query_one(&format!("SHOW {name}"), &[])?.get(0))
        };
        let mut machine = format!("PostgreSQL {}", setting("server_version")?);
        for name in ["shared_buffers", "work_mem", "random_page_cost", "jit"] {
            write!(machine, ", {name} = {}", setting(name)?)?;
        }
        write!(
            machine,
            "; pg_sharing {}; {} of {} CPUs, {}; load average at the start {}",
            env!("CARGO_PKG_VERSION"),
            std::thread::available_parallelism()?,
            line_of("/proc/cpuinfo", "model name"),
            line_of("/proc/meminfo", "MemTotal"),
            std::fs::read_to_string("/proc/loadavg")?
                .split(' ')
                .next()
                .unwrap_or("unknown"),
        )?;
        Ok(Report {
            machine,
            parts: Vec::new(),
        })
    }

    pub fn add(&mut self, part: Part) {
        self.parts.push(part);
    }

    /// Prints the results. Those of a complete run go into bench/, too.
    pub fn publish(&self, is_complete: bool) -> Result<()> {
        let text = self.text()?;
        println!("{text}");
        if is_complete {
            let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/bench/");
            std::fs::write(format!("{folder}RESULTS.md"), text)?;
            for (name, content) in self.parts.iter().filter_map(|part| part.picture.as_ref()) {
                std::fs::write(format!("{folder}{name}"), content)?;
            }
        }
        Ok(())
    }

    fn text(&self) -> Result<String> {
        let mut text = format!(
            "# What sharing costs\n\n\
            Written by `make bench`. Medians in milliseconds, from the text of a statement to its last row,\n\
            planning included, all in memory; what is compared was measured in turns. What misses its target\n\
            is measured once more, and that counts. All variants gave the same answers.\n\n{}\n\n## Targets\n\n",
            self.machine
        );
        let (mut targets, missed) = self.of_cells();
        targets.extend(self.parts.iter().flat_map(|part| {
            part.targets
                .iter()
                .map(|target| (part.title, target))
                .map(row)
        }));
        text.push_str(&table(5, ["of", "what", "target", "value", ""], &targets));
        if !missed.is_empty() {
            text.push_str("\nCells that miss:\n\n");
            text.push_str(&table(
                2,
                [
                    "sees",
                    "what",
                    "by hand",
                    "with keys typed in (pg_sharing beside it)",
                    "pg_sharing",
                    "ratio",
                    "more",
                ],
                &missed,
            ));
        }
        for part in &self.parts {
            write!(text, "\n## {}\n\n{}", part.title, part.text)?;
        }
        Ok(text)
    }

    /// The targets over all cells, and the cells that miss theirs.
    fn of_cells(&self) -> (Vec<[String; 5]>, Vec<[String; 7]>) {
        let cells = self.parts.iter().flat_map(|part| &part.cells);
        let (long, short): (Vec<&Cell>, Vec<&Cell>) = cells.partition(|cell| cell.is_long());
        let mut targets = Vec::new();
        let name = |cell: &Cell| format!("{}, {}", cell.sees, cell.what);
        let are_as_with_keys = |cells: &[&Cell]| {
            let mut missing = cells.iter().filter(|cell| cell.misses());
            missing.all(|cell| cell.is_as_with_keys())
        };
        if let Some(worst) = long.iter().max_by(|a, b| a.ratio().total_cmp(&b.ratio())) {
            let logarithms: f64 = long.iter().map(|cell| cell.ratio().ln()).sum();
            let mean = (logarithms / long.len() as f64).exp();
            targets.push(Target::new(
                &format!(
                    "geometric mean of the ratios to by hand, where that takes a millisecond or more, {} cells",
                    long.len()
                ),
                &format!("at most {MEAN_ALLOWED}"),
                format!("{mean:.3}"),
                mean <= MEAN_ALLOWED,
            ));
            let target = Target::new(
                "the worst of these ratios",
                &format!("at most {WORST_ALLOWED}"),
                format!("{:.2} ({})", worst.ratio(), name(worst)),
                !worst.misses(),
            );
            targets.push(target.also_by_hand(are_as_with_keys(&long), AS_WITH_KEYS));
        }
        if let Some(worst) = short.iter().max_by(|a, b| a.more().total_cmp(&b.more())) {
            let target = Target::new(
                &format!(
                    "the most that is added below a millisecond, {} cells",
                    short.len()
                ),
                &format!("at most +{MORE_ALLOWED} ms"),
                format!("{:+.2} ms ({})", worst.more(), name(worst)),
                !worst.misses(),
            );
            targets.push(target.also_by_hand(are_as_with_keys(&short), AS_WITH_KEYS));
        }
        let missed = long.iter().chain(&short).filter(|cell| cell.misses());
        let missed = missed.map(|cell| {
            [
                cell.sees.clone(),
                cell.what.clone(),
                number(cell.by_hand),
                cell.with_keys.as_ref().map_or(String::new(), |cell| {
                    format!("{} ({})", number(cell.by_hand), number(cell.sharing))
                }),
                number(cell.sharing),
                format!("{:.2}", cell.ratio()),
                format!("{:+.2}", cell.more()),
            ]
        });
        let targets = targets.iter().map(|target| row(("All cells", target)));
        (targets.collect(), missed.collect())
    }
}

fn row((of, target): (&str, &Target)) -> [String; 5] {
    let met = match target.also_by_hand {
        _ if target.met => "met".to_owned(),
        Some(reason) => format!("as by hand: {reason}"),
        None => "**missed**".to_owned(),
    };
    [
        of.to_owned(),
        target.what.clone(),
        target.allowed.clone(),
        target.value.clone(),
        met,
    ]
}

/// A table in Markdown. So many columns at the left hold words. A first word that repeats is left out.
pub fn table<const N: usize>(words: usize, heads: [&str; N], rows: &[[String; N]]) -> String {
    let mut text = format!("| {} |\n|", heads.join(" | "));
    for column in 0..N {
        text.push_str(if column < words { "---|" } else { "--:|" });
    }
    text.push('\n');
    let mut last = None;
    for row in rows {
        let first = if last == Some(&row[0]) { "" } else { &row[0] };
        last = Some(&row[0]);
        text.push_str(&format!("| {first} | {} |\n", row[1..].join(" | ")));
    }
    text
}

/// Two or three significant digits.
pub fn number(milliseconds: f64) -> String {
    match milliseconds {
        10.0.. => format!("{milliseconds:.0}"),
        1.0.. => format!("{milliseconds:.1}"),
        0.1.. => format!("{milliseconds:.2}"),
        _ => format!("{milliseconds:.3}"),
    }
}

/// 1,000,000.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// What a line of a file says after the colon.
pub fn line_of(path: &str, name: &str) -> String {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines()
        .find(|line| line.starts_with(name))
        .and_then(|line| line.split_once(':'))
        .map_or("unknown".to_owned(), |(_, value)| value.trim().to_owned())
}
