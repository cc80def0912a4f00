//! Records shared one by one, over links between offices
//! (semantics: Record sharing between offices).

use crate::catalog::read::configuration::Owners;
use crate::catalog::read::ends::must_be_to_come;
use crate::catalog::read::people::People;
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::state::{Identity, State};
use crate::catalog::write::elevation::Elevated;
use crate::catalog::write::links::Sharing;
use crate::core::decision::{Record, Sight};
use crate::core::org::{ModuleId, User};
use crate::core::{Action, Error, Result};
use crate::pg::clock::Time;
use crate::policy::records::record_lookup::{FoundRecord, find};
use crate::policy::records::shards::commit_waits_for_workers;
use crate::policy::text::columns::OwnerColumns;
use crate::session::author::Authorship;
use crate::tables::protected_tables::{OwnedTable, key_of, open_table};
use pgrx::pg_sys;
use std::collections::BTreeSet;
use std::rc::Rc;

/// A table whose records can be shared.
struct SharedTable {
    name: String,
    relation: pg_sys::Oid,
    columns: OwnerColumns,
    module: ModuleId,
}

impl SharedTable {
    fn find(relation: pg_sys::Oid) -> Result<SharedTable> {
        let OwnedTable {
            open,
            columns,
            module,
            owners,
            ..
        } = OwnedTable::find(relation)?;
        if columns.record.is_none() || owners == Owners::Group {
            return Err(Error::not_possible(format!(
                "records of \"{}\" cannot be shared one by one",
                open.name()
            ))
            .hint("That takes a user owner and a primary key of one column, whose collation is deterministic, when the table is protected."));
        }
        Ok(SharedTable {
            name: open.name().to_owned(),
            relation,
            columns,
            module,
        })
    }

    /// Whether a user sees what they own: not where their profiles take the module away.
    fn shows_own(&self, me: &User) -> Result<bool> {
        let state = State::seen_by(&Snapshot::latest())?;
        let sight = state
            .as_ref()
            .and_then(|state| Sight::new(&state.configuration.org, me, self.module));
        Ok(sight.is_some_and(|sight| sight.allows(Action::Read, &Record::owned_by_user(me))))
    }

    /// A record by its key, with the user who owns it.
    fn record(&self, key: &str) -> Result<Option<(FoundRecord, User)>> {
        let Some(found) = find(self.relation, &self.columns, key)? else {
            return Ok(None);
        };
        let people = People::open()?;
        let owner = found.owner.as_ref();
        let owner = owner.and_then(|owner| people.by_key(owner, &Snapshot::latest()));
        Ok(owner.map(|owner| (found, owner)))
    }
}

/// Who shares or unshares: the caller's identity, if they have one, and whether they administer.
pub type Sharer = (Option<Rc<Identity>>, bool);

/// Shares records with a user, all or none. Returns how many.
pub fn share_records(
    sharer: Sharer,
    relation: pg_sys::Oid,
    record_ids: Vec<String>,
    with_user: &str,
    access: &str,
    until: Option<Time>,
) -> Result<i64> {
    let _authorship = Authorship::begin("share_records")?;
    // In one order, so that two who share the same do not wait for each other in turn.
    let record_ids: BTreeSet<String> = record_ids.into_iter().collect();
    let mut shared = BTreeSet::new();
    for record_id in &record_ids {
        let sharer = sharer.clone();
        shared.insert(share_record(
            sharer, relation, record_id, with_user, access, until,
        )?);
    }
    Ok(shared.len() as i64)
}

/// Shares a record with a user. Returns its key, as the database writes it.
pub fn share_record(
    (me, administers): Sharer,
    relation: pg_sys::Oid,
    record_id: &str,
    with_user: &str,
    access: &str,
    until: Option<Time>,
) -> Result<String> {
    let _authorship = Authorship::begin("share_record")?;
    commit_waits_for_workers(relation)?;
    let _elevated = Elevated::enter()?;
    if !matches!(access, "read" | "edit") {
        return Err(
            Error::bad_value(format!("a record cannot be shared with access {access}"))
                .hint("It is shared with access read or edit."),
        );
    }
    must_be_to_come(
        until,
        "a record is taken back with sharing.unshare_record()",
    )?;
    let table = SharedTable::find(relation)?;
    key_of(&open_table(relation)?)?;
    let sharer = match me.as_deref() {
        Some(me) if !administers && table.shows_own(me)? => Some(me.id),
        _ => None,
    };
    let mine = |owner: &User| administers || sharer == Some(owner.id);
    let look = || -> Result<_> {
        let found = table.record(record_id)?;
        Ok(found.filter(|(_, owner)| mine(owner)))
    };
    // Only a record of their own is locked: waiting for a lock would tell of a hidden one, and
    // holding it would keep others from deleting it.
    let found = loop {
        match look()? {
            None => break None,
            // Once more, since it may have another owner after the wait.
            Some((found, _)) if found.lock(c"sharing.share_record()")?.is_continue() => {
                break look()?;
            }
            Some(_) => {}
        }
    };
    // The same words for a record that is hidden, missing, or somebody else's.
    let Some((record, owner)) = found else {
        return Err(Error::not_allowed(format!(
            "record {} of \"{}\" cannot be shared: it does not exist, or the caller does not own it",
            pgrx::spi::quote_literal(record_id),
            table.name
        )));
    };
    record.must_survive_a_crash()?;
    Sharing::begin()?.share(&owner, with_user, table.module, &record.key, access, until)?;
    Ok(record.key)
}

/// Takes back what was shared with a user.
pub fn unshare_record(
    (me, administers): Sharer,
    relation: pg_sys::Oid,
    record_id: &str,
    with_user: &str,
) -> Result<()> {
    let _authorship = Authorship::begin("unshare_record")?;
    commit_waits_for_workers(relation)?;
    let table = SharedTable::find(relation)?;
    let from = me.filter(|_| !administers).map(|me| me.id);
    let ended = Sharing::begin()?.unshare(from, with_user, table.module, record_id)?;
    match ended {
        0 => Err(Error::unknown(format!(
            "record {} of \"{}\" is not shared with user \"{with_user}\"",
            pgrx::spi::quote_literal(record_id),
            table.name
        ))
        .hint("What is shared over a link is listed by sharing.shared_records(link_id).")),
        _ => Ok(()),
    }
}
