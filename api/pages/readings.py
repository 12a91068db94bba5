"""Meters and their readings: sent by hand, judged at once, insisted on when the rule is wrong."""

from functools import partial
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency, Provide
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from msgspec import Meta

from api.browser import wants_fragment
from api.pages.language import language_for
from api.pages.many_meters import by_point, meets
from api.pages.meter_room import MeterRoom, again_of, meter_room, reading_of
from api.pages.refusals import in_words
from api.pages.rendering import page, see_other
from api.problems import status_of
from api.reading_decisions import PHOTO_MAX_BYTES
from domain.kernel.access import Access, Scope
from domain.kernel.calendar import business_day
from domain.kernel.errors import Refusal
from domain.kernel.ids import AccountId, MeterId, ReadingId
from services.readings.deciding import InsistenceService
from services.readings.submitting import ReadingService
from services.repeating import repeated

_METER = "/accounts/{account_id:uuid}/meters/{meter_id:uuid}"
_READING = f"{_METER}/readings/{{reading_id:uuid}}"
_MANY = 8
"""More meters than that are a list by delivery point, to be searched."""
_MOST_SOUGHT = 100
_BODY_MAX_BYTES = PHOTO_MAX_BYTES + 16_384


class InsistenceForm(msgspec.Struct, frozen=True):
    comment: Annotated[str, Meta(max_length=500)]
    photo: UploadFile | None = None


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
        sent=await meter_room.sent(access, language_for(request)),
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
    """The form of a new reading, and what was sent before. With figures in the address: what they would
    cost; asked by htmx, only that."""
    typed = {name: value[:40] for name, value in request.query_params.items()}
    if wants_fragment(request):
        meter = await meter_room.meter(access, meter_id, language_for(request))
        trial = await meter_room.trial(request, access, meter_id, typed)
        return page(request, "reading_preview.html", meter=meter, trial=trial)
    return await meter_room.form(request, access, meter_id, typed)


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
        reading = reading_of(typed, business_day(access.at, meter_room.zone))
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
        again=again_of(reading, meter, business_day(access.at, room.zone)),
        refusal=in_words(request, refusal) if refusal else None,
    )


DEPENDENCIES = {"meter_room": Provide(meter_room, sync_to_thread=False)}
HANDLERS = [show_meters, show_meter, send, show_reading, insist]
