"""What was collected for a supplier: the movements of its books by money that came or went back.

Counted are transfers between a supplier's receivables and advances and the books of money: payments, what
came from another account or went there, what was set aside to be returned. Charges, write-offs and an advance
that meets a charge move nothing here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import ClassVar, Protocol
from uuid import UUID

import msgspec

from domain.accounts.books import Book, Kind
from domain.kernel.errors import Conflict
from domain.kernel.ids import AccountId, SupplierAccountId, SupplierId
from domain.kernel.money import ZERO, Money
from domain.kernel.terms import Term

_MONEY = frozenset({"payment", "transit", "refund_reserve"})
_OWNED = frozenset({"receivable", "advance"})
_WHOLE = 10_000


class DayNotSealed(Conflict):
    code = "day-not-sealed"
    text = "{day} is not closed yet: what was collected on it may still grow"
    remedy = "Days are closed some minutes after their end: `kabinet proofs list` shows them"


class SupplierCommission(Term, frozen=True, kw_only=True):
    """What is kept for collecting, in hundredths of a per cent, by the supplier's INN; nothing where none."""

    name: ClassVar[str] = "payments.supplier-commission"

    basis_points: dict[str, int]

    def of(self, inn: str, amount: Money) -> Money:
        """Half a kopeck and more is one, of money that came; what goes back returns no commission."""
        if amount <= ZERO:
            return ZERO
        return Money((amount.kopecks * self.basis_points.get(inn, 0) + _WHOLE // 2) // _WHOLE)


class Moved(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One transfer of a closed day that touches a supplier's book, with what is known of its payment."""

    account_id: AccountId
    entry_no: int
    posting_id: UUID
    debit_book: Book
    credit_book: Book
    amount: Money
    cause_kind: str
    cause_id: UUID
    value_date: date
    posted_at: datetime
    account_number: str
    supplier_account_id: SupplierAccountId
    supplier_account_number: str
    provider: str | None = None
    operation_id: str | None = None
    paid_at: datetime | None = None
    period: str | None = None


class Place(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """Where a line stands among all that was collected: days one after another."""

    day: date
    account_id: AccountId
    entry_no: int


class CollectedLine(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one posting brought one supplier account; below zero where it went back. `ahead` is what exceeds
    its charges."""

    place: Place
    posting_id: UUID
    cause_kind: str
    cause_id: UUID
    account_number: str
    supplier_account_number: str
    value_date: date
    posted_at: datetime
    paid_at: datetime | None
    provider: str
    operation_id: str
    period: str
    principal: Money
    penalty: Money
    ahead: Money

    @property
    def amount(self) -> Money:
        return self.principal + self.penalty + self.ahead


def collected(day: date, moved: Iterable[Moved]) -> list[CollectedLine]:
    """`moved` in the order of accounts and entries: a line for each posting and supplier account."""
    counted = [one for one in moved if _side(one) is not None]
    lines = []
    for _, group in groupby(counted, key=lambda one: (one.account_id, one.posting_id)):
        by_owner: dict[SupplierAccountId, list[Moved]] = {}
        for one in group:
            by_owner.setdefault(one.supplier_account_id, []).append(one)
        lines += [_line(day, rows) for rows in by_owner.values()]
    return sorted(lines, key=lambda one: one.place)


def _line(day: date, rows: Sequence[Moved]) -> CollectedLine:
    first = rows[0]
    figures = {"principal": 0, "penalty": 0, "ahead": 0}
    for one in rows:
        side = _side(one)
        assert side is not None
        figure, sign = side
        figures[figure] += sign * one.amount.kopecks
    return CollectedLine(
        place=Place(day=day, account_id=first.account_id, entry_no=first.entry_no),
        posting_id=first.posting_id,
        cause_kind=first.cause_kind,
        cause_id=first.cause_id,
        account_number=first.account_number,
        supplier_account_number=first.supplier_account_number,
        value_date=first.value_date,
        posted_at=first.posted_at,
        paid_at=first.paid_at,
        provider=first.provider or "",
        operation_id=first.operation_id or "",
        period=first.period or "",
        **{figure: Money(kopecks) for figure, kopecks in figures.items()},
    )


def _side(one: Moved) -> tuple[str, int] | None:
    """The figure that is moved and which way; None when no money came or went."""
    debit, credit = one.debit_book.split(":"), one.credit_book.split(":")
    if credit[0] in _OWNED and debit[0] in _MONEY and credit[1] == str(one.supplier_account_id):
        return _figure(credit), 1
    if debit[0] in _OWNED and credit[0] in _MONEY and debit[1] == str(one.supplier_account_id):
        return _figure(debit), -1
    return None


def _figure(book: Sequence[str]) -> str:
    if book[0] == "advance":
        return "ahead"
    return "penalty" if book[2] == Kind.PENALTY else "principal"


class CollectedReading(Protocol):
    async def is_sealed(self, day: date) -> bool: ...

    async def sealed_days(self, first: date, last: date) -> list[date]:
        """Closed days between the two, the earliest first."""

    async def moved(
        self, supplier_id: SupplierId, day: date, beyond: AccountId, limit: int
    ) -> tuple[list[Moved], AccountId | None]:
        """Transfers that a closed day's seals cover, by account and entry, of the next `limit` accounts after
        `beyond` that have this supplier; and the last of them, None when there is none."""
