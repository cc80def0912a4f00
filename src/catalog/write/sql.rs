//! Statements on the extension's tables, for functions that change something.

use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::write::pass_through::PassThrough;
use crate::core::{Error, Result};
use crate::pg::process;
use pgrx::datum::DatumWithOid;
use pgrx::pg_sys::PgOid;
use pgrx::spi::{OwnedPreparedStatement, SpiClient, SpiHeapTupleData, SpiResult, SpiTupleTable};
use pgrx::{FromDatum, IntoDatum, Spi, Uuid, pg_sys};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ffi::{CStr, CString};

thread_local! {
    static READS_ONLY: Cell<bool> = const { Cell::new(false) };
}

/// While it lives, `rows` and what is made of it go by `read_rows`: for a look at what statements for changes
/// ask, too.
pub struct ReadsOnly {
    before: bool,
}

impl ReadsOnly {
    pub fn begin() -> ReadsOnly {
        ReadsOnly {
            before: READS_ONLY.replace(true),
        }
    }
}

impl Drop for ReadsOnly {
    /// After an error, too, which unwinds the stack.
    fn drop(&mut self) {
        READS_ONLY.set(self.before);
    }
}

pub type Arguments<'a, 'mcx> = &'a [DatumWithOid<'mcx>];

/// Runs a statement; returns how many rows it touched.
pub fn execute(statement: &str, arguments: Arguments) -> Result<usize> {
    let _as_they_are = PassThrough::begin();
    Spi::connect_mut(|client| {
        Ok(client
            .update(statement, None, arguments)
            .map_err(failed)?
            .len())
    })
}

thread_local! {
    /// By their texts, as long as the session lives.
    static KEPT: RefCell<HashMap<String, &'static OwnedPreparedStatement>> = RefCell::default();
}

/// A statement of ours that is run for each record, or each change: planned once in a session. Its text says the
/// types of its arguments, and there are few such texts.
pub fn kept(
    client: &mut SpiClient,
    statement: &str,
    arguments: Arguments,
) -> SpiResult<&'static OwnedPreparedStatement> {
    if let Some(known) = KEPT.with_borrow(|kept| kept.get(statement).copied()) {
        return Ok(known);
    }
    let types = arguments.iter().map(|argument| argument.oid().into());
    let types: Vec<PgOid> = types.collect();
    // PostgreSQL frees it with the process; plans that are stale by then it makes anew.
    let made: &OwnedPreparedStatement =
        Box::leak(Box::new(client.prepare_mut(statement, &types)?.keep()));
    KEPT.with_borrow_mut(|kept| kept.insert(statement.to_owned(), made));
    Ok(made)
}

/// As `execute`, of a statement that is kept.
pub fn execute_kept(statement: &str, arguments: Arguments) -> Result<usize> {
    let _as_they_are = PassThrough::begin();
    let run = |client: &mut SpiClient| {
        let kept = kept(client, statement, arguments)?;
        Ok(client.update(kept, None, arguments)?.len())
    };
    Spi::connect_mut(run).map_err(failed)
}

/// As `rows`, of a statement that is kept.
pub fn rows_kept<T>(
    statement: &str,
    arguments: Arguments,
    read: impl FnMut(&SpiHeapTupleData) -> SpiResult<T>,
) -> Result<Vec<T>> {
    let _as_they_are = PassThrough::begin();
    Spi::connect_mut(|client| {
        let found = kept(client, statement, arguments)
            .and_then(|kept| client.update(kept, None, arguments));
        each_row(found, read)
    })
}

/// Runs a statement and reads its rows. The statement may change something (RETURNING), and sees
/// what this function has changed so far.
pub fn rows<T>(
    statement: &str,
    arguments: Arguments,
    read: impl FnMut(&SpiHeapTupleData) -> SpiResult<T>,
) -> Result<Vec<T>> {
    if READS_ONLY.get() {
        return read_rows(statement, arguments, read);
    }
    let _as_they_are = PassThrough::begin();
    Spi::connect_mut(|client| each_row(client.update(statement, None, arguments), read))
}

/// Reads rows and can change nothing: without a transaction id, so also on a standby and in a READ ONLY
/// transaction. Before the transaction has changed anything it goes by the statement's snapshot;
/// afterwards it sees what this function has changed so far, too.
pub fn read_rows<T>(
    statement: &str,
    arguments: Arguments,
    read: impl FnMut(&SpiHeapTupleData) -> SpiResult<T>,
) -> Result<Vec<T>> {
    let _as_they_are = PassThrough::begin();
    Spi::connect(|client| each_row(client.select(statement, None, arguments), read))
}

fn each_row<T>(
    found: SpiResult<SpiTupleTable>,
    mut read: impl FnMut(&SpiHeapTupleData) -> SpiResult<T>,
) -> Result<Vec<T>> {
    let table = found.map_err(failed)?;
    let rows = table.map(|row| read(&row));
    rows.collect::<SpiResult<_>>().map_err(failed)
}

/// What `read_rows` goes by, for what is read without SQL beside it.
pub fn reading_snapshot() -> Snapshot {
    let of_statement = match process::has_transaction_id() {
        true => None,
        false => Snapshot::of_statement(),
    };
    of_statement.unwrap_or_else(Snapshot::latest)
}

/// As `read_rows`: the first column of the first row; None where there is no row, or NULL.
pub fn read_value<T>(statement: &str, arguments: Arguments) -> Result<Option<T>>
where
    T: pgrx::FromDatum + pgrx::IntoDatum,
{
    Ok(read_rows(statement, arguments, |row| row.get::<T>(1))?
        .into_iter()
        .next()
        .flatten())
}

/// The first column of the first row; None where there is no row, or NULL.
pub fn value<T>(statement: &str, arguments: Arguments) -> Result<Option<T>>
where
    T: pgrx::FromDatum + pgrx::IntoDatum,
{
    Ok(rows(statement, arguments, |row| row.get::<T>(1))?
        .into_iter()
        .next()
        .flatten())
}

/// The first column of every row, without NULLs.
pub fn column<T>(statement: &str, arguments: Arguments) -> Result<Vec<T>>
where
    T: pgrx::FromDatum + pgrx::IntoDatum,
{
    Ok(rows(statement, arguments, |row| row.get::<T>(1))?
        .into_iter()
        .flatten()
        .collect())
}

/// A row that `rows_now` found.
pub struct ResultRow {
    tuple: pg_sys::HeapTuple,
    descriptor: pg_sys::TupleDesc,
}

impl ResultRow {
    /// The value of a column, counted from 1; None where it is NULL.
    pub fn get<T: FromDatum>(&self, number: i32) -> Option<T> {
        let mut is_null = false;
        // SAFETY: the tuple is one of that description, and lives while the statement's result does.
        unsafe {
            let datum = pg_sys::SPI_getbinval(self.tuple, self.descriptor, number, &mut is_null);
            T::from_datum(datum, is_null)
        }
    }
}

/// Runs a statement that only reads, by what is committed now and what this transaction did, also where
/// the transaction keeps an older snapshot. `rows` goes by that one then.
pub fn rows_now<T>(statement: &str, mut read: impl FnMut(&ResultRow) -> T) -> Result<Vec<T>> {
    let statement = CString::new(statement)
        .map_err(|_| Error::internal("a statement of pg_sharing contains a zero byte"))?;
    Spi::connect_mut(|_| {
        let _latest = Snapshot::latest();
        // SAFETY: connected; a read-only statement goes by the active snapshot. The table of the result
        // has as many tuples as it says.
        unsafe {
            let code = pg_sys::SPI_execute(statement.as_ptr(), true, 0);
            if code != pg_sys::SPI_OK_SELECT as i32 {
                return Err(Error::internal(format!(
                    "a statement of pg_sharing failed: {code}"
                )));
            }
            Ok(result_rows().iter().map(&mut read).collect())
        }
    })
}

/// A parameter of a statement that goes by a snapshot of its own.
pub enum Value<'a> {
    Int(i32),
    Text(&'a str),
    Uuid(Uuid),
    Texts(Vec<String>),
}

impl Value<'_> {
    fn stored(&self) -> (pg_sys::Oid, Option<pg_sys::Datum>) {
        match self {
            Value::Int(value) => (pg_sys::INT4OID, value.into_datum()),
            Value::Text(value) => (pg_sys::TEXTOID, value.into_datum()),
            Value::Uuid(value) => (pg_sys::UUIDOID, value.into_datum()),
            Value::Texts(values) => (pg_sys::TEXTARRAYOID, values.clone().into_datum()),
        }
    }
}

/// Runs a statement by a snapshot, which is the latest, where the transaction may keep an older one.
pub fn execute_at(statement: &CStr, values: &[Value], snapshot: &Snapshot) -> Result<()> {
    rows_at(statement, values, snapshot, |_| ()).map(|_| ())
}

/// The same, and reads the rows that it returns.
pub fn rows_at<T>(
    statement: &CStr,
    values: &[Value],
    snapshot: &Snapshot,
    read: impl FnMut(&ResultRow) -> T,
) -> Result<Vec<T>> {
    let failed = || Error::internal("a statement of pg_sharing failed");
    let _as_they_are = PassThrough::begin();
    // SAFETY: SPI is connected and finished around the calls; the plan lives in SPI's memory until then, the
    // values where they were before; the snapshot is kept by the caller. An error is cleaned up by PostgreSQL,
    // which ends the connection.
    unsafe {
        let (mut types, values): (Vec<_>, Vec<_>) = values.iter().map(Value::stored).unzip();
        let values: Option<Vec<_>> = values.into_iter().collect();
        let mut values = values.ok_or_else(failed)?;
        if pg_sys::SPI_connect() != pg_sys::SPI_OK_CONNECT as i32 {
            return Err(failed());
        }
        let count = types.len() as i32;
        let plan = pg_sys::SPI_prepare(statement.as_ptr(), count, types.as_mut_ptr());
        if plan.is_null() {
            return Err(failed());
        }
        let result = pg_sys::SPI_execute_snapshot(
            plan,
            values.as_mut_ptr(),
            std::ptr::null(),
            snapshot.raw(),
            std::ptr::null_mut(),
            false,
            true,
            0,
        );
        let rows = match result {
            code if code == pg_sys::SPI_OK_SELECT as i32 => {
                result_rows().iter().map(read).collect()
            }
            _ => Vec::new(),
        };
        pg_sys::SPI_finish();
        match result {
            0.. => Ok(rows),
            _ => Err(failed()),
        }
    }
}

/// The rows that the statement which was run last returned.
///
/// # Safety
/// It must have returned some, by the connection that is open.
unsafe fn result_rows() -> Vec<ResultRow> {
    // SAFETY: by the caller's promise; the table of the result has as many tuples as it says.
    unsafe {
        let table = pg_sys::SPI_tuptable;
        let rows = 0..pg_sys::SPI_processed as usize;
        rows.map(|n| ResultRow {
            tuple: *(*table).vals.add(n),
            descriptor: (*table).tupdesc,
        })
        .collect()
    }
}

fn failed(error: pgrx::spi::Error) -> Error {
    Error::internal(format!("a statement of pg_sharing failed: {error}"))
}

/// A point in time as an argument.
pub fn timestamp(time: Option<i64>) -> DatumWithOid<'static> {
    // SAFETY: a timestamp with time zone is a number of microseconds.
    unsafe { DatumWithOid::new(time, pg_sys::TIMESTAMPTZOID) }
}
