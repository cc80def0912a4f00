//! From what sessions of a trusted role take the user for whom they act (semantics: Who is asking).

use crate::core::error::{LONGEST_NAME, must_fit};
use crate::core::json_object::{JsonFields, number, string};
use crate::core::{Error, Result};
use serde::{Deserialize, Serialize};

/// A source of a role's own, in place of `sharing.user_key`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TrustSource {
    /// The setting, in lower case: PostgreSQL takes no notice of the case of names of settings.
    pub setting: String,
    /// The field of the JSON object in the setting; without it, its text is the key.
    pub claim: Option<String>,
}

/// What a source says.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Claimed {
    /// Nothing: it is no source then.
    Nothing,
    Key(String),
    /// Something that names nobody.
    Nobody,
}

/// The longest text of a setting that is looked at, in bytes. Claims come in the header of a request, which
/// has less.
pub const LONGEST_CLAIMS: usize = 64 << 10;

impl TrustSource {
    /// Refuses what is no setting that an application sets for itself.
    pub fn new(setting: Option<&str>, claim: Option<&str>) -> Result<Option<TrustSource>> {
        let Some(setting) = setting else {
            return match claim {
                None => Ok(None),
                Some(_) => Err(Error::bad_value(
                    "a claim is a field of what a setting holds, and no setting is named",
                )
                .hint("sharing.trust(role, setting => 'request.jwt.claims', claim => 'sub')")),
            };
        };
        must_fit("the name of a setting", setting)?;
        if let Some(claim) = claim {
            must_fit("the name of a claim", claim)?;
            if claim.is_empty() {
                return Err(Error::bad_value("the name of a claim is empty"));
            }
        }
        let setting = setting.to_ascii_lowercase();
        if !is_custom(&setting) {
            return Err(Error::bad_value(format!(
                "\"{setting}\" is not the name of a setting of an application's"
            ))
            .hint("Such names have words of letters, digits and underscores, with dots between them: request.jwt.claims."));
        }
        if setting.starts_with("sharing.") {
            return Err(Error::bad_value(format!(
                "\"{setting}\" is a setting of pg_sharing and no source"
            ))
            .hint("Without a setting, sessions of the role are known by sharing.user_key."));
        }
        Ok(Some(TrustSource {
            setting,
            claim: claim.map(str::to_owned),
        }))
    }

    /// The key that a text of the setting names.
    pub fn claimed(&self, text: &str) -> Claimed {
        let key = match &self.claim {
            _ if text.is_empty() => return Claimed::Nothing,
            _ if text.len() > LONGEST_CLAIMS => None,
            None => Some(text.to_owned()),
            Some(claim) => key_in(text, claim),
        };
        // Keys are short, and PostgreSQL's texts hold no NUL.
        match key.filter(|key| key.len() <= LONGEST_NAME * 4 && !key.contains('\0')) {
            Some(key) => Claimed::Key(key),
            None => Claimed::Nobody,
        }
    }
}

/// Numbers are taken as they are written: `1.0` is not the key `1`.
fn key_in(text: &str, claim: &str) -> Option<String> {
    let value = JsonFields::read(text)?.get(claim)?;
    string(value).or_else(|| number(value).map(str::to_owned))
}

/// As PostgreSQL wants the names of settings that nobody has defined.
fn is_custom(name: &str) -> bool {
    let is_word = |word: &str| {
        let starts = |c: char| c.is_ascii_alphabetic() || c == '_' || !c.is_ascii();
        word.starts_with(starts)
            && word
                .chars()
                .all(|c| starts(c) || c.is_ascii_digit() || c == '$')
    };
    name.contains('.') && name.split('.').all(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(setting: &str, claim: Option<&str>) -> TrustSource {
        let source = TrustSource::new(Some(setting), claim).expect("a source");
        source.expect("a setting")
    }

    #[test]
    fn settings_of_applications_alone() {
        assert_eq!(TrustSource::new(None, None), Ok(None));
        assert_eq!(
            source("Request.JWT.claims", None).setting,
            "request.jwt.claims"
        );
        for setting in [
            "",
            "role",
            "search_path",
            ".",
            "a.",
            ".b",
            "a..b",
            "a b.c",
            "1a.b",
            "a.b-c",
            "sharing.user_key",
            "SHARING.user_key",
            "sharing.x",
        ] {
            assert!(TrustSource::new(Some(setting), None).is_err(), "{setting}");
        }
        assert!(TrustSource::new(None, Some("sub")).is_err());
        assert!(TrustSource::new(Some("a.b"), Some("")).is_err());
        assert!(TrustSource::new(Some(&"a.b".repeat(100)), None).is_err());
    }

    #[test]
    fn the_text_of_a_setting() {
        let source = source("request.jwt.claim.sub", None);
        assert_eq!(source.claimed(""), Claimed::Nothing);
        for text in ["42", " ", "{\"sub\": 1}"] {
            assert_eq!(source.claimed(text), Claimed::Key(text.to_owned()));
        }
        // As long as a key of a user can be, one byte more, and more than is looked at.
        let long = "x".repeat(800);
        assert_eq!(source.claimed(&long), Claimed::Key(long.clone()));
        assert_eq!(source.claimed(&format!("{long}x")), Claimed::Nobody);
        assert_eq!(source.claimed(&"x".repeat(1 << 20)), Claimed::Nobody);
    }

    #[test]
    fn a_field_of_the_object_in_a_setting() {
        let source = source("request.jwt.claims", Some("sub"));
        assert_eq!(source.claimed(""), Claimed::Nothing);
        for (text, key) in [
            (r#"{"sub": "42"}"#, "42"),
            (r#"{"role":"web_user","sub":"a\u00e4\"b"}"#, "aä\"b"),
            (r#"{"sub": 42}"#, "42"),
            (r#"{"sub": 18446744073709551616}"#, "18446744073709551616"),
            (r#"{"sub": 1.0}"#, "1.0"),
            (r#"{"sub": 1e3}"#, "1e3"),
            (r#"{"sub": -0}"#, "-0"),
            (r#"{"sub": "7", "app": {"sub": "8", "sub": [[[]]]}}"#, "7"),
            (r#"{"sub": " 7"}"#, " 7"),
            (r#"{"sub": ""}"#, ""),
        ] {
            assert_eq!(source.claimed(text), Claimed::Key(key.to_owned()), "{text}");
        }
        let large = format!(r#"{{"sub": "42", "x": "{}"}}"#, "y".repeat(64 << 10));
        for text in [
            " ",
            "42",
            "\"42\"",
            "null",
            "[]",
            "{}",
            r#"[{"sub": "42"}]"#,
            r#"{"sub": null}"#,
            r#"{"sub": true}"#,
            r#"{"sub": ["42"]}"#,
            r#"{"sub": {"sub": "42"}}"#,
            r#"{"Sub": "42"}"#,
            r#"{"sub": "42""#,
            r#"{"sub": "42"} x"#,
            r#"{"sub": "42", "sub": "42"}"#,
            r#"{"sub": "42", "\u0073ub": "43"}"#,
            r#"{"sub": "42", "a": 1, "a": 1}"#,
            r#"{"sub": "4\u00002"}"#,
            r#"{"sub": "\ud800"}"#,
            r#"{"sub": 042}"#,
            r#"{"sub": .5}"#,
            r#"{"sub": NaN}"#,
            r#"{sub: "42"}"#,
            r#"{'sub': '42'}"#,
            large.as_str(),
        ] {
            assert_eq!(source.claimed(text), Claimed::Nobody, "{text}");
        }
        let deep = format!(
            r#"{{"a": {}{}, "sub": "42"}}"#,
            "[".repeat(20_000),
            "]".repeat(20_000)
        );
        assert_eq!(source.claimed(&deep), Claimed::Key("42".to_owned()));
        let unclosed = format!(r#"{{"sub": "42", "a": {}"#, "[".repeat(60_000));
        assert_eq!(source.claimed(&unclosed), Claimed::Nobody);
    }
}
