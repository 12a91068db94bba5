"""Health and metrics over HTTP, with the database's figures from a fake."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import httpx
import msgspec
import pytest
import pytest_asyncio
from litestar import Litestar, get
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.params import FromPath

from api import problems, system
from api.request_metrics import RequestMetrics
from domain.kernel.errors import Refusal
from tests.fakes_vitals import QUIET, FakeVitals

START = datetime(2026, 10, 1, 12, tzinfo=UTC)


@get("/things/{thing:str}", opt={"access": "open"})
async def thing(thing: FromPath[str]) -> str:
    return thing


@pytest.fixture
def clock():
    return SimpleNamespace(at=START)


@pytest.fixture
def vitals():
    return FakeVitals()


@pytest.fixture
def app(vitals, clock):
    watch = system.Watch(
        vitals=vitals,
        now=lambda: clock.at,
        migrations=frozenset({"0001_frame.sql"}),
        jobs_late_seconds=300,
        metrics_token="open-sesame",
    )
    return RequestMetrics(
        Litestar(
            [system.system, thing],
            dependencies={"watch": Provide(lambda: watch, sync_to_thread=False)},
            exception_handlers={Refusal: problems.refused, HTTPException: problems.http},
            openapi_config=None,
        )
    )


def client_of(app, address="127.0.0.1"):
    transport = httpx.ASGITransport(app=app, client=(address, 4711))
    return httpx.AsyncClient(transport=transport, base_url="http://kabinet")


@pytest_asyncio.fixture
async def client(app):
    async with client_of(app) as client:
        yield client


async def test_a_living_process_says_so(client, vitals):
    vitals.error = ConnectionError()
    assert (await client.get("/health/live")).json() == {"status": "alive"}


async def test_ready_when_nothing_hinders(client):
    answer = await client.get("/health/ready")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "reasons": []})


async def test_not_ready_tells_every_reason(client, vitals):
    vitals.ran = frozenset({"0099_newer.sql"})
    vitals.now = msgspec.structs.replace(QUIET, oldest_job_seconds=301.2)
    answer = await client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json() == {
        "status": "not-ready",
        "reasons": [
            {"code": "migrations-missing", "detail": "0001_frame.sql"},
            {"code": "migrations-unknown", "detail": "0099_newer.sql"},
            {"code": "jobs-late", "detail": "the oldest by 301 s"},
        ],
    }


@pytest.mark.parametrize(("error", "pause_seconds"), [(ConnectionError("no route"), 0), (None, 5)])
async def test_a_silent_database_is_told_within_a_second(client, vitals, error, pause_seconds):
    vitals.error, vitals.pause_seconds = error, pause_seconds
    answer = await client.get("/health/ready")
    assert answer.status_code == 503
    assert [reason["code"] for reason in answer.json()["reasons"]] == ["database-silent"]
    assert answer.elapsed < timedelta(seconds=2)


def lines(answer):
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    return [line for line in answer.text.splitlines() if not line.startswith("#")]


async def test_figures_of_the_business(client, vitals):
    vitals.now = msgspec.structs.replace(
        QUIET,
        payments={"paid": 7, "awaiting_payer": 2},
        oldest_unsettled_seconds=12.5,
        jobs={"waiting": 3, "picked": 1, "dead": 4},
        oldest_job_seconds=6.0,
        provider_events_unread=5,
        imports={"posted": 1},
        cases_open={"refund": 3},
        cases_late={"refund": 2},
        cases_escalated=1,
    )
    found = lines(await client.get("/metrics"))
    for line in (
        "kabinet_database_up 1.0",
        'kabinet_payments{state="awaiting_payer"} 2.0',
        'kabinet_payments{state="paid"} 7.0',
        "kabinet_payments_oldest_unsettled_seconds 12.5",
        'kabinet_jobs{state="dead"} 4.0',
        'kabinet_jobs{state="waiting"} 3.0',
        "kabinet_jobs_oldest_overdue_seconds 6.0",
        "kabinet_provider_events_unread 5.0",
        'kabinet_imports{state="posted"} 1.0',
        'kabinet_cases_open{kind="refund"} 3.0',
        'kabinet_cases_late{kind="refund"} 2.0',
        "kabinet_cases_escalated 1.0",
    ):
        assert line in found


async def test_the_database_is_asked_every_five_seconds_at_most(client, vitals, clock):
    for _ in range(3):
        await client.get("/metrics")
    assert vitals.asked == 1
    clock.at += timedelta(seconds=5)
    await client.get("/metrics")
    assert vitals.asked == 2


async def test_without_the_database_the_rest_is_still_shown(client, vitals):
    vitals.error = ConnectionError()
    found = lines(await client.get("/metrics"))
    assert "kabinet_database_up 0.0" in found
    assert any(line.startswith("kabinet_http_requests_total") for line in found)
    assert not any(line.startswith("kabinet_payments") for line in found)


async def test_requests_are_counted_by_route_never_by_address(client):
    await client.get("/things/ivanov")
    await client.get("/nothing-here/petrov")
    await client.request("BREW", "/things/ivanov")
    found = lines(await client.get("/metrics"))
    assert any(
        line.startswith('kabinet_http_requests_total{method="GET",route="/things/{thing}",status="200"}')
        for line in found
    )
    assert any('method="GET",route="none",status="404"' in line for line in found)
    assert any('method="other"' in line for line in found)
    assert any(
        line.startswith('kabinet_http_request_seconds_count{method="GET",route="/things/{thing}"}')
        for line in found
    )
    assert not any("ivanov" in line or "petrov" in line or "BREW" in line for line in found)


async def test_figures_are_for_this_machine_or_the_bearer_of_the_token(app, client):
    assert (await client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"})).status_code == 401
    async with client_of(app, "203.0.113.9") as stranger:
        answer = await stranger.get("/metrics")
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
        wrong = await stranger.get("/metrics", headers={"Authorization": "Bearer open"})
        assert wrong.status_code == 401
        right = await stranger.get("/metrics", headers={"Authorization": "Bearer open-sesame"})
        assert right.status_code == 200
    async with client_of(app, "::1") as here:
        assert (await here.get("/metrics")).status_code == 200


async def test_without_a_token_an_empty_one_opens_nothing(vitals, clock):
    watch = system.Watch(
        vitals=vitals, now=lambda: clock.at, migrations=frozenset(), jobs_late_seconds=300, metrics_token=""
    )
    app = Litestar(
        [system.system],
        dependencies={"watch": Provide(lambda: watch, sync_to_thread=False)},
        exception_handlers={Refusal: problems.refused},
        openapi_config=None,
    )
    async with client_of(app, "203.0.113.9") as stranger:
        assert (await stranger.get("/metrics", headers={"Authorization": "Bearer "})).status_code == 401
