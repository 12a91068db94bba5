from dataclasses import dataclass
from datetime import datetime

import asyncpg

from adapters.postgres.rows import struct
from domain.people.attempts import Door, Tries


@dataclass(frozen=True, slots=True)
class PostgresAttempts:
    connection: asyncpg.Connection

    async def locked(self, door: Door, at: datetime) -> Tries:
        await self.connection.execute(
            """
            INSERT INTO attempts (kind, key, window_started_at, count, lock_no)
            VALUES ($1, $2, $3, 0, 0) ON CONFLICT (kind, key) DO NOTHING
            """,
            door.kind,
            door.key,
            at,
        )
        row = await self.connection.fetchrow(
            """
            SELECT kind, key, window_started_at, count, lock_no, locked_until
            FROM attempts WHERE kind = $1 AND key = $2 FOR UPDATE
            """,
            door.kind,
            door.key,
        )
        # A neighbour that has just been let in may have forgotten the row between the two statements.
        return (
            Tries(kind=door.kind, key=door.key, window_started_at=at) if row is None else struct(Tries, row)
        )

    async def save(self, tries: Tries) -> None:
        await self.connection.execute(
            """
            INSERT INTO attempts (kind, key, window_started_at, count, lock_no, locked_until)
            VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (kind, key) DO UPDATE SET window_started_at = excluded.window_started_at,
              count = excluded.count, lock_no = excluded.lock_no, locked_until = excluded.locked_until
            """,
            tries.kind,
            tries.key,
            tries.window_started_at,
            tries.count,
            tries.lock_no,
            tries.locked_until,
        )

    async def forget(self, door: Door) -> None:
        await self.connection.execute(
            "DELETE FROM attempts WHERE kind = $1 AND key = $2", door.kind, door.key
        )

    async def exists(self, door: Door) -> bool:
        found = await self.connection.fetchval(
            "SELECT true FROM attempts WHERE kind = $1 AND key = $2", door.kind, door.key
        )
        return found is not None

    async def prune(self, before: datetime) -> int:
        status: str = await self.connection.execute(
            """
            DELETE FROM attempts
            WHERE window_started_at < $1 AND (locked_until IS NULL OR locked_until < $1)
            """,
            before,
        )
        return int(status.rpartition(" ")[2])
