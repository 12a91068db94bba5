"""Reading the record of what staff looked at: the data officer over all, a holder of their own."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from domain.kernel.access import Access
from domain.kernel.ids import AccountId, StaffId
from domain.people.staff import View


class ViewKey(msgspec.Struct, frozen=True, kw_only=True):
    """Where a page of views ended."""

    at: datetime
    view_id: UUID


class ViewQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """Which looks are asked for: what is None does not narrow. `since` belongs in, `until` does not."""

    account_id: AccountId | None = None
    staff_id: StaffId | None = None
    since: datetime | None = None
    until: datetime | None = None


class ViewLog(Protocol):
    """The newest first."""

    async def of_account(self, access: Access, *, before: ViewKey | None, limit: int) -> list[View]: ...

    async def listed(self, question: ViewQuestion, *, before: ViewKey | None, limit: int) -> list[View]:
        """Of all accounts. Whoever may ask is for the caller to check."""

    async def numbers(self, account_ids: Collection[AccountId]) -> Mapping[AccountId, str]:
        """By which numbers people know these accounts."""
