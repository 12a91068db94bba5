"""“I insist”, and what our operators decide on it."""

from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal, Self

import msgspec
from litestar import Request, Response, Router, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, SkipValidation
from msgspec import Meta

from api.paging import DEFAULT_LIMIT, Cursor, Limit, Page, cursor_of, end_of
from api.problems import responses
from api.reading_shapes import Comment, ReadingOut
from api.readings import READING, language
from domain.kernel.access import Access, Actor, ActorKind, Scope
from domain.kernel.files import FileNotFound, Files, picture_kind
from domain.kernel.ids import AccountId, MeterId, ReadingId
from domain.readings.deciding import OperatorsOnly
from domain.readings.keeping import Awaiting, AwaitingCursor, Readings
from domain.readings.meters import Meters, Zone
from services.people.memberships import MembershipService
from services.readings.deciding import DecisionService, InsistenceService
from services.repeating import repeated

PHOTO_MAX_BYTES = 10 * 1024 * 1024
_BODY_MAX_BYTES = PHOTO_MAX_BYTES * 4 // 3 + 8192


class InsistenceIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why the figure is right. `photo`: of the meter's face, JPEG or PNG of up to 10 MB, in base64."""

    comment: Comment
    photo: Annotated[bytes, Meta(min_length=1, max_length=PHOTO_MAX_BYTES)] | None = None


class DecisionIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`reason` is shown to the customer."""

    verdict: Literal["accept", "refuse"]
    reason: Comment


class AwaitingOut(msgspec.Struct, frozen=True, kw_only=True):
    """`since` it waits for a decision. `serial` is of the meter."""

    account_id: AccountId
    account_number: str
    serial: str
    since: datetime
    reading: ReadingOut

    @classmethod
    def of(cls, one: Awaiting, zones: dict[str, Zone], spoken: str) -> Self:
        return cls(
            account_id=one.account_id,
            account_number=one.account_number,
            serial=one.serial,
            since=one.since,
            reading=ReadingOut.of(one.reading, zones, spoken),
        )


@put(
    f"{READING}/insistence",
    status_code=200,
    opt={"access": Scope.READINGS},
    request_max_body_size=_BODY_MAX_BYTES,
    responses=responses(401, 403, 404, 409, 413, 422, 503),
)
async def insist(
    account_id: FromPath[AccountId],
    meter_id: FromPath[MeterId],
    reading_id: FromPath[ReadingId],
    request: Request[Any, Any, Any],
    data: JSONBody[InsistenceIn],
    access: NamedDependency[Access],
    insistence_service: NamedDependency[InsistenceService],
    meters: NamedDependency[SkipValidation[Meters]],
) -> ReadingOut:
    """Insist on figures that were not accepted: an operator will look at them.

    Where `may_insist` is true. A comment, and better a photo of the meter's face, help to decide soon. 409
    `reading-not-insistable` where there is nothing to decide on, such as a meter that reports by itself.
    """
    ask = partial(insistence_service.insist, access, meter_id, reading_id, data.comment, data.photo)
    reading = await repeated(ask)
    return ReadingOut.of(reading, await meters.zones(), language(request))


@get(
    f"{READING}/insistence/photo",
    opt={"access": Scope.SEE},
    media_type="image/jpeg",
    responses=responses(401, 403, 404, 422),
)
async def get_photo(
    account_id: FromPath[AccountId],
    meter_id: FromPath[MeterId],
    reading_id: FromPath[ReadingId],
    access: NamedDependency[Access],
    readings: NamedDependency[SkipValidation[Readings]],
    files: NamedDependency[SkipValidation[Files]],
) -> Response[bytes]:
    """The photo that was added, as it was sent."""
    return await photo_of(access, meter_id, reading_id, readings, files)


async def photo_of(
    access: Access, meter_id: MeterId, reading_id: ReadingId, readings: Readings, files: Files
) -> Response[bytes]:
    """FileNotFound when none was added."""
    insistence = (await readings.view(access, meter_id, reading_id)).reading.insistence
    if insistence is None or insistence.photo_sha256 is None:
        raise FileNotFound
    content = await files.read(access.account_id, insistence.photo_sha256)
    headers = {
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": "inline",
    }
    return Response(content, media_type=picture_kind(content), headers=headers)


@put(
    f"{READING}/decision",
    status_code=200,
    opt={"access": Scope.READINGS},
    responses=responses(401, 403, 404, 409, 422, 503),
)
async def decide(
    account_id: FromPath[AccountId],
    meter_id: FromPath[MeterId],
    reading_id: FromPath[ReadingId],
    request: Request[Any, Any, Any],
    data: JSONBody[DecisionIn],
    access: NamedDependency[Access],
    decision_service: NamedDependency[DecisionService],
    meters: NamedDependency[SkipValidation[Meters]],
) -> ReadingOut:
    """Accept or refuse, as one of our operators, what somebody insists on or asks to correct.

    What is accepted takes the place of the figure that stood for its period. 409 `reading-not-awaiting` when
    there is nothing to decide any more.
    """
    ask = partial(
        decision_service.decide,
        access,
        meter_id,
        reading_id,
        accept=data.verdict == "accept",
        reason=data.reason,
    )
    reading = await repeated(ask)
    return ReadingOut.of(reading, await meters.zones(), language(request))


@get("/readings/awaiting", opt={"access": Scope.READINGS}, responses=responses(401, 403, 422))
async def list_awaiting(
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    meters: NamedDependency[SkipValidation[Meters]],
    readings: NamedDependency[SkipValidation[Readings]],
    membership_service: NamedDependency[MembershipService],
    cursor: FromQuery[Cursor | None] = None,
    limit: FromQuery[Limit] = DEFAULT_LIMIT,
) -> Page[AwaitingOut]:
    """Readings of all accounts that wait for an operator's decision, those that wait longest first."""
    if actor.kind is not ActorKind.STAFF:
        raise OperatorsOnly
    found = await readings.awaiting(after=end_of(cursor, AwaitingCursor), limit=limit)
    for account_id in {one.account_id for one in found}:
        look = Access(actor=actor, account_id=account_id, scope=Scope.READINGS, at=now)
        await membership_service.record_view(look, "GET /api/v1/readings/awaiting")
    zones = dict(await meters.zones())
    end = AwaitingCursor(since=found[-1].since, reading_id=found[-1].reading.id) if found else None
    return Page(
        items=[AwaitingOut.of(one, zones, language(request)) for one in found],
        next=cursor_of(end) if len(found) == limit else None,
    )


reading_decisions = Router("/", tags=["readings"], route_handlers=[insist, get_photo, decide, list_awaiting])
