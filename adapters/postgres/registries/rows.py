"""Rows of registries in PostgreSQL, beside the synthetic account of their file."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from adapters.postgres.pool import Queryable
from domain.accounts.accounts import AccountKind
from domain.accounts.ledger import FIRST_HASH
from domain.kernel.ids import AccountId
from domain.kernel.money import Money
from domain.payments.registries.entries import Direction, Payer, RegistryEntry
from domain.payments.registries.files import PaymentRegistry
from domain.payments.registries.rows import Claim, RegistryRow, RowCode, RowState

_COLUMNS = (
    *("account_id", "row_no", "line_no", "operation_id", "agent_code", "direction", "paid_at"),
    *("amount_kopecks", "fee_kopecks", "account_text", "period", "reference", "purpose", "payer"),
    *("payer_key", "payment_id", "state", "code", "settled_at", "to_account_id", "to_supplier_account_id"),
    "steps_count",
)

_PLAIN = tuple(
    name
    for name in _COLUMNS
    if name not in {"direction", "amount_kopecks", "fee_kopecks", "payer", "state", "code"}
)


@dataclass(frozen=True, slots=True)
class PostgresRegistryRows:
    connection: Queryable

    async def open_account(self, registry: PaymentRegistry, at: datetime) -> None:
        await self.connection.execute(
            """
            INSERT INTO accounts (account_id, number, kind, address, holder_name, opened_at)
            VALUES ($1, $2, $3, '', '', $4) ON CONFLICT DO NOTHING
            """,
            registry.id,
            registry.title,
            AccountKind.REGISTRY,
            at,
        )
        await self.connection.execute(
            """
            INSERT INTO account_heads (account_id, last_no, last_hash) VALUES ($1, 0, $2)
            ON CONFLICT DO NOTHING
            """,
            registry.id,
            FIRST_HASH,
        )

    async def claimed(self, registry: PaymentRegistry, entries: Sequence[RegistryEntry]) -> dict[str, Claim]:
        """In the order of operations: two files that share some wait for each other in one order."""
        first: dict[str, int] = {}
        for row_no, entry in enumerate(entries, start=1):
            first.setdefault(entry.operation_id, row_no)
        operations = sorted(first)
        taken = await self.connection.fetch(
            """
            INSERT INTO registry_operations (operation_id, agent_code, account_id, row_no)
            SELECT one.operation_id, $1, $2, one.row_no
            FROM unnest($3::text[], $4::int[]) AS one (operation_id, row_no)
            ON CONFLICT (operation_id, agent_code) DO NOTHING RETURNING operation_id
            """,
            registry.agent_code,
            registry.id,
            operations,
            [first[one] for one in operations],
        )
        left = sorted(first.keys() - {row["operation_id"] for row in taken})
        return await self._claims(registry.agent_code, left) if left else {}

    async def _claims(self, agent_code: str, operations: Sequence[str]) -> dict[str, Claim]:
        keys = await self.connection.fetch(
            """
            SELECT account_id, row_no FROM registry_operations
            WHERE agent_code = $1 AND operation_id = ANY ($2)
            """,
            agent_code,
            operations,
        )
        rows = await self.connection.fetchmany(
            """
            SELECT operation_id, account_id, row_no, amount_kopecks, account_text, direction
            FROM registry_rows WHERE account_id = $1 AND row_no = $2
            """,
            [(key["account_id"], key["row_no"]) for key in keys],
        )
        return {row["operation_id"]: _claim(row) for row in rows}

    async def add(self, rows: Sequence[RegistryRow]) -> None:
        await self.connection.copy_records_to_table(
            "registry_rows", columns=_COLUMNS, records=(_record(row) for row in rows)
        )

    async def waiting_locked(
        self, registry_id: AccountId, limit: int, *, unidentified: bool
    ) -> list[RegistryRow]:
        rows = await self.connection.fetch(
            """
            SELECT * FROM registry_rows
            WHERE account_id = $1 AND state = 'waiting' AND (code IS NOT NULL) = $2
            ORDER BY to_account_id, row_no LIMIT $3 FOR UPDATE SKIP LOCKED
            """,
            registry_id,
            unidentified,
            limit,
        )
        return [registry_row(row) for row in rows]

    async def save(self, rows: Sequence[RegistryRow]) -> None:
        if not rows:
            return
        await self.connection.execute(
            """
            UPDATE registry_rows r
            SET state = one.state, code = one.code, settled_at = one.settled_at,
                to_account_id = one.to_account_id, to_supplier_account_id = one.to_supplier_account_id,
                steps_count = one.steps_count, payer = CASE WHEN one.keeps_payer THEN r.payer END
            FROM unnest($2::int[], $3::text[], $4::text[], $5::timestamptz[], $6::uuid[], $7::uuid[],
                        $8::int[], $9::boolean[])
                 AS one (row_no, state, code, settled_at, to_account_id, to_supplier_account_id, steps_count,
                         keeps_payer)
            WHERE r.account_id = $1 AND r.row_no = one.row_no
            """,
            rows[0].account_id,
            [row.row_no for row in rows],
            [row.state for row in rows],
            [row.code for row in rows],
            [row.settled_at for row in rows],
            [row.to_account_id for row in rows],
            [row.to_supplier_account_id for row in rows],
            [row.steps_count for row in rows],
            [row.payer is not None for row in rows],
        )

    async def is_waiting(self, registry_id: AccountId) -> bool:
        found = await self.connection.fetchval(
            "SELECT EXISTS (SELECT 1 FROM registry_rows WHERE account_id = $1 AND state = 'waiting')",
            registry_id,
        )
        return bool(found)

    async def page(
        self, registry_id: AccountId, state: RowState | None, *, after: int, limit: int
    ) -> list[RegistryRow]:
        rows = await self.connection.fetch(
            """
            SELECT * FROM registry_rows
            WHERE account_id = $1 AND row_no > $2 AND ($3::text IS NULL OR state = $3)
            ORDER BY row_no LIMIT $4
            """,
            registry_id,
            after,
            state,
            limit,
        )
        return [registry_row(row) for row in rows]


def registry_row(row: asyncpg.Record) -> RegistryRow:
    fields = {name: row[name] for name in _PLAIN}
    fee, payer, code = row["fee_kopecks"], row["payer"], row["code"]
    return RegistryRow(
        **fields,
        direction=Direction(row["direction"]),
        amount=Money(row["amount_kopecks"]),
        fee=None if fee is None else Money(fee),
        payer=None if payer is None else msgspec.convert(payer, Payer),
        state=RowState(row["state"]),
        code=None if code is None else RowCode(code),
    )


def _claim(row: asyncpg.Record) -> Claim:
    return Claim(
        operation_id=row["operation_id"],
        account_id=row["account_id"],
        row_no=row["row_no"],
        amount=Money(row["amount_kopecks"]),
        account_text=row["account_text"],
        direction=Direction(row["direction"]),
    )


def _record(row: RegistryRow) -> tuple[Any, ...]:
    return (
        row.account_id,
        row.row_no,
        row.line_no,
        row.operation_id,
        row.agent_code,
        row.direction,
        row.paid_at,
        row.amount.kopecks,
        row.fee.kopecks if row.fee is not None else None,
        row.account_text,
        row.period,
        row.reference,
        row.purpose,
        msgspec.to_builtins(row.payer) if row.payer else None,
        row.payer_key,
        row.payment_id,
        row.state,
        row.code,
        row.settled_at,
        row.to_account_id,
        row.to_supplier_account_id,
        row.steps_count,
    )
