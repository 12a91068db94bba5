"""The bill on paper: its figures as people read them, and the codes to pay by."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Protocol

import msgspec

from domain.accounts.accounts import AccountKind
from domain.accounts.ledger import CauseKind
from domain.bills.bills import Bill, BillLine, ReadingCounted, SupplierPart
from domain.bills.figures import number_text, sum_text
from domain.bills.metered import APART, compared, gives_volume
from domain.kernel.calendar import Period
from domain.kernel.documents import Document
from domain.kernel.money import Money, total
from domain.readings.readings import Nature

CAUSES = {
    CauseKind.CHARGE: "Balances from before this ledger",
    CauseKind.OPENING: "Balances from before this ledger",
    CauseKind.REFUND: "Refunds",
    CauseKind.WRITE_OFF: "Debts written off",
    CauseKind.MOVE: "Payments moved between accounts",
    CauseKind.COMPENSATION: "Damages credited",
}
OTHER = "Other movements"
NATURES = {
    Nature.ACTUAL: "read off the meter",
    Nature.CALCULATED: "estimated by billing",
    Nature.CONTROL: "taken by a controller",
}
CORRECTED = "{supplier}: {amount} for {month} by billing's correction"
LATE = "{supplier}: penalty of {amount} for {month}, which was paid late or not at all"
MOVED = "{supplier}: {amount}, {cause}"
TEXTS = (*CAUSES.values(), OTHER, *NATURES.values(), CORRECTED, LATE, MOVED)


Code = tuple[int, ...]
"""The bytes of a PNG, a dot a module: that is how a template can be given bytes."""


class PaperLine(msgspec.Struct, frozen=True, kw_only=True):
    """What is zero is an empty text, but `total`."""

    service: str
    volume: str
    unit: str
    tariff: str
    amount: str
    recalculation: str
    benefit: str
    penalty: str
    total: str


class PaperPart(msgspec.Struct, frozen=True, kw_only=True):
    supplier: str
    inn: str
    number: str
    lines: tuple[PaperLine, ...]
    start: str
    charged: str
    recalculated: str
    benefit: str
    penalty: str
    paid: str
    other: str
    in_transit: str
    to_pay: str
    ahead: str
    code: Code | None


class PaperReading(msgspec.Struct, frozen=True, kw_only=True):
    """`ratio` is empty where the difference itself is the consumption."""

    service: str
    serial: str
    zone: str
    previous: str
    value: str
    ratio: str
    consumption: str
    taken_on: str
    nature: str


class BillPaper(Document, frozen=True, kw_only=True, tag="bill"):
    """Dates as 16.11.2026, sums as 1 250,50 without a sign; the template adds the rest of the words.

    `remarks` say which lines were billed for another volume than the readings give."""

    number: str
    account_number: str
    gis_number: str
    is_contract: bool
    holder: str
    address: str
    period: Period
    issued_on: str
    due_on: str
    due_rule: str
    company: str
    contacts: str
    to_pay: str
    totals: PaperPart
    parts: tuple[PaperPart, ...]
    readings: tuple[PaperReading, ...]
    readings_give_volume: bool
    remarks: tuple[str, ...]
    notes: tuple[str, ...]
    code: Code | None


class CodeDots(Protocol):
    def png(self, text: str) -> bytes:
        """The QR as a PNG, a dot a module, with its quiet zone."""


def paper(bill: Bill, codes: CodeDots, translate: Callable[[str], str]) -> BillPaper:
    """The same for the same bill: nothing is looked up."""

    def code(text: str | None) -> Code | None:
        return tuple(codes.png(text)) if text is not None else None

    return BillPaper(
        number=bill.number,
        account_number=bill.account_number,
        gis_number=bill.gis_number or "",
        is_contract=bill.kind is AccountKind.CONTRACT,
        holder=bill.holder_name,
        address=bill.address,
        period=bill.period,
        issued_on=_day(bill.issued_on),
        due_on=_day(bill.due_on),
        due_rule=bill.due_rule,
        company=bill.company,
        contacts=bill.contacts,
        to_pay=sum_text(bill.to_pay),
        totals=_totals(bill),
        parts=tuple(_part(part, code(part.code)) for part in bill.suppliers),
        readings=tuple(_readings(bill, translate)),
        readings_give_volume=_readings_give_volume(bill),
        remarks=tuple(_remarks(bill, translate)),
        notes=tuple(_notes(bill, translate)),
        code=code(bill.code),
    )


def _part(part: SupplierPart, code: Code | None) -> PaperPart:
    return PaperPart(
        supplier=part.supplier_name,
        inn=part.inn,
        number=part.number,
        lines=tuple(_line(line) for line in part.lines),
        start=sum_text(part.start),
        charged=sum_text(part.charged),
        recalculated=_unless_zero(part.recalculated),
        benefit=_unless_zero(-part.benefit),
        penalty=_unless_zero(part.penalty),
        paid=_unless_zero(-part.paid),
        other=_unless_zero(part.other),
        in_transit=_unless_zero(part.in_transit),
        to_pay=sum_text(part.to_pay),
        ahead=_unless_zero(max(Money(0), -part.balance)),
        code=code,
    )


def _totals(bill: Bill) -> PaperPart:
    """Of all suppliers. What is ahead with one is not taken off what is due to another."""
    parts = bill.suppliers
    return PaperPart(
        supplier="",
        inn="",
        number="",
        lines=(),
        start=sum_text(total(part.start for part in parts)),
        charged=sum_text(total(part.charged for part in parts)),
        recalculated=_unless_zero(total(part.recalculated for part in parts)),
        benefit=_unless_zero(-total(part.benefit for part in parts)),
        penalty=_unless_zero(total(part.penalty for part in parts)),
        paid=_unless_zero(-total(part.paid for part in parts)),
        other=_unless_zero(total(part.other for part in parts)),
        in_transit=_unless_zero(total(part.in_transit for part in parts)),
        to_pay=sum_text(bill.to_pay),
        ahead=_unless_zero(total(max(Money(0), -part.balance) for part in parts)),
        code=None,
    )


def _line(line: BillLine) -> PaperLine:
    return PaperLine(
        service=line.service_name,
        volume=number_text(line.volume),
        unit=line.unit,
        tariff=_tariff(line),
        amount=sum_text(line.amount),
        recalculation=_unless_zero(line.recalculation),
        benefit=_unless_zero(-line.benefit),
        penalty=_unless_zero(line.penalty),
        total=sum_text(line.charged + line.penalty),
    )


def _tariff(line: BillLine) -> str:
    """One price, or those of the zones in their order."""
    prices = dict.fromkeys(one.price for one in line.by_zone) or (line.tariff,)
    return " / ".join(number_text(price, places=2) for price in prices)


def _readings(bill: Bill, translate: Callable[[str], str]) -> Iterator[PaperReading]:
    for line in _metered(bill):
        for reading in line.readings:
            yield _reading(line, reading, translate)


def _reading(line: BillLine, reading: ReadingCounted, translate: Callable[[str], str]) -> PaperReading:
    return PaperReading(
        service=line.service_name,
        serial=reading.serial,
        zone=reading.zone_label,
        previous=number_text(reading.previous),
        value=number_text(reading.value),
        ratio=number_text(reading.multiplier),
        consumption=number_text(reading.consumption),
        taken_on=_day(reading.taken_on),
        nature=translate(NATURES[reading.nature]),
    )


def _readings_give_volume(bill: Bill) -> bool:
    """Bills of the first version said so of any readings; their papers stay as they were issued."""
    return bill.version == 1 or all(gives_volume(line) for line in _metered(bill))


def _remarks(bill: Bill, translate: Callable[[str], str]) -> Iterator[str]:
    if bill.version == 1:
        return
    for line in _metered(bill):
        said = compared(line)
        if said is not None and said.text == APART:
            yield f"{line.service_name}. {said.words(translate)}"


def _metered(bill: Bill) -> Iterator[BillLine]:
    return (line for part in bill.suppliers for line in part.lines if line.readings)


def _notes(bill: Bill, translate: Callable[[str], str]) -> Iterator[str]:
    """Where the sums beside the month's lines come from."""
    for part in bill.suppliers:
        name = part.supplier_name
        for one in part.earlier:
            month = f"{one.period[5:]}.{one.period[:4]}"
            if one.charged:
                yield translate(CORRECTED).format(supplier=name, amount=_roubles(one.charged), month=month)
            if one.penalty:
                yield translate(LATE).format(supplier=name, amount=_roubles(one.penalty), month=month)
        for other in part.others:
            cause = translate(CAUSES.get(other.cause, OTHER))
            yield translate(MOVED).format(supplier=name, amount=_roubles(other.amount), cause=cause)


def _roubles(amount: Money) -> str:
    return f"{sum_text(amount)}\u00a0₽"


def _unless_zero(amount: Money) -> str:
    return sum_text(amount) if amount else ""


def _day(day: date) -> str:
    return f"{day:%d.%m.%Y}"
