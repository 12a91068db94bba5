"""Signing in through identity providers, and the identities linked to a customer.

A client begins, keeps the `secret` to itself, sends the browser to `url`, takes `state` and `code` from the
address it comes back to, and sends all three to `/sessions/by-identity` or `/me/identities`.
"""

from datetime import datetime
from typing import Annotated, Any, Self
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from litestar import Request, Response, Router, delete, get, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from api.identity import Entry, client_ip, device
from api.people import SessionOut
from api.problems import responses
from domain.kernel.access import Actor
from domain.kernel.ids import UserId
from domain.people.identities import Identity
from services.people.identities import CameBack, IdentityService

NO_STORE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
"""The code stands in the address: no page that is opened next shall learn it."""
Short = Annotated[str, Meta(min_length=1, max_length=100)]
Code = Annotated[str, Meta(min_length=1, max_length=4000)]


class OfferOut(msgspec.Struct, frozen=True):
    """`name` goes into addresses, `title` onto the button."""

    name: str
    title: str


class SignInBeginning(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`return_to` is a path of this site that the browser is led to in the end, with `state` and `code`
    (or `error`) behind it. Without it the address it comes back to shows them."""

    return_to: Annotated[str, Meta(max_length=500, examples=["/sign-in/finish"])] | None = None


class BegunOut(msgspec.Struct, frozen=True):
    url: str
    secret: str
    expires_at: datetime


class CameBackIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`state` and `code` as the browser brought them, `secret` as the beginning gave it."""

    state: Short
    code: Code
    secret: Short

    def plain(self) -> CameBack:
        return CameBack(self.state, self.code, self.secret)


class Returned(msgspec.Struct, frozen=True):
    """What the provider sent the browser back with: a `code`, or an `error` of RFC 6749."""

    state: str
    code: str | None
    error: str | None


class IdentityOut(msgspec.Struct, frozen=True, kw_only=True):
    """`name` is how the provider calls the person."""

    id: UUID
    provider: str
    name: str
    linked_at: datetime
    last_used_at: datetime | None

    @classmethod
    def of(cls, identity: Identity) -> Self:
        return cls(
            id=identity.id,
            provider=identity.provider,
            name=identity.name,
            linked_at=identity.linked_at,
            last_used_at=identity.last_used_at,
        )


@get("/identity-providers", opt={"access": Entry.OPEN})
async def list_identity_providers(
    identity_service: NamedDependency[IdentityService],
) -> list[OfferOut]:
    """Identity providers one may sign in through here."""
    return [OfferOut(offer.name, offer.title) for offer in identity_service.offers()]


@post(
    "/identity-providers/{name:str}/sign-ins",
    opt={"access": Entry.OPEN},
    responses=responses(404, 422, 429, 503),
)
async def begin_sign_in(
    request: Request[Any, Any, Any],
    name: FromPath[str],
    data: JSONBody[SignInBeginning],
    identity_service: NamedDependency[IdentityService],
) -> Response[BegunOut]:
    """Begin to sign in through a provider. It is finished once, within 15 minutes."""
    begun = await identity_service.begin(name, data.return_to, ip=client_ip(request))
    return Response(BegunOut(begun.url, begun.secret, begun.expires_at), status_code=201, headers=NO_STORE)


@get(
    "/identity-providers/{name:str}/return",
    opt={"access": Entry.OPEN},
    responses=responses(404, 422) | {303: ResponseSpec(None, description="To `return_to`")},
)
async def return_from_provider(
    name: FromPath[str],
    identity_service: NamedDependency[IdentityService],
    shown_state: Annotated[str, QueryParameter(name="state", max_length=100)],
    code: Annotated[str | None, QueryParameter(max_length=4000)] = None,
    error: Annotated[str | None, QueryParameter(max_length=100)] = None,
) -> Response[Returned | None]:
    """Where a provider sends the browser back to. Nobody is signed in by it: the secret is not here."""
    path = await identity_service.return_path(name, shown_state)
    if path is None:
        return Response(Returned(shown_state, code, error), status_code=200, headers=NO_STORE)
    brought = {"state": shown_state, "code": code, "error": error}
    query = urlencode({word: value for word, value in brought.items() if value is not None})
    joint = "&" if "?" in path else "?"
    return Response(None, status_code=303, headers=NO_STORE | {"Location": f"{path}{joint}{query}"})


@post("/sessions/by-identity", opt={"access": Entry.OPEN}, responses=responses(401, 422, 503))
async def sign_in_by_identity(
    request: Request[Any, Any, Any],
    data: JSONBody[CameBackIn],
    identity_service: NamedDependency[IdentityService],
) -> Response[SessionOut]:
    """Finish a sign-in through a provider. Who is new here and confirmed there gets an account."""
    tokens = await identity_service.sign_in(data.plain(), device=device(request), ip=client_ip(request))
    return Response(SessionOut.of(tokens), status_code=201, headers=NO_STORE)


@post(
    "/me/identities",
    opt={"access": Entry.CUSTOMER},
    responses=responses(401, 403, 409, 422, 503)
    | {200: ResponseSpec(IdentityOut, description="It was yours already", generate_examples=False)},
)
async def link_identity(
    data: JSONBody[CameBackIn],
    actor: NamedDependency[Actor],
    identity_service: NamedDependency[IdentityService],
) -> Response[IdentityOut]:
    """Let me sign in through a provider from now on. Repeated: 200."""
    identity, is_new = await identity_service.link(UserId(actor.id), data.plain())
    return Response(IdentityOut.of(identity), status_code=201 if is_new else 200)


@get("/me/identities", opt={"access": Entry.CUSTOMER}, responses=responses(401, 403))
async def list_identities(
    actor: NamedDependency[Actor], identity_service: NamedDependency[IdentityService]
) -> list[IdentityOut]:
    """Identities linked to me, the oldest first."""
    return [IdentityOut.of(identity) for identity in await identity_service.of_user(UserId(actor.id))]


@delete(
    "/me/identities/{identity_id:uuid}", opt={"access": Entry.CUSTOMER}, responses=responses(401, 403, 404)
)
async def unlink_identity(
    identity_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    identity_service: NamedDependency[IdentityService],
) -> None:
    """Nobody signs in as me through this identity any more."""
    await identity_service.unlink(UserId(actor.id), identity_id)


identity_providers = Router(
    "/",
    tags=["identity providers"],
    route_handlers=[
        list_identity_providers,
        begin_sign_in,
        return_from_provider,
        sign_in_by_identity,
        link_identity,
        list_identities,
        unlink_identity,
    ],
)
