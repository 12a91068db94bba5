"""The primary's death: with a synchronous standby no acknowledged posting is lost; without, some are.

Real servers of the embedded programs, one after another: the first dies and its standby is promoted, then
that one dies before its own standby, which lags on purpose: the negative control, by which the test can fail.
"""

import asyncio
import os
import signal
import subprocess
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from adapters.postgres.audit import PostgresAudit
from adapters.postgres.pool import connect, create_pool
from domain.accounts.ledger import AlreadyPosted
from domain.kernel.errors import Unavailable
from infra.audit import audited
from infra.clock import new_id, now
from infra.database import EmbeddedDatabase, binaries
from infra.database.run_as import choose
from tests.households import lay_household
from tests.postings import post

WRITERS = 8
pytestmark = pytest.mark.slow


@dataclass
class Standby:
    """A copy of a running server that follows it until it is promoted."""

    data: Path
    process: subprocess.Popen | None = None

    def follow(self, primary_sockets: Path, name: str) -> None:
        self.data.mkdir(mode=0o700)
        run_as, programs = choose(self.data, binaries.find())
        run_as.give(self.data)
        source = f"host={primary_sockets} user=postgres application_name={name}"
        copy = [programs / "pg_basebackup", "-d", source, "-D", self.data / "postgres", "-R", "-X", "stream"]
        self._run(run_as, [*copy, "-c", "fast", "--no-sync"])
        self.sockets.mkdir(mode=0o700)
        run_as.give(self.sockets)
        command = [programs / "postgres", "-D", self.data / "postgres", "-k", self.sockets]
        with (self.data / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [*run_as.prefix, *map(str, command), "-c", "listen_addresses="],
                stderr=log,
                cwd="/",
                start_new_session=True,
                **run_as.options,
            )

    def _run(self, run_as, command) -> None:
        command = [*run_as.prefix, *map(str, command)]
        subprocess.run(command, check=True, capture_output=True, cwd="/", **run_as.options)

    @property
    def sockets(self) -> Path:
        return self.data / "socket"

    async def promote(self) -> None:
        admin = await admin_of(self.sockets)
        assert await admin.fetchval("SELECT pg_promote()")
        await admin.close()

    def die(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(20)


@contextmanager
def standing(*standbys):
    try:
        yield
    finally:
        for one in standbys:
            one.stop()


async def until(found):
    """What `found` gives once it gives anything; it is asked for twenty seconds."""
    for _ in range(400):
        with suppress(OSError, asyncpg.PostgresError):
            if answer := await found():
                return answer
        await asyncio.sleep(0.05)
    raise AssertionError("in vain")


async def admin_of(sockets):
    return await until(lambda: asyncpg.connect(f"postgresql://postgres@/postgres?host={sockets}"))


async def sender_to(admin, name, state):
    """The number of the process that sends to that standby, once it is in that state."""
    return await until(
        lambda: admin.fetchval(
            "SELECT pid FROM pg_stat_replication WHERE application_name = $1 AND state = 'streaming'"
            " AND sync_state = $2",
            *(name, state),
        )
    )


async def wait_for(admin, standbys):
    """COMMIT is acknowledged when these have it."""
    await admin.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{standbys}'")
    await admin.execute("SELECT pg_reload_conf()")


@dataclass
class Payers:
    """Clients that post, repeat what has an unknown end, and remember what they were told is done."""

    pool: asyncpg.Pool
    homes: list
    done: set[UUID] = field(default_factory=set)
    unknown: int = 0
    is_over: bool = False

    async def run(self, home) -> None:
        while not self.is_over:
            cause_id = new_id()
            while not self.is_over:
                try:
                    await post(self.pool, now, home, cause_id)
                except AlreadyPosted:
                    pass
                except (Unavailable, OSError, asyncpg.PostgresError, TimeoutError):
                    self.unknown += 1
                    await asyncio.sleep(0.05)
                    continue
                self.done.add(cause_id)
                break

    async def have_done(self, count):
        return len(self.done) >= count

    @contextmanager
    def at_work(self):
        tasks = [asyncio.create_task(self.run(home)) for home in self.homes]
        try:
            yield tasks
        finally:
            self.is_over = True


async def lost(url, done):
    """How many of what was acknowledged are not there; what is there is whole."""
    connection = await connect(url)
    try:
        kept = {row["cause_id"] for row in await connection.fetch("SELECT DISTINCT cause_id FROM transfers")}
        findings = [
            one async for outcome in audited(PostgresAudit(connection), url, None) for one in outcome.findings
        ]
    finally:
        await connection.close()
    assert findings == []
    return len(done - kept)


@pytest.mark.timeout(90)
async def test_a_synchronous_standby_loses_nothing_and_a_lagging_one_does(
    own_server: EmbeddedDatabase, tmp_path
):
    first, second = Standby(tmp_path / "first"), Standby(tmp_path / "second")
    with standing(first, second):
        first.follow(own_server.socket_directory, "s1")
        admin = await admin_of(own_server.socket_directory)
        await sender_to(admin, "s1", "async")
        await wait_for(admin, "ANY 1 (s1)")
        await sender_to(admin, "s1", "quorum")
        await admin.close()

        both = f"postgresql://kabinet_owner@/kabinet?host={own_server.socket_directory},{first.sockets}"
        async with await create_pool(f"{both}&target_session_attrs=read-write", max_size=WRITERS) as pool:
            homes = [
                await lay_household(pool, number=f"55{n:08d}", services=["heat"]) for n in range(WRITERS)
            ]
            payers = Payers(pool, homes)
            with payers.at_work() as tasks:
                await asyncio.sleep(1.5)
                os.kill(own_server.pid, signal.SIGKILL)
                before = len(payers.done)
                await asyncio.sleep(0.3)
                await first.promote()
                await until(lambda: payers.have_done(before + 2 * WRITERS))
            await asyncio.gather(*tasks)
        here = f"postgresql://kabinet_owner@/kabinet?host={first.sockets}"
        assert before > 50
        assert payers.unknown > 0
        assert await lost(here, payers.done) == 0

        await lagging(first, second, here, homes)


async def lagging(first, second, here, homes):
    """Not waited for, and its sender held still: what is acknowledged then dies with the primary."""
    second.follow(first.sockets, "s2")
    admin = await admin_of(first.sockets)
    await wait_for(admin, "")
    sender = await sender_to(admin, "s2", "async")
    await admin.close()
    async with await create_pool(here, max_size=WRITERS) as pool:
        payers = Payers(pool, homes)
        with payers.at_work() as tasks:
            await asyncio.sleep(0.3)
            os.kill(sender, signal.SIGSTOP)
            await asyncio.sleep(0.7)
            first.die()
            with suppress(ProcessLookupError):
                os.kill(sender, signal.SIGKILL)
        await asyncio.gather(*tasks)
    await second.promote()
    gone = await lost(f"postgresql://kabinet_owner@/kabinet?host={second.sockets}", payers.done)
    assert gone > 0
