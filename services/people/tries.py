"""Counting tries, the same for everything that can be guessed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo

from msgspec.structs import replace

from domain.kernel.calendar import business_day
from domain.people.attempts import (
    AttemptTerms,
    Door,
    PruneAttempts,
    TooManyAttempts,
    known_door,
)
from domain.people.retention import RetentionTerms, Sort
from domain.store import Store, Transaction


async def count_try(store: Store, doors: Iterable[Door], at: datetime, zone: tzinfo) -> None:
    """Count one try at each door, or raise TooManyAttempts when one of them is shut.

    It belongs in a transaction of its own, committed before the try is checked. `doors` stand in
    their order: everybody locks them so.
    """
    terms = await store.terms.at(AttemptTerms, business_day(at, zone))
    rows = [await store.attempts.locked(door, at) for door in doors]
    if wait := max(row.wait_seconds(at) for row in rows):
        raise TooManyAttempts(retry_after_seconds=wait)
    for row in rows:
        await store.attempts.save(row.tried(terms.limits[row.kind], at))


async def return_try(store: Store, doors: Iterable[Door], at: datetime) -> None:
    """The try was right: it does not count."""
    for door in doors:
        await store.attempts.save((await store.attempts.locked(door, at)).returned())


async def remember_network(store: Store, login: str, ip: str, at: datetime) -> None:
    """Its owner has just come in from there: strangers' tries elsewhere do not slow them here."""
    known = await store.attempts.locked(known_door(login, ip), at)
    await store.attempts.save(replace(known, window_started_at=at))


@dataclass(frozen=True, slots=True)
class AttemptPruning:
    transaction: Transaction
    now: Callable[[], datetime]
    zone: tzinfo

    async def prune(self, job: PruneAttempts) -> None:
        async with self.transaction() as store:
            terms = await store.terms.at(RetentionTerms, business_day(self.now(), self.zone))
            await store.attempts.prune(terms.over_before(Sort.ATTEMPTS, self.now()))
            await store.sign_in_challenges.prune(self.now())
