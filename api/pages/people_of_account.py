"""Who may act on an account: members, invitations, the log of it, and coming in by an invitation."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Annotated, Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import Body, FromPath, SkipValidation

from api.delegation import InvitationOut, MemberOut
from api.identity import Entry
from api.pages.language import language_for
from api.pages.own_rights import to_own_rights
from api.pages.people_words import rights, roles
from api.pages.refusals import in_words
from api.pages.rendering import page, see_other
from api.pages.signing_in import URL_ENCODED
from api.problems import status_of
from domain.accounts.accounts import AccountKind, AccountNotFound, Accounts
from domain.kernel.access import Access, Actor, Scope
from domain.kernel.errors import Invalid, Refusal
from domain.kernel.ids import AccountId, InvitationId, UserId
from domain.people.delegation import Grant
from domain.people.grants import Delegations
from domain.people.invitations import MOST_CODE_CHARS, Invitations
from domain.people.memberships import MemberRole
from services.people.delegation import DelegationService
from services.repeating import repeated

_PEOPLE = "/accounts/{account_id:uuid}/people"
_MANAGE = {"access": Scope.MANAGE}
_LATEST = 50
_MOST_CHARACTERS = 100
_COMPANY = (MemberRole.ACCOUNTANT, MemberRole.COMPANY_ADMIN)
_HOME = (MemberRole.FAMILY, MemberRole.TENANT, MemberRole.GUARDIAN)


class DayUnreadable(Invalid):
    code = "day-unreadable"
    text = "This is not a day"
    remedy = "Choose the day in the calendar, or leave the field empty"


class AcceptForm(msgspec.Struct, frozen=True):
    code: Annotated[str, msgspec.Meta(max_length=MOST_CODE_CHARS)]


@get(_PEOPLE, opt=_MANAGE)
async def show_people(
    account_id: FromPath[AccountId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    accounts: NamedDependency[SkipValidation[Accounts]],
    delegation_service: NamedDependency[DelegationService],
    delegations: NamedDependency[SkipValidation[Delegations]],
    invitations: NamedDependency[SkipValidation[Invitations]],
) -> Response[Any]:
    """Members, open invitations, and what became of rights, the newest first."""
    language = language_for(request)
    try:
        members = [MemberOut.of(one) for one in await delegation_service.members(access)]
    except AccountNotFound:
        return await to_own_rights(delegation_service, access)
    names = {one.user_id: one.name for one in members}
    log = await delegations.log(access, before=None, limit=_LATEST)
    account = (await accounts.card(access)).account
    return page(
        request,
        "people.html",
        account_id=account_id,
        section="me",
        account=account,
        members=members,
        invitations=[InvitationOut.of(one, access.at) for one in await invitations.listed(access)],
        log=log,
        names=names,
        roles=roles(account.kind, language),
        rights=rights(language),
        me=access.actor.id,
        done=request.query_params.get("done"),
    )


@get(f"{_PEOPLE}/new", opt=_MANAGE)
async def show_inviting(
    account_id: FromPath[AccountId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    accounts: NamedDependency[SkipValidation[Accounts]],
) -> Response[str]:
    return await _form(request, access, accounts, f"new/{uuid4()}", {})


@post(f"{_PEOPLE}/new/{{invitation_id:uuid}}", opt=_MANAGE)
async def invite(
    account_id: FromPath[AccountId],
    invitation_id: FromPath[InvitationId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    accounts: NamedDependency[SkipValidation[Accounts]],
    zone: NamedDependency[SkipValidation[ZoneInfo]],
    delegation_service: NamedDependency[DelegationService],
) -> Response[Any]:
    """The id came with the form. The code goes to the phone."""
    typed = await _typed(request)
    try:
        grant = _grant(typed, zone)
        ask = partial(delegation_service.invite, access, invitation_id, typed.get("phone", ""), grant)
        await repeated(ask)
    except Refusal as refusal:
        return await _form(request, access, accounts, f"new/{invitation_id}", typed, refusal)
    return see_other(f"/accounts/{account_id}/people?done=invited")


@get(f"{_PEOPLE}/{{user_id:uuid}}", opt=_MANAGE)
async def show_member(
    account_id: FromPath[AccountId],
    user_id: FromPath[UUID],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    accounts: NamedDependency[SkipValidation[Accounts]],
    delegations: NamedDependency[SkipValidation[Delegations]],
    zone: NamedDependency[SkipValidation[ZoneInfo]],
) -> Response[str]:
    """The form of another right, as the present one stands."""
    member = (await delegations.circle(access)).member(UserId(user_id), access.at)
    until = member.valid_until
    # It is kept to the moment the day after begins.
    last_day = (until.astimezone(zone) - timedelta(seconds=1)).date().isoformat() if until else ""
    typed = {f"scope.{scope}": "on" for scope in member.scopes}
    return await _form(
        request, access, accounts, str(user_id), typed | {"role": member.role, "until": last_day}
    )


@post(f"{_PEOPLE}/{{user_id:uuid}}", opt=_MANAGE)
async def change_member(
    account_id: FromPath[AccountId],
    user_id: FromPath[UUID],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    accounts: NamedDependency[SkipValidation[Accounts]],
    zone: NamedDependency[SkipValidation[ZoneInfo]],
    delegation_service: NamedDependency[DelegationService],
) -> Response[Any]:
    typed = await _typed(request)
    try:
        await repeated(partial(delegation_service.change, access, UserId(user_id), _grant(typed, zone)))
    except Refusal as refusal:
        return await _form(request, access, accounts, str(user_id), typed, refusal)
    return see_other(f"/accounts/{account_id}/people?done=changed")


@post(f"{_PEOPLE}/{{user_id:uuid}}/removal", opt=_MANAGE)
async def remove_member(
    account_id: FromPath[AccountId],
    user_id: FromPath[UUID],
    access: NamedDependency[Access],
    delegation_service: NamedDependency[DelegationService],
) -> Response[None]:
    await repeated(partial(delegation_service.remove, access, UserId(user_id)))
    return see_other(f"/accounts/{account_id}/people?done=removed")


@post(f"{_PEOPLE}/invitations/{{invitation_id:uuid}}/withdrawal", opt=_MANAGE)
async def withdraw_invitation(
    account_id: FromPath[AccountId],
    invitation_id: FromPath[InvitationId],
    access: NamedDependency[Access],
    delegation_service: NamedDependency[DelegationService],
) -> Response[None]:
    await repeated(partial(delegation_service.withdraw, access, invitation_id))
    return see_other(f"/accounts/{account_id}/people?done=withdrawn")


@get("/invitations", opt={"access": Entry.CUSTOMER})
async def show_accepting(request: Request[Any, Any, Any]) -> Response[str]:
    return page(request, "invitation.html", part="me", code="", refusal=None)


@post("/invitations", opt={"access": Entry.CUSTOMER})
async def accept(
    request: Request[Any, Any, Any],
    data: Annotated[AcceptForm, Body(media_type=URL_ENCODED)],
    actor: NamedDependency[Actor],
    delegation_service: NamedDependency[DelegationService],
) -> Response[Any]:
    """By the code from the message, signed in by the phone it came to."""
    try:
        member = await repeated(partial(delegation_service.accept, actor, data.code.strip()))
    except Refusal as refusal:
        told, status = in_words(request, refusal), status_of(refusal)
        return page(request, "invitation.html", status=status, part="me", code=data.code, refusal=told)
    return see_other(f"/accounts/{member.account_id}")


async def _typed(request: Request[Any, Any, Any]) -> dict[str, str]:
    form = await request.form()
    return {name: str(value)[:_MOST_CHARACTERS] for name, value in form.items()}


def _grant(typed: Mapping[str, str], zone: ZoneInfo) -> Grant:
    """Boxes are named `scope.<scope>`; the last day is a whole one. DayUnreadable."""
    try:
        role = MemberRole(typed.get("role", ""))
        scopes = frozenset(Scope(name.removeprefix("scope.")) for name in typed if name.startswith("scope."))
    except ValueError as error:
        raise Invalid(field="role") from error
    until: datetime | None = None
    if written := typed.get("until", ""):
        try:
            after = date.fromisoformat(written) + timedelta(days=1)
        except (ValueError, OverflowError) as error:
            raise DayUnreadable(field="until") from error
        until = datetime.combine(after, time(), zone).astimezone(UTC)
    return Grant(role=role, scopes=scopes, valid_until=until)


async def _form(
    request: Request[Any, Any, Any],
    access: Access,
    accounts: Accounts,
    place: str,
    typed: Mapping[str, str],
    refusal: Refusal | None = None,
) -> Response[str]:
    """`place` is where the form goes: `new/<id>` or a member."""
    language = language_for(request)
    account = (await accounts.card(access)).account
    given = _COMPANY if account.kind is AccountKind.CONTRACT else _HOME
    named = roles(account.kind, language)
    return page(
        request,
        "person.html",
        status=status_of(refusal) if refusal else 200,
        account_id=access.account_id,
        section="me",
        account=account,
        place=place,
        is_new=place.startswith("new/"),
        typed=typed,
        roles={role: named[role] for role in given},
        rights=rights(language),
        refusal=in_words(request, refusal) if refusal else None,
    )


HANDLERS = [
    show_people,
    show_inviting,
    invite,
    show_member,
    change_member,
    remove_member,
    withdraw_invitation,
    show_accepting,
    accept,
]
