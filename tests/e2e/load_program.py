"""Loads one registry in a process that tests can kill.

python -m tests.e2e.load_program DSN FILE AGENT
"""

import asyncio
import sys
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from adapters.postgres.pool import create_pool
from adapters.postgres.store import Transactions
from adapters.registries import parse_registry
from infra import lifeline
from infra.clock import new_id
from services.payments.registries import RegistryService
from services.payments.registry_posting import RegistryPosting
from tests.households import NOON
from tests.registries import load


def service(pool, rows_at_once: int = 3) -> RegistryService:
    """Batches are small, so that there is much to break off."""

    def now():
        return NOON + timedelta(minutes=1)

    transaction, zone = Transactions(pool, now, new_id), ZoneInfo("Asia/Yekaterinburg")
    posting = RegistryPosting(transaction, now, zone, rows_at_once)
    return RegistryService(transaction, parse_registry, posting, now, zone)


async def main(dsn: str, body: bytes, agent: str) -> None:
    lifeline.follow_parent()
    pool = await create_pool(dsn, min_size=1, max_size=2)
    await load(service(pool), body, agent=agent)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]).read_bytes(), sys.argv[3]))
