"""Which rate a penalty is reckoned by: the Bank of Russia's key rate, under the state's cap.

Source: Housing Code, art. 155 p. 14; 35-FZ, art. 37 p. 2: the rate of the day of actual payment, for what is
unpaid of the day of reckoning. Decree 474 of 26.03.2022 as amended (329 of 18.03.2025): not above the key
rate of 27.02.2022, until 01.01.2027.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from enum import StrEnum

import msgspec

from domain.accounts.debtors import Debtor

_DAY = timedelta(days=1)


class KeyRate(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """In hundredths of a per cent a year: 1550 is 15.50 %."""

    valid_from: date
    basis_points: int


class Cap(msgspec.Struct, frozen=True, kw_only=True):
    """From `valid_from` through `valid_to` the rate is not above `basis_points` for these debtors."""

    valid_from: date
    valid_to: date
    basis_points: int
    debtors: frozenset[Debtor]
    source: str


class CapBy(StrEnum):
    """Whether a cap is chosen by the day of payment, or day of delay by day of delay."""

    SETTLEMENT = "settlement"
    DELAY = "delay"


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """`key_from` is the day since which the key rate was in force; `cap` what kept it lower."""

    basis_points: int
    key_from: date
    cap: Cap | None = None


class RateBook(msgspec.Struct, frozen=True, kw_only=True):
    """Key rates, the oldest first, and caps."""

    keys: tuple[KeyRate, ...]
    caps: tuple[Cap, ...] = ()

    def rate(self, settled_on: date, capped_on: date, debtor: Debtor) -> Rate:
        """The rate of `settled_on` under the cap of `capped_on`. LookupError when no key rate is known."""
        key = self._key(settled_on)
        cap = next(
            (
                cap
                for cap in self.caps
                if cap.valid_from <= capped_on <= cap.valid_to and debtor in cap.debtors
            ),
            None,
        )
        if cap and cap.basis_points < key.basis_points:
            return Rate(basis_points=cap.basis_points, key_from=key.valid_from, cap=cap)
        return Rate(basis_points=key.basis_points, key_from=key.valid_from)

    def cuts(self, since: date, until: date) -> Iterator[tuple[date, date]]:
        """The days from `since` through `until`, cut where a cap begins or ends."""
        begins = {cap.valid_from for cap in self.caps} | {cap.valid_to + _DAY for cap in self.caps}
        starts = [since, *sorted(day for day in begins if since < day <= until)]
        yield from zip(starts, [*(day - _DAY for day in starts[1:]), until], strict=True)

    def _key(self, day: date) -> KeyRate:
        for key in reversed(self.keys):
            if key.valid_from <= day:
                return key
        raise LookupError(f"no key rate on {day}")


def known_rates(keys: Sequence[KeyRate], caps: Sequence[Cap] = ()) -> RateBook:
    return RateBook(keys=tuple(sorted(keys)), caps=tuple(caps))
