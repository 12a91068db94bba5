"""New passwords of staff: an administrator gives out a one-time reset, the person chooses the password."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, Router, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from api.approvals import ApprovalOut
from api.identity import Entry, client_ip
from api.people import Password
from api.problems import responses
from api.staff import Because, StaffOut
from domain.kernel.access import Actor, Scope
from domain.kernel.ids import StaffId
from domain.people.staff import Staff
from services.people.staff_passwords import StaffPasswords
from services.repeating import repeated

Reset = Annotated[str, Meta(min_length=1, max_length=200, examples=["01990000….Xb9…"])]


class ResetGiven(StaffOut, frozen=True, kw_only=True):
    """`reset` is shown this once: hand it over. It works once, for a day."""

    reset: str


class ResetAsked(ApprovalOut, frozen=True, kw_only=True):
    """`reset` is shown this once and works when a second person has approved it, for a day from then on."""

    reset: str


class StaffPassword(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    reset: Reset
    password: Password


@post(
    "/staff/{staff_id:uuid}/reset-password",
    status_code=200,
    opt={"access": Scope.ADMINISTER},
    responses=responses(401, 403, 404, 422)
    | {202: ResponseSpec(ResetAsked, description="It waits for a second person", generate_examples=False)},
)
async def reset_staff_password(
    staff_id: FromPath[StaffId],
    data: JSONBody[Because],
    actor: NamedDependency[Actor],
    staff_passwords: NamedDependency[StaffPasswords],
) -> Response[ResetGiven | ResetAsked]:
    """Give out a one-time reset of a password; the member is signed out and the former password is dead.

    Of an administrator a second person must approve it.
    """
    done, token = await repeated(lambda: staff_passwords.open_reset(actor, staff_id, data.reason))
    headers = {"Cache-Control": "no-store"}
    if isinstance(done, Staff):
        given = ResetGiven(**msgspec.structs.asdict(StaffOut.of(done)), reset=str(token))
        return Response(given, status_code=200, headers=headers)
    asked = ApprovalOut.of(done, done.asked_at)
    told = ResetAsked(**msgspec.structs.asdict(asked), reset=str(token))
    return Response(told, status_code=202, headers=headers)


@post(
    "/staff-password-resets/confirm",
    status_code=204,
    opt={"access": Entry.OPEN},
    responses=responses(422, 429, 503),
)
async def set_staff_password(
    request: Request[Any, Any, Any],
    data: JSONBody[StaffPassword],
    staff_passwords: NamedDependency[StaffPasswords],
) -> None:
    """Choose a password by a one-time reset; then sign in by it and the second factor."""
    await staff_passwords.set_password(data.reset, data.password, ip=client_ip(request))


staff_passwords = Router("/", tags=["staff"], route_handlers=[reset_staff_password, set_staff_password])
