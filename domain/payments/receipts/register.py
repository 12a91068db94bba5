"""The port to whoever keeps the cash register: ask for a receipt, read what became of it, find it again."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec

from domain.kernel.ids import AccountId
from domain.kernel.money import Money
from domain.payments.receipts.items import Item


class ReceiptType(StrEnum):
    """Money in (приход), or back (возврат прихода)."""

    PAYMENT = "payment"
    REFUND = "refund"


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """Where the receipt is sent: `email`, or `phone` as +7 and ten digits. `name` and `inn` are of a buyer
    that is a legal entity or a sole trader (54-FZ, art. 4.7 p. 6.1)."""

    email: str | None = None
    phone: str | None = None
    name: str | None = None
    inn: str | None = None


class ReceiptWanted(msgspec.Struct, frozen=True, kw_only=True):
    """What the register is told. The same key must always come with the same content. The operation is the
    refund where there is one, else the payment. What is not `is_online` was paid at a desk."""

    account_id: AccountId
    key: str
    type: ReceiptType
    provider_payment_id: str
    provider_refund_id: str | None
    contact: Contact
    items: tuple[Item, ...]
    amount: Money
    tax_system: int | None
    on_behalf_of: str | None
    is_online: bool


class FiscalData(msgspec.Struct, frozen=True, kw_only=True):
    """What the register printed: numbers of the document and of the storage, the fiscal attribute."""

    document_number: str
    storage_number: str
    attribute: str
    registered_at: datetime


class RegisterState(StrEnum):
    PENDING = "pending"
    REGISTERED = "registered"
    REFUSED = "refused"


class RegisterAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`fiscal` once it is registered."""

    id: str
    state: RegisterState
    fiscal: FiscalData | None = None


class CashRegister(Protocol):
    """No call is made inside a transaction; every call is bounded in time by the adapter. Its troubles are
    those of the provider of payments: ProviderUnsure, ProviderRefused, ProviderUnreachable."""

    async def ask(self, wanted: ReceiptWanted) -> RegisterAnswer:
        """Ask for it once; a repeat within 24 hours answers with the receipt first made."""

    async def read(self, provider_receipt_id: str) -> RegisterAnswer:
        """The present state. ProviderUnreachable, NotFoundAtProvider."""

    async def find(self, wanted: ReceiptWanted, known: frozenset[str]) -> RegisterAnswer | None:
        """A receipt of this operation with these very items that is none of the `known`, or None.

        Raises ProviderUnreachable.
        """
