"""Passkeys: signing in by a device's own key, opened by a finger, a face or a PIN (W3C WebAuthn).

A passkey is two proofs in one, the device and its owner, for the owner's verification is required.
What an authenticator answers is checked against a challenge that lives some minutes, is taken away
before the check and so serves one answer only.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

import msgspec
from msgspec.structs import replace

from domain.kernel.errors import Conflict, Invalid, NotFound, Unauthenticated
from domain.kernel.ids import UserId
from domain.kernel.jobs import Job
from domain.people.customers import Customer

CHALLENGE_LIVES = timedelta(minutes=5)
MOST_PASSKEYS = 20
"""A person has some devices; a thousand keys are a mistake or an attack."""

Options = Mapping[str, Any]
"""What a browser's `navigator.credentials` takes, in the JSON of WebAuthn level 3."""


class PasskeyRefused(Unauthenticated):
    """Unknown key, wrong signature, other site, old challenge: the caller is not told which."""

    code = "passkey-refused"
    text = "The passkey was not accepted"
    remedy = "Begin again, or sign in another way"


class PasskeyCloned(Unauthenticated):
    """Its counter went back: two devices hold one key (WebAuthn 6.1.1), and one of them is not its
    owner's."""

    code = "passkey-cloned"
    text = "This passkey seems to have been copied, so it is refused"
    remedy = "Sign in another way, remove this passkey and make a new one"


class PasskeyNotMade(Invalid):
    code = "passkey-not-made"
    text = "The new passkey was not accepted"
    remedy = "Ask for new options and try again"


class PasskeyTaken(Conflict):
    code = "passkey-taken"
    text = "This passkey is kept already"
    remedy = "Use another device or remove the passkey first"


class TooManyPasskeys(Conflict):
    code = "too-many-passkeys"
    text = "You have {count} passkeys, more are not kept"
    remedy = "Remove those you no longer use"


class PasskeyNotFound(NotFound):
    code = "passkey-not-found"
    text = "You have no such passkey"


class PasskeyChallenge(msgspec.Struct, frozen=True, kw_only=True):
    """32 random bytes to be signed. With `user_id` it makes a passkey for them, without it signs in."""

    value: bytes
    expires_at: datetime
    user_id: UserId | None = None

    @classmethod
    def made(cls, value: bytes, at: datetime, user_id: UserId | None = None) -> PasskeyChallenge:
        assert len(value) >= 16, "WebAuthn 13.4.3 asks for at least 16 random bytes"
        return cls(value=value, expires_at=at + CHALLENGE_LIVES, user_id=user_id)

    def serves(self, user_id: UserId | None, at: datetime) -> bool:
        return self.user_id == user_id and at < self.expires_at


class Attestation(msgspec.Struct, frozen=True, kw_only=True):
    """What an authenticator answers when it has made a key, byte for byte."""

    credential_id: bytes
    client_data: bytes
    attestation_object: bytes
    transports: tuple[str, ...] = ()


class Assertion(msgspec.Struct, frozen=True, kw_only=True):
    """What an authenticator answers when it signs a challenge. `user_handle` is whose key it thinks
    it is."""

    credential_id: bytes
    client_data: bytes
    authenticator_data: bytes
    signature: bytes
    user_handle: bytes


class MadeKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key an authenticator has made, checked. `public_key` is a COSE key (RFC 9052)."""

    credential_id: bytes
    public_key: bytes
    sign_count: int


class Passkey(msgspec.Struct, frozen=True, kw_only=True):
    """`sign_count` is the highest seen; authenticators that do not count stay at 0."""

    user_id: UserId
    credential_id: bytes
    public_key: bytes
    sign_count: int
    name: str
    transports: tuple[str, ...]
    created_at: datetime
    last_used_at: datetime | None = None

    def used(self, sign_count: int, at: datetime) -> Passkey:
        """Signed in with it. PasskeyCloned when the counter did not grow (WebAuthn 7.2, step 22)."""
        if (sign_count or self.sign_count) and sign_count <= self.sign_count:
            raise PasskeyCloned
        return replace(self, sign_count=sign_count, last_used_at=at)


class PrunePasskeyChallenges(Job, frozen=True, kw_only=True, tag="people.prune-passkey-challenges"):
    """Forget challenges nobody answered."""

    is_routine = True


class Passkeys(Protocol):
    async def add(self, passkey: Passkey) -> None:
        """PasskeyTaken when the key is kept already, whoever's it is."""

    async def of_user(self, user_id: UserId) -> list[Passkey]:
        """The oldest first."""

    async def locked(self, credential_id: bytes) -> Passkey | None: ...

    async def save(self, passkey: Passkey) -> None:
        """Keep its counter and last use."""

    async def remove(self, user_id: UserId, credential_id: bytes) -> bool:
        """Whether there was one."""

    async def add_challenge(self, challenge: PasskeyChallenge) -> None: ...

    async def take_challenge(self, value: bytes) -> PasskeyChallenge | None:
        """Found and removed: nobody takes it twice."""

    async def prune_challenges(self, before: datetime) -> int:
        """Forget those that expired before that; how many."""


class Authenticators(Protocol):
    """The rules of WebAuthn for our site: what is asked of authenticators and whether they did it."""

    def making_options(self, customer: Customer, has: list[Passkey], challenge: bytes) -> Options: ...

    def signing_options(self, challenge: bytes) -> Options:
        """For whatever passkey of our site the device holds: nobody has to be named."""

    def challenge_in(self, client_data: bytes) -> bytes:
        """The challenge an answer claims to answer; empty when there is none to read."""

    def made(self, attestation: Attestation, challenge: bytes) -> MadeKey:
        """PasskeyNotMade unless every check of WebAuthn 7.1 holds."""

    def signed(self, assertion: Assertion, challenge: bytes, public_key: bytes) -> int:
        """The authenticator's counter. PasskeyRefused unless every check of WebAuthn 7.2 holds."""
