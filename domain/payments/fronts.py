"""The front page of an account: what is to pay, and the payments made and begun last, as one read."""

from __future__ import annotations

from typing import Protocol

import msgspec

from domain.accounts.accounts import AccountCard
from domain.kernel.access import Access
from domain.payments.keeping import BriefPayment


class AccountFront(msgspec.Struct, frozen=True, kw_only=True):
    """`latest`: the newest first. Of those who may only pay, their own."""

    card: AccountCard
    latest: tuple[BriefPayment, ...]


class AccountFronts(Protocol):
    async def front(self, access: Access, *, payments_limit: int) -> AccountFront:
        """AccountNotFound as of `Accounts.card`."""
