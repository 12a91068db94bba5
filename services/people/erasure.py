"""Erasing a person from the cabinet."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo

from domain.kernel.access import Actor
from domain.kernel.calendar import business_day
from domain.kernel.ids import UserId
from domain.people.attempts import known_door, sign_in_doors
from domain.people.customers import Customer
from domain.people.erasure import FRESH, Erasure, ErasureUnproved, ProofKind, Staying, staying
from domain.people.retention import RetentionTerms
from domain.people.sessions import Passwords, Presences
from domain.store import Transaction
from services.people.tries import count_try, return_try


@dataclass(frozen=True, slots=True)
class ErasureService:
    transaction: Transaction
    passwords: Passwords
    presences: Presences
    now: Callable[[], datetime]
    zone: tzinfo

    async def erase(self, actor: Actor, password: str | None, *, ip: str) -> tuple[Erasure, list[Staying]]:
        """Take the customer's data out and say what stays. A repeated call gives the first answer.

        ErasureUnproved, TooManyAttempts.
        """
        user_id = UserId(actor.id)
        async with self.transaction() as store:
            erasure = await store.erasures.found(user_id)
            terms = await store.terms.at(RetentionTerms, business_day(self.now(), self.zone))
        if erasure is None:
            proof = await self._proof(actor, password, ip)
            erasure = await self._erase(user_id, proof)
        return erasure, staying(terms, business_day(erasure.erased_at, self.zone))

    async def _erase(self, user_id: UserId, proof: ProofKind) -> Erasure:
        async with self.transaction() as store:
            if kept := await store.erasures.found(user_id):
                return kept
            erasure, sessions = await store.erasures.erase(user_id, proof, self.now())
        for session_id in sessions:
            self.presences.forget(user_id, session_id)
        return erasure

    async def _proof(self, actor: Actor, password: str | None, ip: str) -> ProofKind:
        if password is None:
            return await self._fresh(actor)
        async with self.transaction() as store:
            person = await store.customers.by_id(UserId(actor.id))
        if person is None:
            raise ErasureUnproved
        await self._check_password(person, password, ip)
        return ProofKind.PASSWORD

    async def _fresh(self, actor: Actor) -> ProofKind:
        async with self.transaction() as store:
            session = actor.session_id and await store.sessions.locked(actor.id, actor.session_id)
        if not session or session.created_at + FRESH < self.now():
            raise ErasureUnproved
        return ProofKind.FRESH_SIGN_IN

    async def _check_password(self, person: Customer, password: str, ip: str) -> None:
        """Guessing here is guessing at sign-in: the same doors are counted."""
        async with self.transaction() as store:
            known = await store.attempts.exists(known_door(person.phone, ip))
            doors = sign_in_doors(person.phone, ip, known=known)
            await count_try(store, doors, self.now(), self.zone)
        if not await self.passwords.verified(password, person.password_hash):
            raise ErasureUnproved(field="password")
        async with self.transaction() as store:
            await return_try(store, doors, self.now())
