"""When an autopay pays, what it does when its owner says otherwise, and its link."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from domain.accounts.debtors import Debtor
from domain.accounts.due_dates import DueDates, DueRule
from domain.kernel.ids import AccountId, AutopayId, SavedMethodId, UserId
from domain.kernel.lifecycle import ForbiddenMove
from domain.kernel.money import Money
from domain.kernel.working_days import WorkingDays
from domain.payments.autopay.rules import (
    Autopay,
    AutopayState,
    AutopayStopped,
    AutopayTerms,
    AutopayWhen,
    DueCalendar,
    Owed,
    Plan,
    Reason,
)
from domain.payments.autopay.runs import Run, RunState, announce_at, earliest_day, pay_at
from domain.payments.autopay.stopping import AutopayLinkWrong, AutopayStop

NOON = datetime(2026, 11, 20, 7, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Yekaterinburg")
TERMS = AutopayTerms(told_days_before=2, hour=10, retry_after_days=(1, 3), wait_hours=24, most_rules=10)
CALENDAR = DueCalendar(
    due_dates=DueDates(rules={Debtor.RESIDENT: (DueRule(since=date(2020, 1, 1), day=15),)}),
    days=WorkingDays(),
    owed=Owed(debtor=Debtor.RESIDENT),
)
LATE = replace(CALENDAR, owed=Owed(debtor=Debtor.RESIDENT, billed={"2026-10": date(2026, 12, 15)}))
"""October's bill was handed over after 05.11."""


def autopay(**when):
    plan = Plan(saved_method_id=SavedMethodId(uuid4()), limit=Money(100), **(when or {"day_of_month": 10}))
    return Autopay.planned(AutopayId(uuid4()), AccountId(uuid4()), UserId(uuid4()), plan.checked(), NOON)


@pytest.mark.parametrize(
    ("when", "earliest", "day"),
    [
        ({"day_of_month": 10}, date(2026, 11, 10), date(2026, 11, 10)),
        ({"day_of_month": 10}, date(2026, 11, 11), date(2026, 12, 10)),
        ({"day_of_month": 28}, date(2026, 12, 29), date(2027, 1, 28)),
        # October is due on Sunday 15.11: on Monday the 16th.
        ({"days_before_due": 0}, date(2026, 11, 1), date(2026, 11, 16)),
        ({"days_before_due": 3}, date(2026, 11, 13), date(2026, 11, 13)),
        ({"days_before_due": 3}, date(2026, 11, 14), date(2026, 12, 12)),
        ({"days_before_due": 14}, date(2026, 12, 31), date(2027, 1, 1)),
    ],
)
def test_the_day_it_pays(when, earliest, day):
    assert autopay(**when).next_pay_day(earliest, CALENDAR) == day


@pytest.mark.parametrize(
    ("before", "earliest", "day"),
    [
        (3, date(2026, 11, 1), date(2026, 12, 12)),
        (0, date(2026, 11, 16), date(2026, 12, 15)),
        (0, date(2026, 12, 16), date(2027, 1, 15)),
    ],
)
def test_a_bill_handed_over_late_is_paid_by_the_day_that_stands_on_it(before, earliest, day):
    assert autopay(days_before_due=before).next_pay_day(earliest, LATE) == day


def test_a_day_chosen_before_the_bill_came_late_is_put_off():
    october, november = (
        autopay(days_before_due=0).awaiting(due, NOON) for due in (date(2026, 11, 16), date(2026, 12, 15))
    )
    assert october.is_put_off(LATE) and not october.is_put_off(CALENDAR)
    assert not november.is_put_off(LATE)
    # A rule that now names an earlier day, or a day of the month: this occasion stays.
    assert not autopay(days_before_due=0).awaiting(date(2026, 11, 18), NOON).is_put_off(LATE)
    assert not autopay().awaiting(date(2026, 11, 16), NOON).is_put_off(LATE)


def test_nobody_pays_before_they_were_told():
    assert earliest_day(NOON, TERMS, ZONE) == date(2026, 11, 22)
    told = announce_at(date(2026, 11, 28), TERMS, ZONE)
    assert (told, pay_at(date(2026, 11, 28), TERMS, ZONE) - told) == (
        datetime(2026, 11, 26, 5, tzinfo=UTC),
        timedelta(days=2),
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"day_of_month": 1, "days_before_due": 1},
        {"day_of_month": 29},
        {"day_of_month": 0},
        {"days_before_due": 15},
        {"days_before_due": -1},
    ],
)
def test_plans_that_are_none(wrong):
    with pytest.raises(AutopayWhen):
        Plan(saved_method_id=SavedMethodId(uuid4()), limit=Money(1), **wrong).checked()


def test_a_paused_one_goes_on_and_a_stopped_one_never():
    one = autopay().awaiting(date(2026, 12, 10), NOON).paused(Reason.ABOVE_LIMIT)
    assert (one.state, one.reason, one.next_at) == (AutopayState.PAUSED, Reason.ABOVE_LIMIT, None)
    again = one.replanned(one.plan)
    assert (again.state, again.reason, again.occasion) == (AutopayState.ACTIVE, None, date(2026, 12, 10))
    with pytest.raises(AutopayStopped):
        again.stopped(Reason.BY_LINK).replanned(one.plan)


def test_each_try_is_a_payment_of_its_own():
    run = Run(
        account_id=AccountId(uuid4()),
        autopay_id=AutopayId(uuid4()),
        occasion=date(2026, 11, 28),
        pay_on=date(2026, 11, 28),
        amount=Money(100),
        state=RunState.ANNOUNCED,
        announced_at=NOON,
    )
    first = run.next_payment_id
    assert first == run.next_payment_id
    again = run.paying(first).put_off(date(2026, 11, 29), "insufficient_funds")
    assert again.next_payment_id != first and again.occasion == run.occasion
    done = again.paying(again.next_payment_id).ended(RunState.PAID, NOON)
    with pytest.raises(ForbiddenMove):
        done.paying(first)


def test_the_link_stops_one_and_cannot_be_made_out_of_anothers():
    stop = AutopayStop(account_id=AccountId(uuid4()), autopay_id=AutopayId(uuid4()))
    token = stop.token(b"key")
    assert AutopayStop.read(token, (b"newer", b"key")) == stop
    other = AutopayStop(account_id=stop.account_id, autopay_id=AutopayId(uuid4())).token(b"key")
    for wrong in (token[:-1], token[:30] + other[30:], "", "я" * 10, stop.token(b"another")):
        with pytest.raises(AutopayLinkWrong):
            AutopayStop.read(wrong, (b"key",))
