"""Reconciliation for the office: each agent's day, what differs, what people said of it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Annotated, Any, Self
from uuid import UUID

import msgspec
from litestar import Request, Router, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, SkipValidation
from litestar.response import Stream
from msgspec import Meta

from api.at_case import language
from api.downloads import XLSX, headers_of, pieces
from api.problems import responses
from api.reconciliation_report import report
from api.suspense import ageing
from domain.kernel.access import Actor, Scope
from domain.kernel.ids import AccountId, PaymentId
from domain.kernel.money import Money
from domain.kernel.sheets import Workbooks
from domain.payments.reconciliation.days import DayReconciliation, Reconciliations, Resolution
from domain.payments.reconciliation.findings import Category, Discrepancy
from domain.payments.registries.suspense import Reason, Suspense, SuspenseAge
from services.payments.reconciling import Reconciling
from services.repeating import repeated

_DAY = "/office/reconciliation/{day:date}"
_OFFICE = {"access": Scope.DECIDE}


class ResolutionOut(msgspec.Struct, frozen=True, kw_only=True):
    """Why a difference is right as it is."""

    reason: str
    by: str
    at: datetime

    @classmethod
    def of(cls, said: Resolution) -> Self:
        return cls(reason=said.reason, by=said.by_name, at=said.at)


class DiscrepancyOut(msgspec.Struct, frozen=True, kw_only=True):
    """`difference` is how far what was told exceeds what stands on the other side; zero is only worth
    knowing. `subject` is the operation, or the file. Where a side is not compared its sum is null."""

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

    @classmethod
    def of(cls, one: Discrepancy, said: Resolution | None) -> Self:
        return cls(
            row=one.row_no,
            resolution=ResolutionOut.of(said) if said else None,
            **{
                name: getattr(one, name)
                for name in cls.__struct_fields__
                if name not in {"row", "resolution"}
            },
        )


class AgentDayOut(msgspec.Struct, frozen=True, kw_only=True):
    """A day of one agent in its own zone. `told` by the agent, `booked` in the ledger, `expected` from the
    bank and `credited` by it. `difference` sums what nobody has explained; `note`: why a side could not be
    asked."""

    agent: str
    made_at: datetime
    counts: Mapping[Category, int]
    told: Money
    booked: Money
    expected: Money
    credited: Money
    open: int
    difference: Money
    note: str
    discrepancies: list[DiscrepancyOut]

    @classmethod
    def of(cls, one: DayReconciliation) -> Self:
        return cls(
            agent=one.agent_code,
            open=len(one.open),
            discrepancies=[DiscrepancyOut.of(each, one.resolution(each)) for each in one.found],
            **{
                name: getattr(one, name)
                for name in cls.__struct_fields__
                if name not in {"agent", "open", "discrepancies"}
            },
        )


class ReconciliationOut(msgspec.Struct, frozen=True, kw_only=True):
    """`is_zero`: every agent's day was compared and nothing is left to explain. `suspense` is what waits for
    its account now, by age."""

    day: date
    is_zero: bool
    agents: list[AgentDayOut]
    suspense: list[SuspenseAge]

    @classmethod
    def of(cls, day: date, days: Sequence[DayReconciliation], suspense: list[SuspenseAge]) -> Self:
        is_zero = bool(days) and all(one.is_zero for one in days)
        return cls(day=day, is_zero=is_zero, agents=[AgentDayOut.of(one) for one in days], suspense=suspense)


class ExplanationIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why the difference is right as it is; kept with your name."""

    reason: Reason


@get(_DAY, opt=_OFFICE, responses=responses(401, 403, 422))
async def get_reconciliation(
    day: FromPath[date],
    reconciliations: NamedDependency[SkipValidation[Reconciliations]],
    suspense: NamedDependency[SkipValidation[Suspense]],
    now: NamedDependency[datetime],
) -> ReconciliationOut:
    """What agents told, the ledger holds and the bank credited of a day, and what differs. Made by itself in
    the first hour of the next day and again while something is open."""
    return ReconciliationOut.of(day, await reconciliations.of_day(day), await ageing(suspense, now))


@put(_DAY, opt=_OFFICE, responses=responses(401, 403, 409, 422, 503))
async def reconcile_day(
    day: FromPath[date],
    reconciling: NamedDependency[Reconciling],
    suspense: NamedDependency[SkipValidation[Suspense]],
    now: NamedDependency[datetime],
) -> ReconciliationOut:
    """Compare the day now, whatever was found before; what people said stays. Harmless to repeat."""
    days = await repeated(partial(reconciling.reconcile, day))
    return ReconciliationOut.of(day, days, await ageing(suspense, now))


@put(
    f"{_DAY}/{{agent:str}}/{{discrepancy_id:uuid}}/resolution",
    opt=_OFFICE,
    responses=responses(401, 403, 404, 409, 422, 503),
)
async def explain_discrepancy(
    day: FromPath[date],
    agent: FromPath[Annotated[str, Meta(max_length=40)]],
    discrepancy_id: FromPath[UUID],
    data: JSONBody[ExplanationIn],
    actor: NamedDependency[Actor],
    reconciling: NamedDependency[Reconciling],
) -> AgentDayOut:
    """Say why a difference is right as it is. It holds while category and difference stay the same."""
    act = partial(reconciling.resolve, actor, agent, day, discrepancy_id, data.reason)
    return AgentDayOut.of(await repeated(act))


@get(f"{_DAY}/report", opt=_OFFICE, media_type=XLSX, responses=responses(401, 403, 422, 503))
async def get_reconciliation_report(
    day: FromPath[date],
    request: Request[Any, Any, Any],
    reconciliations: NamedDependency[SkipValidation[Reconciliations]],
    suspense: NamedDependency[SkipValidation[Suspense]],
    workbooks: NamedDependency[SkipValidation[Workbooks]],
    now: NamedDependency[datetime],
) -> Stream:
    """The day as .xlsx: agents with their sums, every discrepancy, the ageing of suspense."""
    days = await reconciliations.of_day(day)
    sheets = report(days, await ageing(suspense, now), language(request))
    file = await workbooks.write(sheets)
    return Stream(pieces(file), media_type=XLSX, headers=headers_of(f"reconciliation-{day}.xlsx"))


reconciliation = Router(
    "/",
    tags=["office"],
    route_handlers=[get_reconciliation, reconcile_day, explain_discrepancy, get_reconciliation_report],
)
