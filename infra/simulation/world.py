"""The product in this process, and its deaths: the database, the bank and the clock outlive it.

`restart` is a new process: all that keeps anything in memory is made anew on the same database. What a worker
had in hand is picked by the next one when its lease has run out.
"""

from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar

import asyncpg

from adapters.postgres.job_queue import JobQueue
from adapters.postgres.picked_job import PickedJob
from adapters.postgres.store import CONNECTION_LOST, Transactions
from domain.kernel.errors import OutcomeUnknown, Refusal, TryAgain, Unavailable
from infra.container import Container, wire
from infra.handlers import handlers, schedules
from infra.job_runs import JobRuns, Outcome
from infra.schedules import Schedule, fire
from infra.settings import Settings
from infra.simulation.bank import Bank, Register
from infra.simulation.chance import Chance
from infra.simulation.crashes import Crash, DyingPool, DyingProvider, Fate
from services.imports.posting import PostersHere
from services.repeating import repeated

T = TypeVar("T")

LAST_EVENTS = 20
_LEASE = timedelta(seconds=30)
_AT_ONCE = 6
"""What a worker has in its hand when it dies counts as tried, all of it: a few at a time."""
_ROUNDS = 400
_TIMERS = ("payments.", "receipts.", "proofs.", "accounts.", "cases.escalate")
_LOST = (*CONNECTION_LOST, OutcomeUnknown, Unavailable, TryAgain)

Mend = Callable[[Container], Container]
"""Makes of a container another: a broken one, for tests that the simulation finds it out."""


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """What a caller hears: a value; the code of a refusal; or nothing, for we died or do not know."""

    value: T | None = None
    code: str = ""

    @property
    def is_lost(self) -> bool:
        return self.code == "lost"

    @property
    def is_done(self) -> bool:
        return not self.code


@dataclass
class SeededFate(Fate):
    """Dies at one step in so many."""

    chance: Chance | None = None
    one_in: int = 150

    def comes(self, step: str) -> bool:
        if not self.armed or self.chance is None or self.chance.dice("fate").randrange(self.one_in):
            return False
        self.died.append(step)
        return True


@dataclass
class World:
    """`pool` is the real one; the container has one that may die."""

    settings: Settings
    pool: asyncpg.Pool
    chance: Chance
    bank: Bank
    fate: SeededFate
    folder: Path
    mend: Mend = lambda container: container
    told: Callable[[str], None] = lambda line: None
    events: int = 0
    failures: int = 0
    last_events: deque[str] = field(default_factory=lambda: deque(maxlen=LAST_EVENTS))
    container: Container = field(init=False)
    _queue: JobQueue = field(init=False)
    _runs: JobRuns = field(init=False)
    _timers: list[Schedule] = field(init=False)
    watching: Transactions = field(init=False)
    """For looking from outside: never dies."""
    _lives: int = 0

    def __post_init__(self) -> None:
        self.watching = Transactions(self.pool, self.chance.clock, self.chance.new_id)
        self.restart()

    def restart(self) -> None:
        self._lives += 1
        pool: Any = DyingPool(self.pool, self.fate)
        provider: Any = DyingProvider(self.bank, self.fate)
        container = wire(
            self.settings,
            pool,
            provider,
            self.chance.clock,
            cash_register=Register(self.bank),
            new_id=self.chance.new_id,
            entropy=self.chance.entropy,
        )
        self.container = self.mend(_one_after_another(container))
        dice = self.chance.dice("backoff")
        self._queue = JobQueue(pool, f"worker {self._lives}", self.chance.clock, dice.random, _LEASE)
        self._runs = JobRuns(handlers(self.container))
        self._timers = [one for one in schedules(self.container) if one.name.startswith(_TIMERS)]

    def note(self, words: str) -> None:
        """One line of the story."""
        line = f"{self.chance.clock():%Y-%m-%d %H:%M:%S} {words}"
        self.last_events.append(line)
        self.told(line)

    async def ask(self, what: str, call: Callable[[], Awaitable[T]]) -> Answer[T]:
        """One request from outside. `call` is one use case with its ids fixed; a request that is lost may
        have been done or not."""
        died = len(self.fate.died)
        try:
            answer: Answer[T] = Answer(value=await repeated(call))
        except Crash:
            self.restart()
            answer = Answer(code="lost")
        except _LOST:
            answer = Answer(code="lost")
        except Refusal as refusal:
            answer = Answer(code=refusal.code)
        deaths = "".join(f", {one}" for one in self.fate.died[died:])
        self.note(f"{what}: {answer.code or 'done'}{deaths}")
        return answer

    async def wake(self) -> None:
        """A worker wakes up: timers, then whatever is due, until nothing is. Dies as everybody does."""
        try:
            await fire(self.container.pool, self._timers, self.chance.clock(), self.chance.new_id)
            for _ in range(_ROUNDS):
                if not await self._work():
                    return
        except Crash:
            self.note(f"worker {self._lives} died: {self.fate.died[-1]}")
            self.restart()
        except _LOST:
            self.note(f"worker {self._lives} lost its connection: {self.fate.died[-1]}")
        else:
            raise AssertionError("jobs promise each other without end")

    async def _work(self) -> bool:
        """Whether anything was due."""
        picked = await self._queue.pick_alone() or await self._queue.pick(_AT_ONCE)
        for job in sorted(picked, key=lambda one: one.job_id):
            if job.state != "dead":
                await self._done(job)
        return bool(picked)

    async def _done(self, picked: PickedJob) -> None:
        (job,) = await self._queue.begin([picked])
        run = await self._runs.run(job)
        match run.outcome:
            case Outcome.DONE:
                await self._queue.done([job])
            case Outcome.HOPELESS:
                await self._queue.bury(job, run.error)
            case _ if run.until is not None:
                await self._queue.put_off(job, run.until)
            case _:
                self.failures += 1
                self.note(f"job {job.kind} failed: {run.error}")
                await self._queue.failed(job, run.error)

    async def hear(self, body: bytes) -> bool:
        """The bank's notice at our door; whether the bank may forget it."""
        settlement = self.container.payment_settlement
        return (await self.ask("notice", partial(settlement.hear, body, "203.0.113.1"))).is_done


def _one_after_another(container: Container) -> Container:
    """Batches of an import that go side by side would die in an order that no seed decides."""
    service = container.import_service
    posters = PostersHere(service.transaction, service.now, at_once=1)
    return replace(container, import_service=replace(service, posters=posters))
