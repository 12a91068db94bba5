"""A submission becomes a reading: what is compared with what, what is replaced; what was used by month."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.kernel.access import Actor, ActorKind
from domain.kernel.ids import AccountId, MeterId, ReadingId
from domain.readings.consumption import in_one_place, used
from domain.readings.judging import Judge
from domain.readings.keeping import Consumed
from domain.readings.meters import Direction, Register
from domain.readings.past import History, Kept
from domain.readings.readings import STANDING, Nature, ReadingSource, ReadingState, RegisterReading
from domain.readings.submissions import Submission, ValueGiven
from domain.readings.windows import Limits, Rules, Window
from tests.unit.test_reading_checks import METER, TODAY

AT = datetime(2026, 11, 20, 7, tzinfo=UTC)
ZONES = ("day", "night", "peak")
THREE = replace(METER, registers=tuple(Register(zone=zone) for zone in ZONES))
JUDGE = Judge(
    account_id=AccountId(UUID(int=2)),
    actor=Actor(kind=ActorKind.CUSTOMER, id=UUID(int=5), name="И"),
    source=ReadingSource.CABINET,
    at=AT,
    today=TODAY,
    rules=Rules(window=Window(opens_day=15, closes_day=25), limits=Limits()),
)


def submission(values: dict[str, Decimal | int], *, taken_on: date = TODAY, number: int = 7) -> Submission:
    return Submission(
        id=ReadingId(UUID(int=number)),
        meter_id=THREE.id,
        taken_on=taken_on,
        values=tuple(ValueGiven(zone=zone, value=Decimal(value)) for zone, value in values.items()),
    )


def kept(
    value: Decimal | int,
    *,
    period: str,
    taken_on: date,
    state: ReadingState = ReadingState.ACCEPTED,
    source: ReadingSource = ReadingSource.CABINET,
    nature: Nature = Nature.ACTUAL,
    number: int = 1,
) -> Kept:
    return Kept(
        reading_id=ReadingId(UUID(int=number)),
        meter_id=THREE.id,
        taken_on=taken_on,
        received_at=AT,
        source=source,
        value=RegisterReading(
            zone="day",
            direction=Direction.A_PLUS,
            value=Decimal(value),
            state=state,
            period=period,
            nature=nature,
            steps_count=3,
        ),
    )


OCTOBER = kept(4000, period="2026-10", taken_on=date(2026, 10, 20))
NOVEMBER = kept(4100, period="2026-11", taken_on=date(2026, 11, 18), number=2)


def judged(value: int, *latest: Kept, taken_on: date = TODAY):
    histories = {("day", Direction.A_PLUS): History(latest=latest)}
    return JUDGE.judged(submission({"day": value}, taken_on=taken_on), THREE, histories)


def test_the_figure_of_the_period_is_replaced_and_not_compared_with():
    done = judged(4050, OCTOBER, NOVEMBER)
    [value] = done.reading.values
    assert (value.state, value.previous) == (ReadingState.ACCEPTED_WITH_WARNING, 4000)  # other zones miss
    [gone] = done.replaced
    assert (gone.before, gone.after.state, gone.after.replaced_by) == (
        NOVEMBER,
        ReadingState.REPLACED,
        done.reading.id,
    )


def test_what_waited_replaces_nothing_that_was_sent_since():
    """A letter left quarantine after the cabinet had taken another figure."""
    since = replace(NOVEMBER, received_at=AT + timedelta(minutes=7))
    awaiting = replace(since, value=replace(since.value, state=ReadingState.NEEDS_CONFIRMATION))
    for newer in (since, awaiting):
        done = judged(4050, OCTOBER, newer)
        [value] = done.reading.values
        assert [finding.code for finding in value.findings] == ["reading-overtaken"]
        assert (value.state, done.replaced) == (ReadingState.REFUSED, ())


def test_a_control_reading_of_the_period_is_compared_with():
    control = kept(
        4090,
        period="2026-11",
        taken_on=date(2026, 11, 10),
        state=ReadingState.USED,
        source=ReadingSource.BILLING,
        nature=Nature.CONTROL,
    )
    done = judged(4050, OCTOBER, control)
    assert [finding.code for finding in done.reading.values[0].findings] == ["reading-below-last"]
    assert done.replaced == ()


def test_a_figure_in_a_bill_is_corrected_by_an_operator_only():
    billed = replace(NOVEMBER, value=replace(NOVEMBER.value, state=ReadingState.USED))
    done = judged(4050, OCTOBER, billed)
    assert done.reading.state is ReadingState.NEEDS_CONFIRMATION
    assert done.reading.values[0].operator_since == AT
    assert done.replaced == ()


def test_the_figure_of_a_closed_period_again_is_harmless_whenever_it_comes():
    done = judged(4000, OCTOBER, NOVEMBER, taken_on=OCTOBER.taken_on)
    assert done.reading.values == ()
    assert done.reading.repeats[0].same_as == OCTOBER.reading_id


figures = st.integers(min_value=0, max_value=120000)


@given(st.dictionaries(st.sampled_from((*ZONES, "other")), figures, min_size=1), st.randoms())
def test_neither_order_nor_company_changes_a_verdict(values, random):
    """Nobody's good value is refused for another's fault."""
    histories = {
        (zone, Direction.A_PLUS): History(latest=(replace(OCTOBER, value=replace(OCTOBER.value, zone=zone)),))
        for zone in ZONES
    }
    whole = JUDGE.judged(submission(values), THREE, histories).reading
    shuffled = dict(random.sample(sorted(values.items()), len(values)))
    other = JUDGE.judged(submission(shuffled), THREE, histories).reading
    for zone, value in values.items():
        alone = JUDGE.judged(submission({zone: value}), THREE, histories).reading
        verdict = whole.verdict(zone, Direction.A_PLUS)
        assert other.verdict(zone, Direction.A_PLUS) == verdict
        assert (alone.state in STANDING) == (verdict.state in STANDING)
        assert (verdict.state is ReadingState.ACCEPTED) == (verdict.findings == ())


@given(st.lists(figures, min_size=1, max_size=6))
def test_whatever_is_sent_one_figure_at_most_stands(values):
    history = History(latest=(OCTOBER,))
    for number, value in enumerate(values, start=10):
        done = JUDGE.judged(
            submission({"day": value}, number=number), THREE, {("day", Direction.A_PLUS): history}
        )
        gone = [one.before for one in done.replaced]
        left = tuple(one for one in history.latest if one not in gone)
        new = tuple(
            Kept(
                reading_id=done.reading.id,
                meter_id=THREE.id,
                taken_on=TODAY,
                received_at=AT,
                source=ReadingSource.CABINET,
                value=verdict,
            )
            for verdict in done.reading.values
            if verdict.state is not ReadingState.REFUSED
        )
        history = History(latest=(*left, *new))
        current = [one for one in history.latest if one.value.period == "2026-11"]
        assert sum(one.is_standing for one in current) <= 1
        assert sum(not one.is_standing for one in current) <= 1


def consumed(
    value, *, day, period, nature=Nature.ACTUAL, source=ReadingSource.CABINET, meter_id=METER.id, **more
):
    return Consumed(
        meter_id=meter_id,
        zone="single",
        direction=Direction.A_PLUS,
        period=period,
        taken_on=day,
        value=Decimal(value),
        previous_on=more.get("previous_on"),
        consumption=more.get("consumption"),
        source=source,
        nature=nature,
    )


def test_billings_value_beside_a_customers_does_not_count_twice():
    first = date(2026, 9, 20)
    [register] = used(
        [
            consumed(1000, day=first, period="2026-09"),
            consumed(1100, day=first + timedelta(days=30), period="2026-10"),
            consumed(1110, day=date(2026, 10, 31), period="2026-10", source=ReadingSource.BILLING),
            consumed(1200, day=date(2026, 11, 19), period="2026-11"),
        ],
        {METER.id: METER},
    )
    assert [(month.period, month.consumption) for month in register.months] == [
        ("2026-11", 90),
        ("2026-10", 110),
    ]
    assert register.daily_average == round(Decimal(200) / 60, 3)


def test_an_estimate_counts_until_a_figure_is_seen():
    told = [
        consumed(1000, day=date(2026, 9, 20), period="2026-09"),
        consumed(1300, day=date(2026, 10, 31), period="2026-10", nature=Nature.CALCULATED),
    ]
    [register] = used(told, {METER.id: METER})
    assert [(month.consumption, month.is_estimated) for month in register.months] == [(300, True)]
    seen = [*told, consumed(1120, day=date(2026, 11, 20), period="2026-11")]
    [register] = used(seen, {METER.id: METER})
    assert [(month.period, month.consumption, month.is_estimated) for month in register.months] == [
        ("2026-11", 120, False)
    ]


def test_a_month_stands_beside_the_same_of_last_year():
    values = [
        consumed(1000, day=date(2025, 10, 20), period="2025-10"),
        consumed(1200, day=date(2025, 11, 20), period="2025-11"),
        consumed(3000, day=date(2026, 10, 20), period="2026-10"),
        consumed(3150, day=date(2026, 11, 20), period="2026-11"),
    ]
    [register] = used(values, {METER.id: METER})
    assert (register.months[0].last_year, register.months[0].change_percent) == (200, -25)


def test_the_meter_before_adds_up_with_the_one_in_its_place():
    new = replace(METER, id=MeterId(UUID(int=77)), replaces=METER.id)
    place = in_one_place([METER, new], new.id)
    assert set(place) == {METER.id, new.id}
    [register] = used(
        [
            consumed(1000, day=date(2026, 10, 20), period="2026-10"),
            consumed(1040, day=date(2026, 11, 5), period="2026-11"),
            consumed(
                60,
                day=date(2026, 11, 20),
                period="2026-11",
                meter_id=new.id,
                previous_on=date(2026, 11, 5),
                consumption=Decimal(60),
            ),
        ],
        place,
    )
    assert register.months[0].consumption == 100
