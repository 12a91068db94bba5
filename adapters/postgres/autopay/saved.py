"""Saved ways to pay in PostgreSQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from adapters.postgres.pool import Queryable
from adapters.postgres.rows import struct
from domain.kernel.ids import SavedMethodId, UserId
from domain.payments.autopay.saved import SavedMethod


@dataclass(frozen=True, slots=True)
class PostgresSavedMethods:
    connection: Queryable

    async def add_once(self, method: SavedMethod) -> None:
        await self.connection.execute(
            """
            INSERT INTO saved_methods
                (user_id, method_id, provider, token, method, title, payment_id, saved_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (user_id, method_id) DO NOTHING
            """,
            method.user_id,
            method.id,
            method.provider,
            method.token,
            method.method,
            method.title,
            method.payment_id,
            method.saved_at,
        )

    async def of_user(self, user_id: UserId) -> Sequence[SavedMethod]:
        rows = await self.connection.fetch(
            """
            SELECT *, method_id AS id FROM saved_methods
            WHERE user_id = $1 AND deleted_at IS NULL ORDER BY saved_at DESC, method_id LIMIT 100
            """,
            user_id,
        )
        return [struct(SavedMethod, row) for row in rows]

    async def found(self, user_id: UserId, id: SavedMethodId) -> SavedMethod | None:
        row = await self.connection.fetchrow(
            "SELECT *, method_id AS id FROM saved_methods WHERE user_id = $1 AND method_id = $2", user_id, id
        )
        return struct(SavedMethod, row) if row else None

    async def delete(self, user_id: UserId, id: SavedMethodId, at: datetime) -> bool:
        found = await self.connection.fetchval(
            """
            UPDATE saved_methods SET deleted_at = $3
            WHERE user_id = $1 AND method_id = $2 AND deleted_at IS NULL RETURNING true
            """,
            user_id,
            id,
            at,
        )
        return bool(found)
