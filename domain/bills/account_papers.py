"""Papers of a legal entity's contract for a span of months, from the ledger: invoice, act, reconciliation.

An entry belongs to the month it was posted in: what is posted later never changes the paper of a month that
is over. Federal Law 402-FZ, art. 9 (primary documents); a reconciliation statement has no form of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, tzinfo
from enum import StrEnum

import msgspec

from domain.accounts.accounts import AccountCard, AccountKind, SupplierAccountCard
from domain.accounts.ledger import CauseKind
from domain.accounts.statements import StatementLine
from domain.accounts.suppliers import Supplier
from domain.kernel.calendar import Period, business_day, period_of
from domain.kernel.documents import Document
from domain.kernel.errors import Conflict, Invalid
from domain.kernel.ids import SupplierAccountId, SupplierId
from domain.kernel.money import ZERO, Money, total

MONTHS_MOST = 36
ENTRIES_MOST = 50_000
CHARGED = "{service} for {month}"
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
TEXTS = (CHARGED, OTHER, *CAUSES.values())


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
    """One document: `debit` is what was charged, `credit` what was paid."""

    on: date
    what: str
    debit: Money
    credit: Money
    is_charge: bool


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


def account_paper(
    kind: PaperKind,
    card: AccountCard,
    lines: Iterable[StatementLine],
    suppliers: Mapping[SupplierId, Supplier],
    services: Mapping[str, str],
    span: tuple[Period, Period],
    zone: tzinfo,
    translate: Callable[[str], str],
) -> AccountPaper:
    """`services` are names by code; `lines` are all of the account, the earliest first.
    PapersOfContractsOnly."""
    if card.account.kind is not AccountKind.CONTRACT:
        raise PapersOfContractsOnly
    by_owner: dict[SupplierAccountId | None, list[StatementLine]] = {}
    for line in lines:
        if line.change and period_of(business_day(line.posted_at, zone)) <= span[1]:
            by_owner.setdefault(line.supplier_account_id, []).append(line)

    def side(one: SupplierAccountCard) -> PaperSide:
        own = by_owner.get(one.id, [])
        before = [line for line in own if period_of(business_day(line.posted_at, zone)) < span[0]]
        supplier = suppliers.get(one.supplier_id)
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
            rows=_rows(own[len(before) :], services, zone, translate),
        )

    return AccountPaper(
        kind=kind,
        account_number=card.account.number,
        holder=card.account.holder_name,
        holder_inn=card.account.holder_inn or "",
        address=card.account.address,
        since=span[0],
        until=span[1],
        sides=tuple(side(one) for one in card.supplier_accounts),
    )


def _rows(
    lines: Sequence[StatementLine],
    services: Mapping[str, str],
    zone: tzinfo,
    translate: Callable[[str], str],
) -> tuple[PaperRow, ...]:
    """A row for each cause, and for charges one for each service and month, in the order of the ledger."""
    grouped: dict[tuple[object, ...], list[StatementLine]] = {}
    for line in lines:
        day = business_day(line.posted_at, zone)
        is_charge = line.cause_kind is CauseKind.CHARGE
        own = (line.service_code, line.period) if is_charge else (line.cause_id,)
        grouped.setdefault((day, line.cause_kind, *own), []).append(line)
    rows = []
    for group in grouped.values():
        first, change = group[0], total(line.change for line in group)
        if change:
            rows.append(
                PaperRow(
                    on=business_day(first.posted_at, zone),
                    what=_what(first, services, translate),
                    debit=max(change, ZERO),
                    credit=max(-change, ZERO),
                    is_charge=first.cause_kind is CauseKind.CHARGE,
                )
            )
    return tuple(rows)


def _what(line: StatementLine, services: Mapping[str, str], translate: Callable[[str], str]) -> str:
    if line.cause_kind is CauseKind.CHARGE and line.service_code and line.period:
        month = f"{line.period[5:]}.{line.period[:4]}"
        return translate(CHARGED).format(service=services.get(line.service_code, ""), month=month)
    return translate(CAUSES.get(line.cause_kind, OTHER)).format(day=f"{line.value_date:%d.%m.%Y}")


class PrintedRow(msgspec.Struct, frozen=True, kw_only=True):
    on: str
    what: str
    debit: str
    credit: str


class PrintedSide(msgspec.Struct, frozen=True, kw_only=True):
    supplier: str
    inn: str
    kpp: str
    number: str
    bank: str
    bic: str
    bank_account: str
    correspondent_account: str
    opening: str
    rows: tuple[PrintedRow, ...]
    debit: str
    credit: str
    closing: str
    to_pay: str
    is_owed: bool
    is_ahead: bool


class PrintedPaper(Document, frozen=True, kw_only=True, tag="account-paper"):
    """An account paper as people read it."""

    kind: PaperKind
    account_number: str
    holder: str
    holder_inn: str
    address: str
    since: Period
    until: Period
    sides: tuple[PrintedSide, ...]


def printed(paper: AccountPaper) -> PrintedPaper:
    return PrintedPaper(
        sides=tuple(_printed_side(paper.kind, one) for one in paper.sides),
        **{name: getattr(paper, name) for name in AccountPaper.__struct_fields__ if name not in {"sides"}},
    )


def _printed_side(kind: PaperKind, one: PaperSide) -> PrintedSide:
    rows = [row for row in one.rows if kind is PaperKind.RECONCILIATION or row.is_charge]
    debit, credit = total(row.debit for row in rows), total(row.credit for row in rows)
    whole = {
        "opening": one.opening,
        "debit": debit,
        "credit": credit,
        "closing": max(one.closing, -one.closing),
        "to_pay": max(one.closing, ZERO),
    }
    names = ("supplier", "inn", "kpp", "number", "bank", "bic", "bank_account", "correspondent_account")
    return PrintedSide(
        rows=tuple(
            PrintedRow(
                on=f"{row.on:%d.%m.%Y}", what=row.what, debit=figure(row.debit), credit=figure(row.credit)
            )
            for row in rows
        ),
        is_owed=one.closing > ZERO,
        is_ahead=one.closing < ZERO,
        **{name: getattr(one, name) for name in names},
        **{name: figure(sum_, zero="0,00") for name, sum_ in whole.items()},
    )


def figure(money: Money, zero: str = "") -> str:
    """As on paper, without the currency's sign."""
    return str(money).removesuffix("\u00a0₽") if money else zero
