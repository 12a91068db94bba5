"""Meters of a contract that has many: found by words, told by delivery point."""

from collections.abc import Sequence

from api.meters import MeterOut
from domain.readings.meters import DeliveryPoint


def meets(meter: MeterOut, sought: str) -> bool:
    """Whether each word of `sought` stands in the meter's number, place or delivery point."""
    point = meter.delivery_point
    told = f"{meter.serial} {meter.place} {point.name if point else ''} {point.code if point else ''}"
    return all(word in told.casefold() for word in sought.casefold().split())


def by_point(meters: Sequence[MeterOut]) -> list[tuple[DeliveryPoint | None, list[MeterOut]]]:
    """In the order of the points; meters without one come last."""
    points = {one.delivery_point.id: one.delivery_point for one in meters if one.delivery_point}
    ordered = sorted(points.values(), key=lambda point: point.name)
    grouped = [
        (point, [one for one in meters if one.delivery_point and one.delivery_point.id == point.id])
        for point in ordered
    ]
    other = [one for one in meters if one.delivery_point is None]
    return [*grouped, *([(None, other)] if other else [])]
