//! Offices (semantics: The organization).

use crate::catalog::read::configuration::configuration;
use crate::catalog::read::organization::Rules;
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::write::change::{Change, OFFICE, must_be_unused};
use crate::catalog::write::sql::execute;
use crate::core::Result;
use crate::core::cycles::check_parent;
use crate::core::org::OfficeId;

impl Change {
    pub fn create_office(&self, name: &str, parent: Option<&str>, security: bool) -> Result<()> {
        OFFICE.must_be_new(name)?;
        let parent = OFFICE.optional_id(parent)?;
        execute(
            "INSERT INTO sharing.offices (name, parent_id, security) VALUES ($1, $2, $3)",
            &[name.into(), parent.into(), security.into()],
        )?;
        Ok(())
    }

    pub fn move_office(&self, name: &str, parent: Option<&str>) -> Result<()> {
        let id = OFFICE.id(name)?;
        let parent_id = OFFICE.optional_id(parent)?;
        if let (Some(parent_id), Some(parent)) = (parent_id, parent) {
            let org = configuration(&Snapshot::latest(), Rules::Enforced)?.org;
            let (node, above) = (OfficeId(id), OfficeId(parent_id));
            check_parent(&org.office_tree, node, above, "office", name, parent)?;
        }
        execute(
            "UPDATE sharing.offices SET parent_id = $2 WHERE id = $1",
            &[id.into(), parent_id.into()],
        )?;
        Ok(())
    }

    pub fn drop_office(&self, name: &str) -> Result<()> {
        let id = OFFICE.present(name)?;
        must_be_unused(
            "office",
            name,
            &[
                "SELECT 'user \"' || key || '\"' FROM sharing.users WHERE office_id = $1 ORDER BY id",
                "SELECT 'group \"' || name || '\"' FROM sharing.groups WHERE office_id = $1 ORDER BY id",
                "SELECT 'office \"' || name || '\" below it' FROM sharing.offices WHERE parent_id = $1 ORDER BY id",
            ],
            id,
            "Move them with sharing.set_user_office() and sharing.move_office() first.",
        )?;
        execute("DELETE FROM sharing.offices WHERE id = $1", &[id.into()])?;
        Ok(())
    }
}
