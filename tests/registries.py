"""Registries for tests: agents, files, the way of one file through the service."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from domain.kernel.ids import AccountId
from domain.payments.registries.entries import Expected
from domain.payments.registries.files import PaymentRegistry
from infra.clock import new_id
from infra.demo.agents import SBER, add_agents
from infra.demo.registry_files import Paid, sberbank
from infra.registries import registry_service
from services.payments.registries import RegistryService
from tests.kabinets import Kabinet

PAID_AT = datetime.fromisoformat("2026-11-19T21:30")
"""In Moscow, where the agent tells time; in the region it is half past eleven of the same day."""


def paid(no: int, account: str, kopecks: int, **more) -> Paid:
    return Paid(more.pop("at", PAID_AT), f"SUIP-{no:012d}", account, kopecks, **more)


async def load(
    service: RegistryService,
    body: bytes,
    *,
    agent: str = SBER.code,
    registry_id: UUID | None = None,
    expected: Expected = Expected(),
) -> PaymentRegistry:
    kept = await service.receive(
        AccountId(registry_id or new_id()),
        agent_code=agent,
        file_name="registry.txt",
        body=body,
        who="test",
        expected=expected,
        judges_itself=True,
    )
    return await service.work(kept.id)


async def loaded(kabinet: Kabinet, rows: Sequence[Paid]) -> PaymentRegistry:
    """A registry of the Sberbank-like agent, as far as it goes; then its suspense is looked through."""
    await add_agents(kabinet.container.transaction)
    found = await load(kabinet.container.of_registries.registry_service, sberbank(rows))
    await kabinet.work()
    return found


async def fates(pool: asyncpg.Pool, registry_id: UUID) -> dict[int, tuple[str, str | None]]:
    rows = await pool.fetch(
        "SELECT row_no, state, code FROM registry_rows WHERE account_id = $1 ORDER BY row_no", registry_id
    )
    return {row["row_no"]: (row["state"], row["code"]) for row in rows}


__all__ = ["PAID_AT", "fates", "load", "loaded", "paid", "registry_service"]
