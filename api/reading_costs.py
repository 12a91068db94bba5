"""What a reading would cost, in words and figures."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Self

import msgspec

from api.texts import catalogue
from domain.kernel.money import Money
from domain.readings.cost import PreliminaryCost
from domain.readings.meters import Zone
from domain.readings.readings import plain


class CostLineOut(msgspec.Struct, frozen=True, kw_only=True):
    """`range` counts from 1; `price` in roubles per unit."""

    zone: str
    zone_label: str
    range: int
    volume: Decimal
    price: Decimal
    cost: Money


class CostOut(msgspec.Struct, frozen=True, kw_only=True):
    """Not a bill. `total` is null when it cannot be told: `why_not` says so. `included` and `not_included`
    say in words what the total rests upon and what it leaves out."""

    total: Money | None
    prices_from: date | None
    price_group: str
    lines: list[CostLineOut]
    included: list[str]
    not_included: list[str]
    why_not: str | None

    @classmethod
    def of(cls, cost: PreliminaryCost, zones: Mapping[str, Zone], language: str) -> Self:
        translate = catalogue(language).gettext
        return cls(
            total=cost.total,
            prices_from=cost.prices_from,
            price_group=cost.price_group,
            lines=[
                CostLineOut(
                    zone=line.zone,
                    zone_label=zones[line.zone].label,
                    range=line.range_no,
                    volume=plain(line.volume),
                    price=plain(line.price),
                    cost=line.cost,
                )
                for line in cost.lines
            ],
            included=[said.words(translate) for said in cost.included],
            not_included=[said.words(translate) for said in cost.not_included],
            why_not=cost.why_not.words(translate) if cost.why_not else None,
        )
