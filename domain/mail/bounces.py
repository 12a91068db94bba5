"""Reports that a letter of ours could not be delivered (RFC 3464)."""

from __future__ import annotations

from collections.abc import Sequence
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

    @property
    def is_final(self) -> bool:
        """Whether no further try will help: a full mailbox or a slow server is no reason to give up."""
        return self.action == "failed" and self.status.startswith("5") and self.status != "5.2.2"


class Bounces(Protocol):
    async def add(self, bounce: Bounce) -> None:
        """Nothing where it is kept already."""

    async def of_message(self, message_id: str) -> list[Bounce]: ...

    async def among(self, addresses: Sequence[str]) -> frozenset[str]:
        """Those of the addresses (lower case) whose last letter bounced for good."""
