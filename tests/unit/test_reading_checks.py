"""Each rule by its code, the stages, and what holds of every value."""

from datetime import UTC, date, datetime
from decimal import Decimal
from string import Formatter
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from api.reading_shapes import AWAITS_OPERATOR, REASONS, SOURCES, STATES
from api.texts import catalogue
from domain.kernel.ids import AccountId, MeterId, ReadingId, SupplierAccountId
from domain.readings.checks import RULES, Facts, findings
from domain.readings.checks.table import STAGES, verdict
from domain.readings.checks.zones import zone_missing
from domain.readings.judging import AWAITED, REPEATED
from domain.readings.meters import Direction, Meter, Register
from domain.readings.past import Baseline, Kept, Past
from domain.readings.readings import ReadingSource, ReadingState, RegisterReading, Severity
from domain.readings.windows import Limits, ServiceLimits, Window

TODAY = date(2026, 11, 20)
AT = datetime(2026, 11, 20, 7, tzinfo=UTC)
LAST = Baseline(value=Decimal(4000), on=date(2026, 10, 20))
METER = Meter(
    id=MeterId(UUID(int=1)),
    account_id=AccountId(UUID(int=2)),
    supplier_account_id=SupplierAccountId(UUID(int=3)),
    service_code="electricity",
    unit="кВт·ч",
    serial="0123456",
    digit_count=5,
    installed_on=date(2020, 1, 1),
    registers=(Register(zone="single"),),
)
TWO_ZONES = replace(METER, registers=(Register(zone="day", label="T1"), Register(zone="night", label="T2")))
FACTS = Facts(
    meter=METER,
    zone="single",
    direction=Direction.A_PLUS,
    value=Decimal(4100),
    taken_on=TODAY,
    received_on=TODAY,
    period="2026-11",
    window=Window(opens_day=15, closes_day=25),
    limits=Limits(),
    past=Past(last=LAST),
    zones={"single": Decimal(4100)},
)


def kept(value: int = 4050, *, taken_on: date = TODAY, period: str = "2026-10") -> Kept:
    return Kept(
        reading_id=ReadingId(UUID(int=9)),
        meter_id=METER.id,
        taken_on=taken_on,
        received_at=AT,
        source=ReadingSource.CABINET,
        value=RegisterReading(
            zone="single",
            direction=Direction.A_PLUS,
            value=Decimal(value),
            state=ReadingState.ACCEPTED,
            period=period,
        ),
    )


def facts(**changes):
    meter = replace(changes.pop("meter", METER), **changes.pop("meters", {}))
    past = replace(FACTS.past, **changes.pop("pasts", {}))
    return replace(FACTS, meter=meter, past=past, **changes)


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def codes(of: Facts) -> list[str]:
    return sorted(finding.code for finding in findings(of))


def test_a_plain_value_is_accepted():
    assert codes(FACTS) == []
    assert verdict(findings(FACTS)) is ReadingState.ACCEPTED
    assert FACTS.consumption == 100


BROKEN = {
    "reading-meter-automatic": facts(meters={"is_automatic": True}),
    "reading-meter-removed": facts(meters={"removed_on": date(2026, 11, 1)}),
    "reading-meter-not-installed": facts(meters={"installed_on": date(2026, 11, 21)}, pasts={"last": None}),
    "reading-meter-not-admitted": facts(meters={"not_admitted_since": date(2026, 11, 1)}),
    "reading-zone-unknown": facts(zone="night"),
    "reading-verification-expired": facts(meters={"verified_until": date(2026, 11, 19)}),
    "reading-negative": facts(value=Decimal(-1)),
    "reading-too-many-digits": facts(value=Decimal(100000)),
    "reading-fraction-too-long": facts(value=Decimal("4100.5")),
    "reading-in-future": facts(taken_on=date(2026, 11, 21)),
    "reading-long-ago": facts(
        taken_on=date(2026, 9, 1), pasts={"last": Baseline(value=Decimal(4050), on=date(2026, 8, 1))}
    ),
    "reading-before-last": facts(taken_on=date(2026, 10, 19)),
    "reading-overtaken": facts(overtaken_by=kept()),
    "reading-window-closed": facts(
        received_on=date(2026, 12, 1),
        period="2026-12",
        window=Window(opens_day=15, closes_day=25, outside="refuse"),
    ),
    "reading-outside-window": facts(received_on=date(2026, 11, 27), period="2026-12"),
    "reading-period-closed": facts(corrects=kept()),
    "reading-below-last": facts(value=Decimal(3999)),
    "reading-rolled-over": facts(value=Decimal(40), pasts={"last": replace(LAST, value=Decimal(99960))}),
    "reading-over-power": facts(value=Decimal(9000), meters={"max_power_kw": Decimal(5)}),
    "reading-over-average": facts(value=Decimal(9000), pasts={"daily_average": Decimal(10)}),
    "reading-zero-again": facts(value=Decimal(4000), pasts={"zero_periods": 2}),
    "reading-below-estimate": facts(pasts={"estimate": Baseline(value=Decimal(4200), on=date(2026, 10, 31))}),
    "reading-zone-missing": facts(meter=TWO_ZONES, zone="day", zones={"day": Decimal(4100)}),
    "reading-sum-differs": facts(
        meters={"registers": (Register(zone="single"), Register(zone="total"))},
        zones={"single": Decimal(4100), "total": Decimal(4200)},
    ),
}


@pytest.mark.parametrize("code", sorted(BROKEN))
def test_each_rule_is_broken_by_its_own_case_alone(code):
    assert codes(BROKEN[code]) == [code]
    [finding] = findings(BROKEN[code])
    words = finding.words(lambda message: message)
    assert "{" not in words.text + words.expected + words.remedy
    assert words.remedy


def test_every_rule_has_a_case_and_a_code_of_its_own():
    assert sorted(rule.code for rule in RULES) == sorted(BROKEN)


def test_every_text_is_there_in_russian_with_the_same_places():
    texts = {text for rule in RULES for text in (rule.text, rule.expected, rule.remedy) if text}
    texts |= {text for found in (REPEATED, AWAITED) for text in (found.text, found.remedy)}
    texts |= {*STATES.values(), *REASONS.values(), *SOURCES.values(), AWAITS_OPERATOR}
    for text in texts:
        russian = catalogue("ru").gettext(text)
        assert russian != text
        assert places(russian) == places(text)


def test_just_within_the_limits_nothing_is_found():
    assert codes(facts(value=Decimal(99999), pasts={"last": None})) == []
    assert codes(facts(value=Decimal("4100.50"), meters={"fraction_digit_count": 1})) == []
    assert codes(facts(meters={"verified_until": TODAY})) == []
    # 31 days at 20 units or fewer are nobody's concern, however small the average is.
    assert codes(facts(value=Decimal(4620), pasts={"daily_average": Decimal(1)})) == []
    assert codes(facts(value=Decimal(4621), pasts={"daily_average": Decimal(1)})) == ["reading-over-average"]
    assert codes(facts(value=Decimal(4000), pasts={"zero_periods": 1})) == []


WATER = replace(METER, service_code="cold_water", unit="м³", fraction_digit_count=3)
BY_SERVICE = Limits(
    services={"cold_water": ServiceLimits(usual_per_day=Decimal("0.7"), most_per_day=Decimal(2))}
)


@pytest.mark.parametrize(
    ("used", "average", "asks"),
    [
        ("2", "0.065", False),
        ("224.433", "0.065", True),  # 249,370 after 24,937
        ("476", "0.065", True),
        ("21", "0", False),  # a family is back after a year
        ("23", "0", True),
        ("30", "0.4", False),  # a garden is watered
        ("62", None, False),
        ("63", None, True),
    ],
)
def test_a_service_has_bounds_in_its_own_unit(used, average, asks):
    past = {"daily_average": None if average is None else Decimal(average)}
    of = facts(meter=WATER, value=LAST.value + Decimal(used), pasts=past, limits=BY_SERVICE)
    assert codes(of) == ["reading-over-average"] * asks
    assert verdict(findings(of)) is (ReadingState.NEEDS_CONFIRMATION if asks else ReadingState.ACCEPTED)


def test_a_service_without_bounds_has_those_of_the_group():
    for limits in (BY_SERVICE, Limits()):
        assert codes(facts(value=Decimal(4620), pasts={"daily_average": Decimal(1)}, limits=limits)) == []
    assert codes(facts(value=Decimal(99999), limits=BY_SERVICE)) == []


def test_the_expected_range_is_told_in_figures_of_the_meter():
    much = facts(
        value=Decimal(9000),
        pasts={"daily_average": Decimal(100)},
        meters={"transformation_ratio": Decimal(20)},
    )
    [finding] = findings(much)
    assert finding.fields["consumption"] == "100000"
    assert finding.words(lambda message: message).expected == "Expected: from 4\u00a0000 to 4\u00a0775"


def test_what_is_expected_is_within_both_bounds():
    much = facts(
        value=Decimal(9000), pasts={"daily_average": Decimal(10)}, meters={"max_power_kw": Decimal(5)}
    )
    assert codes(much) == ["reading-over-average", "reading-over-power"]
    assert {finding.fields["most"] for finding in findings(much)} == {"5550"}


def test_days_months_and_fractions_are_shown_the_russian_way():
    [finding] = findings(BROKEN["reading-outside-window"])
    words = finding.words(lambda message: message)
    assert words.text.endswith("it counts for 12.2026")
    assert words.expected == "Expected: from 15.12.2026 to 25.12.2026"
    last = replace(LAST, value=Decimal("4000.5"))
    low = facts(value=Decimal("3999.5"), meters={"fraction_digit_count": 1}, pasts={"last": last})
    [finding] = findings(low)
    assert finding.words(lambda message: message).expected == "Expected: from 4\u00a0000,5 on"


def test_a_refusal_ends_the_judging():
    assert codes(facts(meters={"is_automatic": True}, value=Decimal(-5))) == ["reading-meter-automatic"]


def test_after_an_estimate_a_lower_figure_seen_on_the_meter_is_taken():
    found = findings(BROKEN["reading-below-estimate"])
    assert verdict(found) is ReadingState.ACCEPTED_WITH_WARNING


@pytest.mark.parametrize(
    ("day", "period"),
    [
        (date(2026, 11, 14), "2026-11"),
        (date(2026, 11, 25), "2026-11"),
        (date(2026, 11, 26), "2026-12"),
        (date(2026, 12, 31), "2027-01"),
    ],
)
def test_what_comes_after_the_cut_off_counts_for_the_next_period(day, period):
    assert Window(opens_day=15, closes_day=25).period_on(day) == period


@pytest.mark.parametrize(
    ("day", "period", "is_open"),
    [
        (date(2026, 11, 1), "2026-10", True),
        (date(2026, 11, 3), "2026-10", True),
        (date(2026, 11, 4), "2026-11", False),
        (date(2026, 11, 25), "2026-11", True),
        (date(2027, 1, 2), "2026-12", True),
    ],
)
def test_a_window_may_span_the_end_of_the_month(day, period, is_open):
    window = Window(opens_day=25, closes_day=3)
    assert (window.period_on(day), window.is_open_on(day)) == (period, is_open)


def test_a_31_in_a_shorter_month_is_its_last_day():
    window = Window(opens_day=20, closes_day=31)
    assert window.closes_on("2027-02") == date(2027, 2, 28)
    assert window.period_on(date(2027, 2, 28)) == "2027-02"


figures = st.decimals(min_value=-10, max_value=120000, places=2)
days = st.dates(min_value=date(2026, 6, 1), max_value=date(2026, 12, 31))
any_facts = st.builds(
    lambda value, taken_on, last, last_on, average, power, zeros: facts(
        value=value,
        taken_on=taken_on,
        pasts={
            "last": None if last is None else Baseline(value=last, on=last_on),
            "daily_average": average,
            "zero_periods": zeros,
        },
        meters={"max_power_kw": power, "fraction_digit_count": 2},
    ),
    figures,
    days,
    st.none() | st.decimals(min_value=0, max_value=99999, places=2),
    days,
    st.none() | st.decimals(min_value=0, max_value=1000, places=1),
    st.none() | st.decimals(min_value=1, max_value=1000, places=1),
    st.integers(min_value=0, max_value=12),
)


@given(any_facts)
def test_never_a_state_but_accepted_without_a_finding(of):
    found = findings(of)
    state = verdict(found)
    assert (state is ReadingState.ACCEPTED) == (not found)
    if state is ReadingState.REFUSED:
        assert all(finding.remedy and finding.text for finding in found)
        assert any(finding.severity is Severity.REFUSE for finding in found)


@given(any_facts, st.randoms())
def test_the_order_of_the_rules_does_not_matter(of, random):
    stage = next(
        (
            one
            for one in STAGES
            if any((f := rule.finding(of)) and f.severity is Severity.REFUSE for rule in one)
        ),
        STAGES[-1],
    )
    shuffled = random.sample(stage, len(stage))
    found = [finding for rule in shuffled if (finding := rule.finding(of))]
    assert sorted(found, key=lambda one: one.code) == sorted(findings(of), key=lambda one: one.code)


@given(
    st.integers(min_value=1, max_value=99999),
    st.integers(min_value=0, max_value=9999),
    st.decimals(min_value=1, max_value=100, places=1),
)
def test_consumption_is_what_went_through_also_past_zero(last, used, ratio):
    """However the register turns, what is counted is what was used, or the value is refused."""
    of = facts(
        value=Decimal((last + used) % 100000),
        pasts={"last": replace(LAST, value=Decimal(last))},
        meters={"transformation_ratio": ratio},
    )
    assert of.consumption == used * ratio


@given(st.integers(min_value=11000, max_value=99999), st.integers(min_value=1, max_value=5000))
def test_a_slip_backwards_is_no_passage_through_zero(last, back):
    of = facts(value=Decimal(last - back), pasts={"last": replace(LAST, value=Decimal(last))})
    assert codes(of) == ["reading-below-last"]
    assert of.consumption is None


def test_a_register_has_one_name_everywhere():
    both = replace(TWO_ZONES.registers[0], zone_label="День", label="T1")
    assert both.called == "День (T1)"
    assert replace(both, label="").called == "День"
    night = replace(TWO_ZONES.registers[1], zone_label="Ночь", label="T2")
    meter = replace(TWO_ZONES, registers=(both, night))
    found = zone_missing(facts(meter=meter, zone="day", zones={"day": Decimal(4100)}))
    assert found and found["missing"] == "Ночь (T2)"


def test_reactive_energy_has_a_unit_of_its_own():
    units = {way: TWO_ZONES.unit_of(way) for way in Direction}
    assert units == {"A+": "кВт·ч", "A-": "кВт·ч", "R+": "квар·ч", "R-": "квар·ч"}
    assert replace(TWO_ZONES, unit="м³").unit_of(Direction.R_PLUS) == "м³"
