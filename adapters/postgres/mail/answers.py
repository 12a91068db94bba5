"""What we answer, and how often."""

from dataclasses import dataclass
from datetime import datetime

from adapters.postgres.pool import Queryable
from adapters.postgres.rows import struct
from domain.mail.answers import Answer, AnswerKind, AnswerState
from domain.mail.letters_in import LetterId


@dataclass(frozen=True, slots=True)
class PostgresAnswers:
    connection: Queryable

    async def promise(self, answer: Answer) -> bool:
        kept = await self.connection.fetchval(
            """
            INSERT INTO letter_answers
              (letter_id, kind, recipient, message_id, state, promised_at, tries, ended_at, note)
            VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8)
            ON CONFLICT (letter_id, kind) DO NOTHING RETURNING true
            """,
            *(answer.letter_id, answer.kind, answer.recipient, answer.message_id, answer.state),
            *(answer.promised_at, answer.ended_at, answer.note),
        )
        return bool(kept)

    async def of(self, letter_id: LetterId) -> list[Answer]:
        rows = await self.connection.fetch(
            """
            SELECT letter_id, kind, recipient, message_id, state, promised_at, tries, sending_until, ended_at,
              note
            FROM letter_answers WHERE letter_id = $1 ORDER BY promised_at, kind
            """,
            letter_id,
        )
        return [struct(Answer, row) for row in rows]

    async def claim(
        self, letter_id: LetterId, kind: AnswerKind, at: datetime, until: datetime
    ) -> Answer | None:
        row = await self.connection.fetchrow(
            """
            UPDATE letter_answers SET sending_until = $4, tries = tries + 1
            WHERE letter_id = $1 AND kind = $2 AND state = 'due'
              AND (sending_until IS NULL OR sending_until <= $3)
            RETURNING letter_id, kind, recipient, message_id, state, promised_at, tries, sending_until,
              ended_at, note
            """,
            *(letter_id, kind, at, until),
        )
        return None if row is None else struct(Answer, row)

    async def ended(
        self, letter_id: LetterId, kind: AnswerKind, state: AnswerState, at: datetime, note: str = ""
    ) -> None:
        await self.connection.execute(
            """
            UPDATE letter_answers SET state = $3, ended_at = $4, note = $5, sending_until = NULL
            WHERE letter_id = $1 AND kind = $2 AND state = 'due'
            """,
            *(letter_id, kind, state, at, note),
        )

    async def unclaim(self, letter_id: LetterId, kind: AnswerKind) -> None:
        await self.connection.execute(
            """
            UPDATE letter_answers SET sending_until = NULL
            WHERE letter_id = $1 AND kind = $2 AND state = 'due'
            """,
            *(letter_id, kind),
        )

    async def bounced(self, message_id: str, note: str) -> None:
        await self.connection.execute(
            "UPDATE letter_answers SET state = 'bounced', note = $2 WHERE message_id = $1 AND state = 'sent'",
            *(message_id, note),
        )

    async def count_reply(self, email: str, window_started_at: datetime, window_seconds: int) -> int:
        count: int = await self.connection.fetchval(
            """
            INSERT INTO mail_reply_rates (email, window_started_at, window_seconds, count)
            VALUES ($1, $2, $3, 1)
            ON CONFLICT (email, window_started_at, window_seconds)
            DO UPDATE SET count = mail_reply_rates.count + 1 RETURNING count
            """,
            *(email, window_started_at, window_seconds),
        )
        return count

    async def prune(self, before: datetime) -> None:
        await self.connection.execute("DELETE FROM mail_reply_rates WHERE window_started_at < $1", before)
