"""Figures of the law that decisions are checked by, as they stand from day to day."""

from __future__ import annotations

from typing import ClassVar

from domain.kernel.money import Money
from domain.kernel.terms import Term

WRITE_OFF_KIND = "bankruptcy-write-off"
"""The kind whose open applications hold back refunds."""


class Limitation(Term, frozen=True, kw_only=True):
    """For how long a claim can be enforced (Civil Code, art. 196)."""

    name: ClassVar[str] = "law.limitation"

    years: int = 3


class OutOfCourtTerms(Term, frozen=True, kw_only=True):
    """Bankruptcy by a multifunctional centre (127-FZ, art. 223.2, 223.6): debts of a person in all, from and
    to, and the months from the notice in the register to the discharge."""

    name: ClassVar[str] = "law.out-of-court-bankruptcy"

    least: Money = Money(2_500_000)
    most: Money = Money(100_000_000)
    months: int = 6
