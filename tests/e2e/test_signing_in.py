"""Signing in over HTTP, and the gate before every route."""

import asyncio
import json
import secrets
from datetime import datetime
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import httpx
import msgspec
import pytest
from litestar import Litestar, Router, get
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath

from adapters.passwords.argon2 import Argon2Passwords
from adapters.postgres.people.needed_documents import RememberedNeededDocuments
from adapters.postgres.people.powers import PostgresPowers
from adapters.postgres.people.presences import PostgresPresences
from adapters.postgres.people.session_cache import RememberedPresences
from adapters.postgres.pool import create_pool
from adapters.postgres.store import Transactions
from adapters.powers.register import NoPowerRegister
from adapters.secrets.box import SecretBox
from adapters.totp.codes import TotpCodes
from api import identity, problems
from api.browser import SessionCookie
from api.people import people
from domain.kernel.access import Access, Scope
from domain.people.second_factor import Factor
from domain.people.staff import SCOPES, Role
from infra.clock import new_id, now
from services.people.consents import ConsentService
from services.people.enrolment import EnrolmentService
from services.people.memberships import MembershipService
from services.people.powers import PowerService
from services.people.sessions import SessionService
from services.people.systems import SystemService
from tests.actors import agree
from tests.systems import system_key

COOKIE = SessionCookie(is_secure=True)
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
            transaction=transaction,
            passwords=passwords,
            now=now,
            new_id=new_id,
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


@pytest.fixture
async def kabinet(pool):
    kabinet = Kabinet(pool)
    anna = await kabinet.enrolment.customer(
        "+79000000001", "Анна Петрова", "kabinet-demo", "anna@example.org"
    )
    await agree(kabinet, anna.id)
    await kabinet.staff("+79000000011", "Олег", Role.OPERATOR, "oleg@example.org")
    await kabinet.staff("+79000000012", "Ольга", Role.SENIOR_OPERATOR)
    return kabinet


@pytest.fixture
async def client(kabinet):
    async with kabinet.client() as client:
        yield client


def problem(answer, status: int, code: str):
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    body = answer.json()
    assert (body["code"], body["status"], body["type"]) == (code, status, f"/problems/{code}")
    assert body["title"]
    assert body["detail"]
    return body


async def test_a_customer_signs_in_and_out(kabinet, client):
    answer = await client.post("/sessions", json=ANNA)
    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    session = answer.json()
    assert datetime.fromisoformat(session["expires_at"]).tzinfo is not None

    client.headers["Authorization"] = f"Bearer {session['access_token']}"
    me = (await client.get("/me")).json()
    assert (me["kind"], me["name"], me["phone"], me["email"]) == (
        "customer",
        "Анна Петрова",
        "+79000000001",
        "anna@example.org",
    )
    assert (await client.delete("/sessions/current")).status_code == 204
    problem(await client.get("/me"), 401, "token-refused")
    problem(
        await client.post("/sessions/refresh", json={"refresh_token": session["refresh_token"]}),
        401,
        "token-refused",
    )


async def test_only_hashes_are_kept(kabinet, pool):
    session = await kabinet.signed_in()
    row = await pool.fetchrow("SELECT * FROM user_sessions")
    text = repr(dict(row))
    for token in (session["access_token"], session["refresh_token"]):
        for secret in token.split(".")[3:]:
            assert secret not in text


async def test_an_unknown_phone_and_a_wrong_password_get_the_same_answer(client):
    answers = [
        await client.post("/sessions", json={"phone": phone, "password": "wrong"})
        for phone in ("+79000000001", "+79000000099")
    ]
    for answer in answers:
        body = problem(answer, 401, "sign-in-failed")
        assert body["detail"] == "Неверный телефон или пароль"
        assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answers[0].content == answers[1].content


async def test_a_refresh_token_works_once(kabinet, client):
    first = await kabinet.signed_in()
    second = await client.post("/sessions/refresh", json={"refresh_token": first["refresh_token"]})
    assert second.status_code == 200
    fresh = second.json()
    for token, status in ((first["access_token"], 401), (fresh["access_token"], 200)):
        async with kabinet.client(token=token) as mine:
            assert (await mine.get("/me")).status_code == status
    problem(
        await client.post("/sessions/refresh", json={"refresh_token": first["refresh_token"]}),
        401,
        "refresh-token-reused",
    )
    async with kabinet.client(token=fresh["access_token"]) as mine:
        problem(await mine.get("/me"), 401, "token-refused")


async def test_of_two_refreshes_at_once_only_one_goes_well(kabinet, client):
    session = await kabinet.signed_in()
    body = {"refresh_token": session["refresh_token"]}
    answers = await asyncio.gather(*(client.post("/sessions/refresh", json=body) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401, 401]


async def test_the_lock_survives_a_restart(kabinet, client, database):
    for _ in range(5):
        problem(await client.post("/sessions", json=ANNA | {"password": "wrong"}), 401, "sign-in-failed")
    body = problem(locked := await client.post("/sessions", json=ANNA), 429, "too-many-attempts")
    seconds = int(locked.headers["retry-after"])
    assert 50 < seconds <= 60
    assert str(seconds) in body["detail"]

    new_pool = await create_pool(database)
    try:
        again = Kabinet(new_pool)
        async with again.client() as client:
            problem(await client.post("/sessions", json=ANNA), 429, "too-many-attempts")
        async with again.client(ip="198.51.100.9") as elsewhere:
            assert (await elsewhere.post("/sessions", json=ANNA)).status_code == 201
    finally:
        await new_pool.close()


async def test_guesses_at_the_same_time_are_all_counted(client):
    body = ANNA | {"password": "wrong"}
    answers = await asyncio.gather(*(client.post("/sessions", json=body) for _ in range(20)))
    statuses = [answer.status_code for answer in answers]
    assert (statuses.count(401), statuses.count(429)) == (5, 15)


async def test_many_may_sign_in_at_once(client):
    answers = await asyncio.gather(*(client.post("/sessions", json=ANNA) for _ in range(4)))
    assert [answer.status_code for answer in answers] == [201] * 4


async def test_a_revoked_session_is_dead_within_five_seconds(kabinet, pool):
    session = await kabinet.signed_in()
    async with kabinet.client(token=session["access_token"]) as mine:
        assert (await mine.get("/me")).status_code == 200
        await pool.execute("UPDATE user_sessions SET ended_at = $1", now())
        for _ in range(50):
            if (await mine.get("/me")).status_code == 401:
                return
            await asyncio.sleep(0.1)
    pytest.fail("still alive after 5 s")


async def test_staff_sign_in_and_their_looking_is_recorded(kabinet, client, pool):
    account_id = uuid4()
    await pool.execute(
        """INSERT INTO accounts (account_id, number, kind, address, holder_name, opened_at)
        VALUES ($1, '1', 'unified', 'а', 'б', $2)""",
        account_id,
        now(),
    )
    answer = await client.post("/staff-sessions", json={"login": "8900 0000011", "password": "kabinet-demo"})
    answer = await kabinet.second_step(client, answer, "+79000000011")
    assert answer.status_code == 201
    client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    me = (await client.get("/me")).json()
    assert (me["kind"], me["role"], me["scopes"]) == ("staff", "operator", sorted(SCOPES[Role.OPERATOR]))

    assert (await client.get(f"/accounts/{account_id}/thing")).json()["name"] == "Олег"
    assert (await client.get(f"/accounts/{uuid4()}/thing")).status_code == 200
    [view] = await pool.fetch("SELECT * FROM account_views")
    assert (view["account_id"], view["staff_name"]) == (account_id, "Олег")
    assert view["what"] == "GET /api/v1/accounts/{account_id}/thing"


async def test_the_gate_lets_in_whom_the_route_names(kabinet, client):
    customer = (await kabinet.signed_in())["access_token"]
    operator = (await kabinet.signed_in("+79000000011"))["access_token"]
    senior = (await kabinet.signed_in("+79000000012"))["access_token"]
    billing = await system_key(kabinet.systems, Scope.IMPORT)
    thing = f"/accounts/{uuid4()}/thing"
    expected = {
        None: {"/me": 401, thing: 401, "/imports": 401, "/staff-room": 401, "/forgotten": 403},
        customer: {"/me": 200, thing: 200, "/imports": 403, "/staff-room": 403, "/forgotten": 403},
        operator: {"/me": 200, thing: 200, "/imports": 403, "/staff-room": 200, "/forgotten": 403},
        senior: {"/me": 200, thing: 200, "/imports": 200, "/staff-room": 200, "/forgotten": 403},
        billing: {"/me": 200, thing: 403, "/imports": 200, "/staff-room": 403, "/forgotten": 403},
    }
    for who, routes in expected.items():
        auth = who if who is billing else httpx.USE_CLIENT_DEFAULT
        async with kabinet.client(token=None if who is billing else who) as mine:
            assert {path: (await mine.get(path, auth=auth)).status_code for path in routes} == routes


async def test_a_route_that_names_nobody_is_found_at_start(kabinet):
    assert identity.undeclared_routes(kabinet.app) == ["GET /api/v1/forgotten"]


async def test_the_api_description_is_open(kabinet):
    async with kabinet.client() as client:
        answer = await client.get("http://kabinet/schema/openapi.json")
    assert answer.status_code == 200
    failed = answer.json()["paths"]["/api/v1/sessions"]["post"]["responses"]["401"]["content"]
    assert list(failed) == ["application/problem+json"]


async def test_a_system_comes_by_its_key(kabinet, client):
    centre = await system_key(kabinet.systems, Scope.SEE, name="centre")
    answer = await client.get("/me", auth=centre)
    assert (answer.json()["kind"], answer.json()["name"]) == ("system", "centre")
    wrong = await client.get("/me", headers={"X-API-Key": f"{centre.issued.token}x"})
    problem(wrong, 401, "token-refused")


@pytest.mark.parametrize("value", ["", "Bearer", "Basic YTpi", "Bearer x", "Bearer " + "c" * 9000])
async def test_no_token_or_garbage_is_401(client, value):
    answer = await client.get("/me", headers={"Authorization": value})
    assert problem(answer, 401, answer.json()["code"])["code"] in {"unauthenticated", "token-refused"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"phone": "+79000000001"}, "password"),
        ({"phone": "+79000000001", "password": 5}, "password"),
        ({"phone": "+79000000001", "password": ""}, "password"),
        ({"phone": "9" * 41, "password": "x"}, "phone"),
        (ANNA | {"admin": True}, "admin"),
        (ANNA | {"phone": "9\x00"}, "phone"),
        ([], None),
    ],
)
async def test_a_misshapen_request_names_the_field(client, body, field):
    told = problem(await client.post("/sessions", json=body), 422, "invalid")
    assert told.get("field") == field
    assert told["errors"][0]["message"]


async def test_a_wrong_phone_is_told_apart_from_an_unknown_one(client):
    answer = await client.post("/sessions", json={"phone": "112", "password": "x"})
    assert problem(answer, 422, "phone-invalid")["field"] == "phone"


async def test_what_is_no_json_is_malformed(client):
    answer = await client.post("/sessions", content=b"{", headers={"Content-Type": "application/json"})
    problem(answer, 400, "malformed-request")


async def test_problems_speak_the_readers_language(client):
    russian = problem(await client.get("/nowhere"), 404, "not-found")
    english = problem(await client.get("/nowhere", headers=ENGLISH), 404, "not-found")
    assert russian["detail"] == "По этому адресу ничего нет"
    assert english["detail"] == "Nothing is found at this address"
    problem(await client.put("/me"), 405, "method-not-allowed")


async def test_an_unexpected_error_tells_nothing(client, caplog):
    body = problem(await client.get("/broken"), 500, "internal-error")
    assert "secret detail" not in json.dumps(body)
    assert any("unexpected error" in record.message for record in caplog.records)


async def a_billed_account(pool, owner, number: str) -> UUID:
    """An account with one October charge of 1 234,56 ₽ on the bill 2026-10-777."""
    account_id, part, supplier = uuid4(), uuid4(), uuid4()
    await owner.execute(
        "INSERT INTO suppliers (supplier_id, inn, name) VALUES ($1, '6600000000', 'П')", supplier
    )
    await pool.execute(
        """INSERT INTO accounts (account_id, number, kind, address, holder_name, opened_at)
        VALUES ($1, $2, 'unified', 'а', 'б', $3)""",
        account_id,
        number,
        now(),
    )
    await pool.execute("INSERT INTO account_numbers (number, account_id) VALUES ($1, $2)", number, account_id)
    await pool.execute(
        """INSERT INTO supplier_accounts (account_id, supplier_account_id, supplier_id, number)
        VALUES ($1, $2, $3, '1')""",
        account_id,
        part,
        supplier,
    )
    await pool.execute(
        """INSERT INTO charges (account_id, charge_id, supplier_account_id, service_code, period, bill_number,
          unit, amount_kopecks, recalculation_kopecks, penalty_kopecks, paid_kopecks, penalty_paid_kopecks,
          revision, posted_at)
        VALUES ($1, $2, $3, 'el', '2026-10', '2026-10-777', 'kWh', 123456, 0, 0, 0, 0, 1, $4)""",
        account_id,
        uuid4(),
        part,
        now(),
    )
    return account_id


async def test_an_account_is_added_by_its_bill(kabinet, pool, owner):
    account_id = await a_billed_account(pool, owner, "6600000001")
    token = (await kabinet.signed_in())["access_token"]
    by_number = {"number": "66 0000 0001", "proof": {"bill_number": "2026-10-777"}}
    by_sum = {"number": "6600000001", "proof": {"bill_amount": {"kopecks": 123456}}}
    async with kabinet.client(token=token) as mine:
        answers = [await mine.post("/accounts", json=body) for body in (by_number, by_sum, by_number)]
    assert [answer.status_code for answer in answers] == [201, 200, 200]
    assert {answer.json()["account_id"] for answer in answers} == {str(account_id)}


async def test_a_failed_proof_does_not_tell_whether_the_account_exists(kabinet, pool, owner):
    await a_billed_account(pool, owner, "6600000001")
    token = (await kabinet.signed_in())["access_token"]
    async with kabinet.client(token=token) as mine:
        answers = [
            await mine.post("/accounts", json={"number": number, "proof": {"bill_number": "1"}})
            for number in ("6600000001", "6600000002")
        ]
        for answer in answers:
            problem(answer, 422, "account-proof-failed")
        assert answers[0].content == answers[1].content
        missing = await mine.post("/accounts", json={"number": "6600000001", "proof": {}})
        problem(missing, 422, "account-proof-missing")
        for number in range(3):
            await mine.post("/accounts", json={"number": f"{number}", "proof": {"bill_number": "1"}})
        right = {"number": "6600000001", "proof": {"bill_number": "2026-10-777"}}
        problem(await mine.post("/accounts", json=right), 429, "too-many-attempts")


async def test_staff_add_no_accounts_to_themselves(kabinet):
    token = (await kabinet.signed_in("+79000000011"))["access_token"]
    async with kabinet.client(token=token) as mine:
        answer = await mine.post("/accounts", json={"number": "1", "proof": {"bill_number": "1"}})
    problem(answer, 403, "wrong-kind-of-actor")
