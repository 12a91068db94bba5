"""Somebody has the account in the cabinet now because they hold its paper bill."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from domain.notices.words import Basis, Words


class AccountAdded(Words, frozen=True, kw_only=True, tag="account-added"):
    """Who, is not said: the name is theirs to choose. `may_manage`: they may let others act as well."""

    title: ClassVar[str] = "Somebody added the account by its bill"
    basis: ClassVar[Basis] = Basis.CONTRACT

    account_number: str
    day: date
    may_manage: bool

    @classmethod
    def sample(cls) -> AccountAdded:
        return cls(account_number="6600000001", day=date(2026, 11, 18), may_manage=False)
