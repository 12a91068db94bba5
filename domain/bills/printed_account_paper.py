"""Papers of a contract as people read them."""

from __future__ import annotations

import msgspec

from domain.bills.account_papers import AccountPaper, PaperKind, PaperRow, PaperSide
from domain.kernel.calendar import Period
from domain.kernel.documents import Document
from domain.kernel.money import ZERO, Money, total
from domain.payments.receipts.rules import Vat


class PrintedRow(msgspec.Struct, frozen=True, kw_only=True):
    """`charged` is `net` and the `tax` of `vat` per cent (empty: none); below zero a charge was lowered."""

    on: str
    what: str
    net: str
    vat: str
    tax: str
    charged: str
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
    charged: str
    charged_net: str
    charged_tax: str
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
    charged, tax = total(row.charged for row in one.rows), total(row.tax for row in one.rows)
    whole = {
        "opening": one.opening,
        "debit": debit,
        "credit": credit,
        "charged": charged,
        "charged_net": charged - tax,
        "charged_tax": tax,
        "closing": max(one.closing, -one.closing),
        "to_pay": max(one.closing, ZERO),
    }
    names = ("supplier", "inn", "kpp", "number", "bank", "bic", "bank_account", "correspondent_account")
    return PrintedSide(
        rows=tuple(_printed_row(row) for row in rows),
        is_owed=one.closing > ZERO,
        is_ahead=one.closing < ZERO,
        **{name: getattr(one, name) for name in names},
        **{name: figure(sum_, zero="0,00") for name, sum_ in whole.items()},
    )


def _printed_row(row: PaperRow) -> PrintedRow:
    has_rate = row.is_charge and row.vat is not Vat.NONE
    return PrintedRow(
        on=f"{row.on:%d.%m.%Y}",
        what=row.what,
        net=figure(row.charged - row.tax),
        vat=f"{row.vat}" if has_rate else "",
        tax=figure(row.tax, zero="0,00") if has_rate else "",
        charged=figure(row.charged),
        debit=figure(row.debit),
        credit=figure(row.credit),
    )


def figure(money: Money, zero: str = "") -> str:
    """As on paper, without the currency's sign."""
    return str(money).removesuffix("\u00a0₽") if money else zero
