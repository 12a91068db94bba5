"""Ways to pay that a person has saved, with consent, while paying.

https://yookassa.ru/developers/payment-acceptance/scenario-extensions/recurring-payments: the provider keeps
the card; we keep its word for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from domain.kernel.errors import Forbidden, NotFound
from domain.kernel.ids import PaymentId, SavedMethodId, UserId
from domain.kernel.jobs import AccountJob
from domain.payments.provider import Method


class SavedMethodNotFound(NotFound):
    code = "saved-method-not-found"
    text = "There is no such saved method among yours"
    remedy = "Pay once with “save_method”, then choose it"


class SavingForPeople(Forbidden):
    code = "saving-for-people"
    text = "Only a customer may save a way to pay, and leave paying to us"


class SavedMethod(msgspec.Struct, frozen=True, kw_only=True):
    """`token` is the provider's word for it; with our shop's key it takes money. `title` are the last
    digits of a card, "*0004". `payment_id`: the payment it was saved with, which is the consent."""

    id: SavedMethodId
    user_id: UserId
    provider: str
    token: str
    method: Method
    title: str
    payment_id: PaymentId
    saved_at: datetime
    deleted_at: datetime | None = None


class SaveMethod(AccountJob, frozen=True, kw_only=True, tag="payments.save-method"):
    """Ask the provider whether it saved the way this payment was paid."""

    payment_id: PaymentId


class SavedMethods(Protocol):
    async def add_once(self, method: SavedMethod) -> None: ...

    async def of_user(self, user_id: UserId) -> Sequence[SavedMethod]:
        """Those that are not deleted, the newest first."""

    async def found(self, user_id: UserId, id: SavedMethodId) -> SavedMethod | None:
        """Also a deleted one: an order that was made with it must come with the same content again."""

    async def delete(self, user_id: UserId, id: SavedMethodId, at: datetime) -> bool:
        """Never used for a new payment again. Whether it was there."""
