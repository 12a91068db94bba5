"""Whose money a row is: by the number of the unified account, a supplier's account or one of GIS ZhKKh."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal, Protocol

import msgspec

from domain.accounts.gis_ids import gis_account, gis_service
from domain.kernel.errors import Invalid
from domain.kernel.ids import AccountId, PaymentId, SupplierAccountId
from domain.kernel.money import Money
from domain.payments.payments import PaymentState
from domain.payments.registries.rows import RegistryRow, RowCode, RowState

NumberCheck = Literal["none", "luhn"]
"""How the company's account numbers check themselves."""
SAME_PAYMENT = timedelta(days=3)
"""The same id at two banks by chance: apart by more than this it is another payment."""


class Named(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An account under one of its numbers; with a supplier account when the number is a supplier's."""

    number: str
    account_id: AccountId
    supplier_account_id: SupplierAccountId | None = None
    supplier_inn: str | None = None


class Target(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    account_id: AccountId
    supplier_account_id: SupplierAccountId | None = None


class NamesAccount(Protocol):
    """A row, or a terminal's request."""

    @property
    def account_texts(self) -> tuple[str, ...]: ...


class OnlinePayment(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A payment of ours that a row names: by its own id (or as the agent's own terminal told of it), the
    provider's, or the bank's operation."""

    payment_id: PaymentId
    account_id: AccountId
    amount: Money
    state: PaymentState
    paid_at: datetime | None
    is_by_own_id: bool
    is_of_terminal: bool = False


class Targets(Protocol):
    async def named(self, numbers: Sequence[str]) -> dict[str, list[Named]]:
        """Accounts by these numbers, as `spellings` writes them."""

    async def online(self, rows: Sequence[RegistryRow]) -> dict[int, list[OnlinePayment]]:
        """Payments of online providers that rows name, by row number."""


def spellings(text: str) -> tuple[str, ...]:
    """How the number may stand in our books."""
    found = [text, text.replace("-", "").replace("/", ""), text.upper()]
    for canonical in (gis_account, gis_service):
        try:
            found.append(canonical(text))
        except Invalid:
            continue
    return tuple(dict.fromkeys(found))


def target_of(
    row: NamesAccount, named: Mapping[str, Sequence[Named]], supplier_inn: str | None, check: NumberCheck
) -> Target | RowCode:
    """The one account that answers to what the row gives. With `supplier_inn` numbers of other suppliers
    mean nothing: its agent collects for that supplier alone."""
    texts = row.account_texts
    if not texts:
        return RowCode.ACCOUNT_MISSING
    hits = [
        one
        for text in texts
        for spelling in spellings(text)
        for one in named.get(spelling, ())
        if supplier_inn is None or one.supplier_inn in {None, supplier_inn}
    ]
    if not hits:
        is_mistyped = check == "luhn" and not any(_luhn(text) for text in texts)
        return RowCode.ACCOUNT_MISTYPED if is_mistyped else RowCode.ACCOUNT_UNKNOWN
    accounts = {one.account_id for one in hits}
    if len(accounts) > 1:
        return RowCode.ACCOUNT_AMBIGUOUS
    of_suppliers = {one.supplier_account_id for one in hits if one.supplier_account_id}
    if len(of_suppliers) > 1:
        return RowCode.ACCOUNT_AMBIGUOUS
    is_unified = any(one.supplier_account_id is None for one in hits)
    only = None if is_unified else next(iter(of_suppliers))
    return Target(account_id=accounts.pop(), supplier_account_id=only)


def online_fate(row: RegistryRow, found: Sequence[OnlinePayment]) -> tuple[RowState, RowCode] | None:
    """What becomes of a row that names a payment of an online provider; None when it names none."""
    for one in found:
        paid = RowCode.PAID_AT_TERMINAL if one.is_of_terminal else RowCode.PAID_ONLINE
        code = paid if one.state is PaymentState.PAID else RowCode.ONLINE_UNPAID
        if one.amount == row.amount:
            near = one.paid_at is None or abs(one.paid_at - row.paid_at) <= SAME_PAYMENT
            if one.is_by_own_id or near:
                return RowState.MATCHED, code
        elif one.is_by_own_id:
            return RowState.REFUSED, RowCode.ONLINE_DIFFERS
    return None


def _luhn(text: str) -> bool:
    digits = [int(one) for one in text if one in "0123456789"]
    odd, even = digits[-1::-2], digits[-2::-2]
    return bool(digits) and (sum(odd) + sum(sum(divmod(2 * one, 10)) for one in even)) % 10 == 0
