//! What becomes of shares, grants and children where a module that stays is protected anew (semantics: Modules; Record sharing between offices): they were
//! made by the values of a column, and under another column the same values mean other records.

use crate::catalog::write::change::Change;
use crate::catalog::write::known_keys::{children_by_key, key_of_shares, number_of_shares};
use crate::core::error::some_of;
use crate::core::{Error, Result};
use crate::policy::records::reading::Records;
use crate::policy::text::columns::key_of_records;
use crate::tables::protection::Prepared;
use pgrx::pg_sys;
use pgrx::spi::quote_identifier;

/// The column by which the records of a module were known before it is protected anew.
pub struct KeyBefore {
    module: i32,
    /// Quoted. None where there was none, or where nothing tells it any more.
    column: Option<String>,
    /// Whether the policies tell it, and with it the module's own relations.
    is_told: bool,
}

impl KeyBefore {
    pub fn of(module: i32, relation: pg_sys::Oid) -> Result<KeyBefore> {
        let told = Records::open(relation).and_then(|records| {
            // SAFETY: the table is open.
            unsafe { key_of_records(records.relation()) }
        });
        let is_told = told.is_some();
        let column = match told {
            Some(key) => Some(quote_identifier(&key.name)),
            None => key_of_shares(relation)?,
        };
        Ok(KeyBefore {
            module,
            column,
            is_told,
        })
    }

    /// Refuses another key below children that point at this one: what they hold would lead to other records.
    pub fn must_lead_children(&self, name: &str, anew: &Prepared) -> Result<()> {
        if self.column.is_some() && self.column == anew.key {
            return Ok(());
        }
        let children = children_by_key(self.module, self.is_told)?;
        if children.is_empty() {
            return Ok(());
        }
        let column = |name: &str| format!("column {name}");
        let (was, is) = (self.column.as_deref(), anew.key.as_deref());
        Err(Error::in_use(format!(
            "the records of module \"{name}\" were known by {}, and would be by {}",
            was.map_or("a column that nothing tells any more".to_owned(), column),
            is.map_or("none".to_owned(), column),
        ))
        .detail(format!(
            "What these modules hold would point at other records: {}.",
            some_of(&children)
        ))
        .hint("End that first, with sharing.unprotect() or sharing.unrelate(), and declare it again afterwards."))
    }

    /// How many shares and grants would be of other records, or of none.
    pub fn lost_shares(&self, anew: &Prepared) -> Result<i64> {
        match self.column.is_some() && self.column == anew.record {
            true => Ok(0),
            false => number_of_shares(self.module),
        }
    }

    /// Forgets the shares and grants that would be of other records. Returns how many.
    pub fn forget_lost_shares(&self, change: &Change, anew: &Prepared) -> Result<i64> {
        let lost = self.lost_shares(anew)?;
        if lost > 0 {
            change.forget_shares_of(self.module)?;
        }
        Ok(lost)
    }
}

/// What there is to say of shares and grants that are forgotten.
pub fn told_of_lost_shares(name: &str, lost: i64) -> String {
    let which = match lost {
        1 => "one share or grant".to_owned(),
        _ => format!("{lost} shares and grants"),
    };
    format!(
        "{which} of records of module \"{name}\" cannot stay: they are no longer shared by the same column"
    )
}
