"""Money whose account is not known: it waits, is sent home with its own value date, or goes back."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, ClassVar, Protocol
from uuid import UUID

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from domain.kernel.access import Actor, Scope
from domain.kernel.errors import Conflict, NotFound
from domain.kernel.ids import AccountId, PaymentId, SupplierAccountId
from domain.kernel.jobs import AccountJob
from domain.kernel.money import Money
from domain.payments.registries.rows import RegistryRow, RowState
from domain.payments.registries.suggestions import Candidate
from domain.people.four_eyes import Action

AGES_DAYS = (3, 10, 30, 90)
"""Edges of the ageing: up to so many days."""

Reason = Annotated[str, Meta(min_length=3, max_length=300)]


class RowNotFound(NotFound):
    code = "registry-row-not-found"
    text = "The registry has no such row"


class NotInSuspense(Conflict):
    code = "not-in-suspense"
    text = "The money of this row is not in suspense: it is “{state}”"


class AccountCannotTake(Conflict):
    code = "account-cannot-take"
    text = "The account cannot take this money: it is closed, or has no supplier it may go to"
    remedy = "Choose another account, or return the money to its sender"


class SuspenseAskedOtherwise(Conflict):
    code = "suspense-asked-otherwise"
    text = "{by} has asked to do something else with this money, and a second person has not decided yet"
    remedy = "Let that request be approved or refused first, or let its asker take it back"


class RowStep(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a row in suspense, and by whom."""

    state: RowState
    at: datetime
    by_name: str
    note: str

    @classmethod
    def by(cls, actor: Actor, state: RowState, at: datetime, note: str = "") -> RowStep:
        return cls(state=state, at=at, by_name=actor.name, note=note)


class SuspenseAge(msgspec.Struct, frozen=True, kw_only=True):
    """Of all money in suspense: paid up to `days` ago and longer than the step before; None: longer still."""

    days: int | None
    rows: int
    sum: Money


class SuspenseCursor(msgspec.Struct, frozen=True, kw_only=True):
    """Where a page ended."""

    paid_at: datetime
    account_id: AccountId
    row_no: int


class IdentifySuspense(AccountJob, frozen=True, kw_only=True, tag="registries.identify"):
    """Look once at every unidentified row of a posted registry; send home what is beyond doubt."""

    after_row_no: int = 0

    @property
    def key(self) -> str:
        return f"registries.identify:{self.after_row_no}"


class ResolveSuspense(Action, frozen=True, kw_only=True, tag="payments.resolve-suspense"):
    """Send money in suspense to an account: above the limit a second person agrees."""

    scope: ClassVar[Scope] = Scope.DECIDE

    account_id: AccountId
    row_no: int
    to_account_id: AccountId
    to_supplier_account_id: SupplierAccountId | None
    asked_by_name: str

    def is_same(self, other: Action) -> bool:
        """Whoever asked."""
        return isinstance(other, ResolveSuspense) and replace(other, asked_by_name=self.asked_by_name) == self


class ReturnSuspense(Action, frozen=True, kw_only=True, tag="payments.return-suspense"):
    """Return money in suspense to whoever sent it."""

    scope: ClassVar[Scope] = Scope.DECIDE

    account_id: AccountId
    row_no: int
    returned_on: date
    order_number: str
    asked_by_name: str

    def is_same(self, other: Action) -> bool:
        """Whoever asked."""
        return isinstance(other, ReturnSuspense) and replace(other, asked_by_name=self.asked_by_name) == self


class AskedOf(msgspec.Struct, frozen=True, kw_only=True):
    """A request about a row that a second person has not decided. `to_number`: the account it would go to;
    None: back to its sender."""

    by_name: str
    at: datetime
    reason: str
    to_number: str | None


class Suspense(Protocol):
    async def locked(self, registry_id: AccountId, row_no: int) -> RegistryRow:
        """RowNotFound."""

    async def by_payment(self, registry_id: AccountId, payment_id: PaymentId) -> RegistryRow | None:
        """The row that would become this payment, locked, if its money came into suspense."""

    async def step(self, rows: Sequence[RegistryRow], step: RowStep, by_id: UUID) -> None:
        """Write the step of each whose number is the row's count of them."""

    async def steps(self, registry_id: AccountId, row_no: int) -> list[RowStep]: ...

    async def page(self, *, after: SuspenseCursor | None, limit: int) -> list[RegistryRow]:
        """Money in suspense of all registries, the oldest first."""

    async def of_registry(self, registry_id: AccountId, after: int, limit: int) -> list[RegistryRow]: ...

    async def ageing(self, edges: Sequence[datetime]) -> Mapping[int, tuple[int, Money]]:
        """Rows and their sum by how many of the `edges` (the latest first) they are older than."""

    async def numbers(self, account_ids: Collection[AccountId]) -> Mapping[AccountId, str]: ...

    async def near(self, row: RegistryRow, prefixes: Sequence[str]) -> list[Candidate]:
        """Accounts that may be meant: by numbers near what was typed, by the payer's earlier payments, by a
        corrected file. What is to pay on them is not looked at."""
