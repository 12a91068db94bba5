"""What a delay costs: segments of days x base x rate, added up exactly and rounded once.

A segment's days share one base, one part of the rate and one rate. Whole numbers and fractions only; the sum
of one service of one month is rounded half up to kopecks, its segments are not rounded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import msgspec

from domain.accounts.debtors import Debtor
from domain.accounts.penalties.rates import CapBy
from domain.accounts.penalties.rules import Rulebook
from domain.accounts.penalties.slices import Debt, Slice, slices
from domain.kernel.calendar import Period
from domain.kernel.ids import ChargeId, SupplierAccountId, SupplierId
from domain.kernel.money import ZERO, Money

_DAY = timedelta(days=1)
_BASIS_POINTS = 10_000
_SHOWN = Decimal("0.0001")


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """`since` through `until`: the `from_day`-th day of delay and so on, `days` of them.

    `rate_basis_points` are hundredths of a per cent a year, `capped_by` the act that keeps the rate lower.
    `settled_on` is the day this part was paid; None while it is not, and the rate is that of the reckoning.
    """

    charge_id: ChargeId
    since: date
    until: date
    days: int
    from_day: int
    base: Money
    part_of: int
    rate_basis_points: int
    rate_on: date
    capped_by: str | None = None
    settled_on: date | None = None

    @property
    def exact_kopecks(self) -> Fraction:
        return Fraction(self.base.kopecks * self.days * self.rate_basis_points, _BASIS_POINTS * self.part_of)

    @property
    def roubles(self) -> Decimal:
        """To four places, for people; never added up."""
        exact = self.exact_kopecks / 100
        return (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(_SHOWN, ROUND_HALF_UP)


class Reckoning(msgspec.Struct, frozen=True, kw_only=True):
    """The penalty of one service of one month as of a day.

    `source` is the rule in words, `due_source` that of the due date.
    """

    supplier_account_id: SupplierAccountId
    supplier_id: SupplierId
    service_code: str
    period: Period
    debtor: Debtor
    due_on: date
    as_of: date
    source: str
    due_source: str
    segments: tuple[Segment, ...]

    @property
    def total(self) -> Money:
        return rounded(sum((segment.exact_kopecks for segment in self.segments), Fraction(0)))


def rounded(kopecks: Fraction) -> Money:
    """Half up."""
    return Money((2 * kopecks.numerator + kopecks.denominator) // (2 * kopecks.denominator))


def reckoned(
    debts: Sequence[Debt], debtor: Debtor, book: Rulebook, as_of: date, on_bill: date | None = None
) -> Reckoning:
    """`debts` are charges of one service and month of one supplier account. `on_bill` is the due date that
    stands on the month's bill: where that was handed over late it is a later one. LookupError when a rate of
    the past is not known."""
    first = debts[0]
    stated = book.due_on(first.period, debtor)
    due = max(stated, on_bill or stated)
    segments = (segment for debt in debts for segment in _of_debt(debt, debtor, due, book, as_of))
    return Reckoning(
        supplier_account_id=first.supplier_account_id,
        supplier_id=first.supplier_id,
        service_code=first.service_code,
        period=first.period,
        debtor=debtor,
        due_on=due,
        as_of=as_of,
        source=book.terms.rules[debtor].source,
        due_source=book.due_source(first.period, debtor, is_billed_late=due > stated),
        segments=tuple(sorted(segments, key=_by_time)),
    )


def _by_time(segment: Segment) -> tuple[object, ...]:
    return segment.charge_id, segment.since, segment.settled_on or date.max, segment.base


def _of_debt(debt: Debt, debtor: Debtor, due: date, book: Rulebook, as_of: date) -> Iterator[Segment]:
    for part in slices(debt):
        if part.amount > ZERO:
            yield from _of_slice(part, debt.charge_id, debtor, due, book, as_of)


def _of_slice(
    part: Slice, charge_id: ChargeId, debtor: Debtor, due: date, book: Rulebook, as_of: date
) -> Iterator[Segment]:
    settled_on = part.settled_on if part.settled_on and part.settled_on <= as_of else None
    rate_on = settled_on or as_of
    for since, until, part_of in _steps(due, rate_on, debtor, book):
        cut_by_delay = book.terms.cap_by is CapBy.DELAY
        for first, last in book.rates.cuts(since, until) if cut_by_delay else [(since, until)]:
            rate = book.rates.rate(rate_on, first if cut_by_delay else rate_on, debtor)
            for begins, ends in _left((first, last), part):
                yield Segment(
                    charge_id=charge_id,
                    since=begins,
                    until=ends,
                    days=(ends - begins).days + 1,
                    from_day=(begins - due).days,
                    base=part.amount,
                    part_of=part_of,
                    rate_basis_points=rate.basis_points,
                    rate_on=rate_on,
                    capped_by=rate.cap.source if rate.cap else None,
                    settled_on=settled_on,
                )


def _steps(due: date, last: date, debtor: Debtor, book: Rulebook) -> Iterator[tuple[date, date, int]]:
    """The days of delay through `last` that cost something; day n of delay is the due day + n."""
    steps = book.terms.rules[debtor].steps
    for no, step in enumerate(steps):
        since = due + step.from_day * _DAY
        until = due + (steps[no + 1].from_day - 1) * _DAY if no + 1 < len(steps) else last
        if since <= min(until, last):
            yield since, min(until, last), step.part_of


def _left(days: tuple[date, date], part: Slice) -> Iterable[tuple[date, date]]:
    """Without the days on which this part is free."""
    left = [days]
    for relief in part.free:
        left = [piece for span in left for piece in _without(span, relief.since, relief.until)]
    return left


def _without(span: tuple[date, date], since: date, until: date) -> Iterator[tuple[date, date]]:
    first, last = span
    if until < first or since > last:
        yield span
        return
    if first < since:
        yield first, since - _DAY
    if until < last:
        yield until + _DAY, last
