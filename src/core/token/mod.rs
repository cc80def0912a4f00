//! Signed tokens (semantics: Who is asking, *Signed tokens*): JSON Web Tokens (RFC 7519) as signatures in their compact form
//! (RFC 7515), and the keys by which they are verified.
//!
//! In: texts of strangers, the keys that were added, the name of the database, the time. Out: what a token
//! says, or which check failed. No text of a token or a key is part of an error.

mod claims;
mod jwk;
mod jwks;
mod key;
mod key_text;
#[cfg(test)]
mod tests;

pub use claims::{Token, verify};
pub use jwks::{JwksChange, JwksDiff, JwksKey};
pub use key::{KeyAlgorithm, TokenKey, fingerprint};
