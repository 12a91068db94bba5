"""Letting somebody of the staff choose a new password: an administrator opens the way, once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from uuid import UUID

from domain.kernel.access import Actor, ActorKind
from domain.kernel.calendar import business_day
from domain.kernel.ids import SessionId, StaffId
from domain.people import passwords
from domain.people.attempts import sign_in_doors
from domain.people.four_eyes import Approval
from domain.people.phones import Phone, PhoneInvalid, normalised
from domain.people.sessions import Passwords, Presences
from domain.people.staff import Staff
from domain.people.staff_changes import StaffAct, needs_two, noted
from domain.people.staff_passwords import (
    ResetPassword,
    ResetToken,
    StaffPasswordTerms,
    StaffReset,
    StaffResetRefused,
    new_reset,
)
from domain.store import Store, Transaction
from services.people.rights import ask_approval, locked_member, sign_out
from services.people.tries import count_try, return_try


@dataclass(frozen=True, slots=True)
class StaffPasswords:
    transaction: Transaction
    passwords: Passwords
    presences: Presences
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]
    new_secret: Callable[[], str]
    zone: tzinfo

    async def open_reset(
        self, actor: Actor, staff_id: StaffId, reason: str, *, alone: bool = False
    ) -> tuple[Staff | Approval, ResetToken]:
        """The member, without a password and signed out, and the one-time reset to hand over to them.

        Of an administrator: the request that a second person must approve; the reset works from then on.
        `alone` is for who runs the installation at its own machine. StaffNotFound, NotOneself.
        """
        action, token = new_reset(staff_id, self.new_secret())
        async with self.transaction() as store:
            member, _ = await locked_member(store, actor, staff_id)
            if needs_two(action, member) and not alone:
                at = self.now()
                asked = await ask_approval(
                    store, actor, action, reason, new_id=self.new_id, at=at, zone=self.zone
                )
                return asked, token
            ended = await self._open(store, action, actor, reason)
        self._forget(staff_id, ended)
        return member, token

    async def do_open_reset(
        self, store: Store, action: ResetPassword, actor: Actor, reason: str
    ) -> Callable[[], None]:
        """What was approved; gives what is to be done when it is kept."""
        await locked_member(store, actor, action.staff_id)
        ended = await self._open(store, action, actor, reason)
        return lambda: self._forget(action.staff_id, ended)

    async def set_password(self, text: str, password: str, *, ip: str) -> None:
        """Use the reset up and set the password. They sign in by it then, and by their second factor.

        StaffResetRefused, PasswordTooShort, PasswordTooCommon, TooManyAttempts.
        """
        shown = ResetToken.parsed(text)
        doors = sign_in_doors(str(shown.staff_id), ip, known=True)
        async with self.transaction() as store:
            await count_try(store, doors, self.now(), self.zone)
        async with self.transaction() as store:
            member, _ = await self._used(store, shown)
        passwords.check(password, _phone(member))
        password_hash = await self.passwords.hashed(password)
        async with self.transaction() as store:
            member, used = await self._used(store, shown)
            await store.staff_resets.keep(used)
            await store.staff.set_password(member.id, password_hash)
            ended = await sign_out(store, member.id, self.now())
            await self._note(store, _itself(member), StaffAct.PASSWORD_SET, member.id, "")
            await return_try(store, doors, self.now())
        self._forget(member.id, ended)

    async def _open(self, store: Store, action: ResetPassword, actor: Actor, reason: str) -> list[SessionId]:
        at = self.now()
        terms = await store.terms.at(StaffPasswordTerms, business_day(at, self.zone))
        await store.staff_resets.keep(StaffReset.made(action, terms, at))
        # The former password may be in wrong hands: none fits until the next is chosen.
        await store.staff.set_password(action.staff_id, "")
        ended = await sign_out(store, action.staff_id, at)
        await self._note(store, actor, StaffAct.PASSWORD_RESET, action.staff_id, reason)
        return ended

    async def _used(self, store: Store, shown: ResetToken) -> tuple[Staff, StaffReset]:
        """Whose reset it is, and the reset used. StaffResetRefused, also for who is shut out."""
        member = await store.staff.locked(shown.staff_id)
        reset = await store.staff_resets.locked(shown.staff_id)
        if member is None or member.disabled_at is not None or reset is None:
            raise StaffResetRefused(field="reset")
        return member, reset.used(shown, self.now())

    async def _note(self, store: Store, actor: Actor, act: StaffAct, staff_id: StaffId, reason: str) -> None:
        await store.staff_log.add(noted(actor, act, staff_id, id=self.new_id(), at=self.now(), reason=reason))

    def _forget(self, staff_id: StaffId, ended: list[SessionId]) -> None:
        for session_id in ended:
            self.presences.forget(staff_id, session_id)


def _itself(member: Staff) -> Actor:
    return Actor(kind=ActorKind.STAFF, id=member.id, name=member.name, role=member.role)


def _phone(member: Staff) -> Phone | None:
    try:
        return normalised(member.login)
    except PhoneInvalid:
        return None
