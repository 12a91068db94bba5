"""The act of a visit as a form: a sheet for each meter of the order, with its seals and figures."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from api.pages.figures import figure_of
from api.pages.office_forms import day_of
from domain.cases.on_site import VisitOrder, VisitPurpose
from domain.kernel.errors import Invalid
from domain.kernel.ids import DeliveryPointId, MeterId
from domain.readings.acts import ActOutcome, RegisterMissing, VisitAct
from domain.readings.meters import DeliveryPoint, Direction, Meter, Zone, register_name
from domain.readings.readings import plain

Typed = Mapping[str, Sequence[str]]
_FACE = ("digit_count", "fraction_digit_count", "transformation_ratio")
_PLACE = re.compile(r"`\$\.(entries\[(?P<sheet>\d+)\]\.(new_meter\.)?)?(?P<field>\w+)")


class ActUnfinished(Invalid):
    code = "act-unfinished"
    text = "Something of the act is missing or does not fit"
    remedy = (
        "Fill in its number, its outcome and, of a new meter, the number, the model and the first figures"
    )


class FigureField(msgspec.Struct, frozen=True):
    """One figure to be typed: `zone` and `direction` of the register, the zone's name for people, what
    it showed when it was last counted in a bill."""

    name: str
    title: str
    zone: str
    direction: Direction
    before: Decimal | None = None
    before_on: date | None = None


class ActSheet(msgspec.Struct, frozen=True, kw_only=True):
    """What is written about one meter. `figures` of the one that hangs there; `first` of one that is hung,
    when the order is about that: then `verified_until` is its own, not the old one's, and `face` what it is
    likely to have: what stands on the old one's. Names of inputs begin with `name`."""

    name: str
    title: str
    meter_id: MeterId | None = None
    point_id: DeliveryPointId | None = None
    figures: Sequence[FigureField] = ()
    seals: Sequence[str] = ()
    verified_until: date | None = None
    first: Sequence[FigureField] = ()
    face: Mapping[str, str] = {}


def sheets(
    order: VisitOrder, meters: Sequence[Meter], points: Sequence[DeliveryPoint], zones: Mapping[str, Zone]
) -> list[ActSheet]:
    hanging = [one for one in meters if one.id in order.meter_ids and one.removed_on is None]
    is_hung = order.purpose is VisitPurpose.REPLACEMENT
    found = [_of_meter(f"m{no}", meter, is_hung=is_hung) for no, meter in enumerate(hanging)]
    names = {point.id: f"{point.code} · {point.name}" for point in points}
    found += [
        ActSheet(name=f"p{no}", title=names.get(one, ""), point_id=one, first=_every(f"p{no}.first", zones))
        for no, one in enumerate(order.point_ids)
    ]
    if not order.meter_ids and not order.point_ids:
        found.append(ActSheet(name="n", title="", first=_every("n.first", zones)))
    return found


def act_of(typed: Typed, about: Sequence[ActSheet]) -> VisitAct:
    """ActUnfinished, RegisterMissing, DayMissing, ValueUnreadable."""
    told: dict[str, Any] = {name: _one(typed, name) for name in ("number", "outcome", "words")}
    told["drawn_on"] = day_of(_one(typed, "drawn_on"), field="drawn_on")
    if told["outcome"] != ActOutcome.NO_ACCESS:
        told["entries"] = [_entry(typed, sheet) for sheet in about]
    try:
        act = msgspec.convert(told, VisitAct, strict=False)
    except msgspec.ValidationError as error:
        raise ActUnfinished(field=_place(str(error), about)) from error
    if act.entries:
        _check_last(typed, about)
    return act


def _check_last(typed: Typed, about: Sequence[ActSheet]) -> None:
    """RegisterMissing at the input itself: a meter that is taken down leaves a figure of each register."""
    for sheet in about:
        for one in sheet.figures if sheet.first else ():
            if not _one(typed, one.name):
                raise RegisterMissing(field=one.name, serial=sheet.title)


def _place(error: str, about: Sequence[ActSheet]) -> str:
    """The input that the words of a failed conversion are about; for a rule of the whole act its words."""
    found = _PLACE.search(error)
    if found is None:
        return "words"
    if not found["sheet"]:
        return found["field"]
    sheet = about[int(found["sheet"])]
    if found["field"] == "values" and sheet.first:
        return sheet.first[0].name
    field = {"new_meter": "transformation_ratio"}.get(found["field"], found["field"])
    return f"{sheet.name}.{field}"


def _of_meter(name: str, meter: Meter, *, is_hung: bool) -> ActSheet:
    figures = [(one.called, one.zone, one.direction) for one in meter.registers]
    return ActSheet(
        name=name,
        title=f"№ {meter.serial}",
        meter_id=meter.id,
        figures=[
            FigureField(f"{name}.now.{no}", *one, last.billed_value, last.billed_on)
            for no, (one, last) in enumerate(zip(figures, meter.registers, strict=True))
        ],
        seals=[one.number for one in meter.seals if one.removed_on is None],
        verified_until=None if is_hung else meter.verified_until,
        first=[FigureField(f"{name}.first.{no}", *one) for no, one in enumerate(figures)] if is_hung else (),
        face={one: f"{plain(Decimal(getattr(meter, one))):f}".replace(".", ",") for one in _FACE},
    )


def _every(name: str, zones: Mapping[str, Zone]) -> list[FigureField]:
    """A meter that is new to us: those of its zones that get a figure."""
    return [
        FigureField(f"{name}.{one.code}", register_name(one.label, ""), one.code, Direction.A_PLUS)
        for one in sorted(zones.values(), key=lambda zone: zone.place)
    ]


def _entry(typed: Typed, sheet: ActSheet) -> dict[str, Any]:
    at = sheet.name
    entry: dict[str, Any] = {
        "meter_id": sheet.meter_id,
        "point_id": sheet.point_id,
        "values": list(_values(typed, sheet.figures)),
        "seals_set": list(_seals(_one(typed, f"{at}.seals"))),
        "seals_removed": [one for one in typed.get(f"{at}.removed", ()) if one in sheet.seals],
        "place": _one(typed, f"{at}.place"),
    }
    if until := _one(typed, f"{at}.verified_until"):
        entry["verified_until"] = day_of(until, field=f"{at}.verified_until")
    if sheet.first:
        new = {name: _one(typed, f"{at}.{name}") for name in ("serial", "model")}
        counts = {name: _one(typed, f"{at}.{name}").replace(",", ".") for name in _FACE}
        filled: dict[str, Any] = {name: text for name, text in counts.items() if text}
        filled["is_automatic"] = bool(_one(typed, f"{at}.is_automatic"))
        entry["new_meter"] = new | filled | {"values": list(_values(typed, sheet.first))}
    return entry


def _values(typed: Typed, figures: Sequence[FigureField]) -> Iterator[dict[str, Any]]:
    for one in figures:
        if text := _one(typed, one.name):
            yield {"zone": one.zone, "direction": one.direction, "value": figure_of(one.name, text)}


def _seals(lines: str) -> Iterator[dict[str, str]]:
    """One a line: the number and, after a comma, where it sits."""
    for line in lines.splitlines():
        number, _, place = line.partition(",")
        if number.strip():
            yield {"number": number.strip(), "place": place.strip()}


def _one(typed: Typed, name: str) -> str:
    return next(iter(typed.get(name, ())), "").strip()
