"""What the rules look at, and what a rule is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

import msgspec

from domain.kernel.calendar import Period
from domain.readings.meters import Direction, Meter, Register
from domain.readings.past import Kept, Past
from domain.readings.readings import Finding, Severity
from domain.readings.windows import Limits, Window


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """One register's value and all it is judged by.

    `zones` are the values of the period by zone in the same direction, those of this reading and those
    that stand. `corrects` is the value of a closed period that this one should stand instead of, `later` one
    that stands and was taken on a later day, `overtaken_by` one of this period that was sent after this one.
    """

    meter: Meter
    zone: str
    direction: Direction
    value: Decimal
    taken_on: date
    received_on: date
    period: Period
    window: Window
    limits: Limits
    past: Past = Past()
    zones: Mapping[str, Decimal] = {}
    corrects: Kept | None = None
    later: Kept | None = None
    overtaken_by: Kept | None = None

    @property
    def register(self) -> Register | None:
        return self.meter.register(self.zone, self.direction)

    @property
    def dial(self) -> Decimal:
        """The figure at which the register passes through zero."""
        return Decimal(10) ** self.meter.digit_count

    @property
    def days(self) -> int:
        """Since the value it is compared with; at least one."""
        return max(1, (self.taken_on - self.past.last.on).days) if self.past.last else 1

    @property
    def goes_back(self) -> bool:
        return self.past.last is not None and self.value < self.past.last.value

    @property
    def rolled_over(self) -> bool:
        """Whether the register may have passed through zero since the last value."""
        return self.goes_back and self._rolled / self.days <= self._rollover_most_per_day

    @property
    def _rolled(self) -> Decimal:
        """Consumption if the register has passed through zero."""
        assert self.past.last is not None
        return (self.dial - self.past.last.value + self.value) * self.meter.transformation_ratio

    @property
    def _rollover_most_per_day(self) -> Decimal:
        known = [most for most in (self.power_per_day, self.average_most_per_day) if most is not None]
        share = self.limits.rollover_share * self.dial * self.meter.transformation_ratio
        return min(known, default=share / self.days)

    @property
    def consumption(self) -> Decimal | None:
        """Since the last value, with the transformation ratio; None when it cannot be told."""
        if self.past.last is None or (self.goes_back and not self.rolled_over):
            return None
        if self.goes_back:
            return self._rolled
        return (self.value - self.past.last.value) * self.meter.transformation_ratio

    @property
    def power_per_day(self) -> Decimal | None:
        """The most that the contract's power lets through in a day, with the allowance."""
        if self.meter.max_power_kw is None:
            return None
        return self.meter.max_power_kw * 24 * self.limits.power_factor

    @property
    def average_most_per_day(self) -> Decimal | None:
        """So many times the average; what such a service may reach at all while none is known."""
        service = self.limits.of_service(self.meter.service_code)
        if self.past.daily_average is None:
            return service.most_per_day
        usual = self.limits.usual_per_day if service.usual_per_day is None else service.usual_per_day
        return max(self.past.daily_average * self.limits.average_factor, usual)


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """`broken` gives the fields of the texts when the value breaks the rule, else None."""

    code: str
    severity: Severity
    text: str
    expected: str = ""
    remedy: str = ""
    may_insist: bool = False
    broken: Callable[[Facts], Mapping[str, str] | None]

    def finding(self, facts: Facts) -> Finding | None:
        fields = self.broken(facts)
        if fields is None:
            return None
        return Finding(
            code=self.code,
            severity=self.severity,
            text=self.text,
            fields=dict(fields),
            expected=self.expected,
            remedy=self.remedy,
            may_insist=self.may_insist,
        )


def figure(value: Decimal) -> str:
    """A number as people write it: without an exponent or trailing zeros."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
