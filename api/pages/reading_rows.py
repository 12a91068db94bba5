"""The rows of a workbook on its page: what was found in many of them is told once, above."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Self

import msgspec

from api.reading_files import FileRowOut
from api.reading_shapes import VerdictFinding
from domain.readings.files import RowState
from domain.readings.meters import Zone

_ACCEPTED = (RowState.ACCEPTED, RowState.ACCEPTED_WITH_WARNING)
_SEVERAL = 3


class ToldRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the table: the zone by its name, and what is not told above."""

    row: FileRowOut
    zone: str
    value: Decimal | None
    findings: list[VerdictFinding]


class OfSeveral(msgspec.Struct, frozen=True, kw_only=True):
    """What was found in several rows that are accepted all the same; `rows` are their numbers: 2–4, 7."""

    count: int
    rows: str
    found: VerdictFinding


class ToldRows(msgspec.Struct, frozen=True, kw_only=True):
    """`everywhere`: what was found in each row that has a figure."""

    everywhere: list[VerdictFinding]
    several: list[OfSeveral]
    rows: list[ToldRow]

    @classmethod
    def of(cls, rows: Sequence[FileRowOut], zones: Mapping[str, Zone]) -> Self:
        everywhere = _in_every_row(rows)
        several = _in_several(rows, everywhere)
        of_accepted = [*everywhere, *(one.found for one in several)]
        told = [_told(row, zones, of_accepted if row.state in _ACCEPTED else everywhere) for row in rows]
        return cls(everywhere=everywhere, several=several, rows=told)


def _in_every_row(rows: Sequence[FileRowOut]) -> list[VerdictFinding]:
    """What stands in all of several rows that have a figure."""
    filled = [row.findings for row in rows if row.state is not RowState.EMPTY]
    if len(filled) < _SEVERAL:
        return []
    return [one for one in filled[0] if all(_says(findings, one) for findings in filled[1:])]


def _in_several(rows: Sequence[FileRowOut], everywhere: Sequence[VerdictFinding]) -> list[OfSeveral]:
    accepted = [row for row in rows if row.state in _ACCEPTED]
    alike = {(one.text, one.remedy): one for row in accepted for one in row.findings}
    several = []
    for found in alike.values():
        numbers = sorted({row.row for row in accepted if _says(row.findings, found)})
        if len(numbers) >= _SEVERAL and not _says(everywhere, found):
            several.append(OfSeveral(count=len(numbers), rows=_runs(numbers), found=found))
    return several


def _says(findings: Iterable[VerdictFinding], wanted: VerdictFinding) -> bool:
    return any((one.text, one.remedy) == (wanted.text, wanted.remedy) for one in findings)


def _runs(numbers: Iterable[int]) -> str:
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs)


def _told(row: FileRowOut, zones: Mapping[str, Zone], above: Sequence[VerdictFinding]) -> ToldRow:
    zone = zones.get(row.zone or "")
    return ToldRow(
        row=row,
        zone=zone.label if zone else row.zone or "",
        value=None if row.value is None else Decimal(row.value),
        findings=[one for one in row.findings if not _says(above, one)],
    )
