"""Whether an account costs the same among few accounts and among many.

The accounts are drawn from the whole table, and each is worked on once before it counts, so that its
pages are in memory however large the rest is. What the first time took is told beside it: that hangs on
the disk and on how much memory is to spare, not on us. Before the measuring a checkpoint makes every page
old, as it is when accounts come at random: settling pays for writing whole pages anew into the log.
"""

from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from statistics import median
from typing import NamedTuple

import asyncpg

from adapters.postgres.pool import server_settings
from infra.bench import companion, open_payments
from infra.bench.companion import Companion
from infra.bench.results import Result

GOAL = 1.3
WORDS = {
    "card": "Reading an account's balance",
    "statement": "Reading a page of an account's statement",
    "settle": "Settling a payment of five suppliers",
}


class Size(NamedTuple):
    """One database: addresses of the owner and of the superuser, and how many accounts are in it."""

    dsn: str
    admin_dsn: str
    accounts: int


@dataclass(frozen=True)
class _World:
    size: Size
    worker: Companion
    first_ms: dict[str, float] = field(default_factory=dict)

    async def prepare(self, count: int) -> None:
        """Draw `count` accounts and do each work once on each of them."""
        connection = await asyncpg.connect(self.size.dsn, server_settings=server_settings("kabinet_app"))
        try:
            accounts = await open_payments.some_accounts(connection, count)
            members = await connection.fetch(
                "SELECT account_id, user_id FROM account_members WHERE account_id = ANY ($1)", accounts
            )
        finally:
            await connection.close()
        holders = {row["account_id"]: row["user_id"] for row in members}
        looks = [(account_id, holders[account_id]) for account_id in accounts]
        await self.worker.ask(do="look_at", accounts=looks * 4)
        for work in ("card", "statement"):
            self.first_ms[work] = await self.median_ms(work, count)
        payments = await open_payments.lay(self.size.dsn, accounts)
        await self.worker.ask(do="take", payments=payments, bare=False)
        self.first_ms["settle"] = await self.median_ms("rehearse", count)

    async def checkpoint(self) -> None:
        connection = await asyncpg.connect(self.size.admin_dsn)
        try:
            await connection.execute("CHECKPOINT", timeout=600)
        finally:
            await connection.close()

    async def median_ms(self, work: str, count: int) -> float:
        took_ms: list[float] = (await self.worker.ask(do=work, count=count))["took_ms"]
        return median(took_ms)


async def measure(few: Size, many: Size, rounds: int, each: int) -> list[Result]:
    """In each round `each` accounts of either are worked on one after another; what counts is the median
    of their times. Many short rounds: what else the machine does meets both alike."""
    async with AsyncExitStack() as stack:
        worlds = []
        for size in (few, many):
            worker = await stack.enter_async_context(companion.started("infra.bench.at_work", size.dsn, "1"))
            worlds.append(_World(size, worker))
            await worlds[-1].prepare((rounds + 1) * each)
        await worlds[0].checkpoint()
        pairs: dict[str, list[tuple[float, float]]] = {work: [] for work in WORDS}
        for number in range(rounds + 1):
            for work in WORDS:
                pairs[work].append(await _pair(work, worlds[0], worlds[1], each, few_first=bool(number % 2)))
        return [_result(work, worlds[0], worlds[1], pairs[work][1:]) for work in WORDS]


async def _pair(work: str, few: _World, many: _World, each: int, *, few_first: bool) -> tuple[float, float]:
    """The times among many and among few."""
    if few_first:
        limit = await few.median_ms(work, each)
        return await many.median_ms(work, each), limit
    return await many.median_ms(work, each), await few.median_ms(work, each)


def _result(work: str, few: _World, many: _World, pairs: list[tuple[float, float]]) -> Result:
    return Result.cost(
        f"{WORDS[work]} among {many.size.accounts:,} accounts, done before on each (the first time "
        f"{many.first_ms[work]:.2g} ms, and {few.first_ms[work]:.2g} ms). "
        f"Limit: the same among {few.size.accounts:,}",
        "ms",
        pairs=pairs,
        goal=GOAL,
    )
