"""What a reading would cost: ranges, zones, ratio, rounding, and what is said with it."""

from datetime import date
from decimal import Decimal
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.texts import catalogue
from domain.accounts.accounts import AccountKind
from domain.kernel.money import Money
from domain.readings import cost
from domain.readings.cost import Basis, Price, PriceList, Used, preliminary_cost
from domain.readings.meters import BY_HAND_TEXTS, Direction, Register
from tests.unit.test_told_meters import a_meter

TAKEN_ON = date(2026, 11, 22)
SINCE = date(2026, 10, 22)


def prices(*zones: str, of=(("0", "3900", "5"), ("3900", "6000", "7"), ("6000", None, "9"))) -> PriceList:
    return PriceList(
        valid_from=date(2026, 10, 1),
        group_name="Городское население",
        prices=tuple(
            Price(
                zone=zone,
                range_no=number,
                from_volume=Decimal(above),
                to_volume=None if to is None else Decimal(to),
                price=Decimal(price) / (2 if zone == "night" else 1),
            )
            for zone in zones or ("",)
            for number, (above, to, price) in enumerate(of, start=1)
        ),
    )


def of(used, price_list, *, before="0", kind=AccountKind.UNIFIED, since=SINCE, **meter):
    said = [
        Used(zone=zone, volume=Decimal(volume), since=since) if isinstance(zone, str) else zone
        for zone, volume in used.items()
    ]
    basis = Basis(kind=kind, prices=price_list, used_before=Decimal(before))
    return preliminary_cost(a_meter(**meter), said, basis, TAKEN_ON)


def shown(found):
    return [(line.zone, line.range_no, line.volume, line.cost.kopecks) for line in found.lines]


def texts(said):
    return [one.text for one in said]


def test_one_zone_within_the_first_range():
    found = of({"single": "100.25"}, prices("single"))
    assert shown(found) == [("single", 1, Decimal("100.25"), 50125)]
    assert found.total == Money(50125)
    assert (found.prices_from, found.price_group) == (date(2026, 10, 1), "Городское население")
    assert texts(found.included) == [cost.PRICES, cost.RANGES]
    assert texts(found.not_included) == [cost.NOT_MONEY, cost.NOT_COMMON, cost.NOT_OTHERS]


@pytest.mark.parametrize(
    ("volume", "expected"),
    [
        ("3900", [(1, 3900)]),
        ("3900.001", [(1, 3900), (2, Decimal("0.001"))]),
        ("6000", [(1, 3900), (2, 2100)]),
        ("7000", [(1, 3900), (2, 2100), (3, 1000)]),
        ("0", [(1, 0)]),
    ],
)
def test_the_volume_of_the_month_lies_across_the_ranges(volume, expected):
    found = of({"single": volume}, prices("single"))
    assert [(line.range_no, line.volume) for line in found.lines] == expected


def test_what_other_meters_used_comes_before():
    found = of({"single": "200"}, prices("single"), before="3800")
    assert shown(found) == [("single", 1, Decimal(100), 50000), ("single", 2, Decimal(100), 70000)]
    [ranges] = [said for said in found.included if said.text == cost.RANGES]
    assert ranges.fields == {"used_before": "3800", "unit": "кВт·ч"}
    assert [line.range_no for line in of({"single": "0"}, prices("single"), before="5000").lines] == [2]


def test_zones_share_a_range_in_proportion():
    found = of({"day": "3000", "night": "1500"}, prices("day", "night"))
    assert shown(found) == [
        ("day", 1, Decimal(2600), 1300000),
        ("day", 2, Decimal(400), 280000),
        ("night", 1, Decimal(1300), 325000),
        ("night", 2, Decimal(200), 70000),
    ]
    assert cost.SHARED_RANGES in texts(found.included)


def test_several_months_have_several_times_the_ranges():
    found = of({"single": "7800"}, prices("single"), since=date(2026, 9, 22))
    assert [line.range_no for line in found.lines] == [1]
    [said] = [said for said in found.included if said.text == cost.SEVERAL_MONTHS]
    assert said.words(lambda text: text).startswith("The consumption since 22.09.2026")
    assert said.fields["months"] == "2"


def test_a_price_without_a_zone_is_for_all_of_them():
    flat = PriceList(valid_from=date(2025, 1, 1), prices=(Price(price=Decimal("47.18")),))
    found = of({"day": "1.5", "night": "0.001"}, flat)
    assert shown(found) == [("day", 1, Decimal("1.5"), 7077), ("night", 1, Decimal("0.001"), 5)]
    assert texts(found.included) == [cost.PRICES]


def test_reactive_energy_and_the_control_sum_are_not_paid_for():
    reactive = Used(zone="single", direction=Direction.R_PLUS, volume=Decimal(50))
    found = of({"single": "10", "total": "10", reactive: ""}, prices("single"))
    assert [line.zone for line in found.lines] == ["single"]
    assert texts(found.not_included)[-1] == cost.NOT_COUNTED


def test_the_ratio_is_said():
    found = of({"single": "10"}, prices("single"), transformation_ratio=Decimal("40.0000"))
    assert found.included[-1].fields == {"ratio": "40"}
    assert cost.NOT_LOSSES in texts(found.not_included)


def test_why_there_is_no_cost():
    for found, why in (
        (of({"single": "1"}, prices("single"), kind=AccountKind.CONTRACT), cost.CONTRACT),
        (of({"single": "1"}, None), cost.NO_PRICE),
        (of({"peak": "1", "night": "1"}, prices("night")), cost.NO_ZONE_PRICE),
        (of({}, prices("single")), cost.NOTHING_USED),
    ):
        assert found.total is None
        assert found.why_not is not None
        assert found.why_not.text == why


@given(
    volumes=st.lists(st.integers(0, 20_000_000), min_size=1, max_size=3),
    before=st.integers(0, 10_000),
)
def test_nothing_is_lost_between_ranges_and_zones(volumes, before):
    zones = ("peak", "half_peak", "night")[: len(volumes)]
    used = {zone: Decimal(volume) / 1000 for zone, volume in zip(zones, volumes, strict=True)}
    found = of(used, prices(*zones), before=str(before))
    for zone, volume in used.items():
        lines = [line for line in found.lines if line.zone == zone]
        assert sum(line.volume for line in lines) == volume
        assert all(line.volume >= 0 for line in lines)
    assert found.total == Money(sum(line.cost.kopecks for line in found.lines))
    whole = sum(used.values())
    bounds = [(Decimal(0), Decimal(3900)), (Decimal(3900), Decimal(6000)), (Decimal(6000), Decimal(10**9))]
    for number, (low, high) in enumerate(bounds, start=1):
        expected = max(Decimal(0), min(before + whole, high) - max(Decimal(before), low))
        of_range = sum(line.volume for line in found.lines if line.range_no == number)
        assert abs(of_range - expected) <= Decimal("0.003")


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("text", [*cost.TEXTS, *BY_HAND_TEXTS.values()])
def test_every_sentence_is_there_in_russian_with_its_places(text):
    translation = catalogue("ru").gettext(text)
    assert translation != text
    assert places(translation) == places(text)


def test_a_register_is_found_by_zone_and_direction():
    meter = a_meter(registers=(Register(zone="day"), Register(zone="day", direction=Direction.R_PLUS)))
    assert meter.register("day", Direction.R_PLUS) is meter.registers[1]
    assert meter.register("night") is None
