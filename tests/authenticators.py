"""A software authenticator: makes keys and signs challenges as a phone does, byte by byte (WebAuthn 6)."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from os import urandom
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40
ZERO_AAGUID = bytes(16)


def b64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Key:
    rp_id: str
    user_handle: bytes
    private: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    id: bytes = field(default_factory=lambda: urandom(16))
    count: int = 0

    @property
    def cose(self) -> bytes:
        numbers = self.private.public_key().public_numbers()
        x, y = (number.to_bytes(32, "big") for number in (numbers.x, numbers.y))
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})


@dataclass
class Authenticator:
    """`origin` is the page it is used on; `counts` False: a synced passkey whose counter stays 0."""

    origin: str = "http://localhost:8000"
    counts: bool = True
    verifies: bool = True
    keys: list[Key] = field(default_factory=list)

    def create(self, options: dict[str, Any], id: bytes | None = None, **more: Any) -> dict[str, Any]:
        """`navigator.credentials.create(...).toJSON()`; its id may be forged."""
        key = Key(options["rp"]["id"], unb64(options["user"]["id"]), id=id or urandom(16))
        self.keys.append(key)
        attested = ZERO_AAGUID + len(key.id).to_bytes(2, "big") + key.id + key.cose
        data = self._data(key, PRESENT | ATTESTED) + attested
        statement = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return {
            "id": b64(key.id),
            "rawId": b64(key.id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": b64(self._client_data("webauthn.create", options["challenge"], **more)),
                "attestationObject": b64(statement),
                "transports": ["internal"],
            },
        }

    def get(self, options: dict[str, Any], key: Key | None = None, **more: Any) -> dict[str, Any]:
        """`navigator.credentials.get(...).toJSON()`, by the last key made."""
        key = key or self.keys[-1]
        if self.counts:
            key.count += 1
        data = self._data(key, PRESENT)
        client_data = self._client_data("webauthn.get", options["challenge"], **more)
        signature = key.private.sign(data + sha256(client_data).digest(), ec.ECDSA(hashes.SHA256()))
        return {
            "id": b64(key.id),
            "rawId": b64(key.id),
            "type": "public-key",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": b64(client_data),
                "authenticatorData": b64(data),
                "signature": b64(signature),
                "userHandle": b64(key.user_handle),
            },
        }

    def _data(self, key: Key, flags: int) -> bytes:
        flags |= VERIFIED if self.verifies else 0
        return sha256(key.rp_id.encode()).digest() + bytes([flags]) + key.count.to_bytes(4, "big")

    def _client_data(self, kind: str, given: str, **more: Any) -> bytes:
        return json.dumps({"type": kind, "challenge": given, "origin": self.origin} | more).encode()
