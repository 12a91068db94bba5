"""By which of the supplier's prices for residents a line was charged: what the bill says of the price is what
the cost of the same reading says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

import msgspec

from domain.bills.bills import ReadingCounted
from domain.kernel.ids import SupplierId
from domain.kernel.money import Money, total
from domain.readings.cost import CostLine, PriceList, Used, cost_lines

PriceGroup = tuple[str, str]
"""The codes of the region and of the group of residents that a meter is counted by."""
ResidentialPrices = Mapping[tuple[SupplierId, str, PriceGroup], Sequence[PriceList]]
"""By supplier, service and group, the latest first."""


class Priced(msgspec.Struct, frozen=True, kw_only=True):
    """The list in force since `valid_from`, and how its prices make the sum of the line."""

    valid_from: date
    lines: tuple[CostLine, ...]


def priced(
    tariff: Decimal | None, amount: Money, readings: Sequence[ReadingCounted], lists: Sequence[PriceList]
) -> Priced | None:
    """None unless the readings, at the list of the day they were taken, come to what billing charged."""
    paid = [
        Used(zone=one.zone, direction=one.direction, volume=one.consumption, since=one.previous_on)
        for one in readings
        if one.consumption is not None
    ]
    if not paid or len(paid) < len(readings):
        return None
    day = max(one.taken_on for one in readings)
    prices = next((one for one in lists if one.valid_from <= day), None)
    if prices is None or not all(prices.of_zone(one.zone) for one in paid):
        return None
    lines = cost_lines(paid, prices, Decimal(0), day)
    agrees = total(line.cost for line in lines) == amount and all(
        tariff in (None, line.price) for line in lines
    )
    return Priced(valid_from=prices.valid_from, lines=lines) if agrees else None
