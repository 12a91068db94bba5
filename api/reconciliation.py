"""Reconciliation for the office: each agent's day, what differs, what people said of it."""

from datetime import date, datetime
from functools import partial
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Router, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, SkipValidation
from litestar.response import Stream
from msgspec import Meta

from api.at_case import language
from api.downloads import XLSX, headers_of, pieces
from api.paging import DEFAULT_LIMIT, Cursor, Limit, Page, cursor_of, end_of
from api.problems import responses
from api.reconciliation_report import report
from api.reconciliation_shapes import AgentDayOut, DayRowOut, ReconciledDayOut, ReconciliationOut
from api.suspense import ageing
from domain.kernel.access import Actor, Scope
from domain.kernel.sheets import Workbooks
from domain.payments.reconciliation.days import (
    Reconciliations,
    RowCursor,
)
from domain.payments.reconciliation.findings import Category
from domain.payments.registries.suspense import Reason, Suspense
from services.payments.reconciling import Reconciling
from services.repeating import repeated

_DAY = "/office/reconciliation/{day:date}"
_OFFICE = {"access": Scope.DECIDE}


class ExplanationIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why the difference is right as it is; kept with your name."""

    reason: Reason


@get(_DAY, opt=_OFFICE, responses=responses(401, 403, 422))
async def get_reconciliation(
    day: FromPath[date],
    request: Request[Any, Any, Any],
    reconciliations: NamedDependency[SkipValidation[Reconciliations]],
    suspense: NamedDependency[SkipValidation[Suspense]],
    now: NamedDependency[datetime],
) -> ReconciliationOut:
    """What agents told, the ledger holds and the bank credited of a day, and what differs. Made by itself in
    the first hour of the next day and again while something is open."""
    days, ages = await reconciliations.of_day(day), await ageing(suspense, now)
    return ReconciliationOut.of(day, days, ages, language(request))


@get("/office/reconciliation", opt=_OFFICE, responses=responses(401, 403, 422))
async def list_reconciled_days(
    reconciliations: NamedDependency[SkipValidation[Reconciliations]],
    cursor: FromQuery[Cursor | None] = None,
    limit: FromQuery[Limit] = DEFAULT_LIMIT,
) -> Page[ReconciledDayOut]:
    """Days that were compared, the newest first, each with its sums and its counts by category."""
    days = await reconciliations.days(end_of(cursor, date), limit)
    end = days[-1].day if len(days) == limit else None
    return Page(items=[ReconciledDayOut.of(one) for one in days], next=cursor_of(end) if end else None)


@get(f"{_DAY}/operations", opt=_OFFICE, responses=responses(401, 403, 422, 503))
async def list_reconciled_operations(
    day: FromPath[date],
    reconciling: NamedDependency[Reconciling],
    category: FromQuery[Category | None] = None,
    agent: FromQuery[Annotated[str, Meta(max_length=40)] | None] = None,
    cursor: FromQuery[Cursor | None] = None,
    limit: FromQuery[Limit] = DEFAULT_LIMIT,
) -> Page[DayRowOut]:
    """Operations and files of the day under a category, of one agent or of all; without a category, what is
    left to explain. What agrees is looked up anew: a day of the online provider asks it again."""
    after = end_of(cursor, RowCursor)
    rows = await reconciling.rows(day, category, agent, after=after, limit=limit)
    end = rows[-1].place if len(rows) == limit else None
    return Page(items=[DayRowOut.of_row(one) for one in rows], next=cursor_of(end) if end else None)


@put(_DAY, opt=_OFFICE, responses=responses(401, 403, 409, 422, 503))
async def reconcile_day(
    day: FromPath[date],
    request: Request[Any, Any, Any],
    reconciling: NamedDependency[Reconciling],
    suspense: NamedDependency[SkipValidation[Suspense]],
    now: NamedDependency[datetime],
) -> ReconciliationOut:
    """Compare the day now, whatever was found before; what people said stays. Harmless to repeat."""
    days = await repeated(partial(reconciling.reconcile, day))
    return ReconciliationOut.of(day, days, await ageing(suspense, now), language(request))


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
    """Say why a difference is right as it is, beside what others said of it. It holds while category and
    difference stay the same; above the limit a second person must say so too before it counts."""
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
    route_handlers=[
        list_reconciled_days,
        get_reconciliation,
        list_reconciled_operations,
        reconcile_day,
        explain_discrepancy,
        get_reconciliation_report,
    ],
)
