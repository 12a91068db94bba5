"""An id_token is believed only if everything fits: one wrong thing at a time."""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from hashlib import sha256

import msgspec
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from adapters.oidc import tokens
from adapters.oidc.answers import Refused
from adapters.oidc.client import challenge_of

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
NOW = int(AT.timestamp())
EXPECTED = tokens.Expected(
    issuer="https://id.example", client_id="kabinet", nonce="n-1", access_token="access", at=AT
)
GOOD = {
    "iss": "https://id.example",
    "sub": "42",
    "aud": "kabinet",
    "exp": NOW + 300,
    "iat": NOW,
    "nonce": "n-1",
}
EC = ECKey.generate_key("P-256", {"kid": "a"})
RSA = RSAKey.generate_key(2048, {"kid": "a"})


def half_hash(token: str) -> str:
    return urlsafe_b64encode(sha256(token.encode()).digest()[:16]).rstrip(b"=").decode()


def believed(claims, key=EC, alg="ES256", **header):
    token = jwt.encode({"alg": alg, "kid": "a", **header}, claims, key, algorithms=[alg])
    read = tokens.header_of(token)
    payload = tokens.signed_payload(token, key, read)
    tokens.check(msgspec.json.decode(payload, type=tokens.Claims), EXPECTED)


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"aud": ["kabinet"]},
        {"aud": ["kabinet", "other"], "azp": "kabinet"},
        {"azp": "kabinet"},
        {"exp": NOW - 59},
        {"nbf": NOW + 59},
        {"iat": NOW + 59},
        {"iat": NOW - 500},
        {"at_hash": half_hash("access")},
        {"exp": NOW + 300.5},
        {"unknown": {"of": "no matter"}},
    ],
)
def test_a_right_one_is_believed(more):
    believed(GOOD | more)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"iss": "https://id.example/"}, "iss"),
        ({"iss": "https://evil.example"}, "iss"),
        ({"aud": "other"}, "aud"),
        ({"aud": []}, "aud"),
        ({"aud": ["other"]}, "aud"),
        ({"aud": ["kabinet", "other"]}, "azp"),
        ({"aud": ["kabinet", "other"], "azp": "other"}, "azp"),
        ({"azp": "other"}, "azp"),
        ({"exp": NOW - 60}, "exp"),
        ({"nbf": NOW + 61}, "nbf"),
        ({"iat": NOW + 61}, "iat"),
        ({"iat": NOW - 601}, "iat"),
        ({"nonce": "n-2"}, "nonce"),
        ({"nonce": ""}, "nonce"),
        ({"nonce": "н"}, "nonce"),
        ({"at_hash": half_hash("another")}, "at_hash"),
        ({"at_hash": ""}, "at_hash"),
        ({"sub": ""}, "sub"),
        ({"sub": "4\x002"}, "sub"),
        ({"sub": "4" * 256}, "sub"),
    ],
)
def test_one_wrong_claim_is_enough(more, said):
    with pytest.raises(Refused, match=said):
        believed(GOOD | more)


@pytest.mark.parametrize("missing", ["iss", "sub", "aud", "exp", "iat"])
def test_what_every_token_has_may_not_be_missing(missing):
    with pytest.raises(msgspec.ValidationError):
        believed({name: value for name, value in GOOD.items() if name != missing})


def test_a_missing_nonce_is_a_wrong_one():
    with pytest.raises(Refused, match="nonce"):
        believed({name: value for name, value in GOOD.items() if name != "nonce"})


@pytest.mark.parametrize(("key", "alg"), [(EC, "ES256"), (RSA, "RS256"), (RSA, "PS256")])
def test_public_keys_sign(key, alg):
    believed(GOOD, key, alg)


def test_a_token_signed_with_our_secret_is_not_read():
    secret = OctKey.import_key("kabinet-demo-identity-0123456789-0123456789")
    token = jwt.encode({"alg": "HS256", "kid": "a"}, GOOD, secret)
    with pytest.raises(Refused, match="algorithm"):
        tokens.header_of(token)


def test_an_unsigned_token_is_not_read():
    head, body = (urlsafe_b64encode(part).rstrip(b"=").decode() for part in (b'{"alg":"none"}', b"{}"))
    with pytest.raises(Refused, match="algorithm"):
        tokens.header_of(f"{head}.{body}.")


@pytest.mark.parametrize("token", ["", "a", "a.b", "a.b.c", "a.b.c.d", "ё.ё.ё", "e30.e30.e30", "." * 1000])
def test_rubbish_is_not_read(token):
    with pytest.raises(Refused):
        tokens.header_of(token)


def test_another_keys_signature_is_wrong():
    token = jwt.encode({"alg": "ES256", "kid": "a"}, GOOD, ECKey.generate_key("P-256", {"kid": "a"}))
    with pytest.raises(Refused, match="signature"):
        tokens.signed_payload(token, EC, tokens.header_of(token))


def test_the_algorithm_of_the_header_must_be_the_keys():
    token = jwt.encode({"alg": "ES256", "kid": "a"}, GOOD, EC)
    with pytest.raises(Refused, match="signature"):
        tokens.signed_payload(token, RSA, tokens.header_of(token))


def test_a_changed_payload_is_not_believed():
    head, _, signature = jwt.encode({"alg": "ES256", "kid": "a"}, GOOD, EC).split(".")
    body = urlsafe_b64encode(msgspec.json.encode(GOOD | {"sub": "1"})).rstrip(b"=").decode()
    token = f"{head}.{body}.{signature}"
    with pytest.raises(Refused, match="signature"):
        tokens.signed_payload(token, EC, tokens.header_of(token))


def test_the_challenge_is_that_of_the_standards_example():
    # RFC 7636, appendix B
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert challenge_of(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
