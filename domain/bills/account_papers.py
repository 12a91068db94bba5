"""Papers of a legal entity's contract for a span of months, from the ledger: invoice, act, reconciliation.

An entry belongs to the month it was posted in: what is posted later never changes the paper of a month that
is over. Federal Law 402-FZ, art. 9 (primary documents); a reconciliation statement has no form of its own.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum

import msgspec

from domain.kernel.calendar import Period
from domain.kernel.errors import Conflict, Invalid
from domain.kernel.money import ZERO, Money, total
from domain.payments.receipts.rules import Vat

MONTHS_MOST = 36
ENTRIES_MOST = 50_000


class PaperKind(StrEnum):
    INVOICE = "invoice"
    ACT = "act"
    RECONCILIATION = "reconciliation"


class PapersOfContractsOnly(Conflict):
    code = "papers-of-contracts-only"
    text = "Invoices, acts and reconciliation statements are made for contracts of legal entities"


class SpanWrong(Invalid):
    code = "span-wrong"
    text = "Give months from the earlier to the later, at most {months} of them"


class TooManyEntries(Conflict):
    code = "too-many-entries"
    text = "The account has too many entries for one paper"


class PaperRow(msgspec.Struct, frozen=True, kw_only=True):
    """One document: `debit` is what was charged, `credit` what was paid or taken off. `vat` is the rate of a
    charge; None: it is none. `volume` of a charge as the month's bill had it; a correction has none."""

    on: date
    what: str
    debit: Money
    credit: Money
    vat: Vat | None = None
    volume: Decimal | None = None
    unit: str = ""

    @property
    def is_charge(self) -> bool:
        return self.vat is not None

    @property
    def charged(self) -> Money:
        """Below zero: a charge was lowered."""
        return self.debit - self.credit if self.is_charge else ZERO

    @property
    def tax(self) -> Money:
        """Within what was charged."""
        return self.vat.within(self.charged) if self.vat else ZERO


class PaperSide(msgspec.Struct, frozen=True, kw_only=True):
    """One supplier. Balances are what the customer owes; below zero it has paid ahead. `nothing` says in
    words that there are no charges, and when those of these months were posted."""

    supplier: str
    inn: str
    number: str
    kpp: str
    bank: str
    bic: str
    bank_account: str
    correspondent_account: str
    opening: Money
    rows: tuple[PaperRow, ...]
    nothing: tuple[str, ...] = ()

    @property
    def charges(self) -> tuple[PaperRow, ...]:
        return tuple(one for one in self.rows if one.is_charge)

    @property
    def debit(self) -> Money:
        return total(one.debit for one in self.rows)

    @property
    def credit(self) -> Money:
        return total(one.credit for one in self.rows)

    @property
    def charged(self) -> Money:
        return total(one.charged for one in self.rows)

    @property
    def tax(self) -> Money:
        return total(one.tax for one in self.rows)

    @property
    def others(self) -> Money:
        """What else moved the balance; below zero: it was paid."""
        return self.closing - self.opening - self.charged

    @property
    def closing(self) -> Money:
        return self.opening + self.debit - self.credit

    @property
    def to_pay(self) -> Money:
        return max(self.closing, ZERO)


class AccountPaper(msgspec.Struct, frozen=True, kw_only=True):
    """`number` and the day `on` are derived from the contract and the months: made anew it bears the same."""

    kind: PaperKind
    number: str
    on: date
    remark: str
    account_number: str
    holder: str
    holder_inn: str
    address: str
    since: Period
    until: Period
    sides: tuple[PaperSide, ...]


def month_text(period: Period) -> str:
    return f"{period[5:]}.{period[:4]}"


def check_span(since: Period, until: Period) -> None:
    """SpanWrong."""
    months = [int(one[:4]) * 12 + int(one[5:]) for one in (since, until)]
    if not 0 <= months[1] - months[0] < MONTHS_MOST:
        raise SpanWrong(field="until", months=MONTHS_MOST)
