//! The records of a table, as a call names them one by one.

use crate::catalog::write::sql::{column, rows};
use crate::core::Result;
use crate::core::record_id::record_id;
use crate::policy::text::columns::{KeyColumn, key_of_records};
use crate::tables::protected_tables::key_of;
use pgrx::PgRelation;
use pgrx::datum::DatumWithOid;
use pgrx::spi::{quote_identifier, quote_literal};

/// By which columns single records of a table are named.
pub enum RecordKey {
    One(KeyColumn),
    /// The names of the columns, and those of their types.
    Several(Vec<(String, String)>),
}

/// The records that a call names.
pub struct NamedRecords {
    /// As the database writes their keys.
    pub ids: Vec<String>,
    /// The expression that gives the same of a row.
    pub shown: String,
    /// What is true of their rows, by the arguments.
    pub condition: String,
    pub arguments: Vec<Vec<String>>,
}

impl RecordKey {
    /// Where nothing knows the records of a table by one column (shares, children), transfers go by its
    /// primary key as it is now.
    pub fn of(table: &PgRelation) -> Result<RecordKey> {
        // SAFETY: the relation is open while `table` lives.
        if unsafe { key_of_records(table.as_ptr()) }.is_some() {
            return Ok(RecordKey::One(key_of(table)?));
        }
        // Without type modifiers: a cast to varchar(2) would cut off what makes a key another one.
        let columns = rows(
            "SELECT a.attname::pg_catalog.text, pg_catalog.format_type(a.atttypid, -1) FROM pg_catalog.pg_index i
             CROSS JOIN LATERAL pg_catalog.unnest(i.indkey::pg_catalog.int2[]) WITH ORDINALITY k (number, place)
             JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
             WHERE i.indrelid = $1 AND i.indisprimary AND i.indimmediate AND i.indisvalid AND k.place <= i.indnkeyatts
             ORDER BY k.place",
            &[table.oid().into()],
            |row| Ok((row.get(1)?.unwrap_or_default(), row.get(2)?.unwrap_or_default())),
        )?;
        match columns.len() {
            0 | 1 => Ok(RecordKey::One(key_of(table)?)),
            _ => Ok(RecordKey::Several(columns)),
        }
    }

    /// Runs as the caller, whose types' code may run.
    pub fn name(&self, table: &str, ids: Vec<String>) -> Result<NamedRecords> {
        let columns = match self {
            RecordKey::Several(columns) => columns,
            RecordKey::One(key) => {
                let (name, of_type) = (quote_identifier(&key.name), key.type_name());
                return Ok(NamedRecords {
                    shown: format!("{name}::pg_catalog.text"),
                    condition: format!("{name} OPERATOR(pg_catalog.=) ANY ($1::{of_type}[])"),
                    arguments: vec![ids.clone()],
                    ids,
                });
            }
        };
        let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
        let mut arguments = vec![Vec::new(); columns.len()];
        for id in &ids {
            let values = record_id(id, table, &names)?;
            for (all, value) in arguments.iter_mut().zip(values) {
                all.push(value);
            }
        }
        let each = |part: &dyn Fn(usize, &str, &str) -> String| -> String {
            let columns = columns.iter().enumerate();
            let parts = columns.map(|(n, (name, of_type))| part(n + 1, name, of_type));
            parts.collect::<Vec<_>>().join(", ")
        };
        let shown = |value: &dyn Fn(usize, &str, &str) -> String| {
            let fields = each(&|n, name, of_type| {
                let value = value(n, name, of_type);
                format!(
                    "{}::pg_catalog.text, {value}::pg_catalog.text",
                    quote_literal(name)
                )
            });
            format!("pg_catalog.jsonb_build_object({fields})::pg_catalog.text")
        };
        let more =
            (2..=columns.len()).map(|n| format!(", pg_catalog.unnest(${n}::pg_catalog.text[])"));
        let more: String = more.collect();
        let given = format!(
            "FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]){more}) given ({})",
            each(&|n, _, _| format!("c{n}"))
        );
        let converted = |n: usize, of_type: &str| format!("(given.c{n}::{of_type})");
        let texts: Vec<DatumWithOid> = arguments.iter().map(|all| all.clone().into()).collect();
        Ok(NamedRecords {
            ids: column(
                &format!(
                    "SELECT DISTINCT {} {given}",
                    shown(&|n, _, of_type| converted(n, of_type))
                ),
                &texts,
            )?,
            shown: shown(&|_, name, _| quote_identifier(name)),
            condition: format!(
                "({}) OPERATOR(pg_catalog.=) ANY (SELECT {} {given})",
                each(&|_, name, _| quote_identifier(name)),
                each(&|n, _, of_type| converted(n, of_type)),
            ),
            arguments,
        })
    }
}
