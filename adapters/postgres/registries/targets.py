"""Accounts by the numbers that files give, and payments that came another way, in PostgreSQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from adapters.postgres.pool import Queryable
from domain.kernel.money import Money
from domain.payments.payments import PaymentState
from domain.payments.registries.rows import RegistryRow
from domain.payments.registries.targets import Named, OnlinePayment

_GIS_CHARS = (10, 13)


@dataclass(frozen=True, slots=True)
class PostgresTargets:
    connection: Queryable

    async def named(self, numbers: Sequence[str]) -> dict[str, list[Named]]:
        wanted = sorted(set(numbers))
        rows = await self.connection.fetch(
            """
            SELECT number, account_id, NULL::uuid AS supplier_account_id, NULL::text AS inn
            FROM account_numbers WHERE number = ANY ($1)
            """,
            wanted,
        )
        rows += await self.connection.fetch(
            """
            SELECT n.number, n.account_id, n.supplier_account_id, s.inn
            FROM supplier_account_numbers n JOIN suppliers s ON s.supplier_id = n.supplier_id
            WHERE n.number = ANY ($1)
            """,
            wanted,
        )
        if gis := [one for one in wanted if len(one) in _GIS_CHARS and not one.isdigit()]:
            rows += await self._by_gis(gis)
        found: dict[str, list[Named]] = {}
        for row in rows:
            named = Named(
                number=row["number"],
                account_id=row["account_id"],
                supplier_account_id=row["supplier_account_id"],
                supplier_inn=row["inn"],
            )
            found.setdefault(named.number, []).append(named)
        return found

    async def _by_gis(self, numbers: Sequence[str]) -> list[asyncpg.Record]:
        rows = await self.connection.fetch(
            """
            SELECT gis_number AS number, account_id, NULL::uuid AS supplier_account_id, NULL::text AS inn
            FROM accounts WHERE gis_number = ANY ($1)
            """,
            numbers,
        )
        return rows + await self.connection.fetch(
            """
            SELECT a.gis_service_id AS number, a.account_id, a.supplier_account_id, s.inn
            FROM supplier_accounts a JOIN suppliers s ON s.supplier_id = a.supplier_id
            WHERE a.gis_service_id = ANY ($1)
            """,
            numbers,
        )

    async def online(self, rows: Sequence[RegistryRow]) -> dict[int, list[OnlinePayment]]:
        """Each id of a row is looked for as the provider's, as the bank's, and as our own."""
        by_id: dict[str, list[int]] = {}
        for row in rows:
            for one in {row.operation_id, row.operation_id.lower(), row.reference, row.reference.lower()}:
                if one:
                    by_id.setdefault(one, []).append(row.row_no)
        agent = rows[0].agent_code if rows else ""
        found: dict[int, list[OnlinePayment]] = {}
        for record in await self._paid(list(by_id), agent):
            payment = OnlinePayment(
                payment_id=record["payment_id"],
                account_id=record["account_id"],
                amount=Money(record["amount_kopecks"]),
                state=PaymentState(record["state"]),
                paid_at=record["paid_at"],
                is_by_own_id=record["is_own"],
                is_of_terminal=record["is_of_terminal"],
            )
            for row_no in by_id[record["id"]]:
                found.setdefault(row_no, []).append(payment)
        return found

    async def _paid(self, ids: Sequence[str], agent_code: str) -> list[asyncpg.Record]:
        """Ids of one bank may be another's by chance: whoever asks compares sums and days too. A payment
        under the agent's own id came by its terminal: rows that were posted are not asked about again."""
        names = await self.connection.fetch(
            """
            SELECT provider_payment_id, account_id, payment_id, provider = $2 AS is_own
            FROM provider_payment_ids WHERE provider_payment_id = ANY ($1)
            """,
            ids,
            agent_code,
        )
        rows: list[asyncpg.Record] = await self.connection.fetchmany(
            """
            SELECT provider_payment_id AS id, account_id, payment_id, amount_kopecks, state, paid_at,
                   $3::boolean AS is_own, $3 AS is_of_terminal
            FROM payments WHERE account_id = $1 AND payment_id = $2
            """,
            [(one["account_id"], one["payment_id"], one["is_own"]) for one in names],
        )
        return rows + await self._by_own_ids(ids, agent_code)

    async def _by_own_ids(self, ids: Sequence[str], agent_code: str) -> list[asyncpg.Record]:
        """By what the payer's bank calls the payment, or we do: no account is named."""
        rows = await self.connection.fetch(
            """
            SELECT operation_id AS id, account_id, payment_id, amount_kopecks, state, paid_at,
                   false AS is_own, false AS is_of_terminal
            FROM payments WHERE operation_id = ANY ($1) AND provider <> $2
            """,
            ids,
            agent_code,
        )
        if own := [one for one in ids if _is_id(one)]:
            rows += await self.connection.fetch(
                """
                SELECT payment_id::text AS id, account_id, payment_id, amount_kopecks, state, paid_at,
                       true AS is_own, false AS is_of_terminal
                FROM payments WHERE payment_id = ANY ($1) AND provider <> $2
                """,
                [UUID(one) for one in own],
                agent_code,
            )
        return rows


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
