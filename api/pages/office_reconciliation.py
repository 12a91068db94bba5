"""Reconciliation on the desk: days, what differs in one by category, why it is right as it is, the ageing of
suspense."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import Body, FromPath, SkipValidation
from litestar.response import Stream
from msgspec import Meta

from api.downloads import XLSX, headers_of, pieces
from api.pages.agent_names import AgentNames
from api.pages.language import language_for
from api.pages.office_forms import day_of, reason_of
from api.pages.refusals import in_words
from api.pages.rendering import page, see_other
from api.pages.signing_in import URL_ENCODED
from api.paging import cursor_of, end_of
from api.problems import status_of
from api.reconciliation_report import report
from api.reconciliation_shapes import CategoryOut, DayRowOut, ReconciliationOut
from api.suspense import ageing
from api.texts import translated
from domain.kernel.access import Actor, Scope
from domain.kernel.errors import Refusal
from domain.kernel.sheets import Workbooks
from domain.payments.reconciliation.days import DayNotAsked, DayRow, Reconciliations, RowCursor
from domain.payments.reconciliation.findings import CATEGORY_TEXTS
from domain.payments.registries.suspense import Suspense
from services.payments.reconciling import Reconciling
from services.repeating import repeated

_DAYS = "/office/reconciliation"
_DAY = f"{_DAYS}/{{day:date}}"
_OFFICE = {"access": Scope.DECIDE}
_PAGE, _ROWS = 31, 50


class WhyForm(msgspec.Struct, frozen=True):
    reason: Annotated[str, Meta(max_length=300)] = ""


class Found(msgspec.Struct, frozen=True):
    agent: str
    words: str
    one: DayRowOut


@dataclass(frozen=True, slots=True)
class ReconciliationDesk:
    """What pages of reconciliation are made of."""

    reconciliations: Reconciliations
    reconciling: Reconciling
    suspense: Suspense
    agents: AgentNames

    async def shown(
        self,
        request: Request[Any, Any, Any],
        day: date,
        now: datetime,
        refusal: Refusal | None = None,
        refused: UUID | None = None,
    ) -> Response[str]:
        """`agent` and `category` in the address narrow it; without a category: what is left to explain."""
        asked, language = request.query_params, language_for(request)
        made, names = await self.reconciliations.of_day(day), await self.agents.by_code()
        told = ReconciliationOut.of(day, made, await ageing(self.suspense, now), language)
        agent = asked.get("agent") or None
        categories = CategoryOut.of_all([one for one in told.agents if agent in {None, one.agent}], language)
        category = next((one for one in categories if one.code == asked.get("category")), None)
        found: list[DayRow] = []
        try:
            found = await self._rows(day, category, agent, asked.get("cursor"))
        except DayNotAsked as late:
            code = str(late.params["agent"])
            refusal = refusal or DayNotAsked(agent=names.get(code, code))
        return page(
            request,
            "office_reconciliation_day.html",
            status=status_of(refusal) if refusal else 200,
            place="more",
            told=told,
            names=names,
            agent=agent or "",
            rows=categories,
            category=category,
            found=[_found(one, language) for one in found],
            explained=[
                _found(kept.row(one), language)
                for kept in made
                if agent in {None, kept.agent_code}
                for one in kept.explained
            ][:_ROWS],
            next=cursor_of(found[-1].place) if len(found) == _ROWS else None,
            query=request.url.query,
            refused=refused,
            refusal=in_words(request, refusal) if refusal else None,
        )

    async def _rows(
        self, day: date, category: CategoryOut | None, agent: str | None, cursor: str | None
    ) -> list[DayRow]:
        """DayNotAsked, CursorWrong."""
        code, after = category.code if category else None, end_of(cursor, RowCursor)
        return await self.reconciling.rows(day, code, agent, after=after, limit=_ROWS)


def reconciliation_desk(
    reconciliations: NamedDependency[SkipValidation[Reconciliations]],
    reconciling: NamedDependency[Reconciling],
    suspense: NamedDependency[SkipValidation[Suspense]],
    agent_names: NamedDependency[AgentNames],
) -> ReconciliationDesk:
    return ReconciliationDesk(reconciliations, reconciling, suspense, agent_names)


@get(_DAYS, opt=_OFFICE)
async def show_days(
    request: Request[Any, Any, Any],
    now: NamedDependency[datetime],
    reconciliation_desk: NamedDependency[ReconciliationDesk],
) -> Response[Any]:
    """The newest first. `day` goes to that one, compared or not."""
    if wanted := request.query_params.get("day"):
        return see_other(f"{_DAYS}/{day_of(wanted, field='day')}")
    before = request.query_params.get("before")
    days = await reconciliation_desk.reconciliations.days(day_of(before) if before else None, _PAGE)
    return page(
        request,
        "office_reconciliation.html",
        place="more",
        days=days,
        ages=await ageing(reconciliation_desk.suspense, now),
        next=days[-1].day if len(days) == _PAGE else None,
    )


@get(_DAY, opt=_OFFICE)
async def show_day(
    day: FromPath[date],
    request: Request[Any, Any, Any],
    now: NamedDependency[datetime],
    reconciliation_desk: NamedDependency[ReconciliationDesk],
) -> Response[str]:
    return await reconciliation_desk.shown(request, day, now)


@post(f"{_DAY}/comparison", opt=_OFFICE)
async def compare_day(
    day: FromPath[date],
    request: Request[Any, Any, Any],
    now: NamedDependency[datetime],
    reconciliation_desk: NamedDependency[ReconciliationDesk],
) -> Response[Any]:
    """Anew, whatever was found before; harmless to repeat."""
    try:
        await repeated(partial(reconciliation_desk.reconciling.reconcile, day))
    except Refusal as refusal:
        return await reconciliation_desk.shown(request, day, now, refusal)
    return see_other(f"{_DAYS}/{day}")


@post(f"{_DAY}/{{agent:str}}/{{discrepancy_id:uuid}}", opt=_OFFICE)
async def explain(
    day: FromPath[date],
    agent: FromPath[Annotated[str, Meta(max_length=40)]],
    discrepancy_id: FromPath[UUID],
    request: Request[Any, Any, Any],
    data: Annotated[WhyForm, Body(media_type=URL_ENCODED)],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    reconciliation_desk: NamedDependency[ReconciliationDesk],
) -> Response[Any]:
    """Why a difference is right as it is, with one's name."""
    try:
        reason = reason_of(data.reason)
        resolve = reconciliation_desk.reconciling.resolve
        await repeated(partial(resolve, actor, agent, day, discrepancy_id, reason))
    except Refusal as refusal:
        return await reconciliation_desk.shown(request, day, now, refusal, discrepancy_id)
    query = request.url.query
    return see_other(f"{_DAYS}/{day}{'?' if query else ''}{query}")


@get(f"{_DAY}/report.xlsx", opt=_OFFICE, media_type=XLSX)
async def take_report(
    day: FromPath[date],
    request: Request[Any, Any, Any],
    now: NamedDependency[datetime],
    reconciliation_desk: NamedDependency[ReconciliationDesk],
    workbooks: NamedDependency[SkipValidation[Workbooks]],
) -> Stream:
    days = await reconciliation_desk.reconciliations.of_day(day)
    ages = await ageing(reconciliation_desk.suspense, now)
    file = await workbooks.write(report(days, ages, language_for(request)))
    return Stream(pieces(file), media_type=XLSX, headers=headers_of(f"reconciliation-{day}.xlsx"))


def _found(row: DayRow, language: str) -> Found:
    words = translated(language, CATEGORY_TEXTS[row.found.category])
    return Found(row.agent_code, words, DayRowOut.of_row(row))


DEPENDENCIES = {"reconciliation_desk": Provide(reconciliation_desk, sync_to_thread=False)}
HANDLERS = [show_days, show_day, compare_day, explain, take_report]
