"""Papers of a contract made from all entries of its account and what is known of its suppliers. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import tzinfo
from decimal import Decimal

import msgspec

from domain.accounts.accounts import AccountCard, SupplierAccountCard
from domain.accounts.books import Kind
from domain.accounts.ledger import CauseKind
from domain.accounts.statements import StatementLine
from domain.accounts.suppliers import Supplier
from domain.bills.account_papers import AccountPaper, PaperKind, PaperRow, PaperSide, month_text
from domain.kernel.calendar import Period, business_day, last_day, period_of
from domain.kernel.ids import ChargeId, SupplierAccountId, SupplierId
from domain.kernel.money import ZERO, Money, total
from domain.payments.receipts.rules import SuppliersVat, Vat

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
NOTHING = "Nothing was charged in {months}"
POSTED = "What was delivered in {months} was charged in {posted}: take the paper of {posted}"
NOT_OVER = "Preliminary: the months are not over, until then the sums may change"
TEXTS = (CHARGED, PENALTY, OTHER, NOTHING, POSTED, NOT_OVER, *CAUSES.values())


class Delivered(msgspec.Struct, frozen=True, kw_only=True):
    """What a line of an issued bill charges for."""

    volume: Decimal
    unit: str
    charged: Money


class PaperFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What names, rates and days of a paper come from. `services` are names by code, `volumes` by charge
    with the sum they stand for; `this_month` is not over."""

    suppliers: Mapping[SupplierId, Supplier]
    services: Mapping[str, str]
    vat: SuppliersVat
    zone: tzinfo
    translate: Callable[[str], str]
    this_month: Period
    volumes: Mapping[ChargeId, Delivered] = {}

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
    since, until = span
    by_owner: dict[SupplierAccountId | None, list[StatementLine]] = {}
    for line in lines:
        if line.change:
            by_owner.setdefault(line.supplier_account_id, []).append(line)
    months = since if since == until else f"{since}–{until}"
    return AccountPaper(
        kind=kind,
        number=f"{card.account.number}/{months}",
        on=last_day(until),
        remark="" if until < facts.this_month else facts.translate(NOT_OVER),
        account_number=card.account.number,
        holder=card.account.holder_name,
        holder_inn=card.account.holder_inn or "",
        address=card.account.address,
        since=since,
        until=until,
        sides=tuple(_side(one, by_owner.get(one.id, []), span, facts) for one in card.supplier_accounts),
    )


def _side(
    one: SupplierAccountCard,
    lines: Sequence[StatementLine],
    span: tuple[Period, Period],
    facts: PaperFacts,
) -> PaperSide:
    before = [line for line in lines if facts.month(line) < span[0]]
    own = [line for line in lines[len(before) :] if facts.month(line) <= span[1]]
    supplier = facts.suppliers.get(one.supplier_id)
    details = supplier.details if supplier else None
    rows = tuple(_rows(own, one.supplier_id, facts))
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
        rows=rows,
        nothing=() if any(row.is_charge for row in rows) else tuple(_nothing(lines, span, facts)),
    )


def _nothing(lines: Sequence[StatementLine], span: tuple[Period, Period], facts: PaperFacts) -> Iterator[str]:
    months = " – ".join(map(month_text, dict.fromkeys(span)))
    yield facts.translate(NOTHING).format(months=months)
    posted = {
        facts.month(line)
        for line in lines
        if _is_charge(line) and line.period and span[0] <= line.period <= span[1]
    }
    if posted:
        told = ", ".join(map(month_text, sorted(posted)))
        yield facts.translate(POSTED).format(months=months, posted=told)


def _rows(lines: Sequence[StatementLine], supplier_id: SupplierId, facts: PaperFacts) -> Iterator[PaperRow]:
    """A row for each cause, and for charges one for each service and month and one for its penalty, in the
    order of the ledger."""
    grouped: dict[tuple[object, ...], list[StatementLine]] = {}
    for line in lines:
        day = business_day(line.posted_at, facts.zone)
        own = (line.service_code, line.period, _is_penalty(line)) if _is_charge(line) else (line.cause_id,)
        grouped.setdefault((day, line.cause_kind, *own), []).append(line)
    for group in grouped.values():
        first, change = group[0], total(line.change for line in group)
        if change:
            sold = _sold(first, change, facts)
            yield PaperRow(
                on=business_day(first.posted_at, facts.zone),
                what=_what(first, facts),
                debit=max(change, ZERO),
                credit=max(-change, ZERO),
                vat=_vat(first, supplier_id, facts),
                volume=sold.volume if sold else None,
                unit=sold.unit if sold else "",
            )


def _sold(line: StatementLine, change: Money, facts: PaperFacts) -> Delivered | None:
    """What the bill said was delivered, where this is the sum that it said."""
    if line.charge_id is None or _is_penalty(line):
        return None
    found = facts.volumes.get(line.charge_id)
    return found if found and found.charged == change else None


def _is_charge(line: StatementLine) -> bool:
    return line.cause_kind is CauseKind.CHARGE


def _is_penalty(line: StatementLine) -> bool:
    return line.figure == Kind.PENALTY


def _vat(line: StatementLine, supplier_id: SupplierId, facts: PaperFacts) -> Vat | None:
    """A penalty is no price of anything delivered: it bears no tax. A service bears the rate of the last day
    of its month, whenever it is charged (Tax Code, art. 167)."""
    if not _is_charge(line):
        return None
    if _is_penalty(line):
        return Vat.NONE
    delivered = last_day(line.period) if line.period else line.value_date
    return facts.vat.on(supplier_id, delivered)


def _what(line: StatementLine, facts: PaperFacts) -> str:
    if _is_charge(line) and line.service_code and line.period:
        words = facts.translate(PENALTY if _is_penalty(line) else CHARGED)
        return words.format(service=facts.services.get(line.service_code, ""), month=month_text(line.period))
    words = facts.translate(CAUSES.get(line.cause_kind, OTHER))
    return words.format(day=f"{line.value_date:%d.%m.%Y}")
