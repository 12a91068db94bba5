"""Setting up a second factor, taking it away, and writing down codes for the day the device is lost."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from uuid import UUID

import msgspec

from domain.kernel.access import Actor, ActorKind
from domain.kernel.calendar import business_day
from domain.kernel.ids import StaffId, UserId
from domain.people.attempts import factor_change_door, password_door
from domain.people.code_messages import Change, Channel, SecurityNotice
from domain.people.customers import Customer
from domain.people.passwords import PasswordWrong
from domain.people.second_factor import (
    FRESH,
    CodeMaker,
    CodeWrong,
    Factor,
    SecondFactorNotSet,
    SecondFactorSet,
    SecondFactorTerms,
    SignInNotFresh,
    fallback_code,
    fallback_hash,
    plain,
)
from domain.people.sessions import Passwords, Presences
from domain.people.staff import Staff
from domain.people.staff_changes import StaffAct, noted
from domain.people.tokens import Holder
from domain.store import Store, Transaction
from services.people.factor_use import factors_of, use_code
from services.people.tries import count_try, return_try


class Enrolment(msgspec.Struct, frozen=True):
    """What the person's application needs, as text and as a link; shown this once."""

    secret: str
    uri: str


class FactorState(msgspec.Struct, frozen=True):
    is_required: bool
    confirmed_at: datetime | None
    fallback_codes_left: int


@dataclass(frozen=True, slots=True)
class SecondFactorService:
    """For customers and staff alike. Systems have no second factor: do not call it for them."""

    transaction: Transaction
    passwords: Passwords
    presences: Presences
    code_maker: CodeMaker
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]
    new_secret: Callable[[], str]
    zone: tzinfo

    async def state(self, actor: Actor) -> FactorState:
        async with self.transaction() as store:
            factors = factors_of(store, _holder(actor))
            factor = await factors.of(actor.id)
            left = await factors.fallbacks_left(actor.id)
        confirmed_at = factor.confirmed_at if factor else None
        return FactorState(actor.kind is ActorKind.STAFF, confirmed_at, left)

    async def enrol(self, actor: Actor, password: str) -> Enrolment:
        """A new secret, in force when `confirm` has seen a code of it. Repeated: another secret.

        PasswordWrong, TooManyAttempts; of who has no password SignInNotFresh; SecondFactorSet.
        """
        person = await self._checked_person(actor, password)
        async with self.transaction() as store:
            factors = factors_of(store, _holder(actor))
            known = await factors.locked(actor.id)
            if known is not None and known.is_confirmed:
                raise SecondFactorSet
            sealed = self.code_maker.new_secret(actor.id)
            await factors.save(Factor(owner_id=actor.id, sealed=sealed, enrolled_at=self.now()))
        login = person.login if isinstance(person, Staff) else person.phone
        return Enrolment(self.code_maker.text(sealed, actor.id), self.code_maker.uri(sealed, actor.id, login))

    async def confirm(self, actor: Actor, code: str) -> list[str]:
        """The second factor is in force; its fallback codes, shown this once.

        TooManyAttempts, SecondFactorNotSet, SecondFactorSet, CodeWrong.
        """
        await self._count(actor)
        async with self.transaction() as store:
            factors = factors_of(store, _holder(actor))
            factor = await factors.locked(actor.id)
            if factor is None:
                raise SecondFactorNotSet
            sealed, at = factor.sealed, self.now()
            confirmed = factor.confirmed(
                plain(code), lambda step: self.code_maker.code(sealed, actor.id, step), at
            )
            await factors.save(confirmed)
            fallbacks = await self._new_fallbacks(store, actor)
            await self._note(store, actor, StaffAct.FACTOR_SET, Change.FACTOR_SET)
            await return_try(store, [factor_change_door(actor.id)], at)
        self._forget(actor)
        return fallbacks

    async def remove(self, actor: Actor, code: str) -> None:
        """No second factor any more. Staff can do nothing else then but set up the next one.

        TooManyAttempts, SecondFactorNotSet, CodeWrong.
        """
        await self._count(actor)
        async with self.transaction() as store:
            await self._use(store, actor, code)
            await factors_of(store, _holder(actor)).forget(actor.id)
            await store.sign_in_challenges.drop(actor.id)
            await self._note(store, actor, StaffAct.FACTOR_REMOVED, Change.FACTOR_REMOVED)
        self._forget(actor)

    async def new_fallbacks(self, actor: Actor, code: str) -> list[str]:
        """Fallback codes in place of the former ones, shown this once. The same refusals."""
        await self._count(actor)
        async with self.transaction() as store:
            await self._use(store, actor, code)
            return await self._new_fallbacks(store, actor)

    async def _checked_person(self, actor: Actor, password: str) -> Customer | Staff:
        doors = [password_door(UserId(actor.id))]
        async with self.transaction() as store:
            person = await _person(store, actor)
            if person.password_hash is not None:
                await count_try(store, doors, self.now(), self.zone)
            else:
                await self._check_fresh(store, actor)
        if person.password_hash is not None:
            if not await self.passwords.verified(password, person.password_hash):
                raise PasswordWrong(field="password")
            async with self.transaction() as store:
                await return_try(store, doors, self.now())
        return person

    async def _check_fresh(self, store: Store, actor: Actor) -> None:
        session = actor.session_id and await store.sessions.locked(actor.id, actor.session_id)
        if not session or session.created_at + FRESH < self.now():
            raise SignInNotFresh

    async def _count(self, actor: Actor) -> None:
        async with self.transaction() as store:
            await count_try(store, [factor_change_door(actor.id)], self.now(), self.zone)

    async def _use(self, store: Store, actor: Actor, code: str) -> None:
        at, holder = self.now(), _holder(actor)
        factor = await factors_of(store, holder).of(actor.id)
        if factor is None or not factor.is_confirmed:
            raise SecondFactorNotSet
        if not await use_code(store, self.code_maker, holder, actor.id, code, at):
            raise CodeWrong(field="code")
        await return_try(store, [factor_change_door(actor.id)], at)

    async def _new_fallbacks(self, store: Store, actor: Actor) -> list[str]:
        at = self.now()
        terms = await store.terms.at(SecondFactorTerms, business_day(at, self.zone))
        codes = [fallback_code(self.new_secret()) for _ in range(terms.fallback_codes)]
        hashes = [fallback_hash(code) for code in codes]
        await factors_of(store, _holder(actor)).set_fallbacks(actor.id, hashes, at)
        return codes

    async def _note(self, store: Store, actor: Actor, act: StaffAct, change: Change) -> None:
        """For the record of staff; customers are told, in case it was not they who did it."""
        at = self.now()
        if actor.kind is ActorKind.STAFF:
            await store.staff_log.add(
                noted(actor, act, StaffId(actor.id), id=self.new_id(), at=at, reason="")
            )
            return
        customer = await _person(store, actor)
        assert isinstance(customer, Customer)
        channel = Channel.MAIL if customer.email else Channel.SMS
        notice = SecurityNotice(change=change, channel=channel, to=customer.email or customer.phone)
        await store.jobs.add(notice, run_at=at)

    def _forget(self, actor: Actor) -> None:
        # What staff may do hangs on their second factor.
        if actor.session_id is not None:
            self.presences.forget(actor.id, actor.session_id)


async def _person(store: Store, actor: Actor) -> Customer | Staff:
    person = (
        await store.staff.by_id(StaffId(actor.id))
        if actor.kind is ActorKind.STAFF
        else await store.customers.by_id(UserId(actor.id))
    )
    assert person is not None
    return person


def _holder(actor: Actor) -> Holder:
    assert actor.kind is not ActorKind.SYSTEM
    return Holder.STAFF if actor.kind is ActorKind.STAFF else Holder.CUSTOMER
