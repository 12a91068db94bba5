"""The world outside: the bank's weather, its notices that come late, twice, in no order or never."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from infra.simulation.bank import Weather
from infra.simulation.scheduler import Scheduler
from infra.simulation.world import World

_LOST, _DOUBLED, _LATE = 0.15, 0.15, 0.2
_SECONDS_SOON, _SECONDS_LATE = (1, 40), (600, 200_000)
_DELIVERED_AGAIN_SECONDS, _MOST_DELIVERIES = 600, 5
_WEATHERS = (Weather.SLOW, Weather.REFUSING, Weather.DOWN)


@dataclass(frozen=True, slots=True)
class Outside:
    world: World
    scheduler: Scheduler

    def plan(self, begins: datetime) -> None:
        """A day's weather, and the hour at which refunds under way end."""
        dice = self.world.chance.dice("weather")
        self.scheduler.later("the bank ends its refunds", self._end_refunds, hours=dice.uniform(1, 23))
        for _ in range(dice.randint(1, 3)):
            begin, lasts = dice.uniform(0, 22), dice.choice((0.1, 0.5, 2.0))
            weather = dice.choice(_WEATHERS)
            self.scheduler.later(f"the bank is {weather}", partial(self._set, weather), hours=begin)
            self.scheduler.later("the bank is fine", partial(self._set, Weather.FINE), hours=begin + lasts)

    def notice(self, body: bytes) -> None:
        """The bank has something to tell."""
        dice = self.world.chance.dice("notices")
        fate = dice.random()
        if fate < _LOST:
            self.world.note("a notice is lost")
            return
        least, most = _SECONDS_LATE if fate < _LOST + _LATE else _SECONDS_SOON
        for _ in range(2 if dice.random() < _DOUBLED else 1):
            deliver = partial(self._deliver, body, _MOST_DELIVERIES)
            self.scheduler.later("a notice comes", deliver, seconds=dice.randint(least, most))

    async def _deliver(self, body: bytes, left: int) -> None:
        """Again until it hears yes, as the bank does."""
        if not await self.world.hear(body) and left > 1:
            again = partial(self._deliver, body, left - 1)
            self.scheduler.later("a notice comes again", again, seconds=_DELIVERED_AGAIN_SECONDS)

    async def _set(self, weather: Weather) -> None:
        self.world.bank.weather = weather

    async def _end_refunds(self) -> None:
        self.world.bank.end_refunds()
