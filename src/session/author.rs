//! Who is changing the configuration, and by which function, as the audit log tells it (semantics: Administration and safety).

use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::write::audit::Author;
use crate::core::Result;
use crate::session::caller::Caller;
use crate::session::identity::identity_key;
use std::cell::RefCell;
use std::rc::Rc;

thread_local! {
    static UNDER_WAY: RefCell<Option<Rc<Author>>> = const { RefCell::new(None) };
}

/// While it lives, changes are those of the caller and their function. Begins before elevation, which
/// hides the caller. What a function does by calling another is its own doing.
pub struct Authorship {
    is_outermost: bool,
}

impl Authorship {
    /// `function` is the name of a function, or the tag of a command that is followed.
    pub fn begin(function: &str) -> Result<Authorship> {
        Self::of(function, false)
    }

    /// As `begin`, for an event trigger on sql_drop.
    pub fn begin_drop(command: &str) -> Result<Authorship> {
        Self::of(command, true)
    }

    fn of(function: &str, tables_are_gone: bool) -> Result<Authorship> {
        let is_outermost = UNDER_WAY.with_borrow(Option::is_none);
        if is_outermost {
            let author = Author {
                function: Some(function.to_owned()),
                tables_are_gone,
                ..caller()?
            };
            UNDER_WAY.set(Some(Rc::new(author)));
        }
        Ok(Authorship { is_outermost })
    }
}

impl Drop for Authorship {
    // Also when an error unwinds: the next change may be by hand.
    fn drop(&mut self) {
        if self.is_outermost {
            UNDER_WAY.set(None);
        }
    }
}

/// Whether a function of ours, or what follows a command, is making changes.
pub fn is_under_way() -> bool {
    UNDER_WAY.with_borrow(Option::is_some)
}

/// The author of a change that is being made.
pub fn author() -> Result<Rc<Author>> {
    match UNDER_WAY.with_borrow(Clone::clone) {
        Some(author) => Ok(author),
        None => Ok(Rc::new(caller()?)),
    }
}

fn caller() -> Result<Author> {
    let caller = Caller::now();
    Ok(Author {
        db_role: caller.current_user,
        identity: identity_key(&caller.in_person(), &Snapshot::latest())?,
        acting_as: caller.acting_as.as_deref().map(str::to_owned),
        function: None,
        tables_are_gone: false,
    })
}
