//! Random texts for what reads texts of strangers: tokens, keys and sets of keys, and the claims in a setting. Each text is
//! near one that is good. Whatever the bytes, there is an answer, and no panic; overflows are panics here. src/core/token/tests.rs
//! says how many.
#![forbid(unsafe_code)]

mod core;
mod texts;

use crate::core::Sqlstate;
use crate::core::token::{JwksDiff, KeyAlgorithm, TokenKey, verify};
use crate::core::trust::{Claimed, TrustSource};
use crate::texts::{Dice, Texts, mutated, signed};
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// What became of the texts.
#[derive(Debug, Default)]
pub struct Asked {
    pub texts: u64,
    /// How many came as far as a signature. That of a public key costs a thousand times as much as all the rest.
    pub signatures: u64,
    pub taken: u64,
}

const AUDIENCE: &str = "regress_tokens_algorithms";
/// 2026-01-01, in microseconds.
const NOW: i64 = 1_767_225_600_000_000;
const HS256: &str = "k-HS256";

/// One text in so many is verified by all the keys; for the others there is the secret alone, whose signature is cheap.
const BY_ALL_KEYS: usize = 2000;

/// Tokens: a third are signed with the secret, by claims that are no more what they were, and some headers; the others are
/// good ones that somebody has changed.
pub fn tokens(count: u64, seed: u64) -> Asked {
    let texts = Texts::read();
    let keys = keys(&texts);
    let secret = keys.get(HS256);
    let mut dice = Dice(seed);
    let mut asked = Asked::default();
    while asked.texts < count {
        let is_signed = dice.roll(3) == 0;
        let token = match is_signed {
            true => {
                let header = match dice.roll(4) {
                    0 => mutated(&mut dice, &texts.headers),
                    _ => texts.headers[0].clone(),
                };
                signed(&header, &mutated(&mut dice, &texts.claims))
            }
            false => mutated(&mut dice, &texts.tokens),
        };
        let by_all = dice.roll(BY_ALL_KEYS) == 0;
        let mut has_key = false;
        let verified = verify(&token, AUDIENCE, NOW, |kid| {
            let key = match by_all {
                true => keys.get(kid),
                false => secret.filter(|_| kid == HS256),
            };
            has_key = key.is_some();
            Ok(key.cloned())
        });
        asked.texts += 1;
        asked.signatures += u64::from(has_key);
        match verified {
            Ok(good) => {
                assert!(good.ends > NOW && good.begins <= NOW && !good.user_key.is_empty());
                // By public keys nobody here can sign: it must be one that was signed elsewhere, as it is.
                let is_whole = || {
                    let message = token.rsplit_once('.').map(|(message, _)| message);
                    let of = |known: &String| {
                        known.rsplit_once('.').map(|(message, _)| message) == message
                    };
                    texts.tokens.iter().any(of)
                };
                assert!(is_signed && good.kid == HS256 || is_whole(), "{token}");
                asked.taken += 1;
            }
            Err(error) => {
                assert_eq!(error.sqlstate, Sqlstate::NotAuthenticated);
                assert!(
                    error.message.len() < 100 && error.detail.is_none() && error.hint.is_none()
                );
            }
        }
    }
    asked
}

/// Sets of keys, and keys as JWK and PEM. What is taken is read again from what would be stored.
pub fn keys_and_sets(count: u64, seed: u64) -> Asked {
    let texts = Texts::read();
    let mut dice = Dice(seed);
    let mut asked = Asked::default();
    while asked.texts < count {
        let (near, is_set) = match dice.roll(2) {
            0 => (&texts.sets, true),
            _ => (&texts.keys, false),
        };
        let text = mutated(&mut dice, near);
        asked.texts += 1;
        if is_set {
            if let Ok(diff) = JwksDiff::new(&text, &[]) {
                for key in &diff.stored {
                    let again =
                        TokenKey::parse(key.algorithm, &key.stored).expect("what was stored");
                    assert_eq!(again.stored(), key.stored, "{text}");
                }
                asked.taken += 1;
            }
        } else if let Ok(key) = TokenKey::parse(KeyAlgorithm::ALL[dice.roll(4)], &text) {
            assert_eq!(
                TokenKey::parse(key.algorithm(), &key.stored()),
                Ok(key),
                "{text}"
            );
            asked.taken += 1;
        }
    }
    asked
}

/// The claims in a setting: whatever names a user is what another reader of JSON finds there, too.
pub fn claims(count: u64, seed: u64) -> Asked {
    let texts = Texts::read();
    let Ok(Some(source)) = TrustSource::new(Some("request.jwt.claims"), Some("sub")) else {
        panic!("no source");
    };
    let mut dice = Dice(seed);
    let mut asked = Asked::default();
    while asked.texts < count {
        let text = mutated(&mut dice, &texts.claims);
        asked.texts += 1;
        match source.claimed(&text) {
            Claimed::Nothing => assert!(text.is_empty()),
            Claimed::Nobody => {}
            Claimed::Key(key) => {
                let read: BTreeMap<String, Box<RawValue>> =
                    serde_json::from_str(&text).expect("a JSON object");
                let value = read.get("sub").expect("a field").get();
                match serde_json::from_str::<String>(value) {
                    Ok(other) => assert_eq!(other, key, "{text}"),
                    // A number, however large, is taken as it is written.
                    Err(_) => assert!(value == key && is_number(value), "{text}"),
                }
                asked.taken += 1;
            }
        }
    }
    asked
}

/// As RFC 8259 has them (section 6).
fn is_number(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    let (text, exponent) = match text.split_once(['e', 'E']) {
        Some((text, exponent)) => (text, exponent.strip_prefix(['+', '-']).unwrap_or(exponent)),
        None => (text, "0"),
    };
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|one| one.is_ascii_digit());
    let is_padded = whole.len() > 1 && whole.starts_with('0');
    [whole, decimals, exponent].into_iter().all(are_digits) && !is_padded
}

fn keys(texts: &Texts) -> BTreeMap<String, TokenKey> {
    let of = |algorithm: KeyAlgorithm| {
        let label = algorithm.label();
        let text = match algorithm {
            KeyAlgorithm::Hs256 => &texts.made["secret"],
            _ => &texts.made[format!("pem_{}", label.to_lowercase()).as_str()],
        };
        let key = TokenKey::parse(algorithm, text).expect("a key");
        (format!("k-{label}"), key)
    };
    KeyAlgorithm::ALL.into_iter().map(of).collect()
}
