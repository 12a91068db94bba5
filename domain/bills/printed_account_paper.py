"""Papers of a contract as people read them."""

from __future__ import annotations

import msgspec

from domain.bills.account_papers import AccountPaper, PaperKind, PaperRow, PaperSide
from domain.kernel.calendar import Period
from domain.kernel.documents import Document
from domain.kernel.figures import figure as number
from domain.kernel.money import ZERO, Money
from domain.payments.receipts.rules import Vat


class PrintedRow(msgspec.Struct, frozen=True, kw_only=True):
    """`volume` is with its unit. `charged` is `net` and the `tax` of `vat` per cent (empty: none); below zero
    a charge was lowered."""

    on: str
    what: str
    volume: str
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
    opening_owed: str
    opening_ahead: str
    rows: tuple[PrintedRow, ...]
    nothing: tuple[str, ...]
    debit: str
    credit: str
    charged: str
    charged_net: str
    charged_tax: str
    others: str
    closing: str
    closing_owed: str
    closing_ahead: str
    to_pay: str
    is_owed: bool
    is_ahead: bool


class PrintedPaper(Document, frozen=True, kw_only=True, tag="account-paper"):
    """An account paper as people read it."""

    kind: PaperKind
    number: str
    on: str
    remark: str
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
        on=f"{paper.on:%d.%m.%Y}",
        **{
            name: getattr(paper, name)
            for name in AccountPaper.__struct_fields__
            if name not in {"sides", "on"}
        },
    )


def _printed_side(kind: PaperKind, one: PaperSide) -> PrintedSide:
    rows = one.rows if kind is PaperKind.RECONCILIATION else one.charges
    whole = {
        "opening": one.opening,
        "debit": one.debit,
        "credit": one.credit,
        "charged": one.charged,
        "charged_net": one.charged - one.tax,
        "charged_tax": one.tax,
        "others": one.others,
        "closing": max(one.closing, -one.closing),
        "to_pay": one.to_pay,
    }
    names = ("supplier", "inn", "kpp", "number", "bank", "bic", "bank_account", "correspondent_account")
    return PrintedSide(
        rows=tuple(_printed_row(row) for row in rows),
        nothing=() if kind is PaperKind.RECONCILIATION else one.nothing,
        is_owed=one.closing > ZERO,
        is_ahead=one.closing < ZERO,
        **{name: getattr(one, name) for name in names},
        **{name: figure(sum_, zero="0,00") for name, sum_ in whole.items()},
        **_balance("opening", one.opening),
        **_balance("closing", one.closing),
    )


def _balance(name: str, owed: Money) -> dict[str, str]:
    """In the column of what is charged or, below zero, of what is paid."""
    sums = ("", figure(-owed)) if owed < ZERO else (figure(owed, zero="0,00"), "")
    return dict(zip((f"{name}_owed", f"{name}_ahead"), sums, strict=True))


def _printed_row(row: PaperRow) -> PrintedRow:
    has_rate = row.is_charge and row.vat is not Vat.NONE
    return PrintedRow(
        on=f"{row.on:%d.%m.%Y}",
        what=row.what,
        volume=f"{number(row.volume)} {row.unit}" if row.volume is not None else "",
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
