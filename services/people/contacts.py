"""Changing one's phone, e-mail and password while signed in. A stolen session alone changes none of them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import msgspec

from domain.kernel.errors import Invalid, Unauthenticated
from domain.kernel.ids import SessionId, UserId
from domain.people import passwords
from domain.people.attempts import password_door
from domain.people.code_messages import Change, Channel, SecurityNotice, code_message
from domain.people.codes import CodeWrong, Purpose
from domain.people.customers import Customer, PhoneTaken
from domain.people.emails import normalised_email
from domain.people.passwords import PasswordWrong
from domain.people.phones import normalised
from domain.people.sessions import Ending, Passwords, Presences
from domain.store import Store, Transaction
from services.people.codes import Asked, CodeService, Visit
from services.people.tries import count_try, return_try


class HolderProofMissing(Invalid):
    code = "holder-proof-missing"
    text = "Give either your password or a code sent to your present phone"
    remedy = "Send exactly one of password and code; a code comes by POST /sign-in-codes"


class HolderProof(msgspec.Struct, frozen=True, kw_only=True):
    """That it is the holder of the cabinet who asks: the present password, or a sign-in code."""

    password: str | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class ContactService:
    transaction: Transaction
    codes: CodeService
    passwords: Passwords
    presences: Presences
    now: Callable[[], datetime]

    async def ask_phone(self, user_id: UserId, phone: str, proof: HolderProof, ip: str) -> Asked:
        """A code to the new phone; whoever it belongs to is told so there. PhoneInvalid,
        HolderProofMissing, TooManyAttempts, PasswordWrong, CodeWrong, CodeTooSoon."""
        address = normalised(phone)
        await self._prove(user_id, proof, ip)
        visit = await self.codes.came_to_ask(address, ip, user_id)
        async with self.transaction() as store:
            owner = await store.customers.by_phone(address)
            code, terms = await self.codes.issue(store, Purpose.PHONE_CHANGE, visit)
        message = code_message(Purpose.PHONE_CHANGE, address, code, is_usable=owner is None)
        return Asked(message=message, terms=terms)

    async def change_phone(self, user_id: UserId, phone: str, code: str, ip: str) -> None:
        """From now on one signs in by the new phone; the former one is told. A phone taken meanwhile is
        refused like a wrong code. PhoneInvalid, TooManyAttempts, CodeWrong."""
        address = normalised(phone)
        visit = await self.codes.came_to_try(address, ip, user_id)
        try:
            async with self.transaction() as store:
                is_right = await self.codes.is_right(store, Purpose.PHONE_CHANGE, visit, code)
                if is_right:
                    former = await store.customers.change_phone(user_id, address)
                    await self._tell(store, Change.PHONE, Channel.SMS, former)
                    await self.codes.remember(store, visit)
        except PhoneTaken:
            raise CodeWrong(field="code") from None
        if not is_right:
            raise CodeWrong(field="code")

    async def ask_email(self, user_id: UserId, email: str, proof: HolderProof, ip: str) -> Asked:
        """A code to the new address. EmailInvalid, and otherwise as for a phone."""
        address = normalised_email(email)
        await self._prove(user_id, proof, ip)
        visit = await self.codes.came_to_ask(address, ip, user_id)
        async with self.transaction() as store:
            code, terms = await self.codes.issue(store, Purpose.EMAIL_CHANGE, visit)
        return Asked(message=code_message(Purpose.EMAIL_CHANGE, address, code, is_usable=True), terms=terms)

    async def change_email(self, user_id: UserId, email: str, code: str, ip: str) -> None:
        """Letters go to the new address; the former one is told. EmailInvalid, TooManyAttempts, CodeWrong."""
        address = normalised_email(email)
        visit = await self.codes.came_to_try(address, ip, user_id)
        async with self.transaction() as store:
            is_right = await self.codes.is_right(store, Purpose.EMAIL_CHANGE, visit, code)
            if is_right:
                former = await store.customers.change_email(user_id, address)
                if former and former != address:
                    await self._tell(store, Change.EMAIL, Channel.MAIL, former)
        if not is_right:
            raise CodeWrong(field="code")

    async def change_password(
        self, user_id: UserId, session_id: SessionId | None, present: str, password: str
    ) -> None:
        """Set another password and end every other session. PasswordTooShort, PasswordTooCommon,
        TooManyAttempts, PasswordWrong."""
        customer = await self._customer(user_id)
        passwords.check(password, customer.phone)
        await self._check_password(customer, present, field="current_password")
        password_hash = await self.passwords.hashed(password)
        at = self.now()
        async with self.transaction() as store:
            await store.customers.change_password(user_id, password_hash)
            ended = await store.sessions.end_all(user_id, Ending.REVOKED, at, but=session_id)
            if customer.email:
                await self._tell(store, Change.PASSWORD, Channel.MAIL, customer.email)
        for one in ended:
            self.presences.forget(user_id, one)

    async def _prove(self, user_id: UserId, proof: HolderProof, ip: str) -> None:
        if (proof.password is None) == (proof.code is None):
            raise HolderProofMissing(field="password")
        customer = await self._customer(user_id)
        if proof.password is not None:
            await self._check_password(customer, proof.password, field="password")
            return
        visit: Visit = await self.codes.came_to_try(customer.phone, ip)
        async with self.transaction() as store:
            is_right = await self.codes.is_right(store, Purpose.SIGN_IN, visit, proof.code or "")
        if not is_right:
            raise CodeWrong(field="code")

    async def _check_password(self, customer: Customer, password: str, *, field: str) -> None:
        door = password_door(customer.id)
        async with self.transaction() as store:
            await count_try(store, [door], self.now(), self.codes.zone)
        if not await self.passwords.verified(password, customer.password_hash):
            raise PasswordWrong(field=field)
        async with self.transaction() as store:
            await return_try(store, [door], self.now())

    async def _customer(self, user_id: UserId) -> Customer:
        async with self.transaction() as store:
            customer = await store.customers.by_id(user_id)
        if customer is None:
            raise Unauthenticated
        return customer

    async def _tell(self, store: Store, change: Change, channel: Channel, to: str) -> None:
        await store.jobs.add(SecurityNotice(change=change, channel=channel, to=to), run_at=self.now())
