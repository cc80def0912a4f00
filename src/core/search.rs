//! What can be named safe for searches (semantics: Search).

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SearchKind {
    Operator,
    Function,
}

impl SearchKind {
    pub fn label(self) -> &'static str {
        match self {
            SearchKind::Operator => "operator",
            SearchKind::Function => "function",
        }
    }

    pub fn from_label(label: &str) -> Option<Self> {
        [SearchKind::Operator, SearchKind::Function]
            .into_iter()
            .find(|kind| kind.label() == label)
    }
}

/// Whether LIKE takes a pattern: not where the escape character, a backslash, is the last. By the bytes:
/// none of another character is that of a backslash.
pub fn is_whole_pattern(pattern: &[u8]) -> bool {
    let mut bytes = pattern.iter();
    while let Some(byte) = bytes.next() {
        if *byte == b'\\' && bytes.next().is_none() {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::is_whole_pattern;

    #[test]
    fn a_pattern_does_not_end_in_its_escape_character() {
        for whole in ["", "%a%", r"\%", r"a\\", r"\\\\", "ä\\ä", "%ä"] {
            assert!(is_whole_pattern(whole.as_bytes()), "{whole}");
        }
        for cut in [r"\", r"a\", r"a\\\", r"%ä\", r"\%\"] {
            assert!(!is_whole_pattern(cut.as_bytes()), "{cut}");
        }
    }
}
