"""The books of one account in PostgreSQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from adapters.postgres.written_off import written_off
from domain.accounts.accounts import AccountNotFound
from domain.accounts.books import WRITTEN_OFF, Book
from domain.accounts.charges import OpenCharge
from domain.accounts.ledger import (
    AlreadyPosted,
    Head,
    Posting,
    Standing,
    movements,
    sealed,
    settled_lines,
)
from domain.kernel.ids import AccountId
from domain.kernel.money import Money

OPEN_CHARGES = """
    SELECT account_id, charge_id, supplier_account_id, service_code, period,
           amount_kopecks + recalculation_kopecks AS charged,
           greatest(amount_kopecks + recalculation_kopecks, 0) - paid_kopecks AS open,
           penalty_kopecks AS penalty_charged,
           penalty_kopecks - penalty_paid_kopecks AS penalty_open
    FROM charges
    WHERE account_id = $1
      AND (amount_kopecks + recalculation_kopecks > paid_kopecks
           OR penalty_kopecks > penalty_paid_kopecks
           OR period = (SELECT max(period) FROM charges WHERE account_id = $1))
    """
"""What is owed on one account, and its latest bill."""

MOVE_BOOKS = """
    INSERT INTO books (account_id, book, balance_kopecks)
    SELECT $1, moved.book, moved.kopecks
    FROM unnest($2::text[], $3::bigint[]) AS moved (book, kopecks)
    ON CONFLICT (account_id, book)
    DO UPDATE SET balance_kopecks = books.balance_kopecks + excluded.balance_kopecks
    """
SETTLE_LINES = """
    UPDATE charges SET paid_kopecks = paid_kopecks + line.principal,
                       penalty_paid_kopecks = penalty_paid_kopecks + line.penalty
    FROM unnest($2::uuid[], $3::bigint[], $4::bigint[]) AS line (charge_id, principal, penalty)
    WHERE charges.account_id = $1 AND charges.charge_id = line.charge_id
    """


@dataclass(frozen=True, slots=True)
class PostgresLedger:
    connection: asyncpg.Connection

    async def standing_locked(self, account_id: AccountId) -> Standing:
        """Three statements: what is read must be newer than the lock, so the lock comes first."""
        head = await self.connection.fetchrow(
            "SELECT last_no, last_hash FROM account_heads WHERE account_id = $1 FOR UPDATE", account_id
        )
        if head is None:
            raise AccountNotFound
        charges = await self.connection.fetch(OPEN_CHARGES, account_id)
        balances = await self.connection.fetch(
            "SELECT book, balance_kopecks FROM books WHERE account_id = $1 AND balance_kopecks <> 0",
            account_id,
        )
        books = {Book(row["book"]): Money(row["balance_kopecks"]) for row in balances}
        return Standing(
            head=Head(account_id=account_id, last_no=head["last_no"], last_hash=head["last_hash"]),
            charges=tuple(open_charge(row) for row in charges),
            balances=books,
            written_off=await written_off(self.connection, account_id) if WRITTEN_OFF in books else {},
        )

    async def post(self, postings: Sequence[Posting], head: Head, at: datetime) -> Head:
        for posting in postings:
            head = await self._write(posting, head, at)
        await self._move_books(head.account_id, postings)
        await self._settle_lines(head.account_id, postings)
        await self.connection.execute(
            "UPDATE account_heads SET last_no = $2, last_hash = $3 WHERE account_id = $1",
            head.account_id,
            head.last_no,
            head.last_hash,
        )
        return head

    async def _write(self, posting: Posting, head: Head, at: datetime) -> Head:
        entries, head = sealed(posting, head, at)
        try:
            await self.connection.execute(
                """
                INSERT INTO transfers
                    (account_id, posting_id, line_no, entry_no, debit_book, credit_book, amount_kopecks,
                     charge_id, cause_kind, cause_id, cause_version, value_date, posted_at, hash)
                SELECT $1, $2, line.line_no, line.entry_no, line.debit, line.credit, line.amount,
                       line.charge_id, $3, $4, $5, $6, $7, line.hash
                FROM unnest($8::int[], $9::bigint[], $10::text[], $11::text[], $12::bigint[], $13::uuid[],
                            $14::bytea[])
                     AS line (line_no, entry_no, debit, credit, amount, charge_id, hash)
                """,
                posting.account_id,
                posting.cause.posting_id,
                posting.cause.kind,
                posting.cause.id,
                posting.cause.version,
                posting.value_date,
                at,
                [entry.line_no for entry in entries],
                [entry.entry_no for entry in entries],
                [entry.transfer.debit for entry in entries],
                [entry.transfer.credit for entry in entries],
                [entry.transfer.amount.kopecks for entry in entries],
                [entry.transfer.charge_id for entry in entries],
                [entry.hash for entry in entries],
            )
        except asyncpg.UniqueViolationError as error:
            raise AlreadyPosted from error
        return head

    async def _move_books(self, account_id: AccountId, postings: Sequence[Posting]) -> None:
        moved = movements(transfer for posting in postings for transfer in posting.transfers)
        books = sorted(moved)
        kopecks = [moved[book].kopecks for book in books]
        await self.connection.execute(MOVE_BOOKS, account_id, books, kopecks)

    async def _settle_lines(self, account_id: AccountId, postings: Sequence[Posting]) -> None:
        lines = settled_lines(postings)
        if not lines:
            return
        await self.connection.execute(
            SETTLE_LINES,
            account_id,
            list(lines),
            [principal.kopecks for principal, _ in lines.values()],
            [penalty.kopecks for _, penalty in lines.values()],
        )


def open_charge(row: asyncpg.Record) -> OpenCharge:
    return OpenCharge(
        charge_id=row["charge_id"],
        supplier_account_id=row["supplier_account_id"],
        service_code=row["service_code"],
        period=row["period"],
        charged=Money(row["charged"]),
        open=Money(row["open"]),
        penalty_charged=Money(row["penalty_charged"]),
        penalty_open=Money(row["penalty_open"]),
    )
