"""Workbooks in tests: templates filled in as a person would, answers read as a person would."""

from collections.abc import Mapping
from datetime import date
from io import BytesIO
from typing import Any

from openpyxl import Workbook, load_workbook

from domain.readings import templates
from domain.readings.templates import HEADINGS, SHEET

HEADER_ROW = 6
DAY = date(2026, 11, 20)
STATE, REASON = "Ответ: состояние", "Ответ: причина"


def opened(body: bytes) -> Workbook:
    return load_workbook(BytesIO(body))


def saved(workbook: Workbook) -> bytes:
    file = BytesIO()
    workbook.save(file)
    return file.getvalue()


def column(heading: str) -> int:
    return HEADINGS.index(heading) + 1


def filled(body: bytes, values: Mapping[int, object], day: object = DAY) -> bytes:
    """A template with values by the place of the row below the header, from 0."""
    workbook = opened(body)
    page = workbook[SHEET]
    for place, value in values.items():
        row_no = HEADER_ROW + 1 + place
        page.cell(row_no, column(templates.VALUE)).value = value
        page.cell(row_no, column(templates.TAKEN_ON)).value = day
    return saved(workbook)


def foreign(headings: list[str], rows: list[list[Any]], above: list[list[Any]] = ()) -> bytes:  # type: ignore[assignment]
    """A workbook of somebody else's layout."""
    workbook = Workbook()
    page = workbook.active
    page.title = "Лист1"
    for row in [*above, headings, *rows]:
        page.append(row)
    return saved(workbook)


def answers(body: bytes, sheet: str = SHEET, header_row: int = HEADER_ROW) -> list[tuple[str, str]]:
    """State and reason of each row below the header."""
    page = opened(body)[sheet]
    [state] = [cell.column for cell in page[header_row] if cell.value == STATE]
    [reason] = [cell.column for cell in page[header_row] if cell.value == REASON]
    return [
        (page.cell(row_no, state).value, page.cell(row_no, reason).value or "")
        for row_no in range(header_row + 1, page.max_row + 1)
    ]
