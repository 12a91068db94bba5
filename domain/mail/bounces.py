"""Reports that a letter of ours could not be delivered (RFC 3464)."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from domain.mail.letters_in import LetterId


class Bounce(msgspec.Struct, frozen=True, kw_only=True):
    """`message_id` is our letter's, `recipient` in lower case. `action` is failed, delayed, delivered,
    relayed or expanded; `status` such as 5.1.1."""

    id: UUID
    letter_id: LetterId | None
    recipient: str
    message_id: str
    action: str
    status: str
    diagnostic: str
    received_at: datetime


class Bounces(Protocol):
    async def add(self, bounce: Bounce) -> None:
        """Nothing where it is kept already."""

    async def sent_to(self, message_id: str) -> str | None:
        """Whom our letter of that Message-ID went to, in lower case; None when it is none of ours."""
