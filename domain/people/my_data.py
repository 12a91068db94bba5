"""What is kept of a person beside accounts: for the export of one's own data (152-FZ, article 14)."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

import msgspec

from domain.kernel.access import Scope
from domain.kernel.ids import AccountId, UserId


class OwnSession(msgspec.Struct, frozen=True, kw_only=True):
    """A sign-in, also one that is over."""

    created_at: datetime
    last_seen_at: datetime
    ended_at: datetime | None
    end_reason: str | None
    device: str
    ip: str


class OwnMembership(msgspec.Struct, frozen=True, kw_only=True):
    """A right to an account."""

    account_id: AccountId
    role: str
    scopes: frozenset[Scope]
    added_at: datetime
    valid_until: datetime | None


class MyData(Protocol):
    async def sessions(self, user_id: UserId, limit: int) -> list[OwnSession]:
        """The newest first."""

    async def memberships(self, user_id: UserId, limit: int) -> list[OwnMembership]:
        """By account, those past their end too."""
