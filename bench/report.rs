//! The results, for people.

use crate::change::Change;
use crate::scenes::Timing;
use crate::world::Caller;
use crate::{QUERIES, Result, VARIANTS, Variant};
use postgres::Client;
use std::fmt::Write;

/// Medians in milliseconds, in the order of `VARIANTS`.
#[derive(Clone, Copy)]
pub struct Cell(pub [f64; VARIANTS.len()]);

impl Cell {
    fn of(&self, variant: Variant) -> f64 {
        self.0[variant as usize]
    }

    /// How many times as long as by hand.
    fn ratio(&self) -> f64 {
        self.of(Variant::Sharing) / self.of(Variant::ByHand)
    }

    fn better_usual(&self) -> f64 {
        self.of(Variant::InSelect)
            .min(self.of(Variant::AnyFunction))
    }

    /// Less of a difference than this is chance.
    fn is_slower_than_usual(&self) -> bool {
        let (sharing, usual) = (self.of(Variant::Sharing), self.better_usual());
        sharing > usual * 1.1 && sharing > usual + 0.05
    }
}

/// Cells in which by hand takes less are too short to compare.
const LONG_ENOUGH: f64 = 1.0;
const MEAN_ALLOWED: f64 = 1.15;
const WORST_ALLOWED: f64 = 2.0;

pub struct Report {
    machine: String,
    cells: Vec<(&'static str, &'static str, Cell)>,
    first: Vec<(&'static str, (f64, f64))>,
    scenes: Vec<Timing>,
    change: Option<Change>,
}

impl Report {
    pub fn new(client: &mut Client) -> Result<Report> {
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
            cells: Vec::new(),
            first: Vec::new(),
            scenes: Vec::new(),
            change: None,
        })
    }

    pub fn add(&mut self, caller: &Caller, query: &'static str, cell: Cell) {
        eprintln!("  {}, {query}: {}", caller.name, numbers(&cell));
        self.cells.push((caller.name, query, cell));
    }

    pub fn first_statement(&mut self, caller: &Caller, times: (f64, f64)) {
        self.first.push((caller.name, times));
    }

    pub fn scenes(&mut self, scenes: Vec<Timing>) {
        self.scenes = scenes;
    }

    pub fn change(&mut self, change: Change) {
        self.change = Some(change);
    }

    /// Prints the results and writes them to bench/RESULTS.md.
    pub fn publish(&self) -> Result<()> {
        let text = self.text()?;
        println!("{text}");
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/bench/RESULTS.md");
        std::fs::write(path, text)?;
        Ok(())
    }

    fn text(&self) -> Result<String> {
        let mut text = format!(
            "# What sharing costs\n\n\
            Written by `make bench`. 2,000,000 leads, 10,000 owners. Medians of interleaved repetitions in\n\
            milliseconds, from the text of a statement to its last row, planning included, all in memory.\n\
            All variants gave the same answers.\n\n{}\n\n\
            by hand: `owner_id = ANY ('{{…}}')` typed in, without row security; for *everything*, who has the\n\
            right `administrator`, no condition at all. IN: policy `owner_id IN (SELECT …)`.\n\
            ANY: policy `owner_id = ANY ((SELECT f())::bigint[])`. Ratio: pg_sharing to by hand.\n\n\
            | sees | query | by hand | pg_sharing | IN | ANY | ratio |\n\
            |---|---|--:|--:|--:|--:|--:|\n",
            self.machine
        );
        for (caller, query, cell) in &self.cells {
            let caller = if *query == QUERIES[0].0 { caller } else { "" };
            let [by_hand, sharing, in_select, any_function] = cell.0.map(number);
            let mark = if cell.is_slower_than_usual() {
                " (usual is faster)"
            } else {
                ""
            };
            writeln!(
                text,
                "| {caller} | {query} | {by_hand} | {sharing} | {in_select} | {any_function} | {:.2}{mark} |",
                cell.ratio()
            )?;
        }
        text.push_str(&self.summary()?);
        text.push_str(&self.scenes_text()?);
        text.push_str("\nThe first statement of a new connection, by key:\n\n| sees | by hand | pg_sharing |\n|---|--:|--:|\n");
        for (caller, (by_hand, sharing)) in &self.first {
            writeln!(
                text,
                "| {caller} | {} | {} |",
                number(*by_hand),
                number(*sharing)
            )?;
        }
        if let Some(Change { call, next, after }) = &self.change {
            text.push_str("\nOne user's role changes, with 300,000 records and 500 users:\n\n| | median | longest |\n|---|--:|--:|\n");
            for (what, (median, longest)) in [
                ("set_user_role() and its commit", call),
                ("the next statement of another session", next),
                ("the same statement again", after),
            ] {
                writeln!(
                    text,
                    "| {what} | {} | {} |",
                    number(*median),
                    number(*longest)
                )?;
            }
        }
        Ok(text)
    }

    fn scenes_text(&self) -> Result<String> {
        let mut text = String::from(
            "\nOther tables and other statements: 200,000 accounts of 2,000 owners, 1,000,000 orders that\n\
            accounts control, 500,000 quotes of which a rule on accounts shows those of its accounts,\n\
            100,000 cards. By hand: the true semijoin, typed in.\n\n\
            | sees | statement | by hand | pg_sharing | ratio |\n|---|---|--:|--:|--:|\n",
        );
        let mut last = "";
        for scene in &self.scenes {
            let sees = if scene.sees == last { "" } else { &scene.sees };
            last = &scene.sees;
            writeln!(
                text,
                "| {sees} | {} | {} | {} | {:.2} |",
                scene.what,
                number(scene.by_hand),
                number(scene.sharing),
                scene.sharing / scene.by_hand
            )?;
        }
        let (long, short): (Vec<_>, Vec<_>) = self
            .scenes
            .iter()
            .partition(|scene| scene.by_hand >= LONG_ENOUGH);
        let ratio = |scene: &&Timing| scene.sharing / scene.by_hand;
        let mean =
            long.iter().map(|scene| ratio(scene).ln()).sum::<f64>() / long.len().max(1) as f64;
        let worst = long.iter().max_by(|a, b| ratio(a).total_cmp(&ratio(b)));
        let slowest = |a: &&&Timing, b: &&&Timing| {
            (a.sharing - a.by_hand).total_cmp(&(b.sharing - b.by_hand))
        };
        writeln!(
            text,
            "\nGeometric mean of the ratios where by hand takes a millisecond or more ({} of {}): {:.3}.",
            long.len(),
            self.scenes.len(),
            mean.exp()
        )?;
        if let Some(worst) = worst {
            writeln!(
                text,
                "Worst: {:.2}, {}, {}.",
                ratio(worst),
                worst.sees,
                worst.what
            )?;
        }
        if let Some(slow) = short.iter().max_by(slowest) {
            let more = slow.sharing - slow.by_hand;
            writeln!(
                text,
                "The most that is added below a millisecond: {more:.2} ms, {}, {}.",
                slow.sees, slow.what
            )?;
        }
        Ok(text)
    }

    fn summary(&self) -> Result<String> {
        let mut text = String::new();
        let long: Vec<_> = self
            .cells
            .iter()
            .filter(|(_, _, cell)| cell.of(Variant::ByHand) >= LONG_ENOUGH)
            .collect();
        let mean = (long
            .iter()
            .map(|(_, _, cell)| cell.ratio().ln())
            .sum::<f64>()
            / long.len().max(1) as f64)
            .exp();
        writeln!(
            text,
            "\nWhere by hand takes a millisecond or more ({} of {} cells):\n",
            long.len(),
            self.cells.len()
        )?;
        writeln!(
            text,
            "- geometric mean of the ratios: {mean:.3} (target: at most {MEAN_ALLOWED})"
        )?;
        if let Some((caller, query, cell)) = long
            .iter()
            .max_by(|a, b| a.2.ratio().total_cmp(&b.2.ratio()))
        {
            writeln!(
                text,
                "- worst: {:.2}, {caller}, {query} (target: at most {WORST_ALLOWED})",
                cell.ratio()
            )?;
        }
        let slower: Vec<_> = self
            .cells
            .iter()
            .filter(|(_, _, cell)| cell.is_slower_than_usual())
            .map(|(caller, query, cell)| {
                format!(
                    "{caller}, {query} ({} to {})",
                    number(cell.of(Variant::Sharing)),
                    number(cell.better_usual())
                )
            })
            .collect();
        let slower = match slower.as_slice() {
            [] => "none".to_owned(),
            cells => cells.join("; "),
        };
        writeln!(
            text,
            "\nCells of any length that are slower than the better of the two usual policies, by more than\n10 % and 0.05 ms (target: none): {slower}"
        )?;
        Ok(text)
    }
}

fn numbers(cell: &Cell) -> String {
    cell.0.map(number).join("  ")
}

/// Three significant digits.
fn number(milliseconds: f64) -> String {
    match milliseconds {
        10.0.. => format!("{milliseconds:.0}"),
        1.0.. => format!("{milliseconds:.1}"),
        0.1.. => format!("{milliseconds:.2}"),
        _ => format!("{milliseconds:.3}"),
    }
}

/// What a line of a file says after the colon.
fn line_of(path: &str, name: &str) -> String {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines()
        .find(|line| line.starts_with(name))
        .and_then(|line| line.split_once(':'))
        .map_or("unknown".to_owned(), |(_, value)| value.trim().to_owned())
}
