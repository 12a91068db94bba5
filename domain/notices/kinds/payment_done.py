"""The money has arrived, and where it went."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from domain.kernel.money import Money
from domain.notices.words import Basis, Words


class PaidPart(msgspec.Struct, frozen=True, kw_only=True):
    supplier: str
    number: str
    amount: Money


class PaymentDone(Words, frozen=True, kw_only=True, tag="payment-done"):
    title: ClassVar[str] = "A payment has arrived"
    basis: ClassVar[Basis] = Basis.CONTRACT
    is_prompt: ClassVar[bool] = True

    payment_id: str
    account_number: str
    amount: Money
    parts: tuple[PaidPart, ...]

    @classmethod
    def sample(cls) -> PaymentDone:
        return cls(
            payment_id="01a20000-0000-7000-8000-0000000000aa",
            account_number="6600000001",
            amount=Money(356050),
            parts=(
                PaidPart(supplier="АО «Пример энергосбыт»", number="1234567890", amount=Money(125050)),
                PaidPart(supplier="ООО «Пример тепло»", number="55-0001", amount=Money(231000)),
            ),
        )
