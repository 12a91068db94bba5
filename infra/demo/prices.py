"""What a unit costs in the demo. Its list of tariffs, its charges and its meters have it from here, so that a
bill says what the cost of the reading says."""

from collections.abc import Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from infra.demo.suppliers import SUPPLIERS, DemoService

REGION = "72"
ELECTRIC_STOVE_PERCENT = 70
ZONE_SETS = {
    1: (("single", "", 100),),
    2: (("day", "T1", 64), ("night", "T2", 36)),
    3: (("peak", "T1", 27), ("night", "T2", 34), ("half_peak", "T3", 39)),
}
"""Zones, what stands on the face, and their share of the whole in percent. On a three-zone meter T2 is the
night: whoever goes by the order takes it for the half-peak."""
GROUPS = {
    "gas-stove": ("Городское население, газовая плита", 100),
    "electric-stove": ("Городское население, электроплита", ELECTRIC_STOVE_PERCENT),
}
# A home that uses as much by night as ZONE_SETS says pays the same by zones as without.
_ZONES = {"single": 100, "day": 125, "peak": 157, "half_peak": 100, "night": 55}
_RANGES = ((1, 0, 3900, 100), (2, 3900, 6000, 137), (3, 6000, None, 192))
_ORDERS = ((date(2025, 1, 1), 91), (date(2026, 7, 1), 100))
"""From 2025 on and, a little dearer, from July 2026 on: what the demo's periods are charged by."""


def tariff_rows() -> Iterator[tuple[object, ...]]:
    supplier = SUPPLIERS[0]
    service = supplier.services[0]
    for valid_from, rise in _ORDERS:
        for group, (name, of_group) in GROUPS.items():
            for zone in _ZONES:
                for number, above, to, of_range in _RANGES:
                    price = _price(service, zone, of_group, of_range * rise)
                    yield (
                        *(supplier.inn, service.code, REGION, group, price, valid_from, name),
                        *(zone, number, above, "" if to is None else to),
                    )


def charged(service: DemoService, volume: int, zones: int = 1, group: str = "") -> tuple[int | None, int]:
    """Kopecks a unit, None where each zone has its own, and kopecks for so many thousandths of a unit: in the
    first range, at today's prices. Without a group the price is the supplier's one."""
    if not group:
        return service.tariff_kopecks, (volume * service.tariff_kopecks + 500) // 1000
    of_group, told = GROUPS[group][1], ZONE_SETS[zones]
    prices = [_price(service, zone, of_group, 100 * 100) * 100 for zone, _, _ in told]
    costs = (volume * share * price / 100_000 for (_, _, share), price in zip(told, prices, strict=True))
    amount = sum(int(cost.quantize(Decimal(1), ROUND_HALF_UP)) for cost in costs)
    return int(prices[0]) if zones == 1 else None, amount


def _price(service: DemoService, zone: str, of_group: int, rest: int) -> Decimal:
    """Roubles a unit. `rest` has the range's percent and the rise's multiplied in it."""
    return round(Decimal(service.tariff_kopecks * of_group * _ZONES[zone] * rest) / 10**10, 2)
