"""Staff, for their administrators. What needs two people answers 202 with a request for approval."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

import msgspec
from litestar import Response, Router, get, post, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta

from api.approvals import ApprovalOut, Reason
from api.paging import DEFAULT_LIMIT, Cursor, Limit, Page, cursor_of, end_of
from api.people import Written
from api.problems import responses
from domain.kernel.access import Actor, Scope
from domain.kernel.ids import StaffId
from domain.people.four_eyes import Approval
from domain.people.staff import ListedStaff, Role, Staff
from domain.people.staff_changes import StaffAct, StaffEntry
from services.people.staff import StaffAdministration

Line = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Email = Annotated[str, Meta(max_length=254, pattern=r"^[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+$")]
_ADMINISTER = {"access": Scope.ADMINISTER}


class NewStaff(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`login` is a phone, or a word of the company's own. An administrator is made by two: add them in
    another role first."""

    login: Annotated[Written, Meta(examples=["+7 900 000-00-21"])]
    name: Annotated[Line, Meta(examples=["Орлова Ирина"])]
    role: Role
    email: Email | None = None


class RoleChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    role: Role
    reason: Reason


class Because(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    reason: Reason


class StaffOut(msgspec.Struct, frozen=True, kw_only=True):
    id: StaffId
    login: str
    name: str
    email: str | None
    role: Role
    created_at: datetime
    disabled_at: datetime | None

    @classmethod
    def of(cls, member: Staff) -> Self:
        return cls(**_shown(member))


class StaffListed(StaffOut, frozen=True, kw_only=True):
    """Without a second factor they may set one up, and nothing else."""

    has_second_factor: bool

    @classmethod
    def listed(cls, listed: ListedStaff) -> Self:
        return cls(**_shown(listed.member), has_second_factor=listed.has_second_factor)


class StaffAdded(StaffOut, frozen=True, kw_only=True):
    """`password` is shown this once: hand it over. The second factor is set up at the first sign-in."""

    password: str


class StaffLogLine(msgspec.Struct, frozen=True, kw_only=True):
    """`whom` is the member of staff it was done to, `details` depend on the act."""

    id: UUID
    at: datetime
    who_kind: str
    who: UUID
    who_name: str
    act: StaffAct
    whom: StaffId | None
    reason: str
    details: dict[str, Any]

    @classmethod
    def of(cls, entry: StaffEntry) -> Self:
        return cls(**msgspec.structs.asdict(entry))


def _changing(*more: int) -> dict[int, ResponseSpec]:
    waits = ResponseSpec(ApprovalOut, description="It waits for a second person", generate_examples=False)
    return responses(401, 403, 404, 422, *more) | {202: waits}


@get("/staff", opt=_ADMINISTER, responses=responses(401, 403))
async def list_staff(staff_administration: NamedDependency[StaffAdministration]) -> list[StaffListed]:
    """Everybody of the staff, by name, those who are disabled too."""
    return [StaffListed.listed(one) for one in await staff_administration.members()]


@post("/staff", opt=_ADMINISTER, responses=responses(401, 403, 409, 422, 503))
async def add_staff(
    data: JSONBody[NewStaff],
    actor: NamedDependency[Actor],
    staff_administration: NamedDependency[StaffAdministration],
) -> Response[StaffAdded]:
    """Add a member of staff, with a password made here."""
    member, password = await staff_administration.add(actor, data.login, data.name, data.role, data.email)
    added = StaffAdded(**_shown(member), password=password)
    return Response(added, status_code=201, headers={"Cache-Control": "no-store"})


@put("/staff/{staff_id:uuid}/role", opt=_ADMINISTER, responses=_changing(409))
async def change_role(
    staff_id: FromPath[StaffId],
    data: JSONBody[RoleChange],
    actor: NamedDependency[Actor],
    staff_administration: NamedDependency[StaffAdministration],
) -> Response[StaffOut | ApprovalOut]:
    """Change a role; the member is signed out. To make an administrator a second person must approve."""
    done = await staff_administration.change_role(actor, staff_id, data.role, data.reason)
    return _done_or_asked(done)


@post("/staff/{staff_id:uuid}/disable", status_code=200, opt=_ADMINISTER, responses=_changing(409))
async def disable_staff(
    staff_id: FromPath[StaffId],
    data: JSONBody[Because],
    actor: NamedDependency[Actor],
    staff_administration: NamedDependency[StaffAdministration],
) -> StaffOut:
    """Shut a member of staff out: every session of theirs is dead within 5 s."""
    return StaffOut.of(await staff_administration.disable(actor, staff_id, data.reason))


@post(
    "/staff/{staff_id:uuid}/enable",
    status_code=200,
    opt=_ADMINISTER,
    responses=responses(401, 403, 404, 409, 422),
)
async def enable_staff(
    staff_id: FromPath[StaffId],
    data: JSONBody[Because],
    actor: NamedDependency[Actor],
    staff_administration: NamedDependency[StaffAdministration],
) -> StaffOut:
    """Let a disabled member of staff in again; a former administrator in a lesser role only."""
    return StaffOut.of(await staff_administration.enable(actor, staff_id, data.reason))


@post("/staff/{staff_id:uuid}/reset-second-factor", status_code=200, opt=_ADMINISTER, responses=_changing())
async def reset_second_factor(
    staff_id: FromPath[StaffId],
    data: JSONBody[Because],
    actor: NamedDependency[Actor],
    staff_administration: NamedDependency[StaffAdministration],
) -> Response[StaffOut | ApprovalOut]:
    """Take away a lost second factor; the member is signed out and sets up the next one.

    Of an administrator a second person must approve it.
    """
    return _done_or_asked(await staff_administration.reset_second_factor(actor, staff_id, data.reason))


@get("/staff-log", opt=_ADMINISTER, responses=responses(401, 403, 422))
async def list_staff_log(
    staff_administration: NamedDependency[StaffAdministration],
    cursor: FromQuery[Cursor | None] = None,
    limit: FromQuery[Limit] = DEFAULT_LIMIT,
) -> Page[StaffLogLine]:
    """What was done with the rights of staff, the newest first. Nobody can change it."""
    entries = await staff_administration.log(end_of(cursor, UUID), limit + 1)
    items = [StaffLogLine.of(entry) for entry in entries[:limit]]
    return Page(items=items, next=cursor_of(items[-1].id) if len(entries) > limit else None)


def _done_or_asked(done: Staff | Approval) -> Response[StaffOut | ApprovalOut]:
    if isinstance(done, Staff):
        return Response(StaffOut.of(done), status_code=200)
    return Response(ApprovalOut.of(done, done.asked_at), status_code=202)


def _shown(member: Staff) -> dict[str, Any]:
    return {name: getattr(member, name) for name in StaffOut.__struct_fields__}


staff = Router(
    "/",
    tags=["staff"],
    route_handlers=[
        list_staff,
        add_staff,
        change_role,
        disable_staff,
        enable_staff,
        reset_second_factor,
        list_staff_log,
    ],
)
