"""What billing tells of the meters of one account, laid upon what is known of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from domain.accounts.import_meters import MeterRow
from domain.kernel.ids import AccountId, DeliveryPointId, MeterId, SupplierAccountId, derived
from domain.readings.billed import Values
from domain.readings.meters import DeliveryPoint, Direction, Meter, Register, Seal

DIGITS = 6
"""Of a meter whose digits nobody has told."""

T = TypeVar("T")
_Number = tuple[SupplierAccountId, str, str]
"""Supplier account, service and serial."""


class Hanging(msgspec.Struct, frozen=True, kw_only=True):
    """The meters and delivery points of one account."""

    account_id: AccountId
    meters: Mapping[MeterId, Meter] = {}
    points: Mapping[str, DeliveryPoint] = {}


class Directory(msgspec.Struct, frozen=True, kw_only=True):
    """Supplier accounts by INN and number; units of measure by service."""

    supplier_accounts: Mapping[tuple[str, str], SupplierAccountId]
    units: Mapping[str, str]


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """`hanging` as it is afterwards; `meter_of` each row it is."""

    hanging: Hanging
    meter_of: tuple[MeterId, ...]


def told(before: Hanging, rows: Sequence[MeterRow], directory: Directory, day: date) -> Told:
    """`rows` of the account, sorted by subject: a replaced meter comes before the one in its place."""
    points = dict(before.points)
    meters = dict(before.meters)
    alike: dict[_Number, list[MeterId]] = defaultdict(list)
    for meter in meters.values():
        alike[meter.supplier_account_id, meter.service_code, meter.serial].append(meter.id)

    def numbered(serial: str) -> list[Meter]:
        return [meters[one] for one in alike[supplier_account_id, row.service_code, serial]]

    meter_of: list[MeterId] = []
    days = {(row.supplier_account, row.hanging, row.installed_on) for row in rows}
    for _, group in groupby(rows, attrgetter("subject")):
        registers = list(group)
        row = registers[0]
        supplier_account_id = directory.supplier_accounts[row.supplier_inn, row.supplier_account]
        if row.delivery_point is not None:
            points[row.delivery_point] = _point(before.account_id, points.get(row.delivery_point), row)
        known = _same(numbered(row.serial), row, days)
        if known is None:
            known = _new(before.account_id, supplier_account_id, row, directory.units)
            alike[supplier_account_id, row.service_code, row.serial].append(known.id)
            meters[known.id] = known
        replaces = _replaced(numbered(row.replaces), row) if row.replaces else None
        meter = _laid_upon(known, row, points, replaces, day)
        meters[meter.id] = replace(meter, registers=_registers(known.registers, registers))
        meter_of += [meter.id] * len(registers)
    hanging = Hanging(account_id=before.account_id, meters=meters, points=points)
    return Told(hanging=hanging, meter_of=tuple(meter_of))


def outcome(row: MeterRow, meter_id: MeterId, before: Hanging, after: Hanging, values: Values) -> str:
    """What became of a row: "added" (its meter, register or value was not known), "corrected" or
    "unchanged"."""
    old, new = before.meters.get(meter_id), after.meters[meter_id]
    key = row.zone, Direction(row.direction)
    value = (meter_id, (row.billed_on, *key)) if row.billed_on else None
    register, known = new.register(*key), old.register(*key) if old else None
    assert register is not None
    if old is None or known is None or value in values.new:
        return "added"
    point = row.delivery_point
    if (
        replace(old, registers=()) != replace(new, registers=())
        or _without_billed(known) != _without_billed(register)
        or (row.billed_on is not None and row.billed_on == register.billed_on and known != register)
        or (point is not None and before.points.get(point) != after.points[point])
        or value in values.corrected
    ):
        return "corrected"
    return "unchanged"


def _without_billed(register: Register) -> Register:
    return replace(register, billed_value=None, billed_on=None)


def _point(account_id: AccountId, known: DeliveryPoint | None, row: MeterRow) -> DeliveryPoint:
    code = row.delivery_point or ""
    return DeliveryPoint(
        id=known.id if known else DeliveryPointId(derived(account_id, f"delivery point {code}")),
        account_id=account_id,
        code=code,
        name=row.delivery_point_name or (known.name if known else code),
        address=row.delivery_point_address or (known.address if known else ""),
    )


def _same(numbered: Iterable[Meter], row: MeterRow, days: set[tuple[str, str, date]]) -> Meter | None:
    """The meter the row is about, among those of its number: of the same day, or one that still hangs and
    whose day is corrected.

    Taken down, verified and hung again, it is another meter of the account with figures of its own.
    """
    alike = [one for one in numbered if one.model == row.model or not one.model or not row.model]
    for meter in alike:
        if meter.installed_on == row.installed_on:
            return meter
    for meter in alike:
        is_told = (row.supplier_account, row.hanging, meter.installed_on) in days
        if meter.removed_on is None and not is_told:
            return meter
    return None


def _replaced(numbered: Iterable[Meter], row: MeterRow) -> MeterId | None:
    """The last one of the serial that is replaced, hung before this one."""
    before = [
        meter
        for meter in numbered
        if meter.installed_on <= row.installed_on
        and (meter.serial, meter.installed_on) != (row.serial, row.installed_on)
    ]
    return max(before, key=lambda meter: meter.installed_on).id if before else None


def _new(
    account_id: AccountId, supplier_account_id: SupplierAccountId, row: MeterRow, units: Mapping[str, str]
) -> Meter:
    name = f"meter {supplier_account_id} {row.hanging} {row.installed_on}"
    return Meter(
        id=MeterId(derived(account_id, name)),
        account_id=account_id,
        supplier_account_id=supplier_account_id,
        service_code=row.service_code,
        unit=row.unit or units.get(row.service_code, ""),
        serial=row.serial,
        model=row.model,
        digit_count=DIGITS,
        installed_on=row.installed_on,
        registers=(),
    )


def _laid_upon(
    known: Meter, row: MeterRow, points: Mapping[str, DeliveryPoint], replaces: MeterId | None, day: date
) -> Meter:
    point = points[row.delivery_point].id if row.delivery_point is not None else None
    return replace(
        known,
        model=row.model or known.model,
        installed_on=row.installed_on,
        delivery_point_id=_or(point, known.delivery_point_id),
        unit=_or(row.unit, known.unit),
        digit_count=_or(row.digit_count, known.digit_count),
        fraction_digit_count=_or(row.fraction_digit_count, known.fraction_digit_count),
        transformation_ratio=_or(row.transformation_ratio, known.transformation_ratio),
        max_power_kw=_or(row.max_power_kw, known.max_power_kw),
        is_automatic=_or(row.is_automatic, known.is_automatic),
        verified_until=_or(row.verified_until, known.verified_until),
        removed_on=_or(row.removed_on, known.removed_on),
        replaces=_or(replaces, known.replaces),
        place=_or(row.place, known.place),
        tariff_region=_or(row.tariff_region, known.tariff_region),
        tariff_group=_or(row.tariff_group, known.tariff_group),
        seals=known.seals if row.seals is None else _seals(known.seals, row, day),
    )


def _or(new: T | None, known: T) -> T:
    return known if new is None else new


def _seals(known: Sequence[Seal], row: MeterRow, day: date) -> tuple[Seal, ...]:
    """A seal that is no longer told of was taken off, as far as we know on the day of the import."""
    told_of = {
        cell.number: Seal(number=cell.number, place=cell.place, set_on=cell.set_on)
        for cell in row.seals or ()
    }
    gone = [
        seal if seal.removed_on else replace(seal, removed_on=day)
        for seal in known
        if seal.number not in told_of
    ]
    return tuple(sorted((*gone, *told_of.values()), key=lambda seal: (seal.set_on or date.min, seal.number)))


def _registers(known: Sequence[Register], rows: Sequence[MeterRow]) -> tuple[Register, ...]:
    registers = {(one.zone, one.direction): one for one in known}
    for row in rows:
        key = row.zone, Direction(row.direction)
        old = registers.get(key) or Register(zone=row.zone, direction=key[1])
        newer = row.billed_on is not None and (old.billed_on is None or row.billed_on >= old.billed_on)
        registers[key] = replace(
            old,
            label=row.label or old.label,
            opening_value=_or(row.opening_value, old.opening_value),
            closing_value=_or(row.closing_value, old.closing_value),
            billed_value=row.billed_value if newer else old.billed_value,
            billed_on=row.billed_on if newer else old.billed_on,
        )
    return tuple(registers[key] for key in sorted(registers))
