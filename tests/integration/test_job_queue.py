"""The queue on PostgreSQL: races, lost workers, failures, merging, people's requeue."""

import asyncio
import random
from datetime import UTC, datetime, timedelta
from typing import ClassVar
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from adapters.postgres.job_list import JobList, JobState
from adapters.postgres.job_queue import JobQueue
from adapters.postgres.jobs import PostgresJobs
from adapters.postgres.picked_job import LOST
from domain.kernel.backoff import backoff
from domain.kernel.ids import AccountId
from domain.kernel.jobs import AccountJob, Job

START = datetime(2026, 10, 1, 12, tzinfo=UTC)
LEASE = timedelta(seconds=30)


class Post(AccountJob, frozen=True, tag="queue.post"):
    max_attempts: ClassVar[int] = 3


class Sweep(Job, frozen=True, tag="queue.sweep"):
    max_attempts: ClassVar[int] = 3


class Clock:
    def __init__(self):
        self.at = START

    def __call__(self):
        return self.at

    def pass_(self, **time):
        self.at += timedelta(**time)


@pytest.fixture
def clock():
    return Clock()


@pytest_asyncio.fixture
async def jobs(pool, clock):
    async with pool.acquire() as connection:
        yield PostgresJobs(connection, clock, uuid4)


@pytest.fixture
def worker(pool, clock, jobs):
    return JobQueue(pool, "worker-1", clock, lambda: 0.5, LEASE)


@pytest.fixture
def other(pool, clock, jobs):
    return JobQueue(pool, "worker-2", clock, lambda: 0.5, LEASE)


@pytest.fixture(params=["account", "local"])
def job(request):
    return Post(account_id=AccountId(UUID(int=1))) if request.param == "account" else Sweep()


async def begun(queue):
    """What is due, begun."""
    return await queue.begin(await queue.pick_alone() or await queue.pick(10))


async def rows(pool):
    return await pool.fetch(
        "SELECT job_id, key, state, attempts, run_at, last_error FROM account_jobs"
        " UNION ALL SELECT job_id, key, state, attempts, run_at, last_error FROM local_jobs"
    )


async def only(pool):
    (row,) = await rows(pool)
    return row


async def test_eight_racing_workers_run_each_of_200_jobs_once(pool, jobs, clock):
    for number in range(100):
        await jobs.add(Post(account_id=AccountId(UUID(int=number % 20))), run_at=START)
        await jobs.add(Sweep(), run_at=START)
    seen = []

    async def race(name):
        queue = JobQueue(pool, name, clock, random.random, LEASE)
        while picked := await queue.pick(7):
            seen.extend(job.job_id for job in picked)
            await asyncio.sleep(0)
            await queue.done(picked)
            # A racer that got nothing because others were faster would leave; look once more.
            await asyncio.sleep(0.001)

    for _ in range(50):
        await asyncio.gather(*(race(f"worker-{i}") for i in range(8)))
        if not await rows(pool):
            break
    assert len(seen) == 200
    assert len(set(seen)) == 200
    assert await rows(pool) == []


async def test_what_is_not_due_waits(jobs, worker, clock, job):
    await jobs.add(job, run_at=START + timedelta(seconds=10))
    assert await worker.pick(10) == []
    clock.pass_(seconds=10)
    assert len(await worker.pick(10)) == 1
    assert await worker.pick(10) == []


async def test_account_and_local_jobs_share_a_batch(jobs, worker):
    for number in range(20):
        await jobs.add(Post(account_id=AccountId(UUID(int=number))), run_at=START)
        await jobs.add(Sweep(), run_at=START)
    for _ in range(4):
        kinds = [job.kind for job in await worker.pick(5)]
        assert sorted([kinds.count("queue.post"), kinds.count("queue.sweep")]) == [2, 3]
    for expected in (1, 1):
        assert len(await worker.pick(1)) == expected
    assert len(await worker.pick(100)) == 18


async def test_one_sort_alone_fills_the_batch(jobs, worker):
    for number in range(8):
        await jobs.add(Post(account_id=AccountId(UUID(int=number))), run_at=START)
    assert len(await worker.pick(3)) == 3
    assert len(await worker.pick(5)) == 5


async def test_a_dead_workers_job_is_counted_and_picked_again(pool, jobs, worker, other, clock, job):
    await jobs.add(job, run_at=START)
    (first,) = await begun(worker)
    clock.pass_(seconds=29)
    assert await begun(other) == []
    clock.pass_(seconds=1)
    assert await other.pick(10) == []
    (second,) = await begun(other)
    assert (second.job_id, second.attempts) == (first.job_id, 2)
    # The first worker was only slow: nothing it says counts any more.
    await worker.done([first])
    await worker.failed(first, "late")
    await worker.extend([first])
    await worker.release(first)
    assert await worker.begin([first]) == []
    row = await only(pool)
    assert (row["state"], row["attempts"], row["last_error"]) == ("picked", 2, LOST)
    await other.done([second])
    assert await rows(pool) == []


async def test_what_was_merely_in_hand_is_not_charged_and_keeps_its_company(
    pool, jobs, worker, other, clock, job
):
    for _ in range(3):
        await jobs.add(job, run_at=START)
    in_hand = await worker.pick(10)
    (poison,) = await worker.begin(in_hand[:1])
    clock.pass_(seconds=30)
    again = await other.pick(10)
    assert {one.job_id for one in again} == {one.job_id for one in in_hand[1:]}
    assert [(row["attempts"], row["last_error"]) for row in await rows(pool)].count((0, None)) == 2
    (suspect,) = await other.pick_alone()
    assert (suspect.job_id, suspect.attempts, suspect.alone) == (poison.job_id, 1, True)
    # Held until all else is done, it is lost unbegun: that is no run of its either, and it stays alone.
    clock.pass_(seconds=30)
    assert {one.job_id for one in await worker.pick(10)} == {one.job_id for one in in_hand[1:]}
    (suspect,) = await worker.pick_alone()
    assert suspect.attempts == 1
    # So it does when its run fails without a death.
    (run,) = await worker.begin([suspect])
    await worker.failed(run, "the bank is away")
    clock.pass_(seconds=2)
    assert await other.pick(10) == []
    assert [one.job_id for one in await other.pick_alone()] == [poison.job_id]
    assert await other.pick_alone() == []


async def test_who_inherits_the_promise_runs_alone_too(jobs, worker, clock, job):
    await jobs.add(job, run_at=START, key="k")
    await begun(worker)
    clock.pass_(seconds=30)
    (run,) = await begun(worker)
    await jobs.add(job, run_at=clock(), key="k")
    await worker.failed(run, "away")
    assert await worker.pick(10) == []
    (heir,) = await worker.pick_alone()
    assert (heir.attempts, heir.job_id == run.job_id) == (2, False)


async def test_a_job_that_kills_its_workers_dies(pool, jobs, worker, clock, job):
    await jobs.add(job, run_at=START)
    for attempt in (1, 2, 3):
        (picked,) = await begun(worker)
        assert (picked.state, picked.attempts) == ("picked", attempt)
        clock.pass_(seconds=31)
    (picked,) = await worker.pick_alone()
    assert picked.state == "dead"
    clock.pass_(days=1)
    assert await begun(worker) == []
    row = await only(pool)
    assert (row["state"], row["attempts"], row["last_error"]) == ("dead", 3, LOST)


async def test_a_sign_of_life_keeps_the_lease(jobs, worker, other, clock, job):
    await jobs.add(job, run_at=START)
    picked = await worker.pick(10)
    for _ in range(3):
        clock.pass_(seconds=20)
        await worker.extend(picked)
    assert await other.pick(10) == []


async def test_failures_wait_longer_each_time_and_end_dead(pool, jobs, worker, clock, job):
    await jobs.add(job, run_at=START)
    for pause_seconds in (0.75, 1.5):
        (picked,) = await begun(worker)
        await worker.failed(picked, "the bank is away " + "x" * 1000)
        row = await only(pool)
        assert row["state"] == "waiting"
        assert row["run_at"] - clock() == timedelta(seconds=pause_seconds)
        assert len(row["last_error"]) == 500
        assert await worker.pick(10) == []
        clock.pass_(seconds=2)
    (picked,) = await begun(worker)
    await worker.failed(picked, "for good")
    row = await only(pool)
    assert (row["state"], row["attempts"], row["last_error"]) == ("dead", 3, "for good")


async def test_a_failed_job_merges_with_the_one_promised_meanwhile(pool, jobs, worker, clock, job):
    await jobs.add(job, run_at=START, key="k")
    (picked,) = await begun(worker)
    await jobs.add(job, run_at=START + timedelta(hours=1), key="k")
    await worker.failed(picked, "away")
    row = await only(pool)
    assert (row["state"], row["key"], row["attempts"], row["last_error"]) == ("waiting", "k", 1, "away")
    assert row["job_id"] != picked.job_id
    assert row["run_at"] == START + timedelta(seconds=0.75)


async def test_a_stopping_worker_gives_back(pool, jobs, worker, other, job):
    await jobs.add(job, run_at=START)
    (picked,) = await worker.pick(10)
    await worker.release(picked)
    assert (await only(pool))["attempts"] == 0
    (picked,) = await begun(other)
    await other.release(picked)
    assert await worker.pick_alone() == []
    row = await only(pool)
    assert (row["state"], row["attempts"]) == ("waiting", 1)


async def test_people_see_and_requeue_the_dead(pool, jobs, worker, clock, job):
    people = JobList(pool)
    await jobs.add(job, run_at=START, key="k")
    (picked,) = await begun(worker)
    await worker.bury(picked, "No handler knows the kind")
    (seen,) = await people.list(state=JobState.DEAD, kind=None, limit=10)
    assert (seen.job_id, seen.kind, seen.attempts) == (picked.job_id, picked.kind, 1)
    assert (await people.show(picked.job_id)).last_error == "No handler knows the kind"
    assert await people.show(uuid4()) is None
    assert await people.list(state=JobState.WAITING, kind=None, limit=10) == []
    assert await people.list(state=None, kind="other", limit=10) == []

    clock.pass_(days=1)
    assert await people.requeue(picked.job_id, clock()) == 1
    row = await only(pool)
    assert (row["state"], row["attempts"], row["run_at"]) == ("waiting", 0, clock())
    assert await people.requeue(picked.job_id, clock()) == 0


async def test_requeue_of_all_the_dead_of_a_kind(pool, jobs, worker, clock, job):
    people = JobList(pool)
    for _ in range(3):
        await jobs.add(job, run_at=START)
    for picked in await worker.pick(10):
        await worker.bury(picked, "no")
    assert await people.requeue_dead("other", clock()) == 0
    assert await people.requeue_dead(picked.kind, clock()) == 3
    assert len(await worker.pick(10)) == 3


async def test_a_requeued_job_merges_with_the_waiting_one_of_its_key(pool, jobs, worker, clock, job):
    people = JobList(pool)
    await jobs.add(job, run_at=START, key="k")
    (picked,) = await worker.pick(10)
    await worker.bury(picked, "no")
    await jobs.add(job, run_at=START + timedelta(hours=1), key="k")
    assert await people.requeue(picked.job_id, clock()) == 1
    row = await only(pool)
    assert (row["state"], row["run_at"]) == ("waiting", clock())


def test_backoff_doubles_up_to_an_hour_and_is_spread_by_half():
    assert backoff(1, lambda: 0.0) == timedelta(seconds=0.5)
    assert backoff(1, lambda: 1.0) == timedelta(seconds=1)
    assert backoff(5, lambda: 1.0) == timedelta(seconds=16)
    assert backoff(13, lambda: 1.0) == timedelta(hours=1)
    assert backoff(500, lambda: 1.0) == timedelta(hours=1)
