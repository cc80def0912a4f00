//! By what time ends are judged: that at which the statement under way began, in parallel workers too.
//!
//! A cursor goes on by the time at which it was opened, as it keeps its identity. A clock that is set back
//! revives nothing that a session saw end: its time never goes back.

use pgrx::pg_sys;
use std::cell::Cell;

/// In microseconds, as PostgreSQL counts them.
pub type Time = i64;

thread_local! {
    /// The latest time by which this session judged anything.
    static LATEST: Cell<Time> = const { Cell::new(Time::MIN) };
    static DURING: Cell<Option<Time>> = const { Cell::new(None) };
    /// When the leader's statement began that a parallel worker works for, until that begins here.
    static LEADERS: Cell<Option<Time>> = const { Cell::new(None) };
    /// The earliest end that was looked at and is to come, and how often one has come.
    static NEXT_END: Cell<Time> = const { Cell::new(Time::MAX) };
    static ENDS_PASSED: Cell<u64> = const { Cell::new(0) };
}

/// The time by which is judged what is asked now.
pub fn now() -> Time {
    DURING.get().unwrap_or_else(|| {
        // SAFETY: reads a variable of this process.
        let statement = unsafe { pg_sys::GetCurrentStatementStartTimestamp() };
        let now = statement.max(LATEST.get());
        LATEST.set(now);
        now
    })
}

/// A parallel worker judges by the time by which its leader does. PostgreSQL tells it when the leader's client
/// asked for rows, which may be later: in the extended protocol a statement begins with Bind.
pub fn take_over(time: Time) {
    LATEST.set(LATEST.get().max(time));
    LEADERS.set(Some(time));
}

/// By what time the statement that is about to begin is judged: None says that of the present.
pub fn of_leader() -> Option<Time> {
    LEADERS.get()
}

/// By what time the statement that begins is judged as long as it runs.
pub fn begins() -> Time {
    LEADERS.take().unwrap_or_else(now)
}

/// Notes an end that is to come: what is found out now holds until then.
pub fn note_end(end: Time) {
    NEXT_END.set(NEXT_END.get().min(end));
}

/// What was found out until now holds no longer, whatever the time.
pub fn end_came() {
    NEXT_END.set(Time::MIN);
}

/// Whether what was found out under another answer still holds. None where it is asked by the time of a
/// statement that began before others.
pub fn ends_passed() -> Option<u64> {
    if DURING.get().is_some_and(|time| time < LATEST.get()) {
        return None;
    }
    if now() >= NEXT_END.get() {
        NEXT_END.set(Time::MAX);
        ENDS_PASSED.set(ENDS_PASSED.get() + 1);
    }
    Some(ENDS_PASSED.get())
}

/// While it lives, everything is judged by the time at which a statement began.
pub struct During(Option<Time>);

impl During {
    /// None changes nothing.
    pub fn time(time: Option<Time>) -> During {
        During(DURING.replace(time.or(DURING.get())))
    }
}

impl Drop for During {
    fn drop(&mut self) {
        DURING.set(self.0);
    }
}
