"""A day of one agent, reconciled as often as one likes; what people said of its discrepancies is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import ClassVar, Protocol
from uuid import UUID

import msgspec
from msgspec.structs import replace

from domain.kernel.access import Actor
from domain.kernel.errors import Conflict, NotFound, Unavailable
from domain.kernel.jobs import Job
from domain.kernel.money import ZERO, Money, total
from domain.payments.reconciliation.findings import Category, Compared, Discrepancy

LOOK_BACK_DAYS = 7
"""A registry or a credit may come so much later: till then a day is looked at again while it is open."""


class DiscrepancyNotFound(NotFound):
    code = "discrepancy-not-found"
    text = "Reconciliation has found no such discrepancy that day"


class DayNotOver(Conflict):
    code = "day-not-over"
    text = "{day} is not over yet: it is reconciled from the next day on"


class NothingToResolve(Conflict):
    code = "nothing-to-resolve"
    text = "Nothing differs there: no reason is needed"


class Resolution(msgspec.Struct, frozen=True, kw_only=True):
    """Why a difference is right as it is, in the words of whoever looked into it. It holds for that category
    and that difference: found with another one, the discrepancy is open again."""

    discrepancy_id: UUID
    category: Category
    difference: Money
    reason: str
    by_name: str
    at: datetime

    @classmethod
    def by(cls, actor: Actor, found: Discrepancy, reason: str, at: datetime) -> Resolution:
        if not found.difference:
            raise NothingToResolve
        return cls(
            discrepancy_id=found.id,
            category=found.category,
            difference=found.difference,
            reason=reason,
            by_name=actor.name,
            at=at,
        )

    def settles(self, found: Discrepancy) -> bool:
        return (self.category, self.difference) == (found.category, found.difference)


class DayReconciliation(msgspec.Struct, frozen=True, kw_only=True):
    """`counts` by category; `note` is why a side could not be asked."""

    agent_code: str
    day: date
    made_at: datetime
    counts: Mapping[Category, int]
    told: Money
    booked: Money
    expected: Money
    credited: Money
    found: tuple[Discrepancy, ...] = ()
    resolutions: Mapping[UUID, Resolution] = {}
    note: str = ""

    @classmethod
    def of(
        cls, agent_code: str, day: date, made_at: datetime, said: Compared, note: str = ""
    ) -> DayReconciliation:
        return cls(
            agent_code=agent_code,
            day=day,
            made_at=made_at,
            note=note,
            **{name: getattr(said, name) for name in said.__struct_fields__},
        )

    def with_resolutions(self, said: Mapping[UUID, Resolution]) -> DayReconciliation:
        return replace(self, resolutions=said)

    def discrepancy(self, discrepancy_id: UUID) -> Discrepancy:
        """DiscrepancyNotFound."""
        for one in self.found:
            if one.id == discrepancy_id:
                return one
        raise DiscrepancyNotFound

    def resolution(self, found: Discrepancy) -> Resolution | None:
        said = self.resolutions.get(found.id)
        return said if said and said.settles(found) else None

    @property
    def open(self) -> tuple[Discrepancy, ...]:
        """What differs and nobody has explained."""
        return tuple(one for one in self.found if one.difference and not self.resolution(one))

    @property
    def difference(self) -> Money:
        """All that is open, whichever way it differs."""
        return total(max(one.difference, -one.difference) for one in self.open)

    @property
    def is_zero(self) -> bool:
        return self.difference == ZERO and not self.note


MOST_IN_CURSOR = 40
"""Of an operation's or a file's name: what follows it need not stand in order."""


class RowCursor(msgspec.Struct, frozen=True, order=True, array_like=True):
    """Where a page of rows ended."""

    agent_code: str
    subject: str
    found_id: UUID


class DayRow(msgspec.Struct, frozen=True, kw_only=True):
    """One operation or file of a compared day, whose it is, and why it is right as it is."""

    agent_code: str
    found: Discrepancy
    resolution: Resolution | None = None

    @property
    def place(self) -> RowCursor:
        return RowCursor(self.agent_code, self.found.subject[:MOST_IN_CURSOR], self.found.id)


class DayNotAsked(Unavailable):
    code = "day-not-asked"
    text = "The agent {agent} cannot be asked now"
    remedy = "What agrees is asked anew each time it is opened: try a little later"


class DaySummary(msgspec.Struct, frozen=True, kw_only=True):
    """A day of all agents together, with counts by category. `is_partial`: some side of it could not be
    asked."""

    day: date
    agents_count: int
    open_count: int
    is_partial: bool
    counts: Mapping[Category, int]
    told: Money
    booked: Money
    expected: Money
    credited: Money

    @property
    def is_zero(self) -> bool:
        return not self.open_count and not self.is_partial


class ReconcileDays(Job, frozen=True, kw_only=True, tag="payments.reconcile-days"):
    """Yesterday of every agent, in its own zone, and the days before it that are still open."""

    max_seconds: ClassVar[int] = 600


class Reconciliations(Protocol):
    async def keep(self, day: DayReconciliation) -> None:
        """Instead of what was kept of that agent's day; resolutions stay."""

    async def of_day(self, day: date) -> list[DayReconciliation]:
        """Of all agents, by code, with what people said."""

    async def days(self, before: date | None, limit: int) -> list[DaySummary]:
        """Days that were compared, the newest first, earlier than `before`."""

    async def settled(self, agent_code: str, days: Sequence[date]) -> frozenset[date]:
        """Those that were reconciled and have nothing open."""

    async def resolve(self, agent_code: str, day: date, said: Resolution, by_id: UUID) -> None: ...
