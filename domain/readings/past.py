"""What is known of one register before a new value of it is judged."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

import msgspec

from domain.kernel.calendar import Period
from domain.kernel.ids import MeterId, ReadingId
from domain.readings.meters import Direction, Meter
from domain.readings.readings import STANDING, Nature, ReadingSource, ReadingState, RegisterReading

RegisterKey = tuple[MeterId, str, Direction]


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """One register's value with the reading that brought it."""

    reading_id: ReadingId
    meter_id: MeterId
    taken_on: date
    received_at: datetime
    source: ReadingSource
    value: RegisterReading

    @property
    def is_standing(self) -> bool:
        return self.value.state in STANDING


class History(msgspec.Struct, frozen=True, kw_only=True):
    """The latest values of one register, and over the last year: consumption by values seen on the meter
    and the days these cover."""

    latest: tuple[Kept, ...] = ()
    consumption: Decimal = Decimal(0)
    days: int = 0


class Baseline(msgspec.Struct, frozen=True, kw_only=True):
    """The value a consumption is counted from."""

    value: Decimal
    on: date


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """`last` was seen on the meter; `estimate` is billing's own count since then, where it is higher.
    `current` stands for the period already, `pending` waits for a word on it. `zero_periods` in a row
    before this value."""

    last: Baseline | None = None
    estimate: Baseline | None = None
    current: Kept | None = None
    pending: Kept | None = None
    daily_average: Decimal | None = None
    zero_periods: int = 0


def past_of(
    meter: Meter, zone: str, direction: Direction, history: History, period: Period, *, least_days: int
) -> Past:
    """What a value of `period` is compared with. Other values of that period are not looked back at."""
    ours = [one for one in history.latest if one.source is not ReadingSource.BILLING]
    this = [one for one in ours if one.value.period == period]
    before = sorted(
        (one for one in history.latest if one.is_standing and one not in this), key=lambda one: one.taken_on
    )
    before = [one for one in before if one.value.period <= period]
    seen = [one for one in before if one.value.nature is not Nature.CALCULATED]
    known = _known_by_billing(meter, zone, direction)
    known += [Baseline(value=one.value.value, on=one.taken_on) for one in seen]
    last = max(known, key=lambda one: one.on, default=None)
    return Past(
        last=last,
        estimate=_estimate(before, last),
        current=next((one for one in this if one.is_standing), None),
        pending=next((one for one in this if one.value.state is ReadingState.NEEDS_CONFIRMATION), None),
        daily_average=history.consumption / history.days if history.days >= max(1, least_days) else None,
        zero_periods=_zeros(seen),
    )


def _known_by_billing(meter: Meter, zone: str, direction: Direction) -> list[Baseline]:
    register = meter.register(zone, direction)
    known = []
    if register and register.opening_value is not None:
        known.append(Baseline(value=register.opening_value, on=meter.installed_on))
    if register and register.billed_value is not None and register.billed_on is not None:
        known.append(Baseline(value=register.billed_value, on=register.billed_on))
    return known


def _estimate(before: Sequence[Kept], last: Baseline | None) -> Baseline | None:
    for one in reversed(before):
        if one.value.nature is Nature.CALCULATED and (last is None or one.taken_on > last.on):
            return Baseline(value=one.value.value, on=one.taken_on)
    return None


def _zeros(seen: Sequence[Kept]) -> int:
    count = 0
    for one in reversed(seen):
        if one.value.consumption != 0:
            break
        count += 1
    return count
