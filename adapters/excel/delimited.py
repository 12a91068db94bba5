"""A .csv as a sheet: UTF-8, UTF-16 ("Unicode text" of Excel) or Windows-1251; `;`, tab or `,`."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator
from io import StringIO

from adapters.excel.order import Bounds
from domain.readings.workbook.cells import RawSheet, Row
from domain.readings.workbook.refusals import (
    WorkbookDamaged,
    WorkbookIsNone,
    WorkbookTooManyColumns,
    WorkbookTooManyRows,
)

_SAMPLE_LINES = 50
_SEPARATORS = (";", "\t", ",")
_DECLARED = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
SHEET = "CSV"


def sheet(content: bytes, bounds: Bounds) -> RawSheet:
    """One sheet; its rows are numbered as a spreadsheet would."""
    text = _text(content)
    if _CONTROL.search(text):
        raise WorkbookIsNone
    declared = _DECLARED.match(text)
    separator = declared[1] if declared else _separator(text)
    if declared:  # Excel takes that line for itself; the next one is its first row
        text = text[declared.end() :]
    try:
        rows = list(_rows(text, separator, bounds))
    except csv.Error as error:
        raise WorkbookDamaged from error
    return RawSheet(name=SHEET, rows=rows)


def _text(content: bytes) -> str:
    try:
        if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return content.decode("utf-16")
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # One byte of 256 means nothing there.
        return content.decode("cp1251", errors="replace")


def _separator(text: str) -> str:
    """The first that parts most of the lines: a comma is also in numbers, so it comes last."""
    lines = [line for line in text[:100_000].splitlines() if line.strip()][:_SAMPLE_LINES]
    for one in _SEPARATORS:
        if sum(one in line for line in lines) * 2 > len(lines):
            return one
    return max(_SEPARATORS, key=text[:100_000].count)


def _rows(text: str, separator: str, bounds: Bounds) -> Iterator[tuple[int, Row]]:
    count = 0
    for row_no, cells in enumerate(csv.reader(StringIO(text), delimiter=separator), start=1):
        while cells and not cells[-1].strip():
            cells.pop()
        if not cells:
            continue
        count += 1
        if count > bounds.filled_rows:
            raise WorkbookTooManyRows(limit=bounds.rows)
        if len(cells) > bounds.columns:
            raise WorkbookTooManyColumns(limit=bounds.columns, sheet=SHEET)
        yield row_no, cells
