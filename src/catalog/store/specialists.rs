//! The right to share records, and what comes with it (SPEC 8).

use super::links::{Sharing, user_by_key};
use super::users::user_id;
use super::{Change, Look};
use crate::catalog::snapshot::Snapshot;
use crate::catalog::sql::{execute, read_rows, value};
use crate::core::org::User;
use crate::core::{Error, Result, Right};

/// One line of the confirmation dialog.
pub struct Consequence {
    pub change: &'static str,
    pub object: String,
    pub detail: String,
}

impl Consequence {
    fn new(change: &'static str, object: String, detail: impl Into<String>) -> Self {
        Consequence {
            change,
            object,
            detail: detail.into(),
        }
    }
}

impl Change {
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
        let who = format!("user \"{key}\"");
        let mut told = Vec::new();
        if !user.rights.has(Right::RecordSharing) {
            told.push(Consequence::new(
                "grant_right",
                who.clone(),
                "record_sharing: he can share single records with people of other offices, and receive theirs",
            ));
            for (link, other, records) in Look::begin()?.links_in_words(&user)? {
                told.push(Consequence::new(
                    "resume_link",
                    format!("link {link}"),
                    format!("the link {other} and its {records} shared records count again, as far as the other side allows"),
                ));
            }
        }
        for (right, lost) in [
            (
                Right::SuperUser,
                "super_user: he no longer has full access to all records of his office",
            ),
            (
                Right::EnterpriseView,
                "enterprise_view: he no longer sees all records of his office and the offices below it",
            ),
        ] {
            if user.rights.has(right) {
                told.push(Consequence::new("revoke_right", who.clone(), lost));
            }
        }
        let open: Option<String> = value(
            "SELECT name FROM sharing.offices WHERE id = $1 AND NOT security",
            &[office.0.into()],
        )?;
        if let Some(name) = &open {
            told.push(Consequence::new(
                "set_office_security",
                format!("office \"{name}\""),
                "closed: people of other offices no longer reach its records by hierarchy, rules or global access",
            ));
        }
        // The request is checked with the user as he will be.
        let after = User {
            rights: user.rights.with(Right::RecordSharing),
            ..user.clone()
        };
        let sharing = Sharing::begin()?;
        let partner = match handshake {
            Some((office, name)) => Some((sharing.user_named(office, name)?, office, name)),
            None => None,
        };
        if let Some((_, office, name)) = &partner {
            told.push(Consequence::new(
                "request_link",
                format!("user \"{name}\" in office \"{office}\""),
                "he is asked to accept a link; until he does, nothing can be shared with him",
            ));
        }
        if let Some((to, office, name)) = &partner {
            sharing.check_link(&after, to, &format!("\"{name}\" in office \"{office}\""))?;
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
            sharing.create_link(&after, to, &format!("\"{name}\" in office \"{office}\""))?;
        }
        Ok(told)
    }

    pub fn disable_record_sharing(
        &self,
        key: &str,
        delete_links: bool,
        dry_run: bool,
    ) -> Result<Vec<Consequence>> {
        let id = user_id(key)?;
        let user = user_by_key(key)?;
        let mut told = Vec::new();
        if user.rights.has(Right::RecordSharing) {
            told.push(Consequence::new(
                "revoke_right",
                format!("user \"{key}\""),
                "record_sharing: he can no longer share records with people of other offices, nor see theirs",
            ));
        }
        if delete_links || !told.is_empty() {
            for (link, other, records) in Look::begin()?.links_in_words(&user)? {
                let (change, what) = match delete_links {
                    true => ("delete_link", "are deleted"),
                    false => (
                        "suspend_link",
                        "count for nothing until sharing is enabled again",
                    ),
                };
                told.push(Consequence::new(
                    change,
                    format!("link {link}"),
                    format!("the link {other} and its {records} shared records {what}"),
                ));
            }
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

/// Refuses the two rights that do not go together with record sharing.
pub fn check_right_beside_sharing(key: &str, right: Right) -> Result<()> {
    let sees_the_office = matches!(right, Right::SuperUser | Right::EnterpriseView);
    let user = crate::catalog::read::People::open()?.by_key(key, &Snapshot::latest());
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
