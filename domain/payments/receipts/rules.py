"""Who issues a supplier's receipts, with which tax, as whose agent: data with a day from which it holds.

54-FZ of 22.05.2003, art. 1.1-1.2, 4.7; Tax Code, art. 164; the codes are those of the federal tax service's
formats of fiscal documents (order ED-7-20/662@), under the names that payment providers use.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import ClassVar, Protocol

import msgspec

from domain.kernel.ids import SupplierId
from domain.kernel.money import Money
from domain.kernel.terms import Term, Terms


class IssuedBy(StrEnum):
    US = "us"
    """By our register; for another's service as its agent."""
    SUPPLIER = "supplier"
    """By the supplier's own shop at the same provider."""
    ELSEWHERE = "elsewhere"
    """By a register we do not reach: the supplier's own, or the accounts department's."""


class Vat(StrEnum):
    """Value added tax in per cent, or none of it."""

    MAIN = "main"
    """Whichever rate is the main one on the day: in settings only."""
    NONE = "none"
    ZERO = "0"
    FIVE = "5"
    SEVEN = "7"
    TEN = "10"
    TWENTY = "20"
    TWENTY_TWO = "22"

    def within(self, amount: Money) -> Money:
        """The tax in a sum that has it: sum × rate / (100 + rate) (Tax Code, art. 164 p. 4), half up to the
        kopeck. The rate must be resolved by `VatRates.on`."""
        assert self is not Vat.MAIN
        rate = 0 if self is Vat.NONE else int(self)
        return Money(int((Decimal(amount.kopecks) * rate / (100 + rate)).quantize(Decimal(1), ROUND_HALF_UP)))


class AgentType(StrEnum):
    BANKING_PAYMENT_AGENT = "banking_payment_agent"
    BANKING_PAYMENT_SUBAGENT = "banking_payment_subagent"
    PAYMENT_AGENT = "payment_agent"
    PAYMENT_SUBAGENT = "payment_subagent"
    ATTORNEY = "attorney"
    COMMISSIONER = "commissioner"
    AGENT = "agent"


class MainRate(msgspec.Struct, frozen=True, kw_only=True):
    since: date
    vat: Vat


class VatRates(Term, frozen=True, kw_only=True):
    """What is delivered (an advance: paid) on `since` or later bears this main rate."""

    name: ClassVar[str] = "payments.vat"

    main: tuple[MainRate, ...]

    def on(self, day: date, vat: Vat) -> Vat:
        """The rate of `day` for who pays `vat`."""
        if vat is not Vat.MAIN:
            return vat
        return max((one for one in self.main if one.since <= day), key=lambda one: one.since).vat


class ReceiptTerms(Term, frozen=True, kw_only=True):
    """`tax_system` is ours, 1 (general) to 6. `agent_type` and `vat` hold for suppliers of whom nothing else
    is set. `check_link` is where anybody may check a receipt; the register prints the time of `zone`."""

    name: ClassVar[str] = "payments.receipts"

    tax_system: int
    agent_type: AgentType
    vat: Vat
    check_link: str = ""
    zone: str = "Europe/Moscow"


class SupplierReceipts(msgspec.Struct, frozen=True, kw_only=True):
    """From `valid_from` on. `agent_type` None: as the terms say. `phone` stands beside the supplier's name in
    each item; `shop_id` is the supplier's shop at the provider."""

    supplier_id: SupplierId
    valid_from: date
    issued_by: IssuedBy = IssuedBy.US
    agent_type: AgentType | None = None
    vat: Vat = Vat.MAIN
    phone: str | None = None
    shop_id: str | None = None


class ReceiptRules(msgspec.Struct, frozen=True, kw_only=True):
    """All of it as it holds on the day of a payment. `own_inn` is whose register ours is."""

    terms: ReceiptTerms
    rates: VatRates
    suppliers: Mapping[SupplierId, SupplierReceipts]
    own_inn: str


class SuppliersVat(msgspec.Struct, frozen=True, kw_only=True):
    """Which tax stands in a supplier's prices, whatever day is asked for. `unset` is of suppliers of whom
    nothing is set."""

    unset: Vat
    rates: VatRates
    settings: Sequence[SupplierReceipts]

    def on(self, supplier_id: SupplierId, day: date) -> Vat:
        set_by_then = [
            one for one in self.settings if one.supplier_id == supplier_id and one.valid_from <= day
        ]
        latest = max(set_by_then, key=lambda one: one.valid_from, default=None)
        return self.rates.on(day, latest.vat if latest else self.unset)


class SupplierReceiptBook(Protocol):
    async def on(self, day: date) -> Mapping[SupplierId, SupplierReceipts]:
        """Of those of whom something was set by `day`."""

    async def all(self) -> Sequence[SupplierReceipts]:
        """By supplier and day."""

    async def save(self, setting: SupplierReceipts) -> None:
        """In place of that of the same day."""


async def suppliers_vat(terms: Terms, book: SupplierReceiptBook, day: date) -> SuppliersVat:
    """As it is set, for prices of `day` and earlier."""
    return SuppliersVat(
        unset=(await terms.at(ReceiptTerms, day)).vat,
        rates=await terms.at(VatRates, day),
        settings=await book.all(),
    )
