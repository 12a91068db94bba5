"""What one transaction of an import reaches."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from adapters.postgres.bulk_posting import PostgresBulkLedger
from adapters.postgres.imports.counted_values import PostgresCountedValues
from adapters.postgres.imports.directory import PostgresDirectory
from adapters.postgres.imports.log import PostgresImportLog
from adapters.postgres.imports.meter_book import PostgresMeterBook
from adapters.postgres.imports.norms import PostgresNormBook
from adapters.postgres.imports.prices import PostgresPriceList
from adapters.postgres.jobs import PostgresJobs
from adapters.postgres.store import CONNECTION_LOST, commit, lent
from domain.accounts.ledger import AlreadyPosted
from domain.kernel.errors import Unavailable

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
        self.norm_book = PostgresNormBook(connection)
        self.meter_book = PostgresMeterBook(connection)
        self.counted_values = PostgresCountedValues(connection)
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
            async with lent(self.pool) as connection:
                transaction = connection.transaction()
                await transaction.start()
                try:
                    yield PostgresImportStore(connection, self.now, self.new_id)
                except BaseException:
                    with suppress(*CONNECTION_LOST):
                        await transaction.rollback()
                    raise
                await commit(transaction)
        except _TRY_AGAIN as error:
            raise Unavailable from error
