"""Whoever may come to the API, laid down without their ways of signing in: those are told elsewhere."""

from datetime import datetime
from typing import Any
from uuid import UUID

from domain.kernel.calendar import business_day
from domain.kernel.ids import SessionId, StaffId, UserId
from domain.people.customers import Customer
from domain.people.phones import Phone
from domain.people.sessions import Session, SessionTerms
from domain.people.staff import Role, Staff
from domain.people.tokens import Holder
from infra.clock import new_id
from infra.container import Container


async def agree(container: Any, user_id: UUID) -> None:
    """The customer says yes to what the cabinet cannot be used without."""
    await keep_consents(container.pool, user_id, container.now())


async def keep_consents(pool: Any, user_id: UUID, at: datetime) -> None:
    """The same where there is no container."""
    await pool.execute(
        "INSERT INTO user_consents (user_id, consent_id, document_id, sha256, given_at, channel, ip, device)"
        " SELECT $1, gen_random_uuid(), document_id, sha256, $2, 'desk', '', 'test' FROM documents"
        " WHERE purpose IN ('rules', 'personal-data')",
        user_id,
        at,
    )


async def add_customer(container: Container, *, agrees: bool = True) -> UserId:
    """A customer without a password or accounts."""
    customer = Customer(
        id=UserId(new_id()),
        phone=Phone(f"+79{new_id().int % 10**9:09}"),
        name="Сосед С. С.",
        created_at=container.now(),
    )
    async with container.transaction() as store:
        await store.customers.add(customer)
    if agrees:
        await agree(container, customer.id)
    return customer.id


async def add_staff(container: Container, role: Role, *, has_factor: bool = False) -> Staff:
    """Somebody of the staff without a password, with or without a confirmed second factor."""
    member = Staff(
        id=StaffId(new_id()),
        login=str(new_id()),
        name=role.value,
        role=role,
        password_hash="",
        created_at=container.now(),
    )
    async with container.transaction() as store:
        await store.staff.add(member)
    if has_factor:
        await container.pool.execute(
            "INSERT INTO staff_factors (staff_id, sealed, enrolled_at, confirmed_at, last_step)"
            " VALUES ($1, $3, $2, $2, 0)",
            member.id,
            container.now(),
            container.session_service.code_maker.new_secret(member.id),
        )
    return member


async def customer_token(container: Container, user_id: UUID) -> str:
    """A session of a customer who is there."""
    return await _session(container, Holder.CUSTOMER, user_id)


async def staff_token(container: Container, role: Role, *, has_factor: bool = True) -> str:
    """A session of somebody new of the staff."""
    return await _session(
        container, Holder.STAFF, (await add_staff(container, role, has_factor=has_factor)).id
    )


async def _session(container: Container, holder: Holder, owner_id: UUID) -> str:
    at = container.now()
    async with container.transaction() as store:
        terms = await store.terms.at(SessionTerms, business_day(at, container.zone))
        session, tokens = Session.opened(
            holder,
            owner_id,
            SessionId(new_id()),
            lifetime=terms.of(holder),
            new_secret=lambda: new_id().hex,
            at=at,
            device="test",
            ip="203.0.113.7",
        )
        await (store.staff_sessions if holder is Holder.STAFF else store.sessions).add(session)
    return str(tokens.access)
