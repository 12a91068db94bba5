"""Money has come to an account, or left it, by a decision about another one: which, is never said."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from domain.kernel.money import Money
from domain.notices.words import Basis, Words


class MoneyMoved(Words, frozen=True, kw_only=True, tag="money-moved"):
    """`day` is the day it counts from here, or was counted from until now."""

    title: ClassVar[str] = "Money was moved to the account or from it"
    basis: ClassVar[Basis] = Basis.CONTRACT

    account_number: str
    amount: Money
    day: date
    has_come: bool

    @classmethod
    def sample(cls) -> MoneyMoved:
        return cls(account_number="6600000001", amount=Money(123456), day=date(2026, 11, 18), has_come=False)
