//! How the records of a child are tied to those of a parent, when somebody declares it (semantics: Modules).

use crate::catalog::write::table_columns;
use crate::catalog::write::table_columns::TableColumn;
use crate::catalog::write::tables::ApplicationTable;
use crate::catalog::write::ties::{ForeignKey, foreign_keys};
use crate::core::{Error, Result};
use crate::policy::records::reading::Records;
use crate::policy::sets::keys::{KeyType, key_type_of_column};
use crate::policy::text::columns::key_of_records;
use crate::tables::spread::must_be_near;

/// What is wrong with a field of something, by its name in the configuration document.
pub struct InField {
    pub field: &'static str,
    pub error: Error,
}

/// A module whose records others point at.
pub struct ParentModule {
    name: String,
    table: ApplicationTable,
    /// The column by which its records are known, where that is a key.
    key: Option<i16>,
    is_protected: bool,
}

/// A column that holds the keys of parents.
pub struct Tied {
    pub column: TableColumn,
    /// Whether a foreign key says which column of the parent it goes with.
    pub by_foreign_key: bool,
}

impl ParentModule {
    /// Of a table that is the module of that name; or, with `anew`, that is going to be protected.
    pub fn of(table: &ApplicationTable, name: &str, anew: bool) -> Result<ParentModule> {
        let known = match anew {
            true => table_columns::number_of_key_to_point_at(table.oid)?,
            false => Records::open(table.oid).and_then(|records| {
                // SAFETY: the table is open.
                unsafe { key_of_records(records.relation()) }.map(|key| key.number)
            }),
        };
        Ok(ParentModule {
            name: name.to_owned(),
            table: table.clone(),
            key: known.filter(|column| is_key(table, *column)),
            is_protected: !anew,
        })
    }

    /// How a column of a child is tied to it; `has_condition` where a column says that it is this
    /// parent's key, so that no foreign key can.
    pub fn tied(
        &self,
        child: &ApplicationTable,
        via: &str,
        has_condition: bool,
    ) -> Result<Tied, InField> {
        let of_via = |error| InField {
            field: "via",
            error,
        };
        let column = table_columns::column_named(child, via).map_err(of_via)?;
        let key_type = key_type_of_column(column.type_oid, via).map_err(of_via)?;
        let led_to = match has_condition {
            true => None,
            false => self.led_to(child, via).map_err(of_via)?,
        };
        let number = led_to.or(self.key).ok_or_else(|| InField {
            field: "parent",
            error: self.has_no_key(),
        })?;
        let key = table_columns::column_numbered(&self.table, number).map_err(of_via)?;
        match KeyType::of(key.type_oid) {
            Some(of_parent) if key_type.agrees_with(of_parent) => {
                must_be_near(child, via, &self.table, number).map_err(of_via)?;
                Ok(Tied {
                    column,
                    by_foreign_key: led_to.is_some(),
                })
            }
            _ => Err(of_via(
                Error::unsupported(format!(
                    "column \"{via}\" has the type {}, but the key of \"{}\" has the type {}",
                    column.type_name(),
                    self.name,
                    key.type_name()
                ))
                .hint("The column has to hold the parent's key."),
            )),
        }
    }

    /// The column that a foreign key leads to, if there is one. What says that the child's column holds
    /// something else is refused.
    fn led_to(&self, child: &ApplicationTable, via: &str) -> Result<Option<i16>> {
        let all = foreign_keys(child.oid, via)?;
        let here = |one: &&ForeignKey| one.to == self.table.oid;
        let refuse = |one: &ForeignKey, but: &str| {
            let ForeignKey {
                name,
                to_name,
                column_name,
                ..
            } = one;
            Err(Error::bad_value(format!(
                "by the foreign key \"{name}\", column \"{via}\" of {} holds \"{column_name}\" of {to_name}, {but}",
                child.name
            ))
            .hint("Name a column that holds the parent's key: one with a foreign key to it, or with none."))
        };
        let mut alone: Vec<&ForeignKey> =
            all.iter().filter(here).filter(|one| one.is_alone).collect();
        // The column by which records are known comes first.
        alone.sort_by_key(|one| Some(one.column) != self.key);
        if let Some(first) = alone.first() {
            if !is_key(&self.table, first.column) {
                return refuse(first, "which is not a key by which records could be known");
            }
            let other = alone.iter().find(|one| one.column != first.column);
            return match other {
                Some(other) if Some(first.column) != self.key => {
                    refuse(other, "and by another foreign key something else")
                }
                _ => Ok(Some(first.column)),
            };
        }
        let elsewhere = all.iter().find(|one| one.is_alone && !here(one));
        if let Some(elsewhere) = elsewhere {
            return refuse(elsewhere, &format!("and not a key of {}", self.table.name));
        }
        let together = all.iter().filter(here);
        let mut contradicting = together.filter(|one| Some(one.column) != self.key);
        match contradicting.next() {
            Some(one) => refuse(one, "which is not the key by which its records are known"),
            None => Ok(None),
        }
    }

    fn has_no_key(&self) -> Error {
        let table = &self.table.name;
        let error = Error::not_possible(format!(
            "table {table} has no primary key of one column by which its records could be pointed at"
        ));
        let must = "The key is smallint, integer, bigint, uuid, text or varchar, or a domain over one of these, and not deferrable.";
        match self.is_protected {
            false => error.hint(must),
            true => error.hint(format!(
                "{must} A table that got it later, or another, has to be protected again: sharing.unprotect(), sharing.protect()."
            )),
        }
    }
}

/// Whether a column tells the records of a table apart.
pub fn is_key(table: &ApplicationTable, column: i16) -> bool {
    Records::open(table.oid).is_some_and(|records| records.key_on(column).is_some())
}
