"""Files laid to cases, in PostgreSQL: all but their bytes."""

from dataclasses import dataclass
from datetime import datetime

import asyncpg
import msgspec

from adapters.postgres.pool import Queryable
from domain.cases.attachments import Attachment, AttachmentNotFound, Filled
from domain.cases.steps import StepBy
from domain.kernel.access import Access
from domain.kernel.ids import AccountId, AttachmentId, CaseId


@dataclass(frozen=True, slots=True)
class PostgresAttachments:
    connection: Queryable

    async def shelf_locked(self, account_id: AccountId, at: datetime) -> None:
        await self.connection.execute(
            """
            INSERT INTO attachment_shelves (account_id, changed_at) VALUES ($1, $2)
            ON CONFLICT (account_id) DO UPDATE SET changed_at = excluded.changed_at
            """,
            account_id,
            at,
        )

    async def filled(self, account_id: AccountId, case_id: CaseId, since: datetime) -> Filled:
        row = await self.connection.fetchrow(
            """
            SELECT count(*) FILTER (WHERE a.case_id = $2 AND a.state <> 'refused') AS files,
                   coalesce(sum(a.size_bytes)
                       FILTER (WHERE a.case_id = $2 AND a.state <> 'refused'), 0)::bigint AS bytes,
                   coalesce(sum(a.size_bytes) FILTER (WHERE a.state <> 'refused' AND NOT EXISTS (
                       SELECT 1 FROM cases c WHERE c.account_id = a.account_id AND c.case_id = a.case_id)),
                       0)::bigint AS unsent_bytes,
                   count(*) FILTER (WHERE a.announced_at > $3) AS files_today
            FROM attachments a
            WHERE a.account_id = $1
            """,
            account_id,
            case_id,
            since,
        )
        assert row is not None
        return msgspec.convert(dict(row), Filled)

    async def is_of_another(self, account_id: AccountId, case_id: CaseId, by: StepBy) -> bool:
        return bool(
            await self.connection.fetchval(
                """
                SELECT EXISTS (SELECT 1 FROM attachments
                               WHERE account_id = $1 AND case_id = $2 AND by_id <> $3)
                """,
                account_id,
                case_id,
                by.id,
            )
        )

    async def add(self, attachment: Attachment) -> None:
        await self.connection.execute(
            """
            INSERT INTO attachments
                (account_id, attachment_id, case_id, name, paper, size_bytes, sha256, by_kind, by_id, by_name,
                 announced_at, changed_at, state, received_bytes, kind, malware_check, reason, is_told)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
            """,
            attachment.account_id,
            attachment.id,
            attachment.case_id,
            attachment.announced.name,
            attachment.announced.paper,
            attachment.announced.size_bytes,
            attachment.announced.sha256,
            attachment.by.kind,
            attachment.by.id,
            attachment.by.name,
            attachment.announced_at,
            attachment.changed_at,
            attachment.state,
            attachment.received_bytes,
            attachment.kind,
            attachment.malware_check,
            attachment.reason,
            attachment.is_told,
        )

    async def found(self, account_id: AccountId, attachment_id: AttachmentId) -> Attachment | None:
        row = await self.connection.fetchrow(
            "SELECT * FROM attachments WHERE account_id = $1 AND attachment_id = $2",
            account_id,
            attachment_id,
        )
        return _attachment(row) if row else None

    async def locked(self, account_id: AccountId, attachment_id: AttachmentId) -> Attachment | None:
        row = await self.connection.fetchrow(
            "SELECT * FROM attachments WHERE account_id = $1 AND attachment_id = $2 FOR UPDATE",
            account_id,
            attachment_id,
        )
        return _attachment(row) if row else None

    async def save(self, attachment: Attachment) -> None:
        await self.connection.execute(
            """
            UPDATE attachments
            SET changed_at = $3, state = $4, received_bytes = $5, kind = $6, malware_check = $7, reason = $8,
                is_told = $9
            WHERE account_id = $1 AND attachment_id = $2
            """,
            attachment.account_id,
            attachment.id,
            attachment.changed_at,
            attachment.state,
            attachment.received_bytes,
            attachment.kind,
            attachment.malware_check,
            attachment.reason,
            attachment.is_told,
        )

    async def remove(self, account_id: AccountId, attachment_id: AttachmentId) -> None:
        await self.connection.execute(
            "DELETE FROM attachments WHERE account_id = $1 AND attachment_id = $2", account_id, attachment_id
        )

    async def is_needed(self, account_id: AccountId, sha256: str, besides: AttachmentId) -> bool:
        return bool(
            await self.connection.fetchval(
                """
                SELECT EXISTS (SELECT 1 FROM attachments
                               WHERE account_id = $1 AND sha256 = $2 AND attachment_id <> $3
                                 AND state <> 'refused')
                """,
                account_id,
                sha256,
                besides,
            )
        )

    async def tell(self, account_id: AccountId, case_id: CaseId) -> list[str]:
        rows = await self.connection.fetch(
            """
            SELECT attachment_id, name, state FROM attachments
            WHERE account_id = $1 AND case_id = $2 AND NOT is_told
            ORDER BY announced_at, attachment_id FOR UPDATE
            """,
            account_id,
            case_id,
        )
        kept = [row for row in rows if row["state"] == "kept"]
        if kept:
            await self.connection.execute(
                """
                UPDATE attachments SET is_told = true
                WHERE account_id = $1 AND attachment_id = ANY ($2::uuid[])
                """,
                account_id,
                [row["attachment_id"] for row in kept],
            )
        return [row["name"] for row in kept]

    async def papers(self, account_id: AccountId, case_id: CaseId) -> set[str]:
        rows = await self.connection.fetch(
            """
            SELECT DISTINCT paper FROM attachments
            WHERE account_id = $1 AND case_id = $2 AND paper IS NOT NULL AND state IN ('kept', 'checking')
            """,
            account_id,
            case_id,
        )
        return {row["paper"] for row in rows}

    async def of(self, access: Access, case_id: CaseId, attachment_id: AttachmentId) -> Attachment:
        rows = await self._seen(access, case_id, attachment_id)
        if not rows:
            raise AttachmentNotFound
        return _attachment(rows[0])

    async def listed(self, access: Access, case_id: CaseId) -> list[Attachment]:
        return [_attachment(row) for row in await self._seen(access, case_id, None)]

    async def _seen(
        self, access: Access, case_id: CaseId, attachment_id: AttachmentId | None
    ) -> list[asyncpg.Record]:
        return await self.connection.fetch(
            """
            SELECT a.* FROM attachments a
            WHERE a.account_id = $1 AND a.case_id = $2 AND ($3::uuid IS NULL OR a.attachment_id = $3)
              AND (a.by_id = $4 OR EXISTS (
                    SELECT 1 FROM cases c WHERE c.account_id = a.account_id AND c.case_id = a.case_id))
              AND ($5::uuid IS NULL OR EXISTS (
                    SELECT 1 FROM account_members m
                    WHERE m.account_id = $1 AND m.user_id = $5 AND $6 = ANY (m.scopes)
                      AND (m.valid_until IS NULL OR m.valid_until > $7)))
            ORDER BY a.announced_at, a.attachment_id
            """,
            access.account_id,
            case_id,
            attachment_id,
            access.actor.id,
            access.actor.user_id,
            access.scope,
            access.at,
        )

    async def outdated(self, before: datetime, *, limit: int) -> list[Attachment]:
        rows = await self.connection.fetch(
            """
            SELECT a.* FROM attachments a
            WHERE a.is_told AND a.changed_at < $1 AND NOT EXISTS (
              SELECT FROM cases c WHERE c.account_id = a.account_id AND c.case_id = a.case_id AND c.is_open)
            ORDER BY a.changed_at, a.attachment_id LIMIT $2
            """,
            before,
            limit,
        )
        return [_attachment(row) for row in rows]

    async def abandoned(self, before: datetime, *, limit: int) -> list[Attachment]:
        rows = await self.connection.fetch(
            """
            SELECT a.* FROM attachments a
            WHERE NOT a.is_told AND a.changed_at < $1
              AND (a.state IN ('uploading', 'refused') OR (a.state = 'kept'
                   AND NOT EXISTS (SELECT 1 FROM cases c
                                   WHERE c.account_id = a.account_id AND c.case_id = a.case_id)
                   AND NOT EXISTS (SELECT 1 FROM case_drafts d
                                   WHERE d.account_id = a.account_id AND d.case_id = a.case_id)))
            ORDER BY a.changed_at, a.attachment_id LIMIT $2
            """,
            before,
            limit,
        )
        return [_attachment(row) for row in rows]


def _attachment(row: asyncpg.Record) -> Attachment:
    fields = dict(row)
    return msgspec.convert(
        {
            **fields,
            "id": fields["attachment_id"],
            "announced": {name: fields[name] for name in ("name", "paper", "size_bytes", "sha256")},
            "by": {name: fields[f"by_{name}"] for name in ("kind", "id", "name")},
        },
        Attachment,
    )
