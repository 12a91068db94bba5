"""The worker: does what was promised, wakes up the timers, stops without dropping anything."""

import asyncio
import os
import random
import signal
import socket
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import asyncpg
import structlog

from adapters.postgres.job_hint import CHANNEL
from adapters.postgres.job_queue import JobQueue
from adapters.postgres.pool import create_pool, server_settings
from adapters.postgres.store import CONNECTION_LOST
from infra import clock
from infra.container import open_container
from infra.handlers import Handlers, handlers, schedules
from infra.job_errors import described
from infra.job_loop import JobLoop, Pace
from infra.job_runs import JobRuns
from infra.schedules import Schedule, fire
from infra.settings import Settings

log = structlog.get_logger("kabinet.worker")

LEASE = timedelta(seconds=30)
"""A killed worker's jobs are picked again after this long; a living one extends it every third of it."""
_BATCH_PER_RUNNER = 4
_POLL_SECONDS = 1.0


async def run(settings: Settings) -> None:
    """One worker process, until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    pace = Pace(
        at_once=settings.jobs_at_once,
        batch=settings.jobs_at_once * _BATCH_PER_RUNNER,
        stop_seconds=settings.stop_seconds,
    )
    while not stop.is_set():
        try:
            async with open_container(settings) as container:
                await work(settings.coordinator_url, handlers(container), schedules(container), pace, stop)
        except CONNECTION_LOST as error:
            # Started while the database is away: it comes back, and then the promises are due.
            log.warning("the database does not answer; trying again", error=described(error))
            await asyncio.sleep(_POLL_SECONDS)


async def work(
    coordinator_url: str,
    of_kinds: Handlers,
    timers: Sequence[Schedule],
    pace: Pace,
    stop: asyncio.Event,
    lease: timedelta = LEASE,
    now: Callable[[], datetime] = clock.now,
) -> None:
    """Work until `stop`. The queue has a few connections of its own: use cases that wait for theirs
    must not keep the leases from being extended."""
    runs = JobRuns(of_kinds)
    pool = await create_pool(coordinator_url, min_size=1, max_size=4)
    name = f"{socket.gethostname()}:{os.getpid()}:{clock.new_id()}"
    queue = JobQueue(pool, name, now, random.SystemRandom().random, lease)
    loop = JobLoop(queue, runs, pace)
    beside = [
        asyncio.create_task(_listen(coordinator_url, loop.hint), name="listen"),
        asyncio.create_task(_tick(pool, timers, loop.hint, now), name="timers"),
    ]
    log.info("worker started", worker=name, at_once=pace.at_once, kinds=len(of_kinds))
    try:
        await loop.run(stop)
    finally:
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
        await pool.close()
        log.info("worker stopped", worker=name)


async def _tick(
    pool: asyncpg.Pool, timers: Sequence[Schedule], hint: asyncio.Event, now: Callable[[], datetime]
) -> None:
    while timers:
        try:
            if await fire(pool, timers, now(), clock.new_id):
                hint.set()
        except Exception as error:  # noqa: BLE001 - the worker outlives its database
            log.warning("timers cannot be read", error=described(error))
        await asyncio.sleep(_POLL_SECONDS)


async def _listen(url: str, hint: asyncio.Event) -> None:
    """Hear the hints; without them the poll finds the same jobs a little later."""
    while True:
        try:
            connection = await asyncpg.connect(url, server_settings=server_settings("kabinet_app"))
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
            await asyncio.sleep(_POLL_SECONDS)
            continue
        closed = asyncio.Event()
        connection.add_termination_listener(lambda _, closed=closed: closed.set())
        try:
            await connection.add_listener(CHANNEL, lambda *_: hint.set())
            await closed.wait()
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await asyncio.sleep(_POLL_SECONDS)
        finally:
            connection.terminate()
