"""The workbook of a contract to be filled in: what stands in it, in which columns.

Its headings are words of a form, Russian whatever language the reader speaks; whoever reads workbooks
finds the columns by them, as in any other company's form.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

import msgspec

from domain.kernel.ids import AccountId, DeliveryPointId
from domain.readings.meters import BY_HAND_TEXTS, TOTAL, DeliveryPoint, Meter, Register, Zone
from domain.readings.past import Baseline, RegisterKey

TEMPLATE_VERSION = 1
SHEET = "Показания"

NUMBER, POINT, ADDRESS, PLACE, MODEL, SERIAL = (
    "№ п/п",
    "Точка поставки",
    "Адрес",
    "Место установки",
    "Тип ПУ",
    "Заводской номер ПУ",
)
ZONE, DIRECTION, PREVIOUS_ON, PREVIOUS = (
    "Тарифная зона",
    "Направление",
    "Дата предыдущих показаний",
    "Предыдущие показания",
)
TAKEN_ON, VALUE, RATIO, UNIT, REMARK = (
    "Дата снятия показаний",
    "Текущие показания",
    "Расчётный коэффициент",
    "Единица измерения",
    "Примечание",
)
HEADINGS = (
    *(NUMBER, SERIAL, ZONE, DIRECTION, PREVIOUS_ON, PREVIOUS, TAKEN_ON, VALUE, UNIT, RATIO),
    *(POINT, ADDRESS, PLACE, MODEL, REMARK),
)
"""What is filled in stands where it is seen without scrolling."""


class TemplateRow(msgspec.Struct, frozen=True, kw_only=True):
    """One register. `taken_on` and `value` are for whoever fills it in, or filled in already. `remark` is
    an English message id with `fields`; rows with `is_closed` are not filled in by hand."""

    point: str
    address: str
    place: str
    model: str
    serial: str
    zone: str
    direction: str
    previous_on: date | None
    previous: Decimal | None
    ratio: Decimal
    unit: str
    digit_count: int
    fraction_digit_count: int
    taken_on: date | None = None
    value: Decimal | None = None
    is_closed: bool = False
    remark: str = ""
    fields: dict[str, str] = {}

    @property
    def most(self) -> Decimal:
        """What the dial can show at most."""
        step = Decimal(1).scaleb(-self.fraction_digit_count)
        return Decimal(10) ** self.digit_count - step


class Template(msgspec.Struct, frozen=True, kw_only=True):
    account_id: AccountId
    account_number: str
    holder_name: str
    address: str
    made_on: date
    rows: Sequence[TemplateRow]


def template_rows(
    meters: Sequence[Meter],
    points: Sequence[DeliveryPoint],
    zones: Mapping[str, Zone],
    previous: Mapping[RegisterKey, Baseline],
    today: date,
) -> list[TemplateRow]:
    """A row for each register of the meters that hang there today; control sums are not asked for."""
    by_id = {point.id: point for point in points}
    return [
        _row(
            meter, register, by_id, zones, previous.get((meter.id, register.zone, register.direction)), today
        )
        for meter in meters
        if meter.is_installed_on(today) and meter.removed_on is None
        for register in meter.registers
        if register.zone != TOTAL
    ]


def _row(
    meter: Meter,
    register: Register,
    points: Mapping[DeliveryPointId, DeliveryPoint],
    zones: Mapping[str, Zone],
    previous: Baseline | None,
    today: date,
) -> TemplateRow:
    point = points.get(meter.delivery_point_id) if meter.delivery_point_id else None
    zone = zones.get(register.zone)
    closed = meter.closed_to_hand(today)
    return TemplateRow(
        point=" ".join(part for part in (point.code, point.name) if part) if point else "",
        address=point.address if point else "",
        place=meter.place,
        model=meter.model,
        serial=meter.serial,
        zone=zone.label if zone else register.zone,
        direction=register.direction,
        previous_on=previous.on if previous else None,
        previous=previous.value if previous else None,
        ratio=meter.transformation_ratio,
        unit=meter.unit_of(register.direction),
        digit_count=meter.digit_count,
        fraction_digit_count=meter.fraction_digit_count,
        is_closed=closed is not None,
        remark=BY_HAND_TEXTS[closed] if closed else "",
        fields={"installed_on": f"{meter.installed_on:%d.%m.%Y}"},
    )
