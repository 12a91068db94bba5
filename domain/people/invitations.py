"""An invitation: made for a phone, accepted by whoever signs in by that phone and holds the code.

The code is drawn only when the message is sent, and of it the hash alone is kept. Whether the phone is
known is asked nowhere before the acceptance, so the inviter cannot learn it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol
from uuid import UUID

import msgspec
from msgspec.structs import replace

from domain.kernel.access import Access
from domain.kernel.errors import Conflict, NotFound
from domain.kernel.ids import AccountId, InvitationId, UserId
from domain.kernel.jobs import AccountJob
from domain.people.attempts import Door, TryKind
from domain.people.delegation import Circle, DelegationTerms, Grant
from domain.people.phones import Phone
from domain.people.tokens import digest

MOST_CODE_CHARS = 100


class InvitationNotFound(NotFound):
    """One answer for a code that was never made, is another's, is used, withdrawn or expired."""

    code = "invitation-not-found"
    text = "There is no such invitation, or it is not valid any more"
    remedy = "Check the code and the phone you signed in by, or ask for a new invitation"


class InvitationIdTaken(Conflict):
    code = "invitation-id-taken"
    text = "Another invitation already has this id"
    remedy = "Make a fresh id for a new invitation"


class InvitedAlready(Conflict):
    code = "invited-already"
    text = "This phone is invited already"
    remedy = "Wait for the answer, or withdraw that invitation first"


class InvitationState(StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    id: InvitationId
    account_id: AccountId
    phone: Phone
    grant: Grant
    invited_by: UserId
    made_at: datetime
    expires_at: datetime
    code_hash: str | None = None
    accepted_by: UserId | None = None
    accepted_at: datetime | None = None
    withdrawn_at: datetime | None = None

    def state(self, at: datetime) -> InvitationState:
        if self.accepted_at is not None:
            return InvitationState.ACCEPTED
        if self.withdrawn_at is not None:
            return InvitationState.WITHDRAWN
        return InvitationState.EXPIRED if at >= self.expires_at else InvitationState.OPEN

    def is_open(self, at: datetime) -> bool:
        return self.state(at) is InvitationState.OPEN

    def same_as(self, phone: Phone, grant: Grant, by: UserId) -> Invitation:
        """Itself, if it was asked for by the same request; InvitationIdTaken."""
        if (self.phone, self.grant, self.invited_by) != (phone, grant, by):
            raise InvitationIdTaken(field="id")
        return self

    def sent_with(self, code: str) -> Invitation:
        """A code has been drawn for it; a former one opens nothing any more."""
        return replace(self, code_hash=code_hash(code))

    def accepted(self, by: UserId, phone: Phone | None, at: datetime) -> Invitation:
        if not self.is_open(at) or phone != self.phone:
            raise InvitationNotFound
        return replace(self, accepted_by=by, accepted_at=at)

    def withdrawn(self, at: datetime) -> Invitation:
        """Withdrawn for good; what ended it first stays."""
        return replace(self, withdrawn_at=at) if self.is_open(at) else self


def invited(
    circle: Circle,
    open_ones: list[Invitation],
    grant: Grant,
    *,
    id: InvitationId,
    phone: Phone,
    by: UserId,
    terms: DelegationTerms,
    at: datetime,
) -> Invitation:
    """A new invitation to one account. `open_ones` are those that are open there."""
    circle.check_giving(by, grant, at)
    if any(one.phone == phone for one in open_ones):
        raise InvitedAlready(field="phone")
    circle.check_room(len(open_ones), terms, at)
    return Invitation(
        id=id,
        account_id=circle.account_id,
        phone=phone,
        grant=grant,
        invited_by=by,
        made_at=at,
        expires_at=at + timedelta(days=terms.invitation_days),
    )


def code_hash(code: str) -> str:
    """What is kept of a code, however it was typed."""
    return digest("".join(char for char in code.upper() if char.isalnum())).hex()


def message(code: str, until: datetime) -> str:
    """The short message, in Russian: its reader's language is not known. It names neither account nor
    people, for the phone may be mistyped."""
    return (
        "Личный кабинет: вам доверяют действовать по лицевому счёту. "
        f"Войдите по этому номеру телефона и введите код {code}, он действует до {until:%d.%m.%Y}. "
        "Никому его не сообщайте; если не ждали приглашения, ничего не делайте."
    )


def inviting_doors(by: UserId, phone: Phone) -> list[Door]:
    """Messages cost money and trouble: neither may one person send many nor one phone get many."""
    return sorted([Door(TryKind.INVITE_USER, str(by)), Door(TryKind.INVITE_PHONE, phone)])


def code_doors(by: UserId) -> list[Door]:
    return [Door(TryKind.INVITATION_CODE, str(by))]


class SendInvitation(AccountJob, frozen=True, kw_only=True, tag="people.send-invitation"):
    """Draw a code for the invitation and send it to the phone."""

    invitation_id: InvitationId


class Invitations(Protocol):
    async def add(self, invitation: Invitation) -> None: ...

    async def found(self, account_id: AccountId, id: UUID) -> Invitation | None: ...

    async def save(self, invitation: Invitation) -> None:
        """Keep what changed; its code leads to it, and a former one no more."""

    async def by_code(self, code_hash: str) -> tuple[AccountId, InvitationId] | None:
        """Where the invitation with that code is, used and withdrawn ones too."""

    async def open_on(self, account_id: AccountId, at: datetime) -> list[Invitation]: ...

    async def listed(self, access: Access) -> list[Invitation]:
        """The account's latest invitations, the newest first, at most 100. Nothing for those who may not
        manage it."""
