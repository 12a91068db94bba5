from dataclasses import dataclass
from datetime import datetime

import asyncpg

from adapters.postgres.rows import struct
from domain.kernel.ids import ApiKeyId, SystemId
from domain.people.systems import ApiKey, ApiKeyNotFound, System, SystemNameTaken, SystemNotFound


@dataclass(frozen=True, slots=True)
class PostgresSystems:
    connection: asyncpg.Connection

    async def add(self, system: System) -> None:
        try:
            await self.connection.execute(
                "INSERT INTO systems (system_id, name, created_at) VALUES ($1, $2, $3)",
                system.id,
                system.name,
                system.created_at,
            )
        except asyncpg.UniqueViolationError:
            raise SystemNameTaken(field="name") from None

    async def keys_locked(self, system_id: SystemId) -> list[ApiKey]:
        known = await self.connection.fetchval(
            "SELECT true FROM systems WHERE system_id = $1 FOR UPDATE", system_id
        )
        if not known:
            raise SystemNotFound
        rows = await self.connection.fetch(
            """
            SELECT api_key_id AS id, system_id, secret_hash, scopes, created_at, expires_at,
              sealed_signing_secret, last_used_at, revoked_at
            FROM api_keys WHERE system_id = $1 ORDER BY created_at DESC, api_key_id DESC
            """,
            system_id,
        )
        return [struct(ApiKey, row) for row in rows]

    async def add_key(self, key: ApiKey) -> None:
        await self.connection.execute(
            """
            INSERT INTO api_keys (api_key_id, system_id, secret_hash, scopes, created_at, expires_at,
              sealed_signing_secret)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            """,
            key.id,
            key.system_id,
            key.secret_hash,
            sorted(key.scopes),
            key.created_at,
            key.expires_at,
            key.sealed_signing_secret,
        )

    async def revoke(self, system_id: SystemId, api_key_id: ApiKeyId, at: datetime) -> None:
        revoked = await self.connection.fetchval(
            """
            UPDATE api_keys SET revoked_at = $3
            WHERE system_id = $1 AND api_key_id = $2 AND revoked_at IS NULL RETURNING true
            """,
            system_id,
            api_key_id,
            at,
        )
        if not revoked:
            raise ApiKeyNotFound

    async def all(self) -> list[tuple[System, list[ApiKey]]]:
        systems = await self.connection.fetch(
            "SELECT system_id AS id, name, created_at FROM systems ORDER BY name"
        )
        rows = await self.connection.fetch(
            """
            SELECT api_key_id AS id, system_id, secret_hash, scopes, created_at, expires_at,
              sealed_signing_secret, last_used_at, revoked_at
            FROM api_keys ORDER BY created_at DESC, api_key_id DESC
            """
        )
        keys = [struct(ApiKey, row) for row in rows]
        return [(struct(System, row), [key for key in keys if key.system_id == row["id"]]) for row in systems]

    async def by_name(self, name: str) -> System | None:
        row = await self.connection.fetchrow(
            "SELECT system_id AS id, name, created_at FROM systems WHERE name = $1", name
        )
        return None if row is None else struct(System, row)

    async def sealed_signing_secret(self, api_key_id: ApiKeyId) -> bytes | None:
        sealed: bytes | None = await self.connection.fetchval(
            "SELECT sealed_signing_secret FROM api_keys WHERE api_key_id = $1 AND revoked_at IS NULL",
            api_key_id,
        )
        return sealed

    async def take_nonce(self, api_key_id: ApiKeyId, nonce: str, until: datetime) -> bool:
        taken = await self.connection.fetchval(
            """
            INSERT INTO api_key_nonces (api_key_id, nonce, kept_until) VALUES ($1, $2, $3)
            ON CONFLICT (api_key_id, nonce) DO NOTHING RETURNING true
            """,
            api_key_id,
            nonce,
            until,
        )
        return taken is not None

    async def prune_nonces(self, before: datetime) -> int:
        status: str = await self.connection.execute(
            "DELETE FROM api_key_nonces WHERE kept_until < $1", before
        )
        return int(status.rpartition(" ")[2])
