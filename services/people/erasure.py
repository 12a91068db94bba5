"""Erasing a person from the cabinet."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from uuid import UUID

from domain.kernel.access import OURSELVES, Access, Actor, Scope
from domain.kernel.calendar import business_day
from domain.kernel.ids import UserId
from domain.people.attempts import password_door
from domain.people.customers import Customer
from domain.people.erasure import FRESH, Erasure, ErasureUnproved, ProofKind, Staying, staying
from domain.people.passwords import PasswordWrong
from domain.people.powers import Power
from domain.people.retention import RetentionTerms
from domain.people.sessions import Passwords, Presences
from domain.store import Store, Transaction
from services.people.leaving import leave
from services.people.tries import count_try, return_try


@dataclass(frozen=True, slots=True)
class ErasureService:
    transaction: Transaction
    passwords: Passwords
    presences: Presences
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]
    zone: tzinfo

    async def erase(self, actor: Actor, password: str | None) -> tuple[Erasure, list[Staying]]:
        """Take the customer's data out and say what stays. A repeated call gives the first answer.

        ErasureUnproved, TooManyAttempts, PasswordWrong.
        """
        user_id = UserId(actor.id)
        async with self.transaction() as store:
            erasure = await store.erasures.found(user_id)
            powers = await store.powers.of_user(user_id)
            terms = await store.terms.at(RetentionTerms, business_day(self.now(), self.zone))
        if erasure is None:
            proof = await self._proof(actor, password)
            erasure = await self._erase(actor, proof, [power for power in powers if power.is_live])
        return erasure, staying(terms, business_day(erasure.erased_at, self.zone))

    async def _erase(self, actor: Actor, proof: ProofKind, powers: Sequence[Power]) -> Erasure:
        user_id = UserId(actor.id)
        async with self.transaction() as store:
            if kept := await store.erasures.found(user_id):
                return kept
            accounts_left = await self._leave_accounts(store, actor, powers)
            await _forget_proofs(store, user_id)
            erasure, sessions = await store.erasures.erase(
                user_id, proof, self.now(), accounts_left=accounts_left
            )
        for session_id in sessions:
            self.presences.forget(user_id, session_id)
        return erasure

    async def _leave_accounts(self, store: Store, actor: Actor, powers: Sequence[Power]) -> int:
        """Also where only a power of attorney waits. One presented meanwhile lets nobody act: whoever
        confirms it looks for the person."""
        user_id, at = UserId(actor.id), self.now()
        accounts = await store.erasures.accounts_of(user_id)
        # In their order: everybody locks them so.
        for account_id in sorted({*accounts, *(power.account_id for power in powers)}):
            ours = Access(actor=OURSELVES, account_id=account_id, scope=Scope.SEE, at=at)
            circle = await store.delegations.circle_locked(ours)
            if circle.has(user_id, at):
                theirs = Access(actor=actor, account_id=account_id, scope=Scope.SEE, at=at)
                await leave(store, circle, theirs, self.new_id)
            await store.delegations.end(account_id, user_id)  # a right that has run out, too
            if power := await store.powers.live(account_id, user_id):
                await store.powers.save(power.revoked(user_id, at))
            await store.erasures.forget_phone(account_id, user_id)
            await store.erasures.forget_sendings(account_id, user_id)
        return len(accounts)

    async def _proof(self, actor: Actor, password: str | None) -> ProofKind:
        if password is None:
            return await self._fresh(actor)
        async with self.transaction() as store:
            person = await store.customers.by_id(UserId(actor.id))
        if person is None:
            raise ErasureUnproved
        await self._check_password(person, password)
        return ProofKind.PASSWORD

    async def _fresh(self, actor: Actor) -> ProofKind:
        async with self.transaction() as store:
            session = actor.session_id and await store.sessions.locked(actor.id, actor.session_id)
        if not session or session.created_at + FRESH < self.now():
            raise ErasureUnproved
        return ProofKind.FRESH_SIGN_IN

    async def _check_password(self, person: Customer, password: str) -> None:
        door = password_door(person.id)
        async with self.transaction() as store:
            await count_try(store, [door], self.now(), self.zone)
        if not await self.passwords.verified(password, person.password_hash):
            raise PasswordWrong(field="password")
        async with self.transaction() as store:
            await return_try(store, [door], self.now())


async def _forget_proofs(store: Store, user_id: UserId) -> None:
    """Every other way by which the person could sign in."""
    for passkey in await store.passkeys.of_user(user_id):
        await store.passkeys.remove(user_id, passkey.credential_id)
    for identity in await store.identities.of_user(user_id):
        await store.identities.remove(user_id, identity.id)
    await store.factors.forget(user_id)
    await store.sign_in_challenges.drop(user_id)
