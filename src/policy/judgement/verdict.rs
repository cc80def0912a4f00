//! What somebody may do with a record, and why.

use crate::catalog::read::snapshot::Snapshot;
use crate::core::Level;
use crate::core::decision::{ADMINISTRATOR, Cut, Grant, Sight};
use crate::core::ordinary::may_everything;
use crate::core::org::{Org, User};
use crate::policy::judgement::loaded::LoadedRecord;

#[derive(Debug)]
pub struct Judgement {
    /// After the cuts.
    pub level: Level,
    /// Those that hold, strongest first, then those that a closed office withholds. Of a detail, those of the
    /// record at the end of its chain of parents.
    pub grants: Vec<Grant>,
    pub cuts: Vec<Cut>,
}

/// Judges a record for somebody, who must be active, by the rules of `org`, of which `me.superior_in` speaks
/// (`State::superior_in`). `snapshot` is the one by which the record was loaded.
pub fn judge(record: &LoadedRecord, org: &Org, me: &User, snapshot: &Snapshot) -> Judgement {
    let Some(sight) = Sight::new(org, me, record.module) else {
        // Nothing decides any more, which leaves administrators.
        let may = may_everything(me);
        return Judgement {
            level: if may { Level::Full } else { Level::None },
            grants: may.then_some(ADMINISTRATOR).into_iter().collect(),
            cuts: Vec::new(),
        };
    };
    record.as_seen_by(me, snapshot, &|asked| Judgement {
        level: sight.access(asked),
        grants: sight.grants(asked),
        cuts: sight.cuts(asked),
    })
}

/// The level alone, by somebody's sight of the record's module.
pub fn level(
    record: &LoadedRecord,
    sight: Option<&Sight>,
    me: &User,
    snapshot: &Snapshot,
) -> Level {
    match sight {
        Some(sight) => record.as_seen_by(me, snapshot, &|asked| sight.access(asked)),
        None if may_everything(me) => Level::Full,
        None => Level::None,
    }
}
