"""What providers send by themselves: kept first, then judged by asking the provider."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from domain.kernel.jobs import Job


class ReadProviderEvent(Job, frozen=True, kw_only=True, tag="payments.read-event"):
    """See which payment a kept notice is about, and ask the provider about that payment."""

    event_id: UUID


class ProviderEvent(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider sent, kept before it is judged."""

    id: UUID
    provider: str
    received_at: datetime
    remote_ip: str
    body: bytes


class ProviderEvents(Protocol):
    async def keep(self, event: ProviderEvent) -> None: ...

    async def read(self, event_id: UUID) -> ProviderEvent: ...

    async def judged(self, event_id: UUID, verdict: str, at: datetime) -> None: ...
