"""One's own second factor: a code of an application, and fallback codes."""

import asyncio
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, Router, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import HeaderParameter, JSONBody, SkipValidation
from msgspec import Meta

from api.identity import Entry
from api.people import FactorCode
from api.problems import responses
from api.texts import language_of, translated
from domain.kernel.access import Actor
from domain.payments.paycodes import CodeImages
from services.people.second_factor import SecondFactorService

TITLE = "Code to set up the second factor"
_PATH = "/me/second-factor"
_PERSON = {"access": Entry.PERSON}
_NO_STORE = {"Cache-Control": "no-store"}


class SecondFactorOut(msgspec.Struct, frozen=True, kw_only=True):
    """`is_set` from the moment a first code has confirmed it. `is_required`: staff must have it."""

    is_set: bool
    is_required: bool
    confirmed_at: datetime | None
    fallback_codes_left: int


class NewFactor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Your present password; empty when you have none, because you sign in otherwise."""

    password: Annotated[str, Meta(max_length=200, examples=["kabinet-demo"])] = ""


class FactorEnrolment(msgspec.Struct, frozen=True, kw_only=True):
    """Three spellings of one secret, for an application that shows codes: scan `qr_svg`, open `uri`, or type
    `secret` (base32; SHA-1, 6 digits, 30 s). Shown this once."""

    secret: str
    uri: str
    qr_svg: str


class FactorCodeOnly(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    code: FactorCode


class FallbackCodes(msgspec.Struct, frozen=True):
    """To write down: each takes the place of one code, once. Shown this once; a new set ends the former."""

    fallback_codes: list[str]


@get(_PATH, opt=_PERSON, responses=responses(401, 403))
async def get_second_factor(
    actor: NamedDependency[Actor], second_factor_service: NamedDependency[SecondFactorService]
) -> SecondFactorOut:
    """Whether I have a second factor, and how many fallback codes are left."""
    state = await second_factor_service.state(actor)
    return SecondFactorOut(
        is_set=state.confirmed_at is not None,
        is_required=state.is_required,
        confirmed_at=state.confirmed_at,
        fallback_codes_left=state.fallback_codes_left,
    )


@post(_PATH, opt=_PERSON, responses=responses(401, 403, 409, 422, 429, 503))
async def enrol_second_factor(
    request: Request[Any, Any, Any],
    data: JSONBody[NewFactor],
    actor: NamedDependency[Actor],
    second_factor_service: NamedDependency[SecondFactorService],
    code_images: NamedDependency[SkipValidation[CodeImages]],
) -> Response[FactorEnrolment]:
    """Begin to set up a second factor. It is in force when PUT has seen a first code of it."""
    enrolment = await second_factor_service.enrol(actor, data.password)
    title = translated(language_of(request.headers.get("accept-language")), TITLE)
    picture = await asyncio.to_thread(code_images.svg, enrolment.uri, title)
    shown = FactorEnrolment(secret=enrolment.secret, uri=enrolment.uri, qr_svg=picture.decode())
    return Response(shown, status_code=201, headers=_NO_STORE)


@put(_PATH, opt=_PERSON, responses=responses(401, 403, 409, 422, 429))
async def confirm_second_factor(
    data: JSONBody[FactorCodeOnly],
    actor: NamedDependency[Actor],
    second_factor_service: NamedDependency[SecondFactorService],
) -> Response[FallbackCodes]:
    """Confirm the second factor by a first code: every sign-in asks for one from now on."""
    return _written_down(await second_factor_service.confirm(actor, data.code))


@delete(_PATH, opt=_PERSON, responses=responses(401, 403, 409, 422, 429))
async def remove_second_factor(
    second_factor_code: Annotated[FactorCode, HeaderParameter(name="Second-Factor-Code")],
    actor: NamedDependency[Actor],
    second_factor_service: NamedDependency[SecondFactorService],
) -> None:
    """Remove my second factor, by a code of it. Staff can then only set up the next one."""
    await second_factor_service.remove(actor, second_factor_code)


@post(f"{_PATH}/fallback-codes", status_code=200, opt=_PERSON, responses=responses(401, 403, 409, 422, 429))
async def renew_fallback_codes(
    data: JSONBody[FactorCodeOnly],
    actor: NamedDependency[Actor],
    second_factor_service: NamedDependency[SecondFactorService],
) -> Response[FallbackCodes]:
    """Make new fallback codes, by a code. The former ones are dead."""
    return _written_down(await second_factor_service.new_fallbacks(actor, data.code))


def _written_down(codes: list[str]) -> Response[FallbackCodes]:
    return Response(FallbackCodes(codes), status_code=200, headers=_NO_STORE)


second_factor = Router(
    "/",
    tags=["people"],
    route_handlers=[
        get_second_factor,
        enrol_second_factor,
        confirm_second_factor,
        remove_second_factor,
        renew_fallback_codes,
    ],
)
