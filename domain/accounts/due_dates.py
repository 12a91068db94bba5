"""The day by which a month's bill is paid.

Source: Housing Code, art. 155 p. 1 as amended by 177-FZ of 24.06.2025 (the 15th instead of the 10th since
01.03.2026) and p. 2.1 (a bill handed over late); Government decree 442, p. 82; a day off moves it to the next
working day (Civil Code, art. 193).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from domain.accounts.debtors import Debtor
from domain.kernel.calendar import Period, first_day, next_period, period_of
from domain.kernel.terms import Term
from domain.kernel.working_days import WorkingDays


class DueRule(msgspec.Struct, frozen=True, kw_only=True):
    """A month is due on `day` (1-28) of the next one, for due dates from `since` on. Where its bill must be
    handed over by the day `billed_by` of that month and was not, it is due with the month it was handed over
    in.

    `source` is the rule in words, `late_source` that of bills handed over late.
    """

    since: date
    day: int
    source: str = ""
    billed_by: int | None = None
    late_source: str = ""


class DueDates(Term, frozen=True, kw_only=True):
    """The rules by kind of debtor; whoever is not named pays as residents do."""

    name = "accounts.due-dates"

    rules: Mapping[Debtor, tuple[DueRule, ...]]

    def of(self, debtor: Debtor) -> tuple[DueRule, ...]:
        return self.rules.get(debtor) or self.rules[Debtor.RESIDENT]


def due_on(
    period: Period, rules: Sequence[DueRule], days: WorkingDays, billed_on: date | None = None
) -> date:
    """The last day to pay for `period` without delay. The newest rule counts whose own day it would be:
    rules change by due date, not by period. LookupError when the period is older than every rule."""
    if is_billed_late(period, rules, days, billed_on) and billed_on is not None:
        period = period_of(billed_on)
    return days.next_worked(_stated(period, rules)[0])


def is_billed_late(
    period: Period, rules: Sequence[DueRule], days: WorkingDays, billed_on: date | None
) -> bool:
    """Whether a bill handed over on that day (None: not by us) moves the due date. LookupError as above."""
    stated, rule = _stated(period, rules)
    if billed_on is None or rule.billed_by is None:
        return False
    return billed_on > days.next_worked(stated.replace(day=rule.billed_by))


def due_rule(period: Period, rules: Sequence[DueRule]) -> DueRule:
    """Which of `rules` sets the due date of `period`."""
    return _stated(period, rules)[1]


def _stated(period: Period, rules: Sequence[DueRule]) -> tuple[date, DueRule]:
    month = first_day(next_period(period))
    for rule in sorted(rules, key=lambda rule: rule.since, reverse=True):
        stated = month.replace(day=rule.day)
        if stated >= rule.since:
            return stated, rule
    raise LookupError(f"no due date for {period}")
