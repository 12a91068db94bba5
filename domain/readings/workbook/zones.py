"""Zones and directions as people write them. A label of the meter's face ("T1") is no zone by itself:
on one meter it is day, on another peak; which one is the meter's to say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from domain.readings.meters import SINGLE, TOTAL, Direction, Meter, Register, Zone
from domain.readings.workbook.cells import Cell, text

# Beginnings of words; half-peak before peak. The reference table `tariff_zones` adds its own words.
_STEMS: Sequence[tuple[str, str]] = (
    ("полупик", "half_peak"),
    ("halfpeak", "half_peak"),
    ("пик", "peak"),
    ("peak", "peak"),
    ("дн", "day"),
    ("день", "day"),
    ("day", "day"),
    ("ноч", "night"),
    ("night", "night"),
    ("сутк", SINGLE),
    ("суточн", SINGLE),
    ("круглосут", SINGLE),
    ("одноставоч", SINGLE),
    ("однотариф", SINGLE),
    ("однозон", SINGLE),
    ("single", SINGLE),
    ("сумм", TOTAL),
    ("суммарн", TOTAL),
    ("общ", TOTAL),
    ("итог", TOTAL),
    ("всего", TOTAL),
    ("total", TOTAL),
    ("σ", TOTAL),
)
_HALF = re.compile(r"(?:полу|п|half|1/2)[\s/_.\-]*(пик|peak)")
_WITH_PEAK = {"пик": "полупик", "peak": "halfpeak"}
_LABEL = re.compile(r"(?<![a-zа-я0-9])(?:[tт]|тариф|зона|шкала|tariff|zone)[\s.№\-]*([0-9])(?![0-9])")
_ROUND_THE_CLOCK = re.compile(r"(?:0|00|00:00)\s*[-–—]\s*(?:24|24:00)|24(?:\s*ч\w*)?|без зон")
_NOTHING = re.compile(r"[-–—_.\s]*")
_WORD = re.compile(r"[^\W\d_]+")


class ZoneWords(msgspec.Struct, frozen=True):
    """Whole phrases in lower case, each with its zone's code: the words of `tariff_zones`."""

    phrases: Mapping[str, str] = {}

    @classmethod
    def of(cls, zones: Iterable[Zone]) -> ZoneWords:
        return cls({word.lower(): zone.code for zone in zones for word in (*zone.synonyms, zone.code)})


class NamedZone(msgspec.Struct, frozen=True):
    """A zone's code, a label on the meter's face, or both."""

    code: str | None
    label: str | None


NONE_NAMED = NamedZone(None, None)


def zone(cell: Cell, words: ZoneWords) -> NamedZone | None:
    """NONE_NAMED for a blank cell, None for words that name no zone or several."""
    plain = text(cell).lower().replace("ё", "е")
    if _NOTHING.fullmatch(plain):
        return NONE_NAMED
    if plain in words.phrases:
        label = _LABEL.search(plain)
        return NamedZone(words.phrases[plain], f"T{label[1]}" if label else None)
    if len(plain) == 1 and plain.isdecimal():
        return NamedZone(None, f"T{plain}")
    if _ROUND_THE_CLOCK.fullmatch(plain):
        return NamedZone(SINGLE, None)
    return zone_within(plain, words)


def zone_within(plain: str, words: ZoneWords) -> NamedZone | None:
    """The zone named somewhere in a text of lower case; None when there is none, or more than one."""
    labels = {f"T{found}" for found in _LABEL.findall(plain)}
    spelt = _HALF.sub(lambda found: _WITH_PEAK[found[1]], plain)
    codes = {code for word in _WORD.findall(spelt) if (code := _code(word, words))}
    if len(labels) > 1 or len(codes) > 1 or not (labels or codes):
        return None
    return NamedZone(next(iter(codes), None), next(iter(labels), None))


def _code(word: str, words: ZoneWords) -> str | None:
    if len(word) > 2 and word in words.phrases:
        return words.phrases[word]
    return next((code for stem, code in _STEMS if word.startswith(stem)), None)


_LATIN = str.maketrans("арвт−–—‑", "apbt----")
_SIGNED = re.compile(r"(?<![a-zа-я0-9])([aprq])[\s(\"«]*([+-])")
_REACTIVE = re.compile(r"реактив|reactive")
_ACTIVE = re.compile(r"(?<!ре)актив|(?<!re)active")
_OUT = re.compile(r"отдач|обратн|экспорт|генерац|export")
_IN = re.compile(r"при[её]м|прям|импорт|потреблен|import")
_EXACT_ACTIVE = re.compile(r"a|p|\+|a\s*p\+?")


def direction(cell: Cell) -> Direction | None:
    """A+ for a blank cell, None for words that name no direction."""
    plain = text(cell).lower()
    if _NOTHING.fullmatch(plain) or _EXACT_ACTIVE.fullmatch(plain.translate(_LATIN)):
        return Direction.A_PLUS
    return direction_within(plain)


def direction_within(plain: str) -> Direction | None:
    """The direction named somewhere in a text of lower case; None when there is none, or more."""
    signed = {
        f"{'A' if letter in 'ap' else 'R'}{sign}" for letter, sign in _SIGNED.findall(plain.translate(_LATIN))
    }
    if len(signed) > 1:
        return None
    if signed:
        return Direction(signed.pop())
    goes_out, comes_in = bool(_OUT.search(plain)), bool(_IN.search(plain))
    if goes_out and comes_in:
        return None
    if _REACTIVE.search(plain):
        return None if _ACTIVE.search(plain) else Direction.R_MINUS if goes_out else Direction.R_PLUS
    if goes_out:
        return Direction.A_MINUS
    return Direction.A_PLUS if comes_in or _ACTIVE.search(plain) else None


def register_called(meter: Meter, code: str | None, label: str | None, way: Direction) -> Register | None:
    """The meter's register that a file's words mean: by the zone's code, else by the label on its face,
    else the only one of that direction where nothing is named. None when no register or several fit, and
    when zone and label name two."""
    of_way = [one for one in meter.registers if one.direction is way]
    if code is not None:
        found = next((one for one in of_way if one.zone == code), None)
        differs = found and label and found.label and _face(found.label) != label
        return None if differs else found
    if label is not None:
        labelled = [one for one in of_way if _face(one.label) == label]
        return labelled[0] if len(labelled) == 1 else _only(of_way) if label in {"T0", "T1"} else None
    return _only(of_way)


def _only(registers: Sequence[Register]) -> Register | None:
    billed = [one for one in registers if one.zone != TOTAL]
    return billed[0] if len(billed) == 1 else None


def _face(label: str) -> str:
    return label.upper().replace("Т", "T").replace(" ", "")
