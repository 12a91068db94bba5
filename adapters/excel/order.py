"""What a process that reads a workbook is told, and what it answers. Bytes both ways: msgpack."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from domain.readings.workbook_rows import ParsedWorkbook

HEADING_ROWS = 500


class Kind(StrEnum):
    """Told by the content, never by the name. xlsx is .xlsm too: macros are parts nobody runs."""

    XLSX = "xlsx"
    XLS = "xls"
    ODS = "ods"
    CSV = "csv"


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """Of one reading process. `rows` and `columns` count those that something stands in; to the rows
    with readings come headings, totals, signatures."""

    rows: int
    columns: int
    sheets: int
    memory_bytes: int
    seconds: int

    @property
    def filled_rows(self) -> int:
        return self.rows + HEADING_ROWS


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """`phrases` are the zones' words, each with its zone's code."""

    kind: Kind
    name: str
    content: bytes
    phrases: dict[str, str]
    bounds: Bounds


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """Either what stands in the workbook or why it is not read: a code of a refusal with its fields."""

    workbook: ParsedWorkbook | None = None
    refusal: str = ""
    fields: dict[str, str | int] = {}
