//! By what time ends are judged: that at which the statement under way began.
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

/// Whether this session judges by a later time than that of the statement: the clock was set back.
pub fn is_ahead() -> bool {
    // SAFETY: reads a variable of this process.
    now() > unsafe { pg_sys::GetCurrentStatementStartTimestamp() }
}

/// A parallel worker judges by no earlier time than its leader.
pub fn not_before(time: Time) {
    LATEST.set(LATEST.get().max(time));
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
