"""What I may do on an account: after it was added, and where my right does not reach further."""

from datetime import datetime
from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, SkipValidation

from api.identity import Entry
from api.pages.home import card_for
from api.pages.language import language_for
from api.pages.people_words import rights, roles
from api.pages.rendering import page, see_other
from domain.accounts.accounts import AccountCard, AccountKind, AccountNotFound, Accounts
from domain.kernel.access import Access, Actor
from domain.kernel.ids import AccountId
from domain.people.memberships import MemberRole
from services.people.delegation import DelegationService


@get("/accounts/{account_id:uuid}/own-rights", opt={"access": Entry.CUSTOMER})
async def show_own_rights(
    account_id: FromPath[AccountId],
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    accounts: NamedDependency[SkipValidation[Accounts]],
    delegation_service: NamedDependency[DelegationService],
    now: NamedDependency[SkipValidation[datetime]],
) -> Response[str]:
    """Which rights there are, and how to get those that are not."""
    right, language = await delegation_service.own(actor, account_id), language_for(request)
    card = await card_for(accounts, actor, account_id, now)
    if card is None:
        raise AccountNotFound
    account = card.account if isinstance(card, AccountCard) else card
    return page(
        request,
        "own_rights.html",
        account_id=account_id,
        section="me",
        number=account.number,
        is_contract=account.kind is AccountKind.CONTRACT,
        is_new="added" in request.query_params,
        role=roles(account.kind, language)[right.role],
        is_owner=right.role is MemberRole.OWNER,
        may=[text for scope, text in rights(language).items() if scope in right.scopes],
        may_not=[text for scope, text in rights(language).items() if scope not in right.scopes],
    )


async def to_own_rights(delegation_service: DelegationService, access: Access) -> Response[None]:
    """Where somebody goes who may act on the account, but not what the page takes; AccountNotFound for
    those who may not act on it at all."""
    await delegation_service.own(access.actor, access.account_id)
    return see_other(f"/accounts/{access.account_id}/own-rights")


HANDLERS = [show_own_rights]
