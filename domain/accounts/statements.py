"""The statement: each movement of what is owed to a supplier, with its cause."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from domain.accounts.books import Book
from domain.accounts.ledger import CauseKind
from domain.kernel.calendar import Period
from domain.kernel.ids import CaseId, ChargeId, SupplierAccountId
from domain.kernel.money import ZERO, Money


class Movement(StrEnum):
    """What a transfer means to the customer."""

    RECEIVED = "received"
    CHARGED = "charged"
    CHARGE_LOWERED = "charge-lowered"
    PAID = "paid"
    PAID_AHEAD = "paid-ahead"
    ADVANCE_USED = "advance-used"
    CREDITED = "credited"
    CREDIT_TAKEN_BACK = "credit-taken-back"
    OPENING_CREDIT = "opening-credit"
    REFUND_PREPARED = "refund-prepared"
    REFUND_TAKEN_BACK = "refund-taken-back"
    REFUNDED = "refunded"
    OFFSET = "offset"
    OFFSET_HERE = "offset-here"
    COMPENSATED = "compensated"
    COMPENSATION_TAKEN_BACK = "compensation-taken-back"
    WRITTEN_OFF = "written-off"
    WRITE_OFF_ANNULLED = "write-off-annulled"
    MOVED_AWAY = "moved-away"
    MOVED_HERE = "moved-here"
    SUSPENDED = "suspended"
    GIVEN_BACK = "given-back"


class StatementLine(msgspec.Struct, frozen=True, kw_only=True):
    """One transfer in the customer's words.

    `figure` is principal, penalty or advance. `change` is how the transfer moves what is to pay:
    above zero it raises it. Money received from the provider changes nothing until it is spread. `balance`
    is what all suppliers together are owed after it: below zero it is paid ahead.
    """

    entry_no: int
    movement: Movement
    supplier_account_id: SupplierAccountId | None
    figure: str | None
    amount: Money
    change: Money
    balance: Money
    charge_id: ChargeId | None
    service_code: str | None
    period: Period | None
    cause_kind: CauseKind
    cause_id: UUID
    value_date: date
    posted_at: datetime
    case_id: CaseId | None = None
    """The application by whose decision it moved, with its `case_number`."""
    case_number: str | None = None


_MOVEMENTS = {
    ("clearing", "payment"): Movement.RECEIVED,
    ("receivable", "billed"): Movement.CHARGED,
    ("billed", "receivable"): Movement.CHARGE_LOWERED,
    ("payment", "receivable"): Movement.PAID,
    ("payment", "advance"): Movement.PAID_AHEAD,
    ("advance", "receivable"): Movement.ADVANCE_USED,
    ("billed", "advance"): Movement.CREDITED,
    ("advance", "billed"): Movement.CREDIT_TAKEN_BACK,
    ("corrections", "advance"): Movement.OPENING_CREDIT,
    ("advance", "refund_reserve"): Movement.REFUND_PREPARED,
    ("refund_reserve", "advance"): Movement.REFUND_TAKEN_BACK,
    ("refund_reserve", "clearing"): Movement.REFUNDED,
    ("refund_reserve", "transit"): Movement.OFFSET,
    ("compensations", "advance"): Movement.COMPENSATED,
    ("advance", "compensations"): Movement.COMPENSATION_TAKEN_BACK,
    ("written_off", "receivable"): Movement.WRITTEN_OFF,
    ("receivable", "written_off"): Movement.WRITE_OFF_ANNULLED,
    ("receivable", "transit"): Movement.MOVED_AWAY,
    ("advance", "transit"): Movement.MOVED_AWAY,
    ("transit", "receivable"): Movement.MOVED_HERE,
    ("transit", "advance"): Movement.MOVED_HERE,
    ("transit", "payment"): Movement.RECEIVED,
    ("clearing", "suspense"): Movement.SUSPENDED,
    ("suspense", "clearing"): Movement.GIVEN_BACK,
    ("suspense", "transit"): Movement.MOVED_AWAY,
}


def movement_of(debit: Book, credit: Book) -> Movement:
    return _MOVEMENTS[debit.split(":")[0], credit.split(":")[0]]


def supplier_side(debit: Book, credit: Book) -> tuple[SupplierAccountId | None, str | None]:
    """The supplier account a transfer concerns, and the figure it moves: the credited one first."""
    for book in (credit, debit):
        words = book.split(":")
        if words[0] in {"receivable", "advance"}:
            return SupplierAccountId(UUID(words[1])), words[2] if len(words) > 2 else words[0]
    return None, None


def change_of(debit: Book, credit: Book, amount: Money) -> Money:
    """How what is to pay moves: receivables and advances together."""
    change = ZERO
    if debit.startswith(("receivable:", "advance:")):
        change += amount
    if credit.startswith(("receivable:", "advance:")):
        change -= amount
    return change


def statement_line(
    *,
    entry_no: int,
    debit_book: Book,
    credit_book: Book,
    kopecks: int,
    balance_kopecks: int,
    charge_id: ChargeId | None,
    service_code: str | None,
    period: Period | None,
    cause_kind: str,
    cause_id: UUID,
    value_date: date,
    posted_at: datetime,
    case_id: CaseId | None = None,
    case_number: str | None = None,
    is_within: bool = False,
) -> StatementLine:
    """`is_within`: it comes from a refund of this very account, so nothing has left it."""
    supplier_account_id, figure = supplier_side(debit_book, credit_book)
    movement = movement_of(debit_book, credit_book)
    if is_within and movement is Movement.MOVED_HERE:
        movement = Movement.OFFSET_HERE
    return StatementLine(
        entry_no=entry_no,
        movement=movement,
        supplier_account_id=supplier_account_id,
        figure=figure,
        amount=Money(kopecks),
        change=change_of(debit_book, credit_book, Money(kopecks)),
        balance=Money(balance_kopecks),
        charge_id=charge_id,
        service_code=service_code,
        period=period,
        cause_kind=CauseKind(cause_kind),
        cause_id=cause_id,
        value_date=value_date,
        posted_at=posted_at,
        case_id=case_id,
        case_number=case_number,
    )
