"""Without a sign-in: pay by an account number, send a reading by it and the meter's serial."""

from datetime import date, datetime
from functools import partial
from typing import Annotated, Any, Self

import msgspec
from litestar import Request, Response, Router, get, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta

from api.identity import Entry, client_ip
from api.problems import responses
from api.reading_shapes import STATES, ValueIn
from api.texts import language_of, translated
from domain.kernel.ids import PaymentId, ReadingId
from domain.kernel.money import Money
from domain.payments.payments import Payment, PaymentState
from domain.payments.provider import Confirmation, Method
from domain.readings.readings import Reading, ReadingState
from domain.readings.submissions import ValueGiven
from services.guests import GuestDesk, wish_of
from services.repeating import repeated

_OPEN = {"access": Entry.OPEN}
Number = Annotated[str, Meta(min_length=1, max_length=30)]
Inn = Annotated[str, Meta(pattern=r"^[0-9]{10}([0-9]{2})?$")]


class GuestPaymentIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`account`: the number on the bill, of the whole account or of one supplier. `supplier_inn` pays that
    supplier alone."""

    account: Number
    amount: Money
    supplier_inn: Inn | None = None
    method: Method = Method.SBP
    return_url: Annotated[str, Meta(max_length=2048, pattern="^https?://")] | None = None


class GuestPaymentOut(msgspec.Struct, frozen=True, kw_only=True):
    """What the guest has typed, and how it stands."""

    id: PaymentId
    state: PaymentState
    amount: Money
    confirmation: Confirmation | None
    failure: str | None
    created_at: datetime
    expires_at: datetime
    paid_at: datetime | None

    @classmethod
    def of(cls, payment: Payment) -> Self:
        return cls(
            id=payment.id,
            state=payment.state,
            amount=payment.amount,
            confirmation=payment.confirmation,
            failure=payment.failure,
            created_at=payment.created_at,
            expires_at=payment.expires_at,
            paid_at=payment.paid_at,
        )


class GuestReadingIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`serial` as it stands on the meter."""

    account: Number
    serial: Annotated[str, Meta(min_length=1, max_length=40)]
    taken_on: date
    values: Annotated[tuple[ValueIn, ...], Meta(min_length=1, max_length=16)]


class GuestVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """The fate of one figure. Earlier figures and the range are for those who have signed in."""

    zone: str
    state: ReadingState
    state_text: str
    codes: list[str]


class GuestReadingOut(msgspec.Struct, frozen=True, kw_only=True):
    id: ReadingId
    values: list[GuestVerdict]

    @classmethod
    def of(cls, reading: Reading, language: str) -> Self:
        told = [
            GuestVerdict(
                zone=one.zone,
                state=one.state,
                state_text=translated(language, STATES[one.state]),
                codes=[str(finding.code) for finding in one.findings],
            )
            for one in (*reading.values, *reading.repeats)
        ]
        return cls(id=reading.id, values=told)


@put(
    "/guest/payments/{payment_id:uuid}",
    status_code=201,
    opt=_OPEN,
    responses=responses(409, 422, 429, 503)
    | {200: ResponseSpec(GuestPaymentOut, description="Made before by the same request")},
)
async def pay_as_guest(
    payment_id: FromPath[PaymentId],
    request: Request[Any, Any, Any],
    data: JSONBody[GuestPaymentIn],
    guest_desk: NamedDependency[GuestDesk],
) -> Response[GuestPaymentOut]:
    """Pay a typed sum by an account number. You make the id; repeat with it after any doubt.

    422 `not-payable-by-number` for every number that cannot be paid for; 429 when too many were wrong.
    """
    wish = wish_of(data.amount, data.method, data.return_url)
    pay = partial(guest_desk.pay, payment_id, data.account, data.supplier_inn, wish, client_ip(request))
    payment, is_new = await repeated(pay)
    return Response(GuestPaymentOut.of(payment), status_code=201 if is_new else 200)


@get("/guest/payments/{payment_id:uuid}", opt=_OPEN, responses=responses(404, 422, 503))
async def get_guest_payment(
    payment_id: FromPath[PaymentId],
    account: FromQuery[Number],
    guest_desk: NamedDependency[GuestDesk],
) -> GuestPaymentOut:
    """How a payment of a guest stands, by its id and the number it was made for."""
    return GuestPaymentOut.of(await guest_desk.payment(payment_id, account))


@put("/guest/readings/{reading_id:uuid}", opt=_OPEN, responses=responses(409, 422, 429, 503))
async def send_reading_as_guest(
    reading_id: FromPath[ReadingId],
    request: Request[Any, Any, Any],
    data: JSONBody[GuestReadingIn],
    guest_desk: NamedDependency[GuestDesk],
) -> GuestReadingOut:
    """Send a reading by an account number and the serial on the meter.

    422 `no-such-meter-by-number` whether it is the number or the serial that is wrong.
    """
    values = tuple(ValueGiven(zone=one.zone, direction=one.direction, value=one.value) for one in data.values)
    send = partial(
        guest_desk.send, reading_id, data.account, data.serial, data.taken_on, values, client_ip(request)
    )
    return GuestReadingOut.of(await repeated(send), language_of(request.headers.get("accept-language")))


guests = Router("/", tags=["guests"], route_handlers=[pay_as_guest, get_guest_payment, send_reading_as_guest])
