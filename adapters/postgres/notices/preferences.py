from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from adapters.postgres.rows import struct
from domain.kernel.ids import UserId
from domain.notices.preferences import Preferences


@dataclass(frozen=True, slots=True)
class PostgresPreferences:
    connection: asyncpg.Connection

    async def of(self, user_id: UserId) -> Preferences:
        row = await self.connection.fetchrow(
            """
            SELECT user_id, zone, is_quiet_chosen, quiet, switches FROM notice_preferences
            WHERE user_id = $1
            """,
            user_id,
        )
        return Preferences(user_id=user_id) if row is None else struct(Preferences, row)

    async def locked(self, user_id: UserId) -> Preferences:
        # The person's row stands for one that may not be there yet.
        await self.connection.fetchval("SELECT true FROM users WHERE user_id = $1 FOR UPDATE", user_id)
        return await self.of(user_id)

    async def of_many(self, user_ids: Sequence[UserId]) -> dict[UserId, Preferences]:
        """Report over all people: those of one page of a pass."""
        rows = await self.connection.fetch(
            """
            SELECT user_id, zone, is_quiet_chosen, quiet, switches FROM notice_preferences
            WHERE user_id = ANY ($1)
            """,
            user_ids,
        )
        return {row["user_id"]: struct(Preferences, row) for row in rows}

    async def save(self, preferences: Preferences) -> None:
        await self.connection.execute(
            """
            INSERT INTO notice_preferences (user_id, zone, is_quiet_chosen, quiet, switches)
            VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (user_id) DO UPDATE SET zone = excluded.zone,
              is_quiet_chosen = excluded.is_quiet_chosen, quiet = excluded.quiet, switches = excluded.switches
            """,
            preferences.user_id,
            preferences.zone,
            preferences.is_quiet_chosen,
            preferences.quiet,
            preferences.switches,
        )
