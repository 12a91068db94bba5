"""What may be a payment that somebody misses, over all accounts, in PostgreSQL."""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from adapters.postgres.pool import Queryable
from adapters.postgres.registries.traces import registry_traces
from domain.accounts.accounts import Account
from domain.kernel.ids import AccountId
from domain.kernel.money import Money
from domain.payments.payments import PaymentState
from domain.payments.traces import MoneyTrace, TraceQuestion, TraceSource, neighbours

MOST = 500
"""Of one sum in one week. Own payments and numbers one slip away are looked up by themselves."""

_LEAST_ID_BYTES = 8
"""A shorter id stands in too many notices by chance."""


@dataclass(frozen=True, slots=True)
class PostgresMoneyTraces:
    connection: Queryable

    async def like(self, question: TraceQuestion, account: Account) -> list[MoneyTrace]:
        near = await self._near(question, account)
        found = [
            *await self._by_operation(question),
            *await self._of_accounts(question, [account.id, *near]),
            *await self._of_sum(question),
            *await self._events(question),
            *await registry_traces(self.connection, question),
        ]
        return list({one.payment_id or one.at: one for one in reversed(found)}.values())

    async def _near(self, question: TraceQuestion, account: Account) -> list[AccountId]:
        numbers = neighbours(account.number) | ({question.account_typed} if question.account_typed else set())
        rows = await self.connection.fetch(
            "SELECT account_id FROM account_numbers WHERE number = ANY ($1)", sorted(numbers)
        )
        return [row["account_id"] for row in rows]

    async def _by_operation(self, question: TraceQuestion) -> list[MoneyTrace]:
        """By what the payer's bank calls it, or the provider. Several are kept only if ids repeat."""
        if question.operation_id is None:
            return []
        named = await self.connection.fetch(
            "SELECT account_id, payment_id FROM provider_payment_ids WHERE provider_payment_id = $1",
            question.operation_id.lower(),
        )
        rows = await self.connection.fetch(
            """
            SELECT p.*, a.number FROM payments p JOIN accounts a ON a.account_id = p.account_id
            WHERE p.operation_id = ANY ($1) AND p.moved_at IS NULL LIMIT 10
            """,
            [question.operation_id, question.operation_id.upper()],
        )
        for one in named:
            rows += await self.connection.fetch(
                """
                SELECT p.*, a.number FROM payments p JOIN accounts a ON a.account_id = p.account_id
                WHERE p.account_id = $1 AND p.payment_id = $2 AND p.moved_at IS NULL
                """,
                one["account_id"],
                one["payment_id"],
            )
        return [_trace(row, by_operation=True) for row in rows]

    async def _of_accounts(self, question: TraceQuestion, ids: Sequence[AccountId]) -> list[MoneyTrace]:
        rows = await self.connection.fetch(
            """
            SELECT p.*, a.number FROM payments p JOIN accounts a ON a.account_id = p.account_id
            WHERE p.account_id = ANY ($1) AND p.amount_kopecks = $2 AND p.created_at >= $3
              AND p.created_at < $4 AND p.moved_at IS NULL
            ORDER BY p.created_at LIMIT $5
            """,
            ids,
            question.amount.kopecks,
            *question.moments,
            MOST,
        )
        return [_trace(row) for row in rows]

    async def _of_sum(self, question: TraceQuestion) -> list[MoneyTrace]:
        rows = await self.connection.fetch(
            """
            SELECT p.*, a.number FROM payments p JOIN accounts a ON a.account_id = p.account_id
            WHERE p.amount_kopecks = $1 AND p.created_at >= $2 AND p.created_at < $3 AND p.moved_at IS NULL
            ORDER BY p.created_at LIMIT $4
            """,
            question.amount.kopecks,
            *question.moments,
            MOST,
        )
        return [_trace(row) for row in rows]

    async def _events(self, question: TraceQuestion) -> list[MoneyTrace]:
        """What the provider told of an operation, and no payment of ours was found for."""
        needle = (question.operation_id or "").encode()
        if len(needle) < _LEAST_ID_BYTES:
            return []
        rows = await self.connection.fetch(
            """
            SELECT received_at, verdict FROM provider_events
            WHERE received_at >= $1 AND received_at < $2 AND (verdict IS NULL OR verdict <> 'check-promised')
              AND position($3::bytea IN body) > 0
            ORDER BY received_at LIMIT 10
            """,
            *question.moments,
            needle,
        )
        return [
            MoneyTrace(
                source=TraceSource.PROVIDER_EVENT, at=row["received_at"], state=row["verdict"] or "unread"
            )
            for row in rows
        ]


def _trace(row: asyncpg.Record, *, by_operation: bool = False) -> MoneyTrace:
    return MoneyTrace(
        source=TraceSource.PAYMENT,
        at=row["paid_at"] or row["created_at"],
        amount=Money(row["amount_kopecks"]),
        account_id=row["account_id"],
        account_number=row["number"],
        payment_id=row["payment_id"],
        payer_digits=row["payer_digits"],
        state=row["state"],
        is_paid=row["state"] == PaymentState.PAID,
        by_operation=by_operation,
    )
