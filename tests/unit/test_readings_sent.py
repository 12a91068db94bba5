"""What was sent for a month: what counts stays in sight, whatever was refused after it."""

from datetime import date, timedelta
from uuid import UUID

from domain.kernel.ids import ReadingId
from domain.readings.readings import Reading, ReadingState, RegisterReading
from domain.readings.sent import sent_by_meter
from domain.readings.windows import Window
from tests.unit.test_reading_judging import AT, JUDGE, THREE, submission

ACCEPTED, REFUSED, WAITS = (ReadingState.ACCEPTED, ReadingState.REFUSED, ReadingState.NEEDS_CONFIRMATION)
REPLACED = ReadingState.REPLACED
MONTH = "2026-11"


def reading(number: int, period: str = MONTH, **states: ReadingState) -> Reading:
    one = JUDGE.judged(submission(dict.fromkeys(states, number), number=number), THREE, {}).reading
    values = tuple(
        RegisterReading(
            zone=value.zone,
            direction=value.direction,
            value=value.value,
            state=states[value.zone],
            period=period,
        )
        for value in one.values
    )
    return Reading(
        id=ReadingId(UUID(int=number)),
        account_id=one.account_id,
        meter_id=one.meter_id,
        taken_on=one.taken_on,
        received_at=AT + timedelta(minutes=number),
        source=one.source,
        sent_by=one.sent_by,
        sent_by_kind=one.sent_by_kind,
        values=values,
    )


def told(*readings: Reading) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
    sent = sent_by_meter(sorted(readings, key=lambda one: one.received_at, reverse=True), MONTH)[THREE.id]
    counts, others = (
        [(int(value.value), value.zone) for one in part for value in one.values]
        for part in (sent.counts, sent.others)
    )
    return counts, others


def test_what_was_accepted_stays_in_sight_when_a_later_one_is_not():
    good = reading(1, day=ACCEPTED, night=ACCEPTED)
    bad = reading(2, day=WAITS, night=REFUSED)
    assert told(good, bad) == ([(1, "day"), (1, "night")], [(2, "day"), (2, "night")])


def test_what_was_refused_before_is_history():
    assert told(reading(1, day=REFUSED), reading(2, day=ACCEPTED)) == ([(2, "day")], [])


def test_registers_sent_apart_both_count():
    assert told(reading(1, day=ACCEPTED), reading(2, night=ACCEPTED)) == ([(1, "day"), (2, "night")], [])


def test_what_waits_is_told_though_a_refused_one_came_after_it():
    assert told(reading(1, day=WAITS), reading(2, day=REFUSED)) == ([], [(1, "day"), (2, "day")])


def test_what_was_replaced_is_told_only_while_nothing_came_after_it():
    assert told(reading(1, day=REPLACED)) == ([], [(1, "day")])
    assert told(reading(1, day=REPLACED), reading(2, day=ACCEPTED)) == ([(2, "day")], [])


def test_other_months_are_left_out():
    assert sent_by_meter([reading(1, "2026-10", day=ACCEPTED)], MONTH) == {}


def test_a_month_counts_from_the_day_after_the_last_one_closed():
    assert Window(opens_day=15, closes_day=25).counts_from("2026-11") == date(2026, 10, 26)
    assert Window(opens_day=25, closes_day=3).counts_from("2026-01") == date(2026, 1, 4)
