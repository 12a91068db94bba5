"""Refunds by the bank on the desk: payment orders to give, and what became of them. Who decided a refund does
not give its order, who gave the order does not say what became of it."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import Body, FromPath, SkipValidation
from msgspec import Meta

from api.pages.looks import Looks
from api.pages.office_forms import OrderMissing, day_of, reason_of
from api.pages.refusals import in_words
from api.pages.rendering import page, see_other
from api.pages.signing_in import URL_ENCODED
from api.paging import cursor_of, end_of
from api.problems import status_of
from api.refunds import BankRefundOut
from domain.kernel.access import Access, Scope
from domain.kernel.errors import Refusal
from domain.kernel.ids import AccountId, RefundId
from domain.payments.refund_keeping import RefundCursor, Refunds
from domain.payments.refunds import Refund, RefundState
from services.payments.refunding import RefundService
from services.people.staff import StaffAdministration
from services.repeating import repeated

_LIST = "/office/refunds"
_PAGE = 20
_LOOKED = "GET /office/refunds"


class RefundForm(msgspec.Struct, frozen=True):
    """`number` of the payment order, `paid_on` by the bank's statement, `reason` in the bank's own words."""

    number: Annotated[str, Meta(max_length=40)] = ""
    paid_on: Annotated[str, Meta(max_length=20)] = ""
    reason: Annotated[str, Meta(max_length=300)] = ""


@dataclass(frozen=True, slots=True)
class RefundDesk:
    """What the page of bank refunds is made of."""

    refunds: Refunds
    service: RefundService
    staff: StaffAdministration

    async def shown(
        self,
        request: Request[Any, Any, Any],
        looks: Looks,
        refusal: Refusal | None = None,
        refused: RefundId | None = None,
        typed: RefundForm | None = None,
    ) -> Response[str]:
        """Those in one state, the longest waiting first. Each account gets a record of the look."""
        asked = request.query_params.get("state")
        state = RefundState(asked) if asked in list(RefundState) else RefundState.PREPARED
        after = end_of(request.query_params.get("cursor"), RefundCursor)
        found = await self.refunds.by_bank(state, after=after, limit=_PAGE)
        await looks.recorded((one.account_id for one in found), _LOOKED)
        return page(
            request,
            "office_refunds.html",
            status=status_of(refusal) if refusal else 200,
            place="more",
            state=state,
            states=list(RefundState),
            refunds=[BankRefundOut.of(one) for one in found],
            names={one.member.id: one.member.name for one in await self.staff.members()},
            next=_further(found),
            refused=refused,
            typed=typed or RefundForm(),
            refusal=in_words(request, refusal) if refusal else None,
        )

    async def moved(self, access: Access, refund_id: RefundId, word: str, form: RefundForm) -> None:
        """OrderMissing, DayMissing, WordsMissing, and what RefundService refuses."""
        service = self.service
        if word == "order":
            if not (number := form.number.strip()):
                raise OrderMissing(field="number")
            await repeated(partial(service.ordered, access, refund_id, number))
        elif word == "confirmation":
            await repeated(partial(service.confirmed, access, refund_id, day_of(form.paid_on, "paid_on")))
        else:
            await repeated(partial(service.failed, access, refund_id, reason_of(form.reason)))


def refund_desk(
    refunds: NamedDependency[SkipValidation[Refunds]],
    refund_service: NamedDependency[RefundService],
    staff_administration: NamedDependency[StaffAdministration],
) -> RefundDesk:
    return RefundDesk(refunds, refund_service, staff_administration)


@get(_LIST, opt={"access": Scope.DECIDE})
async def show_refunds(
    request: Request[Any, Any, Any],
    looks: NamedDependency[Looks],
    refund_desk: NamedDependency[RefundDesk],
) -> Response[str]:
    """`state`: by default orders that nobody has given yet."""
    return await refund_desk.shown(request, looks)


@post("/office/accounts/{account_id:uuid}/refunds/{refund_id:uuid}/{word:str}", opt={"access": Scope.DECIDE})
async def move_refund(
    account_id: FromPath[AccountId],
    refund_id: FromPath[RefundId],
    word: FromPath[Annotated[str, Meta(pattern="^(order|confirmation|failure)$")]],
    request: Request[Any, Any, Any],
    data: Annotated[RefundForm, Body(media_type=URL_ENCODED)],
    access: NamedDependency[Access],
    looks: NamedDependency[Looks],
    refund_desk: NamedDependency[RefundDesk],
) -> Response[Any]:
    """Given to the bank, paid out by it, or sent back."""
    try:
        await refund_desk.moved(access, refund_id, word, data)
    except Refusal as refusal:
        return await refund_desk.shown(request, looks, refusal, refund_id, data)
    asked = request.query_params.get("state", "")
    return see_other(f"{_LIST}?state={asked}" if asked in list(RefundState) else _LIST)


def _further(found: list[Refund]) -> str | None:
    if len(found) < _PAGE:
        return None
    return cursor_of(RefundCursor(prepared_at=found[-1].prepared_at, refund_id=found[-1].id))


DEPENDENCIES = {"refund_desk": Provide(refund_desk, sync_to_thread=False)}
HANDLERS = [show_refunds, move_refund]
