"""Adding an account to one's own: by what stands on its paper bill, or by the bill's code."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import Body
from msgspec import Meta

from api.identity import Entry
from api.pages.forms import Typed, money_of
from api.pages.refusals import in_words
from api.pages.rendering import page, see_other
from api.pages.signing_in import URL_ENCODED
from api.problems import status_of
from domain.kernel.access import Actor
from domain.kernel.errors import Refusal
from domain.kernel.ids import AccountId, UserId
from domain.people.memberships import Proof
from services.people.memberships import MembershipService


class AddForm(msgspec.Struct, frozen=True):
    """Either `code`, scanned from the bill, or its number with one thing from the bill."""

    number: Typed = ""
    bill_number: Typed = ""
    bill_amount: Typed = ""
    code: Annotated[str, Meta(max_length=2331)] = ""


@get("/accounts/add", opt={"access": Entry.CUSTOMER})
async def show_form(request: Request[Any, Any, Any]) -> Response[str]:
    return page(request, "add_account.html", typed=AddForm(), refusal=None)


@post("/accounts/add", opt={"access": Entry.CUSTOMER})
async def add(
    request: Request[Any, Any, Any],
    data: Annotated[AddForm, Body(media_type=URL_ENCODED)],
    actor: NamedDependency[Actor],
    membership_service: NamedDependency[MembershipService],
) -> Response[Any]:
    try:
        account_id, is_new = await _added(membership_service, UserId(actor.id), data)
    except Refusal as refusal:
        return page(
            request,
            "add_account.html",
            status=status_of(refusal),
            typed=data,
            refusal=in_words(request, refusal),
        )
    return see_other(f"/accounts/{account_id}/own-rights?added" if is_new else f"/accounts/{account_id}")


async def _added(service: MembershipService, user_id: UserId, data: AddForm) -> tuple[AccountId, bool]:
    if data.code.strip():
        return await service.add_by_code(user_id, data.code)
    proof = Proof(
        bill_number=data.bill_number.strip() or None,
        bill_amount=money_of(data.bill_amount, "bill_amount") if data.bill_amount.strip() else None,
    )
    return await service.add_account(user_id, data.number, proof)


HANDLERS = [show_form, add]
