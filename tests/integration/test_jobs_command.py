"""`kabinet jobs` as a person calls it; figures of several processes together."""

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import ClassVar
from uuid import uuid4

import pytest
import pytest_asyncio

from adapters.postgres.job_queue import JobQueue
from adapters.postgres.jobs import PostgresJobs
from domain.kernel.ids import AccountId
from domain.kernel.jobs import AccountJob
from tests import commands

NOW = datetime(2026, 10, 1, 12, tzinfo=UTC)


class Broken(AccountJob, frozen=True, tag="command.broken"):
    max_attempts: ClassVar[int] = 1


@pytest.fixture
def kabinet(dsn, tmp_path):
    return partial(commands.kabinet, DATABASE_URL=dsn, KABINET_DATA=str(tmp_path))


@pytest_asyncio.fixture
async def dead(pool):
    async with pool.acquire() as connection:
        for _ in range(2):
            job = Broken(account_id=AccountId(uuid4()))
            await PostgresJobs(connection, lambda: NOW, uuid4).add(job, run_at=NOW)
    queue = JobQueue(pool, "w", lambda: NOW, lambda: 0.5, timedelta(minutes=1))
    picked = await queue.begin(await queue.pick(10))
    for job in picked:
        await queue.failed(job, "ConnectError: no route to host")
    return picked


async def test_list_show_requeue(pool, kabinet, dead):
    one = str(dead[0].job_id)
    status, text = await kabinet("jobs", "list", "--state", "dead", "--kind", "command.broken")
    assert status == 0, text
    assert one in text
    assert "1 of 1" in text
    assert "no route to host" in text

    status, text = await kabinet("jobs", "show", one)
    assert status == 0, text
    assert str(dead[0].account_id) in text

    assert (await kabinet("jobs", "requeue", one)) == (0, "1 job waits again.\n")
    assert (await kabinet("jobs", "requeue", one))[0] == 1
    assert (await kabinet("jobs", "requeue", "--dead", "--kind", "command.broken"))[0] == 0
    rows = await pool.fetch("SELECT state, attempts FROM account_jobs")
    assert [(row["state"], row["attempts"]) for row in rows] == [("waiting", 0)] * 2


async def test_mistakes_are_told(kabinet):
    assert await kabinet("jobs", "list") == (0, "There are no such jobs.\n")
    status, text = await kabinet("jobs", "show", str(uuid4()))
    assert (status, "no such job" in text) == (1, True)
    status, text = await kabinet("jobs", "requeue", "--dead")
    assert (status, "--kind" in text) == (2, True)


_COUNTING = """
import sys; from pathlib import Path
from infra import metrics
metrics.share(Path(sys.argv[1]))
from infra.job_metrics import RUNS
RUNS.labels("k", "done").inc()
from api.vital_metrics import rendered
print(rendered(None).decode(), flush=True)
sys.stdin.readline()
"""


async def test_figures_of_all_processes_are_added_up(tmp_path):
    async def counting():
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", _COUNTING, str(tmp_path)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        return process, await process.stdout.readuntil(b"kabinet_database_up 0.0\n")

    line = b'kabinet_job_runs_total{kind="k",outcome="done"} %.1f\n'
    first, figures = await counting()
    assert line % 1 in figures
    second, figures = await counting()
    assert line % 2 in figures
    await second.communicate(b"\n")
    third, figures = await counting()
    assert line % 3 in figures
    for process in (first, third):
        await process.communicate(b"\n")
    # Nobody counts any more: the next begins from nothing.
    last, figures = await counting()
    assert line % 1 in figures
    await last.communicate(b"\n")
