"""Readings that wait for an operator: what was sent, what the rules have found, the photo, the word."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import Body, FromPath, SkipValidation
from msgspec import Meta

from api.pages.cases import WordsMissing
from api.pages.language import language_for
from api.pages.looks import Looks
from api.pages.refusals import in_words
from api.pages.rendering import page, see_other
from api.pages.signing_in import URL_ENCODED
from api.paging import cursor_of, end_of
from api.problems import status_of
from api.reading_decisions import AwaitingOut, photo_of
from domain.kernel.access import Access, Scope
from domain.kernel.errors import Refusal
from domain.kernel.files import Files
from domain.kernel.ids import AccountId, MeterId, ReadingId
from domain.readings.keeping import AwaitingCursor, Readings
from domain.readings.meters import Meters
from services.readings.deciding import DecisionService
from services.repeating import repeated

_READING = "/office/accounts/{account_id:uuid}/meters/{meter_id:uuid}/readings/{reading_id:uuid}"
_PAGE = 20
_LOOKED = "GET /office/readings"


class WordForm(msgspec.Struct, frozen=True):
    """`reason` is shown to the customer."""

    verdict: Literal["accept", "refuse"]
    reason: Annotated[str, Meta(max_length=500)] = ""


@dataclass(frozen=True, slots=True)
class AwaitingDesk:
    """What the page of waiting readings is made of."""

    meters: Meters
    readings: Readings

    async def shown(
        self,
        request: Request[Any, Any, Any],
        looks: Looks,
        refusal: Refusal | None = None,
        refused: ReadingId | None = None,
    ) -> Response[str]:
        """Each account on the page gets a record of the look before it is shown."""
        after = end_of(request.query_params.get("cursor"), AwaitingCursor)
        found = await self.readings.awaiting(after=after, limit=_PAGE)
        await looks.recorded((one.account_id for one in found), _LOOKED)
        zones, language = dict(await self.meters.zones()), language_for(request)
        end = AwaitingCursor(since=found[-1].since, reading_id=found[-1].reading.id) if found else None
        return page(
            request,
            "office_readings.html",
            status=status_of(refusal) if refusal else 200,
            place="readings",
            waiting=[AwaitingOut.of(one, zones, language) for one in found],
            next=cursor_of(end) if end and len(found) == _PAGE else None,
            refusal=in_words(request, refusal) if refusal else None,
            refused=refused,
            done=request.query_params.get("done"),
        )


def awaiting_desk(
    meters: NamedDependency[SkipValidation[Meters]],
    readings: NamedDependency[SkipValidation[Readings]],
) -> AwaitingDesk:
    return AwaitingDesk(meters, readings)


@get("/office/readings", opt={"access": Scope.DECIDE})
async def show_awaiting(
    request: Request[Any, Any, Any],
    looks: NamedDependency[Looks],
    awaiting_desk: NamedDependency[AwaitingDesk],
) -> Response[str]:
    """Those that wait longest first."""
    return await awaiting_desk.shown(request, looks)


@get(f"{_READING}/photo", opt={"access": Scope.DECIDE}, media_type="image/jpeg")
async def show_photo(
    account_id: FromPath[AccountId],
    meter_id: FromPath[MeterId],
    reading_id: FromPath[ReadingId],
    access: NamedDependency[Access],
    readings: NamedDependency[SkipValidation[Readings]],
    files: NamedDependency[SkipValidation[Files]],
) -> Response[bytes]:
    return await photo_of(access, meter_id, reading_id, readings, files)


@post(_READING, opt={"access": Scope.DECIDE})
async def decide_reading(
    account_id: FromPath[AccountId],
    meter_id: FromPath[MeterId],
    reading_id: FromPath[ReadingId],
    request: Request[Any, Any, Any],
    data: Annotated[WordForm, Body(media_type=URL_ENCODED)],
    access: NamedDependency[Access],
    looks: NamedDependency[Looks],
    decision_service: NamedDependency[DecisionService],
    awaiting_desk: NamedDependency[AwaitingDesk],
) -> Response[Any]:
    """Accept or refuse it; the customer reads why."""
    reason = data.reason.strip()
    decide = partial(decision_service.decide, access, meter_id, reading_id)
    try:
        if not reason:
            raise WordsMissing(field="reason")
        await repeated(partial(decide, accept=data.verdict == "accept", reason=reason))
    except Refusal as refusal:
        return await awaiting_desk.shown(request, looks, refusal, reading_id)
    return see_other(f"/office/readings?done={data.verdict}")


DEPENDENCIES = {"awaiting_desk": Provide(awaiting_desk, sync_to_thread=False)}
HANDLERS = [show_awaiting, show_photo, decide_reading]
