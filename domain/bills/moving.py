"""What of an account's ledger belongs to a bill, and under which figure it is shown.

A bill tells what was posted since the cut of the bill before it. Charges of months after its own are left
to the bills of those months, also when they are posted already: each transfer is told in one bill.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from uuid import UUID

import msgspec

from domain.accounts.books import Book, Kind
from domain.accounts.ledger import CauseKind
from domain.bills.bills import EarlierMonth, OtherMove
from domain.kernel.calendar import Period
from domain.kernel.ids import SupplierAccountId
from domain.kernel.money import ZERO, Money

_PAYING = frozenset({CauseKind.PAYMENT})
_OPENING = frozenset({CauseKind.OPENING, CauseKind.CHARGE})


class Moved(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Transfers of one sort, added up. `period` is of the charge or penalty they post; None of money, and
    of balances from before this ledger. `is_known`: up to the cut of the bill before. `is_early`: their value
    date is before the month. `is_apart`: a penalty that we reckoned, which stands in no line of the month."""

    debit: Book
    credit: Book
    amount: Money
    cause: CauseKind
    period: Period | None
    is_known: bool
    is_early: bool
    is_apart: bool = False


class Sums(msgspec.Struct):
    """Of one supplier account, while they are added up."""

    start: Money = ZERO
    month: Money = ZERO
    paid: Money = ZERO
    earlier: dict[Period, tuple[Money, Money]] = msgspec.field(default_factory=dict)
    others: dict[CauseKind, Money] = msgspec.field(default_factory=dict)

    @property
    def balance(self) -> Money:
        balance = self.start + self.month - self.paid
        for charged, penalty in self.earlier.values():
            balance += charged + penalty
        for amount in self.others.values():
            balance += amount
        return balance

    def months(self) -> tuple[EarlierMonth, ...]:
        return tuple(
            EarlierMonth(period=period, charged=charged, penalty=penalty)
            for period, (charged, penalty) in sorted(self.earlier.items())
            if charged or penalty
        )

    def other_moves(self) -> tuple[OtherMove, ...]:
        return tuple(
            OtherMove(cause=cause, amount=moved) for cause, moved in sorted(self.others.items()) if moved
        )


def added_up(
    moved: Iterable[Moved],
    period: Period,
    before: Period | None,
    starts: dict[SupplierAccountId, Money],
) -> dict[SupplierAccountId, Sums]:
    """`before` is the month of the bill before, `starts` the balances it ended with.

    On the first bill what was charged of earlier months and what was paid before the month began are the
    balance it starts with.
    """
    sums = {owner: Sums(start=start) for owner, start in starts.items()}
    for one in moved:
        if (one.period is not None and one.period > period) or _is_told(one, before):
            continue
        for owner, change, is_penalty in _sides(one):
            _add(sums.setdefault(owner, Sums()), one, change, period, before, is_penalty=is_penalty)
    return sums


def later_months(moved: Iterable[Moved], owner: SupplierAccountId, period: Period) -> Money:
    """What is posted already of months after `period`: no part of its bill."""
    later = ZERO
    for one in moved:
        if one.period is not None and one.period > period:
            later += sum((change for side, change, _ in _sides(one) if side == owner), ZERO)
    return later


def _is_told(one: Moved, before: Period | None) -> bool:
    """By the bill before this one, or one before that."""
    if before is None or not one.is_known:
        return False
    return one.period is None or one.period <= before


def _add(
    sums: Sums, one: Moved, change: Money, period: Period, before: Period | None, *, is_penalty: bool
) -> None:
    if one.period == period and not one.is_apart:
        sums.month += change
    elif one.period is not None and (one.period == period or (before is not None and one.period <= before)):
        charged, penalty = sums.earlier.get(one.period, (ZERO, ZERO))
        sums.earlier[one.period] = (charged, penalty + change) if is_penalty else (charged + change, penalty)
    elif one.period is not None or (before is None and one.is_early) or _is_opening(one, before):
        sums.start += change
    elif one.cause in _PAYING:
        sums.paid -= change
    else:
        sums.others[one.cause] = sums.others.get(one.cause, ZERO) + change


def _is_opening(one: Moved, before: Period | None) -> bool:
    """What was owed or paid ahead before this ledger began stands at the start of the first bill."""
    return before is None and one.cause in _OPENING


def _sides(one: Moved) -> Iterator[tuple[SupplierAccountId, Money, bool]]:
    """How a transfer moves what is owed on each supplier account it touches. Between two books of one
    supplier account the sides cancel out."""
    debit, credit = _owner(one.debit), _owner(one.credit)
    if debit == credit:
        return
    is_penalty = one.debit.endswith(Kind.PENALTY) or one.credit.endswith(Kind.PENALTY)
    if debit is not None:
        yield debit, one.amount, is_penalty
    if credit is not None:
        yield credit, -one.amount, is_penalty


def _owner(book: Book) -> SupplierAccountId | None:
    words = book.split(":")
    return SupplierAccountId(UUID(words[1])) if words[0] in {"receivable", "advance"} else None
