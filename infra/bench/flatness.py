"""Whether an account costs the same among few accounts and among many."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from statistics import median

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


async def measure(few: tuple[str, int], many: tuple[str, int], rounds: int, each: int) -> list[Result]:
    """`few` and `many` are databases (address, accounts). In each round `each` accounts of either, drawn
    from the whole table, are worked on one after another; what counts is the median time."""
    async with AsyncExitStack() as stack:
        workers = {}
        for dsn, _ in (few, many):
            workers[dsn] = await stack.enter_async_context(companion.started("infra.bench.at_work", dsn, "1"))
            await _prepare(workers[dsn], dsn, (rounds + 1) * each)
        found = []
        for work, words in WORDS.items():
            pairs = []
            for number in range(rounds + 1):
                took: Mapping[str, float] = {
                    dsn: await _median_ms(workers[dsn], work, each)
                    for dsn, _ in ((few, many) if number % 2 else (many, few))
                }
                pairs.append((took[many[0]], took[few[0]]))
            found.append(
                Result.cost(
                    f"{words} among {many[1]:,} accounts. Limit: the same among {few[1]:,}",
                    "ms",
                    pairs=pairs[1:],  # the first fills caches
                    goal=GOAL,
                )
            )
    return found


async def _prepare(worker: Companion, dsn: str, count: int) -> None:
    connection = await asyncpg.connect(dsn, server_settings=server_settings("kabinet_app"))
    try:
        accounts = await open_payments.some_accounts(connection, count)
        members = await connection.fetch(
            "SELECT account_id, user_id FROM account_members WHERE account_id = ANY ($1)", accounts
        )
    finally:
        await connection.close()
    members.sort(key=lambda row: row["user_id"].hex[::-1])  # in no order, and each but once
    holders = list({row["account_id"]: row["user_id"] for row in members}.items())
    await worker.ask(do="look_at", accounts=holders + holders)
    await worker.ask(do="take", payments=await open_payments.lay(dsn, accounts), bare=False)


async def _median_ms(worker: Companion, work: str, each: int) -> float:
    took_ms: list[float] = (await worker.ask(do=work, count=each))["took_ms"]
    return median(took_ms)
