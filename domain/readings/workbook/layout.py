"""Where a table's header is and what its columns are: a header may stand anywhere near the top, in one
to three rows, its upper words spread over the columns below them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date

import msgspec

from domain.readings.workbook.cells import Cell, Row, is_blank, text
from domain.readings.workbook.headings import Heading, heading, plain
from domain.readings.workbook.zones import ZoneWords
from domain.readings.workbook_rows import WorkbookColumn
from domain.readings.workbook_rows import WorkbookField as F

SEARCHED_ROWS = 200
HEADER_ROWS = 3
_LONG_NUMBER_DIGITS = 4

Rows = Sequence[tuple[int, Row]]


class Header(msgspec.Struct, frozen=True):
    """`first` and `last` are places in the sequence of rows, not numbers of the sheet."""

    first: int
    last: int
    columns: tuple[WorkbookColumn, ...]
    is_clear: bool = True


def find_header(rows: Rows, start: int, words: ZoneWords) -> Header | None:
    """The first from `start` on. Not clear when nothing tells its columns with readings apart."""
    unclear = None
    for first in range(start, min(start + SEARCHED_ROWS, len(rows))):
        found = _best(rows, first, words)
        if found and found.is_clear:
            return _without_title(found, rows, words)
        unclear = unclear or found
    return unclear


def _without_title(found: Header, rows: Rows, words: ZoneWords) -> Header:
    """A line over the table is no part of its header if the rows below it say as much without it."""
    for first in range(found.first + 1, found.last + 1):
        lower = _best(rows, first, words)
        if lower and lower.is_clear and len(lower.columns) >= len(found.columns):
            found = lower
    return found


def is_header_again(cell: Cell, words: ZoneWords) -> bool:
    """Whether a cell of the column of serials is that column's heading: another table begins."""
    if not isinstance(cell, str) or any(one.isdecimal() for one in cell):
        return False
    found = heading(cell, words)
    return found is not None and found.field is F.SERIAL


def _best(rows: Rows, first: int, words: ZoneWords) -> Header | None:
    """Of the headers of one to three rows the one that names most columns; of equal ones the lower,
    unless the next row only says more of columns with readings."""
    best, best_score = None, 0
    if not any(_names_meters(row, words) for _, row in rows[first : first + HEADER_ROWS]):
        return None
    for last in range(first, min(first + HEADER_ROWS, len(rows))):
        if last > first and not _goes_on(rows[last - 1], rows[last]):
            break
        found = _read(rows, first, last, words)
        if found is None:
            continue
        score = len(found.columns)
        if score > best_score or (best and score == best_score and _only_adds(best, rows[last][1])):
            best, best_score = found, score
    return best


def _names_meters(row: Row, words: ZoneWords) -> bool:
    return any(
        (found := heading(cell, words)) and found.field is F.SERIAL for cell in row if isinstance(cell, str)
    )


def _goes_on(above: tuple[int, Row], below: tuple[int, Row]) -> bool:
    """Whether a row may be a lower part of a header: the next row of the sheet, of short words only."""
    if below[0] != above[0] + 1:
        return False
    return all(is_blank(cell) or (isinstance(cell, str) and not _is_data(cell)) for cell in below[1])


def _is_data(cell: str) -> bool:
    written = text(cell)
    digits = sum(one.isdecimal() for one in written)
    return written.isdecimal() or (
        digits >= _LONG_NUMBER_DIGITS and not any(one.isspace() for one in written)
    )


def _only_adds(best: Header, row: Row) -> bool:
    named = {one.column_no: one.field for one in best.columns}
    filled = [no for no, cell in enumerate(row, start=1) if not is_blank(cell)]
    return bool(filled) and all(named.get(no) in {F.VALUE, F.PREVIOUS} for no in filled)


def _read(rows: Rows, first: int, last: int, words: ZoneWords) -> Header | None:
    found = {
        no: (written, said)
        for no, written in _combined([row for _, row in rows[first : last + 1]])
        if (said := heading(written, words)) is not None
    }
    fields = {said.field for _, said in found.values()}
    if F.SERIAL not in fields or F.VALUE not in fields:
        return None
    columns, is_clear = _settled(found)
    return Header(first, last, columns, is_clear)


def _combined(parts: Sequence[Row]) -> Iterator[tuple[int, str]]:
    """Each column's number and its words from top to bottom. Words of an upper row go on to the right
    over blank cells, as long as there are words below them."""
    width = max(len(row) for row in parts)
    above = [""] * len(parts)
    for index in range(width):
        own = [text(row[index]) if index < len(row) else "" for row in parts]
        said: list[str] = []
        for level, word in enumerate(own):
            if word:
                above[level] = word
                above[level + 1 :] = [""] * (len(parts) - level - 1)
            elif not any(own[level + 1 :]) or any(own[:level]):
                # Nothing below it, or words of its own above it: it inherits nothing.
                continue
            if above[level]:
                said.append(above[level])
        if any(own):
            yield index + 1, " ".join(said)


def _settled(found: dict[int, tuple[str, Heading]]) -> tuple[tuple[WorkbookColumn, ...], bool]:
    """One column of serials, and per zone and direction one of values. False when that cannot be told."""
    fields = {no: said.field for no, (_, said) in found.items()}
    days = {no: said.day for no, (_, said) in found.items()}
    for kind in (F.SERIAL, F.ZONE, F.TAKEN_ON, F.DIRECTION):
        of_kind = [no for no, field in fields.items() if field is kind]
        keep = max(of_kind, key=lambda no: (found[no][1].weight, -no), default=None)
        fields |= {no: F.OTHER for no in of_kind if no != keep}
    unclear = [group for group in _groups(found, fields) if not _one_value(group, found, fields)]
    columns = tuple(
        WorkbookColumn(
            field=fields[no],
            column_no=no,
            heading=plain(written),
            zone=said.zone.code if said.zone else None,
            label=said.zone.label if said.zone else None,
            direction=said.direction,
            day=days[no],
        )
        for no, (written, said) in found.items()
    )
    return columns, not unclear


def _groups(found: dict[int, tuple[str, Heading]], fields: dict[int, F]) -> list[list[int]]:
    """Columns of values that speak of the same zone and direction."""
    groups: dict[object, list[int]] = defaultdict(list)
    for no, (_, said) in found.items():
        if fields[no] is F.VALUE:
            groups[said.zone, said.direction].append(no)
    return list(groups.values())


def _one_value(group: list[int], found: dict[int, tuple[str, Heading]], fields: dict[int, F]) -> bool:
    """Leave one column of values: of the latest day, else of the plainest words; the others are of
    readings before it. False when several are left."""
    dated: dict[int, date] = {no: said_on for no in group if (said_on := found[no][1].day)}
    if len(dated) == len(group) == len(set(dated.values())):
        keep = [max(dated, key=lambda no: dated[no])]
    else:
        most = max(found[no][1].weight for no in group)
        keep = [no for no in group if found[no][1].weight == most]
    fields |= {no: F.PREVIOUS for no in group if no not in keep}
    return len(keep) == 1
