"""Sums in whole kopecks, and the only two ways to split one."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import TypeVar

import msgspec

K = TypeVar("K", bound=Hashable)


class Money(msgspec.Struct, frozen=True, order=True, forbid_unknown_fields=True, gc=False):
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
        roubles = f"{abs(self.kopecks) // 100:,}".replace(",", "\u00a0")
        return f"{sign}{roubles},{abs(self.kopecks) % 100:02d}\u00a0₽"


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


def share_capped(
    amount: Money, weights: Mapping[K, Money], caps: Mapping[K, Money]
) -> tuple[dict[K, Money], frozenset[K]]:
    """Split `amount` in proportion to `weights`, no part above its cap; the surplus is dealt again.

    Returns the parts and the keys that got an odd kopeck. What exceeds all caps stays undealt, so
    the parts add up to min(amount, sum of caps). A key with a cap above zero has a weight above zero.
    """
    rest, active = amount.kopecks, {key: weights[key].kopecks for key in weights if caps[key]}
    parts = dict.fromkeys(weights, ZERO)
    while active:
        whole = sum(active.values())
        full = [key for key, weight in active.items() if rest * weight >= caps[key].kopecks * whole]
        if not full:
            break
        for key in full:
            parts[key] = caps[key]
            rest -= caps[key].kopecks
            del active[key]
    if not active or not rest:
        return parts, frozenset()
    dealt = share(Money(rest), {key: Money(weight) for key, weight in active.items()})
    whole = sum(active.values())
    odd = frozenset(key for key, part in dealt.items() if part.kopecks > rest * active[key] // whole)
    return parts | dealt, odd
