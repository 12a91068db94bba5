"""What a reading would cost at the prices in force, before any bill is made, and what that leaves out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Protocol

import msgspec

from domain.accounts.accounts import AccountKind
from domain.kernel.access import Access
from domain.kernel.calendar import Period
from domain.kernel.money import Money, total
from domain.readings.meters import TOTAL, Direction, Meter
from domain.readings.readings import shown

ANY_ZONE = ""
"""The zone of a price that does not ask for the hour."""
_MONTH_DAYS = Decimal("30.44")
_THOUSANDTH = Decimal("0.001")


class Price(msgspec.Struct, frozen=True, kw_only=True):
    """`price` in roubles per unit of the month's volume above `from_volume` up to and with `to_volume`."""

    zone: str = ANY_ZONE
    range_no: int = 1
    from_volume: Decimal = Decimal(0)
    to_volume: Decimal | None = None
    price: Decimal


class PriceList(msgspec.Struct, frozen=True, kw_only=True):
    """Prices of one group of customers from a day on."""

    valid_from: date
    group_name: str = ""
    prices: tuple[Price, ...]

    def of_zone(self, zone: str) -> tuple[Price, ...]:
        own = tuple(one for one in self.prices if one.zone == zone)
        return own or tuple(one for one in self.prices if one.zone == ANY_ZONE)


class Basis(msgspec.Struct, frozen=True, kw_only=True):
    """What the cost of one meter's reading rests upon besides its consumption.

    `used_before`: the volume of the same service and period by the other meters of the account.
    """

    kind: AccountKind
    prices: PriceList | None = None
    used_before: Decimal = Decimal(0)


class Used(msgspec.Struct, frozen=True, kw_only=True):
    """Consumption by one register of a meter since `since`, in its unit, with the transformation ratio."""

    zone: str
    direction: Direction = Direction.A_PLUS
    volume: Decimal
    since: date | None = None


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A sentence for people: an English message id with `{fields}`; days in them are ISO."""

    text: str
    fields: dict[str, str] = {}

    def words(self, translate: Callable[[str], str]) -> str:
        return translate(self.text).format(**{name: shown(value) for name, value in self.fields.items()})


class CostLine(msgspec.Struct, frozen=True, kw_only=True):
    """One zone in one range. `price` in roubles per unit."""

    zone: str
    range_no: int
    volume: Decimal
    price: Decimal
    cost: Money


class PreliminaryCost(msgspec.Struct, frozen=True, kw_only=True):
    """`total` is None when it cannot be told: `why_not` says so. Never a bill: the month's may differ."""

    total: Money | None = None
    prices_from: date | None = None
    price_group: str = ""
    lines: tuple[CostLine, ...] = ()
    included: tuple[Said, ...] = ()
    not_included: tuple[Said, ...] = ()
    why_not: Said | None = None


CONTRACT = "A contract pays the unregulated price of the month, which is known after the month has ended"
NO_PRICE = "No price per unit is known for this meter"
NO_ZONE_PRICE = "No price is known for one of the meter's zones"
UNCONFIRMED = "The cost is counted when the figures are confirmed"
NOTHING_USED = "There is no earlier value to count the consumption from"
PRICES = "The consumption of this reading at the prices in force from {valid_from}"
RANGES = (
    "The price ranges of the month; {used_before} {unit} of it were counted by other meters of the account"
)
SEVERAL_MONTHS = "The consumption since {since}: the bounds of the price ranges are taken {months} times"
SHARED_RANGES = "Each price range is shared by the zones in proportion to their volumes"
RATIO = "The transformation ratio {ratio}"
NOT_MONEY = "Debts, penalties, advance payments, benefits and recalculations"
NOT_COMMON = "Energy used in common parts of the house"
NOT_LOSSES = "Losses on the way to the meter"
NOT_OTHERS = "Other meters and services of the account"
NOT_COUNTED = "Reactive energy, energy given to the grid, and the meter's own sum of its zones"

TEXTS = (
    *(
        CONTRACT,
        NO_PRICE,
        NO_ZONE_PRICE,
        UNCONFIRMED,
        NOTHING_USED,
        PRICES,
        RANGES,
        SEVERAL_MONTHS,
        SHARED_RANGES,
    ),
    *(RATIO, NOT_MONEY, NOT_COMMON, NOT_LOSSES, NOT_OTHERS, NOT_COUNTED),
)


class CostBasis(Protocol):
    async def basis(self, access: Access, meter: Meter, day: date, period: Period) -> Basis:
        """Prices in force on `day` for the meter, what other meters used in `period`."""


def preliminary_cost(meter: Meter, used: Sequence[Used], basis: Basis, taken_on: date) -> PreliminaryCost:
    """Only active energy that was taken is paid for, or whatever a meter without directions counts."""
    paid = [one for one in used if one.direction is Direction.A_PLUS and one.zone != TOTAL]
    if basis.kind is AccountKind.CONTRACT:
        return PreliminaryCost(why_not=Said(text=CONTRACT))
    if not paid:
        return PreliminaryCost(why_not=Said(text=NOTHING_USED))
    if basis.prices is None:
        return PreliminaryCost(why_not=Said(text=NO_PRICE))
    prices = {one.zone: basis.prices.of_zone(one.zone) for one in paid}
    if not all(prices.values()):
        return PreliminaryCost(why_not=Said(text=NO_ZONE_PRICE))
    lines = cost_lines(paid, basis.prices, basis.used_before, taken_on)
    since = _since(paid)
    months = _months(since, taken_on)
    return PreliminaryCost(
        total=total(line.cost for line in lines),
        prices_from=basis.prices.valid_from,
        price_group=basis.prices.group_name,
        lines=lines,
        included=tuple(_included(meter, basis, prices, since, months)),
        not_included=tuple(_not_included(meter, len(used) - len(paid))),
    )


def cost_lines(
    paid: Sequence[Used], prices: PriceList, used_before: Decimal, taken_on: date
) -> tuple[CostLine, ...]:
    """Each zone in each range of the month, what bills are counted by as well. Every zone has its price."""
    months = _months(_since(paid), taken_on)
    whole = sum((one.volume for one in paid), Decimal(0))
    return tuple(
        line for one in paid for line in _lines(one, prices.of_zone(one.zone), whole, used_before, months)
    )


def _since(paid: Sequence[Used]) -> date | None:
    return min((one.since for one in paid if one.since), default=None)


def _months(since: date | None, taken_on: date) -> int:
    """Months that a consumption is of, at least one."""
    if since is None:
        return 1
    return max(1, int((Decimal((taken_on - since).days) / _MONTH_DAYS).quantize(Decimal(1), ROUND_HALF_UP)))


def _lines(
    used: Used, prices: Sequence[Price], whole: Decimal, before: Decimal, months: int
) -> list[CostLine]:
    """The month's volume from `before` to `before + whole` lies across the ranges; of what lies in a range
    each zone has its part. The last range takes what rounding leaves."""
    ordered = sorted(prices, key=lambda price: price.from_volume)
    if not used.volume:
        begun = [price for price in ordered if price.from_volume * months <= before]
        return [_line(used.zone, (begun or ordered)[-1], used.volume)]
    found: list[CostLine] = []
    left = used.volume
    for price in ordered[:-1]:
        ends = before + whole
        if price.to_volume is not None:
            ends = min(ends, price.to_volume * months)
        part = max(Decimal(0), ends - max(before, price.from_volume * months)) / whole
        volume = min(left, (used.volume * part).quantize(_THOUSANDTH, ROUND_HALF_UP))
        left -= volume
        if volume:
            found.append(_line(used.zone, price, volume))
    return [*found, _line(used.zone, ordered[-1], left)] if left else found


def _line(zone: str, price: Price, volume: Decimal) -> CostLine:
    cost = _kopecks(volume * price.price)
    return CostLine(zone=zone, range_no=price.range_no, volume=volume, price=price.price, cost=cost)


def _kopecks(roubles: Decimal) -> Money:
    return Money(int((roubles * 100).quantize(Decimal(1), ROUND_HALF_UP)))


def _included(
    meter: Meter,
    basis: Basis,
    prices: Mapping[str, Sequence[Price]],
    since: date | None,
    months: int,
) -> list[Said]:
    assert basis.prices is not None
    said = [Said(text=PRICES, fields={"valid_from": basis.prices.valid_from.isoformat()})]
    if any(len(one) > 1 for one in prices.values()):
        fields = {"used_before": f"{basis.used_before.normalize():f}", "unit": meter.unit}
        said.append(Said(text=RANGES, fields=fields))
        if months > 1 and since is not None:
            said.append(Said(text=SEVERAL_MONTHS, fields={"since": since.isoformat(), "months": str(months)}))
        if len(prices) > 1:
            said.append(Said(text=SHARED_RANGES))
    if meter.transformation_ratio != 1:
        said.append(Said(text=RATIO, fields={"ratio": f"{meter.transformation_ratio.normalize():f}"}))
    return said


def _not_included(meter: Meter, unpaid_count: int) -> list[Said]:
    texts = [NOT_MONEY, NOT_COMMON]
    if meter.transformation_ratio != 1:
        texts.append(NOT_LOSSES)
    texts.append(NOT_OTHERS)
    if unpaid_count:
        texts.append(NOT_COUNTED)
    return [Said(text=text) for text in texts]
