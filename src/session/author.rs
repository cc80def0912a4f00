//! Who is changing the configuration, and by which function, as the audit log tells it (semantics: Administration and safety).

use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::write::audit::Author;
use crate::catalog::write::elevation::queries_of_others;
use crate::core::Result;
use crate::session::caller::Caller;
use crate::session::identity::identity_key;
use std::cell::RefCell;
use std::rc::Rc;

/// Who makes changes, and within how many queries of others' they began.
type AuthorUnderWay = (Rc<Author>, u32);

thread_local! {
    static UNDER_WAY: RefCell<Option<AuthorUnderWay>> = const { RefCell::new(None) };
}

/// While it lives, changes are those of the caller and their function. Begins before elevation, which
/// hides the caller. What a function does by calling another is its own doing.
pub struct Authorship {
    /// Where this is no part of what is under way: what that was.
    before: Option<Option<AuthorUnderWay>>,
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
        if is_under_way() {
            return Ok(Authorship { before: None });
        }
        let author = Author {
            function: Some(function.to_owned()),
            tables_are_gone,
            ..caller()?
        };
        let before = UNDER_WAY.replace(Some((Rc::new(author), queries_of_others())));
        Ok(Authorship {
            before: Some(before),
        })
    }
}

impl Drop for Authorship {
    // Also when an error unwinds: the next change may be by hand.
    fn drop(&mut self) {
        if let Some(before) = self.before.take() {
            UNDER_WAY.set(before);
        }
    }
}

/// Whether a function of ours, or what follows a command, is making changes: not what code in a view does meanwhile,
/// which is followed like anything else of its owner's.
pub fn is_under_way() -> bool {
    UNDER_WAY.with_borrow(|under_way| {
        under_way
            .as_ref()
            .is_some_and(|(_, within)| *within == queries_of_others())
    })
}

/// The author of a change that is being made.
pub fn author() -> Result<Rc<Author>> {
    match UNDER_WAY.with_borrow(Clone::clone) {
        Some((author, _)) => Ok(author),
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
