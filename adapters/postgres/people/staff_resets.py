from dataclasses import dataclass

import asyncpg

from adapters.postgres.rows import struct
from domain.kernel.ids import StaffId
from domain.people.staff_passwords import StaffReset


@dataclass(frozen=True, slots=True)
class PostgresStaffResets:
    connection: asyncpg.Connection

    async def keep(self, reset: StaffReset) -> None:
        await self.connection.execute(
            """
            INSERT INTO staff_password_resets (staff_id, secret_hash, made_at, expires_at, used_at)
            VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (staff_id) DO UPDATE SET secret_hash = excluded.secret_hash,
              made_at = excluded.made_at, expires_at = excluded.expires_at, used_at = excluded.used_at
            """,
            reset.staff_id,
            reset.secret_hash,
            reset.made_at,
            reset.expires_at,
            reset.used_at,
        )

    async def locked(self, staff_id: StaffId) -> StaffReset | None:
        row = await self.connection.fetchrow(
            """
            SELECT staff_id, secret_hash, made_at, expires_at, used_at
            FROM staff_password_resets WHERE staff_id = $1 FOR UPDATE
            """,
            staff_id,
        )
        return None if row is None else struct(StaffReset, row)
