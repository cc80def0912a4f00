//! Members of groups as the link tables of the application say them, in statements over whole sets.

use crate::catalog::write::change::Change;
use crate::catalog::write::sql::{column, execute, rows};
use crate::core::Result;
use pgrx::datum::DatumWithOid;
use std::collections::{HashMap, HashSet};

/// A member, and the group that it is in, by their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MemberRow {
    pub group: i32,
    pub member: MemberId,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MemberId {
    User(i32),
    Role(i32),
    Subordinates(i32),
    Group(i32),
}

/// Members as rows: `u` is the number of a user, `r` of a role, `i` of a group.
const MEMBERS: &str =
    "unnest($1::int4[], $2::int4[], $3::int4[], $4::bool[], $5::int4[]) AS d (g, u, r, sub, i)";

const SAME_MEMBER: &str = "m.group_id = d.g AND (m.role_id, m.subordinates, m.member_group_id) IS NOT DISTINCT FROM (d.r, d.sub, d.i)";

fn arguments<'a>(members: &[MemberRow], source: i32) -> [DatumWithOid<'a>; 6] {
    fn all<T>(members: &[MemberRow], field: impl Fn(MemberId) -> T) -> Vec<T> {
        members.iter().map(|row| field(row.member)).collect()
    }
    let groups: Vec<i32> = members.iter().map(|row| row.group).collect();
    [
        groups.into(),
        all(members, |member| match member {
            MemberId::User(id) => Some(id),
            _ => None,
        })
        .into(),
        all(members, |member| match member {
            MemberId::Role(id) | MemberId::Subordinates(id) => Some(id),
            _ => None,
        })
        .into(),
        all(members, |member| {
            matches!(member, MemberId::Subordinates(_))
        })
        .into(),
        all(members, |member| match member {
            MemberId::Group(id) => Some(id),
            _ => None,
        })
        .into(),
        source.into(),
    ]
}

impl Change {
    /// Of these members, those that are there, each with the source that holds it.
    pub fn present_members(&self, members: &[MemberRow]) -> Result<Vec<(MemberRow, Option<i32>)>> {
        self.members_where(
            &format!(
                "FROM {MEMBERS} JOIN sharing.group_users m ON m.group_id = d.g AND m.user_id = d.u"
            ),
            &format!(
                "FROM {MEMBERS} JOIN sharing.group_members m ON d.u IS NULL AND {SAME_MEMBER}"
            ),
            &arguments(members, 0),
        )
    }

    /// All that a source holds.
    pub fn members_of_source(&self, source: i32) -> Result<Vec<(MemberRow, Option<i32>)>> {
        self.members_where(
            "FROM sharing.group_users m WHERE m.source_id = $1",
            "FROM sharing.group_members m WHERE m.source_id = $1",
            &[source.into()],
        )
    }

    fn members_where(
        &self,
        users: &str,
        others: &str,
        arguments: &[DatumWithOid],
    ) -> Result<Vec<(MemberRow, Option<i32>)>> {
        let mut found = rows(
            &format!("SELECT m.group_id, m.user_id, m.source_id {users}"),
            arguments,
            |row| {
                let member = MemberId::User(row.get(2)?.unwrap_or_default());
                let group = row.get(1)?.unwrap_or_default();
                Ok((MemberRow { group, member }, row.get(3)?))
            },
        )?;
        found.extend(rows(
            &format!("SELECT m.group_id, m.role_id, m.subordinates, m.member_group_id, m.source_id {others}"),
            arguments,
            |row| {
                let member = match (row.get(2)?, row.get(3)?, row.get(4)?) {
                    (Some(role), Some(true), _) => MemberId::Subordinates(role),
                    (Some(role), _, _) => MemberId::Role(role),
                    (None, _, group) => MemberId::Group(group.unwrap_or_default()),
                };
                let group = row.get(1)?.unwrap_or_default();
                Ok((MemberRow { group, member }, row.get(5)?))
            },
        )?);
        Ok(found)
    }

    /// Members that are there already come to be held by the source.
    pub fn hold_members(&self, members: &[MemberRow], source: i32) -> Result<()> {
        if members.is_empty() {
            return Ok(());
        }
        let arguments = arguments(members, source);
        execute(
            &format!(
                "UPDATE sharing.group_users m SET source_id = $6 FROM {MEMBERS} WHERE m.group_id = d.g AND m.user_id = d.u"
            ),
            &arguments,
        )?;
        execute(
            &format!(
                "UPDATE sharing.group_members m SET source_id = $6 FROM {MEMBERS} WHERE d.u IS NULL AND {SAME_MEMBER}"
            ),
            &arguments,
        )?;
        Ok(())
    }

    pub fn create_members(&self, members: &[MemberRow], source: i32) -> Result<()> {
        if members.is_empty() {
            return Ok(());
        }
        let arguments = arguments(members, source);
        execute(
            &format!(
                "INSERT INTO sharing.group_users (group_id, user_id, source_id) SELECT d.g, d.u, $6 FROM {MEMBERS} WHERE d.u IS NOT NULL"
            ),
            &arguments,
        )?;
        execute(
            &format!(
                "INSERT INTO sharing.group_members (group_id, role_id, subordinates, member_group_id, source_id)
                 SELECT d.g, d.r, d.sub, d.i, $6 FROM {MEMBERS} WHERE d.u IS NULL"
            ),
            &arguments,
        )?;
        Ok(())
    }

    pub fn delete_members(&self, members: &[MemberRow]) -> Result<()> {
        if members.is_empty() {
            return Ok(());
        }
        let arguments = arguments(members, 0);
        execute(
            &format!(
                "DELETE FROM sharing.group_users m USING {MEMBERS} WHERE m.group_id = d.g AND m.user_id = d.u"
            ),
            &arguments,
        )?;
        execute(
            &format!(
                "DELETE FROM sharing.group_members m USING {MEMBERS} WHERE d.u IS NULL AND {SAME_MEMBER}"
            ),
            &arguments,
        )?;
        Ok(())
    }

    /// Groups that go have no members any longer, wherever these came from.
    pub fn empty_groups(&self, groups: &[i32]) -> Result<()> {
        for table in ["group_users", "group_members"] {
            execute(
                &format!("DELETE FROM sharing.{table} WHERE group_id = ANY ($1)"),
                &[groups.to_vec().into()],
            )?;
        }
        Ok(())
    }

    /// Of these groups nested in others, those pairs that come to be nested in themselves.
    pub fn nested_in_themselves(&self, pairs: &[(i32, i32)]) -> Result<HashSet<(i32, i32)>> {
        if pairs.is_empty() {
            return Ok(HashSet::new());
        }
        let found = rows(
            "WITH RECURSIVE edges (outside, inside) AS (
                 SELECT m.group_id, m.member_group_id FROM sharing.group_members m WHERE m.member_group_id IS NOT NULL
                 UNION SELECT d.a, d.b FROM unnest($1::int4[], $2::int4[]) AS d (a, b)),
             within (outside, inside, at) AS (
                 SELECT d.a, d.b, d.b FROM unnest($1::int4[], $2::int4[]) AS d (a, b)
                 UNION SELECT w.outside, w.inside, e.inside FROM within w JOIN edges e ON e.outside = w.at)
             SELECT DISTINCT outside, inside FROM within WHERE at = outside",
            &[
                pairs.iter().map(|pair| pair.0).collect::<Vec<i32>>().into(),
                pairs.iter().map(|pair| pair.1).collect::<Vec<i32>>().into(),
            ],
            |row| Ok((row.get::<i32>(1)?, row.get::<i32>(2)?)),
        )?;
        let pairs = found.into_iter();
        Ok(pairs
            .filter_map(|(outside, inside)| outside.zip(inside))
            .collect())
    }

    /// What sources hold and what goes with roles or groups that go, as the references that those sources'
    /// rows hold: users by their key, groups by theirs.
    pub fn held_users_in(&self, place: &str, ids: &[i32]) -> Result<Vec<(i32, String)>> {
        let found = rows(
            &format!(
                "SELECT u.source_id, u.key FROM sharing.users u WHERE u.{place} = ANY ($1) AND u.source_id IS NOT NULL ORDER BY 2"
            ),
            &[ids.to_vec().into()],
            |row| Ok((row.get::<i32>(1)?, row.get::<String>(2)?)),
        )?;
        let pairs = found.into_iter();
        Ok(pairs.filter_map(|(source, key)| source.zip(key)).collect())
    }

    /// The keys of users with one of the roles.
    pub fn users_in_roles(&self, roles: &[i32]) -> Result<Vec<String>> {
        column(
            "SELECT u.key FROM sharing.users u WHERE u.role_id = ANY ($1) ORDER BY 1",
            &[roles.to_vec().into()],
        )
    }

    /// The keys of users by their numbers.
    pub fn keys_of_users(&self, ids: &[i32]) -> Result<HashMap<i32, String>> {
        keyed(
            "SELECT u.id, u.key FROM sharing.users u WHERE u.id = ANY ($1)",
            &[ids.to_vec().into()],
        )
    }

    /// The keys of all groups by their numbers.
    pub fn keys_of_groups(&self) -> Result<HashMap<i32, String>> {
        keyed("SELECT g.id, g.key FROM sharing.groups g", &[])
    }

    /// Groups of an office, each with the source that holds it.
    pub fn held_groups_in(&self, offices: &[i32]) -> Result<Vec<(i32, String)>> {
        let found = rows(
            "SELECT g.source_id, g.key FROM sharing.groups g WHERE g.office_id = ANY ($1) AND g.source_id IS NOT NULL ORDER BY 2",
            &[offices.to_vec().into()],
            |row| Ok((row.get::<i32>(1)?, row.get::<String>(2)?)),
        )?;
        let pairs = found.into_iter();
        Ok(pairs.filter_map(|(source, key)| source.zip(key)).collect())
    }

    /// Members that sources hold: of a group, a role, or a group that is one itself.
    pub fn held_members_of(&self, groups: &[i32], roles: &[i32]) -> Result<Vec<(i32, MemberRow)>> {
        let both = [groups.to_vec().into(), roles.to_vec().into()];
        let found = self.members_where(
            "FROM sharing.group_users m WHERE m.source_id IS NOT NULL AND m.group_id = ANY ($1) AND $2 IS NOT NULL",
            "FROM sharing.group_members m WHERE m.source_id IS NOT NULL
             AND (m.group_id = ANY ($1) OR m.member_group_id = ANY ($1) OR m.role_id = ANY ($2))",
            &both,
        )?;
        Ok(found
            .into_iter()
            .filter_map(|(row, source)| source.map(|source| (source, row)))
            .collect())
    }
}

fn keyed(statement: &str, arguments: &[DatumWithOid]) -> Result<HashMap<i32, String>> {
    let found = rows(statement, arguments, |row| {
        Ok((row.get::<i32>(1)?, row.get::<String>(2)?))
    })?;
    let pairs = found.into_iter();
    Ok(pairs.filter_map(|(id, key)| id.zip(key)).collect())
}
