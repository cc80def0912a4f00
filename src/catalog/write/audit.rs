//! The audit log: what changed, in the words of people (semantics: Administration and safety).
//!
//! Triggers on the configuration tables call [`write`] once for each statement, so that changes by
//! hand are recorded like those by function. Names are looked up when the change is made: what
//! belongs to a thing has to be deleted before it.

use crate::catalog::write::audit_words::Words;
use crate::catalog::write::elevation::Elevated;
use crate::catalog::write::sql::{execute, kept};
use crate::core::{Error, Result};
use pgrx::datum::{DatumWithOid, TimestampWithTimeZone};
use pgrx::spi::SpiResult;
use pgrx::{JsonB, Spi, pg_sys};

/// Who makes a change.
#[derive(Clone, Debug)]
pub struct Author {
    pub db_role: pg_sys::Oid,
    /// The key of the user that they are.
    pub identity: Option<String>,
    /// The key of the user as whom they act.
    pub acting_as: Option<String>,
    pub function: Option<String>,
    /// In an event trigger on sql_drop, which still knows the names of what was dropped.
    pub tables_are_gone: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    Insert,
    Update,
    Delete,
    Truncate,
}

/// The statement that records an event; its arguments are the author.
fn statement(table: &str, event: Event, tables_are_gone: bool) -> Result<String> {
    let words = Words::of(table)?;
    // OFFSET 0 keeps the fields, with the names that they look up, from being made anew wherever they are used.
    let rows = |from: &str, alias: &str| {
        format!(
            "(SELECT key, {} AS object, f FROM (SELECT {} AS key, {} AS f FROM {from} r OFFSET 0) described) {alias}",
            words.object,
            words.key,
            words.fields(tables_are_gone)
        )
    };
    let (object, before, after, from) = match event {
        Event::Insert => ("n.object", "NULL", "n.f", rows("new_rows", "n")),
        Event::Delete => ("o.object", "o.f", "NULL", rows("old_rows", "o")),
        Event::Truncate => {
            let all = format!("sharing.{table}");
            ("o.object", "o.f", "NULL", rows(&all, "o"))
        }
        Event::Update => (
            "COALESCE(o.object, n.object)",
            "o.f",
            "n.f",
            format!(
                "{} FULL JOIN {} USING (key) WHERE o.f IS DISTINCT FROM n.f",
                rows("old_rows", "o"),
                rows("new_rows", "n")
            ),
        ),
    };
    Ok(format!(
        "INSERT INTO sharing.audit_entries (db_role, identity, function, acting_as, object, before, after)
         SELECT pg_get_userbyid($1), $2, $3, $4, {object}, {before}, {after} FROM {from} ORDER BY key"
    ))
}

/// Records what a statement did to a table of the extension.
///
/// # Safety
/// `trigger` must be that of a statement trigger under way, whose transition tables are called
/// `old_rows` and `new_rows`.
pub unsafe fn write(
    trigger: *mut pg_sys::TriggerData,
    table: &str,
    event: Event,
    author: &Author,
) -> Result<()> {
    let statement = statement(table, event, author.tables_are_gone)?;
    let _elevated = Elevated::enter()?;
    Spi::connect_mut(|client| {
        // SAFETY: by the caller's promise; SPI forgets the tables when this connection ends.
        unsafe { pg_sys::SPI_register_trigger_data(trigger) };
        let arguments = authored(author);
        // Thousands of records may be given in a statement, each by a call of its own.
        if matches!(table, "record_grants" | "shares") {
            let statement = kept(client, &statement, &arguments)?;
            client.update(statement, None, &arguments)?;
        } else {
            client.update(&statement, None, &arguments)?;
        }
        Ok(())
    })
    .map_err(failed)
}

/// The first arguments of a statement that records something.
fn authored(author: &Author) -> Vec<DatumWithOid<'_>> {
    vec![
        author.db_role.into(),
        author.identity.as_deref().into(),
        author.function.as_deref().into(),
        author.acting_as.as_deref().into(),
    ]
}

/// Records that somebody is going to act as a user, which changes nothing else.
pub fn write_acting(author: &Author, user_key: &str) -> Result<()> {
    let _elevated = Elevated::enter()?;
    let mut arguments = authored(author);
    arguments.push(user_key.into());
    execute(
        "INSERT INTO sharing.audit_entries (db_role, identity, function, acting_as, object)
         SELECT pg_get_userbyid($1), $2, $3, $4, format('user \"%s\"', $5)",
        &arguments,
    )?;
    Ok(())
}

fn failed(error: pgrx::spi::Error) -> Error {
    Error::internal(format!("the audit log failed: {error}"))
}

/// A row of the log.
pub struct LogEntry {
    pub id: i64,
    pub changed_at: Option<TimestampWithTimeZone>,
    pub db_role: String,
    pub identity: Option<String>,
    pub function: Option<String>,
    pub object: String,
    pub before: Option<JsonB>,
    pub after: Option<JsonB>,
    pub acting_as: Option<String>,
}

/// The whole log in the order of the changes, read page by page.
#[derive(Default)]
pub struct Log {
    page: std::vec::IntoIter<LogEntry>,
    last: Option<i64>,
}

impl Iterator for Log {
    type Item = Result<LogEntry>;

    fn next(&mut self) -> Option<Result<LogEntry>> {
        if self.page.len() == 0 {
            match entries_after(self.last) {
                Ok(entries) => self.page = entries.into_iter(),
                Err(error) => return Some(Err(error)),
            }
        }
        let entry = self.page.next()?;
        self.last = Some(entry.id);
        Some(Ok(entry))
    }
}

fn entries_after(last: Option<i64>) -> Result<Vec<LogEntry>> {
    let _elevated = Elevated::enter()?;
    // Not as in catalog::write::sql: this writes nothing, and works on a standby.
    Spi::connect(|client| {
        let rows = client.select(
            "SELECT id, changed_at, db_role, identity, function, object, before, after, acting_as FROM sharing.audit_entries
             WHERE id > $1 ORDER BY id FETCH FIRST 1000 ROWS WITH TIES",
            None,
            &[last.unwrap_or(i64::MIN).into()],
        )?;
        rows.map(|row| {
            Ok(LogEntry {
                id: row.get(1)?.unwrap_or_default(),
                changed_at: row.get(2)?,
                db_role: row.get(3)?.unwrap_or_default(),
                identity: row.get(4)?,
                function: row.get(5)?,
                object: row.get(6)?.unwrap_or_default(),
                before: row.get(7)?,
                after: row.get(8)?,
                acting_as: row.get(9)?,
            })
        })
        .collect::<SpiResult<_>>()
    })
    .map_err(failed)
}
