"""Whom to call about an account: those who may act on it, with phone and e-mail, for those who work on
cases."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self

import msgspec
from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.problems import responses
from domain.kernel.access import Access, Scope
from domain.kernel.ids import AccountId
from domain.people.memberships import MemberRole
from services.people.delegation import DelegationService, Member


class ContactOut(msgspec.Struct, frozen=True, kw_only=True):
    """`email` is null where none was given, `valid_until` where the right has no end."""

    name: str
    role: MemberRole
    phone: str
    email: str | None
    valid_until: datetime | None

    @classmethod
    def of_all(cls, members: Sequence[Member]) -> list[Self]:
        """Without those who have erased themselves."""
        return [
            cls(
                name=one.person.name,
                role=one.membership.role,
                phone=one.person.phone,
                email=one.person.email,
                valid_until=one.membership.valid_until,
            )
            for one in members
            if one.person is not None
        ]


@get(
    "/accounts/{account_id:uuid}/contacts",
    opt={"access": Scope.DECIDE},
    responses=responses(401, 403, 404, 422),
)
async def list_contacts(
    account_id: FromPath[AccountId],
    access: NamedDependency[Access],
    delegation_service: NamedDependency[DelegationService],
) -> list[ContactOut]:
    """Phones and addresses of those who may act on the account now, in full. Each look is recorded; the
    customer sees by whom and when."""
    return ContactOut.of_all(await delegation_service.members(access))


office_contacts = Router("/", tags=["office"], route_handlers=[list_contacts])
