"""Coming in and going out."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body
from msgspec import Meta

from api.browser import SessionCookie
from api.identity import Entry, client_ip, device
from api.pages.forms import LONGEST_PLACE, Typed, local_place, place_asked
from api.pages.language import LANGUAGE_COOKIE
from api.pages.refusals import in_words
from api.pages.rendering import page, see_other
from api.problems import status_of
from api.texts import LANGUAGES
from domain.kernel.access import Actor
from domain.kernel.errors import Refusal
from domain.people.second_factor import SecondFactorRequired
from domain.people.sessions import Tokens
from services.people.sessions import SessionService

Next = Annotated[str, Meta(max_length=LONGEST_PLACE)]
URL_ENCODED = RequestEncodingType.URL_ENCODED


class SignInForm(msgspec.Struct, frozen=True):
    phone: Typed
    password: Typed
    next: Next = "/"


class SecondStepForm(msgspec.Struct, frozen=True):
    challenge: Typed
    code: Typed
    next: Next = "/"


class LanguageForm(msgspec.Struct, frozen=True):
    language: Typed
    back: Next = "/"


@get("/sign-in", opt={"access": Entry.OPEN})
async def show_sign_in(request: Request[Any, Any, Any]) -> Response[str]:
    return page(request, "sign_in.html", next=place_asked(request), phone="", refusal=None)


@post("/sign-in", opt={"access": Entry.OPEN})
async def sign_in(
    request: Request[Any, Any, Any],
    data: Annotated[SignInForm, Body(media_type=URL_ENCODED)],
    session_service: NamedDependency[SessionService],
    session_cookie: NamedDependency[SessionCookie],
) -> Response[Any]:
    place = local_place(data.next)
    try:
        tokens = await session_service.sign_in(
            data.phone, data.password, device=device(request), ip=client_ip(request)
        )
    except SecondFactorRequired as asked:
        return _second_step(request, str(asked.params["challenge"]), place, None)
    except Refusal as refusal:
        return page(
            request,
            "sign_in.html",
            status=status_of(refusal),
            next=place,
            phone=data.phone,
            refusal=in_words(request, refusal),
        )
    return await come_in(session_service, session_cookie, tokens, place)


@post("/sign-in/second-step", opt={"access": Entry.OPEN})
async def pass_second_step(
    request: Request[Any, Any, Any],
    data: Annotated[SecondStepForm, Body(media_type=URL_ENCODED)],
    session_service: NamedDependency[SessionService],
    session_cookie: NamedDependency[SessionCookie],
) -> Response[Any]:
    place = local_place(data.next)
    try:
        tokens = await session_service.pass_second_factor(
            data.challenge, data.code.strip(), device=device(request), ip=client_ip(request)
        )
    except Refusal as refusal:
        return _second_step(request, data.challenge, place, refusal)
    return await come_in(session_service, session_cookie, tokens, place)


@post("/sign-out", opt={"access": Entry.PRESENT})
async def sign_out(
    actor: NamedDependency[Actor],
    session_service: NamedDependency[SessionService],
    session_cookie: NamedDependency[SessionCookie],
) -> Response[None]:
    await session_service.sign_out(actor)
    response = see_other("/sign-in")
    session_cookie.take_off(response)
    return response


@post("/language", opt={"access": Entry.OPEN})
async def choose_language(data: Annotated[LanguageForm, Body(media_type=URL_ENCODED)]) -> Response[None]:
    response = see_other(local_place(data.back))
    if data.language in LANGUAGES:
        response.set_cookie(
            key=LANGUAGE_COOKIE,
            value=data.language,
            max_age=31_536_000,
            path="/",
            samesite="lax",
            httponly=True,
        )
    return response


async def come_in(
    session_service: SessionService, session_cookie: SessionCookie, tokens: Tokens, place: str
) -> Response[None]:
    """However identity was proved: the browser gets its cookie and goes on to `place`."""
    response = see_other(place)
    session_cookie.set_on(response, await session_service.keep_in_browser(tokens))
    return response


def _second_step(
    request: Request[Any, Any, Any], challenge: str, place: str, refusal: Refusal | None
) -> Response[str]:
    return page(
        request,
        "second_step.html",
        status=status_of(refusal) if refusal else 200,
        challenge=challenge,
        next=place,
        refusal=in_words(request, refusal) if refusal else None,
    )


HANDLERS = [show_sign_in, sign_in, pass_second_step, sign_out, choose_language]
