from dataclasses import dataclass

import asyncpg

from adapters.postgres.rows import struct
from domain.notices.pace import Pace
from domain.notices.words import Channel


@dataclass(frozen=True, slots=True)
class PostgresPaces:
    connection: asyncpg.Connection

    async def locked(self, channel: Channel) -> Pace:
        row = await self.connection.fetchrow(
            "SELECT channel, spent_until, tails FROM notice_paces WHERE channel = $1 FOR UPDATE", channel
        )
        if row is not None:
            return struct(Pace, row)
        await self.connection.execute(
            "INSERT INTO notice_paces (channel, tails) VALUES ($1, '{}') ON CONFLICT (channel) DO NOTHING",
            channel,
        )
        return await self.locked(channel)

    async def save(self, pace: Pace) -> None:
        await self.connection.execute(
            "UPDATE notice_paces SET spent_until = $2, tails = $3 WHERE channel = $1",
            pace.channel,
            pace.spent_until,
            pace.tails,
        )
