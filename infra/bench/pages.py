"""The front page of an account beside the JSON of the same account: what drawing it on the server costs."""

import os
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from domain.kernel.ids import AccountId
from infra.bench import companion
from infra.bench.reading import a_customer
from infra.bench.results import Result
from infra.bench.served import free_ports, served

GOAL = 2.0
CONNECTIONS = 4
WORK = (
    f"GET the page of one account with five suppliers, p95 of {CONNECTIONS} connections, one server process. "
    "Limit: p95 of GET the same account as JSON from the same process"
)


async def measure(
    dsn: str, accounts: Sequence[AccountId], rounds: int, seconds: float, place: Path
) -> list[Result]:
    """`seconds` for each half of a round."""
    _, token = await a_customer(dsn, accounts, phone="+79000000002")
    [port] = free_ports(1)
    env = {name: value for name, value in os.environ.items() if not name.startswith("KABINET_")}
    env |= {"DATABASE_URL": dsn, "KABINET_DATA": str(place), "KABINET_PORT": str(port)}
    env["KABINET_WORKERS"] = "1"
    halves = [
        ("/accounts", f"Cookie: kabinet={token}\r\nAccept-Encoding: gzip\r\n"),
        ("/api/v1/accounts", f"Authorization: Bearer {token}\r\nAccept-Encoding: gzip\r\n"),
    ]
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(served(("-m", "infra.cli", "api"), env, place, port))
        client = await stack.enter_async_context(companion.started("infra.bench.load"))

        async def half(root: str, headers: str) -> float:
            paths = [f"{root}/{account_id}" for account_id in accounts]
            answer = await client.ask(
                port=port, paths=paths, headers=headers, connections=CONNECTIONS, seconds=seconds
            )
            return float(answer["p95_ms"])

        pairs = []
        for _ in range(rounds + 1):
            took = {root: await half(root, headers) for root, headers in halves}
            pairs.append((took["/accounts"], took["/api/v1/accounts"]))
            halves.reverse()
    return [Result.cost(WORK, "ms", pairs=pairs[1:], goal=GOAL)]  # the first fills caches
