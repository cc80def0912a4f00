//! Database roles: who is trusted to name a user, who administers (semantics: Who is asking; Administration and safety).

use crate::catalog::write::change::Change;
use crate::catalog::write::ddl::run_quietly;
use crate::catalog::write::sql::{execute, read_value, rows, value};
use crate::core::document::{Document, section};
use crate::core::trust::TrustSource;
use crate::core::{Error, Result};
use pgrx::pg_sys;

/// The name of a database role.
pub fn db_role_name(role: pg_sys::Oid) -> Result<String> {
    value(
        "SELECT rolname::text FROM pg_catalog.pg_roles WHERE oid = $1",
        &[role.into()],
    )?
    .ok_or_else(|| Error::unknown(format!("database role {role} does not exist")))
}

/// The number of a database role.
pub fn db_role_named(name: &str) -> Result<pg_sys::Oid> {
    read_value(
        "SELECT oid FROM pg_catalog.pg_roles WHERE rolname::text = $1",
        &[name.into()],
    )?
    .ok_or_else(|| {
        Error::unknown(format!("no database role \"{name}\""))
            .hint("Database roles are created with CREATE ROLE.")
    })
}

/// Refuses a document that trusts database roles that do not exist.
pub fn check_trusted_roles(document: &Document) -> Result<()> {
    let mut trusted = section(&document.trusted).iter().enumerate();
    trusted.try_for_each(|(at, trusted)| {
        db_role_named(&trusted.db_role)
            .map(drop)
            .map_err(|error| error.at(&format!("trusted[{at}].db_role")))
    })
}

impl Change {
    /// With a source of its own, or with `sharing.user_key`.
    pub fn trust(&self, role: pg_sys::Oid, source: Option<&TrustSource>) -> Result<()> {
        let name = db_role_name(role)?;
        let bypasses = rows(
            "SELECT rolsuper OR rolbypassrls FROM pg_catalog.pg_roles WHERE oid = $1",
            &[role.into()],
            |row| row.get::<bool>(1),
        )?;
        if bypasses.contains(&Some(true)) {
            return Err(Error::not_possible(format!(
                "database role \"{name}\" bypasses row security and cannot be trusted to act for users"
            ))
            .hint("Let the application sign in as a role that is neither superuser nor BYPASSRLS."));
        }
        execute(
            "INSERT INTO sharing.trusted_roles AS t (db_role, setting, claim) VALUES ($1::oid, $2, $3)
             ON CONFLICT (db_role) DO UPDATE SET setting = excluded.setting, claim = excluded.claim
             WHERE (t.setting, t.claim) IS DISTINCT FROM (excluded.setting, excluded.claim)",
            &[
                role.into(),
                source.map(|source| source.setting.as_str()).into(),
                source.and_then(|source| source.claim.as_deref()).into(),
            ],
        )?;
        Ok(())
    }

    pub fn untrust(&self, role: pg_sys::Oid) -> Result<()> {
        execute(
            "DELETE FROM sharing.trusted_roles WHERE db_role = $1::oid",
            &[role.into()],
        )?;
        Ok(())
    }

    pub fn grant_admin(&self, role: pg_sys::Oid) -> Result<()> {
        let name = db_role_name(role)?;
        execute(
            "INSERT INTO sharing.administrators (db_role) VALUES ($1::oid) ON CONFLICT DO NOTHING",
            &[role.into()],
        )?;
        let name = pgrx::spi::quote_identifier(name);
        // Not the keys of tokens: whoever has a secret can sign for anybody.
        let tables: Option<String> = value(
            "SELECT pg_catalog.string_agg(oid::regclass::text, ', ' ORDER BY relname) FROM pg_catalog.pg_class
             WHERE relnamespace = 'sharing'::regnamespace AND relkind IN ('r', 'v') AND relname <> 'token_keys'",
            &[],
        )?;
        run_quietly(
            &format!("GRANT SELECT ON {} TO {name}", tables.unwrap_or_default()),
            pg_sys::InvalidOid,
        )
    }

    pub fn revoke_admin(&self, role: pg_sys::Oid) -> Result<()> {
        let name = pgrx::spi::quote_identifier(db_role_name(role)?);
        execute(
            "DELETE FROM sharing.administrators WHERE db_role = $1::oid",
            &[role.into()],
        )?;
        run_quietly(
            &format!("REVOKE SELECT ON ALL TABLES IN SCHEMA sharing FROM {name}"),
            pg_sys::InvalidOid,
        )
    }
}
