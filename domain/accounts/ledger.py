"""The one way money moves: a posting, made of transfers, sealed into its account's chain.

One cause posts once: the posting's id is derived from its cause, and the database refuses a second.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256
from typing import Protocol
from uuid import UUID

import msgspec

from domain.accounts.books import Book, Kind
from domain.accounts.charges import OpenCharge
from domain.accounts.written_off import WrittenOff
from domain.kernel.errors import Conflict
from domain.kernel.ids import AccountId, ChargeId, derived
from domain.kernel.money import ZERO, Money

FIRST_HASH = bytes(32)
_CHAIN_VERSION = "kabinet.transfer.v1"


class CauseKind(StrEnum):
    CHARGE = "charge"
    OPENING = "opening"
    ADVANCE = "advance"
    PAYMENT = "payment"
    REFUND = "refund"
    WRITE_OFF = "write-off"
    MOVE = "move"
    COMPENSATION = "compensation"
    SUSPENSE = "suspense"


class Cause(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Why money moved. `version` counts the corrections of one cause, from 1."""

    kind: CauseKind
    id: UUID
    version: int = 1

    @property
    def posting_id(self) -> UUID:
        return derived(self.id, f"{self.kind.value}:{self.version}")


class Transfer(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """`amount` goes to the debit of one book and to the credit of another.

    `charge_id` names the line of the bill that the transfer opens or closes, where there is one.
    """

    debit: Book
    credit: Book
    amount: Money
    charge_id: ChargeId | None = None

    def __post_init__(self) -> None:
        assert self.amount > ZERO
        assert self.debit != self.credit


class Posting(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one cause does to the books of one account. `value_date` is the day it counts from."""

    account_id: AccountId
    cause: Cause
    value_date: date
    transfers: tuple[Transfer, ...]


class Head(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The end of an account's chain. Whoever holds it locked is the only one who posts."""

    account_id: AccountId
    last_no: int = 0
    last_hash: bytes = FIRST_HASH


class Entry(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A transfer with its place in the chain."""

    posting_id: UUID
    entry_no: int
    line_no: int
    transfer: Transfer
    hash: bytes


def sealed(posting: Posting, head: Head, at: datetime) -> tuple[list[Entry], Head]:
    """Number the transfers of `posting` and chain each one's hash to the one before it. `at` is when
    they are posted."""
    number, last = head.last_no, head.last_hash
    posting_id = posting.cause.posting_id
    account, posting_text, tail = str(posting.account_id), str(posting_id), _tail(posting, at)
    entries = []
    for line_no, transfer in enumerate(posting.transfers, start=1):
        number += 1
        text = _text(account, number, posting_text, line_no, transfer, tail)
        last = sha256(last + text.encode()).digest()
        entries.append(
            Entry(posting_id=posting_id, entry_no=number, line_no=line_no, transfer=transfer, hash=last)
        )
    return entries, Head(account_id=head.account_id, last_no=number, last_hash=last)


def entry_hash(
    before: bytes, number: int, line_no: int, posting: Posting, transfer: Transfer, at: datetime
) -> bytes:
    """SHA-256 over the hash before and `entry_text`."""
    return sha256(before + entry_text(number, line_no, posting, transfer, at).encode()).digest()


def entry_text(number: int, line_no: int, posting: Posting, transfer: Transfer, at: datetime) -> str:
    """The entry's fields, a line each. No personal data is in it."""
    account, posting_id = str(posting.account_id), str(posting.cause.posting_id)
    return _text(account, number, posting_id, line_no, transfer, _tail(posting, at))


def _tail(posting: Posting, at: datetime) -> str:
    cause = posting.cause
    return f"{cause.kind.value}\n{cause.id}\n{cause.version}\n{posting.value_date.isoformat()}\n{_moment(at)}"


@lru_cache(maxsize=16)
def _moment(at: datetime) -> str:
    """Many postings share theirs."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _text(account: str, number: int, posting_id: str, line_no: int, transfer: Transfer, tail: str) -> str:
    return (
        f"{_CHAIN_VERSION}\n{account}\n{number}\n{posting_id}\n{line_no}\n"
        f"{transfer.debit}\n{transfer.credit}\n{transfer.amount.kopecks}\n{transfer.charge_id or ''}\n{tail}"
    )


def movements(transfers: Iterable[Transfer]) -> dict[Book, Money]:
    """How far each book moves: debits minus credits."""
    moved: dict[Book, Money] = {}
    for transfer in transfers:
        moved[transfer.debit] = moved.get(transfer.debit, ZERO) + transfer.amount
        moved[transfer.credit] = moved.get(transfer.credit, ZERO) - transfer.amount
    return moved


_CLOSING = frozenset({CauseKind.PAYMENT, CauseKind.ADVANCE, CauseKind.WRITE_OFF, CauseKind.MOVE})


def settled_lines(postings: Iterable[Posting]) -> dict[ChargeId, tuple[Money, Money]]:
    """What payments, advances, write-offs and money from another account close of each line of the bill:
    (principal, penalty). Below zero where it is taken back."""
    lines: dict[ChargeId, tuple[Money, Money]] = {}
    for posting in postings:
        if posting.cause.kind not in _CLOSING:
            continue
        for transfer in posting.transfers:
            if transfer.charge_id is None:
                continue
            principal, penalty = lines.get(transfer.charge_id, (ZERO, ZERO))
            is_closed = transfer.credit.startswith("receivable:")
            owed = transfer.credit if is_closed else transfer.debit
            closed = transfer.amount if is_closed else -transfer.amount
            if owed.endswith(Kind.PENALTY):
                penalty += closed
            else:
                principal += closed
            lines[transfer.charge_id] = (principal, penalty)
    return lines


class AlreadyPosted(Conflict):
    code = "already-posted"
    text = "This was posted before"


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """An account as it stands while its head is locked: what is owed line by line, advances, and what was
    written off of its lines."""

    head: Head
    charges: tuple[OpenCharge, ...]
    balances: Mapping[Book, Money]
    written_off: Mapping[ChargeId, WrittenOff] = msgspec.field(default_factory=dict)

    def balance(self, book: Book) -> Money:
        return self.balances.get(book, ZERO)


class Ledger(Protocol):
    async def standing_locked(self, account_id: AccountId) -> Standing:
        """What is owed, held still until the transaction ends. AccountNotFound when there is none."""

    async def post(self, postings: Sequence[Posting], head: Head, at: datetime) -> Head:
        """Write the postings, move the balances and the lines of the bill they close, and the head.
        AlreadyPosted when one of the causes has posted before: the transaction is then undone."""
