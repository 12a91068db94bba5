"""What of a demand for damages is reckoned for whoever decides: wear, and the price of delay.

Source: law on consumer rights, art. 23 (1 % a day of the price of goods), art. 28, part 5 (3 % a day of the
price of a service, not above it) and 31 (ten days).
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from domain.cases.file import AccountFile
from domain.cases.forms import Check, CheckResult
from domain.cases.rules import DamagesRules
from domain.kernel.ids import SupplierAccountId
from domain.kernel.money import Money, total

WEAR, TERM = "Wear", "The term to pay"
WORN = "{name}: {asked} is asked; bought in {year}, {left} with its wear"
TO_BE_MET = (
    "To be met by {last}: each day after costs {goods} % or {service} % of the price of the service "
    "(law on consumer rights, art. 23, 28)"
)
LATE = (
    "Late by {days} days since {last}: of the price of the service, {price}, the applicant may demand "
    "{goods_sum} ({goods} % a day, law on consumer rights, art. 23) or {service_sum} ({service} % a day, "
    "art. 28)"
)


def worn(asked: Money, bought_year: int, happened_on: date, rules: DamagesRules) -> Money:
    """What a thing is still worth: it loses the same part of its price each year."""
    percent = min(Decimal(100 * max(0, happened_on.year - bought_year)) / rules.life_years, Decimal(100))
    return _percent(asked, 100 - min(percent, rules.most_worn_percent))


def price_of_delay(price: Money, days: int, rules: DamagesRules) -> tuple[Money, Money]:
    """Of goods, and of a service: the second never above its price."""
    goods, service = (
        _percent(price, rules.goods_percent * days),
        _percent(price, rules.service_percent * days),
    )
    return goods, min(service, price)


def wear_check(name: str, asked: Money, bought_year: int, happened_on: date, rules: DamagesRules) -> Check:
    left = worn(asked, bought_year, happened_on, rules)
    result = CheckResult.FINE if left == asked else CheckResult.LOOK
    return Check.of(WEAR, result, WORN, name=name, asked=str(asked), year=str(bought_year), left=str(left))


def delay_check(received_on: date, supplier_account_id: SupplierAccountId, file: AccountFile) -> Check:
    """By the bill of the month in which it happened: that is the price of the service."""
    rules = file.rules.damages
    last = file.days.next_worked(received_on + timedelta(days=rules.paid_within_days))
    price = total(one.principal for one in file.charges if one.supplier_account_id == supplier_account_id)
    fields = {
        "last": f"{last:%d.%m.%Y}",
        "goods": f"{rules.goods_percent.normalize():f}",
        "service": f"{rules.service_percent.normalize():f}",
    }
    days = (file.today - last).days
    if days <= 0:
        return Check.of(TERM, CheckResult.FINE, TO_BE_MET, **fields)
    goods, service = price_of_delay(price, days, rules)
    sums = {"days": str(days), "price": str(price), "goods_sum": str(goods), "service_sum": str(service)}
    return Check.of(TERM, CheckResult.LOOK, LATE, **fields, **sums)


def _percent(amount: Money, percent: Decimal) -> Money:
    kopecks = Decimal(max(amount.kopecks, 0)) * percent / 100
    return Money(int(kopecks.quantize(Decimal(1), ROUND_HALF_UP)))
