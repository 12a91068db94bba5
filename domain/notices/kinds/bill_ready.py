"""A month's bill was issued: how much, and until when."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from domain.kernel.calendar import Period
from domain.kernel.money import Money
from domain.notices.words import Basis, Words


class BillReady(Words, frozen=True, kw_only=True, tag="bill-ready"):
    title: ClassVar[str] = "A bill was issued"
    basis: ClassVar[Basis] = Basis.CONTRACT

    account_number: str
    address: str
    period: Period
    to_pay: Money
    due_on: date
    is_contract: bool = False
    """A legal entity gets an invoice, a resident a bill: in Russian they are called differently."""

    @classmethod
    def sample(cls) -> BillReady:
        return cls(
            account_number="6600000001",
            address="г. Примерск, ул. Мира, д. 1, кв. 2",
            period="2026-10",
            to_pay=Money(541000),
            due_on=date(2026, 11, 16),
        )
