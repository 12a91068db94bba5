"""Changing one's own phone, e-mail and password."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, Router, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta

from api.code_sending import Code, CodeSent, code_sent, sending
from api.identity import Entry, client_ip
from api.people import Password
from api.problems import responses
from api.sign_ups import PhoneWritten
from domain.kernel.access import Actor
from domain.kernel.ids import UserId
from domain.people.emails import MOST_CHARACTERS
from services.people.codes import CodeDelivery
from services.people.contacts import ContactService, HolderProof

EmailWritten = Annotated[
    str,
    Meta(
        min_length=3, max_length=MOST_CHARACTERS, pattern=r"^[^\x00-\x1f\x7f]*$", examples=["me@example.ru"]
    ),
]


class NewPhone(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The new phone, and either the password or a sign-in code sent to the present phone."""

    phone: PhoneWritten
    password: Password | None = None
    code: Code | None = None


class PhoneConfirmed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    phone: PhoneWritten
    code: Code


class NewEmail(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The new address, and either the password or a sign-in code sent to the present phone."""

    email: EmailWritten
    password: Password | None = None
    code: Code | None = None


class EmailConfirmed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    email: EmailWritten
    code: Code


class NewPassword(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    current_password: Password
    password: Password


@put(
    "/me/phone", status_code=202, opt={"access": Entry.CUSTOMER}, responses=responses(401, 403, 422, 429, 503)
)
async def change_phone(
    request: Request[Any, Any, Any],
    data: JSONBody[NewPhone],
    actor: NamedDependency[Actor],
    contact_service: NamedDependency[ContactService],
    code_delivery: NamedDependency[CodeDelivery],
) -> Response[CodeSent]:
    """Begin to sign in by another phone: a code goes there."""
    proof = HolderProof(password=data.password, code=data.code)
    asked = await contact_service.ask_phone(UserId(actor.id), data.phone, proof, client_ip(request))
    return sending(code_sent(asked), asked, code_delivery)


@post(
    "/me/phone/confirm",
    status_code=204,
    opt={"access": Entry.CUSTOMER},
    responses=responses(401, 403, 422, 429, 503),
)
async def confirm_phone(
    request: Request[Any, Any, Any],
    data: JSONBody[PhoneConfirmed],
    actor: NamedDependency[Actor],
    contact_service: NamedDependency[ContactService],
) -> None:
    """Show the code: from now on one signs in by the new phone. The former one is told."""
    await contact_service.change_phone(UserId(actor.id), data.phone, data.code, client_ip(request))


@put(
    "/me/email", status_code=202, opt={"access": Entry.CUSTOMER}, responses=responses(401, 403, 422, 429, 503)
)
async def change_email(
    request: Request[Any, Any, Any],
    data: JSONBody[NewEmail],
    actor: NamedDependency[Actor],
    contact_service: NamedDependency[ContactService],
    code_delivery: NamedDependency[CodeDelivery],
) -> Response[CodeSent]:
    """Begin to get letters at another address: a code goes there."""
    proof = HolderProof(password=data.password, code=data.code)
    asked = await contact_service.ask_email(UserId(actor.id), data.email, proof, client_ip(request))
    return sending(code_sent(asked), asked, code_delivery)


@post(
    "/me/email/confirm",
    status_code=204,
    opt={"access": Entry.CUSTOMER},
    responses=responses(401, 403, 422, 429, 503),
)
async def confirm_email(
    request: Request[Any, Any, Any],
    data: JSONBody[EmailConfirmed],
    actor: NamedDependency[Actor],
    contact_service: NamedDependency[ContactService],
) -> None:
    """Show the code: letters go to the new address. The former one is told."""
    await contact_service.change_email(UserId(actor.id), data.email, data.code, client_ip(request))


@put(
    "/me/password",
    status_code=204,
    opt={"access": Entry.CUSTOMER},
    responses=responses(401, 403, 422, 429, 503),
)
async def change_password(
    data: JSONBody[NewPassword],
    actor: NamedDependency[Actor],
    contact_service: NamedDependency[ContactService],
) -> None:
    """Change the password. Every other session is ended."""
    await contact_service.change_password(
        UserId(actor.id), actor.session_id, data.current_password, data.password
    )


contacts = Router(
    "/",
    tags=["people"],
    route_handlers=[change_phone, confirm_phone, change_email, confirm_email, change_password],
)
