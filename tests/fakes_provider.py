"""The provider kept in memory. It passes the contract tests of the real adapter."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

import msgspec

from domain.kernel.ids import AccountId, PaymentId, RefundId
from domain.kernel.money import Money, total
from domain.payments.provider import (
    Confirmation,
    Method,
    NotFoundAtProvider,
    NoticeSubject,
    OrderWanted,
    ProviderPayment,
    ProviderRefund,
    ProviderRefused,
    ProviderState,
    ProviderUnsure,
    RefundWanted,
)

_REASONS = {"general_decline", "insufficient_funds", "fraud_suspected", "expired_on_confirmation"}


@dataclass
class FakeProvider:
    """`before` and `after` hold what the next calls of `open` raise: before anything is done, or when
    it is done but the answer gets lost. `unreadable` holds what the next calls of `read` and `find` raise."""

    now: Callable[[], datetime]
    expires_after: timedelta = timedelta(hours=1)
    name: str = "yookassa"
    shop_id: str = "100500"
    before: list[Exception] = field(default_factory=list)
    after: list[Exception] = field(default_factory=list)
    unreadable: list[Exception] = field(default_factory=list)
    opened: dict[tuple[AccountId, PaymentId, int], tuple[OrderWanted, ProviderPayment]] = field(
        default_factory=dict
    )
    payments: dict[str, ProviderPayment] = field(default_factory=dict)
    refunds: dict[tuple[AccountId, RefundId, int], ProviderRefund] = field(default_factory=dict)

    async def open(self, order: OrderWanted) -> ProviderPayment:
        if self.before:
            raise self.before.pop(0)
        key = (order.account_id, order.payment_id, order.attempt)
        if key not in self.opened:
            self._check(order)
            self.opened[key] = (order, self._made(order))
        first, answer = self.opened[key]
        if first != order:
            raise ProviderUnsure("the key is taken")
        if self.after:
            raise self.after.pop(0)
        return answer

    async def read(self, provider_payment_id: str) -> ProviderPayment:
        if self.unreadable:
            raise self.unreadable.pop(0)
        if provider_payment_id not in self.payments:
            raise NotFoundAtProvider(provider_payment_id)
        payment = self.payments[provider_payment_id]
        if payment.state is ProviderState.PENDING and payment.created_at + self.expires_after <= self.now():
            self._end(payment, "yoo_money", "expired_on_confirmation")
        return self.payments[provider_payment_id]

    async def find(
        self, account_id: AccountId, payment_id: PaymentId, created_from: datetime, created_to: datetime
    ) -> ProviderPayment | None:
        if self.unreadable:
            raise self.unreadable.pop(0)
        rank = [ProviderState.CANCELED, ProviderState.PENDING, ProviderState.WAITING_FOR_CAPTURE]
        found = [
            payment
            for payment in self.payments.values()
            if (payment.account_id, payment.payment_id) == (account_id, payment_id)
            and created_from <= payment.created_at <= created_to
        ]
        return max(
            found,
            key=lambda one: (rank.index(one.state) if one.state in rank else 3, one.created_at),
            default=None,
        )

    async def refund(self, wanted: RefundWanted) -> ProviderRefund:
        if self.before:
            raise self.before.pop(0)
        key = (wanted.account_id, wanted.refund_id, wanted.attempt)
        if key not in self.refunds:
            self._check_refund(wanted)
            self.refunds[key] = ProviderRefund(
                id=str(uuid4()),
                state=ProviderState.SUCCEEDED,
                provider_payment_id=wanted.provider_payment_id,
                amount=wanted.amount,
                currency="RUB",
                created_at=self.now(),
                account_id=wanted.account_id,
                refund_id=wanted.refund_id,
            )
        if self.after:
            raise self.after.pop(0)
        return self.refunds[key]

    async def read_refund(self, provider_refund_id: str) -> ProviderRefund:
        if self.unreadable:
            raise self.unreadable.pop(0)
        for refund in self.refunds.values():
            if refund.id == provider_refund_id:
                return refund
        raise NotFoundAtProvider(provider_refund_id)

    async def find_refund(self, wanted: RefundWanted) -> ProviderRefund | None:
        if self.unreadable:
            raise self.unreadable.pop(0)
        found = [
            refund
            for refund in self.refunds.values()
            if (refund.account_id, refund.refund_id) == (wanted.account_id, wanted.refund_id)
        ]
        return max(found, key=lambda one: one.created_at, default=None)

    def _check_refund(self, wanted: RefundWanted) -> None:
        payment = self.payments.get(wanted.provider_payment_id)
        if payment is None or payment.state is not ProviderState.SUCCEEDED:
            raise ProviderRefused(
                "invalid_request", "Only a successful payment can be refunded", "payment_id"
            )
        refunded = total(one.amount for one in self.refunds.values() if one.provider_payment_id == payment.id)
        if refunded + wanted.amount > payment.amount:
            raise ProviderRefused("invalid_request", "Above what is left of the payment", "amount.value")

    def notice_subject(self, raw: bytes) -> NoticeSubject | None:
        """The fake's notice is the bare id of its payment."""
        payment = self.payments.get(raw.decode(errors="replace"))
        if payment is None:
            return None
        return NoticeSubject(
            event=f"payment.{payment.state.value}",
            provider_payment_id=payment.id,
            account_id=payment.account_id,
            payment_id=payment.payment_id,
        )

    async def pay(self, id: str) -> None:
        """The payer pays."""
        self.payments[id] = msgspec.structs.replace(
            self.payments[id],
            state=ProviderState.SUCCEEDED,
            paid_at=self.now(),
            confirmation=None,
            sbp_operation_id=secrets.token_hex(16).upper(),
        )

    async def refuse(self, id: str, reason: str = "general_decline") -> None:
        """The payer's bank says no."""
        self._end(self.payments[id], "payment_network", reason)

    def _made(self, order: OrderWanted) -> ProviderPayment:
        made_id = str(uuid4())
        shown = (
            Confirmation(type="redirect", url=f"https://pay.test/{made_id}")
            if order.confirmation == "redirect"
            else Confirmation(type="qr", data=f"https://qr.nspk.ru/{made_id}")
        )
        self.payments[made_id] = ProviderPayment(
            id=made_id,
            state=ProviderState.PENDING,
            amount=order.amount,
            currency="RUB",
            created_at=self.now(),
            test=True,
            shop_id=self.shop_id,
            account_id=order.account_id,
            payment_id=order.payment_id,
            confirmation=shown,
            method=order.method.value,
        )
        return self.payments[made_id]

    def _check(self, order: OrderWanted) -> None:
        least, most = (100, 700_000_00) if order.method is Method.SBP else (1, 10**12)
        if not Money(least) <= order.amount <= Money(most):
            raise ProviderRefused("invalid_request", "The amount is out of bounds", "amount.value")

    def _end(self, payment: ProviderPayment, party: str, reason: str) -> None:
        self.payments[payment.id] = msgspec.structs.replace(
            payment,
            state=ProviderState.CANCELED,
            confirmation=None,
            cancel_party=party,
            cancel_reason=reason if reason in _REASONS else "unknown",
        )
