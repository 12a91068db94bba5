"""The worker's loop on PostgreSQL: failures, unknown kinds, repetitions, hints, limits of time."""

import asyncio
import time
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import ClassVar
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio
import structlog

from adapters.postgres.job_hint import JobHint
from adapters.postgres.jobs import PostgresJobs
from adapters.postgres.store import Transactions
from domain.kernel.errors import Conflict, OutcomeUnknown, TryAgain
from domain.kernel.ids import AccountId
from domain.kernel.jobs import AccountJob, Job, NotYet
from infra.clock import now
from infra.job_errors import described, masked
from infra.job_loop import Pace
from infra.schedules import Schedule
from infra.worker import work
from services.repeating import repeated


class Say(AccountJob, frozen=True, tag="loop.say"):
    words: str


class Short(Job, frozen=True, tag="loop.short"):
    max_seconds: ClassVar[int] = 0


class Unknown(Job, frozen=True, tag="loop.unknown"):
    pass


class Older(Job, frozen=True, tag="loop.say"):
    account_id: str
    said: str


@pytest_asyncio.fixture
async def jobs(pool):
    async with pool.acquire() as connection:
        yield PostgresJobs(connection, now, uuid4)


@pytest.fixture
def working(dsn):
    @asynccontextmanager
    async def working(handlers, timers=(), **pace):
        stop = asyncio.Event()
        pace = Pace(**{"at_once": 4, "batch": 16, "poll_seconds": 0.1} | pace)
        task = asyncio.create_task(work(dsn, handlers, timers, pace, stop, timedelta(seconds=30)))
        try:
            yield
        finally:
            stop.set()
            await task

    return working


async def until(condition, seconds=10):
    ends = time.monotonic() + seconds
    while not (found := await condition()):
        assert time.monotonic() < ends, "it did not come about in time"
        await asyncio.sleep(0.02)
    return found


def say(words):
    return Say(account_id=AccountId(uuid4()), words=words)


async def test_every_job_runs_and_is_forgotten(pool, jobs, working):
    said = []

    async def handle(job):
        said.append(job.words)

    for number in range(100):
        await jobs.add(say(str(number)), run_at=now())
    async with working({Say: handle}):

        async def empty():
            return await pool.fetchval("SELECT count(*) = 0 FROM account_jobs")

        await until(empty)
    assert sorted(map(int, said)) == list(range(100))


async def test_a_job_whose_time_has_not_come_waits_and_loses_no_attempt(pool, jobs, working):
    later = now() + timedelta(hours=1)

    async def handle(job):
        raise NotYet(later)

    await jobs.add(say("tomorrow"), run_at=now())
    async with working({Say: handle}):

        async def put_off():
            return await pool.fetchrow(
                "SELECT * FROM account_jobs WHERE state = 'waiting' AND run_at > $1", now()
            )

        row = await until(put_off)
    assert (row["run_at"], row["attempts"], row["last_error"]) == (later, 0, None)


async def test_a_failing_job_waits_and_does_not_stop_the_others(pool, jobs, working):
    said = []

    async def handle(job):
        if job.words == "unspeakable":
            raise Conflict
        said.append(job.words)

    await jobs.add(say("unspeakable"), run_at=now())
    await jobs.add(say("good"), run_at=now())
    with structlog.testing.capture_logs() as logs:
        async with working({Say: handle}):

            async def failed():
                return await pool.fetchrow("SELECT * FROM account_jobs WHERE last_error IS NOT NULL")

            row = await until(failed)
    assert (row["state"], row["attempts"]) == ("waiting", 1)
    assert row["last_error"].startswith("Conflict(conflict): The request contradicts")
    assert said == ["good"]
    lines = [line for line in logs if line["event"].startswith("job ")]
    assert {line["event"] for line in lines} == {"job done", "job not done"}
    assert all({"kind", "attempts", "ms", "job_id"} <= set(line) for line in lines)
    assert "unspeakable" not in str(lines)


async def test_an_unknown_kind_and_an_unreadable_job_are_dead_at_once(pool, jobs, working):
    async def handle(job):
        raise AssertionError

    await jobs.add(Unknown(), run_at=now())
    await jobs.add(Older(account_id=str(uuid4()), said="x"), run_at=now())
    async with working({Say: handle}):

        async def dead():
            rows = await pool.fetch("SELECT kind, last_error FROM local_jobs WHERE state = 'dead'")
            return rows if len(rows) == 2 else None

        errors = {row["kind"]: row["last_error"] for row in await until(dead)}
    assert errors["loop.unknown"] == "No handler knows the kind loop.unknown"
    assert "missing required field `words`" in errors["loop.say"]


async def test_a_run_has_a_limit_of_time(pool, jobs, working):
    async def handle(job):
        await asyncio.sleep(60)

    await jobs.add(Short(), run_at=now())
    async with working({Short: handle}):

        async def failed():
            return await pool.fetchval("SELECT last_error FROM local_jobs WHERE last_error IS NOT NULL")

        assert await until(failed) == "TimeoutError"


async def test_a_hint_wakes_an_idle_worker(pool, jobs, working):
    heard = asyncio.Event()

    async def handle(job):
        heard.set()

    async with working({Say: handle}, poll_seconds=60):
        await asyncio.sleep(0.5)
        await jobs.add(say("now"), run_at=now())
        began = time.monotonic()
        JobHint(pool).give()
        await asyncio.wait_for(heard.wait(), 5)
        assert time.monotonic() - began < 2


async def test_timers_promise_and_the_worker_does(pool, jobs, working):
    heard = []

    async def handle(job):
        heard.append(job.words)

    timer = Schedule(f"loop-{uuid4()}", timedelta(hours=1), lambda at: say("tick"))
    async with working({Say: handle}, [timer], poll_seconds=60):

        async def ticked():
            return heard

        assert await until(ticked) == ["tick"]


async def test_two_kinds_of_one_name_are_refused(dsn):
    async def handle(job):
        return

    with pytest.raises(ValueError, match=r"loop\.say"):
        await work(dsn, {Say: handle, Older: handle}, [], Pace(at_once=1, batch=1), asyncio.Event())


@pytest.mark.parametrize("error", [TryAgain(), OutcomeUnknown()])
async def test_a_use_case_is_called_up_to_three_times(error):
    calls = []

    async def call(times):
        calls.append(1)
        if len(calls) < times:
            raise error
        return "done"

    assert await repeated(lambda: call(3)) == "done"
    calls.clear()
    with pytest.raises(type(error)):
        await repeated(lambda: call(4))
    assert len(calls) == 3


async def test_a_cached_statement_that_a_migration_broke_is_repeated(pool):
    table = f"cached_{uuid4().hex}"
    transactions = Transactions(pool, now, uuid4)
    calls = []

    async def call():
        calls.append(1)
        async with transactions() as store:
            return await store.jobs.connection.fetch(f"SELECT * FROM {table}")

    async with pool.acquire() as connection:
        await connection.execute(f"CREATE TEMP TABLE {table} (a int)")
        await connection.fetch(f"SELECT * FROM {table}")
        await connection.execute(f"ALTER TABLE {table} ADD COLUMN b int")
    # The pool gives out last what came back last: the connection that knows the old table.
    assert await repeated(call) == []
    assert len(calls) == 2


async def test_other_errors_come_through_at_once():
    calls = []

    async def call():
        calls.append(1)
        raise Conflict

    with pytest.raises(Conflict):
        await repeated(call)
    assert len(calls) == 1


def test_errors_are_kept_without_personal_data():
    assert masked("letter to ivan@example.ru, +7 (900) 123-45-67") == "letter to …, …"
    assert masked("row 0192f0c1-0000-7000-8000-123456789012 of 12345678") == (
        "row 0192f0c1-0000-7000-8000-123456789012 of …"
    )
    error = asyncpg.UniqueViolationError("duplicate key value\nDETAIL:  Key (phone)=(+79001234567)")
    assert described(error) == "UniqueViolationError: duplicate key value"
