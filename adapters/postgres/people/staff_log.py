from dataclasses import dataclass
from uuid import UUID

import asyncpg

from adapters.postgres.rows import struct
from domain.people.staff_changes import StaffEntry


@dataclass(frozen=True, slots=True)
class PostgresStaffLog:
    connection: asyncpg.Connection

    async def add(self, entry: StaffEntry) -> None:
        await self.connection.execute(
            """
            INSERT INTO staff_log (entry_id, at, who_kind, who, who_name, act, whom, reason, details)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """,
            entry.id,
            entry.at,
            entry.who_kind,
            entry.who,
            entry.who_name,
            entry.act,
            entry.whom,
            entry.reason,
            entry.details,
        )

    async def page(self, *, before: UUID | None, limit: int) -> list[StaffEntry]:
        rows = await self.connection.fetch(
            """
            SELECT entry_id AS id, at, who_kind, who, who_name, act, whom, reason, details
            FROM staff_log WHERE $1::uuid IS NULL OR entry_id < $1 ORDER BY entry_id DESC LIMIT $2
            """,
            before,
            limit,
        )
        return [struct(StaffEntry, row) for row in rows]
