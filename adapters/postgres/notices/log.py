from dataclasses import dataclass

import asyncpg

from adapters.postgres.pool import Queryable
from adapters.postgres.rows import struct
from domain.kernel.access import Access
from domain.kernel.ids import UserId
from domain.notices.notices import Notice, NoticeId, NoticeKey


@dataclass(frozen=True, slots=True)
class PostgresNoticeLog:
    connection: Queryable

    async def of_user(self, user_id: UserId, *, before: NoticeKey | None, limit: int) -> list[Notice]:
        rows = await self.connection.fetch(
            """
            SELECT user_id, notice_id AS id, account_id, channel, cause, series, address, words, state,
              made_at, steps
            FROM notices
            WHERE user_id = $1 AND ($2::timestamptz IS NULL OR (made_at, notice_id) < ($2, $3::uuid))
            ORDER BY made_at DESC, notice_id DESC LIMIT $4
            """,
            user_id,
            *_key(before),
            limit,
        )
        return [struct(Notice, row) for row in rows]

    async def one(self, user_id: UserId, id: NoticeId) -> Notice | None:
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

    async def of_account(self, access: Access, *, before: NoticeKey | None, limit: int) -> list[Notice]:
        user_id = access.actor.user_id
        rows = await (
            self._of_member(user_id, access, before, limit)
            if user_id
            else self._of_all(access, before, limit)
        )
        return [struct(Notice, row) for row in rows]

    async def _of_member(
        self, user_id: UserId, access: Access, before: NoticeKey | None, limit: int
    ) -> list[asyncpg.Record]:
        """Their own, while they may look at the account."""
        is_member = await self.connection.fetchval(
            """
            SELECT true FROM account_members
            WHERE account_id = $1 AND user_id = $2 AND $3 = ANY (scopes)
              AND (valid_until IS NULL OR valid_until > $4)
            """,
            access.account_id,
            user_id,
            access.scope,
            access.at,
        )
        if not is_member:
            return []
        return await self.connection.fetch(
            """
            SELECT user_id, notice_id AS id, account_id, channel, cause, series, address, words, state,
              made_at, steps
            FROM notices
            WHERE user_id = $1 AND account_id = $2
              AND ($3::timestamptz IS NULL OR (made_at, notice_id) < ($3, $4::uuid))
            ORDER BY made_at DESC, notice_id DESC LIMIT $5
            """,
            user_id,
            access.account_id,
            *_key(before),
            limit,
        )

    async def _of_all(self, access: Access, before: NoticeKey | None, limit: int) -> list[asyncpg.Record]:
        """Report over all people: what was said about one account."""
        return await self.connection.fetch(
            """
            SELECT user_id, notice_id AS id, account_id, channel, cause, series, address, words, state,
              made_at, steps
            FROM notices
            WHERE account_id = $1 AND ($2::timestamptz IS NULL OR (made_at, notice_id) < ($2, $3::uuid))
            ORDER BY made_at DESC, notice_id DESC LIMIT $4
            """,
            access.account_id,
            *_key(before),
            limit,
        )


def _key(before: NoticeKey | None) -> tuple[object, object]:
    return (before.made_at, before.notice_id) if before else (None, None)
