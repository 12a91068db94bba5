"""Without a cabinet: pay by an account number, send a reading by it and the meter's serial."""

from decimal import Decimal, InvalidOperation
from typing import Annotated, Any
from urllib.parse import quote
from uuid import uuid4
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import Body, FromPath, SkipValidation

from api.guests import GuestPaymentOut, GuestReadingOut
from api.identity import Entry, client_ip
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
from domain.readings.submissions import ReadingUnreadable, ValueGiven
from services.guests import GuestDesk, wish_of
from services.repeating import repeated

_OPEN = {"access": Entry.OPEN}


class GuestPaymentForm(msgspec.Struct, frozen=True):
    account: Typed
    amount: Typed


class GuestReadingForm(msgspec.Struct, frozen=True):
    account: Typed
    serial: Typed
    value: Typed


@get("/guest", opt=_OPEN)
async def show_guest(request: Request[Any, Any, Any]) -> Response[str]:
    return _form(request)


@post("/guest/payments/{payment_id:uuid}", opt=_OPEN)
async def begin_guest_payment(
    payment_id: FromPath[PaymentId],
    request: Request[Any, Any, Any],
    data: Annotated[GuestPaymentForm, Body(media_type=URL_ENCODED)],
    guest_desk: NamedDependency[GuestDesk],
) -> Response[Any]:
    place = f"/guest/payments/{payment_id}?account={quote(data.account.strip(), safe='')}"
    ip, back = client_ip(request), str(request.base_url).rstrip("/") + place
    try:
        wish = wish_of(money_of(data.amount), Method.SBP, back)
        await repeated(lambda: guest_desk.pay(payment_id, data.account, None, wish, ip))
    except Refusal as refusal:
        return _form(request, {"account": data.account, "amount": data.amount}, paying=refusal)
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
    data: Annotated[GuestReadingForm, Body(media_type=URL_ENCODED)],
    guest_desk: NamedDependency[GuestDesk],
    zone: NamedDependency[SkipValidation[ZoneInfo]],
) -> Response[str]:
    """Of a meter with one register; one with several is for the cabinet."""
    ip, typed = client_ip(request), msgspec.structs.asdict(data)
    try:
        values = (ValueGiven(zone="single", value=_figure(data.value)),)
        day = business_day(guest_desk.now(), zone)
        reading = await repeated(
            lambda: guest_desk.send(reading_id, data.account, data.serial, day, values, ip)
        )
    except Refusal as refusal:
        return _form(request, typed, sending=refusal)
    return page(request, "guest_reading.html", reading=GuestReadingOut.of(reading, language_for(request)))


def _figure(text: str) -> Decimal:
    try:
        return Decimal(text.strip().replace(",", ".").replace(" ", ""))
    except InvalidOperation as error:
        raise ReadingUnreadable(field="value", value=text[:30]) from error


def _form(
    request: Request[Any, Any, Any],
    typed: dict[str, Any] | None = None,
    paying: Refusal | None = None,
    sending: Refusal | None = None,
) -> Response[str]:
    refusal = paying or sending
    return page(
        request,
        "guest.html",
        status=status_of(refusal) if refusal else 200,
        typed={"account": "", "amount": "", "serial": "", "value": ""} | (typed or {}),
        payment_id=uuid4(),
        reading_id=uuid4(),
        paying=in_words(request, paying) if paying else None,
        sending=in_words(request, sending) if sending else None,
    )


HANDLERS = [show_guest, begin_guest_payment, show_guest_payment, send_guest_reading]
