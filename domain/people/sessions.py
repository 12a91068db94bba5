"""A sign-in that lasts: opened by a password, prolonged by refresh tokens, ended for good."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Protocol
from uuid import UUID

import msgspec
from msgspec.structs import replace

from domain.kernel.access import Actor
from domain.kernel.errors import NotFound, Unauthenticated, Unavailable
from domain.kernel.ids import SessionId
from domain.kernel.terms import Term
from domain.people.tokens import AccessToken, Holder, KeyToken, RefreshToken, TokenRefused, digest, matches

SEEN_EVERY = timedelta(minutes=5)
"""Last-seen is written no more often than this: reading must not become writing."""


MOST_LISTED = 100


class SessionNotFound(NotFound):
    code = "session-not-found"
    text = "There is no such session among yours"


class SignInFailed(Unauthenticated):
    """One answer for an unknown phone, a wrong password and a person without a password."""

    code = "sign-in-failed"
    text = "The phone or the password is wrong"
    remedy = "Check both and try again"


class RefreshTokenReused(Unauthenticated):
    """An old refresh token came back: it was stolen, or its holder was. Nobody goes on with it."""

    code = "refresh-token-reused"
    text = "This refresh token was used before, so the session is ended"
    remedy = "Sign in again; if the second use was not yours, change your password"


class PasswordsBusy(Unavailable):
    code = "passwords-busy"
    text = "Too many people are signing in at this moment"
    remedy = "Try again in a few seconds"


class Ending(StrEnum):
    SIGNED_OUT = "signed-out"
    REFRESH_REUSED = "refresh-reused"
    REVOKED = "revoked"


class Lifetime(msgspec.Struct, frozen=True, kw_only=True):
    """How long an access token lives, how long a session waits for a refresh, and its longest life."""

    access_seconds: int
    refresh_seconds: int
    most_seconds: int

    def access_until(self, at: datetime, opened_at: datetime) -> datetime:
        return min(at + timedelta(seconds=self.access_seconds), self.end(opened_at))

    def refresh_until(self, at: datetime, opened_at: datetime) -> datetime:
        return min(at + timedelta(seconds=self.refresh_seconds), self.end(opened_at))

    def end(self, opened_at: datetime) -> datetime:
        return opened_at + timedelta(seconds=self.most_seconds)


class SessionTerms(Term, frozen=True, kw_only=True):
    name: ClassVar[str] = "people.sessions"

    customer: Lifetime
    staff: Lifetime

    def of(self, holder: Holder) -> Lifetime:
        return self.staff if holder is Holder.STAFF else self.customer


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """What the client takes away. Nobody else ever sees these secrets again."""

    access: AccessToken
    refresh: RefreshToken
    expires_at: datetime
    refresh_expires_at: datetime


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A session of a customer or of staff, by its hashes."""

    id: SessionId
    owner_id: UUID
    secret_hash: bytes
    family_hash: bytes
    refresh_hash: bytes
    refresh_no: int
    created_at: datetime
    last_seen_at: datetime
    access_expires_at: datetime
    refresh_expires_at: datetime
    device: str
    ip: str
    ended_at: datetime | None = None
    end_reason: Ending | None = None
    slide_seconds: int | None = None
    """Set for a browser's session: seen again, it lives as long from then on."""

    @classmethod
    def opened(
        cls,
        holder: Holder,
        owner_id: UUID,
        session_id: SessionId,
        *,
        lifetime: Lifetime,
        new_secret: Callable[[], str],
        at: datetime,
        device: str,
        ip: str,
    ) -> tuple[Session, Tokens]:
        access = AccessToken(holder, owner_id, session_id, new_secret())
        refresh = RefreshToken(holder, owner_id, session_id, new_secret(), new_secret())
        session = cls(
            id=session_id,
            owner_id=owner_id,
            secret_hash=digest(access.secret),
            family_hash=digest(refresh.family),
            refresh_hash=digest(refresh.secret),
            refresh_no=0,
            created_at=at,
            last_seen_at=at,
            access_expires_at=lifetime.access_until(at, at),
            refresh_expires_at=lifetime.refresh_until(at, at),
            device=device,
            ip=ip,
        )
        return session, session._tokens(access, refresh)

    def refreshed(
        self, shown: RefreshToken, *, lifetime: Lifetime, new_secret: Callable[[], str], at: datetime
    ) -> tuple[Session, Tokens]:
        """The session with new secrets: both former tokens are dead. Ask `is_reuse` first."""
        if not self.is_open(at) or not self._knows(shown) or self.is_reuse(shown):
            raise TokenRefused
        access = AccessToken(shown.holder, self.owner_id, self.id, new_secret())
        refresh = RefreshToken(shown.holder, self.owner_id, self.id, shown.family, new_secret())
        session = replace(
            self,
            secret_hash=digest(access.secret),
            refresh_hash=digest(refresh.secret),
            refresh_no=self.refresh_no + 1,
            last_seen_at=at,
            access_expires_at=lifetime.access_until(at, self.created_at),
            refresh_expires_at=lifetime.refresh_until(at, self.created_at),
        )
        return session, session._tokens(access, refresh)

    def in_browser(self, lifetime: Lifetime, at: datetime) -> Session:
        """Kept by a browser, which has the access token alone: it lives on while it is used."""
        return replace(
            self,
            slide_seconds=lifetime.refresh_seconds,
            access_expires_at=lifetime.refresh_until(at, self.created_at),
            refresh_expires_at=lifetime.end(self.created_at),
        )

    def ended(self, reason: Ending, at: datetime) -> Session:
        """Ended for good; what ended it first stays."""
        return self if self.ended_at else replace(self, ended_at=at, end_reason=reason)

    def is_open(self, at: datetime) -> bool:
        return self.ended_at is None and at < self.refresh_expires_at

    def is_reuse(self, shown: RefreshToken) -> bool:
        """Whether `shown` is of this session but not its last one.

        Only one who once held a genuine token knows the family, so a guess cannot end a session.
        """
        return self._knows(shown) and not matches(shown.secret, self.refresh_hash)

    def _knows(self, shown: RefreshToken) -> bool:
        return matches(shown.family, self.family_hash)

    def _tokens(self, access: AccessToken, refresh: RefreshToken) -> Tokens:
        return Tokens(
            access=access,
            refresh=refresh,
            expires_at=self.access_expires_at,
            refresh_expires_at=self.refresh_expires_at,
        )


class Presence(msgspec.Struct, frozen=True, kw_only=True):
    """Whoever stands behind a token, as far as checking it needs. Ended ones are not found at all."""

    actor: Actor
    secret_hash: bytes
    expires_at: datetime
    last_seen_at: datetime | None

    def admits(self, shown: AccessToken | KeyToken, at: datetime) -> bool:
        return matches(shown.secret, self.secret_hash) and at < self.expires_at

    def is_stale(self, at: datetime) -> bool:
        return self.last_seen_at is None or at - self.last_seen_at >= SEEN_EVERY


class Sessions(Protocol):
    """Sessions of customers, or those of staff."""

    async def add(self, session: Session) -> None: ...

    async def locked(self, owner_id: UUID, session_id: SessionId) -> Session | None: ...

    async def save(self, session: Session) -> None: ...

    async def open_of(self, owner_id: UUID, at: datetime) -> list[Session]:
        """Those that have not ended, the last seen first; at most MOST_LISTED."""

    async def end_all(
        self, owner_id: UUID, reason: Ending, at: datetime, *, but: SessionId | None
    ) -> list[SessionId]:
        """End every open session of the owner except `but`; which ones."""


class Presences(Protocol):
    """Asked at every request, outside any transaction."""

    async def of(self, shown: AccessToken | KeyToken) -> Presence | None:
        """Who the token's row belongs to, not older than 3 s. The secret is for the caller to check."""

    async def saw(self, shown: AccessToken | KeyToken, at: datetime) -> None:
        """Write that its holder was here."""

    def forget(self, owner_id: UUID, session_id: SessionId) -> None:
        """The session has just changed: do not answer from memory."""


class Passwords(Protocol):
    """Both raise PasswordsBusy when too many wait already."""

    async def hashed(self, password: str) -> str: ...

    async def verified(self, password: str, kept: str | None) -> bool:
        """Whether `kept` is the hash of `password`. Without one: no, after the same time."""
