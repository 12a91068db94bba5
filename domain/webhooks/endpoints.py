"""Where a legal entity's own system is told what happens: addresses, numbered deliveries, attempts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, NewType, Protocol
from uuid import UUID

import msgspec
from msgspec.structs import replace

from domain.kernel.access import Access
from domain.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from domain.kernel.ids import AccountId
from domain.kernel.jobs import AccountJob
from domain.kernel.terms import Term

EndpointId = NewType("EndpointId", UUID)

_BACKOFF_SECONDS = (10, 30, 120, 600, 1800, 3600)
_LEASE = timedelta(seconds=60)
"""Longer than an attempt may take: a worker that died in one holds the others up no longer."""


class EndpointNotFound(NotFound):
    code = "webhook-not-found"
    text = "There is no such webhook of this account"


class EndpointIdTaken(Conflict):
    code = "webhook-id-taken"
    text = "This id belongs to a webhook with another address"
    remedy = "Make a new id for a new webhook"


class NotForResidents(Forbidden):
    code = "webhook-for-legal-entities"
    text = "Webhooks are for the contracts of legal entities"
    remedy = "Look at the notices and the timeline of your application"


class TooManyEndpoints(Conflict):
    code = "too-many-webhooks"
    text = "There are {most} webhooks already"
    remedy = "Delete one first"


class AddressRefused(Invalid):
    code = "webhook-address-refused"
    text = "We do not call this address"
    remedy = "Give an https address of a host that is reachable from the internet, without a password in it"


class WebhookLimits(Term, frozen=True, kw_only=True):
    """A delivery is tried for `tried_hours`; a former secret signs along for `former_secret_hours`."""

    name: ClassVar[str] = "webhooks.limits"

    most_endpoints: int
    tried_hours: int
    former_secret_hours: int


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """`last_no` is the number of the last delivery made for it. While `busy_until` is ahead a worker is at
    it; `next_try_at` and `failing_since` are there while it does not answer well."""

    id: EndpointId
    account_id: AccountId
    url: str
    sealed: bytes
    former_sealed: bytes | None = None
    former_until: datetime | None = None
    made_at: datetime
    made_by: str
    ended_at: datetime | None = None
    last_no: int = 0
    next_try_at: datetime | None = None
    busy_until: datetime | None = None
    failing_since: datetime | None = None

    def waits_until(self, at: datetime) -> datetime | None:
        """The moment before which nothing is sent there, or None when its turn is now."""
        waits = [one for one in (self.busy_until, self.next_try_at) if one is not None and one > at]
        return max(waits, default=None)

    def taken(self, at: datetime) -> Endpoint:
        return replace(self, busy_until=at + _LEASE)

    def answered(self) -> Endpoint:
        return replace(self, busy_until=None, next_try_at=None, failing_since=None)

    def failed(self, attempts: int, at: datetime) -> Endpoint:
        wait = _BACKOFF_SECONDS[min(attempts, len(_BACKOFF_SECONDS)) - 1]
        since = self.failing_since or at
        return replace(self, busy_until=None, next_try_at=at + timedelta(seconds=wait), failing_since=since)

    def rested(self) -> Endpoint:
        return replace(self, busy_until=None, next_try_at=None)

    def rotated(self, sealed: bytes, limits: WebhookLimits, at: datetime) -> Endpoint:
        until = at + timedelta(hours=limits.former_secret_hours)
        return replace(self, sealed=sealed, former_sealed=self.sealed, former_until=until)

    def signs_by(self, at: datetime) -> tuple[bytes, ...]:
        """The sealed secrets that sign, the present one first."""
        if self.former_sealed is not None and self.former_until is not None and self.former_until > at:
            return self.sealed, self.former_sealed
        return (self.sealed,)

    def ended(self, at: datetime) -> Endpoint:
        return replace(self, ended_at=at, busy_until=None, next_try_at=None)

    def numbered(self, count: int) -> Endpoint:
        return replace(self, last_no=self.last_no + count)


class DeliveryState(StrEnum):
    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given-up"


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """`status` is the receiver's HTTP status; `fault` says why there was none."""

    no: int
    at: datetime
    status: int | None
    fault: str | None
    took_ms: int

    @property
    def is_good(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """`body` is what is signed and sent, byte for byte. `tried_since`: when it was made or played again."""

    endpoint_id: EndpointId
    account_id: AccountId
    no: int
    event_id: UUID
    event: str
    body: str
    made_at: datetime
    tried_since: datetime
    state: DeliveryState = DeliveryState.WAITING
    attempts: int = 0
    delivered_at: datetime | None = None

    def tried(self, attempt: Attempt, limits: WebhookLimits) -> Delivery:
        tried = replace(self, attempts=attempt.no)
        if attempt.is_good:
            return replace(tried, state=DeliveryState.DELIVERED, delivered_at=attempt.at)
        if attempt.at - self.tried_since >= timedelta(hours=limits.tried_hours):
            return replace(tried, state=DeliveryState.GIVEN_UP)
        return tried


class DeliveryTold(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the log; the latest attempts, the latest last."""

    delivery: Delivery
    attempts: tuple[Attempt, ...]


class DeliverWebhooks(AccountJob, frozen=True, kw_only=True, tag="webhooks.deliver"):
    """Bring an endpoint what waits for it, in order."""

    endpoint_id: EndpointId

    @property
    def merges_by(self) -> str:
        return f"webhooks.deliver/{self.endpoint_id}"


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    status: int | None = None
    fault: str | None = None
    took_ms: int = 0


class Receivers(Protocol):
    """The systems out there."""

    async def check(self, url: str) -> None:
        """AddressRefused when it is not one we call, or leads into a network that is not public."""

    async def post(self, url: str, headers: dict[str, str], body: bytes) -> Sent:
        """One attempt. The address is looked up and judged anew each time."""


class Webhooks(Protocol):
    async def add(self, endpoint: Endpoint) -> None: ...

    async def locked(self, account_id: AccountId, endpoint_id: EndpointId) -> Endpoint | None: ...

    async def live_locked(self, account_id: AccountId) -> list[Endpoint]:
        """Those of the account that are not ended, by id."""

    async def of_account(self, access: Access) -> list[Endpoint]:
        """The live ones, the oldest first; none to those who may not act on the account."""

    async def save(self, endpoint: Endpoint) -> None: ...

    async def known(self, endpoint: Endpoint, event_ids: Collection[UUID]) -> set[UUID]:
        """Which of these events it was promised already."""

    async def add_deliveries(self, deliveries: Sequence[Delivery]) -> None: ...

    async def next_waiting(self, endpoint: Endpoint) -> Delivery | None:
        """The one with the lowest number."""

    async def save_delivery(self, delivery: Delivery, attempt: Attempt) -> None: ...

    async def deliveries(
        self, access: Access, endpoint_id: EndpointId, *, before: int | None, limit: int
    ) -> list[DeliveryTold]:
        """The log, the newest first."""

    async def replay(self, endpoint: Endpoint, from_no: int, at: datetime) -> int:
        """Let those from that number on wait again; how many."""
