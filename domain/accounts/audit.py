"""Whether one account's books follow from its transfers, and its transfers from its chain of hashes.

Pure: rows as they are kept go in, findings come out. Nothing here trusts a figure that can be reckoned
from the transfers, and the transfers are trusted as far as their chain holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple
from uuid import UUID

import msgspec

from domain.accounts.books import Book
from domain.accounts.ledger import FIRST_HASH, Cause, CauseKind, Head, Posting, Transfer, entry_hash
from domain.accounts.statements import movement_of
from domain.kernel.ids import AccountId, ChargeId, SupplierAccountId
from domain.kernel.money import Money

_CAUSE_KINDS = frozenset(kind.value for kind in CauseKind)


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What does not agree: `code` says which rule, `table` and `key` which row.

    `account_id` is None where the finding concerns all accounts together.
    """

    code: str
    account_id: AccountId | None
    table: str
    key: str
    expected: str
    found: str


class TransferRow(msgspec.Struct, frozen=True, gc=False):
    """A row of `transfers`. Its fields have an order: millions are made from what is read."""

    posting_id: UUID
    line_no: int
    entry_no: int
    debit: str
    credit: str
    kopecks: int
    charge_id: ChargeId | None
    cause_kind: str
    cause_id: UUID
    cause_version: int
    value_date: date
    posted_at: datetime
    hash: bytes

    @property
    def cause(self) -> tuple[str, UUID, int]:
        return self.cause_kind, self.cause_id, self.cause_version


class ChargeRow(msgspec.Struct, frozen=True, gc=False):
    """What of `charges` concerns money, in kopecks; `principal` is the amount with its recalculation."""

    charge_id: ChargeId
    supplier_account_id: SupplierAccountId
    principal: int
    penalty: int
    paid: int
    penalty_paid: int
    revision: int


class LedgerRows(msgspec.Struct, frozen=True, kw_only=True):
    """All that is kept of one account's money. `books` are balances in kopecks, `transfers` come by
    entry number."""

    account_id: AccountId
    head: Head | None
    books: Mapping[str, int]
    transfers: Sequence[TransferRow]
    charges: Sequence[ChargeRow]
    supplier_account_ids: frozenset[SupplierAccountId]


class BookName(NamedTuple):
    """A book's name taken apart: `receivable`, the supplier account (or payment, or provider), the kind."""

    word: str
    owner: str
    kind: str


@lru_cache(maxsize=4096)
def book_name(book: str) -> BookName:
    word, owner, kind = [*book.split(":"), "", ""][:3]
    return BookName(word, owner, kind)


def moved_kopecks(transfers: Sequence[TransferRow]) -> dict[str, int]:
    """What every book must hold: debits minus credits, in kopecks."""
    moved: dict[str, int] = {}
    for row in transfers:
        moved[row.debit] = moved.get(row.debit, 0) + row.kopecks
        moved[row.credit] = moved.get(row.credit, 0) - row.kopecks
    return moved


def ledger_findings(rows: LedgerRows) -> Iterator[Finding]:
    """Books, chain, causes and owners of one account."""
    yield from _balances(rows)
    yield from _chain(rows)
    yield from _head(rows)
    yield from _lines_of_postings(rows)
    yield from _causes(rows)
    yield from _owners(rows)


def _balances(rows: LedgerRows) -> Iterator[Finding]:
    moved = moved_kopecks(rows.transfers)
    if moved != rows.books:
        for book in sorted(moved.keys() | rows.books.keys()):
            expected, found = moved.get(book, 0), rows.books.get(book)
            if found is None or found != expected:
                yield found_in(rows, "book-balance", "books", f"book={book}", expected, found)
    whole = sum(rows.books.values())
    if whole:
        yield found_in(rows, "books-sum", "books", "all books of the account", 0, whole)
    for book, kopecks in moved.items():
        if kopecks and book_name(book).word == "payment":
            yield found_in(rows, "payment-book", "books", f"book={book}", 0, kopecks)


def _chain(rows: LedgerRows) -> Iterator[Finding]:
    """A broken link is told once: the chain is followed on from what is kept."""
    before, number = FIRST_HASH, 0
    for row in rows.transfers:
        number += 1
        if row.entry_no != number:
            yield _transfer(rows, row, "entry-gap", f"entry_no={number}", f"entry_no={row.entry_no}")
            number = row.entry_no
        expected = _hash(rows.account_id, before, row)
        if expected is None:
            yield _transfer(rows, row, "transfer-malformed", "an amount above zero and a known cause", row)
        elif expected != row.hash:
            yield _transfer(rows, row, "hash", expected.hex(), row.hash.hex())
        before = row.hash


def _hash(account_id: AccountId, before: bytes, row: TransferRow) -> bytes | None:
    """None when the row could not have been posted at all."""
    if row.kopecks <= 0 or row.debit == row.credit or row.cause_kind not in _CAUSE_KINDS:
        return None
    transfer = Transfer(
        debit=Book(row.debit), credit=Book(row.credit), amount=Money(row.kopecks), charge_id=row.charge_id
    )
    cause = Cause(kind=CauseKind(row.cause_kind), id=row.cause_id, version=row.cause_version)
    posting = Posting(account_id=account_id, cause=cause, value_date=row.value_date, transfers=())
    return entry_hash(before, row.entry_no, row.line_no, posting, transfer, row.posted_at)


def _head(rows: LedgerRows) -> Iterator[Finding]:
    last = rows.transfers[-1] if rows.transfers else None
    number, seal = (last.entry_no, last.hash) if last else (0, FIRST_HASH)
    key = f"account_id={rows.account_id}"
    expected = f"last_no={number} last_hash={seal.hex()}"
    if rows.head is None:
        yield found_in(rows, "head", "account_heads", key, expected, None)
    elif (rows.head.last_no, rows.head.last_hash) != (number, seal):
        found = f"last_no={rows.head.last_no} last_hash={rows.head.last_hash.hex()}"
        yield found_in(rows, "head", "account_heads", key, expected, found)


def _lines_of_postings(rows: LedgerRows) -> Iterator[Finding]:
    """The lines of a posting are numbered from 1 and stand together in the chain."""
    if rows.transfers and rows.transfers[0].line_no != 1:
        yield _transfer(rows, rows.transfers[0], "posting-lines", "line_no=1", rows.transfers[0])
    for before, row in pairwise(rows.transfers):
        number = before.line_no + 1 if row.posting_id == before.posting_id else 1
        if row.line_no != number:
            yield _transfer(rows, row, "posting-lines", f"line_no={number}", f"line_no={row.line_no}")


def _causes(rows: LedgerRows) -> Iterator[Finding]:
    """One cause, one posting, and the posting's id says which."""
    posted: dict[tuple[str, UUID, int], UUID] = {}
    for row in rows.transfers:
        first = posted.get(row.cause)
        if first == row.posting_id:
            continue
        if first is not None:
            expected = f"posting_id={first} alone"
            yield _transfer(rows, row, "cause-twice", expected, f"posting_id={row.posting_id} too")
            continue
        posted[row.cause] = row.posting_id
        if row.cause_kind in _CAUSE_KINDS:
            cause = Cause(kind=CauseKind(row.cause_kind), id=row.cause_id, version=row.cause_version)
            if cause.posting_id != row.posting_id:
                expected = f"posting_id={cause.posting_id}"
                yield _transfer(rows, row, "posting-id", expected, f"posting_id={row.posting_id}")


def _owners(rows: LedgerRows) -> Iterator[Finding]:
    """Money of one supplier account never pays another, and each belongs to this account."""
    known = {str(owner) for owner in rows.supplier_account_ids}
    for row in rows.transfers:
        debit, credit = book_name(row.debit), book_name(row.credit)
        owners = {book.owner for book in (debit, credit) if book.word in _SUPPLIERS_BOOKS}
        if len(owners) > 1:
            yield _transfer(
                rows, row, "crosses-suppliers", "one supplier account", " and ".join(sorted(owners))
            )
        for owner in sorted(owners - known):
            yield _transfer(rows, row, "owner-unknown", "a supplier account of this account", owner)
        if not _is_movement(debit.word, credit.word):
            yield _transfer(
                rows, row, "movement-unknown", "a known movement", f"{debit.word} to {credit.word}"
            )


_SUPPLIERS_BOOKS = frozenset(("receivable", "advance", "billed"))


@lru_cache(maxsize=256)
def _is_movement(debit: str, credit: str) -> bool:
    try:
        movement_of(Book(debit), Book(credit))
    except KeyError:
        return False
    return True


def _transfer(rows: LedgerRows, row: TransferRow, code: str, expected: object, found: object) -> Finding:
    return found_in(rows, code, "transfers", f"entry_no={row.entry_no}", expected, found)


def found_in(rows: LedgerRows, code: str, table: str, key: str, expected: object, found: object) -> Finding:
    """`found` None: there is no such row."""
    return Finding(
        code=code,
        account_id=rows.account_id,
        table=table,
        key=key,
        expected=str(expected),
        found="no row" if found is None else str(found),
    )
