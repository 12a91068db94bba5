"""Whose letters are taken for an account."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from domain.kernel.access import Access, ActorKind
from domain.kernel.errors import Conflict, NotFound
from domain.kernel.ids import AccountId


class TooManySenders(Conflict):
    code = "too-many-senders"
    text = "An account takes letters from {most} addresses at most"
    remedy = "Remove an address that is used no more"


class SenderNotFound(NotFound):
    code = "sender-not-found"
    text = "Letters from this address are not taken for the account"


class Sender(msgspec.Struct, frozen=True, kw_only=True):
    """An address registered to an account. `email` is in lower case.

    `is_sure`: the address is its registrar's own, or staff entered it, or a proved letter from it has named
    the account. Until then only letters that name the account themselves are taken for it, so that
    nobody draws a stranger's letters to an account of theirs.
    """

    account_id: AccountId
    email: str
    is_sure: bool
    added_at: datetime
    added_by_kind: ActorKind
    added_by: UUID
    added_by_name: str


class SenderAccount(msgspec.Struct, frozen=True, kw_only=True):
    """An account a sender may send readings to."""

    account_id: AccountId
    number: str
    is_sure: bool


class Senders(Protocol):
    async def of_account(self, access: Access) -> list[Sender]:
        """By address. AccountNotFound when the actor may not see it."""

    async def add(self, sender: Sender, most: int) -> Sender:
        """Keep it on both sides, or the one that was there, made sure if this one is. TooManySenders."""

    async def remove(self, account_id: AccountId, email: str) -> None:
        """SenderNotFound."""

    async def accounts_of(self, email: str, limit: int) -> list[SenderAccount]:
        """The open accounts that address may send to, by their numbers."""

    async def make_sure(self, account_id: AccountId, email: str) -> None: ...

    async def account_by_number(self, number: str) -> AccountId | None:
        """For staff and commands: no secret is kept here."""
