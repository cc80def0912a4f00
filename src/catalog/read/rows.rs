//! The columns of a row that was read, from its tuple or from an index.

use pgrx::pg_sys;
use pgrx::varlena::{varatt_is_1b, varatt_is_1b_e, varatt_is_4b_u};
use std::marker::PhantomData;

const MAX_COLUMNS: usize = 16;

/// One row of a scan: columns are numbered from 1, as in pg_attribute.
pub struct Row<'scan> {
    pub(super) values: [pg_sys::Datum; MAX_COLUMNS],
    pub(super) nulls: [bool; MAX_COLUMNS],
    pub(super) xmin: pg_sys::TransactionId,
    pub(super) scan: PhantomData<&'scan ()>,
}

impl Row<'_> {
    /// # Safety
    /// `tuple` must be a tuple of a table described by `descriptor`, and stay in place while the
    /// row is in use.
    pub(super) unsafe fn read(tuple: pg_sys::HeapTuple, descriptor: pg_sys::TupleDesc) -> Self {
        let mut row = Row {
            values: [pg_sys::Datum::null(); MAX_COLUMNS],
            nulls: [true; MAX_COLUMNS],
            xmin: pg_sys::InvalidTransactionId,
            scan: PhantomData,
        };
        // SAFETY: by the caller's promise; our tables have fewer than MAX_COLUMNS columns, and
        // `natts` counts dropped ones too, hence the check.
        unsafe {
            if (*descriptor).natts as usize <= MAX_COLUMNS {
                pg_sys::heap_deform_tuple(
                    tuple,
                    descriptor,
                    row.values.as_mut_ptr(),
                    row.nulls.as_mut_ptr(),
                );
            }
            row.xmin = (*(*tuple).t_data).t_choice.t_heap.t_xmin;
        }
        row
    }

    /// # Safety
    /// `tuple` must be of an index described by the others, and stay in place while the row is in use.
    pub(super) unsafe fn read_index(
        tuple: pg_sys::IndexTuple,
        descriptor: pg_sys::TupleDesc,
        index: pg_sys::Form_pg_index,
    ) -> Self {
        let mut row = Row {
            values: [pg_sys::Datum::null(); MAX_COLUMNS],
            nulls: [true; MAX_COLUMNS],
            xmin: pg_sys::InvalidTransactionId,
            scan: PhantomData,
        };
        let (mut values, mut nulls) = (row.values, row.nulls);
        // SAFETY: by the caller's promise; `indkey` names a column of the table for each of the index.
        unsafe {
            let columns = (*index).indnatts as usize;
            if columns <= MAX_COLUMNS {
                let (values, nulls) = (values.as_mut_ptr(), nulls.as_mut_ptr());
                pg_sys::index_deform_tuple(tuple, descriptor, values, nulls);
            }
            for n in 0..columns.min(MAX_COLUMNS) {
                let column = *(*index).indkey.values.as_ptr().add(n);
                if let Some(at) = usize::try_from(column - 1)
                    .ok()
                    .filter(|at| *at < MAX_COLUMNS)
                {
                    row.values[at] = values[n];
                    row.nulls[at] = nulls[n];
                }
            }
        }
        row
    }

    fn datum(&self, column: usize) -> Option<pg_sys::Datum> {
        (!self.nulls[column - 1]).then(|| self.values[column - 1])
    }

    pub fn int(&self, column: usize) -> Option<i32> {
        self.datum(column).map(|datum| datum.value() as i32)
    }

    pub fn bigint(&self, column: usize) -> Option<i64> {
        self.datum(column).map(|datum| datum.value() as i64)
    }

    pub fn bool(&self, column: usize) -> bool {
        self.datum(column)
            .is_some_and(|datum| datum.value() as u8 != 0)
    }

    /// A "char".
    pub fn char(&self, column: usize) -> Option<u8> {
        self.datum(column).map(|datum| datum.value() as u8)
    }

    pub fn oid(&self, column: usize) -> Option<pg_sys::Oid> {
        self.datum(column)
            .map(|datum| pg_sys::Oid::from(datum.value() as u32))
    }

    pub fn text(&self, column: usize) -> Option<String> {
        // SAFETY: the column is a text; the result is copied before the row goes away.
        self.datum(column)
            .and_then(|datum| unsafe { text_of(datum) })
    }

    /// Calls `f` with a text, which is not copied; not for NULL.
    pub fn with_text<R>(&self, column: usize, f: impl FnOnce(&str) -> R) -> Option<R> {
        // SAFETY: the column is a text.
        self.datum(column)
            .and_then(|datum| unsafe { with_text(datum, |text| text.map(f)) })
    }

    pub fn uuid(&self, column: usize) -> Option<u128> {
        // SAFETY: the column is a uuid: a pointer to 16 bytes, without alignment.
        self.datum(column).map(|datum| unsafe { uuid_of(datum) })
    }

    /// The transaction that wrote the row.
    pub fn xmin(&self) -> pg_sys::TransactionId {
        self.xmin
    }
}

/// # Safety
/// `datum` must be a uuid.
pub unsafe fn uuid_of(datum: pg_sys::Datum) -> u128 {
    // SAFETY: a uuid is 16 bytes at any address.
    u128::from_be_bytes(unsafe { std::ptr::read_unaligned(datum.cast_mut_ptr::<[u8; 16]>()) })
}

/// # Safety
/// `datum` must be a text or varchar.
pub unsafe fn text_of(datum: pg_sys::Datum) -> Option<String> {
    // SAFETY: by the caller's promise.
    unsafe { with_text(datum, |text| text.map(str::to_owned)) }
}

/// Calls `f` with the text, without copying it where it is stored plainly. None where it is not
/// valid UTF-8, which an UTF8 database does not hold.
///
/// # Safety
/// `datum` must be a text or varchar.
pub unsafe fn with_text<R>(datum: pg_sys::Datum, f: impl FnOnce(Option<&str>) -> R) -> R {
    // SAFETY: by the caller's promise; a value that is compressed or stored out of line is
    // expanded into a copy, which is freed when `f` is done with it.
    unsafe {
        let stored = datum.cast_mut_ptr::<pg_sys::varlena>();
        let is_plain = varatt_is_4b_u(stored) || varatt_is_1b(stored) && !varatt_is_1b_e(stored);
        let plain = match is_plain {
            true => stored,
            false => pg_sys::pg_detoast_datum_packed(stored),
        };
        let bytes = std::slice::from_raw_parts(
            pgrx::varlena::vardata_any(plain).cast::<u8>(),
            pgrx::varlena::varsize_any_exhdr(plain),
        );
        let result = f(std::str::from_utf8(bytes).ok());
        if !std::ptr::eq(plain, stored) {
            pg_sys::pfree(plain.cast());
        }
        result
    }
}
