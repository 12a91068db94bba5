"""Sealing and inspection: what an application says, who pays, how often figures are checked."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from domain.applications.meter_sealing import (
    AGAIN_FREE,
    BROKEN_PAID,
    FIRST_FREE,
    LOOK_FREE,
    CommissioningLacks,
    MeterNew,
    MeterSealing,
    MeterWork,
    SealingReason,
)
from domain.cases.on_site import Contact, Premises
from domain.kernel.access import ActorKind
from domain.kernel.ids import MeterId, ReadingId
from domain.readings.meters import Direction, Meter, Register
from domain.readings.readings import Nature, Reading, ReadingSource, ReadingState, RegisterReading
from tests.case_files import ACCOUNT, OURS, account_file

METER = MeterId(UUID(int=20))
WHOLE = {
    "place": "Лестничная клетка",
    "installed_by": "ООО «Монтаж»",
    "reading": "12",
    "verified_until": date(2042, 11, 1),
}


def sealing(**more):
    fields = {
        "what": MeterWork.SEALING,
        "premises": Premises.APARTMENT,
        "contact": Contact(name="Иванова", phone="+79000000001"),
    }
    return MeterSealing(**fields | more)


def commissioning(meter=WHOLE, **more):
    new = MeterNew(supplier_account_id=OURS, serial="9001", model="М-208", **meter)
    return sealing(new_meter=new, **{"wished_on": (date(2026, 11, 25),), "wished_hours": "10–14"} | more)


def test_an_application_to_take_a_meter_into_use_says_what_the_decree_wants():
    """Decree 354, p. 81: day and hours, type, place, installer, figures, next verification."""
    assert list(commissioning().objections(account_file())) == []
    for name in WHOLE:
        rest = {key: value for key, value in WHOLE.items() if key != name}
        [lacks] = commissioning(rest).objections(account_file())
        assert (type(lacks), lacks.field) == (CommissioningLacks, f"form.new_meter.{name}")
    [lacks] = commissioning(wished_hours="").objections(account_file())
    assert lacks.field == "form.wished_hours"


@pytest.mark.parametrize(
    ("form", "rule"),
    [
        (commissioning(), FIRST_FREE),
        (sealing(meter_id=METER, reason=SealingReason.VERIFIED), AGAIN_FREE),
        (sealing(meter_id=METER, reason=SealingReason.SEAL_BROKEN), BROKEN_PAID),
        (sealing(meter_id=METER, what=MeterWork.INSPECTION), LOOK_FREE),
    ],
)
def test_who_pays(form, rule):
    """Decree 354, p. 81(14)."""
    assert [one.text for one in form.proposal(account_file()).words] == [rule]


def checked(on, nature=Nature.CONTROL):
    value = RegisterReading(
        zone="single",
        direction=Direction.A_PLUS,
        value=Decimal(100),
        state=ReadingState.ACCEPTED,
        period="2026-09",
        nature=nature,
    )
    return Reading(
        id=ReadingId(UUID(int=40)),
        account_id=ACCOUNT,
        meter_id=METER,
        taken_on=on,
        received_at=datetime(2026, 9, 1, tzinfo=UTC),
        source=ReadingSource.STAFF,
        sent_by=UUID(int=2),
        sent_by_kind=ActorKind.STAFF,
        values=(value,),
    )


@pytest.mark.parametrize(
    ("on", "nature", "until"),
    [
        (date(2026, 8, 23), Nature.CONTROL, ["23.11.2026"]),
        (date(2026, 8, 22), Nature.CONTROL, []),
        (date(2026, 11, 1), Nature.ACTUAL, []),
    ],
)
def test_figures_are_checked_once_in_three_months(on, nature, until):
    """Decree 354, p. 34 (g)."""
    meter = Meter(
        id=METER,
        account_id=ACCOUNT,
        supplier_account_id=OURS,
        service_code="electricity",
        unit="кВт·ч",
        serial="1",
        installed_on=date(2020, 1, 1),
        registers=(Register(zone="single"),),
    )
    form = sealing(meter_id=METER, what=MeterWork.CONTROL_READING)
    assert form.wish().readings_of == {METER}
    file = account_file(meters=(meter,), readings={METER: [checked(on, nature)]})
    assert [one.fields["until"] for one in form.proposal(file).assumed] == until
