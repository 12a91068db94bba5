"""A row of an accepted registry and its fate. Each operation of an agent is posted once for ever."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Protocol
from uuid import UUID

import msgspec
from msgspec.structs import replace

from domain.kernel.calendar import Period
from domain.kernel.ids import KABINET, AccountId, PaymentId, SupplierAccountId, derived
from domain.kernel.lifecycle import Lifecycle
from domain.kernel.money import Money
from domain.payments.registries.entries import Direction, Payer, RegistryEntry
from domain.payments.registries.files import PaymentRegistry


class RowState(StrEnum):
    """waiting: not judged, or known to be unidentified and not yet in the books of suspense. matched: the
    online provider's word came first. repeated: this operation was loaded before."""

    WAITING = "waiting"
    POSTED = "posted"
    MATCHED = "matched"
    SUSPENSE = "suspense"
    RESOLVED = "resolved"
    RETURNED = "returned"
    REPEATED = "repeated"
    REFUSED = "refused"


LIFECYCLE = Lifecycle(
    {
        RowState.WAITING: frozenset(
            {RowState.POSTED, RowState.MATCHED, RowState.SUSPENSE, RowState.REPEATED, RowState.REFUSED}
        ),
        RowState.SUSPENSE: frozenset({RowState.RESOLVED, RowState.RETURNED}),
    }
)
IN_SUSPENSE = frozenset({RowState.SUSPENSE, RowState.RESOLVED, RowState.RETURNED})
"""States of rows whose money came into the books of suspense."""


STATE_TEXTS: Mapping[RowState, str] = {
    RowState.WAITING: "Not posted yet",
    RowState.POSTED: "Posted",
    RowState.MATCHED: "Came another way",
    RowState.SUSPENSE: "In suspense",
    RowState.RESOLVED: "Found its account",
    RowState.RETURNED: "Returned to the sender",
    RowState.REPEATED: "Loaded before",
    RowState.REFUSED: "Refused",
}


class RowCode(StrEnum):
    """Why a row was not simply posted. Stable: systems decide by these."""

    ACCOUNT_MISSING = "account-missing"
    ACCOUNT_UNKNOWN = "account-unknown"
    ACCOUNT_MISTYPED = "account-mistyped"
    ACCOUNT_AMBIGUOUS = "account-ambiguous"
    ACCOUNT_CLOSED = "account-closed"
    NOTHING_TO_PAY_FOR = "nothing-to-pay-for"
    PAID_ONLINE = "paid-online"
    PAID_AT_TERMINAL = "paid-at-terminal"
    ONLINE_UNPAID = "online-unpaid"
    ONLINE_DIFFERS = "online-differs"
    LOADED_BEFORE = "loaded-before"
    TWICE_IN_FILE = "twice-in-file"
    OPERATION_DIFFERS = "operation-differs"
    OUTGOING = "outgoing"
    AGENT_TRANSFER = "agent-transfer"


CODE_TEXTS: Mapping[RowCode, str] = {
    RowCode.ACCOUNT_MISSING: "No account number is given",
    RowCode.ACCOUNT_UNKNOWN: "There is no account with this number",
    RowCode.ACCOUNT_MISTYPED: "The number fails its own check digit",
    RowCode.ACCOUNT_AMBIGUOUS: "Several accounts answer to what is given",
    RowCode.ACCOUNT_CLOSED: "The account was closed",
    RowCode.NOTHING_TO_PAY_FOR: "The account has no supplier that this money may go to",
    RowCode.PAID_ONLINE: "The same payment came by the online provider: it is not posted twice",
    RowCode.PAID_AT_TERMINAL: "The same payment came by the agent's terminal: it is not posted twice",
    RowCode.ONLINE_UNPAID: "The online payment it names is not paid yet: the provider is asked again",
    RowCode.ONLINE_DIFFERS: "The online payment it names has another sum",
    RowCode.LOADED_BEFORE: "This operation was loaded before",
    RowCode.TWICE_IN_FILE: "This operation stands in the file twice",
    RowCode.OPERATION_DIFFERS: "This operation was loaded before with another sum or account",
    RowCode.OUTGOING: "Money that went back or away is not posted from a registry",
    RowCode.AGENT_TRANSFER: "An agent has passed on what it collected: its own registry says whose it is",
}


class RegistryRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """`account_id` is the file's synthetic account. `payment_id` is the payment the row becomes, derived from
    the agent and the operation. `payer` is forgotten when the money has found its account; `payer_key` stays.
    """

    account_id: AccountId
    row_no: int
    line_no: int
    operation_id: str
    agent_code: str
    direction: Direction
    paid_at: datetime
    amount: Money
    payment_id: PaymentId
    account_text: str
    state: RowState = RowState.WAITING
    code: RowCode | None = None
    fee: Money | None = None
    period: Period | None = None
    reference: str = ""
    purpose: str = ""
    payer: Payer | None = None
    payer_key: bytes | None = None
    settled_at: datetime | None = None
    to_account_id: AccountId | None = None
    to_supplier_account_id: SupplierAccountId | None = None
    steps_count: int = 0

    @classmethod
    def of(cls, registry: PaymentRegistry, row_no: int, entry: RegistryEntry) -> RegistryRow:
        return cls(
            account_id=registry.id,
            row_no=row_no,
            line_no=entry.line_no,
            operation_id=entry.operation_id,
            agent_code=registry.agent_code,
            direction=entry.direction,
            paid_at=entry.paid_at,
            amount=entry.amount,
            payment_id=payment_id(registry.agent_code, entry.operation_id),
            account_text=" ".join(entry.account_texts),
            fee=entry.fee,
            period=entry.period,
            reference=entry.reference,
            purpose=entry.purpose,
            payer=entry.payer,
            payer_key=entry.payer.key if entry.payer else None,
        )

    @property
    def account_texts(self) -> tuple[str, ...]:
        return tuple(self.account_text.split())

    def unidentified(self, code: RowCode) -> RegistryRow:
        """Still waiting, and known to belong into suspense."""
        assert self.state is RowState.WAITING
        return replace(self, code=code, to_account_id=None)

    def ended(self, state: RowState, at: datetime, code: RowCode | None = None) -> RegistryRow:
        moved = replace(self, state=LIFECYCLE.check(self.state, state), settled_at=at, code=code or self.code)
        if state in IN_SUSPENSE:
            moved = replace(moved, steps_count=self.steps_count + 1)
        keeps_payer = state is RowState.SUSPENSE or code is RowCode.AGENT_TRANSFER
        return moved if keeps_payer else replace(moved, payer=None)

    def aimed(self, account_id: AccountId) -> RegistryRow:
        """Where it seems to belong: neighbours are posted together. Its posting looks again."""
        return replace(self, to_account_id=account_id)

    def came_to(self, account_id: AccountId, supplier_account_id: SupplierAccountId | None) -> RegistryRow:
        return replace(self, to_account_id=account_id, to_supplier_account_id=supplier_account_id)


def payment_id(agent_code: str, operation_id: str) -> PaymentId:
    return PaymentId(derived(KABINET, f"registry:{agent_code}:{operation_id}"))


@cache
def payer_id(agent_code: str) -> UUID:
    """Who paid, as far as a payment by registry can say: the agent."""
    return derived(KABINET, f"agent:{agent_code}")


class Claim(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The row that an operation was first loaded by."""

    operation_id: str
    account_id: AccountId
    row_no: int
    amount: Money
    account_text: str
    direction: Direction


def staged(
    registry: PaymentRegistry,
    entries: Sequence[RegistryEntry],
    claims: Mapping[str, Claim],
    at: datetime,
) -> list[RegistryRow]:
    """The rows of an accepted file. `claims` are those of its operations that were loaded before: the same
    again is harmless, another sum under the same operation is refused."""
    rows, seen = [], dict[str, RegistryRow]()
    for row_no, entry in enumerate(entries, start=1):
        row = RegistryRow.of(registry, row_no, entry)
        first = seen.setdefault(row.operation_id, row)
        claim = claims.get(row.operation_id)
        if first is not row or claim:
            row = _again(row, claim or first, at, is_twice=claim is None)
        elif row.direction is Direction.OUT:
            row = row.ended(RowState.REFUSED, at, RowCode.OUTGOING)
        rows.append(row)
    return rows


def _again(row: RegistryRow, first: Claim | RegistryRow, at: datetime, *, is_twice: bool) -> RegistryRow:
    mine = row.amount, row.account_text, row.direction
    if mine != (first.amount, first.account_text, first.direction):
        return row.ended(RowState.REFUSED, at, RowCode.OPERATION_DIFFERS)
    return row.ended(RowState.REPEATED, at, RowCode.TWICE_IN_FILE if is_twice else RowCode.LOADED_BEFORE)


class RegistryRows(Protocol):
    async def open_account(self, registry: PaymentRegistry, at: datetime) -> None:
        """The file's synthetic account with an empty ledger; nothing when it is there."""

    async def claimed(self, registry: PaymentRegistry, entries: Sequence[RegistryEntry]) -> dict[str, Claim]:
        """Take every operation that nobody has; those that were taken before, by operation."""

    async def add(self, rows: Sequence[RegistryRow]) -> None: ...

    async def waiting_locked(
        self, registry_id: AccountId, limit: int, *, unidentified: bool
    ) -> list[RegistryRow]:
        """The next rows without a fate that nobody else holds: those not judged, or the unidentified. In the
        order of the accounts they aim at."""

    async def save(self, rows: Sequence[RegistryRow]) -> None:
        """What changed of these rows of one registry."""

    async def is_waiting(self, registry_id: AccountId) -> bool:
        """Whether any row is without a fate, held by somebody or not."""

    async def page(
        self, registry_id: AccountId, state: RowState | None, *, after: int, limit: int
    ) -> list[RegistryRow]: ...
