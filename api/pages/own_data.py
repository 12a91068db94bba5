"""My data: consents, a copy to take along, erasure, and who of the staff looked."""

from functools import partial
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import Body, FromPath, SkipValidation
from litestar.response import Stream

from api.browser import SessionCookie
from api.consents import ConsentOut, DocumentOut
from api.identity import Entry
from api.my_data import COPY_DESK, XLSX, CopyDesk, Erased
from api.pages.consents import ConsentForm, agreed
from api.pages.forms import Typed
from api.pages.language import language_for
from api.pages.own_rights import to_own_rights
from api.pages.refusals import in_words
from api.pages.rendering import page, see_other
from api.pages.signing_in import URL_ENCODED
from api.pages.told_looks import by_day
from api.paging import cursor_of, end_of
from api.problems import status_of
from api.views import ViewOut
from domain.accounts.accounts import AccountNotFound, Accounts
from domain.kernel.access import Access, Actor, Scope
from domain.kernel.errors import Invalid, Refusal
from domain.kernel.ids import AccountId, ConsentId, UserId
from domain.people.views import ViewKey, ViewLog
from services.people.consents import ConsentService
from services.people.delegation import DelegationService
from services.people.erasure import ErasureService
from services.repeating import repeated

_PRESENT = {"access": Entry.CUSTOMER_PRESENT}
_LATEST = 200


class SureNot(Invalid):
    code = "erasure-not-confirmed"
    text = "You have not said that you know what is erased"
    remedy = "Tick the box if you mean it"


class ErasureForm(msgspec.Struct, frozen=True):
    password: Typed = ""
    sure: Typed = ""


@get("/profile/data", opt=_PRESENT)
async def show_data(
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    consent_service: NamedDependency[ConsentService],
) -> Response[str]:
    answers = await consent_service.answers(UserId(actor.id))
    given = [one for one in answers.consents if one.withdrawn_at is None]
    documents = {one.document_id: await consent_service.document(one.document_id) for one in given}
    return page(
        request,
        "profile_data.html",
        part="data",
        given=[(ConsentOut.of(one), DocumentOut.of(documents[one.document_id])) for one in given],
        unanswered=[DocumentOut.of(one) for one in answers.unanswered],
        withdrawn=[ConsentOut.of(one) for one in answers.consents if one.withdrawn_at is not None],
        done=request.query_params.get("done"),
    )


@post("/profile/consents", opt=_PRESENT)
async def give_consent(
    request: Request[Any, Any, Any],
    data: Annotated[ConsentForm, Body(media_type=URL_ENCODED)],
    actor: NamedDependency[Actor],
    consent_service: NamedDependency[ConsentService],
) -> Response[None]:
    await agreed(request, data, actor, consent_service)
    return see_other("/profile/data?done=given")


@post("/profile/consents/{consent_id:uuid}/withdrawal", opt=_PRESENT)
async def withdraw_consent(
    consent_id: FromPath[ConsentId],
    actor: NamedDependency[Actor],
    consent_service: NamedDependency[ConsentService],
) -> Response[None]:
    await repeated(partial(consent_service.withdraw, UserId(actor.id), consent_id))
    return see_other("/profile/data?done=withdrawn")


@get("/profile/data/copy.json", opt=_PRESENT, media_type="application/json")
async def take_json(
    request: Request[Any, Any, Any],
    copy_desk: NamedDependency[CopyDesk],
) -> Stream:
    return await copy_desk.json(language_for(request))


@get("/profile/data/copy.xlsx", opt=_PRESENT, media_type=XLSX)
async def take_xlsx(
    request: Request[Any, Any, Any],
    copy_desk: NamedDependency[CopyDesk],
) -> Stream:
    return await copy_desk.xlsx(language_for(request))


@get("/profile/erasure", opt=_PRESENT)
async def show_erasure(request: Request[Any, Any, Any]) -> Response[str]:
    return page(request, "profile_erasure.html", part="data", erased=None, refusal=None)


@post("/profile/erasure", opt=_PRESENT, status_code=200)
async def erase(
    request: Request[Any, Any, Any],
    data: Annotated[ErasureForm, Body(media_type=URL_ENCODED)],
    actor: NamedDependency[Actor],
    erasure_service: NamedDependency[ErasureService],
    session_cookie: NamedDependency[SessionCookie],
) -> Response[str]:
    """For good: the password, or a sign-in of a few minutes ago, and a tick."""
    try:
        if not data.sure:
            raise SureNot(field="sure")
        erasure, stays = await repeated(lambda: erasure_service.erase(actor, data.password or None))
    except Refusal as refusal:
        told, status = in_words(request, refusal), status_of(refusal)
        return page(request, "profile_erasure.html", status=status, part="data", erased=None, refusal=told)
    erased = Erased.of(erasure, stays, language_for(request))
    response = page(request, "profile_erased.html", erased=erased)
    session_cookie.take_off(response)
    return response


@get("/accounts/{account_id:uuid}/views", opt={"access": Scope.MANAGE})
async def show_views(
    account_id: FromPath[AccountId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    accounts: NamedDependency[SkipValidation[Accounts]],
    view_log: NamedDependency[SkipValidation[ViewLog]],
    delegation_service: NamedDependency[DelegationService],
    zone: NamedDependency[SkipValidation[ZoneInfo]],
) -> Response[Any]:
    """Who of the staff looked at the account, at what and when: equal looks of a day together."""
    try:
        card = await accounts.card(access)
    except AccountNotFound:
        return await to_own_rights(delegation_service, access)
    before = end_of(request.query_params.get("cursor"), ViewKey)
    views = await view_log.of_account(access, before=before, limit=_LATEST)
    end = ViewKey(at=views[-1].at, view_id=views[-1].id) if len(views) == _LATEST else None
    return page(
        request,
        "views.html",
        account_id=account_id,
        section="me",
        account=card.account,
        looks=by_day([ViewOut.of(one, language_for(request)) for one in views], zone),
        next=cursor_of(end) if end else None,
    )


HANDLERS = [
    show_data,
    give_consent,
    withdraw_consent,
    take_json,
    take_xlsx,
    show_erasure,
    erase,
    show_views,
]

DEPENDENCIES = COPY_DESK
