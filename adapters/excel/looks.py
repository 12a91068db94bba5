"""A workbook to be written sheet by sheet in the looks of another. What it takes over is named here, and
nothing else comes along: no macros, formulas, links, names, pictures, queries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, cast

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from domain.readings.workbook.cells import Broken, RawSheet

MOST_ROWS = 30_000
MOST_COLUMNS = 512
MOST_MERGED = 5_000
MOST_RULES = 500
_STYLES = (
    *("_borders", "_fonts", "_fills", "_number_formats", "_protections", "_alignments", "_cell_styles"),
    *("_named_styles", "_colors", "_date_formats", "_timedelta_formats"),
)
_BOUNDED = frozenset({"whole", "decimal", "date"})

Value = tuple[int, object, Any]
"""Column from 1, what stands there, its look (of openpyxl) or None."""


@dataclass(frozen=True, slots=True)
class Page:
    """One sheet of the sender. `widths` by column letter, `heights` by row."""

    name: str
    is_hidden: bool
    rows: Sequence[tuple[int, Sequence[Value]]]
    widths: Mapping[str, float] = field(default_factory=dict)
    heights: Mapping[int, float] = field(default_factory=dict)
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[str] = frozenset()
    merged: Sequence[str] = ()
    freeze: str | None = None
    is_protected: bool = False
    rules: Sequence[DataValidation] = ()


def plain(sheets: Sequence[RawSheet]) -> tuple[Workbook, list[Page]]:
    """Values alone, for files whose looks cannot be read."""
    pages = [
        Page(
            name=sheet.name,
            is_hidden=sheet.is_hidden,
            rows=[
                (row_no, [(no, _shown(cell), None) for no, cell in enumerate(row[:MOST_COLUMNS], start=1)])
                for row_no, row in sheet.rows
                if row_no <= MOST_ROWS
            ],
        )
        for sheet in sheets
        if not sheet.is_hidden  # of hidden ones there are only names
    ]
    return Workbook(write_only=True), pages


def _shown(cell: object) -> object:
    return cell.text if isinstance(cell, Broken) else cell


def dressed(body: bytes) -> tuple[Workbook, list[Page]]:
    """Of an .xlsx with its looks. Raises whatever openpyxl makes of a file that is not to its taste."""
    source = load_workbook(BytesIO(body), data_only=True, keep_links=False, keep_vba=False)
    target = Workbook(write_only=True)
    for name in _STYLES:
        setattr(target, name, getattr(source, name))
    target.epoch = source.epoch
    theme = cast(Any, source).loaded_theme
    if theme and b"r:embed" not in theme and b"r:link" not in theme:
        cast(Any, target).loaded_theme = theme
    return target, [_page(sheet) for sheet in source.worksheets]


def _page(sheet: Any) -> Page:
    columns, rows = sheet.column_dimensions, sheet.row_dimensions
    merged = [one for one in sheet.merged_cells.ranges if one.max_row <= MOST_ROWS]
    return Page(
        name=sheet.title,
        is_hidden=sheet.sheet_state != "visible",
        rows=list(_rows(sheet)),
        widths=_widths(columns),
        heights={no: one.height for no, one in rows.items() if one.height and no <= MOST_ROWS},
        hidden_rows=frozenset(no for no, one in rows.items() if one.hidden and no <= MOST_ROWS),
        hidden_columns=frozenset(letter for letter, one in columns.items() if one.hidden),
        merged=[one.coord for one in merged[:MOST_MERGED]],
        freeze=sheet.freeze_panes,
        is_protected=bool(sheet.protection.sheet),
        rules=[rule for rule in map(_harmless, sheet.data_validations.dataValidation[:MOST_RULES]) if rule],
    )


def _widths(columns: Any) -> dict[str, float]:
    """A width may stand once for several neighbours."""
    found = {}
    for one in columns.values():
        if not one.width or not one.customWidth:
            continue
        first = one.min or 1
        for no in range(first, min(one.max or first, MOST_COLUMNS) + 1):
            found[get_column_letter(no)] = one.width
    return found


def _rows(sheet: Any) -> Iterator[tuple[int, Sequence[Value]]]:
    """The cells there are; a sheet's claim of its size is not believed."""
    row_no, row = 0, cast(list[Value], [])
    for (at_row, at_column), cell in sorted(sheet._cells.items()):
        if at_row > MOST_ROWS:
            break
        if at_column > MOST_COLUMNS:
            continue
        if at_row != row_no:
            if row:
                yield row_no, row
            row_no, row = at_row, []
        row.append((at_column, cell.value, cell._style if cell.has_style else None))
    if row:
        yield row_no, row


def _harmless(rule: DataValidation) -> DataValidation | None:
    """Bounds that are plain numbers; whatever else a rule may hold is left out."""
    bounds = [one for one in (rule.formula1, rule.formula2) if one]
    if rule.type not in _BOUNDED or not all(_is_number(one) for one in bounds):
        return None
    return DataValidation(
        type=rule.type,
        operator=rule.operator,
        formula1=rule.formula1,
        formula2=rule.formula2,
        allow_blank=True,
        showErrorMessage=bool(rule.showErrorMessage),
        errorTitle=rule.errorTitle,
        error=rule.error,
        sqref=str(rule.sqref),
    )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def blank(page: Any, look: Any) -> Any:
    """An empty cell in that look, not shared with the others of it."""
    cell = WriteOnlyCell(page)
    if look is not None:
        cast(Any, cell)._style = look
    return cell
