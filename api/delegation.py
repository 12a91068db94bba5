"""Who may act on an account: members, invitations, one's own right, and the log of all of it."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

import msgspec
from litestar import Response, Router, delete, get, post, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, SkipValidation
from msgspec import Meta

from api.identity import Entry
from api.paging import DEFAULT_LIMIT, Cursor, Limit, Page, cursor_of, end_of
from api.people import Written
from api.problems import responses
from domain.kernel.access import Access, Actor, Scope
from domain.kernel.ids import AccountId, InvitationId, UserId
from domain.people.delegation import Grant
from domain.people.grants import Delegations, GrantRecord
from domain.people.invitations import (
    MOST_CODE_CHARS,
    Invitation,
    InvitationNotFound,
    Invitations,
    InvitationState,
)
from domain.people.memberships import MemberRole, Membership
from services.people.delegation import DelegationService, Member
from services.repeating import repeated

_ERRORS = responses(401, 403, 404, 422)
_MOST_SCOPES = 10


class GrantIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`role`: family, tenant, guardian or accountant. `scopes`: see, pay, readings, applications, manage;
    pay alone lets pay without seeing more than the sum. Without `valid_until` until it is taken away."""

    role: MemberRole
    scopes: Annotated[list[Scope], Meta(max_length=_MOST_SCOPES)]
    valid_until: Annotated[datetime, Meta(tz=True)] | None = None

    def grant(self) -> Grant:
        return Grant(role=self.role, scopes=frozenset(self.scopes), valid_until=self.valid_until)


class InvitationIn(GrantIn, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`phone` in any usual spelling. Make the `id` (a UUID) yourself to be able to repeat the request."""

    phone: Annotated[Written, Meta(examples=["+7 900 000-00-02"])]
    id: InvitationId | None = None


class CodeIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    code: Annotated[str, Meta(min_length=1, max_length=MOST_CODE_CHARS)]


class MembershipOut(msgspec.Struct, frozen=True, kw_only=True):
    account_id: AccountId
    role: MemberRole
    scopes: list[Scope]
    added_at: datetime
    valid_until: datetime | None

    @classmethod
    def of(cls, membership: Membership) -> Self:
        return cls(
            account_id=membership.account_id,
            role=membership.role,
            scopes=sorted(membership.scopes),
            added_at=membership.added_at,
            valid_until=membership.valid_until,
        )


class MemberOut(msgspec.Struct, frozen=True, kw_only=True):
    """`phone` is shown in part."""

    user_id: UUID
    name: str | None
    phone: str | None
    role: MemberRole
    scopes: list[Scope]
    added_at: datetime
    valid_until: datetime | None

    @classmethod
    def of(cls, member: Member) -> Self:
        membership, person = member.membership, member.person
        return cls(
            user_id=membership.user_id,
            name=person.name if person else None,
            phone=f"{person.phone[:5]}•••••{person.phone[-2:]}" if person else None,
            role=membership.role,
            scopes=sorted(membership.scopes),
            added_at=membership.added_at,
            valid_until=membership.valid_until,
        )


class InvitationOut(msgspec.Struct, frozen=True, kw_only=True):
    """`expires_at` is of the invitation, `valid_until` of the right it gives."""

    id: InvitationId
    state: InvitationState
    phone: str
    role: MemberRole
    scopes: list[Scope]
    valid_until: datetime | None
    made_at: datetime
    expires_at: datetime

    @classmethod
    def of(cls, invitation: Invitation, at: datetime) -> Self:
        return cls(
            id=invitation.id,
            state=invitation.state(at),
            phone=invitation.phone,
            role=invitation.grant.role,
            scopes=sorted(invitation.grant.scopes),
            valid_until=invitation.grant.valid_until,
            made_at=invitation.made_at,
            expires_at=invitation.expires_at,
        )


@get("/accounts/{account_id:uuid}/members", opt={"access": Scope.MANAGE}, responses=_ERRORS)
async def list_members(
    account_id: FromPath[AccountId],
    access: NamedDependency[Access],
    delegation_service: NamedDependency[DelegationService],
) -> list[MemberOut]:
    """All who may act on the account now."""
    return [MemberOut.of(one) for one in await delegation_service.members(access)]


@put("/accounts/{account_id:uuid}/members/{user_id:uuid}", opt={"access": Scope.MANAGE}, responses=_ERRORS)
async def change_member(
    account_id: FromPath[AccountId],
    user_id: FromPath[UserId],
    data: JSONBody[GrantIn],
    access: NamedDependency[Access],
    delegation_service: NamedDependency[DelegationService],
) -> MembershipOut:
    """Give a member another right instead of the one they have. It holds from the next request on."""
    changed = await repeated(lambda: delegation_service.change(access, user_id, data.grant()))
    return MembershipOut.of(changed)


@delete("/accounts/{account_id:uuid}/members/{user_id:uuid}", opt={"access": Scope.MANAGE}, responses=_ERRORS)
async def remove_member(
    account_id: FromPath[AccountId],
    user_id: FromPath[UserId],
    access: NamedDependency[Access],
    delegation_service: NamedDependency[DelegationService],
) -> None:
    """End a member's right at once. Repeated: nothing more happens."""
    await repeated(lambda: delegation_service.remove(access, user_id))


@get("/accounts/{account_id:uuid}/members/log", opt={"access": Scope.MANAGE}, responses=_ERRORS)
async def members_log(
    account_id: FromPath[AccountId],
    access: NamedDependency[Access],
    delegations: NamedDependency[SkipValidation[Delegations]],
    cursor: FromQuery[Cursor | None] = None,
    limit: FromQuery[Limit] = DEFAULT_LIMIT,
) -> Page[GrantRecord]:
    """Who was let do what, by whom and when, the newest first. Nothing is ever removed from it."""
    items = await delegations.log(access, before=end_of(cursor, UUID), limit=limit)
    if not items:
        await delegations.circle(access)  # nothing yet, or nothing to see
    return Page(items=items, next=cursor_of(items[-1].id) if len(items) == limit else None)


@get("/accounts/{account_id:uuid}/invitations", opt={"access": Scope.MANAGE}, responses=_ERRORS)
async def list_invitations(
    account_id: FromPath[AccountId],
    access: NamedDependency[Access],
    delegations: NamedDependency[SkipValidation[Delegations]],
    invitations: NamedDependency[SkipValidation[Invitations]],
) -> list[InvitationOut]:
    """The latest invitations, the newest first, with how each stands."""
    await delegations.circle(access)
    return [InvitationOut.of(one, access.at) for one in await invitations.listed(access)]


@post(
    "/accounts/{account_id:uuid}/invitations",
    opt={"access": Scope.MANAGE},
    responses=responses(401, 403, 404, 409, 422, 429)
    | {200: ResponseSpec(InvitationOut, description="Made before by the same request")},
)
async def invite(
    account_id: FromPath[AccountId],
    data: JSONBody[InvitationIn],
    access: NamedDependency[Access],
    delegation_service: NamedDependency[DelegationService],
) -> Response[InvitationOut]:
    """Invite somebody by phone to act on the account. They get a code by SMS.

    The answer is the same whether anybody has that phone or not. 409 `invitation-id-taken`,
    `invited-already`, `too-many-members`.
    """
    invitation_id = data.id or InvitationId(delegation_service.new_id())
    invitation, is_new = await repeated(
        lambda: delegation_service.invite(access, invitation_id, data.phone, data.grant())
    )
    return Response(InvitationOut.of(invitation, access.at), status_code=201 if is_new else 200)


@get(
    "/accounts/{account_id:uuid}/invitations/{invitation_id:uuid}",
    opt={"access": Scope.MANAGE},
    responses=_ERRORS,
)
async def get_invitation(
    account_id: FromPath[AccountId],
    invitation_id: FromPath[InvitationId],
    access: NamedDependency[Access],
    delegations: NamedDependency[SkipValidation[Delegations]],
    invitations: NamedDependency[SkipValidation[Invitations]],
) -> InvitationOut:
    """How an invitation stands: open, accepted, withdrawn or expired."""
    await delegations.circle(access)
    found = await invitations.found(account_id, invitation_id)
    if found is None:
        raise InvitationNotFound
    return InvitationOut.of(found, access.at)


@delete(
    "/accounts/{account_id:uuid}/invitations/{invitation_id:uuid}",
    opt={"access": Scope.MANAGE},
    responses=_ERRORS,
)
async def withdraw_invitation(
    account_id: FromPath[AccountId],
    invitation_id: FromPath[InvitationId],
    access: NamedDependency[Access],
    delegation_service: NamedDependency[DelegationService],
) -> None:
    """Withdraw an invitation; its code opens nothing any more. One that is accepted stays."""
    await repeated(lambda: delegation_service.withdraw(access, invitation_id))


@post(
    "/invitations/accept",
    status_code=200,
    opt={"access": Entry.CUSTOMER},
    responses=responses(401, 403, 404, 409, 422, 429),
)
async def accept_invitation(
    data: JSONBody[CodeIn],
    actor: NamedDependency[Actor],
    delegation_service: NamedDependency[DelegationService],
) -> MembershipOut:
    """Accept an invitation by the code from the SMS. Sign in by the phone that was invited."""
    return MembershipOut.of(await repeated(lambda: delegation_service.accept(actor, data.code)))


@get("/accounts/{account_id:uuid}/membership", opt={"access": Entry.CUSTOMER}, responses=_ERRORS)
async def own_membership(
    account_id: FromPath[AccountId],
    actor: NamedDependency[Actor],
    delegation_service: NamedDependency[DelegationService],
) -> MembershipOut:
    """What I may do on the account."""
    return MembershipOut.of(await delegation_service.own(actor, account_id))


@delete("/accounts/{account_id:uuid}/membership", opt={"access": Entry.CUSTOMER}, responses=_ERRORS)
async def leave_account(
    account_id: FromPath[AccountId],
    actor: NamedDependency[Actor],
    delegation_service: NamedDependency[DelegationService],
) -> None:
    """End my own right to the account. With its last owner all others go too."""
    await repeated(lambda: delegation_service.leave(actor, account_id))


delegation = Router(
    "/",
    tags=["delegation"],
    route_handlers=[
        list_members,
        change_member,
        remove_member,
        members_log,
        list_invitations,
        invite,
        get_invitation,
        withdraw_invitation,
        accept_invitation,
        own_membership,
        leave_account,
    ],
)
