"""How fast notices leave: so many a second over all workers, however many wait.

Each notice gets a place in the queue when it is made, so that workers find only as many due as may leave.
What stood still for a while (no worker, no mail server) is due all at once: then `taken` says who goes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

import msgspec
from msgspec.structs import replace

from domain.notices.words import Channel

AT_ONCE = timedelta(seconds=2)
"""What this much time allows may leave together: workers look for what is due every second or so."""


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """One channel's. What has left has used up the time until `spent_until`. `tails`: the next place in
    each line, by the moment the line begins to move: people sleep until different hours. Lines that move
    are one."""

    channel: Channel
    spent_until: datetime | None = None
    tails: Mapping[datetime, datetime] = {}

    def taken(self, at: datetime, gap: timedelta) -> Pace | None:
        """The pace once one more has left at that moment, or None when it may not leave yet."""
        unused = at - max(AT_ONCE, gap)
        spent = max(self.spent_until, unused) if self.spent_until else unused
        return replace(self, spent_until=spent + gap) if spent + gap <= at else None

    def queued(self, count: int, opens: datetime, at: datetime, gap: timedelta) -> tuple[Pace, datetime]:
        """With `count` more in the line that moves from `opens` on, and the place of the first of them;
        they stand `gap` apart."""
        lines = {line: tail for line, tail in self.tails.items() if tail > at}
        if opens > at:
            first = lines.get(opens, opens)
            return replace(self, tails={**lines, opens: first + count * gap}), first
        moving = [tail for line, tail in lines.items() if line <= at]
        free = [self.spent_until + gap] if self.spent_until else []
        first = max([at, *free, *moving])
        waiting = {line: tail for line, tail in lines.items() if line > at}
        return replace(self, tails={**waiting, at: first + count * gap}), first


class Paces(Protocol):
    async def locked(self, channel: Channel) -> Pace: ...

    async def save(self, pace: Pace) -> None: ...
