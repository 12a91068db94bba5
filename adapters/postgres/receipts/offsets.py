"""Charges that were met from advances, over all accounts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from adapters.postgres.pool import Queryable
from adapters.postgres.rows import struct
from domain.payments.receipts.offsets import Met


@dataclass(frozen=True, slots=True)
class PostgresMetAdvances:
    connection: Queryable

    async def between(self, since: datetime, until: datetime) -> Sequence[Met]:
        """Report over all accounts."""
        rows = await self.connection.fetch(
            """
            SELECT s.supplier_id, c.service_code, c.period, split_part(t.credit_book, ':', 3) AS kind,
                   sum(t.amount_kopecks)::bigint AS amount_kopecks
            FROM transfers t
            JOIN accounts a ON a.account_id = t.account_id AND a.kind = 'unified'
            JOIN charges c ON c.account_id = t.account_id AND c.charge_id = t.charge_id
            JOIN supplier_accounts s
              ON s.account_id = t.account_id AND s.supplier_account_id = c.supplier_account_id
            WHERE t.cause_kind = 'advance' AND t.debit_book LIKE 'advance:%'
              AND t.credit_book LIKE 'receivable:%' AND t.posted_at >= $1 AND t.posted_at < $2
            GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
            """,
            since,
            until,
        )
        return [struct(Met, row) for row in rows]
