"""What changes of staff's rights have in common."""

from datetime import datetime
from typing import Any
from uuid import UUID

from domain.kernel.access import Actor, ActorKind, Scope, ScopeMissing
from domain.kernel.ids import StaffId
from domain.people.staff import SCOPES
from domain.people.staff_changes import StaffAct, StaffEntry
from domain.store import Store


async def check_still_has(store: Store, actor: Actor, scope: Scope) -> None:
    """Whether the actor has the right at this moment, not some seconds ago. ScopeMissing.

    Two administrators who take the right from each other at the same moment must not both succeed.
    """
    if actor.kind is not ActorKind.STAFF:
        return
    if not await has_right(store, StaffId(actor.id), scope):
        raise ScopeMissing(scope=scope)


async def has_right(store: Store, staff_id: StaffId, scope: Scope) -> bool:
    member = await store.staff.by_id(staff_id)
    return member is not None and member.disabled_at is None and scope in SCOPES[member.role]


def noted(
    actor: Actor, act: StaffAct, whom: StaffId | None, *, id: UUID, at: datetime, reason: str, **details: Any
) -> StaffEntry:
    """A line for the record of what is done with the rights of staff."""
    return StaffEntry(
        id=id,
        at=at,
        who_kind=actor.kind,
        who=actor.id,
        who_name=actor.name,
        act=act,
        whom=whom,
        reason=reason,
        details=details,
    )
