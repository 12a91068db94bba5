"""Who of the staff looked at whose data, and when: the data officer's page."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from api.pages.language import language_for
from api.pages.office_forms import day_of
from api.pages.office_money import of_number
from api.pages.refusals import in_words
from api.pages.rendering import page
from api.paging import cursor_of, end_of
from api.problems import status_of
from api.views import ViewOut
from domain.kernel.access import Actor, Scope
from domain.kernel.errors import Refusal
from domain.kernel.ids import StaffId
from domain.people.staff import View
from domain.people.views import ViewKey, ViewLog, ViewQuestion
from services.accounts.searching import AccountSearching
from services.people.staff import StaffAdministration

_PAGE = 50
_FILTERS = ("account", "staff", "since", "until")
_A_DAY = timedelta(days=1)


@get("/office/views", opt={"access": Scope.PERSONAL_DATA})
async def show_all_views(
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    view_log: NamedDependency[SkipValidation[ViewLog]],
    account_searching: NamedDependency[AccountSearching],
    staff_administration: NamedDependency[StaffAdministration],
    zone: NamedDependency[SkipValidation[ZoneInfo]],
) -> Response[str]:
    """The newest first, narrowed by `account` (its number), `staff`, and the days `since` and `until`."""
    asked, refusal = {name: request.query_params.get(name, "").strip() for name in _FILTERS}, None
    views: Sequence[View] = []
    try:
        question = await _question(asked, actor, account_searching, zone)
        before = end_of(request.query_params.get("cursor"), ViewKey)
        views = await view_log.listed(question, before=before, limit=_PAGE)
    except Refusal as refused:
        refusal = refused
    language = language_for(request)
    end = ViewKey(at=views[-1].at, view_id=views[-1].id) if len(views) == _PAGE else None
    return page(
        request,
        "office_views.html",
        status=status_of(refusal) if refusal else 200,
        place="more",
        views=[ViewOut.of(one, language) for one in views],
        numbers=await view_log.numbers({one.account_id for one in views}),
        staff=[one.member for one in await staff_administration.members()],
        asked=asked,
        narrowed=urlencode({name: value for name, value in asked.items() if value}),
        next=cursor_of(end) if end else None,
        refusal=in_words(request, refusal) if refusal else None,
    )


async def _question(
    asked: dict[str, str], actor: Actor, searching: AccountSearching, zone: ZoneInfo
) -> ViewQuestion:
    """`until` is the last day that belongs in. AccountNotFound, DayMissing."""
    account = of_number(await searching.find(actor, asked["account"])) if asked["account"] else None
    return ViewQuestion(
        account_id=account.id if account else None,
        staff_id=_staff(asked["staff"]),
        since=_midnight(asked["since"], "since", zone),
        until=_midnight(asked["until"], "until", zone, later=_A_DAY),
    )


def _staff(text: str) -> StaffId | None:
    """What is no id narrows nothing."""
    try:
        return StaffId(UUID(text))
    except ValueError:
        return None


def _midnight(text: str, field: str, zone: ZoneInfo, later: timedelta = timedelta()) -> datetime | None:
    return datetime.combine(day_of(text, field=field) + later, time(), zone) if text else None


HANDLERS = [show_all_views]
