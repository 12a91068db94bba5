"""The demo's accounts: who lives where, who pays and who does not. The same seed gives the same."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from random import Random
from typing import NamedTuple

from domain.accounts.accounts import AccountKind
from domain.accounts.requisites import inn_with_check_digits
from infra.demo import names
from infra.demo.prices import charged
from infra.demo.suppliers import NORMS, SUPPLIERS, DemoService, DemoSupplier

PERIODS = ("2026-08", "2026-09", "2026-10")
OPENING_PERIOD = "2026-07"
_GIS_LETTERS = "АВЕКМНОРСТ"


class Habit(StrEnum):
    """A payer owes the last period only, a debtor all of them, an eager one nothing."""

    PAYER = "payer"
    DEBTOR = "debtor"
    EAGER = "eager"


class Line(NamedTuple):
    """One service in one period: `volume` in thousandths of a unit, the rest in kopecks. No `tariff` where
    each zone of the meter has its own."""

    period: str
    supplier: DemoSupplier
    service: DemoService
    tariff: int | None
    volume: int
    amount: int
    recalculation: int
    penalty: int


class Household(NamedTuple):
    """`no` counts from 1; `number` is the unified account's; `meters` is how many meters stand behind it.

    `zones` of its electricity meter and the `group` of residents say by what it pays; a contract has neither.
    """

    no: int
    number: str
    kind: AccountKind
    gis_number: str
    holder: str
    holder_inn: str
    address: str
    habit: Habit
    meters: int
    zones: int
    group: str
    suppliers: tuple[DemoSupplier, ...]
    lines: tuple[Line, ...]

    def supplier_account(self, supplier: DemoSupplier) -> str:
        return f"{supplier.prefix}{self.no:09d}"

    def charged(self, supplier: DemoSupplier, periods: tuple[str, ...]) -> int:
        """Kopecks of one supplier's charges in these periods, never below zero."""
        lines = (line for line in self.lines if line.supplier is supplier and line.period in periods)
        return max(0, sum(line.amount + line.recalculation + line.penalty for line in lines))


DEBTOR_ACCOUNT, EAGER_ACCOUNT, METERS_ACCOUNT, BOTH_HOME, BOTH_FIRM = 1, 2, 3, 4, 5
"""The accounts of the demo people: 01, 02, 03, and two of 04."""
_FIXED = {
    DEBTOR_ACCOUNT: (AccountKind.UNIFIED, Habit.DEBTOR, 3),
    EAGER_ACCOUNT: (AccountKind.UNIFIED, Habit.EAGER, 2),
    METERS_ACCOUNT: (AccountKind.CONTRACT, Habit.PAYER, 40),
    BOTH_HOME: (AccountKind.UNIFIED, Habit.PAYER, 2),
    BOTH_FIRM: (AccountKind.CONTRACT, Habit.DEBTOR, 4),
}
HOLDERS = {
    DEBTOR_ACCOUNT: "Иванова Мария Петровна",
    EAGER_ACCOUNT: "Петров Олег Ильич",
    BOTH_HOME: "Ким Виктор Сергеевич",
}
"""Of the homes whose holders sign in."""
_ZONES = {DEBTOR_ACCOUNT: 2, EAGER_ACCOUNT: 3, BOTH_HOME: 1}


def households(accounts: int, seed: int) -> Iterator[Household]:
    for index in range(1, accounts + 1):
        yield household(index, seed)


def household(index: int, seed: int) -> Household:
    random = Random(f"{seed}:{index}")  # noqa: S311 - invented data must be the same each time
    kind, habit, meters = _FIXED.get(index) or _dealt(random)
    is_home = kind is AccountKind.UNIFIED
    suppliers = SUPPLIERS if is_home else (SUPPLIERS[0], SUPPLIERS[3])
    scale = 1 if is_home else random.randint(3, 30) + meters
    zones, group = (_zones(index), _group(index)) if is_home else (1, "")
    lines = tuple(_lines(random, suppliers, habit, scale, zones, group))
    drawn = names.person(random) if is_home else names.firm(random)
    return Household(
        no=index,
        number=f"72{index:08d}" if is_home else f"Д-72{index:08d}",
        kind=kind,
        gis_number=_gis_number(index) if is_home else "",
        holder=HOLDERS.get(index, drawn),
        holder_inn="" if is_home else _inn(index),
        address=names.address(random, is_home=is_home),
        habit=habit,
        meters=meters,
        zones=zones,
        group=group,
        suppliers=suppliers,
        lines=lines,
    )


def _dealt(random: Random) -> tuple[AccountKind, Habit, int]:
    habit = random.choices((Habit.PAYER, Habit.DEBTOR, Habit.EAGER), (84, 10, 6))[0]
    if random.random() < 0.03:
        return AccountKind.CONTRACT, habit, random.randint(1, 12)
    return AccountKind.UNIFIED, habit, random.randint(1, 4)


def _zones(no: int) -> int:
    random = Random(f"zones:{no}")  # noqa: S311 - invented data must be the same each time
    return _ZONES.get(no) or random.choices((1, 2, 3), (60, 32, 8))[0]


def _group(no: int) -> str:
    """Homes with an electric stove pay less for electricity."""
    return "gas-stove" if no % 3 else "electric-stove"


def _lines(
    random: Random, suppliers: tuple[DemoSupplier, ...], habit: Habit, scale: int, zones: int, group: str
) -> Iterator[Line]:
    usual = {
        service.code: random.randint(service.least, service.most) * scale // service.step * service.step
        for supplier in suppliers
        for service in supplier.services
    }
    for period_no, period in enumerate(PERIODS):
        for supplier in suppliers:
            for service in supplier.services:
                volume = _volume(service, period, usual, random.randint(80, 120))
                is_zoned = service.code == "electricity"
                tariff, amount = charged(service, volume, zones, group if is_zoned else "")
                recalculation = -amount * random.randint(5, 40) // 100 if random.random() < 0.03 else 0
                # A debtor's penalty grows from the second period on.
                penalty = amount * period_no * random.randint(5, 15) // 1000 if habit is Habit.DEBTOR else 0
                if supplier.reckons_penalties_here:
                    penalty = 0
                yield Line(period, supplier, service, tariff, volume, amount, recalculation, penalty)


def _volume(service: DemoService, period: str, usual: Mapping[str, int], percent: int) -> int:
    """People and floors stay what they are; in the last month heating is counted by the norm."""
    if service.is_steady:
        return usual[service.code]
    norm = NORMS.get(service.code)
    if norm and period == PERIODS[-1]:
        return usual["capital_repair"] * norm.volume // 1000
    return usual[service.code] * percent // 100 // service.step * service.step


def _gis_number(index: int) -> str:
    high, low = divmod(index, 1_000_000)
    letters = _GIS_LETTERS[high // 10 % 10] + _GIS_LETTERS[high % 10]
    return f"72{letters}{low:06d}"


def _inn(index: int) -> str:
    return inn_with_check_digits(f"7204{index % 100_000:05d}")
