//! Single records given to people of the same company, and taken back (semantics: Single records for colleagues).

use crate::catalog::read::ends::must_be_to_come;
use crate::catalog::read::labels::access_level;
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::state::{Identity, State};
use crate::catalog::write::change::Look;
use crate::catalog::write::elevation::Elevated;
use crate::catalog::write::grants::{GivenRow, GrantChanges, WantedGrants};
use crate::core::decision::Sight;
use crate::core::document::no_grants;
use crate::core::org::{Control, ModuleId};
use crate::core::{Action, Error, Level, Principal, Result};
use crate::pg::clock;
use crate::policy::judgement::loading::RecordLoader;
use crate::policy::records::record_lookup::find;
use crate::policy::records::shards::commit_waits_for_workers;
use crate::policy::text::columns::{Columns, OwnerColumns};
use crate::session::author::Authorship;
use crate::tables::protected_tables::{OwnedTable, columns_of, key_of, open_table};
use pgrx::datum::TimestampWithTimeZone;
use pgrx::pg_sys;
use std::rc::Rc;

/// Who gives or takes back: the caller's identity, if they have one, and whether they administer.
pub type Giver = (Option<Rc<Identity>>, bool);

/// A row of `granted_records`.
pub type GrantColumns = (
    String,
    String,
    String,
    pg_sys::Oid,
    Option<String>,
    Option<TimestampWithTimeZone>,
    Option<TimestampWithTimeZone>,
    &'static str,
);

/// A table whose records can be given.
struct GivenTable {
    name: String,
    relation: pg_sys::Oid,
    columns: OwnerColumns,
    module: ModuleId,
    /// The name of its module, where that takes no grants.
    refusing: Option<String>,
}

impl GivenTable {
    fn find(relation: pg_sys::Oid) -> Result<GivenTable> {
        must_be_no_detail(relation)?;
        let OwnedTable {
            open,
            columns,
            module,
            state,
            ..
        } = OwnedTable::find(relation)?;
        if columns.record.is_none() {
            return Err(Error::not_possible(format!(
                "records of \"{}\" cannot be given one by one",
                open.name()
            ))
            .hint("That takes a primary key of one column, whose collation is deterministic, when the table is protected. A table that inherits has none of its own."));
        }
        key_of(&open)?;
        let modules = &state.configuration.org.modules;
        let refusing = modules.get(&module).filter(|facts| !facts.grants);
        Ok(GivenTable {
            refusing: refusing.map(|facts| facts.name.clone()),
            name: open.name().to_owned(),
            relation,
            columns,
            module,
        })
    }

    /// Whether the caller has full access to a record, by the latest state, also where their profiles take
    /// deleting away: they may change its owner.
    fn is_full(&self, (me, administers): &Giver, key: &str) -> Result<bool> {
        let snapshot = Snapshot::latest();
        let Some(state) = State::seen_by(&snapshot)? else {
            return Ok(false);
        };
        let mut loader = RecordLoader::new(&state.configuration, &snapshot)?;
        let found = loader.find(self.relation, key)?;
        let is_there = found.is_some();
        if *administers {
            return Ok(is_there);
        }
        let record = found.unwrap_or_else(|| Rc::new(loader.nothing(self.module, key)));
        let org = &state.configuration.org;
        let (Some(me), Some(sight)) = (
            me,
            me.as_ref()
                .and_then(|me| Sight::new(org, me, record.module)),
        ) else {
            return Ok(false);
        };
        let full = record.as_seen_by(me, &snapshot, &|asked| {
            sight.allows(Action::ChangeOwner, asked)
        });
        Ok(full && is_there)
    }
}

/// Whoever has access to a detail has it by the record that controls it: that one is given.
fn must_be_no_detail(relation: pg_sys::Oid) -> Result<()> {
    let snapshot = Snapshot::latest();
    let Some(state) = State::seen_by(&snapshot)? else {
        return Ok(());
    };
    let open = open_table(relation)?;
    let is_module = |table| Ok(state.table(table).is_some());
    let Columns::Detail(detail) = columns_of(&open, is_module)? else {
        return Ok(());
    };
    let org = &state.configuration.org;
    let module = state.module_of(detail.module_relation);
    let facts = module.and_then(|module| org.modules.get(&module));
    let above = facts.and_then(|facts| match facts.control {
        Control::Parent(parent) => org.modules.get(&parent),
        Control::Owner => None,
    });
    let above = above.map_or("another module", |above| &above.name);
    Err(Error::not_possible(format!(
        "records of \"{}\" cannot be given: \"{above}\" controls them",
        open.name()
    ))
    .hint(format!(
        "Give the record of \"{above}\" that controls it: whoever reaches that one reaches this one, too."
    )))
}

/// Gives a record to somebody.
pub fn grant_record(
    giver: Giver,
    relation: pg_sys::Oid,
    record_id: &str,
    to_whom: &str,
    access: &str,
    until: Option<i64>,
) -> Result<()> {
    let _authorship = Authorship::begin("grant_record")?;
    commit_waits_for_workers(relation)?;
    let _elevated = Elevated::enter()?;
    if !matches!(access, "read" | "edit") {
        return Err(
            Error::bad_value(format!("a record cannot be given with access {access}"))
                .hint("It is given with access read or edit."),
        );
    }
    let to = Principal::parse(to_whom)?;
    must_be_to_come(until, "a record is taken back with sharing.revoke_record()")?;
    let table = GivenTable::find(relation)?;
    if let Some(module) = &table.refusing {
        return Err(no_grants(module));
    }
    let look = || -> Result<_> {
        let found = find(relation, &table.columns, record_id)?;
        Ok(match found {
            Some(found) if table.is_full(&giver, &found.key)? => Some(found),
            _ => None,
        })
    };
    // Only a record to which they have full access is locked: waiting for a lock would tell of a hidden one,
    // and holding it would keep others from deleting it.
    let found = loop {
        match look()? {
            None => break None,
            // Once more, since they may have lost it during the wait.
            Some(found) if found.lock(c"sharing.grant_record()")?.is_continue() => break look()?,
            Some(_) => {}
        }
    };
    // The same words for a record that is hidden, missing, or not theirs to give.
    let Some(record) = found else {
        return Err(Error::not_allowed(format!(
            "record {} of \"{}\" cannot be given: it does not exist, or the caller has no full access to it",
            pgrx::spi::quote_literal(record_id),
            table.name
        )));
    };
    record.must_survive_a_crash()?;
    let by = giver.0.as_ref().map(|me| me.id);
    let what = (table.module, record.key.as_str());
    GrantChanges::begin()?.give(what, &to, access, until, by)
}

/// Takes a record back: who has full access to it, or gave it.
pub fn revoke_record(
    giver: Giver,
    relation: pg_sys::Oid,
    record_id: &str,
    to_whom: &str,
) -> Result<()> {
    let _authorship = Authorship::begin("revoke_record")?;
    commit_waits_for_workers(relation)?;
    let _elevated = Elevated::enter()?;
    let to = Principal::parse(to_whom)?;
    let table = GivenTable::find(relation)?;
    let key = find(relation, &table.columns, record_id)?.map(|found| found.key);
    let key = key.unwrap_or_else(|| record_id.to_owned());
    let by = match table.is_full(&giver, &key)? || giver.1 {
        true => None,
        false => giver.0.as_ref().map(|me| me.id),
    };
    match GrantChanges::begin()?.take_back((table.module, &key), &to, by)? {
        0 => Err(Error::unknown(format!(
            "record {} of \"{}\" was not given to {to}, or the caller cannot take it back",
            pgrx::spi::quote_literal(record_id),
            table.name
        ))
        .hint("What the caller gave and was given is listed by sharing.granted_records().")),
        _ => Ok(()),
    }
}

/// What the caller gave and was given; of a record to which they have full access, and for administrators, all.
pub fn granted_records(
    giver: Giver,
    relation: Option<pg_sys::Oid>,
    record_id: Option<&str>,
) -> Result<Vec<GrantColumns>> {
    let table = relation.map(GivenTable::find).transpose()?;
    let snapshot = Snapshot::of_statement().unwrap_or_else(Snapshot::latest);
    let state = State::seen_by(&snapshot)?;
    let me = giver.0.as_ref().zip(state.as_ref());
    let recipients = me.map(|(me, state)| state.configuration.org.recipients_of(me));
    let recipients = recipients.unwrap_or_default();
    let is_full = match (&table, record_id) {
        _ if giver.1 => true,
        (Some(table), Some(key)) => table.is_full(&giver, key)?,
        _ => false,
    };
    let me = giver.0.as_ref().map(|me| me.id);
    let wanted = WantedGrants {
        module: table.as_ref().map(|table| table.module),
        record: record_id,
        concerns: me.filter(|_| !is_full).map(|me| (me, &recipients[..])),
        now: clock::now(),
    };
    let rows = Look::begin()?.given_records(&wanted)?.into_iter();
    let columns = |row: GivenRow| {
        let level = Level::from_label(&row.access).unwrap_or_default();
        let status = if row.has_ended { "ended" } else { "active" };
        Ok((
            row.module,
            row.record_id,
            row.to,
            access_level(level)?,
            row.by,
            row.given_at,
            row.until,
            status,
        ))
    };
    rows.map(columns).collect()
}
