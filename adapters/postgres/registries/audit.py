"""Everything the audit reads of registries, by their synthetic accounts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from domain.accounts import books
from domain.kernel.ids import AccountId
from domain.payments.registries.audit import AuditedPayment, AuditedRegistry, AuditedRow


@dataclass(frozen=True, slots=True)
class PostgresRegistryAudit:
    """Reads only, in one snapshot."""

    connection: asyncpg.Connection

    async def of(self, ids: Sequence[AccountId]) -> list[AuditedRegistry]:
        """Those of these accounts that are registries'."""
        async with self.connection.transaction(isolation="repeatable_read", readonly=True):
            files = await self.connection.fetch(
                """
                SELECT registry_id, agent_code, state, rows, sum_kopecks, out_kopecks
                FROM payment_registries WHERE registry_id = ANY ($1) AND state IN ('posting', 'posted')
                """,
                ids,
            )
            return [await self._registry(file) for file in files]

    async def _registry(self, file: asyncpg.Record) -> AuditedRegistry:
        registry_id = file["registry_id"]
        rows = await self.connection.fetch(
            """
            SELECT row_no, operation_id, direction, amount_kopecks, payment_id, state, to_account_id,
                   steps_count
            FROM registry_rows WHERE account_id = $1 ORDER BY row_no
            """,
            registry_id,
        )
        steps = await self._steps(registry_id)
        claims = await self._claims(file["agent_code"], [row["operation_id"] for row in rows])
        return AuditedRegistry(
            id=registry_id,
            agent_code=file["agent_code"],
            state=file["state"],
            rows_count=file["rows"],
            sum_kopecks=file["sum_kopecks"],
            out_kopecks=file["out_kopecks"],
            rows=[
                AuditedRow(
                    **row, steps=steps.get(row["row_no"], ()), claimed_by=claims.get(row["operation_id"])
                )
                for row in rows
            ],
            payments=await self._payments(rows),
            posted=await self._posted(registry_id),
            suspense_kopecks=await self._suspense(registry_id),
        )

    async def _steps(self, registry_id: AccountId) -> dict[int, list[str]]:
        rows = await self.connection.fetch(
            """
            SELECT row_no, state FROM registry_row_steps WHERE account_id = $1 ORDER BY row_no, step_no
            """,
            registry_id,
        )
        found: dict[int, list[str]] = {}
        for row in rows:
            found.setdefault(row["row_no"], []).append(row["state"])
        return found

    async def _claims(self, agent_code: str, operations: Sequence[str]) -> dict[str, Any]:
        rows = await self.connection.fetch(
            """
            SELECT operation_id, account_id, row_no FROM registry_operations
            WHERE operation_id = ANY ($1) AND agent_code = $2
            """,
            operations,
            agent_code,
        )
        return {row["operation_id"]: (row["account_id"], row["row_no"]) for row in rows}

    async def _payments(self, rows: Sequence[asyncpg.Record]) -> dict[UUID, AuditedPayment]:
        home = [row for row in rows if row["state"] in {"posted", "resolved"}]
        found = await self.connection.fetch(
            """
            SELECT payment_id, account_id, amount_kopecks, provider, brought_from FROM payments
            WHERE account_id = ANY ($1) AND payment_id = ANY ($2)
            """,
            list({row["to_account_id"] for row in home}),
            [row["payment_id"] for row in home],
        )
        return {
            row["payment_id"]: AuditedPayment(
                account_id=row["account_id"],
                amount_kopecks=row["amount_kopecks"],
                provider=row["provider"],
                brought_from=row["brought_from"],
            )
            for row in found
        }

    async def _posted(self, registry_id: AccountId) -> dict[tuple[str, UUID, int], int]:
        rows = await self.connection.fetch(
            """
            SELECT cause_kind, cause_id, cause_version, sum(amount_kopecks)::bigint AS kopecks
            FROM transfers WHERE account_id = $1 GROUP BY cause_kind, cause_id, cause_version
            """,
            registry_id,
        )
        return {(row["cause_kind"], row["cause_id"], row["cause_version"]): row["kopecks"] for row in rows}

    async def _suspense(self, registry_id: AccountId) -> int:
        found = await self.connection.fetchval(
            "SELECT balance_kopecks FROM books WHERE account_id = $1 AND book = $2",
            registry_id,
            books.SUSPENSE,
        )
        return int(found or 0)
