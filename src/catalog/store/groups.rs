//! Groups and their members (SPEC 5).

use super::users::user_id;
use super::{Change, GROUP, OFFICE, ROLE, must_be_unused};
use crate::catalog::read::{Rules, configuration};
use crate::catalog::snapshot::Snapshot;
use crate::catalog::sql::{execute, value};
use crate::core::org::GroupId;
use crate::core::settings::check_nesting;
use crate::core::{Error, Principal, Result};

impl Change {
    pub fn create_group(&self, key: &str, name: &str, office: Option<&str>) -> Result<()> {
        if key.is_empty() {
            return Err(Error::bad_value("the key of a group cannot be empty"));
        }
        GROUP.must_be_new(name)?;
        let taken: Option<String> = value(
            "SELECT name FROM sharing.groups WHERE key = $1",
            &[key.into()],
        )?;
        if let Some(other) = taken {
            return Err(
                Error::exists(format!("a group with the key \"{key}\" exists already"))
                    .detail(format!("It is the group \"{other}\".")),
            );
        }
        let office = OFFICE.optional_id(office)?;
        execute(
            "INSERT INTO sharing.groups (key, name, office_id) VALUES ($1, $2, $3)",
            &[key.into(), name.into(), office.into()],
        )?;
        Ok(())
    }

    pub fn drop_group(&self, name: &str) -> Result<()> {
        let id = GROUP.id(name)?;
        must_be_unused(
            "group",
            name,
            &[
                "SELECT 'group \"' || g.name || '\"' FROM sharing.group_members m JOIN sharing.groups g ON g.id = m.group_id WHERE m.member_group_id = $1 ORDER BY g.id",
                "SELECT 'rule ' || id FROM sharing.rules WHERE $1 IN (owned_by_group_id, shared_with_group_id) ORDER BY id",
            ],
            id,
            "Remove it from other groups with sharing.remove_member(); drop rules with sharing.drop_rule() and apply that.",
        )?;
        for statement in [
            "DELETE FROM sharing.group_users WHERE group_id = $1",
            "DELETE FROM sharing.group_members WHERE group_id = $1",
            "DELETE FROM sharing.groups WHERE id = $1",
        ] {
            execute(statement, &[id.into()])?;
        }
        Ok(())
    }

    pub fn add_member(&self, group: &str, member: &str) -> Result<()> {
        let principal = Principal::parse(member)?;
        let id = GROUP.id(group)?;
        let added = match self.member(&principal)? {
            Member::User(user) => execute(
                "INSERT INTO sharing.group_users (group_id, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                &[id.into(), user.into()],
            )?,
            Member::Role(role, subordinates) => execute(
                "INSERT INTO sharing.group_members (group_id, role_id, subordinates) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                &[id.into(), role.into(), subordinates.into()],
            )?,
            Member::Group(inner) => {
                let org = configuration(&Snapshot::latest(), Rules::Enforced)?.org;
                check_nesting(&org, GroupId(id), GroupId(inner))?;
                execute(
                    "INSERT INTO sharing.group_members (group_id, member_group_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                    &[id.into(), inner.into()],
                )?
            }
        };
        match added {
            0 => Err(Error::exists(format!(
                "{principal} is already a member of group \"{group}\""
            ))),
            _ => Ok(()),
        }
    }

    pub fn remove_member(&self, group: &str, member: &str) -> Result<()> {
        let principal = Principal::parse(member)?;
        let id = GROUP.id(group)?;
        let removed = match self.member(&principal)? {
            Member::User(user) => execute(
                "DELETE FROM sharing.group_users WHERE group_id = $1 AND user_id = $2",
                &[id.into(), user.into()],
            )?,
            Member::Role(role, subordinates) => execute(
                "DELETE FROM sharing.group_members WHERE group_id = $1 AND role_id = $2 AND subordinates = $3",
                &[id.into(), role.into(), subordinates.into()],
            )?,
            Member::Group(inner) => execute(
                "DELETE FROM sharing.group_members WHERE group_id = $1 AND member_group_id = $2",
                &[id.into(), inner.into()],
            )?,
        };
        match removed {
            0 => Err(
                Error::unknown(format!("{principal} is not a member of group \"{group}\""))
                    .hint("Members are listed in sharing.group_users and sharing.group_members."),
            ),
            _ => Ok(()),
        }
    }

    fn member(&self, principal: &Principal) -> Result<Member> {
        Ok(match principal {
            Principal::User(key) => Member::User(user_id(key)?),
            Principal::Role(name) => Member::Role(ROLE.id(name)?, false),
            Principal::RoleAndSubordinates(name) => Member::Role(ROLE.id(name)?, true),
            Principal::Group(name) => Member::Group(GROUP.id(name)?),
        })
    }
}

enum Member {
    User(i32),
    Role(i32, bool),
    Group(i32),
}
