"""A registry's way: received, then quarantined with every reason, or posted row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, Protocol

import msgspec
from msgspec.structs import replace

from domain.kernel.errors import Conflict, Invalid, NotFound
from domain.kernel.ids import AccountId
from domain.kernel.jobs import Job
from domain.kernel.lifecycle import Lifecycle
from domain.kernel.money import ZERO, Money
from domain.payments.registries.entries import Expected, ParsedRegistry
from domain.payments.registries.faults import FAULTS_KEPT, RegistryFault

FILE_MAX_BYTES = 32 * 1024**2
NAME_CHARS = 200


class RegistryNotFound(NotFound):
    code = "registry-not-found"
    text = "There is no such payment registry"


class RegistryIdTaken(Conflict):
    code = "registry-id-taken"
    text = "Another registry was sent under this id"
    remedy = "Take a new id for a new file"


class RegistryEmpty(Invalid):
    code = "registry-empty"
    text = "The registry is empty"
    remedy = "Send the file itself as the body of the request"


class RegistryTooLarge(Invalid):
    code = "registry-too-large"
    text = "The registry has {size_mb} MB; up to {limit_mb} MB are read"
    remedy = "Ask the agent to send it in several files"


class RegistryState(StrEnum):
    RECEIVED = "received"
    QUARANTINED = "quarantined"
    """Something of the whole file is wrong: nothing of it is posted."""
    POSTING = "posting"
    POSTED = "posted"
    """Every row has its fate."""


LIFECYCLE = Lifecycle(
    {
        RegistryState.RECEIVED: frozenset({RegistryState.QUARANTINED, RegistryState.POSTING}),
        # Sent once more, it is judged once more: the layout or the contract may have been put right.
        RegistryState.QUARANTINED: frozenset({RegistryState.RECEIVED}),
        RegistryState.POSTING: frozenset({RegistryState.POSTED}),
    }
)


class PaymentRegistry(msgspec.Struct, frozen=True, kw_only=True):
    """One file. Its id is the synthetic account's, whose books hold what could not be brought home.

    `sum` is money in, `out` money that went back, `fees` what the agent kept. The payment order links the
    file to one credit in the bank's statement. `judging` counts how often it was judged.
    """

    id: AccountId
    agent_code: str
    file_name: str
    sha256: bytes
    size_bytes: int
    who: str
    received_at: datetime
    expected: Expected = Expected()
    state: RegistryState = RegistryState.RECEIVED
    judging: int = 1
    judged_at: datetime | None = None
    posted_at: datetime | None = None
    rows: int = 0
    sum: Money = ZERO
    out: Money = ZERO
    fees: Money = ZERO
    order_number: str | None = None
    order_date: date | None = None
    faults: int = 0

    @property
    def title(self) -> str:
        """What its synthetic account is called."""
        return f"{self.agent_code}/{self.id}"

    def quarantined(self, parsed: ParsedRegistry | None, faults: int, at: datetime) -> PaymentRegistry:
        told = self._told(parsed) if parsed else self
        return replace(told._moved(RegistryState.QUARANTINED), faults=faults, judged_at=at)

    def accepted(self, parsed: ParsedRegistry, at: datetime) -> PaymentRegistry:
        return replace(self._told(parsed)._moved(RegistryState.POSTING), faults=0, judged_at=at)

    def posted(self, at: datetime) -> PaymentRegistry:
        return replace(self._moved(RegistryState.POSTED), posted_at=at)

    def sent_again(self, expected: Expected) -> PaymentRegistry:
        return replace(self._moved(RegistryState.RECEIVED), judging=self.judging + 1, expected=expected)

    def _moved(self, to: RegistryState) -> PaymentRegistry:
        return replace(self, state=LIFECYCLE.check(self.state, to))

    def _told(self, parsed: ParsedRegistry) -> PaymentRegistry:
        return replace(
            self,
            rows=parsed.rows,
            sum=parsed.amount,
            out=parsed.out,
            fees=parsed.fees,
            order_number=parsed.told.order_number,
            order_date=parsed.told.order_date,
        )


class RegistryCursor(msgspec.Struct, frozen=True, kw_only=True):
    """Where a page of registries ended."""

    received_at: datetime
    registry_id: AccountId


class JudgeRegistry(Job, frozen=True, kw_only=True, tag="registries.judge"):
    """Judge the kept file; if nothing of the whole is wrong, post its rows."""

    max_seconds: ClassVar[int] = 600

    registry_id: AccountId

    @property
    def key(self) -> str:
        return f"registries.judge:{self.registry_id}"


class Fate(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows came to one end, and their sum."""

    rows: int
    sum: Money


class PaymentRegistries(Protocol):
    async def added(self, registry: PaymentRegistry, body: bytes) -> PaymentRegistry:
        """Keep the file, or give the one whose bytes the same agent sent before. RegistryIdTaken."""

    async def by_id(self, registry_id: AccountId) -> PaymentRegistry:
        """RegistryNotFound."""

    async def locked(self, registry_id: AccountId) -> PaymentRegistry:
        """RegistryNotFound."""

    async def body(self, registry_id: AccountId) -> bytes: ...

    async def save(self, registry: PaymentRegistry) -> None: ...

    async def keep_faults(self, registry_id: AccountId, faults: Sequence[RegistryFault]) -> None:
        """These and no others; at most FAULTS_KEPT."""

    async def faults(
        self, registry_id: AccountId, *, after: int, limit: int
    ) -> list[tuple[int, RegistryFault]]:
        """With their numbers from 1."""

    async def listed(
        self, state: RegistryState | None, *, before: RegistryCursor | None, limit: int
    ) -> list[PaymentRegistry]:
        """The newest first."""

    async def fates(self, registry_id: AccountId) -> Mapping[str, Fate]:
        """Rows by their states, money in only."""


def kept_of(faults: Sequence[RegistryFault]) -> list[RegistryFault]:
    return sorted(faults, key=lambda fault: fault.line_no)[:FAULTS_KEPT]
