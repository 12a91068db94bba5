"""Passwords by argon2id (RFC 9106), with OWASP's parameters: 19 MiB, 2 passes, 1 lane, about 30 ms.

Hashing lets go of the interpreter, so it runs in threads: two at a time, for each takes a core and
19 MiB, and a short queue behind them. A longer one is refused: it would only time out.
"""

import asyncio
from dataclasses import dataclass, field
from functools import cache

import argon2
from argon2.exceptions import InvalidHashError, VerificationError

from domain.people.sessions import PasswordsBusy

AT_ONCE = 2
MOST_WAITING = 100

_OWASP = argon2.PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


@cache
def _nobodys(hasher: argon2.PasswordHasher) -> str:
    """Verified in place of an unknown person's hash, by the same parameters: one for the process will do."""
    return hasher.hash("nobody's")


@dataclass(slots=True)
class Argon2Passwords:
    hasher: argon2.PasswordHasher = _OWASP
    _room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    _waiting: int = 0
    _nobodys: str = ""

    def __post_init__(self) -> None:
        # Made before anybody asks, so that the time of the first answer tells nothing either.
        self._nobodys = _nobodys(self.hasher)

    async def hashed(self, password: str) -> str:
        async with _Turn(self):
            return await asyncio.to_thread(self.hasher.hash, password)

    async def verified(self, password: str, kept: str | None) -> bool:
        async with _Turn(self):
            right = await asyncio.to_thread(self._verify, password, kept or self._nobodys)
        return right and bool(kept)

    def _verify(self, password: str, kept: str) -> bool:
        try:
            return self.hasher.verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False


@dataclass(slots=True)
class _Turn:
    """One place in the queue, then one of the threads."""

    passwords: Argon2Passwords

    async def __aenter__(self) -> None:
        if self.passwords._waiting >= MOST_WAITING:
            raise PasswordsBusy
        self.passwords._waiting += 1
        try:
            await self.passwords._room.acquire()
        finally:
            self.passwords._waiting -= 1

    async def __aexit__(self, *_: object) -> None:
        self.passwords._room.release()
