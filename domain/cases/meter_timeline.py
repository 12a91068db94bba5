"""The life of a meter in order: hung, verified, sealed, visited, admitted or not, read, taken down."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, tzinfo
from decimal import Decimal
from enum import StrEnum

import msgspec

from domain.cases.visits import Visit, VisitState
from domain.kernel.calendar import business_day
from domain.kernel.ids import CaseId, MeterId, ReadingId, VisitId
from domain.readings.acts import ActOutcome
from domain.readings.meters import Direction, Meter
from domain.readings.readings import STANDING, Nature, Reading, RegisterReading, plain


class MeterEventKind(StrEnum):
    INSTALLED = "installed"
    INSTEAD = "installed-instead"
    SEAL_SET = "seal-set"
    SEAL_REMOVED = "seal-removed"
    VISIT_BOOKED = "visit-booked"
    VISIT_MOVED = "visit-moved"
    VISIT_CANCELLED = "visit-cancelled"
    VISIT_MISSED = "visit-missed"
    ADMITTED = "admitted"
    NOT_ADMITTED = "not-admitted"
    UNACCOUNTED = "unaccounted"
    READING = "reading"
    CONTROL_READING = "control-reading"
    VERIFIED_UNTIL = "verified-until"
    REMOVED = "removed"
    REPLACED = "replaced"


class MeterEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One entry. `fields` fill its words; `case_id`, `visit_id`, `reading_id`, `meter_id` lead on."""

    on: date
    kind: MeterEventKind
    fields: dict[str, str] = {}
    case_id: CaseId | None = None
    visit_id: VisitId | None = None
    reading_id: ReadingId | None = None
    meter_id: MeterId | None = None


_OF_ACT = {
    ActOutcome.ADMITTED: MeterEventKind.ADMITTED,
    ActOutcome.NOT_ADMITTED: MeterEventKind.NOT_ADMITTED,
    ActOutcome.UNACCOUNTED: MeterEventKind.UNACCOUNTED,
    ActOutcome.NO_ACCESS: MeterEventKind.VISIT_MISSED,
}


_ENDED = {
    VisitState.MOVED: MeterEventKind.VISIT_MOVED,
    VisitState.CANCELLED: MeterEventKind.VISIT_CANCELLED,
}


def timeline(
    meter: Meter,
    every: Sequence[Meter],
    visits: Sequence[Visit],
    readings: Sequence[Reading],
    zone: tzinfo,
) -> list[MeterEvent]:
    """The latest first. `every` are the meters of the account, `visits` those about this meter."""
    events = [*_hung(meter, every), *_seals(meter), *_read(meter, readings)]
    for visit in visits:
        events += _visited(visit, zone)
    order = list(MeterEventKind)
    return sorted(events, key=lambda one: (one.on, order.index(one.kind)), reverse=True)


def _hung(meter: Meter, every: Sequence[Meter]) -> Iterator[MeterEvent]:
    serials = {one.id: one.serial for one in every}
    if meter.replaces in serials:
        before, serial = meter.replaces, serials[meter.replaces]
        instead, fields = MeterEventKind.INSTEAD, {"serial": serial, "figures": _opening(meter)}
        yield MeterEvent(on=meter.installed_on, kind=instead, fields=fields, meter_id=before)
    else:
        fields = {"figures": _opening(meter)}
        yield MeterEvent(on=meter.installed_on, kind=MeterEventKind.INSTALLED, fields=fields)
    if meter.verified_until and not (meter.removed_on and meter.removed_on < meter.verified_until):
        yield MeterEvent(on=meter.verified_until, kind=MeterEventKind.VERIFIED_UNTIL)
    if meter.removed_on is None:
        return
    after = next((one for one in every if one.replaces == meter.id), None)
    kind = MeterEventKind.REPLACED if after else MeterEventKind.REMOVED
    fields = {"serial": after.serial} if after else {}
    yield MeterEvent(on=meter.removed_on, kind=kind, fields=fields, meter_id=after.id if after else None)


def _seals(meter: Meter) -> Iterator[MeterEvent]:
    for seal in meter.seals:
        fields = {"number": seal.number}
        if seal.set_on:
            yield MeterEvent(on=seal.set_on, kind=MeterEventKind.SEAL_SET, fields=fields)
        if seal.removed_on:
            yield MeterEvent(on=seal.removed_on, kind=MeterEventKind.SEAL_REMOVED, fields=fields)


def _visited(visit: Visit, zone: tzinfo) -> Iterator[MeterEvent]:
    starts = visit.starts_at.astimezone(zone)
    fields = {"when": f"{starts:%d.%m.%Y %H:%M}"}

    def event(on: date, kind: MeterEventKind, fields: dict[str, str]) -> MeterEvent:
        return MeterEvent(on=on, kind=kind, fields=fields, case_id=visit.case_id, visit_id=visit.id)

    yield event(business_day(visit.booked_at, zone), MeterEventKind.VISIT_BOOKED, fields)
    if visit.state in _ENDED and visit.ended_at:
        yield event(business_day(visit.ended_at, zone), _ENDED[visit.state], fields)
    if act := visit.act:
        yield event(act.drawn_on, _OF_ACT[act.outcome], {"number": act.number, "words": act.words})


def _opening(meter: Meter) -> str:
    """What it showed when it was hung, where that is known."""
    known = [(one.called, one.opening_value) for one in meter.registers if one.opening_value is not None]
    return _figures(meter, known)


def _figures(meter: Meter, values: Sequence[tuple[str, Decimal]]) -> str:
    """The names of registers are told where there are several."""
    if len(meter.registers) == 1:
        return ", ".join(f"{plain(value):f}" for _, value in values)
    return ", ".join(f"{name} {plain(value):f}" for name, value in values)


def _called(meter: Meter, value: RegisterReading) -> str:
    register = meter.register(value.zone, value.direction)
    name = register.called if register else value.zone
    return name if value.direction is Direction.A_PLUS else f"{name} {value.direction}"


def _read(meter: Meter, readings: Sequence[Reading]) -> Iterator[MeterEvent]:
    for reading in readings:
        standing = [value for value in reading.values if value.state in STANDING]
        if not standing:
            continue
        figures = _figures(meter, [(_called(meter, value), value.value) for value in standing])
        controls = any(value.nature is Nature.CONTROL for value in standing)
        yield MeterEvent(
            on=reading.taken_on,
            kind=MeterEventKind.CONTROL_READING if controls else MeterEventKind.READING,
            fields={"figures": figures},
            reading_id=reading.id,
        )
