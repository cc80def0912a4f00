//! Which shares open a record now, for the lists of links (semantics: Record sharing between offices): a share is worth nothing while
//! its record has another owner, or the receiver's profiles take the module away.

use crate::catalog::read::configuration::ProtectedTable;
use crate::catalog::read::links::{shared_modules, shares_of};
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::state::State;
use crate::core::org::{ModuleId, User};
use crate::core::{Action, Result};
use crate::policy::records::reading::{Records, tables_with_rows};
use crate::policy::records::shards;
use crate::policy::records::shards::WantedRows;
use crate::policy::sets::key_map::KeyMap;
use crate::policy::sets::keys::KeySet;
use crate::policy::sets::share_sets::lowest_level;
use crate::policy::text::columns::{Columns, columns};
use std::collections::HashSet;

/// The records that a link opens to `to` while it is active and carries: by module and key. `from`
/// is the key of the user who shares. Reads the tables as policies do: no privilege, no SPI.
pub fn opened(
    link: i64,
    from: &str,
    to: &User,
    state: &State,
    snapshot: &Snapshot,
) -> Result<HashSet<(ModuleId, String)>> {
    let mut opened = HashSet::new();
    for &module in shared_modules(snapshot).iter() {
        let shares = shares_of(link, module, snapshot);
        let mut tables = state.configuration.tables.values();
        let table = tables.find(|table| table.module == module);
        let lowest = lowest_level(state, to, module, Action::Read);
        if let (false, Some(table), Some(lowest)) = (shares.is_empty(), table, lowest) {
            let records = shares.into_iter().filter(|(_, level)| *level >= lowest);
            let keys: Vec<String> = records.map(|(key, _)| key).collect();
            let owned = owned_by(from, &keys, table, snapshot)?;
            opened.extend(owned.into_iter().map(|key| (module, key)));
        }
    }
    Ok(opened)
}

/// The records with these keys that a user owns.
fn owned_by(
    owner: &str,
    keys: &[String],
    table: &ProtectedTable,
    snapshot: &Snapshot,
) -> Result<HashSet<String>> {
    let mut owned = HashSet::new();
    for relation in tables_with_rows(table.relation) {
        let Some(records) = Records::open(relation) else {
            continue;
        };
        // SAFETY: the relation is open while `records` lives.
        let Ok(Columns::Owned(columns)) = (unsafe { columns(records.relation()) }) else {
            continue;
        };
        let Some(record) = &columns.record else {
            continue;
        };
        let mut owners = KeySet::new(columns.owner.key_type);
        owners.insert(owner);
        let (mut places, mut wanted) = (KeyMap::new(record.key_type), KeySet::new(record.key_type));
        for (place, key) in keys.iter().enumerate() {
            places.insert(key, place);
            wanted.insert(key);
        }
        let mut visit = |tuple| {
            // SAFETY: rows are of this table, and the columns have the types of their keys.
            unsafe {
                let is_owned = records
                    .value(tuple, columns.owner.number)
                    .is_some_and(|owner| owners.contains(columns.owner.key_type, owner));
                let place = records
                    .value(tuple, record.number)
                    .and_then(|key| places.get(record.key_type, key));
                if let (true, Some(&place)) = (is_owned, place) {
                    owned.extend(keys.get(place).cloned());
                }
            }
            Ok(())
        };
        if shards::hold(&records) {
            let numbers = [record.number, columns.owner.number];
            let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
            let wanted = WantedRows::WithKeys(record.number, record.key_type, &keys);
            shards::each(&records, &numbers, wanted, &mut visit)?;
            continue;
        }
        match records.index_on(record.number) {
            // SAFETY: the keys are of the index's type.
            Some(index) => unsafe {
                records.each_with(&index, &wanted.datums(index.key_type), snapshot, visit)?;
            },
            None => records.each(snapshot, visit)?,
        }
    }
    Ok(owned)
}
