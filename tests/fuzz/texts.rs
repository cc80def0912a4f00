//! Texts near good ones.

use base64ct::{Base64UrlUnpadded, Encoding};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::collections::BTreeMap;

/// What is good, or as other software makes it to deceive: tests/support/tokens/make.py, and some by hand.
pub struct Texts {
    pub made: BTreeMap<&'static str, String>,
    pub tokens: Vec<String>,
    pub sets: Vec<String>,
    pub keys: Vec<String>,
    pub headers: Vec<String>,
    pub claims: Vec<String>,
}

impl Texts {
    pub fn read() -> Texts {
        let lines = include_str!("../support/tokens/tokens.sql").lines();
        let values = lines.filter_map(|line| {
            let (name, value) = line.strip_prefix("\\set ")?.split_once(' ')?;
            let value = value.trim_matches('\'');
            Some((name, value.replace("\\n", "\n").replace("\\\\", "\\")))
        });
        let made: BTreeMap<&'static str, String> = values.collect();
        let that = |is_wanted: fn(&str, &str) -> bool| -> Vec<String> {
            let wanted = made.iter().filter(|(name, text)| is_wanted(name, text));
            wanted.map(|(_, text)| text.clone()).collect()
        };
        let own = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Texts {
            tokens: that(|_, text| text.starts_with("eyJ")),
            sets: that(|name, _| name.ends_with("jwks")),
            keys: that(|name, text| {
                !name.ends_with("jwks") && (text.contains('{') || text.contains("-----"))
            }),
            headers: own(&[
                r#"{"alg":"HS256","kid":"k-HS256"}"#,
                r#"{"typ":"JWT","alg":"HS256","kid":"k-HS256","crit":[]}"#,
                r#"{"alg":"ES256","kid":"k-ES256"}"#,
            ]),
            claims: own(&[
                r#"{"sub":"2","exp":4102444800,"nbf":1,"iat":2,"aud":["regress_tokens_algorithms"],"scope":"session"}"#,
                r#"{"sub":"a\u00e4\"\ud83d\ude00","exp":4.1024448e9,"aud":"regress_tokens_algorithms"}"#,
                r#"{"exp":4102444800,"app":{"sub":[{"sub":"3"}]},"sub":-12.50}"#,
            ]),
            made,
        }
    }
}

/// Small, and the same every time: xorshift.
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides.max(1) as u64) as usize
    }
}

const PIECES: [&[u8]; 24] = [
    b".",
    b"{",
    b"}",
    b"\"",
    b"\\u0000",
    b"\\ud800",
    b"\\ud83d\\ude00",
    b"\xef\xbb\xbf",
    b"[",
    b"]",
    b",",
    b":",
    b"1e999",
    b"18446744073709551616",
    b"-",
    b"eyJ",
    b"=",
    b"\0",
    b"\xc3\xa4",
    b"\"kid\":",
    b"\"sub\":",
    b"null",
    b"\"keys\":[",
    b"AAAA",
];

/// Another text near one of these.
pub fn mutated(dice: &mut Dice, texts: &[String]) -> String {
    let mut bytes = texts[dice.roll(texts.len())].clone().into_bytes();
    for _ in 0..=dice.roll(4) {
        let at = dice.roll(bytes.len() + 1);
        match dice.roll(7) {
            0 if at < bytes.len() => bytes[at] ^= 1 << dice.roll(8),
            1 if at < bytes.len() => drop(bytes.remove(at)),
            2 => bytes.truncate(at),
            3 => drop(bytes.splice(at..at, PIECES[dice.roll(PIECES.len())].iter().copied())),
            4 => {
                let other = texts[dice.roll(texts.len())].as_bytes();
                let from = dice.roll(other.len() + 1);
                bytes.truncate(at);
                bytes.extend(&other[from..]);
            }
            5 => {
                let (from, length) = (dice.roll(bytes.len() + 1), dice.roll(20));
                let piece = bytes[from..bytes.len().min(from + length)].to_vec();
                drop(bytes.splice(at..at, piece));
            }
            _ => bytes.insert(at, dice.roll(256) as u8),
        }
    }
    match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    }
}

/// A token by the secret; both texts as they are.
pub fn signed(header: &str, claims: &str) -> String {
    const SECRET: &str = "a secret that only two know, of 43 characters";
    let encoded = Base64UrlUnpadded::encode_string;
    let message = format!(
        "{}.{}",
        encoded(header.as_bytes()),
        encoded(claims.as_bytes())
    );
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("a secret");
    mac.update(message.as_bytes());
    format!("{message}.{}", encoded(&mac.finalize().into_bytes()))
}
