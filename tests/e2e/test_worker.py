"""A real worker process: killed in the middle of a job, stopped gently, replaced."""

import asyncio
import os
import signal
import sys
import time
from uuid import uuid4

import pytest
import pytest_asyncio

from adapters.postgres.jobs import PostgresJobs
from adapters.postgres.pool import connect
from domain.kernel.ids import AccountId
from infra.clock import now
from tests.e2e.worker_program import Hang, Poison, Write

pytestmark = pytest.mark.slow


@pytest_asyncio.fixture
async def jobs(pool):
    async with pool.acquire() as connection:
        yield PostgresJobs(connection, now, uuid4)


@pytest_asyncio.fixture
async def start(dsn, tmp_path):
    started = []

    async def start(*, lease_seconds=1.5, stop_seconds=5, database=dsn):
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.e2e.worker_program", database, str(tmp_path)),
            *(str(lease_seconds), str(stop_seconds)),
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def until(condition, seconds=20):
    ends = time.monotonic() + seconds
    while not await condition():
        assert time.monotonic() < ends, "it did not come about in time"
        await asyncio.sleep(0.05)


def lines(path):
    return path.read_text().splitlines() if path.exists() else []


def write(number, pause_seconds=0.0):
    return Write(account_id=AccountId(uuid4()), number=number, pause_seconds=pause_seconds)


async def states(pool):
    return {
        row["state"]: row["count"]
        for row in await pool.fetch("SELECT state, count(*) FROM account_jobs GROUP BY state")
    }


async def test_jobs_of_a_killed_worker_are_done_by_the_next(pool, jobs, start, tmp_path):
    for number in range(8):
        await jobs.add(write(number, pause_seconds=1), run_at=now())
    first = await start()

    async def begun():
        return len(lines(tmp_path / "begun")) >= 4

    await until(begun)
    first.kill()
    await first.wait()
    assert lines(tmp_path / "written") == []
    assert (await states(pool)).get("picked", 0) >= 4

    await start()

    async def empty():
        return not await states(pool)

    await until(empty)
    assert sorted(map(int, lines(tmp_path / "written"))) == list(range(8))


async def test_a_job_that_takes_its_workers_down_ends_dead_and_no_neighbour_with_it(
    pool, jobs, start, tmp_path
):
    """Those that ran beside it when it struck first lose an attempt, the others none; after that it runs
    alone."""
    for number in range(8):
        await jobs.add(write(number, pause_seconds=0.3), run_at=now())
    await jobs.add(Poison(account_id=AccountId(uuid4())), run_at=now())
    for death in (1, 2):
        worker = await start(lease_seconds=0.5)
        assert await asyncio.wait_for(worker.wait(), 20) == -signal.SIGKILL
        rows = await pool.fetch("SELECT kind, attempts, begun, picked_by FROM account_jobs")
        (poison,) = [row for row in rows if row["kind"] == "program.poison"]
        neighbours = [row for row in rows if row["kind"] == "program.write"]
        assert (poison["attempts"], poison["begun"]) == (death, True)
        assert all(row["attempts"] == row["begun"] for row in neighbours)
        if death > 1:
            assert [
                row for row in neighbours if row["begun"] and row["picked_by"] == poison["picked_by"]
            ] == []
    await start(lease_seconds=0.5)

    async def dead():
        return await states(pool) == {"dead": 1}

    await until(dead)
    assert len(lines(tmp_path / "poisoned")) == 2
    assert sorted(map(int, lines(tmp_path / "written"))) == list(range(8))


async def test_sigterm_lets_the_running_finish_and_gives_back_the_rest(pool, jobs, start, tmp_path):
    for number in range(10):
        await jobs.add(write(number, pause_seconds=1), run_at=now())
    worker = await start(lease_seconds=30)

    async def begun():
        return len(lines(tmp_path / "begun")) == 4

    await until(begun)
    worker.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(worker.wait(), 10) == 0
    written = sorted(map(int, lines(tmp_path / "written")))
    assert len(written) == 4
    rows = await pool.fetch("SELECT job, state, attempts FROM account_jobs")
    assert sorted([row["job"]["number"] for row in rows] + written) == list(range(10))
    assert {(row["state"], row["attempts"]) for row in rows} == {("waiting", 0)}


async def test_a_stop_breaks_off_what_takes_too_long(pool, jobs, start, tmp_path):
    await jobs.add(Hang(account_id=AccountId(uuid4())), run_at=now())
    worker = await start(lease_seconds=30, stop_seconds=0.5)

    async def hangs():
        return len(lines(tmp_path / "hung")) == 1

    await until(hangs)
    worker.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(worker.wait(), 5) == 0
    row = await pool.fetchrow("SELECT state, attempts FROM account_jobs")
    assert (row["state"], row["attempts"]) == ("waiting", 1)


async def test_a_worker_outlives_its_database(own_server, start, tmp_path):
    async def promise(*of_them):
        connection = await connect(own_server.url)
        for job in of_them:
            await PostgresJobs(connection, now, uuid4).add(job, run_at=now())
        await connection.close()

    await promise(*(write(number, pause_seconds=1) for number in range(4)))
    worker = await start(database=own_server.url)

    async def begun():
        return len(lines(tmp_path / "begun")) >= 4

    await until(begun)
    os.kill(own_server.pid, signal.SIGKILL)
    # The jobs end meanwhile, and that cannot be written: their leases run out and they run again.
    await asyncio.sleep(2)
    assert not own_server.alive()
    own_server.start()
    await promise(write(4))

    async def all_written():
        return {"0", "1", "2", "3", "4"} == set(lines(tmp_path / "written"))

    async def empty():
        connection = await connect(own_server.url)
        count = await connection.fetchval("SELECT count(*) FROM account_jobs")
        await connection.close()
        return count == 0

    await until(all_written)
    await until(empty)
    assert worker.returncode is None
