//! Heartbeats: copies of the configuration learn by them that they are level (`catalog::read::lease`).
//!
//! A heartbeat says when its transaction began. What is committed later than it comes to a copy later, and its commit
//! was later than that time: so a copy that knows a heartbeat lacks nothing that was committed before. Nothing else
//! is changed or locked by it, no stamp renewed, and no plan discarded.

use crate::catalog::write::elevation::Elevated;
use crate::catalog::write::sql::{read_rows, value};
use crate::core::{Error, Result};
use pgrx::datum::TimestampWithTimeZone;
use pgrx::pg_sys;

/// The time that it says; None where another one is under way.
pub fn beat() -> Result<Option<TimestampWithTimeZone>> {
    // SAFETY: these raise PostgreSQL's errors where nothing may be written.
    unsafe {
        pg_sys::PreventCommandIfReadOnly(c"sharing.heartbeat()".as_ptr());
        pg_sys::PreventCommandIfParallelMode(c"sharing.heartbeat()".as_ptr());
    }
    let _elevated = Elevated::enter()?;
    let beaten = value(
        "UPDATE sharing.last_heartbeat SET stamp = pg_catalog.gen_random_uuid(), previous = stamp, beat_at = pg_catalog.now()
         WHERE only_row = (SELECT only_row FROM sharing.last_heartbeat FOR UPDATE SKIP LOCKED) RETURNING beat_at",
        &[],
    )?;
    let beaten = match beaten {
        Some(at) => Some(at),
        // The first; or somebody is at it.
        None => value(
            "INSERT INTO sharing.last_heartbeat (beat_at) SELECT pg_catalog.now() WHERE NOT EXISTS (SELECT FROM sharing.last_heartbeat)
             ON CONFLICT DO NOTHING RETURNING beat_at",
            &[],
        )?,
    };
    must_be_published_whole()?;
    Ok(beaten)
}

/// A heartbeat vouches for all of the configuration. It is asked after its transaction began: what was taken out of a
/// publication earlier is missed here, and later changes are not vouched for.
fn must_be_published_whole() -> Result<()> {
    let lacking = read_rows(
        "SELECT p.pubname::text, CASE
             WHEN NOT (p.pubinsert AND p.pubupdate AND p.pubdelete AND p.pubtruncate) THEN 'some of the commands'
             ELSE (SELECT pg_catalog.string_agg(pg_catalog.format('sharing.%I', c.relname), ', ' ORDER BY c.relname)
                   FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_publication_tables t
                   ON t.pubname = p.pubname AND t.schemaname = 'sharing' AND t.tablename = c.relname
                   WHERE c.relnamespace = 'sharing'::regnamespace AND c.relkind = 'r'
                     AND c.relname <> ALL ('{generation,grant_stamps,audit_entries,source_gaps}')
                     AND (t.tablename IS NULL OR t.rowfilter IS NOT NULL OR pg_catalog.cardinality(t.attnames) <
                          (SELECT pg_catalog.count(*) FROM pg_catalog.pg_attribute a
                           WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped))) END
         FROM pg_catalog.pg_publication p
         WHERE EXISTS (SELECT FROM pg_catalog.pg_publication_tables t
                       WHERE t.pubname = p.pubname AND t.schemaname = 'sharing' AND t.tablename = 'last_heartbeat')
         ORDER BY 1",
        &[],
        |row| Ok((row.get::<String>(1)?, row.get::<String>(2)?)),
    )?;
    for (publication, lacks) in lacking {
        if let (Some(publication), Some(lacks)) = (publication, lacks) {
            return Err(Error::not_possible(format!(
                "publication \"{publication}\" sends heartbeats, and leaves out something of the configuration"
            ))
            .detail(format!("It does not send, or not all of: {lacks}."))
            .hint("Publish all tables of the schema sharing, for all commands, without lists of columns and without conditions on rows; or take sharing.last_heartbeat out of it."));
        }
    }
    Ok(())
}
