"""How the cases stand in all: for the office's page, for monitoring, and what is to be escalated."""

from __future__ import annotations

from datetime import date
from typing import Protocol

import msgspec

from domain.kernel.ids import AccountId, CaseId
from domain.kernel.jobs import Job


class KindCount(msgspec.Struct, frozen=True, kw_only=True):
    """Of one kind: `late` were due before today, `urgent` are due today or in the next two days; paused ones
    are neither."""

    kind: str
    open: int
    late: int
    urgent: int
    paused: int
    free: int


class CasesOverview(msgspec.Struct, frozen=True, kw_only=True):
    """`kinds` holds only those with an open case."""

    open: int
    late: int
    kinds: tuple[KindCount, ...]


class EscalateCases(Job, frozen=True, kw_only=True, tag="cases.escalate"):
    """Mark what is due soon and tell whoever holds it."""

    is_routine = True


class CaseOverview(Protocol):
    async def overview(self, today: date) -> CasesOverview: ...

    async def to_escalate(self, due_by: date, limit: int) -> list[tuple[AccountId, CaseId, date]]:
        """Open cases, not paused, with the day that is near: of the answer, or by which hours for a visit are
        to be named. None that was escalated for that very day."""
