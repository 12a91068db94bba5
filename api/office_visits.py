"""Hours that the crews offer, and their day."""

from datetime import date, datetime
from functools import partial
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, Router, get, put
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody, SkipValidation
from msgspec import Meta

from api.at_case import language
from api.paging import Page
from api.problems import responses
from api.visits import SlotOut, VisitOut
from domain.cases.slots import REGION, Slot
from domain.cases.visits import Visits, day_bounds
from domain.kernel.access import Scope
from services.cases.visiting import VisitService
from services.repeating import repeated

_MOST = 500
Moment = Annotated[datetime, Meta(tz=True)]


class SlotIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`capacity`: how many visits the crews can make in these hours. 0 takes them off the offer. `area`: a
    service area of the term `visits.areas`."""

    area: Annotated[str, Meta(min_length=1, max_length=40)] = REGION

    starts_at: Moment
    ends_at: Moment
    capacity: Annotated[int, Meta(ge=0, le=1000)]


class SlotsIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    slots: Annotated[tuple[SlotIn, ...], Meta(min_length=1, max_length=_MOST)]


@put("/office/visit-slots", opt={"access": Scope.DECIDE}, responses=responses(401, 403, 409, 422, 503))
async def offer_visit_slots(
    data: JSONBody[SlotsIn], visit_service: NamedDependency[VisitService]
) -> Page[SlotOut]:
    """Offer hours for visits. Offered again, only their places change: never below what is booked."""
    slots = [Slot.offered(one.area, one.starts_at, one.ends_at, one.capacity) for one in data.slots]
    offered = await repeated(partial(visit_service.offer_slots, slots))
    return Page(items=[SlotOut.of(slot) for slot in offered])


@get("/office/visit-slots", opt={"access": Scope.DECIDE}, responses=responses(401, 403, 422))
async def list_all_visit_slots(
    visit_service: NamedDependency[VisitService],
    zone: NamedDependency[ZoneInfo],
    day: FromQuery[date],
    area: FromQuery[Annotated[str, Meta(max_length=40)]] = REGION,
) -> Page[SlotOut]:
    """The hours on offer of one day in one service area, full ones too."""
    slots = await visit_service.slots_of_day(area, *day_bounds(day, zone))
    return Page(items=[SlotOut.of(slot) for slot in slots])


@get("/office/visits", opt={"access": Scope.DECIDE}, responses=responses(401, 403, 422))
async def list_visits_of_day(
    request: Request[Any, Any, Any],
    visits: NamedDependency[SkipValidation[Visits]],
    zone: NamedDependency[ZoneInfo],
    day: FromQuery[date],
) -> Page[VisitOut]:
    """What is booked for one day, over all accounts. Whom to meet stands in the case's form."""
    since, until = day_bounds(day, zone)
    booked = await visits.on_day(since, until, limit=_MOST)
    return Page(items=[VisitOut.of(visit, language(request)) for visit in booked])


office_visits = Router(
    "/", tags=["office"], route_handlers=[offer_visit_slots, list_all_visit_slots, list_visits_of_day]
)
