"""A second thing to prove oneself by: a code that changes every 30 s (RFC 6238), or one of ten written down.

Customers have it by choice, staff must. A secret that is enrolled counts for nothing until a first code
of it confirms that the person's device really has it. A code works once: the step it was made for is
kept, and nothing of that step or an earlier one is taken again.
"""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from typing import ClassVar, Protocol
from uuid import UUID

import msgspec
from msgspec.structs import replace

from domain.kernel.errors import Conflict, Forbidden, Invalid, Unauthenticated
from domain.kernel.terms import Term
from domain.people.tokens import digest

FRESH = timedelta(minutes=10)
STEP_SECONDS = 30
DIGITS = 6
_WINDOW = (-1, 0, 1)
"""Steps beside the present one that count too: clocks differ and people type slowly (RFC 6238 §5.2)."""

_FALLBACK_CHARACTERS = 16
"""80 random bits: too many to guess, so that a fast hash of them is enough."""


class SecondFactorRequired(Unauthenticated):
    """The first step of signing in went well. `challenge` among the params goes into the answer."""

    code = "second-factor-required"
    text = "Your second factor is needed"
    remedy = (
        "Send this challenge with a code of your application, or a fallback code, to sessions/second-factor"
    )


class SecondFactorWrong(Unauthenticated):
    """Wrong, or right but used before: the caller is not told which."""

    code = "second-factor-wrong"
    text = "The code is wrong or was used already"
    remedy = "Wait for the next code of your application, or take a fallback code"


class CodeWrong(Invalid):
    """The same of somebody who is signed in: the session is none the worse for it."""

    code = "second-factor-code-wrong"
    text = "The code is wrong or was used already"
    remedy = "Wait for the next code of your application, or take a fallback code"


class SignInNotFresh(Invalid):
    """Who has no password proves by a sign-in of a moment ago that an open session was not found lying."""

    code = "second-factor-sign-in-anew"
    text = "Your sign-in is too long ago to set up a second factor"
    remedy = "Sign in anew, then set it up within 10 minutes"


class SecondFactorSet(Conflict):
    code = "second-factor-set"
    text = "You have a second factor already"
    remedy = "Remove it by a code first, then set up the new one"


class SecondFactorNotSet(Conflict):
    code = "second-factor-not-set"
    text = "You have no second factor"
    remedy = "Set one up first"


class SecondFactorMissing(Forbidden):
    """Staff without a second factor: their session may set one up, and nothing else."""

    code = "second-factor-missing"
    text = "Staff must have a second factor"
    remedy = "Set it up at me/second-factor; everything else opens when its first code is confirmed"


class SecondFactorTerms(Term, frozen=True, kw_only=True):
    name: ClassVar[str] = "people.second-factor"

    challenge_seconds: int
    challenge_tries: int
    fallback_codes: int


def step_of(at: datetime) -> int:
    """The number of the 30 seconds that `at` lies in."""
    return int(at.timestamp()) // STEP_SECONDS


def plain(written: str) -> str:
    """A code without what people type around it."""
    return "".join(character for character in written if character.isalnum()).upper()


def is_fallback(code: str) -> bool:
    """Whether a plain code has the length of a fallback code; it tells nothing but what was typed."""
    return len(code) != DIGITS


def sealed_of(owner_id: UUID) -> str:
    """Whose a sealed secret is, as the box is told."""
    return f"second factor of {owner_id}"


class Factor(msgspec.Struct, frozen=True, kw_only=True):
    """The second factor of one person. `sealed` is the secret, encrypted; `last_step` the last one used."""

    owner_id: UUID
    sealed: bytes
    enrolled_at: datetime
    confirmed_at: datetime | None = None
    last_step: int = 0

    @property
    def is_confirmed(self) -> bool:
        return self.confirmed_at is not None

    def after(self, code: str, code_of: Callable[[int], str], at: datetime) -> Factor | None:
        """The factor with this code used up; None when no step near `at` has it, or none still unused.

        `code_of` gives a step's code. All three are compared, so that the time does not tell which fits.
        """
        asked, present = code.encode(), step_of(at)
        fitting = [
            step
            for step in (present + beside for beside in _WINDOW)
            if compare_digest(code_of(step).encode(), asked) & (step > self.last_step)
        ]
        return replace(self, last_step=max(fitting)) if fitting else None

    def confirmed(self, code: str, code_of: Callable[[int], str], at: datetime) -> Factor:
        """The factor, in force from now on. SecondFactorSet, CodeWrong."""
        if self.is_confirmed:
            raise SecondFactorSet
        proved = self.after(code, code_of, at)
        if proved is None:
            raise CodeWrong(field="code")
        return replace(proved, confirmed_at=at)

    def next_step(self, at: datetime) -> int:
        """The first step whose code is still unused."""
        return max(step_of(at), self.last_step + 1)


def fallback_code(secret: str) -> str:
    """A code to write down, as people read it ("ABCD-EFGH-JKLM-NPQR"), made of a random secret."""
    text = b32encode(sha256(secret.encode()).digest()).decode()[:_FALLBACK_CHARACTERS]
    return "-".join(text[at : at + 4] for at in range(0, _FALLBACK_CHARACTERS, 4))


def fallback_hash(code: str) -> bytes:
    """What is kept of a fallback code, however it is typed."""
    return digest(plain(code))


class Factors(Protocol):
    """Second factors of customers, or those of staff."""

    async def of(self, owner_id: UUID) -> Factor | None: ...

    async def locked(self, owner_id: UUID) -> Factor | None: ...

    async def save(self, factor: Factor) -> None:
        """Keep it in place of the former one."""

    async def forget(self, owner_id: UUID) -> None:
        """The factor and every fallback code; nothing to do where there is none."""

    async def set_fallbacks(self, owner_id: UUID, hashes: Iterable[bytes], at: datetime) -> None:
        """Keep these fallback codes in place of the former ones."""

    async def use_fallback(self, owner_id: UUID, code_hash: bytes, at: datetime) -> bool:
        """Whether it was there and unused; it is used now."""

    async def fallbacks_left(self, owner_id: UUID) -> int: ...


class CodeMaker(Protocol):
    """Makes secrets, and codes of them. A secret outside of it is sealed for its owner alone."""

    def new_secret(self, owner_id: UUID) -> bytes: ...

    def text(self, sealed: bytes, owner_id: UUID) -> str:
        """The secret as a person types it into an application: base32."""

    def uri(self, sealed: bytes, owner_id: UUID, login: str) -> str:
        """The secret as applications scan it: `otpauth://totp/…`."""

    def code(self, sealed: bytes, owner_id: UUID, step: int) -> str: ...
