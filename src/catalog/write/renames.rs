//! Other names for what has one (semantics: The organization; Modules). Everything else goes by numbers, so
//! a name is one row.

use crate::catalog::write::change::{Change, GROUP, MODULE, NamedKind, OFFICE, PROFILE, ROLE};
use crate::catalog::write::sql::{execute, value};
use crate::catalog::write::table_columns::is_name_of_column;
use crate::catalog::write::user_keys::present_user_id;
use crate::core::error::must_fit;
use crate::core::{Error, Result};
use pgrx::pg_sys;

impl Change {
    pub fn rename_office(&self, name: &str, new_name: &str) -> Result<()> {
        self.rename(&OFFICE, name, new_name)
    }

    pub fn rename_role(&self, name: &str, new_name: &str) -> Result<()> {
        self.rename(&ROLE, name, new_name)
    }

    pub fn rename_group(&self, name: &str, new_name: &str) -> Result<()> {
        self.rename(&GROUP, name, new_name)
    }

    pub fn rename_profile(&self, name: &str, new_name: &str) -> Result<()> {
        self.rename(&PROFILE, name, new_name)
    }

    /// The policies name the table, and stay as they are.
    pub fn rename_module(&self, name: &str, new_name: &str) -> Result<()> {
        let id = MODULE.present(name)?;
        let table: Option<pg_sys::Oid> = value(
            "SELECT relation::oid FROM sharing.modules WHERE id = $1",
            &[id.into()],
        )?;
        // As for protect(): whoever reads such a name takes it for the column.
        if table
            .map(|table| is_name_of_column(table, new_name))
            .transpose()?
            == Some(true)
        {
            return Err(Error::bad_value(format!(
                "\"{new_name}\" is a column of the table of module \"{name}\", and cannot be its name"
            ))
            .hint("Give the module another name."));
        }
        self.rename(&MODULE, name, new_name)
    }

    /// People may have the same name.
    pub fn rename_user(&self, key: &str, new_name: &str) -> Result<()> {
        let id = present_user_id(key)?;
        if new_name.is_empty() {
            return Err(Error::bad_value("the name of a user cannot be empty"));
        }
        must_fit("the name of a user", new_name)?;
        execute(
            "UPDATE sharing.users SET name = $2 WHERE id = $1",
            &[id.into(), new_name.into()],
        )?;
        Ok(())
    }

    fn rename(&self, kind: &NamedKind, name: &str, new_name: &str) -> Result<()> {
        let id = kind.present(name)?;
        if name != new_name {
            kind.must_be_new(new_name)?;
        }
        execute(
            &format!("UPDATE sharing.{} SET name = $2 WHERE id = $1", kind.table),
            &[id.into(), new_name.into()],
        )?;
        Ok(())
    }
}
