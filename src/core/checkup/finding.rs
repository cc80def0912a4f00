//! What a check found.

use crate::core::error::bounded;

/// How bad it is, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// People see what they should not, or nothing at all.
    Error,
    Warning,
    Advice,
}

impl Severity {
    pub fn label(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Advice => "advice",
        }
    }

    /// What is not understood is taken for the worst.
    pub fn from_label(label: &str) -> Severity {
        match label {
            "advice" => Severity::Advice,
            "warning" => Severity::Warning,
            _ => Severity::Error,
        }
    }
}

/// One thing that was found, and what mends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub severity: Severity,
    /// What it is about, as SQL or people name it.
    pub object: String,
    pub message: String,
    /// SQL that can be run as it is; None where a person has to decide.
    pub fix: Option<String>,
}

impl Finding {
    pub fn new(
        severity: Severity,
        object: impl Into<String>,
        message: impl Into<String>,
    ) -> Finding {
        Finding {
            severity,
            object: bounded(object.into()),
            message: bounded(message.into()),
            fix: None,
        }
    }

    #[must_use]
    pub fn fix(mut self, fix: impl Into<String>) -> Finding {
        self.fix = Some(fix.into());
        self
    }
}

/// A text as SQL writes it, whatever `standard_conforming_strings` says.
pub fn literal(text: &str) -> String {
    let doubled = text.replace('\'', "''");
    match doubled.contains('\\') {
        true => format!("E'{}'", doubled.replace('\\', "\\\\")),
        false => format!("'{doubled}'"),
    }
}
