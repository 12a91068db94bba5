"""The values that billing says it has counted from, kept as readings of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby

import msgspec

from domain.kernel.access import OURSELVES
from domain.kernel.calendar import period_of
from domain.kernel.ids import MeterId, ReadingId, derived
from domain.readings.judging import Replaced
from domain.readings.meters import Direction, Meter
from domain.readings.past import Kept
from domain.readings.readings import Reading, ReadingSource, ReadingState, Reason, RegisterReading

BilledKey = tuple[date, str, Direction]


class Billed(msgspec.Struct, frozen=True, kw_only=True):
    """New readings of one meter, and the values of billing that were wrong before."""

    readings: tuple[Reading, ...] = ()
    replaced: tuple[Replaced, ...] = ()


class Values(msgspec.Struct, kw_only=True):
    """What an import has made of billing's values."""

    new: set[tuple[MeterId, BilledKey]]
    corrected: set[tuple[MeterId, BilledKey]]

    def note(self, done: Billed) -> None:
        for past in done.replaced:
            self.corrected.add((past.before.meter_id, key_of(past.before)))
        for reading in done.readings:
            for value in reading.values:
                self.new.add((reading.meter_id, (reading.taken_on, value.zone, value.direction)))
        self.new -= self.corrected


def key_of(kept: Kept) -> BilledKey:
    return kept.taken_on, kept.value.zone, kept.value.direction


def billed(meter: Meter, values: Mapping[BilledKey, Decimal], kept: Sequence[Kept], at: datetime) -> Billed:
    """`kept`: what stands on the meter, whoever said it. What a customer has sent of the same day, and
    billing has counted from, is not kept twice; nor is anything billing says again."""
    before = {key_of(one): one for one in kept if one.source is ReadingSource.BILLING}
    sent = {(key_of(one), one.value.value) for one in kept if one.source is not ReadingSource.BILLING}
    new = {
        key: value
        for key, value in values.items()
        if (before[key].value.value != value if key in before else (key, value) not in sent)
    }
    known = {key: one.value.value for key, one in before.items()} | dict(new)
    readings, replaced = [], []
    for place, (day, keys) in enumerate(groupby(sorted(new), key=lambda key: key[0])):
        ours = list(keys)
        wrong = [before[key] for key in ours if key in before]
        reading_id = _id(meter, day, {key: new[key] for key in ours}, wrong)
        readings.append(
            Reading(
                id=reading_id,
                account_id=meter.account_id,
                meter_id=meter.id,
                taken_on=day,
                # Lists go by the moment of receiving: the values of one file follow each other by day.
                received_at=at + timedelta(microseconds=place),
                source=ReadingSource.BILLING,
                sent_by=OURSELVES.id,
                sent_by_kind=OURSELVES.kind,
                values=tuple(_value(meter, key, known) for key in ours),
            )
        )
        replaced += [
            Replaced(before=one, after=one.value.replaced(reading_id, Reason.CORRECTED)) for one in wrong
        ]
    return Billed(readings=tuple(readings), replaced=tuple(replaced))


def _id(meter: Meter, day: date, new: Mapping[BilledKey, Decimal], wrong: Sequence[Kept]) -> ReadingId:
    """The same for the same word of billing, and another one when a value comes back after a correction."""
    said = ",".join(f"{zone}{direction}={value.normalize():f}" for (_, zone, direction), value in new.items())
    instead = ",".join(sorted(str(one.reading_id) for one in wrong))
    return ReadingId(derived(meter.id, f"billing {day} {said} instead of {instead}"))


def _value(meter: Meter, key: BilledKey, known: Mapping[BilledKey, Decimal]) -> RegisterReading:
    day, zone, direction = key
    earlier = [other for other in known if other[1:] == key[1:] and other[0] < day]
    previous_on: date | None = None
    previous: Decimal | None = None
    register = meter.register(zone, direction)
    if earlier:
        last = max(earlier)
        previous_on, previous = last[0], known[last]
    elif register and register.opening_value is not None and meter.installed_on < day:
        previous_on, previous = meter.installed_on, register.opening_value
    return RegisterReading(
        zone=zone,
        direction=direction,
        value=known[key],
        state=ReadingState.USED,
        period=period_of(day),
        previous=previous,
        previous_on=previous_on,
        consumption=None if previous is None else _consumption(meter, previous, known[key]),
        steps_count=3,
    )


def _consumption(meter: Meter, previous: Decimal, value: Decimal) -> Decimal:
    """Billing's values are not judged: one that is lower has passed zero."""
    through_zero = 10**meter.digit_count if value < previous else 0
    return (value - previous + through_zero) * meter.transformation_ratio
