"""Imports wired together: for the command line, the demo, the benchmark and the application."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from uuid import UUID

import asyncpg

from adapters.postgres.imports.staging import staging
from adapters.postgres.imports.store import ImportTransactions
from adapters.postgres.pool import create_pool
from adapters.tables import open_table, scratch
from infra import clock
from services.imports import ImportService


def service_on(
    pool: asyncpg.Pool,
    now: Callable[[], datetime] = clock.now,
    new_id: Callable[[], UUID] = clock.new_id,
) -> ImportService:
    """Needs up to five connections of the pool at once: one reads, the others post."""
    return ImportService(
        transaction=ImportTransactions(pool, now, new_id),
        staging=partial(staging, pool),
        open_table=open_table,
        scratch=scratch,
        now=now,
        new_id=new_id,
    )


@asynccontextmanager
async def import_service(dsn: str) -> AsyncIterator[ImportService]:
    """The service with a pool of its own."""
    pool = await create_pool(dsn, min_size=1, max_size=6)
    try:
        yield service_on(pool)
    finally:
        await pool.close()
