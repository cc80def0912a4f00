//! Giving all records of an owner to another, or telling what somebody leaves behind (semantics: Modules).

use crate::catalog::read::configuration::Owners;
use crate::catalog::read::people::People;
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::state::State;
use crate::catalog::write::change::GROUP;
use crate::catalog::write::elevation::Elevated;
use crate::catalog::write::user_keys;
use crate::core::org::GroupId;
use crate::core::{Error, Principal, Result};
use crate::policy::records::owned_records;
use crate::policy::text::columns::KeyColumn;
use crate::tables::protected_tables::{open_table, owners_of};
use crate::tables::transfer::{Transfer, number_of_records};
use pgrx::pg_sys;

/// A module some of whose records may belong to an owner.
struct Holding {
    module: String,
    relation: pg_sys::Oid,
    /// Where their key stands in them.
    column: KeyColumn,
}

/// Where records of a user or group may be, in the order of the modules' names, and their key. An owner
/// whom nobody knows has a key as well, which was left when they were dropped.
fn holdings(owner: &Principal) -> Result<(Vec<Holding>, String)> {
    let snapshot = Snapshot::latest();
    let _elevated = Elevated::enter()?;
    let state = State::seen_by(&snapshot)?
        .ok_or_else(|| Error::internal("pg_sharing has no configuration"))?;
    let org = &state.configuration.org;
    let (key, is_group) = match owner {
        Principal::User(key) => (key.clone(), false),
        Principal::Group(name) => {
            let id = GROUP.find(name)?.map(GroupId);
            let group = id.and_then(|id| org.groups.get(&id));
            (group.ok_or_else(|| GROUP.missing(name))?.key.clone(), true)
        }
        _ => return Err(no_owner(owner)),
    };
    let mut found = Vec::new();
    for table in state.configuration.tables.values() {
        let holds = match table.owners {
            Owners::User => !is_group,
            Owners::Group => is_group,
            Owners::UserOrGroup | Owners::UserAndGroup => true,
            Owners::Parent => false,
        };
        if !holds {
            continue;
        }
        let columns = owners_of(&open_table(table.relation)?)?;
        let module = org.modules.get(&table.module);
        found.push(Holding {
            module: module.map_or("?".to_owned(), |module| module.name.clone()),
            relation: table.relation,
            column: match columns.group {
                Some(group) if is_group => group,
                _ => columns.owner,
            },
        });
    }
    found.sort_by(|one, other| one.module.cmp(&other.module));
    Ok((found, key))
}

fn no_owner(principal: &Principal) -> Error {
    Error::bad_value(format!("\"{principal}\" cannot own records"))
        .hint("An owner is user:KEY or group:NAME.")
}

/// Whether a user or a group is there; the key of a user who is not active.
fn must_exist(owner: &Principal) -> Result<Option<String>> {
    let _elevated = Elevated::enter()?;
    match owner {
        Principal::User(key) => {
            let snapshot = Snapshot::latest();
            let people = People::open()?;
            let user = people
                .by_key(key, &snapshot)
                .ok_or_else(|| user_keys::unknown(key))?;
            Ok((!user.active).then(|| key.clone()))
        }
        Principal::Group(name) => GROUP.id(name).map(|_| None),
        _ => Err(no_owner(owner)),
    }
}

/// Gives all records of `owner` away, as the caller; returns the modules that had some, and how many.
pub fn hand_over(owner: &Principal, new_owner: &str) -> Result<Vec<(String, i64)>> {
    let receiver = Principal::parse(new_owner)?;
    let inactive = must_exist(&receiver)?;
    if *owner == receiver {
        return Err(
            Error::bad_value(format!("\"{owner}\" owns these records already"))
                .hint("Name another owner."),
        );
    }
    let (holdings, key) = holdings(owner)?;
    let mut moved = Vec::new();
    for holding in holdings {
        // What they have nothing of is left alone: no privilege is needed, and no lock taken.
        if owned_records::count(holding.relation, &holding.column, &key)? == 0 {
            continue;
        }
        let transfer = Transfer::prepare(holding.relation, new_owner)?;
        let count = transfer.carry_out_all(&holding.column, &key)?;
        moved.push((holding.module, count));
    }
    if moved.is_empty() {
        // Of somebody unknown only what they left behind can be told from a mistake.
        must_exist(owner)?;
    } else if let Some(key) = inactive {
        pgrx::notice!(
            "user \"{key}\" is not active: the records are reached by the people above them alone"
        );
    }
    Ok(moved)
}

/// Hands over what an owner has who is about to be dropped, or tells what is left. Before the
/// configuration is locked: DDL locks tables first.
pub fn hand_over_or_tell(owner: &Principal, reassign_to: Option<&str>) -> Result<Option<String>> {
    match reassign_to {
        Some(new_owner) => {
            hand_over(owner, new_owner)?;
            came_meanwhile(owner)
        }
        None => left_behind(owner),
    }
}

/// What the records of somebody who goes are told of, where there are any.
fn left_behind(owner: &Principal) -> Result<Option<String>> {
    told_of(owner, owned_records::count_or_estimate)
}

/// The records that others committed for an owner while all of theirs were handed over. Nothing keeps anybody
/// from that: to lock all modules against writing until the end would stop the application.
pub fn came_meanwhile(owner: &Principal) -> Result<Option<String>> {
    told_of(owner, owned_records::count_all)
}

fn told_of(
    owner: &Principal,
    count: fn(pg_sys::Oid, &KeyColumn, &str) -> Result<owned_records::RecordCount>,
) -> Result<Option<String>> {
    let (holdings, key) = holdings(owner)?;
    let mut parts = Vec::new();
    for holding in holdings {
        let count = count(holding.relation, &holding.column, &key)?;
        let about = if count.is_exact { "" } else { "about " };
        if count.records > 0 {
            let records = number_of_records(count.records);
            parts.push(format!("{about}{records} of \"{}\"", holding.module));
        }
    }
    Ok((!parts.is_empty()).then(|| parts.join(", ")))
}
