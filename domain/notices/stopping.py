"""The link that stops a kind of notice with one click (RFC 8058): whoever holds the letter needs no sign-in.

It names the person and the kind and carries a keyed hash over both, so it cannot be guessed or made out of
another's. It stops and does nothing else; it does not expire, for letters are kept for years.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from uuid import UUID

import msgspec

from domain.kernel.errors import NotFound
from domain.kernel.ids import UserId
from domain.notices.words import Channel

MOST_TOKEN_CHARS = 200
_MAC_BYTES = 20


class StopLinkWrong(NotFound):
    code = "stop-link-wrong"
    text = "This link is not whole, or not ours"
    remedy = "Open the link of the letter itself, or turn the notices off in the cabinet"


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """No more notices of that kind by that channel to that person."""

    user_id: UserId
    kind: str
    channel: Channel

    def token(self, key: bytes) -> str:
        """The end of the link's address: ASCII letters, digits, "-", "_" and "."."""
        content = self.user_id.bytes + _mac(self, key)
        return f"{self.kind}.{self.channel}.{urlsafe_b64encode(content).decode().rstrip('=')}"

    @classmethod
    def read(cls, token: str, key: bytes) -> Stop:
        """StopLinkWrong."""
        try:
            kind, channel, encoded = token[: MOST_TOKEN_CHARS + 1].split(".")
            content = urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
            stop = cls(user_id=UserId(UUID(bytes=content[:16])), kind=kind, channel=Channel(channel))
        except ValueError:
            raise StopLinkWrong from None
        if not hmac.compare_digest(content[16:], _mac(stop, key)) or stop.token(key) != token:
            raise StopLinkWrong
        return stop


def _mac(stop: Stop, key: bytes) -> bytes:
    said = f"notices.stop\0{stop.kind}\0{stop.channel}\0".encode() + stop.user_id.bytes
    return hmac.new(key, said, sha256).digest()[:_MAC_BYTES]
