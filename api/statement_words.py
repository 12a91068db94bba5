"""The statement in words, and to take along: .csv, .xlsx, .pdf."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Self
from zoneinfo import ZoneInfo

import msgspec

from api.texts import translated
from domain.accounts.accounts import AccountCard, AccountKind, Accounts
from domain.accounts.ledger import CauseKind
from domain.accounts.statement_paper import StatementPaper, StatementPaperLine
from domain.accounts.statements import Movement, StatementLine
from domain.kernel.access import Access
from domain.kernel.calendar import Period
from domain.kernel.ids import CaseId, SupplierAccountId
from domain.kernel.money import Money
from domain.kernel.sheets import Cell, Sheet

MOST_LINES = 20_000
MOST_ON_PAPER = 500
_PAGE = 500
_DAY = "%d.%m.%Y"

MOVEMENTS: Mapping[Movement, str] = {
    Movement.RECEIVED: "Money was received",
    Movement.CHARGED: "It was charged",
    Movement.CHARGE_LOWERED: "A charge was lowered",
    Movement.PAID: "A charge was paid",
    Movement.PAID_AHEAD: "It was paid ahead",
    Movement.ADVANCE_USED: "What was paid ahead covered a charge",
    Movement.CREDITED: "It was credited by a recalculation",
    Movement.CREDIT_TAKEN_BACK: "A credit was taken back",
    Movement.OPENING_CREDIT: "What was ahead at the start",
    Movement.REFUND_PREPARED: "It was set aside for a refund",
    Movement.REFUND_TAKEN_BACK: "A refund did not go out",
    Movement.REFUNDED: "It was refunded",
    Movement.OFFSET: "It was counted towards another debt",
    Movement.OFFSET_HERE: "What was ahead was counted towards this",
    Movement.COMPENSATED: "A compensation was credited",
    Movement.COMPENSATION_TAKEN_BACK: "A compensation was taken back",
    Movement.WRITTEN_OFF: "It was written off",
    Movement.WRITE_OFF_ANNULLED: "A write-off was annulled",
    Movement.MOVED_AWAY: "It was moved to another account",
    Movement.MOVED_HERE: "It was moved here",
    Movement.SUSPENDED: "The payment is being cleared up",
    Movement.GIVEN_BACK: "An uncleared payment was given back",
}
CAUSES: Mapping[CauseKind, str] = {
    CauseKind.CHARGE: "Charge of the bill",
    CauseKind.OPENING: "Opening of the account",
    CauseKind.ADVANCE: "Money paid ahead",
    CauseKind.PAYMENT: "Payment",
    CauseKind.REFUND: "Refund",
    CauseKind.WRITE_OFF: "Write-off",
    CauseKind.MOVE: "Move between accounts",
    CauseKind.COMPENSATION: "Compensation",
    CauseKind.SUSPENSE: "Payment that is cleared up",
}
PENALTY = "penalty"
BY_CASE = "Recalculation by application {number}"
OF_CASE = "application {number}"
WITHIN = "Offset within the account"
HEADINGS = (
    "Posted",
    "Value date",
    "Movement",
    "Cause",
    "Supplier",
    "Service",
    "Period",
    "Sum, roubles",
    "Change of what is to pay, roubles",
    "Owed after it, roubles: below zero it is paid ahead",
)


class StatementWords(msgspec.Struct, frozen=True, kw_only=True):
    """One movement as it is read. `payment_id` leads to its payment, `case_id` to the application that a
    decision was made of. What moved by one `event` was posted together: one payment, or the charges of one
    month."""

    posted_at: datetime
    value_date: date
    what: str
    cause: str
    supplier: str
    service: str
    period: Period | None
    amount: Money
    change: Money
    balance: Money
    payment_id: str | None
    case_id: CaseId | None
    event: tuple[object, ...]

    @classmethod
    def of(cls, line: StatementLine, telling: "Telling") -> Self:
        said = translated(telling.language, MOVEMENTS[line.movement])
        if line.figure == PENALTY:
            said = f"{said} ({translated(telling.language, 'penalty')})"
        supplier = line.supplier_account_id
        return cls(
            posted_at=line.posted_at,
            value_date=line.value_date,
            what=said,
            cause=_cause(line, telling.language),
            supplier=telling.suppliers.get(supplier, "") if supplier else "",
            service=telling.services.get(line.service_code or "", line.service_code or ""),
            period=line.period,
            amount=line.amount,
            change=line.change,
            balance=line.balance,
            payment_id=str(line.cause_id) if line.cause_kind is CauseKind.PAYMENT else None,
            case_id=line.case_id,
            event=_event(line),
        )

    @property
    def cells(self) -> tuple[Cell, ...]:
        return (
            self.posted_at,
            self.value_date,
            self.what,
            self.cause,
            self.supplier,
            self.service,
            self.period,
            self.amount,
            self.change,
            self.balance,
        )


class Telling(msgspec.Struct, frozen=True, kw_only=True):
    """What telling the movements of one account takes."""

    language: str
    suppliers: Mapping[SupplierAccountId, str]
    services: Mapping[str, str]

    @classmethod
    def of(cls, card: AccountCard, services: Mapping[str, str], language: str) -> Self:
        suppliers = {one.id: one.supplier_name for one in card.supplier_accounts}
        return cls(language=language, suppliers=suppliers, services=services)

    def sheet(self, lines: Sequence[StatementLine]) -> Sheet:
        return Sheet(
            title=translated(self.language, "Statement of the account"),
            headings=[translated(self.language, heading) for heading in HEADINGS],
            rows=[StatementWords.of(line, self).cells for line in lines],
        )

    def paper(self, card: AccountCard, lines: Sequence[StatementLine], at: datetime) -> StatementPaper:
        """The latest movements; `at` is in the region's time."""
        zone = at.tzinfo
        assert isinstance(zone, ZoneInfo)
        account, balance = card.account, card.balance
        told = [StatementWords.of(line, self) for line in lines[:MOST_ON_PAPER]]
        return StatementPaper(
            account_number=account.number,
            is_contract=account.kind is AccountKind.CONTRACT,
            holder=account.holder_name,
            address=account.address,
            made_on=f"{at:{_DAY} %H:%M}",
            to_pay=str(balance.to_pay),
            debt=str(balance.debt),
            penalty=str(balance.penalty),
            overpayment=str(balance.overpayment),
            is_cut=len(lines) > MOST_ON_PAPER,
            lines=[_printed(one, zone) for one in told],
        )


def _cause(line: StatementLine, language: str) -> str:
    """With the number of the application whose decision it was."""
    if line.case_number and line.cause_kind is CauseKind.CHARGE:
        return translated(language, BY_CASE, number=line.case_number)
    said = WITHIN if line.movement is Movement.OFFSET_HERE else CAUSES[line.cause_kind]
    cause = translated(language, said)
    if not line.case_number:
        return cause
    return f"{cause}, {translated(language, OF_CASE, number=line.case_number)}"


def _event(line: StatementLine) -> tuple[object, ...]:
    if line.cause_kind is CauseKind.CHARGE:
        return line.cause_kind, line.period, line.case_id, line.posted_at.date()
    return line.cause_kind, line.cause_id, line.posted_at


async def every_line(accounts: Accounts, access: Access) -> list[StatementLine]:
    """The newest first, MOST_LINES at most."""
    lines: list[StatementLine] = []
    while len(lines) < MOST_LINES:
        before = lines[-1].entry_no if lines else None
        found = await accounts.statement(access, before=before, limit=_PAGE)
        lines += found
        if len(found) < _PAGE:
            break
    return lines


def _printed(one: StatementWords, zone: ZoneInfo) -> StatementPaperLine:
    service = ", ".join(filter(None, (one.service, one.period)))
    return StatementPaperLine(
        posted_on=f"{one.posted_at.astimezone(zone):{_DAY}}",
        value_date=f"{one.value_date:{_DAY}}",
        what=f"{one.what}: {service}" if service else one.what,
        supplier=one.supplier,
        amount=str(one.amount),
        change=_signed(one.change) if one.change else "",
        balance=_signed(one.balance),
    )


def _signed(amount: Money) -> str:
    """With a minus, not a hyphen."""
    return str(amount).replace("-", "−")
