"""Rules of passkeys, and WebAuthn's checks on what a software authenticator makes."""

import json
from contextlib import suppress
from dataclasses import replace as dataclass_replace
from datetime import UTC, datetime, timedelta
from os import urandom
from random import Random
from uuid import uuid4

import cbor2
import pytest
from msgspec.structs import replace

from adapters.webauthn.authenticators import WebauthnAuthenticators
from domain.kernel.ids import UserId
from domain.people.customers import Customer
from domain.people.passkeys import (
    Assertion,
    Attestation,
    Passkey,
    PasskeyChallenge,
    PasskeyCloned,
    PasskeyNotMade,
    PasskeyRefused,
)
from domain.people.phones import Phone
from tests.authenticators import Authenticator, unb64

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ANNA = Customer(id=UserId(uuid4()), phone=Phone("+79000000001"), name="Анна", created_at=NOON)
OURS = WebauthnAuthenticators("localhost", "http://localhost:8000")


def attestation(answer) -> Attestation:
    response = answer["response"]
    return Attestation(
        credential_id=unb64(answer["id"]),
        client_data=unb64(response["clientDataJSON"]),
        attestation_object=unb64(response["attestationObject"]),
    )


def assertion(answer) -> Assertion:
    response = answer["response"]
    return Assertion(
        credential_id=unb64(answer["id"]),
        client_data=unb64(response["clientDataJSON"]),
        authenticator_data=unb64(response["authenticatorData"]),
        signature=unb64(response["signature"]),
        user_handle=unb64(response["userHandle"]),
    )


def made(device: Authenticator):
    challenge = urandom(32)
    return OURS.made(attestation(device.create(OURS.making_options(ANNA, [], challenge))), challenge)


def passkey(**more) -> Passkey:
    given = {
        "user_id": ANNA.id,
        "credential_id": b"k" * 16,
        "public_key": b"",
        "sign_count": 5,
        "name": "Телефон",
        "transports": ("internal",),
        "created_at": NOON,
    }
    return Passkey(**given | more)


def test_a_counter_must_grow():
    assert passkey().used(6, NOON).sign_count == 6
    assert passkey().used(6, NOON).last_used_at == NOON
    for count in (5, 4, 0):
        with pytest.raises(PasskeyCloned):
            passkey().used(count, NOON)


def test_an_authenticator_that_does_not_count_stays_at_nought():
    assert passkey(sign_count=0).used(0, NOON).sign_count == 0


def test_a_challenge_serves_who_asked_for_it_and_not_for_long():
    challenge = PasskeyChallenge.made(urandom(32), NOON, ANNA.id)
    assert challenge.serves(ANNA.id, NOON + timedelta(minutes=4))
    assert not challenge.serves(ANNA.id, NOON + timedelta(minutes=5))
    assert not challenge.serves(UserId(uuid4()), NOON)
    assert not challenge.serves(None, NOON)


def test_options_ask_for_a_discoverable_key_and_its_owner():
    options = OURS.making_options(ANNA, [passkey()], b"c" * 32)
    assert options["rp"] == {"id": "localhost", "name": "Kabinet"}
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["attestation"] == "none"
    assert [unb64(one["id"]) for one in options["excludeCredentials"]] == [b"k" * 16]
    assert unb64(options["user"]["id"]) == ANNA.id.bytes
    json.dumps(options)


def test_options_to_sign_in_name_nobody():
    options = OURS.signing_options(b"c" * 32)
    assert options["userVerification"] == "required"
    assert options["allowCredentials"] == []
    assert OURS.challenge_in(b'{"type": "x", "challenge": "Y2Nj", "origin": "y"}') == b"ccc"


def test_a_key_is_made_and_signs():
    device = Authenticator()
    key = made(device)
    assert key.credential_id == device.keys[0].id
    assert key.sign_count == 0
    challenge = urandom(32)
    answer = assertion(device.get(OURS.signing_options(challenge)))
    assert OURS.signed(answer, challenge, key.public_key) == 1


@pytest.mark.parametrize(
    "device",
    [
        Authenticator(origin="http://localhost:8001"),
        Authenticator(origin="https://localhost:8000"),
        Authenticator(origin="http://evil.example"),
        Authenticator(verifies=False),
    ],
)
def test_a_key_made_elsewhere_or_by_anybody_is_refused(device):
    with pytest.raises(PasskeyNotMade):
        made(dataclass_replace(device, keys=[]))


def test_a_key_for_another_site_is_refused():
    options = OURS.making_options(ANNA, [], b"c" * 32)
    answer = Authenticator().create({**options, "rp": {"id": "evil.example"}})
    with pytest.raises(PasskeyNotMade):
        OURS.made(attestation(answer), b"c" * 32)


def test_a_key_made_for_another_challenge_or_under_another_id_is_refused():
    answer = attestation(Authenticator().create(OURS.making_options(ANNA, [], b"c" * 32)))
    with pytest.raises(PasskeyNotMade):
        OURS.made(answer, b"d" * 32)
    with pytest.raises(PasskeyNotMade):
        OURS.made(replace(answer, credential_id=b"another"), b"c" * 32)


def test_a_signature_for_a_making_is_no_sign_in():
    device = Authenticator()
    key = made(device)
    answer = assertion(device.get(OURS.signing_options(b"c" * 32), type="webauthn.create"))
    with pytest.raises(PasskeyRefused):
        OURS.signed(answer, b"c" * 32, key.public_key)


@pytest.mark.parametrize(
    ("device", "more"),
    [
        ({"origin": "http://evil.example"}, {}),
        ({"verifies": False}, {}),
        ({}, {"crossOrigin": True}),
        ({}, {"challenge": "Y2Nj"}),
    ],
)
def test_a_sign_in_from_elsewhere_is_refused(device, more):
    phone = Authenticator()
    key = made(phone)
    answer = assertion(dataclass_replace(phone, **device).get(OURS.signing_options(b"c" * 32), **more))
    with pytest.raises(PasskeyRefused):
        OURS.signed(answer, b"c" * 32, key.public_key)


def test_anothers_signature_is_refused():
    phone, thief = Authenticator(), Authenticator()
    key = made(phone)
    made(thief)
    thief.keys[0].id = phone.keys[0].id
    answer = assertion(thief.get(OURS.signing_options(b"c" * 32)))
    with pytest.raises(PasskeyRefused):
        OURS.signed(answer, b"c" * 32, key.public_key)


def test_a_frame_of_another_site_makes_no_key():
    options = OURS.making_options(ANNA, [], b"c" * 32)
    answer = Authenticator().create(options, crossOrigin=True)
    with pytest.raises(PasskeyNotMade):
        OURS.made(attestation(answer), b"c" * 32)


def test_broken_bytes_are_refused_and_nothing_else():
    chance = Random(7)
    device = Authenticator()
    whole = attestation(device.create(OURS.making_options(ANNA, [], b"c" * 32)))
    key = made(device)
    used = assertion(device.get(OURS.signing_options(b"c" * 32)))
    for _ in range(600):
        field = chance.choice(["client_data", "attestation_object"])
        with suppress(PasskeyNotMade):
            OURS.made(replace(whole, **{field: broken(getattr(whole, field), chance)}), b"c" * 32)
        field = chance.choice(["client_data", "authenticator_data", "signature"])
        bytes_ = broken(getattr(used, field), chance)
        OURS.challenge_in(bytes_)
        with pytest.raises(PasskeyRefused):
            OURS.signed(replace(used, **{field: bytes_}), b"c" * 32, key.public_key)


@pytest.mark.parametrize("form", ["none", "packed", "tpm", "android-key", "apple", "fido-u2f", "x", 5])
@pytest.mark.parametrize(
    "statement", [{}, {"alg": -7, "sig": b"x"}, {"x5c": [b"x"]}, {"ver": "2.0"}, [], None]
)
def test_odd_attestations_are_refused(form, statement):
    answer = attestation(Authenticator().create(OURS.making_options(ANNA, [], b"c" * 32)))
    data = cbor2.loads(answer.attestation_object)["authData"]
    odd = cbor2.dumps({"fmt": form, "attStmt": statement, "authData": data})
    if form == "none" and not statement and statement is not None:
        OURS.made(replace(answer, attestation_object=odd), b"c" * 32)
        return
    with pytest.raises(PasskeyNotMade):
        OURS.made(replace(answer, attestation_object=odd), b"c" * 32)


def broken(data: bytes, chance: Random) -> bytes:
    """One byte changed, or the end cut off."""
    place = chance.randrange(len(data))
    if chance.random() < 0.3:
        return data[:place]
    return data[:place] + bytes([data[place] ^ chance.randrange(1, 256)]) + data[place + 1 :]
