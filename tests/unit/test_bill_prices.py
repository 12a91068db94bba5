"""What a bill says of a price, and that the demo's bills say what the cost of the same readings says."""

from datetime import date
from decimal import Decimal

import pytest

from api.texts import catalogue
from domain.bills import paper
from domain.bills.explaining import explained
from domain.bills.pricing import priced
from domain.kernel.calendar import first_day
from domain.kernel.money import Money, total
from domain.readings.cost import Price, PriceList, Used, cost_lines
from infra.demo.households import BOTH_HOME, DEBTOR_ACCOUNT, EAGER_ACCOUNT, PERIODS, household, households
from infra.demo.load import SEED
from infra.demo.meters import MISREAD_ACCOUNTS, meter_rows
from infra.demo.prices import GROUPS, ZONE_SETS, charged, tariff_rows
from infra.demo.suppliers import SUPPLIERS
from tests.bills import a_line, a_reading

SINCE = date(2026, 7, 1)
ELECTRICITY = SUPPLIERS[0].services[0]
DAY_NIGHT = PriceList(
    valid_from=SINCE,
    prices=(Price(zone="day", price=Decimal("6.79")), Price(zone="night", price=Decimal("2.99"))),
)
READINGS = (
    a_reading(zone="day", zone_label="День", consumption=Decimal(160)),
    a_reading(zone="night", zone_label="Ночь", consumption=Decimal(90)),
)
CHARGED = Money(135550)


def words(said):
    return [one.words(catalogue("ru").gettext).replace("\u00a0", " ") for one in said]


def test_each_zone_has_its_price_and_the_line_says_so():
    found = priced(None, CHARGED, READINGS, [DAY_NIGHT])
    assert found is not None
    line = a_line(tariff=None, tariff_from=SINCE, amount=CHARGED, readings=READINGS, by_zone=found.lines)
    told = explained(line)
    assert told.is_exact and told.is_metered
    assert told.formula.replace("\u00a0", " ") == "160 × 6,79 + 90 × 2,99 = 1 355,50 ₽"
    assert words(told.price) == [
        "День: 6,79 ₽ за кВт·ч, в прейскуранте поставщика с 01.07.2026",
        "Ночь: 2,99 ₽ за кВт·ч, в прейскуранте поставщика с 01.07.2026",
    ]
    assert words(told.sums) == [
        "День: 160 кВт·ч × 6,79 ₽ = 1 086,40 ₽",
        "Ночь: 90 кВт·ч × 2,99 ₽ = 269,10 ₽",
        "Вместе: 1 086,40 ₽ + 269,10 ₽ = 1 355,50 ₽",
    ]
    assert paper._line(line).tariff == "6,79 / 2,99"


@pytest.mark.parametrize(
    ("tariff", "amount", "readings", "lists"),
    [
        (None, CHARGED + Money(1), READINGS, [DAY_NIGHT]),
        (Decimal("5.43"), CHARGED, READINGS, [DAY_NIGHT]),
        (None, CHARGED, READINGS, []),
        (None, CHARGED, (*READINGS, a_reading(zone="peak")), [DAY_NIGHT]),
        (None, CHARGED, (READINGS[0], a_reading(zone="night", consumption=None)), [DAY_NIGHT]),
        (None, CHARGED, (), [DAY_NIGHT]),
    ],
)
def test_what_does_not_come_to_the_sum_is_not_told(tariff, amount, readings, lists):
    assert priced(tariff, amount, readings, lists) is None


@pytest.mark.parametrize("number", [DEBTOR_ACCOUNT, EAGER_ACCOUNT, BOTH_HOME])
def test_the_demo_charges_what_the_readings_cost(number):
    home = household(number, SEED)
    shown = _shown(home)
    for line in home.lines:
        if line.service is not ELECTRICITY:
            continue
        day, before = _day(line.period), _day(_before(line.period))
        used = [
            Used(zone=zone, volume=values[day] - values[before], since=before)
            for zone, values in shown.items()
        ]
        assert sum(one.volume for one in used) * 1000 == line.volume
        assert _cost(used, home.group, day) == Money(line.amount)
        assert (line.tariff is None) == (len(shown) > 1)


def test_the_demos_readings_give_what_was_billed_but_where_they_are_meant_not_to():
    apart = set()
    for home in households(60, SEED):
        read = _read_last(home)
        for line in home.lines:
            if line.period == PERIODS[-1] and line.service.code in read:
                is_same = read[line.service.code] * 1000 == line.volume
                apart |= set() if is_same else {(home.no, line.service.code)}
    assert apart == {(number, "electricity") for number in MISREAD_ACCOUNTS}


def _read_last(home):
    """By service, what all registers that hang there counted in the last month; no reactive energy."""
    values: dict[tuple[str, str, str], list[Decimal]] = {}
    ratios = {}
    for row in meter_rows(home):
        service, serial, zone, direction, removed = row[3], row[4], row[7], row[8], row[17]
        if direction == "A+" and not removed:
            values.setdefault((service, serial, zone), []).append(row[-2])
            ratios[serial] = row[13]
    found: dict[str, Decimal] = {}
    for (service, serial, _), shown in values.items():
        found[service] = found.get(service, Decimal(0)) + (shown[-1] - shown[-2]) * ratios[serial]
    return found


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("zones", ZONE_SETS)
def test_a_charge_of_every_group_is_what_its_list_says(zones, group):
    used = [Used(zone=zone, volume=Decimal(257 * share) / 100) for zone, _, share in ZONE_SETS[zones]]
    assert charged(ELECTRICITY, 257_000, zones, group)[1] == _cost(used, group, SINCE).kopecks


def _shown(home):
    """What each zone of the meter that hangs showed on each day, from the file billing sends."""
    found: dict[str, dict[date, Decimal]] = {}
    for row in meter_rows(home):
        service, zone, removed, value, day = row[3], row[7], row[17], row[-2], row[-1]
        if service == "electricity" and not removed:
            found.setdefault(zone, {})[day] = value
    return found


def _cost(used, group, day):
    rows = [row for row in tariff_rows() if row[3] == group and row[5] <= day]
    latest = max(row[5] for row in rows)
    prices = tuple(
        Price(
            zone=zone,
            range_no=number,
            from_volume=Decimal(above),
            to_volume=Decimal(to) if to else None,
            price=price,
        )
        for *_, price, since, _, zone, number, above, to in rows
        if since == latest
    )
    lines = cost_lines(used, PriceList(valid_from=latest, prices=prices), Decimal(0), day)
    return total(line.cost for line in lines)


def _day(period):
    return first_day(period).replace(day=22)


def _before(period):
    return {"2026-08": "2026-07"}.get(period) or PERIODS[PERIODS.index(period) - 1]
