"""Opening a cabinet, and coming in by a code: answers are the same for every phone."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, Router, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from api.code_sending import Code, CodeSent, code_sent, sending
from api.consents import ConsentIn
from api.identity import Entry, client_ip, device
from api.people import Password, SessionOut, Written
from api.problems import responses
from domain.people.consents import Shown
from domain.people.sessions import Tokens
from services.people.codes import CodeDelivery
from services.people.recovery import RecoveryService
from services.people.sign_up import SignUpDetails, SignUpService

PhoneWritten = Annotated[Written, Meta(examples=["+7 900 000-00-01"])]
PersonName = Annotated[
    str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f]")
]


class PhoneOnly(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`phone` in any usual spelling."""

    phone: PhoneWritten


class SignUpStarted(CodeSent, frozen=True, kw_only=True):
    """Send the code from the message to /sign-ups/{id}/confirm."""

    id: UUID


class SignUpConfirmed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`consents`: one for each document that was agreed to; those with `is_needed` must be among them."""

    code: Code
    password: Password
    name: Annotated[PersonName, Meta(examples=["Иванова Мария Петровна"])]
    consents: Annotated[list[ConsentIn], Meta(max_length=20)] = []


class CodeSignIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    phone: PhoneWritten
    code: Code


class PasswordReset(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    phone: PhoneWritten
    code: Code
    password: Password


@post("/sign-ups", status_code=202, opt={"access": Entry.OPEN}, responses=responses(422, 429, 503))
async def start_sign_up(
    request: Request[Any, Any, Any],
    data: JSONBody[PhoneOnly],
    sign_up_service: NamedDependency[SignUpService],
    code_delivery: NamedDependency[CodeDelivery],
) -> Response[SignUpStarted]:
    """Open a cabinet: a message goes to the phone. Whoever has a cabinet is told so there, not here."""
    sign_up_id, asked = await sign_up_service.ask(data.phone, client_ip(request))
    sent = msgspec.structs.asdict(code_sent(asked))
    return sending(SignUpStarted(id=sign_up_id, **sent), asked, code_delivery)


@post(
    "/sign-ups/{sign_up_id:uuid}/confirm",
    opt={"access": Entry.OPEN},
    responses=responses(403, 409, 422, 429, 503),
)
async def confirm_sign_up(
    request: Request[Any, Any, Any],
    sign_up_id: FromPath[UUID],
    data: JSONBody[SignUpConfirmed],
    sign_up_service: NamedDependency[SignUpService],
) -> Response[SessionOut]:
    """Show the code, choose a password, agree to the documents: the cabinet is open and you are in it."""
    shown = tuple(Shown(one.document_id, bytes.fromhex(one.sha256)) for one in data.consents)
    details = SignUpDetails(code=data.code, password=data.password, name=data.name, consents=shown)
    return _opened(
        await sign_up_service.confirm(sign_up_id, details, device=device(request), ip=client_ip(request))
    )


@post("/sign-in-codes", status_code=202, opt={"access": Entry.OPEN}, responses=responses(422, 429, 503))
async def send_sign_in_code(
    request: Request[Any, Any, Any],
    data: JSONBody[PhoneOnly],
    recovery_service: NamedDependency[RecoveryService],
    code_delivery: NamedDependency[CodeDelivery],
) -> Response[CodeSent]:
    """Send a code to sign in by."""
    asked = await recovery_service.ask_sign_in(data.phone, client_ip(request))
    return sending(code_sent(asked), asked, code_delivery)


@post("/sessions/by-code", opt={"access": Entry.OPEN}, responses=responses(401, 422, 429, 503))
async def sign_in_by_code(
    request: Request[Any, Any, Any],
    data: JSONBody[CodeSignIn],
    recovery_service: NamedDependency[RecoveryService],
) -> Response[SessionOut]:
    """Sign in by phone and code."""
    return _opened(
        await recovery_service.sign_in(data.phone, data.code, device=device(request), ip=client_ip(request))
    )


@post("/password-resets", status_code=202, opt={"access": Entry.OPEN}, responses=responses(422, 429, 503))
async def send_reset_code(
    request: Request[Any, Any, Any],
    data: JSONBody[PhoneOnly],
    recovery_service: NamedDependency[RecoveryService],
    code_delivery: NamedDependency[CodeDelivery],
) -> Response[CodeSent]:
    """Send a code to set a new password by."""
    asked = await recovery_service.ask_reset(data.phone, client_ip(request))
    return sending(code_sent(asked), asked, code_delivery)


@post("/password-resets/confirm", opt={"access": Entry.OPEN}, responses=responses(401, 422, 429, 503))
async def reset_password(
    request: Request[Any, Any, Any],
    data: JSONBody[PasswordReset],
    recovery_service: NamedDependency[RecoveryService],
) -> Response[SessionOut]:
    """Set a new password by the code. Every session there was is ended, a new one is opened."""
    return _opened(
        await recovery_service.reset(
            data.phone, data.code, data.password, device=device(request), ip=client_ip(request)
        )
    )


def _opened(tokens: Tokens) -> Response[SessionOut]:
    return Response(SessionOut.of(tokens), status_code=201, headers={"Cache-Control": "no-store"})


sign_ups = Router(
    "/",
    tags=["people"],
    route_handlers=[
        start_sign_up,
        confirm_sign_up,
        send_sign_in_code,
        sign_in_by_code,
        send_reset_code,
        reset_password,
    ],
)
