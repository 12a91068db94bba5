"""Money in suspense in PostgreSQL: over all registries for those who look, row by row for those who act."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from adapters.postgres.pool import Queryable
from adapters.postgres.registries.rows import registry_row
from adapters.postgres.registries.targets import PostgresTargets
from domain.accounts.accounts import AccountKind
from domain.kernel.ids import AccountId, PaymentId
from domain.kernel.money import Money
from domain.payments.registries.rows import RegistryRow, RowState
from domain.payments.registries.suggestions import Candidate, digits_of
from domain.payments.registries.suspense import RowNotFound, RowStep, SuspenseCursor
from domain.payments.registries.targets import Named, spellings
from domain.payments.traces import neighbours

MOST_NEAR = 300
_DIGITS_LEAST, _DIGITS_MOST = 5, 20
"""Numbers shorter are near too many others; longer ones are no numbers of ours."""


@dataclass(frozen=True, slots=True)
class PostgresSuspense:
    connection: Queryable
    targets: PostgresTargets = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "targets", PostgresTargets(self.connection))

    async def locked(self, registry_id: AccountId, row_no: int) -> RegistryRow:
        row = await self.connection.fetchrow(
            "SELECT * FROM registry_rows WHERE account_id = $1 AND row_no = $2 FOR UPDATE",
            registry_id,
            row_no,
        )
        if row is None:
            raise RowNotFound
        return registry_row(row)

    async def by_payment(self, registry_id: AccountId, payment_id: PaymentId) -> RegistryRow | None:
        row = await self.connection.fetchrow(
            """
            SELECT * FROM registry_rows
            WHERE account_id = $1 AND payment_id = $2 AND state IN ('suspense', 'resolved', 'returned')
            FOR UPDATE
            """,
            registry_id,
            payment_id,
        )
        return registry_row(row) if row else None

    async def step(self, rows: Sequence[RegistryRow], step: RowStep, by_id: UUID) -> None:
        await self.connection.executemany(
            """
            INSERT INTO registry_row_steps (account_id, row_no, step_no, state, at, by_id, by_name, note)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """,
            [
                (*_key(row), row.steps_count, row.state, step.at, by_id, step.by_name, step.note)
                for row in rows
            ],
        )

    async def steps(self, registry_id: AccountId, row_no: int) -> list[RowStep]:
        rows = await self.connection.fetch(
            """
            SELECT state, at, by_name, note FROM registry_row_steps
            WHERE account_id = $1 AND row_no = $2 ORDER BY step_no
            """,
            registry_id,
            row_no,
        )
        return [
            RowStep(state=RowState(row["state"]), at=row["at"], by_name=row["by_name"], note=row["note"])
            for row in rows
        ]

    async def page(self, *, after: SuspenseCursor | None, limit: int) -> list[RegistryRow]:
        rows = await self.connection.fetch(
            """
            SELECT * FROM registry_rows
            WHERE state = 'suspense'
              AND ($1::timestamptz IS NULL OR (paid_at, account_id, row_no) > ($1, $2, $3))
            ORDER BY paid_at, account_id, row_no LIMIT $4
            """,
            after.paid_at if after else None,
            after.account_id if after else None,
            after.row_no if after else None,
            limit,
        )
        return [registry_row(row) for row in rows]

    async def of_registry(self, registry_id: AccountId, after: int, limit: int) -> list[RegistryRow]:
        rows = await self.connection.fetch(
            """
            SELECT * FROM registry_rows WHERE account_id = $1 AND state = 'suspense' AND row_no > $2
            ORDER BY row_no LIMIT $3
            """,
            registry_id,
            after,
            limit,
        )
        return [registry_row(row) for row in rows]

    async def ageing(self, edges: Sequence[datetime]) -> Mapping[int, tuple[int, Money]]:
        rows = await self.connection.fetch(
            """
            SELECT (SELECT count(*) FROM unnest($1::timestamptz[]) AS edge WHERE paid_at < edge)::int AS age,
                   count(*)::int AS rows, sum(amount_kopecks)::bigint AS kopecks
            FROM registry_rows WHERE state = 'suspense' GROUP BY age
            """,
            edges,
        )
        return {row["age"]: (row["rows"], Money(row["kopecks"])) for row in rows}

    async def numbers(self, account_ids: Collection[AccountId]) -> Mapping[AccountId, str]:
        rows = await self.connection.fetch(
            "SELECT account_id, number FROM accounts WHERE account_id = ANY ($1)", list(account_ids)
        )
        return {row["account_id"]: row["number"] for row in rows}

    async def near(self, row: RegistryRow, prefixes: Sequence[str]) -> list[Candidate]:
        digits = {found for text in row.account_texts if (found := digits_of(text))}
        slips = digits | {f"{prefix}{one}" for one in digits for prefix in prefixes}
        same = {one.account_id for hits in (await self._named(slips)).values() for one in hits}
        for text in row.account_texts:
            slips |= set(spellings(text))
            if text.isdigit() and _DIGITS_LEAST <= len(text) <= _DIGITS_MOST:
                slips |= neighbours(text)
        near = {one.account_id for hits in (await self._named(slips)).values() for one in hits}
        paid = await self._paid_before(row)
        corrected = await self._corrected(row)
        ids = list(dict.fromkeys(one for some in (corrected, paid, same, near) for one in sorted(some)))
        return [
            Candidate(
                **one,
                has_paid_before=one["account_id"] in paid,
                is_in_corrected_file=one["account_id"] in corrected,
            )
            for one in await self._accounts(ids[:MOST_NEAR])
        ]

    async def _named(self, numbers: Collection[str]) -> Mapping[str, Sequence[Named]]:
        return await self.targets.named(sorted(numbers)) if numbers else {}

    async def _accounts(self, ids: Sequence[AccountId]) -> list[dict[str, Any]]:
        rows = await self.connection.fetch(
            """
            SELECT account_id, number, gis_number, kind, holder_name, address,
              closed_at IS NOT NULL AS is_closed
            FROM accounts WHERE account_id = ANY ($1) AND kind <> 'registry'
            """,
            ids,
        )
        owned = await self.connection.fetch(
            "SELECT account_id, number FROM supplier_accounts WHERE account_id = ANY ($1)", ids
        )
        numbers: dict[AccountId, list[str]] = {}
        for row in owned:
            numbers.setdefault(row["account_id"], []).append(row["number"])
        return [
            {
                "account_id": row["account_id"],
                "number": row["number"],
                "numbers": (
                    row["number"],
                    *numbers.get(row["account_id"], ()),
                    *filter(None, [row["gis_number"]]),
                ),
                "kind": AccountKind(row["kind"]),
                "holder_name": row["holder_name"],
                "address": row["address"],
                "is_closed": row["is_closed"],
            }
            for row in rows
        ]

    async def _paid_before(self, row: RegistryRow) -> set[AccountId]:
        if row.payer_key is None:
            return set()
        rows = await self.connection.fetch(
            """
            SELECT DISTINCT to_account_id FROM registry_rows
            WHERE payer_key = $1 AND to_account_id IS NOT NULL AND state IN ('posted', 'resolved', 'matched')
            LIMIT 10
            """,
            row.payer_key,
        )
        return {one["to_account_id"] for one in rows}

    async def _corrected(self, row: RegistryRow) -> set[AccountId]:
        """The agent has sent the same operation again, with another number."""
        rows = await self.connection.fetch(
            """
            SELECT account_text FROM registry_rows
            WHERE payment_id = $1 AND state = 'refused' AND code = 'operation-differs'
              AND amount_kopecks = $2 LIMIT 10
            """,
            row.payment_id,
            row.amount.kopecks,
        )
        texts = {text for one in rows for text in one["account_text"].split()}
        named = await self.targets.named([way for text in texts for way in spellings(text)]) if texts else {}
        return {one.account_id for hits in named.values() for one in hits}


def _key(row: RegistryRow) -> tuple[AccountId, int]:
    return row.account_id, row.row_no
