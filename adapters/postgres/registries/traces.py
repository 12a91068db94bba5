"""What registries know of a payment that somebody misses, in PostgreSQL. Rows that were posted are payments
by then and are found as such."""

from collections.abc import Sequence

import asyncpg

from adapters.postgres.pool import Queryable
from adapters.postgres.registries.rows import registry_row
from domain.payments.registries.files import RegistryState
from domain.payments.registries.rows import RegistryRow, RowState
from domain.payments.traces import MoneyTrace, TraceQuestion, TraceSource

_MOST = 100
_LEAST_ID_BYTES = 8
_TOLD = frozenset({RowState.WAITING, RowState.SUSPENSE, RowState.RETURNED})


async def registry_traces(connection: Queryable, question: TraceQuestion) -> list[MoneyTrace]:
    """Money in suspense, rows that are not posted yet, and files in quarantine that name the operation."""
    by_sum = await _of_sum(connection, question)
    by_operation = await _of_operation(connection, question)
    return [
        *(_trace(row, by_operation=True) for row in by_operation if row.state in _TOLD),
        *(_trace(row, by_operation=False) for row in by_sum),
        *await _quarantined(connection, question),
    ]


async def _of_sum(connection: Queryable, question: TraceQuestion) -> list[RegistryRow]:
    rows = await connection.fetch(
        """
        SELECT * FROM registry_rows
        WHERE amount_kopecks = $1 AND paid_at >= $2 AND paid_at < $3 AND state IN ('waiting', 'suspense')
        ORDER BY paid_at LIMIT $4
        """,
        question.amount.kopecks,
        *question.moments,
        _MOST,
    )
    return [registry_row(row) for row in rows]


async def _of_operation(connection: Queryable, question: TraceQuestion) -> list[RegistryRow]:
    if question.operation_id is None:
        return []
    keys = await connection.fetch(
        "SELECT account_id, row_no FROM registry_operations WHERE operation_id = ANY ($1) LIMIT 10",
        [question.operation_id, question.operation_id.upper(), question.operation_id.lower()],
    )
    found: list[RegistryRow] = []
    for key in keys:
        row = await connection.fetchrow(
            "SELECT * FROM registry_rows WHERE account_id = $1 AND row_no = $2", *_values(key)
        )
        found += [registry_row(row)] if row else []
    return found


def _values(key: asyncpg.Record) -> Sequence[object]:
    return key["account_id"], key["row_no"]


async def _quarantined(connection: Queryable, question: TraceQuestion) -> list[MoneyTrace]:
    needle = (question.operation_id or "").encode()
    if len(needle) < _LEAST_ID_BYTES:
        return []
    rows = await connection.fetch(
        """
        SELECT r.received_at, r.state FROM payment_registries r
        JOIN payment_registry_bodies b ON b.registry_id = r.registry_id
        WHERE r.state IN ('received', 'quarantined') AND r.received_at >= $1
          AND position($2::bytea IN b.body) > 0
        ORDER BY r.received_at LIMIT 10
        """,
        question.moments[0],
        needle,
    )
    return [
        MoneyTrace(source=TraceSource.REGISTRY, at=row["received_at"], state=RegistryState(row["state"]))
        for row in rows
    ]


def _trace(row: RegistryRow, *, by_operation: bool) -> MoneyTrace:
    """Only money in suspense has arrived: its account is the registry's own, from where it can be moved."""
    is_held = row.state is RowState.SUSPENSE
    return MoneyTrace(
        source=TraceSource.UNIDENTIFIED if is_held else TraceSource.REGISTRY,
        at=row.paid_at,
        amount=row.amount,
        account_id=row.account_id if is_held else None,
        account_number=row.account_text or None,
        payment_id=row.payment_id,
        state=row.state,
        is_paid=is_held,
        by_operation=by_operation,
    )
