"""Meters and their readings: sent by hand, judged at once, insisted on when the rule is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Annotated, Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency, Provide
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, SkipValidation
from msgspec import Meta

from api.meters import MeterOut, showing_of
from api.pages.figures import values_of
from api.pages.language import language_for
from api.pages.many_meters import by_point, meets
from api.pages.refusals import in_words
from api.pages.rendering import page, see_other
from api.problems import status_of
from api.reading_costs import CostOut
from api.reading_decisions import PHOTO_MAX_BYTES
from api.reading_shapes import ReadingIn, ReadingOut, ReadingStory, StepOut, fields_of
from api.readings import consumption_of
from domain.accounts.accounts import Accounts
from domain.accounts.suppliers import Suppliers
from domain.kernel.access import Access, Scope
from domain.kernel.calendar import Period, business_day
from domain.kernel.errors import Refusal
from domain.kernel.ids import AccountId, MeterId, ReadingId
from domain.readings.keeping import ReadingQuestion, Readings
from domain.readings.meters import Direction, MeterNotFound, Meters
from domain.readings.readings import ReadingState
from services.readings.cost import CostService
from services.readings.deciding import InsistenceService
from services.readings.submitting import ReadingService
from services.repeating import repeated

_METER = "/accounts/{account_id:uuid}/meters/{meter_id:uuid}"
_READING = f"{_METER}/readings/{{reading_id:uuid}}"
_LATEST = 12
_MANY = 8
"""More meters than that are a list by delivery point, to be searched."""
_MOST_SOUGHT = 100
_BODY_MAX_BYTES = PHOTO_MAX_BYTES + 16_384


class Again(msgspec.Struct, frozen=True, kw_only=True):
    """The form of a reading that was not taken, with its figures, to be corrected where it stands."""

    reading_id: UUID
    typed: Mapping[str, str]
    today: date


class InsistenceForm(msgspec.Struct, frozen=True):
    comment: Annotated[str, Meta(max_length=500)]
    photo: UploadFile | None = None


@dataclass(frozen=True, slots=True)
class MeterRoom:
    """What pages of meters are made of."""

    accounts: Accounts
    suppliers: Suppliers
    meters: Meters
    readings: Readings
    costs: CostService
    zone: ZoneInfo

    async def hanging(self, access: Access, language: str) -> list[MeterOut]:
        every = await self.meters.of_account(access)
        if not every:
            await self.accounts.card(access)  # nothing hangs, or nothing to see
        showing = await showing_of(self.meters, access, every, self.zone, language)
        return [showing.out(meter) for meter in every]

    async def meter(self, access: Access, meter_id: MeterId, language: str) -> MeterOut:
        for one in await self.hanging(access, language):
            if one.id == meter_id:
                return one
        raise MeterNotFound

    async def service_names(self) -> dict[str, str]:
        return {code: service.name for code, service in (await self.suppliers.services()).items()}

    async def latest(self, access: Access, meter_id: MeterId, language: str) -> list[ReadingOut]:
        found = await self.readings.listed(access, meter_id, ReadingQuestion(), before=None, limit=_LATEST)
        zones = await self.meters.zones()
        return [ReadingOut.of(one, zones, language) for one in found]

    async def months(self, access: Access, meter_id: MeterId) -> list[tuple[Period, Decimal]]:
        """What was used in each of the last months, all zones together, the oldest first."""
        used = await consumption_of(access, meter_id, self.meters, self.readings, self.zone)
        by_month: dict[Period, Decimal] = {}
        for register in used.registers:
            if register.direction is Direction.A_PLUS:
                for month in register.months:
                    by_month[month.period] = by_month.get(month.period, Decimal()) + month.consumption
        return sorted(by_month.items())[-_LATEST:]

    async def story(
        self, access: Access, meter_id: MeterId, reading_id: ReadingId, language: str
    ) -> ReadingStory:
        view = await self.readings.view(access, meter_id, reading_id)
        zones, meter = await self.meters.zones(), await self.meters.of(access, meter_id)
        cost = await self.costs.of_reading(access, meter, view.reading)
        return ReadingStory(
            **fields_of(view.reading, zones, language),
            steps=[StepOut.of(step, language) for step in view.steps],
            cost=CostOut.of(cost, zones, language),
        )

    async def form(
        self,
        request: Request[Any, Any, Any],
        access: Access,
        meter_id: MeterId,
        typed: Mapping[str, str],
        refusal: Refusal | None = None,
    ) -> Response[str]:
        language = language_for(request)
        return page(
            request,
            "meter.html",
            status=status_of(refusal) if refusal else 200,
            account_id=access.account_id,
            section="readings",
            meter=await self.meter(access, meter_id, language),
            services=await self.service_names(),
            latest=await self.latest(access, meter_id, language),
            months=await self.months(access, meter_id),
            today=business_day(access.at, self.zone),
            reading_id=uuid4(),
            typed=typed,
            refusal=in_words(request, refusal) if refusal else None,
        )


def meter_room(
    accounts: NamedDependency[SkipValidation[Accounts]],
    suppliers: NamedDependency[SkipValidation[Suppliers]],
    meters: NamedDependency[SkipValidation[Meters]],
    readings: NamedDependency[SkipValidation[Readings]],
    cost_service: NamedDependency[CostService],
    zone: NamedDependency[SkipValidation[ZoneInfo]],
) -> MeterRoom:
    return MeterRoom(accounts, suppliers, meters, readings, cost_service, zone)


@get("/accounts/{account_id:uuid}/meters", opt={"access": Scope.SEE})
async def show_meters(
    account_id: FromPath[AccountId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    meter_room: NamedDependency[MeterRoom],
) -> Response[str]:
    """Those that hang now, by place; removed ones below."""
    every = await meter_room.hanging(access, language_for(request))
    hanging = [meter for meter in every if meter.removed_on is None]
    sought = request.query_params.get("q", "")[:_MOST_SOUGHT].strip()
    found = [meter for meter in hanging if meets(meter, sought)]
    return page(
        request,
        "meters.html",
        account_id=account_id,
        section="readings",
        many=len(hanging) > _MANY,
        count=len(hanging),
        sought=sought,
        meters=found,
        points=by_point(found),
        removed=[meter for meter in every if meter.removed_on is not None],
        services=await meter_room.service_names(),
    )


@get(_METER, opt={"access": Scope.SEE})
async def show_meter(
    account_id: FromPath[AccountId],
    meter_id: FromPath[MeterId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    meter_room: NamedDependency[MeterRoom],
) -> Response[str]:
    """The form of a new reading, and what was sent before."""
    return await meter_room.form(request, access, meter_id, {})


@post(_READING, opt={"access": Scope.READINGS})
async def send(
    account_id: FromPath[AccountId],
    meter_id: FromPath[MeterId],
    reading_id: FromPath[ReadingId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    reading_service: NamedDependency[ReadingService],
    meter_room: NamedDependency[MeterRoom],
) -> Response[Any]:
    """The id came with the form. The next page says what became of each figure."""
    typed = {name: str(value)[:40] for name, value in (await request.form()).items()}
    try:
        reading = _reading(typed, business_day(access.at, meter_room.zone))
        submission, source = reading.submission(reading_id, meter_id), reading.source(access.actor.kind)
        await repeated(partial(reading_service.submit, access, submission, source))
    except Refusal as refusal:
        return await meter_room.form(request, access, meter_id, typed, refusal)
    return see_other(f"/accounts/{account_id}/meters/{meter_id}/readings/{reading_id}")


@get(_READING, opt={"access": Scope.SEE})
async def show_reading(
    account_id: FromPath[AccountId],
    meter_id: FromPath[MeterId],
    reading_id: FromPath[ReadingId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    meter_room: NamedDependency[MeterRoom],
) -> Response[str]:
    """Each figure's verdict with its reason, and what it would cost."""
    return await _story(request, access, meter_id, reading_id, meter_room)


@post(f"{_READING}/insistence", opt={"access": Scope.READINGS}, request_max_body_size=_BODY_MAX_BYTES)
async def insist(
    account_id: FromPath[AccountId],
    meter_id: FromPath[MeterId],
    reading_id: FromPath[ReadingId],
    request: Request[Any, Any, Any],
    data: Annotated[InsistenceForm, Body(media_type=RequestEncodingType.MULTI_PART)],
    access: NamedDependency[Access],
    insistence_service: NamedDependency[InsistenceService],
    meter_room: NamedDependency[MeterRoom],
) -> Response[Any]:
    """“The meter does show this”: an operator will look, better with a photo."""
    photo = (await data.photo.read()) or None if data.photo else None
    try:
        ask = partial(insistence_service.insist, access, meter_id, reading_id, data.comment.strip(), photo)
        await repeated(ask)
    except Refusal as refusal:
        return await _story(request, access, meter_id, reading_id, meter_room, refusal)
    return see_other(f"/accounts/{account_id}/meters/{meter_id}/readings/{reading_id}")


async def _story(
    request: Request[Any, Any, Any],
    access: Access,
    meter_id: MeterId,
    reading_id: ReadingId,
    room: MeterRoom,
    refusal: Refusal | None = None,
) -> Response[str]:
    language = language_for(request)
    meter = await room.meter(access, meter_id, language)
    reading = await room.story(access, meter_id, reading_id, language)
    return page(
        request,
        "reading.html",
        status=status_of(refusal) if refusal else 200,
        account_id=access.account_id,
        section="readings",
        meter=meter,
        services=await room.service_names(),
        reading=reading,
        again=_again(reading, meter, business_day(access.at, room.zone)),
        refusal=in_words(request, refusal) if refusal else None,
    )


def _again(reading: ReadingStory, meter: MeterOut, today: date) -> Again | None:
    """None where every figure was taken, or where nobody writes figures in."""
    if not meter.by_hand.is_taken or not any(
        one.state is ReadingState.REFUSED or one.may_insist for one in reading.values
    ):
        return None
    typed = {
        f"value.{one.zone}.{one.direction}": f"{one.value:f}".replace(".", ",") for one in reading.values
    }
    return Again(reading_id=uuid4(), typed={**typed, "taken_on": reading.taken_on.isoformat()}, today=today)


def _reading(typed: Mapping[str, str], today: date) -> ReadingIn:
    try:
        taken_on = date.fromisoformat(typed.get("taken_on", ""))
    except ValueError:
        taken_on = today
    return ReadingIn(taken_on=taken_on, values=values_of(typed))


DEPENDENCIES = {"meter_room": Provide(meter_room, sync_to_thread=False)}
HANDLERS = [show_meters, show_meter, send, show_reading, insist]
