from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from adapters.postgres.rows import struct
from domain.kernel.ids import UserId
from domain.notices.notices import Notice, NoticeId


@dataclass(frozen=True, slots=True)
class PostgresNotices:
    connection: asyncpg.Connection

    async def add(self, notices: Sequence[Notice]) -> list[NoticeId]:
        rows = await self.connection.fetchmany(
            """
            INSERT INTO notices (user_id, notice_id, account_id, kind, channel, cause, series, address, words,
              state, made_at, steps)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            ON CONFLICT (user_id, channel, cause) DO NOTHING RETURNING notice_id
            """,
            [
                (
                    one.user_id,
                    one.id,
                    one.account_id,
                    one.kind,
                    one.channel,
                    one.cause,
                    one.series,
                    one.address,
                    one.words,
                    one.state,
                    one.made_at,
                    one.steps,
                )
                for one in notices
            ],
        )
        return [NoticeId(row["notice_id"]) for row in rows]

    async def found(self, user_id: UserId, id: NoticeId) -> Notice | None:
        row = await self.connection.fetchrow(
            """
            SELECT user_id, notice_id AS id, account_id, channel, cause, series, address, words, state,
              made_at, steps
            FROM notices WHERE user_id = $1 AND notice_id = $2
            """,
            user_id,
            id,
        )
        return None if row is None else struct(Notice, row)

    async def locked(self, user_id: UserId, id: NoticeId) -> Notice | None:
        row = await self.connection.fetchrow(
            """
            SELECT user_id, notice_id AS id, account_id, channel, cause, series, address, words, state,
              made_at, steps
            FROM notices WHERE user_id = $1 AND notice_id = $2 FOR UPDATE
            """,
            user_id,
            id,
        )
        return None if row is None else struct(Notice, row)

    async def save(self, notice: Notice) -> None:
        await self.connection.execute(
            """
            UPDATE notices SET address = $3, words = $4, state = $5, steps = $6
            WHERE user_id = $1 AND notice_id = $2
            """,
            notice.user_id,
            notice.id,
            notice.address,
            notice.words,
            notice.state,
            notice.steps,
        )
