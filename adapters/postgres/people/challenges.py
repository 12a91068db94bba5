from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from adapters.postgres.rows import struct
from domain.people.challenges import Challenge


@dataclass(frozen=True, slots=True)
class PostgresChallenges:
    connection: asyncpg.Connection

    async def add(self, challenge: Challenge) -> None:
        await self.connection.execute(
            """
            INSERT INTO sign_in_challenges (challenge_id, secret_hash, holder, owner_id, login, by_password,
              ip, created_at, expires_at, tries_left)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            """,
            challenge.id,
            challenge.secret_hash,
            challenge.holder,
            challenge.owner_id,
            challenge.login,
            challenge.by_password,
            challenge.ip,
            challenge.created_at,
            challenge.expires_at,
            challenge.tries_left,
        )

    async def locked(self, id: UUID) -> Challenge | None:
        row = await self.connection.fetchrow(
            """
            SELECT challenge_id AS id, secret_hash, holder, owner_id, login, by_password, ip, created_at,
              expires_at, tries_left, passed_at
            FROM sign_in_challenges WHERE challenge_id = $1 FOR UPDATE
            """,
            id,
        )
        return None if row is None else struct(Challenge, row)

    async def save(self, challenge: Challenge) -> None:
        await self.connection.execute(
            "UPDATE sign_in_challenges SET tries_left = $2, passed_at = $3 WHERE challenge_id = $1",
            challenge.id,
            challenge.tries_left,
            challenge.passed_at,
        )

    async def drop(self, owner_id: UUID) -> None:
        await self.connection.execute("DELETE FROM sign_in_challenges WHERE owner_id = $1", owner_id)

    async def prune(self, before: datetime) -> int:
        status: str = await self.connection.execute(
            "DELETE FROM sign_in_challenges WHERE expires_at < $1", before
        )
        return int(status.rpartition(" ")[2])
