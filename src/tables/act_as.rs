//! Acting as somebody else, for the rest of a transaction (semantics: Who and why, *Acting as somebody else*).

use crate::catalog::read::people::People;
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::write::access::db_role_name;
use crate::catalog::write::audit;
use crate::core::{Error, Result};
use crate::pg::notices::log;
use crate::session::acting;
use crate::session::administration::must_administer;
use crate::session::author::{Authorship, author};
use pgrx::pg_sys;

/// Lets the session act as a user, and records who did so. Refused to roles that row security does not hold
/// for: what they see says nothing about anybody.
pub fn act_as(user_key: &str) -> Result<()> {
    // SAFETY: reads the state of this process.
    if unsafe { pg_sys::InLocalUserIdChange() } {
        return Err(Error::not_allowed(
            "sharing.act_as() cannot be called within a security-definer function",
        )
        .hint("It lasts longer than the function, whose caller would go on acting."));
    }
    must_administer("act_as")?;
    // SAFETY: these raise PostgreSQL's errors where nothing may be written; the role is asked about in the system
    // caches.
    let (role, bypasses) = unsafe {
        pg_sys::PreventCommandIfReadOnly(c"sharing.act_as()".as_ptr());
        pg_sys::PreventCommandIfParallelMode(c"sharing.act_as()".as_ptr());
        let role = pg_sys::GetUserId();
        (role, pg_sys::has_bypassrls_privilege(role))
    };
    if bypasses {
        return Err(Error::not_possible(format!(
            "database role \"{}\" bypasses row security, and would see everything as anybody",
            db_role_name(role)?
        ))
        .hint("Call it as a role that does not: one that was given to sharing.grant_admin() and may read the tables (SET ROLE), or a trusted one, for a user with the right administrator."));
    }
    match People::open()?.by_key(user_key, &Snapshot::latest()) {
        None => Err(
            Error::unknown(format!("user \"{user_key}\" does not exist"))
                .hint("Users are named by key: their keys are in sharing.users."),
        ),
        Some(user) if !user.active => Err(Error::not_possible(format!(
            "user \"{user_key}\" is not active, and sees nothing"
        ))
        .hint("sharing.activate_user(key) lets them sign in again.")),
        Some(_) => {
            let _authorship = Authorship::begin("act_as")?;
            let author = author()?;
            audit::write_acting(&author, user_key)?;
            log(format!(
                "database role \"{}\"{} acts as user \"{user_key}\" for the rest of the transaction",
                db_role_name(role)?,
                author
                    .identity
                    .as_ref()
                    .map_or(String::new(), |key| format!(", user \"{key}\","))
            ));
            acting::begin(user_key.into());
            Ok(())
        }
    }
}
