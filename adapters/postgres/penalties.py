"""What penalties are reckoned from and what is kept of them, in PostgreSQL."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import asyncpg
import msgspec

from adapters.postgres.penalty_rules import rulebook
from adapters.postgres.terms import PostgresTerms
from domain.accounts.accounts import AccountKind
from domain.accounts.debtors import Debtor
from domain.accounts.penalties.penalties import HandedOver, Mark, Owing, PostedPenalty
from domain.accounts.penalties.reckoning import Reckoning
from domain.accounts.penalties.rules import Rulebook
from domain.accounts.penalties.slices import Debt, KeptRelief, Move, Relief, ReliefWhy
from domain.kernel.calendar import Period
from domain.kernel.ids import AccountId, ChargeId, SupplierId
from domain.kernel.money import Money

Rows = dict[Any, list[asyncpg.Record]]


@dataclass(frozen=True, slots=True)
class PostgresPenalties:
    connection: asyncpg.Connection
    terms: PostgresTerms

    async def rulebook(self, today: date) -> Rulebook:
        return await rulebook(self.connection, self.terms, today)

    async def to_reckon(self, after: AccountId, as_of: date, rules: str, limit: int) -> Sequence[AccountId]:
        rows = await self.connection.fetch(
            """
            SELECT h.account_id FROM account_heads h
            LEFT JOIN penalty_marks m ON m.account_id = h.account_id
            WHERE h.account_id > $1
              AND (m.account_id IS NULL OR m.as_of < $2 OR m.rules <> $3 OR m.last_no <> h.last_no)
            ORDER BY h.account_id LIMIT $4
            """,
            after,
            as_of,
            rules,
            limit,
        )
        return [row["account_id"] for row in rows]

    async def page(self, after: AccountId, limit: int) -> Sequence[AccountId]:
        rows = await self.connection.fetch(
            "SELECT account_id FROM account_heads WHERE account_id > $1 ORDER BY account_id LIMIT $2",
            after,
            limit,
        )
        return [row["account_id"] for row in rows]

    async def count(self) -> int:
        return int(await self.connection.fetchval("SELECT count(*) FROM account_heads"))

    async def owing(
        self, account_ids: Sequence[AccountId], suppliers: frozenset[SupplierId], since: Period
    ) -> list[Owing]:
        charges = _by_account(
            await self.connection.fetchmany(
                """
                SELECT c.account_id, c.charge_id, c.supplier_account_id, s.supplier_id, c.service_code,
                       c.period, c.amount_kopecks + c.recalculation_kopecks AS principal, c.paid_kopecks
                FROM charges c
                JOIN supplier_accounts s
                  ON s.account_id = c.account_id AND s.supplier_account_id = c.supplier_account_id
                WHERE c.account_id = $1 AND s.supplier_id = ANY ($2)
                  AND c.amount_kopecks + c.recalculation_kopecks > 0
                  AND (c.period >= $3 OR c.amount_kopecks + c.recalculation_kopecks > c.paid_kopecks)
                ORDER BY c.period, c.service_code, c.charge_id
                """,
                [(account_id, list(suppliers), since) for account_id in account_ids],
            )
        )
        owing = [(one, [row["charge_id"] for row in charges.get(one, ())]) for one in account_ids]
        moves = await self._moves([pair for pair in owing if pair[1]])
        reliefs = await self._reliefs([one for one, lines in owing if lines])
        accounts = await self._accounts([one for one, lines in owing if lines])
        bills = await self._bills([one for one, lines in owing if lines], since)
        return [
            Owing(
                account_id=account_id,
                kind=AccountKind(accounts[account_id][0]["kind"]),
                debtors=_debtors(accounts[account_id]),
                debts=[
                    _debt(row, moves.get(row["charge_id"], ()), reliefs.get(row["charge_id"], ()))
                    for row in charges[account_id]
                ],
                bills=[
                    HandedOver(period=row["period"], issued_at=row["issued_at"], due_on=row["due_on"])
                    for row in bills.get(account_id, ())
                ],
            )
            for account_id, lines in owing
            if lines
        ]

    async def _moves(self, asked: Sequence[tuple[AccountId, list[ChargeId]]]) -> Rows:
        """What raised or lowered the principal of a line, and what closed it, by charge."""
        rows = await self.connection.fetchmany(
            """
            SELECT charge_id, cause_kind = 'charge' AS is_billed, value_date,
                   CASE WHEN cause_kind = 'charge' AND credit_book LIKE 'billed:%' THEN amount_kopecks
                        WHEN cause_kind = 'charge' THEN -amount_kopecks
                        WHEN credit_book LIKE 'receivable:%' THEN amount_kopecks
                        ELSE -amount_kopecks END AS kopecks
            FROM transfers
            WHERE account_id = $1 AND charge_id = ANY ($2)
              AND cause_kind IN ('charge', 'payment', 'advance', 'write-off', 'move')
              AND debit_book NOT LIKE '%:penalty' AND credit_book NOT LIKE '%:penalty'
              AND (cause_kind <> 'charge' OR debit_book LIKE 'billed:%' OR credit_book LIKE 'billed:%')
            ORDER BY entry_no
            """,
            asked,
        )
        found: Rows = {}
        for row in rows:
            found.setdefault(row["charge_id"], []).append(row)
        return found

    async def _reliefs(self, account_ids: Sequence[AccountId]) -> Rows:
        rows = await self.connection.fetchmany(
            """
            SELECT charge_id, amount_kopecks, since, until, why, cause_id FROM penalty_reliefs
            WHERE account_id = $1 ORDER BY kept_at, relief_id
            """,
            [(account_id,) for account_id in account_ids],
        )
        found: Rows = {}
        for row in rows:
            found.setdefault(row["charge_id"], []).append(row)
        return found

    async def _bills(self, account_ids: Sequence[AccountId], since: Period) -> Rows:
        return _by_account(
            await self.connection.fetchmany(
                """
                SELECT account_id, period, issued_at, due_on FROM bills
                WHERE account_id = $1 AND period >= $2
                """,
                [(account_id, since) for account_id in account_ids],
            )
        )

    async def _accounts(self, account_ids: Sequence[AccountId]) -> Rows:
        """A row per sort of debtor that was set; one without a sort where none was."""
        return _by_account(
            await self.connection.fetchmany(
                """
                SELECT a.account_id, a.kind, d.valid_from, d.debtor FROM accounts a
                LEFT JOIN account_debtors d ON d.account_id = a.account_id
                WHERE a.account_id = $1
                """,
                [(account_id,) for account_id in account_ids],
            )
        )

    async def keep(self, lines: Sequence[PostedPenalty], marks: Sequence[Mark], at: datetime) -> None:
        await self.connection.executemany(
            """
            INSERT INTO penalty_reckonings
                (account_id, charge_id, revision, as_of, total_kopecks, reckoning, posted_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            """,
            [
                (one.account_id, one.charge_id, one.revision, one.as_of, one.total.kopecks, one.reckoning, at)
                for one in lines
            ],
        )
        await self.connection.executemany(
            """
            INSERT INTO penalty_marks (account_id, as_of, last_no, rules) VALUES ($1, $2, $3, $4)
            ON CONFLICT (account_id) DO UPDATE
            SET as_of = excluded.as_of, last_no = excluded.last_no, rules = excluded.rules
            """,
            [(mark.account_id, mark.as_of, mark.last_no, mark.rules) for mark in marks],
        )

    async def relieve(self, reliefs: Sequence[KeptRelief], at: datetime) -> None:
        await self.connection.executemany(
            """
            INSERT INTO penalty_reliefs
                (account_id, relief_id, charge_id, amount_kopecks, since, until, why, cause_id, kept_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING
            """,
            [_relief_row(one, at) for one in reliefs],
        )

    async def corrected(self, account_id: AccountId) -> dict[ChargeId, Money]:
        rows = await self.connection.fetch(
            """
            SELECT charge_id, sum(amount_kopecks)::bigint AS kopecks FROM penalty_reliefs
            WHERE account_id = $1 AND why = $2 GROUP BY charge_id
            """,
            account_id,
            ReliefWhy.CORRECTION,
        )
        return {row["charge_id"]: Money(row["kopecks"]) for row in rows}

    async def last_posted(self, account_id: AccountId) -> dict[ChargeId, PostedPenalty]:
        rows = await self.connection.fetch(
            """
            SELECT DISTINCT ON (charge_id) charge_id, revision, as_of, total_kopecks, reckoning
            FROM penalty_reckonings WHERE account_id = $1 ORDER BY charge_id, revision DESC
            """,
            account_id,
        )
        return {row["charge_id"]: posted_penalty(account_id, row) for row in rows}


def posted_penalty(account_id: AccountId, row: asyncpg.Record) -> PostedPenalty:
    return PostedPenalty(
        account_id=account_id,
        charge_id=row["charge_id"],
        revision=row["revision"],
        as_of=row["as_of"],
        total=Money(row["total_kopecks"]),
        reckoning=msgspec.convert(row["reckoning"], Reckoning),
    )


def _by_account(rows: Iterable[asyncpg.Record]) -> Rows:
    found: Rows = {}
    for row in rows:
        found.setdefault(row["account_id"], []).append(row)
    return found


def _debtors(account: Iterable[asyncpg.Record]) -> tuple[tuple[date, Debtor], ...]:
    return tuple((row["valid_from"], Debtor(row["debtor"])) for row in account if row["debtor"])


def _debt(row: asyncpg.Record, moves: Sequence[asyncpg.Record], reliefs: Sequence[asyncpg.Record]) -> Debt:
    return Debt(
        charge_id=row["charge_id"],
        supplier_account_id=row["supplier_account_id"],
        supplier_id=row["supplier_id"],
        service_code=row["service_code"],
        period=row["period"],
        principal=Money(row["principal"]),
        paid=Money(row["paid_kopecks"]),
        billed=tuple(_move(move) for move in moves if move["is_billed"]),
        settled=tuple(_move(move) for move in moves if not move["is_billed"]),
        reliefs=tuple(
            Relief(
                amount=Money(one["amount_kopecks"]),
                since=one["since"],
                until=one["until"],
                why=ReliefWhy(one["why"]),
                cause_id=one["cause_id"],
            )
            for one in reliefs
        ),
    )


def _move(row: asyncpg.Record) -> Move:
    return Move(row["value_date"], Money(row["kopecks"]))


def _relief_row(one: KeptRelief, at: datetime) -> tuple[object, ...]:
    relief = one.relief
    return (
        one.account_id,
        one.id,
        one.charge_id,
        relief.amount.kopecks,
        relief.since,
        relief.until,
        relief.why.value,
        one.cause_id,
        at,
    )
