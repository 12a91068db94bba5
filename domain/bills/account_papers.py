"""Papers of a legal entity's contract for a span of months, from the ledger: invoice, act, reconciliation.

An entry belongs to the month it was posted in: what is posted later never changes the paper of a month that
is over. Federal Law 402-FZ, art. 9 (primary documents); a reconciliation statement has no form of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, tzinfo
from enum import StrEnum

import msgspec

from domain.accounts.accounts import AccountCard, SupplierAccountCard
from domain.accounts.books import Kind
from domain.accounts.ledger import CauseKind
from domain.accounts.statements import StatementLine
from domain.accounts.suppliers import Supplier
from domain.kernel.calendar import Period, business_day, last_day, period_of
from domain.kernel.errors import Conflict, Invalid
from domain.kernel.ids import SupplierAccountId, SupplierId
from domain.kernel.money import ZERO, Money, total
from domain.payments.receipts.rules import SuppliersVat, Vat

MONTHS_MOST = 36
ENTRIES_MOST = 50_000
CHARGED = "{service} for {month}"
PENALTY = "Penalty: {service} for {month}"
CAUSES: Mapping[CauseKind, str] = {
    CauseKind.CHARGE: "Charged",
    CauseKind.OPENING: "Balance from before this ledger",
    CauseKind.PAYMENT: "Payment of {day}",
    CauseKind.REFUND: "Money returned",
    CauseKind.WRITE_OFF: "Debt written off",
    CauseKind.MOVE: "Payment moved from or to another account",
    CauseKind.COMPENSATION: "Damages credited",
}
OTHER = "Other movements"
TEXTS = (CHARGED, PENALTY, OTHER, *CAUSES.values())


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
    charge; None: it is none."""

    on: date
    what: str
    debit: Money
    credit: Money
    vat: Vat | None = None

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
    """One supplier. Balances are what the customer owes; below zero it has paid ahead."""

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

    @property
    def debit(self) -> Money:
        return total(one.debit for one in self.rows)

    @property
    def credit(self) -> Money:
        return total(one.credit for one in self.rows)

    @property
    def closing(self) -> Money:
        return self.opening + self.debit - self.credit


class AccountPaper(msgspec.Struct, frozen=True, kw_only=True):
    kind: PaperKind
    account_number: str
    holder: str
    holder_inn: str
    address: str
    since: Period
    until: Period
    sides: tuple[PaperSide, ...]


def check_span(since: Period, until: Period) -> None:
    """SpanWrong."""
    months = [int(one[:4]) * 12 + int(one[5:]) for one in (since, until)]
    if not 0 <= months[1] - months[0] < MONTHS_MOST:
        raise SpanWrong(field="until", months=MONTHS_MOST)


class PaperFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What names, rates and days of a paper come from. `services` are names by code."""

    suppliers: Mapping[SupplierId, Supplier]
    services: Mapping[str, str]
    vat: SuppliersVat
    zone: tzinfo
    translate: Callable[[str], str]

    def month(self, line: StatementLine) -> Period:
        """The one it was posted in."""
        return period_of(business_day(line.posted_at, self.zone))


def account_paper(
    kind: PaperKind,
    card: AccountCard,
    lines: Iterable[StatementLine],
    span: tuple[Period, Period],
    facts: PaperFacts,
) -> AccountPaper:
    """`card` is of a contract, `lines` are all of the account, the earliest first."""
    by_owner: dict[SupplierAccountId | None, list[StatementLine]] = {}
    for line in lines:
        if line.change and facts.month(line) <= span[1]:
            by_owner.setdefault(line.supplier_account_id, []).append(line)
    return AccountPaper(
        kind=kind,
        account_number=card.account.number,
        holder=card.account.holder_name,
        holder_inn=card.account.holder_inn or "",
        address=card.account.address,
        since=span[0],
        until=span[1],
        sides=tuple(_side(one, by_owner.get(one.id, []), span[0], facts) for one in card.supplier_accounts),
    )


def _side(
    one: SupplierAccountCard, lines: Sequence[StatementLine], since: Period, facts: PaperFacts
) -> PaperSide:
    before = [line for line in lines if facts.month(line) < since]
    supplier = facts.suppliers.get(one.supplier_id)
    details = supplier.details if supplier else None
    return PaperSide(
        supplier=one.supplier_name,
        inn=supplier.inn if supplier else "",
        number=one.number,
        kpp=(details.kpp or "") if details else "",
        bank=details.bank_name if details else "",
        bic=details.bic if details else "",
        bank_account=details.account if details else "",
        correspondent_account=details.correspondent_account if details else "",
        opening=total(line.change for line in before),
        rows=tuple(_rows(lines[len(before) :], one.supplier_id, facts)),
    )


def _rows(lines: Sequence[StatementLine], supplier_id: SupplierId, facts: PaperFacts) -> Iterator[PaperRow]:
    """A row for each cause, and for charges one for each service and month and one for its penalty, in the
    order of the ledger."""
    grouped: dict[tuple[object, ...], list[StatementLine]] = {}
    for line in lines:
        day = business_day(line.posted_at, facts.zone)
        is_charge = line.cause_kind is CauseKind.CHARGE
        own = (line.service_code, line.period, _is_penalty(line)) if is_charge else (line.cause_id,)
        grouped.setdefault((day, line.cause_kind, *own), []).append(line)
    for group in grouped.values():
        first, change = group[0], total(line.change for line in group)
        if change:
            yield PaperRow(
                on=business_day(first.posted_at, facts.zone),
                what=_what(first, facts),
                debit=max(change, ZERO),
                credit=max(-change, ZERO),
                vat=_vat(first, supplier_id, facts),
            )


def _is_penalty(line: StatementLine) -> bool:
    return line.figure == Kind.PENALTY


def _vat(line: StatementLine, supplier_id: SupplierId, facts: PaperFacts) -> Vat | None:
    """A penalty is no price of anything delivered: it bears no tax. A service bears the rate of the last day
    of its month, whenever it is charged (Tax Code, art. 167)."""
    if line.cause_kind is not CauseKind.CHARGE:
        return None
    if _is_penalty(line):
        return Vat.NONE
    delivered = last_day(line.period) if line.period else line.value_date
    return facts.vat.on(supplier_id, delivered)


def _what(line: StatementLine, facts: PaperFacts) -> str:
    if line.cause_kind is CauseKind.CHARGE and line.service_code and line.period:
        words = facts.translate(PENALTY if _is_penalty(line) else CHARGED)
        month = f"{line.period[5:]}.{line.period[:4]}"
        return words.format(service=facts.services.get(line.service_code, ""), month=month)
    words = facts.translate(CAUSES.get(line.cause_kind, OTHER))
    return words.format(day=f"{line.value_date:%d.%m.%Y}")
