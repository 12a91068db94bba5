"""Receipts as they travel: what we send, and what is answered (https://yookassa.ru/developers/api)."""

import msgspec

from adapters.yookassa.wire import Amount, Moment


class ReceiptCustomer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    full_name: str | None = None
    inn: str | None = None
    email: str | None = None
    phone: str | None = None


class ReceiptSupplier(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    name: str
    inn: str | None = None
    phone: str | None = None


class ReceiptItem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    description: str
    quantity: str
    amount: Amount
    vat_code: int
    payment_subject: str
    payment_mode: str
    agent_type: str | None = None
    supplier: ReceiptSupplier | None = None


class ReceiptSettlement(msgspec.Struct, frozen=True, kw_only=True):
    type: str = "cashless"
    amount: Amount


class NewReceipt(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`internet`: paid over the network (tag 1125)."""

    type: str
    customer: ReceiptCustomer
    items: list[ReceiptItem]
    settlements: list[ReceiptSettlement]
    send: bool
    internet: bool
    tax_system_code: int | None = None
    payment_id: str | None = None
    refund_id: str | None = None
    on_behalf_of: str | None = None


class RegisteredItem(msgspec.Struct, frozen=True, kw_only=True):
    description: str
    amount: Amount


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    type: str
    status: str
    items: list[RegisteredItem] = []
    fiscal_document_number: str | None = None
    fiscal_storage_number: str | None = None
    fiscal_attribute: str | None = None
    registered_at: Moment | None = None


class ReceiptPage(msgspec.Struct, frozen=True, kw_only=True):
    items: list[Receipt]
    next_cursor: str | None = None
