"""Several processes that post one registry side by side: each takes rows that nobody holds."""

import asyncio
import multiprocessing
import signal
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from zoneinfo import ZoneInfo

from adapters.postgres.pool import create_pool
from adapters.postgres.store import Transactions
from domain.kernel.ids import AccountId
from infra import clock, lifeline
from infra.import_crew import spare_the_collector
from infra.registries import registry_service


@contextmanager
def crew(dsn: str, zone: str, registry_id: AccountId, helpers: int) -> Iterator[list[Future[None]]]:
    """`helpers` processes beside this one, at work until no row is left; they end with whoever began them."""
    pool = ProcessPoolExecutor(max(1, helpers), mp_context=multiprocessing.get_context("spawn"))
    try:
        yield [pool.submit(_post, dsn, zone, registry_id) for _ in range(helpers)]
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _post(dsn: str, zone: str, registry_id: AccountId) -> None:
    """In a process of the crew: Ctrl-C is the parent's affair, its death is ours."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    lifeline.follow_parent()
    spare_the_collector()
    asyncio.run(_posted(dsn, zone, registry_id))


async def _posted(dsn: str, zone: str, registry_id: AccountId) -> None:
    pool = await create_pool(dsn, min_size=1, max_size=1)
    try:
        transaction = Transactions(pool, clock.now, clock.new_id)
        await registry_service(transaction, clock.now, ZoneInfo(zone)).work(registry_id)
    finally:
        await pool.close()
