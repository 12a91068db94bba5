"""The unified account of a resident, the contract of a legal entity, and what stands under them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

import msgspec

from domain.accounts.charges import Charge
from domain.accounts.statements import StatementLine
from domain.kernel.access import Access
from domain.kernel.calendar import Period
from domain.kernel.errors import Conflict, NotFound
from domain.kernel.ids import AccountId, ChargeId, SupplierAccountId, SupplierId, UserId
from domain.kernel.money import ZERO, Money, total


class AccountNotFound(NotFound):
    code = "account-not-found"
    text = "There is no such account among yours"
    remedy = "Check the number or add the account with a proof from its bill"


class AccountClosed(Conflict):
    code = "account-closed"
    text = "The account is closed"
    remedy = "Nothing is charged to it and nothing can be paid any more; ask us if that is wrong"


class AccountHasDebt(Conflict):
    code = "account-has-debt"
    text = "The account is not settled: {amount} is still owed"
    remedy = "Pay what is owed, penalties too, then close the account"


class AccountHasOverpayment(Conflict):
    code = "account-has-overpayment"
    text = "The account is not settled: {amount} is paid ahead"
    remedy = "Ask for a refund of what is paid ahead, then close the account"


class AccountAwaitsPayment(Conflict):
    code = "account-awaits-payment"
    text = "A payment or a refund of this account is not finished yet"
    remedy = "Wait until it is done or has expired, then close the account"


class AccountKind(StrEnum):
    UNIFIED = "unified"
    CONTRACT = "contract"
    REGISTRY = "registry"
    """Synthetic: of a payment registry, for money whose account is not known. Nobody's, and nothing is
    charged to it."""


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


def check_settled(balance: Balance, *, is_awaiting: bool) -> None:
    """Whether the account may be closed: nothing owed, nothing ahead, no money under way."""
    if owed := balance.debt + balance.penalty:
        raise AccountHasDebt(amount=owed)
    if balance.overpayment:
        raise AccountHasOverpayment(amount=balance.overpayment)
    if is_awaiting:
        raise AccountAwaitsPayment


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
    closed_at: datetime | None = None


class PayableSupplierAccount(msgspec.Struct, frozen=True, kw_only=True):
    """As much of a supplier account as paying it takes."""

    id: SupplierAccountId
    supplier_name: str
    to_pay: Money


class PaymentCard(msgspec.Struct, frozen=True, kw_only=True):
    """As much of an account as paying it takes: no address, no holder, no charges, no figure but what
    is to pay. For those who may pay for somebody else and see nothing more."""

    id: AccountId
    number: str
    kind: AccountKind
    to_pay: Money
    supplier_accounts: tuple[PayableSupplierAccount, ...]


class AccountCard(msgspec.Struct, frozen=True, kw_only=True):
    """An account with its supplier accounts and what each owes.

    `due_on` is the last day to pay the latest bill; None before the first, and at a past moment.
    """

    account: Account
    supplier_accounts: tuple[SupplierAccountCard, ...]
    due_on: date | None = None

    @property
    def balance(self) -> Balance:
        return Balance.sum(card.balance for card in self.supplier_accounts)

    @property
    def to_pay_only(self) -> PaymentCard:
        return PaymentCard(
            id=self.account.id,
            number=self.account.number,
            kind=self.account.kind,
            to_pay=self.balance.to_pay,
            supplier_accounts=tuple(
                PayableSupplierAccount(id=one.id, supplier_name=one.supplier_name, to_pay=one.balance.to_pay)
                for one in self.supplier_accounts
            ),
        )

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

    async def is_seen(self, access: Access) -> bool:
        """Whether the actor may see the account, and not merely pay for it."""

    async def is_closed(self, account_id: AccountId) -> bool: ...

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
