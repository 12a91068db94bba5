"""Timers on PostgreSQL: each moment once, however many workers look."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import pytest_asyncio

from domain.kernel.jobs import Job
from infra.schedules import Schedule, fire

START = datetime(2026, 10, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Tick(Job, frozen=True, tag="schedules.tick"):
    at: datetime


@pytest.fixture
def schedule():
    return Schedule(name=f"test-{uuid4()}", every=MINUTE, job=lambda at: Tick(at=at))


@pytest_asyncio.fixture
async def promised(pool):
    async def take():
        rows = await pool.fetch(
            "DELETE FROM local_jobs WHERE kind = 'schedules.tick' RETURNING job, run_at, key"
        )
        return sorted(row["run_at"] for row in rows)

    await take()
    return take


async def test_a_new_timer_fires_at_once_and_then_in_its_rhythm(pool, schedule, promised):
    assert await fire(pool, [schedule], START, uuid4) == 1
    assert await promised() == [START]
    assert await fire(pool, [schedule], START + 0.9 * MINUTE, uuid4) == 0
    assert await fire(pool, [schedule], START + 1.2 * MINUTE, uuid4) == 1
    assert await promised() == [START + 1.2 * MINUTE]
    # The rhythm is that of the first moment, not of the late one.
    assert await fire(pool, [schedule], START + 2 * MINUTE, uuid4) == 1


async def test_missed_moments_are_not_made_up_for(pool, schedule, promised):
    await fire(pool, [schedule], START, uuid4)
    await promised()
    assert await fire(pool, [schedule], START + 10.5 * MINUTE, uuid4) == 1
    assert await fire(pool, [schedule], START + 10.6 * MINUTE, uuid4) == 0
    assert await fire(pool, [schedule], START + 11 * MINUTE, uuid4) == 1


async def test_eight_workers_fire_each_moment_once(pool, schedule, promised):
    for number in range(5):
        at = START + number * MINUTE
        fired = await asyncio.gather(*(fire(pool, [schedule], at, uuid4) for _ in range(8)))
        assert sum(fired) == 1
        assert await promised() == [at]


async def test_what_still_waits_is_not_promised_twice(pool, schedule, promised):
    await fire(pool, [schedule], START, uuid4)
    await fire(pool, [schedule], START + MINUTE, uuid4)
    assert await promised() == [START]
