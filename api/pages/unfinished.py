"""Payments that were begun and wait for their payer: told before the same bill is paid once more."""

from collections.abc import Sequence

from domain.kernel.access import Access
from domain.payments.keeping import BriefPayment, Payments
from domain.payments.payments import PaymentState

_LATEST = 10
_WAITING = frozenset({PaymentState.CREATED, PaymentState.AWAITING_PAYER})


async def latest_payments(payments: Payments, access: Access) -> Sequence[BriefPayment]:
    """The newest first, as far as the visitor may see them: so many that none still waits beyond them."""
    return await payments.latest(access, limit=_LATEST)


def waiting_of(latest: Sequence[BriefPayment], access: Access) -> list[BriefPayment]:
    return [one for one in latest if one.state in _WAITING and one.expires_at > access.at]


async def waiting_payments(payments: Payments, access: Access) -> list[BriefPayment]:
    return waiting_of(await latest_payments(payments, access), access)
