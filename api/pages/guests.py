"""Without a cabinet: pay by an account number, send a reading by it and the meter's serial."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote
from uuid import uuid4
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import Body, FromPath, SkipValidation

from api.guests import GuestPaymentOut, GuestReadingOut
from api.identity import Entry, client_ip
from api.pages.figures import values_of
from api.pages.forms import Typed, money_of
from api.pages.language import language_for
from api.pages.refusals import in_words
from api.pages.rendering import page, see_other
from api.pages.signing_in import URL_ENCODED
from api.problems import status_of
from domain.kernel.calendar import business_day
from domain.kernel.errors import Refusal
from domain.kernel.ids import PaymentId, ReadingId
from domain.payments.provider import Method
from domain.readings.meters import TOTAL, Meters
from domain.readings.submissions import ValueGiven
from services.guests import GuestDesk, wish_of
from services.repeating import repeated

_OPEN = {"access": Entry.OPEN}
_LONGEST = 200
_ALONE = frozenset({"single", TOTAL})
"""Zones of which none stands beside others in the form of guests."""


class GuestPaymentForm(msgspec.Struct, frozen=True):
    account: Typed
    amount: Typed


@dataclass(frozen=True, slots=True)
class GuestRoom:
    """What the page of guests is made of."""

    desk: GuestDesk
    meters: Meters
    zone: ZoneInfo

    async def shown(
        self,
        request: Request[Any, Any, Any],
        typed: Mapping[str, Any] | None = None,
        paying: Refusal | None = None,
        sending: Refusal | None = None,
    ) -> Response[str]:
        refusal = paying or sending
        return page(
            request,
            "guest.html",
            status=status_of(refusal) if refusal else 200,
            typed={"account": "", "amount": "", "serial": "", **(typed or {})},
            zones=[zone for zone in (await self.meters.zones()).values() if zone.code not in _ALONE],
            payment_id=uuid4(),
            reading_id=uuid4(),
            paying=in_words(request, paying) if paying else None,
            sending=in_words(request, sending) if sending else None,
        )


def guest_room(
    guest_desk: NamedDependency[GuestDesk],
    meters: NamedDependency[SkipValidation[Meters]],
    zone: NamedDependency[SkipValidation[ZoneInfo]],
) -> GuestRoom:
    return GuestRoom(guest_desk, meters, zone)


@get("/guest", opt=_OPEN)
async def show_guest(
    request: Request[Any, Any, Any], guest_room: NamedDependency[GuestRoom]
) -> Response[str]:
    return await guest_room.shown(request)


@post("/guest/payments/{payment_id:uuid}", opt=_OPEN)
async def begin_guest_payment(
    payment_id: FromPath[PaymentId],
    request: Request[Any, Any, Any],
    data: Annotated[GuestPaymentForm, Body(media_type=URL_ENCODED)],
    guest_room: NamedDependency[GuestRoom],
) -> Response[Any]:
    place = f"/guest/payments/{payment_id}?account={quote(data.account.strip(), safe='')}"
    ip, back = client_ip(request), str(request.base_url).rstrip("/") + place
    try:
        wish = wish_of(money_of(data.amount), Method.SBP, back)
        await repeated(lambda: guest_room.desk.pay(payment_id, data.account, None, wish, ip))
    except Refusal as refusal:
        return await guest_room.shown(request, msgspec.structs.asdict(data), paying=refusal)
    return see_other(place)


@get("/guest/payments/{payment_id:uuid}", opt=_OPEN)
async def show_guest_payment(
    payment_id: FromPath[PaymentId], request: Request[Any, Any, Any], guest_desk: NamedDependency[GuestDesk]
) -> Response[str]:
    account = request.query_params.get("account", "")[:30]
    payment = GuestPaymentOut.of(await guest_desk.payment(payment_id, account))
    return page(request, "guest_payment.html", payment=payment)


@post("/guest/readings/{reading_id:uuid}", opt=_OPEN, status_code=200)
async def send_guest_reading(
    reading_id: FromPath[ReadingId],
    request: Request[Any, Any, Any],
    guest_room: NamedDependency[GuestRoom],
) -> Response[str]:
    """A figure for each zone that the meter has: which those are is nothing we tell a guest."""
    typed = {name: str(text)[:_LONGEST] for name, text in (await request.form()).items()}
    account, serial, ip = typed.get("account", ""), typed.get("serial", ""), client_ip(request)
    desk, language = guest_room.desk, language_for(request)
    try:
        values = tuple(
            ValueGiven(zone=one.zone, direction=one.direction, value=one.value) for one in values_of(typed)
        )
        day = business_day(desk.now(), guest_room.zone)
        reading = await repeated(lambda: desk.send(reading_id, account, serial, day, values, ip))
    except Refusal as refusal:
        return await guest_room.shown(request, typed, sending=refusal)
    zones = await guest_room.meters.zones()
    labels = {code: zone.label for code, zone in zones.items()}
    return page(request, "guest_reading.html", reading=GuestReadingOut.of(reading, language), labels=labels)


DEPENDENCIES = {"guest_room": Provide(guest_room, sync_to_thread=False)}
HANDLERS = [show_guest, begin_guest_payment, show_guest_payment, send_guest_reading]
