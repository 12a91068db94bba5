"""Deleting what is past its term of dealings with accounts: readings, cases, visits, letters, what systems
and terminals were told. What is old is looked up over all; each account's rows go by their key."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg


@dataclass(frozen=True, slots=True)
class DealingsRetention:
    connection: asyncpg.Connection

    async def reading_files(self, before: datetime, limit: int) -> int:
        """Report over all accounts: files judged before that whose bytes are still kept."""
        rows = await self.connection.fetch(
            """
            SELECT account_id, file_id FROM reading_files
            WHERE body IS NOT NULL AND state <> 'received' AND judged_at < $1
            ORDER BY judged_at LIMIT $2
            """,
            before,
            limit,
        )
        for account_id, file_ids in by_owner(rows):
            # One that was sent again meanwhile waits to be judged: it needs its bytes.
            await self.connection.execute(
                """
                UPDATE reading_files SET body = NULL
                WHERE account_id = $1 AND file_id = ANY($2) AND state <> 'received'
                """,
                account_id,
                file_ids,
            )
        return len(rows)

    async def reading_photos(self, before: datetime, limit: int) -> int:
        """Report over all accounts: readings with a photo to which nothing has happened since."""
        rows = await self.connection.fetch(
            """
            SELECT r.account_id, r.reading_id FROM readings r
            WHERE r.insistence ->> 'photo_sha256' IS NOT NULL AND r.received_at < $1
              AND NOT EXISTS (
                    SELECT FROM register_readings v
                    WHERE v.account_id = r.account_id AND v.reading_id = r.reading_id
                      AND v.operator_since IS NOT NULL)
              AND NOT EXISTS (
                    SELECT FROM reading_steps s
                    WHERE s.account_id = r.account_id AND s.reading_id = r.reading_id AND s.at >= $1)
            ORDER BY r.received_at LIMIT $2
            """,
            before,
            limit,
        )
        for account_id, reading_ids in by_owner(rows):
            await self.connection.execute(
                """
                UPDATE readings SET insistence = jsonb_set(insistence, '{photo_sha256}', 'null')
                WHERE account_id = $1 AND reading_id = ANY($2)
                """,
                account_id,
                reading_ids,
            )
        return len(rows)

    async def case_drafts(self, before: datetime, limit: int) -> int:
        """Report over all accounts: drafts not changed since that."""
        rows = await self.connection.fetch(
            """
            SELECT account_id, case_id FROM case_drafts
            WHERE changed_at < $1 ORDER BY changed_at LIMIT $2
            """,
            before,
            limit,
        )
        for account_id, case_ids in by_owner(rows):
            await self.connection.execute(
                "DELETE FROM case_drafts WHERE account_id = $1 AND case_id = ANY($2) AND changed_at < $3",
                account_id,
                case_ids,
                before,
            )
        return len(rows)

    async def visits(self, before: datetime, limit: int) -> int:
        """Report over all accounts: visits that ended before that, of answered cases. The hours they were
        made in have so many fewer of them, and go when they have none."""
        rows = await self.connection.fetch(
            """
            SELECT v.account_id, v.visit_id, v.slot_id, v.state FROM visits v
            WHERE v.ended_at < $1 AND NOT EXISTS (
              SELECT FROM cases c
              WHERE c.account_id = v.account_id AND c.case_id = v.case_id AND c.is_open)
            ORDER BY v.ended_at LIMIT $2
            """,
            before,
            limit,
        )
        for account_id, visit_ids in by_owner((row["account_id"], row["visit_id"]) for row in rows):
            await self.connection.execute(
                "DELETE FROM visits WHERE account_id = $1 AND visit_id = ANY($2)", account_id, visit_ids
            )
        made = Counter(row["slot_id"] for row in rows if row["state"] in ("done", "missed"))
        for slot_id, count in sorted(made.items()):
            await self.connection.execute(
                "UPDATE visit_slots SET taken_count = taken_count - $2 WHERE slot_id = $1", slot_id, count
            )
        await self.connection.execute(
            "DELETE FROM visit_slots WHERE starts_at < $1 AND taken_count = 0", before
        )
        return len(rows)

    async def webhook_deliveries(self, before: datetime, limit: int) -> int:
        """Report over all accounts: deliveries made before that which are not waiting."""
        rows = await self.connection.fetch(
            """
            SELECT account_id, endpoint_id, delivery_no FROM webhook_deliveries
            WHERE made_at < $1 AND state <> 'waiting' ORDER BY made_at LIMIT $2
            """,
            before,
            limit,
        )
        for key in sorted(tuple(row) for row in rows):
            # Whoever plays it again holds its row, and it waits once more: then it stays.
            held = await self.connection.fetchval(
                """
                SELECT true FROM webhook_deliveries
                WHERE account_id = $1 AND endpoint_id = $2 AND delivery_no = $3 AND state <> 'waiting'
                FOR UPDATE
                """,
                *key,
            )
            if held:
                await self._forget_delivery(*key)
        return len(rows)

    async def _forget_delivery(self, account_id: UUID, endpoint_id: UUID, delivery_no: int) -> None:
        await self.connection.execute(
            "DELETE FROM webhook_attempts WHERE account_id = $1 AND endpoint_id = $2 AND delivery_no = $3",
            *(account_id, endpoint_id, delivery_no),
        )
        await self.connection.execute(
            "DELETE FROM webhook_deliveries WHERE account_id = $1 AND endpoint_id = $2 AND delivery_no = $3",
            *(account_id, endpoint_id, delivery_no),
        )

    async def terminal_requests(self, before: datetime, limit: int) -> int:
        status: str = await self.connection.execute(
            """
            DELETE FROM terminal_requests WHERE request_id IN (
              SELECT request_id FROM terminal_requests WHERE received_at < $1 ORDER BY received_at LIMIT $2)
            """,
            before,
            limit,
        )
        return int(status.rpartition(" ")[2])

    async def letters(self, before: datetime, limit: int) -> int:
        ids = [
            row["letter_id"]
            for row in await self.connection.fetch(
                """
                SELECT letter_id FROM letters_in WHERE received_at < $1
                ORDER BY received_at, letter_id LIMIT $2 FOR UPDATE
                """,
                before,
                limit,
            )
        ]
        for statement in (
            "DELETE FROM letter_views WHERE letter_id = ANY($1)",
            "DELETE FROM letter_answers WHERE letter_id = ANY($1)",
            "DELETE FROM letter_files WHERE letter_id = ANY($1)",
            "DELETE FROM letters_in WHERE letter_id = ANY($1)",
        ):
            await self.connection.execute(statement, ids)
        return len(ids)


def by_owner(rows: Iterable[Iterable[UUID]]) -> list[tuple[UUID, list[UUID]]]:
    """The rows' second column by the first, owners in their order: everybody locks them so."""
    found = defaultdict[UUID, list[UUID]](list)
    for owner_id, row_id in rows:
        found[owner_id].append(row_id)
    return sorted(found.items())
