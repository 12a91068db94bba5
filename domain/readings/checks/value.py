"""Whether the figure can stand on the meter's face."""

from collections.abc import Mapping
from decimal import Decimal

from domain.readings.checks.facts import Facts, Rule, figure
from domain.readings.readings import Severity


def negative(facts: Facts) -> Mapping[str, str] | None:
    return {"value": figure(facts.value)} if facts.value < 0 else None


def too_many_digits(facts: Facts) -> Mapping[str, str] | None:
    if facts.value < facts.dial:
        return None
    step = Decimal(1).scaleb(-facts.meter.fraction_digit_count)
    return {"digits": str(facts.meter.digit_count), "most": figure(facts.dial - step)}


def fraction_too_long(facts: Facts) -> Mapping[str, str] | None:
    places = facts.meter.fraction_digit_count
    if facts.value == round(facts.value, places):
        return None
    return {"fraction_digits": str(places), "value": figure(facts.value)}


RULES = (
    Rule(
        code="reading-negative",
        severity=Severity.REFUSE,
        text="A reading is not below zero",
        expected="A figure from 0 on",
        remedy="Give the digits on the meter's face without a sign",
        broken=negative,
    ),
    Rule(
        code="reading-too-many-digits",
        severity=Severity.REFUSE,
        text="The meter has {digits} digits before the comma: it cannot show this figure",
        expected="From 0 to {most}",
        remedy="Leave out the digits after the comma (they are often red) and check for a slip",
        may_insist=True,
        broken=too_many_digits,
    ),
    Rule(
        code="reading-fraction-too-long",
        severity=Severity.REFUSE,
        text="The meter shows {fraction_digits} digits after the comma",
        expected="At most {fraction_digits} digits after the comma",
        remedy="Write the figure as the meter shows it, without further digits",
        may_insist=True,
        broken=fraction_too_long,
    ),
)
