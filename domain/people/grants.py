"""The log of who was let do what on an account, by whom and when, and where rights are kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

import msgspec

from domain.kernel.access import Access, ActorKind, Scope
from domain.kernel.errors import Forbidden
from domain.kernel.ids import AccountId, InvitationId, UserId
from domain.kernel.jobs import AccountJob
from domain.people.delegation import Circle, Grant, HandOver
from domain.people.memberships import MemberRole, Membership


class RightTakenBack(Forbidden):
    """Told only to whoever had the right and knows it, after the bill has proved right."""

    code = "account-right-taken-back"
    text = "Your right to this account was taken back, so the bill alone does not give it to you again"
    remedy = "Ask the owner of the account to invite you; if it is yours now, come to the company with papers"


class TellOfAdded(AccountJob, frozen=True, kw_only=True, tag="people.tell-added"):
    """Tell those who manage the account that somebody came to it by the paper bill. `record_id` is the line
    of the log."""

    user_id: UserId
    record_id: UUID
    day: date
    may_manage: bool


class TellOfAccepted(AccountJob, frozen=True, kw_only=True, tag="people.tell-accepted"):
    """Tell those who manage the account that an invitation to it was accepted."""

    user_id: UserId
    invitation_id: InvitationId
    day: date


class GrantEvent(StrEnum):
    ADDED = "added"
    INVITED = "invited"
    WITHDRAWN = "withdrawn"
    JOINED = "joined"
    CHANGED = "changed"
    ENDED = "ended"
    LEFT = "left"
    TRANSFER_PROMISED = "transfer-promised"
    TRANSFER_DROPPED = "transfer-dropped"
    TRANSFERRED = "transferred"
    CLOSED = "closed"


class GrantRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the log. `user_id` is whose right changed; None for an invitation, for nobody knows
    yet whose it will be. `by_id` is a user, a member of staff or the product itself, by `by_kind`."""

    id: UUID
    account_id: AccountId
    what: GrantEvent
    by_kind: ActorKind
    by_id: UUID
    at: datetime
    user_id: UserId | None = None
    invitation_id: InvitationId | None = None
    role: MemberRole | None = None
    scopes: frozenset[Scope] = frozenset()
    valid_until: datetime | None = None
    reason: str | None = None

    @classmethod
    def of(
        cls,
        what: GrantEvent,
        right: Membership | Grant | None,
        by: Access,
        *,
        id: UUID,
        user_id: UserId | None = None,
        invitation_id: InvitationId | None = None,
        reason: str | None = None,
    ) -> GrantRecord:
        """What happened to a right by whoever acts."""
        return cls(
            id=id,
            account_id=by.account_id,
            what=what,
            by_kind=by.actor.kind,
            by_id=by.actor.id,
            at=by.at,
            user_id=right.user_id if isinstance(right, Membership) else user_id,
            invitation_id=invitation_id,
            role=right.role if right else None,
            scopes=right.scopes if right else frozenset(),
            valid_until=right.valid_until if right else None,
            reason=reason,
        )


_FOR_ALL = frozenset({GrantEvent.LEFT, GrantEvent.TRANSFERRED, GrantEvent.CLOSED})
"""With these the rights of others end too, and nobody meant them by it."""


def is_taken_back(moment: Sequence[GrantRecord], user_id: UserId) -> bool:
    """Whether what was last written of the person says that somebody who may do so ended their right, or
    that the power of attorney they acted by is over. `moment` is all that was written with it."""
    ended = [one for one in moment if one.what is GrantEvent.ENDED and one.user_id == user_id]
    if not ended or any(one.what in _FOR_ALL for one in moment):
        return False
    last = ended[-1]
    by_another = last.by_kind is ActorKind.CUSTOMER and last.by_id != user_id
    return by_another or last.role is MemberRole.REPRESENTATIVE


class HandOverAccount(AccountJob, frozen=True, kw_only=True, tag="people.hand-over"):
    """Do the promised change of owner of that moment, if it still stands."""

    moment: datetime


class Delegations(Protocol):
    """Reads and locks raise account-not-found where the actor may not act with that scope."""

    async def circle(self, access: Access) -> Circle: ...

    async def circle_locked(self, access: Access) -> Circle: ...

    async def keep(self, membership: Membership) -> None:
        """Write both sides: new, or instead of the one kept."""

    async def end(self, account_id: AccountId, user_id: UserId) -> None:
        """Remove both sides."""

    async def record(self, record: GrantRecord) -> None: ...

    async def log(self, access: Access, *, before: UUID | None, limit: int) -> list[GrantRecord]:
        """The newest first."""

    async def last_moment(self, account_id: AccountId, user_id: UserId) -> list[GrantRecord]:
        """The last line about the person's right, with all lines of the same moment, in their order."""

    async def promise(self, account_id: AccountId, change: HandOver | None) -> None: ...

    async def hand_over(self, account_id: AccountId, at: datetime) -> None:
        """Note that the account has a new holder, and that nothing is promised any more."""

    async def close(self, account_id: AccountId, at: datetime) -> None: ...
