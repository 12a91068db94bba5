"""The demo's meters, with the figures that billing has counted from.

The figures agree with the volumes that were charged; those of residents zone by zone.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import NamedTuple
from zlib import crc32

from domain.accounts.accounts import AccountKind
from domain.kernel.calendar import Period, first_day, next_period
from infra.demo.households import (
    BOTH_FIRM,
    BOTH_HOME,
    DEBTOR_ACCOUNT,
    EAGER_ACCOUNT,
    METERS_ACCOUNT,
    PERIODS,
    Household,
)
from infra.demo.prices import REGION, ZONE_SETS
from infra.demo.suppliers import SUPPLIERS

Row = tuple[object, ...]
Used = tuple[date, Decimal]
"""Units used up to a day of reading, since the one before."""
HISTORY: tuple[Period, ...] = (
    "2025-10",
    "2025-11",
    "2025-12",
    *(f"2026-{month:02d}" for month in range(1, 11)),
)
"""Of the demo people's accounts billing tells a year; of the others what the last bill was counted from."""
FULLY_TOLD = (DEBTOR_ACCOUNT, EAGER_ACCOUNT, METERS_ACCOUNT, BOTH_HOME, BOTH_FIRM)
MISREAD_ACCOUNTS = (17, 44)
"""Homes that were billed for less than their meters show: their bills say so."""
_MISREAD, _MISREAD_IN = 30, ("electricity", PERIODS[-1])

_MODELS = {1: "Меркурий 201.5", 2: "Меркурий 206", 3: "Энергомера СЕ303"}
_WATER = {"cold_water": "Бетар СХВ-15", "hot_water": "Бетар СГВ-15"}


class DemoMeter(NamedTuple):
    """One meter of a household as it hangs. `share` is its percent of the service's volume."""

    service: str
    serial: str
    model: str
    zones: int
    share: int = 100
    ratio: int = 1
    digits: int = 6
    fraction: int = 2
    installed_on: date = date(2023, 4, 17)
    removed_on: date | None = None
    replaces: str = ""
    verified_until: date | None = date(2033, 4, 16)
    is_automatic: bool = False
    place: str = "щит на лестничной площадке"
    point: int | None = None
    max_power_kw: int | None = 15
    reactive: bool = False


def meter_rows(home: Household) -> Iterator[Row]:
    random = Random(f"meters:{home.number}")  # noqa: S311 - invented data must be the same each time
    for meter, volumes in _hung(home, random):
        yield from _rows(home, meter, volumes, random)


class Shown(NamedTuple):
    """What a register of a meter that hangs there showed when billing last counted from it."""

    service: str
    serial: str
    zone: str
    direction: str
    value: Decimal


def last_shown(home: Household) -> list[Shown]:
    """In the order of the file; rows of one register stand by their days."""
    random = Random(f"meters:{home.number}")  # noqa: S311 - as in its file
    return [
        Shown(meter.service, meter.serial, figure.zone, figure.direction, figure.values[-1][1])
        for meter, volumes in _hung(home, random)
        for figure in _figures(home, meter, volumes, random)
        if meter.removed_on is None and figure.values
    ]


def _meters(home: Household, random: Random) -> list[DemoMeter]:
    if home.no == METERS_ACCOUNT or home.kind is not AccountKind.UNIFIED:
        return _of_contract(home)
    electric = {
        DEBTOR_ACCOUNT: _replaced(home),
        BOTH_HOME: [_electric(home)._replace(is_automatic=True, model="Милур 107 (ИСУ)")],
    }.get(home.no) or [_electric(home)]
    water = [
        DemoMeter(
            service,
            f"{20 + place}{home.no:08d}",
            model,
            1,
            digits=5,
            fraction=3,
            place="санузел",
            max_power_kw=None,
            verified_until=date(2026 if (home.no, place) == (DEBTOR_ACCOUNT, 0) else 2029, 4, 16),
        )
        for place, (service, model) in enumerate(_WATER.items())
    ]
    return electric + water[: max(0, home.meters - 1)]


def _electric(home: Household) -> DemoMeter:
    return DemoMeter("electricity", f"0{home.no:08d}", _MODELS[home.zones], home.zones)


def _replaced(home: Household) -> list[DemoMeter]:
    """A one-zone meter gave way to a two-zone one."""
    day = date(2026, 6, 11)
    old = DemoMeter(
        "electricity",
        f"8{home.no:06d}",
        "СО-И446",
        1,
        digits=5,
        fraction=0,
        installed_on=date(2009, 9, 3),
        removed_on=day,
        verified_until=date(2025, 9, 2),
    )
    new = _electric(home)._replace(installed_on=day, replaces=old.serial, verified_until=date(2042, 6, 10))
    return [old, new]


_POINTS = (
    ("Административное здание", "ул. Ленина, д. 1"),
    ("Склад № 1", "ул. Промышленная, д. 14"),
    ("Склад № 2", "ул. Промышленная, д. 14, стр. 2"),
    ("Цех", "ул. Заводская, д. 3"),
    ("Насосная станция", "ул. Набережная, д. 7"),
    ("Наружное освещение", "ул. Ленина, опоры 1–64"),
)


def _of_contract(home: Household) -> list[DemoMeter]:
    """Every kind of trouble is among the first eight; points take their meters in turn."""
    count = home.meters
    found = []
    for no in range(1, count + 1):
        meter = DemoMeter(
            "electricity",
            # Leading zeros are what a workbook's number cells lose.
            f"{'00' if no % 3 == 0 else '4'}{home.no:05d}{no:03d}",
            "Меркурий 234 ART-03",
            {0: 3, 1: 1, 2: 1, 3: 2}[no % 4],
            share=100 // count,
            fraction=0 if no % 2 else 2,
            place=f"ВРУ-{1 + no // len(_POINTS)}, ввод {1 + no % 2}",
            point=no % min(len(_POINTS), max(1, count // 2)),
            max_power_kw=(25, 50, 150)[no % 3],
        )
        if no % 5 == 0:
            meter = meter._replace(ratio=(20, 40, 120)[no % 3], reactive=True)
        if no == 6:
            meter = meter._replace(is_automatic=True)
        if no == 7:
            meter = meter._replace(verified_until=date(2026, 3, 31))
        found.append(meter)
    return found


class _Figure(NamedTuple):
    """What one register showed on the days that billing counted from."""

    zone: str
    direction: str
    label: str
    opening: Decimal
    values: tuple[tuple[date, Decimal], ...]


def _rows(home: Household, meter: DemoMeter, volumes: Sequence[Used], random: Random) -> Iterator[Row]:
    supplier = next(one for one in SUPPLIERS if any(s.code == meter.service for s in one.services))
    point = "" if meter.point is None else f"ТП-{home.no:04d}-{meter.point + 1:02d}"
    name, street = ("", "") if meter.point is None else _POINTS[meter.point]
    is_home = home.kind is AccountKind.UNIFIED
    for figure in _figures(home, meter, volumes, random):
        closing = figure.values[-1][1] if meter.removed_on else ""
        told = figure.values if home.no in FULLY_TOLD else figure.values[-2:]
        for day, value in told or ((None, None),):
            yield (
                *(home.number, supplier.inn, home.supplier_account(supplier), meter.service, meter.serial),
                *(meter.installed_on, meter.model, figure.zone, figure.direction, figure.label, ""),
                *(meter.digits, meter.fraction, meter.ratio, meter.max_power_kw or ""),
                *("да" if meter.is_automatic else "нет", meter.verified_until or "", meter.removed_on or ""),
                *(meter.replaces, meter.place, _seals(meter)),
                *(point, name, f"г. Заречный, {street}" if street else ""),
                *((REGION, home.group) if is_home and meter.service == "electricity" else ("", "")),
                *(figure.opening, closing, "" if value is None else value, day or ""),
            )


def _seals(meter: DemoMeter) -> str:
    """No two meters have seals of one number."""
    day, number = meter.installed_on.isoformat(), crc32(meter.serial.encode()) % 10**8
    return f"{number:08d}-1 клеммная крышка {day}; {number:08d}-2 корпус {day}"


def _hung(home: Household, random: Random) -> list[tuple[DemoMeter, list[Used]]]:
    """Each meter with what passed through it. Those of a contract share its volume among them."""
    meters = _meters(home, random)
    if home.kind is AccountKind.UNIFIED:
        return [(meter, _volumes(home, meter)) for meter in meters]
    dealt = [(day, _dealt(meters, volume)) for day, volume in _volumes(home, meters[0])]
    return [(meter, [(day, parts[place]) for day, parts in dealt]) for place, meter in enumerate(meters)]


def _dealt(meters: Sequence[DemoMeter], volume: Decimal) -> list[Decimal]:
    """Whole units, as every face can show them; the first meter, that has no transformer, takes the rest."""
    weights = [60 + crc32(meter.serial.encode()) % 81 for meter in meters]
    rest = []
    for meter, weight in zip(meters[1:], weights[1:], strict=True):
        grain = meter.ratio * (Decimal("0.05") if meter.fraction and meter.ratio > 1 else 1)
        rest.append(volume * weight / sum(weights) // grain * grain)
    return [volume - sum(rest), *rest]


def _figures(home: Household, meter: DemoMeter, volumes: Sequence[Used], random: Random) -> Iterator[_Figure]:
    directions = [("A+", 100)] + ([("R+", 35)] if meter.reactive else [])
    for place, (zone, label, _) in enumerate(ZONE_SETS[meter.zones]):
        for direction, percent in directions:
            opening = Decimal(random.randint(0, 20_000)) if home.no not in FULLY_TOLD else Decimal(0)
            value, values = opening, []
            for day, volume in volumes:
                value += _by_zone(meter, volume * percent / (100 * meter.ratio))[place]
                values.append((day, round(value, meter.fraction)))
            yield _Figure(zone, direction, label, opening, tuple(values))


def _by_zone(meter: DemoMeter, used: Decimal) -> list[Decimal]:
    """In figures of the face; together they are the whole."""
    face = Decimal(10) ** -meter.fraction
    whole = used // face * face
    parts = [whole * share / 100 // face * face for _, _, share in ZONE_SETS[meter.zones][:-1]]
    return [*parts, whole - sum(parts)]


def _volumes(home: Household, meter: DemoMeter) -> list[Used]:
    """From the first after installing to the last before removing.

    Before the periods charged it was as in the first of them, in the service's whole steps: what the meter
    shows of each zone then needs no rounding.
    """
    lines = [line for line in home.lines if line.service.code == meter.service]
    charged = {line.period: Decimal(line.volume) / 1000 for line in lines}
    usual = charged.get(PERIODS[0], Decimal(0))
    step = Decimal(lines[0].service.step if lines else 1) / 1000
    found = []
    for period in HISTORY:
        day = _reading_day(home, period)
        if meter.removed_on is not None and meter.removed_on <= day:
            found.append((meter.removed_on, usual / 3 // step * step))
            return found
        if day > meter.installed_on:
            before = usual * (90 + int(period[5:]) % 4 * 7) / 100 // step * step
            is_misread = home.no in MISREAD_ACCOUNTS and (meter.service, period) == _MISREAD_IN
            found.append((day, charged.get(period, before) + _MISREAD * is_misread))
    return found


def _reading_day(home: Household, period: Period) -> date:
    """Residents' values are of the 22nd, contracts' of the last day."""
    if home.kind is AccountKind.UNIFIED:
        return first_day(period).replace(day=22)
    return first_day(next_period(period)) - timedelta(days=1)
