//! What a token says, once its signature was found good.

use crate::core::json_object::{JsonFields, number, string};
use crate::core::token::key::TokenKey;
use crate::core::{Error, Result, Sqlstate};
use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::value::RawValue;

/// What a valid token says. Times are microseconds since 1970, in UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    pub user_key: String,
    pub kid: String,
    /// It holds from this moment on.
    pub begins: i64,
    /// And not from this one on.
    pub ends: i64,
    pub for_session: bool,
}

/// What is longer is no token. In bytes: headers of requests have less.
const LONGEST_TOKEN: usize = 64 << 10;

/// How much the clock of an issuer may be ahead, in microseconds, where a token says when it was issued.
const CLOCKS_DIFFER: i64 = 60_000_000;

/// The longest key of a user, in characters of up to four bytes.
const LONGEST_SUBJECT: usize = crate::core::error::LONGEST_NAME * 4;

/// Checks a token: its form, its signature by the key that its header names, then what it says. Nothing of
/// what it says counts, or is told of, before the signature is good; a key that nobody knows is a signature
/// that does not hold.
pub fn verify(
    token: &str,
    audience: &str,
    now: i64,
    key_of: impl FnOnce(&str) -> Result<Option<TokenKey>>,
) -> Result<Token> {
    if token.len() > LONGEST_TOKEN {
        return Err(malformed("it is too long"));
    }
    let (signed, signature) = token.rsplit_once('.').unwrap_or_default();
    let (header, payload) = signed.split_once('.').unwrap_or_default();
    if header.is_empty() || payload.is_empty() || payload.contains('.') {
        return Err(malformed(
            "it does not have three parts with dots between them",
        ));
    }
    let header = decoded(header).ok_or_else(|| malformed("its header cannot be decoded"))?;
    let header = JsonFields::read(&header)
        .ok_or_else(|| malformed("its header is no JSON object that has each field once"))?;
    let signature = Base64UrlUnpadded::decode_vec(signature)
        .map_err(|_| malformed("its signature cannot be decoded"))?;
    if header.has("crit") {
        return Err(malformed(
            "its header asks for extensions, of which there are none",
        ));
    }
    let kid = header
        .string("kid")
        .ok_or_else(|| malformed("its header names no key (kid)"))?;
    let algorithm = header
        .string("alg")
        .ok_or_else(|| malformed("its header names no algorithm (alg)"))?;
    let key = key_of(&kid)?.filter(|key| key.algorithm().is_named(&algorithm));
    if !key.is_some_and(|key| key.verifies(signed.as_bytes(), &signature)) {
        return Err(refused("its signature is not valid"));
    }
    let payload = decoded(payload).ok_or_else(|| malformed("its claims cannot be decoded"))?;
    let claims = JsonFields::read(&payload)
        .ok_or_else(|| malformed("its claims are no JSON object that has each field once"))?;
    read(&claims, kid, audience, now)
}

fn read(claims: &JsonFields, kid: String, audience: &str, now: i64) -> Result<Token> {
    let user_key = claims
        .string("sub")
        .filter(|key| !key.is_empty() && key.len() <= LONGEST_SUBJECT && !key.contains('\0'))
        .ok_or_else(|| refused("it names no user: sub must be a user's key, as a string"))?;
    let ends =
        moment(claims, "exp")?.ok_or_else(|| refused("it does not say when it expires (exp)"))?;
    if now >= ends {
        return Err(refused("it has expired"));
    }
    let begins = moment(claims, "nbf")?.unwrap_or(i64::MIN);
    let issued = moment(claims, "iat")?.unwrap_or(i64::MIN);
    if now < begins || now < issued.saturating_sub(CLOCKS_DIFFER) {
        return Err(refused("it is not valid yet"));
    }
    if let Some(named) = claims.get("aud")
        && !names(named, audience)
    {
        return Err(refused(
            "it is for another audience than this database (aud)",
        ));
    }
    Ok(Token {
        user_key,
        kid,
        begins,
        ends,
        for_session: claims.string("scope").as_deref() == Some("session"),
    })
}

/// A number of seconds since 1970, which may have decimals; None where there is no such claim.
fn moment(claims: &JsonFields, name: &str) -> Result<Option<i64>> {
    const MICROSECONDS: f64 = 1_000_000.0;
    let Some(value) = claims.get(name) else {
        return Ok(None);
    };
    let seconds = number(value).and_then(|number| number.parse::<f64>().ok());
    match seconds.filter(|seconds| seconds.is_finite()) {
        // What is too far away to be told becomes the farthest that can be.
        Some(seconds) => Ok(Some((seconds * MICROSECONDS) as i64)),
        None => Err(malformed(match name {
            "exp" => "exp is no number of seconds",
            "nbf" => "nbf is no number of seconds",
            _ => "iat is no number of seconds",
        })),
    }
}

/// Whether a string, or an array of strings, names an audience.
fn names(value: &RawValue, audience: &str) -> bool {
    match string(value) {
        Some(one) => one == audience,
        None => serde_json::from_str::<Vec<String>>(value.get())
            .is_ok_and(|several| several.iter().any(|one| one == audience)),
    }
}

/// The text that base64url without padding stands for: each text is written in one way only.
fn decoded(part: &str) -> Option<String> {
    String::from_utf8(Base64UrlUnpadded::decode_vec(part).ok()?).ok()
}

fn malformed(what: &str) -> Error {
    Error::new(
        Sqlstate::NotAuthenticated,
        format!("the token is malformed: {what}"),
    )
}

fn refused(what: &str) -> Error {
    Error::new(
        Sqlstate::NotAuthenticated,
        format!("the token is not valid: {what}"),
    )
}
