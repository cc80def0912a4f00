//! Groups and their members (semantics: The organization).

use crate::catalog::read::configuration::configuration_at;
use crate::catalog::read::ends::must_be_to_come;
use crate::catalog::read::organization::Rules;
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::write::change::{Change, GROUP, OFFICE, ROLE, must_be_unused};
use crate::catalog::write::grants::uses_by_grants;
use crate::catalog::write::sql::{execute, value};
use crate::catalog::write::user_keys::user_id;
use crate::core::cycles::check_nesting;
use crate::core::document::GroupEntry;
use crate::core::error::must_fit;
use crate::core::org::GroupId;
use crate::core::time::Moment;
use crate::core::{Error, Principal, Result};
use crate::pg::clock;
use crate::pg::clock::Time;
use pgrx::datum::DatumWithOid;
use std::collections::BTreeMap;

impl Change {
    pub fn create_group(&self, key: &str, name: &str, office: Option<&str>) -> Result<()> {
        if key.is_empty() {
            return Err(Error::bad_value("the key of a group cannot be empty"));
        }
        must_fit("the key of a group", key)?;
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
        OFFICE.optional_id(office)?;
        self.insert_groups(&[&GroupEntry {
            key: key.to_owned(),
            name: name.to_owned(),
            office: office.map(str::to_owned),
            members: Vec::new(),
            until: BTreeMap::new(),
        }])?;
        self.key_must_differ(key)
    }

    /// Without their members.
    pub(super) fn insert_groups(&self, groups: &[&GroupEntry]) -> Result<()> {
        execute(
            "INSERT INTO sharing.groups (key, name, office_id) SELECT d.key, d.name, o.id
             FROM unnest($1::text[], $2::text[], $3::text[]) AS d (key, name, office)
             LEFT JOIN sharing.offices o ON o.name = d.office",
            &[
                groups
                    .iter()
                    .map(|group| group.key.as_str())
                    .collect::<Vec<_>>()
                    .into(),
                groups
                    .iter()
                    .map(|group| group.name.as_str())
                    .collect::<Vec<_>>()
                    .into(),
                groups
                    .iter()
                    .map(|group| group.office.as_deref())
                    .collect::<Vec<_>>()
                    .into(),
            ],
        )?;
        Ok(())
    }

    pub fn drop_group(&self, name: &str) -> Result<()> {
        let id = GROUP.present(name)?;
        GROUP.lock(id)?;
        self.forget_ended(clock::now())?;
        must_be_unused(
            "group",
            name,
            &[
                "SELECT 'group \"' || g.name || '\"' FROM sharing.group_members m JOIN sharing.groups g ON g.id = m.group_id
                 WHERE m.member_group_id = $1 ORDER BY g.id",
                "SELECT 'rule ' || id FROM sharing.rules WHERE $1 IN (owned_by_group_id, shared_with_group_id) ORDER BY id",
                &uses_by_grants("group"),
            ],
            id,
            "Remove it from other groups with sharing.remove_member(); drop rules with sharing.drop_rule() and apply that; take records back with sharing.revoke_record().",
        )?;
        self.delete_groups(&[name])
    }

    /// By their names, with their members.
    pub(super) fn delete_groups(&self, names: &[&str]) -> Result<()> {
        for table in ["group_users", "group_members"] {
            execute(
                &format!(
                    "DELETE FROM sharing.{table} m USING sharing.groups g WHERE g.id = m.group_id AND g.name = ANY ($1)"
                ),
                &[names.to_vec().into()],
            )?;
        }
        execute(
            "DELETE FROM sharing.groups WHERE name = ANY ($1)",
            &[names.to_vec().into()],
        )?;
        Ok(())
    }

    /// Somebody who is a member already gets another end; a membership that has ended is a new one.
    pub fn add_member(&self, group: &str, member: &str, until: Option<Time>) -> Result<()> {
        must_be_to_come(until, "a member leaves with sharing.remove_member()")?;
        let principal = Principal::parse(member)?;
        let id = GROUP.id(group)?;
        if let Some(inner) = self.member(&principal)? {
            // Also of groups whose membership has ended: it may be given another end.
            let org = configuration_at(&Snapshot::latest(), Rules::Enforced, Time::MIN)?.org;
            check_nesting(&org, (GroupId(id), group), (inner, principal.name()))?;
        }
        let added = self.add_members(&[(group, &principal)])?;
        let until = until.map(Moment);
        let altered = self.end_members(&[(group, &principal, until)])?;
        match added + altered {
            0 => Err(Error::exists(format!(
                "{principal} is already a member of group \"{group}\""
            ))),
            _ => Ok(()),
        }
    }

    pub fn remove_member(&self, group: &str, member: &str) -> Result<()> {
        let principal = Principal::parse(member)?;
        GROUP.present(group)?;
        self.member(&principal)?;
        let removed = self.remove_members(&[(group, &principal)])?;
        match removed {
            0 => Err(
                Error::unknown(format!("{principal} is not a member of group \"{group}\""))
                    .hint("Members are listed in sharing.group_users and sharing.group_members."),
            ),
            _ => Ok(()),
        }
    }

    /// Finds that a member exists; the group, if it is one.
    fn member(&self, principal: &Principal) -> Result<Option<GroupId>> {
        match principal {
            Principal::User(key) => user_id(key)?,
            Principal::Role(name) | Principal::RoleAndSubordinates(name) => ROLE.id(name)?,
            Principal::Group(name) => return Ok(Some(GroupId(GROUP.id(name)?))),
        };
        Ok(None)
    }

    /// Members, each with the name of the group; returns how many were not in it.
    pub(super) fn add_members(&self, members: &[(&str, &Principal)]) -> Result<usize> {
        let users = execute(
            "INSERT INTO sharing.group_users (group_id, user_id) SELECT g.id, u.id
             FROM unnest($1::text[], $2::text[], $3::text[]) AS d (inside, kind, name)
             JOIN sharing.groups g ON g.name = d.inside
             JOIN sharing.users u ON u.key = d.name ON CONFLICT DO NOTHING",
            &member_columns(members, true),
        )?;
        let others = execute(
            &format!(
                "INSERT INTO sharing.group_members (group_id, role_id, subordinates, member_group_id)
                 SELECT g.id, r.id, d.kind = 'role_and_subordinates', i.id FROM {MEMBERS} ON CONFLICT DO NOTHING"
            ),
            &member_columns(members, false),
        )?;
        Ok(users + others)
    }

    /// Gives members ends, or none; returns how many had another.
    pub(super) fn end_members(
        &self,
        members: &[(&str, &Principal, Option<Moment>)],
    ) -> Result<usize> {
        let named: Vec<_> = members
            .iter()
            .map(|&(group, member, _)| (group, member))
            .collect();
        let is_user = |member: &Principal| matches!(member, Principal::User(_));
        let ends = |users: bool| -> DatumWithOid<'static> {
            let members = members
                .iter()
                .filter(|(_, member, _)| is_user(member) == users);
            let ends = members.map(|(.., until)| until.map(|until| until.to_string()));
            ends.collect::<Vec<_>>().into()
        };
        let [groups, kinds, names] = member_columns(&named, true);
        let users = execute(
            "UPDATE sharing.group_users m SET until = d.until::timestamptz
             FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS d (inside, kind, name, until)
             JOIN sharing.groups g ON g.name = d.inside
             JOIN sharing.users u ON u.key = d.name
             WHERE m.group_id = g.id AND m.user_id = u.id AND m.until IS DISTINCT FROM d.until::timestamptz",
            &[groups, kinds, names, ends(true)],
        )?;
        let [groups, kinds, names] = member_columns(&named, false);
        let others = execute(
            &format!(
                "UPDATE sharing.group_members m SET until = d.until::timestamptz FROM {ENDING_MEMBERS} WHERE m.group_id = g.id
                 AND (m.role_id, m.subordinates, m.member_group_id) IS NOT DISTINCT FROM (r.id, d.kind = 'role_and_subordinates', i.id)
                 AND m.until IS DISTINCT FROM d.until::timestamptz"
            ),
            &[groups, kinds, names, ends(false)],
        )?;
        Ok(users + others)
    }

    /// Members, each with the name of the group; returns how many were in it.
    pub(super) fn remove_members(&self, members: &[(&str, &Principal)]) -> Result<usize> {
        let users = execute(
            "DELETE FROM sharing.group_users m
             USING unnest($1::text[], $2::text[], $3::text[]) AS d (inside, kind, name)
             JOIN sharing.groups g ON g.name = d.inside
             JOIN sharing.users u ON u.key = d.name
             WHERE m.group_id = g.id AND m.user_id = u.id",
            &member_columns(members, true),
        )?;
        let others = execute(
            &format!(
                "DELETE FROM sharing.group_members m USING {MEMBERS} WHERE m.group_id = g.id
                 AND (m.role_id, m.subordinates, m.member_group_id) IS NOT DISTINCT FROM (r.id, d.kind = 'role_and_subordinates', i.id)"
            ),
            &member_columns(members, false),
        )?;
        Ok(users + others)
    }
}

/// Members other than users as rows, with the numbers of what they name. The arguments are
/// `member_columns`.
const MEMBERS: &str = "
    unnest($1::text[], $2::text[], $3::text[]) AS d (inside, kind, name)
    JOIN sharing.groups g ON g.name = d.inside
    LEFT JOIN sharing.roles r ON r.name = d.name AND d.kind <> 'group'
    LEFT JOIN sharing.groups i ON i.name = d.name AND d.kind = 'group'";

/// The same, each with its end.
const ENDING_MEMBERS: &str = "
    unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS d (inside, kind, name, until)
    JOIN sharing.groups g ON g.name = d.inside
    LEFT JOIN sharing.roles r ON r.name = d.name AND d.kind <> 'group'
    LEFT JOIN sharing.groups i ON i.name = d.name AND d.kind = 'group'";

/// Of the members that are users, or of the others.
fn member_columns<'a>(members: &[(&str, &Principal)], users: bool) -> [DatumWithOid<'a>; 3] {
    let chosen: Vec<_> = members
        .iter()
        .filter(|(_, member)| matches!(member, Principal::User(_)) == users)
        .collect();
    [
        chosen
            .iter()
            .map(|(group, _)| *group)
            .collect::<Vec<_>>()
            .into(),
        chosen
            .iter()
            .map(|(_, member)| member.kind())
            .collect::<Vec<_>>()
            .into(),
        chosen
            .iter()
            .map(|(_, member)| member.name())
            .collect::<Vec<_>>()
            .into(),
    ]
}
