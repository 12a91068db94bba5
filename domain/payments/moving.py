"""Money that was paid to the wrong account goes where it was meant, counted from the day it was paid.

Two postings through the book `transit`, one on each account, in one transaction. The account it leaves owes
again what the payment had paid there; the account it comes to has it spread as a payment of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Protocol
from uuid import UUID

import msgspec

from domain.accounts import books
from domain.accounts.ledger import Cause, CauseKind, Posting, Standing, Transfer
from domain.kernel.errors import Conflict
from domain.kernel.ids import AccountId, CaseId, ChargeId, PaymentId, SupplierAccountId
from domain.kernel.jobs import AccountJob
from domain.kernel.money import ZERO, Money
from domain.payments.allocation import allocate
from domain.payments.explanation import Addressed, AllocationRule, Part
from domain.payments.payments import Payment, PaymentState
from domain.payments.refunds import Refund, RefundState


class PaymentNotToMove(Conflict):
    code = "payment-not-to-move"
    text = "There is no paid payment of this sum there"


class PaymentReturned(Conflict):
    code = "payment-returned"
    text = "Money of this payment was returned to its payer, or is about to be"


class PaymentMoved(Conflict):
    code = "payment-moved"
    text = "The money of this payment was moved before"


class MovePayment(AccountJob, frozen=True, kw_only=True, tag="payments.move"):
    """Bring all of a payment from the account it was paid to by mistake. `account_id` is where it goes."""

    payment_id: PaymentId
    from_account_id: AccountId
    case_id: CaseId
    amount: Money


class TellOfMovedMoney(AccountJob, frozen=True, kw_only=True, tag="payments.tell-moved"):
    """Tell the holder of `account_id` that money has come to it or left it by a decision about another
    account, which is never named. `day` is the day it counts from; `cause` is the same however often."""

    cause: str
    amount: Money
    day: date
    has_come: bool


class Posted(msgspec.Struct, frozen=True, kw_only=True):
    """How a payment was posted, and what of its lines is paid now: (principal, penalty)."""

    transfers: tuple[Transfer, ...]
    paid: Mapping[ChargeId, tuple[Money, Money]]


class PostedPayments(Protocol):
    async def posted(self, account_id: AccountId, payment_id: PaymentId) -> Posted:
        """Read under the account's head lock."""

    async def is_moved_to(self, account_id: AccountId, payment_id: PaymentId) -> bool:
        """Whether the payment's money was moved to this account."""


def check_movable(payment: Payment, amount: Money, refunds: Sequence[Refund]) -> None:
    """PaymentNotToMove, PaymentMoved, PaymentReturned. `refunds` are all of the payment's account."""
    if payment.state is not PaymentState.PAID or payment.amount != amount:
        raise PaymentNotToMove
    if payment.moved_at is not None:
        raise PaymentMoved
    if any(one.payment_id == payment.id and one.state is not RefundState.FAILED for one in refunds):
        raise PaymentReturned


def taken_away(payment: Payment, posted: Posted, value_date: date) -> Posting:
    """What it paid is owed again, as far as it still counts as paid; the rest comes out of the advances.

    An advance that was used meanwhile goes below zero: that is a debt like any other.
    """
    source = books.payment(payment.id)
    left = dict(posted.paid)
    transfers: list[Transfer] = []
    ahead: dict[books.Book, Money] = {}
    for transfer in posted.transfers:
        if transfer.debit != source:
            continue
        again = _owed_again(transfer, left)
        if again:
            transfers.append(
                Transfer(
                    debit=transfer.credit, credit=books.TRANSIT, amount=again, charge_id=transfer.charge_id
                )
            )
        if rest := transfer.amount - again:
            book = books.advance_of(transfer.credit)
            ahead[book] = ahead.get(book, ZERO) + rest
    transfers += [Transfer(debit=book, credit=books.TRANSIT, amount=ahead[book]) for book in ahead]
    return _posting(payment.id, payment.account_id, value_date, transfers)


def _owed_again(transfer: Transfer, left: dict[ChargeId, tuple[Money, Money]]) -> Money:
    """Of one line that the payment closed. A line that was lowered since holds less of it."""
    if transfer.charge_id is None:
        return ZERO
    principal, penalty = left.get(transfer.charge_id, (ZERO, ZERO))
    if transfer.credit.endswith(books.Kind.PENALTY):
        again = min(transfer.amount, penalty)
        left[transfer.charge_id] = (principal, penalty - again)
    else:
        again = min(transfer.amount, principal)
        left[transfer.charge_id] = (principal - again, penalty)
    return again


def brought(cause_id: UUID, account_id: AccountId, parts: Sequence[Part], value_date: date) -> Posting:
    """As a payment's parts are posted. `parts` were reckoned under the lock: each line takes its own.
    `cause_id`: the payment that was found, or the refund that is counted here."""
    transfers = []
    for part in parts:
        for one in part.lines:
            line = one.line
            book = (
                books.receivable(part.supplier_account_id, line.kind)
                if line.kind and line.charge_id
                else books.advance(part.supplier_account_id)
            )
            transfers.append(
                Transfer(debit=books.TRANSIT, credit=book, amount=one.amount, charge_id=line.charge_id)
            )
    return _posting(cause_id, account_id, value_date, transfers)


def spread_over(
    amount: Money, owners: Sequence[SupplierAccountId], standing: Standing, rule: AllocationRule
) -> tuple[Part, ...]:
    """As if it had been paid here, to these supplier accounts."""
    wanted = [Addressed(amount=amount, supplier_account_ids=tuple(owners))]
    parts, _ = allocate(standing, wanted, rule=rule, period=None)
    return parts


def _posting(
    cause_id: UUID, account_id: AccountId, value_date: date, transfers: Sequence[Transfer]
) -> Posting:
    cause = Cause(kind=CauseKind.MOVE, id=cause_id)
    return Posting(account_id=account_id, cause=cause, value_date=value_date, transfers=tuple(transfers))
