"""An autopay was not made: why, and what comes next."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from domain.kernel.money import Money
from domain.notices.words import Basis, Words


class AutopayTrouble(Words, frozen=True, kw_only=True, tag="autopay-trouble"):
    """`what`: “above-limit”, “method-deleted” or “method-refused” (paused until its owner decides), “again”
    (the bank refused; another try on `again_on`), or “failed”."""

    title: ClassVar[str] = "An autopay was not made"
    basis: ClassVar[Basis] = Basis.CONTRACT

    what: str
    account_number: str
    amount: Money | None = None
    limit: Money
    again_on: date | None = None

    @classmethod
    def sample(cls) -> AutopayTrouble:
        return cls(what="above-limit", account_number="6600000001", amount=Money(541000), limit=Money(500000))
