"""Papers of a contract as sheets: what their PDF says, a sheet for each supplier."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from domain.bills.account_papers import AccountPaper, PaperKind, PaperRow, PaperSide, month_text
from domain.kernel.money import ZERO, Money
from domain.kernel.sheets import Cell, Sheet
from domain.payments.receipts.rules import Vat

TITLES = {
    PaperKind.INVOICE: "Invoice № {number} of {day}",
    PaperKind.ACT: "Act of services rendered № {number} of {day}",
    PaperKind.RECONCILIATION: "Reconciliation statement № {number} as of {day}",
}
CONTRACT = "By contract № {number} for {months}"
CUSTOMER = "Customer: {name}"
ADDRESS = "Address: {address}"
SUPPLIER = "Supplier: {name}"
NUMBER = "Account with the supplier: {number}"
BANK = "Bank: {bank}, BIC {bic}, account {account}, correspondent account {correspondent}"
INN = ", INN {inn}"
KPP = ", KPP {kpp}"
CHARGES = ("Date", "Service", "Volume", "Unit", "Without VAT", "VAT, %", "VAT", "With VAT")
MOVEMENTS = ("Date", "Document", "Charged, ₽", "Paid, ₽")
UNTAXED = "no VAT"
CHARGED = "Charged in all"
OPENING = "Balance at the start"
OTHERS = "Payments and other movements"
TO_PAY = "To pay now"
AHEAD = "Paid ahead at the end"
TURNOVER = "Turnover of the months"
CLOSING = "Balance at the end"
TEXTS = (
    *(*TITLES.values(), CONTRACT, CUSTOMER, ADDRESS, SUPPLIER, NUMBER, BANK, INN, KPP, *CHARGES, *MOVEMENTS),
    *(UNTAXED, CHARGED, OPENING, OTHERS, TO_PAY, AHEAD, TURNOVER, CLOSING),
)
Said = Callable[[str], str]


def sheets(paper: AccountPaper, said: Said) -> list[Sheet]:
    """`said` gives the words of the paper's language."""
    return [_sheet(paper, side, no, said) for no, side in enumerate(paper.sides, start=1)]


def _sheet(paper: AccountPaper, side: PaperSide, no: int, said: Said) -> Sheet:
    above = [*_head(paper, said), *_parties(paper, side, said)]
    if paper.kind is PaperKind.RECONCILIATION:
        headings: tuple[str, ...] = MOVEMENTS
        rows, below = list(_movements(side, said)), list(_balances(side, said))
    else:
        headings, rows, below = CHARGES, [_charge(row, said) for row in side.charges], [_total(side, said)]
        if side.nothing:
            above, headings, below = [*above, "", *side.nothing], (), []
        if paper.kind is PaperKind.INVOICE:
            below += _what_is_to_pay(side, said)
    return Sheet(
        title=f"{no} {side.supplier}",
        above=[*above, ""],
        headings=[said(one) for one in headings],
        rows=rows,
        below=below,
    )


def _head(paper: AccountPaper, said: Said) -> Iterator[str]:
    months = " – ".join(map(month_text, dict.fromkeys((paper.since, paper.until))))
    yield said(TITLES[paper.kind]).format(number=paper.number, day=f"{paper.on:%d.%m.%Y}")
    yield said(CONTRACT).format(number=paper.account_number, months=months)
    if paper.remark:
        yield paper.remark


def _parties(paper: AccountPaper, side: PaperSide, said: Said) -> Iterator[str]:
    inn = said(INN).format(inn=paper.holder_inn) if paper.holder_inn else ""
    yield said(CUSTOMER).format(name=paper.holder) + inn
    yield said(ADDRESS).format(address=paper.address)
    kpp = said(KPP).format(kpp=side.kpp) if side.kpp else ""
    yield said(SUPPLIER).format(name=side.supplier) + said(INN).format(inn=side.inn) + kpp
    yield said(NUMBER).format(number=side.number)
    if paper.kind is PaperKind.INVOICE:
        yield said(BANK).format(
            bank=side.bank,
            bic=side.bic,
            account=side.bank_account,
            correspondent=side.correspondent_account,
        )


def _charge(row: PaperRow, said: Said) -> tuple[Cell, ...]:
    has_tax = row.vat is not None and row.vat is not Vat.NONE
    return (
        *(row.on, row.what, row.volume, row.unit if row.volume is not None else None),
        row.charged - row.tax,
        int(row.vat) if row.vat is not None and has_tax else said(UNTAXED),
        row.tax if has_tax else None,
        row.charged,
    )


def _total(side: PaperSide, said: Said) -> tuple[Cell, ...]:
    return (None, said(CHARGED), None, None, side.charged - side.tax, None, side.tax, side.charged)


def _what_is_to_pay(side: PaperSide, said: Said) -> list[tuple[Cell, ...]]:
    end = (AHEAD, -side.closing) if side.closing < ZERO else (TO_PAY, side.to_pay)
    figures = ((OPENING, side.opening), (CHARGED, side.charged), (OTHERS, side.others), end)
    return [(None, said(text), *(None,) * 5, amount) for text, amount in figures]


def _movements(side: PaperSide, said: Said) -> Iterator[tuple[Cell, ...]]:
    yield _balance(said(OPENING), side.opening)
    for row in side.rows:
        yield (row.on, row.what, row.debit or None, row.credit or None)


def _balances(side: PaperSide, said: Said) -> Iterator[tuple[Cell, ...]]:
    yield (None, said(TURNOVER), side.debit, side.credit)
    yield _balance(said(CLOSING), side.closing)


def _balance(text: str, owed: Money) -> tuple[Cell, ...]:
    return (None, text, None, -owed) if owed < ZERO else (None, text, owed, None)
