"""A penalty that billing sends where the company reckons it itself: posted too, it would be owed twice."""

from datetime import UTC, date, datetime

import asyncpg

from adapters.postgres.penalty_rules import rulebook
from adapters.postgres.terms import PostgresTerms, TermsMemory
from domain.accounts.accounts import AccountKind
from domain.accounts.debtors import Debtor
from domain.accounts.import_cells import Code, Fault
from domain.accounts.penalties.penalties import Owing
from domain.accounts.penalties.rules import ReckonedBy, Rulebook
from domain.kernel.ids import AccountId

LONG_SECONDS = 3600.0
_AT_ONCE_ROWS = 2_000


async def penalty_faults(connection: asyncpg.Connection, today: date, limit: int) -> list[Fault]:
    """Of the lines in `bill`, up to `limit`, by the row."""
    if not await connection.fetchval("SELECT 1 FROM supplier_penalties WHERE reckoned_by = 'us' LIMIT 1"):
        return []
    terms = PostgresTerms(connection, TermsMemory(), datetime(today.year, today.month, today.day, tzinfo=UTC))
    book = await rulebook(connection, terms, today)
    cursor = await connection.cursor(
        """
        SELECT b.row_no, b.account_id, b.period, s.supplier_id, b.penalty_kopecks
        FROM bill b JOIN suppliers s ON s.inn = b.supplier_inn
        WHERE b.penalty_kopecks <> 0 AND s.supplier_id = ANY ($1) ORDER BY b.row_no
        """,
        list(book.ours),
        timeout=LONG_SECONDS,
    )
    found: list[Fault] = []
    while len(found) < limit and (rows := await cursor.fetch(_AT_ONCE_ROWS, timeout=LONG_SECONDS)):
        doubtful = [row for row in rows if _may_be_ours(row, book)]
        owing = await _owing(connection, sorted({row["account_id"] for row in doubtful}))
        found += [_fault(row) for row in doubtful if _is_ours(row, owing[row["account_id"]], book, today)]
    return found[:limit]


def _may_be_ours(row: asyncpg.Record, book: Rulebook) -> bool:
    """For one sort of debtor at least; most files need no look at their accounts."""
    dues = {book.due_on(row["period"], debtor) for debtor in Debtor}
    return any(book.reckoned_by(row["supplier_id"], due) is ReckonedBy.US for due in dues)


def _is_ours(row: asyncpg.Record, owing: Owing, book: Rulebook, today: date) -> bool:
    """As `reckonings` decides it."""
    debtor = owing.debtor(book.due_on(row["period"], owing.debtor(today)))
    due = book.due_on(row["period"], debtor)
    return book.reckoned_by(row["supplier_id"], due) is ReckonedBy.US


async def _owing(connection: asyncpg.Connection, account_ids: list[AccountId]) -> dict[AccountId, Owing]:
    """Who holds each account."""
    keys = [(account_id,) for account_id in account_ids]
    kinds = await connection.fetchmany("SELECT account_id, kind FROM accounts WHERE account_id = $1", keys)
    debtors = await connection.fetchmany(
        "SELECT account_id, valid_from, debtor FROM account_debtors WHERE account_id = $1", keys
    )
    return {
        row["account_id"]: Owing(
            account_id=row["account_id"],
            kind=AccountKind(row["kind"]),
            debtors=tuple(
                (one["valid_from"], Debtor(one["debtor"]))
                for one in debtors
                if one["account_id"] == row["account_id"]
            ),
        )
        for row in kinds
    }


def _fault(row: asyncpg.Record) -> Fault:
    kopecks = row["penalty_kopecks"]
    value = f"{kopecks // 100}.{kopecks % 100:02d}"
    return Fault(row_no=row["row_no"], field="penalty", code=Code.PENALTY_IS_OURS, value=value)
