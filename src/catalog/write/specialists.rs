//! The right to share records, and what comes with it (semantics: Record sharing between offices).

use crate::catalog::read::people::People;
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::write::change::{Change, Look, OFFICE};
use crate::catalog::write::link_partners::Needs;
use crate::catalog::write::link_words::{
    Consequence, links_are_deleted, links_are_suspended, links_resume,
};
use crate::catalog::write::links::Sharing;
use crate::catalog::write::sql::{column, execute, read_rows, value};
use crate::catalog::write::user_keys::{present_user_id, unknown, user_id};
use crate::core::org::User;
use crate::core::{Error, Result, Right};

/// What it means that the office of a specialist is closed.
const CLOSED: &str = "closed: nobody, its own people included, reaches its records by global access, view_all or edit_all any longer, and people of other offices no longer reach them by hierarchy or rules";

fn user_by_key(key: &str) -> Result<User> {
    let found = People::open()?.by_key(key, &Snapshot::latest());
    found.ok_or_else(|| unknown(key))
}

impl Change {
    /// Moves a user to an office. The office of a specialist is closed: returns what is said of
    /// that, if it was open.
    pub fn set_user_office(&self, key: &str, office: Option<&str>) -> Result<Option<String>> {
        let id = user_id(key)?;
        let office_id = OFFICE.optional_id(office)?;
        execute(
            "UPDATE sharing.users SET office_id = $2 WHERE id = $1",
            &[id.into(), office_id.into()],
        )?;
        let open: Option<String> = value(
            "SELECT o.name FROM sharing.offices o JOIN sharing.user_rights r ON r.user_id = $1 AND r.\"right\" = 'record_sharing'
             WHERE o.id = $2 AND NOT o.security",
            &[id.into(), office_id.into()],
        )?;
        let Some(name) = open else { return Ok(None) };
        self.set_office_security(&name, true)?;
        Ok(Some(format!(
            "user \"{key}\" shares records between offices, so office \"{name}\" is {CLOSED}"
        )))
    }

    /// Opens or closes an office. Returns the specialists of one that was closed and is open now.
    pub fn set_office_security(&self, name: &str, security: bool) -> Result<Vec<String>> {
        let id = OFFICE.id(name)?;
        let changed = execute(
            "UPDATE sharing.offices SET security = $2 WHERE id = $1 AND security <> $2",
            &[id.into(), security.into()],
        )?;
        if security || changed == 0 {
            return Ok(Vec::new());
        }
        column(
            "SELECT pg_catalog.format('\"%s\"', u.key) FROM sharing.users u
             JOIN sharing.user_rights r ON r.user_id = u.id AND r.\"right\" = 'record_sharing'
             WHERE u.office_id = $1 ORDER BY u.id",
            &[id.into()],
        )
    }

    pub fn enable_record_sharing(
        &self,
        key: &str,
        handshake: Option<(&str, &str)>,
        dry_run: bool,
    ) -> Result<Vec<Consequence>> {
        let id = user_id(key)?;
        let user = user_by_key(key)?;
        let Some(office) = user.office else {
            return Err(
                Error::not_possible(format!("user \"{key}\" has no office")).hint(
                    "Records are shared between offices: sharing.set_user_office(key, office).",
                ),
            );
        };
        let mut told = rights_change(&user, key)?;
        let open: Option<String> = value(
            "SELECT name FROM sharing.offices WHERE id = $1 AND NOT security",
            &[office.0.into()],
        )?;
        if let Some(name) = &open {
            told.push(Consequence::new(
                "set_office_security",
                format!("office \"{name}\""),
                CLOSED,
            ));
        }
        // The request is checked with the user as they will be.
        let after = User {
            rights: user.rights.with(Right::RecordSharing),
            ..user.clone()
        };
        let links = Sharing::begin()?;
        let partner = match handshake {
            Some((office, name)) => Some((links.user_named(office, name)?, office, name)),
            None => None,
        };
        if let Some((to, office, name)) = &partner {
            told.push(Consequence::new(
                "request_link",
                format!("user \"{name}\" in office \"{office}\""),
                match to.rights.has(Right::RecordSharing) {
                    true => "the user is asked to accept a link; until they do, nothing can be shared with them",
                    false => "the request for a link waits until record sharing is enabled for the user, too; then they are asked to accept it",
                },
            ));
            let receiver = format!("\"{name}\" in office \"{office}\"");
            links.check_link(&after, to, Needs::SendersRight, &receiver)?;
        }
        if dry_run {
            return Ok(told);
        }
        execute(
            "INSERT INTO sharing.user_rights (user_id, \"right\") VALUES ($1, 'record_sharing') ON CONFLICT DO NOTHING",
            &[id.into()],
        )?;
        execute(
            "DELETE FROM sharing.user_rights WHERE user_id = $1 AND \"right\" IN ('super_user', 'enterprise_view')",
            &[id.into()],
        )?;
        if let Some(name) = &open {
            self.set_office_security(name, true)?;
        }
        if let Some((to, office, name)) = &partner {
            let receiver = format!("\"{name}\" in office \"{office}\"");
            links.create_link(&after, to, None, Needs::SendersRight, &receiver)?;
        }
        Ok(told)
    }

    pub fn disable_record_sharing(
        &self,
        key: &str,
        delete_links: bool,
        dry_run: bool,
    ) -> Result<Vec<Consequence>> {
        let id = present_user_id(key)?;
        let user = user_by_key(key)?;
        let mut told = Vec::new();
        if user.rights.has(Right::RecordSharing) {
            let closed: Option<String> = value(
                "SELECT name FROM sharing.offices WHERE id = $1 AND security",
                &[user.office.map(|office| office.0).into()],
            )?;
            let closed = closed.map_or(String::new(), |office| {
                format!("; office \"{office}\" stays closed")
            });
            told.push(Consequence::new(
                "revoke_right",
                format!("user \"{key}\""),
                format!("record_sharing: the user can no longer share records with people of other offices, nor see theirs{closed}; super_user and enterprise_view do not return"),
            ));
        }
        if delete_links {
            told.extend(links_are_deleted(&user)?);
        } else if !told.is_empty() {
            told.extend(links_are_suspended(&user)?);
        }
        if !dry_run {
            execute(
                "DELETE FROM sharing.user_rights WHERE user_id = $1 AND \"right\" = 'record_sharing'",
                &[id.into()],
            )?;
            if delete_links {
                Sharing::begin()?.delete_links_of(&user)?;
            }
        }
        Ok(told)
    }
}

/// What becomes of the rights of a user for whom record sharing is enabled.
fn rights_change(user: &User, key: &str) -> Result<Vec<Consequence>> {
    let who = format!("user \"{key}\"");
    let mut told = Vec::new();
    if !user.rights.has(Right::RecordSharing) {
        told.push(Consequence::new(
            "grant_right",
            who.clone(),
            "record_sharing: the user can share single records with people of other offices, and receive theirs",
        ));
        told.extend(links_resume(user)?);
    }
    for (right, lost) in [
        (
            Right::SuperUser,
            "super_user: the user no longer has full access to all records of their office",
        ),
        (
            Right::EnterpriseView,
            "enterprise_view: the user no longer sees all records of their office and the offices below it",
        ),
    ] {
        if user.rights.has(right) {
            told.push(Consequence::new("revoke_right", who.clone(), lost));
        }
    }
    Ok(told)
}

/// Refuses the two rights that do not go together with record sharing.
pub fn check_right_beside_sharing(key: &str, right: Right) -> Result<()> {
    let sees_the_office = matches!(right, Right::SuperUser | Right::EnterpriseView);
    let user = crate::catalog::read::people::People::open()?.by_key(key, &Snapshot::latest());
    if sees_the_office && user.is_some_and(|user| user.rights.has(Right::RecordSharing)) {
        return Err(Error::not_possible(format!(
            "user \"{key}\" shares records between offices and cannot have the right {}",
            right.label()
        ))
        .hint("End that first: sharing.disable_record_sharing(user_key)."));
    }
    Ok(())
}

impl Look {
    /// The active users with the right record_sharing: office, name and key.
    pub fn specialists(&self) -> Result<Vec<(Option<String>, String, String)>> {
        read_rows(
            "SELECT o.name, u.name, u.key FROM sharing.users u
             JOIN sharing.user_rights r ON r.user_id = u.id AND r.\"right\" = 'record_sharing'
             LEFT JOIN sharing.offices o ON o.id = u.office_id
             WHERE u.active ORDER BY o.name, u.name, u.key",
            &[],
            |row| {
                Ok((
                    row.get(1)?,
                    row.get(2)?.unwrap_or_default(),
                    row.get(3)?.unwrap_or_default(),
                ))
            },
        )
    }
}
