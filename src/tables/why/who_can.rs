//! Who may do something with a record.

use crate::core::{Error, Level, Result};
use crate::policy::judgement::loading::RecordLoader;
use crate::policy::judgement::who::{Standing, everybody_with};
use crate::session::caller::Caller;
use crate::tables::why::asking::Asking;
use crate::tables::why::words::GrantWords;
use pgrx::pg_sys;
use std::collections::HashMap;

/// Somebody who may: their key and name, the access, and by which grant most of all.
pub type WhoCanLine = (String, String, Level, &'static str, String);

/// Everybody who has at least that access to a record, in the order of their keys. For administrators.
pub fn who_can(
    caller: Caller,
    relation: pg_sys::Oid,
    record_id: &str,
    access: &str,
) -> Result<Vec<WhoCanLine>> {
    let Some(asking) = Asking::begin(caller)? else {
        return Ok(Vec::new());
    };
    asking.must_administer("who_can")?;
    let mut levels = Level::ALL.into_iter().filter(|level| *level > Level::None);
    let Some(wanted) = levels.find(|level| level.label() == access) else {
        return Err(Error::bad_value("access none is what everybody has")
            .hint("Ask who has at least read, edit or full."));
    };
    asking.module_of(relation)?;
    let Asking {
        state, snapshot, ..
    } = &asking;
    let mut loader = RecordLoader::new(&state.configuration, snapshot)?;
    let Some(record) = loader.find(relation, record_id)? else {
        asking.does_not_find(relation)?;
        return Ok(Vec::new());
    };
    // Those who are alike share their standing, and what is said of it.
    let mut said: HashMap<*const Standing, (&'static str, String)> = HashMap::new();
    let mut lines = Vec::new();
    for somebody in everybody_with(wanted, &record, state, snapshot)? {
        let standing = &somebody.standing;
        let name = std::ptr::from_ref(&**standing);
        let (reason, via) = match (said.get(&name), &standing.strongest) {
            (Some(known), _) => known.clone(),
            (None, None) => continue,
            (None, Some(grant)) => {
                let words = GrantWords {
                    org: &state.configuration.org,
                    snapshot,
                    record: &record,
                    me: &standing.user,
                    with_keys: true,
                };
                let told = words.grant(grant)?;
                said.insert(name, (told.reason, told.via.clone()));
                (told.reason, told.via)
            }
        };
        lines.push((somebody.key, somebody.name, standing.level, reason, via));
    }
    Ok(lines)
}
