"""What three sides say of one day: the agent's operations, the bank's credits, our ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Protocol

import msgspec

from domain.kernel.ids import AccountId, PaymentId
from domain.kernel.money import ZERO, Money
from domain.payments.registries.entries import Direction
from domain.payments.registries.rows import RowCode, RowState

CREDIT_WITHIN = timedelta(days=10)
"""A credit is looked for so long after the last operation of its registry."""


class Operation(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One operation as the agent or the online provider tells it. `told_at` is when its file came; without
    `state` it is the online provider's own word."""

    id: str
    direction: Direction
    amount: Money
    paid_at: datetime
    payment_id: PaymentId | None
    registry_id: AccountId | None = None
    row_no: int = 0
    state: RowState | None = None
    code: RowCode | None = None
    told_at: datetime | None = None


class Booked(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What our books hold of an operation: `posted` is what came out of clearing by the ledger itself."""

    payment_id: PaymentId
    account_id: AccountId
    operation_id: str
    posted: Money
    is_late: bool = False


class Collected(msgspec.Struct, frozen=True, kw_only=True):
    """A file of an agent, or a day of the online provider (without `registry_id`), as it comes to one credit:
    `transferred` is its sum less fees and refunds, `repeated` what of it was told before."""

    registry_id: AccountId | None
    name: str
    last_paid_at: datetime
    transferred: Money
    repeated: Money = ZERO
    order_number: str | None = None

    @property
    def expected(self) -> Money:
        """What the bank is to credit: money told twice is to come once."""
        return self.transferred - self.repeated


class Credit(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A line of a bank's statement by which an agent passes on what it collected.
    `statement_of` is the bank."""

    statement_of: str
    registry_id: AccountId
    row_no: int
    operation_id: str
    amount: Money
    paid_at: datetime
    reference: str
    purpose: str
    payer_inn: str


class DayFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The day is from `since` to `until` in the agent's own zone; a file that comes after `due` is late.

    `files` are those that end on it or near it, `credits` those of the agent. `refunds` are the operations by
    which our refunds are known. `stray` are credits of the day in the agent's own statement, if it is a bank,
    that no agent's file explains.
    """

    agent_code: str
    day: date
    since: datetime
    until: datetime
    due: datetime
    operations: Sequence[Operation]
    booked: Sequence[Booked]
    files: Sequence[Collected] = ()
    credits: Sequence[Credit] = ()
    refunds: frozenset[str] = frozenset()
    stray: Sequence[Credit] = ()
    is_statement: bool = False


class ReconciliationFacts(Protocol):
    """Reads only."""

    async def operations(self, agent_code: str, since: datetime, until: datetime) -> list[Operation]:
        """Rows of posted registries by when they were paid."""

    async def booked(self, provider: str, since: datetime, until: datetime) -> list[Booked]:
        """Paid payments by the day they were paid, with what the ledger posted for each."""

    async def suspended(self, registry_ids: Sequence[AccountId], agent_code: str) -> list[Booked]:
        """What came into suspense of these registries."""

    async def refunds(self, operations: Sequence[str]) -> frozenset[str]:
        """Those by which a refund of ours is known."""

    async def files(self, agent_code: str, since: datetime, until: datetime) -> list[Collected]:
        """Posted registries whose last operation is between the two."""

    async def credits(self, payer_inn: str | None, since: datetime, until: datetime) -> list[Credit]:
        """Transfers of agents in all statements; of all agents without `payer_inn`."""


class ProviderOperations(Protocol):
    """The online provider's own registry of a span of time."""

    @property
    def name(self) -> str: ...

    async def between(self, since: datetime, until: datetime) -> list[Operation]:
        """Payments that succeeded and refunds, by when the money moved. ProviderUnreachable."""


def by_payment(booked: Sequence[Booked]) -> Mapping[PaymentId, Booked]:
    return {one.payment_id: one for one in booked}
