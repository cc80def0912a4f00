//! What becomes of links, in the words of a confirmation dialog (semantics: Record sharing between offices).

use crate::catalog::write::sql::{rows, timestamp};
use crate::core::Result;
use crate::core::org::User;
use crate::pg::clock;
use crate::pg::clock::Time;
use pgrx::datum::DatumWithOid;

/// One line of the confirmation dialog.
pub struct Consequence {
    pub change: &'static str,
    pub object: String,
    pub detail: String,
}

impl Consequence {
    pub fn new(change: &'static str, object: String, detail: impl Into<String>) -> Self {
        Consequence {
            change,
            object,
            detail: detail.into(),
        }
    }
}

/// A link as people are told of it.
struct ToldLink {
    id: i64,
    /// `to Luis Vega (Los Angeles)`, as one side sees it, or both sides.
    ends: String,
    is_waiting: bool,
    records: i64,
}

impl ToldLink {
    /// Those that have not ended at a time, each with how many shares have not: all at `Time::MIN`.
    fn all(ends: &str, which: &str, of: DatumWithOid, at: Time) -> Result<Vec<ToldLink>> {
        // concat() leaves out what is NULL: the office of somebody who has none.
        let name =
            |of: &str| format!("pg_catalog.concat({of}.name, ' (' || {of}_office.name || ')')");
        let ends = ends
            .replace("{from}", &name("f"))
            .replace("{to}", &name("t"));
        rows(
            &format!(
                "SELECT l.id, {ends}, l.status = 'waiting',
                        (SELECT pg_catalog.count(*) FROM sharing.shares s WHERE s.link_id = l.id AND (s.until IS NULL OR s.until > $2))
                 FROM sharing.links l
                 JOIN sharing.users f ON f.id = l.from_user_id LEFT JOIN sharing.offices f_office ON f_office.id = f.office_id
                 JOIN sharing.users t ON t.id = l.to_user_id LEFT JOIN sharing.offices t_office ON t_office.id = t.office_id
                 WHERE {which} AND (l.until IS NULL OR l.until > $2) ORDER BY l.id"
            ),
            &[of, timestamp(Some(at))],
            |row| {
                Ok(ToldLink {
                    id: row.get(1)?.unwrap_or_default(),
                    ends: row.get(2)?.unwrap_or_default(),
                    is_waiting: row.get(3)?.unwrap_or_default(),
                    records: row.get(4)?.unwrap_or_default(),
                })
            },
        )
    }

    fn of(user: &User, at: Time) -> Result<Vec<ToldLink>> {
        ToldLink::all(
            "CASE WHEN l.from_user_id = $1 THEN 'to ' || {to} ELSE 'from ' || {from} END",
            "$1 IN (l.from_user_id, l.to_user_id)",
            user.id.0.into(),
            at,
        )
    }

    /// `verbs` are for one thing and for several.
    fn sentence(&self, verbs: [&str; 2], rest: &str) -> String {
        let what = match self.is_waiting {
            true => "the request for a link",
            false => "the link",
        };
        let [one, several] = verbs;
        let (shared, verb) = match self.records {
            0 => (String::new(), one),
            1 => (" and its one shared record".to_owned(), several),
            count => (format!(" and its {count} shared records"), several),
        };
        format!("{what} {}{shared} {verb}{rest}", self.ends)
    }

    fn becomes(&self, change: &'static str, verbs: [&str; 2], rest: &str) -> Consequence {
        Consequence::new(
            change,
            format!("link {}", self.id),
            self.sentence(verbs, rest),
        )
    }
}

/// The links of a user who may share again. What has ended stays that.
pub fn links_resume(user: &User) -> Result<Vec<Consequence>> {
    let resumes = |link: ToldLink| {
        link.becomes(
            "resume_link",
            ["counts again", "count again"],
            ", as far as the other side allows",
        )
    };
    let links = ToldLink::of(user, clock::now())?;
    Ok(links.into_iter().map(resumes).collect())
}

/// The links of a user who may no longer share.
pub fn links_are_suspended(user: &User) -> Result<Vec<Consequence>> {
    let ends = |link: ToldLink| {
        link.becomes(
            "suspend_link",
            ["counts", "count"],
            " for nothing until sharing is enabled again",
        )
    };
    let links = ToldLink::of(user, clock::now())?;
    Ok(links.into_iter().map(ends).collect())
}

const DELETED: [&str; 2] = ["is deleted", "are deleted"];

/// The links of a user, which go.
pub fn links_are_deleted(user: &User) -> Result<Vec<Consequence>> {
    let goes = |link: ToldLink| link.becomes("delete_link", DELETED, "");
    let links = ToldLink::of(user, Time::MIN)?;
    Ok(links.into_iter().map(goes).collect())
}

/// One link, which goes.
pub fn end_of_link(id: i64) -> Result<Vec<Consequence>> {
    let links = ToldLink::all(
        "'from ' || {from} || ' to ' || {to}",
        "l.id = $1",
        id.into(),
        Time::MIN,
    )?;
    let goes = |link: ToldLink| {
        let rest = match link.records {
            0 => "",
            1 => ": the receiver no longer reaches it",
            _ => ": the receiver no longer reaches them",
        };
        link.becomes("delete_link", DELETED, rest)
    };
    Ok(links.into_iter().map(goes).collect())
}
