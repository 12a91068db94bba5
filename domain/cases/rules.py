"""The figures by which kinds of cases reckon, as they hold from a day on."""

from decimal import Decimal
from typing import ClassVar

import msgspec

from domain.kernel.terms import Term


class RecalculationRules(msgspec.Struct, frozen=True, kw_only=True):
    """Decree 354, p. 34 (h), 86-97; Housing Code, art. 157, parts 6 and 7.

    An absence counts above `absence_over_days` whole days and up to `absence_months`; it is asked for within
    `asked_within_days` after it, and one asked for ahead is proved within `proved_within_days` after it. Of a
    change in who lives there we are told within `told_within_days` working days. `fine_percent` of what was
    charged too much is taken off within `fine_months` of the application. Bad quality is looked at within
    `quality_act_hours` of the call (p. 108).
    """

    absence_over_days: int = 5
    absence_months: int = 6
    asked_within_days: int = 30
    proved_within_days: int = 30
    told_within_days: int = 5
    fine_percent: Decimal = Decimal(50)
    fine_months: int = 2
    quality_act_hours: int = 2


class DamagesRules(msgspec.Struct, frozen=True, kw_only=True):
    """Law on consumer rights, art. 23, 28 and 31; decree 354, p. 153.

    A demand is met within `paid_within_days`; each day after costs `goods_percent` or `service_percent` of
    the price of the service, the second never above that price. The act is drawn up within `act_hours` of
    the call. What was harmed loses its price evenly over `life_years`, `most_worn_percent` of it at most.
    """

    paid_within_days: int = 10
    goods_percent: Decimal = Decimal(1)
    service_percent: Decimal = Decimal(3)
    act_hours: int = 12
    life_years: int = 10
    most_worn_percent: Decimal = Decimal(80)


class MeterRules(msgspec.Struct, frozen=True, kw_only=True):
    """Decree 354, p. 34 (g), 82: the figures of a meter are looked at once in so many months."""

    control_months: int = 3


class CaseRules(Term, frozen=True, kw_only=True):
    name: ClassVar[str] = "cases.rules"

    recalculation: RecalculationRules = RecalculationRules()
    damages: DamagesRules = DamagesRules()
    meters: MeterRules = MeterRules()
