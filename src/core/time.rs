//! Points in time as documents write them: ISO 8601, in UTC.

use crate::core::{Error, Result};
use serde::{Deserialize, Serialize};
use std::fmt;

/// In microseconds since the beginning of 2000 in UTC, as PostgreSQL counts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Moment(pub i64);

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;

/// From the first of March of the year 0 to the beginning of 2000, in days.
const DAYS_BEFORE: i64 = 730_425;

/// In 400 years, in days: the calendar repeats itself.
const ERA: i64 = 146_097;

/// The latest year that is written with four digits.
const LAST_YEAR: i64 = 9999;

impl Moment {
    /// The last that is written: what is stored by hand and later is written as this.
    pub const LATEST: Moment = Moment(2_921_940 * DAY - 1);
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = self.0.min(Self::LATEST.0);
        let (days, time) = (moment.div_euclid(DAY), moment.rem_euclid(DAY));
        let (year, month, day) = date(days);
        let (seconds, micros) = (time / SECOND, time % SECOND);
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"
        )?;
        match micros {
            0 => f.write_str("Z"),
            _ => write!(f, ".{micros:06}Z"),
        }
    }
}

impl From<Moment> for String {
    fn from(moment: Moment) -> String {
        moment.to_string()
    }
}

impl TryFrom<String> for Moment {
    type Error = Error;

    fn try_from(text: String) -> Result<Moment> {
        parse(&text).ok_or_else(|| {
            Error::bad_value(format!("\"{text}\" is no point in time")).hint(
                "It is written as 2027-03-31T17:00:00Z, or with another offset than Z: +02:00.",
            )
        })
    }
}

/// Year, month and day of a number of days since the beginning of 2000.
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + DAYS_BEFORE;
    let (era, of_era) = (days.div_euclid(ERA), days.rem_euclid(ERA));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    // Years that begin in March end with the day that may be missing.
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

/// The number of days since the beginning of 2000.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let month = if month > 2 { month - 3 } else { month + 9 };
    let of_year = (153 * month + 2) / 5 + day - 1;
    era * ERA + of_era * 365 + of_era / 4 - of_era / 100 + of_year - DAYS_BEFORE
}

fn parse(text: &str) -> Option<Moment> {
    let (date_text, rest) = text.split_once(['T', ' '])?;
    let at = rest.find(['Z', '+', '-'])?;
    let (time_text, offset) = rest.split_at(at);
    let [year, month, day] = numbers(date_text, '-', [4, 2, 2])?;
    let (clock, fraction) = time_text.split_once('.').unwrap_or((time_text, "0"));
    let [hour, minute, second] = numbers(clock, ':', [2, 2, 2])?;
    if !(1..=6).contains(&fraction.len()) {
        return None;
    }
    let micros = number(&format!("{fraction:0<6}"), 6)?;
    let is_date = year <= LAST_YEAR && date(days(year, month, day)) == (year, month, day);
    if !is_date || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let seconds = hour * 3600 + minute * 60 + second - seconds_ahead(offset)?;
    Some(Moment(
        days(year, month, day) * DAY + seconds * SECOND + micros,
    ))
}

fn seconds_ahead(offset: &str) -> Option<i64> {
    if offset == "Z" {
        return Some(0);
    }
    let (sign, rest) = offset.split_at_checked(1)?;
    let [hours, minutes] = numbers(rest, ':', [2, 2])?;
    let seconds = (hours * 60 + minutes) * 60;
    (hours < 24 && minutes < 60).then_some(if sign == "-" { -seconds } else { seconds })
}

fn numbers<const N: usize>(text: &str, between: char, digits: [usize; N]) -> Option<[i64; N]> {
    let mut parts = text.split(between);
    let mut found = [0; N];
    for (number_found, digits) in found.iter_mut().zip(digits) {
        *number_found = number(parts.next()?, digits)?;
    }
    parts.next().is_none().then_some(found)
}

fn number(text: &str, digits: usize) -> Option<i64> {
    let is_number = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<i64> {
        parse(text).map(|moment| moment.0)
    }

    #[test]
    fn what_is_written_is_read_again() {
        for (text, micros) in [
            ("2000-01-01T00:00:00Z", 0),
            ("1999-12-31T23:59:59.999999Z", -1),
            ("2000-03-01T00:00:00Z", 60 * DAY),
            ("2024-02-29T12:00:00Z", 8825 * DAY + DAY / 2),
            ("2100-02-28T00:00:00.500000Z", 36_583 * DAY + SECOND / 2),
            ("9999-12-31T23:59:59Z", 2_921_940 * DAY - SECOND),
            ("9999-12-31T23:59:59.999999Z", Moment::LATEST.0),
        ] {
            assert_eq!(Moment(micros).to_string(), text);
            assert_eq!(read(text), Some(micros), "{text}");
        }
    }

    #[test]
    fn what_is_too_late_is_written_as_the_latest() {
        for late in [Moment::LATEST.0 + 1, i64::MAX] {
            let text = Moment(late).to_string();
            assert_eq!(read(&text), Some(Moment::LATEST.0));
        }
    }

    #[test]
    fn offsets_count() {
        let noon = read("2026-06-01T12:00:00Z");
        assert_eq!(read("2026-06-01T14:00:00+02:00"), noon);
        assert_eq!(read("2026-06-01 06:30:00-05:30"), noon);
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "infinity",
            "2026-06-01",
            "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-06-01T24:00:00Z",
            "2026-06-01T00:00:60Z",
            "2026-06-01T00:00:00",
            "2026-06-01T00:00:00.1234567Z",
            "2026-06-01T00:00:00.Z",
            "12026-06-01T00:00:00Z",
            "2026-06-01T00:00:00Zx",
            "2026-06-01T00:00:00+2:00",
            "+026-06-01T00:00:00Z",
            "2026-06-0１T00:00:00Z",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
