"""A small application: the routes of people and some that only ask who may come in."""

import secrets
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
import msgspec
from litestar import Litestar, Router, get
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath

from adapters.passwords.argon2 import Argon2Passwords
from adapters.postgres.people.needed_documents import RememberedNeededDocuments
from adapters.postgres.people.powers import PostgresPowers
from adapters.postgres.people.presences import PostgresPresences
from adapters.postgres.people.session_cache import RememberedPresences
from adapters.postgres.store import Transactions
from adapters.powers.register import NoPowerRegister
from adapters.secrets.box import SecretBox
from adapters.totp.codes import TotpCodes
from api import identity, problems
from api.browser import SessionCookie
from api.people import people
from domain.kernel.access import Access, Scope
from domain.people.second_factor import Factor
from infra.clock import new_id, now
from services.people.consents import ConsentService
from services.people.enrolment import EnrolmentService
from services.people.memberships import MembershipService
from services.people.powers import PowerService
from services.people.sessions import SessionService
from services.people.systems import SystemService

ZONE = ZoneInfo("Asia/Yekaterinburg")
ANNA = {"phone": "+7 900 000-00-01", "password": "kabinet-demo"}
ENGLISH = {"Accept-Language": "en"}


class Seen(msgspec.Struct):
    account_id: UUID
    name: str


@get("/accounts/{account_id:uuid}/thing", opt={"access": Scope.SEE})
async def see_thing(account_id: FromPath[UUID], access: NamedDependency[Access]) -> Seen:
    return Seen(access.account_id, access.actor.name)


@get("/imports", opt={"access": Scope.IMPORT})
async def see_imports() -> str:
    return "imports"


@get("/staff-room", opt={"access": "staff"})
async def see_staff_room() -> str:
    return "room"


@get("/forgotten")
async def forgotten() -> str:
    return "nobody said who may see this"


@get("/broken", opt={"access": "open"})
async def broken() -> str:
    raise ZeroDivisionError("secret detail")


class Kabinet:
    """A small application of these routes on one pool, and a client of it."""

    def __init__(self, pool):
        self.pool, self.now = pool, now
        transaction = Transactions(pool, now=now, new_id=new_id)
        passwords = Argon2Passwords()
        self.sessions = SessionService(
            transaction=transaction,
            passwords=passwords,
            presences=RememberedPresences(PostgresPresences(pool), now),
            code_maker=TotpCodes(SecretBox("a secret key of tests")),
            now=now,
            new_id=new_id,
            new_secret=secrets.token_urlsafe,
            zone=ZONE,
        )
        memberships = MembershipService(transaction=transaction, now=now, new_id=new_id, zone=ZONE)
        powers = PowerService(transaction, PostgresPowers(pool), NoPowerRegister(), now, new_id, ZONE)
        needed = RememberedNeededDocuments(pool, now)
        consents = ConsentService(transaction, needed, self.sessions.presences, now, new_id, ZONE)
        self.enrolment = EnrolmentService(
            transaction=transaction, passwords=passwords, now=now, new_id=new_id
        )
        self.systems = SystemService(
            transaction=transaction,
            box=SecretBox("a secret key of tests"),
            now=now,
            new_id=new_id,
            new_secret=secrets.token_urlsafe,
        )
        self.app = Litestar(
            [
                Router(
                    "/api/v1",
                    route_handlers=[people, see_thing, see_imports, see_staff_room, forgotten, broken],
                )
            ],
            guards=[
                identity.gate(
                    self.sessions,
                    memberships,
                    self.systems,
                    powers,
                    consents,
                    now,
                    SessionCookie(is_secure=True),
                )
            ],
            dependencies={
                **identity.DEPENDENCIES,
                "session_service": Provide(lambda: self.sessions, sync_to_thread=False),
                "membership_service": Provide(lambda: memberships, sync_to_thread=False),
            },
            exception_handlers=problems.HANDLERS,
        )

    def client(self, ip="203.0.113.7", token=None):
        transport = httpx.ASGITransport(self.app, client=(ip, 5000), raise_app_exceptions=False)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.AsyncClient(transport=transport, base_url="http://kabinet/api/v1", headers=headers)

    async def signed_in(self, phone="+79000000001"):
        async with self.client() as client:
            answer = await client.post("/sessions", json={"phone": phone, "password": "kabinet-demo"})
            if "challenge" in answer.json():
                answer = await self.second_step(client, answer, phone)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def staff(self, phone, name, role, email=None):
        """A member of staff with a second factor."""
        member = await self.enrolment.staff(phone, name, role, "kabinet-demo", email)
        sealed = self.sessions.code_maker.new_secret(member.id)
        async with self.sessions.transaction() as store:
            await store.staff_factors.save(
                Factor(owner_id=member.id, sealed=sealed, enrolled_at=now(), confirmed_at=now())
            )

    async def second_step(self, client, first, phone):
        async with self.sessions.transaction() as store:
            member = await store.staff.by_login(phone)
            factor = await store.staff_factors.of(member.id)
        code = self.sessions.code_maker.code(factor.sealed, member.id, factor.next_step(now()))
        step = {"challenge": problem(first, 401, "second-factor-required")["challenge"], "code": code}
        return await client.post("/sessions/second-factor", json=step)


def problem(answer, status: int, code: str):
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    body = answer.json()
    assert (body["code"], body["status"], body["type"]) == (code, status, f"/problems/{code}")
    assert body["title"]
    assert body["detail"]
    return body
