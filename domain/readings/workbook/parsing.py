"""Raw sheets into values with their places. Whatever is not understood is said, not guessed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from msgspec.structs import replace

from domain.kernel.errors import Refusal
from domain.readings.readings import Finding
from domain.readings.workbook.cells import Cell, RawSheet, Row, day, day_in_words, is_blank, text
from domain.readings.workbook.layout import HEADER_ROWS, Header, find_header, is_header_again
from domain.readings.workbook.refusals import (
    WorkbookColumnsUnclear,
    WorkbookWithoutRows,
    WorkbookWithoutTable,
)
from domain.readings.workbook.rows import TableRows, column_letters
from domain.readings.workbook.zones import ZoneWords
from domain.readings.workbook_rows import (
    ANSWER_MARK,
    TEMPLATE_MARK,
    TEMPLATE_SHEET,
    Note,
    ParsedWorkbook,
    RowFault,
    WorkbookField,
    WorkbookLayout,
    WorkbookRow,
    finding,
)

TABLES_OF_SHEET = 50
_DAY_IN_TEXT = re.compile(r"[0-9]{1,2}[./][0-9]{1,2}[./][0-9]{4}")
_OF_READINGS = re.compile(r"снят|показани|состоян")
_CONTRACT = re.compile(
    r"(?:договор\w*|контракт\w*|лицев\w+ сч[её]т\w*|\bл/с|\bелс)(?: [а-яё]+){0,3}"
    r"\s*(?:№|n|no)?[\s:.]*([^\s,;]*)",
    re.IGNORECASE,
)


class _Template:
    """What the hidden sheet of our own template says."""

    def __init__(self, sheet: RawSheet | None) -> None:
        row = sheet.rows[0][1] if sheet and sheet.rows and sheet.rows[0][0] == 1 else ()
        cells = [text(cell) for cell in row] + [""] * 4
        is_ours = cells[0] == TEMPLATE_MARK
        self.version = int(cells[1]) if is_ours and cells[1].isdecimal() and len(cells[1]) < 10 else None
        self.account_number = cells[2] if is_ours and cells[2] else None
        self.account_id = cells[3] if is_ours and cells[3] else None


def parsed(sheets: Sequence[RawSheet], words: ZoneWords) -> ParsedWorkbook:
    """WorkbookWithoutTable, WorkbookWithoutRows. Hidden sheets are not read: whoever sends a file does
    not see them."""
    template = _Template(next((one for one in sheets if one.name == TEMPLATE_SHEET), None))
    layouts: list[WorkbookLayout] = []
    rows: list[WorkbookRow] = []
    notes: list[Finding] = []
    for sheet in sheets:
        if sheet.name == TEMPLATE_SHEET or not sheet.rows or _is_answer(sheet):
            continue
        if sheet.is_hidden:
            notes.append(finding(Note.SHEET_HIDDEN, sheet=sheet.name))
            continue
        _Sheet(sheet, words, template).read(layouts, rows, notes)
    if not layouts:
        raise _without_table(notes)
    if not rows:
        raise WorkbookWithoutRows
    return ParsedWorkbook(layouts=tuple(layouts), rows=tuple(_told_twice(rows)), notes=tuple(notes))


def _is_answer(sheet: RawSheet) -> bool:
    """Whether our own answer added it to the file that comes back mended."""
    _, row = sheet.rows[0]
    return bool(row) and row[0] == ANSWER_MARK


def _without_table(notes: Sequence[Finding]) -> Refusal:
    is_unclear = any(one.code == Note.VALUE_COLUMNS_UNCLEAR for one in notes)
    return WorkbookColumnsUnclear() if is_unclear else WorkbookWithoutTable()


class _Sheet:
    def __init__(self, sheet: RawSheet, words: ZoneWords, template: _Template) -> None:
        self._sheet, self._words, self._template = sheet, words, template
        self._merged: dict[tuple[int, int], Cell] | None = None
        self._last_column_no = max(len(row) for _, row in sheet.rows)

    def read(self, layouts: list[WorkbookLayout], rows: list[WorkbookRow], notes: list[Finding]) -> None:
        name, rows_here = self._sheet.name, self._sheet.rows
        at = tables = totals = from_above = 0
        header = find_header(rows_here, at, self._words)
        while header and header.is_clear and tables < TABLES_OF_SHEET:
            tables += 1
            layout = self._layout(header, at)
            layouts.append(layout)
            table = TableRows(layout, self._filled(), self._words)
            at, header = self._read_table(table, header, rows)
            totals += table.totals
            from_above += table.from_above
        if not tables:
            notes.append(finding(Note.VALUE_COLUMNS_UNCLEAR if header else Note.SHEET_SKIPPED, sheet=name))
        if totals:
            notes.append(finding(Note.TOTALS_SKIPPED, sheet=name, count=str(totals)))
        if from_above:
            notes.append(finding(Note.SERIALS_FROM_ABOVE, sheet=name, count=str(from_above)))

    def _read_table(
        self, table: TableRows, header: Header, rows: list[WorkbookRow]
    ) -> tuple[int, Header | None]:
        """Up to where another header begins: the place after the rows read, and that header."""
        here = self._sheet.rows
        for at in range(header.last + 1, len(here)):
            row_no, row = here[at]
            if is_header_again(table.cell(row_no, row, WorkbookField.SERIAL), self._words):
                begin = max(header.last + 1, at - HEADER_ROWS + 1)
                again = find_header(here[: at + HEADER_ROWS], begin, self._words)
                if again and again.is_clear and again.first <= at:
                    return at, again
            rows.extend(table.read(row_no, row))
        return len(here), None

    def _layout(self, header: Header, after: int) -> WorkbookLayout:
        rows = self._sheet.rows
        above = [row for _, row in rows[after : header.first]]
        return WorkbookLayout(
            sheet=self._sheet.name,
            sheet_no=self._sheet.no,
            header_row_no=rows[header.first][0],
            header_last_row_no=rows[header.last][0],
            last_column_no=self._last_column_no,
            columns=header.columns,
            template_version=self._template.version,
            account_number=self._template.account_number or _contract(above),
            account_id=self._template.account_id,
            taken_on=_taken_on(above),
        )

    def _filled(self) -> dict[tuple[int, int], Cell]:
        """What merged cells below their first one show, by row and column."""
        if self._merged is None:
            cells = dict(self._sheet.rows) if self._sheet.merged else {}
            self._merged = {}
            for top, left, bottom, _ in self._sheet.merged:
                row = cells.get(top, ())
                if left <= len(row):
                    self._merged |= {
                        (no, left): row[left - 1] for no in range(top + 1, bottom + 1) if no in cells
                    }
        return self._merged


def _lines(above: Sequence[Row]) -> Iterator[tuple[str, Cell]]:
    """Each text over a table with the next filled cell to its right."""
    for row in above[-20:]:
        filled = [cell for cell in row if not is_blank(cell)]
        for no, cell in enumerate(filled):
            if isinstance(cell, str):
                yield text(cell), filled[no + 1] if no + 1 < len(filled) else None


def _contract(above: Sequence[Row]) -> str | None:
    for said, beside in _lines(above):
        if found := _CONTRACT.search(said):
            number = found[1] or text(beside)
            is_day = day_in_words(number) is not None
            if any(one.isdecimal() for one in number) and len(number) <= 30 and not is_day:
                return number.lstrip("№")
    return None


def _taken_on(above: Sequence[Row]) -> date | None:
    for said, beside in _lines(above):
        if _OF_READINGS.search(said.lower()):
            within = _DAY_IN_TEXT.findall(said)
            found = day_in_words(within[0]) if len(within) == 1 else None if within else day(beside)
            if isinstance(found, date):
                return found
    return None


def _told_twice(rows: Sequence[WorkbookRow]) -> Iterator[WorkbookRow]:
    """Two values for one register and day refuse each other; the same value again is harmless."""
    first: dict[object, WorkbookRow] = {}
    against: dict[tuple[str, int, int], WorkbookRow] = {}
    for row in rows:
        if row.value is None or row.faults:
            continue
        key = (row.serial_key, row.zone, row.label, row.direction, row.taken_on, row.account_number)
        other = first.setdefault(key, row)
        if other.value != row.value:
            against[_place(row)] = other
            against.setdefault(_place(other), row)
    for row in rows:
        other_one = against.get(_place(row))
        yield row if other_one is None else _refused(row, other_one)


def _refused(row: WorkbookRow, other: WorkbookRow) -> WorkbookRow:
    cell = f"{column_letters(other.column_no)}{other.row_no}"
    if other.sheet != row.sheet:
        cell = f"{other.sheet}!{cell}"
    return replace(row, faults=(*row.faults, finding(RowFault.TWICE, cell=cell)))


def _place(row: WorkbookRow) -> tuple[str, int, int]:
    return row.sheet, row.row_no, row.column_no
