"""What was used: by month, on average, and beside the same month of last year."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import msgspec

from domain.kernel.calendar import Period, first_day, period_of
from domain.kernel.ids import MeterId
from domain.readings.keeping import Consumed
from domain.readings.meters import Direction, Meter
from domain.readings.readings import plain

MONTH_DAYS = Decimal("30.4375")
"""A year's days by its months, so that an average does not depend on which months it is of."""
_THOUSANDTH = Decimal("0.001")


class MonthUsed(msgspec.Struct, frozen=True, kw_only=True):
    """`is_estimated`: billing has counted it without a value seen on the meter. `last_year` is of the same
    month a year before, `change_percent` against it; None when it is not known."""

    period: Period
    consumption: Decimal
    is_estimated: bool
    last_year: Decimal | None = None
    change_percent: Decimal | None = None


class RegisterUsed(msgspec.Struct, frozen=True, kw_only=True):
    """One zone and direction. Averages are of the year before the latest value seen on the meter."""

    zone: str
    direction: Direction
    daily_average: Decimal | None
    monthly_average: Decimal | None
    months: tuple[MonthUsed, ...]


class _Piece(msgspec.Struct, frozen=True, kw_only=True):
    """What went through between two values."""

    since: date
    until: date
    period: Period
    volume: Decimal
    is_estimated: bool


def used(consumed: Sequence[Consumed], meters: Mapping[MeterId, Meter]) -> tuple[RegisterUsed, ...]:
    """By register, the newest month first. `consumed` are values of `meters` that followed each other in one
    place, the oldest first: they add up."""
    registers = sorted({(one.zone, one.direction) for one in consumed})
    return tuple(
        _register(
            zone,
            direction,
            [
                piece
                for meter in meters.values()
                for piece in _pieces(
                    meter,
                    [
                        one
                        for one in consumed
                        if (one.meter_id, one.zone, one.direction) == (meter.id, zone, direction)
                    ],
                )
            ],
        )
        for zone, direction in registers
    )


def _pieces(meter: Meter, values: Sequence[Consumed]) -> Iterator[_Piece]:
    """An estimate counts only until a later value is seen on the meter. Who has brought a value does not
    matter: billing's and the customer's of one month must not count twice."""
    last_seen = max((one.taken_on for one in values if not one.is_estimated), default=None)
    counted = [one for one in values if not one.is_estimated or last_seen is None or one.taken_on > last_seen]
    before: Consumed | None = None
    for one in counted:
        volume, since = one.consumption, one.previous_on
        if before is not None and one.value >= before.value:
            volume, since = (one.value - before.value) * meter.transformation_ratio, before.taken_on
        if volume is not None and since is not None and (before is None or before.taken_on <= since):
            yield _Piece(
                since=since,
                until=one.taken_on,
                period=one.period,
                volume=volume,
                is_estimated=one.is_estimated,
            )
        before = one


def _register(zone: str, direction: Direction, pieces: Sequence[_Piece]) -> RegisterUsed:
    by_period: dict[Period, Decimal] = {}
    for one in pieces:
        by_period[one.period] = by_period.get(one.period, Decimal(0)) + one.volume
    estimated = {one.period for one in pieces if one.is_estimated}
    daily = _daily_average(pieces)
    return RegisterUsed(
        zone=zone,
        direction=direction,
        daily_average=None if daily is None else _rounded(daily),
        monthly_average=None if daily is None else _rounded(daily * MONTH_DAYS),
        months=tuple(
            _month(period, by_period, is_estimated=period in estimated)
            for period in sorted(by_period, reverse=True)
        ),
    )


def _month(period: Period, by_period: Mapping[Period, Decimal], *, is_estimated: bool) -> MonthUsed:
    before = by_period.get(_year_before(period))
    change = (by_period[period] - before) * 100 / before if before else None
    return MonthUsed(
        period=period,
        consumption=plain(by_period[period]),
        is_estimated=is_estimated,
        last_year=None if before is None else plain(before),
        change_percent=None if change is None else change.quantize(Decimal("0.1"), ROUND_HALF_UP),
    )


def _year_before(period: Period) -> Period:
    day = first_day(period)
    return period_of(day.replace(year=day.year - 1))


def _daily_average(pieces: Sequence[_Piece]) -> Decimal | None:
    seen = [one for one in pieces if not one.is_estimated]
    if not seen:
        return None
    latest = max(one.until for one in seen)
    of_a_year = [one for one in seen if one.until > latest - timedelta(days=365)]
    days = sum((one.until - one.since).days for one in of_a_year)
    return sum((one.volume for one in of_a_year), Decimal(0)) / days if days else None


def _rounded(value: Decimal) -> Decimal:
    return plain(value.quantize(_THOUSANDTH, ROUND_HALF_UP))


def two_years_before(today: date) -> date:
    """So that each of the last twelve months stands beside its own of a year before."""
    return first_day(period_of(today)).replace(year=today.year - 2)


def in_one_place(meters: Sequence[Meter], meter_id: MeterId) -> dict[MeterId, Meter]:
    """The meter with those it has replaced."""
    by_id = {meter.id: meter for meter in meters}
    found: dict[MeterId, Meter] = {}
    at: MeterId | None = meter_id
    while at is not None and at in by_id and at not in found:
        found[at] = by_id[at]
        at = by_id[at].replaces
    return found
