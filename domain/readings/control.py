"""The figures of an act as a control reading: it stands without being judged, and settles what waited."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from domain.kernel.access import Actor
from domain.kernel.calendar import Period
from domain.kernel.ids import ReadingId, derived
from domain.readings.judging import Histories, Replaced
from domain.readings.meters import Meter
from domain.readings.past import History, Kept, past_of
from domain.readings.readings import (
    Nature,
    Reading,
    ReadingSource,
    ReadingState,
    Reason,
    RegisterReading,
    plain,
)
from domain.readings.submissions import ValueGiven


class Controlled(msgspec.Struct, frozen=True, kw_only=True):
    """`released` are earlier values that waited for a word and agree with what the meter shows."""

    reading: Reading
    replaced: tuple[Replaced, ...] = ()
    released: tuple[Kept, ...] = ()


def controlled(
    meter: Meter,
    values: Sequence[ValueGiven],
    histories: Histories,
    *,
    visit_id: UUID,
    period: Period,
    on: date,
    at: datetime,
    by: Actor,
) -> Controlled:
    """What a customer has sent of the same period, standing or waiting, is replaced. A value of an earlier
    period that waits is released when the meter shows no less."""
    reading_id = ReadingId(derived(visit_id, f"control reading of {meter.id}"))
    kept, replaced, released = [], [], []
    for given in values:
        history = histories.get((given.zone, given.direction), History())
        kept.append(_value(meter, given, history, period))
        ours = [one for one in history.latest if one.source is not ReadingSource.BILLING]
        replaced += [
            Replaced(before=one, after=one.value.replaced(reading_id, Reason.CONTROL))
            for one in ours
            if one.value.period == period
        ]
        standing = {one.value.period for one in ours if one.is_standing}
        released += [
            one
            for one in ours
            if one.value.state is ReadingState.NEEDS_CONFIRMATION
            and one.value.period < period
            and one.value.period not in standing
            and one.value.value <= given.value
        ]
    reading = Reading(
        id=reading_id,
        account_id=meter.account_id,
        meter_id=meter.id,
        taken_on=on,
        received_at=at,
        source=ReadingSource.STAFF,
        sent_by=by.id,
        sent_by_kind=by.kind,
        values=tuple(kept),
        source_id=visit_id,
    )
    return Controlled(reading=reading, replaced=tuple(replaced), released=_one_per_period(released))


def _value(meter: Meter, given: ValueGiven, history: History, period: Period) -> RegisterReading:
    last = past_of(meter, given.zone, given.direction, history, period, least_days=1).last
    used = plain((given.value - last.value) * meter.transformation_ratio) if last else None
    received = RegisterReading(
        zone=given.zone,
        direction=given.direction,
        value=given.value,
        state=ReadingState.RECEIVED,
        period=period,
        nature=Nature.CONTROL,
        previous=plain(last.value) if last else None,
        previous_on=last.on if last else None,
        consumption=used if used is not None and used >= 0 else None,
    )
    return received.moved(ReadingState.CHECKED).moved(ReadingState.ACCEPTED)


def _one_per_period(released: Sequence[Kept]) -> tuple[Kept, ...]:
    """Of each register and period the latest: only one may stand."""
    latest: dict[tuple[str, str, Period], Kept] = {}
    for one in sorted(released, key=lambda one: one.received_at):
        latest[one.value.zone, one.value.direction, one.value.period] = one
    return tuple(latest.values())
