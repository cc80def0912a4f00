#!/usr/bin/env python3
# Makes tokens.sql beside it: keys, and tokens signed by them, for tests in SQL and in Rust. It was run once; the
# keys are for tests alone. Takes the module "cryptography" of Python, which the product knows nothing of.
import base64, hashlib, hmac, json, os
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils

FAR = 4102444800  # 2100-01-01
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value):
    return b64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def pem(key):
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def jwk(key):
    public = key.public_key()
    if isinstance(key, rsa.RSAPrivateKey):
        numbers = public.public_numbers()
        return {"kty": "RSA", "n": number(numbers.n), "e": number(numbers.e)}
    if isinstance(key, ed25519.Ed25519PrivateKey):
        raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        return {"kty": "OKP", "crv": "Ed25519", "x": b64(raw)}
    numbers = public.public_numbers()
    return {"kty": "EC", "crv": "P-256", "x": b64(numbers.x.to_bytes(32, "big")), "y": b64(numbers.y.to_bytes(32, "big"))}


def sign(key, message, der=False, high=None):
    if isinstance(key, str):
        return hmac.new(key.encode(), message, hashlib.sha256).digest()
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(message, padding.PKCS1v15(), hashes.SHA256())
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(message)
    signature = key.sign(message, ec.ECDSA(hashes.SHA256()))
    r, s = utils.decode_dss_signature(signature)
    if high is not None and (s > P256_ORDER // 2) != high:
        s = P256_ORDER - s
    return utils.encode_dss_signature(r, s) if der else r.to_bytes(32, "big") + s.to_bytes(32, "big")


def token(key, header, claims, **how):
    text = lambda what: what if isinstance(what, str) else json.dumps(what, separators=(",", ":"))
    signed = b64(text(header).encode()) + "." + b64(text(claims).encode())
    return signed + "." + b64(sign(key, signed.encode(), **how))


keys = {
    "HS256": "a secret that only two know, of 43 characters",
    "RS256": rsa.generate_private_key(65537, 2048),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}
others = {
    "HS256": "another secret that only two know, of as many",
    "RS256": rsa.generate_private_key(65537, 2048),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}
found = {"secret": keys["HS256"]}
for algorithm in ("RS256", "ES256", "EdDSA"):
    name = algorithm.lower()
    found[f"pem_{name}"] = pem(keys[algorithm])
    found[f"jwk_{name}"] = json.dumps(jwk(keys[algorithm]))
    found[f"other_jwk_{name}"] = json.dumps(jwk(others[algorithm]))
found["jwks"] = json.dumps({"keys": [dict(jwk(keys[a]), kid=f"k-{a}", use="sig", alg=a) for a in ("RS256", "ES256", "EdDSA")]})
found["other_jwks"] = json.dumps({"keys": [dict(jwk(others["RS256"]), kid="k-RS256"), dict(jwk(keys["EdDSA"]), kid="k-EdDSA"), dict(jwk(others["EdDSA"]), kid="new")]})
found["pkcs1_rs256"] = keys["RS256"].public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.PKCS1).decode()
found["private_pem"] = keys["EdDSA"].private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()
found["short_pem"] = pem(rsa.generate_private_key(65537, 1024))
found["p384_pem"] = pem(ec.generate_private_key(ec.SECP384R1()))
for algorithm, key in keys.items():
    name = algorithm.lower()
    header = {"alg": algorithm, "typ": "JWT", "kid": f"k-{algorithm}"}
    good = {"sub": "2", "exp": FAR}
    found[f"good_{name}"] = token(key, header, good)
    found[f"session_{name}"] = token(key, header, dict(good, scope="session"))
    found[f"expired_{name}"] = token(key, header, dict(good, exp=1000000000))
    found[f"early_{name}"] = token(key, header, dict(good, nbf=FAR - 100))
    found[f"here_{name}"] = token(key, header, dict(good, aud=["elsewhere", "regress_tokens_algorithms"]))
    found[f"elsewhere_{name}"] = token(key, header, dict(good, aud="elsewhere"))
    found[f"other_key_{name}"] = token(others[algorithm], header, good)
    found[f"embedded_{name}"] = token(others[algorithm], dict(header, jwk=jwk(others[algorithm]) if algorithm != "HS256" else {"kty": "oct", "k": b64(others[algorithm].encode())}, jku="https://example.com/jwks"), good)
    found[f"twice_{name}"] = token(key, header, '{"sub":"3","exp":%d,"sub":"2"}' % FAR)
    found[f"header_twice_{name}"] = token(key, '{"alg":"%s","kid":"k-%s","kid":"k-%s"}' % (algorithm, algorithm, algorithm), good)
    if algorithm != "HS256":
        # The public key, which everybody has, taken for a secret.
        found[f"confused_{name}"] = token(pem(key), dict(header, alg="HS256"), good)
        found[f"confused_jwk_{name}"] = token(json.dumps(jwk(key)), dict(header, alg="HS256"), good)
found["der_es256"] = token(keys["ES256"], {"alg": "ES256", "kid": "k-ES256"}, {"sub": "2", "exp": FAR}, der=True)
found["high_es256"] = token(keys["ES256"], {"alg": "ES256", "kid": "k-ES256"}, {"sub": "2", "exp": FAR}, high=True)
found["low_es256"] = token(keys["ES256"], {"alg": "ES256", "kid": "k-ES256"}, {"sub": "2", "exp": FAR}, high=False)

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "tokens.sql"), "w") as out:
    out.write("-- Made by make.py: keys for tests, and tokens signed by them.\n")
    for name, value in found.items():
        out.write("\\set %s '%s'\n" % (name, value.replace("\\", "\\\\").replace("'", "''").replace("\n", "\\n")))
