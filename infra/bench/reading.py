"""One account over HTTP: the product's API beside a bare handler."""

import os
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import cast
from uuid import UUID

import asyncpg

from adapters.passwords.argon2 import Argon2Passwords
from adapters.postgres.accounts import PostgresAccounts
from adapters.postgres.pool import create_pool, server_settings
from domain.kernel.access import OURSELVES, Access, Scope
from domain.kernel.ids import AccountId
from domain.payments.provider import Provider
from infra import clock
from infra.bench import companion
from infra.bench.results import Result
from infra.bench.served import free_ports, served
from infra.container import wire
from infra.demo.load import agree
from infra.settings import load
from services.people.enrolment import EnrolmentService

GOAL = 0.5
CONNECTIONS = 16
WORK = (
    f"GET one account of five suppliers over HTTP, session and rights checked, {CONNECTIONS} connections, "
    "one server process. Limit: a bare Litestar handler that runs the same query and encodes its rows"
)
_PASSWORD = "kabinet-bench"  # noqa: S105 - of an invented person


async def measure(
    dsn: str, accounts: Sequence[AccountId], rounds: int, seconds: float, place: Path
) -> list[Result]:
    """`seconds` for each half of a round. The accounts become those of one customer."""
    user_id, token = await a_customer(dsn, accounts, phone="+79000000001")
    sql = await _card_sql(dsn, accounts[0])
    env = {name: value for name, value in os.environ.items() if not name.startswith("KABINET_")}
    ports = free_ports(2)
    ours = {"DATABASE_URL": dsn, "KABINET_DATA": str(place), "KABINET_PORT": str(ports[0])}
    ours["KABINET_WORKERS"] = "1"
    barely = {"BENCH_DSN": dsn, "BENCH_SQL": sql, "BENCH_USER_ID": str(user_id)}
    async with AsyncExitStack() as stack:
        for port, command, settings in (
            (ports[0], ("-m", "infra.cli", "api"), ours),
            (ports[1], ("-m", "infra.bench.bare_app", str(ports[1])), barely),
        ):
            await stack.enter_async_context(served(command, env | settings, place, port))
        client = await stack.enter_async_context(companion.started("infra.bench.load"))

        async def half(port: int, root: str) -> float:
            answer = await client.ask(
                port=port,
                paths=[f"{root}/accounts/{account_id}" for account_id in accounts],
                headers=f"Authorization: Bearer {token}\r\nAccept-Encoding: gzip\r\n",
                connections=CONNECTIONS,
                seconds=seconds,
            )
            return float(answer["rate"])

        targets = [("/api/v1", ports[0]), ("", ports[1])]
        pairs = []
        for _ in range(rounds + 1):
            rates = {root: await half(port, root) for root, port in targets}
            pairs.append((rates["/api/v1"], rates[""]))
            targets.reverse()
    return [Result.rate(WORK, "requests/s", pairs=pairs[1:], goal=GOAL)]  # the first fills caches


async def a_customer(dsn: str, accounts: Sequence[AccountId], *, phone: str) -> tuple[UUID, str]:
    """A customer who may see the accounts, and the access token of a session."""
    pool = await create_pool(dsn)
    try:
        container = wire(load({"DATABASE_URL": dsn}), pool, cast(Provider, None))  # nothing is paid
        enrolment = EnrolmentService(container.transaction, Argon2Passwords(), clock.now, clock.new_id)
        customer = await enrolment.customer(phone, "Иванов И. И.", _PASSWORD, None)
        await agree(container, customer.id)
        await pool.executemany(
            "INSERT INTO account_members (account_id, user_id, scopes, role, added_at)"
            " VALUES ($1, $2, '{see,pay}', 'owner', $3)",
            [(account_id, customer.id, clock.now()) for account_id in accounts],
        )
        tokens = await container.session_service.sign_in(phone, _PASSWORD, device="bench", ip="127.0.0.1")
        return customer.id, str(tokens.access)
    finally:
        await pool.close()


async def _card_sql(dsn: str, account_id: AccountId) -> str:
    """The query of the account as the product's adapter sends it."""
    connection = await asyncpg.connect(dsn, server_settings=server_settings("kabinet_app"))
    said: list[str] = []
    try:
        access = Access(actor=OURSELVES, account_id=account_id, scope=Scope.SEE, at=clock.now())
        await PostgresAccounts(connection).card(access)  # asyncpg first asks about types
        with connection.query_logger(lambda query: said.append(query.query)):
            await PostgresAccounts(connection).card(access)
    finally:
        await connection.close()
    [sql] = said
    return sql
