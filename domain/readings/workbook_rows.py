"""A workbook as values with the places they stood at, so that the answer can mark the very cells.

Key of a value: serial + zone + direction within the contract (the energy company's form).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum

import msgspec

from domain.readings.meters import Direction
from domain.readings.readings import Finding, Severity

TEMPLATE_SHEET = "_kabinet"
"""The hidden sheet of our own template: A1 TEMPLATE_MARK, B1 version, C1 account number, D1
account id."""
TEMPLATE_MARK = "kabinet-readings"
ANSWER_MARK = "kabinet-answer"
"""Stands in A1 of the sheet that an answer adds to the sender's workbook: not the sender's."""


class WorkbookField(StrEnum):
    """What a column of a workbook is. `other` is known and of no use to us."""

    NUMBER = "number"
    ACCOUNT = "account"
    POINT_CODE = "point_code"
    POINT = "point"
    ADDRESS = "address"
    PLACE = "place"
    METER_TYPE = "meter_type"
    SERIAL = "serial"
    ZONE = "zone"
    DIRECTION = "direction"
    PREVIOUS_ON = "previous_on"
    PREVIOUS = "previous"
    TAKEN_ON = "taken_on"
    VALUE = "value"
    DIFFERENCE = "difference"
    RATIO = "ratio"
    CONSUMPTION = "consumption"
    LOSSES = "losses"
    DEDUCTION = "deduction"
    TOTAL = "total"
    NOTE = "note"
    OTHER = "other"


class WorkbookColumn(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One column of a table. `column_no` counts from 1 ("A"). In a wide table the heading itself names
    the zone (a code), the label on the meter's face ("T1") or the direction of the values below it, and
    may hold their day ("Показания на 30.11.2026")."""

    field: WorkbookField
    column_no: int
    heading: str
    zone: str | None = None
    label: str | None = None
    direction: Direction | None = None
    day: date | None = None


class WorkbookLayout(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One table: the rows of its header, the first being 1, and what its columns are.

    `account_number` and `account_id` are what our template's hidden sheet says; in a foreign workbook
    the number comes from the lines above the table, if they name a contract. Never trusted: compared.
    `taken_on` is the day those lines name for all readings. `last_column_no` is the rightmost that
    anything stands in: the answer's columns go to its right.
    """

    sheet: str
    sheet_no: int = 1
    header_row_no: int
    header_last_row_no: int
    last_column_no: int
    columns: tuple[WorkbookColumn, ...]
    template_version: int | None = None
    account_number: str | None = None
    account_id: str | None = None
    taken_on: date | None = None


class WorkbookRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One value: a row of a long table, or one cell of a row of a wide one.

    `serial` is as written, `serial_key` what serials are compared by (see workbook_serials). Of the zone
    there is a code ("day"), a label on the meter's face ("T1"), both or none: none means the meter's
    only register; `zone_text` is as written. `value` is None where nothing is filled in (no fault: the
    row is just not sent) and where it is at fault. `column_no` is the value's cell.
    """

    sheet: str
    row_no: int
    column_no: int
    serial: str
    serial_key: str
    zone: str | None = None
    label: str | None = None
    zone_text: str = ""
    direction: Direction = Direction.A_PLUS
    taken_on: date | None = None
    value: Decimal | None = None
    previous: Decimal | None = None
    previous_on: date | None = None
    account_number: str | None = None
    point_code: str | None = None
    faults: tuple[Finding, ...] = ()

    @property
    def is_blank(self) -> bool:
        """Whether nothing was filled in."""
        return self.value is None and not self.faults


class ParsedWorkbook(msgspec.Struct, frozen=True, kw_only=True):
    """`notes` are about the file or a sheet (`fields["sheet"]`), never a reason to refuse a row."""

    layouts: tuple[WorkbookLayout, ...]
    rows: tuple[WorkbookRow, ...]
    notes: tuple[Finding, ...] = ()

    @property
    def template_version(self) -> int | None:
        return next((one.template_version for one in self.layouts if one.template_version), None)

    @property
    def account_number(self) -> str | None:
        return next((one.account_number for one in self.layouts if one.account_number), None)


class RowFault(StrEnum):
    """Why a value cannot be read. Stable: systems decide by these."""

    SERIAL_MISSING = "workbook-serial-missing"
    SERIAL_CUT = "workbook-serial-cut"
    ZONE_UNKNOWN = "workbook-zone-unknown"
    DIRECTION_UNKNOWN = "workbook-direction-unknown"
    NOT_A_NUMBER = "workbook-not-a-number"
    NEGATIVE = "workbook-negative"
    NOT_A_DAY = "workbook-not-a-day"
    FORMULA_EMPTY = "workbook-formula-empty"
    CELL_ERROR = "workbook-cell-error"
    TWICE = "workbook-twice"


class Note(StrEnum):
    """What is said of a file or a sheet."""

    SHEET_SKIPPED = "workbook-sheet-skipped"
    SHEET_HIDDEN = "workbook-sheet-hidden"
    TOTALS_SKIPPED = "workbook-totals-skipped"
    VALUE_COLUMNS_UNCLEAR = "workbook-value-columns-unclear"
    SERIALS_FROM_ABOVE = "workbook-serials-from-above"


# Text and remedy; {cell} is the cell's name ("F7"), {text} what stands there, shortened.
TEXTS: dict[str, tuple[str, str]] = {
    RowFault.SERIAL_MISSING: (
        "The row has a reading and no meter number",
        "Write the meter's number as on its face",
    ),
    RowFault.SERIAL_CUT: (
        "The meter number in cell {cell} has lost digits: {text}",
        "Format the cell as text and write the number again",
    ),
    RowFault.ZONE_UNKNOWN: (
        "The zone in cell {cell} is not known: {text}",
        "Write T1, T2 or T3 as on the meter's face, or day, night, peak, half-peak",
    ),
    RowFault.DIRECTION_UNKNOWN: (
        "The direction in cell {cell} is not known: {text}",
        "Write A+, A-, R+ or R-",
    ),
    RowFault.NOT_A_NUMBER: (
        "The reading in cell {cell} is not a number: {text}",
        "Write the figures of the meter only, such as 12345,6",
    ),
    RowFault.NEGATIVE: ("The reading in cell {cell} is below zero: {text}", "Write what the meter shows"),
    RowFault.NOT_A_DAY: (
        "The day in cell {cell} is not a day: {text}",
        "Write the day as 25.11.2026",
    ),
    RowFault.FORMULA_EMPTY: (
        "Cell {cell} has a formula without its result",
        "Write the number itself, or open the file, let it calculate and save it again",
    ),
    RowFault.CELL_ERROR: ("The formula in cell {cell} gives an error: {text}", "Write the number itself"),
    RowFault.TWICE: (
        "The file has another value for the same meter, zone and direction, in cell {cell}",
        "Leave one of them",
    ),
    Note.SHEET_SKIPPED: ("Sheet {sheet} has no table with meter numbers and readings: it was not read", ""),
    Note.SHEET_HIDDEN: ("Sheet {sheet} is hidden: it was not read", ""),
    Note.TOTALS_SKIPPED: ("Rows with totals on sheet {sheet} were not read: {count}", ""),
    Note.VALUE_COLUMNS_UNCLEAR: (
        "Sheet {sheet} has several columns with readings that nothing tells apart: it was not read",
        'Name them "previous" and "current", or by their zones, or use the template',
    ),
    Note.SERIALS_FROM_ABOVE: (
        "Rows without a meter number on sheet {sheet} were read as more zones of the meter above: {count}",
        "",
    ),
}


def finding(code: RowFault | Note, **fields: str) -> Finding:
    """A fault refuses its value; a note refuses nothing."""
    text, remedy = TEXTS[code]
    severity = Severity.REFUSE if isinstance(code, RowFault) else Severity.WARN
    return Finding(code=code.value, severity=severity, text=text, remedy=remedy, fields=fields)
