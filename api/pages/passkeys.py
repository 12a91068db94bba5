"""Passkeys by the script of the page: it hands the browser our options and us the browser's answers, as JSON.
Without script nobody sees a button for them."""

from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from api.browser import SessionCookie
from api.identity import Entry, client_ip, device
from api.pages.forms import local_place
from api.pages.refusals import in_words
from api.pages.rendering import see_other
from api.pages.signing_in import Next
from api.passkeys import NewPasskey, UsedCredential, assertion_of, attestation_of, credential_id_of
from api.problems import status_of
from domain.kernel.access import Actor
from domain.kernel.errors import Refusal
from domain.kernel.ids import UserId
from services.people.passkeys import PasskeyService
from services.people.sessions import SessionService

_CUSTOMER = {"access": Entry.CUSTOMER}
_NO_STORE = {"Cache-Control": "no-store"}


class PasskeyShown(msgspec.Struct, frozen=True):
    credential: UsedCredential
    next: Next = "/"


@post("/profile/passkeys/options", opt=_CUSTOMER, status_code=200)
async def making_options(
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    passkey_service: NamedDependency[PasskeyService],
) -> Response[Any]:
    try:
        return _json(await passkey_service.making_options(UserId(actor.id), ip=client_ip(request)))
    except Refusal as refusal:
        return _refused(request, refusal)


@post("/profile/passkeys", opt=_CUSTOMER, status_code=200)
async def add_passkey(
    request: Request[Any, Any, Any],
    data: JSONBody[NewPasskey],
    actor: NamedDependency[Actor],
    passkey_service: NamedDependency[PasskeyService],
) -> Response[Any]:
    try:
        await passkey_service.add(UserId(actor.id), data.name, attestation_of(data.credential))
    except Refusal as refusal:
        return _refused(request, refusal)
    return _json({"go": "/profile/security?done=passkey"})


@post("/profile/passkeys/{passkey_id:str}/removal", opt=_CUSTOMER)
async def remove_passkey(
    passkey_id: FromPath[str],
    actor: NamedDependency[Actor],
    passkey_service: NamedDependency[PasskeyService],
) -> Response[None]:
    await passkey_service.remove(UserId(actor.id), credential_id_of(passkey_id))
    return see_other("/profile/security?done=passkey-removed")


@post("/sign-in/passkey/options", opt={"access": Entry.OPEN}, status_code=200)
async def signing_options(
    request: Request[Any, Any, Any], passkey_service: NamedDependency[PasskeyService]
) -> Response[Any]:
    try:
        return _json(await passkey_service.signing_options(ip=client_ip(request)))
    except Refusal as refusal:
        return _refused(request, refusal)


@post("/sign-in/passkey", opt={"access": Entry.OPEN}, status_code=200)
async def sign_in(
    request: Request[Any, Any, Any],
    data: JSONBody[PasskeyShown],
    passkey_service: NamedDependency[PasskeyService],
    session_service: NamedDependency[SessionService],
    session_cookie: NamedDependency[SessionCookie],
) -> Response[Any]:
    try:
        shown = assertion_of(data.credential)
        tokens = await passkey_service.sign_in(shown, device=device(request), ip=client_ip(request))
    except Refusal as refusal:
        return _refused(request, refusal)
    response = _json({"go": local_place(data.next)})
    session_cookie.set_on(response, await session_service.keep_in_browser(tokens))
    return response


def _json(body: Mapping[str, Any]) -> Response[Any]:
    return Response(body, status_code=200, headers=_NO_STORE)


def _refused(request: Request[Any, Any, Any], refusal: Refusal) -> Response[Any]:
    """In words, for the script to write where a screen reader hears it."""
    return Response(in_words(request, refusal), status_code=status_of(refusal), headers=_NO_STORE)


HANDLERS = [making_options, add_passkey, remove_passkey, signing_options, sign_in]
