"""Banks and payment agents as people call them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from litestar.di import NamedDependency, Provide
from litestar.params import SkipValidation

from domain.kernel.calendar import business_day
from domain.payments.registries.agents import PaymentAgents

_ONLINE = {"yookassa": "ЮKassa"}


@dataclass(frozen=True, slots=True)
class AgentNames:
    agents: PaymentAgents
    now: datetime
    zone: ZoneInfo

    async def by_code(self) -> Mapping[str, str]:
        """Of those too whose contract has ended, and of the online provider, who is none of them."""
        every = await self.agents.all(business_day(self.now, self.zone))
        return _ONLINE | {one.code: one.name for one in every}


def agent_names(
    payment_agents: NamedDependency[SkipValidation[PaymentAgents]],
    now: NamedDependency[datetime],
    zone: NamedDependency[SkipValidation[ZoneInfo]],
) -> AgentNames:
    return AgentNames(payment_agents, now, zone)


DEPENDENCIES = {"agent_names": Provide(agent_names, sync_to_thread=False)}
