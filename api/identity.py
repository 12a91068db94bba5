"""Who is asking, and the one gate every request passes.

A route says who may come in by `opt={"access": …}`: an `Entry`, or a `Scope`. A route that says
nothing lets nobody in. With a Scope and `account_id` in the path the gate makes the `Access` that
read ports check in their WHERE, and records the view when it is staff who look; without
`account_id` the scope is one of a role or a key, which customers do not hold.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from litestar import Litestar, Request
from litestar.connection import ASGIConnection
from litestar.di import Provide
from litestar.handlers import BaseRouteHandler
from litestar.openapi.spec import Components, SecurityScheme
from litestar.types import Guard

from api.browser import SessionCookie, check_same_origin
from api.signatures import check_signature
from domain.accounts.accounts import AccountNotFound
from domain.kernel.access import Access, Actor, ActorKind, Scope, ScopeMissing
from domain.kernel.errors import Forbidden, Unauthenticated
from domain.kernel.ids import AccountId
from domain.people.powers import ACTS
from domain.people.second_factor import SecondFactorMissing
from domain.people.systems import must_sign
from services.people.consents import ConsentService
from services.people.memberships import MembershipService
from services.people.powers import PowerService
from services.people.sessions import SessionService
from services.people.systems import SystemService


class Entry(StrEnum):
    """Who may come in where no scope is asked for."""

    OPEN = "open"
    PRESENT = "present"
    """Signed in, also staff who have yet to set up their second factor, and customers without consents."""
    PERSON = "person"
    """Staff who have yet to set up their second factor as well, but no systems."""
    SIGNED_IN = "signed-in"
    CUSTOMER = "customer"
    CUSTOMER_PRESENT = "customer-present"
    """Customers, also those who have yet to say yes to what the cabinet cannot be used without."""
    STAFF = "staff"


_KINDS: Mapping[Entry, Collection[ActorKind]] = {
    Entry.PRESENT: tuple(ActorKind),
    Entry.PERSON: (ActorKind.CUSTOMER, ActorKind.STAFF),
    Entry.SIGNED_IN: tuple(ActorKind),
    Entry.CUSTOMER: (ActorKind.CUSTOMER,),
    Entry.CUSTOMER_PRESENT: (ActorKind.CUSTOMER,),
    Entry.STAFF: (ActorKind.STAFF,),
}
OPEN_PATHS = ("/schema",)
"""Routes of the framework itself that cannot carry an `opt`: they and all below them are open."""

DEVICE_CHARACTERS = 200

SECURITY = Components(
    security_schemes={
        "session": SecurityScheme(type="http", scheme="bearer", description="access_token of a session"),
        "key": SecurityScheme(
            type="apiKey",
            name="X-API-Key",
            security_scheme_in="header",
            description="A system's key; one that may move money also signs each request (docs/systems.md)",
        ),
    }
)


class RouteClosed(Forbidden):
    code = "route-closed"
    text = "This address is open to nobody yet"


class WrongKind(Forbidden):
    code = "wrong-kind-of-actor"
    text = "This address is for others: you came as “{kind}”"
    remedy = "Sign in as the one it is for"


def gate(
    sessions: SessionService,
    memberships: MembershipService,
    systems: SystemService,
    powers: PowerService,
    consents: ConsentService,
    now: Callable[[], datetime],
    cookie: SessionCookie,
) -> Guard:
    """The guard of the whole application. Pages (`opt={"by_cookie": True}`) know their visitor by the cookie
    and nothing else; everything else knows its caller by a header, and never by the cookie."""

    async def pass_gate(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        asked = _asked(handler, connection.scope.get("path_template", ""))
        if asked is None:
            raise RouteClosed
        token_of = _way_in(connection, handler, cookie)
        if asked is Entry.OPEN:
            return
        actor = await sessions.actor_of(token_of(connection))
        if must_sign(actor):
            assert isinstance(connection, Request)
            await check_signature(connection, actor, systems)
        connection.scope["state"]["actor"] = actor
        await _check_ready(asked, actor, consents)
        if isinstance(asked, Entry):
            _check_kind(asked, actor)
            return
        account_id = connection.path_params.get("account_id")
        if account_id is None:
            _check_scope(asked, actor)
            return
        if asked is Scope.DECIDE and actor.kind is ActorKind.CUSTOMER:
            # No membership holds it: to customers there is nothing here, whatever the handler would check.
            raise AccountNotFound
        access = Access(actor=actor, account_id=AccountId(account_id), scope=asked, at=now())
        if actor.kind is ActorKind.STAFF:
            # Before anything is read, and kept even if what follows is refused.
            route = f"{connection.scope.get('method', '')} {connection.scope['path_template']}"
            await memberships.record_view(access, route)
        if actor.kind is ActorKind.CUSTOMER and asked in ACTS:
            await powers.check_act(access)
        connection.scope["state"]["access"] = access

    return pass_gate


def _way_in(
    connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler, cookie: SessionCookie
) -> Callable[[ASGIConnection[Any, Any, Any, Any]], str]:
    """Where the caller's token stands. A cookie comes by itself, so a page looks where from."""
    if not handler.opt.get("by_cookie"):
        return _token
    check_same_origin(connection)
    return cookie.token_of


def _asked(handler: BaseRouteHandler, path: str) -> Entry | Scope | None:
    said = handler.opt.get("access")
    if said is None:
        return Entry.OPEN if any(path == root or path.startswith(f"{root}/") for root in OPEN_PATHS) else None
    return Entry(said) if said in set(Entry) else Scope(said)


async def _check_ready(asked: Entry | Scope, actor: Actor, consents: ConsentService) -> None:
    """Whether the actor has done what comes before everything else."""
    if actor.must_enrol and asked not in (Entry.PRESENT, Entry.PERSON):
        raise SecondFactorMissing
    if actor.kind is ActorKind.CUSTOMER and asked not in (Entry.PRESENT, Entry.CUSTOMER_PRESENT):
        await consents.check(actor)


def _check_kind(asked: Entry, actor: Actor) -> None:
    if actor.kind not in _KINDS[asked]:
        raise WrongKind(kind=actor.kind)


def _check_scope(scope: Scope, actor: Actor) -> None:
    if scope not in actor.scopes:
        raise ScopeMissing(scope=scope)


def _token(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """The token of `Authorization: Bearer` (RFC 6750) or of X-API-Key."""
    if key := connection.headers.get("x-api-key"):
        return key
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated
    return token.strip()


def undeclared_routes(app: Litestar) -> list[str]:
    """Routes that say nothing of who may come in, as "GET /path". There must be none."""
    return sorted(
        f"{'/'.join(sorted(getattr(handler, 'http_methods', [])))} {route.path}"
        for route in app.routes
        for handler in _handlers(route)
        if _asked(handler, route.path) is None
    )


def _handlers(route: Any) -> list[BaseRouteHandler]:
    handlers = getattr(route, "route_handlers", None) or [route.route_handler]
    return [handler for handler in handlers if getattr(handler, "http_methods", None) != {"OPTIONS"}]


def client_ip(request: Request[Any, Any, Any]) -> str:
    """The address the request came from, as the server (or its proxy middleware) names it."""
    return request.client.host if request.client else "unknown"


def device(request: Request[Any, Any, Any]) -> str:
    """How the client calls itself, for the list of sessions."""
    return request.headers.get("user-agent", "")[:DEVICE_CHARACTERS]


def _actor(request: Request[Any, Any, Any]) -> Actor:
    actor: Actor = request.scope["state"]["actor"]
    return actor


def _access(request: Request[Any, Any, Any]) -> Access:
    access: Access = request.scope["state"]["access"]
    return access


DEPENDENCIES = {
    "actor": Provide(_actor, sync_to_thread=False),
    "access": Provide(_access, sync_to_thread=False),
}
