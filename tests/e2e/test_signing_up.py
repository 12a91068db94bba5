"""Signing up and coming in by codes over HTTP, with messages that are caught on their way."""

import asyncio
import re
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from uuid import UUID, uuid4

import httpx
import pytest

from adapters.postgres.pool import create_pool
from infra.app import create
from infra.container import wire
from infra.settings import load
from services.people.codes import CodeDelivery
from tests.actors import agree
from tests.kabinets import Kabinet
from tests.sandboxes import Clock

ANNA, OLEG, NOBODY = "+79000000001", "+79000000002", "+79000000009"
PASSWORD = "три слова подряд"
CONSENTS: list[dict[str, str]] = []
"""A yes to each of the documents needed, as their rows have them."""
HOME, OFFICE = "203.0.113.7", "198.51.100.1"


@dataclass
class Post:
    """Catches what goes out: (to, text), letters and short messages alike."""

    sent: list[tuple[str, str]] = field(default_factory=list)
    is_broken: bool = False

    async def send(self, phone_or_letter, text=None):
        if self.is_broken:
            raise ConnectionRefusedError("the gateway is down")
        letter = phone_or_letter
        self.sent.append((letter, text) if text is not None else (letter.to, letter.text))

    def code(self, to: str) -> str:
        [code] = re.findall(r"\b[0-9]{6}\b", self.last(to))
        return code

    def last(self, to: str) -> str:
        return [text for reader, text in self.sent if reader == to][-1]


class Town:
    """The product on one pool, one clock, one post; clients come from where they say."""

    def __init__(self, pool):
        self.clock, self.post = Clock(), Post()
        container = wire(load({}), pool, None, self.clock, sms=self.post)
        by_code = replace(container.by_code, code_delivery=CodeDelivery(self.post, self.post))
        self.container = replace(container, by_code=by_code)
        self.app = create(self.container)

    def client(self, ip=HOME, token=None):
        transport = httpx.ASGITransport(self.app, client=(ip, 5000))
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.AsyncClient(transport=transport, base_url="http://kabinet/api/v1", headers=headers)

    async def customer(self, phone=ANNA, email=None):
        customer = await self.container.enrolment_service.customer(phone, "Анна", PASSWORD, email)
        await agree(self.container, customer.id)
        return customer

    @asynccontextmanager
    async def signed_in(self, phone=ANNA, ip=HOME):
        async with self.client(ip) as client:
            answer = await client.post("/sessions", json={"phone": phone, "password": PASSWORD})
            client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
            yield client

    async def work(self):
        return await Kabinet(self.container, None, None, self.clock).work()


@pytest.fixture
async def town(pool):
    rows = await pool.fetch(
        "SELECT document_id, sha256 FROM documents WHERE purpose IN ('rules', 'personal-data')"
    )
    CONSENTS[:] = [{"document_id": str(row["document_id"]), "sha256": row["sha256"].hex()} for row in rows]
    return Town(pool)


@pytest.fixture
async def client(town):
    async with town.client() as client:
        yield client


def problem(answer, status: int, code: str):
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    return answer.json()


def confirmed(code: str, password: str = PASSWORD) -> dict[str, object]:
    return {"code": code, "password": password, "name": "Анна Петрова", "consents": CONSENTS}


def another(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


async def test_a_newcomer_signs_up_and_signs_in(town, client):
    started = await client.post("/sign-ups", json={"phone": "8 900 000-00-01"})
    assert started.status_code == 202
    assert started.json()["resend_in_seconds"] == 60
    path = f"/sign-ups/{started.json()['id']}/confirm"
    code = town.post.code(ANNA)
    problem(await client.post(path, json=confirmed(another(code))), 422, "code-wrong")
    answer = await client.post(path, json=confirmed(code))
    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    me = (await client.get("/me")).json()
    assert (me["name"], me["phone"], me["kind"]) == ("Анна Петрова", ANNA, "customer")
    again = await client.post("/sessions", json={"phone": ANNA, "password": PASSWORD})
    assert again.status_code == 201
    problem(await client.post(path, json=confirmed(code)), 422, "code-wrong")


async def test_a_newcomer_agrees_while_signing_up(town, client, pool):
    started = (await client.post("/sign-ups", json={"phone": ANNA})).json()
    path, body = f"/sign-ups/{started['id']}/confirm", confirmed(town.post.code(ANNA))
    without = problem(await client.post(path, json=body | {"consents": CONSENTS[:1]}), 403, "consent-needed")
    assert without["documents"] == [CONSENTS[1]["document_id"]]
    wrong = [CONSENTS[0], CONSENTS[1] | {"sha256": "5d" * 32}]
    problem(await client.post(path, json=body | {"consents": wrong}), 409, "document-text-differs")
    wrong = [*CONSENTS, CONSENTS[0] | {"document_id": str(uuid4())}]
    problem(await client.post(path, json=body | {"consents": wrong}), 409, "document-not-in-force")
    assert not await pool.fetchval("SELECT count(*) FROM users")

    answer = await client.post(path, json=body, headers={"User-Agent": "Phone 7"})  # the code is not used up
    client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    assert (await client.get("/accounts")).status_code == 200
    told = (await client.get("/me/consents")).json()
    assert told["may_use_cabinet"]
    assert {one["channel"] for one in told["consents"]} == {"cabinet"}
    kept = await pool.fetch("SELECT ip, device FROM user_consents")
    assert [tuple(row) for row in kept] == [(HOME, "Phone 7")] * 2


async def test_whoever_has_a_cabinet_is_told_by_the_message_only(town, client):
    await town.customer()
    started = await client.post("/sign-ups", json={"phone": ANNA})
    assert started.status_code == 202
    assert "уже есть личный кабинет" in town.post.last(ANNA)
    assert not re.search(r"\d", town.post.last(ANNA))
    answer = await client.post(f"/sign-ups/{started.json()['id']}/confirm", json=confirmed("123456"))
    problem(answer, 422, "code-wrong")


async def asked_and_tried(client, phone: str) -> list[httpx.Response]:
    """Every question about a phone that somebody may ask who is not signed in."""
    started = await client.post("/sign-ups", json={"phone": phone})
    by_code = {"phone": phone, "code": "000000"}
    return [
        started,
        await client.post(f"/sign-ups/{started.json()['id']}/confirm", json=confirmed("000000")),
        await client.post("/sign-in-codes", json={"phone": phone}),
        await client.post("/sessions/by-code", json=by_code),
        await client.post("/password-resets", json={"phone": phone}),
        await client.post("/password-resets/confirm", json=by_code | {"password": PASSWORD}),
        await client.post("/sign-in-codes", json={"phone": phone}),
    ]


@pytest.fixture
async def watched(pool, database):
    """A town on one connection, and the list of its queries."""
    queries = []
    single = await create_pool(database, min_size=1, max_size=1)
    async with single.acquire() as connection:
        connection.add_query_logger(lambda record: queries.append(record.query))
    yield Town(single), queries
    await single.close()


async def test_answers_and_queries_are_the_same_for_every_phone(watched, monkeypatch):
    town, queries = watched
    monkeypatch.setattr("services.people.codes.drawn", lambda below: "123456")
    await town.customer()
    told = []
    async with town.client() as client:
        await asked_and_tried(client, "+79000000008")  # the terms are remembered from now on
        for phone in (ANNA, NOBODY):
            queries.clear()
            answers = await asked_and_tried(client, phone)
            texts = [re.sub(rb"[0-9a-f-]{36}", b"id", answer.content) for answer in answers]
            headers = [sorted(answer.headers.items()) for answer in answers]
            told.append(([answer.status_code for answer in answers], texts, headers, list(queries)))
    known, unknown = told
    assert known[0] == [202, 422, 202, 422, 202, 422, 429]
    assert known[1:3] == unknown[1:3]
    assert known[3] == unknown[3]
    assert len(known[3]) > 50
    for phone in (ANNA, NOBODY):
        assert len([1 for to, _ in town.post.sent if to == phone]) == 3


async def test_a_deaf_gateway_tells_nothing(town, client, caplog):
    town.post.is_broken = True
    answer = await client.post("/sign-in-codes", json={"phone": ANNA})
    assert answer.status_code == 202
    assert "ConnectionRefusedError" in caplog.text
    assert ANNA not in caplog.text
    town.post.is_broken = False
    town.clock.later(seconds=60)
    assert (await client.post("/sign-in-codes", json={"phone": ANNA})).status_code == 202
    assert town.post.last(ANNA)


async def test_one_signs_in_by_a_code_once(town, client):
    await town.customer()
    await client.post("/sign-in-codes", json={"phone": ANNA})
    body = {"phone": ANNA, "code": town.post.code(ANNA)}
    answer = await client.post("/sessions/by-code", json=body)
    assert answer.status_code == 201
    client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    assert (await client.get("/me")).json()["phone"] == ANNA
    problem(await client.post("/sessions/by-code", json=body), 422, "code-wrong")


async def test_of_equal_codes_at_once_one_goes_through(town):
    await town.customer()
    async with town.client() as client:
        await client.post("/sign-in-codes", json={"phone": ANNA})
        body = {"phone": ANNA, "code": town.post.code(ANNA)}
        answers = await asyncio.gather(*(client.post("/sessions/by-code", json=body) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 422, 422, 422]


async def test_of_wishes_at_once_one_is_sent(town, client):
    answers = await asyncio.gather(*(client.post("/sign-ups", json={"phone": ANNA}) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [202, 429, 429, 429, 429]
    assert len(town.post.sent) == 1


async def test_the_next_code_comes_after_a_while_and_replaces_the_first(town, client):
    await town.customer()
    await client.post("/sign-in-codes", json={"phone": ANNA})
    first = town.post.code(ANNA)
    town.clock.later(seconds=20)
    soon = await client.post("/sign-in-codes", json={"phone": ANNA})
    problem(soon, 429, "code-too-soon")
    assert soon.headers["retry-after"] == "40"
    town.clock.later(seconds=40)
    await client.post("/sign-in-codes", json={"phone": ANNA})
    second = town.post.code(ANNA)
    if first != second:
        answer = await client.post("/sessions/by-code", json={"phone": ANNA, "code": first})
        problem(answer, 422, "code-wrong")
    answer = await client.post("/sessions/by-code", json={"phone": ANNA, "code": second})
    assert answer.status_code == 201


async def test_a_code_dies_of_old_age_and_serves_its_purpose_only(town, client):
    await town.customer()
    await client.post("/sign-in-codes", json={"phone": ANNA})
    code = town.post.code(ANNA)
    reset = {"phone": ANNA, "code": code, "password": PASSWORD}
    problem(await client.post("/password-resets/confirm", json=reset), 422, "code-wrong")
    town.clock.later(minutes=10)
    answer = await client.post("/sessions/by-code", json={"phone": ANNA, "code": code})
    problem(answer, 422, "code-wrong")


async def test_a_code_cannot_be_guessed(town, client, pool):
    await town.customer()
    await client.post("/sign-in-codes", json={"phone": ANNA})
    right = {"phone": ANNA, "code": town.post.code(ANNA)}
    wrong = right | {"code": another(right["code"])}
    for _ in range(5):
        problem(await client.post("/sessions/by-code", json=wrong), 422, "code-wrong")
    locked = await client.post("/sessions/by-code", json=right)
    problem(locked, 429, "too-many-attempts")
    assert int(locked.headers["retry-after"]) == 60

    # Another process, another network: the code has three more tries, and then none.
    again = Town(pool)
    again.clock = town.clock
    async with again.client() as client:
        problem(await client.post("/sessions/by-code", json=right), 429, "too-many-attempts")
    async with again.client(OFFICE) as elsewhere:
        for _ in range(3):
            problem(await elsewhere.post("/sessions/by-code", json=wrong), 422, "code-wrong")
        problem(await elsewhere.post("/sessions/by-code", json=right), 422, "code-wrong")


async def test_a_guesser_does_not_lock_the_owner_out(town):
    await town.customer()
    async with town.client(HOME) as owner, town.client(OFFICE) as guesser:
        await owner.post("/sign-in-codes", json={"phone": ANNA})
        right = {"phone": ANNA, "code": town.post.code(ANNA)}
        wrong = right | {"code": another(right["code"])}
        statuses = [(await guesser.post("/sessions/by-code", json=wrong)).status_code for _ in range(50)]
        assert (statuses.count(422), statuses.count(429)) == (5, 45)
        assert (await owner.post("/sessions/by-code", json=right)).status_code == 201


async def test_where_the_owner_is_known_strangers_disturb_nothing(town):
    await town.customer()
    async with town.signed_in(ip=HOME) as owner:
        await owner.post("/sign-in-codes", json={"phone": ANNA})
        right = {"phone": ANNA, "code": town.post.code(ANNA)}
        wrong = right | {"code": another(right["code"])}
        for number in range(30):  # asks for codes of its own and guesses, from everywhere
            async with town.client(f"198.51.100.{number}") as stranger:
                await stranger.post("/sign-in-codes", json={"phone": ANNA})
                await stranger.post("/sessions/by-code", json=wrong)
        assert (await owner.post("/sessions/by-code", json=right)).status_code == 201
        town.clock.later(seconds=60)
        assert (await owner.post("/sign-in-codes", json={"phone": ANNA})).status_code == 202


async def test_messages_to_one_phone_are_few(town):
    statuses = []
    for number in range(20):
        async with town.client(f"198.51.100.{number}") as client:
            statuses.append((await client.post("/sign-ups", json={"phone": ANNA})).status_code)
        town.clock.later(seconds=61)
    assert statuses.count(202) <= 2 * 8
    assert statuses[:8] == [202] * 8
    assert statuses[8] == 429


async def test_neither_the_code_nor_the_address_is_kept_with_it(town, client, pool):
    await town.customer()
    await client.post("/sign-in-codes", json={"phone": ANNA})
    [row] = await pool.fetch("SELECT * FROM one_time_codes")
    text = repr(dict(row))
    assert town.post.code(ANNA) not in text
    assert ANNA not in text
    assert await pool.fetchval("SELECT count(*) FROM local_jobs") == 0


async def test_a_new_password_ends_every_session_there_was(town, client):
    await town.customer(email="anna@example.org")
    async with town.signed_in() as mine:
        assert (await mine.get("/me")).status_code == 200
        await client.post("/password-resets", json={"phone": ANNA})
        body = {"phone": ANNA, "code": town.post.code(ANNA), "password": "совсем другие слова"}
        weak = await client.post("/password-resets/confirm", json=body | {"password": "12345678"})
        assert problem(weak, 422, "password-too-common")["field"] == "password"
        answer = await client.post("/password-resets/confirm", json=body)
        assert answer.status_code == 201
        problem(await mine.get("/me"), 401, "token-refused")
    client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    assert (await client.get("/me")).status_code == 200
    old = await client.post("/sessions", json={"phone": ANNA, "password": PASSWORD})
    problem(old, 401, "sign-in-failed")
    new = await client.post("/sessions", json={"phone": ANNA, "password": body["password"]})
    assert new.status_code == 201
    await town.work()
    assert "Пароль вашего личного кабинета изменён" in town.post.last("anna@example.org")


async def test_a_phone_is_changed_with_the_password(town, client):
    await town.customer()
    async with town.signed_in() as mine:
        new = {"phone": "+7 900 000-00-05", "password": "wrong wrong"}
        problem(await mine.put("/me/phone", json=new), 422, "password-wrong")
        assert (await mine.put("/me/phone", json=new | {"password": PASSWORD})).status_code == 202
        code = town.post.code("+79000000005")
        confirm = {"phone": new["phone"], "code": code}
        problem(
            await mine.post("/me/phone/confirm", json=confirm | {"code": another(code)}), 422, "code-wrong"
        )
        assert (await mine.post("/me/phone/confirm", json=confirm)).status_code == 204
        assert (await mine.get("/me")).json()["phone"] == "+79000000005"
        problem(await mine.post("/me/phone/confirm", json=confirm), 422, "code-wrong")
    await town.work()
    assert "перенесён" in town.post.last(ANNA)
    old = await client.post("/sessions", json={"phone": ANNA, "password": PASSWORD})
    problem(old, 401, "sign-in-failed")
    new_one = await client.post("/sessions", json={"phone": "+79000000005", "password": PASSWORD})
    assert new_one.status_code == 201
    await town.customer(ANNA)  # the former phone is free


async def test_a_phone_is_changed_with_a_code(town):
    await town.customer()
    async with town.signed_in() as mine:
        neither = await mine.put("/me/phone", json={"phone": OLEG})
        problem(neither, 422, "holder-proof-missing")
        both = {"phone": OLEG, "password": PASSWORD, "code": "123456"}
        problem(await mine.put("/me/phone", json=both), 422, "holder-proof-missing")
        problem(await mine.put("/me/phone", json={"phone": OLEG, "code": "000000"}), 422, "code-wrong")
        await mine.post("/sign-in-codes", json={"phone": ANNA})
        proved = {"phone": OLEG, "code": town.post.code(ANNA)}
        assert (await mine.put("/me/phone", json=proved)).status_code == 202
        confirm = {"phone": OLEG, "code": town.post.code(OLEG)}
        assert (await mine.post("/me/phone/confirm", json=confirm)).status_code == 204


async def test_a_code_for_a_new_phone_is_its_askers_only(town):
    await town.customer()
    await town.customer(OLEG)
    async with town.signed_in() as anna, town.signed_in(OLEG, ip=OFFICE) as oleg:
        await anna.put("/me/phone", json={"phone": NOBODY, "password": PASSWORD})
        confirm = {"phone": NOBODY, "code": town.post.code(NOBODY)}
        problem(await oleg.post("/me/phone/confirm", json=confirm), 422, "code-wrong")
        assert (await anna.post("/me/phone/confirm", json=confirm)).status_code == 204


async def test_a_taken_phone_is_refused_without_a_word(town):
    await town.customer()
    await town.customer(OLEG)
    async with town.signed_in() as mine:
        answers = []
        for phone in (OLEG, NOBODY):
            asked = await mine.put("/me/phone", json={"phone": phone, "password": PASSWORD})
            tried = await mine.post("/me/phone/confirm", json={"phone": phone, "code": "000000"})
            answers.append([(one.status_code, one.content) for one in (asked, tried)])
        assert answers[0] == answers[1]
        assert "уже есть личный кабинет" in town.post.last(OLEG)

        # Free when the code was sent, another's when it is shown.
        await town.customer(NOBODY)
        confirm = {"phone": NOBODY, "code": town.post.code(NOBODY)}
        problem(await mine.post("/me/phone/confirm", json=confirm), 422, "code-wrong")
        assert (await mine.get("/me")).json()["phone"] == ANNA


async def test_a_phone_taken_meanwhile_cannot_be_signed_up(town, client):
    started = await client.post("/sign-ups", json={"phone": ANNA})
    await town.customer()
    path = f"/sign-ups/{started.json()['id']}/confirm"
    problem(await client.post(path, json=confirmed(town.post.code(ANNA))), 422, "code-wrong")
    problem(await client.post(f"/sign-ups/{uuid4()}/confirm", json=confirmed("123456")), 422, "code-wrong")


async def test_two_sign_ups_of_one_phone_make_one_customer(town, client, pool):
    started = [(await client.post("/sign-ups", json={"phone": ANNA})).json()["id"]]
    town.clock.later(seconds=60)
    started.append((await client.post("/sign-ups", json={"phone": ANNA})).json()["id"])
    body = confirmed(town.post.code(ANNA))
    answers = await asyncio.gather(*(client.post(f"/sign-ups/{one}/confirm", json=body) for one in started))
    assert sorted(answer.status_code for answer in answers) == [201, 422]
    assert await pool.fetchval("SELECT count(*) FROM users") == 1


async def test_an_email_is_changed_and_the_former_one_is_told(town):
    await town.customer(email="old@example.org")
    async with town.signed_in() as mine:
        new = {"email": "new@Example.org", "password": PASSWORD}
        problem(await mine.put("/me/email", json=new | {"email": "a@b"}), 422, "email-invalid")
        assert (await mine.put("/me/email", json=new)).status_code == 202
        confirm = {"email": "new@example.org", "code": town.post.code("new@example.org")}
        assert (await mine.post("/me/email/confirm", json=confirm)).status_code == 204
        assert (await mine.get("/me")).json()["email"] == "new@example.org"
    await town.work()
    assert "задан другой" in town.post.last("old@example.org")


async def test_a_changed_password_ends_the_other_sessions(town):
    await town.customer()
    async with town.signed_in() as mine, town.signed_in(ip=OFFICE) as other:
        body = {"current_password": PASSWORD, "password": "совсем другие слова"}
        for weak, code in (("1234567", "password-too-short"), (ANNA, "password-too-common")):
            problem(await mine.put("/me/password", json=body | {"password": weak}), 422, code)
        wrong = await mine.put("/me/password", json=body | {"current_password": "wrong"})
        assert problem(wrong, 422, "password-wrong")["field"] == "current_password"
        assert (await mine.put("/me/password", json=body)).status_code == 204
        assert (await mine.get("/me")).status_code == 200
        problem(await other.get("/me"), 401, "token-refused")


async def test_the_present_password_cannot_be_guessed(town):
    await town.customer()
    async with town.signed_in() as mine:
        body = {"current_password": "wrong", "password": "совсем другие слова"}
        for _ in range(5):
            problem(await mine.put("/me/password", json=body), 422, "password-wrong")
        right = body | {"current_password": PASSWORD}
        problem(await mine.put("/me/password", json=right), 429, "too-many-attempts")


async def test_own_sessions_are_seen_and_ended(town):
    await town.customer()
    await town.customer(OLEG)
    async with town.signed_in() as mine, town.signed_in(ip=OFFICE) as phone, town.signed_in(OLEG) as oleg:
        items = (await mine.get("/sessions")).json()["items"]
        assert [(one["ip"], one["is_current"]) for one in items] == [
            ("198.51.100.x", False),
            ("203.0.113.x", True),
        ]
        assert items[0]["device"].startswith("python-httpx")
        path = f"/sessions/{items[0]['id']}"
        problem(await oleg.delete(path), 404, "session-not-found")
        assert (await phone.get("/me")).status_code == 200
        assert [(await mine.delete(path)).status_code for _ in range(2)] == [204, 204]
        problem(await phone.get("/me"), 401, "token-refused")
        assert len((await mine.get("/sessions")).json()["items"]) == 1

        async with town.signed_in(ip=OFFICE) as tablet:
            assert (await mine.delete("/sessions")).status_code == 204
            problem(await tablet.get("/me"), 401, "token-refused")
        assert (await mine.get("/me")).status_code == 200
        assert (await oleg.get("/me")).status_code == 200


async def test_a_session_ended_elsewhere_is_dead_within_five_seconds(town, pool):
    await town.customer()
    other_process = Town(pool)
    other_process.clock = town.clock
    async with town.signed_in() as mine:
        session_id = UUID((await mine.get("/sessions")).json()["items"][0]["id"])
        async with other_process.client(token=mine.headers["Authorization"].split()[1]) as elsewhere:
            await elsewhere.delete(f"/sessions/{session_id}")
        town.clock.later(seconds=5)
        problem(await mine.get("/me"), 401, "token-refused")
