"""Visits of a case on the desk: a time booked, moved or called off for the customer, and the act."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from litestar import Request, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import Body, FromPath, SkipValidation

from api.case_shapes import CaseSummary
from api.pages.language import language_for
from api.pages.office_case import OFFICE_CASE
from api.pages.on_site import on_site
from api.pages.refusals import in_words
from api.pages.rendering import page, see_other
from api.pages.signing_in import URL_ENCODED
from api.pages.visit_acts import ActSheet, Typed, act_of, sheets
from api.pages.visits import BookingForm, CallingOffForm, slot_of
from api.problems import status_of
from api.visits import VisitOut
from domain.accounts.accounts import Accounts
from domain.cases.visits import VisitNotFound, order_of
from domain.kernel.access import Access, Scope
from domain.kernel.calendar import business_day
from domain.kernel.errors import Refusal
from domain.kernel.ids import AccountId, CaseId, VisitId
from domain.readings.acts import ActOutcome
from domain.readings.meters import Meters
from services.cases.acting import ActService
from services.cases.reading import CaseReading
from services.cases.visiting import VisitService
from services.repeating import repeated

_VISITS = f"{OFFICE_CASE}/visits"
_VISIT = f"{_VISITS}/{{visit_id:uuid}}"
_DESK = {"access": Scope.DECIDE}


@dataclass(frozen=True, slots=True)
class VisitRoom:
    """What pages of a case's visits are made of."""

    reading: CaseReading
    accounts: Accounts
    service: VisitService
    acts: ActService
    meters: Meters
    zone: ZoneInfo

    async def shown(
        self,
        request: Request[Any, Any, Any],
        access: Access,
        case_id: CaseId,
        note: str = "",
        refusal: Refusal | None = None,
    ) -> Response[str]:
        language = language_for(request)
        case = (await self.reading.cases.view(access, case_id)).case
        found = await on_site(self.service, access, case, language)
        booked = found.booked if found else None
        return page(
            request,
            "office_case_visits.html",
            status=status_of(refusal) if refusal else 200,
            **await self._head(access, case_id, language),
            on_site=found,
            is_begun=booked is not None and booked.starts_at <= access.at,
            is_todays=booked is not None and self._day(booked.starts_at) <= self._day(access.at),
            note=note,
            refusal=in_words(request, refusal) if refusal else None,
        )

    async def act_shown(
        self,
        request: Request[Any, Any, Any],
        access: Access,
        case_id: CaseId,
        visit_id: VisitId,
        refusal: Refusal | None = None,
        typed: Typed | None = None,
    ) -> Response[str]:
        """VisitNotFound, VisitNotDue."""
        language = language_for(request)
        found = await self.service.of_case(access, case_id)
        visit = next((one for one in found if one.id == visit_id), None)
        if visit is None:
            raise VisitNotFound
        return page(
            request,
            "office_visit_act.html",
            status=status_of(refusal) if refusal else 200,
            **await self._head(access, case_id, language),
            visit=VisitOut.of(visit, language),
            sheets=await self.sheets(access, case_id),
            outcomes=list(ActOutcome),
            typed={name: values[0] for name, values in (typed or {}).items() if values},
            picked={name: set(values) for name, values in (typed or {}).items()},
            today=self._day(access.at),
            refusal=in_words(request, refusal) if refusal else None,
        )

    async def sheets(self, access: Access, case_id: CaseId) -> list[ActSheet]:
        """What the act is about: by the order, as its meters stand now."""
        order = order_of((await self.reading.cases.view(access, case_id)).case)
        zones = await self.meters.zones()
        points = await self.meters.delivery_points(access)
        return sheets(order, await self.meters.of_account(access), points, zones)

    async def _head(self, access: Access, case_id: CaseId, language: str) -> dict[str, Any]:
        case = (await self.reading.cases.view(access, case_id)).case
        return {
            "place": "queue",
            "account_id": access.account_id,
            "account": (await self.accounts.card(access)).account,
            "case": CaseSummary.of(case, self._day(access.at), language, is_staff=True),
        }

    def _day(self, at: datetime) -> date:
        return business_day(at, self.zone)


def visit_room(
    case_reading: NamedDependency[CaseReading],
    accounts: NamedDependency[SkipValidation[Accounts]],
    visit_service: NamedDependency[VisitService],
    act_service: NamedDependency[ActService],
    meters: NamedDependency[SkipValidation[Meters]],
    zone: NamedDependency[SkipValidation[ZoneInfo]],
) -> VisitRoom:
    return VisitRoom(case_reading, accounts, visit_service, act_service, meters, zone)


@get(_VISITS, opt=_DESK)
async def show_case_visits(
    case_id: FromPath[CaseId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    visit_room: NamedDependency[VisitRoom],
) -> Response[str]:
    return await visit_room.shown(request, access, case_id)


@post(_VISIT, opt=_DESK)
async def book_for_customer(
    case_id: FromPath[CaseId],
    visit_id: FromPath[VisitId],
    request: Request[Any, Any, Any],
    data: Annotated[BookingForm, Body(media_type=URL_ENCODED)],
    access: NamedDependency[Access],
    visit_room: NamedDependency[VisitRoom],
) -> Response[Any]:
    """A time that stands already is moved."""
    try:
        book = partial(visit_room.service.book, access, case_id, visit_id, slot_of(data.slot), data.note)
        await repeated(book)
    except Refusal as refusal:
        return await visit_room.shown(request, access, case_id, data.note, refusal)
    return see_other(_place(access.account_id, case_id))


@post(f"{_VISIT}/cancellation", opt=_DESK)
async def call_off_for_customer(
    case_id: FromPath[CaseId],
    visit_id: FromPath[VisitId],
    request: Request[Any, Any, Any],
    data: Annotated[CallingOffForm, Body(media_type=URL_ENCODED)],
    access: NamedDependency[Access],
    visit_room: NamedDependency[VisitRoom],
) -> Response[Any]:
    try:
        await repeated(partial(visit_room.service.cancel, access, case_id, visit_id, data.why))
    except Refusal as refusal:
        return await visit_room.shown(request, access, case_id, refusal=refusal)
    return see_other(_place(access.account_id, case_id))


@get(f"{_VISIT}/act", opt=_DESK)
async def show_act(
    case_id: FromPath[CaseId],
    visit_id: FromPath[VisitId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    visit_room: NamedDependency[VisitRoom],
) -> Response[str]:
    return await visit_room.act_shown(request, access, case_id, visit_id)


@post(f"{_VISIT}/act", opt=_DESK)
async def write_act(
    case_id: FromPath[CaseId],
    visit_id: FromPath[VisitId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    visit_room: NamedDependency[VisitRoom],
) -> Response[Any]:
    """Seals, figures, admission and replacement go to the meters at once."""
    form = await request.form()
    typed = {name: [str(value) for value in form.getall(name)] for name in form}
    try:
        act = act_of(typed, await visit_room.sheets(access, case_id))
        await repeated(partial(visit_room.acts.act, access, case_id, visit_id, act))
    except Refusal as refusal:
        return await visit_room.act_shown(request, access, case_id, visit_id, refusal, typed)
    return see_other(_place(access.account_id, case_id))


def _place(account_id: AccountId, case_id: CaseId) -> str:
    return f"/office/accounts/{account_id}/cases/{case_id}/visits"


DEPENDENCIES = {"visit_room": Provide(visit_room, sync_to_thread=False)}
HANDLERS = [show_case_visits, book_for_customer, call_off_for_customer, show_act, write_act]
