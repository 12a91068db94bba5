from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from adapters.postgres.rows import struct
from domain.people.second_factor import Factor


@dataclass(frozen=True, slots=True)
class PostgresStaffFactors:
    """Second factors of staff."""

    connection: asyncpg.Connection

    async def of(self, owner_id: UUID) -> Factor | None:
        row = await self.connection.fetchrow(
            """
            SELECT staff_id AS owner_id, sealed, enrolled_at, confirmed_at, last_step
            FROM staff_factors WHERE staff_id = $1
            """,
            owner_id,
        )
        return None if row is None else struct(Factor, row)

    async def locked(self, owner_id: UUID) -> Factor | None:
        row = await self.connection.fetchrow(
            """
            SELECT staff_id AS owner_id, sealed, enrolled_at, confirmed_at, last_step
            FROM staff_factors WHERE staff_id = $1 FOR UPDATE
            """,
            owner_id,
        )
        return None if row is None else struct(Factor, row)

    async def save(self, factor: Factor) -> None:
        await self.connection.execute(
            """
            INSERT INTO staff_factors (staff_id, sealed, enrolled_at, confirmed_at, last_step)
            VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (staff_id) DO UPDATE SET sealed = excluded.sealed,
              enrolled_at = excluded.enrolled_at, confirmed_at = excluded.confirmed_at,
              last_step = excluded.last_step
            """,
            factor.owner_id,
            factor.sealed,
            factor.enrolled_at,
            factor.confirmed_at,
            factor.last_step,
        )

    async def forget(self, owner_id: UUID) -> None:
        await self.connection.execute("DELETE FROM staff_fallback_codes WHERE staff_id = $1", owner_id)
        await self.connection.execute("DELETE FROM staff_factors WHERE staff_id = $1", owner_id)

    async def set_fallbacks(self, owner_id: UUID, hashes: Iterable[bytes], at: datetime) -> None:
        await self.connection.execute("DELETE FROM staff_fallback_codes WHERE staff_id = $1", owner_id)
        await self.connection.executemany(
            "INSERT INTO staff_fallback_codes (staff_id, code_hash, created_at) VALUES ($1, $2, $3)",
            [(owner_id, code_hash, at) for code_hash in hashes],
        )

    async def use_fallback(self, owner_id: UUID, code_hash: bytes, at: datetime) -> bool:
        used = await self.connection.fetchval(
            """
            UPDATE staff_fallback_codes SET used_at = $3
            WHERE staff_id = $1 AND code_hash = $2 AND used_at IS NULL RETURNING true
            """,
            owner_id,
            code_hash,
            at,
        )
        return used is not None

    async def fallbacks_left(self, owner_id: UUID) -> int:
        left: int = await self.connection.fetchval(
            "SELECT count(*) FROM staff_fallback_codes WHERE staff_id = $1 AND used_at IS NULL", owner_id
        )
        return left
