//! Giving records to another owner (semantics: Modules): single ones by their keys, or all of an owner.

use crate::api::raise::{OrRaise, required};
use crate::core::{Error, Principal, Result};
use crate::session::administration::must_administer;
use crate::tables::transfer;
use crate::tables::transfer_all::{came_meanwhile, hand_over};
use pgrx::pg_sys;
use pgrx::prelude::*;

/// Gives records to another owner (semantics: Modules).
#[pg_extern(sql = false)]
fn transfer(
    relation: Option<pg_sys::Oid>,
    record_ids: Option<Vec<Option<String>>>,
    new_owner: Option<&str>,
) -> i64 {
    let call = || {
        let relation = required(relation, "relation")?;
        let ids = required(record_ids, "record_ids")?.into_iter();
        let ids = ids
            .map(|id| required(id, "record_ids"))
            .collect::<Result<_>>()?;
        transfer::transfer(relation, ids, required(new_owner, "new_owner")?)
    };
    call().or_raise()
}

/// Gives all records of an owner to another, in all modules (semantics: Modules): all or none.
#[pg_extern(sql = false)]
fn transfer_all(
    owner: Option<&str>,
    new_owner: Option<&str>,
) -> TableIterator<'static, (name!(module, String), name!(records, i64))> {
    let call = || {
        must_administer("transfer_all")?;
        let owner = Principal::parse(required(owner, "owner")?)?;
        let moved = hand_over(&owner, required(new_owner, "new_owner")?)?;
        if let Some(left) = came_meanwhile(&owner)? {
            pgrx::notice!(
                "meanwhile \"{owner}\" got {left}: sharing.transfer_all(owner, new_owner) again hands these over, too"
            );
        }
        Ok::<_, Error>(moved)
    };
    TableIterator::new(call().or_raise())
}
