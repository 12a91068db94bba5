"""A registry loaded from the command line: kept, judged, posted by several processes, watched meanwhile."""

import asyncio
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from adapters.postgres.pool import create_pool
from adapters.postgres.store import Transactions
from domain.kernel.ids import AccountId
from domain.payments.registries.entries import Expected
from domain.payments.registries.files import PaymentRegistry, RegistryState
from infra import clock
from infra.import_crew import spare_the_collector
from infra.registries import registry_service
from infra.registry_crew import crew
from infra.settings import Settings
from services.payments.registries import Progress, RegistryService

SMALL_ROWS = 5_000
"""Posted before other processes have begun."""
_LOOK_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Loading:
    settings: Settings
    file: Path
    agent: str
    expected: Expected
    workers: int | None = None

    async def run(self, progress: Progress) -> PaymentRegistry:
        """As far as it goes. AgentNotFound, RegistryTooLarge."""
        spare_the_collector()
        pool = await create_pool(self.settings.database_url, min_size=1, max_size=3)
        try:
            transaction = Transactions(pool, clock.now, clock.new_id)
            zone = ZoneInfo(self.settings.zone)
            return await self._loaded(registry_service(transaction, clock.now, zone), progress)
        finally:
            await pool.close()

    async def _loaded(self, service: RegistryService, progress: Progress) -> PaymentRegistry:
        kept = await service.receive(
            AccountId(clock.new_id()),
            agent_code=self.agent,
            file_name=self.file.name,
            body=self.file.read_bytes(),
            who="kabinet registries",
            expected=self.expected,
            judges_itself=True,
        )
        progress(kept.state, 0, 0)
        registry = await service.judged(kept.id)
        while registry.state is RegistryState.POSTING:
            watch = asyncio.create_task(_watch(service, registry, progress))
            helpers = (self.workers or os.cpu_count() or 1) - 1 if registry.rows > SMALL_ROWS else 0
            with crew(self.settings.database_url, self.settings.zone, registry.id, helpers) as others:
                registry = await service.work(registry.id)
                await asyncio.gather(*map(asyncio.wrap_future, others))
            watch.cancel()
            with suppress(asyncio.CancelledError):
                await watch
            registry = await service.work(registry.id)
            if registry.state is RegistryState.POSTING:
                await asyncio.sleep(_LOOK_SECONDS)  # a worker elsewhere holds the last rows
        return registry


async def _watch(service: RegistryService, registry: PaymentRegistry, progress: Progress) -> None:
    while True:
        async with service.transaction() as store:
            fates = await store.payment_registries.fates(registry.id)
        waiting = fates["waiting"].rows if "waiting" in fates else 0
        progress(registry.state, registry.rows - waiting, registry.rows)
        await asyncio.sleep(_LOOK_SECONDS)
