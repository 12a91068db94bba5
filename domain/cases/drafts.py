"""A form that is not sent yet, kept on the server so that it can be gone on with elsewhere."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from domain.kernel.access import Access
from domain.kernel.errors import Conflict, Invalid, NotFound
from domain.kernel.ids import AccountId, CaseId

MOST_BYTES = 65_536
MOST_PER_PERSON = 50
"""Of one account: a person who reaches it sends or drops some."""


class DraftNotFound(NotFound):
    code = "draft-not-found"
    text = "There is no such draft of yours"


class DraftTooLarge(Invalid):
    code = "draft-too-large"
    text = "A draft has {most_bytes} bytes at most"
    remedy = "Shorten the texts; files are attached by themselves"


class TooManyDrafts(Conflict):
    code = "too-many-drafts"
    text = "You have {most} drafts on this account already"
    remedy = "Send some of them or drop them"


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """`content` is what the client keeps, as it came: nobody judges it before it is sent. `case_id` is the
    id the case will have. Only who wrote it sees it."""

    case_id: CaseId
    account_id: AccountId
    by_id: UUID
    content: object
    changed_at: datetime


class DraftCursor(msgspec.Struct, frozen=True, kw_only=True):
    changed_at: datetime
    case_id: CaseId


class Drafts(Protocol):
    """Reads raise nothing where the actor may not see the account: there is nothing of theirs."""

    async def keep(self, draft: Draft) -> bool:
        """False when the id is another person's draft."""

    async def count(self, account_id: AccountId, by_id: UUID) -> int: ...

    async def found(self, access: Access, case_id: CaseId) -> Draft | None: ...

    async def listed(self, access: Access, *, before: DraftCursor | None, limit: int) -> list[Draft]:
        """The actor's own, the latest change first."""

    async def drop(self, account_id: AccountId, case_id: CaseId, by_id: UUID) -> None:
        """Also one that is not there."""


def checked(content: bytes) -> object:
    """What a client sent as a draft, within its limit."""
    if len(content) > MOST_BYTES:
        raise DraftTooLarge(most_bytes=MOST_BYTES)
    return msgspec.json.decode(content)
