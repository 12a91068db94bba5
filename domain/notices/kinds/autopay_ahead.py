"""Money is about to be taken by itself: how much, when, by what, and how to stop it."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from domain.kernel.money import Money
from domain.notices.words import Basis, Words


class AutopayAhead(Words, frozen=True, kw_only=True, tag="autopay-ahead"):
    """`stop` is the end of the address that stops the autopay. `supplier` None: the whole account. `digits`
    are the last of the card."""

    title: ClassVar[str] = "An autopay is about to be made"
    basis: ClassVar[Basis] = Basis.CONTRACT

    account_number: str
    supplier: str | None = None
    amount: Money
    pay_on: date
    method: str
    digits: str
    stop: str

    @classmethod
    def sample(cls) -> AutopayAhead:
        return cls(
            account_number="6600000001",
            amount=Money(541000),
            pay_on=date(2026, 12, 10),
            method="bank_card",
            digits="*0004",
            stop="AbC",
        )
