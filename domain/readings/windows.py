"""When readings are taken for which period, and what passes for plausible: data, per group of accounts."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from domain.kernel.calendar import Period, first_day, months_before, next_period, period_of
from domain.kernel.terms import Term

DayOfMonth = Annotated[int, Meta(ge=1, le=31)]


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """From which to which day of the month readings are taken; what comes later counts for the next period.

    When it closes on an earlier day than it opens (25 to 3), it spans the end of the month: then the
    period is the month in which it opens. A 31 in a shorter month is its last day. `outside` says whether
    readings between two windows are taken with a warning or refused.
    """

    opens_day: DayOfMonth
    closes_day: DayOfMonth
    outside: Literal["warn", "refuse"] = "warn"

    @property
    def _spans_months(self) -> bool:
        return self.closes_day < self.opens_day

    def period_on(self, day: date) -> Period:
        """The period that a reading received on `day` counts for."""
        month = period_of(day)
        is_over = day > _day_of(month, self.closes_day)
        if self._spans_months:
            return month if is_over else period_of(first_day(month) - timedelta(days=1))
        return next_period(month) if is_over else month

    def opens_on(self, period: Period) -> date:
        return _day_of(period, self.opens_day)

    def closes_on(self, period: Period) -> date:
        """The cut-off: the last day on which readings of the period are taken and corrected."""
        return _day_of(next_period(period) if self._spans_months else period, self.closes_day)

    def counts_from(self, period: Period) -> date:
        """The first day on which what is received counts for the period."""
        return self.closes_on(months_before(period, 2)[-1]) + timedelta(days=1)

    def is_open_on(self, day: date) -> bool:
        return day >= self.opens_on(self.period_on(day))


def _day_of(period: Period, day: int) -> date:
    first = first_day(period)
    return first.replace(day=min(day, monthrange(first.year, first.month)[1]))


class ReadingWindows(Term, frozen=True, kw_only=True):
    """By the group of the account: its own, or its kind ("unified", "contract")."""

    name = "readings.windows"

    groups: Mapping[str, Window]


class ServiceLimits(msgspec.Struct, frozen=True, kw_only=True):
    """In units of the service by day: up to `usual_per_day` an average is not asked, above `most_per_day`
    nothing passes while there is no average. None: the group's own, and no bound."""

    usual_per_day: Decimal | None = None
    most_per_day: Decimal | None = None


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What passes for plausible.

    `power_factor` and `average_factor`: how many times the contract's power and the average of a year a
    day's mean may reach; below `usual_per_day` units of a day the average is not asked. The average needs
    `average_least_days`. `rollover_share`: of the dial, how much a passage through zero may have counted
    when nothing else tells. `sum_tolerance`: units by which zones and their total may differ. `services`:
    bounds by the code of the service, for a cubic metre is no kilowatt-hour.
    """

    power_factor: Decimal = Decimal("1.2")
    average_factor: Decimal = Decimal(5)
    usual_per_day: Decimal = Decimal(20)
    average_least_days: int = 60
    zero_periods: int = 3
    rollover_share: Decimal = Decimal("0.1")
    sum_tolerance: Decimal = Decimal(3)
    ahead_days: int = 0
    oldest_days: int = 62
    services: Mapping[str, ServiceLimits] = {}

    def of_service(self, code: str) -> ServiceLimits:
        return self.services.get(code, ServiceLimits())


class ReadingLimits(Term, frozen=True, kw_only=True):
    name = "readings.limits"

    groups: Mapping[str, Limits]


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """Both, of one group, as they hold on one day."""

    window: Window
    limits: Limits
