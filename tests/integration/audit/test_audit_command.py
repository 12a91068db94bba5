"""`kabinet audit`."""

import asyncio
import os
import signal
import sys

import pytest

from adapters.postgres.pool import connect
from domain.kernel.money import Money
from tests.laid_books import ALL


@pytest.fixture
def kabinet(laid, tmp_path):
    async def begun(*words):
        env = {name: value for name, value in os.environ.items() if not name.startswith("KABINET_")}
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "infra.cli", "audit", *words),
            env=env | {"DATABASE_URL": laid.dsn, "KABINET_DATA": str(tmp_path)},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    async def call(*words):
        process = await begun(*words)
        out, errors = await process.communicate()
        return process.returncode, out.decode(), errors.decode()

    call.begun = begun
    return call


async def test_the_command_on_a_clean_database(kabinet):
    status, text, errors = await kabinet("--workers", "2")
    assert (status, errors) == (0, ""), text
    assert "everything agrees" in text
    assert "accounts      3\n" in text
    assert f"{Money(2 * ALL + 1234 + 5000 + 100001)} by paid payments" in text


async def test_the_command_names_the_row_and_leaves_with_one(laid, kabinet):
    owner = await connect(laid.dsn, role=None)
    lie = "UPDATE account_heads SET last_no = last_no + $2 WHERE account_id = $1"
    await owner.execute(lie, laid.rich.account_id, 1)
    try:
        status, text, _ = await kabinet("--account", laid.rich.number)
        assert status == 1
        assert f"head: account_heads account_id={laid.rich.account_id}" in text
        assert (await kabinet("--account", laid.plain.number))[0] == 0
        assert (await kabinet("--sample", "3"))[0] == 1
    finally:
        await owner.execute(lie, laid.rich.account_id, -1)
        await owner.close()


async def test_the_command_refuses_what_it_cannot_do(kabinet):
    status, _, errors = await kabinet("--account", "123")
    assert status == 1
    assert "There is no account 123" in errors
    assert (await kabinet("--account", "123", "--sample", "1"))[0] == 2


@pytest.mark.parametrize("workers", ["1", "2"])
async def test_the_command_stops_when_told(laid, kabinet, workers):
    owner = await connect(laid.dsn, role=None)
    async with owner.transaction():
        await owner.execute("LOCK TABLE books")  # the audit waits here
        process = await kabinet.begun("--workers", workers)
        # Of this database alone: other tests at work beside this one wait for locks, too.
        waiting = (
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        while not await owner.fetchval(waiting):
            await asyncio.sleep(0.05)
            await owner.execute("SELECT pg_stat_clear_snapshot()")
        process.send_signal(signal.SIGINT)
        if workers == "1":
            out, errors = await process.communicate()
        else:
            await asyncio.sleep(0.3)
    if workers != "1":  # a process of the pool ends its batch first
        out, errors = await process.communicate()
    await owner.close()
    assert process.returncode == 130, errors.decode()
    assert "accounts      0\n" in out.decode()
    assert "Stopped before the end" in errors.decode()
    assert "Traceback" not in errors.decode()
