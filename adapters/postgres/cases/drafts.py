"""Drafts in PostgreSQL."""

from dataclasses import dataclass
from uuid import UUID

import asyncpg
import msgspec

from adapters.postgres.pool import Queryable
from domain.cases.drafts import Draft, DraftCursor
from domain.kernel.access import Access
from domain.kernel.ids import AccountId, CaseId


@dataclass(frozen=True, slots=True)
class PostgresDrafts:
    connection: Queryable

    async def keep(self, draft: Draft) -> bool:
        kept = await self.connection.fetchval(
            """
            INSERT INTO case_drafts (account_id, case_id, by_id, content, changed_at)
            VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (account_id, case_id)
            DO UPDATE SET content = excluded.content, changed_at = excluded.changed_at
            WHERE case_drafts.by_id = excluded.by_id
            RETURNING true
            """,
            draft.account_id,
            draft.case_id,
            draft.by_id,
            draft.content,
            draft.changed_at,
        )
        return bool(kept)

    async def count(self, account_id: AccountId, by_id: UUID) -> int:
        return int(
            await self.connection.fetchval(
                "SELECT count(*) FROM case_drafts WHERE account_id = $1 AND by_id = $2", account_id, by_id
            )
        )

    async def found(self, access: Access, case_id: CaseId) -> Draft | None:
        row = await self.connection.fetchrow(
            """
            SELECT * FROM case_drafts
            WHERE account_id = $1 AND case_id = $2 AND by_id = $3
              AND ($4::uuid IS NULL OR EXISTS (
                    SELECT 1 FROM account_members m
                    WHERE m.account_id = $1 AND m.user_id = $4 AND $5 = ANY (m.scopes)
                      AND (m.valid_until IS NULL OR m.valid_until > $6)))
            """,
            access.account_id,
            case_id,
            access.actor.id,
            access.actor.user_id,
            access.scope,
            access.at,
        )
        return _draft(row) if row else None

    async def listed(self, access: Access, *, before: DraftCursor | None, limit: int) -> list[Draft]:
        rows = await self.connection.fetch(
            """
            SELECT * FROM case_drafts
            WHERE account_id = $1 AND by_id = $2
              AND ($3::uuid IS NULL OR EXISTS (
                    SELECT 1 FROM account_members m
                    WHERE m.account_id = $1 AND m.user_id = $3 AND $4 = ANY (m.scopes)
                      AND (m.valid_until IS NULL OR m.valid_until > $5)))
              AND ($6::timestamptz IS NULL OR (changed_at, case_id) < ($6, $7::uuid))
            ORDER BY changed_at DESC, case_id DESC LIMIT $8
            """,
            access.account_id,
            access.actor.id,
            access.actor.user_id,
            access.scope,
            access.at,
            before.changed_at if before else None,
            before.case_id if before else None,
            limit,
        )
        return [_draft(row) for row in rows]

    async def drop(self, account_id: AccountId, case_id: CaseId, by_id: UUID) -> None:
        await self.connection.execute(
            "DELETE FROM case_drafts WHERE account_id = $1 AND case_id = $2 AND by_id = $3",
            account_id,
            case_id,
            by_id,
        )


def _draft(row: asyncpg.Record) -> Draft:
    return msgspec.convert(dict(row), Draft)
