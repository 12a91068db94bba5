"""What one of the staff asked for and another must approve."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

import msgspec
from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta

from api.identity import Entry
from api.paging import DEFAULT_LIMIT, Limit
from api.problems import responses
from domain.kernel.access import Actor
from domain.people.four_eyes import Approval, ApprovalState
from services.people.approvals import ApprovalService

Reason = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=500,
        pattern=r"^[^\x00-\x1f\x7f]*$",
        description="Why, for the record",
        examples=["Перешла в отдел расчётов"],
    ),
]
_STAFF = {"access": Entry.STAFF}
_ERRORS = responses(401, 403, 404, 409, 422)


class Decision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    reason: Reason


class ApprovalOut(msgspec.Struct, frozen=True, kw_only=True):
    """`action` is what will be done, by its `kind`; `expired` when nobody decided in time."""

    id: UUID
    state: ApprovalState
    action: dict[str, Any]
    reason: str
    asked_by: UUID
    asked_by_name: str
    asked_at: datetime
    expires_at: datetime
    decided_by: UUID | None
    decided_by_name: str | None
    decided_at: datetime | None

    @classmethod
    def of(cls, approval: Approval, at: datetime) -> Self:
        known = ("state", "action")
        rest = {name: getattr(approval, name) for name in cls.__struct_fields__ if name not in known}
        action = msgspec.to_builtins(approval.action)
        action.pop("secret_hash", None)  # of use to nobody who reads it
        return cls(state=approval.state(at), action=action, **rest)


@get("/approvals", opt=_STAFF, responses=responses(401, 403, 422))
async def list_approvals(
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    approval_service: NamedDependency[ApprovalService],
    limit: FromQuery[Limit] = DEFAULT_LIMIT,
) -> list[ApprovalOut]:
    """Requests that I have the right to decide, or to make; the newest first."""
    return [ApprovalOut.of(one, now) for one in await approval_service.newest(actor, limit)]


@post("/approvals/{approval_id:uuid}/approve", status_code=200, opt=_STAFF, responses=_ERRORS)
async def approve(
    approval_id: FromPath[UUID],
    data: JSONBody[Decision],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    approval_service: NamedDependency[ApprovalService],
) -> ApprovalOut:
    """Approve what another asked for: it is done at once."""
    return ApprovalOut.of(await approval_service.approve(actor, approval_id, data.reason), now)


@post("/approvals/{approval_id:uuid}/refuse", status_code=200, opt=_STAFF, responses=_ERRORS)
async def refuse(
    approval_id: FromPath[UUID],
    data: JSONBody[Decision],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    approval_service: NamedDependency[ApprovalService],
) -> ApprovalOut:
    """Refuse what another asked for, or take back what I did."""
    return ApprovalOut.of(await approval_service.refuse(actor, approval_id, data.reason), now)


approvals = Router("/", tags=["staff"], route_handlers=[list_approvals, approve, refuse])
