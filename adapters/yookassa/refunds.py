"""Refunds at YooKassa (https://yookassa.ru/developers/api#refund): made once, read, found again."""

from hashlib import sha256

from adapters.yookassa import notices, wire
from adapters.yookassa.client import YooKassaClient
from domain.payments.provider import (
    ProviderRefund,
    ProviderState,
    ProviderUnreachable,
    ProviderUnsure,
    RefundWanted,
)

_DESCRIPTION_MOST = 250
_PAGES_MOST = 20
"""2,000 refunds of one payment. Beyond it an absence would be a guess."""

_RANK = {ProviderState.SUCCEEDED: 2, ProviderState.PENDING: 1, ProviderState.CANCELED: 0}
_STATES = {state.value: state for state in _RANK}
_REASONS = frozenset(
    """
    general_decline insufficient_funds one_time_limit_exceeded payment_basket_id_not_found
    payment_tru_code_not_found rejected_by_payee rejected_by_timeout too_many_refunding_articles
    yoo_money_account_closed
    """.split()  # noqa: SIM905  as a list it takes a line for each
)
"""https://yookassa.ru/developers/payment-acceptance/after-the-payment/refunds, reasons of a refusal."""


def idempotence_key(wanted: RefundWanted) -> str:
    """64 hex characters. The word keeps it apart from the key of any payment."""
    return sha256(f"refund/{wanted.account_id}/{wanted.refund_id}/{wanted.attempt}".encode()).hexdigest()


async def make(client: YooKassaClient, wanted: RefundWanted) -> ProviderRefund:
    """Raises ProviderUnsure, ProviderRefused, ProviderUnreachable."""
    refund = await client.create_refund(new_refund(wanted), key=idempotence_key(wanted))
    try:
        return provider_refund(refund)
    except wire.BadAmount as error:
        raise ProviderUnsure(f"an amount that cannot be read: {error}") from error


async def find(client: YooKassaClient, wanted: RefundWanted) -> ProviderRefund | None:
    """Raises ProviderUnreachable."""
    query = {"payment_id": wanted.provider_payment_id, "limit": "100"}
    found: list[ProviderRefund] = []
    for _ in range(_PAGES_MOST):
        page = await client.refunds(query)
        ours = (wanted.account_id, wanted.refund_id)
        found += [readable(one) for one in page.items if notices.our_refund(one.metadata) == ours]
        if not page.next_cursor:
            return max(found, key=lambda one: (_RANK[one.state], one.created_at), default=None)
        query["cursor"] = page.next_cursor
    raise ProviderUnreachable(f"more than {_PAGES_MOST} pages of refunds of {wanted.provider_payment_id}")


def new_refund(wanted: RefundWanted) -> wire.NewRefund:
    return wire.NewRefund(
        payment_id=wanted.provider_payment_id,
        amount=wire.Amount.of(wanted.amount),
        description=wanted.description[:_DESCRIPTION_MOST],
        metadata={
            "account_id": str(wanted.account_id),
            "payment_id": str(wanted.payment_id),
            "refund_id": str(wanted.refund_id),
            "attempt": str(wanted.attempt),
        },
    )


def provider_refund(refund: wire.Refund) -> ProviderRefund:
    """The answer in our words. Raises wire.BadAmount. A status that appears later is not final for us."""
    account_id, refund_id = notices.our_refund(refund.metadata)
    reason = refund.cancellation_details.reason if refund.cancellation_details else None
    return ProviderRefund(
        id=refund.id,
        state=_STATES.get(refund.status, ProviderState.PENDING),
        provider_payment_id=refund.payment_id,
        amount=refund.amount.money(),
        currency=refund.amount.currency,
        created_at=refund.created_at,
        account_id=account_id,
        refund_id=refund_id,
        cancel_reason=reason if reason is None or reason in _REASONS else "unknown",
    )


def readable(refund: wire.Refund) -> ProviderRefund:
    """ProviderUnreachable when its sum cannot be read."""
    try:
        return provider_refund(refund)
    except wire.BadAmount as error:
        raise ProviderUnreachable(f"an amount that cannot be read: {error}") from error
