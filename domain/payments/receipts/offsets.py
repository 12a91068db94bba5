"""Advances that charges of a month were met from, for the month's summary receipt of their offset.

54-FZ, art. 1.2 p. 2.1: for utilities one receipt may cover every offset of a span up to a calendar month; it
is formed within ten calendar days after its end and handed to nobody. Settlements with persons only: between
companies by bank no register is used (art. 2 p. 9).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Protocol

import msgspec

from domain.accounts.books import Kind
from domain.kernel.calendar import Period, last_day
from domain.kernel.ids import SupplierId
from domain.kernel.money import Money, total
from domain.payments.receipts.rules import SuppliersVat, Vat

FORMED_WITHIN = timedelta(days=10)


class Met(msgspec.Struct, frozen=True, kw_only=True):
    """What was met from advances at one supplier, of one service and month."""

    supplier_id: SupplierId
    service_code: str
    period: Period
    kind: Kind
    amount: Money


class Offset(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the summary receipt. `tax` stands within `amount`."""

    supplier_id: SupplierId
    service_code: str
    vat: Vat
    amount: Money
    tax: Money


def summary(met: Iterable[Met], vat: SuppliersVat) -> list[Offset]:
    """A line for each supplier, service and rate: the rate is that of the month that was delivered. What met
    a penalty bears no tax. In the order of the first of each."""
    sums: dict[tuple[SupplierId, str, Vat], list[Money]] = {}
    for one in met:
        is_penalty = one.kind is Kind.PENALTY
        rate = Vat.NONE if is_penalty else vat.on(one.supplier_id, last_day(one.period))
        sums.setdefault((one.supplier_id, one.service_code, rate), []).append(one.amount)
    return [
        Offset(
            supplier_id=supplier_id,
            service_code=service,
            vat=rate,
            amount=total(amounts),
            tax=rate.within(total(amounts)),
        )
        for (supplier_id, service, rate), amounts in sums.items()
    ]


def formed_by(month: Period) -> date:
    return last_day(month) + FORMED_WITHIN


class MetAdvances(Protocol):
    async def between(self, since: datetime, until: datetime) -> Sequence[Met]:
        """Of accounts of persons, posted from `since` on and before `until`."""
