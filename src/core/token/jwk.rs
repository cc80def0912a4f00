//! Public keys as JSON Web Keys (RFC 7517, 7518, 8037).

use crate::core::json_object::JsonFields;
use crate::core::token::key::{KeyAlgorithm, TokenKey};
use base64ct::{Base64UrlUnpadded, Encoding};
use p256::elliptic_curve::sec1::{FromEncodedPoint, ToEncodedPoint};
use rsa::BigUint;
use rsa::traits::PublicKeyParts;

pub(super) fn is_private(text: &str) -> bool {
    JsonFields::read(text).is_some_and(|jwk| jwk.has("d"))
}

pub(super) fn is_public(text: &str) -> bool {
    JsonFields::read(text).is_some_and(|jwk| jwk.has("kty"))
}

/// The key in a text; None where it is none for this algorithm.
pub(super) fn parse(algorithm: KeyAlgorithm, text: &str) -> Option<TokenKey> {
    let jwk = JsonFields::read(text)?;
    match algorithm_of(&jwk) == Some(algorithm) && is_for_signatures(&jwk) {
        true => key_of(algorithm, &jwk),
        false => None,
    }
}

/// The algorithm that a key is for, by its kind and by what it says of itself. None for all others.
pub(super) fn algorithm_of(jwk: &JsonFields) -> Option<KeyAlgorithm> {
    let kind = (jwk.string("kty")?, jwk.string("crv"));
    let algorithm = match (kind.0.as_str(), kind.1.as_deref()) {
        ("RSA", _) => KeyAlgorithm::Rs256,
        ("EC", Some("P-256")) => KeyAlgorithm::Es256,
        ("OKP", Some("Ed25519")) => KeyAlgorithm::EdDsa,
        _ => return None,
    };
    let says_so = match jwk.has("alg") {
        true => jwk
            .string("alg")
            .is_some_and(|named| algorithm.is_named(&named)),
        false => true,
    };
    says_so.then_some(algorithm)
}

pub(super) fn is_for_signatures(jwk: &JsonFields) -> bool {
    let is_used = !jwk.has("use") || jwk.string("use").as_deref() == Some("sig");
    let operations = jwk.get("key_ops").map(|operations| {
        let operations = serde_json::from_str::<Vec<String>>(operations.get());
        operations.is_ok_and(|operations| operations.iter().any(|one| one == "verify"))
    });
    is_used && operations.unwrap_or(true)
}

pub(super) fn key_of(algorithm: KeyAlgorithm, jwk: &JsonFields) -> Option<TokenKey> {
    let bytes = |name| Base64UrlUnpadded::decode_vec(&jwk.string(name)?).ok();
    match algorithm {
        KeyAlgorithm::Hs256 => None,
        KeyAlgorithm::Rs256 => {
            let number = |name| Some(BigUint::from_bytes_be(&bytes(name)?));
            TokenKey::rsa(number("n")?, number("e")?)
        }
        KeyAlgorithm::Es256 => {
            let coordinate = |name| <[u8; 32]>::try_from(bytes(name)?).ok();
            let (x, y) = (coordinate("x")?, coordinate("y")?);
            let point = p256::EncodedPoint::from_affine_coordinates(&x.into(), &y.into(), false);
            let key = Option::from(p256::PublicKey::from_encoded_point(&point));
            key.map(|key: p256::PublicKey| TokenKey::Es256(key.into()))
        }
        KeyAlgorithm::EdDsa => {
            let x = <[u8; 32]>::try_from(bytes("x")?).ok()?;
            TokenKey::ed25519(ed25519_dalek::VerifyingKey::from_bytes(&x).ok()?)
        }
    }
}

/// The text of a public key, always the same for the same key.
pub(super) fn text(key: &TokenKey) -> String {
    let encoded = Base64UrlUnpadded::encode_string;
    let jwk = match key {
        TokenKey::Hs256(_) => serde_json::Value::Null,
        TokenKey::Rs256(key) => serde_json::json!({
            "kty": "RSA",
            "n": encoded(&key.n().to_bytes_be()),
            "e": encoded(&key.e().to_bytes_be()),
        }),
        TokenKey::Es256(key) => {
            let point = p256::PublicKey::from(key).to_encoded_point(false);
            let coordinate = |bytes: Option<&p256::FieldBytes>| bytes.map(|bytes| encoded(bytes));
            serde_json::json!({
                "kty": "EC",
                "crv": "P-256",
                "x": coordinate(point.x()),
                "y": coordinate(point.y()),
            })
        }
        TokenKey::EdDsa(key) => serde_json::json!({
            "kty": "OKP",
            "crv": "Ed25519",
            "x": encoded(key.as_bytes()),
        }),
    };
    jwk.to_string()
}
