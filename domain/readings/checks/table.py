"""All rules, in stages: a refusal ends the judging of its value, for what comes after would be noise."""

from domain.readings.checks import consumption, day, meter, value, zones
from domain.readings.checks.facts import Facts, Rule
from domain.readings.readings import Finding, ReadingState, Severity

STAGES: tuple[tuple[Rule, ...], ...] = (
    meter.RULES,
    value.RULES,
    day.RULES,
    consumption.RULES,
    (*meter.WARNINGS, *day.SOFT, *consumption.SOFT, *zones.SOFT),
)
RULES: tuple[Rule, ...] = tuple(rule for stage in STAGES for rule in stage)


def findings(facts: Facts) -> tuple[Finding, ...]:
    """What the rules have to say. Within a stage their order does not matter."""
    for stage in STAGES:
        found = tuple(finding for rule in stage if (finding := rule.finding(facts)))
        if any(finding.severity is Severity.REFUSE for finding in found):
            return found
    return found


def verdict(found: tuple[Finding, ...]) -> ReadingState:
    """The state that findings lead to: the gravest of them decides."""
    severities = {finding.severity for finding in found}
    if Severity.REFUSE in severities:
        return ReadingState.REFUSED
    if Severity.CONFIRM in severities:
        return ReadingState.NEEDS_CONFIRMATION
    return ReadingState.ACCEPTED_WITH_WARNING if severities else ReadingState.ACCEPTED
