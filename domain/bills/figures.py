"""Figures of bills as people read them."""

from __future__ import annotations

from decimal import Decimal

from domain.kernel.money import Money


def sum_text(amount: Money) -> str:
    return str(amount).removesuffix("\u00a0₽").replace("-", "−")


def number_text(number: Decimal | None, places: int = 0) -> str:
    """With a comma and at least so many places, thousands apart."""
    if number is None:
        return ""
    has = max(places, -int(number.as_tuple().exponent))
    return f"{number:,.{has}f}".replace(",", "\u00a0").replace(".", ",").replace("-", "−")
