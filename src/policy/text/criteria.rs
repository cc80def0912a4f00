//! Criteria as conditions of policies: plain comparisons of columns with constants, which the planner knows, by
//! the operators of the default btree operator classes of their types.
//!
//! A policy asks them of every row, hidden or not, as whoever runs the query. So none may be able to fail: their
//! values are read when the rule is made and written as the database writes them, of types whose comparisons are
//! PostgreSQL's own or of an extension. Domains are compared as what they are made of, without their checks.

use crate::core::criteria::{Criteria, Operator, Scalar, Test};
use crate::core::{Error, Result};
use crate::pg::attempt::attempted;
use crate::pg::names::{column_in, operator_named};
use crate::pg::setting::{self, Until};
use crate::policy::text::columns::type_name;
use pgrx::pg_sys;
use pgrx::spi::{quote_identifier, quote_literal};
use std::ffi::{CStr, CString};

/// A column of a table, as criteria compare it.
struct Compared {
    declared: pg_sys::Oid,
    /// The type below domains.
    base: pg_sys::Oid,
    /// By its length or precision.
    modifier: i32,
    collation: pg_sys::Oid,
    family: pg_sys::Oid,
    /// What the operator class compares, and what its constants are written as.
    input: pg_sys::Oid,
    literal: pg_sys::Oid,
}

/// Of these, values cannot be written so that they mean the same in every session, or not as those of arrays, which
/// they are.
const UNLIKE: [pg_sys::Oid; 3] = [
    pg_sys::MONEYOID,
    pg_sys::OIDVECTOROID,
    pg_sys::INT2VECTOROID,
];

const NUMBERS: [pg_sys::Oid; 6] = [
    pg_sys::INT2OID,
    pg_sys::INT4OID,
    pg_sys::INT8OID,
    pg_sys::NUMERICOID,
    pg_sys::FLOAT4OID,
    pg_sys::FLOAT8OID,
];

/// What a length or precision of a column rounds.
const ROUNDED: [pg_sys::Oid; 6] = [
    pg_sys::NUMERICOID,
    pg_sys::TIMEOID,
    pg_sys::TIMETZOID,
    pg_sys::TIMESTAMPOID,
    pg_sys::TIMESTAMPTZOID,
    pg_sys::INTERVALOID,
];

/// The languages internal and c: without a name in the bindings.
const COMPILED: [u32; 2] = [12, 13];

/// Written in every session alike.
const SETTINGS: [(&CStr, &CStr); 5] = [
    (c"datestyle", c"ISO, YMD"),
    (c"extra_float_digits", c"1"),
    (c"intervalstyle", c"iso_8601"),
    (c"timezone", c"UTC"),
    (c"bytea_output", c"hex"),
];

impl Compared {
    /// None where the table has no such column.
    fn column(table: pg_sys::Oid, name: &str) -> Result<Option<Compared>> {
        let Some(number) = column_in(table, name) else {
            return Ok(None);
        };
        // SAFETY: looks up a column that exists, and what belongs to its type.
        unsafe {
            let (mut declared, mut modifier) = (pg_sys::InvalidOid, -1);
            let mut collation = pg_sys::InvalidOid;
            pg_sys::get_atttypetypmodcoll(
                table,
                number,
                &mut declared,
                &mut modifier,
                &mut collation,
            );
            let base = pg_sys::getBaseTypeAndTypmod(declared, &mut modifier);
            // No row holds what is computed when it is read.
            if pg_sys::get_attgenerated(table, number) as u8 == b'v' {
                return Err(unsupported(name, declared));
            }
            let wanted = pg_sys::TYPECACHE_BTREE_OPFAMILY
                | pg_sys::TYPECACHE_EQ_OPR
                | pg_sys::TYPECACHE_CMP_PROC;
            let entry = pg_sys::lookup_type_cache(base, wanted as i32);
            let (family, input) = ((*entry).btree_opf, (*entry).btree_opintype);
            let Some(literal) = literal_type(base, input) else {
                return Err(unsupported(name, declared));
            };
            if family == pg_sys::InvalidOid
                || !is_compiled((*entry).cmp_proc)
                || !is_compiled(pg_sys::get_opcode((*entry).eq_opr))
            {
                return Err(unsupported(name, declared));
            }
            Ok(Some(Compared {
                declared,
                base,
                modifier,
                collation,
                family,
                input,
                literal,
            }))
        }
    }

    fn is_array(&self) -> bool {
        // SAFETY: looks up a type.
        unsafe { pg_sys::get_element_type(self.literal) != pg_sys::InvalidOid }
    }

    fn literal(&self, value: &str) -> String {
        // What looks like an integer would come back from a dump as one that is cast.
        let is_whole =
            self.literal == pg_sys::NUMERICOID && value.bytes().all(|byte| byte.is_ascii_digit());
        let point = if is_whole { ".0" } else { "" };
        let text = quote_literal(format!("{value}{point}"));
        format!("{text}::{}", named(self.literal))
    }

    /// The column in a condition: PostgreSQL finds no operator for a domain over an enum.
    fn written(&self, column: &str) -> String {
        let name = quote_identifier(column);
        // SAFETY: looks up a type.
        let is_enum = unsafe { pg_sys::type_is_enum(self.base) };
        match is_enum && self.declared != self.base {
            true => format!("{name}::{}", named(self.base)),
            false => name,
        }
    }

    /// Of the family of the type's default operator class, qualified.
    fn operator(&self, operator: Operator) -> Result<String> {
        let strategy = match operator {
            Operator::Less => pg_sys::BTLessStrategyNumber,
            Operator::AtMost => pg_sys::BTLessEqualStrategyNumber,
            Operator::Equal | Operator::NotEqual => pg_sys::BTEqualStrategyNumber,
            Operator::AtLeast => pg_sys::BTGreaterEqualStrategyNumber,
            Operator::Greater => pg_sys::BTGreaterStrategyNumber,
        };
        // SAFETY: looks up operators by their family.
        let found = unsafe {
            let (family, input) = (self.family, self.input);
            let found = pg_sys::get_opfamily_member(family, input, input, strategy as i16);
            match operator {
                Operator::NotEqual => pg_sys::get_negator(found),
                _ => found,
            }
        };
        operator_named(found).ok_or_else(|| {
            Error::unsupported(format!(
                "the type {} has no operator {} by which it is sorted",
                named(self.base),
                operator.sign()
            ))
        })
    }

    /// One number, one text: numeric keeps the zeros with which it was written.
    fn shortest(&self, mut written: String) -> String {
        if self.base == pg_sys::NUMERICOID && written.contains('.') {
            written.truncate(written.trim_end_matches('0').trim_end_matches('.').len());
        }
        written
    }

    /// A value as the database writes it.
    fn canonical(&self, value: &Scalar, is_equality: bool) -> Result<String> {
        use Scalar::{Flag, Number};
        let is_number = NUMBERS.contains(&self.base);
        let fits = match value {
            Number(_) => is_number,
            Flag(_) => self.base == pg_sys::BOOLOID,
            Scalar::Text(text) => !text.contains('\0'),
        };
        let no_value = || {
            let shown: String = value.text().chars().take(60).collect();
            Error::bad_value(format!(
                "\"{shown}\" is no value of the type {}",
                named(self.base)
            ))
        };
        if !fits {
            return Err(no_value());
        }
        let times = [
            pg_sys::DATEOID,
            pg_sys::TIMEOID,
            pg_sys::TIMETZOID,
            pg_sys::TIMESTAMPOID,
            pg_sys::TIMESTAMPTZOID,
        ];
        let moving = ["now", "today", "tomorrow", "yesterday"];
        let lower = value.text().to_lowercase();
        if times.contains(&self.base) && moving.iter().any(|word| lower.contains(word)) {
            return Err(no_value().hint("What it means moves on: rules are about fixed values."));
        }
        let text = CString::new(value.text()).map_err(|_| no_value())?;
        // A longer text than the column can hold is equal to nothing in it, and is an error.
        let lengths = [pg_sys::VARCHAROID, pg_sys::BPCHAROID];
        let modifier = match is_equality && lengths.contains(&self.base) {
            true => self.modifier,
            false => -1,
        };
        let read = |modifier| {
            let written = attempted(|| Ok(written_alike(self.base, &text, modifier)));
            written
                .map(|written| self.shortest(written))
                .map_err(|_| no_value())
        };
        let mut written = read(modifier)?;
        // So is a number with more digits, or a time with more of a second, which would be rounded.
        if is_equality && self.modifier >= 0 && ROUNDED.contains(&self.base) {
            let rounded = read(self.modifier)?;
            if rounded != written {
                return Err(no_value().hint(format!(
                    "The column holds no more than \"{rounded}\" of it: no record is equal to it."
                )));
            }
        }
        let odd = ["NaN", "Infinity", "-Infinity"];
        if is_number && odd.contains(&written.as_str()) {
            return Err(no_value().hint("It does not compare as numbers do."));
        }
        if self.base == pg_sys::BOOLOID {
            written = if written == "t" { "true" } else { "false" }.to_owned();
        }
        Ok(written)
    }
}

/// The value that a text is, as text, whatever the settings of the session are.
fn written_alike(base: pg_sys::Oid, text: &CStr, modifier: i32) -> String {
    // SAFETY: calls the input and the output function of a type, which are PostgreSQL's own or an extension's. The
    // text is read by the settings of the caller, and written by those above, which end with the nest level; after
    // an error, the savepoint around ends it.
    unsafe {
        let (mut input, mut parameter) = (pg_sys::InvalidOid, pg_sys::InvalidOid);
        pg_sys::getTypeInputInfo(base, &mut input, &mut parameter);
        let copy = pg_sys::pstrdup(text.as_ptr());
        let value = pg_sys::OidInputFunctionCall(input, copy, parameter, modifier);
        let level = pg_sys::NewGUCNestLevel();
        for (name, value) in SETTINGS {
            setting::set(name, value, Until::LevelEnds);
        }
        let (mut output, mut is_varlena) = (pg_sys::InvalidOid, false);
        pg_sys::getTypeOutputInfo(base, &mut output, &mut is_varlena);
        let written = pg_sys::OidOutputFunctionCall(output, value);
        let written = CStr::from_ptr(written).to_string_lossy().into_owned();
        pg_sys::AtEOXact_GUC(false, level);
        written
    }
}

fn named(type_oid: pg_sys::Oid) -> String {
    // SAFETY: looks up a type.
    let element = unsafe { pg_sys::get_element_type(type_oid) };
    if element != pg_sys::InvalidOid {
        return format!("{}[]", named(element));
    }
    match type_oid {
        // By their SQL names, character and bit, they would be cut to one.
        pg_sys::BPCHAROID => "pg_catalog.bpchar".to_owned(),
        pg_sys::BITOID => "pg_catalog.\"bit\"".to_owned(),
        other => type_name(other),
    }
}

/// What constants are written as that are compared with values of a type, by an operator class for `input`; None where
/// comparing them may run code of somebody's own.
///
/// # Safety
/// Needs a transaction.
unsafe fn literal_type(base: pg_sys::Oid, input: pg_sys::Oid) -> Option<pg_sys::Oid> {
    // SAFETY: looks up a type.
    unsafe {
        if UNLIKE.contains(&base) {
            return None;
        }
        let element = pg_sys::get_element_type(base);
        if element != pg_sys::InvalidOid {
            // Elements are compared by the class of their own type.
            return (is_built_in(element) && !UNLIKE.contains(&element)).then_some(base);
        }
        match pg_sys::get_typtype(base) as u8 {
            b'e' => Some(base),
            b'r' | b'm' if is_built_in(base) => Some(base),
            b'b' if is_built_in(base) => {
                let is_alike = [pg_sys::VARCHAROID, pg_sys::CIDROID].contains(&base);
                (input == base || is_alike).then_some(input)
            }
            b'b' if is_of_extension(base) => Some(input),
            _ => None,
        }
    }
}

fn is_built_in(base: pg_sys::Oid) -> bool {
    base.to_u32() < pg_sys::FirstNormalObjectId
}

fn unsupported(column: &str, declared: pg_sys::Oid) -> Error {
    Error::unsupported(format!(
        "criteria.{column}: columns of the type {} are not compared",
        type_name(declared)
    ))
    .hint("They may be of any type of PostgreSQL's own that is sorted, but money and oidvector, of enums and simple types of extensions, arrays of built-in types, or a domain over one of these.")
}

/// Whether an extension brought a type, such as citext: its functions are those of whoever may install it.
fn is_of_extension(base: pg_sys::Oid) -> bool {
    // SAFETY: looks up what depends on a type.
    let extension = unsafe { pg_sys::getExtensionOfObject(pg_sys::TypeRelationId, base) };
    !is_built_in(base) && extension != pg_sys::InvalidOid
}

/// Whether a function is compiled code, which an administrator of the server installed. Others could be anybody's.
///
/// # Safety
/// Needs a transaction.
unsafe fn is_compiled(function: pg_sys::Oid) -> bool {
    // SAFETY: looks a row of pg_proc up in the system caches, and releases it.
    unsafe {
        let id = pg_sys::SysCacheIdentifier::PROCOID as i32;
        let tuple = pg_sys::SearchSysCache1(id, pg_sys::Datum::from(function));
        if tuple.is_null() {
            return false;
        }
        let language = (*pg_sys::GETSTRUCT(tuple).cast::<pg_sys::FormData_pg_proc>()).prolang;
        pg_sys::ReleaseSysCache(tuple);
        COMPILED.contains(&language.to_u32())
    }
}

/// Whether a column is of an enum, which has a label.
pub fn has_label(table: pg_sys::Oid, column: &str, label: &str) -> Option<bool> {
    let compared = Compared::column(table, column).ok()??;
    let label = CString::new(label).ok()?;
    // SAFETY: looks up a type and a label in the system caches.
    unsafe {
        pg_sys::type_is_enum(compared.base).then(|| {
            let id = pg_sys::SysCacheIdentifier::ENUMTYPOIDNAME as i32;
            let (of, named) = (compared.base.into(), pg_sys::Datum::from(label.as_ptr()));
            let (none, no_more) = (pg_sys::Datum::null(), pg_sys::Datum::null());
            pg_sys::SearchSysCacheExists(id, of, named, none, no_more)
        })
    }
}

fn lacks(table_name: &str, column: &str) -> Error {
    Error::bad_value(format!(
        "criteria.{column}: table {table_name} has no column \"{column}\""
    ))
}

fn compared(table: pg_sys::Oid, table_name: &str, column: &str) -> Result<Compared> {
    Compared::column(table, column)?.ok_or_else(|| lacks(table_name, column))
}

/// The same criteria with values as the database writes them, where they suit the columns of a table.
pub fn checked(table: pg_sys::Oid, table_name: &str, criteria: &Criteria) -> Result<Criteria> {
    for (column, tests) in criteria.columns() {
        let compared = compared(table, table_name, column)?;
        let texts = [pg_sys::TEXTOID, pg_sys::VARCHAROID, pg_sys::BPCHAROID];
        // SAFETY: looks up a collation that a column has.
        let is_plain = texts.contains(&compared.base)
            && unsafe { pg_sys::get_collation_isdeterministic(compared.collation) };
        if !is_plain && tests.iter().any(|test| matches!(test, Test::Like(_))) {
            return Err(Error::bad_value(format!(
                "criteria.{column}: \"like\" is for text whose collation tells all different texts apart"
            )));
        }
    }
    criteria.with_values(|column, value, test| {
        let compared = compared(table, table_name, column)?;
        let is_equality = matches!(test, Test::AnyOf(_) | Test::Compares(Operator::Equal, _));
        let written = compared.canonical(value, is_equality);
        let written = written.map_err(|error| error.at(&format!("criteria.{column}")))?;
        Ok(match compared.base {
            pg_sys::BOOLOID => Scalar::Flag(written == "true"),
            base if NUMBERS.contains(&base) => Scalar::of_number(&written),
            _ => Scalar::Text(written),
        })
    })
}

/// The conditions that criteria are of rows of a table, each to stand in a policy.
pub fn conditions(
    table: pg_sys::Oid,
    table_name: &str,
    criteria: &Criteria,
) -> Result<Vec<String>> {
    let mut all = Vec::new();
    for (column, tests) in criteria.columns() {
        let facts = compared(table, table_name, column)?;
        let name = facts.written(column);
        for test in tests {
            all.push(match test {
                Test::Compares(operator, value) => {
                    let operator = facts.operator(*operator)?;
                    format!("{name} {operator} {}", facts.literal(value.text()))
                }
                // An array of arrays is one array.
                Test::AnyOf(values) if facts.is_array() => {
                    let operator = facts.operator(Operator::Equal)?;
                    let each = values
                        .iter()
                        .map(|value| format!("{name} {operator} {}", facts.literal(value.text())));
                    format!("({})", each.collect::<Vec<_>>().join(" OR "))
                }
                Test::AnyOf(values) => {
                    let operator = facts.operator(Operator::Equal)?;
                    let values: Vec<String> =
                        values.iter().map(|value| element(value.text())).collect();
                    let array = quote_literal(format!("{{{}}}", values.join(",")));
                    format!(
                        "{name} {operator} ANY ({array}::{}[])",
                        named(facts.literal)
                    )
                }
                Test::Like(pattern) => {
                    let pattern = quote_literal(pattern);
                    format!("{name} OPERATOR(pg_catalog.~~) {pattern}::pg_catalog.text")
                }
                Test::Null(true) => format!("{name} IS NULL"),
                Test::Null(false) => format!("{name} IS NOT NULL"),
            });
        }
    }
    Ok(all)
}

/// A value as an element of an array in text.
fn element(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}
