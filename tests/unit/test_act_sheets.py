"""The act of a visit as its form sends it."""

from datetime import date
from decimal import Decimal

import pytest

from api.pages.visit_acts import ActUnfinished, act_of, sheets
from domain.cases.on_site import VisitOrder, VisitPurpose
from domain.readings.acts import RegisterMissing
from domain.readings.meters import Register
from tests.unit.test_acts import METER, meter

OLD = meter(
    transformation_ratio=Decimal(20),
    verified_until=date(2026, 1, 1),
    registers=(Register(zone="day"), Register(zone="night")),
)
ORDER = VisitOrder(purpose=VisitPurpose.REPLACEMENT, meter_ids=(METER,))
TYPED = {
    "number": ["17"],
    "drawn_on": ["2026-11-23"],
    "outcome": ["admitted"],
    "m0.now.0": ["1 000,5"],
    "m0.now.1": ["900"],
    "m0.serial": ["0002"],
    "m0.model": ["M 234"],
    "m0.transformation_ratio": ["20"],
    "m0.first.0": ["0"],
    "m0.first.1": ["0"],
}


def of(**other: str):
    typed = TYPED | {name.replace("__", "."): [value] for name, value in other.items()}
    return act_of(typed, sheets(ORDER, [OLD], [], {}))


def test_a_new_meter_has_the_ratio_of_the_old_one_by_default_and_not_its_verification():
    [sheet] = sheets(ORDER, [OLD], [], {})
    assert sheet.face["transformation_ratio"] == "20"
    assert sheet.verified_until is None
    [entry] = of().entries
    assert entry.new_meter and entry.new_meter.transformation_ratio == 20
    assert [one.value for one in entry.values] == [Decimal("1000.5"), 900]


@pytest.mark.parametrize(
    ("name", "value", "place"),
    [
        ("m0__serial", "", "m0.serial"),
        ("m0__transformation_ratio", "0", "m0.transformation_ratio"),
        ("outcome", "", "outcome"),
        ("outcome", "unaccounted", "words"),
    ],
)
def test_what_is_missing_is_named_by_its_input(name, value, place):
    with pytest.raises(ActUnfinished) as refused:
        of(**{name: value})
    assert refused.value.field == place


def test_figures_are_missing_at_their_own_inputs():
    with pytest.raises(ActUnfinished) as refused:
        of(m0__first__0="", m0__first__1="")
    assert refused.value.field == "m0.first.0"
    with pytest.raises(RegisterMissing) as lacking:
        of(m0__now__1="")
    assert lacking.value.field == "m0.now.1"
