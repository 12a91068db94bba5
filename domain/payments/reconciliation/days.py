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
from domain.kernel.terms import Term
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


class ReconciliationTerms(Term, frozen=True, kw_only=True):
    """Up to `alone_up_to` one person explains a difference; above it a second one says so too."""

    name: ClassVar[str] = "payments.reconciliation"

    alone_up_to: Money


class Resolution(msgspec.Struct, frozen=True, kw_only=True):
    """Why a difference is right as it is, in the words of whoever looked into it. It holds for that category
    and that difference: found with another one, the discrepancy is open again. `needs_second`: it was above
    the limit, so it counts once another person has said so too."""

    discrepancy_id: UUID
    category: Category
    difference: Money
    reason: str
    by_id: UUID
    by_name: str
    at: datetime
    needs_second: bool = False

    @classmethod
    def by(
        cls, actor: Actor, found: Discrepancy, reason: str, terms: ReconciliationTerms, at: datetime
    ) -> Resolution:
        """NothingToResolve."""
        if not found.difference:
            raise NothingToResolve
        return cls(
            discrepancy_id=found.id,
            category=found.category,
            difference=found.difference,
            reason=reason,
            by_id=actor.id,
            by_name=actor.name,
            at=at,
            needs_second=found.gap > terms.alone_up_to,
        )

    def settles(self, found: Discrepancy) -> bool:
        return (self.category, self.difference) == (found.category, found.difference)


class DayReconciliation(msgspec.Struct, frozen=True, kw_only=True):
    """`counts` by category; `note` is why a side could not be asked. `resolutions` are all that was said of
    each discrepancy, the first first."""

    agent_code: str
    day: date
    made_at: datetime
    counts: Mapping[Category, int]
    told: Money
    booked: Money
    expected: Money
    credited: Money
    found: tuple[Discrepancy, ...] = ()
    resolutions: Mapping[UUID, tuple[Resolution, ...]] = {}
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

    def with_resolutions(self, said: Mapping[UUID, tuple[Resolution, ...]]) -> DayReconciliation:
        return replace(self, resolutions=said)

    def discrepancy(self, discrepancy_id: UUID) -> Discrepancy:
        """DiscrepancyNotFound."""
        for one in self.found:
            if one.id == discrepancy_id:
                return one
        raise DiscrepancyNotFound

    def said(self, found: Discrepancy) -> tuple[Resolution, ...]:
        """All that was ever said of it, of another difference too."""
        return self.resolutions.get(found.id, ())

    def holding(self, found: Discrepancy) -> tuple[Resolution, ...]:
        """What was said of this very difference, the first first; it may still want a second person."""
        return tuple(one for one in self.said(found) if one.settles(found))

    def resolution(self, found: Discrepancy) -> Resolution | None:
        """The first explanation, once as many people as it takes have given one."""
        holding = self.holding(found)
        is_enough = not all(one.needs_second for one in holding) or len({one.by_id for one in holding}) > 1
        return holding[0] if is_enough else None

    def row(self, found: Discrepancy) -> DayRow:
        said = self.said(found)
        return DayRow(agent_code=self.agent_code, found=found, resolution=self.resolution(found), said=said)

    @property
    def open(self) -> tuple[Discrepancy, ...]:
        """What differs and nobody has explained."""
        return tuple(one for one in self.found if one.difference and not self.resolution(one))

    @property
    def explained(self) -> tuple[Discrepancy, ...]:
        """What differs and people have said is right as it is: it does not agree by that."""
        return tuple(one for one in self.found if one.difference and self.resolution(one))

    @property
    def difference(self) -> Money:
        """All that is open, whichever way it differs."""
        return total(one.gap for one in self.open)

    @property
    def explained_difference(self) -> Money:
        return total(one.gap for one in self.explained)

    @property
    def explanations(self) -> tuple[Resolution, ...]:
        """By which something is explained, the first first."""
        held = [said for one in self.explained for said in self.holding(one)]
        return tuple(sorted(held, key=lambda said: said.at))

    @property
    def is_zero(self) -> bool:
        """Nothing is left to explain."""
        return self.difference == ZERO and not self.note


MOST_IN_CURSOR = 40
"""Of an operation's or a file's name: what follows it need not stand in order."""


class RowCursor(msgspec.Struct, frozen=True, order=True, array_like=True):
    """Where a page of rows ended."""

    agent_code: str
    subject: str
    found_id: UUID


class DayRow(msgspec.Struct, frozen=True, kw_only=True):
    """One operation or file of a compared day, whose it is, why it is right as it is, and all that was said
    of it."""

    agent_code: str
    found: Discrepancy
    resolution: Resolution | None = None
    said: tuple[Resolution, ...] = ()

    @property
    def place(self) -> RowCursor:
        return RowCursor(self.agent_code, self.found.subject[:MOST_IN_CURSOR], self.found.id)


class DayNotAsked(Unavailable):
    code = "day-not-asked"
    text = "The agent {agent} cannot be asked now"
    remedy = "What agrees is asked anew each time it is opened: try a little later"


class DaySummary(msgspec.Struct, frozen=True, kw_only=True):
    """A day of all agents together, with counts by category. `is_partial`: some side of it could not be
    asked. `explained` is how much of it differs and was said to be right, by whom, the last of it when."""

    day: date
    agents_count: int
    open_count: int
    is_partial: bool
    counts: Mapping[Category, int]
    told: Money
    booked: Money
    expected: Money
    credited: Money
    explained_count: int
    explained: Money
    explained_by: tuple[str, ...]
    explained_at: datetime | None

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

    async def resolve(self, agent_code: str, day: date, said: Resolution) -> None:
        """Beside what was said before, which stays."""
