from dataclasses import dataclass
from datetime import datetime
from infra.simulation.scheduler import Scheduler
from infra.simulation.town import Town
from infra.simulation.world import World


@dataclass(frozen=True, slots=True)
class Office:
    world: World
    scheduler: Scheduler
    town: Town
    cases_a_day: int

    def plan(self, begins: datetime) -> None: ...
