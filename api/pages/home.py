"""The front page of each visitor, and the account's: what to pay, to whom, and the one button."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, SkipValidation
from msgspec.structs import replace

from api.identity import Entry
from api.pages.rendering import page, see_other
from api.pages.unfinished import LATEST_LIMIT, waiting_of
from domain.accounts.accounts import AccountCard, AccountNotFound, Accounts, PaymentCard
from domain.kernel.access import Access, Actor, ActorKind, Scope
from domain.kernel.calendar import business_day
from domain.kernel.ids import AccountId, UserId
from domain.payments.fronts import AccountFronts
from domain.payments.keeping import BriefPayment

MOST_ACCOUNTS = 50
_LATEST = 3
_SECTIONS = ("bills", "meters", "cases")
_LAST_ACCOUNT = "kabinet-account"
"""A cookie until the browser is closed: where “Me” leads back to. It opens nothing."""
_LAST_COOKIE = f"{_LAST_ACCOUNT}={{}}; Path=/; SameSite=lax; HttpOnly"


@get("/", opt={"access": Entry.SIGNED_IN})
async def front(
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    accounts: NamedDependency[SkipValidation[Accounts]],
    now: NamedDependency[SkipValidation[datetime]],
) -> Response[Any]:
    """Staff go to their desk, a customer with one account to it, others choose."""
    if actor.kind is not ActorKind.CUSTOMER:
        return see_other("/office")
    numbers = await accounts.numbers_of(UserId(actor.id), after=None, limit=MOST_ACCOUNTS)
    if not numbers:
        return see_other("/accounts/add")
    if len(numbers) == 1 and "all" not in request.query_params:
        return see_other(f"/accounts/{numbers[0]}")
    cards = [card for one in numbers if (card := await card_for(accounts, actor, one, now))]
    return page(request, "accounts.html", cards=cards)


@get(["/account", "/account/{section:str}"], opt={"access": Entry.CUSTOMER})
async def last_account(
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    accounts: NamedDependency[SkipValidation[Accounts]],
    section: FromPath[str] = "",
) -> Response[None]:
    """A section of the account this browser was at last, or of the only one; else there is one to choose."""
    numbers = await accounts.numbers_of(UserId(actor.id), after=None, limit=MOST_ACCOUNTS)
    known = {str(one) for one in numbers}
    last = request.cookies.get(_LAST_ACCOUNT, "")
    if last not in known and len(known) != 1:
        return see_other("/")
    place = f"/accounts/{last if last in known else numbers[0]}"
    return see_other(f"{place}/{section}" if section in _SECTIONS else place)


@get("/accounts/{account_id:uuid}", opt={"access": Scope.SEE})
async def show_account(
    account_id: FromPath[AccountId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    accounts: NamedDependency[SkipValidation[AccountFronts]],
) -> Response[str]:
    """What to pay by supplier. Those who may only pay see what paying takes."""
    seen, to_pay, latest = await _front_for(accounts, access)
    today = business_day(access.at, request.app.state.zone)
    is_here_again = request.cookies.get(_LAST_ACCOUNT) == str(account_id)
    return page(
        request,
        "account.html",
        headers={} if is_here_again else {"Set-Cookie": _LAST_COOKIE.format(account_id)},
        account_id=account_id,
        section="pay",
        account=seen.account if seen else None,
        card=seen,
        to_pay=to_pay,
        due_on=seen.due_on if seen else None,
        is_overdue=bool(seen and seen.due_on and seen.due_on < today),
        latest=latest[:_LATEST],
        waiting=waiting_of(latest, access),
    )


async def _front_for(
    accounts: AccountFronts, access: Access
) -> tuple[AccountCard | None, PaymentCard, Sequence[BriefPayment]]:
    """The card for those who may see it, what to pay and the latest payments. AccountNotFound."""
    try:
        front = await accounts.front(access, payments_limit=LATEST_LIMIT)
    except AccountNotFound:
        front = await accounts.front(replace(access, scope=Scope.PAY), payments_limit=LATEST_LIMIT)
        return None, front.card.to_pay_only, front.latest
    return front.card, front.card.to_pay_only, front.latest


async def card_for(
    accounts: Accounts, actor: Actor, account_id: AccountId, at: datetime
) -> AccountCard | PaymentCard | None:
    """The account as this person may see it; None when the right has ended."""
    for scope in (Scope.SEE, Scope.PAY):
        try:
            card = await accounts.card(Access(actor=actor, account_id=account_id, scope=scope, at=at))
        except AccountNotFound:
            continue
        return card if scope is Scope.SEE else card.to_pay_only
    return None


HANDLERS = [front, last_account, show_account]
