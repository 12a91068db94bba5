"""A true reading says by itself how much was charged too much, where it can."""

from datetime import date
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from api.form_schema import schema
from api.pages.drawing import Drawing
from api.pages.told_forms import told_lines
from domain.applications.recalculation import Recalculation
from domain.applications.recalculation_grounds import Readings, TrueVolume
from domain.kernel.ids import MeterId
from domain.kernel.money import Money
from domain.readings.meters import Meter, Register
from tests.case_files import ACCOUNT, OURS, account_file, charge

LATE, EARLY = charge(1), charge(2, period="2026-09")
"""Each of 100 kWh at 3,10."""
BILLED = Register(zone="single", billed_value=Decimal(1200), billed_on=date(2026, 10, 25))
METER = Meter(
    id=MeterId(UUID(int=20)),
    account_id=ACCOUNT,
    supplier_account_id=OURS,
    service_code="electricity",
    unit="кВт·ч",
    serial="007",
    installed_on=date(2020, 1, 1),
    registers=(BILLED,),
)
SHOWS = Readings(reading=Decimal(1080), taken_on=date(2026, 11, 20))


def proposed(why=SHOWS, *meters, lines=(LATE, EARLY)):
    form = Recalculation(why=why, lines=tuple(one.id for one in lines))
    return form.proposal(account_file(*lines, meters=meters or (METER,)))


def test_the_latest_line_gives_way_first():
    proposal = proposed()
    assert proposal.amount == Money(37_200)  # 120 kWh too many
    assert {line.charge_id: line.after for line in proposal.lines} == {
        LATE.id: Money(0),
        EARLY.id: Money(24_800),
    }
    assert proposal.assumed[0].fields["excess"] == "120"


def test_what_the_applicant_has_said_line_by_line_counts():
    volumes = (TrueVolume(charge_id=LATE.id, volume=Decimal(90)),)
    assert proposed(replace(SHOWS, volumes=volumes), lines=(LATE,)).amount == Money(3_100)


@pytest.mark.parametrize(
    ("why", "meter"),
    [
        (replace(SHOWS, reading=Decimal(1200)), METER),
        (replace(SHOWS, reading=Decimal(999)), METER),  # more than both lines have
        (replace(SHOWS, taken_on=date(2026, 10, 24)), METER),
        (replace(SHOWS, meter_id=MeterId(UUID(int=21))), METER),
        (SHOWS, replace(METER, removed_on=date(2026, 11, 1))),
        (SHOWS, replace(METER, registers=(BILLED, replace(BILLED, zone="night")))),
        (SHOWS, replace(METER, registers=(replace(BILLED, billed_value=None),))),
        (SHOWS, replace(METER, service_code="heating")),
    ],
)
def test_where_the_reading_does_not_say_it_a_person_looks(why, meter):
    assert proposed(why, meter) is None


def test_the_lines_are_asked_for_once():
    """A program may send volumes, and what was sent is told."""
    drawing = Drawing(schema(Recalculation, "ru"), {}, ZoneInfo("UTC"))

    def inputs(**typed):
        [why] = [one for one in drawing.fields({"why.ground": ["readings"], **typed}) if one.children]
        return [one.name for one in why.children]

    assert inputs() == ["why.meter_id", "why.reading", "why.taken_on"]
    assert inputs(**{"why.volumes.0.volume": ["90"]})[-1] == "why.volumes"


def test_what_was_filed_is_told_with_a_decimal_comma():
    drawing = Drawing(schema(Recalculation, "ru"), {}, ZoneInfo("UTC"))
    filed = {"why": {"ground": "readings", "reading": "23.9", "taken_on": "2026-11-20"}, "lines": []}
    assert ["23,9"] in [list(line.values) for line in told_lines(drawing, filed, "ru")]
