//! Making the organization what the tables say, source by source.

use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::sources::TableSource;
use crate::catalog::read::sources::sources;
use crate::catalog::write::change::Change;
use crate::core::document::PlannedChange;
use crate::core::{Error, Result};
use crate::sources::scope::Scope;
use crate::sources::words::Telling;
use pgrx::pg_sys;

/// The longest unit that can wait, in bytes: an index holds it. Two keys of the greatest length fit, whatever
/// they consist of; what is longer names nothing that could come yet.
const LONGEST_UNIT: usize = 2600;

/// Something that a source says and that cannot be honoured, or not yet.
pub struct Problem {
    pub unit: String,
    pub error: Error,
}

/// Keys that changed in one row each: what it was, and what it is.
pub type Pairs = Vec<(String, String)>;

/// Makes what a source of some kind holds what it says; returns what cannot be.
pub type Reconcile = fn(&mut Engine, &TableSource, &Scope, &Pairs) -> Result<Vec<Problem>>;

pub struct Engine<'a> {
    pub change: &'a Change,
    reconcile: Reconcile,
    /// Whether what cannot be honoured is an error at once, and not only at the end of the transaction.
    is_strict: bool,
    /// Whether something came about for which rows may wait that were seen earlier.
    pub progressed: bool,
    /// What changed, in the words of people, where somebody wants to know.
    pub words: Option<Telling>,
}

impl<'a> Engine<'a> {
    /// For statements of the application: within a transaction, rows may come in any order.
    pub fn lenient(change: &'a Change, reconcile: Reconcile) -> Engine<'a> {
        Engine {
            change,
            reconcile,
            is_strict: false,
            progressed: false,
            words: None,
        }
    }

    pub fn strict(change: &'a Change, reconcile: Reconcile) -> Engine<'a> {
        Engine {
            is_strict: true,
            ..Self::lenient(change, reconcile)
        }
    }

    /// Strictly, for administrators, who are told what changes.
    pub fn telling(change: &'a Change, reconcile: Reconcile) -> Result<Engine<'a>> {
        Ok(Engine {
            words: Some(Telling::new(change)?),
            ..Self::strict(change, reconcile)
        })
    }

    /// Makes what a source holds within the scope what it says now.
    pub fn reconcile(&mut self, source: &TableSource, scope: &Scope, pairs: &Pairs) -> Result<()> {
        if scope.is_empty() {
            return Ok(());
        }
        see_own_changes();
        let mut problems = (self.reconcile)(self, source, scope, pairs)?;
        if let Some(at) = problems
            .iter()
            .position(|one| one.unit.len() > LONGEST_UNIT)
        {
            return Err(problems.swap_remove(at).error);
        }
        if !self.is_strict {
            let looked_at = match scope {
                Scope::All => None,
                Scope::Units(units) => Some(units.iter().map(String::as_str).collect()),
            };
            let open: Vec<&str> = problems.iter().map(|one| one.unit.as_str()).collect();
            return self.change.note_gaps(source.id, looked_at, &open);
        }
        match problems.into_iter().next() {
            None => Ok(()),
            Some(problem) => Err(problem.error),
        }
    }

    /// Looks again at what waited, as long as something came about.
    pub fn settle(&mut self) -> Result<()> {
        let mut before = None;
        while std::mem::take(&mut self.progressed) {
            let gaps = self.change.gaps()?;
            // What comes and goes again in vain is no progress.
            if gaps.is_empty() || before.as_ref() == Some(&gaps) {
                return Ok(());
            }
            for source in sources(&Snapshot::latest()) {
                if let Some(units) = gaps.get(&source.id) {
                    self.reconcile(&source, &Scope::units(units.clone()), &Pairs::new())?;
                }
            }
            before = Some(gaps);
        }
        Ok(())
    }

    /// What changed, where somebody wanted to know.
    pub fn told(self) -> Vec<PlannedChange> {
        self.words.map(Telling::told).unwrap_or_default()
    }
}

/// What the transaction did so far becomes visible to the snapshots that are taken from here on.
fn see_own_changes() {
    // SAFETY: counts commands; whoever comes here is changing the configuration.
    unsafe { pg_sys::CommandCounterIncrement() };
}
