"""What a backup says of itself, and which files it must hold."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import asyncpg

from domain.kernel.ids import AccountId


@dataclass(frozen=True, slots=True)
class PostgresBackedUp:
    """In the transaction, and so in the snapshot, of `connection`."""

    connection: asyncpg.Connection

    async def counts(self) -> dict[str, int]:
        return {
            "accounts": await self.connection.fetchval("SELECT count(*) FROM accounts"),
            "transfers": await self.connection.fetchval("SELECT count(*) FROM transfers"),
            "payments": await self.connection.fetchval("SELECT count(*) FROM payments"),
            "users": await self.connection.fetchval("SELECT count(*) FROM users"),
            "cases": await self.connection.fetchval("SELECT count(*) FROM cases"),
        }

    async def migrations(self) -> dict[str, str]:
        """SHA-256 of each that has run, by name."""
        rows = await self.connection.fetch("SELECT name, sha256 FROM migrations ORDER BY name")
        return {row["name"]: row["sha256"] for row in rows}

    async def last_root(self) -> str:
        """ "2026-11-22 4e76…"; empty while no day is closed."""
        row = await self.connection.fetchrow("SELECT day, root FROM day_roots ORDER BY day DESC LIMIT 1")
        return f"{row['day']} {row['root'].hex()}" if row else ""

    async def photos(self) -> AsyncIterator[tuple[AccountId, str]]:
        """Account and SHA-256 of each photo of a reading."""
        rows = self.connection.cursor(
            """
            SELECT account_id, insistence ->> 'photo_sha256' AS sha256 FROM readings
            WHERE insistence ->> 'photo_sha256' IS NOT NULL
            """
        )
        async for row in rows:
            yield row["account_id"], row["sha256"]

    async def attachments(self) -> AsyncIterator[tuple[AccountId, str]]:
        """Account and SHA-256 of each kept attachment."""
        rows = self.connection.cursor("SELECT account_id, sha256 FROM attachments WHERE state = 'kept'")
        async for row in rows:
            yield row["account_id"], row["sha256"]
