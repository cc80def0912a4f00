//! What `protect` puts on a table, by its names: these names belong to pg_sharing on every table that it
//! protects.

use super::modules::{OtherPolicy, Relation};
use crate::catalog::sql::rows;
use crate::core::Result;
use pgrx::pg_sys;

/// A condition of a table for one command. It stands there twice: a restrictive policy cuts what others
/// give, and a permissive one gives it, where the application's policies do not. Since both say the same,
/// nothing is open where the word RESTRICTIVE was lost on the way, and PostgreSQL checks equal conditions
/// of one query once.
pub struct OurPolicy {
    pub command: &'static str,
    pub restrictive: &'static str,
    pub permissive: &'static str,
    /// What the caller must be allowed to do with rows that are there.
    pub using: Option<&'static str>,
    /// And with rows as they will be.
    pub check: Option<&'static str>,
}

pub const OUR_POLICIES: [OurPolicy; 4] = [
    OurPolicy {
        command: "SELECT",
        restrictive: "sharing_select",
        permissive: "sharing_select_permit",
        using: Some("read"),
        check: None,
    },
    OurPolicy {
        command: "INSERT",
        restrictive: "sharing_insert",
        permissive: "sharing_insert_permit",
        using: None,
        check: Some("create"),
    },
    OurPolicy {
        command: "UPDATE",
        restrictive: "sharing_update",
        permissive: "sharing_update_permit",
        using: Some("edit"),
        check: Some("edit"),
    },
    OurPolicy {
        command: "DELETE",
        restrictive: "sharing_delete",
        permissive: "sharing_delete_permit",
        using: Some("delete"),
        check: None,
    },
];

/// Our permissive policies, as an array in SQL.
macro_rules! permissive_policies {
    () => {
        "'{sharing_select_permit,sharing_insert_permit,sharing_update_permit,sharing_delete_permit}'::pg_catalog.name[]"
    };
}

/// All our policies, likewise.
macro_rules! our_policies {
    () => {
        "'{sharing_select,sharing_insert,sharing_update,sharing_delete,sharing_select_permit,sharing_insert_permit,sharing_update_permit,sharing_delete_permit}'::pg_catalog.name[]"
    };
}

pub(super) use {our_policies, permissive_policies};

/// Policies on `relation` that are not ours.
pub fn other_policies(relation: &Relation) -> Result<Vec<OtherPolicy>> {
    let name = relation.name.clone();
    rows(
        concat!(
            "SELECT polname::text, polpermissive FROM pg_catalog.pg_policy WHERE polrelid = $1 AND polname <> ALL (",
            our_policies!(),
            ") ORDER BY polname"
        ),
        &[relation.oid.into()],
        move |row| {
            Ok(OtherPolicy {
                name: row.get(1)?.unwrap_or_default(),
                relation: name.clone(),
                permissive: row.get(2)?.unwrap_or_default(),
            })
        },
    )
}

/// Our triggers and policies that are on a relation, as (kind, name).
pub fn our_objects(relation: pg_sys::Oid) -> Result<Vec<(String, String)>> {
    rows(
        concat!(
            "SELECT 'POLICY', polname::text FROM pg_catalog.pg_policy WHERE polrelid = $1 AND polname = ANY (",
            our_policies!(),
            ")
         UNION ALL
         SELECT 'TRIGGER', tgname::text FROM pg_catalog.pg_trigger WHERE tgrelid = $1 AND tgparentid = 0 AND tgname = ANY ('{sharing_guard_owner,zz_sharing_guard_owner,sharing_default_owner,sharing_guard_owner_detached,zz_sharing_guard_owner_detached,sharing_default_owner_detached,sharing_record_deleted,sharing_record_renamed,sharing_table_truncated}') ORDER BY 1, 2"
        ),
        &[relation.into()],
        |row| Ok((row.get(1)?.unwrap_or_default(), row.get(2)?.unwrap_or_default())),
    )
}
