"""Fiscal receipts and their timelines in PostgreSQL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from adapters.postgres.pool import Queryable
from adapters.postgres.rows import struct
from domain.kernel.access import Access
from domain.kernel.ids import AccountId, PaymentId, StaffId
from domain.kernel.money import Money
from domain.payments.receipts.keeping import ReceiptCursor, ReceiptStep, ReceiptView
from domain.payments.receipts.receipts import (
    Receipt,
    ReceiptId,
    ReceiptNotFound,
    ReceiptState,
)
from domain.payments.steps import Taken


@dataclass(frozen=True, slots=True)
class PostgresReceipts:
    connection: Queryable

    async def add_once(
        self, receipt: Receipt, *, by_id: StaffId | None = None, note: str | None = None
    ) -> bool:
        kept = await self.connection.fetchval(
            """
            INSERT INTO fiscal_receipts
                (account_id, receipt_id, payment_id, refund_id, type, issued_by, issuer_id, generation,
                 reverses, amount_kopecks, items, state, steps_count, attempt, wanted_at, next_try_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1, $13, $14, $15)
            ON CONFLICT (account_id, receipt_id) DO NOTHING RETURNING receipt_id
            """,
            receipt.account_id,
            receipt.id,
            receipt.payment_id,
            receipt.refund_id,
            receipt.type,
            receipt.issued_by,
            receipt.issuer_id,
            receipt.generation,
            receipt.reverses,
            receipt.amount.kopecks,
            receipt.items,
            receipt.state,
            receipt.attempt,
            receipt.wanted_at,
            receipt.next_try_at,
        )
        if kept is None:
            return False
        await self.connection.execute(
            """
            INSERT INTO fiscal_receipt_steps (account_id, receipt_id, step_no, state, at, by_id, note)
            VALUES ($1, $2, 1, $3, $4, $5, $6)
            """,
            receipt.account_id,
            receipt.id,
            receipt.state,
            receipt.wanted_at,
            by_id,
            note,
        )
        return True

    async def locked(self, account_id: AccountId, receipt_id: ReceiptId) -> Receipt:
        row = await self.connection.fetchrow(
            """
            SELECT *, receipt_id AS id FROM fiscal_receipts
            WHERE account_id = $1 AND receipt_id = $2 FOR UPDATE
            """,
            account_id,
            receipt_id,
        )
        if row is None:
            raise ReceiptNotFound
        return struct(Receipt, row)

    async def save(self, before: Receipt, after: Receipt, step: Taken) -> None:
        new_step = after.steps_count > before.steps_count
        await self.connection.execute(
            """
            WITH moved AS (
                UPDATE fiscal_receipts
                SET state = $3, steps_count = $4, attempt = $5, attempt_at = $6, contact = $7,
                    provider_receipt_id = $8, fiscal = $9, failure = $10, next_try_at = $11,
                    register_silent_since = $12
                WHERE account_id = $1 AND receipt_id = $2
            )
            INSERT INTO fiscal_receipt_steps (account_id, receipt_id, step_no, state, at, by_id, note)
            SELECT $1, $2, step.no, $3, $14, $15, $16 FROM unnest($13::int[]) AS step (no)
            """,
            after.account_id,
            after.id,
            after.state,
            after.steps_count,
            after.attempt,
            after.attempt_at,
            after.contact,
            after.provider_receipt_id,
            after.fiscal,
            after.failure,
            after.next_try_at,
            after.register_silent_since,
            [after.steps_count] if new_step else [],
            step.at,
            step.by_id,
            step.note,
        )

    async def of_payment(self, account_id: AccountId, payment_id: PaymentId) -> list[Receipt]:
        rows = await self.connection.fetch(
            """
            SELECT *, receipt_id AS id FROM fiscal_receipts
            WHERE account_id = $1 AND payment_id = $2 ORDER BY generation, wanted_at, type, receipt_id
            """,
            account_id,
            payment_id,
        )
        return [struct(Receipt, row) for row in rows]

    async def waiting(self, until: datetime, limit: int) -> list[tuple[AccountId, ReceiptId]]:
        """Report over all accounts: the timer's list of what is due."""
        rows = await self.connection.fetch(
            """
            SELECT account_id, receipt_id FROM fiscal_receipts
            WHERE next_try_at IS NOT NULL AND next_try_at <= $1 ORDER BY next_try_at LIMIT $2
            """,
            until,
            limit,
        )
        return [(row["account_id"], row["receipt_id"]) for row in rows]

    async def views(self, access: Access, *payment_ids: PaymentId) -> Sequence[ReceiptView]:
        rows = await self.connection.fetch(
            """
            SELECT r.*, r.receipt_id AS id,
                   (SELECT jsonb_agg(jsonb_build_object('state', s.state, 'at', s.at, 'by_id', s.by_id,
                                                        'note', s.note) ORDER BY s.step_no)
                    FROM fiscal_receipt_steps s
                    WHERE s.account_id = $1 AND s.receipt_id = r.receipt_id) AS steps
            FROM fiscal_receipts r
            JOIN payments p ON p.account_id = r.account_id AND p.payment_id = r.payment_id
            WHERE r.account_id = $1 AND r.payment_id = ANY ($2::uuid[])
              AND ($3::uuid IS NULL OR EXISTS (
                    SELECT 1 FROM account_members m
                    WHERE m.account_id = $1 AND m.user_id = $3
                      AND ($4 = ANY (m.scopes) OR 'pay' = ANY (m.scopes) AND p.payer_id = $3)
                      AND (m.valid_until IS NULL OR m.valid_until > $5)))
            ORDER BY r.generation, r.wanted_at, r.type, r.receipt_id
            """,
            access.account_id,
            list(payment_ids),
            access.actor.user_id,
            access.scope,
            access.at,
        )
        return [
            ReceiptView(
                receipt=struct(Receipt, row), steps=msgspec.convert(row["steps"], tuple[ReceiptStep, ...])
            )
            for row in rows
        ]

    async def page(self, state: ReceiptState, *, after: ReceiptCursor | None, limit: int) -> list[Receipt]:
        """Report over all accounts."""
        rows = await self.connection.fetch(
            """
            SELECT *, receipt_id AS id FROM fiscal_receipts
            WHERE state = $1 AND ($2::timestamptz IS NULL OR (wanted_at, receipt_id) > ($2, $3::uuid))
            ORDER BY wanted_at, receipt_id LIMIT $4
            """,
            state,
            after.wanted_at if after else None,
            after.receipt_id if after else None,
            limit,
        )
        return [struct(Receipt, row) for row in rows]

    async def counts(self) -> Mapping[ReceiptState, tuple[int, Money]]:
        """Report over all accounts."""
        rows = await self.connection.fetch(
            """
            SELECT state, count(*) AS receipts, sum(amount_kopecks)::bigint AS kopecks
            FROM fiscal_receipts WHERE state <> 'registered' GROUP BY state
            """
        )
        return {ReceiptState(row["state"]): (row["receipts"], Money(row["kopecks"])) for row in rows}

    async def without(self, after: UUID, limit: int) -> list[tuple[AccountId, PaymentId]]:
        """Report over all accounts."""
        rows = await self.connection.fetch(
            """
            SELECT p.account_id, p.payment_id FROM payments p
            WHERE p.state = 'paid' AND p.method <> 'registry' AND p.payment_id > $1
              AND NOT EXISTS (SELECT 1 FROM fiscal_receipts r
                              WHERE r.account_id = p.account_id AND r.payment_id = p.payment_id)
            ORDER BY p.payment_id LIMIT $2
            """,
            after,
            limit,
        )
        return [(row["account_id"], row["payment_id"]) for row in rows]
