"""Imports wired together: for the command line, the demo, the benchmark and the application."""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from uuid import UUID

import asyncpg

from adapters.postgres.imports.staging import staging
from adapters.postgres.imports.store import ImportTransactions
from adapters.postgres.pool import create_pool
from adapters.tables import open_table, scratch
from infra import clock
from infra.import_crew import crew, spare_the_collector
from services.imports import ImportService, Posters, PostersHere

SMALL_FILE_BYTES = 2 * 1024**2
MOST_WORKERS = 16


def workers_for(file: Path) -> int:
    """Processes that post: each rests while the database works, so one more than processors. A small
    file is done before they have begun."""
    if file.stat().st_size < SMALL_FILE_BYTES:
        return 1
    return min(MOST_WORKERS, (os.cpu_count() or 1) + 1)


def service_on(
    pool: asyncpg.Pool,
    now: Callable[[], datetime] = clock.now,
    new_id: Callable[[], UUID] = clock.new_id,
    posters: Posters | None = None,
) -> ImportService:
    """Needs up to five connections of the pool at once: one reads, the others post."""
    transaction = ImportTransactions(pool, now, new_id)
    return ImportService(
        transaction=transaction,
        staging=partial(staging, pool),
        posters=posters or PostersHere(transaction, now),
        open_table=open_table,
        scratch=scratch,
        now=now,
        new_id=new_id,
    )


@asynccontextmanager
async def import_service(
    dsn: str, *, workers: int = 1, now: Callable[[], datetime] = clock.now
) -> AsyncIterator[ImportService]:
    """The service with a pool of its own, in a process of its own. With `workers` above 1 so many
    other processes post, by their own clock."""
    spare_the_collector()
    pool = await create_pool(dsn, min_size=1, max_size=6)
    try:
        if workers == 1:
            yield service_on(pool, now)
        else:
            with crew(dsn, workers) as posters:
                yield service_on(pool, posters=posters)
    finally:
        await pool.close()
