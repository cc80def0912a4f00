//! Statements on the extension's tables, for functions that change something.

use crate::catalog::pass_through::PassThrough;
use crate::core::{Error, Result};
use pgrx::Spi;
use pgrx::datum::DatumWithOid;
use pgrx::spi::{SpiHeapTupleData, SpiResult};

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

/// Runs a statement and reads its rows. The statement may change something (RETURNING), and sees
/// what this function has changed so far.
pub fn rows<T>(
    statement: &str,
    arguments: Arguments,
    mut read: impl FnMut(&SpiHeapTupleData) -> SpiResult<T>,
) -> Result<Vec<T>> {
    let _as_they_are = PassThrough::begin();
    Spi::connect_mut(|client| {
        let table = client.update(statement, None, arguments).map_err(failed)?;
        let mut result = Vec::with_capacity(table.len());
        for row in table {
            result.push(read(&row).map_err(failed)?);
        }
        Ok(result)
    })
}

/// Reads rows and can change nothing: without a transaction id, so also on a standby and in a READ ONLY
/// transaction. Before the transaction has changed anything it goes by the statement's snapshot;
/// afterwards it sees what this function has changed so far, too.
pub fn read_rows<T>(
    statement: &str,
    arguments: Arguments,
    mut read: impl FnMut(&SpiHeapTupleData) -> SpiResult<T>,
) -> Result<Vec<T>> {
    let _as_they_are = PassThrough::begin();
    Spi::connect(|client| {
        let table = client.select(statement, None, arguments).map_err(failed)?;
        let mut result = Vec::with_capacity(table.len());
        for row in table {
            result.push(read(&row).map_err(failed)?);
        }
        Ok(result)
    })
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

fn failed(error: pgrx::spi::Error) -> Error {
    Error::internal(format!("a statement of pg_sharing failed: {error}"))
}
