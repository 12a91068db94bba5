"""Meter numbers as files write them. A cell formatted as a number loses the zeros a number begins with,
and letters are typed in either alphabet: so numbers are compared by a key, exactly written ones first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, time, timedelta

from domain.readings.meters import Meter
from domain.readings.workbook.cells import Broken, Cell, text
from domain.readings.workbook_rows import RowFault

SERIAL_CHARS = 60

_EXACT = 10**15
"""A spreadsheet keeps 15 digits of a number: the rest of a longer one are zeros."""
_PREFIX = re.compile(r"(?:(?:зав\w*|сер\w*|сч\w*|пу)[. ]*)?(?:№|n°|no\b)[. ]*", re.IGNORECASE)
_EXPONENT = re.compile(r"[0-9]+(?:[.,][0-9]+)?[eеEЕ]\+?[0-9]+")
_WHOLE = re.compile(r"([0-9]+)[.,]0+")
_NOT_KEY = re.compile(r"[\W_]+")
_LOOKALIKES = str.maketrans("АВЕКМНОРСТУХЁ", "ABEKMHOPCTYXE")


def serial(cell: Cell) -> tuple[str, RowFault | None]:
    """The number as written ("" for none), and what is wrong with it."""
    if isinstance(cell, Broken):
        return cell.text, cell.fault
    if isinstance(cell, bool | date | time | timedelta):
        return text(cell), RowFault.SERIAL_CUT
    written = text(cell)
    if isinstance(cell, float | int):
        is_exact = abs(cell) < _EXACT and cell == int(cell)
        return written, None if is_exact else RowFault.SERIAL_CUT
    written = _PREFIX.sub("", written.lstrip("'`"), count=1).strip()[:SERIAL_CHARS]
    if _EXPONENT.fullmatch(written):
        return written, RowFault.SERIAL_CUT
    whole = _WHOLE.fullmatch(written)
    return whole[1] if whole else written, None


def serial_key(written: str) -> str:
    """What two spellings of one number have in common: letters of one alphabet, no zeros before, no
    signs. "" for none."""
    plain = _NOT_KEY.sub("", written.upper().translate(_LOOKALIKES))
    return plain.lstrip("0") or plain[:1]


def by_serial(meters: Iterable[Meter]) -> Mapping[str, Sequence[Meter]]:
    """A contract's meters by the key of their numbers, for `meters_called`."""
    found: dict[str, list[Meter]] = {}
    for meter in meters:
        found.setdefault(serial_key(meter.serial), []).append(meter)
    return found


def meters_called(written: str, meters: Mapping[str, Sequence[Meter]]) -> Sequence[Meter]:
    """Those the written number may mean: written just so, else of the same key. Several are for the
    caller to tell apart (by the day) or to refuse."""
    alike = meters.get(serial_key(written), ())
    return [one for one in alike if one.serial.strip().upper() == written.strip().upper()] or alike
