//! The lists of links, and of what is shared over them.

use crate::catalog::write::change::Look;
use crate::catalog::write::link_partners::Partners;
use crate::catalog::write::links::unknown_link;
use crate::catalog::write::sql::{read_rows, timestamp};
use crate::core::Result;
use crate::core::org::{ModuleId, User, UserId};
use crate::pg::clock;
use pgrx::datum::TimestampWithTimeZone;
use pgrx::spi::SpiResult;

/// A link as one of its sides sees it: the other side.
pub struct LinkRow {
    pub id: i64,
    pub other: UserId,
    pub office: Option<String>,
    pub user_name: String,
    pub status: String,
}

/// A link as an administrator sees it: both sides.
pub struct LinkOfTwo {
    pub id: i64,
    pub from: LinkPartner,
    pub to: LinkPartner,
    pub status: String,
    pub requested_at: Option<TimestampWithTimeZone>,
}

/// One of the two users of a link.
pub struct LinkPartner {
    pub id: UserId,
    pub key: String,
    pub name: String,
    pub office: Option<String>,
}

pub struct PendingLink {
    pub id: i64,
    pub office: Option<String>,
    pub user_name: String,
    pub requested_at: Option<TimestampWithTimeZone>,
}

pub struct SharedRecordRow {
    pub module_id: ModuleId,
    pub module: String,
    pub record_id: String,
    pub access: String,
    pub shared_at: Option<TimestampWithTimeZone>,
    pub until: Option<TimestampWithTimeZone>,
    /// It, or its link.
    pub has_ended: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Side {
    From,
    To,
}

impl Side {
    fn columns(self) -> (&'static str, &'static str) {
        match self {
            Side::From => ("from_user_id", "to_user_id"),
            Side::To => ("to_user_id", "from_user_id"),
        }
    }
}

/// How far a link `l` has come, at the time that is the first argument.
const STATUS: &str = "CASE WHEN l.until <= $1 THEN 'ended' ELSE l.status END";

/// For the lists: what has ended stays that, and what has not may be suspended.
fn status(stored: Option<String>, may_share: bool) -> String {
    match stored {
        Some(ended) if ended == "ended" => ended,
        Some(status) if may_share => status,
        _ => "suspended".to_owned(),
    }
}

impl Look {
    pub fn links_of(&self, me: &User, side: Side) -> Result<Vec<LinkRow>> {
        let (mine, others) = side.columns();
        let partners = Partners::as_read()?;
        read_rows(
            &format!(
                "SELECT l.id, o.name, u.name, {STATUS}, u.id
                 FROM sharing.links l JOIN sharing.users u ON u.id = l.{others} LEFT JOIN sharing.offices o ON o.id = u.office_id
                 WHERE l.{mine} = $2 ORDER BY o.name, u.name, l.id"
            ),
            &[timestamp(Some(clock::now())), me.id.0.into()],
            |row| {
                let other = UserId(row.get(5)?.unwrap_or_default());
                let may_share = partners.may_share(Some(me.id), Some(other));
                let status = status(row.get(4)?, may_share);
                Ok(LinkRow {
                    id: row.get(1)?.unwrap_or_default(),
                    office: row.get(2)?,
                    user_name: row.get(3)?.unwrap_or_default(),
                    status,
                    other,
                })
            },
        )
    }

    /// Every link, by number.
    pub fn all_links(&self) -> Result<Vec<LinkOfTwo>> {
        let partners = Partners::as_read()?;
        read_rows(
            &format!("SELECT l.id, f.id, f.key, f.name, fo.name, t.id, t.key, t.name, o.name, {STATUS}, l.requested_at
             FROM sharing.links l JOIN sharing.users f ON f.id = l.from_user_id JOIN sharing.users t ON t.id = l.to_user_id
             LEFT JOIN sharing.offices fo ON fo.id = f.office_id LEFT JOIN sharing.offices o ON o.id = t.office_id ORDER BY l.id"),
            &[timestamp(Some(clock::now()))],
            |row| {
                let partner = |first: usize| -> SpiResult<LinkPartner> {
                    Ok(LinkPartner {
                        id: UserId(row.get(first)?.unwrap_or_default()),
                        key: row.get(first + 1)?.unwrap_or_default(),
                        name: row.get(first + 2)?.unwrap_or_default(),
                        office: row.get(first + 3)?,
                    })
                };
                let (from, to) = (partner(2)?, partner(6)?);
                let may_share = partners.may_share(Some(from.id), Some(to.id));
                let status = status(row.get(10)?, may_share);
                Ok(LinkOfTwo {
                    id: row.get(1)?.unwrap_or_default(),
                    from,
                    to,
                    status,
                    requested_at: row.get(11)?,
                })
            },
        )
    }

    pub fn pending_links(&self, me: &User) -> Result<Vec<PendingLink>> {
        let partners = Partners::as_read()?;
        let waiting = read_rows(
            "SELECT l.id, o.name, u.name, l.requested_at, u.id
             FROM sharing.links l JOIN sharing.users u ON u.id = l.from_user_id LEFT JOIN sharing.offices o ON o.id = u.office_id
             WHERE l.to_user_id = $1 AND l.status = 'waiting' AND (l.until IS NULL OR l.until > $2) ORDER BY l.requested_at, l.id",
            &[me.id.0.into(), timestamp(Some(clock::now()))],
            |row| {
                let from = row.get(5)?.map(UserId);
                Ok(partners.may_share(from, Some(me.id)).then_some(PendingLink {
                    id: row.get(1)?.unwrap_or_default(),
                    office: row.get(2)?,
                    user_name: row.get(3)?.unwrap_or_default(),
                    requested_at: row.get(4)?,
                }))
            },
        )?;
        Ok(waiting.into_iter().flatten().collect())
    }

    /// The two users of a link, who shares and who receives, for either of them or an administrator.
    pub fn users_of_link(
        &self,
        me: Option<UserId>,
        is_administrator: bool,
        id: i64,
    ) -> Result<(UserId, UserId)> {
        let me = me.map_or(-1, |me| me.0);
        read_rows(
            "SELECT from_user_id, to_user_id FROM sharing.links WHERE id = $1 AND ($2 OR $3 IN (from_user_id, to_user_id))",
            &[id.into(), is_administrator.into(), me.into()],
            |row| Ok((row.get::<i32>(1)?.map(UserId), row.get::<i32>(2)?.map(UserId))),
        )?
        .pop()
        .and_then(|(from, to)| from.zip(to))
        .ok_or_else(|| unknown_link(id))
    }

    /// What was shared over a link.
    pub fn shared_records(&self, id: i64) -> Result<Vec<SharedRecordRow>> {
        read_rows(
            "SELECT m.name, s.record_id, s.access, s.shared_at, m.id, s.until, s.until <= $2 OR l.until <= $2
             FROM sharing.shares s JOIN sharing.modules m ON m.id = s.module_id JOIN sharing.links l ON l.id = s.link_id
             WHERE s.link_id = $1 ORDER BY m.name, s.record_id",
            &[id.into(), timestamp(Some(clock::now()))],
            |row| {
                Ok(SharedRecordRow {
                    module: row.get(1)?.unwrap_or_default(),
                    record_id: row.get(2)?.unwrap_or_default(),
                    access: row.get(3)?.unwrap_or_default(),
                    shared_at: row.get(4)?,
                    module_id: ModuleId(row.get(5)?.unwrap_or_default()),
                    until: row.get(6)?,
                    has_ended: row.get(7)?.unwrap_or_default(),
                })
            },
        )
    }
}
