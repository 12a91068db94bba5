"""Billing's answer: which readings it has used, and what it has counted from instead of others."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

import msgspec

from domain.kernel.access import OURSELVES
from domain.kernel.calendar import Period
from domain.kernel.ids import ReadingId, derived
from domain.readings.judging import Replaced
from domain.readings.meters import Direction, Meter
from domain.readings.past import Kept
from domain.readings.readings import (
    Nature,
    Reading,
    ReadingSource,
    ReadingState,
    Reason,
    RegisterReading,
    plain,
)

INSTEAD = {
    Nature.ACTUAL: Reason.OTHER,
    Nature.CALCULATED: Reason.CALCULATED,
    Nature.CONTROL: Reason.CONTROL,
}


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """The value that one register was counted from in one period."""

    zone: str
    direction: Direction
    period: Period
    taken_on: date
    value: Decimal
    nature: Nature
    bill_number: str | None


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer makes of one register: a reading of billing's own, and values that have moved."""

    reading: Reading | None = None
    moved: tuple[Replaced, ...] = ()

    @property
    def is_news(self) -> bool:
        return self.reading is not None or bool(self.moved)


def answered(meter: Meter, told: Counted, kept: Sequence[Kept], at: datetime) -> Answered:
    """`kept`: what stands on the register. What its owner has sent is used when billing has counted from it;
    else it is replaced, by billing's own value beside it and for its reason, and stays to be seen."""
    same = [one for one in kept if one.value.period == told.period]
    sent = [one for one in same if one.source is not ReadingSource.BILLING]
    own = [one for one in same if one.source is ReadingSource.BILLING]
    if used := next((one for one in sent if one.value.value == told.value), None):
        return Answered(moved=(*_used(used, told), *_gone(own, used.reading_id, Reason.CORRECTED)))
    alike = (one for one in own if (one.taken_on, one.value.value) == (told.taken_on, told.value))
    before = next(alike, None)
    if before is not None and before.value.nature is told.nature:
        rest = [one for one in own if one is not before]
        moved = (*_used(before, told), *_gone(rest, before.reading_id, Reason.CORRECTED))
        return Answered(moved=(*moved, *_gone(sent, before.reading_id, INSTEAD[told.nature])))
    reading = _reading(meter, told, kept, own, at)
    moved = (*_gone(own, reading.id, Reason.CORRECTED), *_gone(sent, reading.id, INSTEAD[told.nature]))
    return Answered(reading=reading, moved=moved)


def _used(one: Kept, told: Counted) -> tuple[Replaced, ...]:
    """Told again of the same bill it is no news."""
    if one.value.state is not ReadingState.USED:
        return (Replaced(before=one, after=one.value.used(told.bill_number)),)
    if told.bill_number is None or one.value.bill_number == told.bill_number:
        return ()
    return (Replaced(before=one, after=one.value.billed_anew(told.bill_number)),)


def _gone(kept: Sequence[Kept], by: ReadingId, reason: Reason) -> tuple[Replaced, ...]:
    return tuple(Replaced(before=one, after=one.value.replaced(by, reason)) for one in kept)


def _reading(
    meter: Meter, told: Counted, kept: Sequence[Kept], instead: Sequence[Kept], at: datetime
) -> Reading:
    before = max(
        (one for one in kept if one.taken_on < told.taken_on and one.value.period != told.period),
        key=lambda one: one.taken_on,
        default=None,
    )
    return Reading(
        id=_id(meter, told, instead),
        account_id=meter.account_id,
        meter_id=meter.id,
        taken_on=told.taken_on,
        # Lists go by the moment of receiving: values of one file follow each other by their day.
        received_at=at + timedelta(microseconds=told.taken_on.toordinal() % 1000),
        source=ReadingSource.BILLING,
        sent_by=OURSELVES.id,
        sent_by_kind=OURSELVES.kind,
        values=(_value(meter, told, before),),
    )


def _id(meter: Meter, told: Counted, instead: Sequence[Kept]) -> ReadingId:
    """The same for the same word of billing, and another one when a value comes back after a correction."""
    register = f"{told.zone}{told.direction} {told.period} {told.taken_on}"
    before = ",".join(sorted(str(one.reading_id) for one in instead))
    said = f"{register} {told.nature} {plain(told.value)} instead of {before}"
    return ReadingId(derived(meter.id, f"billing's answer {said}"))


def _value(meter: Meter, told: Counted, before: Kept | None) -> RegisterReading:
    previous, previous_on = (before.value.value, before.taken_on) if before else (None, None)
    register = meter.register(told.zone, told.direction)
    if previous is None and register and register.opening_value is not None:
        previous, previous_on = register.opening_value, meter.installed_on
    return RegisterReading(
        zone=told.zone,
        direction=told.direction,
        value=told.value,
        state=ReadingState.USED,
        period=told.period,
        nature=told.nature,
        previous=previous,
        previous_on=previous_on,
        consumption=_consumption(meter, told, previous, before),
        bill_number=told.bill_number,
        steps_count=3,
    )


def _consumption(
    meter: Meter, told: Counted, previous: Decimal | None, before: Kept | None
) -> Decimal | None:
    """Billing's values are not judged: one that is lower has passed zero, but after an estimate, which was
    then too high."""
    if previous is None:
        return None
    if told.value >= previous:
        return plain((told.value - previous) * meter.transformation_ratio)
    if before is not None and before.value.nature is Nature.CALCULATED:
        return None
    return plain((10**meter.digit_count + told.value - previous) * meter.transformation_ratio)
