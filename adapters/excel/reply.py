"""The sender's workbook, marked: two columns more, colours, notes on cells, and a page that sums it up."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter, range_boundaries

from adapters.excel.cells import as_text, clean
from adapters.excel.looks import Page, Value, blank
from domain.readings.files import RowState
from domain.readings.replies import Reply, RowMark, SheetMarks, SummaryLine
from domain.readings.workbook_rows import ANSWER_MARK

COMMENTS = 500
_COMMENT_CHARS = 1_000
_COLOURS = {
    RowState.ACCEPTED: "D9F2DF",
    RowState.ACCEPTED_WITH_WARNING: "FFF3C4",
    RowState.NEEDS_CONFIRMATION: "FFDDB3",
    RowState.REFUSED: "FBD0D0",
    RowState.EMPTY: "F1F1F1",
}
_FILLS = {state: PatternFill("solid", fgColor=colour) for state, colour in _COLOURS.items()}
_NOTED = frozenset({RowState.REFUSED, RowState.NEEDS_CONFIRMATION, RowState.ACCEPTED_WITH_WARNING})
_LINE = Side(style="thin", color="C9CED6")
_BORDER = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_HEAD = PatternFill("solid", fgColor="E3E8EF")
_STATE_WIDTH, _REASON_WIDTH = 22, 80
_SUMMARY_WIDTHS = (34, 14, 60, 60, 30)
_TITLE_CHARACTERS = 31
_EXACT = 10**15
"""A spreadsheet keeps 15 digits of a number."""


def marked(workbook: Workbook, pages: Sequence[Page], reply: Reply) -> bytes:
    """`workbook` is empty; `pages` are what the sender's file has."""
    kept = [page for page in pages if not _is_our_summary(page)]
    by_name = {marks.sheet: marks for marks in reply.sheets}
    titles: set[str] = set()
    notes = _Notes()
    for page in kept:
        sheet: Any = workbook.create_sheet(_title(page.name, titles))
        sheet.sheet_state = "hidden" if page.is_hidden else "visible"
        _Painter(sheet, page, by_name.get(page.name), reply, notes).paint()
    _sum_up(workbook.create_sheet(_title(reply.summary_sheet, titles)), reply, notes)
    file = BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of looks that the sender's file lacks
        workbook.save(file)
    return file.getvalue()


def _is_our_summary(page: Page) -> bool:
    """Whether an earlier answer added it: its first cell says so."""
    return bool(page.rows and page.rows[0][1] and page.rows[0][1][0][1] == ANSWER_MARK)


def _title(name: str, taken: set[str]) -> str:
    """As spreadsheets want them: short, without some signs, different from all others."""
    plain = "".join(one for one in clean(name) if one not in "[]:*?/\\").strip("'")[:_TITLE_CHARACTERS] or "-"
    title, number = plain, 1
    while title.casefold() in taken:
        number += 1
        title = f"{plain[: _TITLE_CHARACTERS - 4]} {number}"
    taken.add(title.casefold())
    return title


@dataclass(slots=True)
class _Notes:
    """Notes on cells are heavy: the first ones only."""

    made: int = 0
    left_out: bool = False

    def note(self, text: str) -> Comment | None:
        if self.made == COMMENTS:
            self.left_out = True
            return None
        self.made += 1
        return Comment(clean(text)[:_COMMENT_CHARS], "Kabinet", height=120, width=360)


@dataclass(slots=True)
class _Painter:
    """Copies one sheet, row by row, and marks it where there are marks."""

    sheet: Any
    page: Page
    marks: SheetMarks | None
    reply: Reply
    notes: _Notes
    filled: dict[tuple[tuple[int, ...], RowState], Any] = field(default_factory=dict)
    ours: dict[tuple[RowState, bool], Any] = field(default_factory=dict)

    def paint(self) -> None:
        state_column = self._state_column() if self.marks else 0
        self._frame(state_column)
        by_row = {mark.row_no: mark for mark in self.marks.rows} if self.marks else {}
        header = self.marks.header_row_no if self.marks else 0
        last = 0
        for row_no, values in self.page.rows:
            for _ in range(last + 1, row_no):
                self.sheet.append([])
            last = row_no
            mark = by_row.get(row_no)
            cells = self._cells(values, mark, state_column)
            if row_no == header:
                _put(cells, state_column, self._heading(self.reply.state_heading))
                _put(cells, state_column + 1, self._heading(self.reply.reason_heading))
            elif mark:
                _put(cells, state_column, self._answer(mark.state_text, mark.state, wrap=False))
                _put(cells, state_column + 1, self._answer(mark.reason, mark.state, wrap=True))
            self.sheet.append(cells)

    def _state_column(self) -> int:
        """Where an earlier answer stood, or right of everything."""
        assert self.marks is not None
        header = next((values for no, values in self.page.rows if no == self.marks.header_row_no), [])
        earlier = [no for no, value, _ in header if value in self.reply.our_headings]
        return min(earlier, default=self.marks.state_column_no)

    def _frame(self, state_column: int) -> None:
        sheet, page = self.sheet, self.page
        for letter, width in page.widths.items():
            sheet.column_dimensions[letter].width = width
        for letter in page.hidden_columns:
            sheet.column_dimensions[letter].hidden = True
        for row_no, height in page.heights.items():
            sheet.row_dimensions[row_no].height = height
        for row_no in page.hidden_rows:
            sheet.row_dimensions[row_no].hidden = True
        sheet.freeze_panes = page.freeze
        for merged in page.merged:
            if not state_column or (range_boundaries(merged)[2] or 0) < state_column:
                sheet.merged_cells.add(merged)
        for rule in page.rules:
            sheet.data_validations.append(rule)
        if self.marks:
            self._frame_answer(state_column)

    def _frame_answer(self, state_column: int) -> None:
        assert self.marks is not None
        sheet = self.sheet
        for column, width in ((state_column, _STATE_WIDTH), (state_column + 1, _REASON_WIDTH)):
            sheet.column_dimensions[get_column_letter(column)].width = width
            sheet.column_dimensions[get_column_letter(column)].hidden = False
        last = max((mark.row_no for mark in self.marks.rows), default=self.marks.header_row_no)
        for mark in self.marks.rows:
            sheet.row_dimensions[mark.row_no].hidden = False
        right = get_column_letter(state_column + 1)
        sheet.auto_filter.ref = f"A{self.marks.header_row_no}:{right}{last}"
        if self.marks.is_template and self.page.is_protected:
            sheet.protection.sheet = True
            sheet.protection.formatColumns = sheet.protection.formatRows = False
            sheet.protection.autoFilter = False

    def _cells(self, values: Sequence[Value], mark: RowMark | None, state_column: int) -> list[Any]:
        cells: list[Any] = [None] * (values[-1][0] if values else 0)
        for column, value, look in values:
            if state_column and column in {state_column, state_column + 1} and mark:
                continue
            cells[column - 1] = self._cell(value, look)
        if mark and mark.state in _NOTED:
            for column in mark.cells:
                self._mark_value(cells, column, mark)
        return cells

    def _mark_value(self, cells: list[Any], column: int, mark: RowMark) -> None:
        if column > len(cells) or cells[column - 1] is None:
            _put(cells, column, blank(self.sheet, None))
        cell = cells[column - 1]
        key = tuple(cell._style or ()), mark.state
        if key not in self.filled:
            cell._style = copy(cell._style)
            cell.fill = _FILLS[mark.state]
            self.filled[key] = cell._style
        cell._style = self.filled[key]
        note = self.notes.note(f"{mark.state_text}. {mark.reason}")
        if note:
            cell.comment = note

    def _cell(self, value: object, look: Any) -> Any:
        match value:
            case str():
                cell = as_text(self.sheet, value)
                is_quoted = cell.quotePrefix
                if look is not None:
                    cell._style = copy(look) if is_quoted else look
                if is_quoted:
                    cell.quotePrefix = True
                return cell
            case bool() | datetime() | date() | time() | timedelta():
                pass
            case int() | float() | Decimal() if -_EXACT < value < _EXACT:
                pass
            case int() | float() | Decimal():
                return self._cell(str(value), look)
            case _:
                return blank(self.sheet, look) if look is not None else None
        cell = blank(self.sheet, None)
        cell.value = value
        if look is not None:
            cell._style = look
        return cell

    def _heading(self, text: str) -> Any:
        cell = as_text(self.sheet, text)
        cell.font, cell.fill, cell.border = Font(bold=True), _HEAD, _BORDER
        cell.alignment = Alignment(wrap_text=True, vertical="center", horizontal="center")
        return cell

    def _answer(self, text: str, state: RowState, *, wrap: bool) -> Any:
        key = state, wrap
        cell = as_text(self.sheet, text)
        if key not in self.ours:
            look = blank(self.sheet, None)
            look.fill, look.border = _FILLS[state], _BORDER
            look.alignment = Alignment(wrap_text=wrap, vertical="top")
            self.ours[key] = look._style
        cell._style = self.ours[key]
        return cell


def _put(cells: list[Any], column: int, cell: Any) -> None:
    cells.extend([None] * (column - len(cells)))
    cells[column - 1] = cell


def _sum_up(sheet: Any, reply: Reply, notes: _Notes) -> None:
    for number, width in enumerate(_SUMMARY_WIDTHS, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.row_dimensions[1].hidden = True
    sheet.append([as_text(sheet, ANSWER_MARK)])
    for line in reply.summary:
        sheet.append(list(_summary_cells(sheet, line)))
    if notes.left_out:
        sheet.append([])
        sheet.append([as_text(sheet, reply.comments_left_out.format(count=COMMENTS))])


def _summary_cells(sheet: Any, line: SummaryLine) -> Iterator[Any]:
    for value in line.cells:
        if isinstance(value, str):
            cell = as_text(sheet, value)
            cell.alignment = Alignment(vertical="top", wrap_text=len(line.cells) > 1)
        else:
            cell = blank(sheet, None)
            cell.value = value
        if line.is_heading:
            cell.font = Font(bold=True)
        if line.tone is not None:
            cell.fill = _FILLS[line.tone]
        yield cell
