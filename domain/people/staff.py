"""People who work for the company, what each role may do, and the record of what they looked at."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol
from uuid import UUID

import msgspec
from msgspec.structs import replace

from domain.kernel.access import Scope
from domain.kernel.errors import Conflict, NotFound
from domain.kernel.ids import AccountId, StaffId
from domain.people.phones import PhoneInvalid, normalised


class Role(StrEnum):
    OPERATOR = "operator"
    SENIOR_OPERATOR = "senior_operator"
    QUALITY = "quality"
    ADMINISTRATOR = "administrator"

    @property
    def rank(self) -> int:
        """Who stands above whom where one must approve what another asked."""
        return _RANKS[self]


_RANKS: Mapping[Role, int] = MappingProxyType(
    {Role.OPERATOR: 1, Role.QUALITY: 2, Role.SENIOR_OPERATOR: 2, Role.ADMINISTRATOR: 3}
)
SCOPES: Mapping[Role, frozenset[Scope]] = MappingProxyType(
    {
        Role.OPERATOR: frozenset({Scope.SEE, Scope.READINGS, Scope.APPLICATIONS, Scope.DECIDE}),
        Role.SENIOR_OPERATOR: frozenset(
            {Scope.SEE, Scope.READINGS, Scope.APPLICATIONS, Scope.DECIDE, Scope.IMPORT}
        ),
        Role.QUALITY: frozenset({Scope.SEE}),
        Role.ADMINISTRATOR: frozenset(
            {
                Scope.SEE,
                Scope.READINGS,
                Scope.APPLICATIONS,
                Scope.DECIDE,
                Scope.IMPORT,
                Scope.ADMINISTER,
                Scope.PERSONAL_DATA,
            }
        ),
    }
)
"""What each role may do on every account. Nobody of the staff pays for a customer."""


class StaffLoginTaken(Conflict):
    code = "staff-login-taken"
    text = "This login belongs to somebody else"
    remedy = "Choose another login"


class StaffNotFound(NotFound):
    code = "staff-not-found"
    text = "There is no such member of staff"


def staff_login(written: str) -> str:
    """A login as it is kept: a normalised phone, or the company's own word in lower case."""
    try:
        return normalised(written)
    except PhoneInvalid:
        return written.strip().casefold()


class Staff(msgspec.Struct, frozen=True, kw_only=True):
    id: StaffId
    login: str
    name: str
    role: Role
    password_hash: str
    created_at: datetime
    email: str | None = None
    disabled_at: datetime | None = None

    def with_role(self, role: Role) -> Staff:
        return replace(self, role=role)

    def disabled(self, at: datetime) -> Staff:
        """Not let in any more; since when they first were not stays."""
        return self if self.disabled_at else replace(self, disabled_at=at)

    def enabled(self) -> Staff:
        return replace(self, disabled_at=None)


class ListedStaff(msgspec.Struct, frozen=True, kw_only=True):
    member: Staff
    has_second_factor: bool


class View(msgspec.Struct, frozen=True, kw_only=True):
    """One look of staff at a customer's account. `what` is the route it was made by."""

    id: UUID
    account_id: AccountId
    staff_id: StaffId
    staff_name: str
    what: str
    at: datetime


class StaffMembers(Protocol):
    async def add(self, member: Staff) -> None:
        """StaffLoginTaken when the login is another's."""

    async def by_login(self, login: str) -> Staff | None:
        """Those who are disabled are not found."""

    async def by_id(self, staff_id: StaffId) -> Staff | None: ...

    async def locked(self, staff_id: StaffId) -> Staff | None: ...

    async def administrators_locked(self) -> list[StaffId]:
        """Those who are not disabled, locked in the order of their ids."""

    async def save(self, member: Staff) -> None:
        """Keep a changed role or state; the rest stays as it was added."""

    async def set_password(self, staff_id: StaffId, password_hash: str) -> None:
        """Empty: no password fits."""

    async def all(self) -> list[ListedStaff]:
        """Everybody, by name, those who are disabled too."""


class Views(Protocol):
    async def add(self, view: View) -> None:
        """Keep the record; nothing where there is no such account, for nothing will be seen."""
