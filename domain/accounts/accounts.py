"""The unified account of a resident, the contract of a legal entity, and what stands under them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec

from domain.accounts.charges import Charge
from domain.accounts.statements import StatementLine
from domain.kernel.access import Access
from domain.kernel.calendar import Period
from domain.kernel.errors import NotFound
from domain.kernel.ids import AccountId, ChargeId, SupplierAccountId, SupplierId, UserId
from domain.kernel.money import ZERO, Money, total


class AccountNotFound(NotFound):
    code = "account-not-found"
    text = "There is no such account among yours"
    remedy = "Check the number or add the account with a proof from its bill"


class AccountKind(StrEnum):
    UNIFIED = "unified"
    CONTRACT = "contract"


class Balance(msgspec.Struct, frozen=True, kw_only=True):
    """Three figures that are never mixed, and what to pay.

    `debt` is unpaid principal, `penalty` unpaid penalties, `overpayment` money ahead of charges.
    """

    debt: Money
    overpayment: Money
    penalty: Money
    to_pay: Money

    @classmethod
    def of(cls, *, principal: Money, penalty: Money, advance: Money) -> Balance:
        """Of one supplier account. An advance below zero (a credit that billing took back after it
        was used) is a debt like any other."""
        return cls(
            debt=principal + max(ZERO, -advance),
            overpayment=max(ZERO, advance),
            penalty=penalty,
            to_pay=max(ZERO, principal + penalty - advance),
        )

    @classmethod
    def sum(cls, balances: Iterable[Balance]) -> Balance:
        """In total: one supplier's overpayment never lowers what is due to another."""
        each = list(balances)
        return cls(
            debt=total(balance.debt for balance in each),
            overpayment=total(balance.overpayment for balance in each),
            penalty=total(balance.penalty for balance in each),
            to_pay=total(balance.to_pay for balance in each),
        )


class SupplierAccount(msgspec.Struct, frozen=True, kw_only=True):
    id: SupplierAccountId
    supplier_id: SupplierId
    number: str
    gis_service_id: str | None = None


class SupplierAccountCard(msgspec.Struct, frozen=True, kw_only=True):
    """A supplier account as its holder sees it."""

    id: SupplierAccountId
    supplier_id: SupplierId
    supplier_name: str
    number: str
    gis_service_id: str | None
    services: tuple[str, ...]
    balance: Balance


class Account(msgspec.Struct, frozen=True, kw_only=True):
    id: AccountId
    number: str
    kind: AccountKind
    gis_number: str | None
    address: str
    holder_name: str
    holder_inn: str | None = None


class AccountCard(msgspec.Struct, frozen=True, kw_only=True):
    """An account with its supplier accounts and what each owes."""

    account: Account
    supplier_accounts: tuple[SupplierAccountCard, ...]

    @property
    def balance(self) -> Balance:
        return Balance.sum(card.balance for card in self.supplier_accounts)

    def supplier_account(self, id: SupplierAccountId) -> SupplierAccountCard:
        for card in self.supplier_accounts:
            if card.id == id:
                return card
        raise AccountNotFound(field="supplier_account_id")


class ChargeKey(msgspec.Struct, frozen=True, kw_only=True):
    """Where a page of charges ended."""

    period: Period
    charge_id: ChargeId


class Accounts(Protocol):
    async def card(self, access: Access) -> AccountCard:
        """The account with its balances. AccountNotFound when the actor may not see it."""

    async def card_as_of(self, access: Access, moment: datetime) -> AccountCard:
        """The account with its balances as they stood when `moment` passed."""

    async def numbers_of(self, user_id: UserId, *, after: AccountId | None, limit: int) -> list[AccountId]:
        """The accounts a customer has added, by id."""

    async def charges(
        self, access: Access, *, period: Period | None, after: ChargeKey | None, limit: int
    ) -> list[Charge]:
        """Charges, the newest period first."""

    async def statement(self, access: Access, *, before: int | None, limit: int) -> list[StatementLine]:
        """Movements, the newest first, below the entry number `before`."""
