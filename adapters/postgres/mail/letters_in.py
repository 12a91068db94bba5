"""Letters that came in, byte for byte, with their fate."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from adapters.postgres.pool import Queryable
from adapters.postgres.rows import struct
from domain.kernel.ids import AccountId, ReadingFileId
from domain.mail.letters_in import (
    LetterCursor,
    LetterFile,
    LetterGone,
    LetterId,
    LetterIn,
    LetterNotFound,
    LetterState,
    LetterView,
)


@dataclass(frozen=True, slots=True)
class PostgresLettersIn:
    connection: Queryable

    async def keep(self, letter: LetterIn, raw: bytes) -> LetterId:
        # Two deliveries at once meet at the unique key: the second waits for the first's end.
        kept = await self.connection.fetchval(
            """
            INSERT INTO letters_in (letter_id, message_key, source, remote_ip, mail_from, recipients,
              received_at, deliveries, size_bytes, is_cut, sha256, raw, message_id, sender, subject, state,
              reason, answer_to, thread, steps)
            VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, $9, $10, $11, $12, $13, $14, $15, $16, '', '{}', $17)
            ON CONFLICT (message_key) DO UPDATE SET deliveries = letters_in.deliveries + 1
            RETURNING letter_id
            """,
            *(letter.id, letter.message_key, letter.source, letter.remote_ip, letter.mail_from),
            *(
                list(letter.recipients),
                letter.received_at,
                letter.size_bytes,
                letter.is_cut,
                letter.sha256,
                raw,
            ),
            *(letter.message_id, letter.sender, letter.subject, letter.state, letter.reason, letter.steps),
        )
        return LetterId(kept)

    async def by_id(self, letter_id: LetterId) -> LetterIn:
        return _found(
            await self.connection.fetchrow(
                """
                SELECT letter_id AS id, message_key, source, remote_ip, mail_from, recipients, received_at,
                  deliveries, size_bytes, is_cut, sha256, message_id, sender, subject, state, reason,
                  account_id, answer_to, thread, steps
                FROM letters_in WHERE letter_id = $1
                """,
                letter_id,
            )
        )

    async def locked(self, letter_id: LetterId) -> LetterIn:
        return _found(
            await self.connection.fetchrow(
                """
                SELECT letter_id AS id, message_key, source, remote_ip, mail_from, recipients, received_at,
                  deliveries, size_bytes, is_cut, sha256, message_id, sender, subject, state, reason,
                  account_id, answer_to, thread, steps
                FROM letters_in WHERE letter_id = $1 FOR NO KEY UPDATE
                """,
                letter_id,
            )
        )

    async def raw(self, letter_id: LetterId) -> bytes:
        body = await self.connection.fetchval("SELECT raw FROM letters_in WHERE letter_id = $1", letter_id)
        if body is None:
            raise LetterGone
        return bytes(body)

    async def save(self, letter: LetterIn) -> None:
        await self.connection.execute(
            """
            UPDATE letters_in
            SET state = $2, reason = $3, account_id = $4, answer_to = $5, thread = $6, steps = $7
            WHERE letter_id = $1
            """,
            *(letter.id, letter.state, letter.reason, letter.account_id),
            *(letter.answer_to, list(letter.thread), letter.steps),
        )

    async def listed(
        self, states: Sequence[LetterState], *, before: LetterCursor | None, limit: int
    ) -> list[LetterIn]:
        rows = await self.connection.fetch(
            """
            SELECT letter_id AS id, message_key, source, remote_ip, mail_from, recipients, received_at,
              deliveries, size_bytes, is_cut, sha256, message_id, sender, subject, state, reason,
              account_id, answer_to, thread, steps
            FROM letters_in
            WHERE (cardinality($1::text[]) = 0 OR state = ANY ($1))
              AND ($2::timestamptz IS NULL OR (received_at, letter_id) < ($2, $3::uuid))
            ORDER BY received_at DESC, letter_id DESC LIMIT $4
            """,
            list(states),
            before.received_at if before else None,
            before.letter_id if before else None,
            limit,
        )
        return [struct(LetterIn, row) for row in rows]

    async def keep_files(self, letter_id: LetterId, files: Sequence[LetterFile]) -> None:
        await self.connection.execute("DELETE FROM letter_files WHERE letter_id = $1", letter_id)
        await self.connection.executemany(
            """
            INSERT INTO letter_files (letter_id, file_no, name, size_bytes, account_id, file_id, trouble)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            """,
            [
                (letter_id, one.no, one.name, one.size_bytes, one.account_id, one.file_id, one.trouble)
                for one in files
            ],
        )

    async def files(self, letter_id: LetterId) -> list[LetterFile]:
        rows = await self.connection.fetch(
            """
            SELECT file_no AS no, name, size_bytes, account_id, file_id, trouble
            FROM letter_files WHERE letter_id = $1 ORDER BY file_no
            """,
            letter_id,
        )
        return [struct(LetterFile, row) for row in rows]

    async def with_file(self, account_id: AccountId, file_id: ReadingFileId) -> list[LetterId]:
        rows = await self.connection.fetch(
            """
            SELECT DISTINCT l.letter_id FROM letter_files f JOIN letters_in l ON l.letter_id = f.letter_id
            WHERE f.file_id = $1 AND f.account_id = $2 AND l.state = 'judging'
            """,
            file_id,
            account_id,
        )
        return [LetterId(row["letter_id"]) for row in rows]

    async def viewed(self, views: Sequence[LetterView]) -> None:
        await self.connection.executemany(
            """
            INSERT INTO letter_views (view_id, letter_id, staff_id, staff_name, what, at)
            SELECT $1, $2, $3, $4, $5, $6 WHERE EXISTS (SELECT FROM letters_in WHERE letter_id = $2)
            """,
            [(view.id, view.letter_id, view.staff_id, view.staff_name, view.what, view.at) for view in views],
        )

    async def prune(self, before: datetime, limit: int) -> int:
        status: str = await self.connection.execute(
            """
            UPDATE letters_in SET raw = NULL WHERE letter_id IN (
              SELECT letter_id FROM letters_in WHERE raw IS NOT NULL AND received_at < $1
              ORDER BY received_at LIMIT $2)
            """,
            before,
            limit,
        )
        return int(status.rpartition(" ")[2])


def _found(row: asyncpg.Record | None) -> LetterIn:
    if row is None:
        raise LetterNotFound
    return struct(LetterIn, row)
