"""A receipt on its way: wanted, sent, registered. Whatever becomes of it, the payment stays as it is."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import NewType
from uuid import UUID

import msgspec
from msgspec.structs import replace

from domain.kernel.errors import Conflict, NotFound
from domain.kernel.ids import AccountId, PaymentId, RefundId, SupplierId, derived
from domain.kernel.lifecycle import Lifecycle
from domain.kernel.money import ZERO, Money, total
from domain.payments.receipts.items import Item, Sheet
from domain.payments.receipts.register import Contact, FiscalData, ReceiptType
from domain.payments.receipts.rules import IssuedBy

ReceiptId = NewType("ReceiptId", UUID)

MOST_ATTEMPTS = 12
"""Failures after which a person decides; the last pauses are a day each."""
_SOONEST, _LATEST = timedelta(seconds=10), timedelta(hours=1)
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=10), timedelta(days=1)


class ReceiptState(StrEnum):
    WANTED = "wanted"
    SENT = "sent"
    """The register has it, and has not answered yet."""
    REGISTERED = "registered"
    FAILED = "failed"
    """Refused: tried anew after a pause."""
    ELSEWHERE = "elsewhere"
    """Issued by a register we do not reach."""
    WITHDRAWN = "withdrawn"
    """Never registered, and replaced by another."""


LIFECYCLE = Lifecycle(
    {
        ReceiptState.WANTED: frozenset({ReceiptState.SENT, ReceiptState.FAILED}),
        ReceiptState.SENT: frozenset({ReceiptState.REGISTERED, ReceiptState.FAILED}),
        ReceiptState.FAILED: frozenset({ReceiptState.WANTED, ReceiptState.WITHDRAWN}),
        ReceiptState.ELSEWHERE: frozenset({ReceiptState.WITHDRAWN}),
    }
)


class ReceiptNotFound(NotFound):
    code = "receipt-not-found"
    text = "There is no such receipt"


class ReceiptNotFailed(Conflict):
    code = "receipt-not-failed"
    text = "Only a receipt that has failed is tried again"
    remedy = "Wait: what is not registered yet is asked for again and again"


class ReceiptsUnderWay(Conflict):
    code = "receipts-under-way"
    text = "Receipts of this payment are on their way to the register"
    remedy = "Wait until they are registered or have failed, then correct them"


class ReceiptsRight(Conflict):
    code = "receipts-right"
    text = "The receipts of this payment say what they should"


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """One receipt for ever: its items never change.

    `refund_id` is set where money went back, `reverses` where a wrong receipt is taken back. `generation`
    grows when a payment's receipts are made anew. `contact` is where it is sent; it is forgotten when the
    register has it. `next_try_at` is when the register is asked again; None when nothing more can come.
    """

    id: ReceiptId
    account_id: AccountId
    payment_id: PaymentId | None
    refund_id: RefundId | None = None
    type: ReceiptType
    issued_by: IssuedBy
    issuer_id: SupplierId | None = None
    generation: int = 1
    reverses: ReceiptId | None = None
    items: tuple[Item, ...]
    amount: Money
    state: ReceiptState
    steps_count: int = 1
    attempt: int = 1
    attempt_at: datetime | None = None
    contact: Contact | None = None
    provider_receipt_id: str | None = None
    fiscal: FiscalData | None = None
    failure: str | None = None
    wanted_at: datetime
    next_try_at: datetime | None = None
    register_silent_since: datetime | None = None

    def __post_init__(self) -> None:
        assert self.amount == total(item.amount for item in self.items) > ZERO

    @property
    def key(self) -> str:
        """The register's key of this attempt: 64 hex characters."""
        return sha256(f"receipt/{self.account_id}/{self.id}/{self.attempt}".encode()).hexdigest()

    @property
    def is_open(self) -> bool:
        return self.state in {ReceiptState.WANTED, ReceiptState.SENT}

    def says(self, sheet: Sheet) -> bool:
        mine = (self.issued_by, self.issuer_id, self.items)
        return mine == (sheet.issued_by, sheet.issuer_id, sheet.items)

    def _moved(self, to: ReceiptState) -> Receipt:
        return replace(self, state=LIFECYCLE.check(self.state, to), steps_count=self.steps_count + 1)

    def begun(self, contact: Contact, at: datetime) -> Receipt:
        """The register is about to be asked for the first time by this attempt's key."""
        return replace(self, contact=contact, attempt_at=at, next_try_at=self._later(at))

    def sent(self, provider_receipt_id: str, at: datetime) -> Receipt:
        return replace(
            self._moved(ReceiptState.SENT),
            provider_receipt_id=provider_receipt_id,
            next_try_at=self._later(at),
            register_silent_since=None,
        )

    def registered(self, fiscal: FiscalData) -> Receipt:
        return replace(
            self._moved(ReceiptState.REGISTERED),
            fiscal=fiscal,
            contact=None,
            failure=None,
            next_try_at=None,
            register_silent_since=None,
        )

    def failed(self, reason: str, at: datetime) -> Receipt:
        """A final no to this attempt."""
        pause = min(_FIRST_PAUSE * 2 ** (self.attempt - 1), _LONGEST_PAUSE)
        return replace(
            self._moved(ReceiptState.FAILED),
            failure=reason,
            contact=None,
            next_try_at=at + pause if self.attempt < MOST_ATTEMPTS else None,
            register_silent_since=None,
        )

    def tried_anew(self, at: datetime) -> Receipt:
        """With a fresh key."""
        moved = self._moved(ReceiptState.WANTED) if self.state is ReceiptState.FAILED else self
        return replace(
            moved,
            attempt=self.attempt + 1,
            attempt_at=None,
            contact=None,
            provider_receipt_id=None,
            next_try_at=at,
        )

    def withdrawn(self) -> Receipt:
        return replace(self._moved(ReceiptState.WITHDRAWN), next_try_at=None)

    def waiting(self, at: datetime) -> Receipt:
        """The register works on it."""
        return replace(self, next_try_at=self._later(at), register_silent_since=None)

    def unheard(self, at: datetime) -> Receipt:
        since = self.register_silent_since or at
        return replace(self, next_try_at=self._later(at), register_silent_since=since)

    def _later(self, at: datetime) -> datetime:
        """Often at first, then rarely."""
        return at + min(max(_SOONEST, (at - (self.attempt_at or at)) / 6), _LATEST)


def receipts_of(
    sheets: Sequence[Sheet],
    account_id: AccountId,
    payment_id: PaymentId | None,
    at: datetime,
    *,
    refund_id: RefundId | None = None,
    generation: int = 1,
) -> list[Receipt]:
    """Each sheet as a receipt, with an id that is the same however often it is made."""
    root = refund_id or payment_id
    assert root is not None
    return [
        Receipt(
            id=ReceiptId(derived(root, f"receipt:{generation}:{place}")),
            account_id=account_id,
            payment_id=payment_id,
            refund_id=refund_id,
            type=ReceiptType.REFUND if refund_id else ReceiptType.PAYMENT,
            issued_by=sheet.issued_by,
            issuer_id=sheet.issuer_id,
            generation=generation,
            items=sheet.items,
            amount=sheet.amount,
            state=ReceiptState.ELSEWHERE if sheet.issued_by is IssuedBy.ELSEWHERE else ReceiptState.WANTED,
            wanted_at=at,
            next_try_at=None if sheet.issued_by is IssuedBy.ELSEWHERE else at,
        )
        for place, sheet in enumerate(sheets, start=1)
    ]


def reversal(wrong: Receipt, at: datetime) -> Receipt:
    """Takes a registered receipt back, item for item."""
    return Receipt(
        id=ReceiptId(derived(wrong.id, "reversal")),
        account_id=wrong.account_id,
        payment_id=wrong.payment_id,
        type=ReceiptType.REFUND,
        issued_by=wrong.issued_by,
        issuer_id=wrong.issuer_id,
        generation=wrong.generation,
        reverses=wrong.id,
        items=wrong.items,
        amount=wrong.amount,
        state=ReceiptState.WANTED,
        wanted_at=at,
        next_try_at=at,
    )


def standing(receipts: Collection[Receipt]) -> list[Receipt]:
    """Those of the payment itself that were neither taken back nor replaced."""
    reversed_ids = {one.reverses for one in receipts}
    return [
        one
        for one in receipts
        if one.type is ReceiptType.PAYMENT
        and one.state is not ReceiptState.WITHDRAWN
        and one.id not in reversed_ids
    ]
