"""Visits to a meter: free hours, a time booked, moved, called off; the act; the life of a meter."""

from datetime import date, datetime, timedelta
from functools import partial
from typing import Annotated, Any, Self
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, Response, Router, get, post, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, SkipValidation
from msgspec import Meta

from api import visit_words
from api.at_case import language
from api.paging import Page
from api.problems import responses
from api.texts import translated
from api.visit_words import PURPOSES, STATES
from domain.cases.meter_timeline import MeterEvent, MeterEventKind, timeline
from domain.cases.on_site import VisitPurpose
from domain.cases.slots import Slot
from domain.cases.visits import Visit, Visits, VisitState
from domain.kernel.access import Access, Scope
from domain.kernel.ids import AccountId, CaseId, MeterId, ReadingId, VisitId
from domain.readings.acts import VisitAct
from domain.readings.keeping import ReadingQuestion, Readings
from domain.readings.meters import MeterNotFound, Meters
from services.cases.acting import ActService
from services.cases.visiting import VisitService
from services.repeating import repeated

_CASE = "/accounts/{account_id:uuid}/cases/{case_id:uuid}"
_ERRORS = responses(401, 403, 404, 409, 422, 503)
SLOTS_AHEAD = timedelta(days=30)
_READINGS = 100
Note = Annotated[str, Meta(max_length=1000)]


class SlotOut(msgspec.Struct, frozen=True, kw_only=True):
    """Hours in which somebody can come; `free_count` places are left. `area`: the service area."""

    id: UUID
    area: str
    starts_at: datetime
    ends_at: datetime
    free_count: int

    @classmethod
    def of(cls, slot: Slot) -> Self:
        return cls(
            id=slot.id,
            area=slot.area,
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            free_count=slot.free_count,
        )


class VisitOut(msgspec.Struct, frozen=True, kw_only=True):
    """`act` once the visit was made, or nobody was there. `why`: the reason it was called off."""

    id: VisitId
    account_id: AccountId
    case_id: CaseId
    purpose: VisitPurpose
    purpose_words: str
    state: VisitState
    state_words: str
    slot_id: UUID
    starts_at: datetime
    ends_at: datetime
    note: str
    why: str
    booked_by: str
    booked_at: datetime
    ended_at: datetime | None
    meter_ids: tuple[MeterId, ...]
    act: VisitAct | None

    @classmethod
    def of(cls, visit: Visit, language: str) -> Self:
        return cls(
            id=visit.id,
            account_id=visit.account_id,
            case_id=visit.case_id,
            purpose=visit.purpose,
            purpose_words=translated(language, PURPOSES[visit.purpose]),
            state=visit.state,
            state_words=translated(language, STATES[visit.state]),
            slot_id=visit.slot_id,
            starts_at=visit.starts_at,
            ends_at=visit.ends_at,
            note=visit.note,
            why=visit.why,
            booked_by=visit.by.name,
            booked_at=visit.booked_at,
            ended_at=visit.ended_at,
            meter_ids=visit.meter_ids,
            act=visit.act,
        )


class BookingIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`note`: what the crew should know."""

    slot_id: UUID
    note: Note = ""


class CallingOffIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    why: Note = ""


class MeterEventOut(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a meter's life. The ids lead to what it tells of."""

    on: date
    kind: MeterEventKind
    words: str
    case_id: CaseId | None
    visit_id: VisitId | None
    reading_id: ReadingId | None
    meter_id: MeterId | None

    @classmethod
    def of(cls, event: MeterEvent, language: str) -> Self:
        return cls(
            on=event.on,
            kind=event.kind,
            words=visit_words.event(event, language),
            case_id=event.case_id,
            visit_id=event.visit_id,
            reading_id=event.reading_id,
            meter_id=event.meter_id,
        )


@get(f"{_CASE}/visit-slots", opt={"access": Scope.SEE}, responses=responses(401, 403, 404, 409, 422))
async def list_visit_slots(
    account_id: FromPath[AccountId],
    case_id: FromPath[CaseId],
    access: NamedDependency[Access],
    visit_service: NamedDependency[VisitService],
    until: FromQuery[Annotated[datetime, Meta(tz=True)] | None] = None,
) -> Page[SlotOut]:
    """Hours with free places from now on, of the next 30 days unless `until` says otherwise.

    409 `visit-not-due` while the case is not decided, or its decision promises no visit.
    """
    slots = await visit_service.free_slots(access, case_id, until or access.at + SLOTS_AHEAD)
    return Page(items=[SlotOut.of(slot) for slot in slots])


@get(f"{_CASE}/visits", opt={"access": Scope.SEE}, responses=responses(401, 403, 404, 422))
async def list_visits(
    account_id: FromPath[AccountId],
    case_id: FromPath[CaseId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    visit_service: NamedDependency[VisitService],
) -> Page[VisitOut]:
    """The visits of a case, those that were moved or called off too, with their acts."""
    visits = await visit_service.of_case(access, case_id)
    return Page(items=[VisitOut.of(visit, language(request)) for visit in visits])


@put(
    f"{_CASE}/visits/{{visit_id:uuid}}",
    status_code=201,
    opt={"access": Scope.APPLICATIONS},
    responses=_ERRORS | {200: ResponseSpec(VisitOut, description="Booked before by the same request")},
)
async def book_visit(
    account_id: FromPath[AccountId],
    case_id: FromPath[CaseId],
    visit_id: FromPath[VisitId],
    request: Request[Any, Any, Any],
    data: JSONBody[BookingIn],
    access: NamedDependency[Access],
    visit_service: NamedDependency[VisitService],
) -> Response[VisitOut]:
    """Book a time, or move the visit to another one: under a new id, which you make (a UUID).

    201 booked by this request, 200 booked before. 409 `visit-slot-full` when somebody was quicker.
    """
    act = partial(visit_service.book, access, case_id, visit_id, data.slot_id, data.note)
    visit, is_new = await repeated(act)
    return Response(VisitOut.of(visit, language(request)), status_code=201 if is_new else 200)


@post(
    f"{_CASE}/visits/{{visit_id:uuid}}/cancellation",
    status_code=200,
    opt={"access": Scope.APPLICATIONS},
    responses=_ERRORS,
)
async def cancel_visit(
    account_id: FromPath[AccountId],
    case_id: FromPath[CaseId],
    visit_id: FromPath[VisitId],
    request: Request[Any, Any, Any],
    data: JSONBody[CallingOffIn],
    access: NamedDependency[Access],
    visit_service: NamedDependency[VisitService],
) -> VisitOut:
    """Call a visit off, before it begins. Another time can be booked afterwards."""
    visit = await repeated(partial(visit_service.cancel, access, case_id, visit_id, data.why))
    return VisitOut.of(visit, language(request))


@put(f"{_CASE}/visits/{{visit_id:uuid}}/act", opt={"access": Scope.DECIDE}, responses=_ERRORS)
async def put_visit_act(
    account_id: FromPath[AccountId],
    case_id: FromPath[CaseId],
    visit_id: FromPath[VisitId],
    request: Request[Any, Any, Any],
    data: JSONBody[VisitAct],
    access: NamedDependency[Access],
    act_service: NamedDependency[ActService],
) -> VisitOut:
    """Write down the act of a visit. Seals, verification, admission and first figures go to the meters.

    With `new_meter` the meter is taken down with its last figures, and the new one hangs from that day on.
    The same act again is the same answer; another one is 409 `visit-act-kept`.
    """
    visit = await repeated(partial(act_service.act, access, case_id, visit_id, data))
    return VisitOut.of(visit, language(request))


@get(
    "/accounts/{account_id:uuid}/meters/{meter_id:uuid}/timeline",
    opt={"access": Scope.SEE},
    responses=responses(401, 403, 404, 422),
)
async def get_meter_timeline(
    account_id: FromPath[AccountId],
    meter_id: FromPath[MeterId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    meters: NamedDependency[SkipValidation[Meters]],
    visits: NamedDependency[SkipValidation[Visits]],
    readings: NamedDependency[SkipValidation[Readings]],
    zone: NamedDependency[ZoneInfo],
) -> Page[MeterEventOut]:
    """A meter's life, the latest first: hung, sealed, visited, admitted, its last 100 readings, replaced."""
    every = await meters.of_account(access)
    meter = next((one for one in every if one.id == meter_id), None)
    if meter is None:
        raise MeterNotFound
    visited = await visits.of_meter(access, meter_id)
    read = await readings.listed(access, meter_id, ReadingQuestion(), before=None, limit=_READINGS)
    events = timeline(meter, every, visited, read, zone)
    return Page(items=[MeterEventOut.of(event, language(request)) for event in events])


visits = Router(
    "/",
    tags=["visits"],
    route_handlers=[
        list_visit_slots,
        list_visits,
        book_visit,
        cancel_visit,
        put_visit_act,
        get_meter_timeline,
    ],
)
