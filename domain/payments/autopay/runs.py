"""A run: one occasion of a rule of autopay.

It is announced some days before, pays on its day what is owed then (never more than was announced), and ends:
paid, skipped, failed, or above the limit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Protocol
from uuid import UUID

import msgspec
from msgspec.structs import replace

from domain.kernel.access import Access
from domain.kernel.calendar import business_day
from domain.kernel.ids import AccountId, AutopayId, PaymentId, derived
from domain.kernel.jobs import AccountJob, Job
from domain.kernel.lifecycle import Lifecycle
from domain.kernel.money import Money
from domain.payments.autopay.rules import Autopay, AutopayState, AutopayTerms, Owed, Reason


class RunState(StrEnum):
    ANNOUNCED = "announced"
    PAYING = "paying"
    PAID = "paid"
    SKIPPED = "skipped"
    FAILED = "failed"
    ABOVE_LIMIT = "above-limit"


RUN_LIFECYCLE = Lifecycle(
    {
        RunState.ANNOUNCED: frozenset(
            {RunState.PAYING, RunState.SKIPPED, RunState.ABOVE_LIMIT, RunState.FAILED}
        ),
        RunState.PAYING: frozenset({RunState.PAID, RunState.ANNOUNCED, RunState.FAILED}),
    }
)


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One occasion. `amount` is what was announced. `occasion` is the day first meant; `pay_on` grows when a
    refused payment is tried again."""

    account_id: AccountId
    autopay_id: AutopayId
    occasion: date
    pay_on: date
    amount: Money
    state: RunState
    attempt: int = 1
    payment_id: PaymentId | None = None
    note: str | None = None
    announced_at: datetime
    ended_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.state in {RunState.ANNOUNCED, RunState.PAYING}

    @property
    def next_payment_id(self) -> PaymentId:
        """Of this attempt: the same however often it is made."""
        return PaymentId(derived(self.autopay_id, f"{self.occasion}:{self.attempt}"))

    def paying(self, payment_id: PaymentId) -> Run:
        return replace(self, state=RUN_LIFECYCLE.check(self.state, RunState.PAYING), payment_id=payment_id)

    def put_off(self, pay_on: date, why: str) -> Run:
        """Refused by the bank: another try, by another payment."""
        return replace(
            self,
            state=RUN_LIFECYCLE.check(self.state, RunState.ANNOUNCED),
            attempt=self.attempt + 1,
            pay_on=pay_on,
            note=why,
        )

    def ended(self, state: RunState, at: datetime, note: str | None = None) -> Run:
        return replace(self, state=RUN_LIFECYCLE.check(self.state, state), ended_at=at, note=note)


def announce_at(pay_on: date, terms: AutopayTerms, zone: tzinfo) -> datetime:
    return _at(pay_on - timedelta(days=terms.told_days_before), terms.hour, zone)


def pay_at(pay_on: date, terms: AutopayTerms, zone: tzinfo) -> datetime:
    return _at(pay_on, terms.hour, zone)


def earliest_day(at: datetime, terms: AutopayTerms, zone: tzinfo) -> date:
    """Nobody pays before they were told in time."""
    return business_day(at, zone) + timedelta(days=terms.told_days_before)


def _at(day: date, hour: int, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(hour), zone).astimezone(UTC)


class RunAutopay(AccountJob, frozen=True, kw_only=True, tag="autopay.run"):
    """Do what the rule's time has come for."""

    autopay_id: AutopayId

    @property
    def key(self) -> str:
        """Promises of one rule merge."""
        return f"autopay.run:{self.autopay_id}"


class What(StrEnum):
    """What the owner of a rule is told."""

    AHEAD = "ahead"
    AGAIN = "again"
    """The bank refused: tried again on another day."""
    FAILED = "failed"
    PAUSED = "paused"


class TellOfAutopay(AccountJob, frozen=True, kw_only=True, tag="autopay.tell"):
    """Tell the owner of a rule what is about to be taken, or why nothing was. `step` is the rule's."""

    autopay_id: AutopayId
    what: What
    step: int
    reason: Reason | None = None
    occasion: date | None = None
    attempt: int = 1
    amount: Money | None = None
    pay_on: date | None = None

    @property
    def cause(self) -> str:
        when = f"{self.occasion}/{self.attempt}" if self.occasion else str(self.step)
        return f"autopay/{self.autopay_id}/{self.what}/{when}"


class PromiseAutopays(Job, frozen=True, kw_only=True, tag="autopay.promise"):
    """Promise a look at every rule whose time has come."""

    is_routine = True


class AutopayStep(msgspec.Struct, frozen=True, kw_only=True):
    state: AutopayState
    reason: Reason | None = None
    at: datetime
    by_id: UUID | None = None


class AutopayView(msgspec.Struct, frozen=True, kw_only=True):
    """With its story; the latest runs first."""

    autopay: Autopay
    steps: tuple[AutopayStep, ...]
    runs: tuple[Run, ...]


class Autopays(Protocol):
    """Written while the rule's row is locked."""

    async def add(self, autopay: Autopay, by_id: UUID) -> None:
        """A new one with its first step."""

    async def locked(self, account_id: AccountId, id: AutopayId) -> Autopay | None: ...

    async def save(self, before: Autopay, after: Autopay, at: datetime, *, by_id: UUID | None = None) -> None:
        """Keep what changed; when a step was made it is written in the same statement."""

    async def owed(self, account_id: AccountId, on: date) -> Owed:
        """Of its bills only those that may still be due then."""

    async def count(self, account_id: AccountId) -> int:
        """How many are not stopped."""

    async def open_run(self, autopay: Autopay) -> Run | None: ...

    async def run_of(self, autopay: Autopay, occasion: date) -> Run | None: ...

    async def save_run(self, run: Run) -> None: ...

    async def is_in_registries(self, numbers: Sequence[str]) -> bool:
        """Whether money for one of these account numbers has come in a registry and is not posted yet."""

    async def views(self, access: Access, id: AutopayId | None = None) -> Sequence[AutopayView]:
        """Of the account; one of them, or all. Nothing for those who may not see."""

    async def waiting(self, until: datetime, limit: int) -> list[tuple[AccountId, AutopayId]]:
        """Rules whose time has come."""


PERMANENT: Mapping[str, Reason] = {
    "permission_revoked": Reason.METHOD_REFUSED,
    "card_expired": Reason.METHOD_REFUSED,
    "invalid_card_number": Reason.METHOD_REFUSED,
    "payment_method_restricted": Reason.METHOD_REFUSED,
    "invalid_request": Reason.METHOD_REFUSED,
    "forbidden": Reason.METHOD_REFUSED,
}
"""Refusals after which another try by the same method is of no use."""
