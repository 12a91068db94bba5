"""Signed requests: what is signed, when it holds, and what is told when it does not."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from msgspec.structs import replace

from domain.people.signatures import SignatureExpired, SignatureWrong, SignedRequest, signature

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECRET = "kabinet-demo-billing-signature"
REQUEST = SignedRequest(
    method="POST",
    target="/api/v1/imports/charges?file_name=october.csv",
    body_sha256=sha256(b"").hexdigest(),
    timestamp="1795348800",
    nonce="5f0c6f0c7a7e4f7f9d1b2a3c4d5e6f70",
    signature="",
)


def signed(**other):
    asked = replace(REQUEST, **other)
    right = signature(SECRET, asked.method, asked.target, asked.timestamp, asked.nonce, asked.body_sha256)
    return replace(asked, signature=right)


def test_the_signature_is_the_one_that_openssl_writes():
    """printf 'POST\\n<target>\\n<timestamp>\\n<nonce>\\n<sha256>' | openssl dgst -sha256 -hmac <secret>"""
    assert signed().signature == "453ed1bd3274f3c1af78f43e721075a3c06fa7b392304b78a8cdf202bd09411f"


def test_a_right_one_says_until_when_its_nonce_counts():
    assert signed().check(SECRET, NOON) == NOON + timedelta(seconds=300)


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_clocks_may_differ_by_five_minutes(seconds):
    signed().check(SECRET, NOON + timedelta(seconds=seconds))


@pytest.mark.parametrize("seconds", [-301, 301, 86400])
def test_clocks_may_not_differ_by_more(seconds):
    with pytest.raises(SignatureExpired):
        signed().check(SECRET, NOON + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    "other",
    [
        {"method": "GET"},
        {"target": "/api/v1/imports/charges"},
        {"target": "/api/v1/imports/accounts?file_name=october.csv"},
        {"body_sha256": sha256(b"x").hexdigest()},
        {"timestamp": "1795348801"},
        {"nonce": "5f0c6f0c7a7e4f7f9d1b2a3c4d5e6f71"},
        {"signature": ""},
        {"signature": "0" * 64},
        {"signature": "я" * 64},
    ],
)
def test_nothing_of_it_may_be_changed(other):
    with pytest.raises(SignatureWrong):
        replace(signed(), **other).check(SECRET, NOON)


def test_another_secret_does_not_fit():
    with pytest.raises(SignatureWrong):
        signed().check("another", NOON)


@pytest.mark.parametrize(
    "other",
    [
        {"timestamp": "now"},
        {"timestamp": "-1"},
        {"timestamp": "999999999999"},
        {"timestamp": "١٢٣"},
        {"nonce": "short"},
        {"nonce": "x" * 65},
        {"nonce": "with a blank and more"},
    ],
)
def test_time_and_nonce_have_their_shape(other):
    with pytest.raises(SignatureWrong):
        signed(**other).check(SECRET, NOON)
