"""The state's calendar as a file: a row for each day that is not what its weekday says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import msgspec

from domain.kernel.working_days import CalendarDay

COLUMNS = ("day", "is_worked", "name")
LEAST_OFF, MOST_OFF = 8, 40
"""Weekdays off in a year: the Labour Code, art. 112, names 14 days; fewer means that a piece is missing."""
_YES = frozenset({"1", "yes", "true", "да", "рабочий"})
_NO = frozenset({"0", "no", "false", "нет", "выходной"})
_NAME_CHARS = 200
_SATURDAY = 5


class CalendarFault(msgspec.Struct, frozen=True, kw_only=True):
    """`row_no` as the file counts, the header being 1; 0: the file."""

    row_no: int
    text: str


class CalendarRead(msgspec.Struct, frozen=True, kw_only=True):
    """`days` are for good only when there are no faults. `plain` rows say what the weekday says anyway."""

    days: tuple[CalendarDay, ...]
    years: tuple[int, ...]
    plain: int
    faults: tuple[CalendarFault, ...]


def read(rows: Iterable[tuple[int, Mapping[str, str] | None]]) -> CalendarRead:
    """All faults at once, never the first alone."""
    days: dict[date, CalendarDay] = {}
    faults: list[CalendarFault] = []
    for row_no, cells in rows:
        found = _day(row_no, cells)
        if isinstance(found, CalendarFault):
            faults.append(found)
        elif found.day in days:
            faults.append(CalendarFault(row_no=row_no, text=f"{found.day} stands in the file twice"))
        else:
            days[found.day] = found
    exceptions = tuple(one for _, one in sorted(days.items()) if one.is_worked == _is_weekend(one.day))
    years = tuple(sorted({day.year for day in days}))
    return CalendarRead(
        days=exceptions,
        years=years,
        plain=len(days) - len(exceptions),
        faults=(*faults, *_of_years(years, exceptions)),
    )


def _day(row_no: int, cells: Mapping[str, str] | None) -> CalendarDay | CalendarFault:
    if cells is None:
        return CalendarFault(row_no=row_no, text="has more cells than the header")
    day, said = cells.get("day", "").strip(), cells.get("is_worked", "").strip().lower()
    try:
        read_day = date.fromisoformat(day)
    except ValueError:
        return CalendarFault(row_no=row_no, text=f"day: “{day[:40]}” is no date such as 2027-01-01")
    if said not in _YES | _NO:
        return CalendarFault(row_no=row_no, text=f"is_worked: “{said[:40]}” is neither yes nor no")
    name = cells.get("name", "").strip()
    if len(name) > _NAME_CHARS:
        return CalendarFault(row_no=row_no, text=f"name: longer than {_NAME_CHARS} characters")
    return CalendarDay(day=read_day, is_worked=said in _YES, name=name)


def _is_weekend(day: date) -> bool:
    return day.weekday() >= _SATURDAY


def _of_years(years: Sequence[int], days: Sequence[CalendarDay]) -> list[CalendarFault]:
    if not years:
        return [CalendarFault(row_no=0, text="there is no day in the file")]
    off = Counter(one.day.year for one in days if not one.is_worked)
    return [
        CalendarFault(
            row_no=0,
            text=f"{year}: {off[year]} weekdays off; a whole year has {LEAST_OFF} to {MOST_OFF}",
        )
        for year in years
        if not LEAST_OFF <= off[year] <= MOST_OFF
    ]
