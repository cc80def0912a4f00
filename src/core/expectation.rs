//! Sentences of the form "they must, or must not, reach that record", which are kept as the rules change
//! (semantics: Expectations).

use crate::core::access::Level;
use crate::core::error::{Error, Result};

/// What somebody is expected to have on a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expectation {
    access: Level,
    /// Neither less nor more.
    exactly: bool,
}

impl Expectation {
    /// Refuses what holds whatever somebody has.
    pub fn new(access: Level, exactly: bool) -> Result<Expectation> {
        if access == Level::None && !exactly {
            return Err(
                Error::bad_value("to have none or more on a record holds for everybody")
                    .hint("Expect none exactly, or at least read."),
            );
        }
        Ok(Expectation { access, exactly })
    }

    pub fn holds(self, actual: Level) -> bool {
        match self.exactly {
            true => actual == self.access,
            false => actual >= self.access,
        }
    }

    pub fn access(self) -> Level {
        self.access
    }

    pub fn exactly(self) -> bool {
        self.exactly
    }

    /// As a sentence about a user and a record.
    pub fn sentence(self, user: &str, record: &str, module: &str, actual: Level) -> String {
        let (expected, actual) = (self.access.label(), actual.label());
        let least = if self.exactly { "" } else { "at least " };
        format!(
            "user \"{user}\" is to have {least}{expected} on record \"{record}\" of \"{module}\", and would have {actual}"
        )
    }
}

/// Refuses a change that would break expectations, which are told by their numbers and as sentences.
pub fn refuse_to_break(broken: &[(i64, String)]) -> Result<()> {
    let told: Vec<String> = broken
        .iter()
        .map(|(id, sentence)| format!("{id}: {sentence}"))
        .collect();
    let message = match broken {
        [] => return Ok(()),
        [(id, _)] => format!("this would break expectation {id}"),
        _ => {
            let ids: Vec<String> = broken.iter().map(|(id, _)| id.to_string()).collect();
            format!(
                "this would break expectations {}",
                crate::core::error::some_of(&ids)
            )
        }
    };
    Err(Error::not_possible(message)
        .detail(format!("{}.", told.iter().take(10).cloned().collect::<Vec<_>>().join("; ")))
        .hint("Nothing was changed. sharing.apply_rules(check_expectations => false) applies what is staged nevertheless; sharing.forget_expectation(id) takes an expectation back."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_is_neither_less_nor_more() {
        for expected in Level::ALL {
            for actual in Level::ALL {
                let exactly = Expectation::new(expected, true).unwrap();
                assert_eq!(exactly.holds(actual), expected == actual);
                if let Ok(least) = Expectation::new(expected, false) {
                    assert_eq!(least.holds(actual), actual >= expected);
                }
            }
        }
        assert!(Expectation::new(Level::None, false).is_err());
    }
}
