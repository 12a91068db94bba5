"""What a reading would cost: asked before it is sent, or of one that was sent."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from domain.kernel.access import Access
from domain.kernel.calendar import Period, business_day, period_of
from domain.readings.cost import UNCONFIRMED, CostBasis, PreliminaryCost, Said, Used, preliminary_cost
from domain.readings.meters import Meter
from domain.readings.readings import Reading, ReadingState

_GONE = frozenset({ReadingState.REFUSED, ReadingState.REPLACED})


@dataclass(frozen=True, slots=True)
class CostService:
    prices: CostBasis
    now: Callable[[], datetime]
    zone: tzinfo

    async def of_reading(self, access: Access, meter: Meter, reading: Reading) -> PreliminaryCost:
        """Of the values that stand, or that an operator is to decide about; a refused or replaced one costs
        nothing, and nothing is told of figures that their sender is to look at first."""
        every = (*reading.values, *reading.repeats)
        if any(value.state is ReadingState.NEEDS_CONFIRMATION and value.may_insist for value in every):
            return PreliminaryCost(why_not=Said(text=UNCONFIRMED))
        used = [
            Used(
                zone=value.zone,
                direction=value.direction,
                volume=value.consumption,
                since=value.previous_on,
            )
            for value in every
            if value.state not in _GONE and value.consumption is not None
        ]
        period = min((value.period for value in reading.values), default=None)
        return await self.of_consumption(access, meter, used, reading.taken_on, period)

    async def of_consumption(
        self,
        access: Access,
        meter: Meter,
        used: Sequence[Used],
        taken_on: date,
        period: Period | None = None,
    ) -> PreliminaryCost:
        """At the prices in force on the day of the reading, but not later than today. `period`: the one
        it counts in; None: its own month."""
        day = min(taken_on, business_day(self.now(), self.zone))
        basis = await self.prices.basis(access, meter, day, period or period_of(taken_on))
        return preliminary_cost(meter, used, basis, taken_on)
