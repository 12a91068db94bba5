"""The ledger of many accounts at once, for imports. What one account's adapter does row by row is done
here by COPY and pipelined statements, each of one account; the rules and the hashes are the same."""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from adapters.postgres.written_off import written_off
from domain.accounts.accounts import AccountNotFound
from domain.accounts.books import WRITTEN_OFF, Book
from domain.accounts.charges import Charge
from domain.accounts.charging import AccountCharges, BilledStanding, Charged, KeptCharge
from domain.accounts.ledger import AlreadyPosted, Entry, Head, Posting, sealed
from domain.kernel.ids import AccountId
from domain.kernel.money import Money

ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
TRANSFER_COLUMNS = (
    *("account_id", "posting_id", "line_no", "entry_no", "debit_book", "credit_book", "amount_kopecks"),
    *("charge_id", "cause_kind", "cause_id", "cause_version", "value_date", "posted_at", "hash"),
)
_CHARGE_COLUMNS = (
    *("account_id", "charge_id", "supplier_account_id", "service_code", "period", "bill_number", "volume"),
    *("unit", "tariff", "amount_kopecks", "recalculation_kopecks", "penalty_kopecks", "paid_kopecks"),
    *("penalty_paid_kopecks", "revision", "posted_at", "benefit_kopecks", "norm", "norm_count"),
)


async def by_key_only(connection: asyncpg.Connection) -> None:
    """Until the transaction ends, find rows by their keys. A plan made while a table is still small is
    kept while an import fills it: one that reads the whole table for each account would never end."""
    await connection.execute("SET LOCAL enable_seqscan = off")


@dataclass(frozen=True, slots=True)
class PostgresBulkLedger:
    """Locks are one statement per account in sorted order, only sent without waiting in between."""

    connection: asyncpg.Connection

    async def standings_locked(self, asked: Sequence[AccountCharges]) -> list[BilledStanding]:
        """AccountNotFound when one of the accounts has no head."""
        await by_key_only(self.connection)
        ids = [one.account_id for one in asked]
        rows = await self.connection.fetchmany(
            """
            SELECT account_id, last_no, last_hash, closed FROM account_heads WHERE account_id = $1 FOR UPDATE
            """,
            [(account_id,) for account_id in ids],
        )
        heads = {
            row["account_id"]: Head(
                account_id=row["account_id"], last_no=row["last_no"], last_hash=row["last_hash"]
            )
            for row in rows
        }
        closed = {row["account_id"] for row in rows if row["closed"]}
        if len(heads) < len(ids):
            raise AccountNotFound
        kept = await self._kept(asked)
        # An account without entries has no books yet.
        balances = await self._balances([account_id for account_id in ids if heads[account_id].last_no])
        opened = await self._opened([one for one in asked if one.overpayments])
        discharged = {
            account_id: await written_off(self.connection, account_id)
            for account_id, books in balances.items()
            if books.get(WRITTEN_OFF)
        }
        return [
            BilledStanding(
                head=heads[account_id],
                kept=kept.get(account_id, {}),
                balances=balances.get(account_id, {}),
                opened=opened.get(account_id, frozenset()),
                written_off=discharged.get(account_id, {}),
                is_closed=account_id in closed,
            )
            for account_id in ids
        ]

    async def _kept(self, asked: Sequence[AccountCharges]) -> dict[AccountId, dict[Any, KeptCharge]]:
        rows = await self.connection.fetchmany(
            """
            SELECT account_id, charge_id, supplier_account_id, service_code, period, bill_number, volume,
                   unit, tariff, amount_kopecks, recalculation_kopecks, penalty_kopecks, paid_kopecks,
                   penalty_paid_kopecks, revision, benefit_kopecks, norm, norm_count
            FROM charges
            WHERE account_id = $1
              AND (charge_id = ANY ($2) OR amount_kopecks + recalculation_kopecks > paid_kopecks
                   OR penalty_kopecks > penalty_paid_kopecks)
            """,
            [(one.account_id, [charge.id for charge in one.charges]) for one in asked],
        )
        found: dict[AccountId, dict[Any, KeptCharge]] = {}
        for row in rows:
            found.setdefault(row["account_id"], {})[row["charge_id"]] = _kept_charge(row)
        return found

    async def _balances(self, ids: Sequence[AccountId]) -> dict[AccountId, dict[Book, Money]]:
        rows = await self.connection.fetchmany(
            "SELECT account_id, book, balance_kopecks FROM books WHERE account_id = $1",
            [(account_id,) for account_id in ids],
        )
        found: dict[AccountId, dict[Book, Money]] = {}
        for row in rows:
            found.setdefault(row["account_id"], {})[row["book"]] = Money(row["balance_kopecks"])
        return found

    async def _opened(self, asked: Sequence[AccountCharges]) -> dict[AccountId, frozenset[Any]]:
        rows = await self.connection.fetchmany(
            "SELECT account_id, cause_id FROM transfers"
            " WHERE account_id = $1 AND cause_kind = 'opening' AND cause_id = ANY ($2)",
            [(one.account_id, [row.cause_id for row in one.overpayments]) for one in asked],
        )
        found: dict[AccountId, set[Any]] = {}
        for row in rows:
            found.setdefault(row["account_id"], set()).add(row["cause_id"])
        return {account_id: frozenset(causes) for account_id, causes in found.items()}

    async def post(self, outcomes: Sequence[Charged], at: datetime) -> None:
        heads, transfers = _sealed(outcomes, at)
        try:
            await self._copy("transfers", TRANSFER_COLUMNS, transfers)
        except asyncpg.UniqueViolationError as error:
            raise AlreadyPosted from error
        await self._write_charges(outcomes, at)
        await self._move_books(outcomes)
        await self.connection.executemany(
            "UPDATE account_heads SET last_no = $2, last_hash = $3 WHERE account_id = $1",
            [(head.account_id, head.last_no, head.last_hash) for head in heads],
        )

    async def _write_charges(self, outcomes: Sequence[Charged], at: datetime) -> None:
        posted_at = f"{at:%Y-%m-%d %H:%M:%S.%f%z}"
        lines = [
            _charge_line(outcome.before.head.account_id, kept, posted_at)
            for outcome in outcomes
            for kept in outcome.added
        ]
        await self._copy("charges", _CHARGE_COLUMNS, lines)
        await self.connection.executemany(
            """
            UPDATE charges SET bill_number = $3, volume = $4, unit = $5, tariff = $6, amount_kopecks = $7,
                   recalculation_kopecks = $8, penalty_kopecks = $9, paid_kopecks = $10,
                   penalty_paid_kopecks = $11, revision = $12, posted_at = $13, benefit_kopecks = $14,
                   norm = $15, norm_count = $16
            WHERE account_id = $1 AND charge_id = $2
            """,
            [
                _changed_row(outcome.before.head.account_id, kept, at)
                for outcome in outcomes
                for kept in outcome.changed
            ],
        )

    async def _move_books(self, outcomes: Sequence[Charged]) -> None:
        new, moved = [], []
        for outcome in outcomes:
            account_id, balances = outcome.before.head.account_id, outcome.before.balances
            for book, change in outcome.moved.items():
                before = balances.get(book)
                if before is None:
                    new.append(f"{account_id}\t{book}\t{change.kopecks}\n")
                elif change:
                    moved.append((account_id, book, before.kopecks + change.kopecks))
        await self._copy("books", ("account_id", "book", "balance_kopecks"), new)
        await self.connection.executemany(
            "UPDATE books SET balance_kopecks = $3 WHERE account_id = $1 AND book = $2", moved
        )

    async def _copy(self, table: str, columns: Sequence[str], lines: Sequence[str]) -> None:
        """Text is made and sent faster than records are: about a third of the time of each row."""
        if lines:
            await self.connection.copy_to_table(table, columns=columns, source=pieces(lines))


async def pieces(lines: Sequence[str]) -> AsyncIterator[bytes]:
    for start in range(0, len(lines), 1000):
        yield "".join(lines[start : start + 1000]).encode()


def _sealed(outcomes: Iterable[Charged], at: datetime) -> tuple[list[Head], list[str]]:
    heads, lines, posted_at = [], [], f"{at:%Y-%m-%d %H:%M:%S.%f%z}"
    for outcome in outcomes:
        head = outcome.before.head
        if not outcome.postings:
            continue
        for posting in outcome.postings:
            entries, head = sealed(posting, head, at)
            lines += [transfer_line(posting, entry, posted_at) for entry in entries]
        heads.append(head)
    return heads, lines


def transfer_line(posting: Posting, entry: Entry, posted_at: str) -> str:
    cause, transfer = posting.cause, entry.transfer
    return (
        f"{posting.account_id}\t{entry.posting_id}\t{entry.line_no}\t{entry.entry_no}\t{transfer.debit}\t"
        f"{transfer.credit}\t{transfer.amount.kopecks}\t{transfer.charge_id or _NULL}\t{cause.kind.value}\t"
        f"{cause.id}\t{cause.version}\t{posting.value_date}\t{posted_at}\t\\\\x{entry.hash.hex()}\n"
    )


_NULL = "\\N"


def _charge_line(account_id: AccountId, kept: KeptCharge, posted_at: str) -> str:
    charge = kept.charge
    return (
        f"{account_id}\t{charge.id}\t{charge.supplier_account_id}\t{_text(charge.service_code)}\t"
        f"{charge.period}\t{_text(charge.bill_number)}\t{_number(charge.volume)}\t{_text(charge.unit)}\t"
        f"{_number(charge.tariff)}\t{charge.amount.kopecks}\t{charge.recalculation.kopecks}\t"
        f"{charge.penalty.kopecks}\t{charge.paid.kopecks}\t{charge.penalty_paid.kopecks}\t"
        f"{kept.revision}\t{posted_at}\t{charge.benefit.kopecks}\t{charge.norm or _NULL}\t"
        f"{_number(charge.norm_count)}\n"
    )


def _text(value: str) -> str:
    return value if value.isalnum() else value.translate(ESCAPED)


def _number(value: object) -> str:
    return _NULL if value is None else str(value)


def _changed_row(account_id: AccountId, kept: KeptCharge, at: datetime) -> tuple[object, ...]:
    charge = kept.charge
    return (
        account_id,
        charge.id,
        charge.bill_number,
        charge.volume,
        charge.unit,
        charge.tariff,
        charge.amount.kopecks,
        charge.recalculation.kopecks,
        charge.penalty.kopecks,
        charge.paid.kopecks,
        charge.penalty_paid.kopecks,
        kept.revision,
        at,
        charge.benefit.kopecks,
        charge.norm,
        charge.norm_count,
    )


def _kept_charge(row: asyncpg.Record) -> KeptCharge:
    charge = Charge(
        id=row["charge_id"],
        supplier_account_id=row["supplier_account_id"],
        service_code=row["service_code"],
        period=row["period"],
        bill_number=row["bill_number"],
        volume=row["volume"],
        unit=row["unit"],
        tariff=row["tariff"],
        amount=Money(row["amount_kopecks"]),
        recalculation=Money(row["recalculation_kopecks"]),
        penalty=Money(row["penalty_kopecks"]),
        paid=Money(row["paid_kopecks"]),
        penalty_paid=Money(row["penalty_paid_kopecks"]),
        benefit=Money(row["benefit_kopecks"]),
        norm=row["norm"],
        norm_count=row["norm_count"],
    )
    return KeptCharge(charge=charge, revision=row["revision"])
