from collections.abc import Collection, Mapping
from dataclasses import dataclass

import asyncpg

from adapters.postgres.pool import Queryable
from adapters.postgres.rows import struct
from domain.kernel.access import Access
from domain.kernel.ids import AccountId
from domain.people.staff import View
from domain.people.views import ViewKey, ViewQuestion


@dataclass(frozen=True, slots=True)
class PostgresViewLog:
    connection: Queryable

    async def of_account(self, access: Access, *, before: ViewKey | None, limit: int) -> list[View]:
        rows = await self.connection.fetch(
            """
            SELECT view_id AS id, account_id, staff_id, staff_name, what, at FROM account_views
            WHERE account_id = $1
              AND ($2::uuid IS NULL OR EXISTS (
                    SELECT 1 FROM account_members m
                    WHERE m.account_id = $1 AND m.user_id = $2 AND $3 = ANY (m.scopes)
                      AND (m.valid_until IS NULL OR m.valid_until > $4)))
              AND ($5::timestamptz IS NULL OR (at, view_id) < ($5, $6::uuid))
            ORDER BY at DESC, view_id DESC LIMIT $7
            """,
            access.account_id,
            access.actor.user_id,
            access.scope,
            access.at,
            before.at if before else None,
            before.view_id if before else None,
            limit,
        )
        return [struct(View, row) for row in rows]

    async def listed(self, question: ViewQuestion, *, before: ViewKey | None, limit: int) -> list[View]:
        rows = await (self._of_one if question.account_id else self._of_all)(question, before, limit)
        return [struct(View, row) for row in rows]

    async def numbers(self, account_ids: Collection[AccountId]) -> Mapping[AccountId, str]:
        """Report over all accounts: the data officer's question."""
        rows = await self.connection.fetch(
            "SELECT account_id, number FROM accounts WHERE account_id = ANY ($1::uuid[])", list(account_ids)
        )
        return {AccountId(row["account_id"]): row["number"] for row in rows}

    async def _of_one(
        self, question: ViewQuestion, before: ViewKey | None, limit: int
    ) -> list[asyncpg.Record]:
        return await self.connection.fetch(
            """
            SELECT view_id AS id, account_id, staff_id, staff_name, what, at FROM account_views
            WHERE account_id = $1
              AND ($2::uuid IS NULL OR staff_id = $2)
              AND ($3::timestamptz IS NULL OR at >= $3)
              AND ($4::timestamptz IS NULL OR at < $4)
              AND ($5::timestamptz IS NULL OR (at, view_id) < ($5, $6::uuid))
            ORDER BY at DESC, view_id DESC LIMIT $7
            """,
            question.account_id,
            question.staff_id,
            question.since,
            question.until,
            before.at if before else None,
            before.view_id if before else None,
            limit,
        )

    async def _of_all(
        self, question: ViewQuestion, before: ViewKey | None, limit: int
    ) -> list[asyncpg.Record]:
        """Report over all accounts: the data officer's question."""
        return await self.connection.fetch(
            """
            SELECT view_id AS id, account_id, staff_id, staff_name, what, at FROM account_views
            WHERE ($1::uuid IS NULL OR staff_id = $1)
              AND ($2::timestamptz IS NULL OR at >= $2)
              AND ($3::timestamptz IS NULL OR at < $3)
              AND ($4::timestamptz IS NULL OR (at, view_id) < ($4, $5::uuid))
            ORDER BY at DESC, view_id DESC LIMIT $6
            """,
            question.staff_id,
            question.since,
            question.until,
            before.at if before else None,
            before.view_id if before else None,
            limit,
        )
