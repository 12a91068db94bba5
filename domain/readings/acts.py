"""The act of a visit, and what it makes of meters: seals, admission, verification, replacement, figures.

Source: decree 442, p. 152-154 and 172-176; decree 354, p. 81(6)-81(9), 85.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from domain.kernel.errors import Conflict, Invalid
from domain.kernel.ids import AccountId, DeliveryPointId, MeterId, SupplierAccountId, derived
from domain.readings.meters import Direction, Meter, Register, Seal
from domain.readings.submissions import ValueGiven

Short = Annotated[str, Meta(max_length=100)]
MOST_RATIO = 100_000


class RegisterUnknown(Invalid):
    code = "act-register-unknown"
    text = "The meter {serial} has no register “{zone} {direction}”"
    remedy = "Give a figure for each register of the meter, by its zone and direction"


class RegisterMissing(Invalid):
    code = "act-register-missing"
    text = "The figures of the meter {serial} are not complete"
    remedy = "Give a figure for each register of the meter"


class ValueTooLong(Invalid):
    code = "act-value-off-dial"
    text = "The figure {value} does not stand on the dial of the meter {serial}"
    remedy = "Give the digits on the meter's face"


class SealUnknown(Invalid):
    code = "act-seal-unknown"
    text = "No seal {number} is on the meter {serial}"
    remedy = "Name the seals that were on it"


class MeterGone(Conflict):
    code = "act-meter-gone"
    text = "The meter {serial} hangs there no longer, or not yet"
    remedy = "Look at the meters of the account anew"


class ZoneUnknown(Invalid):
    code = "act-zone-unknown"
    text = "There is no tariff zone “{zone}”"
    remedy = "Name the zones by their codes: single, day, night, peak, half_peak, total"


class ServiceUnknown(Invalid):
    code = "act-service-unknown"
    text = "There is no such service"
    remedy = "Name the service by its code, such as electricity"


class SerialHangs(Conflict):
    code = "act-serial-hangs"
    text = "A meter of this number and model hangs elsewhere"
    remedy = "Check the number and the model"


class ActOutcome(StrEnum):
    ADMITTED = "admitted"
    """The meter counts from now on."""

    NOT_ADMITTED = "not-admitted"
    """Its readings are not taken until another act admits it."""

    UNACCOUNTED = "unaccounted"
    """Energy was used past the meter, or the meter was tampered with (decree 442, p. 177; decree 354, p.
    81(11)): its readings are not taken until another act admits it; what was used is reckoned by the act."""

    NO_ACCESS = "no-access"


class SealSet(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    number: Annotated[str, Meta(min_length=1, max_length=50)]
    place: Short = ""


class NewMeter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`values` are its first figures: they tell which registers it has."""

    serial: Annotated[str, Meta(min_length=1, max_length=40)]
    model: Annotated[str, Meta(min_length=1, max_length=100)]
    values: Annotated[tuple[ValueGiven, ...], Meta(min_length=1, max_length=12)]
    digit_count: Annotated[int, Meta(ge=1, le=12)] = 6
    fraction_digit_count: Annotated[int, Meta(ge=0, le=6)] = 0
    transformation_ratio: Decimal = Decimal(1)
    is_automatic: bool = False
    service: Annotated[str, Meta(max_length=50)] = "electricity"
    unit: Annotated[str, Meta(max_length=20)] = "кВт·ч"

    def __post_init__(self) -> None:
        if not 0 < self.transformation_ratio <= MOST_RATIO:
            raise ValueError(f"a ratio above 0 and up to {MOST_RATIO} is expected")


class ActEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was found and done about one meter. `values` are what it showed: the last ones, when it was taken
    down for `new_meter`. `verified_until` and the seals are of the meter that hangs there afterwards."""

    meter_id: MeterId | None = None
    point_id: DeliveryPointId | None = None
    values: Annotated[tuple[ValueGiven, ...], Meta(max_length=12)] = ()
    seals_set: Annotated[tuple[SealSet, ...], Meta(max_length=20)] = ()
    seals_removed: Annotated[tuple[Short, ...], Meta(max_length=20)] = ()
    verified_until: date | None = None
    place: Short = ""
    new_meter: NewMeter | None = None


class VisitAct(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`number` and `drawn_on` are the paper's own. `words` say what is wrong when nothing was admitted, and
    how consumption was found that the meter does not count."""

    number: Annotated[str, Meta(min_length=1, max_length=50)]
    drawn_on: date
    outcome: ActOutcome
    words: Annotated[str, Meta(max_length=4000)] = ""
    entries: Annotated[tuple[ActEntry, ...], Meta(max_length=50)] = ()

    def __post_init__(self) -> None:
        if (self.outcome is ActOutcome.NO_ACCESS) == bool(self.entries):
            raise ValueError("an act names the meters, and none when there was no access")
        if self.outcome is ActOutcome.UNACCOUNTED and not self.words.strip():
            raise ValueError("an act of unaccounted consumption says how it was found out")
        if len(set(self.meter_ids)) < len(self.meter_ids):
            raise ValueError("a meter stands twice in the act")

    @property
    def meter_ids(self) -> tuple[MeterId, ...]:
        return tuple(entry.meter_id for entry in self.entries if entry.meter_id is not None)

    @property
    def is_admission(self) -> bool:
        return self.outcome is ActOutcome.ADMITTED


def looked_at(meter: Meter, entry: ActEntry, act: VisitAct) -> Meter:
    """A meter that stays, after the visit. Its figures must be those of its registers."""
    _check_hangs(meter, act.drawn_on)
    _check_values(meter, entry.values)
    since = meter.not_admitted_since or act.drawn_on
    return replace(
        meter,
        seals=_seals(meter, entry, act.drawn_on),
        verified_until=entry.verified_until or meter.verified_until,
        place=entry.place or meter.place,
        not_admitted_since=None if act.is_admission else since,
    )


def taken_down(meter: Meter, entry: ActEntry, on: date) -> Meter:
    """Its last figures, one for each register; its seals go with it."""
    _check_hangs(meter, on)
    _check_values(meter, entry.values)
    shown = {(one.zone, one.direction): one.value for one in entry.values}
    if any((one.zone, one.direction) not in shown for one in meter.registers):
        raise RegisterMissing(field="values", serial=meter.serial)
    return replace(
        meter,
        removed_on=on,
        seals=tuple(seal if seal.removed_on else replace(seal, removed_on=on) for seal in meter.seals),
        registers=tuple(
            replace(one, closing_value=shown[one.zone, one.direction]) for one in meter.registers
        ),
    )


def hung(
    entry: ActEntry,
    act: VisitAct,
    *,
    account_id: AccountId,
    supplier_account_id: SupplierAccountId,
    instead: Meter | None,
) -> Meter:
    """The new meter; what it took the place of tells the rest. The same act hangs the same meter."""
    new = entry.new_meter
    assert new is not None
    name = f"meter {supplier_account_id} hung by act {act.number} {act.drawn_on} {new.serial} {new.model}"
    meter = Meter(
        id=MeterId(derived(account_id, name)),
        account_id=account_id,
        supplier_account_id=supplier_account_id,
        delivery_point_id=instead.delivery_point_id if instead else entry.point_id,
        service_code=instead.service_code if instead else new.service,
        unit=instead.unit if instead else new.unit,
        serial=new.serial,
        model=new.model,
        digit_count=new.digit_count,
        fraction_digit_count=new.fraction_digit_count,
        transformation_ratio=new.transformation_ratio,
        max_power_kw=instead.max_power_kw if instead else None,
        is_automatic=new.is_automatic,
        verified_until=entry.verified_until,
        installed_on=act.drawn_on,
        replaces=instead.id if instead else None,
        place=entry.place or (instead.place if instead else ""),
        tariff_region=instead.tariff_region if instead else None,
        tariff_group=instead.tariff_group if instead else None,
        not_admitted_since=None if act.is_admission else act.drawn_on,
        registers=tuple(_registers(new.values)),
    )
    _check_values(meter, new.values)
    seals = tuple(Seal(number=one.number, place=one.place, set_on=act.drawn_on) for one in entry.seals_set)
    return replace(meter, seals=seals)


def _registers(values: Sequence[ValueGiven]) -> Iterator[Register]:
    for no, one in enumerate(values, start=1):
        label = "" if len(values) == 1 else f"T{no}"
        yield Register(zone=one.zone, direction=one.direction, label=label, opening_value=one.value)


def _check_hangs(meter: Meter, on: date) -> None:
    if meter.removed_on is not None or on < meter.installed_on:
        raise MeterGone(field="entries", serial=meter.serial)


def _check_values(meter: Meter, values: Sequence[ValueGiven]) -> None:
    seen: set[tuple[str, Direction]] = set()
    for one in values:
        key = one.zone, one.direction
        if meter.register(*key) is None or key in seen:
            raise RegisterUnknown(
                field="values", serial=meter.serial, zone=one.zone, direction=one.direction.value
            )
        if not 0 <= one.value < 10**meter.digit_count:
            raise ValueTooLong(field="values", serial=meter.serial, value=one.value)
        seen.add(key)


def _seals(meter: Meter, entry: ActEntry, on: date) -> tuple[Seal, ...]:
    """A number that is set again counts from that day on."""
    standing = {seal.number for seal in meter.seals if seal.removed_on is None}
    for number in entry.seals_removed:
        if number not in standing:
            raise SealUnknown(field="seals_removed", number=number, serial=meter.serial)
    set_now = {one.number: Seal(number=one.number, place=one.place, set_on=on) for one in entry.seals_set}
    before = [
        replace(seal, removed_on=on) if seal.number in entry.seals_removed else seal
        for seal in meter.seals
        if seal.number not in set_now
    ]
    seals = (*before, *set_now.values())
    return tuple(sorted(seals, key=lambda seal: (seal.set_on or date.min, seal.number)))
