"""Who reckons a supplier's penalties, and what sort of debtor holds an account: each from a day on.

Either changes what people owe, so that two of the staff set it together.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import ClassVar, Protocol

import msgspec

from domain.accounts.debtors import Debtor
from domain.accounts.penalties.rules import ReckonedBy, SupplierSetting
from domain.kernel.access import Scope
from domain.kernel.ids import AccountId, SupplierId
from domain.people.four_eyes import Action


class SetReckonedBy(Action, frozen=True, kw_only=True, tag="penalties.set-reckoned-by"):
    """Charges of the supplier that are due on `valid_from` or later: who reckons their penalties."""

    scope: ClassVar[Scope] = Scope.ADMINISTER

    supplier_id: SupplierId
    valid_from: date
    reckoned_by: ReckonedBy


class SetDebtor(Action, frozen=True, kw_only=True, tag="penalties.set-debtor"):
    """Charges of the account that are due on `valid_from` or later: by whose rules."""

    scope: ClassVar[Scope] = Scope.ADMINISTER

    account_id: AccountId
    valid_from: date
    debtor: Debtor


class AccountDebtor(msgspec.Struct, frozen=True, kw_only=True):
    account_id: AccountId
    valid_from: date
    debtor: Debtor


class PenaltySettings(Protocol):
    """What is set is never taken back: a later day, or the same one, says otherwise."""

    async def of_suppliers(self) -> Sequence[SupplierSetting]:
        """By supplier and day."""

    async def of_account(self, account_id: AccountId) -> Sequence[AccountDebtor]:
        """By day."""

    async def set_supplier(self, setting: SupplierSetting) -> None: ...

    async def set_debtor(self, setting: AccountDebtor) -> None:
        """The account is reckoned anew by the next run."""
