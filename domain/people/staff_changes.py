"""What is done with the rights of staff, which of it needs two people, and the record of all of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Protocol
from uuid import UUID

import msgspec

from domain.kernel.access import Actor, Scope
from domain.kernel.errors import Conflict, Forbidden
from domain.kernel.ids import StaffId
from domain.people.four_eyes import Action
from domain.people.staff import Role, Staff
from domain.people.staff_passwords import ResetPassword


class NotOneself(Forbidden):
    code = "staff-not-oneself"
    text = "Nobody changes their own rights"
    remedy = "Ask another administrator"


class LastAdministrator(Conflict):
    code = "staff-last-administrator"
    text = "This is the last administrator: nobody could be let in after them"
    remedy = "Make somebody else an administrator first"


class AdministratorByTwo(Conflict):
    code = "staff-administrator-by-two"
    text = "Nobody makes an administrator alone"
    remedy = "Add the person in another role, then change the role: a second administrator approves it"


class ChangeRole(Action, frozen=True, kw_only=True, tag="staff.change-role"):
    scope: ClassVar[Scope] = Scope.ADMINISTER

    staff_id: StaffId
    role: Role


class ResetSecondFactor(Action, frozen=True, kw_only=True, tag="staff.reset-second-factor"):
    scope: ClassVar[Scope] = Scope.ADMINISTER

    staff_id: StaffId


OfStaff = ChangeRole | ResetSecondFactor | ResetPassword
"""What is done to a member of staff, and may need two people."""


def needs_two(action: OfStaff, member: Staff) -> bool:
    """Whether one administrator alone may not do it: it makes an administrator, or opens the way to
    becoming one (whoever sets up an administrator's new second factor or password may act as them)."""
    if isinstance(action, ChangeRole):
        return action.role is Role.ADMINISTRATOR and member.role is not Role.ADMINISTRATOR
    return member.role is Role.ADMINISTRATOR


class StaffAct(StrEnum):
    ADDED = "added"
    ROLE_CHANGED = "role-changed"
    DISABLED = "disabled"
    ENABLED = "enabled"
    PASSWORD_RESET = "password-reset"  # noqa: S105 - a word, not a secret
    """A one-time reset was given out."""
    PASSWORD_SET = "password-set"  # noqa: S105 - likewise
    FACTOR_SET = "second-factor-set"
    FACTOR_REMOVED = "second-factor-removed"
    FACTOR_RESET = "second-factor-reset"
    PENALTIES_SET = "penalties-set"
    """Who reckons them, or by whose rules."""
    RECEIPTS_SET = "receipts-set"
    """Who issues a supplier's receipts, and what stands in them."""
    APPROVAL_ASKED = "approval-asked"
    APPROVAL_GIVEN = "approval-given"
    APPROVAL_REFUSED = "approval-refused"


class StaffEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the record that nobody can change: who did what to whom, when and why.

    `whom` is None where an approval of something else than staff's rights is meant.
    """

    id: UUID
    at: datetime
    who_kind: str
    who: UUID
    who_name: str
    act: StaffAct
    whom: StaffId | None
    reason: str
    details: dict[str, Any] = {}


def noted(
    actor: Actor, act: StaffAct, whom: StaffId | None, *, id: UUID, at: datetime, reason: str, **details: Any
) -> StaffEntry:
    """A line for the record of what the actor does."""
    return StaffEntry(
        id=id,
        at=at,
        who_kind=actor.kind,
        who=actor.id,
        who_name=actor.name,
        act=act,
        whom=whom,
        reason=reason,
        details=details,
    )


class StaffLog(Protocol):
    async def add(self, entry: StaffEntry) -> None: ...

    async def page(self, *, before: UUID | None, limit: int) -> list[StaffEntry]:
        """Entries older than that one (ids grow with time), the newest first."""
