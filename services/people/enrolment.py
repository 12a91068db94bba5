"""Letting people in for the first time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.kernel.ids import StaffId, UserId
from domain.people.customers import Customer
from domain.people.phones import normalised
from domain.people.sessions import Passwords
from domain.people.staff import Role, Staff, staff_login
from domain.store import Transaction


@dataclass(frozen=True, slots=True)
class EnrolmentService:
    transaction: Transaction
    passwords: Passwords
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]

    async def customer(self, phone: str, name: str, password: str | None, email: str | None) -> Customer:
        """A new customer, without accounts. PhoneInvalid, PhoneTaken."""
        customer = Customer(
            id=UserId(self.new_id()),
            phone=normalised(phone),
            name=name,
            email=email,
            created_at=self.now(),
            password_hash=await self.passwords.hashed(password) if password is not None else None,
        )
        async with self.transaction() as store:
            await store.customers.add(customer)
        return customer

    async def staff(self, login: str, name: str, role: Role, password: str, email: str | None) -> Staff:
        """A new member of staff. StaffLoginTaken."""
        member = Staff(
            id=StaffId(self.new_id()),
            login=staff_login(login),
            name=name,
            role=role,
            email=email,
            created_at=self.now(),
            password_hash=await self.passwords.hashed(password),
        )
        async with self.transaction() as store:
            await store.staff.add(member)
        return member
