"""Payments that were begun and wait for their payer: told before the same bill is paid once more."""

from collections.abc import Sequence

from domain.kernel.access import Access
from domain.payments.keeping import BriefPayment, Payments
from domain.payments.payments import PaymentState

LATEST_LIMIT = 10
"""So many of the latest payments are read that none still waits beyond them."""
_WAITING = frozenset({PaymentState.CREATED, PaymentState.AWAITING_PAYER})


def waiting_of(latest: Sequence[BriefPayment], access: Access) -> list[BriefPayment]:
    return [one for one in latest if one.state in _WAITING and one.expires_at > access.at]


async def waiting_payments(payments: Payments, access: Access) -> list[BriefPayment]:
    return waiting_of(await payments.latest(access, limit=LATEST_LIMIT), access)
