//! What PostgreSQL's statistics say of a column.

use crate::policy::records::reading::Records;
use crate::policy::sets::keys::{KeySet, KeyType};
use pgrx::pg_sys;

/// What PostgreSQL knows of the values of a column.
pub struct Statistics {
    /// Null where there are none.
    tuple: pg_sys::HeapTuple,
    is_cached: bool,
    pub distinct: f64,
}

/// As PostgreSQL guesses where it knows nothing.
const DISTINCT_OF_UNKNOWN: f64 = 200.0;

impl Statistics {
    pub fn of_column(records: &Records, column: i16) -> Statistics {
        let total = records.estimated_rows().max(1.0);
        // SAFETY: the table is open; the tuple is released when this goes.
        unsafe {
            let relation = records.relation();
            let with_heirs = (*(*relation).rd_rel).relkind as u8 == b'p';
            let tuple = pg_sys::SearchSysCache3(
                pg_sys::SysCacheIdentifier::STATRELATTINH as i32,
                (*relation).rd_id.into(),
                column.into(),
                with_heirs.into(),
            );
            let distinct = match tuple.is_null() {
                true => 0.0,
                false => f64::from(
                    (*pg_sys::heap_tuple_get_struct::<pg_sys::FormData_pg_statistic>(tuple))
                        .stadistinct,
                ),
            };
            let distinct = match distinct {
                share if share < 0.0 => -share * total,
                0.0 => DISTINCT_OF_UNKNOWN.min(total),
                number => number,
            };
            Statistics {
                tuple,
                is_cached: true,
                distinct,
            }
        }
    }

    /// # Safety
    /// `variable` must have been filled in by `examine_variable`, and not be released before this
    /// is gone.
    pub unsafe fn of_variable(variable: &mut pg_sys::VariableStatData) -> Statistics {
        let mut is_default = false;
        // SAFETY: by the caller's promise.
        let distinct = unsafe { pg_sys::get_variable_numdistinct(variable, &mut is_default) };
        Statistics {
            tuple: variable.statsTuple,
            is_cached: false,
            distinct,
        }
    }

    pub fn null_fraction(&self) -> f64 {
        if self.tuple.is_null() {
            return 0.0;
        }
        // SAFETY: a row of pg_statistic.
        unsafe {
            let form = pg_sys::heap_tuple_get_struct::<pg_sys::FormData_pg_statistic>(self.tuple);
            f64::from((*form).stanullfrac)
        }
    }

    /// The fraction of rows whose key is in the set: exact for the most common values, as far as
    /// statistics go, and evenly spread over the rest. Looks at no value outside of the set.
    pub fn fraction(&self, keys: &KeySet, key_type: KeyType) -> f64 {
        if keys.is_empty() {
            return 0.0;
        }
        let (mut common, mut common_here, mut here) = (0.0f64, 0usize, 0.0f64);
        let mut values = 0usize;
        // SAFETY: a row of pg_statistic; the slot is freed.
        unsafe {
            let mut slot = pg_sys::AttStatsSlot::default();
            if !self.tuple.is_null()
                && pg_sys::get_attstatsslot(
                    &mut slot,
                    self.tuple,
                    pg_sys::STATISTIC_KIND_MCV as i32,
                    pg_sys::InvalidOid,
                    (pg_sys::ATTSTATSSLOT_VALUES | pg_sys::ATTSTATSSLOT_NUMBERS) as i32,
                )
            {
                if KeyType::of(slot.valuetype) == Some(key_type) {
                    values = slot.nvalues as usize;
                    for n in 0..values {
                        let frequency = f64::from(*slot.numbers.add(n));
                        common += frequency;
                        if keys.contains(key_type, *slot.values.add(n)) {
                            here += frequency;
                            common_here += 1;
                        }
                    }
                }
                pg_sys::free_attstatsslot(&mut slot);
            }
        }
        let others = (self.distinct - values as f64).max(1.0);
        let wanted = (keys.len() - common_here) as f64;
        let rest = (1.0 - self.null_fraction() - common).max(0.0);
        (here + rest * (wanted / others).min(1.0)).clamp(0.0, 1.0)
    }
}

impl Drop for Statistics {
    fn drop(&mut self) {
        if self.is_cached && !self.tuple.is_null() && !std::thread::panicking() {
            // SAFETY: found in the cache by `of_column`, and released only here.
            unsafe { pg_sys::ReleaseSysCache(self.tuple) };
        }
    }
}
