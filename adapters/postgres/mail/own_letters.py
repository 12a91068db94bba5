"""The letters of a person: from their address, and for their accounts."""

from collections.abc import Sequence
from dataclasses import dataclass

from adapters.postgres.pool import Queryable
from adapters.postgres.rows import struct
from domain.kernel.ids import AccountId
from domain.mail.letters_in import LetterCursor
from domain.mail.own_letters import OwnLetter


@dataclass(frozen=True, slots=True)
class PostgresOwnLetters:
    connection: Queryable

    async def listed(
        self,
        email: str | None,
        account_ids: Sequence[AccountId],
        *,
        before: LetterCursor | None,
        limit: int,
    ) -> Sequence[OwnLetter]:
        rows = await self.connection.fetch(
            """
            SELECT l.letter_id AS id, l.received_at, l.sender, l.subject, l.size_bytes, l.state, l.reason,
                   ARRAY(SELECT f.name FROM letter_files f
                         WHERE f.letter_id = l.letter_id AND (l.sender = $1 OR f.account_id = ANY($2))
                         ORDER BY f.file_no) AS files
            FROM letters_in l
            WHERE l.letter_id IN (
                    SELECT letter_id FROM letters_in WHERE sender = $1
                    UNION SELECT letter_id FROM letters_in WHERE account_id = ANY($2)
                    UNION SELECT letter_id FROM letter_files WHERE account_id = ANY($2))
              AND ($3::timestamptz IS NULL OR (l.received_at, l.letter_id) < ($3, $4::uuid))
            ORDER BY l.received_at DESC, l.letter_id DESC LIMIT $5
            """,
            email,
            account_ids,
            before.received_at if before else None,
            before.letter_id if before else None,
            limit,
        )
        return [struct(OwnLetter, row) for row in rows]
