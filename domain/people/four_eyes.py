"""What one person of the staff alone may not do: it is asked for by one and approved by another.

Who asks may not approve (but may take it back); who approves needs the right the act itself needs and a
role at least as high as the asker's; after a while nobody may. The acts themselves are declared where they
belong, as `Action`s.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Protocol
from uuid import UUID

import msgspec
from msgspec.structs import replace

from domain.kernel.access import Actor, ActorKind, Scope, ScopeMissing
from domain.kernel.errors import Conflict, Forbidden, NotFound
from domain.kernel.terms import Term
from domain.people.staff import Role


class ApprovalNotFound(NotFound):
    code = "approval-not-found"
    text = "There is no such request for approval"


class ApprovalOfOneself(Forbidden):
    code = "approval-of-oneself"
    text = "Who asked may not approve"
    remedy = "Another person of the staff must look at it"


class ApproverTooLow(Forbidden):
    code = "approver-too-low"
    text = "Your role does not reach for this approval"
    remedy = "It needs a person of the staff with a role at least as high as the asker's"


class ApprovalDecided(Conflict):
    code = "approval-decided"
    text = "This request was decided already"


class ApprovalExpired(Conflict):
    code = "approval-expired"
    text = "This request was not approved in time"
    remedy = "Ask for it again"


class AskerMayNot(Conflict):
    code = "approval-asker-may-not"
    text = "Who asked for this may not do it any more"
    remedy = "Refuse the request; somebody who may asks for it anew"


class FourEyesTerms(Term, frozen=True, kw_only=True):
    name: ClassVar[str] = "people.four-eyes"

    expires_seconds: int


class Action(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """What is to be done. Each feature declares its own, tagged `feature.verb`.

    `scope` is the right that both the asker and the approver need.
    """

    scope: ClassVar[Scope]


class ApprovalState(StrEnum):
    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"
    EXPIRED = "expired"


class Approval(msgspec.Struct, frozen=True, kw_only=True):
    """`asked_role` is None when a system asked: only the highest role approves that."""

    id: UUID
    action: Action
    reason: str
    asked_by: UUID
    asked_by_name: str
    asked_role: Role | None
    asked_at: datetime
    expires_at: datetime
    decided_by: UUID | None = None
    decided_by_name: str | None = None
    decided_at: datetime | None = None
    is_refused: bool = False

    @classmethod
    def asked(
        cls, id: UUID, action: Action, by: Actor, *, reason: str, terms: FourEyesTerms, at: datetime
    ) -> Approval:
        """A request to be decided by another. ScopeMissing when the asker has not the right either."""
        if action.scope not in by.scopes:
            raise ScopeMissing(scope=action.scope)
        return cls(
            id=id,
            action=action,
            reason=reason,
            asked_by=by.id,
            asked_by_name=by.name,
            asked_role=Role(by.role) if by.role else None,
            asked_at=at,
            expires_at=at + timedelta(seconds=terms.expires_seconds),
        )

    def approved(self, by: Actor, at: datetime) -> Approval:
        """Approved by a second person, who may.

        ApprovalOfOneself, ApproverTooLow, ScopeMissing, ApprovalDecided, ApprovalExpired.
        """
        if by.id == self.asked_by:
            raise ApprovalOfOneself
        self._check_approver(by)
        self._check_open(at)
        return self._decided(by, at, is_refused=False)

    def refused(self, by: Actor, at: datetime) -> Approval:
        """Refused by somebody who might approve it, or taken back by who asked."""
        if by.id != self.asked_by:
            self._check_approver(by)
        self._check_open(at)
        return self._decided(by, at, is_refused=True)

    def state(self, at: datetime) -> ApprovalState:
        if self.decided_at is not None:
            return ApprovalState.REFUSED if self.is_refused else ApprovalState.APPROVED
        return ApprovalState.EXPIRED if at >= self.expires_at else ApprovalState.ASKED

    def _check_approver(self, by: Actor) -> None:
        if self.action.scope not in by.scopes:
            raise ScopeMissing(scope=self.action.scope)
        if by.kind is not ActorKind.STAFF or by.role is None:
            raise ApproverTooLow
        highest = max(role.rank for role in Role)
        if Role(by.role).rank < (self.asked_role.rank if self.asked_role else highest):
            raise ApproverTooLow

    def _check_open(self, at: datetime) -> None:
        state = self.state(at)
        if state is ApprovalState.EXPIRED:
            raise ApprovalExpired
        if state is not ApprovalState.ASKED:
            raise ApprovalDecided

    def _decided(self, by: Actor, at: datetime, *, is_refused: bool) -> Approval:
        return replace(self, decided_by=by.id, decided_by_name=by.name, decided_at=at, is_refused=is_refused)


class Approvals(Protocol):
    async def add(self, approval: Approval) -> None: ...

    async def locked(self, id: UUID) -> Approval | None: ...

    async def save(self, approval: Approval) -> None: ...

    async def waiting(self, action: Action, asked_by: UUID, at: datetime) -> Approval | None:
        """The very same request of the same person, while nobody has decided it and it may be."""

    async def waiting_about(
        self, kinds: Collection[type[Action]], about: Sequence[Mapping[str, object]], at: datetime
    ) -> list[Approval]:
        """Requests of these kinds whose action has any of these sets of values, whoever asked, while nobody
        has decided them and they may be; the first asked for first."""

    async def newest(self, kinds: Collection[type[Action]], limit: int) -> list[Approval]:
        """Requests of these kinds, the newest first."""
