//! What was found of many tables at once: a question for each of a thousand partitions takes longer than
//! what it is about.

use pgrx::pg_sys;
use std::collections::HashMap;

/// What there is of each of some tables.
pub struct ByTable<T>(HashMap<pg_sys::Oid, Vec<T>>);

impl<T> ByTable<T> {
    /// What there is of a table, in the order in which it was found.
    pub fn of(&self, table: pg_sys::Oid) -> &[T] {
        self.0.get(&table).map_or(&[], Vec::as_slice)
    }

    /// Without what is not wanted.
    #[must_use]
    pub fn filtered(mut self, mut is_wanted: impl FnMut(pg_sys::Oid, &T) -> bool) -> Self {
        for (&table, found) in &mut self.0 {
            found.retain(|one| is_wanted(table, one));
        }
        self
    }
}

impl<T> FromIterator<(pg_sys::Oid, T)> for ByTable<T> {
    fn from_iter<I: IntoIterator<Item = (pg_sys::Oid, T)>>(found: I) -> Self {
        let mut by_table: HashMap<_, Vec<T>> = HashMap::new();
        for (table, one) in found {
            by_table.entry(table).or_default().push(one);
        }
        ByTable(by_table)
    }
}
