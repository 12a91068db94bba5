"""Who supplies and how their money is collected."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

import msgspec

from domain.accounts.requisites import BankDetails
from domain.kernel.errors import NotFound
from domain.kernel.ids import SupplierId
from domain.kernel.terms import Term


class SupplierUnknown(NotFound):
    code = "supplier-unknown"
    text = "There is no such supplier"


class Collection(StrEnum):
    """Where a payment to one supplier goes: to us as the agent, or straight to the supplier."""

    AGENT = "agent"
    DIRECT = "direct"


class Supplier(msgspec.Struct, frozen=True, kw_only=True):
    """A supplier with the terms in force on the day asked for."""

    id: SupplierId
    inn: str
    name: str
    collection: Collection
    details: BankDetails


class Service(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    name: str
    unit: str


class Tariff(msgspec.Struct, frozen=True, kw_only=True):
    """`price` is in roubles per `unit`, from `valid_from` on."""

    supplier_id: SupplierId
    service_code: str
    valid_from: date
    price: Decimal
    unit: str


class CollectionAccount(Term, frozen=True, kw_only=True):
    """The company's account that takes unified payments as agent (103-FZ, 161-FZ)."""

    name = "accounts.collection"

    details: BankDetails


class Suppliers(Protocol):
    async def on(self, day: date) -> dict[SupplierId, Supplier]:
        """All suppliers with the terms in force on `day`."""

    async def services(self) -> dict[str, Service]: ...
