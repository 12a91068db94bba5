"""Sessions, the person behind one, and adding an account to one's own."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

import msgspec
from litestar import Request, Response, Router, delete, get, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody
from msgspec import Meta

from api.identity import Entry, client_ip, device
from api.problems import responses
from domain.kernel.access import Actor, ActorKind
from domain.kernel.ids import AccountId, UserId
from domain.people.customers import Customer
from domain.people.memberships import Proof
from domain.people.sessions import Tokens
from domain.people.staff import Staff
from services.people.memberships import MembershipService
from services.people.sessions import SessionService

Password = Annotated[str, Meta(min_length=1, max_length=200, examples=["kabinet-demo"])]
# Without control characters: PostgreSQL keeps no NUL, and nobody types one.
Written = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[^\x00-\x1f\x7f]*$")]

FactorCode = Annotated[str, Meta(min_length=1, max_length=40, examples=["123456"])]


class SignIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`phone` in any usual spelling. Staff whose login is a phone may come in this way too."""

    phone: Annotated[Written, Meta(examples=["+7 900 000-00-01"])]
    password: Password


class StaffSignIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    login: Annotated[Written, Meta(examples=["+7 900 000-00-11"])]
    password: Password


class Refresh(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    refresh_token: Annotated[str, Meta(min_length=1, max_length=400)]


class SecondStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`challenge` from the answer to the first step; `code` of the application, or a fallback code."""

    challenge: Annotated[str, Meta(min_length=1, max_length=200)]
    code: FactorCode


class NewAccount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The account's number and one thing from its last paper bill: its number or its sum to pay."""

    number: Annotated[Written, Meta(examples=["6600000001"])]
    proof: Annotated[Proof, Meta(examples=[{"bill_number": "2026-10-000001"}])]


class SessionOut(msgspec.Struct, frozen=True, kw_only=True):
    """Send `access_token` as `Authorization: Bearer`; before `expires_at` get new ones by the other.

    Each refresh token works once: a second use ends the session.
    """

    access_token: str
    refresh_token: str
    expires_at: datetime
    refresh_expires_at: datetime

    @classmethod
    def of(cls, tokens: Tokens) -> Self:
        return cls(
            access_token=str(tokens.access),
            refresh_token=str(tokens.refresh),
            expires_at=tokens.expires_at,
            refresh_expires_at=tokens.refresh_expires_at,
        )


class Me(msgspec.Struct, frozen=True, kw_only=True):
    """`role` and `scopes` are of staff and systems; a customer's rights stand at each account."""

    id: UUID
    kind: ActorKind
    name: str
    phone: str | None = None
    email: str | None = None
    role: str | None = None
    scopes: list[str] = []
    must_set_second_factor: bool = False

    @classmethod
    def of(cls, actor: Actor, person: Customer | Staff | None) -> Self:
        return cls(
            id=actor.id,
            kind=actor.kind,
            name=actor.name,
            phone=person.phone if isinstance(person, Customer) else person.login if person else None,
            email=person.email if person else None,
            role=actor.role,
            scopes=sorted(actor.scopes),
            must_set_second_factor=actor.must_enrol,
        )


class AccountAdded(msgspec.Struct, frozen=True):
    account_id: AccountId


@post("/sessions", opt={"access": Entry.OPEN}, responses=responses(401, 422, 429, 503))
async def sign_in(
    request: Request[Any, Any, Any], data: JSONBody[SignIn], session_service: NamedDependency[SessionService]
) -> Response[SessionOut]:
    """Sign in by phone and password.

    With a second factor the answer is 401 `second-factor-required`, and its `challenge` is to be sent with
    a code to sessions/second-factor within 5 minutes.
    """
    tokens = await session_service.sign_in(
        data.phone, data.password, device=device(request), ip=client_ip(request)
    )
    return _secret(SessionOut.of(tokens), 201)


@post("/staff-sessions", opt={"access": Entry.OPEN}, responses=responses(401, 422, 429, 503))
async def sign_in_staff(
    request: Request[Any, Any, Any],
    data: JSONBody[StaffSignIn],
    session_service: NamedDependency[SessionService],
) -> Response[SessionOut]:
    """Sign in as staff, also when the same phone has accounts of its own.

    Answers 401 `second-factor-required` as sessions does. Staff who have no second factor yet get a session
    that can set one up and nothing else.
    """
    tokens = await session_service.sign_in_staff(
        data.login, data.password, device=device(request), ip=client_ip(request)
    )
    return _secret(SessionOut.of(tokens), 201)


@post("/sessions/second-factor", opt={"access": Entry.OPEN}, responses=responses(401, 422, 429))
async def pass_second_factor(
    request: Request[Any, Any, Any],
    data: JSONBody[SecondStep],
    session_service: NamedDependency[SessionService],
) -> Response[SessionOut]:
    """Complete a sign-in by a code of the second factor, or by a fallback code."""
    tokens = await session_service.pass_second_factor(
        data.challenge, data.code, device=device(request), ip=client_ip(request)
    )
    return _secret(SessionOut.of(tokens), 201)


@post("/sessions/refresh", status_code=200, opt={"access": Entry.OPEN}, responses=responses(401, 422))
async def refresh_session(
    data: JSONBody[Refresh], session_service: NamedDependency[SessionService]
) -> Response[SessionOut]:
    """Change a refresh token for new tokens. The former ones are dead at once."""
    return _secret(SessionOut.of(await session_service.refresh(data.refresh_token)), 200)


@delete("/sessions/current", opt={"access": Entry.PRESENT}, responses=responses(401))
async def sign_out(actor: NamedDependency[Actor], session_service: NamedDependency[SessionService]) -> None:
    """End this session; its tokens are dead at once."""
    await session_service.sign_out(actor)


@get("/me", opt={"access": Entry.PRESENT}, responses=responses(401))
async def me(actor: NamedDependency[Actor], session_service: NamedDependency[SessionService]) -> Me:
    """Who I am."""
    return Me.of(actor, await session_service.person(actor))


@post(
    "/accounts",
    opt={"access": Entry.CUSTOMER},
    responses=responses(401, 403, 422, 429)
    | {200: ResponseSpec(AccountAdded, description="It was yours already", generate_examples=False)},
)
async def add_account(
    data: JSONBody[NewAccount],
    actor: NamedDependency[Actor],
    membership_service: NamedDependency[MembershipService],
) -> Response[AccountAdded]:
    """Add an account by its number and a proof from its paper bill. Repeated: 200."""
    account_id, added = await membership_service.add_account(UserId(actor.id), data.number, data.proof)
    return Response(AccountAdded(account_id), status_code=201 if added else 200)


def _secret(session: SessionOut, status: int) -> Response[SessionOut]:
    return Response(session, status_code=status, headers={"Cache-Control": "no-store"})


people = Router(
    "/",
    tags=["people"],
    route_handlers=[sign_in, sign_in_staff, pass_second_factor, refresh_session, sign_out, me, add_account],
)
