//! Errors as values: raised as PostgreSQL errors only at the edge, in `api` (semantics: Errors).

use std::fmt;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The conditions of docs/semantics.md (Errors).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sqlstate {
    /// 42501
    NotAllowed,
    /// 42704
    Unknown,
    /// 42710
    Exists,
    /// 22023
    BadValue,
    /// 55000
    NotPossible,
    /// 2BP01
    InUse,
    /// 0A000
    Unsupported,
    /// 22004
    NullArgument,
    /// 42809
    WrongObject,
    /// 42703
    UndefinedColumn,
    /// 28000
    NotAuthenticated,
    /// 40001
    Retry,
    /// XX000
    Internal,
}

#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Error {
    pub sqlstate: Sqlstate,
    pub message: String,
    pub detail: Option<String>,
    pub hint: Option<String>,
}

impl Error {
    pub fn new(sqlstate: Sqlstate, message: impl Into<String>) -> Self {
        Error {
            sqlstate,
            message: bounded(message.into()),
            detail: None,
            hint: None,
        }
    }

    pub fn not_allowed(message: impl Into<String>) -> Self {
        Self::new(Sqlstate::NotAllowed, message)
    }

    pub fn unknown(message: impl Into<String>) -> Self {
        Self::new(Sqlstate::Unknown, message)
    }

    pub fn exists(message: impl Into<String>) -> Self {
        Self::new(Sqlstate::Exists, message)
    }

    pub fn bad_value(message: impl Into<String>) -> Self {
        Self::new(Sqlstate::BadValue, message)
    }

    pub fn not_possible(message: impl Into<String>) -> Self {
        Self::new(Sqlstate::NotPossible, message)
    }

    pub fn in_use(message: impl Into<String>) -> Self {
        Self::new(Sqlstate::InUse, message)
    }

    /// `uses` are texts such as `user "42"`.
    pub fn still_in_use(what: &str, name: &str, uses: &[String]) -> Self {
        Self::in_use(format!("{what} \"{name}\" is still in use"))
            .detail(format!("It is used by {}.", some_of(uses)))
    }

    pub fn unsupported(message: impl Into<String>) -> Self {
        Self::new(Sqlstate::Unsupported, message)
    }

    pub fn wrong_object(message: impl Into<String>) -> Self {
        Self::new(Sqlstate::WrongObject, message)
    }

    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(Sqlstate::Internal, message)
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(bounded(hint.into()));
        self
    }

    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(bounded(detail.into()));
        self
    }

    /// Puts the place where the value stands before the message: `users[3].role: …`.
    pub fn at(mut self, path: &str) -> Self {
        self.message = bounded(format!("{path}: {}", self.message));
        self
    }
}

/// A list, as messages show it: the first ten, and how many there are besides.
pub fn some_of(all: &[String]) -> String {
    let shown = all.iter().take(10).cloned().collect::<Vec<_>>().join(", ");
    match all.len() {
        0..=10 => shown,
        count => format!("{shown} and {} more", count - 10),
    }
}

/// The longest name or key, in characters: every index entry that holds some of them fits.
pub const LONGEST_NAME: usize = 200;

/// Refuses a name or key that is too long; `what` says whose it is, as in "the name of a role".
pub fn must_fit(what: &str, name: &str) -> Result<()> {
    if name.len() <= LONGEST_NAME {
        return Ok(());
    }
    match name.chars().count() {
        0..=LONGEST_NAME => Ok(()),
        length => Err(Error::bad_value(format!(
            "{what} has {length} characters, and can have at most {LONGEST_NAME}"
        ))),
    }
}

/// The longest key of a record that is told of, in bytes: an index holds it with two numbers.
const LONGEST_RECORD_KEY: usize = 2000;

/// Refuses a record whose key is too long to be told of; `what` says what the record is, as in "a shared
/// record".
pub fn record_must_fit(what: &str, key: &str) -> Result<()> {
    match key.len() {
        0..=LONGEST_RECORD_KEY => Ok(()),
        length => Err(Error::bad_value(format!(
            "the key of {what} has {length} bytes, and can have at most {LONGEST_RECORD_KEY}"
        ))),
    }
}

/// The most that a message, a detail or a hint says, in characters.
const LONGEST_TEXT: usize = 1000;

/// Texts quote what the caller passed, which has any length. Where one is too long its middle goes: what
/// the sentence is about stands at its beginning, what it says of it often at its end.
pub fn bounded(text: String) -> String {
    const SHOWN_AT_END: usize = LONGEST_TEXT / 4;
    if text.len() <= LONGEST_TEXT || text.chars().count() <= LONGEST_TEXT {
        return text;
    }
    let place = |at: Option<(usize, char)>| at.map_or(0, |(place, _)| place);
    let head = place(text.char_indices().nth(LONGEST_TEXT - SHOWN_AT_END - 1));
    let tail = place(text.char_indices().nth_back(SHOWN_AT_END - 1));
    format!("{}…{}", &text[..head], &text[tail..])
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
