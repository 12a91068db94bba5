"""Sending readings to a real database: kept once, judged each by itself, corrected until the cut-off."""

import asyncio
from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from adapters.postgres.store import Transactions
from domain.accounts.accounts import AccountClosed, AccountNotFound
from domain.kernel.ids import MeterId, ReadingId
from domain.readings.meters import Direction, MeterNotFound
from domain.readings.readings import ReadingIdTaken, ReadingNotFound, ReadingSource, ReadingState, Reason
from infra.clock import new_id
from services.readings.submitting import ReadingService
from services.repeating import repeated
from tests.households import NOON, lay_household
from tests.readings import lay_meter, may_send, sent, whole
from tests.sandboxes import Clock

AFTER_CUT_OFF = NOON + timedelta(days=7)
CABINET = ReadingSource.CABINET


@pytest_asyncio.fixture
async def service(pool) -> ReadingService:
    return ReadingService(Transactions(pool, Clock(), new_id), ZoneInfo("Asia/Yekaterinburg"))


@pytest_asyncio.fixture
async def home(pool):
    return await lay_household(pool, services=["electricity"])


@pytest_asyncio.fixture
async def meter(pool, home):
    return await lay_meter(pool, home)


async def states(pool) -> dict[Decimal, str]:
    rows = await pool.fetch("SELECT value, state FROM register_readings ORDER BY value")
    return {row["value"]: row["state"] for row in rows}


async def test_a_reading_is_accepted_with_what_it_was_compared_with(service, pool, home, meter):
    reading, is_new = await service.submit(may_send(home, NOON), sent(meter, 4100), CABINET)
    [value] = reading.values
    assert (is_new, reading.state) == (True, ReadingState.ACCEPTED)
    assert (value.previous, value.consumption, value.period) == (4000, 100, "2026-11")
    steps = await pool.fetch("SELECT state FROM reading_steps ORDER BY step_no")
    assert [row["state"] for row in steps] == ["received", "checked", "accepted"]


async def test_a_reading_that_is_tried_is_judged_and_not_kept(service, pool, home, meter):
    tried = await service.tried(may_send(home, NOON), sent(meter, 4100), CABINET)
    assert (tried.state, tried.values[0].consumption) == (ReadingState.ACCEPTED, 100)
    assert await states(pool) == {}
    with pytest.raises(MeterNotFound):
        await service.tried(may_send(home, NOON), sent(MeterId(new_id()), 4100), CABINET)


async def test_the_same_request_three_times_is_one_reading(service, pool, home, meter):
    submission = sent(meter, 4100)
    answers = [await service.submit(may_send(home, NOON), submission, CABINET) for _ in range(3)]
    assert [is_new for _, is_new in answers] == [True, False, False]
    assert len({reading.id for reading, _ in answers}) == 1
    assert answers[0][0].values == answers[2][0].values
    with pytest.raises(ReadingIdTaken):
        await service.submit(may_send(home, NOON), sent(meter, 4101, id=submission.id), CABINET)


async def test_the_same_value_three_times_is_one_accepted_value(service, pool, home, meter):
    first, _ = await service.submit(may_send(home, NOON), sent(meter, 4100), CABINET)
    for later in (1, 2):
        access = may_send(home, NOON + timedelta(days=later))
        again, _ = await service.submit(access, sent(meter, 4100, taken_on=access.at.date()), CABINET)
        assert again.state is ReadingState.ACCEPTED
        verdict = again.verdict("single", Direction.A_PLUS)
        assert verdict.same_as == first.id
        assert [finding.code for finding in verdict.findings] == ["reading-already-accepted"]
    assert await states(pool) == {4100: "accepted"}
    # After the cut-off too, when it is the value of the same day.
    late, _ = await service.submit(may_send(home, AFTER_CUT_OFF), sent(meter, 4100), CABINET)
    assert late.verdict("single", Direction.A_PLUS).same_as == first.id


async def test_a_repeat_tells_how_the_first_one_stands_now(service, home, meter):
    await service.submit(may_send(home, NOON), sent(meter, 4100), CABINET)
    again = sent(meter, 4100)
    await service.submit(may_send(home, NOON), again, CABINET)
    await service.submit(may_send(home, NOON), sent(meter, 4150), CABINET)
    repeated, _ = await service.submit(may_send(home, NOON), again, CABINET)
    assert repeated.state is ReadingState.REPLACED


async def test_until_the_cut_off_a_value_is_corrected_freely(service, pool, home, meter):
    await service.submit(may_send(home, NOON), sent(meter, 4500), CABINET)
    second, _ = await service.submit(may_send(home, NOON), sent(meter, 4100), CABINET)
    assert second.state is ReadingState.ACCEPTED
    assert second.values[0].previous == 4000
    assert await states(pool) == {4500: "replaced", 4100: "accepted"}
    row = await pool.fetchrow("SELECT * FROM register_readings WHERE value = 4500")
    assert (row["reason"], row["replaced_by"]) == (Reason.CORRECTED, second.id)
    await whole(pool)


async def test_a_refused_value_changes_nothing_that_stands(service, pool, home, meter):
    await service.submit(may_send(home, NOON), sent(meter, 4100), CABINET)
    refused, _ = await service.submit(may_send(home, NOON), sent(meter, 3000), CABINET)
    assert refused.state is ReadingState.REFUSED
    assert await states(pool) == {3000: "refused", 4100: "accepted"}


async def test_after_the_cut_off_a_correction_waits_for_an_operator(service, pool, home, meter):
    first, _ = await service.submit(may_send(home, NOON), sent(meter, 4500), CABINET)
    wish = sent(meter, 4100, corrects=first.id, comment="Опечатка")
    asked, _ = await service.submit(may_send(home, AFTER_CUT_OFF), wish, CABINET)
    [value] = asked.values
    assert (asked.state, value.period) == (ReadingState.NEEDS_CONFIRMATION, "2026-11")
    assert value.operator_since == AFTER_CUT_OFF
    assert [finding.code for finding in value.findings] == ["reading-period-closed"]
    assert await states(pool) == {4500: "accepted", 4100: "needs_confirmation"}
    with pytest.raises(ReadingNotFound):
        await service.submit(may_send(home, NOON), sent(meter, 1, corrects=ReadingId(new_id())), CABINET)


async def test_the_next_period_goes_on_from_what_stands(service, pool, home, meter):
    await service.submit(may_send(home, NOON), sent(meter, 4100), CABINET)
    december = NOON + timedelta(days=30)
    reading, _ = await service.submit(
        may_send(home, december), sent(meter, 4250, taken_on=december.date()), CABINET
    )
    [value] = reading.values
    assert (value.period, value.previous, value.consumption) == ("2026-12", 4100, 150)
    late, _ = await service.submit(
        may_send(home, december), sent(meter, 4300, taken_on=date(2026, 11, 18)), CABINET
    )
    assert [finding.code for finding in late.values[0].findings] == ["reading-before-last"]


async def test_each_zone_is_judged_by_itself(service, pool, home):
    meter = await lay_meter(pool, home, zones=("day", "night"))
    reading, _ = await service.submit(
        may_send(home, NOON), sent(meter, {"day": 4100, "night": 3000, "peak": 5}), CABINET
    )
    verdicts = {value.zone: value.state for value in reading.values}
    assert verdicts == {
        "day": ReadingState.ACCEPTED,
        "night": ReadingState.REFUSED,
        "peak": ReadingState.REFUSED,
    }
    alone = await lay_meter(pool, home, zones=("day", "night"), serial="2")
    reading, _ = await service.submit(may_send(home, NOON), sent(alone, {"day": 4100}), CABINET)
    assert [finding.code for finding in reading.values[0].findings] == ["reading-zone-missing"]
    rest, _ = await service.submit(may_send(home, NOON), sent(alone, {"day": 4100, "night": 4050}), CABINET)
    assert [value.zone for value in rest.values] == ["night"]
    assert rest.verdict("day", Direction.A_PLUS).same_as == reading.id
    assert rest.values[0].state is ReadingState.ACCEPTED


async def test_who_sends_again_what_stands_takes_back_what_waited(service, pool, home):
    meter = await lay_meter(pool, home, max_power_kw=Decimal(1))
    await service.submit(may_send(home, NOON), sent(meter, 4100), CABINET)
    much, _ = await service.submit(may_send(home, NOON), sent(meter, 41000), CABINET)
    assert much.state is ReadingState.NEEDS_CONFIRMATION
    again, _ = await service.submit(may_send(home, NOON), sent(meter, 41000), CABINET)
    assert again.verdict("single", Direction.A_PLUS).same_as == much.id
    await service.submit(may_send(home, NOON), sent(meter, 4100), CABINET)
    assert await states(pool) == {4100: "accepted", 41000: "replaced"}
    await whole(pool)


async def test_nobody_sends_for_others_or_for_meters_of_others(service, pool, home, meter):
    stranger = may_send(home, NOON, new_id())
    with pytest.raises(AccountNotFound):
        await service.submit(stranger, sent(meter, 4100), CABINET)
    with pytest.raises(MeterNotFound):
        await service.submit(may_send(home, NOON), sent(MeterId(new_id()), 4100), CABINET)
    await pool.execute("UPDATE accounts SET closed_at = $1", NOON)
    with pytest.raises(AccountClosed):
        await service.submit(may_send(home, NOON), sent(meter, 4100), CABINET)


async def test_many_get_the_verdicts_that_one_by_one_would_get(service, pool, home):
    meters = [await lay_meter(pool, home, serial=str(number)) for number in range(12)]
    values = [4100, 3000, 4100, 4100, 99999, 4000, 4001, 4002, 123456, 4100, 4100, 4100]
    many = [sent(meter, value) for meter, value in zip(meters, values, strict=True)]
    many += [sent(meters[0], 4120), sent(meters[0], 4120), sent(meters[0], 4130)]
    readings = await service.submit_many(may_send(home, NOON), many, ReadingSource.FILE)
    assert [reading.id for reading in readings] == [one.id for one in many]
    assert readings[12].verdict("single", Direction.A_PLUS).state is ReadingState.ACCEPTED
    assert readings[13].repeats[0].same_as == readings[12].id
    again = await service.submit_many(may_send(home, NOON), many, ReadingSource.FILE)
    assert [reading.id for reading in again] == [one.id for one in many]
    counts = await pool.fetchval("SELECT count(*) FROM readings")
    assert counts == len(many)
    one_by_one = [(await service.submit(may_send(home, NOON), one, ReadingSource.FILE))[0] for one in many]
    assert one_by_one == again
    await whole(pool)


async def test_one_id_in_parallel_is_kept_once(service, pool, home, meter):
    submission = sent(meter, 4100)
    answers = await asyncio.gather(
        *(repeated(lambda: service.submit(may_send(home, NOON), submission, CABINET)) for _ in range(8))
    )
    assert sum(is_new for _, is_new in answers) == 1
    assert len({reading.values for reading, _ in answers}) == 1
    assert await states(pool) == {4100: "accepted"}


async def test_two_readings_of_one_register_in_parallel_leave_one_standing(service, pool, home, meter):
    await asyncio.gather(
        *(
            repeated(lambda one=value: service.submit(may_send(home, NOON), sent(meter, one), CABINET))
            for value in range(4101, 4113)
        )
    )
    found = await states(pool)
    assert sorted(found.values()) == ["accepted"] + ["replaced"] * 11
    await whole(pool)
