"""Opening a cabinet: a phone, the code sent to it, a password and a name."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from uuid import UUID

import msgspec

from domain.kernel.calendar import business_day
from domain.kernel.ids import ConsentId, UserId
from domain.people import passwords
from domain.people.code_messages import code_message
from domain.people.codes import CodeWrong, Purpose, SignUp
from domain.people.consents import Channel, Consent, Document, Shown, agreed_to
from domain.people.customers import Customer, PhoneTaken
from domain.people.phones import Phone, normalised
from domain.people.sessions import Passwords, Tokens
from domain.store import Transaction
from services.people.codes import Asked, CodeService, Visit
from services.people.sessions import SessionService


class SignUpDetails(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    password: str
    name: str
    consents: tuple[Shown, ...]


@dataclass(frozen=True, slots=True)
class SignUpService:
    transaction: Transaction
    codes: CodeService
    passwords: Passwords
    sessions: SessionService
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]
    zone: tzinfo

    async def ask(self, phone: str, ip: str) -> tuple[UUID, Asked]:
        """Begin: the sign-up's id, and a message for the phone. Whoever has a cabinet is told so by the
        message and by nothing else. PhoneInvalid, TooManyAttempts, CodeTooSoon."""
        visit = await self.codes.came_to_ask(normalised(phone), ip)
        async with self.transaction() as store:
            owner = await store.customers.by_phone(Phone(visit.address))
            code, terms = await self.codes.issue(store, Purpose.SIGN_UP, visit)
            sign_up = SignUp(
                id=self.new_id(),
                phone=Phone(visit.address),
                expires_at=self.now() + timedelta(seconds=terms.sign_up_seconds),
            )
            await store.codes.add_sign_up(sign_up)
        message = code_message(Purpose.SIGN_UP, visit.address, code, is_usable=owner is None)
        return sign_up.id, Asked(message=message, terms=terms)

    async def confirm(self, sign_up_id: UUID, details: SignUpDetails, *, device: str, ip: str) -> Tokens:
        """End: a customer who is signed in. A phone taken meanwhile, an unknown sign-up and a wrong code
        are refused alike. DocumentNotInForce, DocumentTextDiffers, ConsentNeeded, PasswordTooShort,
        PasswordTooCommon, TooManyAttempts, CodeWrong."""
        async with self.transaction() as store:
            sign_up = await store.codes.sign_up(sign_up_id, self.now())
            in_force = await store.consents.in_force(business_day(self.now(), self.zone))
        documents = agreed_to(in_force, details.consents)
        passwords.check(details.password, sign_up.phone if sign_up else None)
        visit = await self.codes.came_to_try(sign_up.phone if sign_up else str(sign_up_id), ip)
        customer = Customer(
            id=UserId(self.new_id()),
            phone=Phone(visit.address),
            name=details.name.strip(),
            created_at=self.now(),
            password_hash=await self.passwords.hashed(details.password),
        )
        consents = [self._consent(customer, document, device=device, ip=ip) for document in documents]
        try:
            is_right = await self._add(visit, details.code, customer, consents)
        except PhoneTaken:
            raise CodeWrong(field="code") from None
        if not is_right:
            raise CodeWrong(field="code")
        return await self.sessions.open_for(customer, device=device, ip=ip)

    async def _add(self, visit: Visit, code: str, customer: Customer, consents: list[Consent]) -> bool:
        async with self.transaction() as store:
            if not await self.codes.is_right(store, Purpose.SIGN_UP, visit, code):
                return False
            await store.customers.add(customer)
            for consent in consents:
                await store.consents.give(consent)
            await self.codes.remember(store, visit)
        return True

    def _consent(self, customer: Customer, document: Document, *, device: str, ip: str) -> Consent:
        return Consent.given(
            ConsentId(self.new_id()),
            customer.id,
            document,
            shown=document.sha256,
            at=self.now(),
            channel=Channel.CABINET,
            ip=ip,
            device=device,
        )
