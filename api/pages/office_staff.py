"""Who works in the office and with which rights: added, changed, shut out, and the record of all of it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import Body, FromPath
from msgspec import Meta

from api.pages import office_words as words
from api.pages.drawing import Option
from api.pages.forms import Typed
from api.pages.language import language_for
from api.pages.office_forms import FormIncomplete, converted, reason_of
from api.pages.refusals import in_words
from api.pages.rendering import page, see_other
from api.pages.signing_in import URL_ENCODED
from api.paging import cursor_of, end_of
from api.problems import status_of
from api.staff import NewStaff, StaffListed, StaffLogLine
from domain.kernel.access import Actor, Scope
from domain.kernel.errors import Refusal
from domain.kernel.ids import StaffId
from domain.people.four_eyes import Approval
from domain.people.staff import Role, Staff, StaffNotFound
from services.people.staff import StaffAdministration
from services.people.staff_passwords import StaffPasswords
from services.repeating import repeated

_STAFF = "/office/staff"
_ONE = f"{_STAFF}/{{staff_id:uuid}}"
_ADMINISTER = {"access": Scope.ADMINISTER}
_PAGE = 50
_ACTS = "^(role|disable|enable|reset-second-factor|reset-password)$"


class NewStaffForm(msgspec.Struct, frozen=True):
    login: Typed = ""
    name: Typed = ""
    role: Typed = ""
    email: Typed = ""


class ChangeForm(msgspec.Struct, frozen=True):
    """`reason` is for the record; `role` only where that is changed."""

    reason: Annotated[str, Meta(max_length=500)] = ""
    role: Typed = ""


@dataclass(frozen=True, slots=True)
class StaffRoom:
    """What pages of staff are made of."""

    staff: StaffAdministration
    passwords: StaffPasswords

    async def listed(
        self,
        request: Request[Any, Any, Any],
        refusal: Refusal | None = None,
        typed: NewStaffForm | None = None,
        made: tuple[Staff, str] | None = None,
    ) -> Response[str]:
        """`made`: who was just added, and their password, shown this once."""
        language = language_for(request)
        return page(
            request,
            "office_staff.html",
            status=status_of(refusal) if refusal else 200,
            place="more",
            staff=[StaffListed.listed(one) for one in await self.staff.members()],
            roles=_roles(language),
            rights={one: words.rights(one, language) for one in Role},
            typed=typed or NewStaffForm(),
            made=made,
            refusal=in_words(request, refusal) if refusal else None,
        )

    async def shown(
        self,
        request: Request[Any, Any, Any],
        staff_id: StaffId,
        refusal: Refusal | None = None,
        act: str = "",
        *,
        reset: str = "",
        is_asked: bool = False,
    ) -> Response[str]:
        """`reset`: a one-time reset of the password, shown this once; `is_asked`: a second person must
        approve it first. StaffNotFound."""
        language = language_for(request)
        member = next((one for one in await self.staff.members() if one.member.id == staff_id), None)
        if member is None:
            raise StaffNotFound
        return page(
            request,
            "office_staff_member.html",
            status=status_of(refusal) if refusal else 200,
            place="more",
            member=StaffListed.listed(member),
            role_words=words.role(member.member.role, language),
            rights=words.rights(member.member.role, language),
            roles=_roles(language),
            act=act,
            reset=reset,
            is_asked=is_asked,
            refusal=in_words(request, refusal) if refusal else None,
        )

    async def add(self, actor: Actor, form: NewStaffForm) -> tuple[Staff, str]:
        """FormIncomplete, AdministratorByTwo, StaffLoginTaken."""
        told = {name: text.strip() for name, text in msgspec.structs.asdict(form).items() if text.strip()}
        new = converted(told, NewStaff)
        return await repeated(partial(self.staff.add, actor, new.login, new.name, new.role, new.email))

    def change(
        self, act: str, actor: Actor, staff_id: StaffId, form: ChangeForm
    ) -> Callable[[], Awaitable[Staff | Approval]]:
        """WordsMissing, FormIncomplete."""
        reason, staff = reason_of(form.reason), self.staff
        acts: Mapping[str, Callable[..., Awaitable[Staff | Approval]]] = {
            "disable": staff.disable,
            "enable": staff.enable,
            "reset-second-factor": staff.reset_second_factor,
        }
        if act != "role":
            return partial(acts[act], actor, staff_id, reason)
        if form.role not in list(Role):
            raise FormIncomplete(field="role")
        return partial(staff.change_role, actor, staff_id, Role(form.role), reason)


def staff_room(
    staff_administration: NamedDependency[StaffAdministration],
    staff_passwords: NamedDependency[StaffPasswords],
) -> StaffRoom:
    return StaffRoom(staff_administration, staff_passwords)


@get(_STAFF, opt=_ADMINISTER)
async def show_staff(
    request: Request[Any, Any, Any], staff_room: NamedDependency[StaffRoom]
) -> Response[str]:
    """Everybody by name, those who are shut out too."""
    return await staff_room.listed(request)


@post(_STAFF, opt=_ADMINISTER, status_code=200)
async def add_member(
    request: Request[Any, Any, Any],
    data: Annotated[NewStaffForm, Body(media_type=URL_ENCODED)],
    actor: NamedDependency[Actor],
    staff_room: NamedDependency[StaffRoom],
) -> Response[str]:
    """The password is shown on the page this gives, once."""
    try:
        made = await staff_room.add(actor, data)
    except Refusal as refusal:
        return await staff_room.listed(request, refusal, data)
    return await staff_room.listed(request, made=made)


@get(_ONE, opt=_ADMINISTER)
async def show_member(
    staff_id: FromPath[StaffId],
    request: Request[Any, Any, Any],
    staff_room: NamedDependency[StaffRoom],
) -> Response[str]:
    return await staff_room.shown(request, staff_id)


@post(f"{_ONE}/{{act:str}}", opt=_ADMINISTER)
async def change_member(
    staff_id: FromPath[StaffId],
    act: FromPath[Annotated[str, Meta(pattern=_ACTS)]],
    request: Request[Any, Any, Any],
    data: Annotated[ChangeForm, Body(media_type=URL_ENCODED)],
    actor: NamedDependency[Actor],
    staff_room: NamedDependency[StaffRoom],
) -> Response[Any]:
    """What needs two people waits under approvals. A reset of a password is shown once."""
    room = staff_room
    try:
        if act == "reset-password":
            opened = partial(room.passwords.open_reset, actor, staff_id, reason_of(data.reason))
            done, token = await repeated(opened)
            asked = isinstance(done, Approval)
            return await room.shown(request, staff_id, reset=str(token), is_asked=asked)
        changed = await repeated(room.change(act, actor, staff_id, data))
    except Refusal as refusal:
        return await room.shown(request, staff_id, refusal, act)
    asked = isinstance(changed, Approval)
    return see_other("/office/approvals?asked=yes" if asked else f"{_STAFF}/{staff_id}")


@get("/office/staff-log", opt=_ADMINISTER)
async def show_staff_log(
    request: Request[Any, Any, Any], staff_administration: NamedDependency[StaffAdministration]
) -> Response[str]:
    """What was done with the rights of staff, the newest first."""
    language = language_for(request)
    before = end_of(request.query_params.get("cursor"), UUID)
    entries = [StaffLogLine.of(one) for one in await staff_administration.log(before, _PAGE)]
    names = {one.member.id: one.member.name for one in await staff_administration.members()}
    return page(
        request,
        "office_staff_log.html",
        place="more",
        entries=[
            (one, words.act(one.act, language), names.get(one.whom) if one.whom else None) for one in entries
        ],
        next=cursor_of(entries[-1].id) if len(entries) == _PAGE else None,
    )


def _roles(language: str) -> list[Option]:
    return [Option(one, words.role(one, language)) for one in Role]


DEPENDENCIES = {"staff_room": Provide(staff_room, sync_to_thread=False)}
HANDLERS = [show_staff, add_member, show_member, change_member, show_staff_log]
