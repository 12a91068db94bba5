"""Files of readings and the verdicts on their rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg
import msgspec

from adapters.postgres.pool import Queryable
from domain.accounts.accounts import AccountNotFound
from domain.kernel.access import Access
from domain.kernel.ids import AccountId, ReadingFileId
from domain.readings.files import (
    FileKey,
    FileRow,
    ReadingFile,
    ReadingFileGone,
    ReadingFileIdTaken,
    ReadingFileNotFound,
    RowState,
)

_ROW_COLUMNS = (
    *("account_id", "file_id", "no", "sheet", "row_no", "column_no", "serial", "zone", "zone_text"),
    *("direction", "taken_on", "value", "state", "findings", "meter_id", "reading_id"),
)


@dataclass(frozen=True, slots=True)
class PostgresReadingFiles:
    connection: Queryable

    async def added(self, wanted: ReadingFile, body: bytes) -> ReadingFile:
        kept = await self.connection.fetchval(
            """
            INSERT INTO reading_files
                (account_id, file_id, sha256, name, size_bytes, body, source, sender, received_at, state,
                 judging, counts, layouts, notes)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
            ON CONFLICT DO NOTHING
            RETURNING file_id
            """,
            wanted.account_id,
            wanted.id,
            wanted.sha256,
            wanted.name,
            wanted.size_bytes,
            body,
            wanted.source,
            wanted.sender,
            wanted.received_at,
            wanted.state,
            wanted.judging,
            wanted.counts,
            wanted.layouts,
            wanted.notes,
        )
        if kept:
            return wanted
        row = await self.connection.fetchrow(
            """
            SELECT account_id, file_id AS id, sha256, name, size_bytes, source, sender, received_at, state,
                   judging, judged_at, refusal, counts, layouts, notes
            FROM reading_files WHERE account_id = $1 AND sha256 = $2 FOR UPDATE
            """,
            wanted.account_id,
            wanted.sha256,
        )
        if row is None:
            raise ReadingFileIdTaken
        # The same bytes as those that were too old to be kept: here they are again.
        await self.connection.execute(
            """
            UPDATE reading_files SET body = $3
            WHERE account_id = $1 AND file_id = $2 AND body IS NULL
            """,
            wanted.account_id,
            row["id"],
            body,
        )
        return _file(row)

    async def count_since(self, account_id: AccountId, since: datetime) -> int:
        found = await self.connection.fetchval(
            "SELECT count(*) FROM reading_files WHERE account_id = $1 AND received_at > $2", account_id, since
        )
        return int(found)

    async def of(self, access: Access, file_id: ReadingFileId) -> ReadingFile:
        row = await self.connection.fetchrow(
            """
            SELECT f.account_id, f.file_id AS id, f.sha256, f.name, f.size_bytes, f.source, f.sender,
                   f.received_at, f.state, f.judging, f.judged_at, f.refusal, f.counts, f.layouts, f.notes
            FROM accounts a
            LEFT JOIN reading_files f ON f.account_id = a.account_id AND f.file_id = $5
            WHERE a.account_id = $1
              AND ($2::uuid IS NULL OR EXISTS (
                    SELECT 1 FROM account_members m
                    WHERE m.account_id = $1 AND m.user_id = $2 AND $3 = ANY (m.scopes)
                      AND (m.valid_until IS NULL OR m.valid_until > $4)))
            """,
            access.account_id,
            access.actor.user_id,
            access.scope,
            access.at,
            file_id,
        )
        if row is None:
            raise AccountNotFound
        if row["id"] is None:
            raise ReadingFileNotFound
        return _file(row)

    async def listed(self, access: Access, *, before: FileKey | None, limit: int) -> list[ReadingFile]:
        rows = await self.connection.fetch(
            """
            SELECT account_id, file_id AS id, sha256, name, size_bytes, source, sender, received_at, state,
                   judging, judged_at, refusal, counts, layouts, notes
            FROM reading_files
            WHERE account_id = $1
              AND ($2::uuid IS NULL OR EXISTS (
                    SELECT 1 FROM account_members m
                    WHERE m.account_id = $1 AND m.user_id = $2 AND $3 = ANY (m.scopes)
                      AND (m.valid_until IS NULL OR m.valid_until > $4)))
              AND ($5::timestamptz IS NULL OR (received_at, file_id) < ($5, $6::uuid))
            ORDER BY received_at DESC, file_id DESC LIMIT $7
            """,
            access.account_id,
            access.actor.user_id,
            access.scope,
            access.at,
            before.received_at if before else None,
            before.file_id if before else None,
            limit,
        )
        return [_file(row) for row in rows]

    async def found(self, account_id: AccountId, file_id: ReadingFileId) -> ReadingFile | None:
        row = await self.connection.fetchrow(
            """
            SELECT account_id, file_id AS id, sha256, name, size_bytes, source, sender, received_at, state,
                   judging, judged_at, refusal, counts, layouts, notes
            FROM reading_files WHERE account_id = $1 AND file_id = $2
            """,
            account_id,
            file_id,
        )
        return _file(row) if row else None

    async def locked(self, account_id: AccountId, file_id: ReadingFileId) -> ReadingFile:
        row = await self.connection.fetchrow(
            """
            SELECT account_id, file_id AS id, sha256, name, size_bytes, source, sender, received_at, state,
                   judging, judged_at, refusal, counts, layouts, notes
            FROM reading_files WHERE account_id = $1 AND file_id = $2 FOR UPDATE
            """,
            account_id,
            file_id,
        )
        if row is None:
            raise ReadingFileNotFound
        return _file(row)

    async def save(self, changed: ReadingFile) -> None:
        await self.connection.execute(
            """
            UPDATE reading_files
            SET state = $3, judging = $4, judged_at = $5, refusal = $6, counts = $7, layouts = $8, notes = $9,
                source = $10, sender = $11, received_at = $12
            WHERE account_id = $1 AND file_id = $2
            """,
            changed.account_id,
            changed.id,
            changed.state,
            changed.judging,
            changed.judged_at,
            changed.refusal,
            changed.counts,
            changed.layouts,
            changed.notes,
            changed.source,
            changed.sender,
            changed.received_at,
        )

    async def body(self, account_id: AccountId, file_id: ReadingFileId) -> bytes:
        row = await self.connection.fetchrow(
            "SELECT body FROM reading_files WHERE account_id = $1 AND file_id = $2", account_id, file_id
        )
        if row is None:
            raise ReadingFileNotFound
        if row["body"] is None:
            raise ReadingFileGone
        return bytes(row["body"])

    async def keep_rows(self, file: ReadingFile, rows: Sequence[FileRow]) -> None:
        if file.judging > 1:
            await self.connection.execute(
                "DELETE FROM reading_file_rows WHERE account_id = $1 AND file_id = $2",
                file.account_id,
                file.id,
            )
        await self.connection.copy_records_to_table(
            "reading_file_rows",
            columns=_ROW_COLUMNS,
            records=(
                (
                    *(file.account_id, file.id, row.no, row.sheet, row.row_no, row.column_no, row.serial),
                    *(row.zone, row.zone_text, row.direction, row.taken_on, row.value, row.state),
                    *(row.findings, row.meter_id, row.reading_id),
                )
                for row in rows
            ),
        )

    async def rows(
        self,
        access: Access,
        file_id: ReadingFileId,
        *,
        states: Sequence[RowState] = (),
        after: int | None = None,
        limit: int,
    ) -> list[FileRow]:
        rows = await self.connection.fetch(
            """
            SELECT no, sheet, row_no, column_no, serial, zone, zone_text, direction, taken_on, value, state,
                   findings, meter_id, reading_id
            FROM reading_file_rows
            WHERE account_id = $1
              AND ($2::uuid IS NULL OR EXISTS (
                    SELECT 1 FROM account_members m
                    WHERE m.account_id = $1 AND m.user_id = $2 AND $3 = ANY (m.scopes)
                      AND (m.valid_until IS NULL OR m.valid_until > $4)))
              AND file_id = $5 AND ($6::text[] = '{}' OR state = ANY ($6)) AND no > $7
            ORDER BY no LIMIT $8
            """,
            access.account_id,
            access.actor.user_id,
            access.scope,
            access.at,
            file_id,
            states,
            -1 if after is None else after,
            limit,
        )
        return [msgspec.convert(dict(row), FileRow) for row in rows]

    async def all_rows(self, account_id: AccountId, file_id: ReadingFileId) -> list[FileRow]:
        rows = await self.connection.fetch(
            """
            SELECT no, sheet, row_no, column_no, serial, zone, zone_text, direction, taken_on, value, state,
                   findings, meter_id, reading_id
            FROM reading_file_rows WHERE account_id = $1 AND file_id = $2 ORDER BY no
            """,
            account_id,
            file_id,
        )
        return [msgspec.convert(dict(row), FileRow) for row in rows]


def _file(row: asyncpg.Record) -> ReadingFile:
    return msgspec.convert(dict(row), ReadingFile)
