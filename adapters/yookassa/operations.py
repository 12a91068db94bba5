"""The provider's own registry of a day: its lists of payments and refunds by time."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from adapters.yookassa import notices, wire
from adapters.yookassa.client import YooKassaClient
from domain.kernel.money import Money
from domain.payments.provider import ProviderUnreachable
from domain.payments.reconciliation.facts import Operation
from domain.payments.registries.entries import Direction

_PAGES_MOST = 2_000
_PAYER_TAKES = timedelta(days=1)
"""Lists are by when a payment was opened; nobody is given longer to pay."""


@dataclass(frozen=True, slots=True)
class YooKassaOperations:
    """The port ProviderOperations."""

    client: YooKassaClient

    @property
    def name(self) -> str:
        return "yookassa"

    async def between(self, since: datetime, until: datetime) -> list[Operation]:
        paid = [_paid(one) async for one in _all(self.client.payments, since - _PAYER_TAKES, until)]
        back = [_returned(one) async for one in _all(self.client.refunds, since, until)]
        found = [one for one in (*paid, *back) if since <= one.paid_at < until]
        return sorted(found, key=lambda one: (one.paid_at, one.id))


async def _all(
    page_of: Callable[[dict[str, str]], Awaitable[Any]], since: datetime, until: datetime
) -> AsyncIterator[Any]:
    query = {
        "created_at.gte": _moment(since),
        "created_at.lt": _moment(until),
        "status": "succeeded",
        "limit": "100",
    }
    for _ in range(_PAGES_MOST):
        page = await page_of(query)
        for one in page.items:
            yield one
        if not page.next_cursor:
            return
        query["cursor"] = page.next_cursor
    raise ProviderUnreachable(f"more than {_PAGES_MOST} pages between {since} and {until}")


def _paid(one: wire.Payment) -> Operation:
    return Operation(
        id=one.id,
        direction=Direction.IN,
        amount=_sum(one.amount),
        paid_at=one.captured_at or one.created_at,
        payment_id=notices.our_ids(one.metadata)[1],
    )


def _returned(one: wire.Refund) -> Operation:
    return Operation(
        id=one.id,
        direction=Direction.OUT,
        amount=_sum(one.amount),
        paid_at=one.created_at,
        payment_id=None,
    )


def _sum(amount: wire.Amount) -> Money:
    try:
        return amount.money()
    except wire.BadAmount as error:
        raise ProviderUnreachable(f"an amount that cannot be read: {error}") from error


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
