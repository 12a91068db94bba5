"""Codes of six digits that prove that a phone or an e-mail is one's own.

Only a keyed hash of a code is kept, under a keyed hash of what it is for, where it was sent and who may
use it: whoever reads the database learns neither the address nor the code. A code is compared in constant
time, works once, and is replaced by the next one. One refusal stands for every way to be wrong.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Protocol
from uuid import UUID

import msgspec
from msgspec.structs import replace

from domain.kernel.errors import Invalid, TooMany
from domain.kernel.jobs import Job
from domain.kernel.terms import Term
from domain.people.phones import Phone

DIGITS = 6


class CodeWrong(Invalid):
    """Mistyped, used, replaced, out of date, tried too often, or never sent: one answer for all."""

    code = "code-wrong"
    text = "The code is wrong or no longer valid"
    remedy = "Take the code from the last message, or ask for a new one"


class CodeTooSoon(TooMany):
    code = "code-too-soon"
    text = "A code was sent a moment ago: the next one can be sent in {retry_after_seconds} s"
    remedy = "Wait for the message; if it does not come, ask again when the time has passed"


class Purpose(StrEnum):
    SIGN_UP = "sign-up"
    SIGN_IN = "sign-in"
    PASSWORD_RESET = "password-reset"  # noqa: S105 - a name
    PHONE_CHANGE = "phone-change"
    EMAIL_CHANGE = "email-change"


class CodeTerms(Term, frozen=True, kw_only=True):
    """How long a code lives, how many wrong tries it survives, how soon the next may be sent, and how
    long a sign-up waits for its code."""

    name: ClassVar[str] = "people.codes"

    lifetime_seconds: int
    tries: int
    resend_seconds: int
    sign_up_seconds: int


def drawn(below: Callable[[int], int]) -> str:
    """A new code. `below(n)` gives a number from 0 to n - 1 that nobody can foresee."""
    return f"{below(10**DIGITS):0{DIGITS}d}"


def code_key(pepper: bytes, purpose: Purpose, address: str, place: str) -> bytes:
    """Where a code is kept. `place` parts the codes of those who must not disturb each other: the asker
    of a change, a network its owner is known from; "" for everybody else."""
    return _hashed(pepper, purpose, address, place)


class OneTimeCode(msgspec.Struct, frozen=True, kw_only=True):
    key: bytes
    purpose: Purpose
    hash: bytes
    tries_left: int
    issued_at: datetime
    expires_at: datetime
    used_at: datetime | None = None

    @classmethod
    def issued(
        cls, key: bytes, purpose: Purpose, code: str, *, pepper: bytes, terms: CodeTerms, at: datetime
    ) -> OneTimeCode:
        return cls(
            key=key,
            purpose=purpose,
            hash=_hashed(pepper, key.hex(), code),
            tries_left=terms.tries,
            issued_at=at,
            expires_at=at + timedelta(seconds=terms.lifetime_seconds),
        )

    def tried(self, code: str, *, pepper: bytes, at: datetime) -> tuple[OneTimeCode, bool]:
        """The code after one try, and whether the try was right: then it is used."""
        right = hmac.compare_digest(_hashed(pepper, self.key.hex(), code), self.hash)
        if not self.is_open(at):
            return self, False
        return (self.used(at), True) if right else (replace(self, tries_left=self.tries_left - 1), False)

    def used(self, at: datetime) -> OneTimeCode:
        """It worked, and never will again."""
        assert self.is_open(at)
        return replace(self, used_at=at)

    def is_open(self, at: datetime) -> bool:
        return self.used_at is None and self.tries_left > 0 and at < self.expires_at

    def wait_seconds(self, terms: CodeTerms, at: datetime) -> int:
        """Whole seconds until the next code may be sent in place of this one, 0 when it may be now."""
        left = (self.issued_at + timedelta(seconds=terms.resend_seconds) - at).total_seconds()
        return max(1, round(left)) if left > 0 else 0


class SignUp(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody has asked for a code to open a cabinet by this phone. It may have one already."""

    id: UUID
    phone: Phone
    expires_at: datetime


class PruneCodes(Job, frozen=True, kw_only=True, tag="people.prune-codes"):
    """Forget codes and sign-ups that are out of date."""

    is_routine = True


class Codes(Protocol):
    async def add(self, code: OneTimeCode) -> bool:
        """Keep it where there is none; False when there is one, perhaps a dead one."""

    async def locked(self, key: bytes) -> OneTimeCode | None: ...

    async def save(self, code: OneTimeCode) -> None: ...

    async def add_sign_up(self, sign_up: SignUp) -> None: ...

    async def sign_up(self, sign_up_id: UUID, at: datetime) -> SignUp | None:
        """None also when it is out of date."""

    async def prune(self, before: datetime) -> None:
        """Forget what had expired before that."""


def _hashed(pepper: bytes, *parts: str) -> bytes:
    return hmac.digest(pepper, "\n".join(parts).encode(), "sha256")
