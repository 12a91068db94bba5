from dataclasses import dataclass
from datetime import datetime

import asyncpg

from adapters.postgres.rows import struct
from domain.kernel.ids import ApiKeyId
from domain.people.systems import ApiKey, ApiKeyNotFound


@dataclass(frozen=True, slots=True)
class PostgresSystems:
    connection: asyncpg.Connection

    async def add(self, key: ApiKey) -> None:
        await self.connection.execute(
            """
            INSERT INTO api_keys (api_key_id, name, secret_hash, scopes, created_at, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6)
            """,
            key.id,
            key.name,
            key.secret_hash,
            sorted(key.scopes),
            key.created_at,
            key.expires_at,
        )

    async def revoke(self, api_key_id: ApiKeyId, at: datetime) -> None:
        revoked = await self.connection.fetchval(
            """
            UPDATE api_keys SET revoked_at = $2
            WHERE api_key_id = $1 AND revoked_at IS NULL RETURNING true
            """,
            api_key_id,
            at,
        )
        if not revoked:
            raise ApiKeyNotFound

    async def all(self) -> list[ApiKey]:
        rows = await self.connection.fetch(
            """
            SELECT api_key_id AS id, name, secret_hash, scopes, created_at, expires_at, last_used_at,
              revoked_at
            FROM api_keys ORDER BY created_at DESC, api_key_id
            """
        )
        return [struct(ApiKey, row) for row in rows]
