use crate::core::token::{
    JwksChange, JwksDiff, JwksKey, KeyAlgorithm, Token, TokenKey, fingerprint, verify,
};
use crate::core::{Error, Sqlstate};
use base64ct::{Base64UrlUnpadded, Encoding};
use hmac::{Hmac, Mac};
use pg_sharing_fuzz::Asked;
use sha2::Sha256;
use std::collections::BTreeMap;

/// What other software made: tests/support/tokens/make.py.
fn made() -> BTreeMap<&'static str, String> {
    let lines = include_str!("../../../tests/support/tokens/tokens.sql").lines();
    let values = lines.filter_map(|line| {
        let (name, value) = line.strip_prefix("\\set ")?.split_once(' ')?;
        let value = value.trim_matches('\'');
        Some((name, value.replace("\\n", "\n").replace("\\\\", "\\")))
    });
    values.collect()
}

const AUDIENCE: &str = "regress_tokens_algorithms";
/// 2026-01-01, in microseconds.
const NOW: i64 = 1_767_225_600_000_000;
const FAR: i64 = 4_102_444_800_000_000;

fn keys() -> BTreeMap<String, TokenKey> {
    let made = made();
    let keys = KeyAlgorithm::ALL.map(|algorithm| {
        let label = algorithm.label();
        let text = match algorithm {
            KeyAlgorithm::Hs256 => &made["secret"],
            _ => &made[format!("pem_{}", label.to_lowercase()).as_str()],
        };
        let key = TokenKey::parse(algorithm, text).expect("a key");
        (format!("k-{label}"), key)
    });
    keys.into_iter().collect()
}

fn checked_at(token: &str, now: i64) -> Result<Token, Error> {
    let keys = keys();
    verify(token, AUDIENCE, now, |kid| Ok(keys.get(kid).cloned()))
}

fn checked(token: &str) -> Result<Token, Error> {
    checked_at(token, NOW)
}

/// The message of a refusal, which must hold nothing of the token.
fn refusal(token: &str) -> String {
    match checked(token) {
        Ok(_) => panic!("it is taken: {token}"),
        Err(error) => {
            assert_eq!(error.sqlstate, Sqlstate::NotAuthenticated, "{token}");
            assert_eq!((error.detail, error.hint), (None, None));
            assert!(
                error.message.starts_with("the token is "),
                "{}",
                error.message
            );
            error.message
        }
    }
}

const BAD_SIGNATURE: &str = "the token is not valid: its signature is not valid";

fn encoded(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

fn hmac(message: &str) -> Vec<u8> {
    const SECRET: &str = "a secret that only two know, of 43 characters";
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("a secret");
    mac.update(message.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// A token by the secret; both texts as they are.
fn signed(header: &str, claims: &str) -> String {
    let message = format!(
        "{}.{}",
        encoded(header.as_bytes()),
        encoded(claims.as_bytes())
    );
    format!("{message}.{}", encoded(&hmac(&message)))
}

const HEADER: &str = r#"{"alg":"HS256","kid":"k-HS256"}"#;

fn says(claims: &str) -> Result<Token, Error> {
    checked(&signed(HEADER, claims))
}

#[test]
fn tokens_of_every_algorithm() {
    let made = made();
    for algorithm in KeyAlgorithm::ALL {
        let name = algorithm.label().to_lowercase();
        let of = |what: &str| made[format!("{what}_{name}").as_str()].as_str();
        let good = checked(of("good")).expect("a good token");
        let kid = format!("k-{}", algorithm.label());
        assert_eq!((good.user_key.as_str(), good.kid), ("2", kid));
        assert_eq!((good.begins, good.ends), (i64::MIN, FAR));
        assert!(!good.for_session);
        assert!(checked(of("session")).expect("a good token").for_session);
        assert!(checked(of("here")).is_ok());
        assert_eq!(
            refusal(of("expired")),
            "the token is not valid: it has expired"
        );
        assert_eq!(
            refusal(of("early")),
            "the token is not valid: it is not valid yet"
        );
        assert!(refusal(of("elsewhere")).contains("audience"));
        for forged in ["other_key", "embedded"] {
            assert_eq!(refusal(of(forged)), BAD_SIGNATURE, "{forged}");
        }
        assert!(refusal(of("twice")).contains("each field once"));
        assert!(refusal(of("header_twice")).contains("each field once"));
        if algorithm != KeyAlgorithm::Hs256 {
            assert_eq!(refusal(of("confused")), BAD_SIGNATURE);
            assert_eq!(refusal(of("confused_jwk")), BAD_SIGNATURE);
        }
    }
    assert_eq!(refusal(&made["der_es256"]), BAD_SIGNATURE);
    // Both numbers are signatures (RFC 7518 asks for none of them); a token is no name by which anything is known.
    assert!(checked(&made["high_es256"]).is_ok() && checked(&made["low_es256"]).is_ok());
}

/// A key that nobody knows, another algorithm, and a signature that does not hold are answered alike.
#[test]
fn the_algorithm_is_the_keys() {
    let made = made();
    let claims = r#"{"sub":"2","exp":4102444800}"#;
    for header in [
        r#"{"alg":"HS256","kid":"nobody"}"#,
        r#"{"alg":"none","kid":"k-HS256"}"#,
        r#"{"alg":"None","kid":"k-HS256"}"#,
        r#"{"alg":"hs256","kid":"k-HS256"}"#,
        r#"{"alg":"HS512","kid":"k-HS256"}"#,
        r#"{"alg":"Ed25519","kid":"k-HS256"}"#,
        r#"{"alg":"RS256","kid":"k-HS256"}"#,
        r#"{"alg":"HS256","kid":"k-RS256"}"#,
        r#"{"alg":"HS256","kid":"k-HS256 "}"#,
        r#"{"alg":"HS256","kid":"K-HS256"}"#,
        r#"{"alg":"HS256","kid":"../../dev/null"}"#,
        r#"{"alg":"HS256","kid":"' OR true --"}"#,
        r#"{"alg":"HS256","kid":""}"#,
        r#"{"alg":"HS256","kid":"k-HS256\u0000"}"#,
    ] {
        assert_eq!(refusal(&signed(header, claims)), BAD_SIGNATURE, "{header}");
    }
    for name in ["hs256", "rs256", "es256", "eddsa"] {
        let good = &made[format!("good_{name}").as_str()];
        let (message, _) = good.rsplit_once('.').expect("three parts");
        assert_eq!(refusal(&format!("{message}.")), BAD_SIGNATURE);
        let (_, claims) = message.split_once('.').expect("three parts");
        let none = encoded(br#"{"alg":"none","kid":"k-HS256"}"#);
        assert_eq!(refusal(&format!("{none}.{claims}.")), BAD_SIGNATURE);
    }
    for (header, what) in [
        (r#"{"alg":"HS256"}"#, "kid"),
        (r#"{"kid":"k-HS256"}"#, "alg"),
        (r#"{"alg":"HS256","kid":1}"#, "kid"),
        (r#"{"alg":["HS256"],"kid":"k-HS256"}"#, "alg"),
        (r#"{"alg":"HS256","kid":"k-HS256","crit":[]}"#, "extensions"),
        (
            r#"{"alg":"HS256","kid":"k-HS256","b64":false,"crit":["b64"]}"#,
            "extensions",
        ),
        (r#"{"alg":"HS256","alg":"HS256","kid":"k-HS256"}"#, "once"),
        (r#"{"alg":"HS256","kid":"k-HS256"} "x""#, "once"),
        (r#"["HS256"]"#, "once"),
        ("", "three parts"),
    ] {
        assert!(refusal(&signed(header, claims)).contains(what), "{header}");
    }
}

#[test]
fn what_claims_must_be() {
    assert_eq!(
        says(r#"{"sub":"a b","exp":4102444800.5}"#)
            .expect("good")
            .ends,
        FAR + 500_000
    );
    assert_eq!(
        says(r#"{"sub":"2","exp":1e300}"#).expect("good").ends,
        i64::MAX
    );
    for (claims, what) in [
        (r#"{"exp":4102444800}"#, "sub"),
        (r#"{"sub":2,"exp":4102444800}"#, "sub"),
        (r#"{"sub":null,"exp":4102444800}"#, "sub"),
        (r#"{"sub":["2"],"exp":4102444800}"#, "sub"),
        (r#"{"sub":"","exp":4102444800}"#, "sub"),
        (r#"{"sub":"2\u0000","exp":4102444800}"#, "sub"),
        (r#"{"sub":"\ud800","exp":4102444800}"#, "sub"),
        (r#"{"sub":"2"}"#, "exp"),
        (r#"{"sub":"2","exp":"4102444800"}"#, "exp"),
        (r#"{"sub":"2","exp":null}"#, "exp"),
        (r#"{"sub":"2","exp":-1}"#, "expired"),
        (r#"{"sub":"2","exp":-1e300}"#, "expired"),
        (r#"{"sub":"2","exp":1e999}"#, "exp"),
        (r#"{"sub":"2","exp":4102444800,"nbf":"0"}"#, "nbf"),
        (r#"{"sub":"2","exp":4102444800,"iat":[]}"#, "iat"),
        (
            r#"{"sub":"2","exp":4102444800,"iat":4102444700}"#,
            "not valid yet",
        ),
        (r#"{"sub":"2","exp":4102444800,"aud":""}"#, "audience"),
        (r#"{"sub":"2","exp":4102444800,"aud":null}"#, "audience"),
        (r#"{"sub":"2","exp":4102444800,"aud":[]}"#, "audience"),
        (
            r#"{"sub":"2","exp":4102444800,"aud":["regress_tokens_algorithms",1]}"#,
            "audience",
        ),
        (
            r#"{"sub":"2","exp":4102444800,"aud":"REGRESS_tokens_algorithms"}"#,
            "audience",
        ),
        (
            r#"{"sub":"2","exp":4102444800,"aud":["REGRESS_tokens_algorithms"]}"#,
            "audience",
        ),
        (
            r#"{"sub":"2","exp":4102444800,"aud":{"regress_tokens_algorithms":1}}"#,
            "audience",
        ),
        (r#"{"sub":"2","exp":4102444800,"exp":4102444800}"#, "once"),
        (r#"{"sub":"2","exp":4102444800,"\u0073ub":"3"}"#, "once"),
        (r#"{"sub":"2","exp":4102444800}}"#, "once"),
        (r#"{"sub":"2","exp":4102444800"#, "once"),
        (r#"[{"sub":"2","exp":4102444800}]"#, "once"),
        ("null", "once"),
    ] {
        assert!(refusal(&signed(HEADER, claims)).contains(what), "{claims}");
    }
    // As long as a key of a user can be, and one byte more.
    let long = |bytes| format!(r#"{{"sub":"{}","exp":4102444800}}"#, "x".repeat(bytes));
    assert!(says(&long(800)).is_ok());
    assert!(refusal(&signed(HEADER, &long(801))).contains("sub"));
    for scope in [
        r#""Session""#,
        r#""session openid""#,
        "true",
        r#"["session"]"#,
    ] {
        let token = says(&format!(
            r#"{{"sub":"2","exp":4102444800,"scope":{scope}}}"#
        ));
        assert!(!token.expect("good").for_session, "{scope}");
    }
}

#[test]
fn moments_are_exact() {
    let token = signed(HEADER, r#"{"sub":"2","nbf":1000000000,"exp":2000000000}"#);
    let (begins, ends) = (1_000_000_000_000_000, 2_000_000_000_000_000);
    assert!(checked_at(&token, begins - 1).is_err() && checked_at(&token, begins).is_ok());
    assert!(checked_at(&token, ends - 1).is_ok() && checked_at(&token, ends).is_err());
    // The issuer's clock may be a minute ahead, where it says when it issued.
    let token = signed(HEADER, r#"{"sub":"2","iat":1000000000,"exp":2000000000}"#);
    assert!(checked_at(&token, begins - 60_000_000).is_ok());
    assert!(checked_at(&token, begins - 60_000_001).is_err());
}

/// One text for one token: what decodes to the same is refused.
#[test]
fn other_spellings_of_a_token() {
    let made = made();
    for name in ["hs256", "rs256", "es256", "eddsa"] {
        let good = made[format!("good_{name}").as_str()].clone();
        let parts: Vec<&str> = good.split('.').collect();
        let [header, claims, signature] = parts[..] else {
            panic!("three parts")
        };
        let mut others = vec![
            format!(" {good}"),
            format!("{good} "),
            format!("{good}\n"),
            format!("{good}="),
            format!("{good}=="),
            format!("{good}."),
            format!(".{good}"),
            format!("Bearer {good}"),
            format!("{header}.{claims}"),
            format!("{header}..{signature}"),
            format!(".{claims}.{signature}"),
            format!("{header}=.{claims}.{signature}"),
            format!("{header}.{claims}=.{signature}"),
            format!("{header}.{claims}.{}", signature.replace(['-', '_'], "+")),
            format!("{header}.{claims}.{signature}A"),
            format!("{header}.{claims}.{signature}AA"),
            format!("{header}.{claims}.{signature}AAA"),
            format!("{header}.{claims}.{}", &signature[..signature.len() - 1]),
            format!("{header}.{claims}.{}", &signature[1..]),
            format!("{header}.{claims}.{signature}{signature}"),
            format!("{header}.{claims}.{}\0", signature),
            format!("{}\u{feff}.{claims}.{signature}", header),
        ];
        // Bits of the last character that stand for nothing.
        let last = signature.chars().last().expect("a character");
        let alphabet: Vec<char> = ('A'..='Z')
            .chain('a'..='z')
            .chain('0'..='9')
            .chain(['-', '_'])
            .collect();
        for other in alphabet.iter().filter(|&&other| other != last) {
            others.push(format!(
                "{header}.{claims}.{}{other}",
                &signature[..signature.len() - 1]
            ));
        }
        for other in others {
            if other != good {
                refusal(&other);
            }
        }
    }
}

/// What its signer spelled otherwise is none either, though the signature holds.
#[test]
fn parts_that_are_not_base64url_of_text() {
    let by_mint = |header: String, claims: String| {
        let message = format!("{header}.{claims}");
        format!("{message}.{}", encoded(&hmac(&message)))
    };
    let (header, claims) = (
        HEADER.as_bytes(),
        br#"{"sub":"2","exp":4102444800}"#.as_slice(),
    );
    assert!(checked(&by_mint(encoded(header), encoded(claims))).is_ok());
    for padding in ["=", "==", " ", "\n"] {
        let header = format!("{}{padding}", encoded(header));
        assert!(refusal(&by_mint(header, encoded(claims))).contains("header"));
    }
    for padding in ["=", "==", " ", "\n"] {
        let claims = format!("{}{padding}", encoded(claims));
        assert!(refusal(&by_mint(encoded(header), claims)).contains("claims"));
    }
    let not_utf8 = b"{\"sub\":\"2\",\"exp\":4102444800,\"x\":\"\xff\"}";
    assert!(refusal(&by_mint(encoded(header), encoded(not_utf8))).contains("decoded"));
    let not_utf8 = b"{\"alg\":\"HS256\",\"kid\":\"k-HS256\",\"x\":\"\xff\"}";
    assert!(refusal(&by_mint(encoded(not_utf8), encoded(claims))).contains("decoded"));
}

/// The first bytes of a signature are none, however they are written.
#[test]
fn parts_of_a_signature() {
    let made = made();
    for name in ["hs256", "rs256", "es256", "eddsa"] {
        let good = &made[format!("good_{name}").as_str()];
        let (message, signature) = good.rsplit_once('.').expect("three parts");
        let signature = Base64UrlUnpadded::decode_vec(signature).expect("a signature");
        for bytes in 0..signature.len() {
            let cut = format!("{message}.{}", encoded(&signature[..bytes]));
            assert_eq!(refusal(&cut), BAD_SIGNATURE, "{bytes}");
            let cut = format!("{message}.{}", encoded(&signature[bytes + 1..]));
            assert_eq!(refusal(&cut), BAD_SIGNATURE, "{bytes}");
        }
    }
}

/// RFC 9864 calls the algorithm by the name of its curve.
#[test]
fn the_newer_name_of_eddsa() {
    use ed25519_dalek::Signer;
    let private = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
    let key = TokenKey::EdDsa(private.verifying_key());
    for (algorithm, is_taken) in [
        ("EdDSA", true),
        ("Ed25519", true),
        ("ed25519", false),
        ("Ed448", false),
        ("HS256", false),
    ] {
        let header = format!(r#"{{"alg":"{algorithm}","kid":"e"}}"#);
        let message = format!(
            "{}.{}",
            encoded(header.as_bytes()),
            encoded(br#"{"sub":"2","exp":4102444800}"#)
        );
        let signature = encoded(&private.sign(message.as_bytes()).to_bytes());
        let token = format!("{message}.{signature}");
        let verified = verify(&token, AUDIENCE, NOW, |_| Ok(Some(key.clone())));
        assert_eq!(verified.is_ok(), is_taken, "{algorithm}");
    }
}

#[test]
fn huge_and_deep() {
    assert!(refusal(&"a".repeat(1 << 20)).contains("too long"));
    assert!(refusal(&".".repeat(1 << 15)).contains("three parts"));
    for inner in ["[", "{\"a\":"] {
        let open = inner.repeat(20_000 / inner.len());
        assert!(
            refusal(&signed(
                HEADER,
                &format!("{{\"sub\":\"2\",\"exp\":4102444800,\"a\":{open}")
            ))
            .contains("once")
        );
        assert!(refusal(&signed(&format!("{{\"a\":{open}"), "{}")).contains("once"));
    }
    let deep = format!("{}{}", "[".repeat(15_000), "]".repeat(15_000));
    assert!(says(&format!(r#"{{"sub":"2","exp":4102444800,"a":{deep}}}"#)).is_ok());
    assert!(
        refusal(&signed(
            HEADER,
            &format!(r#"{{"sub":"2","exp":4102444800,"aud":{deep}}}"#)
        ))
        .contains("audience")
    );
}

#[test]
fn keys_that_are_taken_and_keys_that_are_not() {
    let made = made();
    for (algorithm, name) in [
        (KeyAlgorithm::Rs256, "rs256"),
        (KeyAlgorithm::Es256, "es256"),
        (KeyAlgorithm::EdDsa, "eddsa"),
    ] {
        let pem = &made[format!("pem_{name}").as_str()];
        let jwk = &made[format!("jwk_{name}").as_str()];
        let by_pem = TokenKey::parse(algorithm, pem).expect("a key");
        let by_jwk = TokenKey::parse(algorithm, jwk).expect("a key");
        assert_eq!(by_pem, by_jwk);
        assert_eq!(TokenKey::parse(algorithm, &by_pem.stored()), Ok(by_jwk));
        for other in KeyAlgorithm::ALL {
            if other != algorithm {
                assert!(
                    TokenKey::parse(other, pem).is_err() && TokenKey::parse(other, jwk).is_err()
                );
            }
        }
        for text in [
            "",
            " ",
            "x",
            "{}",
            "[]",
            "-----BEGIN PUBLIC KEY-----",
            &pem[..pem.len() / 2],
            &jwk[..jwk.len() / 2],
        ] {
            assert!(TokenKey::parse(algorithm, text).is_err(), "{text}");
        }
        let private = TokenKey::parse(algorithm, &made["private_pem"]).expect_err("a private key");
        assert!(private.message.contains("private"));
        let private = jwk.replacen('{', r#"{"d":"AA","#, 1);
        assert!(
            TokenKey::parse(algorithm, &private)
                .expect_err("a private key")
                .message
                .contains("private")
        );
        for said in [
            r#""alg":"HS256""#,
            r#""use":"enc""#,
            r#""key_ops":["sign"]"#,
            r#""key_ops":1"#,
        ] {
            let jwk = jwk.replacen('{', &format!("{{{said},"), 1);
            assert!(TokenKey::parse(algorithm, &jwk).is_err(), "{said}");
        }
    }
    assert!(TokenKey::parse(KeyAlgorithm::Rs256, &made["pkcs1_rs256"]).is_ok());
    assert!(TokenKey::parse(KeyAlgorithm::Rs256, &made["short_pem"]).is_err());
    assert!(TokenKey::parse(KeyAlgorithm::Es256, &made["p384_pem"]).is_err());
    let n = encoded(&[0xff; 256]);
    for (n, e) in [
        (n.as_str(), "AQ"),
        (&n, "AA"),
        (&n, "Ag"),
        (&n, ""),
        ("AQAB", "AQAB"),
        (&encoded(&[0xff; 1025]), "AQAB"),
        (&encoded(&[0xfe; 256]), "AQAB"),
    ] {
        let jwk = format!(r#"{{"kty":"RSA","n":"{n}","e":"{e}"}}"#);
        assert!(TokenKey::parse(KeyAlgorithm::Rs256, &jwk).is_err(), "{e}");
    }
    // Keys of other curves, though their numbers would do.
    for (algorithm, name, curve, others) in [
        (
            KeyAlgorithm::Es256,
            "jwk_es256",
            "P-256",
            ["P-384", "secp256k1", "Ed25519", ""],
        ),
        (
            KeyAlgorithm::EdDsa,
            "jwk_eddsa",
            "Ed25519",
            ["X25519", "Ed448", "P-256", ""],
        ),
    ] {
        for other in others {
            let jwk = made[name].replacen(curve, other, 1);
            assert!(
                jwk != made[name] && TokenKey::parse(algorithm, &jwk).is_err(),
                "{other}"
            );
        }
    }
    // A point that is not on the curve, and the two simplest of small order.
    let off = format!(
        r#"{{"kty":"EC","crv":"P-256","x":"{0}","y":"{0}"}}"#,
        encoded(&[1; 32])
    );
    assert!(TokenKey::parse(KeyAlgorithm::Es256, &off).is_err());
    let mut one = [0; 32];
    for first in [0, 1] {
        one[0] = first;
        let weak = format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{}"}}"#, encoded(&one));
        assert!(TokenKey::parse(KeyAlgorithm::EdDsa, &weak).is_err());
    }
    let secret = |text: &str| TokenKey::parse(KeyAlgorithm::Hs256, text);
    assert!(secret(&"x".repeat(31)).is_err() && secret(&"x".repeat(32)).is_ok());
    assert!(secret(&"ä".repeat(16)).is_ok(), "bytes are counted");
    assert!(secret(&"x".repeat(1 << 20)).is_err());
    assert!(secret(&made["pem_rs256"]).is_err() && secret(&made["jwk_rs256"]).is_err());
    assert!(KeyAlgorithm::parse("none").is_err() && KeyAlgorithm::parse("hs256").is_err());
    assert!(!format!("{:?}", secret(&"y".repeat(32))).contains("yy"));
    assert_ne!(fingerprint("HS256", "a"), fingerprint("HS25", "6a"));
    assert_ne!(fingerprint("RS256", "a"), fingerprint("ES256", "a"));
}

#[test]
fn sets_of_keys() {
    let made = made();
    let first = JwksDiff::new(&made["jwks"], &[]).expect("a set");
    assert_eq!(first.stored.len(), 3);
    assert!(first.told.iter().all(|told| told.0 == JwksChange::Added));
    let secret = JwksKey {
        kid: "s".into(),
        algorithm: KeyAlgorithm::Hs256,
        stored: "x".into(),
    };
    let mut present = first.stored.clone();
    present.push(secret.clone());
    assert_eq!(
        JwksDiff::new(&made["jwks"], &present),
        Ok(JwksDiff::default())
    );
    let next = JwksDiff::new(&made["other_jwks"], &present).expect("a set");
    let told: Vec<_> = next
        .told
        .iter()
        .map(|(change, kid, _)| (*change, kid.as_deref().unwrap_or_default()))
        .collect();
    assert_eq!(
        told,
        [
            (JwksChange::Dropped, "k-ES256"),
            (JwksChange::Replaced, "k-RS256"),
            (JwksChange::Added, "new"),
        ]
    );
    assert_eq!(next.gone.len(), 2);
    let none = JwksDiff::new(r#"{"keys":[]}"#, &present).expect("a set");
    assert_eq!((none.gone.len(), none.stored.len()), (3, 0));
    let jwk = &made["jwk_eddsa"];
    let named = |kid: &str| jwk.replacen('{', &format!(r#"{{"kid":"{kid}","#), 1);
    let ignored = format!(
        r#"{{"keys":[{jwk},{{"kty":"oct","k":"AA","kid":"o"}},{{"kty":"EC","crv":"P-384","kid":"p"}},{{"kid":"q"}},{{}},{{"kty":"RSA","n":"AQAB","e":"AQAB","kid":"r"}}],"more":1}}"#
    );
    let ignored = JwksDiff::new(&ignored, &[]).expect("a set");
    assert!(ignored.stored.is_empty() && ignored.told.len() == 6);
    // A good key that is for something else is told, and not taken.
    for said in [
        r#""use":"enc""#,
        r#""key_ops":["sign"]"#,
        r#""alg":"HS256""#,
    ] {
        let jwk = named("a").replacen('{', &format!("{{{said},"), 1);
        let diff = JwksDiff::new(&format!(r#"{{"keys":[{jwk}]}}"#), &[]).expect("a set");
        assert!(
            diff.stored.is_empty() && diff.told[0].0 == JwksChange::Ignored,
            "{said}"
        );
    }
    for set in [
        &format!(r#"{{"keys":[],"more":"{}"}}"#, "x".repeat(1 << 20)),
        "",
        "[]",
        "{}",
        r#"{"keys":{}}"#,
        r#"{"keys":[1]}"#,
        r#"{"keys":[null]}"#,
        r#"{"keys":[],"keys":[]}"#,
        &format!(r#"{{"keys":[{},{}]}}"#, named("a"), named("a")),
        &format!(r#"{{"keys":[{}]}}"#, named("s")),
        &format!(r#"{{"keys":[{}]}}"#, named(&"x".repeat(201))),
        &format!(
            r#"{{"keys":[{}]}}"#,
            named("a").replacen('{', r#"{"d":"AA","#, 1)
        ),
        &" ".repeat(2 << 20),
    ] {
        assert!(
            JwksDiff::new(set, std::slice::from_ref(&secret)).is_err(),
            "{}",
            &set[..set.len().min(80)]
        );
    }
}

/// So many million texts, and as many times more as RANDOM_TEXTS says. The figures are of an ordinary machine: a million
/// takes two seconds or less, where tests/fuzz is built to be fast as in Cargo.toml.
fn random(ask: fn(u64, u64) -> Asked, millions: u64, seed: u64) {
    let times = std::env::var("RANDOM_TEXTS").ok();
    let times: u64 = times.and_then(|text| text.parse().ok()).unwrap_or(1);
    for round in 0..times {
        let asked = ask(millions * 1_000_000, seed + round);
        println!("{asked:?}");
        assert!(asked.taken > 0, "nothing comes near what is good");
    }
}

/// Whatever the bytes: an answer, and only what somebody signed is taken.
#[test]
fn random_tokens() {
    random(pg_sharing_fuzz::tokens, 2, 0x5eed_0019);
}

#[test]
fn random_keys_and_sets() {
    random(pg_sharing_fuzz::keys_and_sets, 1, 0x5eed_001a);
}

#[test]
fn random_claims() {
    random(pg_sharing_fuzz::claims, 1, 0x5eed_001b);
}
