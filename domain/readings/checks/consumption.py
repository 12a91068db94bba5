"""Whether so much can have been used since the last value."""

from collections.abc import Mapping
from decimal import Decimal

from domain.readings.checks.facts import Facts, Rule, figure
from domain.readings.readings import Severity


def below_last(facts: Facts) -> Mapping[str, str] | None:
    last = facts.past.last
    if last is None or not facts.goes_back or facts.rolled_over:
        return None
    return {"last": figure(last.value), "last_on": str(last.on)}


def rolled_over(facts: Facts) -> Mapping[str, str] | None:
    last = facts.past.last
    if last is None or not facts.rolled_over:
        return None
    return {"last": figure(last.value), "consumption": figure(facts.consumption or Decimal(0))}


def over_power(facts: Facts) -> Mapping[str, str] | None:
    return _over(facts, facts.power_per_day)


def over_average(facts: Facts) -> Mapping[str, str] | None:
    return _over(facts, facts.average_most_per_day)


def _over(facts: Facts, most_per_day: Decimal | None) -> Mapping[str, str] | None:
    last, consumption = facts.past.last, facts.consumption
    if last is None or consumption is None or most_per_day is None:
        return None
    if consumption <= most_per_day * facts.days:
        return None
    # Whichever bound is asked about, what is expected is within both.
    known = [most for most in (facts.power_per_day, facts.average_most_per_day) if most is not None]
    reach = min(known) * facts.days / facts.meter.transformation_ratio
    places = facts.meter.fraction_digit_count
    return {
        "consumption": figure(consumption),
        "unit": facts.meter.unit_of(facts.direction),
        "days": str(facts.days),
        "least": figure(last.value),
        "most": figure(round((last.value + reach) % facts.dial, places)),
    }


def zero_again(facts: Facts) -> Mapping[str, str] | None:
    if facts.consumption != 0 or facts.past.zero_periods + 1 < facts.limits.zero_periods:
        return None
    return {"periods": str(facts.past.zero_periods + 1)}


def below_estimate(facts: Facts) -> Mapping[str, str] | None:
    estimate = facts.past.estimate
    if estimate is None or facts.goes_back or facts.value >= estimate.value:
        return None
    return {"estimate": figure(estimate.value), "estimated_on": str(estimate.on)}


RULES = (
    Rule(
        code="reading-below-last",
        severity=Severity.REFUSE,
        text="The figure is below the last one, {last} on {last_on}",
        expected="From {last} on",
        remedy="Check meter and digits; if it is right, insist and add a photo: an operator will look",
        may_insist=True,
        broken=below_last,
    ),
)
SOFT = (
    Rule(
        code="reading-over-power",
        severity=Severity.CONFIRM,
        text="{consumption} {unit} in {days} days is more than the contract's power lets through",
        expected="From {least} to {most}",
        remedy="Check the digits; if they are right, insist and add a photo: an operator will look",
        may_insist=True,
        broken=over_power,
    ),
    Rule(
        code="reading-over-average",
        severity=Severity.CONFIRM,
        text="{consumption} {unit} in {days} days is many times the usual",
        expected="From {least} to {most}",
        remedy="Check the digits; if they are right, insist and add a photo: an operator will look",
        may_insist=True,
        broken=over_average,
    ),
    Rule(
        code="reading-rolled-over",
        severity=Severity.WARN,
        text="The register has passed through zero since {last}: {consumption} are counted",
        remedy="Correct the figure if that is not so",
        broken=rolled_over,
    ),
    Rule(
        code="reading-zero-again",
        severity=Severity.WARN,
        text="Nothing was used in {periods} periods in a row",
        remedy="If somebody lives there, check that the meter counts",
        broken=zero_again,
    ),
    Rule(
        code="reading-below-estimate",
        severity=Severity.WARN,
        text="The bill had estimated {estimate} on {estimated_on}: it will be recalculated by your figure",
        remedy="Nothing is to be done",
        broken=below_estimate,
    ),
)
