"""Refunds and their timelines in PostgreSQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from adapters.postgres.pool import Queryable
from adapters.postgres.rows import struct
from domain.kernel.access import Access
from domain.kernel.ids import AccountId, RefundId
from domain.payments.refund_keeping import RefundCursor, RefundStep, RefundView
from domain.payments.refunds import Refund, RefundState
from domain.payments.steps import Taken

MOST_LISTED = 100


@dataclass(frozen=True, slots=True)
class PostgresRefunds:
    connection: Queryable

    async def add(self, refund: Refund) -> None:
        await self.connection.execute(
            """
            INSERT INTO refunds
                (account_id, refund_id, case_id, supplier_account_id, amount_kopecks, rail, payment_id,
                 provider_payment_id, payee, prepared_by, prepared_at, state, steps_count, attempt,
                 next_check_at, to_account_id, to_supplier_account_id, counts_from)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
            """,
            refund.account_id,
            refund.id,
            refund.case_id,
            refund.supplier_account_id,
            refund.amount.kopecks,
            refund.rail,
            refund.payment_id,
            refund.provider_payment_id,
            refund.payee,
            refund.prepared_by,
            refund.prepared_at,
            refund.state,
            refund.steps_count,
            refund.attempt,
            refund.next_check_at,
            refund.to_account_id,
            refund.to_supplier_account_id,
            refund.counts_from,
        )
        await self.connection.execute(
            """
            INSERT INTO refund_steps (account_id, refund_id, step_no, state, at, by_id)
            VALUES ($1, $2, 1, $3, $4, $5)
            """,
            refund.account_id,
            refund.id,
            refund.state,
            refund.prepared_at,
            refund.prepared_by,
        )

    async def save(self, before: Refund, after: Refund, step: Taken) -> None:
        new_step = after.steps_count > before.steps_count
        await self.connection.execute(
            """
            WITH moved AS (
                UPDATE refunds
                SET state = $3, steps_count = $4, attempt = $5, attempt_at = $6, provider_refund_id = $7,
                    order_number = $8, failure = $9, ended_on = $10, next_check_at = $11,
                    provider_unreachable_since = $12
                WHERE account_id = $1 AND refund_id = $2
            )
            INSERT INTO refund_steps (account_id, refund_id, step_no, state, at, by_id, note)
            SELECT $1, $2, step.no, $3, $14, $15, $16 FROM unnest($13::int[]) AS step (no)
            """,
            after.account_id,
            after.id,
            after.state,
            after.steps_count,
            after.attempt,
            after.attempt_at,
            after.provider_refund_id,
            after.order_number,
            after.failure,
            after.ended_on,
            after.next_check_at,
            after.provider_unreachable_since,
            [after.steps_count] if new_step else [],
            step.at,
            step.by_id,
            step.note,
        )

    async def found(self, account_id: AccountId, refund_id: RefundId) -> Refund | None:
        row = await self.connection.fetchrow(
            """
            SELECT *, refund_id AS id,
                   (SELECT s.by_id FROM refund_steps s
                    WHERE s.account_id = $1 AND s.refund_id = $2 AND s.state = 'sent') AS ordered_by
            FROM refunds WHERE account_id = $1 AND refund_id = $2
            """,
            account_id,
            refund_id,
        )
        return struct(Refund, row) if row else None

    async def of_account(self, account_id: AccountId) -> list[Refund]:
        rows = await self.connection.fetch(
            "SELECT *, refund_id AS id FROM refunds WHERE account_id = $1 ORDER BY prepared_at, refund_id",
            account_id,
        )
        return [struct(Refund, row) for row in rows]

    async def waiting(self, until: datetime, limit: int) -> list[tuple[AccountId, RefundId]]:
        """Report over all accounts: the timer's list of what is due."""
        rows = await self.connection.fetch(
            """
            SELECT account_id, refund_id FROM refunds
            WHERE next_check_at IS NOT NULL AND next_check_at <= $1 ORDER BY next_check_at LIMIT $2
            """,
            until,
            limit,
        )
        return [(row["account_id"], row["refund_id"]) for row in rows]

    async def listed(self, access: Access) -> Sequence[RefundView]:
        rows = await self.connection.fetch(
            """
            SELECT *, refund_id AS id,
                   (SELECT jsonb_agg(jsonb_build_object('state', s.state, 'at', s.at, 'by_id', s.by_id,
                                                        'note', s.note) ORDER BY s.step_no)
                    FROM refund_steps s
                    WHERE s.account_id = $1 AND s.refund_id = r.refund_id) AS steps
            FROM refunds r
            WHERE r.account_id = $1
              AND ($2::uuid IS NULL OR EXISTS (
                    SELECT 1 FROM account_members m
                    WHERE m.account_id = $1 AND m.user_id = $2 AND $3 = ANY (m.scopes)
                      AND (m.valid_until IS NULL OR m.valid_until > $4)))
            ORDER BY r.prepared_at DESC, r.refund_id DESC LIMIT $5
            """,
            access.account_id,
            access.actor.user_id,
            access.scope,
            access.at,
            MOST_LISTED,
        )
        return [
            RefundView(
                refund=struct(Refund, row), steps=msgspec.convert(row["steps"], tuple[RefundStep, ...])
            )
            for row in rows
        ]

    async def by_bank(self, state: RefundState, *, after: RefundCursor | None, limit: int) -> list[Refund]:
        rows = await self.connection.fetch(
            """
            SELECT r.*, r.refund_id AS id,
                   (SELECT s.by_id FROM refund_steps s
                    WHERE s.account_id = r.account_id AND s.refund_id = r.refund_id AND s.state = 'sent')
                       AS ordered_by
            FROM refunds r
            WHERE rail = 'bank' AND state = $1
              AND ($2::timestamptz IS NULL OR (prepared_at, refund_id) > ($2, $3::uuid))
            ORDER BY prepared_at, refund_id LIMIT $4
            """,
            state,
            after.prepared_at if after else None,
            after.refund_id if after else None,
            limit,
        )
        return [struct(Refund, row) for row in rows]
