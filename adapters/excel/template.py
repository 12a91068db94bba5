"""The workbook to be filled in, as an .xlsx. Only the cells for the day and the value can be changed."""

from collections.abc import Callable, Iterator, Sequence
from copy import copy
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from itertools import groupby
from typing import Any, cast

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet
from openpyxl.worksheet.datavalidation import DataValidation

from adapters.excel.cells import as_text
from domain.readings import templates
from domain.readings.templates import HEADINGS, Template, TemplateRow
from domain.readings.workbook_rows import TEMPLATE_MARK, TEMPLATE_SHEET

Translate = Callable[[str], str]

HEADER_ROW = 6
_WIDTHS = (6, 20, 16, 13, 14, 15, 15, 15, 11, 13, 30, 34, 22, 18, 40)
_DAY = "dd.mm.yyyy"
_AROUND_DAYS = 400
_RUNS_OF_A_RULE = 100
_LINE = Side(style="thin", color="C9CED6")
_BORDER = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_HEAD = PatternFill("solid", fgColor="E3E8EF")
_INPUT = PatternFill("solid", fgColor="FFF7D6")
_CLOSED = PatternFill("solid", fgColor="F1F1F1")
_OPEN = Protection(locked=False)
_INPUTS = frozenset({templates.TAKEN_ON, templates.VALUE})

TITLE = "Meter readings: account {number}"
HOW_TO = "Fill in the yellow cells: the day and the figures on the meter's face. Leave the rest as it is."
NO_DAY = "Without a day the day on which we get the file is meant. A row without figures is skipped."
WRONG_VALUE = "Figures from 0 to {most}, as they stand on the meter's face"
WRONG_DAY = "A day such as 25.11.2026"
WRONG = "Check what you entered"


def written(template: Template, translate: Translate) -> bytes:
    """The file. Whatever came from people or billing is text in it, never a formula."""
    workbook = Workbook(write_only=True)
    page = cast(Any, workbook.create_sheet(templates.SHEET))
    _frame(page)
    for text, font in _top(template, translate):
        page.append(_line(page, text, font))
    page.append([_heading(page, text) for text in HEADINGS])
    styles = _Styles(page)
    for number, row in enumerate(template.rows, start=1):
        page.append(list(_cells(page, number, row, styles, translate)))
    _validate(page, template, translate)
    _mark(workbook, template)
    file = BytesIO()
    workbook.save(file)
    return file.getvalue()


def _frame(page: Any) -> None:
    for number, width in enumerate(_WIDTHS, start=1):
        page.column_dimensions[get_column_letter(number)].width = width
    page.freeze_panes = f"{get_column_letter(HEADINGS.index(templates.ZONE) + 2)}{HEADER_ROW + 1}"
    # Without a password: it guards against slips, not against people.
    page.protection.sheet = True
    page.protection.formatColumns = False
    page.protection.formatRows = False
    page.sheet_view.zoomScale = 90
    page.page_setup.orientation = "landscape"
    page.page_setup.fitToHeight = 0
    page.sheet_properties.pageSetUpPr.fitToPage = True


def _top(template: Template, translate: Translate) -> Iterator[tuple[str, Font]]:
    yield translate(TITLE).format(number=template.account_number), Font(bold=True, size=14)
    yield ", ".join(part for part in (template.holder_name, template.address) if part), Font()
    yield translate(HOW_TO), Font()
    yield translate(NO_DAY), Font(color="667085")
    yield "", Font()


class _Styles:
    """Looks of cells, each made once: to style every cell anew would take most of the time."""

    def __init__(self, page: Any) -> None:
        self._page = page
        self._made: dict[tuple[str, bool, str], Any] = {}

    def put(self, cell: Any, heading: str, row: TemplateRow) -> None:
        number_format = _number_format(heading, row)
        key = heading, row.is_closed, number_format
        if key not in self._made:
            look: Any = WriteOnlyCell(self._page)
            look.border = _BORDER
            if row.is_closed:
                look.fill = _CLOSED
            elif heading in _INPUTS:
                look.fill, look.protection = _INPUT, _OPEN
            look.number_format = number_format
            self._made[key] = look._style
        quoted = cell.quotePrefix
        cell._style = self._made[key]
        if quoted:
            cell._style = copy(cell._style)
            cell.quotePrefix = True


def _number_format(heading: str, row: TemplateRow) -> str:
    if heading in {templates.PREVIOUS_ON, templates.TAKEN_ON}:
        return _DAY
    if heading in {templates.PREVIOUS, templates.VALUE}:
        return "0" + ("." + "0" * row.fraction_digit_count if row.fraction_digit_count else "")
    return "@" if heading == templates.SERIAL else "General"


def _cells(page: Any, number: int, row: TemplateRow, styles: _Styles, translate: Translate) -> Iterator[Any]:
    remark = translate(row.remark).format(**row.fields) if row.remark else ""
    values: tuple[object, ...] = (
        *(
            number,
            row.serial,
            row.zone,
            row.direction,
            row.previous_on,
            row.previous,
            row.taken_on,
            row.value,
        ),
        *(row.unit, _plain(row.ratio), row.point, row.address, row.place, row.model, remark),
    )
    for heading, value in zip(HEADINGS, values, strict=True):
        cell = _cell(page, value)
        styles.put(cell, heading, row)
        yield cell


def _plain(number: Decimal) -> Decimal:
    """Without trailing zeros or an exponent."""
    return Decimal(f"{number.normalize():f}")


def _heading(page: WriteOnlyWorksheet, text: str) -> Any:
    cell = _cell(page, text)
    cell.font, cell.fill, cell.border = Font(bold=True), _HEAD, _BORDER
    cell.alignment = Alignment(wrap_text=True, vertical="center", horizontal="center")
    return cell


def _line(page: WriteOnlyWorksheet, text: str, font: Font) -> list[Any]:
    if not text:
        return []
    cell = _cell(page, text)
    cell.font = font
    return [cell]


def _cell(page: WriteOnlyWorksheet, value: object) -> Any:
    if isinstance(value, str):
        return as_text(page, value)
    cell = WriteOnlyCell(page)
    if isinstance(value, int | Decimal | date):
        cell.value = value
    return cell


def _validate(page: Any, template: Template, translate: Translate) -> None:
    """Numbers within the dial, days: refused by the program in which the file is filled in."""
    rows = [(HEADER_ROW + number, row) for number, row in enumerate(template.rows, start=1)]
    opened = [(number, row) for number, row in rows if not row.is_closed]
    first, last = (template.made_on + timedelta(days=days) for days in (-_AROUND_DAYS, _AROUND_DAYS))
    words = translate(WRONG), translate(WRONG_DAY)
    _allow(page, templates.TAKEN_ON, "date", (_serial(first), _serial(last)), opened, words)
    by_dial = sorted(opened, key=lambda one: (one[1].most, one[0]))
    for most, group in groupby(by_dial, key=lambda one: one[1].most):
        kind = "whole" if most == most.to_integral_value() else "decimal"
        shown = f"{most:f}".replace(".", ",")
        words = translate(WRONG), translate(WRONG_VALUE).format(most=shown)
        _allow(page, templates.VALUE, kind, ("0", f"{most:f}"), list(group), words)


def _allow(
    page: Any,
    heading: str,
    kind: Any,
    bounds: tuple[str, str],
    rows: Sequence[tuple[int, TemplateRow]],
    words: tuple[str, str],
) -> None:
    column = get_column_letter(HEADINGS.index(heading) + 1)
    runs = list(_runs([number for number, _ in rows]))
    for start in range(0, len(runs), _RUNS_OF_A_RULE):
        rule = DataValidation(
            type=kind,
            operator="between",
            formula1=bounds[0],
            formula2=bounds[1],
            allow_blank=True,
            showErrorMessage=True,
            errorTitle=words[0],
            error=words[1],
            sqref=" ".join(f"{column}{a}:{column}{b}" for a, b in runs[start : start + _RUNS_OF_A_RULE]),
        )
        page.data_validations.append(rule)


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Runs of neighbours, first and last of each: [3, 4, 5, 9] is (3, 5), (9, 9)."""
    for _, run in groupby(enumerate(numbers), key=lambda one: one[1] - one[0]):
        found = [number for _, number in run]
        yield found[0], found[-1]


def _serial(day: date) -> str:
    """A day as spreadsheets count them."""
    return str((day - date(1899, 12, 30)).days)


def _mark(workbook: Workbook, template: Template) -> None:
    page = cast(Any, workbook.create_sheet(TEMPLATE_SHEET))
    page.sheet_state = "hidden"
    known = template.account_number, str(template.account_id)
    page.append(
        [as_text(page, TEMPLATE_MARK), templates.TEMPLATE_VERSION, *(as_text(page, one) for one in known)]
    )
