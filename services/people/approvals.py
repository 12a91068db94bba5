"""Deciding what another asked for. The use cases that ask make the requests themselves."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.kernel.access import Actor
from domain.kernel.ids import StaffId
from domain.people.four_eyes import Action, Approval, ApprovalNotFound, AskerMayNot
from domain.people.staff_changes import StaffAct, noted
from domain.store import Store, Transaction
from services.people.rights import check_still_has, has_right

Doer = Callable[[Store, Any, Actor, str], Awaitable[Callable[[], None]]]
"""Does an action, approved by the actor for the reason, in the transaction of its approval; gives what is
to be done when that is kept."""


@dataclass(frozen=True, slots=True)
class ApprovalService:
    transaction: Transaction
    doers: Mapping[type[Action], Doer]
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]

    async def newest(self, actor: Actor, limit: int) -> list[Approval]:
        """What the actor may look at, the newest first."""
        kinds = [kind for kind in self.doers if kind.scope in actor.scopes]
        async with self.transaction() as store:
            return await store.approvals.newest(kinds, limit)

    async def approve(self, actor: Actor, approval_id: UUID, reason: str) -> Approval:
        """Approve and do it, both or neither.

        ApprovalNotFound, AskerMayNot, the refusals of `Approval.approved` and those of the action.
        """
        async with self.transaction() as store:
            approval = await self._locked(store, actor, approval_id)
            decided = approval.approved(actor, self.now())
            scope = approval.action.scope
            if approval.asked_role and not await has_right(store, StaffId(approval.asked_by), scope):
                raise AskerMayNot
            await store.approvals.save(decided)
            await self._note(store, actor, StaffAct.APPROVAL_GIVEN, decided, reason)
            kept = await self.doers[type(approval.action)](store, approval.action, actor, approval.reason)
        kept()
        return decided

    async def refuse(self, actor: Actor, approval_id: UUID, reason: str) -> Approval:
        """Refuse it, or take back what oneself asked for."""
        async with self.transaction() as store:
            approval = await self._locked(store, actor, approval_id)
            decided = approval.refused(actor, self.now())
            await store.approvals.save(decided)
            await self._note(store, actor, StaffAct.APPROVAL_REFUSED, decided, reason)
        return decided

    async def _locked(self, store: Store, actor: Actor, approval_id: UUID) -> Approval:
        approval = await store.approvals.locked(approval_id)
        if approval is None:
            raise ApprovalNotFound
        await check_still_has(store, actor, approval.action.scope)
        return approval

    async def _note(self, store: Store, actor: Actor, act: StaffAct, approval: Approval, reason: str) -> None:
        entry = noted(
            actor,
            act,
            getattr(approval.action, "staff_id", None),
            id=self.new_id(),
            at=self.now(),
            reason=reason,
            approval_id=approval.id,
        )
        await store.staff_log.add(entry)
