"""The crews' day on the desk: hours on offer in one service area, what is booked for them, further hours."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import partial
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import Body, SkipValidation
from msgspec import Meta

from api.pages.language import language_for
from api.pages.looks import Looks
from api.pages.office_forms import day_of
from api.pages.refusals import in_words
from api.pages.rendering import page, see_other
from api.pages.signing_in import URL_ENCODED
from api.problems import status_of
from api.visits import SlotOut, VisitOut
from domain.accounts.accounts import Account, Accounts
from domain.cases.slots import REGION, Area, Areas, Slot, SlotTimesWrong
from domain.cases.visits import Visit, Visits, day_bounds
from domain.kernel.access import Scope
from domain.kernel.calendar import business_day
from domain.kernel.errors import Refusal
from domain.kernel.terms import Terms
from services.cases.visiting import MOST_SLOTS, VisitService
from services.repeating import repeated

_VISITS = "/office/visits"
_LOOKED = "GET /office/visits"
_Hour = Annotated[str, Meta(max_length=10)]


class HoursForm(msgspec.Struct, frozen=True):
    """Hours of one day to offer, as <input type=time> sends them."""

    day: Annotated[str, Meta(max_length=20)]
    area: Annotated[str, Meta(max_length=40)] = REGION
    starts: _Hour = ""
    ends: _Hour = ""
    capacity: Annotated[int, Meta(ge=0, le=1000)] = 1


class Booked(msgspec.Struct, frozen=True):
    visit: VisitOut
    account: Account


class Hours(msgspec.Struct, frozen=True):
    slot: SlotOut
    capacity: int
    booked: list[Booked]


@dataclass(frozen=True, slots=True)
class VisitDay:
    """What the page of a crews' day is made of."""

    visits: Visits
    service: VisitService
    accounts: Accounts
    terms: Terms
    zone: ZoneInfo

    async def shown(
        self,
        request: Request[Any, Any, Any],
        looks: Looks,
        day: date,
        area: str,
        refusal: Refusal | None = None,
        typed: HoursForm | None = None,
    ) -> Response[str]:
        """Each account on the page gets a record of the look. AreaUnknown."""
        bounds = day_bounds(day, self.zone)
        slots = await self.service.slots_of_day(area, *bounds)
        hours = {slot.id: slot for slot in slots}
        booked = [one for one in await self.visits.on_day(*bounds, limit=MOST_SLOTS) if one.slot_id in hours]
        await looks.recorded((one.account_id for one in booked), _LOOKED)
        language = language_for(request)
        told = [Booked(VisitOut.of(one, language), await self._account(looks, one)) for one in booked]
        return page(
            request,
            "office_visits.html",
            status=status_of(refusal) if refusal else 200,
            place="more",
            day=day,
            today=business_day(looks.at, self.zone),
            area=area,
            areas=await self.areas(looks.at),
            hours=_hours(slots, told),
            typed=typed or HoursForm(day=str(day)),
            refusal=in_words(request, refusal) if refusal else None,
        )

    async def areas(self, now: datetime) -> Sequence[Area]:
        found = await self.terms.at(Areas, business_day(now, self.zone))
        return (found.otherwise, *found.areas)

    async def _account(self, looks: Looks, visit: Visit) -> Account:
        return (await self.accounts.card(looks.of(visit.account_id))).account

    def offered(self, form: HoursForm, day: date) -> Slot:
        """SlotTimesWrong."""
        try:
            starts, ends = (
                datetime.combine(day, time.fromisoformat(text), self.zone)
                for text in (form.starts, form.ends)
            )
        except ValueError as error:
            raise SlotTimesWrong(field="ends") from error
        return Slot.offered(form.area, starts, ends, form.capacity)


def visit_day(
    visits: NamedDependency[SkipValidation[Visits]],
    visit_service: NamedDependency[VisitService],
    accounts: NamedDependency[SkipValidation[Accounts]],
    terms: NamedDependency[SkipValidation[Terms]],
    zone: NamedDependency[SkipValidation[ZoneInfo]],
) -> VisitDay:
    return VisitDay(visits, visit_service, accounts, terms, zone)


@get(_VISITS, opt={"access": Scope.DECIDE})
async def show_visits(
    request: Request[Any, Any, Any],
    looks: NamedDependency[Looks],
    visit_day: NamedDependency[VisitDay],
) -> Response[str]:
    """`day`, by default today; `area`, by default the one that has what no other names."""
    asked = request.query_params
    day = day_of(asked["day"]) if asked.get("day") else business_day(looks.at, visit_day.zone)
    area = asked.get("area") or (await visit_day.areas(looks.at))[0].code
    return await visit_day.shown(request, looks, day, area)


@post(_VISITS, opt={"access": Scope.DECIDE})
async def offer_hours(
    request: Request[Any, Any, Any],
    data: Annotated[HoursForm, Body(media_type=URL_ENCODED)],
    looks: NamedDependency[Looks],
    visit_day: NamedDependency[VisitDay],
) -> Response[Any]:
    """Offered again, only the places of these hours change; none takes them off the offer."""
    day = day_of(data.day)
    try:
        offered = visit_day.offered(data, day)
        await repeated(partial(visit_day.service.offer_slots, [offered]))
    except Refusal as refusal:
        return await visit_day.shown(request, looks, day, data.area, refusal, data)
    return see_other(f"{_VISITS}?day={day}&area={offered.area}")


def _hours(slots: Sequence[Slot], told: Sequence[Booked]) -> list[Hours]:
    return [
        Hours(SlotOut.of(slot), slot.capacity, [one for one in told if one.visit.slot_id == slot.id])
        for slot in sorted(slots, key=lambda slot: slot.starts_at)
        if slot.capacity
    ]


DEPENDENCIES = {"visit_day": Provide(visit_day, sync_to_thread=False)}
HANDLERS = [show_visits, offer_hours]
