"""What registries, statements and the ledger hold of one day, in PostgreSQL. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg
import msgspec

from adapters.postgres.pool import Queryable
from adapters.postgres.rows import struct
from domain.kernel.ids import AccountId
from domain.kernel.money import Money
from domain.payments.reconciliation.facts import Booked, Collected, Credit, Operation


@dataclass(frozen=True, slots=True)
class PostgresReconciliationFacts:
    connection: Queryable

    async def operations(self, agent_code: str, since: datetime, until: datetime) -> list[Operation]:
        rows = await self.connection.fetch(
            """
            SELECT operation_id AS id, direction, amount_kopecks, paid_at, payment_id,
                account_id AS registry_id, row_no, state, code
            FROM registry_rows
            WHERE agent_code = $1 AND paid_at >= $2 AND paid_at < $3
            ORDER BY paid_at, account_id, row_no
            """,
            agent_code,
            since,
            until,
        )
        told_at = await self._told_at(list({row["registry_id"] for row in rows}))
        found = [struct(Operation, row) for row in rows]
        return [
            msgspec.structs.replace(one, told_at=told_at.get(one.registry_id)) if one.registry_id else one
            for one in found
        ]

    async def _told_at(self, registry_ids: Sequence[AccountId]) -> dict[AccountId, datetime]:
        rows = await self.connection.fetch(
            "SELECT registry_id, received_at FROM payment_registries WHERE registry_id = ANY($1)",
            registry_ids,
        )
        return {row["registry_id"]: row["received_at"] for row in rows}

    async def booked(self, provider: str, since: datetime, until: datetime) -> list[Booked]:
        rows = await self.connection.fetch(
            """
            SELECT p.payment_id, p.account_id, coalesce(p.provider_payment_id, '') AS operation_id,
                coalesce(t.amount_kopecks, 0)::bigint AS posted_kopecks, p.late AS is_late
            FROM payments p
            LEFT JOIN transfers t ON t.account_id = p.account_id AND t.cause_kind = 'payment'
                AND t.cause_id = p.payment_id AND t.cause_version = 1
                AND t.debit_book IN ('clearing:' || $1, 'transit')
            WHERE p.provider = $1 AND p.state = 'paid' AND p.paid_at >= $2 AND p.paid_at < $3
            ORDER BY p.paid_at, p.payment_id
            """,
            provider,
            since,
            until,
        )
        return [struct(Booked, row) for row in rows]

    async def suspended(self, registry_ids: Sequence[AccountId], agent_code: str) -> list[Booked]:
        rows = await self.connection.fetch(
            """
            SELECT r.payment_id, r.account_id, r.operation_id, t.amount_kopecks AS posted_kopecks
            FROM registry_rows r
            JOIN transfers t ON t.account_id = r.account_id AND t.cause_kind = 'suspense'
                AND t.cause_id = r.payment_id AND t.cause_version = 1
            WHERE r.account_id = ANY($1) AND r.state IN ('suspense', 'resolved', 'returned')
                AND t.debit_book = 'clearing:' || $2
            """,
            registry_ids,
            agent_code,
        )
        return [struct(Booked, row) for row in rows]

    async def refunds(self, operations: Sequence[str]) -> frozenset[str]:
        if not operations:
            return frozenset()
        rows = await self.connection.fetch(
            """
            SELECT provider_refund_id, order_number FROM refunds
            WHERE provider_refund_id = ANY($1) OR order_number = ANY($1)
            """,
            list(operations),
        )
        return frozenset(one for row in rows for one in row if one)

    async def files(self, agent_code: str, since: datetime, until: datetime) -> list[Collected]:
        rows = await self.connection.fetch(
            """
            SELECT account_id, max(paid_at) AS last_paid_at,
                coalesce(sum(amount_kopecks - coalesce(fee_kopecks, 0))
                    FILTER (WHERE state = 'repeated'), 0)::bigint AS repeated_kopecks
            FROM registry_rows WHERE agent_code = $1 AND paid_at >= $2 AND paid_at < $3
            GROUP BY account_id
            """,
            agent_code,
            since,
            until,
        )
        ends = {row["account_id"]: row for row in rows}
        found = await self.connection.fetch(
            """
            SELECT registry_id, file_name, order_number,
                sum_kopecks - fees_kopecks - out_kopecks AS transferred
            FROM payment_registries WHERE registry_id = ANY($1) ORDER BY received_at, registry_id
            """,
            list(ends),
        )
        return [_file(row, ends[row["registry_id"]]) for row in found]

    async def credits(self, payer_inn: str | None, since: datetime, until: datetime) -> list[Credit]:
        rows = await self.connection.fetch(
            """
            SELECT agent_code AS statement_of, account_id AS registry_id, row_no, operation_id,
                amount_kopecks, paid_at, reference, purpose, payer ->> 'inn' AS payer_inn
            FROM registry_rows
            WHERE code = 'agent-transfer' AND state = 'matched' AND paid_at >= $2 AND paid_at < $3
                AND ($1::text IS NULL OR payer ->> 'inn' = $1)
            ORDER BY paid_at, account_id, row_no
            """,
            payer_inn,
            since,
            until,
        )
        return [struct(Credit, row) for row in rows]


def _file(row: asyncpg.Record, end: asyncpg.Record) -> Collected:
    return Collected(
        registry_id=row["registry_id"],
        name=row["file_name"],
        last_paid_at=end["last_paid_at"],
        transferred=Money(row["transferred"]),
        repeated=Money(end["repeated_kopecks"]),
        order_number=row["order_number"],
    )
