"""What a client shows to prove who it is.

    c.<user>.<session>.<secret>             access of a customer
    s.<staff>.<session>.<secret>            access of staff
    k.<api key>.<secret>                    a system's key
    c.<user>.<session>.<family>.<secret>    refresh (also with s.)

Ids are 32 hexadecimal digits and lead to the row by its primary key; secrets are url-safe text of
at least 256 random bits, of which only the SHA-256 is kept. A fast hash is enough for these: unlike
a password, they cannot be guessed.
"""

from enum import StrEnum
from hashlib import sha256
from hmac import compare_digest
from uuid import UUID

import msgspec

from domain.kernel.errors import Unauthenticated
from domain.kernel.ids import ApiKeyId, SessionId

_MOST_CHARACTERS = 400


class Holder(StrEnum):
    """Whose token it is: its first letter."""

    CUSTOMER = "c"
    STAFF = "s"
    SYSTEM = "k"


class TokenRefused(Unauthenticated):
    """Unknown, ended, expired or garbled: the caller is not told which."""

    code = "token-refused"
    text = "The token is not valid"
    remedy = "Sign in again, or refresh the session with its refresh token"


class AccessToken(msgspec.Struct, frozen=True):
    holder: Holder
    owner_id: UUID
    session_id: SessionId
    secret: str

    def __str__(self) -> str:
        return f"{self.holder}.{self.owner_id.hex}.{self.session_id.hex}.{self.secret}"


class RefreshToken(msgspec.Struct, frozen=True):
    """`family` stays for the life of the session, `secret` changes with every refresh."""

    holder: Holder
    owner_id: UUID
    session_id: SessionId
    family: str
    secret: str

    def __str__(self) -> str:
        return f"{self.holder}.{self.owner_id.hex}.{self.session_id.hex}.{self.family}.{self.secret}"


class KeyToken(msgspec.Struct, frozen=True):
    api_key_id: ApiKeyId
    secret: str

    def __str__(self) -> str:
        return f"{Holder.SYSTEM}.{self.api_key_id.hex}.{self.secret}"


def parsed(text: str) -> AccessToken | RefreshToken | KeyToken:
    """Read a token of any sort; TokenRefused when it has none of the four shapes."""
    if len(text) > _MOST_CHARACTERS:
        raise TokenRefused
    try:
        match text.split("."):
            case [Holder.SYSTEM, key, secret]:
                return KeyToken(ApiKeyId(UUID(key)), secret)
            case [(Holder.CUSTOMER | Holder.STAFF) as holder, owner, session, secret]:
                return AccessToken(Holder(holder), UUID(owner), SessionId(UUID(session)), secret)
            case [(Holder.CUSTOMER | Holder.STAFF) as holder, owner, session, family, secret]:
                return RefreshToken(Holder(holder), UUID(owner), SessionId(UUID(session)), family, secret)
    except ValueError as garbled:
        raise TokenRefused from garbled
    raise TokenRefused


def digest(secret: str) -> bytes:
    """What is kept of a secret: 32 bytes."""
    return sha256(secret.encode()).digest()


def matches(secret: str, kept: bytes) -> bool:
    return compare_digest(digest(secret), kept)
