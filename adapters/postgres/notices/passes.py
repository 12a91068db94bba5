from dataclasses import dataclass
from datetime import date

import asyncpg

from adapters.postgres.rows import struct
from domain.notices.reminders import Pass


@dataclass(frozen=True, slots=True)
class PostgresPasses:
    connection: asyncpg.Connection

    async def locked(self, wanted: Pass) -> Pass:
        await self.connection.execute(
            """
            INSERT INTO reminder_passes (day, started_at, accounts, counts) VALUES ($1, $2, 0, '{}')
            ON CONFLICT (day) DO NOTHING
            """,
            wanted.day,
            wanted.started_at,
        )
        row = await self.connection.fetchrow(
            """
            SELECT day, started_at, after_account_id AS after, accounts, counts, finished_at
            FROM reminder_passes WHERE day = $1 FOR UPDATE
            """,
            wanted.day,
        )
        assert row is not None
        return struct(Pass, row)

    async def of(self, day: date) -> Pass | None:
        row = await self.connection.fetchrow(
            """
            SELECT day, started_at, after_account_id AS after, accounts, counts, finished_at
            FROM reminder_passes WHERE day = $1
            """,
            day,
        )
        return None if row is None else struct(Pass, row)

    async def save(self, one: Pass) -> None:
        await self.connection.execute(
            """
            UPDATE reminder_passes SET started_at = $2, after_account_id = $3, accounts = $4, counts = $5,
              finished_at = $6
            WHERE day = $1
            """,
            one.day,
            one.started_at,
            one.after,
            one.accounts,
            one.counts,
            one.finished_at,
        )
