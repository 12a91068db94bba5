"""Sealing by AES-256-GCM (NIST SP 800-38D) under a key derived from the setting KABINET_SECRET_KEY.

A sealed secret is one byte of version, twelve random bytes, the ciphertext and its tag of sixteen.
"""

import os
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from domain.kernel.secrets import BoxBroken

_VERSION = b"\x01"
_NONCE_BYTES = 12


@dataclass(slots=True)
class SecretBox:
    """`secret_key` is text of any length; its strength is its holder's."""

    secret_key: str = field(repr=False)
    _cipher: AESGCM = field(init=False, repr=False)

    def __post_init__(self) -> None:
        derived = HKDF(SHA256(), 32, salt=None, info=b"kabinet secrets").derive(self.secret_key.encode())
        self._cipher = AESGCM(derived)

    def seal(self, secret: str, *, of: str) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return _VERSION + nonce + self._cipher.encrypt(nonce, secret.encode(), of.encode())

    def unseal(self, sealed: bytes, *, of: str) -> str:
        nonce, rest = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        if sealed[:1] != _VERSION:
            raise BoxBroken
        try:
            return self._cipher.decrypt(nonce, rest, of.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise BoxBroken from error
