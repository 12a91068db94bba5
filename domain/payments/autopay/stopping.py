"""The link of a letter that stops an autopay with one press: whoever holds the letter needs no sign-in.

It names the rule and carries a keyed hash over it, so it cannot be guessed or made out of another's. It stops
and does nothing else.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from uuid import UUID

import msgspec

from domain.kernel.errors import NotFound
from domain.kernel.ids import AccountId, AutopayId

_MAC_BYTES = 20


class AutopayLinkWrong(NotFound):
    code = "autopay-link-wrong"
    text = "This link is not whole, or not ours"
    remedy = "Open the link of the letter itself, or stop the autopay in the cabinet"


class AutopayStop(msgspec.Struct, frozen=True, kw_only=True):
    account_id: AccountId
    autopay_id: AutopayId

    def token(self, key: bytes) -> str:
        """70 ASCII letters, digits, "-" and "_"."""
        named = self.account_id.bytes + self.autopay_id.bytes
        return urlsafe_b64encode(named + _mac(named, key)).decode().rstrip("=")

    @classmethod
    def read(cls, token: str, keys: tuple[bytes, ...]) -> AutopayStop:
        """AutopayLinkWrong."""
        try:
            content = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except ValueError:
            raise AutopayLinkWrong from None
        named, mac = content[:32], content[32:]
        if not any(hmac.compare_digest(mac, _mac(named, key)) for key in keys):
            raise AutopayLinkWrong
        return cls(account_id=AccountId(UUID(bytes=named[:16])), autopay_id=AutopayId(UUID(bytes=named[16:])))


def _mac(named: bytes, key: bytes) -> bytes:
    return hmac.new(key, b"autopay.stop\0" + named, sha256).digest()[:_MAC_BYTES]
