"""What a true reading makes of lines of the bill, where it is enough to reckon by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from domain.accounts.charges import Charge
from domain.applications.recalculation_grounds import Readings, TrueVolume
from domain.cases.forms import ProposalWords
from domain.kernel.figures import figure
from domain.readings.meters import Meter

RECKONED = (
    "Meter № {serial} was billed up to {billed} ({day}) and shows {reading}: {excess} {unit} were charged "
    "too much"
)


def reckoned(
    why: Readings, charges: Sequence[Charge], meters: Sequence[Meter]
) -> tuple[tuple[TrueVolume, ...], tuple[ProposalWords, ...]]:
    """The volumes by the reading, and how they were found. Nothing where a person has to look: a meter of
    several figures, a reading before the last billed one or not below it, more too much than the lines have.
    """
    meter = _meter(why, charges, meters)
    if meter is None or len(meter.registers) != 1:
        return (), ()
    [register] = meter.registers
    if register.billed_value is None or register.billed_on is None or why.taken_on < register.billed_on:
        return (), ()
    excess = (register.billed_value - why.reading) * meter.transformation_ratio
    if not 0 < excess <= sum(max(one.volume or Decimal(0), Decimal(0)) for one in charges):
        return (), ()
    fields = {
        "serial": meter.serial,
        "billed": figure(register.billed_value),
        "day": f"{register.billed_on:%d.%m.%Y}",
        "reading": figure(why.reading),
        "excess": figure(excess),
        "unit": meter.unit,
    }
    return tuple(_without(excess, charges)), (ProposalWords(text=RECKONED, fields=fields),)


def _meter(why: Readings, charges: Sequence[Charge], meters: Sequence[Meter]) -> Meter | None:
    """The one that hangs there and counts what the lines charge for."""
    counted = {(one.supplier_account_id, one.service_code) for one in charges}
    found = [
        one
        for one in meters
        if one.removed_on is None
        and {(one.supplier_account_id, one.service_code)} == counted
        and why.meter_id in (None, one.id)
    ]
    return found[0] if len(found) == 1 else None


def _without(excess: Decimal, charges: Sequence[Charge]) -> Iterator[TrueVolume]:
    """The latest line gives way first: it is the one that was billed up to that value."""
    for charge in sorted(charges, key=lambda one: one.period, reverse=True):
        if charge.volume is not None:
            taken = min(excess, max(charge.volume, Decimal(0)))
            excess -= taken
            yield TrueVolume(charge_id=charge.id, volume=charge.volume - taken)
