"""The desk of a service centre: a sum is put on a plate, the customer scans it, the money is seen to come."""

from functools import partial
from typing import Annotated, Any
from uuid import UUID, uuid4

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import Body, FromPath, SkipValidation

from api.office_plates import PlateOut
from api.pages.forms import Typed, money_of, typed
from api.pages.refusals import in_words
from api.pages.rendering import page, see_other
from api.pages.signing_in import URL_ENCODED
from api.problems import status_of
from domain.accounts.accounts import Accounts
from domain.kernel.access import Access, Scope
from domain.kernel.errors import Refusal
from domain.kernel.ids import AccountId, PaymentId
from domain.payments.payments import BillBeingPaid, Wish
from domain.payments.pos_links import Minutes
from domain.payments.provider import Method
from services.payments.plates import PlateDesk
from services.repeating import repeated

_ACCOUNTS_PLATE = "/accounts/{account_id:uuid}/plate"


class PlateForm(msgspec.Struct, frozen=True):
    """`payment_id` came with the form: a second press puts nothing on twice."""

    plate: UUID
    payment_id: PaymentId
    amount: Typed
    minutes: Minutes = 10
    again: Typed = ""


class TakeOffForm(msgspec.Struct, frozen=True):
    """`payment`: the one that stood there when the page was made. Whoever came from its page goes back."""

    payment: PaymentId
    back: Typed = ""


@get("/office/plates", opt={"access": Scope.DECIDE})
async def show_plates(
    request: Request[Any, Any, Any], plate_desk: NamedDependency[PlateDesk]
) -> Response[str]:
    """Every plate, and what it bears."""
    return page(request, "office_plates.html", place="more", plates=await _plates(plate_desk), refusal=None)


@post("/office/plates/{plate_id:uuid}/off", opt={"access": Scope.DECIDE})
async def clear_plate(
    plate_id: FromPath[UUID],
    request: Request[Any, Any, Any],
    data: Annotated[TakeOffForm, Body(media_type=URL_ENCODED)],
    plate_desk: NamedDependency[PlateDesk],
) -> Response[Any]:
    """If the customer was quicker, the payment is paid and stays so."""
    try:
        _, now = await repeated(partial(plate_desk.take_off, plate_id, only=data.payment))
    except Refusal as refusal:
        return page(
            request,
            "office_plates.html",
            status=status_of(refusal),
            place="more",
            plates=await _plates(plate_desk),
            refusal=in_words(request, refusal),
        )
    if data.back == "payment" and now is not None and now.id == data.payment:
        return see_other(f"/accounts/{now.account_id}/payments/{now.id}")
    return see_other("/office/plates")


@get(_ACCOUNTS_PLATE, opt={"access": Scope.DECIDE})
async def show_form(
    account_id: FromPath[AccountId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    accounts: NamedDependency[SkipValidation[Accounts]],
    plate_desk: NamedDependency[PlateDesk],
) -> Response[str]:
    """Which plate, which sum: what is to pay stands there already, and the plate if there is only one."""
    to_pay = (await accounts.card(access)).balance.to_pay
    return await _form(request, account_id, plate_desk, amount=typed(to_pay) if to_pay else "")


@post(_ACCOUNTS_PLATE, opt={"access": Scope.DECIDE})
async def put_on(
    account_id: FromPath[AccountId],
    request: Request[Any, Any, Any],
    data: Annotated[PlateForm, Body(media_type=URL_ENCODED)],
    access: NamedDependency[Access],
    plate_desk: NamedDependency[PlateDesk],
) -> Response[Any]:
    """Then the payment's own page, which turns to “paid” by itself."""
    try:
        wish = Wish(amount=money_of(data.amount), parts=None, method=Method.SBP, period=None)
        again = data.again == "yes"
        put = partial(plate_desk.put_on, access, data.plate, data.payment_id, wish, data.minutes, twice=again)
        await repeated(put)
    except Refusal as refusal:
        return await _form(
            request,
            account_id,
            plate_desk,
            refusal,
            amount=data.amount,
            chosen=data.plate,
            minutes=data.minutes,
        )
    return see_other(f"/accounts/{account_id}/payments/{data.payment_id}")


async def _plates(desk: PlateDesk) -> list[PlateOut]:
    return [PlateOut.of(one) for one in await desk.listed()]


async def _form(
    request: Request[Any, Any, Any],
    account_id: AccountId,
    desk: PlateDesk,
    refusal: Refusal | None = None,
    *,
    amount: str,
    chosen: UUID | None = None,
    minutes: int = 10,
) -> Response[str]:
    plates = await _plates(desk)
    return page(
        request,
        "plate.html",
        status=status_of(refusal) if refusal else 200,
        account_id=account_id,
        section="plate",
        plates=plates,
        chosen=plates[0].id if len(plates) == 1 else chosen,
        amount=amount,
        minutes=minutes,
        payment_id=uuid4(),
        duplicate=isinstance(refusal, BillBeingPaid),
        refusal=in_words(request, refusal) if refusal else None,
    )


HANDLERS = [show_plates, clear_plate, show_form, put_on]
