from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from adapters.postgres.rows import struct
from domain.notices.bounces import BounceReport


@dataclass(frozen=True, slots=True)
class PostgresBounceReports:
    connection: asyncpg.Connection

    async def among(self, addresses: Sequence[str], since: datetime) -> frozenset[str]:
        # A mailbox that is full today (5.2.2) may have room tomorrow.
        rows = await self.connection.fetch(
            """
            SELECT DISTINCT recipient FROM mail_bounces
            WHERE recipient = ANY ($1) AND received_at >= $2 AND action = 'failed'
              AND status LIKE '5.%' AND status <> '5.2.2'
            """,
            addresses,
            since,
        )
        return frozenset(row["recipient"] for row in rows) | await self._refused(addresses, since)

    async def _refused(self, addresses: Sequence[str], since: datetime) -> frozenset[str]:
        """Report over all people: addresses whose mail server refused a notice at its door."""
        rows = await self.connection.fetch(
            """
            SELECT DISTINCT lower(address) AS recipient FROM notices
            WHERE lower(address) = ANY ($1) AND state = 'refused' AND made_at >= $2
            """,
            addresses,
            since,
        )
        return frozenset(row["recipient"] for row in rows)

    async def of_notices(self, since: datetime, limit: int) -> list[BounceReport]:
        rows = await self.connection.fetch(
            """
            SELECT message_id, status FROM mail_bounces
            WHERE received_at >= $1 AND action = 'failed' AND message_id LIKE '<notice.%'
            ORDER BY received_at DESC LIMIT $2
            """,
            since,
            limit,
        )
        return [struct(BounceReport, row) for row in rows]
