"""Sheets as python-calamine reads them: values only, no formula and no macro is ever run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from io import BytesIO

import python_calamine
from python_calamine import CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from adapters.excel.order import Bounds
from adapters.excel.parts import Places
from domain.readings.workbook.cells import Cell, RawSheet
from domain.readings.workbook.refusals import (
    WorkbookDamaged,
    WorkbookProtected,
    WorkbookTooManyColumns,
    WorkbookTooManyRows,
    WorkbookTooManySheets,
)
from domain.readings.workbook_rows import TEMPLATE_SHEET


def sheets(content: bytes, bounds: Bounds, broken: Mapping[str, Places]) -> list[RawSheet]:
    """Those with cells; of hidden ones only their names, but for our template's own."""
    try:
        return list(_Sheets(content, bounds, broken).read())
    except python_calamine.PasswordError as error:
        raise WorkbookProtected from error
    except python_calamine.CalamineError as error:
        raise WorkbookDamaged from error
    except BaseException as error:
        # A panic of the reader in Rust is told from ours by its type only, and has no public name.
        if type(error).__name__ == "PanicException":
            raise WorkbookDamaged from error
        raise


class _Sheets:
    def __init__(self, content: bytes, bounds: Bounds, broken: Mapping[str, Places]) -> None:
        self._book = CalamineWorkbook.from_filelike(BytesIO(content))
        self._bounds, self._broken = bounds, broken
        self._rows = 0

    def read(self) -> Iterator[RawSheet]:
        of_cells = [one for one in self._book.sheets_metadata if one.typ == SheetTypeEnum.WorkSheet]
        if len(of_cells) > self._bounds.sheets:
            raise WorkbookTooManySheets(limit=self._bounds.sheets)
        for no, one in enumerate(of_cells, start=1):
            is_hidden = one.visible != SheetVisibleEnum.Visible
            if is_hidden and one.name != TEMPLATE_SHEET:
                yield RawSheet(name=one.name, no=no, is_hidden=True, rows=[(0, ())])
                continue
            sheet = self._book.get_sheet_by_name(one.name)
            yield RawSheet(
                name=one.name, no=no, is_hidden=is_hidden, rows=self._of(sheet), merged=list(_merged(sheet))
            )

    def _of(self, sheet: CalamineSheet) -> list[tuple[int, list[Cell]]]:
        broken = self._broken.get(sheet.name, {})
        rows = dict(self._filled(sheet))
        for (row_no, column_no), cell in broken.items():
            row = rows.setdefault(row_no, [])
            row.extend([None] * (column_no - len(row)))
            row[column_no - 1] = cell
        self._rows += len(rows)
        if self._rows > self._bounds.filled_rows:
            raise WorkbookTooManyRows(limit=self._bounds.rows)
        return sorted(rows.items()) if broken else list(rows.items())

    def _filled(self, sheet: CalamineSheet) -> Iterator[tuple[int, list[Cell]]]:
        """Rows that are not blank. The reader skips what is blank before the first cell."""
        if sheet.start is None or sheet.end is None:
            return
        if sheet.end[1] >= self._bounds.columns:
            raise WorkbookTooManyColumns(limit=self._bounds.columns, sheet=sheet.name)
        (top, left), count = sheet.start, 0
        before: list[Cell] = [None] * left
        for row_no, row in enumerate(sheet.to_python(skip_empty_area=True), start=top + 1):
            if row.count("") == len(row):
                continue
            count += 1
            if count > self._bounds.filled_rows:
                raise WorkbookTooManyRows(limit=self._bounds.rows)
            yield row_no, [*before, *row]


def _merged(sheet: CalamineSheet) -> Iterator[tuple[int, int, int, int]]:
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        if bottom > top:  # those of one row never matter
            yield top + 1, left + 1, bottom + 1, right + 1
