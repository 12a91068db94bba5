"""Refunds as they are kept, and the jobs that bring them on their way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from domain.kernel.access import Access
from domain.kernel.ids import AccountId, RefundId
from domain.kernel.jobs import AccountJob, Job
from domain.payments.refunds import Refund, RefundState
from domain.payments.steps import Taken


class FollowRefund(AccountJob, frozen=True, kw_only=True, tag="payments.refund"):
    """Tell the provider to return the money, or ask what became of it, and act on the answer."""

    refund_id: RefundId

    @property
    def key(self) -> str:
        """Promises of one refund merge."""
        return f"payments.refund:{self.refund_id}"


class CountOffset(AccountJob, frozen=True, kw_only=True, tag="payments.offset"):
    """Count what was set aside towards the debt it was set aside for."""

    refund_id: RefundId


class PromiseRefundChecks(Job, frozen=True, kw_only=True, tag="payments.promise-refund-checks"):
    """Promise a check for every refund that has waited too long for the provider's word."""

    is_routine = True


class RefundStep(Taken, frozen=True, kw_only=True):
    """One entry of a refund's timeline."""

    state: RefundState


class RefundView(msgspec.Struct, frozen=True, kw_only=True):
    refund: Refund
    steps: tuple[RefundStep, ...]


class RefundCursor(msgspec.Struct, frozen=True, kw_only=True):
    """Where a page of refunds ended."""

    prepared_at: datetime
    refund_id: RefundId


class Refunds(Protocol):
    """What is written is written under the account's head lock."""

    async def add(self, refund: Refund) -> None:
        """A new one with its first step."""

    async def save(self, before: Refund, after: Refund, step: Taken) -> None:
        """Keep what changed; when a step was made it is written in the same statement."""

    async def found(self, account_id: AccountId, refund_id: RefundId) -> Refund | None: ...

    async def of_account(self, account_id: AccountId) -> list[Refund]:
        """All of them, the first first."""

    async def waiting(self, until: datetime, limit: int) -> list[tuple[AccountId, RefundId]]:
        """Refunds whose next check is due."""

    async def listed(self, access: Access) -> Sequence[RefundView]:
        """With their timelines, the newest first: the latest hundred. Nothing for those who may not see."""

    async def by_bank(self, state: RefundState, *, after: RefundCursor | None, limit: int) -> list[Refund]:
        """Over all accounts, for staff: payment orders to give or to confirm, the longest waiting first."""
