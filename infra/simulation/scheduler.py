"""What happens when: one queue of moments; after each thing a worker wakes and all is looked at."""

import heapq
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from infra.simulation.world import Answer, World

T = TypeVar("T")
Act = Callable[[], Awaitable[None]]

_TRIES = 8
_LEASE_RUNS_OUT = timedelta(seconds=31)


@dataclass
class Scheduler:
    """`look` is called after each step."""

    world: World
    look: Act
    _queue: list[tuple[datetime, int, str, Act]] = field(default_factory=list)
    _count: int = 0

    def at(self, moment: datetime, what: str, act: Act) -> None:
        self._count += 1
        heapq.heappush(self._queue, (moment, self._count, what, act))

    def later(self, what: str, act: Act, **amount: float) -> None:
        self.at(self.world.chance.clock() + timedelta(**amount), what, act)

    async def run(self, until: datetime) -> None:
        """All that comes before that moment."""
        while self._queue and self._queue[0][0] < until:
            moment, _, what, act = heapq.heappop(self._queue)
            self.world.chance.clock.until(moment)
            self.world.events += 1
            self.world.note(what)
            await act()
            deaths = len(self.world.fate.died)
            await self.world.wake()
            if len(self.world.fate.died) > deaths:
                self.at(self.world.chance.clock() + _LEASE_RUNS_OUT, "another worker", self.nothing)
            await self.look()
        self.world.chance.clock.until(until)

    async def nothing(self) -> None:
        """Only time passes: the worker wakes after it."""

    async def until_heard(
        self,
        what: str,
        call: Callable[[], Awaitable[T]],
        then: Callable[[Answer[T]], Awaitable[None]] | None = None,
        tries: int = _TRIES,
    ) -> None:
        """Asks, and asks again with the same ids while nothing is heard."""
        answer = await self.world.ask(what, call)
        if answer.is_lost and tries > 1:

            async def again() -> None:
                await self.until_heard(what, call, then, tries - 1)

            seconds = self.world.chance.dice("repeats").randint(2, 90)
            self.later(f"again: {what}", again, seconds=seconds)
        elif then is not None:
            await then(answer)
