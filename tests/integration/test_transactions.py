"""What a transaction tells its caller when the connection is lost: never success or failure blindly."""

import asyncio

import asyncpg
import pytest
import pytest_asyncio

from adapters.postgres.imports.store import ImportTransactions
from adapters.postgres.store import Transactions
from domain.kernel.errors import OutcomeUnknown, TryAgain, Unavailable
from domain.kernel.jobs import Job
from infra.clock import new_id, now
from infra.simulation.crashes import Crash, DyingPool, Fate, killing


class Promise(Job, frozen=True, tag="test.promise"):
    pass


@pytest_asyncio.fixture
async def fate(owner):
    return Fate(killing(owner), armed=True)


@pytest.fixture(params=[Transactions, ImportTransactions])
def promised(request):
    async def promised(pool, fate):
        async with request.param(DyingPool(pool, fate), now, new_id)() as store:
            await store.jobs.add(Promise(), run_at=now())

    return promised


async def kept(pool):
    return await pool.fetchval("SELECT count(*) FROM local_jobs")


async def step_of(promised, pool, fate, name):
    fate.armed = True
    await promised(pool, fate)
    await pool.execute("DELETE FROM local_jobs")
    fate.dies_at, fate.steps = frozenset({fate.steps.index(name)}), []


@pytest.mark.parametrize(("step", "rows"), [("COMMIT lost on its way", 0), ("answer to COMMIT lost", 1)])
async def test_a_connection_lost_at_commit_leaves_the_outcome_unknown(promised, pool, fate, step, rows):
    await step_of(promised, pool, fate, step)

    with pytest.raises(OutcomeUnknown):
        await promised(pool, fate)

    assert await kept(pool) == rows


async def test_a_connection_lost_after_commit_is_success(promised, pool, fate):
    await step_of(promised, pool, fate, "connection lost after COMMIT")

    await promised(pool, fate)

    assert fate.died
    assert await kept(pool) == 1


async def test_a_connection_lost_before_commit_keeps_nothing_and_says_so(pool, fate):
    with pytest.raises(Unavailable) as told:
        async with Transactions(pool, now, new_id)() as store:
            await store.jobs.add(Promise(), run_at=now())
            await fate.kill(store.jobs.connection.get_server_pid())
            await store.jobs.add(Promise(), run_at=now())

    assert not isinstance(told.value, OutcomeUnknown | TryAgain)
    assert await kept(pool) == 0


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (asyncpg.InternalClientError("another operation is in progress"), Unavailable),
        (asyncpg.DeadlockDetectedError("deadlock detected"), TryAgain),
        (asyncpg.SerializationError("could not serialize"), TryAgain),
        (ConnectionResetError(), Unavailable),
        (KeyError("ours"), KeyError),
        (Crash(), Crash),
    ],
)
async def test_an_error_inside_undoes_all_and_is_told_in_our_words(pool, error, told):
    with pytest.raises(told) as raised:
        async with Transactions(pool, now, new_id)() as store:
            await store.jobs.add(Promise(), run_at=now())
            raise error

    assert raised.type is told
    assert await kept(pool) == 0


async def test_a_real_deadlock_is_told_as_try_again(pool):
    for name in ("a", "b"):
        await pool.execute("INSERT INTO schedules VALUES ($1, $2)", name, now())
    begun = asyncio.Barrier(2)

    async def locked(first, second):
        async with Transactions(pool, now, new_id)() as store:
            lock = "SELECT FROM schedules WHERE name = $1 FOR UPDATE"
            await store.jobs.connection.execute(lock, first)
            await begun.wait()
            await store.jobs.connection.execute(lock, second)

    told = await asyncio.gather(locked("a", "b"), locked("b", "a"), return_exceptions=True)

    assert sorted(type(one) for one in told if one) == [TryAgain]
