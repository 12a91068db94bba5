"""Letters that have come, as rows."""

from datetime import datetime
from hashlib import sha256
from uuid import UUID

import asyncpg

from domain.mail.letters_in import LetterId
from infra.clock import new_id


async def lay_letter(
    pool: asyncpg.Pool,
    sender: str,
    at: datetime,
    *,
    subject: str = "Показания",
    account_id: UUID | None = None,
    file: str | None = None,
) -> LetterId:
    """A letter that is settled. With `file`: the name of the workbook it brought for the account."""
    letter_id = LetterId(new_id())
    await pool.execute(
        """
        INSERT INTO letters_in (letter_id, message_key, source, remote_ip, mail_from, recipients, received_at,
          deliveries, size_bytes, is_cut, sha256, raw, message_id, sender, subject, state, reason, answer_to,
          thread, steps)
        VALUES ($1, $2, 'lmtp', '', $3, '{}', $4, 1, 3, false, $5, 'raw', '', $3, $6, 'settled',
          'workbooks-judged', $3, '{}', '[]')
        """,
        letter_id,
        letter_id.bytes,
        sender,
        at,
        sha256(b"raw").digest(),
        subject,
    )
    if file:
        await pool.execute(
            "INSERT INTO letter_files VALUES ($1, 0, $2, 3, $3, $4, '')",
            letter_id,
            file,
            account_id,
            new_id(),
        )
    return letter_id
