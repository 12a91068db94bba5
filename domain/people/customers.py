"""Residents and representatives of companies: people who hold accounts."""

from datetime import datetime
from typing import Protocol

import msgspec

from domain.kernel.errors import Conflict
from domain.kernel.ids import UserId
from domain.people.phones import Phone


class PhoneTaken(Conflict):
    code = "phone-taken"
    text = "Somebody signs in by this phone already"
    remedy = "Sign in by this phone or use another one"


class Customer(msgspec.Struct, frozen=True, kw_only=True):
    """A person with a sign-in of their own. Without `password_hash` a password opens nothing."""

    id: UserId
    phone: Phone
    name: str
    created_at: datetime
    email: str | None = None
    password_hash: str | None = None
    locale: str = "ru"


class Customers(Protocol):
    async def add(self, customer: Customer) -> None:
        """Keep a new customer with the phone as login; PhoneTaken when it is another's."""

    async def by_phone(self, phone: Phone) -> Customer | None: ...

    async def by_id(self, user_id: UserId) -> Customer | None:
        """Those who were erased are not found."""

    async def change_phone(self, user_id: UserId, phone: Phone) -> Phone:
        """Move the sign-in to another phone; the former one. PhoneTaken."""

    async def change_email(self, user_id: UserId, email: str) -> str | None:
        """Keep another address for letters; the former one."""

    async def change_password(self, user_id: UserId, password_hash: str) -> None: ...
