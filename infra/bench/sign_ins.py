"""A process where people sign in while its event loop is watched: `python -m infra.bench.sign_ins DSN`."""

import asyncio
import sys
import time
from typing import Any, cast

import uvloop

from adapters.passwords.argon2 import Argon2Passwords
from adapters.postgres.pool import create_pool
from domain.payments.provider import Provider
from infra import clock, lifeline
from infra.bench import companion
from infra.container import Container, wire
from infra.settings import load
from services.people.enrolment import EnrolmentService

_PASSWORD = "kabinet-bench"  # noqa: S105 - of invented people
_FIRST_PHONE = 79_000_001_000
_LOOK_EVERY_SECONDS = 0.001


class Watched:
    """`people` sign in at the same time, as often as asked."""

    def __init__(self, container: Container, passwords: Argon2Passwords, people: int) -> None:
        self._container, self._passwords = container, passwords
        self._phones = [f"+{_FIRST_PHONE + number}" for number in range(people)]
        self._kept = ""

    async def enrol(self) -> None:
        service = self._container.enrolment_service
        enrolment = EnrolmentService(service.transaction, self._passwords, clock.now, clock.new_id)
        for phone in self._phones:
            await enrolment.customer(phone, "Иванов И. И.", _PASSWORD, None)
        self._kept = await self._passwords.hashed(_PASSWORD)

    async def act(self, question: dict[str, Any]) -> dict[str, Any]:
        """The longest time the loop did not look, and the time of one verification in the loop itself."""
        watch = asyncio.create_task(_longest_wait_ms())
        await asyncio.gather(*(self._sign_in(phone) for phone in self._phones))
        watch.cancel()
        began = time.perf_counter()
        self._passwords.hasher.verify(self._kept, _PASSWORD)
        return {"waited_ms": await watch, "one_ms": (time.perf_counter() - began) * 1000}

    async def _sign_in(self, phone: str) -> None:
        await self._container.session_service.sign_in(phone, _PASSWORD, device="bench", ip="127.0.0.1")


async def _longest_wait_ms() -> float:
    """Looks every millisecond until cancelled; how late it came at worst."""
    longest_seconds = 0.0
    try:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(_LOOK_EVERY_SECONDS)
            longest_seconds = max(longest_seconds, time.perf_counter() - began - _LOOK_EVERY_SECONDS)
    except asyncio.CancelledError:
        return longest_seconds * 1000


async def main(dsn: str, people: int) -> None:
    pool = await create_pool(dsn)
    watched = Watched(
        wire(load({"DATABASE_URL": dsn}), pool, cast(Provider, None)), Argon2Passwords(), people
    )
    await watched.enrol()
    await companion.answer(watched.act)


if __name__ == "__main__":
    lifeline.follow_parent()
    uvloop.run(main(sys.argv[1], int(sys.argv[2])))
