"""The port `Jobs`: the same tests on the fake and on PostgreSQL."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import msgspec
import pytest
import pytest_asyncio

from adapters.postgres.job_queue import JobQueue
from adapters.postgres.jobs import PostgresJobs
from domain.kernel.ids import AccountId
from domain.kernel.jobs import AccountJob, Job
from tests.fakes_jobs import FakeJobs, Promise

NOW = datetime(2026, 10, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)


class Count(AccountJob, frozen=True, tag="contract.count"):
    number: int


class Sweep(Job, frozen=True, tag="contract.sweep"):
    number: int


KINDS = {"contract.count": Count, "contract.sweep": Sweep}


class OnFake:
    def __init__(self):
        self.jobs = FakeJobs()

    async def waiting(self):
        return self.jobs.waiting

    async def pick(self):
        return self.jobs.pick()


class OnPostgres:
    def __init__(self, pool, connection):
        self.pool = pool
        self.jobs = PostgresJobs(connection, lambda: NOW, uuid4)

    async def waiting(self):
        rows = await self.pool.fetch(
            "SELECT job, run_at, key, created_at, job_id FROM account_jobs WHERE state = 'waiting'"
            " UNION ALL SELECT job, run_at, key, created_at, job_id FROM local_jobs WHERE state = 'waiting'"
        )
        return [
            Promise(msgspec.convert(row["job"], KINDS[row["job"]["kind"]]), row["run_at"], row["key"])
            for row in rows
        ]

    async def pick(self):
        queue = JobQueue(self.pool, "contract", lambda: LATER, lambda: 0.5, timedelta(minutes=1))
        return await queue.pick(100)


@pytest.fixture
def on_fake():
    return OnFake()


@pytest_asyncio.fixture
async def on_postgres(pool) -> AsyncIterator[OnPostgres]:
    async with pool.acquire() as connection:
        yield OnPostgres(pool, connection)


@pytest.fixture(params=["fake", "postgres"])
def promises(request, on_fake, on_postgres):
    return {"fake": on_fake, "postgres": on_postgres}[request.param]


def count(number, account_id=None):
    return Count(account_id=account_id or AccountId(uuid4()), number=number)


async def test_a_promise_is_kept_as_it_was_made(promises):
    job = count(7)
    await promises.jobs.add(job, run_at=LATER, key="k")
    await promises.jobs.add(Sweep(number=8), run_at=NOW)
    kept = sorted(await promises.waiting(), key=lambda promise: promise.job.number)
    assert kept == [Promise(job, LATER, "k"), Promise(Sweep(number=8), NOW, None)]


@pytest.mark.parametrize("of_account", [True, False])
async def test_equal_keys_merge_into_the_earlier_moment(promises, of_account):
    job = count(1) if of_account else Sweep(number=1)
    await promises.jobs.add(job, run_at=LATER, key="k")
    await promises.jobs.add(job, run_at=NOW, key="k")
    await promises.jobs.add(job, run_at=LATER, key="k")
    assert await promises.waiting() == [Promise(job, NOW, "k")]


async def test_keys_of_two_accounts_do_not_merge(promises):
    await promises.jobs.add(count(1), run_at=NOW, key="k")
    await promises.jobs.add(count(1), run_at=NOW, key="k")
    await promises.jobs.add(Sweep(number=1), run_at=NOW, key="k")
    assert len(await promises.waiting()) == 3


async def test_without_a_key_nothing_merges(promises):
    job = count(1)
    await promises.jobs.add(job, run_at=NOW)
    await promises.jobs.add(job, run_at=NOW)
    assert len(await promises.waiting()) == 2


async def test_many_are_promised_each_for_its_moment(promises):
    await promises.jobs.add_many([(Sweep(number=1), LATER), (Sweep(number=1), NOW)])
    kept = sorted(await promises.waiting(), key=lambda promise: promise.run_at)
    assert kept == [Promise(Sweep(number=1), NOW, None), Promise(Sweep(number=1), LATER, None)]


@pytest.mark.parametrize("of_account", [True, False])
async def test_a_picked_job_merges_with_nothing(promises, of_account):
    job = count(1) if of_account else Sweep(number=1)
    await promises.jobs.add(job, run_at=NOW, key="k")
    assert len(await promises.pick()) == 1
    await promises.jobs.add(job, run_at=LATER, key="k")
    assert await promises.waiting() == [Promise(job, LATER, "k")]
