"""Payments and their timelines in PostgreSQL."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import msgspec

from adapters.postgres.pool import Queryable
from adapters.postgres.rows import struct
from domain.kernel.access import Access
from domain.kernel.ids import AccountId, PaymentId
from domain.kernel.money import Money
from domain.payments.explanation import Explanation
from domain.payments.keeping import BriefPayment, PaymentCursor, PaymentStep, PaymentView
from domain.payments.payments import Payment, PaymentNotFound, PaymentState


@dataclass(frozen=True, slots=True)
class PostgresPayments:
    connection: Queryable

    async def add_once(self, payment: Payment, explanation: Explanation) -> Payment:
        kept = await self.connection.fetchval(
            """
            INSERT INTO payments
                (account_id, payment_id, payer_id, wish, method, amount_kopecks, parts, explanation,
                 state, steps_count, late, provider, attempt, created_at, expires_at, next_check_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, false, $10, $11, $12, $13, $14)
            ON CONFLICT (account_id, payment_id) DO NOTHING
            RETURNING payment_id
            """,
            payment.account_id,
            payment.id,
            payment.payer_id,
            payment.wish,
            payment.wish.method,
            payment.amount.kopecks,
            payment.parts,
            explanation,
            payment.state,
            payment.provider,
            payment.attempt,
            payment.created_at,
            payment.expires_at,
            payment.next_check_at,
        )
        if not kept:
            return await self.locked(payment.account_id, payment.id)
        await self.connection.execute(
            """
            INSERT INTO payment_steps (account_id, payment_id, step_no, state, at)
            VALUES ($1, $2, 1, $3, $4)
            """,
            payment.account_id,
            payment.id,
            payment.state,
            payment.created_at,
        )
        return payment

    async def locked(self, account_id: AccountId, payment_id: PaymentId) -> Payment:
        row = await self.connection.fetchrow(
            """
            SELECT payment_id AS id, account_id, payer_id, wish, amount_kopecks, parts, state, provider,
                   created_at, expires_at, steps_count, late, attempt, provider_payment_id, confirmation,
                   failure, paid_at, next_check_at, provider_unreachable_since, operation_id, payer_digits,
                   moved_at, brought_from
            FROM payments WHERE account_id = $1 AND payment_id = $2 FOR UPDATE
            """,
            account_id,
            payment_id,
        )
        if row is None:
            raise PaymentNotFound
        return struct(Payment, row)

    async def found(self, account_id: AccountId, payment_id: PaymentId) -> Payment | None:
        row = await self.connection.fetchrow(
            """
            SELECT *, payment_id AS id FROM payments WHERE account_id = $1 AND payment_id = $2
            """,
            account_id,
            payment_id,
        )
        return struct(Payment, row) if row else None

    async def save(self, before: Payment, after: Payment, at: datetime, note: str | None = None) -> None:
        new_step = after.steps_count > before.steps_count
        await self.connection.execute(
            """
            WITH moved AS (
                UPDATE payments
                SET state = $3, steps_count = $4, late = $5, attempt = $6, provider_payment_id = $7,
                    confirmation = $8, failure = $9, paid_at = $10, next_check_at = $11,
                    provider_unreachable_since = $12, operation_id = $16, payer_digits = $17, moved_at = $18
                WHERE account_id = $1 AND payment_id = $2
            )
            INSERT INTO payment_steps (account_id, payment_id, step_no, state, at, note)
            SELECT $1, $2, step.no, $3, $14, $15 FROM unnest($13::int[]) AS step (no)
            """,
            after.account_id,
            after.id,
            after.state,
            after.steps_count,
            after.late,
            after.attempt,
            after.provider_payment_id,
            after.confirmation,
            after.failure,
            after.paid_at,
            after.next_check_at,
            after.provider_unreachable_since,
            [after.steps_count] if new_step else [],
            at,
            note,
            after.operation_id,
            after.payer_digits,
            after.moved_at,
        )

    async def open_on(self, account_id: AccountId) -> list[Payment]:
        rows = await self.connection.fetch(
            """
            SELECT *, payment_id AS id FROM payments
            WHERE account_id = $1 AND next_check_at IS NOT NULL AND state IN ('created', 'awaiting_payer')
            ORDER BY created_at
            """,
            account_id,
        )
        return [struct(Payment, row) for row in rows]

    async def paid_on(self, account_id: AccountId) -> list[Payment]:
        rows = await self.connection.fetch(
            """
            SELECT *, payment_id AS id FROM payments WHERE account_id = $1 AND state = 'paid'
            ORDER BY created_at DESC, payment_id DESC LIMIT 1000
            """,
            account_id,
        )
        return [struct(Payment, row) for row in rows]

    async def is_awaiting(self, account_id: AccountId) -> bool:
        found = await self.connection.fetchval(
            "SELECT EXISTS (SELECT 1 FROM payments WHERE account_id = $1 AND next_check_at IS NOT NULL)",
            account_id,
        )
        return bool(found)

    async def name_at_provider(self, payment: Payment) -> None:
        await self.connection.execute(
            """
            INSERT INTO provider_payment_ids (provider_payment_id, provider, account_id, payment_id)
            VALUES ($1, $2, $3, $4) ON CONFLICT (provider_payment_id, provider) DO NOTHING
            """,
            payment.provider_payment_id,
            payment.provider,
            payment.account_id,
            payment.id,
        )

    async def waiting(self, until: datetime, limit: int) -> list[tuple[AccountId, PaymentId]]:
        """Report over all accounts: the timer's list of what is due."""
        rows = await self.connection.fetch(
            """
            SELECT account_id, payment_id FROM payments
            WHERE next_check_at IS NOT NULL AND next_check_at <= $1 ORDER BY next_check_at LIMIT $2
            """,
            until,
            limit,
        )
        return [(row["account_id"], row["payment_id"]) for row in rows]

    async def view(self, access: Access, payment_id: PaymentId) -> PaymentView:
        row = await self.connection.fetchrow(
            """
            SELECT *, payment_id AS id,
                   (SELECT jsonb_agg(jsonb_build_object('state', s.state, 'at', s.at, 'note', s.note)
                                     ORDER BY s.step_no)
                    FROM payment_steps s
                    WHERE s.account_id = $1 AND s.payment_id = $2) AS steps,
                   $3::uuid IS NULL OR EXISTS (
                    SELECT 1 FROM account_members m
                    WHERE m.account_id = $1 AND m.user_id = $3 AND 'see' = ANY (m.scopes)
                      AND (m.valid_until IS NULL OR m.valid_until > $5)) AS is_seen
            FROM payments
            WHERE account_id = $1 AND payment_id = $2
              AND ($3::uuid IS NULL OR EXISTS (
                    SELECT 1 FROM account_members m
                    WHERE m.account_id = $1 AND m.user_id = $3
                      AND ($4 = ANY (m.scopes) OR 'pay' = ANY (m.scopes) AND payer_id = $3)
                      AND ('see' = ANY (m.scopes) OR payer_id = $3)
                      AND (m.valid_until IS NULL OR m.valid_until > $5)))
            """,
            access.account_id,
            payment_id,
            access.actor.user_id,
            access.scope,
            access.at,
        )
        if row is None:
            raise PaymentNotFound
        return PaymentView(
            payment=struct(Payment, row),
            explanation=msgspec.convert(row["explanation"], Explanation),
            steps=msgspec.convert(row["steps"], tuple[PaymentStep, ...]),
            is_seen=row["is_seen"],
        )

    async def listed(self, access: Access, *, before: PaymentCursor | None, limit: int) -> list[Payment]:
        rows = await self.connection.fetch(
            """
            SELECT payment_id AS id, account_id, payer_id, wish, amount_kopecks, parts, state, provider,
                   created_at, expires_at, steps_count, late, attempt, provider_payment_id, confirmation,
                   failure, paid_at, next_check_at, provider_unreachable_since, operation_id, payer_digits,
                   moved_at, brought_from
            FROM payments
            WHERE account_id = $1
              AND ($2::uuid IS NULL OR EXISTS (
                    SELECT 1 FROM account_members m
                    WHERE m.account_id = $1 AND m.user_id = $2
                      AND ($3 = ANY (m.scopes) OR 'pay' = ANY (m.scopes) AND payer_id = $2)
                      AND (m.valid_until IS NULL OR m.valid_until > $4)))
              AND ($5::timestamptz IS NULL OR (created_at, payment_id) < ($5, $6::uuid))
            ORDER BY created_at DESC, payment_id DESC LIMIT $7
            """,
            access.account_id,
            access.actor.user_id,
            access.scope,
            access.at,
            before.created_at if before else None,
            before.payment_id if before else None,
            limit,
        )
        return [struct(Payment, row) for row in rows]

    async def latest(self, access: Access, *, limit: int) -> list[BriefPayment]:
        rows = await self.connection.fetch(
            """
            SELECT payment_id, amount_kopecks, state, created_at, expires_at,
                   wish -> 'plate' ->> 'link_id' IS NOT NULL AS is_on_plate
            FROM payments
            WHERE account_id = $1
              AND ($2::uuid IS NULL OR EXISTS (
                    SELECT 1 FROM account_members m
                    WHERE m.account_id = $1 AND m.user_id = $2
                      AND ($3 = ANY (m.scopes) OR 'pay' = ANY (m.scopes) AND payer_id = $2)
                      AND (m.valid_until IS NULL OR m.valid_until > $4)))
            ORDER BY created_at DESC, payment_id DESC LIMIT $5
            """,
            access.account_id,
            access.actor.user_id,
            access.scope,
            access.at,
            limit,
        )
        return [
            BriefPayment(
                id=payment_id,
                amount=Money(amount_kopecks),
                state=PaymentState(state),
                created_at=created_at,
                expires_at=expires_at,
                is_on_plate=is_on_plate,
            )
            for payment_id, amount_kopecks, state, created_at, expires_at, is_on_plate in rows
        ]

    async def step_counts(
        self, keys: Collection[tuple[AccountId, PaymentId]]
    ) -> dict[tuple[AccountId, PaymentId], int]:
        rows = await self.connection.fetch(
            """
            SELECT account_id, payment_id, steps_count FROM payments
            WHERE account_id = ANY ($1::uuid[]) AND payment_id = ANY ($2::uuid[])
            """,
            [account_id for account_id, _ in keys],
            [payment_id for _, payment_id in keys],
        )
        return {(row["account_id"], row["payment_id"]): row["steps_count"] for row in rows}
