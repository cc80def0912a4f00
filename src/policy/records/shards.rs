//! Records that are in shards of Citus, on whatever server: direct scans do not find them.
//!
//! They are read by a query of their table, as Citus carries out anybody's. Other servers run it, and others'
//! code with it. So it is run as whoever called, who sees by it what they see anyway, and never as the extension's
//! owner: callers of what is told of hidden records, too, have to be people from whom nothing is hidden.

use crate::catalog::read::citus;
use crate::catalog::write::elevation::InPerson;
use crate::catalog::write::pass_through::PassThrough;
use crate::catalog::write::sql::execute;
use crate::catalog::write::waiting;
use crate::core::{Error, Result, standbys};
use crate::pg::compat::attribute;
use crate::pg::names::qualified_name;
use crate::pg::process;
use crate::pg::setting::held;
use crate::policy::records::reading::Records;
use crate::policy::sets::keys::{KeyType, text_of_key};
use crate::policy::text::columns::type_name;
use crate::session::administration;
use pgrx::spi::{quote_identifier, quote_literal};
use pgrx::{PgMemoryContexts, Spi, pg_sys};
use std::ffi::{CStr, CString};

/// So many rows are in memory at once.
const BATCH: i64 = 1000;

/// Whether the records of a table are in shards.
pub fn hold(records: &Records) -> bool {
    // SAFETY: the table is open.
    citus::is_spread(unsafe { (*records.relation()).rd_id })
}

/// Whether Citus does to the shards what this session does to their table: not while it empties the table of the rows
/// that it had before it was distributed, nor where the session keeps that from them.
pub fn follow_their_table() -> bool {
    held(c"citus.enable_ddl_propagation").is_none_or(|value| value.as_c_str() != c"off")
}

/// Which rows are read.
#[derive(Clone, Copy)]
pub enum WantedRows<'a> {
    All,
    /// Those that have one of the keys in a column of that number and type.
    WithKeys(i16, KeyType, &'a [&'a str]),
}

impl WantedRows<'_> {
    fn condition(self, records: &Records) -> String {
        let WantedRows::WithKeys(column, key_type, keys) = self else {
            return String::new();
        };
        let name = name_of(records, column);
        let of_type = type_name(key_type.oid());
        let keys: Vec<_> = keys.iter().map(quote_literal).collect();
        match &keys[..] {
            // By which Citus finds the one shard.
            [key] => format!(" WHERE {name} OPERATOR(pg_catalog.=) {key}::{of_type}"),
            _ => {
                let keys = keys.join(", ");
                format!(" WHERE {name} OPERATOR(pg_catalog.=) ANY (ARRAY[{keys}]::{of_type}[])")
            }
        }
    }
}

/// Calls `visit` with rows of a table of Citus, as the caller sees them; what is not among the columns of these
/// numbers is NULL in them.
pub fn each(
    records: &Records,
    columns: &[i16],
    wanted: WantedRows,
    visit: &mut dyn FnMut(pg_sys::HeapTuple) -> Result<()>,
) -> Result<()> {
    fetch(records, columns, &wanted.condition(records), true, visit)
}

/// How many records have a key in a column.
pub fn count(records: &Records, column: i16, key_type: KeyType, key: &str) -> Result<i64> {
    must_see_all(records)?;
    let mut count = 0;
    let keys = [key];
    let wanted = WantedRows::WithKeys(column, key_type, &keys);
    each(records, &[column], wanted, &mut |row| {
        // SAFETY: a row of this table, whose column has that type.
        let found = unsafe {
            records
                .value(row, column)
                .and_then(|key| text_of_key(key_type, key))
        };
        // Keys are exact, whatever the collation of their column.
        count += i64::from(found.as_deref() == Some(key));
        Ok(())
    })?;
    Ok(count)
}

/// Keeps a record from being deleted until this transaction is known to every server that may be asked to delete
/// it, like SELECT ... FOR KEY SHARE, and waits for whoever is deleting it. Returns whether it is there, and the caller may
/// change it.
///
/// Where one server was written to, Citus ends what it began at others before this transaction is committed, and a
/// record could be deleted whose server has not heard of what this transaction says of it. It waits for all to
/// prepare, and ends what it began after the commit, and after what that waits for, where shards on several
/// servers are changed: so a statement changes no row of any shard.
pub fn hold_record(records: &Records, column: i16, key_type: KeyType, key: &str) -> Result<bool> {
    // SAFETY: the table is open.
    if !citus::are_prepared_together(unsafe { (*records.relation()).rd_id }) {
        return Err(Error::unsupported(format!(
            "records of {} are not shared one by one: all of them are in one shard, at another server",
            table_name(records)
        ))
        .hint("A table with several shards, a reference table, or one that stays at the coordinator can be shared."));
    }
    {
        let _in_person = InPerson::step_out();
        let name = name_of(records, column_to_change(records).unwrap_or(column));
        let table = table_name(records);
        execute(
            &format!(
                "UPDATE {table} SET {name} = {name} WHERE ctid OPERATOR(pg_catalog.=) '(0,0)'::pg_catalog.tid"
            ),
            &[],
        )?;
    }
    let keys = [key];
    let wanted = WantedRows::WithKeys(column, key_type, &keys);
    let condition = format!("{} FOR KEY SHARE", wanted.condition(records));
    let mut found = false;
    fetch(records, &[column], &condition, false, &mut |_| {
        found = true;
        Ok(())
    })?;
    Ok(found)
}

/// Refuses to say what records there are to who administers and does not see them all.
pub fn must_see_all(records: &Records) -> Result<()> {
    let _in_person = InPerson::step_out();
    if administration::sees_all_records()? {
        return Ok(());
    }
    Err(Error::not_allowed(format!(
        "records of {} are in shards of Citus, and are read as the caller, who does not see all of them",
        table_name(records)
    ))
    .hint("Call it as a superuser, or name a user with the right administrator: BEGIN; SET LOCAL sharing.user_key = '…';"))
}

/// Lets the transaction's commit wait until the workers know of it, as long as the coordinator waits for anybody.
pub fn commit_waits_for_workers(table: pg_sys::Oid) -> Result<()> {
    if !citus::is_spread(table) {
        return Ok(());
    }
    if !citus::keys_hold_everywhere(table) {
        return Err(Error::unsupported(format!(
            "records of {} are not shared one by one: it is distributed by appending, so that two of them may have one key",
            qualified_name(table).unwrap_or_default()
        )));
    }
    let waited_for = held(c"synchronous_standby_names")
        .map_or(0, |names| standbys::waited_for(&names.to_string_lossy()));
    if waited_for < citus::number_of_workers() {
        return Err(Error::not_possible(format!(
            "single records of {} are in shards of Citus, and the coordinator does not wait for all of its workers",
            qualified_name(table).unwrap_or_default()
        ))
        .detail("A worker that has not heard of it would delete the record, and another with its key would be shared.")
        .hint("Name the workers' subscriptions in synchronous_standby_names (operations: Citus)."));
    }
    wait_for_workers();
    Ok(())
}

/// The same, where it is too late to refuse anything.
pub fn wait_for_workers() {
    if citus::number_of_workers() > 0 {
        waiting::commit_waits_for_workers();
    }
}

/// A column that the caller may change, where there is one.
fn column_to_change(records: &Records) -> Option<i16> {
    // SAFETY: the table is open, and has as many columns as it says.
    unsafe {
        let relation = records.relation();
        let (table, columns) = ((*relation).rd_id, (*relation).rd_att);
        let (_, user) = process::users();
        let may_be_changed = |&column: &i16| {
            let attribute = attribute(columns, column);
            !(*attribute).attisdropped
                && (*attribute).attgenerated == 0
                && (*attribute).attidentity == 0
                && [
                    pg_sys::pg_class_aclcheck(table, user, pg_sys::ACL_UPDATE as _),
                    pg_sys::pg_attribute_aclcheck(table, column, user, pg_sys::ACL_UPDATE as _),
                ]
                .contains(&pg_sys::AclResult::ACLCHECK_OK)
        };
        (1..=(*columns).natts as i16).find(may_be_changed)
    }
}

fn table_name(records: &Records) -> String {
    // SAFETY: the table is open.
    qualified_name(unsafe { (*records.relation()).rd_id }).unwrap_or_default()
}

/// The name of a column, quoted.
fn name_of(records: &Records, column: i16) -> String {
    // SAFETY: the table is open, and has a column of that number.
    let name = unsafe {
        let attribute = attribute((*records.relation()).rd_att, column);
        CStr::from_ptr((*attribute).attname.data.as_ptr()).to_string_lossy()
    };
    quote_identifier(&*name)
}

fn fetch(
    records: &Records,
    columns: &[i16],
    condition: &str,
    only_reads: bool,
    visit: &mut dyn FnMut(pg_sys::HeapTuple) -> Result<()>,
) -> Result<()> {
    let names: Vec<String> = columns.iter().map(|&one| name_of(records, one)).collect();
    let (names, table) = (names.join(", "), table_name(records));
    let statement = CString::new(format!("SELECT {names} FROM {table}{condition}"))
        .map_err(|_| Error::bad_value("a key contains a zero byte"))?;
    let _as_they_are = PassThrough::begin();
    let _in_person = InPerson::step_out();
    // SAFETY: reads a variable of this process.
    let around = unsafe { pg_sys::CurrentMemoryContext };
    Spi::connect(|_| {
        // SAFETY: the portal is closed, or goes with the transaction after an error. The columns of the result are
        // those of the table, of the same types; a row is copied before the next ones come.
        unsafe {
            let portal = pg_sys::SPI_cursor_open_with_args(
                std::ptr::null(),
                statement.as_ptr(),
                0,
                std::ptr::null_mut(),
                std::ptr::null_mut(),
                std::ptr::null(),
                only_reads,
                0,
            );
            let mut result = Ok(());
            while result.is_ok() {
                pg_sys::SPI_cursor_fetch(portal, true, BATCH as _);
                let (batch, count) = (pg_sys::SPI_tuptable, pg_sys::SPI_processed);
                for n in 0..count as usize {
                    let row = *(*batch).vals.add(n);
                    result = PgMemoryContexts::For(around).switch_to(|_| {
                        let row = row_of_table(records, columns, row, (*batch).tupdesc);
                        let result = visit(row);
                        pg_sys::heap_freetuple(row);
                        result
                    });
                    if result.is_err() {
                        break;
                    }
                }
                pg_sys::SPI_freetuptable(batch);
                if count == 0 {
                    break;
                }
            }
            pg_sys::SPI_cursor_close(portal);
            result
        }
    })
}

/// A row as it would be stored in the table.
///
/// # Safety
/// `row` must be of that description: the columns of the table with these numbers.
unsafe fn row_of_table(
    records: &Records,
    columns: &[i16],
    row: pg_sys::HeapTuple,
    description: pg_sys::TupleDesc,
) -> pg_sys::HeapTuple {
    // SAFETY: by the caller's promise; the values are copied into the new row.
    unsafe {
        let stored = (*records.relation()).rd_att;
        let width = (*stored).natts as usize;
        let mut values = vec![pg_sys::Datum::null(); width];
        let mut nulls = vec![true; width];
        for (place, &column) in columns.iter().enumerate() {
            let at = column as usize - 1;
            let number = place as i32 + 1;
            values[at] = pg_sys::SPI_getbinval(row, description, number, &mut nulls[at]);
        }
        pg_sys::heap_form_tuple(stored, values.as_mut_ptr(), nulls.as_mut_ptr())
    }
}
