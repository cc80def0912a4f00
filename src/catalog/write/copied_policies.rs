//! Policies that a command made or altered and that Citus carries to shards, or from a table to another.
//!
//! It makes policies anew without the word RESTRICTIVE, so they only give. Ours say the same twice and stay closed
//! that way; one of others beside them would open the table to whom it lets in, whatever it was before. By
//! pg_policy and pg_depend alone: Citus takes shards out of what statements find in pg_class.

use crate::catalog::read::citus;
use crate::catalog::write::policy_names::{OUR_POLICIES, our_policies};
use crate::catalog::write::sql::rows_now;
use crate::core::Result;
use pgrx::pg_sys;

/// A policy on a table, as a command left it.
pub struct MadePolicy {
    pub table: pg_sys::Oid,
    /// Schema and name, quoted.
    pub table_name: String,
    pub name: String,
    pub is_ours: bool,
    pub permissive: bool,
    /// Whether the table is one that `protect` protected.
    pub is_protected: bool,
}

impl MadePolicy {
    /// Whether it should cut, and gives.
    pub fn has_lost_its_word(&self) -> bool {
        let mut all = OUR_POLICIES.iter();
        self.is_ours && self.permissive && all.any(|our| our.restrictive == self.name)
    }
}

/// The policies of every table of which the command made or altered one, and whether it made or altered this one.
pub fn policies_of_made() -> Result<Vec<(MadePolicy, bool)>> {
    rows_now(
        concat!(
            "SELECT o.polrelid, o.polrelid::pg_catalog.regclass::pg_catalog.text, o.polname::pg_catalog.text,
                o.polname = ANY (",
            our_policies!(),
            ") AND EXISTS (SELECT FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_proc f ON f.oid = d.refobjid
                    WHERE d.classid = 'pg_catalog.pg_policy'::pg_catalog.regclass AND d.objid = o.oid
                    AND d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND f.pronamespace = 'sharing_internal'::pg_catalog.regnamespace),
                o.polpermissive, EXISTS (SELECT FROM sharing.protected_relations p WHERE p.relation = o.polrelid),
                EXISTS (SELECT FROM pg_catalog.pg_event_trigger_ddl_commands() c WHERE c.objid = o.oid)
             FROM pg_catalog.pg_policy o WHERE o.polrelid IN (
                 SELECT m.polrelid FROM pg_catalog.pg_event_trigger_ddl_commands() c JOIN pg_catalog.pg_policy m ON m.oid = c.objid)
             ORDER BY 1, 3"
        ),
        |row| {
            let policy = MadePolicy {
                table: row.get(1).unwrap_or(pg_sys::InvalidOid),
                table_name: row.get(2).unwrap_or_default(),
                name: row.get(3).unwrap_or_default(),
                is_ours: row.get(4).unwrap_or_default(),
                permissive: row.get(5).unwrap_or_default(),
                is_protected: row.get(6).unwrap_or_default(),
            };
            (policy, row.get(7).unwrap_or_default())
        },
    )
}

/// Policies of others on tables that are protected and that Citus distributes, as (table, policy).
pub fn others_on_spread() -> Result<Vec<(String, String)>> {
    let found = rows_now(
        concat!(
            "SELECT p.relation::pg_catalog.oid, p.relation::pg_catalog.text, o.polname::pg_catalog.text
             FROM sharing.protected_relations p JOIN pg_catalog.pg_policy o ON o.polrelid = p.relation WHERE o.polname <> ALL (",
            our_policies!(),
            ") ORDER BY 2, 3"
        ),
        |row| {
            let table: pg_sys::Oid = row.get(1).unwrap_or(pg_sys::InvalidOid);
            let names: (String, String) = (row.get(2).unwrap_or_default(), row.get(3).unwrap_or_default());
            (table, names)
        },
    )?;
    let tables: Vec<_> = found.iter().map(|(table, _)| *table).collect();
    let spread = citus::spread_among(&tables);
    let on_spread = found
        .into_iter()
        .filter(|(table, _)| spread.contains(table));
    Ok(on_spread.map(|(_, names)| names).collect())
}

/// The protected tables that Citus distributes.
pub fn protected_and_spread() -> Result<Vec<pg_sys::Oid>> {
    let tables = rows_now(
        "SELECT relation::pg_catalog.oid FROM sharing.protected_relations",
        |row| row.get(1).unwrap_or(pg_sys::InvalidOid),
    )?;
    Ok(citus::spread_among(&tables))
}
