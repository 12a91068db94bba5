"""What the readings of a line say of its volume: one rule, in the same words, for the paper, the page and the
API."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from domain.bills.bills import BillLine, ReadingCounted
from domain.bills.figures import number_text
from domain.readings.cost import Said
from domain.readings.readings import Nature, plain

ACTUAL = (
    "Meter {serial}, {zone}: {value} on {taken_on} less {previous} on {previous_on} is {consumption} {unit}"
)
CALCULATED = (
    "Meter {serial}, {zone}: no reading was sent, so billing estimated {value} on {taken_on}; "
    "less {previous} on {previous_on} that is {consumption} {unit}"
)
CONTROL = (
    "Meter {serial}, {zone}: a controller saw {value} on {taken_on}; "
    "less {previous} on {previous_on} that is {consumption} {unit}"
)
MULTIPLIED = "({value} − {previous}) × {ratio} = {consumption} {unit}; {ratio} is the transformation ratio"
ACTUAL_MULTIPLIED = "Meter {serial}, {zone}: {value} on {taken_on}, {previous} on {previous_on}"
CALCULATED_MULTIPLIED = (
    "Meter {serial}, {zone}: no reading was sent, so billing estimated {value} on {taken_on}; "
    "{previous} on {previous_on}"
)
CONTROL_MULTIPLIED = (
    "Meter {serial}, {zone}: a controller saw {value} on {taken_on}; {previous} on {previous_on}"
)
FIRST = "Meter {serial}, {zone}: {value} on {taken_on}; no value before it is known here"
UNANSWERED = "The reading was accepted; billing has not said yet that it counted from it"
TOGETHER = "Together the readings give the volume of the line: {volume} {unit}"
ROUNDED = (
    "Together the readings give {readings} {unit}; billing counted {volume} {unit}, which differs by rounding"
)
APART = (
    "The readings give {readings} {unit}, billing counted {volume} {unit}: "
    "send an enquiry, an operator will look at this line"
)
TEXTS = (
    *(MULTIPLIED, ACTUAL_MULTIPLIED, CALCULATED_MULTIPLIED, CONTROL_MULTIPLIED),
    *(ACTUAL, CALCULATED, CONTROL, FIRST, UNANSWERED, TOGETHER, ROUNDED, APART),
)
ROUNDING = Decimal("0.01")
"""Of one register: billing may keep more digits of a value than its face shows."""
_MULTIPLIED_BY_NATURE = {
    Nature.ACTUAL: ACTUAL_MULTIPLIED,
    Nature.CALCULATED: CALCULATED_MULTIPLIED,
    Nature.CONTROL: CONTROL_MULTIPLIED,
}
_BY_NATURE = {Nature.ACTUAL: ACTUAL, Nature.CALCULATED: CALCULATED, Nature.CONTROL: CONTROL}


def gives_volume(line: BillLine) -> bool:
    """Whether the line has readings and they come to what was billed, within the rounding of each."""
    read = _together(line)
    if not line.readings or read is None or line.volume is None:
        return False
    return abs(read - line.volume) <= ROUNDING * len(line.readings)


def compared(line: BillLine) -> Said | None:
    """What was read beside what was billed. None without readings, without a volume, or where a reading has
    no value before it."""
    read = _together(line)
    if not line.readings or read is None or line.volume is None:
        return None
    fields = {"volume": number_text(line.volume), "unit": line.unit}
    if read == line.volume:
        return Said(text=TOGETHER, fields=fields)
    fields |= {"readings": number_text(plain(read))}
    return Said(text=ROUNDED if gives_volume(line) else APART, fields=fields)


def is_apart(line: BillLine) -> bool:
    """Whether the readings are known to give another volume than was billed."""
    return compared(line) is not None and not gives_volume(line)


def of_readings(line: BillLine) -> Iterator[Said]:
    """Each register, then what they come to."""
    for reading in line.readings:
        yield from _reading(reading, line.unit)
    if not all(reading.is_billed for reading in line.readings):
        yield Said(text=UNANSWERED)
    if said := compared(line):
        yield said


def _together(line: BillLine) -> Decimal | None:
    volumes = [reading.consumption for reading in line.readings]
    known = [volume for volume in volumes if volume is not None]
    return sum(known, Decimal(0)) if len(known) == len(volumes) else None


def _reading(reading: ReadingCounted, unit: str) -> Iterator[Said]:
    named = {
        "serial": reading.serial,
        "zone": reading.zone_label,
        "value": number_text(reading.value),
        "taken_on": reading.taken_on.isoformat(),
        "unit": unit,
    }
    if reading.previous is None or reading.previous_on is None or reading.consumption is None:
        yield Said(text=FIRST, fields=named)
        return
    counted = {
        "previous": number_text(reading.previous),
        "previous_on": reading.previous_on.isoformat(),
        "consumption": number_text(reading.consumption),
    }
    if (ratio := reading.multiplier) is None:
        yield Said(text=_BY_NATURE[reading.nature], fields=named | counted)
        return
    yield Said(text=_MULTIPLIED_BY_NATURE[reading.nature], fields=named | counted)
    yield Said(text=MULTIPLIED, fields=named | counted | {"ratio": number_text(ratio)})
