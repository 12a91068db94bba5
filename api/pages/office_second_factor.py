"""A member of staff sets up the second factor, without which nothing else opens."""

import asyncio
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import Body, SkipValidation

from api.identity import Entry, WrongKind
from api.pages.forms import Typed
from api.pages.language import language_for
from api.pages.refusals import in_words
from api.pages.rendering import page
from api.pages.signing_in import URL_ENCODED
from api.problems import status_of
from api.second_factor import TITLE
from api.texts import translated
from domain.kernel.access import Actor, ActorKind
from domain.kernel.errors import Refusal
from domain.payments.paycodes import CodeImages
from services.people.second_factor import SecondFactorService

_PATH = "/office/second-factor"


class PasswordForm(msgspec.Struct, frozen=True):
    password: Typed = ""


class CodeForm(msgspec.Struct, frozen=True):
    code: Typed = ""


@get(_PATH, opt={"access": Entry.PERSON})
async def show_second_factor(
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    second_factor_service: NamedDependency[SecondFactorService],
) -> Response[str]:
    _staff_only(actor)
    return await _shown(request, actor, second_factor_service)


@post(_PATH, opt={"access": Entry.PERSON})
async def begin_second_factor(
    request: Request[Any, Any, Any],
    data: Annotated[PasswordForm, Body(media_type=URL_ENCODED)],
    actor: NamedDependency[Actor],
    second_factor_service: NamedDependency[SecondFactorService],
    code_images: NamedDependency[SkipValidation[CodeImages]],
) -> Response[str]:
    """The password once more; then the code to scan, shown this once."""
    _staff_only(actor)
    try:
        enrolment = await second_factor_service.enrol(actor, data.password)
    except Refusal as refusal:
        return await _shown(request, actor, second_factor_service, refusal)
    title = translated(language_for(request), TITLE)
    picture = await asyncio.to_thread(code_images.svg, enrolment.uri, title)
    return page(
        request,
        "office_second_factor_scan.html",
        place="more",
        picture=picture.decode(),
        secret=enrolment.secret,
        refusal=None,
    )


@post(f"{_PATH}/confirmation", opt={"access": Entry.PERSON})
async def confirm_second_factor_page(
    request: Request[Any, Any, Any],
    data: Annotated[CodeForm, Body(media_type=URL_ENCODED)],
    actor: NamedDependency[Actor],
    second_factor_service: NamedDependency[SecondFactorService],
) -> Response[str]:
    """A first code of the application; then the fallback codes, shown this once."""
    _staff_only(actor)
    try:
        codes = await second_factor_service.confirm(actor, data.code.strip())
    except Refusal as refusal:
        return page(
            request,
            "office_second_factor_scan.html",
            status=status_of(refusal),
            place="more",
            picture=None,
            secret=None,
            refusal=in_words(request, refusal),
        )
    return page(request, "office_second_factor_done.html", place="more", codes=codes)


def _staff_only(actor: Actor) -> None:
    """No entry is for staff without their factor alone. WrongKind: customers have a page of their own."""
    if actor.kind is not ActorKind.STAFF:
        raise WrongKind(kind=actor.kind)


async def _shown(
    request: Request[Any, Any, Any],
    actor: Actor,
    service: SecondFactorService,
    refusal: Refusal | None = None,
) -> Response[str]:
    return page(
        request,
        "office_second_factor.html",
        status=status_of(refusal) if refusal else 200,
        place="more",
        factor=await service.state(actor),
        refusal=in_words(request, refusal) if refusal else None,
    )


HANDLERS = [show_second_factor, begin_second_factor, confirm_second_factor_page]
