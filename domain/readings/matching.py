"""Rows of a workbook are laid to the meters of the account: by serial, zone and direction.

What cannot be laid to one register gets its reason; the rest of the file does not suffer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

import msgspec
from msgspec.structs import replace

from domain.kernel.errors import Refusal
from domain.kernel.ids import MeterId, ReadingId, derived
from domain.readings.files import FileRow, RowState
from domain.readings.meters import Direction, Meter, Register, Zone, register_name
from domain.readings.readings import STANDING, Finding, Reading, ReadingState, Severity
from domain.readings.submissions import Submission, ValueGiven
from domain.readings.workbook.rows import column_letters
from domain.readings.workbook.serials import by_serial, meters_called
from domain.readings.workbook.zones import register_called
from domain.readings.workbook_rows import RowFault, WorkbookRow, finding

Key = tuple[MeterId, str, Direction, date]


class MatchFault(StrEnum):
    """Why a value has no register. Stable: systems decide by these."""

    SERIAL_UNKNOWN = "file-serial-unknown"
    SERIAL_AMBIGUOUS = "file-serial-ambiguous"
    ZONE_NEEDED = "file-zone-needed"
    ZONE_LACKING = "file-zone-lacking"


TEXTS: Mapping[MatchFault, tuple[str, str]] = {
    MatchFault.SERIAL_UNKNOWN: (
        "This account has no meter with the number {serial}",
        "Compare the number with the meter's face; a new meter is known from its admission on",
    ),
    MatchFault.SERIAL_AMBIGUOUS: (
        "Several meters of this account may be meant by the number {serial}: {numbers}",
        "Format the cell as text and write the number with all its zeros, or use the template",
    ),
    MatchFault.ZONE_NEEDED: (
        "The meter counts by zones ({zones}), and the row does not say which it is about",
        "Write the zone into the row",
    ),
    MatchFault.ZONE_LACKING: (
        "The meter does not count {zone} {direction}; it counts {zones}",
        "Write a zone that the meter has",
    ),
}


class Laid(msgspec.Struct, frozen=True, kw_only=True):
    """The rows as they are answered, and what is to be submitted: `reading_id` of a row names the
    submission it went into."""

    rows: tuple[FileRow, ...]
    submissions: tuple[Submission, ...]


class Laying:
    """Lays rows to `meters` on behalf of one file, whose id and judging the readings' ids are made of."""

    def __init__(
        self, file_id: UUID, judging: int, meters: Sequence[Meter], zones: Mapping[str, Zone], today: date
    ) -> None:
        self._file_id, self._judging, self._zones, self._today = file_id, judging, zones, today
        self._meters = by_serial(meters)

    def laid(self, rows: Sequence[WorkbookRow]) -> Laid:
        found = [self._row(no, row) for no, row in enumerate(rows)]
        taken: dict[Key, list[int]] = {}
        for row in found:
            if row.meter_id and row.zone and row.taken_on and not row.findings:
                taken.setdefault((row.meter_id, row.zone, row.direction, row.taken_on), []).append(row.no)
        given: dict[tuple[MeterId, date], list[ValueGiven]] = {}
        for (meter_id, zone, direction, day), numbers in taken.items():
            value = _agreed(found, numbers)
            if value is not None:
                one = ValueGiven(zone=zone, direction=direction, value=value)
                given.setdefault((meter_id, day), []).append(one)
        submissions = tuple(
            self._submission(meter_id, day, values) for (meter_id, day), values in given.items()
        )
        ids = {(one.meter_id, one.taken_on): one.id for one in submissions}
        return Laid(
            rows=tuple(
                row
                if row.findings or row.meter_id is None or row.taken_on is None
                else replace(row, reading_id=ids[row.meter_id, row.taken_on])
                for row in found
            ),
            submissions=submissions,
        )

    def _submission(self, meter_id: MeterId, day: date, values: Sequence[ValueGiven]) -> Submission:
        """Judged again after a crash, a file gives the same ids; judged anew on another day, others."""
        given = tuple(sorted(values))
        said = " ".join(f"{one.zone} {one.direction} {one.value}" for one in given)
        return Submission(
            id=ReadingId(derived(self._file_id, f"{self._judging} {meter_id} {day} {said}")),
            meter_id=meter_id,
            taken_on=day,
            values=given,
            source_id=self._file_id,
        )

    def _row(self, no: int, row: WorkbookRow) -> FileRow:
        found = FileRow(
            no=no,
            sheet=row.sheet,
            row_no=row.row_no,
            column_no=row.column_no,
            serial=row.serial,
            zone=row.zone,
            zone_text=row.zone_text or row.label or "",
            direction=row.direction,
            taken_on=row.taken_on,
            value=row.value,
            state=RowState.EMPTY if row.is_blank else RowState.REFUSED,
            findings=row.faults,
        )
        if row.value is None or row.faults:
            return found
        day = row.taken_on or self._today
        meter = self._meter(row, day)
        if isinstance(meter, Finding):
            return replace(found, taken_on=day, findings=(meter,))
        zone = self._zone(row, meter)
        if isinstance(zone, Finding):
            return replace(found, taken_on=day, meter_id=meter.id, findings=(zone,))
        return replace(found, taken_on=day, meter_id=meter.id, zone=zone)

    def _meter(self, row: WorkbookRow, day: date) -> Meter | Finding:
        """By the number as written, else by what a number cell has left of it."""
        found = meters_called(row.serial, self._meters)
        if not found:
            return _fault(MatchFault.SERIAL_UNKNOWN, serial=row.serial)
        # Of two with one number: which hung there on the day, and which has such a register.
        found = [meter for meter in found if meter.is_installed_on(day)] or found
        found = [meter for meter in found if _register(meter, row)] or found
        if len(found) > 1:
            numbers = ", ".join(f"{meter.serial} {meter.model}".strip() for meter in found)
            return _fault(MatchFault.SERIAL_AMBIGUOUS, serial=row.serial, numbers=numbers)
        return found[0]

    def _zone(self, row: WorkbookRow, meter: Meter) -> str | Finding:
        if register := _register(meter, row):
            return register.zone
        names = ", ".join(self._name(one) for one in meter.registers)
        if row.zone is None and row.label is None:
            return _fault(MatchFault.ZONE_NEEDED, zones=names)
        zone = self._zones.get(row.zone or "")
        written = row.zone_text or row.label or (zone.label if zone else "")
        return _fault(MatchFault.ZONE_LACKING, zone=written, direction=row.direction, zones=names)

    def _name(self, register: Register) -> str:
        zone = self._zones.get(register.zone)
        name = register_name(zone.label if zone else register.zone, register.label)
        return f"{name} {register.direction}"


def _register(meter: Meter, row: WorkbookRow) -> Register | None:
    return register_called(meter, row.zone, row.label, row.direction)


def _agreed(rows: list[FileRow], numbers: Sequence[int]) -> Decimal | None:
    """The one value that rows of the same register and day give; the same one twice is harmless. Where
    they differ, nobody can tell which is right: each is refused and names another."""
    values = {rows[no].value for no in numbers}
    if len(values) == 1:
        return values.pop()
    for no in numbers:
        other = next(rows[one] for one in numbers if rows[one].value != rows[no].value)
        rows[no] = replace(rows[no], findings=(_twice(rows[no], other),))
    return None


def _twice(row: FileRow, other: FileRow) -> Finding:
    cell = f"{column_letters(other.column_no)}{other.row_no}"
    return finding(RowFault.TWICE, cell=cell if row.sheet == other.sheet else f"{other.sheet}!{cell}")


def _fault(code: MatchFault, **fields: str) -> Finding:
    text, remedy = TEXTS[code]
    return Finding(code=code, severity=Severity.REFUSE, text=text, remedy=remedy, fields=fields)


def refusal_finding(refusal: Refusal) -> Finding:
    """A refusal as a finding, to be kept and said later."""
    return Finding(
        code=refusal.code,
        severity=Severity.REFUSE,
        text=refusal.text,
        remedy=refusal.remedy,
        fields={name: str(value) for name, value in refusal.params.items()},
    )


_STATES = {
    ReadingState.ACCEPTED_WITH_WARNING: RowState.ACCEPTED_WITH_WARNING,
    ReadingState.NEEDS_CONFIRMATION: RowState.NEEDS_CONFIRMATION,
    ReadingState.REFUSED: RowState.REFUSED,
}


def answered(row: FileRow, reading: Reading) -> FileRow:
    """The row with the verdict on its value."""
    assert row.zone is not None
    verdict = reading.verdict(row.zone, row.direction)
    state = _STATES.get(verdict.state)
    if state is None:
        state = RowState.ACCEPTED if verdict.state in {*STANDING, ReadingState.REPLACED} else RowState.REFUSED
    return replace(row, state=state, findings=verdict.findings)
