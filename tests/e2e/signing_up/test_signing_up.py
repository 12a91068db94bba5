"""Signing up and coming in by codes over HTTP, with messages that are caught on their way."""

import asyncio
import re
from uuid import uuid4

import httpx
import pytest

from adapters.postgres.pool import create_pool
from tests.town import ANNA, CONSENTS, HOME, NOBODY, PASSWORD, another, confirmed, opened, problem


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
    with opened(single) as town:
        yield town, queries
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
