"""Payments that wait for their payer, spread by the real rule over what their accounts owe."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import cast
from uuid import UUID

import asyncpg

from adapters.postgres.ledger import PostgresLedger
from adapters.postgres.pool import connect
from domain.accounts.ledger import Standing
from domain.kernel.ids import AccountId, PaymentId
from domain.kernel.money import Money
from domain.payments.allocation import allocate, seen
from domain.payments.explanation import Addressed, AllocationRule, Explanation, Rule
from domain.payments.payments import Payment, PaymentState, Wish
from domain.payments.provider import Confirmation, Method, ProviderPayment, ProviderState
from infra import clock

PROVIDER = "yookassa"
_RULE = AllocationRule(rule=Rule.BILL_FIRST, version=1)
_COLUMNS = (
    *("account_id", "payment_id", "payer_id", "wish", "method", "amount_kopecks", "parts", "explanation"),
    *("state", "steps_count", "late", "provider", "provider_payment_id", "confirmation", "attempt"),
    *("created_at", "expires_at", "next_check_at"),
)


async def some_accounts(connection: asyncpg.Connection, count: int) -> list[AccountId]:
    """So many accounts from all over the table, in no order, not yet given a payment here."""
    rows = await connection.fetch(
        """
        SELECT account_id FROM accounts
        WHERE account_id NOT IN (SELECT account_id FROM payments WHERE explanation <> '{}')
        ORDER BY md5(account_id::text) LIMIT $1
        """,
        count,
    )
    if len(rows) < count:
        raise ValueError(f"{count} accounts are wanted, there are {len(rows)}")
    return [AccountId(row["account_id"]) for row in rows]


async def lay(dsn: str, account_ids: Sequence[AccountId]) -> list[tuple[AccountId, PaymentId]]:
    """An open payment of everything owed on each account."""
    connection = await connect(dsn)
    try:
        made = [_made(await _standing(connection, account_id)) for account_id in account_ids]
        await connection.copy_records_to_table(
            "payments", columns=_COLUMNS, records=[_record(*one) for one in made]
        )
        await connection.copy_records_to_table(
            "payment_steps",
            columns=("account_id", "payment_id", "step_no", "state", "at"),
            records=[step for payment, _ in made for step in _steps(payment)],
        )
    finally:
        await connection.close()
    return [(payment.account_id, payment.id) for payment, _ in made]


def succeeded(payment: Payment) -> ProviderPayment:
    """What the provider answers when the payer has paid."""
    return ProviderPayment(
        id=cast(str, payment.provider_payment_id),
        state=ProviderState.SUCCEEDED,
        amount=payment.amount,
        currency="RUB",
        created_at=payment.created_at,
        test=True,
        paid_at=clock.now(),
        account_id=payment.account_id,
        payment_id=payment.id,
    )


async def _standing(connection: asyncpg.Connection, account_id: AccountId) -> Standing:
    async with connection.transaction():
        return await PostgresLedger(connection).standing_locked(account_id)


def _made(standing: Standing) -> tuple[Payment, Explanation]:
    owners = tuple(sorted({line.supplier_account_id for line in standing.charges}))
    amount = Money(sum(one.to_pay.kopecks for one in seen(standing, owners)))
    parts, explanation = allocate(
        standing, [Addressed(amount=amount, supplier_account_ids=owners)], rule=_RULE, period=None
    )
    at = clock.now()
    payment = Payment(
        id=PaymentId(clock.new_id()),
        account_id=standing.head.account_id,
        payer_id=UUID(int=1),
        wish=Wish(amount=amount, method=Method.SBP),
        amount=amount,
        parts=parts,
        state=PaymentState.CREATED,
        provider=PROVIDER,
        created_at=at,
        # Far ahead: the measuring itself must not find them late.
        expires_at=at + timedelta(hours=6),
    )
    confirmation = Confirmation(type="redirect", url=f"https://pay.example/{payment.id}")
    return payment.opened(clock.new_id().hex, confirmation, at + timedelta(hours=6)), explanation


def _record(payment: Payment, explanation: Explanation) -> tuple[object, ...]:
    return (
        *(payment.account_id, payment.id, payment.payer_id, payment.wish, payment.wish.method),
        *(payment.amount.kopecks, payment.parts, explanation, payment.state, payment.steps_count),
        *(payment.late, payment.provider, payment.provider_payment_id, payment.confirmation),
        *(payment.attempt, payment.created_at, payment.expires_at, payment.next_check_at),
    )


def _steps(payment: Payment) -> Iterator[tuple[object, ...]]:
    for number, state in enumerate((PaymentState.CREATED, PaymentState.AWAITING_PAYER), start=1):
        yield payment.account_id, payment.id, number, state, payment.created_at
