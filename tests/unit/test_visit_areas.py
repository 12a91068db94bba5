"""Service areas: which crews come to an address."""

import pytest

from domain.cases.audit import AuditedSlot, slot_findings
from domain.cases.slots import Area, Areas, AreaUnknown
from infra.clock import new_id

AREAS = Areas(
    areas=(
        Area(code="zarechny", name="Заречный", addresses=("г. Заречный",)),
        Area(code="station", name="Станция", addresses=("г. Заречный, пос. Станционный", "ст. Узловая")),
    ),
    otherwise=Area(code="region", name="Вся область"),
)


@pytest.mark.parametrize(
    ("address", "area"),
    [
        ("г. Заречный, ул. Ленина, д. 1, кв. 5", "zarechny"),
        ("Г. ЗАРЕЧНЫЙ, ПОС. СТАНЦИОННЫЙ, д. 2", "station"),
        ("ст. Узловая, д. 7", "station"),
        ("г. Дальний, ул. Мира, д. 3", "region"),
        ("", "region"),
    ],
)
def test_the_area_that_names_most_of_the_address(address, area):
    assert AREAS.of(address).code == area


def test_hours_are_offered_in_an_area_that_is_there():
    assert [AREAS.checked(code) for code in ("region", "station")] == ["region", "station"]
    with pytest.raises(AreaUnknown) as refused:
        AREAS.checked("moon")
    assert refused.value.params["known"] == "region, zarechny, station"


def test_the_audit_compares_places_with_visits():
    whole = AuditedSlot(slot_id=new_id(), taken_count=2, visits_count=2)
    off = AuditedSlot(slot_id=new_id(), taken_count=2, visits_count=1)
    [finding] = slot_findings([whole, off])
    assert (finding.code, finding.expected, finding.found) == (
        "visit-slot-places",
        "taken_count=1",
        "taken_count=2",
    )
