"""Which days are worked: weekends, state holidays, and days that the government moves.

Source: Labour Code, art. 111-112, and the government's yearly decree. The days are data (table
`calendar_days`); a year nobody has told of has only its weekends off.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Protocol

import msgspec

_DAY = timedelta(days=1)
_SATURDAY = 5


class WorkingDays(msgspec.Struct, frozen=True, kw_only=True):
    """`off` are weekdays that are not worked, `on` Saturdays and Sundays that are."""

    off: frozenset[date] = frozenset()
    on: frozenset[date] = frozenset()

    def is_worked(self, day: date) -> bool:
        if day.weekday() >= _SATURDAY:
            return day in self.on
        return day not in self.off

    def next_worked(self, day: date) -> date:
        """`day` itself, or the first working day after it (Civil Code, art. 193)."""
        while not self.is_worked(day):
            day += _DAY
        return day

    def after(self, day: date, count: int) -> date:
        """The `count`-th working day after `day`; `day` itself for 0."""
        for _ in range(count):
            day = self.next_worked(day + _DAY)
        return day

    def between(self, since: date, until: date) -> int:
        """How many working days follow `since` up to `until`, which counts."""
        return sum(self.is_worked(day) for day in _days_after(since, until))


def _days_after(since: date, until: date) -> Iterator[date]:
    while since < until:
        since += _DAY
        yield since


class CalendarDay(msgspec.Struct, frozen=True, kw_only=True):
    """A weekday that is off, or a Saturday or Sunday that is worked."""

    day: date
    is_worked: bool
    name: str


class Calendar(Protocol):
    async def working_days(self) -> WorkingDays:
        """As far as they are known."""

    async def days(self) -> list[CalendarDay]:
        """The same with their names, the earliest first."""

    async def replace(self, years: Sequence[int], days: Sequence[CalendarDay]) -> None:
        """These are all the days of these years."""
