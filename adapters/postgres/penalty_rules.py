"""Rates, caps and settings of penalties in PostgreSQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import asyncpg

from adapters.postgres.calendar_days import PostgresCalendar
from adapters.postgres.terms import PostgresTerms
from domain.accounts.debtors import Debtor
from domain.accounts.due_dates import DueDates
from domain.accounts.penalties.rates import Cap, KeyRate, known_rates
from domain.accounts.penalties.rules import PenaltyRules, ReckonedBy, Rulebook, SupplierSetting


async def rulebook(connection: asyncpg.Connection, terms: PostgresTerms, today: date) -> Rulebook:
    rates = await connection.fetch("SELECT valid_from, rate_basis_points FROM key_rates")
    caps = await connection.fetch(
        """
        SELECT valid_from, valid_to, cap_basis_points, debtors, source FROM penalty_caps
        ORDER BY valid_from
        """
    )
    settings = await connection.fetch(
        """
        SELECT supplier_id, valid_from, reckoned_by FROM supplier_penalties
        ORDER BY supplier_id, valid_from
        """
    )
    return Rulebook(
        terms=await terms.at(PenaltyRules, today),
        due_dates=await terms.at(DueDates, today),
        days=await PostgresCalendar(connection).working_days(),
        rates=known_rates([_key_rate(row) for row in rates], [_cap(row) for row in caps]),
        suppliers=tuple(
            SupplierSetting(
                supplier_id=row["supplier_id"],
                valid_from=row["valid_from"],
                reckoned_by=ReckonedBy(row["reckoned_by"]),
            )
            for row in settings
        ),
    )


@dataclass(frozen=True, slots=True)
class PostgresKeyRates:
    connection: asyncpg.Connection

    async def known(self) -> Sequence[KeyRate]:
        rows = await self.connection.fetch(
            "SELECT valid_from, rate_basis_points FROM key_rates ORDER BY valid_from"
        )
        return [_key_rate(row) for row in rows]

    async def save(self, rates: Sequence[KeyRate]) -> None:
        await self.connection.executemany(
            """
            INSERT INTO key_rates (valid_from, rate_basis_points) VALUES ($1, $2)
            ON CONFLICT (valid_from) DO UPDATE SET rate_basis_points = excluded.rate_basis_points
            """,
            [(rate.valid_from, rate.basis_points) for rate in rates],
        )


def _key_rate(row: asyncpg.Record) -> KeyRate:
    return KeyRate(valid_from=row["valid_from"], basis_points=row["rate_basis_points"])


def _cap(row: asyncpg.Record) -> Cap:
    return Cap(
        valid_from=row["valid_from"],
        valid_to=row["valid_to"],
        basis_points=row["cap_basis_points"],
        debtors=frozenset(Debtor(one) for one in row["debtors"]),
        source=row["source"],
    )
