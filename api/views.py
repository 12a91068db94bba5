"""Who of the staff looked at a customer's data: for the data officer, and for the customer."""

import re
from datetime import datetime
from typing import Any, Self
from uuid import UUID

import msgspec
from litestar import Request, Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, SkipValidation

from api.paging import DEFAULT_LIMIT, Cursor, Limit, Page, cursor_of, end_of
from api.problems import responses
from api.texts import language_of, translated
from domain.accounts.accounts import Accounts
from domain.kernel.access import Access, Scope
from domain.kernel.ids import AccountId, StaffId
from domain.people.staff import View
from domain.people.views import ViewKey, ViewLog, ViewQuestion
from services.accounts.searching import SEARCHED

SEEN = {
    "": "The account and its balance",
    "charges": "Charges",
    "bills": "Bills",
    "statement": "Statement of the account",
    "payments": "Payments",
    "meters": "Meters and readings",
    "readings": "Meters and readings",
    "qr.svg": "Codes to pay by",
    "qr.png": "Codes to pay by",
    "supplier-accounts": "Codes to pay by",
    "members": "Who may act on the account",
    "invitations": "Who may act on the account",
    "applications": "Applications and claims",
    "claims": "Applications and claims",
    "enquiries": "Applications and claims",
    "cases": "Applications and claims",
    "drafts": "Applications and claims",
    "mail-senders": "Whose letters are taken for the account",
    "notices": "Notices",
    "webhooks": "Webhooks of the contract",
    "refunds": "Refunds",
    "plate": "Codes to pay by",
}
"""What was looked at, by the word of the route after the account's id."""
LISTED = {
    "": "Applications and claims",
    "cases": "Applications and claims",
    "decision": "Applications and claims",
    "refunds": "Refunds by the bank",
    "suspense": "Unidentified money that may be theirs",
    "visits": "Visits of the day",
    "readings": "Meters and readings",
    "approvals": "A decision that waits for approval",
    "letters": "Letters",
}
"""What was looked at in a list of the office over many accounts, by its word."""
_OTHER = "Other data of the account"
_SEARCHED = "Number, surname and address, in a search for a customer"
_ROUTE = re.compile(r".*/accounts/\{account_id(?::uuid)?\}/?([^/]*)")
_LIST = re.compile(r"(?:^|/)office(?:/(?:\S*/)?(\w+))?$")


class ViewOut(msgspec.Struct, frozen=True, kw_only=True):
    """`what` in words, `route` as it was asked for."""

    id: UUID
    account_id: AccountId
    at: datetime
    staff_id: StaffId
    staff_name: str
    what: str
    route: str

    @classmethod
    def of(cls, view: View, language: str) -> Self:
        return cls(
            id=view.id,
            account_id=view.account_id,
            at=view.at,
            staff_id=view.staff_id,
            staff_name=view.staff_name,
            what=seen(view.what, language),
            route=view.what,
        )


def seen(route: str, language: str) -> str:
    """What a look by that route showed, in words."""
    if route == SEARCHED:
        return translated(language, _SEARCHED)
    if listed := _LIST.search(route):
        return translated(language, LISTED.get(listed[1] or "", _OTHER))
    found = _ROUTE.match(route)
    return translated(language, SEEN.get(found[1], _OTHER) if found else _OTHER)


@get("/account-views", opt={"access": Scope.PERSONAL_DATA}, responses=responses(401, 403, 422))
async def list_all_views(
    request: Request[Any, Any, Any],
    view_log: NamedDependency[SkipValidation[ViewLog]],
    account_id: FromQuery[AccountId | None] = None,
    staff_id: FromQuery[StaffId | None] = None,
    since: FromQuery[datetime | None] = None,
    until: FromQuery[datetime | None] = None,
    cursor: FromQuery[Cursor | None] = None,
    limit: FromQuery[Limit] = DEFAULT_LIMIT,
) -> Page[ViewOut]:
    """Every look of staff at a customer's data, the newest first. For the data officer.

    Narrow it by account, by member of staff, from `since` on and before `until`.
    """
    question = ViewQuestion(account_id=account_id, staff_id=staff_id, since=since, until=until)
    views = await view_log.listed(question, before=end_of(cursor, ViewKey), limit=limit)
    return _page(views, limit, request)


@get(
    "/accounts/{account_id:uuid}/views",
    opt={"access": Scope.MANAGE},
    responses=responses(401, 403, 404, 422),
)
async def list_views(
    account_id: FromPath[AccountId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    accounts: NamedDependency[SkipValidation[Accounts]],
    view_log: NamedDependency[SkipValidation[ViewLog]],
    cursor: FromQuery[Cursor | None] = None,
    limit: FromQuery[Limit] = DEFAULT_LIMIT,
) -> Page[ViewOut]:
    """Who of the staff looked at my data, the newest first."""
    views = await view_log.of_account(access, before=end_of(cursor, ViewKey), limit=limit)
    if not views:
        await accounts.card(access)  # nobody yet, or nothing to see: that is for the account to say
    return _page(views, limit, request)


def _page(views: list[View], limit: int, request: Request[Any, Any, Any]) -> Page[ViewOut]:
    language = language_of(request.headers.get("accept-language"))
    end = ViewKey(at=views[-1].at, view_id=views[-1].id) if len(views) == limit else None
    return Page(items=[ViewOut.of(view, language) for view in views], next=cursor_of(end) if end else None)


views = Router("/", tags=["personal data"], route_handlers=[list_all_views, list_views])
