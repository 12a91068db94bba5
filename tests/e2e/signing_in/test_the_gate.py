"""Who is let in by the gate, what a refusal says and what it does not."""

import json
from uuid import uuid4

import httpx
import pytest

from api import identity
from domain.kernel.access import Scope
from tests.small_kabinet import ANNA, ENGLISH, problem
from tests.systems import system_key


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
