"""Requests as the API documents them; whatever is not documented is refused.

Limits: https://yookassa.ru/developers/api and the request classes of the official SDK 3.13.0.
"""

import re
from datetime import datetime
from decimal import Decimal
from ipaddress import ip_address
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta

from infra.sandbox.words import Refused, invalid

T = TypeVar("T")
Method = Literal[
    "sbp", "bank_card", "sberbank", "tinkoff_bank", "yoo_money", "alfa_pay", "sber_loan", "sber_bnpl",
    "electronic_certificate", "mobile_balance", "cash", "b2b_sberbank",
]  # fmt: skip
Url = Annotated[str, Meta(max_length=2048, pattern=r"\A(https?|[a-z][a-z0-9+.-]*)://[^\s]+\Z")]
Id = Annotated[str, Meta(min_length=36, max_length=36)]
Metadata = Annotated[
    dict[Annotated[str, Meta(max_length=32)], Annotated[str, Meta(max_length=512)]], Meta(max_length=16)
]


class Strict(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    pass


class Amount(Strict):
    value: Annotated[str, Meta(pattern=r"\A(0|[1-9][0-9]{0,9})\.[0-9]{2}\Z")]
    currency: Literal["RUB"]

    @property
    def kopecks(self) -> int:
        return int(self.value.replace(".", ""))


class Confirmation(Strict):
    type: Literal["redirect", "qr", "embedded", "external", "mobile_application"]
    return_url: Url | None = None
    enforce: bool | None = None
    locale: Literal["ru_RU", "en_US"] | None = None


class MethodData(Strict):
    type: Method
    phone: Annotated[str, Meta(pattern=r"\A[0-9]{4,15}\Z")] | None = None
    card: dict[str, Any] | None = None


class Bank(Strict):
    name: Annotated[str, Meta(min_length=1, max_length=45)]
    bic: Annotated[str, Meta(pattern=r"\A[0-9]{9}\Z")]
    account: Annotated[str, Meta(pattern=r"\A[0-9]{20}\Z")]
    correspondent_account: Annotated[str, Meta(pattern=r"\A[0-9]{20}\Z")]


class Payee(Strict):
    name: Annotated[str, Meta(min_length=1, max_length=160)]
    inn: Annotated[str, Meta(pattern=r"\A[0-9]{10}\Z")]
    kpp: Annotated[str, Meta(pattern=r"\A[0-9]{9}\Z")]
    bank: Bank


class Period(Strict):
    month: Annotated[int, Meta(ge=1, le=12)]
    year: Annotated[int, Meta(ge=1920, le=2050)]


Number = Annotated[str, Meta(min_length=1, max_length=30, pattern=r"[0-9а-яА-Яa-zA-Z]")]


class PaymentOrder(Strict):
    type: Literal["utilities"]
    amount: Amount
    payment_purpose: Annotated[str, Meta(min_length=1, max_length=210)]
    recipient: Payee
    kbk: Annotated[str, Meta(pattern=r"\A([0-9]{20}|0)\Z")] | None = None
    oktmo: Annotated[str, Meta(pattern=r"\A([0-9]{11}|[0-9]{8}|0)\Z")] | None = None
    payment_period: Period | None = None
    payment_document_id: Annotated[str, Meta(min_length=18, max_length=18)] | None = None
    payment_document_number: Number | None = None
    account_number: Number | None = None
    unified_account_number: Annotated[str, Meta(min_length=10, max_length=10)] | None = None
    service_id: Annotated[str, Meta(min_length=13, max_length=13)] | None = None


class Customer(Strict):
    full_name: Annotated[str, Meta(max_length=256)] | None = None
    inn: Annotated[str, Meta(pattern=r"\A([0-9]{10}|[0-9]{12})\Z")] | None = None
    email: Annotated[str, Meta(pattern=r"\A[^@\s]+@[^@\s]+\.[^@\s]+\Z")] | None = None
    phone: Annotated[str, Meta(pattern=r"\A\+?[0-9]{4,15}\Z")] | None = None


class Supplier(Strict):
    name: Annotated[str, Meta(max_length=256)] | None = None
    phone: Annotated[str, Meta(pattern=r"\A\+?[0-9]{4,15}\Z")] | None = None
    inn: Annotated[str, Meta(pattern=r"\A([0-9]{10}|[0-9]{12})\Z")] | None = None


class Item(Strict):
    """One line of a receipt: `amount` is the price of one unit."""

    description: Annotated[str, Meta(min_length=1, max_length=128)]
    quantity: Decimal
    amount: Amount
    vat_code: Annotated[int, Meta(ge=1, le=12)]
    measure: Literal[
        "piece", "gram", "kilogram", "ton", "centimeter", "decimeter", "meter", "square_centimeter",
        "square_decimeter", "square_meter", "milliliter", "liter", "cubic_meter", "kilowatt_hour",
        "gigacalorie", "day", "hour", "minute", "second", "kilobyte", "megabyte", "gigabyte", "terabyte",
        "another",
    ] | None = None  # fmt: skip
    payment_subject: Literal[
        "commodity", "excise", "job", "service", "gambling_bet", "gambling_prize", "lottery",
        "lottery_prize", "intellectual_activity", "payment", "agent_commission", "composite", "another",
    ] | None = None  # fmt: skip
    payment_mode: Literal[
        "full_prepayment", "partial_prepayment", "advance", "full_payment", "partial_payment", "credit",
        "credit_payment",
    ] | None = None  # fmt: skip
    supplier: Supplier | None = None
    agent_type: Literal[
        "banking_payment_agent", "banking_payment_subagent", "payment_agent", "payment_subagent",
        "attorney", "commissioner", "agent",
    ] | None = None  # fmt: skip

    @property
    def total_kopecks(self) -> Decimal:
        return self.quantity * self.amount.kopecks


Items = Annotated[list[Item], Meta(min_length=1, max_length=100)]
TaxSystem = Annotated[int, Meta(ge=1, le=6)]
TimeZoneNo = Annotated[int, Meta(ge=1, le=11)]


class Receipt(Strict):
    items: Items
    customer: Customer | None = None
    email: str | None = None
    phone: str | None = None
    internet: bool | None = None
    tax_system_code: TaxSystem | None = None
    timezone: TimeZoneNo | None = None


class Gateway(Strict):
    gateway_id: str | None = None
    account_id: str | None = None


class PosLinkUse(Strict):
    id: Annotated[str, Meta(min_length=1, max_length=64)]
    expires_at: datetime | None = None


class PosLinkData(Strict):
    type: Literal["nspk"]
    link: Url


class NewPosLink(Strict):
    pos_link_data: PosLinkData
    recipient: Gateway | None = None


class NewPayment(Strict):
    amount: Amount
    description: Annotated[str, Meta(max_length=128)] | None = None
    receipt: Receipt | None = None
    recipient: Gateway | None = None
    payment_token: str | None = None
    payment_method_id: str | None = None
    payment_method_data: MethodData | None = None
    confirmation: Confirmation | None = None
    save_payment_method: bool | None = None
    capture: bool = False
    client_ip: str | None = None
    metadata: Metadata | None = None
    merchant_customer_id: Annotated[str, Meta(max_length=200)] | None = None
    payment_order: PaymentOrder | None = None
    pos_link: PosLinkUse | None = None
    transfers: list[Any] | None = None
    statements: list[Any] | None = None


class Capture(Strict):
    amount: Amount | None = None
    receipt: Receipt | None = None


class NewRefund(Strict):
    payment_id: Id
    amount: Amount
    description: Annotated[str, Meta(max_length=255)] | None = None
    receipt: Receipt | None = None
    metadata: Metadata | None = None
    sources: list[Any] | None = None


class Settlement(Strict):
    type: Literal["cashless", "prepayment", "postpayment", "consideration"]
    amount: Amount


class NewReceipt(Strict):
    type: Literal["payment", "refund"]
    customer: Customer
    items: Items
    send: Literal[True]
    settlements: Annotated[list[Settlement], Meta(min_length=1)]
    payment_id: Id | None = None
    refund_id: Id | None = None
    email: str | None = None  # the official SDK repeats the customer's contacts here
    phone: str | None = None
    internet: bool | None = None
    tax_system_code: TaxSystem | None = None
    timezone: TimeZoneNo | None = None
    on_behalf_of: str | None = None


class NewWebhook(Strict):
    event: Literal["payment.waiting_for_capture", "payment.succeeded", "payment.canceled", "refund.succeeded"]
    url: Url


def read(raw: bytes, kind: type[T]) -> T:
    """The request, or the API's 400 with the dotted path of the field at fault."""
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError as error:
        raise invalid(str(error), _field(str(error))) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise invalid("The body is not valid JSON") from error


def check_address(text: str | None) -> None:
    try:
        ip_address(text or "127.0.0.1")
    except ValueError as error:
        raise invalid("Not an IP address", "client_ip") from error


def check_receipt(items: list[Item], customer: Customer | None, whole_kopecks: int | None, path: str) -> None:
    """A contact of the customer, whole quantities, and (where a sum is given) the sum of all lines."""
    if customer is None or not (customer.email or customer.phone):
        raise invalid("The receipt needs the customer's email or phone", f"{path}customer")
    for no, item in enumerate(items):
        exponent = item.quantity.as_tuple().exponent
        if not item.quantity.is_finite() or item.quantity <= 0 or int(exponent) < -3:
            raise invalid(
                "The quantity is above zero, with at most 3 decimals", f"{path}items[{no}].quantity"
            )
    total = sum(item.total_kopecks for item in items)
    if whole_kopecks is not None and round(total) != whole_kopecks:
        raise invalid("The lines of the receipt do not add up to the amount", f"{path}items")


def _field(message: str) -> str | None:
    """msgspec says `… missing required field `value` - at `$.amount``; the API says amount.value."""
    at = re.search(r" - at (?:`key` in )?`\$?\.?([^`]*)`", message)
    named = re.search(r"(?:required|unknown) field `([^`]+)`", message)
    path = [part for part in (at and at[1].removesuffix("[...]"), named and named[1]) if part]
    return ".".join(path) or None


def refuse_cards(method: MethodData) -> None:
    """Card numbers are for those certified by PCI DSS; a test shop must never see one."""
    if method.card is not None:
        raise Refused(403, "forbidden", "Card data are not accepted", "payment_method_data.card")
