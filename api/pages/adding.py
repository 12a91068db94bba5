"""Adding an account to one's own: by what stands on its paper bill, or by the bill's code."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import Body, FromPath, SkipValidation
from msgspec import Meta

from api.identity import Entry
from api.pages.forms import Typed, money_of
from api.pages.language import language_for
from api.pages.people_words import rights, roles
from api.pages.refusals import in_words
from api.pages.rendering import page, see_other
from api.pages.signing_in import URL_ENCODED
from api.problems import status_of
from domain.accounts.accounts import Accounts
from domain.kernel.access import Access, Actor, Scope
from domain.kernel.errors import Refusal
from domain.kernel.ids import AccountId, UserId
from domain.people.memberships import MemberRole, Proof
from services.people.delegation import DelegationService
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
    return see_other(f"/accounts/{account_id}/added" if is_new else f"/accounts/{account_id}")


@get("/accounts/{account_id:uuid}/added", opt={"access": Entry.CUSTOMER})
async def show_added(
    account_id: FromPath[AccountId],
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    accounts: NamedDependency[SkipValidation[Accounts]],
    delegation_service: NamedDependency[DelegationService],
    now: NamedDependency[SkipValidation[datetime]],
) -> Response[str]:
    """Which rights came with it, and how to get those that did not."""
    right, language = await delegation_service.own(actor, account_id), language_for(request)
    access = Access(actor=actor, account_id=account_id, scope=Scope.SEE, at=now)
    account = (await accounts.card(access)).account
    return page(
        request,
        "account_added.html",
        account_id=account_id,
        section="",
        account=account,
        role=roles(account.kind, language)[right.role],
        is_owner=right.role is MemberRole.OWNER,
        may=[text for scope, text in rights(language).items() if scope in right.scopes],
        may_not=[text for scope, text in rights(language).items() if scope not in right.scopes],
    )


async def _added(service: MembershipService, user_id: UserId, data: AddForm) -> tuple[AccountId, bool]:
    if data.code.strip():
        return await service.add_by_code(user_id, data.code)
    proof = Proof(
        bill_number=data.bill_number.strip() or None,
        bill_amount=money_of(data.bill_amount, "bill_amount") if data.bill_amount.strip() else None,
    )
    return await service.add_account(user_id, data.number, proof)


HANDLERS = [show_form, add, show_added]
