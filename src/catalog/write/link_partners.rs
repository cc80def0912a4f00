//! Who may be linked with whom (semantics: Record sharing between offices).

use crate::core::decision::may_share;
use crate::core::org::User;
use crate::core::{Error, Result, Right};

/// What a request for a link takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    BothRights,
    /// The receiver may be given the right later: the request waits until then.
    SendersRight,
}

/// Whether a user can ask anybody for a link.
pub fn check_sender(from: &User) -> Result<()> {
    if from.active && from.rights.has(Right::RecordSharing) && from.office.is_some() {
        return Ok(());
    }
    Err(Error::not_possible(
        "no link is possible: the sender is not active with the right record_sharing and an office",
    )
    .hint("An administrator enables it: sharing.enable_record_sharing(user_key)."))
}

/// Whether a link can be asked for.
pub fn check_partners(from: &User, to: &User, needs: Needs, receiver: &str) -> Result<()> {
    let enabled = User {
        rights: to.rights.with(Right::RecordSharing),
        ..to.clone()
    };
    let to = match needs {
        Needs::BothRights => to,
        Needs::SendersRight => &enabled,
    };
    if may_share(from, to) {
        return Ok(());
    }
    let without_right = |user: &User| !user.rights.has(Right::RecordSharing);
    let (reason, hint) = if without_right(from) {
        (
            "the sender has not the right record_sharing",
            "An administrator enables it: sharing.enable_record_sharing(user_key).",
        )
    } else if without_right(to) {
        (
            "the receiver has not the right record_sharing",
            "Whom to ask is listed in sharing.specialists.",
        )
    } else if !to.active || !from.active {
        (
            "one of the two is not active",
            "An administrator activates the user: sharing.activate_user(key).",
        )
    } else if from.office.is_none() || to.office.is_none() {
        (
            "one of the two has no office",
            "Records are shared between offices: sharing.set_user_office(key, office).",
        )
    } else {
        (
            "both are in the same office",
            "Within an office, use rules and groups.",
        )
    };
    Err(Error::not_possible(format!("no link is possible to {receiver}: {reason}")).hint(hint))
}
