"""Receipts as they are kept, and the jobs that bring them on their way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from domain.kernel.access import Access
from domain.kernel.ids import AccountId, PaymentId, RefundId, StaffId
from domain.kernel.jobs import AccountJob, Job
from domain.kernel.money import Money
from domain.payments.receipts.receipts import Receipt, ReceiptId, ReceiptState
from domain.payments.steps import Taken


class MakeReceipts(AccountJob, frozen=True, kw_only=True, tag="receipts.make"):
    """Make the receipts of a paid payment."""

    payment_id: PaymentId


class MakeRefundReceipts(AccountJob, frozen=True, kw_only=True, tag="receipts.make-refund"):
    """Make the receipts of a refund that has left."""

    refund_id: RefundId


class SendReceipt(AccountJob, frozen=True, kw_only=True, tag="receipts.send"):
    """Ask the register for a receipt, or what became of it."""

    receipt_id: ReceiptId

    @property
    def key(self) -> str:
        """Promises of one receipt merge."""
        return f"receipts.send:{self.receipt_id}"


class PromiseReceipts(Job, frozen=True, kw_only=True, tag="receipts.promise"):
    """Promise the next try of every receipt whose time has come."""

    is_routine = True


class ReceiptStep(Taken, frozen=True, kw_only=True):
    state: ReceiptState


class ReceiptView(msgspec.Struct, frozen=True, kw_only=True):
    receipt: Receipt
    steps: tuple[ReceiptStep, ...]


class ReceiptCursor(msgspec.Struct, frozen=True, kw_only=True):
    """Where a page of receipts ended."""

    wanted_at: datetime
    receipt_id: ReceiptId


class Receipts(Protocol):
    async def add_once(
        self, receipt: Receipt, *, by_id: StaffId | None = None, note: str | None = None
    ) -> bool:
        """Keep it with its first step, unless it is there already."""

    async def locked(self, account_id: AccountId, receipt_id: ReceiptId) -> Receipt:
        """ReceiptNotFound."""

    async def save(self, before: Receipt, after: Receipt, step: Taken) -> None:
        """Keep what changed; when a step was made it is written in the same statement."""

    async def of_payment(self, account_id: AccountId, payment_id: PaymentId) -> list[Receipt]:
        """Of the payment, of refunds through it, and corrections: the first first."""

    async def waiting(self, until: datetime, limit: int) -> list[tuple[AccountId, ReceiptId]]:
        """Receipts whose next try is due."""

    async def views(self, access: Access, *payment_ids: PaymentId) -> Sequence[ReceiptView]:
        """The receipts of these payments that the actor may see."""

    async def page(self, state: ReceiptState, *, after: ReceiptCursor | None, limit: int) -> list[Receipt]:
        """Over all accounts, for staff: those that wait longest first."""

    async def counts(self) -> Mapping[ReceiptState, tuple[int, Money]]:
        """How many there are in each state but the registered, and their sum."""

    async def without(self, after: UUID, limit: int) -> list[tuple[AccountId, PaymentId]]:
        """Payments through a provider that are paid and have no receipt, by id."""
