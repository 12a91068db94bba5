from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from adapters.postgres.rows import struct
from domain.people.codes import OneTimeCode, SignUp


@dataclass(frozen=True, slots=True)
class PostgresCodes:
    connection: asyncpg.Connection

    async def add(self, code: OneTimeCode) -> bool:
        added = await self.connection.fetchval(
            """
            INSERT INTO one_time_codes
              (code_key, purpose, code_hash, tries_left, issued_at, expires_at, used_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (code_key) DO NOTHING RETURNING true
            """,
            code.key,
            code.purpose,
            code.hash,
            code.tries_left,
            code.issued_at,
            code.expires_at,
            code.used_at,
        )
        return added is not None

    async def locked(self, key: bytes) -> OneTimeCode | None:
        row = await self.connection.fetchrow(
            """
            SELECT code_key AS key, purpose, code_hash AS hash, tries_left, issued_at, expires_at, used_at
            FROM one_time_codes WHERE code_key = $1 FOR UPDATE
            """,
            key,
        )
        return None if row is None else struct(OneTimeCode, row)

    async def save(self, code: OneTimeCode) -> None:
        await self.connection.execute(
            """
            INSERT INTO one_time_codes
              (code_key, purpose, code_hash, tries_left, issued_at, expires_at, used_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (code_key) DO UPDATE SET code_hash = excluded.code_hash,
              tries_left = excluded.tries_left, issued_at = excluded.issued_at,
              expires_at = excluded.expires_at, used_at = excluded.used_at
            """,
            code.key,
            code.purpose,
            code.hash,
            code.tries_left,
            code.issued_at,
            code.expires_at,
            code.used_at,
        )

    async def add_sign_up(self, sign_up: SignUp) -> None:
        await self.connection.execute(
            "INSERT INTO sign_ups (sign_up_id, phone, expires_at) VALUES ($1, $2, $3)",
            sign_up.id,
            sign_up.phone,
            sign_up.expires_at,
        )

    async def sign_up(self, sign_up_id: UUID, at: datetime) -> SignUp | None:
        row = await self.connection.fetchrow(
            """
            SELECT sign_up_id AS id, phone, expires_at FROM sign_ups
            WHERE sign_up_id = $1 AND expires_at > $2
            """,
            sign_up_id,
            at,
        )
        return None if row is None else struct(SignUp, row)

    async def prune(self, before: datetime) -> None:
        await self.connection.execute("DELETE FROM one_time_codes WHERE expires_at < $1", before)
        await self.connection.execute("DELETE FROM sign_ups WHERE expires_at < $1", before)
