"""Settling payments: the use case beside its own SQL."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from statistics import quantiles

from domain.kernel.ids import AccountId
from infra.bench import companion, open_payments
from infra.bench.companion import Companion
from infra.bench.results import Result

PROCESSES = 2
TASKS = 4
RATE_GOAL = 0.6
TAIL_GOAL = round(1 / RATE_GOAL, 2)
WORK = (
    f"Settling a payment of five suppliers, {PROCESSES} processes with {TASKS} at once{{}}. "
    "Limit: the same SQL in the same order by asyncpg alone"
)


async def measure(dsn: str, accounts: Sequence[AccountId], rounds: int) -> list[Result]:
    """Half of the accounts are settled by the product, half barely, in rounds that take turns."""
    async with AsyncExitStack() as stack:
        workers = [
            await stack.enter_async_context(companion.started("infra.bench.at_work", dsn, str(TASKS)))
            for _ in range(PROCESSES)
        ]
        each = len(accounts) // (2 * (rounds + 1) * PROCESSES)
        for number, worker in enumerate(workers):
            # Every second account for the one way, its neighbour for the other.
            mine = await open_payments.lay(dsn, accounts[2 * number :: 2 * PROCESSES])
            barely = await open_payments.lay(dsn, accounts[2 * number + 1 :: 2 * PROCESSES])
            await worker.ask(do="take", payments=mine, bare=False)
            await worker.ask(do="take", payments=barely, bare=True)
        rates, tails = [], []
        for number in range(rounds + 1):
            halves = {}
            for half in ("settle", "settle_barely") if number % 2 else ("settle_barely", "settle"):
                halves[half] = await _half(workers, half, each)
            if number:  # the first fills caches
                rates.append((halves["settle"][0], halves["settle_barely"][0]))
                tails.append((halves["settle"][1], halves["settle_barely"][1]))
    return [
        Result.rate(WORK.format(""), "payments/s", pairs=rates, goal=RATE_GOAL),
        Result.cost(WORK.format(": p99"), "ms", pairs=tails, goal=TAIL_GOAL),
    ]


async def _half(workers: Sequence[Companion], do: str, each: int) -> tuple[float, float]:
    """One half of a round: payments a second of all workers together, and p99 in ms."""
    began = time.perf_counter()
    answers = await asyncio.gather(*(worker.ask(do=do, count=each) for worker in workers))
    seconds = time.perf_counter() - began
    took_ms = [one for answer in answers for one in answer["took_ms"]]
    return len(took_ms) / seconds, quantiles(took_ms, n=100)[-1]
