"""Readings of a meter: sent, judged, listed, followed; and what they say was used."""

from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, Response, Router, get, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, SkipValidation

from api.paging import DEFAULT_LIMIT, Cursor, Limit, Page, cursor_of, end_of
from api.problems import responses
from api.reading_costs import CostOut
from api.reading_shapes import ReadingIn, ReadingOut, ReadingStory, StepOut, fields_of
from api.texts import language_of
from domain.kernel.access import Access, Scope
from domain.kernel.calendar import Period, business_day
from domain.kernel.ids import AccountId, MeterId, ReadingId
from domain.readings.consumption import RegisterUsed, in_one_place, two_years_before, used
from domain.readings.keeping import ReadingCursor, ReadingQuestion, Readings
from domain.readings.meters import MeterNotFound, Meters
from domain.readings.readings import ReadingSource, ReadingState, plain
from services.readings.cost import CostService
from services.readings.submitting import ReadingService
from services.repeating import repeated

READING = "/accounts/{account_id:uuid}/meters/{meter_id:uuid}/readings/{reading_id:uuid}"
_METER = "/accounts/{account_id:uuid}/meters/{meter_id:uuid}"


class SentOut(ReadingOut, frozen=True, kw_only=True):
    """The verdicts, and what the reading would cost at the prices in force."""

    cost: CostOut


class ConsumptionOut(msgspec.Struct, frozen=True, kw_only=True):
    """By register, in `unit`; the volume of meters that stood in this one's place before is added."""

    meter_id: MeterId
    unit: str
    since: date
    transformation_ratio: Decimal
    registers: tuple[RegisterUsed, ...]


def language(request: Request[Any, Any, Any]) -> str:
    return language_of(request.headers.get("accept-language"))


@put(
    READING,
    status_code=201,
    opt={"access": Scope.READINGS},
    responses=responses(401, 403, 404, 409, 422, 503)
    | {200: ResponseSpec(SentOut, description="It was sent before: its verdicts as they stand now")},
)
async def send_reading(
    account_id: FromPath[AccountId],
    meter_id: FromPath[MeterId],
    reading_id: FromPath[ReadingId],
    request: Request[Any, Any, Any],
    data: JSONBody[ReadingIn],
    access: NamedDependency[Access],
    reading_service: NamedDependency[ReadingService],
    meters: NamedDependency[SkipValidation[Meters]],
    cost_service: NamedDependency[CostService],
) -> Response[SentOut]:
    """Send a reading: the answer is a verdict on each figure, with the reason and what to do next.

    You make the id, so that it can be repeated after any doubt. A figure that is accepted already does no
    harm. Until the cut-off a later figure takes the place of an earlier one; after it an operator decides.
    409 `reading-id-taken` for other content under the id.
    """
    submission, source = data.submission(reading_id, meter_id), data.source(access.actor.kind)
    reading, is_new = await repeated(partial(reading_service.submit, access, submission, source))
    zones, meter = await meters.zones(), await meters.of(access, meter_id)
    cost = await cost_service.of_reading(access, meter, reading)
    out = SentOut(
        **fields_of(reading, zones, language(request)), cost=CostOut.of(cost, zones, language(request))
    )
    return Response(out, status_code=201 if is_new else 200)


@get(f"{_METER}/readings", opt={"access": Scope.SEE}, responses=responses(401, 403, 404, 422))
async def list_readings(
    account_id: FromPath[AccountId],
    meter_id: FromPath[MeterId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    meters: NamedDependency[SkipValidation[Meters]],
    readings: NamedDependency[SkipValidation[Readings]],
    source: FromQuery[ReadingSource | None] = None,
    reading_state: FromQuery[ReadingState | None] = None,
    period: FromQuery[Period | None] = None,
    cursor: FromQuery[Cursor | None] = None,
    limit: FromQuery[Limit] = DEFAULT_LIMIT,
) -> Page[ReadingOut]:
    """The readings of a meter by whatever way they came, billing's own too, the newest first.

    Narrow them by `source`, by a `reading_state` that one of the figures is in, and by `period`.
    """
    question = ReadingQuestion(source=source, state=reading_state, period=period)
    found = await readings.listed(
        access, meter_id, question, before=end_of(cursor, ReadingCursor), limit=limit
    )
    if not found:
        await meters.of(access, meter_id)  # none yet, or nothing to see: that is for the meter to say
    zones = await meters.zones()
    end = ReadingCursor(received_at=found[-1].received_at, reading_id=found[-1].id) if found else None
    return Page(
        items=[ReadingOut.of(reading, zones, language(request)) for reading in found],
        next=cursor_of(end) if len(found) == limit else None,
    )


@get(READING, opt={"access": Scope.SEE}, responses=responses(401, 403, 404, 422))
async def get_reading(
    account_id: FromPath[AccountId],
    meter_id: FromPath[MeterId],
    reading_id: FromPath[ReadingId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    meters: NamedDependency[SkipValidation[Meters]],
    readings: NamedDependency[SkipValidation[Readings]],
    cost_service: NamedDependency[CostService],
) -> ReadingStory:
    """A reading with its fate: every figure's verdict and timeline, and what it would cost."""
    view = await readings.view(access, meter_id, reading_id)
    zones, meter = await meters.zones(), await meters.of(access, meter_id)
    cost = await cost_service.of_reading(access, meter, view.reading)
    return ReadingStory(
        **fields_of(view.reading, zones, language(request)),
        steps=[StepOut.of(step, language(request)) for step in view.steps],
        cost=CostOut.of(cost, zones, language(request)),
    )


@get(f"{_METER}/consumption", opt={"access": Scope.SEE}, responses=responses(401, 403, 404, 422))
async def get_consumption(
    account_id: FromPath[AccountId],
    meter_id: FromPath[MeterId],
    access: NamedDependency[Access],
    meters: NamedDependency[SkipValidation[Meters]],
    readings: NamedDependency[SkipValidation[Readings]],
    zone: NamedDependency[ZoneInfo],
) -> ConsumptionOut:
    """What was used by month over two years, on average, and beside the same month of last year.

    Averages are per day and per month of 30.4375 days, over the year before the latest figure seen on the
    meter. A month that billing has estimated says so, until a later figure is seen.
    """
    return await consumption_of(access, meter_id, meters, readings, zone)


async def consumption_of(
    access: Access, meter_id: MeterId, meters: Meters, readings: Readings, zone: ZoneInfo
) -> ConsumptionOut:
    """Of the meter and those that hung in its place before; MeterNotFound."""
    place = in_one_place(await meters.of_account(access), meter_id)
    if not place:
        raise MeterNotFound
    since = two_years_before(business_day(access.at, zone))
    consumed = await readings.consumed(access, list(place), since=since)
    return ConsumptionOut(
        meter_id=meter_id,
        unit=place[meter_id].unit,
        since=since,
        transformation_ratio=plain(place[meter_id].transformation_ratio),
        registers=used(consumed, place),
    )


readings = Router(
    "/", tags=["readings"], route_handlers=[send_reading, list_readings, get_reading, get_consumption]
)
