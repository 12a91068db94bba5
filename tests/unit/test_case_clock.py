"""The open clock: terms, pauses, promises, days off."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.cases.clock import Agreement, DayUnit, DeadlineRule, Deadlines, PromiseTooLate
from domain.cases.states import CaseState
from domain.cases.steps import Step, StepBy, StepVerb
from domain.cases.ticking import clock, first_due, rule_for
from domain.kernel.access import ActorKind
from domain.kernel.ids import CaseId
from domain.kernel.working_days import WorkingDays

ZONE = ZoneInfo("Asia/Yekaterinburg")
CASE = CaseId(UUID(int=1))
BY = StepBy(kind=ActorKind.STAFF, id=UUID(int=2), name="И. Петрова")
DAYS = WorkingDays(
    off=frozenset(
        [date(2026, 1, day) for day in (1, 2, 5, 6, 7, 8, 9)]
        + [date(2026, 5, 1), date(2026, 5, 11), date(2026, 11, 4)]
    ),
    on=frozenset({date(2026, 2, 28)}),
)
CALENDAR = DeadlineRule(kind="refund", days=10, unit=DayUnit.CALENDAR, source="ЗПП, ст. 31")
WORKING = DeadlineRule(kind="meter-sealing", days=5, unit=DayUnit.WORKING, sent_on_days=15, source="ПП 442")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def step(no: int, when: str, verb: StepVerb, state: CaseState, **more) -> Step:
    return Step(case_id=CASE, no=no, at=at(when), by=BY, verb=verb, state=state, **more)


@pytest.mark.parametrize(
    ("received", "rule", "due"),
    [
        ("2026-11-02T10:00", CALENDAR, "2026-11-12"),
        ("2026-11-05T23:59", CALENDAR, "2026-11-16"),  # ends on Sunday the 15th
        ("2026-04-21T00:00", CALENDAR, "2026-05-04"),  # ends on the first of May, then a weekend
        ("2026-11-02T10:00", WORKING, "2026-11-10"),  # the 4th is a holiday
        ("2025-12-31T18:00", WORKING, "2026-01-16"),  # the long holidays
        ("2026-02-26T09:00", WORKING, "2026-03-04"),  # a worked Saturday counts
    ],
)
def test_the_term_counts_from_the_next_day(received, rule, due):
    assert first_due(at(received), rule, DAYS, ZONE) == date.fromisoformat(due)


def test_the_day_is_that_of_the_region():
    late_evening_in_utc = datetime(2026, 11, 2, 20, 30, tzinfo=UTC)  # already the 3rd here
    assert first_due(late_evening_in_utc, CALENDAR, DAYS, ZONE) == date(2026, 11, 13)


def test_waiting_for_the_applicant_pauses_the_clock():
    steps = [
        step(1, "2026-11-02T10:00", StepVerb.SUBMIT, CaseState.SUBMITTED),
        step(2, "2026-11-02T10:00", StepVerb.REGISTER, CaseState.REGISTERED),
        step(3, "2026-11-05T10:00", StepVerb.ASK, CaseState.WAITING_FOR_APPLICANT, public_note="Нужен акт"),
    ]
    waiting = clock(steps[0].at, steps, CALENDAR, DAYS, ZONE, at("2026-11-25T10:00"))
    assert (waiting.is_paused, waiting.is_late, waiting.due_on) == (True, False, date(2026, 12, 2))
    assert waiting.pauses[0].why == "Нужен акт"

    steps.append(step(4, "2026-11-09T10:00", StepVerb.REPLY, CaseState.IN_REVIEW))
    going = clock(steps[0].at, steps, CALENDAR, DAYS, ZONE, at("2026-11-17T10:00"))
    assert (going.is_paused, going.is_late, going.due_on) == (False, True, date(2026, 11, 16))
    assert going.days_left == -1


def test_a_promise_moves_the_day_and_stays_in_sight():
    steps = [
        step(1, "2026-11-02T10:00", StepVerb.REGISTER, CaseState.REGISTERED),
        step(2, "2026-11-10T10:00", StepVerb.PROMISE, CaseState.IN_REVIEW, until=at("2026-11-20T00:00")),
        step(3, "2026-11-18T10:00", StepVerb.PROMISE, CaseState.IN_REVIEW, until=at("2026-11-27T00:00")),
    ]
    told = clock(steps[0].at, steps, CALENDAR, DAYS, ZONE, at("2026-11-19T10:00"))
    assert told.due_on == date(2026, 11, 27)
    assert [promise.due_on.day for promise in told.promises] == [20, 27]


def test_a_later_day_is_promised_by_thirty_days_at_most_where_the_law_says_so():
    """Law 59-FZ, art. 12, part 2."""
    steps = [step(1, "2026-11-02T10:00", StepVerb.REGISTER, CaseState.REGISTERED)]
    rule = replace(CALENDAR, days=30, later_days=30)
    told = clock(steps[0].at, steps, rule, DAYS, ZONE, at("2026-11-10T10:00"))
    assert (told.due_on, told.latest_on) == (date(2026, 12, 2), date(2027, 1, 1))
    told.check_promise(date(2027, 1, 1))
    with pytest.raises(PromiseTooLate):
        told.check_promise(date(2027, 1, 2))
    steps.append(
        step(2, "2026-11-20T10:00", StepVerb.PROMISE, CaseState.REGISTERED, until=at("2026-12-25T00:00"))
    )
    assert clock(steps[0].at, steps, rule, DAYS, ZONE, at("2026-11-21T10:00")).latest_on == date(2027, 1, 1)
    assert clock(steps[0].at, steps, CALENDAR, DAYS, ZONE, at("2026-11-10T10:00")).latest_on is None


def test_sent_on_it_runs_by_the_other_ones_term():
    steps = [
        step(1, "2026-11-02T10:00", StepVerb.REGISTER, CaseState.REGISTERED),
        step(2, "2026-11-03T10:00", StepVerb.SEND_ON, CaseState.SENT_ON, holder="Сетевая компания"),
    ]
    told = clock(steps[0].at, steps, WORKING, DAYS, ZONE, at("2026-11-12T10:00"))
    assert told.sent_on is not None
    assert (told.sent_on.due_on, told.due_on) == (date(2026, 11, 18), date(2026, 11, 18))
    assert told.holder == "Сетевая компания"


def test_where_we_answer_for_others_our_own_days_stay():
    """Law on consumer rights, art. 31: ten days, whoever looks into it."""
    rule = replace(CALENDAR, sent_on_days=7, answers_for_others=True)
    steps = [
        step(1, "2026-11-02T10:00", StepVerb.REGISTER, CaseState.REGISTERED),
        step(2, "2026-11-10T10:00", StepVerb.SEND_ON, CaseState.SENT_ON, holder="Сетевая компания"),
    ]
    told = clock(steps[0].at, steps, rule, DAYS, ZONE, at("2026-11-11T10:00"))
    assert told.sent_on is not None
    assert (told.sent_on.due_on, told.due_on) == (date(2026, 11, 17), date(2026, 11, 12))


AGREEING = replace(WORKING, agree_days=3)


def test_hours_for_a_visit_are_named_within_three_working_days_beside_the_answer():
    """Decree 354, p. 81(2). The 4th is a holiday."""
    steps = [step(1, "2026-11-02T10:00", StepVerb.REGISTER, CaseState.REGISTERED)]
    told = clock(steps[0].at, steps, AGREEING, DAYS, ZONE, at("2026-11-07T10:00"))
    assert told.agreement == Agreement(due_on=date(2026, 11, 6), kept_at=None, is_late=True)
    assert (told.due_on, told.is_late) == (date(2026, 11, 10), False)
    steps.append(step(2, "2026-11-06T18:00", StepVerb.DECIDE, CaseState.SATISFIED))
    kept = clock(steps[0].at, steps, AGREEING, DAYS, ZONE, at("2026-11-09T10:00"))
    assert kept.agreement == Agreement(due_on=date(2026, 11, 6), kept_at=steps[1].at, is_late=False)
    assert clock(steps[0].at, steps, WORKING, DAYS, ZONE, at("2026-11-09T10:00")).agreement is None


def test_it_waits_with_the_applicant_and_is_anothers_when_another_comes():
    steps = [
        step(1, "2026-11-02T10:00", StepVerb.REGISTER, CaseState.REGISTERED),
        step(2, "2026-11-03T10:00", StepVerb.ASK, CaseState.WAITING_FOR_APPLICANT),
    ]
    waiting = clock(steps[0].at, steps, AGREEING, DAYS, ZONE, at("2026-11-16T10:00")).agreement
    assert waiting is not None and not waiting.is_late
    steps.append(step(3, "2026-11-16T10:00", StepVerb.REPLY, CaseState.IN_REVIEW))
    going = clock(steps[0].at, steps, AGREEING, DAYS, ZONE, at("2026-11-16T10:00")).agreement
    assert going is not None and going.due_on == date(2026, 11, 18)
    steps.append(step(4, "2026-11-16T11:00", StepVerb.SEND_ON, CaseState.SENT_ON, holder="Сети"))
    assert clock(steps[0].at, steps, AGREEING, DAYS, ZONE, at("2026-11-16T12:00")).agreement is None


def test_an_answer_stops_it_and_reopening_gives_the_whole_term_again():
    steps = [
        step(1, "2026-11-02T10:00", StepVerb.REGISTER, CaseState.REGISTERED),
        step(2, "2026-11-13T10:00", StepVerb.DECIDE, CaseState.REFUSED),
        step(3, "2026-11-20T10:00", StepVerb.CLOSE, CaseState.CLOSED),
    ]
    stopped = clock(steps[0].at, steps, CALENDAR, DAYS, ZONE, at("2026-12-20T10:00"))
    assert stopped.answered_at == steps[1].at
    assert (stopped.is_late, stopped.days_left) == (True, None)

    steps.append(step(4, "2026-12-01T10:00", StepVerb.REOPEN, CaseState.IN_REVIEW))
    again = clock(steps[0].at, steps, CALENDAR, DAYS, ZONE, at("2026-12-02T10:00"))
    assert (again.answered_at, again.due_on, again.is_late) == (None, date(2026, 12, 11), False)
    assert again.received_at == steps[0].at


def test_the_narrowest_rule_holds():
    quality = DeadlineRule(kind="complaint", ground="quality", days=3, unit=DayUnit.WORKING, source="a")
    complaint = DeadlineRule(kind="complaint", days=30, unit=DayUnit.CALENDAR, source="b")
    other = DeadlineRule(kind="*", days=30, unit=DayUnit.CALENDAR, source="c")
    rules = Deadlines(rules=(complaint, quality), otherwise=other, escalate_before_days=2)
    assert rule_for(rules, "complaint", "quality") is quality
    assert rule_for(rules, "complaint", "rudeness") is complaint
    assert rule_for(rules, "consultation", None) is other
    by_phone = replace(complaint, channel="phone", days=3)
    rules = replace(rules, rules=(complaint, by_phone, quality))
    assert rule_for(rules, "complaint", "rudeness", "phone") is by_phone
    assert rule_for(rules, "complaint", "rudeness", "email") is complaint
    assert rule_for(rules, "complaint", "quality", "phone") is quality


DATES = st.dates(date(2025, 12, 1), date(2026, 12, 31))


@given(DATES, st.integers(1, 40), st.sampled_from(list(DayUnit)))
def test_a_term_ends_on_a_working_day_and_never_early(day, count, unit):
    rule = DeadlineRule(kind="x", days=count, unit=unit, source="")
    due = first_due(datetime.combine(day, datetime.min.time(), ZONE), rule, DAYS, ZONE)
    assert DAYS.is_worked(due)
    assert due >= day + timedelta(days=count)
    if unit is DayUnit.WORKING:
        assert DAYS.between(day, due) == count
    else:
        assert not any(DAYS.is_worked(day + timedelta(days=n)) for n in range(count, (due - day).days))


@given(DATES, st.integers(0, 30), st.integers(0, 30), st.sampled_from([CALENDAR, WORKING]))
def test_a_pause_never_brings_the_day_nearer(day, asked_after, answered_after, rule):
    start = datetime.combine(day, datetime.min.time(), ZONE)
    asked, answered = (
        start + timedelta(days=asked_after),
        start + timedelta(days=asked_after + answered_after),
    )
    steps = [
        Step(case_id=CASE, no=1, at=start, by=BY, verb=StepVerb.REGISTER, state=CaseState.REGISTERED),
        Step(case_id=CASE, no=2, at=asked, by=BY, verb=StepVerb.ASK, state=CaseState.WAITING_FOR_APPLICANT),
        Step(case_id=CASE, no=3, at=answered, by=BY, verb=StepVerb.REPLY, state=CaseState.IN_REVIEW),
    ]
    told = clock(start, steps, rule, DAYS, ZONE, answered)
    plain = first_due(start, rule, DAYS, ZONE)
    assert plain <= told.due_on
    assert DAYS.is_worked(told.due_on)
    if answered_after == 0:
        assert told.due_on == plain
    if rule is WORKING:
        assert DAYS.between(plain, told.due_on) == DAYS.between(asked.date(), answered.date())
