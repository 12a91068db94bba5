"""Sums in whole kopecks, and the only two ways to split one."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import TypeVar

import msgspec

K = TypeVar("K", bound=Hashable)


class Money(msgspec.Struct, frozen=True, order=True, forbid_unknown_fields=True):
    """A sum in roubles, kept as whole kopecks. JSON: `{"kopecks": 125050}`."""

    kopecks: int

    def __add__(self, other: Money) -> Money:
        return Money(self.kopecks + other.kopecks)

    def __sub__(self, other: Money) -> Money:
        return Money(self.kopecks - other.kopecks)

    def __neg__(self) -> Money:
        return Money(-self.kopecks)

    def __bool__(self) -> bool:
        return self.kopecks != 0

    def __str__(self) -> str:
        sign = "-" if self.kopecks < 0 else ""
        return f"{sign}{abs(self.kopecks) // 100},{abs(self.kopecks) % 100:02d} ₽"


ZERO = Money(0)


def total(parts: Iterable[Money]) -> Money:
    return Money(sum(part.kopecks for part in parts))


def share(amount: Money, weights: Mapping[K, Money]) -> dict[K, Money]:
    """Split `amount` in proportion to `weights`; the parts always add up to it.

    Whole kopecks are dealt first; the odd ones go to the largest remainders, one each, and among
    equal remainders to the key that stands first. Weights are not negative and not all zero.
    """
    assert amount >= ZERO
    assert all(weight >= ZERO for weight in weights.values())
    whole = total(weights.values()).kopecks
    assert whole > 0
    parts = {key: amount.kopecks * weight.kopecks // whole for key, weight in weights.items()}
    by_remainder = sorted(weights, key=lambda key: -(amount.kopecks * weights[key].kopecks % whole))
    for key in by_remainder[: amount.kopecks - sum(parts.values())]:
        parts[key] += 1
    return {key: Money(part) for key, part in parts.items()}
