"""Tries at a door, and how long it stays shut."""

from datetime import timedelta

from domain.people.attempts import Door, Tries, TryKind
from tests.contracts.people.persons import NOON


async def test_tries_are_kept_forgotten_and_pruned(place):
    door = Door(TryKind.SIGN_IN, "+79000000001 203.0.113.7")
    locked = Tries(
        kind=door.kind,
        key=door.key,
        window_started_at=NOON,
        count=2,
        lock_no=1,
        locked_until=NOON + timedelta(minutes=1),
    )
    async with place.transaction() as store:
        assert not await store.attempts.exists(door)
        fresh = await store.attempts.locked(door, NOON)
        assert fresh == Tries(kind=door.kind, key=door.key, window_started_at=NOON)
        await store.attempts.save(locked)
    async with place.transaction() as store:
        assert await store.attempts.locked(door, NOON + timedelta(hours=1)) == locked
        assert await store.attempts.exists(door)
        assert await store.attempts.prune(NOON + timedelta(seconds=30)) == 0
        assert await store.attempts.prune(NOON + timedelta(seconds=61)) == 1
        assert not await store.attempts.exists(door)
        await store.attempts.save(locked)
        await store.attempts.forget(door)
        assert not await store.attempts.exists(door)
