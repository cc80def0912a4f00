//! What somebody may do with a record, and by which grants.

use crate::catalog::read::lease::lapse;
use crate::catalog::read::state::Identity;
use crate::core::decision::Sight;
use crate::core::{Level, Result};
use crate::policy::judgement::loaded::LoadedRecord;
use crate::policy::judgement::loading::RecordLoader;
use crate::policy::judgement::verdict::{judge, level};
use crate::session::caller::Caller;
use crate::tables::why::asking::Asking;
use crate::tables::why::words::{GrantWords, ToldGrant};
use pgrx::pg_sys;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::rc::Rc;

/// One line of an explanation: access, reason, via, detail.
pub type ExplanationLine = (Level, &'static str, String, Value);

/// Every grant of a record that holds for somebody, strongest first, and then what was withheld and cut. To
/// whoever does not administer nothing of a record that they do not see.
pub fn explain(
    caller: Caller,
    relation: pg_sys::Oid,
    record_id: &str,
    user_key: Option<&str>,
) -> Result<Vec<ExplanationLine>> {
    let Some(asking) = Asking::begin(caller)? else {
        return Ok(Vec::new());
    };
    let subject = asking.subject(user_key)?;
    let module = asking.module_of(relation)?;
    let Some(subject) = subject else {
        return asking.lapsed();
    };
    let Asking {
        state, snapshot, ..
    } = &asking;
    let org = &state.configuration.org;
    let administers = asking.administers()?;
    let mut loader = RecordLoader::new(&state.configuration, snapshot)?;
    let found = loader.find(relation, record_id)?;
    let is_there = found.is_some();
    if !is_there {
        asking.does_not_find(relation)?;
    }
    let record = found.unwrap_or_else(|| Rc::new(loader.nothing(module, record_id)));
    let judgement = judge(&record, org, &subject, snapshot);
    if !is_there || judgement.level == Level::None && !administers {
        return Ok(Vec::new());
    }
    let words = GrantWords {
        org,
        snapshot,
        record: &record,
        me: &subject,
        with_keys: administers,
    };
    let line = |access, told: ToldGrant| (access, told.reason, told.via, told.detail);
    let mut lines = Vec::new();
    for grant in &judgement.grants {
        lines.push(match grant.withheld_by {
            None => line(grant.level, words.grant(grant)?),
            Some(_) => line(Level::None, words.withheld(grant)?),
        });
    }
    let cuts = judgement.cuts.iter();
    lines.extend(cuts.map(|cut| line(Level::None, words.cut(cut, org.profiles_of(&subject)))));
    Ok(lines)
}

/// What somebody may do with a record. Of one that is not there: nothing.
pub fn access_to(
    caller: Caller,
    relation: pg_sys::Oid,
    record_id: &str,
    user_key: Option<&str>,
) -> Result<Level> {
    let Some(asking) = Asking::begin(caller)? else {
        return Ok(Level::None);
    };
    let subject = asking.subject(user_key)?;
    let levels = asking.levels(subject, relation, &[record_id])?;
    Ok(levels.get(record_id).copied().unwrap_or_default())
}

/// What the caller may do with each of some records, in the same order.
pub fn access_levels(
    caller: Caller,
    relation: pg_sys::Oid,
    record_ids: Vec<String>,
) -> Result<Vec<(String, Level)>> {
    let levels = match Asking::begin(caller)? {
        None => HashMap::new(),
        Some(asking) => {
            let keys: Vec<&str> = record_ids.iter().map(String::as_str).collect();
            asking.levels(asking.subject(None)?, relation, &keys)?
        }
    };
    let each = record_ids.into_iter().map(|id| {
        let level = levels.get(&id).copied().unwrap_or_default();
        (id, level)
    });
    Ok(each.collect())
}

impl Asking {
    /// To an administrator: why nobody is known, if that is so for want of a heartbeat.
    fn lapsed(&self) -> Result<Vec<ExplanationLine>> {
        let lapse = lapse(&self.snapshot).filter(|_| self.state.generation.is_lapsed);
        Ok(match lapse {
            Some(lapse) if self.administers()? => {
                let at = lapse.heartbeat().map(String::from);
                let detail = json!({ "heartbeat": at });
                vec![(
                    Level::None,
                    "stale_configuration",
                    lapse.to_string(),
                    detail,
                )]
            }
            _ => Vec::new(),
        })
    }

    fn levels(
        &self,
        subject: Option<Rc<Identity>>,
        relation: pg_sys::Oid,
        keys: &[&str],
    ) -> Result<HashMap<String, Level>> {
        let module = self.module_of(relation)?;
        let Some(subject) = subject else {
            return Ok(HashMap::new());
        };
        let configuration = &self.state.configuration;
        let sight = Sight::new(&configuration.org, &subject, module);
        let mut loader = RecordLoader::new(configuration, &self.snapshot)?;
        let found = loader.find_all(relation, keys)?;
        if found.len() < keys.len() {
            self.does_not_find(relation)?;
        }
        let judge = |record: &LoadedRecord| level(record, sight.as_ref(), &subject, &self.snapshot);
        for key in keys.iter().filter(|key| !found.contains_key(**key)) {
            judge(&loader.nothing(module, key));
        }
        let judged = found.into_iter().map(|(key, record)| (key, judge(&record)));
        Ok(judged.collect())
    }
}
