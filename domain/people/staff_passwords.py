"""A new password for somebody of the staff: an administrator opens the way, the person chooses it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar, NamedTuple, Protocol
from uuid import UUID

import msgspec
from msgspec.structs import replace

from domain.kernel.access import Scope
from domain.kernel.errors import Invalid
from domain.kernel.ids import StaffId
from domain.kernel.terms import Term
from domain.people.four_eyes import Action
from domain.people.tokens import digest, matches

_MOST_CHARACTERS = 200


class StaffResetRefused(Invalid):
    """Mistyped, used, replaced, out of date, not approved: one answer for all."""

    code = "staff-reset-refused"
    text = "This one-time reset is wrong or no longer valid"
    remedy = "Copy it exactly, or ask an administrator for another one"


class StaffPasswordTerms(Term, frozen=True, kw_only=True):
    name: ClassVar[str] = "people.staff-passwords"

    reset_seconds: int


class ResetToken(NamedTuple):
    """What the person is handed over. Nobody is shown the secret again."""

    staff_id: StaffId
    secret: str

    @classmethod
    def parsed(cls, text: str) -> ResetToken:
        """StaffResetRefused."""
        owner, _, secret = text[:_MOST_CHARACTERS].strip().partition(".")
        try:
            return cls(StaffId(UUID(owner)), secret)
        except ValueError:
            raise StaffResetRefused(field="reset") from None

    def __str__(self) -> str:
        return f"{self.staff_id.hex}.{self.secret}"


class ResetPassword(Action, frozen=True, kw_only=True, tag="staff.reset-password"):
    """`secret_hash` is of the token that the asker was shown: it opens nothing before it is approved."""

    scope: ClassVar[Scope] = Scope.ADMINISTER

    staff_id: StaffId
    secret_hash: bytes


class StaffReset(msgspec.Struct, frozen=True, kw_only=True):
    """The way to a new password, once."""

    staff_id: StaffId
    secret_hash: bytes
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None = None

    @classmethod
    def made(cls, action: ResetPassword, terms: StaffPasswordTerms, at: datetime) -> StaffReset:
        return cls(
            staff_id=action.staff_id,
            secret_hash=action.secret_hash,
            made_at=at,
            expires_at=at + timedelta(seconds=terms.reset_seconds),
        )

    def used(self, shown: ResetToken, at: datetime) -> StaffReset:
        """It worked, and never will again. StaffResetRefused."""
        if not matches(shown.secret, self.secret_hash) or self.used_at or at >= self.expires_at:
            raise StaffResetRefused(field="reset")
        return replace(self, used_at=at)


class StaffResets(Protocol):
    async def keep(self, reset: StaffReset) -> None:
        """Instead of the one kept before, or as it is now."""

    async def locked(self, staff_id: StaffId) -> StaffReset | None: ...


def new_reset(staff_id: StaffId, secret: str) -> tuple[ResetPassword, ResetToken]:
    """What is to be done, and what its asker takes away."""
    return ResetPassword(staff_id=staff_id, secret_hash=digest(secret)), ResetToken(staff_id, secret)
