"""Signing in over HTTP, and the gate before every route."""

import asyncio
from datetime import datetime
from uuid import uuid4

import pytest

from adapters.postgres.pool import create_pool
from domain.people.staff import SCOPES, Role
from infra.clock import now
from tests.small_kabinet import ANNA, Kabinet, problem


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


async def test_a_wrong_phone_is_told_apart_from_an_unknown_one(client):
    answer = await client.post("/sessions", json={"phone": "112", "password": "x"})
    assert problem(answer, 422, "phone-invalid")["field"] == "phone"
