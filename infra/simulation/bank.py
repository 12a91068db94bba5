"""The payment provider and its cash register, as they are seen from outside: nothing of ours dies with them.

Speaks the ports `Provider` and `CashRegister`. The weather decides how a call goes; what is final is told by
notices, which the scheduler delivers, or loses.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from domain.kernel.money import Money, total
from domain.payments.provider import (
    Confirmation,
    NotFoundAtProvider,
    NoticeSubject,
    OrderWanted,
    ProviderPayment,
    ProviderRefund,
    ProviderRefused,
    ProviderState,
    ProviderUnreachable,
    ProviderUnsure,
    RefundWanted,
)
from domain.payments.receipts.register import FiscalData, ReceiptWanted, RegisterAnswer, RegisterState
from infra.simulation.chance import Chance

EXPIRES_AFTER = timedelta(hours=1)
KEY_LIVES = timedelta(hours=24)
_REFUND_REFUSED, _REFUND_SLOW = 0.08, 0.3
_RANK = (ProviderState.CANCELED, ProviderState.PENDING, ProviderState.SUCCEEDED)


class Weather(StrEnum):
    FINE = "fine"
    SLOW = "slow"
    """Done, but the answer is often lost."""
    REFUSING = "refusing"
    DOWN = "down"


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """What the provider sends. Only whom it is about is believed."""

    event: str
    payment: str
    refund: str | None = None


@dataclass
class Bank:
    """`tell` hears of each notice to be delivered."""

    chance: Chance
    shop_id: str
    tell: Callable[[bytes], None] = lambda body: None
    weather: Weather = Weather.FINE
    name: str = "yookassa"
    payments: dict[str, ProviderPayment] = field(default_factory=dict)
    refunds: dict[str, ProviderRefund] = field(default_factory=dict)
    receipts: dict[str, RegisterAnswer] = field(default_factory=dict)
    _orders: dict[tuple[object, ...], tuple[OrderWanted, str]] = field(default_factory=dict)
    _refund_keys: dict[tuple[object, ...], tuple[RefundWanted, str]] = field(default_factory=dict)

    # The port of payments.

    async def open(self, order: OrderWanted) -> ProviderPayment:
        self._sky()
        key = (order.account_id, order.payment_id, order.attempt)
        known = self._orders.get(key)
        if known and self.payments[known[1]].created_at + KEY_LIVES > self.chance.clock():
            if known[0] != order:
                raise ProviderRefused("invalid_request", "The key came with another order")
            return self._answered(self.payments[known[1]])
        if self.weather is Weather.REFUSING and self.chance.dice("bank").random() < 0.7:
            raise ProviderRefused("forbidden", "Not today")
        made = self._made(order)
        self.payments[made.id] = made
        self._orders[key] = (order, made.id)
        return self._answered(made)

    async def read(self, provider_payment_id: str) -> ProviderPayment:
        self._sky()
        return self.payment(provider_payment_id)

    async def find(
        self, account_id: object, payment_id: object, created_from: object, created_to: object
    ) -> ProviderPayment | None:
        self._sky()
        ours = [
            one
            for one in self.payments.values()
            if (one.account_id, one.payment_id) == (account_id, payment_id)
        ]
        found = [self.payment(one.id) for one in ours if created_from <= one.created_at <= created_to]  # type: ignore[operator]
        return max(found, key=lambda one: (_RANK.index(one.state), one.created_at), default=None)

    async def refund(self, wanted: RefundWanted) -> ProviderRefund:
        self._sky()
        key = (wanted.account_id, wanted.refund_id, wanted.attempt)
        known = self._refund_keys.get(key)
        if known:
            return self._refund_answered(self.refunds[known[1]])
        payment = self.payment(wanted.provider_payment_id)
        if payment.state is not ProviderState.SUCCEEDED:
            raise ProviderRefused("invalid_request", "Only a successful payment is refunded")
        if self.refunded(payment.id) + wanted.amount > payment.amount:
            raise ProviderRefused("invalid_request", "Above what is left of the payment")
        made = self._refund_made(wanted)
        self.refunds[made.id] = made
        self._refund_keys[key] = (wanted, made.id)
        self._tell_of_refund(made)
        return self._refund_answered(made)

    async def read_refund(self, provider_refund_id: str) -> ProviderRefund:
        self._sky()
        if provider_refund_id not in self.refunds:
            raise NotFoundAtProvider(provider_refund_id)
        return self.refunds[provider_refund_id]

    async def find_refund(self, wanted: RefundWanted) -> ProviderRefund | None:
        self._sky()
        names = (wanted.account_id, wanted.refund_id)
        found = [one for one in self.refunds.values() if (one.account_id, one.refund_id) == names]
        return max(found, key=lambda one: (_RANK.index(one.state), one.created_at), default=None)

    def notice_subject(self, raw: bytes) -> NoticeSubject | None:
        try:
            notice = msgspec.json.decode(raw, type=Notice)
        except msgspec.MsgspecError:
            return None
        payment = self.payments.get(notice.payment)
        if payment is None:
            return None
        refund = self.refunds.get(notice.refund or "")
        return NoticeSubject(
            event=notice.event,
            provider_payment_id=payment.id,
            account_id=payment.account_id,
            payment_id=payment.payment_id,
            refund_id=refund.refund_id if refund else None,
        )

    # What payers and the bank itself do.

    def payment(self, provider_payment_id: str) -> ProviderPayment:
        """As it stands now: what nobody paid in time is cancelled."""
        if provider_payment_id not in self.payments:
            raise NotFoundAtProvider(provider_payment_id)
        one = self.payments[provider_payment_id]
        if one.state is ProviderState.PENDING and one.created_at + EXPIRES_AFTER <= self.chance.clock():
            self._end(one, "expired_on_confirmation")
        return self.payments[provider_payment_id]

    def pay(self, provider_payment_id: str) -> bool:
        """Whether it could be paid still."""
        one = self.payment(provider_payment_id)
        if one.state is not ProviderState.PENDING:
            return False
        self.payments[one.id] = replace(
            one,
            state=ProviderState.SUCCEEDED,
            paid_at=self.chance.clock(),
            confirmation=None,
            sbp_operation_id=self.chance.dice("bank ids").randbytes(16).hex().upper(),
        )
        self._tell(Notice(event="payment.succeeded", payment=one.id))
        return True

    def refuse(self, provider_payment_id: str) -> None:
        one = self.payment(provider_payment_id)
        if one.state is ProviderState.PENDING:
            self._end(one, "insufficient_funds")

    def end_refunds(self) -> None:
        """Those under way come to their end."""
        for one in list(self.refunds.values()):
            if one.state is ProviderState.PENDING:
                refused = self.chance.dice("bank").random() < _REFUND_REFUSED
                state = ProviderState.CANCELED if refused else ProviderState.SUCCEEDED
                self.refunds[one.id] = replace(
                    one, state=state, cancel_reason="general_decline" if refused else None
                )
                self._tell_of_refund(self.refunds[one.id])

    def refunded(self, provider_payment_id: str) -> Money:
        """Of a payment, returned or on its way."""
        live = (ProviderState.PENDING, ProviderState.SUCCEEDED)
        return total(
            one.amount
            for one in self.refunds.values()
            if one.provider_payment_id == provider_payment_id and one.state in live
        )

    def _sky(self) -> None:
        if self.weather is Weather.DOWN:
            raise ProviderUnreachable("connection refused")

    def _answered(self, payment: ProviderPayment) -> ProviderPayment:
        if self.weather is Weather.SLOW and self.chance.dice("bank").random() < 0.6:
            raise ProviderUnsure("timed out")
        return payment

    def _refund_answered(self, refund: ProviderRefund) -> ProviderRefund:
        if self.weather is Weather.SLOW and self.chance.dice("bank").random() < 0.6:
            raise ProviderUnsure("timed out")
        return refund

    def _made(self, order: OrderWanted) -> ProviderPayment:
        made_id = str(self.chance.new_id())
        return ProviderPayment(
            id=made_id,
            state=ProviderState.PENDING,
            amount=order.amount,
            currency="RUB",
            created_at=self.chance.clock(),
            test=True,
            shop_id=self.shop_id,
            account_id=order.account_id,
            payment_id=order.payment_id,
            confirmation=Confirmation(type="redirect", url=f"https://pay.example.test/{made_id}"),
            method=order.method.value,
        )

    def _refund_made(self, wanted: RefundWanted) -> ProviderRefund:
        slow = self.chance.dice("bank").random() < _REFUND_SLOW
        return ProviderRefund(
            id=str(self.chance.new_id()),
            state=ProviderState.PENDING if slow else ProviderState.SUCCEEDED,
            provider_payment_id=wanted.provider_payment_id,
            amount=wanted.amount,
            currency="RUB",
            created_at=self.chance.clock(),
            account_id=wanted.account_id,
            refund_id=wanted.refund_id,
        )

    def _end(self, one: ProviderPayment, reason: str) -> None:
        self.payments[one.id] = replace(
            one, state=ProviderState.CANCELED, confirmation=None, cancel_reason=reason
        )
        self._tell(Notice(event="payment.canceled", payment=one.id))

    def _tell_of_refund(self, one: ProviderRefund) -> None:
        if one.state is ProviderState.SUCCEEDED:
            self._tell(Notice(event="refund.succeeded", payment=one.provider_payment_id, refund=one.id))

    def _tell(self, notice: Notice) -> None:
        self.tell(msgspec.json.encode(notice))


@dataclass
class Register:
    """The cash register behind the bank's door: the same weather."""

    bank: Bank

    async def ask(self, wanted: ReceiptWanted) -> RegisterAnswer:
        self.bank._sky()
        answer = self.bank.receipts.get(wanted.key)
        if answer is None:
            number = str(len(self.bank.receipts) + 1)
            fiscal = FiscalData(
                document_number=number,
                storage_number="9" * 16,
                attribute=number.zfill(10),
                registered_at=self.bank.chance.clock(),
            )
            answer = RegisterAnswer(id=f"rt-{number}", state=RegisterState.REGISTERED, fiscal=fiscal)
            self.bank.receipts[wanted.key] = answer
        if self.bank.weather is Weather.SLOW and self.bank.chance.dice("bank").random() < 0.6:
            raise ProviderUnsure("timed out")
        return answer

    async def read(self, provider_receipt_id: str) -> RegisterAnswer:
        self.bank._sky()
        for one in self.bank.receipts.values():
            if one.id == provider_receipt_id:
                return one
        raise NotFoundAtProvider(provider_receipt_id)

    async def find(self, wanted: ReceiptWanted, known: frozenset[str]) -> RegisterAnswer | None:
        self.bank._sky()
        found = self.bank.receipts.get(wanted.key)
        return found if found and found.id not in known else None
