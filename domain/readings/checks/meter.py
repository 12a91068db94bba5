"""Whether the meter takes readings by hand, and has such a register."""

from collections.abc import Mapping

from domain.readings.checks.facts import Facts, Rule
from domain.readings.meters import BY_HAND_TEXTS, ByHand
from domain.readings.readings import Severity


def automatic(facts: Facts) -> Mapping[str, str] | None:
    is_automatic = facts.meter.closed_to_hand(facts.taken_on) is ByHand.AUTOMATIC
    return {"serial": facts.meter.serial} if is_automatic else None


def removed(facts: Facts) -> Mapping[str, str] | None:
    if facts.meter.closed_to_hand(facts.taken_on) is not ByHand.REMOVED:
        return None
    return {"removed_on": str(facts.meter.removed_on)}


def not_installed_yet(facts: Facts) -> Mapping[str, str] | None:
    if facts.meter.closed_to_hand(facts.taken_on) is not ByHand.NOT_YET:
        return None
    return {"installed_on": str(facts.meter.installed_on)}


def not_admitted(facts: Facts) -> Mapping[str, str] | None:
    if facts.meter.closed_to_hand(facts.taken_on) is not ByHand.NOT_ADMITTED:
        return None
    return {"not_admitted_since": str(facts.meter.not_admitted_since)}


def zone_unknown(facts: Facts) -> Mapping[str, str] | None:
    if facts.register is not None:
        return None
    own = sorted({f"{one.called} {one.direction}" for one in facts.meter.registers})
    return {"zone": facts.zone, "direction": facts.direction, "zones": ", ".join(own)}


def verification_expired(facts: Facts) -> Mapping[str, str] | None:
    if facts.meter.is_verified_on(facts.taken_on):
        return None
    return {"verified_until": str(facts.meter.verified_until)}


RULES = (
    Rule(
        code="reading-meter-automatic",
        severity=Severity.REFUSE,
        text=BY_HAND_TEXTS[ByHand.AUTOMATIC],
        remedy="Nothing is to be done; write to us if the meter's own readings look wrong",
        broken=automatic,
    ),
    Rule(
        code="reading-meter-removed",
        severity=Severity.REFUSE,
        text=BY_HAND_TEXTS[ByHand.REMOVED],
        expected="A day not later than {removed_on}",
        remedy="Choose the meter that hangs there now",
        broken=removed,
    ),
    Rule(
        code="reading-meter-not-installed",
        severity=Severity.REFUSE,
        text=BY_HAND_TEXTS[ByHand.NOT_YET],
        expected="A day not earlier than {installed_on}",
        remedy="Check the day of the reading",
        broken=not_installed_yet,
    ),
    Rule(
        code="reading-meter-not-admitted",
        severity=Severity.REFUSE,
        text=BY_HAND_TEXTS[ByHand.NOT_ADMITTED],
        expected="A day before {not_admitted_since}",
        remedy="Put right what the act names and ask for sealing; your figures are taken again from then on",
        broken=not_admitted,
    ),
    Rule(
        code="reading-zone-unknown",
        severity=Severity.REFUSE,
        text="The meter has no register “{zone} {direction}”",
        expected="Its registers: {zones}",
        remedy="Send a value for each register of the meter, by its zone and direction",
        broken=zone_unknown,
    ),
)
WARNINGS = (
    Rule(
        code="reading-verification-expired",
        severity=Severity.WARN,
        text="The verification of the meter ended on {verified_until}: the bill may go by the norm instead",
        remedy="Have the meter verified or replaced and send us the paper",
        broken=verification_expired,
    ),
)
