"""A reconciled day as the office sees it: its agents, categories, operations."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Self
from uuid import UUID

import msgspec

from api.texts import translated
from domain.kernel.ids import AccountId, PaymentId
from domain.kernel.money import ZERO, Money, total
from domain.payments.reconciliation.days import DayReconciliation, DayRow, DaySummary, Resolution
from domain.payments.reconciliation.findings import CATEGORY_TEXTS, Category, Discrepancy
from domain.payments.registries.suspense import SuspenseAge


class ResolutionOut(msgspec.Struct, frozen=True, kw_only=True):
    """Why a difference is right as it is. `holds` no more when it was said of another difference.
    `needs_second`: above the limit, it counts once another person has said so too."""

    reason: str
    by: str
    at: datetime
    holds: bool
    needs_second: bool

    @classmethod
    def of(cls, said: Resolution, found: Discrepancy) -> Self:
        return cls(
            reason=said.reason,
            by=said.by_name,
            at=said.at,
            holds=said.settles(found),
            needs_second=said.needs_second,
        )


class DiscrepancyOut(msgspec.Struct, frozen=True, kw_only=True):
    """`difference` is how far what was told exceeds what stands on the other side; zero is only worth
    knowing. `subject` is the operation, or the file. Where a side is not compared its sum is null.
    `resolution` is the first explanation, null while it is open; `said` all that people ever said of it."""

    id: UUID
    category: Category
    subject: str
    told: Money | None
    booked: Money | None
    credited: Money | None
    difference: Money
    registry_id: AccountId | None
    row: int
    account_id: AccountId | None
    payment_id: PaymentId | None
    resolution: ResolutionOut | None
    said: list[ResolutionOut]

    @classmethod
    def of(cls, one: Discrepancy, first: Resolution | None, said: Sequence[Resolution]) -> Self:
        return cls(
            row=one.row_no,
            resolution=ResolutionOut.of(first, one) if first else None,
            said=[ResolutionOut.of(each, one) for each in said],
            **{
                name: getattr(one, name)
                for name in cls.__struct_fields__
                if name not in {"row", "resolution", "said"}
            },
        )

    @property
    def waits_for_second(self) -> bool:
        return self.resolution is None and any(one.holds for one in self.said)


class AgentDayOut(msgspec.Struct, frozen=True, kw_only=True):
    """A day of one agent in its own zone. `told` by the agent, `booked` in the ledger, `expected` from the
    bank and `credited` by it. `difference` sums the `open`, which nobody has explained,
    `explained_difference` the `explained`; `note`: why a side could not be asked."""

    agent: str
    made_at: datetime
    counts: Mapping[Category, int]
    told: Money
    booked: Money
    expected: Money
    credited: Money
    open: int
    difference: Money
    explained: int
    explained_difference: Money
    note: str
    discrepancies: list[DiscrepancyOut]

    @classmethod
    def of(cls, one: DayReconciliation) -> Self:
        return cls(
            agent=one.agent_code,
            open=len(one.open),
            explained=len(one.explained),
            discrepancies=[
                DiscrepancyOut.of(each, one.resolution(each), one.said(each)) for each in one.found
            ],
            **{
                name: getattr(one, name)
                for name in cls.__struct_fields__
                if name not in {"agent", "open", "explained", "discrepancies"}
            },
        )


class CategoryOut(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a day fell under one category, and how many of it were `explained`. The sum of what agrees
    is what the ledger holds less what stands under the others."""

    code: Category
    words: str
    count: int
    sum: Money
    difference: Money
    explained: int

    @classmethod
    def of(cls, code: Category, agents: Sequence[AgentDayOut], language: str) -> Self:
        every = [one for agent in agents for one in agent.discrepancies]
        found = [one for one in every if one.category is code]
        agreed = total(agent.booked for agent in agents) - total(one.booked or ZERO for one in every)
        return cls(
            code=code,
            words=translated(language, CATEGORY_TEXTS[code]),
            count=sum(agent.counts.get(code, 0) for agent in agents),
            sum=agreed if code is Category.MATCHED else total(_sum(one) for one in found),
            difference=total(one.difference for one in found),
            explained=sum(one.resolution is not None for one in found),
        )

    @classmethod
    def of_all(cls, agents: Sequence[AgentDayOut], language: str) -> list[Self]:
        return [one for code in Category if (one := cls.of(code, agents, language)).count]


class ReconciliationOut(msgspec.Struct, frozen=True, kw_only=True):
    """`is_zero`: every agent's day was compared and nothing is left to explain; it agrees when nothing was
    `explained` either. `suspense` is what waits for its account now, by age."""

    day: date
    is_zero: bool
    explained: int
    explained_difference: Money
    agents: list[AgentDayOut]
    categories: list[CategoryOut]
    suspense: list[SuspenseAge]

    @classmethod
    def of(
        cls, day: date, days: Sequence[DayReconciliation], suspense: list[SuspenseAge], language: str
    ) -> Self:
        agents = [AgentDayOut.of(one) for one in days]
        return cls(
            day=day,
            is_zero=bool(days) and all(one.is_zero for one in days),
            explained=sum(one.explained for one in agents),
            explained_difference=total(one.explained_difference for one in agents),
            agents=agents,
            categories=CategoryOut.of_all(agents, language),
            suspense=suspense,
        )


class ReconciledDayOut(msgspec.Struct, frozen=True, kw_only=True):
    """A day of all agents together: `counts` are operations and files by category; `open` are left to
    explain, `explained` differ and were said to be right by `explained_by`, the last of it `explained_at`.
    `is_partial`: some side of it could not be asked."""

    day: date
    is_zero: bool
    is_partial: bool
    agents: int
    open: int
    counts: Mapping[Category, int]
    told: Money
    booked: Money
    expected: Money
    credited: Money
    explained: int
    explained_difference: Money
    explained_by: tuple[str, ...]
    explained_at: datetime | None

    @classmethod
    def of(cls, one: DaySummary) -> Self:
        other = {"agents", "open", "explained", "explained_difference"}
        same = {name: getattr(one, name) for name in cls.__struct_fields__ if name not in other}
        return cls(
            agents=one.agents_count,
            open=one.open_count,
            explained=one.explained_count,
            explained_difference=one.explained,
            **same,
        )


class DayRowOut(DiscrepancyOut, frozen=True, kw_only=True):
    """The same for what agrees: its difference is zero."""

    agent: str

    @classmethod
    def of_row(cls, row: DayRow) -> Self:
        shown = DiscrepancyOut.of(row.found, row.resolution, row.said)
        return cls(agent=row.agent_code, **msgspec.structs.asdict(shown))


def _sum(one: DiscrepancyOut) -> Money:
    return next((side for side in (one.told, one.booked, one.credited) if side is not None), ZERO)
