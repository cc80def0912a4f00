//! The lists of links, and of what is shared over them (semantics: Record sharing between offices).

use crate::catalog::read::labels::access_level;
use crate::catalog::read::people::People;
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::state::{Identity, State};
use crate::catalog::write::change::Look;
use crate::catalog::write::link_lists::{LinkOfTwo, LinkRow, Side};
use crate::core::org::{ModuleId, UserId};
use crate::core::{Error, Level, Result, ShareAccess};
use crate::policy::records::share_lists::opened;
use pgrx::datum::TimestampWithTimeZone;
use pgrx::pg_sys;
use std::collections::HashSet;
use std::rc::Rc;

/// A link, as its lists show it: number, office, name, status, and how many records it opens.
pub type LinkColumns = (i64, Option<String>, String, String, i64);

/// The links of a user, as sharer or as receiver.
pub fn links(me: &Identity, side: Side) -> Result<Vec<LinkColumns>> {
    let row = |link: LinkRow| {
        let (from, to) = match side {
            Side::From => (me.id, link.other),
            Side::To => (link.other, me.id),
        };
        let records = match link.status.as_str() {
            "ended" => 0,
            _ => opened_by(link.id, from, to)?.len() as i64,
        };
        Ok((link.id, link.office, link.user_name, link.status, records))
    };
    let links = Look::begin()?.links_of(me, side)?;
    links.into_iter().map(row).collect()
}

/// Every link, for administrators, with the number of records that it opens.
pub fn all_links() -> Result<Vec<(LinkOfTwo, i64)>> {
    let links = Look::begin()?.all_links()?;
    let with_records = |link: LinkOfTwo| {
        let records = match link.status.as_str() {
            "ended" => 0,
            _ => opened_by(link.id, link.from.id, link.to.id)?.len() as i64,
        };
        Ok((link, records))
    };
    links.into_iter().map(with_records).collect()
}

/// A shared record, as its list shows it: module, key, access, since when, until when, and
/// whether that has come.
pub type SharedColumns = (
    String,
    String,
    pg_sys::Oid,
    Option<TimestampWithTimeZone>,
    Option<TimestampWithTimeZone>,
    &'static str,
);

/// What is shared over a link, for whoever may see it.
pub fn shared_records(
    (me, administers): (Option<Rc<Identity>>, bool),
    id: i64,
) -> Result<Vec<SharedColumns>> {
    let look = Look::begin()?;
    let (from, to) = look.users_of_link(me.map(|me| me.id), administers, id)?;
    let records = look.shared_records(id)?;
    let opened = opened_by(id, from, to)?;
    records
        .into_iter()
        .map(|row| {
            // What opens nothing stays in the list: it counts again when the record returns.
            let opens = !row.has_ended && opened.contains(&(row.module_id, row.record_id.clone()));
            let access = ShareAccess::from_label(&row.access).filter(|_| opens);
            let access = access_level(access.map_or(Level::None, ShareAccess::level))?;
            let status = if row.has_ended { "ended" } else { "active" };
            Ok((
                row.module,
                row.record_id,
                access,
                row.shared_at,
                row.until,
                status,
            ))
        })
        .collect()
}

/// The records that a link opens while it carries, by module and key.
fn opened_by(link: i64, from: UserId, to: UserId) -> Result<HashSet<(ModuleId, String)>> {
    let snapshot = Snapshot::latest();
    let state = State::seen_by(&snapshot)?
        .ok_or_else(|| Error::internal("the configuration of sharing cannot be read"))?;
    let people = People::open()?;
    let user = |id| people.by_id(id, &snapshot);
    match (user(from), user(to)) {
        (Some((key, _)), Some((_, to))) => opened(link, &key, &to, &state, &snapshot),
        _ => Ok(HashSet::new()),
    }
}
