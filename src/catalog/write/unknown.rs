//! What is said of a name or a key that is not there: whether something else was meant, and what
//! there is. For administrators, who may know of everything there is.

use crate::catalog::write::change::{GROUP, MODULE, NamedKind};
use crate::catalog::write::sql::read_rows;
use crate::core::{Error, Result};

/// Things are looked for by name regardless of case. A collation other than that of the columns,
/// which knows ASCII alone.
const SAME_BUT_FOR_CASE: &str = "pg_catalog.lower(name COLLATE pg_catalog.\"default\") = pg_catalog.lower($1 COLLATE pg_catalog.\"default\")";

/// The first two columns of at most two rows. For those who only ask, too: on a standby as well.
fn two(statement: &str, name: &str) -> Result<Vec<(String, String)>> {
    read_rows(&format!("{statement} LIMIT 2"), &[name.into()], |row| {
        Ok((
            row.get(1)?.unwrap_or_default(),
            row.get(2)?.unwrap_or_default(),
        ))
    })
}

/// The only group with a key or a name, and the only user.
fn group_meant(name: &str) -> Result<Option<String>> {
    let groups = two(
        &format!(
            "SELECT name, key FROM sharing.groups WHERE key = $1 OR {SAME_BUT_FOR_CASE} ORDER BY key <> $1, name"
        ),
        name,
    )?;
    Ok(match &groups[..] {
        [(name, key), ..] => Some(format!("Did you mean group \"{name}\" (key {key})?")),
        [] => None,
    })
}

fn user_meant(name: &str) -> Result<Option<String>> {
    let users = two(
        &format!(
            "SELECT name, key FROM sharing.users WHERE name = $1 OR key = $1 OR {} ORDER BY id",
            SAME_BUT_FOR_CASE.replace("name", "key")
        ),
        name,
    )?;
    Ok(match &users[..] {
        [] => None,
        [(name, key)] => Some(format!("Did you mean user \"{name}\" (key {key})?")),
        [_, _, ..] => Some(format!(
            "Users are named by key, and several are called \"{name}\": their keys are in sharing.users."
        )),
    })
}

impl NamedKind {
    fn meant(&self, name: &str) -> Result<Option<String>> {
        if self.table == GROUP.table {
            return Ok(match group_meant(name)? {
                None => user_meant(name)?,
                group => group,
            });
        }
        let NamedKind { table, what, .. } = self;
        let alike = two(
            &format!(
                "SELECT name, '' FROM sharing.{table} WHERE {SAME_BUT_FOR_CASE} ORDER BY name"
            ),
            name,
        )?;
        if let [(alike, _), ..] = &alike[..] {
            return Ok(Some(format!("Did you mean {what} \"{alike}\"?")));
        }
        if self.table == MODULE.table {
            let of_table = two(
                "SELECT m.name, c.relname::text FROM sharing.modules m
                 JOIN pg_catalog.pg_class c ON c.oid = m.relation::oid
                 JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                 WHERE c.relname::text = $1 OR pg_catalog.concat(n.nspname, '.', c.relname) = $1 ORDER BY m.name",
                name,
            )?;
            if let [(module, table)] = &of_table[..] {
                return Ok(Some(format!(
                    "Did you mean module \"{module}\" (table {table})?"
                )));
            }
        }
        Ok(None)
    }

    /// The hint, where nothing else was meant, says where such things are listed and how to `make`
    /// one.
    fn not_there(&self, name: &str, make: Option<String>) -> Error {
        let NamedKind { table, what, .. } = self;
        let hint = match self.meant(name) {
            Err(error) => return error,
            Ok(Some(meant)) => meant,
            Ok(None) => {
                let mut capital = table.to_string();
                capital[..1].make_ascii_uppercase();
                let make = make.map_or(String::new(), |make| format!("; {make}"));
                format!("{capital} are listed in sharing.{table}{make}.")
            }
        };
        Error::unknown(format!("{what} \"{name}\" does not exist")).hint(hint)
    }

    /// For whoever names one for some other thing, and may have to make it first.
    pub fn unknown(&self, name: &str) -> Error {
        let create = self.create;
        let literal = pgrx::spi::quote_literal(name);
        let make = match create {
            "protect" => "make a table one with sharing.protect(relation, owner)".to_owned(),
            "create_group" => format!("create one with sharing.create_group(key, {literal})"),
            _ => format!("create one with sharing.{create}({literal})"),
        };
        self.not_there(name, Some(make))
    }

    /// For whoever wants to be rid of one.
    pub fn missing(&self, name: &str) -> Error {
        self.not_there(name, None)
    }

    /// The number of one that is to go.
    pub fn present(&self, name: &str) -> Result<i32> {
        self.find(name)?.ok_or_else(|| self.missing(name))
    }
}

/// As `NamedKind::not_there`, of users.
pub fn unknown_user(key: &str, make: Option<&str>) -> Error {
    let meant = match user_meant(key) {
        Ok(None) => group_meant(key),
        found => found,
    };
    let hint = match meant {
        Err(error) => return error,
        Ok(Some(meant)) => meant,
        Ok(None) => {
            let make = make.map_or(String::new(), |make| format!("; {make}"));
            format!("Users are listed by key in sharing.users{make}.")
        }
    };
    Error::unknown(format!("user \"{key}\" does not exist")).hint(hint)
}
