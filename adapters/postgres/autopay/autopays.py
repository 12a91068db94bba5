"""Rules of autopay and their runs in PostgreSQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import asyncpg
import msgspec

from adapters.postgres.pool import Queryable
from adapters.postgres.rows import struct
from domain.accounts.accounts import AccountKind
from domain.accounts.debtors import Debtor, usual_debtor
from domain.kernel.access import Access
from domain.kernel.ids import AccountId, AutopayId
from domain.payments.autopay.rules import Autopay, Owed
from domain.payments.autopay.runs import AutopayStep, AutopayView, Run


@dataclass(frozen=True, slots=True)
class PostgresAutopays:
    connection: Queryable

    async def add(self, autopay: Autopay, by_id: UUID) -> None:
        await self.connection.execute(
            """
            INSERT INTO autopays
                (account_id, autopay_id, user_id, method_id, supplier_account_id, limit_kopecks,
                 day_of_month, days_before_due, state, steps_count, created_at, occasion, next_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10, $11, $12)
            """,
            autopay.account_id,
            autopay.id,
            autopay.user_id,
            autopay.method_id,
            autopay.supplier_account_id,
            autopay.limit.kopecks,
            autopay.day_of_month,
            autopay.days_before_due,
            autopay.state,
            autopay.created_at,
            autopay.occasion,
            autopay.next_at,
        )
        await self.connection.execute(
            """
            INSERT INTO autopay_steps (account_id, autopay_id, step_no, state, at, by_id)
            VALUES ($1, $2, 1, $3, $4, $5)
            """,
            autopay.account_id,
            autopay.id,
            autopay.state,
            autopay.created_at,
            by_id,
        )

    async def locked(self, account_id: AccountId, id: AutopayId) -> Autopay | None:
        row = await self.connection.fetchrow(
            """
            SELECT *, autopay_id AS id FROM autopays
            WHERE account_id = $1 AND autopay_id = $2 FOR UPDATE
            """,
            account_id,
            id,
        )
        return struct(Autopay, row) if row else None

    async def save(self, before: Autopay, after: Autopay, at: datetime, *, by_id: UUID | None = None) -> None:
        new_step = after.steps_count > before.steps_count
        await self.connection.execute(
            """
            WITH moved AS (
                UPDATE autopays
                SET state = $3, reason = $4, steps_count = $5, method_id = $6, supplier_account_id = $7,
                    limit_kopecks = $8, day_of_month = $9, days_before_due = $10, next_at = $11,
                    occasion = $15
                WHERE account_id = $1 AND autopay_id = $2
            )
            INSERT INTO autopay_steps (account_id, autopay_id, step_no, state, reason, at, by_id)
            SELECT $1, $2, step.no, $3, $4, $13, $14 FROM unnest($12::int[]) AS step (no)
            """,
            after.account_id,
            after.id,
            after.state,
            after.reason,
            after.steps_count,
            after.method_id,
            after.supplier_account_id,
            after.limit.kopecks,
            after.day_of_month,
            after.days_before_due,
            after.next_at,
            [after.steps_count] if new_step else [],
            at,
            by_id,
            after.occasion,
        )

    async def owed(self, account_id: AccountId, on: date) -> Owed:
        row = await self.connection.fetchrow(
            """
            SELECT a.kind,
                   (SELECT d.debtor FROM account_debtors d
                    WHERE d.account_id = $1 AND d.valid_from <= $2 ORDER BY d.valid_from DESC LIMIT 1)
                   AS debtor,
                   (SELECT jsonb_object_agg(b.period, b.due_on) FROM bills b
                    WHERE b.account_id = $1 AND b.due_on >= $2) AS billed
            FROM accounts a WHERE a.account_id = $1
            """,
            account_id,
            on,
        )
        assert row is not None
        debtor = Debtor(row["debtor"]) if row["debtor"] else usual_debtor(AccountKind(row["kind"]))
        return msgspec.convert({"debtor": debtor, "billed": row["billed"] or {}}, Owed)

    async def count(self, account_id: AccountId) -> int:
        found: int = await self.connection.fetchval(
            "SELECT count(*) FROM autopays WHERE account_id = $1 AND state <> 'stopped'", account_id
        )
        return found

    async def open_run(self, autopay: Autopay) -> Run | None:
        row = await self.connection.fetchrow(
            """
            SELECT * FROM autopay_runs
            WHERE account_id = $1 AND autopay_id = $2 AND ended_at IS NULL ORDER BY occasion LIMIT 1
            """,
            autopay.account_id,
            autopay.id,
        )
        return struct(Run, row) if row else None

    async def run_of(self, autopay: Autopay, occasion: date) -> Run | None:
        row = await self.connection.fetchrow(
            "SELECT * FROM autopay_runs WHERE account_id = $1 AND autopay_id = $2 AND occasion = $3",
            autopay.account_id,
            autopay.id,
            occasion,
        )
        return struct(Run, row) if row else None

    async def save_run(self, run: Run) -> None:
        await self.connection.execute(
            """
            INSERT INTO autopay_runs
                (account_id, autopay_id, occasion, pay_on, amount_kopecks, state, attempt, payment_id, note,
                 announced_at, ended_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            ON CONFLICT (account_id, autopay_id, occasion) DO UPDATE
            SET pay_on = excluded.pay_on, amount_kopecks = excluded.amount_kopecks, state = excluded.state,
                attempt = excluded.attempt, payment_id = excluded.payment_id, note = excluded.note,
                announced_at = excluded.announced_at, ended_at = excluded.ended_at
            """,
            run.account_id,
            run.autopay_id,
            run.occasion,
            run.pay_on,
            run.amount.kopecks,
            run.state,
            run.attempt,
            run.payment_id,
            run.note,
            run.announced_at,
            run.ended_at,
        )

    async def is_in_registries(self, numbers: Sequence[str]) -> bool:
        """Report over all registries: rows that wait are few, and there is an index of them."""
        found = await self.connection.fetchval(
            """
            SELECT EXISTS (
                SELECT 1 FROM registry_rows
                WHERE state = 'waiting' AND direction = 'in'
                  AND string_to_array(account_text, ' ') && $1::text[])
            """,
            list(numbers),
        )
        return bool(found)

    async def views(self, access: Access, id: AutopayId | None = None) -> Sequence[AutopayView]:
        rows = await self.connection.fetch(
            """
            SELECT a.*, a.autopay_id AS id,
                   (SELECT jsonb_agg(jsonb_build_object('state', s.state, 'reason', s.reason, 'at', s.at,
                                                        'by_id', s.by_id) ORDER BY s.step_no)
                    FROM autopay_steps s
                    WHERE s.account_id = $1 AND s.autopay_id = a.autopay_id) AS steps
            FROM autopays a
            WHERE a.account_id = $1 AND ($2::uuid IS NULL OR a.autopay_id = $2)
              AND ($3::uuid IS NULL OR EXISTS (
                    SELECT 1 FROM account_members m
                    WHERE m.account_id = $1 AND m.user_id = $3
                      AND ($4 = ANY (m.scopes) OR 'pay' = ANY (m.scopes) AND a.user_id = $3)
                      AND (m.valid_until IS NULL OR m.valid_until > $5)))
            ORDER BY a.created_at DESC, a.autopay_id LIMIT 100
            """,
            access.account_id,
            id,
            access.actor.user_id,
            access.scope,
            access.at,
        )
        return [await self._view(row) for row in rows]

    async def _view(self, row: asyncpg.Record) -> AutopayView:
        runs = await self.connection.fetch(
            """
            SELECT * FROM autopay_runs WHERE account_id = $1 AND autopay_id = $2
            ORDER BY occasion DESC LIMIT 24
            """,
            row["account_id"],
            row["id"],
        )
        return AutopayView(
            autopay=struct(Autopay, row),
            steps=msgspec.convert(row["steps"], tuple[AutopayStep, ...]),
            runs=tuple(struct(Run, run) for run in runs),
        )

    async def waiting(self, until: datetime, limit: int) -> list[tuple[AccountId, AutopayId]]:
        """Report over all accounts: the timer's list of what is due."""
        rows = await self.connection.fetch(
            """
            SELECT account_id, autopay_id FROM autopays
            WHERE next_at IS NOT NULL AND next_at <= $1 ORDER BY next_at LIMIT $2
            """,
            until,
            limit,
        )
        return [(row["account_id"], row["autopay_id"]) for row in rows]
