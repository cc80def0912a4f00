//! Keys by which signatures of tokens are verified. The algorithm is the key's: what a token says of it can
//! only be refused.

use crate::core::{Error, Result};
use hmac::{Hmac, Mac};
use rsa::BigUint;
use sha2::{Digest, Sha256};
use signature::Verifier;
use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyAlgorithm {
    /// HMAC with SHA-256, by a secret that both sides have.
    Hs256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// Ed25519.
    EdDsa,
}

impl KeyAlgorithm {
    pub const ALL: [KeyAlgorithm; 4] = [
        KeyAlgorithm::Hs256,
        KeyAlgorithm::Rs256,
        KeyAlgorithm::Es256,
        KeyAlgorithm::EdDsa,
    ];

    pub fn label(self) -> &'static str {
        match self {
            KeyAlgorithm::Hs256 => "HS256",
            KeyAlgorithm::Rs256 => "RS256",
            KeyAlgorithm::Es256 => "ES256",
            KeyAlgorithm::EdDsa => "EdDSA",
        }
    }

    pub fn parse(label: &str) -> Result<KeyAlgorithm> {
        let mut all = Self::ALL.into_iter();
        all.find(|algorithm| algorithm.label() == label)
            .ok_or_else(|| {
                Error::bad_value(format!("\"{label}\" is no algorithm of a key"))
                    .hint("Algorithms are HS256, RS256, ES256 and EdDSA.")
            })
    }

    /// Whether the header of a token names it. RFC 9864 calls EdDSA on this curve by the curve's name.
    pub(super) fn is_named(self, by_header: &str) -> bool {
        by_header == self.label() || self == KeyAlgorithm::EdDsa && by_header == "Ed25519"
    }

    pub fn is_symmetric(self) -> bool {
        self == KeyAlgorithm::Hs256
    }
}

const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=4096;

/// A key that can verify.
#[derive(Clone, PartialEq, Eq)]
pub enum TokenKey {
    Hs256(String),
    Rs256(Box<rsa::RsaPublicKey>),
    Es256(p256::ecdsa::VerifyingKey),
    EdDsa(ed25519_dalek::VerifyingKey),
}

impl TokenKey {
    /// The library refuses exponents and moduli that can be none.
    pub(super) fn rsa(modulus: BigUint, exponent: BigUint) -> Option<TokenKey> {
        let is_long_enough = RSA_BITS.contains(&modulus.bits());
        let key = rsa::RsaPublicKey::new(modulus, exponent).ok()?;
        is_long_enough.then(|| TokenKey::Rs256(Box::new(key)))
    }

    /// Under keys of small order, signatures of nobody hold.
    pub(super) fn ed25519(key: ed25519_dalek::VerifyingKey) -> Option<TokenKey> {
        (!key.is_weak()).then_some(TokenKey::EdDsa(key))
    }

    pub fn algorithm(&self) -> KeyAlgorithm {
        match self {
            TokenKey::Hs256(_) => KeyAlgorithm::Hs256,
            TokenKey::Rs256(_) => KeyAlgorithm::Rs256,
            TokenKey::Es256(_) => KeyAlgorithm::Es256,
            TokenKey::EdDsa(_) => KeyAlgorithm::EdDsa,
        }
    }

    /// Whether a signature is this key's, of these very bytes.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            TokenKey::Hs256(secret) => {
                let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
                    return false;
                };
                mac.update(message);
                // Compares in a time that tells nothing.
                mac.verify_slice(signature).is_ok()
            }
            TokenKey::Rs256(key) => {
                let of = rsa::pkcs1v15::Signature::try_from(signature);
                let key = rsa::pkcs1v15::VerifyingKey::<Sha256>::new((**key).clone());
                of.is_ok_and(|of| key.verify(message, &of).is_ok())
            }
            // Two numbers of 32 bytes (RFC 7518, section 3.4), no DER.
            TokenKey::Es256(key) => {
                let of = p256::ecdsa::Signature::from_slice(signature);
                of.is_ok_and(|of| key.verify(message, &of).is_ok())
            }
            TokenKey::EdDsa(key) => {
                let of = ed25519_dalek::Signature::from_slice(signature);
                of.is_ok_and(|of| key.verify_strict(message, &of).is_ok())
            }
        }
    }
}

/// What a key that is stored is known by again: nobody finds another algorithm and text of the same hash.
pub fn fingerprint(algorithm: &str, stored: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(algorithm);
    hash.update([0]);
    hash.update(stored);
    hash.finalize().into()
}

impl fmt::Debug for TokenKey {
    /// Without the key: what is shown may be written down somewhere.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "a key for {}", self.algorithm().label())
    }
}
