//! Keys as texts: what people add, and what is stored.

use crate::core::token::jwk;
use crate::core::token::key::{KeyAlgorithm, TokenKey};
use crate::core::{Error, Result};
use ed25519_dalek::pkcs8::DecodePublicKey;
use rsa::pkcs1::DecodeRsaPublicKey;
use rsa::traits::PublicKeyParts;

/// The least that a secret has, in bytes: as many as its hash (RFC 7518, section 3.2).
const SHORTEST_SECRET: usize = 32;
/// What is longer is no key, and would not be stored in one row. In bytes.
const LONGEST_KEY: usize = 4 << 10;

impl TokenKey {
    /// The key in a text: a secret as it is, a public key as PEM or JWK.
    pub fn parse(algorithm: KeyAlgorithm, text: &str) -> Result<TokenKey> {
        let label = algorithm.label();
        if text.len() > LONGEST_KEY {
            return Err(Error::bad_value(format!(
                "the key has {} bytes, and can have at most {LONGEST_KEY}",
                text.len()
            )));
        }
        if algorithm.is_symmetric() {
            return Self::secret(text);
        }
        let text = text.trim();
        if text.contains("PRIVATE KEY-----") || jwk::is_private(text) {
            return Err(Error::bad_value(format!(
                "this is a private key, and {label} is verified by the public one"
            ))
            .hint("Whoever issues tokens keeps the private key. Take this one for known to others, and make a new one."));
        }
        let key = match text.starts_with('{') {
            true => jwk::parse(algorithm, text),
            false => Self::from_pem(algorithm, text),
        };
        key.ok_or_else(|| {
            Error::bad_value(format!("the key is no public key for {label}")).hint(match algorithm {
                KeyAlgorithm::Rs256 => "RS256 takes an RSA key of 2048 to 4096 bits, as PEM (BEGIN PUBLIC KEY) or as JWK with kty RSA.",
                KeyAlgorithm::Es256 => "ES256 takes a key on the curve P-256, as PEM (BEGIN PUBLIC KEY) or as JWK with kty EC.",
                _ => "EdDSA takes an Ed25519 key, as PEM (BEGIN PUBLIC KEY) or as JWK with kty OKP.",
            })
        })
    }

    fn secret(text: &str) -> Result<TokenKey> {
        if text.len() < SHORTEST_SECRET {
            return Err(Error::bad_value(format!(
                "a secret for HS256 has at least {SHORTEST_SECRET} bytes, and this one has {}",
                text.len()
            ))
            .hint("For example: openssl rand -base64 32"));
        }
        // Whoever takes a public key for a secret lets everybody sign who can read it.
        if text.contains("-----BEGIN ") || jwk::is_public(text) {
            return Err(Error::bad_value("a secret for HS256 is no PEM and no JWK")
                .hint("Public keys are added with the algorithm that they are for: RS256, ES256 or EdDSA."));
        }
        Ok(TokenKey::Hs256(text.to_owned()))
    }

    fn from_pem(algorithm: KeyAlgorithm, text: &str) -> Option<TokenKey> {
        match algorithm {
            KeyAlgorithm::Hs256 => None,
            KeyAlgorithm::Rs256 => {
                let key = rsa::RsaPublicKey::from_public_key_pem(text).ok();
                let key = key.or_else(|| rsa::RsaPublicKey::from_pkcs1_pem(text).ok())?;
                Self::rsa(key.n().clone(), key.e().clone())
            }
            KeyAlgorithm::Es256 => p256::ecdsa::VerifyingKey::from_public_key_pem(text)
                .ok()
                .map(TokenKey::Es256),
            KeyAlgorithm::EdDsa => {
                let key = ed25519_dalek::VerifyingKey::from_public_key_pem(text).ok()?;
                Self::ed25519(key)
            }
        }
    }

    /// The one text by which it is stored: the secret, or the public key as JWK. [`TokenKey::parse`] reads it.
    pub fn stored(&self) -> String {
        match self {
            TokenKey::Hs256(secret) => secret.clone(),
            _ => jwk::text(self),
        }
    }
}
