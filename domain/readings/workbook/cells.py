"""What stands in a cell, as numbers and days. People write numbers and days in many ways; a guess that
could be wrong is not made: it is a fault that the sender is told of."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import isfinite

import msgspec

from domain.readings.submissions import VALUE_MAX_DIGITS
from domain.readings.workbook_rows import RowFault

TEXT_CHARS = 200
_EXACT = 10**15


class Broken(msgspec.Struct, frozen=True):
    """A cell that a spreadsheet shows something in and the file has no value of."""

    fault: RowFault
    text: str = ""


Cell = str | int | float | bool | date | datetime | time | timedelta | Broken | None
Row = Sequence[Cell]


class RawSheet(msgspec.Struct, frozen=True, kw_only=True):
    """Rows that are not blank, each with its number from 1; its first cell is of column A. `merged` has
    first row, first column, last row, last column, all from 1."""

    name: str
    no: int = 1
    is_hidden: bool = False
    rows: Sequence[tuple[int, Row]]
    merged: Sequence[tuple[int, int, int, int]] = ()


_SPACES = re.compile(r"[\s\u00a0\u2007\u2009\u202f\ufeff]+")
_DASHES = str.maketrans({"−": "-", "–": "-", "—": "-", "‑": "-"})
_NOTHING = re.compile(r"[-_.\s]*")
_UNIT = re.compile(r"\s*(квт\s*[*·•.xх\-/]?\s*ч(ас)?|kwh|квар\s*[*·•.xх\-/]?\s*ч|м3|м³|куб\.?\s*м)\.?$")
_PLAIN = re.compile(r"([0-9]+)(?:[.,]([0-9]*))?")
_GROUPED = (
    re.compile(r"([0-9]{1,3}(?:[ '][0-9]{3})+)(?:[.,]([0-9]+))?"),
    re.compile(r"([0-9]{1,3}(?:\.[0-9]{3})+),([0-9]+)"),
    re.compile(r"([0-9]{1,3}(?:,[0-9]{3})+)\.([0-9]+)"),
    re.compile(r"([0-9]{1,3}(?:\.[0-9]{3}){2,})()"),
    re.compile(r"([0-9]{1,3}(?:,[0-9]{3}){2,})()"),
)
_NOT_DIGITS = re.compile(r"[^0-9]")
_ERROR = re.compile(
    r"#(REF|VALUE|DIV/0|NAME|N/A|NUM|NULL|SPILL|CALC|ССЫЛКА|ЗНАЧ|ДЕЛ/0|ИМЯ|Н/Д|ЧИСЛО|ПУСТО)[!?]?"
    r"|(Err|Ошибка):[0-9]+",
    re.IGNORECASE,
)


def text(cell: Cell) -> str:
    """As a person sees it, in one line. A number that is whole has no fraction (files keep all numbers
    as floating ones)."""
    if isinstance(cell, str):
        return _SPACES.sub(" ", cell).strip()[:TEXT_CHARS]
    if cell is None:
        return ""
    if isinstance(cell, float):
        return _of_float(cell)
    if isinstance(cell, Broken):
        return cell.text
    return str(cell)


def is_blank(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and (not cell or cell.isspace()))


def number(cell: Cell) -> Decimal | RowFault | None:
    """None where nothing is filled in (a dash is nothing). At most VALUE_MAX_DIGITS digits, not below
    zero. A comma and a point alone are both decimal; a space only parts thousands."""
    if isinstance(cell, Broken):
        return cell.fault
    if isinstance(cell, float | int) and not isinstance(cell, bool):
        return _number_of_number(cell)
    if isinstance(cell, str | None):
        return _number_of_text(text(cell))
    return RowFault.NOT_A_NUMBER  # a day: "12.05" becomes one while it is typed


def _number_of_number(cell: float) -> Decimal | RowFault:
    if not isfinite(cell) or abs(cell) >= 10**VALUE_MAX_DIGITS:
        return RowFault.NOT_A_NUMBER
    if cell < 0:
        return RowFault.NEGATIVE
    return Decimal(_of_float(float(cell)))


def _of_float(cell: float) -> str:
    """A spreadsheet keeps 15 digits: what comes after them is the noise of binary arithmetic."""
    if cell.is_integer() and abs(cell) < _EXACT:
        return str(int(cell))
    if not isfinite(cell):
        return str(cell)
    exact = Decimal(format(cell, ".15g"))
    return format(exact.normalize() if exact != exact.to_integral() else exact.to_integral(), "f")


def _number_of_text(written: str) -> Decimal | RowFault | None:
    plain = _UNIT.sub("", written.translate(_DASHES).lower())
    if _NOTHING.fullmatch(plain):
        return None
    if _ERROR.fullmatch(written):
        return RowFault.CELL_ERROR
    sign, digits = ("-", plain[1:].lstrip()) if plain.startswith("-") else ("", plain.removeprefix("+"))
    found = _PLAIN.fullmatch(digits) or next((m for one in _GROUPED if (m := one.fullmatch(digits))), None)
    if not found or len(digits) > VALUE_MAX_DIGITS:
        return RowFault.NOT_A_NUMBER
    value = Decimal(f"{_NOT_DIGITS.sub('', found[1])}.{found[2] or '0'}")
    if sign and value:
        return RowFault.NEGATIVE
    return value if found[2] else value.to_integral()


_EPOCH = date(1899, 12, 30)
_FIRST, _LAST = date(2000, 1, 1), date(2100, 1, 1)
_MONTHS = ("янв", "фев", "мар", "апр", "ма", "июн", "июл", "авг", "сен", "окт", "ноя", "дек")
_CLOCK = r"(?:[ t,]+[0-9]{1,2}[:.][0-9]{2}(?:[:.][0-9]{2}(?:[.,][0-9]+)?)?)?z?"
_YEAR_END = r"\s*(?:г\.?|года)?"
_DAY_FIRST = re.compile(
    rf"([0-9]{{1,2}})[./\-]([0-9]{{1,2}})[./\-]([0-9]{{4}}|[0-9]{{2}}){_YEAR_END}{_CLOCK}"
)
_YEAR_FIRST = re.compile(rf"([0-9]{{4}})[./\-]([0-9]{{1,2}})[./\-]([0-9]{{1,2}}){_CLOCK}")
_IN_WORDS = re.compile(rf"[«\"]?([0-9]{{1,2}})[»\"]? ([а-я]+)\.? ([0-9]{{4}}|[0-9]{{2}}){_YEAR_END}{_CLOCK}")


def day(cell: Cell) -> date | RowFault | None:
    """A day of this century: a date, the number a spreadsheet keeps it as, or text (25.11.2026,
    2026-11-25, 25 ноября 2026 г.), with or without the hour."""
    if isinstance(cell, Broken):
        return cell.fault
    found = _day(cell)
    if found is None and not is_blank(cell) and not _NOTHING.fullmatch(text(cell).translate(_DASHES)):
        return RowFault.NOT_A_DAY
    return found if found is None or _FIRST <= found < _LAST else RowFault.NOT_A_DAY


def _day(cell: Cell) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, float | int) and not isinstance(cell, bool):
        inside = (_FIRST - _EPOCH).days <= cell < (_LAST - _EPOCH).days
        return _EPOCH + timedelta(days=int(cell)) if inside else None
    return day_in_words(text(cell)) if isinstance(cell, str) else None


def day_in_words(written: str) -> date | None:
    """None when it is no day."""
    plain = written.lower()
    if found := _DAY_FIRST.fullmatch(plain):
        return _dated(found[3], found[2], found[1])
    if found := _YEAR_FIRST.fullmatch(plain):
        return _dated(found[1], found[2], found[3])
    if found := _IN_WORDS.fullmatch(plain):
        months = [no for no, stem in enumerate(_MONTHS, start=1) if found[2].startswith(stem)]
        # "мар" begins with "ма" too: March is the longer stem.
        return _dated(found[3], str(months[0]), found[1]) if months else None
    return None


def _dated(year: str, month: str, day_no: str) -> date | None:
    try:
        return date(int(year) + (2000 if len(year) == 2 else 0), int(month), int(day_no))
    except ValueError:
        return None
