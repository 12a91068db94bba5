"""Payments as they are kept and shown."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

import msgspec

from domain.kernel.access import Access
from domain.kernel.ids import AccountId, PaymentId
from domain.kernel.money import Money
from domain.payments.explanation import Explanation
from domain.payments.payments import Payment, PaymentState


class PaymentStep(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the timeline that customers see."""

    state: PaymentState
    at: datetime
    note: str | None = None


class PaymentView(msgspec.Struct, frozen=True, kw_only=True):
    """A payment with its story. Not `is_seen`: shown to its payer, who may not see the account."""

    payment: Payment
    explanation: Explanation
    steps: tuple[PaymentStep, ...]
    is_seen: bool = True


class BriefPayment(msgspec.Struct, frozen=True, kw_only=True):
    """As much of a payment as a list of the latest shows. `is_on_plate`: it is paid at the desk of a service
    centre, by nobody elsewhere."""

    id: PaymentId
    amount: Money
    state: PaymentState
    created_at: datetime
    expires_at: datetime
    is_on_plate: bool


class PaymentCursor(msgspec.Struct, frozen=True, kw_only=True):
    """Where a page of payments ended."""

    created_at: datetime
    payment_id: PaymentId


class PaymentWatch(Protocol):
    async def step_counts(
        self, keys: Collection[tuple[AccountId, PaymentId]]
    ) -> dict[tuple[AccountId, PaymentId], int]:
        """How many steps each of these payments has taken."""


class Payments(Protocol):
    async def add_once(self, payment: Payment, explanation: Explanation) -> Payment:
        """Keep `payment` with its first step, or return the one already kept under its id."""

    async def locked(self, account_id: AccountId, payment_id: PaymentId) -> Payment: ...

    async def found(self, account_id: AccountId, payment_id: PaymentId) -> Payment | None: ...

    async def save(self, before: Payment, after: Payment, at: datetime, note: str | None = None) -> None:
        """Keep what changed; when a step was made it is written in the same statement."""

    async def open_on(self, account_id: AccountId) -> list[Payment]:
        """Payments of the account that may still be paid."""

    async def paid_on(self, account_id: AccountId) -> list[Payment]:
        """All whose money has come, the newest first; at most a thousand."""

    async def is_awaiting(self, account_id: AccountId) -> bool:
        """Whether the provider may still bring money for the account, expired payments included."""

    async def name_at_provider(self, payment: Payment) -> None:
        """Register the provider's id: it names one payment among all accounts."""

    async def waiting(self, until: datetime, limit: int) -> list[tuple[AccountId, PaymentId]]:
        """Payments whose next check is due."""

    async def view(self, access: Access, payment_id: PaymentId) -> PaymentView:
        """Those who may only pay find their own."""

    async def listed(self, access: Access, *, before: PaymentCursor | None, limit: int) -> list[Payment]:
        """The newest first. Those who may only pay find their own."""

    async def latest(self, access: Access, *, limit: int) -> list[BriefPayment]:
        """The first of `listed`, in brief: the front page of an account wants no more."""
