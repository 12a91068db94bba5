"""What a line would be if its meter had shown something else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import msgspec

from domain.bills.bills import BillLine, SupplierPart
from domain.kernel.errors import Conflict, Invalid
from domain.kernel.figures import figure
from domain.kernel.money import ZERO, Money
from domain.readings.cost import Said, Used
from domain.readings.meters import Meter

_WHOLE = 100


class LineWithoutReadings(Conflict):
    code = "line-without-readings"
    text = "The line was not counted from readings of this meter"
    remedy = "Choose a line and a meter named in its explanation"


class ZoneUnknown(LineWithoutReadings):
    code = "zone-unknown"
    text = "The meter has no such zone on this bill: it has {zones}"
    remedy = "Give values by the zones that the bill counted"


class ValueImpossible(Invalid):
    code = "value-impossible"
    text = "The value must lie between {previous}, the one before it, and {most}, the most the meter shows"
    remedy = "Give what the meter could have shown on that day"


AS_SHARE = "The benefit is taken as a share, {percent} % of the charge, so it follows the charge"
AS_SUM = "The benefit is left as it is billed, {benefit}: how it is counted is known to billing only"
TEXTS = (AS_SHARE, AS_SUM)


class BenefitAssumed(msgspec.Struct, frozen=True, kw_only=True):
    """What the benefit would be, and why in words; None where the line has none."""

    amount: Money
    why: Said | None = None


def benefit_of(line: BillLine, charge: Money) -> BenefitAssumed:
    """Of the same line with another `charge`. A whole percent of what was billed, to the kopeck, is taken for
    a share."""
    if not line.benefit:
        return BenefitAssumed(amount=line.benefit)
    percent = whole_percent(line)
    if percent is None:
        return BenefitAssumed(
            amount=line.benefit, why=Said(text=AS_SUM, fields={"benefit": str(line.benefit)})
        )
    return BenefitAssumed(
        amount=_share(charge, percent), why=Said(text=AS_SHARE, fields={"percent": str(percent)})
    )


def whole_percent(line: BillLine) -> int | None:
    """Which share of the charge the benefit is to the kopeck; None where it is no whole percent of it."""
    if line.amount <= ZERO or line.benefit < ZERO:
        return None
    percent = round(line.benefit.kopecks * 100 / line.amount.kopecks)
    is_share = 0 < percent <= _WHOLE and _share(line.amount, percent) == line.benefit
    return percent if is_share else None


def _share(amount: Money, percent: int) -> Money:
    exact = Decimal(amount.kopecks) * percent / _WHOLE
    return Money(int(exact.quantize(Decimal(1), ROUND_HALF_UP)))


class Wondered(msgspec.Struct, frozen=True, kw_only=True):
    """What was used of one meter: as the bill counted, and as it would have been."""

    billed: tuple[Used, ...]
    other: tuple[Used, ...]
    taken_on: date


def wondered(part: SupplierPart, line: BillLine, meter: Meter, values: Mapping[str, Decimal]) -> Wondered:
    """`values` by zone; zones that are left out stay as billed. LineWithoutReadings, ZoneUnknown,
    ValueImpossible."""
    counted = [one for one in line.readings if one.meter_id == meter.id and one.consumption is not None]
    is_line_of = (meter.supplier_account_id, meter.service_code) == (part.id, line.service_code)
    if not counted or not is_line_of:
        raise LineWithoutReadings
    zones = {one.zone for one in counted}
    if wrong := sorted(values.keys() - zones):
        raise ZoneUnknown(field=f"values.{wrong[0]}", zones=", ".join(sorted(zones)))
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
                bounds = {"previous": figure(before), "most": figure(most - 1)}
                raise ValueImpossible(field=f"values.{one.zone}", **bounds)
            volume = (value - before) * meter.transformation_ratio
            used = msgspec.structs.replace(used, volume=volume)
        other.append(used)
    return Wondered(billed=tuple(billed), other=tuple(other), taken_on=max(one.taken_on for one in counted))
