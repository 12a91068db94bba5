"""A file's sheets as they stand, whatever kind of file it is. For the processes that read: what it
unpacks is bounded by them."""

from __future__ import annotations

from adapters.excel.order import Bounds, Kind
from domain.readings.workbook.cells import RawSheet


def raw_sheets(kind: Kind, content: bytes, bounds: Bounds) -> list[RawSheet]:
    """WorkbookRefused in its many kinds. Each kind of file loads only what it needs."""
    if kind is Kind.CSV:
        from adapters.excel import delimited  # noqa: PLC0415

        return [delimited.sheet(content, bounds)]
    from adapters.excel import parts, sheets  # noqa: PLC0415

    broken = {} if kind is Kind.XLS else parts.Parts(content).broken_cells()
    return sheets.sheets(content, bounds, broken)
