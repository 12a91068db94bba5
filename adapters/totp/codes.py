"""One-time codes by RFC 6238 as every authenticator application makes them: SHA-1, 6 digits, 30 s.

Other digests and lengths are in the standard, but many applications silently ignore them.
"""

from dataclasses import dataclass
from uuid import UUID

import pyotp

from domain.kernel.secrets import Box
from domain.people.second_factor import DIGITS, STEP_SECONDS, sealed_of

ISSUER = "Kabinet"


@dataclass(frozen=True, slots=True)
class TotpCodes:
    """A `domain.people.second_factor.CodeMaker`. Secrets have 160 bits (RFC 4226 §4 R6)."""

    box: Box

    def new_secret(self, owner_id: UUID) -> bytes:
        return self.sealed(pyotp.random_base32(), owner_id)

    def sealed(self, text: str, owner_id: UUID) -> bytes:
        """A secret that is known already: the demo's."""
        return self.box.seal(text, of=sealed_of(owner_id))

    def text(self, sealed: bytes, owner_id: UUID) -> str:
        return self.box.unseal(sealed, of=sealed_of(owner_id))

    def uri(self, sealed: bytes, owner_id: UUID, login: str) -> str:
        return self._totp(sealed, owner_id).provisioning_uri(name=login, issuer_name=ISSUER)

    def code(self, sealed: bytes, owner_id: UUID, step: int) -> str:
        return self._totp(sealed, owner_id).generate_otp(step)

    def _totp(self, sealed: bytes, owner_id: UUID) -> pyotp.TOTP:
        return pyotp.TOTP(self.text(sealed, owner_id), digits=DIGITS, interval=STEP_SECONDS)
