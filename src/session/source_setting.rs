//! The setting from which sessions of a trusted role take their user, where it is one of an application's
//! (semantics: Who is asking): `request.jwt.claims` and the like.
//!
//! Such a setting belongs to nobody: PostgreSQL makes it when somebody sets it. Once it is there it is defined
//! here, so that PostgreSQL says when it changes, as it does of `sharing.user_key`: plans that depend on their
//! caller end then. What it holds is read once for each text.

use crate::catalog::read::names;
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::trust::{Trust, trust};
use crate::core::trust::{Claimed, LONGEST_CLAIMS, TrustSource};
use pgrx::pg_sys;
use serde::{Deserialize, Serialize};
use std::cell::{Cell, RefCell};
use std::ffi::{CStr, CString, c_char, c_void};
use std::rc::Rc;

/// What a source says at present.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SourceClaim {
    pub source: Rc<TrustSource>,
    pub claimed: Claimed,
}

/// The source of the sessions of a role.
struct Watched {
    role: pg_sys::Oid,
    /// How often something had changed when it was looked for: changes of the configuration are told, too.
    as_of: u64,
    source: Option<WatchedSource>,
}

struct WatchedSource {
    source: Rc<TrustSource>,
    name: CString,
    /// The place among the settings that are defined here.
    place: Option<usize>,
    /// The text that was read last, and what it says.
    read: Option<(Rc<str>, Rc<SourceClaim>)>,
}

/// A session has one user, whose source hardly ever changes.
const MOST_SETTINGS: usize = 4;

/// What the settings hold that are defined here.
static mut VALUES: [*mut c_char; MOST_SETTINGS] = [std::ptr::null_mut(); MOST_SETTINGS];

thread_local! {
    static WATCHED: RefCell<Option<Watched>> = const { RefCell::new(None) };
    static DEFINED: RefCell<Vec<CString>> = const { RefCell::new(Vec::new()) };
    static TEXTS: RefCell<[Option<Rc<str>>; MOST_SETTINGS]> = const { RefCell::new([const { None }; MOST_SETTINGS]) };
    /// What the leader of a parallel plan had, in its worker.
    static TAKEN: RefCell<Option<Option<Rc<SourceClaim>>>> = const { RefCell::new(None) };
    static ON_CHANGE: Cell<Option<fn()>> = const { Cell::new(None) };
}

/// `on_change` runs when the source says something else. It cannot fail.
pub fn install(on_change: fn()) {
    ON_CHANGE.set(Some(on_change));
}

/// Finds out which source the session has, where that is not known: from then on `present` tells what it says.
/// What cannot be found out now is found out later, and what nobody was told of where it is asked for.
pub fn find_out(session_user: pg_sys::Oid, snapshot: &Snapshot) {
    let is_known = WATCHED.with_borrow(|watched| {
        let watched = watched.as_ref();
        watched.is_some_and(|watched| {
            (watched.role, watched.as_of) == (session_user, names::changes())
        })
    });
    if !is_known
        && let Some(table) = names::relation_oid(c"trusted_roles")
        && let Some(_locked) = LockedAtOnce::table(table)
        && let Ok(trust) = trust(session_user, snapshot)
    {
        watch(session_user, trust.as_ref());
    }
}

/// A table that was locked without waiting: statements that have nothing to do with sharing wait for none of our
/// tables while these are upgraded.
struct LockedAtOnce(pg_sys::Oid);

impl LockedAtOnce {
    fn table(table: pg_sys::Oid) -> Option<LockedAtOnce> {
        // SAFETY: locks a table by its number, or does not.
        let locked =
            unsafe { pg_sys::ConditionalLockRelationOid(table, pg_sys::AccessShareLock as _) };
        locked.then_some(LockedAtOnce(table))
    }
}

impl Drop for LockedAtOnce {
    fn drop(&mut self) {
        // After an error the transaction's clean-up does it.
        if !std::thread::panicking() {
            // SAFETY: locked in `table` with the same lock.
            unsafe { pg_sys::UnlockRelationOid(self.0, pg_sys::AccessShareLock as _) };
        }
    }
}

/// From now on the source of the session is another.
pub fn watch(session_user: pg_sys::Oid, trust: Option<&Trust>) {
    let source = match trust {
        Some(Trust::Setting(source)) => CString::new(source.setting.as_str())
            .ok()
            .map(|name| (source.clone(), name)),
        _ => None,
    };
    let as_of = names::changes();
    WATCHED.with_borrow_mut(|watched| {
        let before = watched.take().and_then(|watched| watched.source);
        let same = before.filter(|before| {
            let new = source.as_ref();
            new.is_some_and(|(source, _)| *source == before.source)
        });
        let new = source.map(|(source, name)| WatchedSource {
            source,
            name,
            place: None,
            read: None,
        });
        *watched = Some(Watched {
            role: session_user,
            as_of,
            source: same.or(new),
        });
    });
}

/// What the source of the session says; None where it has none, or that is not known.
pub fn present(session_user: pg_sys::Oid) -> Option<Rc<SourceClaim>> {
    if let Some(taken) = TAKEN.with_borrow(Clone::clone) {
        return taken;
    }
    WATCHED.with_borrow_mut(|watched| {
        let watched = watched.as_mut()?;
        let source = watched.source.as_mut()?;
        (watched.role == session_user).then(|| source.claim())
    })
}

/// Goes by what the leader of a parallel plan found when its statement began.
pub fn take_over(claim: Option<Rc<SourceClaim>>) {
    TAKEN.set(Some(claim));
}

/// Defines the setting of the source, so that its changes are noticed, where it is there and nobody has.
pub fn define() {
    // SAFETY: reads variables of this process.
    if unsafe { pg_sys::IsInParallelMode() || pg_sys::InitializingParallelWorker } {
        return;
    }
    let name = WATCHED.with_borrow(|watched| {
        let source = watched.as_ref()?.source.as_ref()?;
        source.place.is_none().then(|| source.name.clone())
    });
    let Some(name) = name else { return };
    let place = DEFINED.with_borrow(|defined| defined.iter().position(|one| *one == name));
    let place = place.or_else(|| define_as(&name));
    WATCHED.with_borrow_mut(|watched| {
        if let Some(source) = watched.as_mut().and_then(|watched| watched.source.as_mut()) {
            source.place = place;
        }
    });
}

/// The place at which it is defined now. None where it is not there yet, or somebody else has defined it.
fn define_as(name: &CStr) -> Option<usize> {
    // SAFETY: asks about a setting that may be missing.
    let flags = unsafe {
        match pg_sys::GetConfigOption(name.as_ptr(), true, false).is_null() {
            true => return None,
            false => pg_sys::GetConfigOptionFlags(name.as_ptr(), true),
        }
    };
    let place = DEFINED.with_borrow(Vec::len);
    if flags & pg_sys::GUC_CUSTOM_PLACEHOLDER as i32 == 0 || place >= MOST_SETTINGS {
        return None;
    }
    DEFINED.with_borrow_mut(|defined| defined.push(name.to_owned()));
    // SAFETY: the name is copied, and the variable and the function live as long as the process. What the
    // setting holds and held before goes on, since it was made by whoever set it and not defined by anybody.
    unsafe {
        pg_sys::DefineCustomStringVariable(
            name.as_ptr(),
            c"The user for whom sessions of a trusted role act.".as_ptr(),
            c"Given to sharing.trust() as a source.".as_ptr(),
            &raw mut VALUES[place],
            c"".as_ptr(),
            pg_sys::GucContext::PGC_USERSET,
            0,
            Some(may_be_set),
            Some(ASSIGNED[place]),
            None,
        );
    }
    Some(place)
}

impl WatchedSource {
    /// What the setting holds; None where it is empty, or not there.
    fn text(&self) -> Option<Rc<str>> {
        if let Some(place) = self.place {
            return TEXTS.with_borrow(|texts| texts[place].clone());
        }
        // SAFETY: asks about a setting that may be missing, and copies what it holds.
        unsafe { text(pg_sys::GetConfigOption(self.name.as_ptr(), true, false)) }
    }

    fn claim(&mut self) -> Rc<SourceClaim> {
        let text = self.text().unwrap_or_default();
        if let Some((read, claim)) = &self.read
            && *read == text
        {
            return claim.clone();
        }
        let claim = Rc::new(SourceClaim {
            source: self.source.clone(),
            claimed: self.source.claimed(&text),
        });
        self.read = Some((text, claim.clone()));
        claim
    }
}

/// A text that is not UTF-8, or too long to be looked at, is one that names nobody, and not the absence of one.
///
/// # Safety
/// `value` must be null or point to a NUL-terminated string.
unsafe fn text(value: *const c_char) -> Option<Rc<str>> {
    if value.is_null() {
        return None;
    }
    // SAFETY: by the caller's promise.
    let bytes = unsafe { CStr::from_ptr(value) }.to_bytes();
    match bytes.len() {
        0 => None,
        1..=LONGEST_CLAIMS => Some(String::from_utf8_lossy(bytes).into()),
        _ => Some(" ".repeat(LONGEST_CLAIMS + 1).into()),
    }
}

/// Keeping a value for later sessions (ALTER ROLE … SET, ALTER DATABASE … SET) or on a function is for superusers, as
/// it is while nobody has defined the setting: whoever has SQL for a moment would name the user for good.
#[pgrx::pg_guard]
unsafe extern "C-unwind" fn may_be_set(
    _new: *mut *mut c_char,
    _extra: *mut *mut c_void,
    source: pg_sys::GucSource::Type,
) -> bool {
    // SAFETY: asks about the current user, in the transaction of the command.
    source != pg_sys::GucSource::PGC_S_TEST || unsafe { pg_sys::superuser() }
}

type Assigned = unsafe extern "C-unwind" fn(*const c_char, *mut c_void);

/// One for each place: PostgreSQL does not say which setting it is that changes.
const ASSIGNED: [Assigned; MOST_SETTINGS] = [assigned_0, assigned_1, assigned_2, assigned_3];

macro_rules! assigned {
    ($name:ident, $place:literal) => {
        #[pgrx::pg_guard]
        unsafe extern "C-unwind" fn $name(new: *const c_char, _extra: *mut c_void) {
            // SAFETY: PostgreSQL passes the string that the variable is about to point to.
            assigned($place, unsafe { text(new) });
        }
    };
}

assigned!(assigned_0, 0);
assigned!(assigned_1, 1);
assigned!(assigned_2, 2);
assigned!(assigned_3, 3);

/// Also runs while an error is cleaned up: nothing here can fail.
fn assigned(place: usize, text: Option<Rc<str>>) {
    TEXTS.with(|texts| {
        if let Ok(mut texts) = texts.try_borrow_mut() {
            texts[place] = text;
        }
    });
    if let Some(on_change) = ON_CHANGE.get() {
        on_change();
    }
}
