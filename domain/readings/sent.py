"""What was sent of a meter for one month: what counts, and what does not or waits for a word on it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
from msgspec.structs import replace

from domain.kernel.calendar import Period
from domain.kernel.ids import MeterId
from domain.readings.meters import Direction
from domain.readings.readings import STANDING, Reading, ReadingState, RegisterReading

_Told = tuple[Reading, RegisterReading]


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """Readings of one meter with those of their values that are of `period`, the oldest first. What was
    refused later takes nothing away from what `counts`: it stands in `others`, as what waits does."""

    period: Period
    counts: tuple[Reading, ...] = ()
    others: tuple[Reading, ...] = ()


def sent_by_meter(readings: Sequence[Reading], period: Period) -> dict[MeterId, Sent]:
    """`readings` come the newest first. Meters of which nothing was sent for the period are left out."""
    by_meter: dict[MeterId, list[Reading]] = {}
    for reading in readings:
        if period in reading.periods:
            by_meter.setdefault(reading.meter_id, []).append(reading)
    return {meter_id: _sent(every, period) for meter_id, every in by_meter.items()}


def _sent(readings: Sequence[Reading], period: Period) -> Sent:
    by_register: dict[tuple[str, Direction], list[_Told]] = {}
    for reading in readings:
        for value in (*reading.values, *reading.repeats):
            if value.period == period:
                by_register.setdefault(value.register, []).append((reading, value))
    counts = [one for every in by_register.values() for one in _first(every, STANDING)]
    others = [one for every in by_register.values() for one in _others(every)]
    return Sent(period=period, counts=_together(counts), others=_together(others))


def _first(newest_first: Sequence[_Told], states: Iterable[ReadingState]) -> list[_Told]:
    return next(([one] for one in newest_first if one[1].state in states), [])


def _others(newest_first: Sequence[_Told]) -> list[_Told]:
    """Of one register: what came last, if it does not count, and what still waits for a word."""
    last = newest_first[0]
    waiting = _first(newest_first, {ReadingState.NEEDS_CONFIRMATION})
    if last[1].state in STANDING or last in waiting:
        return waiting
    return [last, *waiting]


def _together(told: Sequence[_Told]) -> tuple[Reading, ...]:
    """Each reading once, with its values that are told."""
    by_id = {reading.id: reading for reading, _ in told}
    values = {
        reading_id: tuple(value for reading, value in told if reading.id == reading_id)
        for reading_id in by_id
    }
    found = (replace(reading, values=values[reading.id], repeats=()) for reading in by_id.values())
    return tuple(sorted(found, key=lambda one: (one.received_at, one.id)))
