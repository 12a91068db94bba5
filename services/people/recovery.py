"""Coming in by a code sent to the phone, with or without a new password."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from domain.people import passwords
from domain.people.code_messages import Change, Channel, SecurityNotice, code_message
from domain.people.codes import CodeWrong, Purpose
from domain.people.customers import Customer
from domain.people.phones import Phone, normalised
from domain.people.sessions import Ending, Passwords, Presences, Tokens
from domain.store import Transaction
from services.people.codes import Asked, CodeService, Visit
from services.people.sessions import SessionService


@dataclass(frozen=True, slots=True)
class RecoveryService:
    transaction: Transaction
    codes: CodeService
    passwords: Passwords
    presences: Presences
    sessions: SessionService
    now: Callable[[], datetime]

    async def ask_sign_in(self, phone: str, ip: str) -> Asked:
        """A code to sign in by. PhoneInvalid, TooManyAttempts, CodeTooSoon."""
        return await self._ask(Purpose.SIGN_IN, phone, ip)

    async def ask_reset(self, phone: str, ip: str) -> Asked:
        """A code to set a new password by; the same refusals."""
        return await self._ask(Purpose.PASSWORD_RESET, phone, ip)

    async def sign_in(self, phone: str, code: str, *, device: str, ip: str) -> Tokens:
        """PhoneInvalid, TooManyAttempts, CodeWrong (also for an unknown phone), SecondFactorRequired."""
        visit = await self.codes.came_to_try(normalised(phone), ip)
        async with self.transaction() as store:
            customer = await store.customers.by_phone(Phone(visit.address))
            is_right = await self.codes.is_right(store, Purpose.SIGN_IN, visit, code)
        if customer is None or not is_right:
            raise CodeWrong(field="code")
        return await self._let_in(customer, visit, device)

    async def reset(self, phone: str, code: str, password: str, *, device: str, ip: str) -> Tokens:
        """Set the password, end every session there was, open a new one. PhoneInvalid, PasswordTooShort,
        PasswordTooCommon, TooManyAttempts, CodeWrong; SecondFactorRequired, the password being set."""
        address = normalised(phone)
        passwords.check(password, address)
        visit = await self.codes.came_to_try(address, ip)
        password_hash = await self.passwords.hashed(password)
        customer = await self._reset(visit, code, password_hash)
        if customer is None:
            raise CodeWrong(field="code")
        return await self._let_in(customer, visit, device)

    async def _let_in(self, customer: Customer, visit: Visit, device: str) -> Tokens:
        tokens = await self.sessions.open_for(customer, device=device, ip=visit.ip)
        # Only now: a second factor may have been asked for, and a code alone makes nobody known.
        async with self.transaction() as store:
            await self.codes.remember(store, visit)
        return tokens

    async def _reset(self, visit: Visit, code: str, password_hash: str) -> Customer | None:
        at = self.now()
        async with self.transaction() as store:
            customer = await store.customers.by_phone(Phone(visit.address))
            is_right = await self.codes.is_right(store, Purpose.PASSWORD_RESET, visit, code)
            if customer is None or not is_right:
                return None
            await store.customers.change_password(customer.id, password_hash)
            ended = await store.sessions.end_all(customer.id, Ending.REVOKED, at, but=None)
            if customer.email:
                notice = SecurityNotice(change=Change.PASSWORD, channel=Channel.MAIL, to=customer.email)
                await store.jobs.add(notice, run_at=at)
        for session_id in ended:
            self.presences.forget(customer.id, session_id)
        return customer

    async def _ask(self, purpose: Purpose, phone: str, ip: str) -> Asked:
        visit = await self.codes.came_to_ask(normalised(phone), ip)
        async with self.transaction() as store:
            owner = await store.customers.by_phone(Phone(visit.address))
            code, terms = await self.codes.issue(store, purpose, visit)
        message = code_message(purpose, visit.address, code, is_usable=owner is not None)
        return Asked(message=message, terms=terms)
