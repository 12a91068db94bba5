"""Sealing by AES-256-GCM (NIST SP 800-38D) under a key derived from the setting KABINET_SECRET_KEY. What the
key of KABINET_SECRET_KEY_PREVIOUS has sealed opens too.

A sealed secret is one byte of version, twelve random bytes, the ciphertext and its tag of sixteen.
"""

import logging
import os
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from domain.kernel.secrets import BoxBroken

_VERSION = b"\x01"
_NONCE_BYTES = 12
_log = logging.getLogger("kabinet.secrets")


@dataclass(slots=True)
class SecretBox:
    """The keys are text of any length; their strength is their holder's. Empty: there was none before."""

    secret_key: str = field(repr=False)
    previous_key: str = field(default="", repr=False)
    _cipher: AESGCM = field(init=False, repr=False)
    _previous: AESGCM | None = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._cipher = _cipher(self.secret_key)
        self._previous = _cipher(self.previous_key) if self.previous_key else None

    def seal(self, secret: str, *, of: str) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return _VERSION + nonce + self._cipher.encrypt(nonce, secret.encode(), of.encode())

    def unseal(self, sealed: bytes, *, of: str) -> str:
        found = _opened(self._cipher, sealed, of)
        if found is None and self._previous is not None:
            found = _opened(self._previous, sealed, of)
        if found is None:
            _log.error("a secret opens by no key we have", extra={"of": of})
            raise BoxBroken
        return found

    def resealed(self, sealed: bytes, *, of: str) -> bytes | None:
        if _opened(self._cipher, sealed, of) is not None:
            return None
        return self.seal(self.unseal(sealed, of=of), of=of)


def _cipher(key: str) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, salt=None, info=b"kabinet secrets").derive(key.encode()))


def _opened(cipher: AESGCM, sealed: bytes, of: str) -> str | None:
    nonce, rest = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    if sealed[:1] != _VERSION:
        return None
    try:
        return cipher.decrypt(nonce, rest, of.encode()).decode()
    except (InvalidTag, ValueError):
        return None
