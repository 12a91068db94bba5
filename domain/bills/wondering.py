"""What a line would be if its meter had shown something else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import msgspec

from domain.bills.bills import BillLine, SupplierPart
from domain.kernel.errors import Conflict, Invalid
from domain.readings.cost import Used
from domain.readings.meters import Meter


class LineWithoutReadings(Conflict):
    code = "line-without-readings"
    text = "The line was not counted from readings of this meter"
    remedy = "Choose a line and a meter named in its explanation"


class ValueImpossible(Invalid):
    code = "value-impossible"
    text = "The value must lie between {previous}, the one before it, and {most}, the most the meter shows"
    remedy = "Give what the meter could have shown on that day"


class Wondered(msgspec.Struct, frozen=True, kw_only=True):
    """What was used of one meter: as the bill counted, and as it would have been."""

    billed: tuple[Used, ...]
    other: tuple[Used, ...]
    taken_on: date


def wondered(part: SupplierPart, line: BillLine, meter: Meter, values: Mapping[str, Decimal]) -> Wondered:
    """`values` by zone; zones that are left out stay as billed. LineWithoutReadings, ValueImpossible."""
    counted = [one for one in line.readings if one.meter_id == meter.id and one.consumption is not None]
    is_line_of = (meter.supplier_account_id, meter.service_code) == (part.id, line.service_code)
    if not counted or not is_line_of or not values.keys() <= {one.zone for one in counted}:
        raise LineWithoutReadings
    billed, other = [], []
    for one in counted:
        assert one.consumption is not None
        used = Used(zone=one.zone, direction=one.direction, volume=one.consumption, since=one.previous_on)
        billed.append(used)
        value = values.get(one.zone)
        if value is not None and value != one.value:
            before = one.previous if one.previous is not None else Decimal(0)
            most = Decimal(10**meter.digit_count)
            if not (value.is_finite() and before <= value < most):
                raise ValueImpossible(field=f"values.{one.zone}", previous=before, most=most - 1)
            volume = (value - before) * meter.transformation_ratio
            used = msgspec.structs.replace(used, volume=volume)
        other.append(used)
    return Wondered(billed=tuple(billed), other=tuple(other), taken_on=max(one.taken_on for one in counted))
