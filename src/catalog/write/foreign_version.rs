//! What is asked of a database whose tables are of another version than this library: by pg_catalog alone.

use crate::catalog::write::sql::value;
use crate::core::Result;

/// Whether the command under way, which an event trigger is told of, concerns a protected table, one that
/// belongs to a protected table, or a table of the extension. What is protected is told by policies that
/// call our functions, and by their names where they are gone.
pub fn command_concerns_us() -> Result<bool> {
    Ok(value(
        "WITH RECURSIVE named (oid) AS (
             SELECT CASE d.classid WHEN 'pg_catalog.pg_class'::pg_catalog.regclass THEN d.objid
                 WHEN 'pg_catalog.pg_policy'::pg_catalog.regclass THEN (SELECT p.polrelid FROM pg_catalog.pg_policy p
                     WHERE p.oid OPERATOR(pg_catalog.=) d.objid)
                 WHEN 'pg_catalog.pg_trigger'::pg_catalog.regclass THEN (SELECT t.tgrelid FROM pg_catalog.pg_trigger t
                     WHERE t.oid OPERATOR(pg_catalog.=) d.objid)
                 WHEN 'pg_catalog.pg_constraint'::pg_catalog.regclass THEN (SELECT c.conrelid FROM pg_catalog.pg_constraint c
                     WHERE c.oid OPERATOR(pg_catalog.=) d.objid) END
             FROM pg_catalog.pg_event_trigger_ddl_commands() d WHERE NOT d.in_extension
         ), family (oid) AS (
             SELECT n.oid FROM named n
             UNION SELECT i.inhparent FROM family f JOIN pg_catalog.pg_inherits i ON i.inhrelid OPERATOR(pg_catalog.=) f.oid
         )
         SELECT EXISTS (
             SELECT FROM family f JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) f.oid
             WHERE c.relnamespace OPERATOR(pg_catalog.=) (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname OPERATOR(pg_catalog.=) 'sharing')
             UNION ALL
             SELECT FROM family f JOIN pg_catalog.pg_policy p ON p.polrelid OPERATOR(pg_catalog.=) f.oid
             JOIN pg_catalog.pg_depend d ON d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_policy'::pg_catalog.regclass
             AND d.objid OPERATOR(pg_catalog.=) p.oid
                 AND d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
             JOIN pg_catalog.pg_proc o ON o.oid OPERATOR(pg_catalog.=) d.refobjid
             JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) o.pronamespace
             AND n.nspname OPERATOR(pg_catalog.=) ANY ('{sharing,sharing_internal}'::pg_catalog.name[]))",
        &[],
    )?
    .unwrap_or_default())
}

/// The same for a command that drops something: protected tables go with their policies.
pub fn drop_concerns_us() -> Result<bool> {
    Ok(value(
        concat!(
            "SELECT EXISTS (SELECT FROM pg_catalog.pg_event_trigger_dropped_objects() d
             WHERE d.object_type OPERATOR(pg_catalog.=) 'policy' AND d.address_names[3]::pg_catalog.name OPERATOR(pg_catalog.=) ANY (",
            crate::catalog::write::policy_names::our_policies!(),
            "))"
        ),
        &[],
    )?
    .unwrap_or_default())
}
