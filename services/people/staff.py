"""Letting staff in, changing what they may do, and shutting them out."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any
from uuid import UUID

from domain.kernel.access import Actor, Scope
from domain.kernel.ids import SessionId, StaffId
from domain.people.four_eyes import Approval
from domain.people.sessions import Passwords, Presences
from domain.people.staff import ListedStaff, Role, Staff, staff_login
from domain.people.staff_changes import (
    AdministratorByTwo,
    ChangeRole,
    LastAdministrator,
    ResetSecondFactor,
    StaffAct,
    StaffEntry,
    needs_two,
    noted,
)
from domain.store import Store, Transaction
from services.people.rights import ask_approval, check_still_has, locked_member, sign_out

_PASSWORD_CHARACTERS = 16


@dataclass(frozen=True, slots=True)
class StaffAdministration:
    """`alone` is for who runs the installation at its own machine: the first administrator cannot be
    approved by a second one. It is recorded all the same."""

    transaction: Transaction
    passwords: Passwords
    presences: Presences
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]
    new_secret: Callable[[], str]
    zone: tzinfo

    async def members(self) -> list[ListedStaff]:
        async with self.transaction() as store:
            return await store.staff.all()

    async def log(self, before: UUID | None, limit: int) -> list[StaffEntry]:
        async with self.transaction() as store:
            return await store.staff_log.page(before=before, limit=limit)

    async def add(
        self, actor: Actor, login: str, name: str, role: Role, email: str | None, *, alone: bool = False
    ) -> tuple[Staff, str]:
        """A new member and their password, shown this once. AdministratorByTwo, StaffLoginTaken."""
        if role is Role.ADMINISTRATOR and not alone:
            raise AdministratorByTwo(field="role")
        password = self.new_secret()[:_PASSWORD_CHARACTERS]
        member = Staff(
            id=StaffId(self.new_id()),
            login=staff_login(login),
            name=name,
            role=role,
            email=email,
            created_at=self.now(),
            password_hash=await self.passwords.hashed(password),
        )
        async with self.transaction() as store:
            await check_still_has(store, actor, Scope.ADMINISTER)
            await store.staff.add(member)
            await self._note(store, actor, StaffAct.ADDED, member, "", role=role)
        return member, password

    async def change_role(
        self, actor: Actor, staff_id: StaffId, role: Role, reason: str, *, alone: bool = False
    ) -> Staff | Approval:
        """The member in the new role, or the request a second person must approve.

        StaffNotFound, NotOneself, LastAdministrator.
        """
        action = ChangeRole(staff_id=staff_id, role=role)
        async with self.transaction() as store:
            member, administrators = await locked_member(store, actor, staff_id)
            if member.role is role:
                return member
            if needs_two(action, member) and not alone:
                return await self._asked(store, actor, action, reason)
            changed, ended = await self._change_role(store, actor, member, administrators, role, reason)
        self._forget(staff_id, ended)
        return changed

    async def reset_second_factor(
        self, actor: Actor, staff_id: StaffId, reason: str, *, alone: bool = False
    ) -> Staff | Approval:
        """The member without a second factor, signed out; they set up a new one when they sign in.

        Of an administrator: the request a second person must approve. StaffNotFound, NotOneself.
        """
        action = ResetSecondFactor(staff_id=staff_id)
        async with self.transaction() as store:
            member, _ = await locked_member(store, actor, staff_id)
            if needs_two(action, member) and not alone:
                return await self._asked(store, actor, action, reason)
            ended = await self._reset(store, actor, member, reason)
        self._forget(staff_id, ended)
        return member

    async def disable(self, actor: Actor, staff_id: StaffId, reason: str) -> Staff:
        """Shut out at once. One administrator may do it: with a thief one does not wait for a second.

        StaffNotFound, NotOneself, LastAdministrator.
        """
        async with self.transaction() as store:
            member, administrators = await locked_member(store, actor, staff_id)
            if member.disabled_at is not None:
                return member
            if administrators == [staff_id]:
                raise LastAdministrator
            member = member.disabled(self.now())
            await store.staff.save(member)
            ended = await sign_out(store, staff_id, self.now())
            await self._note(store, actor, StaffAct.DISABLED, member, reason)
        self._forget(staff_id, ended)
        return member

    async def enable(self, actor: Actor, staff_id: StaffId, reason: str, *, alone: bool = False) -> Staff:
        """Let in again as before. An administrator comes back in that role only by a second person, so
        they are refused: AdministratorByTwo; change their role first. StaffNotFound, NotOneself."""
        async with self.transaction() as store:
            member, _ = await locked_member(store, actor, staff_id)
            if member.disabled_at is None:
                return member
            if member.role is Role.ADMINISTRATOR and not alone:
                raise AdministratorByTwo
            member = member.enabled()
            await store.staff.save(member)
            await self._note(store, actor, StaffAct.ENABLED, member, reason)
        return member

    async def do_change_role(
        self, store: Store, action: ChangeRole, actor: Actor, reason: str
    ) -> Callable[[], None]:
        """What was approved; gives what is to be done when it is kept."""
        member, administrators = await locked_member(store, actor, action.staff_id)
        _, ended = await self._change_role(store, actor, member, administrators, action.role, reason)
        return lambda: self._forget(member.id, ended)

    async def do_reset(
        self, store: Store, action: ResetSecondFactor, actor: Actor, reason: str
    ) -> Callable[[], None]:
        """What was approved; gives what is to be done when it is kept."""
        member, _ = await locked_member(store, actor, action.staff_id)
        ended = await self._reset(store, actor, member, reason)
        return lambda: self._forget(member.id, ended)

    async def _asked(
        self, store: Store, actor: Actor, action: ChangeRole | ResetSecondFactor, reason: str
    ) -> Approval:
        at = self.now()
        return await ask_approval(store, actor, action, reason, new_id=self.new_id, at=at, zone=self.zone)

    async def _change_role(
        self,
        store: Store,
        actor: Actor,
        member: Staff,
        administrators: list[StaffId],
        role: Role,
        reason: str,
    ) -> tuple[Staff, list[SessionId]]:
        if administrators == [member.id] and role is not Role.ADMINISTRATOR:
            raise LastAdministrator
        changed = member.with_role(role)
        await store.staff.save(changed)
        ended = await sign_out(store, member.id, self.now())
        # Both names of roles, for the role of before stands nowhere else.
        roles = {"role": role, "former_role": member.role}
        await self._note(store, actor, StaffAct.ROLE_CHANGED, member, reason, **roles)
        return changed, ended

    async def _reset(self, store: Store, actor: Actor, member: Staff, reason: str) -> list[SessionId]:
        await store.staff_factors.forget(member.id)
        ended = await sign_out(store, member.id, self.now())
        await self._note(store, actor, StaffAct.FACTOR_RESET, member, reason)
        return ended

    async def _note(
        self, store: Store, actor: Actor, act: StaffAct, member: Staff, reason: str, **details: Any
    ) -> None:
        at = self.now()
        await store.staff_log.add(
            noted(actor, act, member.id, id=self.new_id(), at=at, reason=reason, **details)
        )

    def _forget(self, staff_id: StaffId, ended: list[SessionId]) -> None:
        for session_id in ended:
            self.presences.forget(staff_id, session_id)
