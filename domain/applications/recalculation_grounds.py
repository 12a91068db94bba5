"""Why charges may be wrong, and what each rule makes of a line of the bill. Pure arithmetic.

Sources: decree 354 (sections VIII and IX-X, paragraphs 31, 34, 56-57, 59, 61, 86-97, appendix 1), Housing
Code art. 157.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from domain.accounts.charges import Charge
from domain.applications.acts_in_time import act_check
from domain.cases.forms import Check, CheckResult
from domain.cases.rules import RecalculationRules
from domain.kernel.calendar import Period, first_day
from domain.kernel.fields import told
from domain.kernel.ids import ChargeId, MeterId
from domain.kernel.money import ZERO, Money
from domain.kernel.working_days import WorkingDays

_KOPECK = Decimal(1)
NO_METER = (
    "Where a meter could be installed and is not, nothing is lowered: look for the act of inspection "
    "(decree 354, p. 86)"
)
TOLD = "The change was told"
TOLD_IN_TIME = "In time: within {days} working days, by {last}"
TOLD_LATE = "Late: a change is told within {days} working days, here by {last}"
Count = Annotated[int, Meta(ge=0, le=100)]
MOST = Decimal(10_000_000)


def _check_figure(figure: Decimal | None) -> None:
    """msgspec bounds no decimals: a figure out of bounds is refused here."""
    if figure is not None and not 0 <= figure <= MOST:
        raise ValueError(f"a figure from 0 to {MOST} is expected")


class Ground(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="ground"):
    """`rule` is what the decision will cite; `by_norm_only` says it leaves metered services alone, and
    `never_lowers` services by their codes. `bears_fine`: what was charged too much was our mistake."""

    rule: ClassVar[str]
    title: ClassVar[str]
    by_norm_only: ClassVar[bool] = False
    never_lowers: ClassVar[frozenset[str]] = frozenset()
    bears_fine: ClassVar[bool] = False

    def lowered(self, charge: Charge) -> Money | None:
        """By how much the rule lowers this line; None where the data do not suffice. Never below zero."""
        return None

    def checks(self, received_on: date, days: WorkingDays, rules: RecalculationRules) -> Iterator[Check]:
        """What of the rule was looked at besides the sums."""
        return iter(())


class Absence(Ground, frozen=True, kw_only=True, tag="absence"):
    """Away for more than five whole days. The days of leaving and of coming back are not counted.

    Heating, common areas, housing and capital repair do not depend on who is at home (paragraphs 86, 88).
    """

    rule: ClassVar[str] = "decree 354, paragraphs 86-97"
    title: ClassVar[str] = "We were away for more than five days"
    by_norm_only: ClassVar[bool] = True
    never_lowers: ClassVar[frozenset[str]] = frozenset(
        {"heating", "common_area", "housing", "capital_repair"}
    )

    left_on: Annotated[date, told("Day you left")]
    back_on: Annotated[date, told("Day you came back")]
    people_away: Annotated[int, Meta(ge=1, le=100), told("How many people were away")] = 1
    people_registered: Annotated[int, Meta(ge=1, le=100), told("How many people are registered")] = 1

    def checks(self, received_on: date, days: WorkingDays, rules: RecalculationRules) -> Iterator[Check]:
        yield Check.of("No meter", CheckResult.LOOK, NO_METER)

    @property
    def whole_days(self) -> int:
        return max(0, (self.back_on - self.left_on).days - 1)

    def lowered(self, charge: Charge) -> Money | None:
        away = _days_in(self.left_on + timedelta(days=1), self.back_on - timedelta(days=1), charge.period)
        share = Decimal(min(self.people_away, self.people_registered)) / self.people_registered
        return _part(charge.amount, share * away / _days_of(charge.period))


class Residents(Ground, frozen=True, kw_only=True, tag="residents"):
    """Fewer people live here than was charged for, since a day."""

    rule: ClassVar[str] = "decree 354, paragraphs 34 (h), 56-57"
    title: ClassVar[str] = "Fewer people live here than was charged for"
    by_norm_only: ClassVar[bool] = True

    charged_for: Annotated[int, Meta(ge=1, le=100), told("How many people were charged for")]
    lived: Annotated[Count, told("How many people lived here")]
    since: Annotated[date, told("Since which day")]

    def checks(self, received_on: date, days: WorkingDays, rules: RecalculationRules) -> Iterator[Check]:
        last = days.after(self.since, rules.told_within_days)
        is_late = received_on > last
        text, result = (TOLD_LATE, CheckResult.LOOK) if is_late else (TOLD_IN_TIME, CheckResult.FINE)
        yield Check.of(TOLD, result, text, last=f"{last:%d.%m.%Y}", days=str(rules.told_within_days))

    def lowered(self, charge: Charge) -> Money | None:
        if self.lived >= self.charged_for:
            return ZERO
        last = date(*_year_month(charge.period), _days_of(charge.period))
        days = _days_in(self.since, last, charge.period)
        fewer = Decimal(self.charged_for - self.lived) / self.charged_for
        return _part(charge.amount, fewer * days / _days_of(charge.period))


class TrueVolume(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was really used on a line of the bill, in its own unit."""

    charge_id: Annotated[ChargeId, told("Line of the bill", widget="charge")]
    volume: Annotated[Decimal, told("What was really used", "In the unit of that line")]

    def __post_init__(self) -> None:
        _check_figure(self.volume)


class Readings(Ground, frozen=True, kw_only=True, tag="readings"):
    """Charged by a wrong or estimated reading. `volumes` is what the true readings make of each line; without
    them it is reckoned from the meter, or a person does."""

    rule: ClassVar[str] = "decree 354, paragraph 61"
    title: ClassVar[str] = "Charged by a wrong or estimated reading"

    meter_id: Annotated[MeterId | None, told("The meter", widget="meter")] = None
    reading: Annotated[
        Decimal,
        told(
            "What the meter really shows",
            "How much was charged too much is reckoned from it. Where the meter shows several figures, write "
            "the others below in your own words",
        ),
    ]
    taken_on: Annotated[date, told("Day of that reading")]
    volumes: Annotated[
        tuple[TrueVolume, ...],
        Meta(max_length=36),
        told("What was really used, line by line", is_asked=False),
    ] = ()

    def __post_init__(self) -> None:
        _check_figure(self.reading)

    def lowered(self, charge: Charge) -> Money | None:
        true = next((one.volume for one in self.volumes if one.charge_id == charge.id), None)
        if true is None or charge.tariff is None or charge.volume is None:
            return None
        return _roubles(max(Decimal(0), charge.volume - true) * charge.tariff)


class MeterFault(Ground, frozen=True, kw_only=True, tag="meter-fault"):
    """The meter failed, was replaced or its data are wrong. The act decides: a person reckons it."""

    rule: ClassVar[str] = "decree 354, paragraphs 59, 61, 62"
    title: ClassVar[str] = "The meter failed, was replaced or its data are wrong"

    meter_id: Annotated[MeterId | None, told("The meter", widget="meter")] = None
    happened_on: Annotated[date, told("Day of the failure or the replacement")]
    act_number: Annotated[str, Meta(max_length=100), told("Number of the act")] = ""


class Quality(Ground, frozen=True, kw_only=True, tag="quality"):
    """Electricity was off or bad. Allowed in a month: 2 hours with two independent sources, else 24; each
    hour above lowers the month's charge by 0.15 %."""

    rule: ClassVar[str] = "decree 354, paragraph 149, appendix 1"
    title: ClassVar[str] = "The service was off or of poor quality"
    allowed_hours_two_sources: ClassVar[int] = 2
    allowed_hours: ClassVar[int] = 24
    per_hour: ClassVar[Decimal] = Decimal("0.0015")

    since: Annotated[datetime, Meta(tz=True), told("Since when")]
    until: Annotated[datetime, Meta(tz=True), told("Until when")]
    two_sources: Annotated[
        bool, told("The house has two independent sources", "As a rule apartment houses have one")
    ] = False
    dispatcher_number: Annotated[str, Meta(max_length=100), told("Number of your call to the dispatcher")] = (
        ""
    )
    called_at: Annotated[
        Annotated[datetime, Meta(tz=True)] | None, told("When you called the dispatcher")
    ] = None
    act_drawn_at: Annotated[
        Annotated[datetime, Meta(tz=True)] | None, told("When the act of the check was drawn up")
    ] = None

    def checks(self, received_on: date, days: WorkingDays, rules: RecalculationRules) -> Iterator[Check]:
        yield act_check("The act of the check", self.called_at, self.act_drawn_at, rules.quality_act_hours)

    def lowered(self, charge: Charge) -> Money | None:
        begin, end = _hours_of(charge.period, self.since)
        seconds = (min(self.until, end) - max(self.since, begin)).total_seconds()
        allowed = self.allowed_hours_two_sources if self.two_sources else self.allowed_hours
        extra = int(max(0.0, seconds) // 3600) - allowed
        return _part(charge.amount, min(Decimal(1), self.per_hour * max(0, extra)))


class Price(Ground, frozen=True, kw_only=True, tag="price"):
    """The tariff, a benefit or the area is wrong. `tariff_roubles` is what it should have been per unit."""

    rule: ClassVar[str] = "decree 354, paragraph 31 (e); Housing Code, art. 157, part 6"
    bears_fine: ClassVar[bool] = True
    title: ClassVar[str] = "The tariff, a benefit or the area is wrong"

    tariff_roubles: Annotated[Decimal | None, told("The right tariff, roubles per unit")] = None
    words: Annotated[str, Meta(max_length=2000), told("What is wrong, and why")] = ""

    def __post_init__(self) -> None:
        _check_figure(self.tariff_roubles)

    def lowered(self, charge: Charge) -> Money | None:
        if self.tariff_roubles is None or charge.tariff is None or charge.volume is None:
            return None
        return _roubles(max(Decimal(0), charge.tariff - self.tariff_roubles) * charge.volume)


AnyGround = Absence | Residents | Readings | MeterFault | Quality | Price


def _part(amount: Money, share: Decimal) -> Money:
    kopecks = Decimal(max(amount.kopecks, 0)) * min(share, Decimal(1))
    return Money(int(kopecks.quantize(_KOPECK, ROUND_HALF_UP)))


def _roubles(amount: Decimal) -> Money:
    return Money(int((amount * 100).quantize(_KOPECK, ROUND_HALF_UP)))


def _year_month(period: Period) -> tuple[int, int]:
    return int(period[:4]), int(period[5:])


def _days_of(period: Period) -> int:
    return monthrange(*_year_month(period))[1]


def _days_in(since: date, until: date, period: Period) -> int:
    """How many days from `since` to `until`, both counted, fall into the period."""
    begin = first_day(period)
    end = begin + timedelta(days=_days_of(period) - 1)
    return max(0, (min(until, end) - max(since, begin)).days + 1)


def _hours_of(period: Period, like: datetime) -> tuple[datetime, datetime]:
    """The period's first moment and the next one's, in the zone of `like`."""
    begin = datetime(*_year_month(period), 1, tzinfo=like.tzinfo)
    return begin, begin + timedelta(days=_days_of(period))
