"""A file of key rates, checked row by row: a day and the rate in force from it on.

The Bank of Russia publishes a row a day ("Дата", "Ставка"); rows that change nothing are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

import msgspec

from domain.accounts.import_cells import Cells, Code, Fault
from domain.accounts.penalties.rates import KeyRate

COLUMNS = ("valid_from", "rate_percent")
_SYNONYMS = {"дата": "valid_from", "date": "valid_from", "ставка": "rate_percent", "rate": "rate_percent"}
_RUSSIAN_DAY = re.compile(r"(\d{2})\.(\d{2})\.(\d{4})")
_FIRST_DAY = date(2013, 9, 13)
"""The day the Bank of Russia began to set a key rate."""
_AHEAD = timedelta(days=92)
_MOST_BASIS_POINTS = 10_000
MOST_ROWS = 20_000


class RatesRead(msgspec.Struct, frozen=True, kw_only=True):
    """`rates` are the days on which the rate changes, the oldest first. With `faults` they are of no use."""

    rows: int
    rates: Sequence[KeyRate]
    faults: Sequence[Fault]


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """What a file adds, what it says otherwise (before, now), and how many rates it repeats."""

    added: Sequence[KeyRate]
    changed: Sequence[tuple[KeyRate, KeyRate]]
    repeated: int


def rate_header_faults(header: Iterable[str]) -> list[Fault]:
    names = [_ours(name) for name in header]
    missing = [name for name in COLUMNS if name not in names]
    twice = [name for name in COLUMNS if names.count(name) > 1]
    return [Fault(row_no=1, field=name, code=Code.COLUMN_MISSING) for name in missing] + [
        Fault(row_no=1, field=name, code=Code.COLUMN_TWICE) for name in twice
    ]


def rates_read(rows: Iterable[tuple[int, Mapping[str, str] | None]], today: date) -> RatesRead:
    """`rows` as a table gives them: number and cells by column."""
    by_day: dict[date, KeyRate] = {}
    faults: list[Fault] = []
    count = 0
    for row_no, cells in rows:
        count += 1
        if cells is None or count > MOST_ROWS:
            faults.append(
                Fault(row_no=row_no, field="", code=Code.CELLS_DIFFER if cells is None else Code.TOO_LONG)
            )
            break
        read = Cells(row_no, {_ours(name): _iso(cell) for name, cell in cells.items()}, today)
        rate = _rate(read, today, by_day)
        faults += read.faults
        if not read.faults:
            by_day[rate.valid_from] = rate
    if not count:
        faults.append(Fault(row_no=0, field="rows", code=Code.NO_ROWS))
    return RatesRead(rows=count, rates=_changes(sorted(by_day.values())), faults=faults)


def compared(rates: Sequence[KeyRate], known: Iterable[KeyRate]) -> Compared:
    before = {one.valid_from: one for one in known}
    return Compared(
        added=[one for one in rates if one.valid_from not in before],
        changed=[
            (before[one.valid_from], one)
            for one in rates
            if one.valid_from in before and before[one.valid_from] != one
        ],
        repeated=sum(before.get(one.valid_from) == one for one in rates),
    )


def _rate(cells: Cells, today: date, by_day: Mapping[date, KeyRate]) -> KeyRate:
    day = cells.day("valid_from")
    # A per cent with two decimals is read as roubles with kopecks are.
    basis_points = cells.money("rate_percent", may_be_negative=False).kopecks
    rate = KeyRate(valid_from=day, basis_points=basis_points)
    if not cells.faults and not _FIRST_DAY <= day <= today + _AHEAD:
        cells.fault("valid_from", Code.PERIOD_TOO_FAR)
    if not cells.faults and not 0 < basis_points <= _MOST_BASIS_POINTS:
        cells.fault("rate_percent", Code.NOT_A_NUMBER)
    if not cells.faults and by_day.get(day, rate) != rate:
        cells.fault("valid_from", Code.CONTRADICTS)
    return rate


def _changes(rates: Sequence[KeyRate]) -> list[KeyRate]:
    found: list[KeyRate] = []
    for rate in rates:
        if not found or found[-1].basis_points != rate.basis_points:
            found.append(rate)
    return found


def _ours(name: str) -> str:
    plain = " ".join(name.lower().split())
    return _SYNONYMS.get(plain, plain)


def _iso(cell: str) -> str:
    found = _RUSSIAN_DAY.fullmatch(cell.strip())
    return f"{found[3]}-{found[2]}-{found[1]}" if found else cell
