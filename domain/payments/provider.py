"""The port to whoever takes the money: open an order, read it, find it again.

Shapes follow YooKassa API v3 (https://yookassa.ru/developers/api) cut to what is called here. Card
numbers never pass: the payer types them on the provider's own page.
"""

from datetime import datetime
from enum import StrEnum
from typing import Literal, Protocol

import msgspec

from domain.kernel.calendar import Period
from domain.kernel.ids import AccountId, PaymentId, RefundId
from domain.kernel.money import ZERO, Money


class Method(StrEnum):
    """Ways to pay that we offer. The values are the provider's own names."""

    SBP = "sbp"
    BANK_CARD = "bank_card"
    SBERBANK = "sberbank"
    TINKOFF_BANK = "tinkoff_bank"
    REGISTRY = "registry"
    """By a bank or an agent who tells of it in a registry: never offered by us."""


class ProviderState(StrEnum):
    """Where a payment stands at the provider. The last two are final."""

    PENDING = "pending"
    WAITING_FOR_CAPTURE = "waiting_for_capture"
    SUCCEEDED = "succeeded"
    CANCELED = "canceled"


class Confirmation(msgspec.Struct, frozen=True, kw_only=True):
    """How the payer goes on: `url` to be opened (redirect) or `data` to be shown as a QR (qr)."""

    type: Literal["redirect", "qr"]
    url: str | None = None
    data: str | None = None


class Recipient(msgspec.Struct, frozen=True, kw_only=True):
    """The payee of the payment order: INN of 10 digits, KPP and BIC of 9, accounts of 20."""

    name: str
    inn: str
    kpp: str
    bank_name: str
    bic: str
    account: str
    correspondent_account: str


class PlateUse(msgspec.Struct, frozen=True, kw_only=True):
    """A plate of a service centre, by the provider's name of it, that bears the sum until then."""

    link_id: str
    until: datetime


class OrderWanted(msgspec.Struct, frozen=True, kw_only=True):
    """Everything an order is made from.

    The same account, payment and attempt must always come with the same content: the provider
    refuses a repeat that differs. `description` is shown to the payer (up to 128 characters),
    `purpose` goes to the bank and GIS ЖКХ (up to 210). Of `unified_account_number` (10 characters),
    `account_number` (up to 30) and `service_id` (13) at least one is given.
    """

    account_id: AccountId
    payment_id: PaymentId
    attempt: int
    amount: Money
    description: str
    method: Method
    confirmation: Literal["redirect", "qr"]
    return_url: str
    payer_ip: str | None
    recipient: Recipient
    purpose: str
    period: Period
    unified_account_number: str | None = None
    account_number: str | None = None
    service_id: str | None = None
    plate: PlateUse | None = None
    save_method: bool = False
    saved_token: str | None = None


class SavedWay(msgspec.Struct, frozen=True, kw_only=True):
    """A way of paying that the provider keeps: its word for it, and the last digits of the card if it is one,
    "*0004"."""

    token: str
    title: str


class ProviderPayment(msgspec.Struct, frozen=True, kw_only=True):
    """What the provider knows of a payment.

    `account_id` and `payment_id` are ours, from the metadata; None when another system opened it.
    `paid_at` is when the money was taken. `cancel_reason` is one of the documented codes or
    "unknown". `sbp_operation_id` (32 hex) is the key of the bank's and the NSPK's registries, `rrn` (12
    digits) of the card's; `payer_digits` are the last four of the card.
    """

    id: str
    state: ProviderState
    amount: Money
    currency: str
    created_at: datetime
    test: bool
    paid_at: datetime | None = None
    shop_id: str | None = None
    account_id: AccountId | None = None
    payment_id: PaymentId | None = None
    confirmation: Confirmation | None = None
    cancel_party: str | None = None
    cancel_reason: str | None = None
    method: str | None = None
    sbp_operation_id: str | None = None
    rrn: str | None = None
    payer_digits: str | None = None
    refunded: Money = ZERO
    saved: SavedWay | None = None

    @property
    def operation_id(self) -> str | None:
        """What the payer's bank calls it."""
        return self.sbp_operation_id or self.rrn


class RefundWanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a refund is made from: to the same payer, by the rail the payment came on.

    The same account, refund and attempt must always come with the same content, as for orders.
    """

    account_id: AccountId
    payment_id: PaymentId
    refund_id: RefundId
    attempt: int
    provider_payment_id: str
    amount: Money
    description: str


class ProviderRefund(msgspec.Struct, frozen=True, kw_only=True):
    """What the provider knows of a refund. `refund_id` is ours, from the metadata; None when it was made
    by hand or by another system. Its states are pending, succeeded and canceled."""

    id: str
    state: ProviderState
    provider_payment_id: str
    amount: Money
    currency: str
    created_at: datetime
    account_id: AccountId | None = None
    refund_id: RefundId | None = None
    cancel_reason: str | None = None


class NoticeSubject(msgspec.Struct, frozen=True, kw_only=True):
    """What a notice is about; nothing else in it is believed. For a refund: the refunded payment."""

    event: str
    provider_payment_id: str
    account_id: AccountId | None = None
    payment_id: PaymentId | None = None
    refund_id: RefundId | None = None


class ProviderUnsure(Exception):
    """The order may be open or not: repeat it with the same account, payment and attempt.

    Within 24 hours the repeat meets the same order; later look with `find` before a new attempt.
    """


class ProviderUnreachable(Exception):
    """Nothing was sent by this call (`open`), or nothing could be learnt (`read`, `find`).

    It says nothing about earlier calls for the same order.
    """


class NotFoundAtProvider(Exception):
    """The provider knows no payment under this id."""


class ProviderRefused(Exception):
    """A final no in the provider's own words: this attempt opened nothing.

    `code` such as "invalid_request", "forbidden"; `parameter` the field at fault, if named.
    """

    def __init__(self, code: str, description: str, parameter: str | None = None) -> None:
        super().__init__(f"{code}: {description}" + (f" ({parameter})" if parameter else ""))
        self.code = code
        self.description = description
        self.parameter = parameter


class Provider(Protocol):
    """No call is made inside a transaction; every call is bounded in time by the adapter."""

    @property
    def name(self) -> str:
        """Short and stable, it is stored: "yookassa"."""

    async def open(self, order: OrderWanted) -> ProviderPayment:
        """Open the order once; a repeat within 24 hours answers with the order first opened.

        Raises ProviderUnsure, ProviderRefused, ProviderUnreachable.
        """

    async def read(self, provider_payment_id: str) -> ProviderPayment:
        """The present state. Raises ProviderUnreachable, NotFoundAtProvider."""

    async def find(
        self, account_id: AccountId, payment_id: PaymentId, created_from: datetime, created_to: datetime
    ) -> ProviderPayment | None:
        """The order of our payment created at the provider within both moments, or None.

        Of several attempts the paid one wins, then the one that still can be paid, then the newest.
        Raises ProviderUnreachable, also when the list is too long to be sure.
        """

    async def refund(self, wanted: RefundWanted) -> ProviderRefund:
        """Return money once; a repeat within 24 hours answers with the refund first made.

        Raises ProviderUnsure, ProviderRefused (also when less is left of the payment), ProviderUnreachable.
        """

    async def read_refund(self, provider_refund_id: str) -> ProviderRefund:
        """The present state. Raises ProviderUnreachable, NotFoundAtProvider."""

    async def find_refund(self, wanted: RefundWanted) -> ProviderRefund | None:
        """Our refund among those of its payment, whatever the attempt, or None.

        Of several the one that succeeded wins, then the one under way. Raises ProviderUnreachable.
        """

    def notice_subject(self, raw: bytes) -> NoticeSubject | None:
        """Whom a notice concerns; None when it is not a notice of this provider."""
