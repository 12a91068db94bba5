"""What a judged file says back: a mark on every row, and a page that sums it up.

All texts here are for people, already in their language, but for the message ids above.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Protocol

import msgspec

from domain.readings.files import FileCounts, FileRow, ReadingFile, RowState
from domain.readings.readings import Finding
from domain.readings.templates import Template
from domain.readings.workbook_rows import WorkbookLayout

Translate = Callable[[str], str]

STATE_HEADING = "Answer: state"
REASON_HEADING = "Answer: reason"
SUMMARY_SHEET = "Answer"
SUMMARY_TITLE = "What became of the file"

STATES: Mapping[RowState, tuple[str, str]] = MappingProxyType(
    {
        RowState.ACCEPTED: ("Accepted", "Nothing is to be done"),
        RowState.ACCEPTED_WITH_WARNING: ("Accepted, with a remark", "Read the remark; nothing must be sent"),
        RowState.NEEDS_CONFIRMATION: (
            "Needs confirmation",
            "Check the meter and send the row again, or insist on the reading with a photo in the cabinet",
        ),
        RowState.REFUSED: ("Refused", "Mend the row and send it again"),
        RowState.EMPTY: ("Not filled in", "Nothing was sent; nothing is wrong"),
    }
)
"""The name of a state and what to do about it."""
WORST_FIRST = (
    RowState.REFUSED,
    RowState.NEEDS_CONFIRMATION,
    RowState.ACCEPTED_WITH_WARNING,
    RowState.ACCEPTED,
    RowState.EMPTY,
)
ONLY_THESE = (
    "Send again only the rows marked “{refused}” or “{confirm}”: all the others are taken. You may mend them "
    "in this very file; rows that are taken already do no harm."
)
ALL_TAKEN = "All readings are taken: nothing needs to be sent again."
NONE_AGAIN = "Nothing needs to be sent again."
LEFT_ALONE = "Meters that send their readings themselves stand in {count} rows: leave those as they are."
_AUTOMATIC = "reading-meter-automatic"
COMMENTS_LEFT_OUT = "Notes on cells stand at the first {count} rows only; the column says the same for all."
PLACES_SHOWN = 10


class RowMark(msgspec.Struct, frozen=True, kw_only=True):
    """Of one row of a sheet; `cells` are the columns with the values it is about."""

    row_no: int
    state: RowState
    state_text: str
    reason: str
    cells: tuple[int, ...] = ()


class SheetMarks(msgspec.Struct, frozen=True, kw_only=True):
    """`state_column_no`: the answer's first column, from 1, right of all the sender's; the second is
    beside it. Where an earlier answer's columns stand, these are filled anew."""

    sheet: str
    sheet_no: int
    header_row_no: int
    state_column_no: int
    rows: tuple[RowMark, ...]
    is_template: bool = False


class SummaryLine(msgspec.Struct, frozen=True, kw_only=True):
    cells: tuple[str | int, ...] = ()
    is_heading: bool = False
    tone: RowState | None = None


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the workbook is marked with. `our_headings` are those of every language: columns that an
    earlier answer added to the file are filled anew."""

    state_heading: str
    reason_heading: str
    sheets: tuple[SheetMarks, ...]
    summary_sheet: str
    summary: tuple[SummaryLine, ...]
    comments_left_out: str
    our_headings: tuple[str, ...] = ()


def reply_to(
    file: ReadingFile, rows: Sequence[FileRow], account_number: str, languages: Sequence[Translate]
) -> Reply:
    """The first of `languages` is the reader's; the others are those an earlier answer may be in."""
    translate = languages[0]
    return Reply(
        state_heading=translate(STATE_HEADING),
        reason_heading=translate(REASON_HEADING),
        sheets=tuple(_sheets(file.layouts, rows, translate)),
        summary_sheet=translate(SUMMARY_SHEET),
        summary=tuple(_summary(file, rows, account_number, translate)),
        comments_left_out=translate(COMMENTS_LEFT_OUT),
        our_headings=tuple(tongue(STATE_HEADING) for tongue in languages),
    )


def _sheets(
    layouts: Sequence[WorkbookLayout], rows: Sequence[FileRow], translate: Translate
) -> Iterator[SheetMarks]:
    """Tables of one sheet share the answer's columns, to the right of all of them."""
    by_sheet: dict[str, dict[int, list[FileRow]]] = {}
    for row in rows:
        by_sheet.setdefault(row.sheet, {}).setdefault(row.row_no, []).append(row)
    for sheet in dict.fromkeys(layout.sheet for layout in layouts):
        tables = [layout for layout in layouts if layout.sheet == sheet]
        yield SheetMarks(
            sheet=sheet,
            sheet_no=tables[0].sheet_no,
            header_row_no=tables[0].header_last_row_no,
            state_column_no=max(table.last_column_no for table in tables) + 1,
            rows=tuple(
                _mark(row_no, values, translate) for row_no, values in by_sheet.get(sheet, {}).items()
            ),
            is_template=tables[0].template_version is not None,
        )


def _mark(row_no: int, values: Sequence[FileRow], translate: Translate) -> RowMark:
    worst = min((value.state for value in values), key=WORST_FIRST.index)
    said = [(value, _reason(value, translate)) for value in values]
    lines = [
        f"{value.zone_text}: {reason}" if len(values) > 1 and value.zone_text else reason
        for value, reason in said
        if reason
    ]
    return RowMark(
        row_no=row_no,
        state=worst,
        state_text=translate(STATES[worst][0]),
        reason="\n".join(dict.fromkeys(lines)),
        cells=tuple(value.column_no for value in values if value.state is worst),
    )


def _reason(row: FileRow, translate: Translate) -> str:
    return "\n".join(said(finding, translate) for finding in row.findings)


def said(finding: Finding, translate: Translate) -> str:
    """What is found, what was expected, what to do, as sentences."""
    words = finding.words(translate)
    return ". ".join(part.rstrip(".") for part in (words.text, words.expected, words.remedy) if part)


def _summary(
    file: ReadingFile, rows: Sequence[FileRow], account_number: str, translate: Translate
) -> Iterator[SummaryLine]:
    yield SummaryLine(cells=(translate(SUMMARY_TITLE),), is_heading=True)
    yield SummaryLine(cells=(translate("Account"), account_number))
    yield SummaryLine(cells=(translate("File"), file.name))
    yield SummaryLine()
    automatic = sum(any(finding.code == _AUTOMATIC for finding in row.findings) for row in rows)
    for text in what_to_send(file.counts, translate, automatic=automatic):
        yield SummaryLine(cells=(text,))
    yield SummaryLine()
    yield _heading(translate, "State", "Readings", "What to do")
    for state in WORST_FIRST:
        if count := getattr(file.counts, state.value):
            name, remedy = (translate(text) for text in STATES[state])
            yield SummaryLine(cells=(name, count, remedy), tone=state)
    yield from _codes(rows, translate)
    if file.notes:
        yield SummaryLine()
        yield _heading(translate, "About the file")
        for note in file.notes:
            yield SummaryLine(cells=(said(note, translate),))


def what_to_send(counts: FileCounts, translate: Translate, *, automatic: int = 0) -> Iterator[str]:
    """`automatic`: how many of those refused need nothing, for their meters send readings themselves."""
    if counts.refused + counts.needs_confirmation > automatic:
        names = {"refused": RowState.REFUSED, "confirm": RowState.NEEDS_CONFIRMATION}
        yield translate(ONLY_THESE).format(**{key: translate(STATES[one][0]) for key, one in names.items()})
    else:
        yield translate(NONE_AGAIN if automatic else ALL_TAKEN)
    if automatic:
        yield translate(LEFT_ALONE).format(count=automatic)


def _codes(rows: Sequence[FileRow], translate: Translate) -> Iterator[SummaryLine]:
    """Every code that was found: how often, where, in the words of the first of them."""
    found: dict[str, list[tuple[FileRow, Finding]]] = {}
    for row in rows:
        for finding in row.findings:
            found.setdefault(finding.code, []).append((row, finding))
    if not found:
        return
    yield SummaryLine()
    yield _heading(translate, "Code", "Readings", "What to do", "For example", "Rows")
    for code, each in sorted(found.items(), key=lambda one: (-len(one[1]), one[0])):
        words = each[0][1].words(translate)
        example = ". ".join(part.rstrip(".") for part in (words.text, words.expected) if part)
        places = list(dict.fromkeys(str(row.row_no) for row, _ in each))
        shown = ", ".join(places[:PLACES_SHOWN]) + ("…" if len(places) > PLACES_SHOWN else "")
        yield SummaryLine(cells=(code, len(each), words.remedy, example, shown))


def _heading(translate: Translate, *texts: str) -> SummaryLine:
    return SummaryLine(cells=tuple(translate(text) for text in texts), is_heading=True)


class ReadingWorkbooks(Protocol):
    """Makes files. Both raise WorkbooksBusy when too many are being made."""

    async def template(self, template: Template, translate: Translate) -> bytes: ...

    async def reply(self, body: bytes, name: str, reply: Reply) -> bytes:
        """The file `body`, marked, as an .xlsx without macros, formulas and links."""
