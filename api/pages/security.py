"""Where I am signed in, and the second factor: seen, set up, taken off."""

import asyncio
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import Body, FromPath, SkipValidation

from api.identity import Entry
from api.own_sessions import OwnSession
from api.pages.forms import Typed
from api.pages.language import language_for
from api.pages.refusals import in_words
from api.pages.rendering import page, see_other
from api.pages.signing_in import URL_ENCODED
from api.passkeys import PasskeyOut
from api.problems import status_of
from api.second_factor import TITLE
from api.texts import translated
from domain.kernel.access import Actor
from domain.kernel.errors import Refusal
from domain.kernel.ids import SessionId, UserId
from domain.payments.paycodes import CodeImages
from services.people.own_sessions import OwnSessions
from services.people.passkeys import PasskeyService
from services.people.second_factor import SecondFactorService

_CUSTOMER = {"access": Entry.CUSTOMER}
_FACTOR = "/profile/second-factor"
_THIS_MACHINE = "127.0.0.1"


_BROWSERS = (
    ("YaBrowser", "Yandex Browser"),
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)
"""In this order: most browsers name others beside themselves."""


class ProofForm(msgspec.Struct, frozen=True):
    password: Typed = ""


class CodeForm(msgspec.Struct, frozen=True):
    code: Typed


def device_name(agent: str) -> str:
    """“Chrome, Linux” of what a browser calls itself; what is no browser's stays as it is."""
    if not agent.startswith("Mozilla/"):
        return agent
    known = [next((name for word, name in words if word in agent), "") for words in (_BROWSERS, _SYSTEMS)]
    return ", ".join(filter(None, known)) or agent


@get("/profile/security", opt=_CUSTOMER)
async def show_security(
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    own_sessions: NamedDependency[OwnSessions],
    passkey_service: NamedDependency[PasskeyService],
    second_factor_service: NamedDependency[SecondFactorService],
) -> Response[str]:
    sessions = [OwnSession.of(one, actor) for one in await own_sessions.of(actor)]
    return page(
        request,
        "profile_security.html",
        part="security",
        sessions=sessions,
        devices={one.id: device_name(one.device) for one in sessions},
        passkeys=[PasskeyOut.of(one) for one in await passkey_service.of_user(UserId(actor.id))],
        factor=await second_factor_service.state(actor),
        done=request.query_params.get("done"),
        by_name=_by_name(request),
    )


def _by_name(request: Request[Any, Any, Any]) -> str:
    """This page by the name of this machine, where it was opened by the number: browsers bind passkeys to
    names alone (https://www.w3.org/TR/webauthn-3/#rp-id). Empty elsewhere."""
    if request.url.hostname != _THIS_MACHINE:
        return ""
    netloc = request.url.netloc.replace(_THIS_MACHINE, "localhost")
    return str(request.url.with_replacements(netloc=netloc, query=""))


@post("/profile/sessions/{session_id:uuid}/end", opt=_CUSTOMER)
async def end_session(
    session_id: FromPath[SessionId],
    actor: NamedDependency[Actor],
    own_sessions: NamedDependency[OwnSessions],
) -> Response[None]:
    await own_sessions.end(actor, session_id)
    return see_other("/profile/security?done=session")


@post("/profile/sessions/end-others", opt=_CUSTOMER)
async def end_other_sessions(
    actor: NamedDependency[Actor], own_sessions: NamedDependency[OwnSessions]
) -> Response[None]:
    await own_sessions.end_others(actor)
    return see_other("/profile/security?done=sessions")


@get(_FACTOR, opt=_CUSTOMER)
async def show_factor(
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    second_factor_service: NamedDependency[SecondFactorService],
) -> Response[str]:
    state = await second_factor_service.state(actor)
    return _factor(request, "manage" if state.confirmed_at else "begin", left=state.fallback_codes_left)


@post(_FACTOR, opt=_CUSTOMER, status_code=200)
async def enrol(
    request: Request[Any, Any, Any],
    data: Annotated[ProofForm, Body(media_type=URL_ENCODED)],
    actor: NamedDependency[Actor],
    second_factor_service: NamedDependency[SecondFactorService],
    code_images: NamedDependency[SkipValidation[CodeImages]],
) -> Response[str]:
    """The secret is shown once, on this page."""
    try:
        enrolment = await second_factor_service.enrol(actor, data.password)
    except Refusal as refusal:
        return _factor(request, "begin", refusal)
    title = translated(language_for(request), TITLE)
    picture = (await asyncio.to_thread(code_images.svg, enrolment.uri, title)).decode()
    return _factor(request, "confirm", secret=enrolment.secret, uri=enrolment.uri, picture=picture)


@post(f"{_FACTOR}/code", opt=_CUSTOMER, status_code=200)
async def confirm(
    request: Request[Any, Any, Any],
    data: Annotated[CodeForm, Body(media_type=URL_ENCODED)],
    actor: NamedDependency[Actor],
    second_factor_service: NamedDependency[SecondFactorService],
) -> Response[str]:
    """By a first code. The fallback codes are shown once, on this page."""
    try:
        codes = await second_factor_service.confirm(actor, data.code.strip())
    except Refusal as refusal:
        return _factor(request, "confirm", refusal)
    return _factor(request, "codes", codes=codes)


@post(f"{_FACTOR}/fallback-codes", opt=_CUSTOMER, status_code=200)
async def renew_fallback_codes(
    request: Request[Any, Any, Any],
    data: Annotated[CodeForm, Body(media_type=URL_ENCODED)],
    actor: NamedDependency[Actor],
    second_factor_service: NamedDependency[SecondFactorService],
) -> Response[str]:
    try:
        codes = await second_factor_service.new_fallbacks(actor, data.code.strip())
    except Refusal as refusal:
        return _factor(request, "manage", refusal)
    return _factor(request, "codes", codes=codes)


@post(f"{_FACTOR}/removal", opt=_CUSTOMER)
async def remove(
    request: Request[Any, Any, Any],
    data: Annotated[CodeForm, Body(media_type=URL_ENCODED)],
    actor: NamedDependency[Actor],
    second_factor_service: NamedDependency[SecondFactorService],
) -> Response[Any]:
    try:
        await second_factor_service.remove(actor, data.code.strip())
    except Refusal as refusal:
        return _factor(request, "manage", refusal)
    return see_other("/profile/security?done=factor-removed")


def _factor(
    request: Request[Any, Any, Any],
    step: str,
    refusal: Refusal | None = None,
    *,
    left: int = 0,
    secret: str = "",
    uri: str = "",
    picture: str = "",
    codes: list[str] | None = None,
) -> Response[str]:
    return page(
        request,
        "profile_factor.html",
        status=status_of(refusal) if refusal else 200,
        part="security",
        step=step,
        left=left,
        secret=secret,
        uri=uri,
        picture=picture,
        codes=codes or [],
        refusal=in_words(request, refusal) if refusal else None,
    )


HANDLERS = [
    show_security,
    end_session,
    end_other_sessions,
    show_factor,
    enrol,
    confirm,
    renew_fallback_codes,
    remove,
]
