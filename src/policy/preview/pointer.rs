//! From children to what their parents say of them.

use crate::core::Result;
use crate::pg::names::column_in;
use crate::policy::preview::tally::ByKey;
use crate::policy::records::reading::Records;
use crate::policy::records::when::Condition;
use crate::policy::sets::keys::KeyType;
use crate::policy::text::columns::{KeyColumn, When};
use pgrx::pg_sys;

/// How the rows of a part lead to their parents; without a column, none does.
pub struct Pointer {
    column: Option<i16>,
    key_type: KeyType,
    condition: Option<Condition>,
}

impl Pointer {
    pub fn new(via: &KeyColumn, when: Option<&When>, part: pg_sys::Oid) -> Result<Pointer> {
        let mut column = column_in(part, &via.name);
        let mut condition = None;
        if let Some(when) = when {
            condition = Condition::new(when, part)?;
            column = column.filter(|_| condition.is_some());
        }
        Ok(Pointer {
            column,
            key_type: via.key_type,
            condition,
        })
    }

    /// # Safety
    /// `tuple` must be a row of the part.
    pub unsafe fn parent<S: Copy>(
        &self,
        records: &Records,
        tuple: pg_sys::HeapTuple,
        said: &ByKey<S>,
    ) -> Option<S> {
        // SAFETY: by the caller's promise; the column is of this type in every part.
        unsafe {
            let said = said.get(self.key_type, records.value(tuple, self.column?))?;
            let holds = self
                .condition
                .as_ref()
                .is_none_or(|condition| condition.holds(records, tuple));
            holds.then_some(said)
        }
    }
}
