"""Remarks that many rows of a workbook share stand once above them."""

from api.pages.reading_rows import ToldRows
from api.reading_files import FileRowOut
from api.reading_shapes import VerdictFinding
from domain.readings.files import RowState
from domain.readings.readings import Severity


def finding(text: str) -> VerdictFinding:
    return VerdictFinding(code=text, severity=Severity.WARN, text=text, expected="", remedy="", fields={})


def row(number: int, *texts: str, state: RowState = RowState.ACCEPTED_WITH_WARNING) -> FileRowOut:
    return FileRowOut(
        no=number,
        sheet="1",
        row=number,
        column=3,
        serial=f"{number}",
        zone=None,
        direction="A+",
        taken_on=None,
        value="1",
        state=state,
        findings=[finding(text) for text in texts],
        meter_id=None,
        reading_id=None,
    )


def left(told: ToldRows) -> list[list[str]]:
    return [[one.text for one in each.findings] for each in told.rows]


def test_alike_remarks_of_accepted_rows_stand_above_with_their_numbers():
    refused = row(5, "late", "lower than before", state=RowState.REFUSED)
    rows = [row(2, "late"), row(3, "late", "high"), row(4, "late"), refused, row(7, "late"), row(8)]
    told = ToldRows.of(rows, {})
    assert told.everywhere == []
    assert [(one.count, one.rows, one.found.text) for one in told.several] == [(4, "2–4, 7", "late")]
    assert left(told) == [[], ["high"], [], ["late", "lower than before"], [], []]


def test_what_each_row_says_is_told_without_numbers():
    told = ToldRows.of([row(2, "late"), row(3, "late"), row(4, "late", state=RowState.REFUSED)], {})
    assert ([one.text for one in told.everywhere], told.several) == (["late"], [])
    assert left(told) == [[], [], []]


def test_two_rows_keep_their_own():
    told = ToldRows.of([row(2, "high"), row(3, "high"), row(4)], {})
    assert (told.several, left(told)) == ([], [["high"], ["high"], []])
