"""Whoever may come to the API, laid down without their ways of signing in: those are told elsewhere."""

from uuid import UUID

from domain.kernel.calendar import business_day
from domain.kernel.ids import SessionId
from domain.people.sessions import Session, SessionTerms
from domain.people.staff import Role
from domain.people.tokens import Holder
from infra.clock import new_id
from infra.container import Container


async def customer_token(container: Container, user_id: UUID) -> str:
    """A session of a customer who is there."""
    return await _session(container, Holder.CUSTOMER, user_id)


async def staff_token(container: Container, role: Role) -> str:
    """A session of a new member of staff whose second factor is confirmed."""
    number = new_id().hex
    member = await container.enrolment_service.staff(
        f"{role}-{number}", role.value, role, "kabinet-demo", None
    )
    await container.pool.execute(
        "INSERT INTO staff_factors (staff_id, sealed, enrolled_at, confirmed_at, last_step)"
        " VALUES ($1, $2, $3, $3, 0)",
        member.id,
        b"",
        container.now(),
    )
    return await _session(container, Holder.STAFF, member.id)


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
