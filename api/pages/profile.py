"""Me: who I am to the cabinet, my accounts, and changing phone, e-mail and password."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.background_tasks import BackgroundTask
from litestar.di import NamedDependency
from litestar.params import Body, FromPath, SkipValidation

from api.code_sending import send_quietly
from api.identity import Entry, client_ip
from api.pages.forms import Typed
from api.pages.home import MOST_ACCOUNTS, card_for
from api.pages.refusals import in_words
from api.pages.rendering import page, see_other
from api.pages.signing_in import URL_ENCODED
from api.problems import status_of
from domain.accounts.accounts import Accounts
from domain.kernel.access import Actor
from domain.kernel.errors import Refusal
from domain.kernel.ids import UserId
from domain.people.customers import Customer
from services.people.codes import CodeDelivery
from services.people.contacts import ContactService, HolderProof
from services.people.sessions import SessionService

_CUSTOMER = {"access": Entry.CUSTOMER}


class Contact(StrEnum):
    PHONE = "phone"
    EMAIL = "email"


class NewContactForm(msgspec.Struct, frozen=True):
    address: Typed
    password: Typed = ""


class ContactCodeForm(msgspec.Struct, frozen=True):
    address: Typed
    code: Typed


class PasswordForm(msgspec.Struct, frozen=True):
    current_password: Typed
    password: Typed


@get("/profile", opt=_CUSTOMER)
async def show_profile(
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    session_service: NamedDependency[SessionService],
    accounts: NamedDependency[SkipValidation[Accounts]],
    now: NamedDependency[SkipValidation[datetime]],
) -> Response[str]:
    numbers = await accounts.numbers_of(UserId(actor.id), after=None, limit=MOST_ACCOUNTS)
    cards = [card for one in numbers if (card := await card_for(accounts, actor, one, now))]
    return page(
        request,
        "profile.html",
        part="me",
        person=await session_service.person(actor),
        accounts=[getattr(card, "account", card) for card in cards],
        done=request.query_params.get("done"),
    )


@get("/profile/contacts/{contact:str}", opt=_CUSTOMER)
async def show_contact(
    contact: FromPath[Contact],
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    session_service: NamedDependency[SessionService],
) -> Response[str]:
    person = await session_service.person(actor)
    has_password = isinstance(person, Customer) and person.password_hash is not None
    return _contact(request, contact, "", has_password=has_password)


@post("/profile/contacts/{contact:str}", opt=_CUSTOMER, status_code=200)
async def ask_contact(
    contact: FromPath[Contact],
    request: Request[Any, Any, Any],
    data: Annotated[NewContactForm, Body(media_type=URL_ENCODED)],
    actor: NamedDependency[Actor],
    contact_service: NamedDependency[ContactService],
    code_delivery: NamedDependency[CodeDelivery],
) -> Response[str]:
    """The password proves who asks; a code goes to the new phone or address."""
    ask = contact_service.ask_phone if contact is Contact.PHONE else contact_service.ask_email
    proof = HolderProof(password=data.password or None)
    try:
        asked = await ask(UserId(actor.id), data.address, proof, client_ip(request))
    except Refusal as refusal:
        return _contact(request, contact, data.address, refusal)
    shown = _contact(request, contact, data.address, is_sent=True)
    shown.background = BackgroundTask(send_quietly, code_delivery, asked.message)
    return shown


@post("/profile/contacts/{contact:str}/code", opt=_CUSTOMER)
async def confirm_contact(
    contact: FromPath[Contact],
    request: Request[Any, Any, Any],
    data: Annotated[ContactCodeForm, Body(media_type=URL_ENCODED)],
    actor: NamedDependency[Actor],
    contact_service: NamedDependency[ContactService],
) -> Response[Any]:
    change = contact_service.change_phone if contact is Contact.PHONE else contact_service.change_email
    try:
        await change(UserId(actor.id), data.address, data.code.strip(), client_ip(request))
    except Refusal as refusal:
        return _contact(request, contact, data.address, refusal, is_sent=True)
    return see_other(f"/profile?done={contact}")


@get("/profile/password", opt=_CUSTOMER)
async def show_password(request: Request[Any, Any, Any]) -> Response[str]:
    return page(request, "profile_password.html", part="me", refusal=None)


@post("/profile/password", opt=_CUSTOMER)
async def change_password(
    request: Request[Any, Any, Any],
    data: Annotated[PasswordForm, Body(media_type=URL_ENCODED)],
    actor: NamedDependency[Actor],
    contact_service: NamedDependency[ContactService],
) -> Response[Any]:
    """Every other session is ended."""
    try:
        await contact_service.change_password(
            UserId(actor.id), actor.session_id, data.current_password, data.password
        )
    except Refusal as refusal:
        told, status = in_words(request, refusal), status_of(refusal)
        return page(request, "profile_password.html", status=status, part="me", refusal=told)
    return see_other("/profile?done=password")


def _contact(
    request: Request[Any, Any, Any],
    contact: Contact,
    address: str,
    refusal: Refusal | None = None,
    *,
    is_sent: bool = False,
    has_password: bool = True,
) -> Response[str]:
    return page(
        request,
        "profile_contact.html",
        status=status_of(refusal) if refusal else 200,
        part="me",
        contact=contact,
        address=address,
        is_sent=is_sent,
        has_password=has_password,
        refusal=in_words(request, refusal) if refusal else None,
    )


HANDLERS = [show_profile, show_contact, ask_contact, confirm_contact, show_password, change_password]
