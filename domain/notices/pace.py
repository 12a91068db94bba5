"""How fast notices leave: so many a second over all workers, however many wait."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

import msgspec
from msgspec.structs import replace

from domain.notices.words import Channel


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """One channel's: from `free_at` on the next may leave; `tail_at` is the end of the queue, the next
    place to wait at. None: nobody ever did."""

    channel: Channel
    free_at: datetime | None = None
    tail_at: datetime | None = None

    def taken(self, at: datetime, gap: timedelta) -> Pace | None:
        """The pace once one more has left at that moment, or None when it may not leave yet."""
        if self.free_at is not None and self.free_at > at:
            return None
        return replace(self, free_at=at + gap)

    def queued(self, count: int, at: datetime, gap: timedelta) -> tuple[Pace, datetime]:
        """With `count` more at the end of the queue, and the place of the first; they stand `gap` apart."""
        first = max(moment for moment in (at, self.free_at, self.tail_at) if moment is not None)
        return replace(self, tail_at=first + count * gap), first


class Paces(Protocol):
    async def locked(self, channel: Channel) -> Pace: ...

    async def save(self, pace: Pace) -> None: ...
