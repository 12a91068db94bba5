"""What changes of staff's rights have in common."""

from collections.abc import Callable
from datetime import datetime, tzinfo
from uuid import UUID

from domain.kernel.access import Actor, ActorKind, Scope, ScopeMissing
from domain.kernel.calendar import business_day
from domain.kernel.ids import SessionId, StaffId
from domain.people.four_eyes import Action, Approval, FourEyesTerms
from domain.people.sessions import Ending
from domain.people.staff import SCOPES, Staff, StaffNotFound
from domain.people.staff_changes import NotOneself, StaffAct, noted
from domain.store import AskSecond, Store


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


async def locked_member(store: Store, actor: Actor, staff_id: StaffId) -> tuple[Staff, list[StaffId]]:
    """The member and all administrators, locked in this order by everybody. StaffNotFound, NotOneself."""
    administrators = await store.staff.administrators_locked()
    await check_still_has(store, actor, Scope.ADMINISTER)
    member = await store.staff.locked(staff_id)
    if member is None:
        raise StaffNotFound
    if member.id == actor.id:
        raise NotOneself
    return member, administrators


async def ask_approval(
    store: Store,
    actor: Actor,
    action: Action,
    reason: str,
    *,
    new_id: Callable[[], UUID],
    at: datetime,
    zone: tzinfo,
) -> Approval:
    """A request for a second person, and its line in the record."""
    terms = await store.terms.at(FourEyesTerms, business_day(at, zone))
    approval = Approval.asked(new_id(), action, actor, reason=reason, terms=terms, at=at)
    await store.approvals.add(approval)
    entry = noted(
        actor,
        StaffAct.APPROVAL_ASKED,
        getattr(action, "staff_id", None),
        id=new_id(),
        at=at,
        reason=reason,
        approval_id=approval.id,
    )
    await store.staff_log.add(entry)
    return approval


def asking(now: Callable[[], datetime], new_id: Callable[[], UUID], zone: tzinfo) -> AskSecond:
    """`ask_approval` for use cases of other features."""

    async def ask_second(store: Store, actor: Actor, action: Action, reason: str) -> Approval:
        return await ask_approval(store, actor, action, reason, new_id=new_id, at=now(), zone=zone)

    return ask_second


async def sign_out(store: Store, staff_id: StaffId, at: datetime) -> list[SessionId]:
    """End every session of the member, and what is between the two steps of a sign-in."""
    await store.sign_in_challenges.drop(staff_id)
    return await store.staff_sessions.end_all(staff_id, Ending.REVOKED, at, but=None)
