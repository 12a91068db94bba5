"""Sheets as an .xlsx. What people typed stays text: a name that begins with "=" is never a formula."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, tzinfo
from decimal import Decimal
from tempfile import SpooledTemporaryFile
from typing import IO, Any, cast

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import Cell as OpenpyxlCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from domain.kernel.money import Money
from domain.kernel.sheets import Cell, Sheet

IN_MEMORY_BYTES = 4 * 1024**2
_CELL_CHARACTERS = 32_767
_TITLE_CHARACTERS = 31
_EXACT = 10**15
"""A spreadsheet keeps 15 digits of a number: longer ones are written as text."""
# What XML 1.0 cannot hold, lone surrogates too; line ends and tabs it can.
_UNPRINTABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\x7f-\x9f]")
_TITLE_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")
_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_ROUBLES = "#,##0.00"
_WIDTH = (10, 60)


def written(sheets: Sequence[Sheet], zone: tzinfo) -> IO[bytes]:
    workbook = Workbook(write_only=True)
    for sheet in sheets:
        _add(workbook, sheet, zone)
    file = SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115 - the caller closes it
    workbook.save(cast(IO[bytes], file))
    file.seek(0)
    return cast(IO[bytes], file)


def _add(workbook: Workbook, sheet: Sheet, zone: tzinfo) -> None:
    page = cast(Any, workbook.create_sheet(_title(sheet.title)))
    if not sheet.above:
        page.freeze_panes = "A2"
    for number, width in enumerate(_widths(sheet), start=1):
        page.column_dimensions[get_column_letter(number)].width = width
    for no, text in enumerate(sheet.above):
        page.append([_text(page, text) if no else _heading(page, text)])
    if sheet.headings:
        page.append([_heading(page, text) for text in sheet.headings])
    for row in sheet.rows:
        page.append([_cell(page, value, zone) for value in row])
    for row in sheet.below:
        page.append([_bold(_cell(page, value, zone)) for value in row])


def _cell(page: WriteOnlyWorksheet, value: Cell, zone: tzinfo) -> object:
    match value:
        case None:
            return None
        case str():
            return _text(page, value) if value else None
        case Money():
            return _number(page, Decimal(value.kopecks).scaleb(-2), _ROUBLES)
        case datetime():
            return value.astimezone(zone).replace(tzinfo=None, microsecond=0)
        case date():
            return value
        case int() | Decimal():
            return value if -_EXACT < value < _EXACT else _text(page, str(value))


def _text(page: WriteOnlyWorksheet, value: str) -> OpenpyxlCell:
    clean = _UNPRINTABLE.sub("", value)[:_CELL_CHARACTERS]
    cell = WriteOnlyCell(page, clean)
    cell.data_type = "s"  # what looks like a formula, a number or an error is text all the same
    if clean.startswith(_STARTS_FORMULA):
        cell.quotePrefix = True  # and stays text when somebody edits it
    return cell


def _number(page: WriteOnlyWorksheet, value: Decimal, number_format: str) -> OpenpyxlCell:
    cell = WriteOnlyCell(page)
    cell.value = value
    cell.number_format = number_format
    return cell


def _heading(page: WriteOnlyWorksheet, text: str) -> OpenpyxlCell:
    cell = _text(page, text)
    _bold(cell)
    return cell


def _bold(cell: object) -> object:
    if isinstance(cell, OpenpyxlCell):
        cell.font = Font(bold=True)
    return cell


def _title(title: str) -> str:
    return _TITLE_FORBIDDEN.sub(" ", _UNPRINTABLE.sub("", title))[:_TITLE_CHARACTERS]


def _widths(sheet: Sheet) -> Iterator[int]:
    """Of each column, by its heading and its first rows."""
    for number, heading in enumerate(sheet.headings):
        cells: Iterable[Cell] = (row[number] for row in [*sheet.rows[:50], *sheet.below])
        longest = max([len(heading), *(len(str(cell)) for cell in cells if cell is not None)])
        yield min(max(longest + 2, _WIDTH[0]), _WIDTH[1])
