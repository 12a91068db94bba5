"""A workbook as whoever fills it sees it: sheets of plain cells."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Protocol

import msgspec

from domain.kernel.errors import Unavailable
from domain.kernel.money import Money

Cell = str | int | Decimal | Money | date | datetime | None
"""Money is written in roubles, times in the region's zone, text always as text."""


class WorkbooksBusy(Unavailable):
    code = "workbooks-busy"
    text = "Too many files are being made at this moment"
    remedy = "Try again in a minute"


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """`above` the table stands what a paper begins with, its title first; `below` it what it adds up to."""

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    above: Sequence[str] = ()
    below: Sequence[Sequence[Cell]] = ()


class Workbooks(Protocol):
    async def write(self, sheets: Sequence[Sheet]) -> IO[bytes]:
        """An .xlsx at its beginning, for the caller to close. WorkbooksBusy."""
