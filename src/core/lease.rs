//! How long a copy of the configuration counts that hears nothing of where it comes from.

use crate::core::time::Moment;
use std::fmt;

/// What a copy knows of when it was level with where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heartbeat {
    None,
    /// Something that was sent has not come, and will not.
    Missed,
    At(Moment),
}

/// Why nobody is known by a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lapse {
    NoHeartbeat,
    HeartbeatMissed,
    Old(Moment),
    /// Later than the clock: how old it is cannot be told.
    Ahead(Moment),
}

/// Until when a copy counts, and from which moment on it does not, or why it does not at all. `lease` is in
/// microseconds. `now` is when the statement began that asks; `clock` tells the time, where that matters.
///
/// Clocks of two servers differ. The other one's may be ahead by a tenth of the lease; what is further ahead is no
/// measure.
pub fn counts_until(
    heartbeat: Heartbeat,
    lease: i64,
    now: Moment,
    clock: impl FnOnce() -> Moment,
) -> Result<Moment, Lapse> {
    let at = match heartbeat {
        Heartbeat::None => return Err(Lapse::NoHeartbeat),
        Heartbeat::Missed => return Err(Lapse::HeartbeatMissed),
        Heartbeat::At(at) => at,
    };
    let until = Moment(at.0.saturating_add(lease));
    if until <= now {
        return Err(Lapse::Old(at));
    }
    // A statement that goes by the latest state reads heartbeats that came after it began.
    let is_ahead_of = |time: Moment| at.0 > time.0.saturating_add(lease / 10);
    match is_ahead_of(now) && is_ahead_of(clock()) {
        true => Err(Lapse::Ahead(at)),
        false => Ok(until),
    }
}

impl Lapse {
    /// The heartbeat that it is about.
    pub fn heartbeat(self) -> Option<Moment> {
        match self {
            Lapse::NoHeartbeat | Lapse::HeartbeatMissed => None,
            Lapse::Old(at) | Lapse::Ahead(at) => Some(at),
        }
    }
}

impl fmt::Display for Lapse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Lapse::NoHeartbeat => f.write_str(
                "no heartbeat has come to this server since its copy of the configuration is complete",
            ),
            Lapse::HeartbeatMissed => f.write_str(
                "a heartbeat was lost on its way to this server, and what was changed before it",
            ),
            Lapse::Old(at) => write!(
                f,
                "the last heartbeat that came to this server, of {at}, is older than sharing.configuration_lease"
            ),
            Lapse::Ahead(at) => write!(
                f,
                "the last heartbeat that came to this server, of {at}, is later than its clock"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(heartbeat: i64, now: i64, clock: i64) -> Result<i64, Lapse> {
        let heartbeat = Heartbeat::At(Moment(heartbeat));
        counts_until(heartbeat, 100, Moment(now), || Moment(clock)).map(|until| until.0)
    }

    #[test]
    fn a_copy_counts_for_the_lease_and_no_longer() {
        assert_eq!(at(1000, 1000, 1000), Ok(1100));
        assert_eq!(at(1000, 1099, 1099), Ok(1100));
        assert_eq!(at(1000, 1100, 1100), Err(Lapse::Old(Moment(1000))));
        assert_eq!(at(i64::MIN, 0, 0), Err(Lapse::Old(Moment(i64::MIN))));
    }

    #[test]
    fn a_heartbeat_of_the_future_is_no_proof() {
        assert_eq!(at(1010, 1000, 1000), Ok(1110));
        assert_eq!(at(1011, 1000, 1000), Err(Lapse::Ahead(Moment(1011))));
        assert_eq!(at(i64::MAX, 0, 0), Err(Lapse::Ahead(Moment(i64::MAX))));
        assert_eq!(
            at(5000, 1000, 5000),
            Ok(5100),
            "one that came while a statement was running"
        );
    }

    #[test]
    fn without_a_heartbeat_nothing_counts() {
        for (heartbeat, lapse) in [
            (Heartbeat::None, Lapse::NoHeartbeat),
            (Heartbeat::Missed, Lapse::HeartbeatMissed),
        ] {
            let counts = counts_until(heartbeat, 100, Moment(0), || Moment(0));
            assert_eq!(counts, Err(lapse));
        }
    }
}
