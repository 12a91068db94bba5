"""A whole run: an empty database, the town, day after day, the quiet after it, the digest."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import asyncpg

from adapters.postgres.pool import connect, create_pool
from infra.errors import OperatorError
from infra.migrate import migrate
from infra.settings import Settings, load
from infra.simulation.agents import Agents, Sent
from infra.simulation.bank import Bank, Weather
from infra.simulation.billing import Billing
from infra.simulation.cases import Cases
from infra.simulation.chance import Chance, Clock
from infra.simulation.checks import Checks, Violation
from infra.simulation.crashes import killing
from infra.simulation.office import Office
from infra.simulation.outside import Outside
from infra.simulation.residents import Residents
from infra.simulation.scheduler import Scheduler
from infra.simulation.town import BEGINS, Town, first_moment, laid
from infra.simulation.world import Mend, SeededFate, World

SHOP_ID, SECRET = "100500", "test_simulation"
_QUIET_HOURS = (1, 2, 3, 4, 6, 8, 10, 14, 18, 22, 26, 31, 32, 34, 40, 48, 60, 72, 80)
"""The bank's notices come at most 56 hours late; our questions go on for a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    seed: int
    days: int
    households: int = 12
    payments_a_day: int = 14
    files_a_day: int = 3
    cases_a_day: int = 3
    wakes_a_day: int = 24
    """Besides those after each event."""
    one_step_in: int = 400
    """One step in so many is a death."""


class Broken(Exception):
    """An invariant does not hold. The text is all that is needed to see it again."""

    def __init__(self, wanted: Wanted, day: int, world: World, why: BaseException) -> None:
        told = "\n".join(f"  {line}" for line in world.last_events)
        name = why.invariant if isinstance(why, Violation) else type(why).__name__
        super().__init__(
            f"seed {wanted.seed}, day {day}, step {world.events}: {name}\n{why}\nThe last events:\n{told}"
        )
        self.invariant = name


@dataclass
class Played:
    """What a run came to so far."""

    days: int = 0
    events: int = 0
    deaths: int = 0
    payments: int = 0
    registries: int = 0
    failures: int = 0
    digest: str = ""


@dataclass
class Play:
    wanted: Wanted
    world: World
    connection: asyncpg.Connection
    played: Played = field(default_factory=Played)
    sent: list[Sent] = field(default_factory=list)

    async def run(self, passed: Callable[[Played], None] = lambda played: None) -> Played:
        """Broken when an invariant does not hold."""
        town = await laid(self.world, self.wanted.households)
        checks = Checks(self.world, self.connection, self.sent)
        scheduler = Scheduler(self.world, checks.step)
        actors = self._actors(scheduler, town)
        self.world.fate.armed = True
        try:
            for day in range(1, self.wanted.days + 1):
                for actor in actors:
                    actor.plan(self.world.chance.clock())
                for wake in range(self.wanted.wakes_a_day):
                    hours = wake * 24 / self.wanted.wakes_a_day
                    scheduler.later("the timer fires", scheduler.nothing, hours=hours)
                await scheduler.run(first_moment(self.world) + timedelta(days=day))
                await checks.day()
                self._count(day)
                passed(self.played)
            await self._quiet(scheduler)
            await checks.end()
        except (Violation, AssertionError) as why:
            raise Broken(self.wanted, self.played.days + 1, self.world, why) from why
        self._count(self.wanted.days)
        self.played.digest = await checks.digest()
        return self.played

    def _actors(self, scheduler: Scheduler, town: Town) -> tuple[Outside, Billing, Residents, Agents, Office]:
        wanted, world = self.wanted, self.world
        outside = Outside(world, scheduler)
        world.bank.tell = outside.notice
        return (
            outside,
            Billing(world, scheduler, town),
            Residents(world, scheduler, town, wanted.payments_a_day),
            Agents(world, scheduler, town, wanted.files_a_day, self.sent),
            Office(world, scheduler, town, Cases(world, town), wanted.cases_a_day),
        )

    async def _quiet(self, scheduler: Scheduler) -> None:
        """Nobody dies, nobody begins anything; what is under way comes to its end."""
        world = self.world
        world.fate.armed, world.bank.weather = False, Weather.FINE
        for hour in _QUIET_HOURS:
            scheduler.later("some hours pass", scheduler.nothing, hours=hour)
        scheduler.later("the bank is fine", partial(_fine, world), hours=3)
        scheduler.later("the bank ends its refunds", partial(_end_refunds, world), hours=30)
        await scheduler.run(world.chance.clock() + timedelta(hours=_QUIET_HOURS[-1], minutes=1))

    def _count(self, day: int) -> None:
        world, played = self.world, self.played
        played.days, played.events, played.deaths = day, world.events, len(world.fate.died)
        played.payments, played.registries = len(world.bank.payments), len(self.sent)
        played.failures = world.failures


async def _fine(world: World) -> None:
    world.bank.weather = Weather.FINE


async def _end_refunds(world: World) -> None:
    world.bank.end_refunds()


@asynccontextmanager
async def opened(
    wanted: Wanted,
    dsn: str,
    folder: Path,
    mend: Mend = lambda container: container,
    told: Callable[[str], None] = lambda line: None,
) -> AsyncIterator[Play]:
    """On the database at `dsn`, which must be empty. OperatorError when it is not."""
    settings = _settings(dsn, folder)
    chance = Chance(wanted.seed, Clock(datetime.fromisoformat(f"{BEGINS}T00:00:00+05:00")))
    await _empty_schema(dsn, chance.clock)
    pool = await create_pool(dsn, min_size=2, max_size=6)
    owner = await asyncpg.connect(dsn)
    connection = await connect(dsn)

    try:
        fate = SeededFate(killing(owner), chance=chance, one_in=wanted.one_step_in)
        world = World(settings, pool, chance, Bank(chance, SHOP_ID), fate, folder, mend, told)
        yield Play(wanted, world, connection)
    finally:
        pool.terminate()
        connection.terminate()
        owner.terminate()


def _settings(dsn: str, folder: Path) -> Settings:
    """Nothing of this installation's environment: a run follows from its seed."""
    return load(
        {
            "DATABASE_URL": dsn,
            "KABINET_DATA": str(folder),
            "KABINET_YOOKASSA_SHOP_ID": SHOP_ID,
            "KABINET_YOOKASSA_SECRET": SECRET,
        }
    )


async def _empty_schema(dsn: str, now: Callable[[], datetime]) -> None:
    await migrate(dsn, now=now)
    connection = await connect(dsn)
    try:
        if await connection.fetchval("SELECT EXISTS (SELECT FROM accounts)"):
            raise OperatorError("The database is not empty: give the address of one that may be played with.")
    finally:
        connection.terminate()
