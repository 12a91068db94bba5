"""Whom to call about an account."""

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, SkipValidation

from api.office_contacts import ContactOut
from api.pages.language import language_for
from api.pages.people_words import roles
from api.pages.rendering import page
from domain.accounts.accounts import Accounts
from domain.kernel.access import Access, Scope
from domain.kernel.ids import AccountId
from services.people.delegation import DelegationService


@get("/office/accounts/{account_id:uuid}/contacts", opt={"access": Scope.DECIDE})
async def show_contacts(
    account_id: FromPath[AccountId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    accounts: NamedDependency[SkipValidation[Accounts]],
    delegation_service: NamedDependency[DelegationService],
) -> Response[str]:
    """The look is recorded by the gate, as of every page of an account."""
    account = (await accounts.card(access)).account
    return page(
        request,
        "office_contacts.html",
        account_id=account_id,
        section="contacts",
        account=account,
        contacts=ContactOut.of_all(await delegation_service.members(access)),
        roles=roles(account.kind, language_for(request)),
    )


HANDLERS = [show_contacts]
