"""Registries as files in PostgreSQL: kept byte for byte, with what was found wrong in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import asyncpg

from adapters.postgres.pool import Queryable
from domain.kernel.ids import AccountId
from domain.kernel.money import Money
from domain.payments.registries.entries import Expected
from domain.payments.registries.faults import FaultCode, RegistryFault
from domain.payments.registries.files import (
    Fate,
    PaymentRegistry,
    RegistryCursor,
    RegistryIdTaken,
    RegistryNotFound,
    RegistryState,
    kept_of,
)


@dataclass(frozen=True, slots=True)
class PostgresPaymentRegistries:
    connection: Queryable

    async def added(self, registry: PaymentRegistry, body: bytes) -> PaymentRegistry:
        added = await self.connection.fetchval(
            """
            INSERT INTO payment_registries
                (registry_id, agent_code, file_name, sha256, size_bytes, who, received_at, expected_rows,
                 expected_kopecks, state, judging, rows, sum_kopecks, out_kopecks, fees_kopecks, faults)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, 0, 0, 0, 0)
            ON CONFLICT DO NOTHING RETURNING registry_id
            """,
            registry.id,
            registry.agent_code,
            registry.file_name,
            registry.sha256,
            registry.size_bytes,
            registry.who,
            registry.received_at,
            registry.expected.rows,
            registry.expected.amount.kopecks if registry.expected.amount is not None else None,
            registry.state,
            registry.judging,
        )
        if added is None:
            return await self._known(registry)
        await self.connection.execute(
            "INSERT INTO payment_registry_bodies (registry_id, body) VALUES ($1, $2)", registry.id, body
        )
        return registry

    async def _known(self, registry: PaymentRegistry) -> PaymentRegistry:
        row = await self.connection.fetchrow(
            "SELECT * FROM payment_registries WHERE agent_code = $1 AND sha256 = $2 FOR UPDATE",
            registry.agent_code,
            registry.sha256,
        )
        if row is None:
            raise RegistryIdTaken(field="registry_id")
        return _registry(row)

    async def by_id(self, registry_id: AccountId) -> PaymentRegistry:
        return _found(
            await self.connection.fetchrow(
                "SELECT * FROM payment_registries WHERE registry_id = $1", registry_id
            )
        )

    async def locked(self, registry_id: AccountId) -> PaymentRegistry:
        return _found(
            await self.connection.fetchrow(
                "SELECT * FROM payment_registries WHERE registry_id = $1 FOR UPDATE", registry_id
            )
        )

    async def body(self, registry_id: AccountId) -> bytes:
        body: bytes = await self.connection.fetchval(
            "SELECT body FROM payment_registry_bodies WHERE registry_id = $1", registry_id
        )
        return body

    async def save(self, registry: PaymentRegistry) -> None:
        await self.connection.execute(
            """
            UPDATE payment_registries
            SET state = $2, judging = $3, judged_at = $4, posted_at = $5, rows = $6, sum_kopecks = $7,
                out_kopecks = $8, fees_kopecks = $9, order_number = $10, order_date = $11, faults = $12,
                expected_rows = $13, expected_kopecks = $14
            WHERE registry_id = $1
            """,
            registry.id,
            registry.state,
            registry.judging,
            registry.judged_at,
            registry.posted_at,
            registry.rows,
            registry.sum.kopecks,
            registry.out.kopecks,
            registry.fees.kopecks,
            registry.order_number,
            registry.order_date,
            registry.faults,
            registry.expected.rows,
            registry.expected.amount.kopecks if registry.expected.amount is not None else None,
        )

    async def keep_faults(self, registry_id: AccountId, faults: Sequence[RegistryFault]) -> None:
        await self.connection.execute(
            "DELETE FROM payment_registry_faults WHERE registry_id = $1", registry_id
        )
        await self.connection.executemany(
            """
            INSERT INTO payment_registry_faults (registry_id, fault_no, line_no, field, code, value)
            VALUES ($1, $2, $3, $4, $5, $6)
            """,
            [
                (registry_id, no, one.line_no, one.field, one.code, one.value.replace("\0", " "))
                for no, one in enumerate(kept_of(faults), start=1)
            ],
        )

    async def faults(
        self, registry_id: AccountId, *, after: int, limit: int
    ) -> list[tuple[int, RegistryFault]]:
        rows = await self.connection.fetch(
            """
            SELECT fault_no, line_no, field, code, value FROM payment_registry_faults
            WHERE registry_id = $1 AND fault_no > $2 ORDER BY fault_no LIMIT $3
            """,
            registry_id,
            after,
            limit,
        )
        return [
            (
                row["fault_no"],
                RegistryFault(
                    line_no=row["line_no"],
                    field=row["field"],
                    code=FaultCode(row["code"]),
                    value=row["value"],
                ),
            )
            for row in rows
        ]

    async def listed(
        self, state: RegistryState | None, *, before: RegistryCursor | None, limit: int
    ) -> list[PaymentRegistry]:
        rows = await self.connection.fetch(
            """
            SELECT * FROM payment_registries
            WHERE ($1::text IS NULL OR state = $1)
              AND ($2::timestamptz IS NULL OR (received_at, registry_id) < ($2, $3))
            ORDER BY received_at DESC, registry_id DESC LIMIT $4
            """,
            state,
            before.received_at if before else None,
            before.registry_id if before else None,
            limit,
        )
        return [_registry(row) for row in rows]

    async def fates(self, registry_id: AccountId) -> Mapping[str, Fate]:
        rows = await self.connection.fetch(
            """
            SELECT state, count(*)::int AS rows, sum(amount_kopecks)::bigint AS kopecks FROM registry_rows
            WHERE account_id = $1 AND direction = 'in' GROUP BY state
            """,
            registry_id,
        )
        return {row["state"]: Fate(rows=row["rows"], sum=Money(row["kopecks"])) for row in rows}


def _found(row: asyncpg.Record | None) -> PaymentRegistry:
    if row is None:
        raise RegistryNotFound
    return _registry(row)


def _registry(row: asyncpg.Record) -> PaymentRegistry:
    fields = dict(row)
    kopecks = fields.pop("expected_kopecks")
    expected = Expected(rows=fields.pop("expected_rows"), amount=None if kopecks is None else Money(kopecks))
    fields["id"] = fields.pop("registry_id")
    for name in ("sum", "out", "fees"):
        fields[name] = Money(fields.pop(f"{name}_kopecks"))
    fields["state"] = RegistryState(fields["state"])
    return PaymentRegistry(expected=expected, **fields)
