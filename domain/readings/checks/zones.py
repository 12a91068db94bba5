"""How the values of a meter's zones fit each other."""

from collections.abc import Mapping
from decimal import Decimal

from domain.readings.checks.facts import Facts, Rule, figure
from domain.readings.meters import TOTAL
from domain.readings.readings import Severity


def _own_zones(facts: Facts) -> list[str]:
    """Of the meter in that direction, without the control sum."""
    return [
        one.zone for one in facts.meter.registers if one.direction is facts.direction and one.zone != TOTAL
    ]


def zone_missing(facts: Facts) -> Mapping[str, str] | None:
    missing = [zone for zone in _own_zones(facts) if zone not in facts.zones]
    if not missing:
        return None
    faces = [facts.meter.register(zone, facts.direction) for zone in missing]
    names = [face.called if face else zone for face, zone in zip(faces, missing, strict=True)]
    return {"missing": ", ".join(names), "period": facts.period}


def sum_differs(facts: Facts) -> Mapping[str, str] | None:
    own = _own_zones(facts)
    if TOTAL not in facts.zones or any(zone not in facts.zones for zone in own):
        return None
    added, total = sum((facts.zones[zone] for zone in own), Decimal(0)), facts.zones[TOTAL]
    if abs(added - total) <= facts.limits.sum_tolerance:
        return None
    return {"added": figure(added), "total": figure(total)}


SOFT = (
    Rule(
        code="reading-zone-missing",
        severity=Severity.WARN,
        text="{missing} is still missing for {period}",
        remedy="Send the missing figure too",
        broken=zone_missing,
    ),
    Rule(
        code="reading-sum-differs",
        severity=Severity.WARN,
        text="The zones add up to {added}, the meter's own sum is {total}",
        remedy="Compare each figure with the meter's face and correct it if it is wrong",
        broken=sum_differs,
    ),
)
