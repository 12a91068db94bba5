"""Signing in between its two steps: who has passed the first one, and how long the second may take."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

import msgspec
from msgspec.structs import replace

from domain.kernel.errors import Unauthenticated
from domain.people.second_factor import SecondFactorTerms
from domain.people.tokens import Holder, digest, matches

MOST_CHARACTERS = 200


class ChallengeRefused(Unauthenticated):
    """Unknown, passed, too old or tried too often: the caller is not told which."""

    code = "challenge-refused"
    text = "This sign-in cannot be completed any more"
    remedy = "Sign in anew"


class ChallengeToken(msgspec.Struct, frozen=True):
    id: UUID
    secret: str

    def __str__(self) -> str:
        return f"{self.id.hex}.{self.secret}"

    @classmethod
    def parsed(cls, text: str) -> ChallengeToken:
        """ChallengeRefused when it is none."""
        key, dot, secret = text.partition(".")
        if not dot or len(text) > MOST_CHARACTERS:
            raise ChallengeRefused
        try:
            return cls(UUID(key), secret)
        except ValueError as garbled:
            raise ChallengeRefused from garbled


class Challenge(msgspec.Struct, frozen=True, kw_only=True):
    """`login` and `ip` are those of the first step; `by_password` when a password was its proof."""

    id: UUID
    secret_hash: bytes
    holder: Holder
    owner_id: UUID
    ip: str
    created_at: datetime
    expires_at: datetime
    tries_left: int
    login: str
    by_password: bool
    passed_at: datetime | None = None

    @classmethod
    def made(
        cls,
        id: UUID,
        holder: Holder,
        owner_id: UUID,
        *,
        login: str,
        by_password: bool,
        ip: str,
        secret: str,
        terms: SecondFactorTerms,
        at: datetime,
    ) -> tuple[Challenge, ChallengeToken]:
        challenge = cls(
            id=id,
            secret_hash=digest(secret),
            holder=holder,
            owner_id=owner_id,
            login=login,
            by_password=by_password,
            ip=ip,
            created_at=at,
            expires_at=at + timedelta(seconds=terms.challenge_seconds),
            tries_left=terms.challenge_tries,
        )
        return challenge, ChallengeToken(id, secret)

    def tried(self, shown: ChallengeToken, at: datetime) -> Challenge:
        """One try less, to be kept before the code is looked at. ChallengeRefused."""
        if not matches(shown.secret, self.secret_hash) or self.passed_at is not None:
            raise ChallengeRefused
        if at >= self.expires_at or not self.tries_left:
            raise ChallengeRefused
        return replace(self, tries_left=self.tries_left - 1)

    def passed(self, at: datetime) -> Challenge:
        """Passed, once. ChallengeRefused when somebody was quicker."""
        if self.passed_at is not None:
            raise ChallengeRefused
        return replace(self, passed_at=at)


class Challenges(Protocol):
    async def add(self, challenge: Challenge) -> None: ...

    async def locked(self, id: UUID) -> Challenge | None: ...

    async def save(self, challenge: Challenge) -> None: ...

    async def drop(self, owner_id: UUID) -> None:
        """Forget those of one person: what they had to prove has changed."""

    async def prune(self, before: datetime) -> int:
        """Forget those that ended before that; how many."""
