"""The desk of an operator: find a customer, go on with one's own cases, or go where something waits."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import Body, SkipValidation
from msgspec import Meta

from api.identity import Entry
from api.pages.language import language_for
from api.pages.office_cases_list import CasesList
from api.pages.refusals import in_words
from api.pages.rendering import page, see_other
from api.pages.signing_in import URL_ENCODED
from api.problems import status_of
from domain.accounts.searching import FoundBy
from domain.cases.cases import Cases, QueueQuestion
from domain.cases.overview import CaseOverview
from domain.kernel.access import Actor, Scope
from domain.kernel.calendar import business_day
from domain.kernel.errors import Refusal
from domain.kernel.ids import StaffId
from services.accounts.searching import AccountSearching
from services.cases.reading import CaseReading

_MINE = 10
_LOOKED = "office"
_EXACT = frozenset({FoundBy.NUMBER, FoundBy.SUPPLIER_NUMBER})


class SearchForm(msgspec.Struct, frozen=True):
    text: Annotated[str, Meta(max_length=200)] = ""


@get("/office", opt={"access": Entry.STAFF})
async def show_desk(
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    cases: NamedDependency[SkipValidation[Cases]],
    case_overview: NamedDependency[SkipValidation[CaseOverview]],
    case_reading: NamedDependency[CaseReading],
    cases_list: NamedDependency[CasesList],
) -> Response[str]:
    today = business_day(now, case_reading.zone)
    works = Scope.DECIDE in actor.scopes
    question = QueueQuestion(holder_id=StaffId(actor.id))
    found = await cases.queue(question, after=None, limit=_MINE) if works else []
    return page(
        request,
        "office.html",
        place="find",
        works=works,
        mine=await cases_list.of(found, _LOOKED, language_for(request)),
        overview=await case_overview.overview(today) if works else None,
    )


@post("/office/find", opt={"access": Scope.DECIDE})
async def find_customer(
    request: Request[Any, Any, Any],
    data: Annotated[SearchForm, Body(media_type=URL_ENCODED)],
    actor: NamedDependency[Actor],
    account_searching: NamedDependency[AccountSearching],
    cases: NamedDependency[SkipValidation[Cases]],
) -> Response[Any]:
    """A form, so that what was typed stays out of addresses. The one account or case of that number opens at
    once."""
    refusal, found = None, []
    try:
        found = await account_searching.find(actor, data.text)
    except Refusal as refused:
        refusal = refused
    if len(found) == 1 and found[0].found_by in _EXACT:
        return see_other(f"/accounts/{found[0].id}")
    is_case = len(found) == 1 and found[0].found_by is FoundBy.CASE
    if is_case and (case := await cases.of_number("".join(data.text.split()).upper())):
        return see_other(f"/office/accounts/{case[0]}/cases/{case[1]}")
    return page(
        request,
        "office_found.html",
        status=status_of(refusal) if refusal else 200,
        place="find",
        text=data.text,
        found=found,
        refusal=in_words(request, refusal) if refusal else None,
    )


@get("/office/more", opt={"access": Entry.STAFF})
async def show_more(request: Request[Any, Any, Any], actor: NamedDependency[Actor]) -> Response[str]:
    return page(request, "office_more.html", place="more", scopes=actor.scopes)


HANDLERS = [show_desk, find_customer, show_more]
