"""Those whom the ports of people are tried with."""

from datetime import UTC, datetime
from itertools import count
from uuid import UUID, uuid4

from domain.kernel.ids import SessionId, StaffId, UserId
from domain.people.customers import Customer
from domain.people.phones import Phone
from domain.people.sessions import Lifetime, Session
from domain.people.staff import Role, Staff
from domain.people.tokens import Holder

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LIFETIME = Lifetime(access_seconds=60, refresh_seconds=600, most_seconds=1000)
ANNA = Customer(
    id=UserId(uuid4()), phone=Phone("+79000000001"), name="Анна", email="a@example.org", created_at=NOON
)
MARIA = Customer(id=UserId(uuid4()), phone=Phone("+79000000002"), name="Мария", created_at=NOON)
OLEG = Staff(
    id=StaffId(uuid4()),
    login="+79000000011",
    name="Олег",
    role=Role.OPERATOR,
    password_hash="h",
    created_at=NOON,
)


def opened(holder: Holder, owner_id: UUID, at: datetime = NOON):
    """A session and the first tokens of it."""
    numbers = count(1)
    return Session.opened(
        holder,
        owner_id,
        SessionId(uuid4()),
        lifetime=LIFETIME,
        new_secret=lambda: f"secret-{next(numbers)}",
        at=at,
        device="curl",
        ip="203.0.113.7",
    )
