"""The rows of one table: which are data, and what each says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

from domain.readings.meters import Direction
from domain.readings.readings import Finding
from domain.readings.workbook import serials, zones
from domain.readings.workbook.cells import Broken, Cell, Row, day, is_blank, number, text
from domain.readings.workbook.zones import NONE_NAMED, NamedZone, ZoneWords
from domain.readings.workbook_rows import RowFault, WorkbookColumn, WorkbookLayout, WorkbookRow, finding
from domain.readings.workbook_rows import WorkbookField as F

SHOWN_CHARS = 40

_TOTALS = re.compile(r"(итог|всего|total|в т\.? ?ч\b|в том числе)", re.IGNORECASE)
_SAYS_TOTAL = (F.NUMBER, F.POINT, F.POINT_CODE, F.ADDRESS, F.PLACE, F.METER_TYPE, F.SERIAL, F.ACCOUNT)
_FROM_MERGED = {F.SERIAL, F.ACCOUNT, F.POINT_CODE, F.TAKEN_ON, F.PREVIOUS_ON, F.DIRECTION}
_FROM_ABOVE_MOST = 12
"""Rows in turn that may go on with one meter: zones times directions, with room."""
_WORDS_OF_A_TEXT = 3


class TableRows:
    """Reads the rows of one table in turn: a row may go on with the meter of the row above it."""

    def __init__(
        self, layout: WorkbookLayout, merged: Mapping[tuple[int, int], Cell], words: ZoneWords
    ) -> None:
        self.totals = 0
        self.from_above = 0
        self._layout, self._merged, self._words = layout, merged, words
        self._index: dict[F, int] = {}
        for column in layout.columns:
            self._index.setdefault(column.field, column.column_no - 1)
        self._values = [one for one in layout.columns if one.field is F.VALUE]
        self._previous = [one for one in layout.columns if one.field is F.PREVIOUS]
        self._meter: Cell = None
        self._seen: set[tuple[NamedZone | None, Direction | None]] = set()
        self._last_row_no = 0
        # The same few words stand in thousands of rows.
        self._zones: dict[str, NamedZone | None] = {}
        self._directions: dict[str, Direction | None] = {}

    def cell(self, row_no: int, row: Row, field: F) -> Cell:
        index = self._index.get(field)
        if index is None:
            return None
        found = row[index] if index < len(row) else None
        if field in _FROM_MERGED and is_blank(found):
            return self._merged.get((row_no, index + 1), found)
        return found

    def read(self, row_no: int, row: Row) -> Iterator[WorkbookRow]:
        """The values of one row; nothing of a row that is no data."""
        serial_cell = self.cell(row_no, row, F.SERIAL)
        if _is_numbering(row) or self._is_total(row_no, row, serial_cell):
            self._meter = None
            return
        filled = [one for one in self._values if not is_blank(_at(row, one))]
        if is_blank(serial_cell):
            serial_cell = self._from_above(row_no, row, filled)
            if is_blank(serial_cell) and not any(_is_number(_at(row, one)) for one in filled):
                return  # a heading between rows, a signature
        elif not filled and _is_text_alone(serial_cell, row):
            return
        else:
            self._begin(serial_cell, row_no, row)
        self._last_row_no = row_no
        for column in filled or self._values[:1]:
            yield self._value(row_no, row, column, serial_cell)

    def _is_total(self, row_no: int, row: Row, serial_cell: Cell) -> bool:
        if not is_blank(serial_cell) and not _TOTALS.match(text(serial_cell)):
            return False
        cells = [row[i] for f in _SAYS_TOTAL if (i := self._index.get(f)) is not None and i < len(row)]
        first = next((cell for cell in row if not is_blank(cell)), None)
        # The zone "total" is a register like others: its row has a number or goes on with a meter.
        zone = self.cell(row_no, row, F.ZONE)
        says = [cell for cell in (*cells, first) if cell is not zone]
        if not any(isinstance(cell, str) and _TOTALS.match(text(cell)) for cell in says):
            return False
        self.totals += 1
        return True

    def _begin(self, serial_cell: Cell, row_no: int, row: Row) -> None:
        if text(serial_cell) != text(self._meter):
            self._seen = set()
        self._meter = serial_cell
        self._seen.add(self._key(row_no, row))

    def _from_above(self, row_no: int, row: Row, filled: list[WorkbookColumn]) -> Cell:
        """The meter of the row above, when this one says another zone or direction of it: people write
        a number once over its zones."""
        key = self._key(row_no, row)
        goes_on = key not in {(NONE_NAMED, None), (None, None)} and key not in self._seen
        if is_blank(self._meter) or row_no != self._last_row_no + 1 or not (goes_on and filled):
            self._meter = None
            return None
        if len(self._seen) >= _FROM_ABOVE_MOST:
            return None
        self._seen.add(key)
        self.from_above += 1
        return self._meter

    def _key(self, row_no: int, row: Row) -> tuple[NamedZone | None, Direction | None]:
        way = self.cell(row_no, row, F.DIRECTION)
        return (
            self._zone_said(self.cell(row_no, row, F.ZONE)),
            None if is_blank(way) else self._direction_said(way),
        )

    def _zone_said(self, cell: Cell) -> NamedZone | None:
        said = text(cell)
        if said not in self._zones:
            self._zones[said] = zones.zone(said, self._words)
        return self._zones[said]

    def _direction_said(self, cell: Cell) -> Direction | None:
        said = text(cell)
        if said not in self._directions:
            self._directions[said] = zones.direction(said)
        return self._directions[said]

    def _value(self, row_no: int, row: Row, column: WorkbookColumn, serial_cell: Cell) -> WorkbookRow:
        faults: list[Finding] = []
        serial = self._serial(row_no, serial_cell, faults)
        zone, zone_text = self._zone(row_no, row, column, faults)
        value = self._number(row_no, row, column, faults)
        previous = next((one for one in self._previous if _same_register(one, column)), None)
        before = number(_at(row, previous)) if previous else None
        before_on = day(self.cell(row_no, row, F.PREVIOUS_ON))
        return WorkbookRow(
            sheet=self._layout.sheet,
            row_no=row_no,
            column_no=column.column_no,
            serial=serial,
            serial_key=serials.serial_key(serial),
            zone=zone.code,
            label=zone.label,
            zone_text=zone_text,
            direction=self._direction(row_no, row, column, faults),
            taken_on=self._taken_on(row_no, row, column, faults),
            value=value,
            previous=before if isinstance(before, Decimal) else None,
            previous_on=before_on if isinstance(before_on, date) else (previous.day if previous else None),
            account_number=text(self.cell(row_no, row, F.ACCOUNT)) or None,
            point_code=text(self.cell(row_no, row, F.POINT_CODE)) or None,
            # A row in which nothing is filled in is not at fault.
            faults=() if is_blank(_at(row, column)) or _is_dash(row, column) else tuple(faults),
        )

    def _serial(self, row_no: int, cell: Cell, faults: list[Finding]) -> str:
        if is_blank(cell):
            faults.append(finding(RowFault.SERIAL_MISSING))
            return ""
        written, fault = serials.serial(cell)
        if fault:
            self._blame(fault, row_no, self._index[F.SERIAL] + 1, cell, faults)
        elif not serials.serial_key(written):  # signs alone: "—", "№"
            faults.append(finding(RowFault.SERIAL_MISSING))
        return written

    def _zone(
        self, row_no: int, row: Row, column: WorkbookColumn, faults: list[Finding]
    ) -> tuple[NamedZone, str]:
        if column.zone or column.label:
            return NamedZone(column.zone, column.label), column.heading
        cell = self.cell(row_no, row, F.ZONE)
        found = self._zone_said(cell)
        if isinstance(cell, Broken):
            self._blame(cell.fault, row_no, self._index[F.ZONE] + 1, cell, faults)
        elif found is None:
            self._blame(RowFault.ZONE_UNKNOWN, row_no, self._index[F.ZONE] + 1, cell, faults)
        # One column may say both: "T1 A+".
        return found or NONE_NAMED, text(cell)

    def _direction(self, row_no: int, row: Row, column: WorkbookColumn, faults: list[Finding]) -> Direction:
        if column.direction:
            return column.direction
        cell = self.cell(row_no, row, F.DIRECTION)
        if is_blank(cell):
            return zones.direction_within(text(self.cell(row_no, row, F.ZONE)).lower()) or Direction.A_PLUS
        found = self._direction_said(cell)
        if isinstance(cell, Broken):
            self._blame(cell.fault, row_no, self._index[F.DIRECTION] + 1, cell, faults)
        elif found is None:
            self._blame(RowFault.DIRECTION_UNKNOWN, row_no, self._index[F.DIRECTION] + 1, cell, faults)
        return found or Direction.A_PLUS

    def _taken_on(self, row_no: int, row: Row, column: WorkbookColumn, faults: list[Finding]) -> date | None:
        cell = self.cell(row_no, row, F.TAKEN_ON)
        found = day(cell)
        if isinstance(found, RowFault):
            self._blame(found, row_no, self._index[F.TAKEN_ON] + 1, cell, faults)
            return None
        return found or column.day or self._layout.taken_on

    def _number(self, row_no: int, row: Row, column: WorkbookColumn, faults: list[Finding]) -> Decimal | None:
        cell = _at(row, column)
        found = number(cell)
        if isinstance(found, RowFault):
            self._blame(found, row_no, column.column_no, cell, faults)
            return None
        return found

    def _blame(self, fault: RowFault, row_no: int, column_no: int, cell: Cell, faults: list[Finding]) -> None:
        name = f"{column_letters(column_no)}{row_no}"
        faults.append(finding(fault, cell=name, text=text(cell)[:SHOWN_CHARS]))


def column_letters(column_no: int) -> str:
    """1 is "A", 27 is "AA"."""
    letters = ""
    while column_no > 0:
        column_no, rest = divmod(column_no - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _at(row: Row, column: WorkbookColumn) -> Cell:
    return row[column.column_no - 1] if column.column_no <= len(row) else None


def _is_number(cell: Cell) -> bool:
    return isinstance(number(cell), Decimal) or isinstance(cell, Broken)


def _is_dash(row: Row, column: WorkbookColumn) -> bool:
    return number(_at(row, column)) is None


def _is_text_alone(cell: Cell, row: Row) -> bool:
    """Words ("Котельная", "Цех 2") head a group of rows, several words with figures are a signature with
    a telephone; no meter number, when no reading stands beside them."""
    if not isinstance(cell, str):
        return False
    spaces = text(cell).count(" ")
    is_alone = sum(not is_blank(one) for one in row) == 1
    has_figures = any(one.isdecimal() for one in cell)
    return not has_figures or spaces >= _WORDS_OF_A_TEXT or (is_alone and spaces > 0)


def _same_register(one: WorkbookColumn, other: WorkbookColumn) -> bool:
    return (one.zone, one.label, one.direction) == (other.zone, other.label, other.direction)


def _is_numbering(row: Row) -> bool:
    """A row "1 2 3 4 …" under a header, from its first filled cell on."""
    first = next((cell for cell in row if not is_blank(cell)), None)
    if text(first) != "1":
        return False
    filled = [text(cell) for cell in row if not is_blank(cell)]
    return len(filled) > 2 and filled == [str(no) for no in range(1, len(filled) + 1)]
