"""YooKassa as the port `Provider` wants it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

from adapters.yookassa import notices, pos_links, refunds, wire
from adapters.yookassa.client import YooKassaClient
from domain.kernel.calendar import first_day
from domain.kernel.ids import AccountId, PaymentId
from domain.kernel.money import ZERO
from domain.payments import sbp_links
from domain.payments.provider import (
    Confirmation,
    NoticeSubject,
    OrderWanted,
    ProviderPayment,
    ProviderRefund,
    ProviderState,
    ProviderUnreachable,
    ProviderUnsure,
    Recipient,
    RefundWanted,
    SavedWay,
)

_DESCRIPTION_MOST = 128
_PURPOSE_MOST = 210
_BANK_NAME_MOST = 45
_PAGES_MOST = 200
"""20,000 payments: more than a busy hour. Beyond it an absence would be a guess."""

_STATES = {state.value: state for state in ProviderState}
_RANK = {
    ProviderState.SUCCEEDED: 3,
    ProviderState.WAITING_FOR_CAPTURE: 2,
    ProviderState.PENDING: 1,
    ProviderState.CANCELED: 0,
}


def idempotence_key(account_id: AccountId, payment_id: PaymentId, attempt: int) -> str:
    """64 hex characters, the most the provider takes."""
    return sha256(f"{account_id}/{payment_id}/{attempt}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class YooKassa:
    client: YooKassaClient

    @property
    def name(self) -> str:
        return "yookassa"

    async def open(self, order: OrderWanted) -> ProviderPayment:
        key = idempotence_key(order.account_id, order.payment_id, order.attempt)
        payment = await self.client.create_payment(new_payment(order), key=key)
        try:
            opened = provider_payment(payment)
        except wire.BadAmount as error:
            raise ProviderUnsure(f"an amount that cannot be read: {error}") from error
        _check_link(opened, order)
        return opened

    async def read(self, provider_payment_id: str) -> ProviderPayment:
        return _readable(await self.client.payment(provider_payment_id))

    async def find(
        self, account_id: AccountId, payment_id: PaymentId, created_from: datetime, created_to: datetime
    ) -> ProviderPayment | None:
        query = {
            "created_at.gte": _moment(created_from),
            "created_at.lte": _moment(created_to),
            "limit": "100",
        }
        found: list[ProviderPayment] = []
        for _ in range(_PAGES_MOST):
            page = await self.client.payments(query)
            ours = (item for item in page.items if notices.our_ids(item.metadata) == (account_id, payment_id))
            found += map(_readable, ours)
            if not page.next_cursor:
                return max(found, key=lambda one: (_RANK[one.state], one.created_at), default=None)
            query["cursor"] = page.next_cursor
        raise ProviderUnreachable(f"more than {_PAGES_MOST} pages between {created_from} and {created_to}")

    async def refund(self, wanted: RefundWanted) -> ProviderRefund:
        return await refunds.make(self.client, wanted)

    async def read_refund(self, provider_refund_id: str) -> ProviderRefund:
        return refunds.readable(await self.client.refund(provider_refund_id))

    async def find_refund(self, wanted: RefundWanted) -> ProviderRefund | None:
        return await refunds.find(self.client, wanted)

    async def register_plate(self, plate_id: UUID, link: str) -> str:
        return await pos_links.register(self.client, plate_id, link)

    async def clear_plate(self, provider_link_id: str, payment_id: PaymentId) -> None:
        await pos_links.clear(self.client, provider_link_id, payment_id)

    def notice_subject(self, raw: bytes) -> NoticeSubject | None:
        return notices.notice_subject(raw)


def _check_link(opened: ProviderPayment, order: OrderWanted) -> None:
    """An SBP link that is damaged or asks for another sum must not reach the payer: the repeat of the
    order brings it anew. Other texts of a QR (the universal one to come) are passed on as they are."""
    link = opened.confirmation.data if opened.confirmation else None
    if link is None or not sbp_links.is_link(link):
        return
    try:
        asked = sbp_links.parse(link).sum
    except sbp_links.WrongSbpLink as error:
        raise ProviderUnsure(str(error)) from error
    if asked is not None and asked != order.amount:
        raise ProviderUnsure(f"the link asks for {asked}, not {order.amount}")


def new_payment(order: OrderWanted) -> wire.NewPayment:
    """The request. Texts are cut to the documented lengths; all else is the provider's to check.

    `capture` is always true: SBP knows no hold, and a utility bill needs none.
    """
    return wire.NewPayment(
        amount=wire.Amount.of(order.amount),
        capture=True,
        description=order.description[:_DESCRIPTION_MOST],
        payment_method_data=None if order.saved_token else wire.MethodData(type=order.method.value),
        payment_method_id=order.saved_token,
        save_payment_method=order.save_method,
        confirmation=None
        if order.plate or order.saved_token
        else wire.AskConfirmation(type=order.confirmation, return_url=order.return_url),
        pos_link=wire.PosLinkUse(id=order.plate.link_id, expires_at=_moment(order.plate.until))
        if order.plate
        else None,
        metadata={
            "account_id": str(order.account_id),
            "payment_id": str(order.payment_id),
            "attempt": str(order.attempt),
        },
        payment_order=_payment_order(order),
        client_ip=order.payer_ip,
    )


def _payment_order(order: OrderWanted) -> wire.PaymentOrder:
    day = first_day(order.period)
    return wire.PaymentOrder(
        amount=wire.Amount.of(order.amount),
        payment_purpose=order.purpose[:_PURPOSE_MOST],
        recipient=_recipient(order.recipient),
        payment_period=wire.PaymentPeriod(month=day.month, year=day.year),
        unified_account_number=order.unified_account_number,
        account_number=order.account_number,
        service_id=order.service_id,
    )


def _recipient(payee: Recipient) -> wire.OrderRecipient:
    return wire.OrderRecipient(
        name=payee.name,
        inn=payee.inn,
        kpp=payee.kpp,
        bank=wire.Bank(
            name=payee.bank_name[:_BANK_NAME_MOST],
            bic=payee.bic,
            account=payee.account,
            correspondent_account=payee.correspondent_account,
        ),
    )


def provider_payment(payment: wire.Payment) -> ProviderPayment:
    """The answer in our words. Raises wire.BadAmount; nothing else in an answer can fail."""
    account_id, payment_id = notices.our_ids(payment.metadata)
    method, cancelled = payment.payment_method, payment.cancellation_details
    return ProviderPayment(
        id=payment.id,
        state=_state(payment.status),
        amount=payment.amount.money(),
        currency=payment.amount.currency,
        created_at=payment.created_at,
        test=payment.test,
        paid_at=payment.captured_at,
        shop_id=payment.recipient.account_id if payment.recipient else None,
        account_id=account_id,
        payment_id=payment_id,
        confirmation=_confirmation(payment.confirmation),
        cancel_party=cancelled.party if cancelled else None,
        cancel_reason=_reason(cancelled.reason) if cancelled else None,
        method=method.type if method else None,
        sbp_operation_id=method.sbp_operation_id if method else None,
        rrn=payment.authorization_details.rrn if payment.authorization_details else None,
        payer_digits=method.card.last4 if method and method.card else None,
        saved=_saved(method),
        refunded=payment.refunded_amount.money() if payment.refunded_amount else ZERO,
    )


def _saved(method: wire.UsedMethod | None) -> SavedWay | None:
    if method is None or not method.saved or method.id is None:
        return None
    last = method.card.last4 if method.card else None
    return SavedWay(token=method.id, title=f"*{last}" if last else "")


def _readable(payment: wire.Payment) -> ProviderPayment:
    try:
        return provider_payment(payment)
    except wire.BadAmount as error:
        raise ProviderUnreachable(f"an amount that cannot be read: {error}") from error


def _state(status: str) -> ProviderState:
    # A status that appears later is not final for us: keep asking.
    return _STATES.get(status, ProviderState.PENDING)


def _confirmation(shown: wire.ShownConfirmation | None) -> Confirmation | None:
    if shown is not None and shown.type == "redirect" and shown.confirmation_url:
        return Confirmation(type="redirect", url=shown.confirmation_url)
    if shown is not None and shown.type == "qr" and shown.confirmation_data:
        return Confirmation(type="qr", data=shown.confirmation_data)
    return None


def _reason(code: str) -> str:
    return code if code in _REASONS else "unknown"


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


_REASONS = frozenset(
    """
    3d_secure_failed call_issuer canceled_by_merchant card_expired country_forbidden deal_expired
    expired_on_capture expired_on_confirmation fraud_suspected general_decline identification_required
    insufficient_funds internal_timeout invalid_card_number invalid_csc issuer_unavailable
    loan_application_expired loan_declined loan_declined_by_payer payment_method_limit_exceeded
    payment_method_restricted permission_revoked rejected_by_timeout unsupported_mobile_operator
    """.split()  # noqa: SIM905  as a list it takes a line for each
)
"""Reasons as the official SDK 3.13.0 lists them."""
