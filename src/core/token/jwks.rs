//! What an identity provider publishes: a set of keys (RFC 7517, section 5), and what becomes of the keys that
//! are there when they are made equal to it.

use crate::core::error::must_fit;
use crate::core::json_object::JsonFields;
use crate::core::token::jwk;
use crate::core::token::key::{KeyAlgorithm, TokenKey};
use crate::core::{Error, Result};
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// A key of a set, or one that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JwksKey {
    pub kid: String,
    pub algorithm: KeyAlgorithm,
    /// As it is stored. Of keys with a secret it is not looked at.
    pub stored: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JwksChange {
    Added,
    Replaced,
    Dropped,
    /// A key of the set that verifies no tokens here.
    Ignored,
}

impl JwksChange {
    pub fn label(self) -> &'static str {
        match self {
            JwksChange::Added => "added",
            JwksChange::Replaced => "replaced",
            JwksChange::Dropped => "dropped",
            JwksChange::Ignored => "ignored",
        }
    }
}

/// What makes the keys that are there equal to a set, for people; and what is to be stored, and to go.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct JwksDiff {
    /// With the key's name and its algorithm, as far as it has them.
    pub told: Vec<(JwksChange, Option<String>, Option<&'static str>)>,
    pub stored: Vec<JwksKey>,
    pub gone: Vec<String>,
}

/// What is longer is no set of keys. In bytes.
const LONGEST_SET: usize = 1 << 20;

impl JwksDiff {
    /// Keys with a secret stay as they are, and a set cannot have their names.
    pub fn new(set: &str, present: &[JwksKey]) -> Result<JwksDiff> {
        let mut diff = JwksDiff::default();
        let mut wanted = BTreeMap::new();
        for (at, jwk) in keys_of(set)?.into_iter().enumerate() {
            let path = format!("keys[{at}]");
            match read(jwk).map_err(|error| error.at(&path))? {
                Ok(key) => {
                    if wanted.insert(key.kid.clone(), key).is_some() {
                        return Err(Error::bad_value("a key before it has the same kid").at(&path));
                    }
                }
                Err((kid, algorithm)) => {
                    let algorithm = algorithm.map(KeyAlgorithm::label);
                    diff.told.push((JwksChange::Ignored, kid, algorithm));
                }
            }
        }
        for before in present {
            let after = wanted.remove(&before.kid);
            let change = match &after {
                Some(_) if before.algorithm.is_symmetric() => {
                    return Err(Error::exists(format!(
                        "key \"{}\" is a secret for HS256, and a set of public keys cannot replace it",
                        before.kid
                    ))
                    .hint("sharing.drop_key(kid) drops it."));
                }
                None if before.algorithm.is_symmetric() => continue,
                Some(after) if after == before => continue,
                Some(after) => (JwksChange::Replaced, after.algorithm),
                None => (JwksChange::Dropped, before.algorithm),
            };
            diff.gone.push(before.kid.clone());
            diff.told
                .push((change.0, Some(before.kid.clone()), Some(change.1.label())));
            diff.stored.extend(after);
        }
        for key in wanted.into_values() {
            let algorithm = Some(key.algorithm.label());
            diff.told
                .push((JwksChange::Added, Some(key.kid.clone()), algorithm));
            diff.stored.push(key);
        }
        Ok(diff)
    }
}

fn keys_of(set: &str) -> Result<Vec<&RawValue>> {
    let no_set = |what: &str| {
        Error::bad_value(format!("this is no set of keys: {what}"))
            .hint("A set is what an identity provider publishes: {\"keys\": [{\"kty\": …, \"kid\": …}, …]}.")
    };
    if set.len() > LONGEST_SET {
        return Err(no_set("it is too large"));
    }
    let fields = JsonFields::read(set).ok_or_else(|| no_set("it is no object"))?;
    let keys = fields
        .get("keys")
        .ok_or_else(|| no_set("it has no field keys"))?;
    serde_json::from_str(keys.get()).map_err(|_| no_set("keys is no array"))
}

/// What cannot be used is told by what it says of itself.
type NotUsed = (Option<String>, Option<KeyAlgorithm>);

fn read(jwk: &RawValue) -> Result<std::result::Result<JwksKey, NotUsed>> {
    let fields =
        JsonFields::read(jwk.get()).ok_or_else(|| Error::bad_value("this is no object"))?;
    if fields.has("d") {
        return Err(
            Error::bad_value("this is a private key, and a set is of public ones")
                .hint("Take it for known to others, and make a new one."),
        );
    }
    let kid = fields.string("kid").filter(|kid| !kid.is_empty());
    let algorithm = jwk::algorithm_of(&fields).filter(|_| jwk::is_for_signatures(&fields));
    let (Some(kid), Some(algorithm)) = (kid.clone(), algorithm) else {
        return Ok(Err((
            kid.filter(|kid| must_fit("", kid).is_ok()),
            algorithm,
        )));
    };
    must_fit("the kid of a key", &kid)?;
    Ok(match jwk::key_of(algorithm, &fields) {
        Some(key) => Ok(JwksKey {
            kid,
            algorithm,
            stored: TokenKey::stored(&key),
        }),
        None => Err((Some(kid), Some(algorithm))),
    })
}
