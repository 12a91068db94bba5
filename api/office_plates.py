"""SBP plates at the desks of service centres, for the office: a sum is put on, watched, taken off."""

from datetime import datetime
from functools import partial
from typing import Annotated, Self
from uuid import UUID

import msgspec
from litestar import Response, Router, delete, get, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from api.problems import responses
from domain.kernel.access import Access, Actor, Scope
from domain.kernel.calendar import Period
from domain.kernel.ids import AccountId, PaymentId
from domain.kernel.money import Money
from domain.payments.payments import Payment, PaymentState, Wish, WishedPart
from domain.payments.pos_links import Minutes
from domain.payments.provider import Method
from services.payments.plates import Borne, PlateDesk
from services.people.memberships import MembershipService
from services.repeating import repeated

_ROUTE = "/office/plates/{plate_id:uuid}"
_ERRORS = responses(401, 403, 404, 409, 422, 503)
Name = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")]


class PlateIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`link` is what is printed on the plate; `centre` and `place` say where it hangs."""

    centre: Name
    place: Name
    link: Annotated[str, Meta(max_length=500)]


class PlateSumIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Either `amount` for everything at once or `parts` for chosen suppliers, for `minutes`. `period` is the
    bill in the customer's hand."""

    account_id: AccountId
    amount: Money | None = None
    parts: Annotated[tuple[WishedPart, ...], Meta(min_length=1, max_length=100)] | None = None
    period: Period | None = None
    minutes: Minutes = 10
    confirm_duplicate: bool = False

    def wish(self) -> Wish:
        return Wish(amount=self.amount, parts=self.parts, method=Method.SBP, period=self.period)


class PlatePaymentOut(msgspec.Struct, frozen=True, kw_only=True):
    """The payment on the plate, or the last one. `state` becomes `paid` when the money has come."""

    account_id: AccountId
    id: PaymentId
    amount: Money
    state: PaymentState
    failure: str | None
    until: datetime
    paid_at: datetime | None

    @classmethod
    def of(cls, payment: Payment) -> Self:
        return cls(
            account_id=payment.account_id,
            id=payment.id,
            amount=payment.amount,
            state=payment.state,
            failure=payment.failure,
            until=payment.expires_at,
            paid_at=payment.paid_at,
        )


class PlateOut(msgspec.Struct, frozen=True, kw_only=True):
    """`is_free`: the next sum may be put on. `is_received`: the money of `payment` has come."""

    id: UUID
    centre: str
    place: str
    link: str
    is_ready: bool
    is_free: bool
    is_received: bool
    payment: PlatePaymentOut | None

    @classmethod
    def of(cls, borne: Borne) -> Self:
        plate, payment = borne
        return cls(
            id=plate.id,
            centre=plate.centre,
            place=plate.place,
            link=plate.link,
            is_ready=plate.provider_link_id is not None,
            is_free=payment is None or not payment.is_open,
            is_received=payment is not None and payment.state is PaymentState.PAID,
            payment=PlatePaymentOut.of(payment) if payment else None,
        )


@get("/office/plates", opt={"access": Scope.DECIDE}, responses=responses(401, 403))
async def list_plates(plate_desk: NamedDependency[PlateDesk]) -> list[PlateOut]:
    """Every plate by centre and place, with the payment it bears or bore last."""
    return [PlateOut.of(one) for one in await plate_desk.listed()]


@get(_ROUTE, opt={"access": Scope.DECIDE}, responses=responses(401, 403, 404))
async def get_plate(plate_id: FromPath[UUID], plate_desk: NamedDependency[PlateDesk]) -> PlateOut:
    """One plate. Ask every second while a customer pays: `is_received` comes within 5 s of the bank's
    notice."""
    return PlateOut.of(await plate_desk.shown(plate_id))


@put(_ROUTE, opt={"access": Scope.ADMINISTER}, responses=_ERRORS)
async def register_plate(
    plate_id: FromPath[UUID], data: JSONBody[PlateIn], plate_desk: NamedDependency[PlateDesk]
) -> PlateOut:
    """Register a plate that the bank has given. You make the id; repeat with it after any doubt."""
    register = partial(plate_desk.register, plate_id, centre=data.centre, place=data.place, link=data.link)
    return PlateOut.of((await repeated(register), None))


@put(
    f"{_ROUTE}/payments/{{payment_id:uuid}}",
    status_code=201,
    opt={"access": Scope.DECIDE},
    responses=_ERRORS | {200: ResponseSpec(PlateOut, description="Put on before by the same request")},
)
async def put_on_plate(
    plate_id: FromPath[UUID],
    payment_id: FromPath[PaymentId],
    data: JSONBody[PlateSumIn],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    plate_desk: NamedDependency[PlateDesk],
    membership_service: NamedDependency[MembershipService],
) -> Response[PlateOut]:
    """Put a sum of one account on the plate. You make the payment's id; repeat with it after any doubt.

    409 `plate-busy` while the last sum is unpaid, 409 `bill-being-paid` when the same bill is being paid
    elsewhere.
    """
    access = Access(actor=actor, account_id=data.account_id, scope=Scope.DECIDE, at=now)
    await membership_service.record_view(access, "office/plates")
    put_on = partial(
        plate_desk.put_on,
        access,
        plate_id,
        payment_id,
        data.wish(),
        data.minutes,
        twice=data.confirm_duplicate,
    )
    borne, is_new = await repeated(put_on)
    return Response(PlateOut.of(borne), status_code=201 if is_new else 200)


@delete(f"{_ROUTE}/payment", status_code=200, opt={"access": Scope.DECIDE}, responses=_ERRORS)
async def clear_plate(plate_id: FromPath[UUID], plate_desk: NamedDependency[PlateDesk]) -> PlateOut:
    """Take the sum off. If the customer was quicker, the payment is paid and stays so."""
    return PlateOut.of(await repeated(partial(plate_desk.take_off, plate_id)))


office_plates = Router(
    "/", tags=["office"], route_handlers=[list_plates, get_plate, register_plate, put_on_plate, clear_plate]
)
