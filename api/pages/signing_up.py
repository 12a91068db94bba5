"""Opening a cabinet by phone, and a new password when the old one is forgotten. A code goes to the phone; the
page says the same whether the phone is known or not."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.background_tasks import BackgroundTask
from litestar.di import NamedDependency
from litestar.params import Body, FromPath

from api.browser import SessionCookie
from api.code_sending import send_quietly
from api.identity import Entry, client_ip, device
from api.pages.forms import Typed
from api.pages.refusals import in_words
from api.pages.rendering import page
from api.pages.signing_in import URL_ENCODED, come_in
from api.problems import status_of
from api.sign_ups import PersonName
from domain.kernel.errors import Invalid, Refusal
from domain.people.consents import Shown
from services.people.codes import Asked, CodeDelivery
from services.people.consents import ConsentService
from services.people.recovery import RecoveryService
from services.people.sessions import SessionService
from services.people.sign_up import SignUpDetails, SignUpService


class PhoneForm(msgspec.Struct, frozen=True):
    phone: Typed


class NewPasswordForm(msgspec.Struct, frozen=True):
    phone: Typed
    code: Typed
    password: Typed


@get("/sign-up", opt={"access": Entry.OPEN})
async def show_sign_up(request: Request[Any, Any, Any]) -> Response[str]:
    return page(request, "sign_up.html", phone="", refusal=None)


@post("/sign-up", opt={"access": Entry.OPEN}, status_code=200)
async def begin_sign_up(
    request: Request[Any, Any, Any],
    data: Annotated[PhoneForm, Body(media_type=URL_ENCODED)],
    sign_up_service: NamedDependency[SignUpService],
    consent_service: NamedDependency[ConsentService],
    code_delivery: NamedDependency[CodeDelivery],
) -> Response[str]:
    try:
        sign_up_id, asked = await sign_up_service.ask(data.phone, client_ip(request))
    except Refusal as refusal:
        return page(
            request,
            "sign_up.html",
            status=status_of(refusal),
            phone=data.phone,
            refusal=in_words(request, refusal),
        )
    shown = await _confirmation(request, consent_service, sign_up_id, {})
    return _sending(shown, asked, code_delivery)


@post("/sign-up/{sign_up_id:uuid}", opt={"access": Entry.OPEN})
async def confirm_sign_up(
    request: Request[Any, Any, Any],
    sign_up_id: FromPath[UUID],
    sign_up_service: NamedDependency[SignUpService],
    consent_service: NamedDependency[ConsentService],
    session_service: NamedDependency[SessionService],
    session_cookie: NamedDependency[SessionCookie],
) -> Response[Any]:
    """Each document has a box of its own, named `consent.<its id>`, with the hash of the text shown."""
    typed = {name: str(value)[:200] for name, value in (await request.form()).items()}
    try:
        tokens = await sign_up_service.confirm(
            sign_up_id, _details(typed), device=device(request), ip=client_ip(request)
        )
    except Refusal as refusal:
        return await _confirmation(request, consent_service, sign_up_id, typed, refusal)
    return await come_in(session_service, session_cookie, tokens, "/")


@get("/forgotten-password", opt={"access": Entry.OPEN})
async def show_forgotten(request: Request[Any, Any, Any]) -> Response[str]:
    return page(request, "forgotten.html", phone="", is_sent=False, refusal=None)


@post("/forgotten-password", opt={"access": Entry.OPEN}, status_code=200)
async def send_code(
    request: Request[Any, Any, Any],
    data: Annotated[PhoneForm, Body(media_type=URL_ENCODED)],
    recovery_service: NamedDependency[RecoveryService],
    code_delivery: NamedDependency[CodeDelivery],
) -> Response[str]:
    try:
        asked = await recovery_service.ask_reset(data.phone, client_ip(request))
    except Refusal as refusal:
        return _forgotten(request, data.phone, refusal, is_sent=False)
    return _sending(_forgotten(request, data.phone, None, is_sent=True), asked, code_delivery)


@post("/forgotten-password/new", opt={"access": Entry.OPEN})
async def set_password(
    request: Request[Any, Any, Any],
    data: Annotated[NewPasswordForm, Body(media_type=URL_ENCODED)],
    recovery_service: NamedDependency[RecoveryService],
    session_service: NamedDependency[SessionService],
    session_cookie: NamedDependency[SessionCookie],
) -> Response[Any]:
    try:
        tokens = await recovery_service.reset(
            data.phone, data.code.strip(), data.password, device=device(request), ip=client_ip(request)
        )
    except Refusal as refusal:
        return _forgotten(request, data.phone, refusal, is_sent=True)
    return await come_in(session_service, session_cookie, tokens, "/")


def _details(typed: dict[str, str]) -> SignUpDetails:
    boxes = [name.removeprefix("consent.") for name in typed if name.startswith("consent.")]
    return SignUpDetails(
        code=typed.get("code", "").strip(),
        password=typed.get("password", ""),
        name=_person_name(typed.get("name", "")),
        consents=tuple(_shown(document_id, typed[f"consent.{document_id}"]) for document_id in boxes),
    )


def _shown(document_id: str, sha256: str) -> Shown:
    try:
        return msgspec.convert({"document_id": document_id, "sha256": bytes.fromhex(sha256)}, Shown)
    except (ValueError, msgspec.ValidationError) as error:
        raise Invalid(field="consents") from error


def _person_name(text: str) -> str:
    try:
        return msgspec.convert(text.strip(), PersonName)
    except msgspec.ValidationError as error:
        raise Invalid(field="name") from error


async def _confirmation(
    request: Request[Any, Any, Any],
    consent_service: ConsentService,
    sign_up_id: UUID,
    typed: dict[str, str],
    refusal: Refusal | None = None,
) -> Response[str]:
    return page(
        request,
        "sign_up_code.html",
        status=status_of(refusal) if refusal else 200,
        sign_up_id=sign_up_id,
        documents=await consent_service.documents(),
        typed=typed,
        refusal=in_words(request, refusal) if refusal else None,
    )


def _forgotten(
    request: Request[Any, Any, Any], phone: str, refusal: Refusal | None, *, is_sent: bool
) -> Response[str]:
    return page(
        request,
        "forgotten.html",
        status=status_of(refusal) if refusal else 200,
        phone=phone,
        is_sent=is_sent,
        refusal=in_words(request, refusal) if refusal else None,
    )


def _sending(shown: Response[str], asked: Asked, delivery: CodeDelivery) -> Response[str]:
    """The message leaves after the page: a slow gateway tells nothing of the phone."""
    shown.background = BackgroundTask(send_quietly, delivery, asked.message)
    return shown


HANDLERS = [show_sign_up, begin_sign_up, confirm_sign_up, show_forgotten, send_code, set_password]
