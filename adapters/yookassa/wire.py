"""The objects of YooKassa API v3 as they travel (https://yookassa.ru/developers/api).

Answers are read leniently: fields and values that appear later must not break a payment. Amounts
are read strictly: "1250.50", a dot and two decimals, nothing else.
"""

import re
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from domain.kernel.money import Money

Moment = Annotated[datetime, Meta(tz=True)]
_VALUE = re.compile(r"(0|[1-9][0-9]{0,14})\.([0-9]{2})")


class BadAmount(ValueError):
    """An amount that is not a decimal string with a dot and two digits after it."""


def value_of(amount: Money) -> str:
    """Kopecks to the wire: 125050 becomes "1250.50". Negative sums do not travel."""
    if amount.kopecks < 0:
        raise BadAmount(amount.kopecks)
    return f"{amount.kopecks // 100}.{amount.kopecks % 100:02d}"


def money_of(value: str) -> Money:
    """The wire to kopecks, exactly. Raises BadAmount."""
    found = _VALUE.fullmatch(value)
    if found is None:
        raise BadAmount(value)
    return Money(int(found[1]) * 100 + int(found[2]))


class Amount(msgspec.Struct, frozen=True):
    value: str
    currency: str = "RUB"

    @classmethod
    def of(cls, money: Money) -> "Amount":
        return cls(value=value_of(money))

    def money(self) -> Money:
        return money_of(self.value)


# ---- what we send


class Bank(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    bic: str
    account: str
    correspondent_account: str


class OrderRecipient(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    inn: str
    kpp: str
    bank: Bank


class PaymentPeriod(msgspec.Struct, frozen=True, kw_only=True):
    month: int
    year: int


class PaymentOrder(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="utilities"):
    """The order for a utility payment that the provider registers in GIS ЖКХ."""

    amount: Amount
    payment_purpose: str
    recipient: OrderRecipient
    payment_period: PaymentPeriod
    unified_account_number: str | None = None
    account_number: str | None = None
    service_id: str | None = None


class MethodData(msgspec.Struct, frozen=True):
    type: str


class AskConfirmation(msgspec.Struct, frozen=True, kw_only=True):
    type: str
    return_url: str
    locale: str = "ru_RU"


class PosLinkUse(msgspec.Struct, frozen=True, kw_only=True):
    """The plate that bears the sum, until when (ISO 8601)."""

    id: str
    expires_at: str


class PosLinkData(msgspec.Struct, frozen=True, kw_only=True):
    type: str = "nspk"
    link: str


class NewPosLink(msgspec.Struct, frozen=True, kw_only=True):
    pos_link_data: PosLinkData


class Nothing(msgspec.Struct, frozen=True):
    """A POST without a body of its own."""


class NewPayment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    amount: Amount
    capture: bool
    description: str
    metadata: dict[str, str]
    payment_order: PaymentOrder
    payment_method_data: MethodData | None = None
    payment_method_id: str | None = None
    save_payment_method: bool = False
    confirmation: AskConfirmation | None = None
    pos_link: PosLinkUse | None = None
    client_ip: str | None = None


class NewRefund(msgspec.Struct, frozen=True, kw_only=True):
    payment_id: str
    amount: Amount
    description: str
    metadata: dict[str, str]


# ---- what is answered


class ShownConfirmation(msgspec.Struct, frozen=True, kw_only=True):
    type: str
    confirmation_url: str | None = None
    confirmation_data: str | None = None


class Shop(msgspec.Struct, frozen=True, kw_only=True):
    account_id: str | None = None


class UsedCard(msgspec.Struct, frozen=True, kw_only=True):
    last4: str | None = None


class UsedMethod(msgspec.Struct, frozen=True, kw_only=True):
    type: str
    id: str | None = None
    saved: bool = False
    title: str | None = None
    sbp_operation_id: str | None = None
    card: UsedCard | None = None


class Authorization(msgspec.Struct, frozen=True, kw_only=True):
    rrn: str | None = None


class Cancellation(msgspec.Struct, frozen=True, kw_only=True):
    party: str = "unknown"
    reason: str = "unknown"


class PosLink(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    status: str


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    status: str
    amount: Amount
    created_at: Moment
    test: bool = False
    captured_at: Moment | None = None
    recipient: Shop | None = None
    payment_method: UsedMethod | None = None
    confirmation: ShownConfirmation | None = None
    cancellation_details: Cancellation | None = None
    refunded_amount: Amount | None = None
    authorization_details: Authorization | None = None
    metadata: dict[str, Any] | None = None


class PaymentPage(msgspec.Struct, frozen=True, kw_only=True):
    items: list[Payment]
    next_cursor: str | None = None


class Refund(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    payment_id: str
    status: str
    amount: Amount
    created_at: Moment
    cancellation_details: Cancellation | None = None
    metadata: dict[str, Any] | None = None


class RefundPage(msgspec.Struct, frozen=True, kw_only=True):
    items: list[Refund]
    next_cursor: str | None = None


class Fault(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="error"):
    """The body of every documented 4xx and 5xx. `retry_after` is in milliseconds."""

    code: str
    description: str = ""
    parameter: str | None = None
    retry_after: int | None = None


class Processing(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a 202. `retry_after` is in milliseconds."""

    retry_after: int | None = None


# ---- notices


class NoticeObject(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    payment_id: str | None = None
    metadata: dict[str, Any] | None = None


class Notice(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="notification"):
    event: str
    object: NoticeObject
