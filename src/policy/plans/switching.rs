//! What happens to plans when the session switches to another user.

use crate::policy::plans::{dependent, unfiltered};
use crate::policy::sets::callers;
use crate::session::caller::Caller;
use crate::session::{carried_token, settings};
use std::rc::Rc;

/// Called when `sharing.user_key` is about to become `key`. Never fails.
pub fn identity_changes(key: Option<Rc<str>>) {
    becomes(Caller {
        user_key: key,
        ..Caller::present()
    });
}

/// Called when `sharing.require_token` is about to become another. Never fails.
pub fn requirement_changes(requires_token: bool) {
    becomes(Caller {
        requires_token,
        ..Caller::present()
    });
}

/// Called when the session has come to act as another user, or as itself again; when it is known by another token,
/// or by none; when the source of its role says something else. Never fails.
pub fn caller_changes() {
    becomes(Caller::present());
}

/// The same, where it is known by another token of its own, which other servers of Citus have to be told of.
pub fn token_changes() {
    carried_token::becomes_news();
    caller_changes();
}

/// The same, where it acts as another user.
pub fn acting_changes() {
    settings::user_key_becomes_news();
    caller_changes();
}

fn becomes(caller: Caller) {
    unfiltered::discard();
    unfiltered::discard_unless_right_for(&caller);
    if dependent::any_made() && !callers::is_ordinary(&caller) {
        dependent::discard_plans();
    }
}
