"""What one transaction of an import reaches."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

import asyncpg

from adapters.postgres.bulk_posting import PostgresBulkLedger
from adapters.postgres.imports.directory import PostgresDirectory
from adapters.postgres.imports.log import PostgresImportLog
from adapters.postgres.imports.meter_book import PostgresMeterBook
from adapters.postgres.imports.prices import PostgresPriceList
from adapters.postgres.jobs import PostgresJobs
from adapters.postgres.store import CONNECTION_LOST
from domain.accounts.ledger import AlreadyPosted
from domain.kernel.errors import OutcomeUnknown, Unavailable

_TRY_AGAIN = (
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.UniqueViolationError,
    AlreadyPosted,
    *CONNECTION_LOST,
)
"""Somebody else wrote the same at the same time, or the database went away: look again, do the rest."""


class PostgresImportStore:
    def __init__(
        self, connection: asyncpg.Connection, now: Callable[[], datetime], new_id: Callable[[], UUID]
    ) -> None:
        self.ledger = PostgresBulkLedger(connection)
        self.directory = PostgresDirectory(connection, new_id)
        self.prices = PostgresPriceList(connection)
        self.meter_book = PostgresMeterBook(connection)
        self.log = PostgresImportLog(connection)
        self.jobs = PostgresJobs(connection, now, new_id)


@dataclass(frozen=True, slots=True)
class ImportTransactions:
    """The port `ImportTransaction` on a pool."""

    pool: asyncpg.Pool
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[PostgresImportStore]:
        try:
            async with self.pool.acquire() as held:
                connection = cast(asyncpg.Connection, held)
                transaction = connection.transaction()
                await transaction.start()
                try:
                    yield PostgresImportStore(connection, self.now, self.new_id)
                except BaseException:
                    if not connection.is_closed():
                        await transaction.rollback()
                    raise
                try:
                    await transaction.commit()
                except (asyncpg.PostgresError, *CONNECTION_LOST) as error:
                    raise OutcomeUnknown from error
        except _TRY_AGAIN as error:
            raise Unavailable from error
