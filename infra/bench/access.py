"""What it costs to know who is asking: the gate before a handler, and passwords beside the event loop."""

import os
from contextlib import AsyncExitStack
from pathlib import Path
from typing import cast

from adapters.postgres.pool import create_pool
from domain.kernel.ids import UserId
from domain.payments.provider import Provider
from domain.people.customers import Customer
from domain.people.phones import Phone
from infra import clock
from infra.bench import companion
from infra.bench.results import Result
from infra.bench.served import free_ports, served
from infra.container import wire
from infra.demo.load import agree
from infra.settings import load

GATE_GOAL = 0.7
LOOP_GOAL = 0.5
CONNECTIONS = 16
PEOPLE = 8
GATE_WORK = (
    f"A handler that does nothing, behind the gate: token, session and right checked, {CONNECTIONS} "
    "connections, one server process. Limit: the same handler without the gate"
)
LOOP_WORK = (
    f"Longest time the event loop stands still while {PEOPLE} people sign in at the same time by password. "
    "Limit: one verification by argon2, for so long it would stand if that ran in it"
)


async def measure(dsn: str, rounds: int, seconds: float, place: Path) -> list[Result]:
    """`seconds` for each half of a round of the gate."""
    return [await _gate(dsn, rounds, seconds, place), await _sign_ins(dsn, rounds)]


async def _gate(dsn: str, rounds: int, seconds: float, place: Path) -> Result:
    token = await _token(dsn)
    env = {name: value for name, value in os.environ.items() if not name.startswith("KABINET_")}
    [port] = free_ports(1)
    async with AsyncExitStack() as stack:
        command = ("-m", "infra.bench.gated_app", str(port))
        await stack.enter_async_context(served(command, env | {"DATABASE_URL": dsn}, place, port))
        client = await stack.enter_async_context(companion.started("infra.bench.load"))

        async def half(path: str) -> float:
            answer = await client.ask(
                port=port,
                paths=[path],
                headers=f"Authorization: Bearer {token}\r\n",
                connections=CONNECTIONS,
                seconds=seconds,
            )
            return float(answer["rate"])

        paths, pairs = ["/gated", "/free"], []
        for _ in range(rounds + 1):
            rates = {path: await half(path) for path in paths}
            pairs.append((rates["/gated"], rates["/free"]))
            paths.reverse()
    return Result.rate(GATE_WORK, "requests/s", pairs=pairs[1:], goal=GATE_GOAL)  # the first fills caches


async def _sign_ins(dsn: str, rounds: int) -> Result:
    pairs = []
    async with companion.started("infra.bench.sign_ins", dsn, str(PEOPLE)) as process:
        for _ in range(rounds + 1):
            answer = await process.ask()
            pairs.append((float(answer["waited_ms"]), float(answer["one_ms"])))
    return Result.cost(LOOP_WORK, "ms", pairs=pairs[1:], goal=LOOP_GOAL)


async def _token(dsn: str) -> str:
    """The access token of a customer's session."""
    pool = await create_pool(dsn)
    try:
        container = wire(load({"DATABASE_URL": dsn}), pool, cast(Provider, None))  # nothing is paid
        customer = Customer(
            id=UserId(clock.new_id()),
            phone=Phone(f"+7{9_000_002_000}"),
            name="Иванов И. И.",
            created_at=clock.now(),
        )
        async with container.transaction() as store:
            await store.customers.add(customer)
        await agree(container, customer.id)
        return str((await container.session_service.open_for(customer, device="bench", ip="::1")).access)
    finally:
        await pool.close()
