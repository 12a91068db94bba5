"""A process that settles payments and reads accounts: by the product's code, or barely.

`python -m infra.bench.at_work DSN TASKS`. Barely means: the statements which the product's code sends for
that very payment, noted in a rehearsal that is undone, sent again in the same order with the same
parameters by asyncpg alone.
"""

import asyncio
import gc
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NoReturn, cast
from uuid import UUID

import asyncpg
import msgspec

from adapters.postgres.pool import create_pool, server_settings
from adapters.postgres.store import PostgresStore
from adapters.postgres.terms import TermsMemory
from domain.kernel.access import Access, Actor, ActorKind, Scope
from domain.kernel.ids import AccountId, PaymentId
from domain.payments.payments import Payment
from domain.payments.provider import Provider
from infra import clock, lifeline
from infra.bench import companion
from infra.bench.open_payments import PROVIDER, succeeded
from infra.container import Container, wire
from infra.settings import load
from services.payments.settling import PaymentSettlement

Script = Sequence[tuple[str, Sequence[object]]]
"""The statements of one transaction with their parameters."""


class _InMemory:
    """Nobody asks it anything: what the provider says is given with each payment."""

    name = PROVIDER

    def __getattr__(self, called: str) -> NoReturn:
        raise AttributeError(f"the provider's {called} was called")


@dataclass
class AtWork:
    """`tasks` pieces of work are done at the same time, each on a connection of its own."""

    container: Container
    bare: list[asyncpg.Connection]
    payments: list[Payment] = field(default_factory=list)
    scripts: list[Script] = field(default_factory=list)
    accounts: list[tuple[AccountId, UUID]] = field(default_factory=list)

    async def act(self, question: dict[str, Any]) -> dict[str, Any]:
        match question:
            case {"do": "take", "payments": ids, "bare": bare}:
                await self._take(msgspec.convert(ids, list[tuple[AccountId, PaymentId]]), bare=bare)
                # No process of the product holds so much ready: collecting garbage must not go through it.
                gc.freeze()
                return {}
            case {"do": "look_at", "accounts": accounts}:
                self.accounts = msgspec.convert(accounts, list[tuple[AccountId, UUID]])
                return {}
            case {"do": "rehearse", "count": count}:
                return await self._timed(self._rehearse, self.payments[:count])
            case {"do": "settle", "count": count}:
                return await self._timed(self._settle, _cut(self.payments, count))
            case {"do": "settle_barely", "count": count}:
                return await self._timed(self._settle_barely, _cut(self.scripts, count))
            case {"do": "card" | "statement" as what, "count": count}:
                return await self._timed(getattr(self, f"_{what}"), _cut(self.accounts, count))
        raise ValueError(question)

    async def _take(self, ids: Sequence[tuple[AccountId, PaymentId]], *, bare: bool) -> None:
        """Make ready to settle these payments one way or the other."""
        if bare and ids:
            # asyncpg asks about types at the first statement of a connection: that is not to be noted.
            await rehearsed(self.container, await self._found(*ids[0]))
        for account_id, payment_id in ids:
            payment = await self._found(account_id, payment_id)
            if bare:
                self.scripts.append(await rehearsed(self.container, payment))
            else:
                self.payments.append(payment)

    async def _found(self, account_id: AccountId, payment_id: PaymentId) -> Payment:
        payment = await self.container.payments.found(account_id, payment_id)
        assert payment is not None
        return payment

    async def _settle(self, _: int, payment: Payment) -> None:
        await self.container.payment_settlement.settle(payment, succeeded(payment))

    async def _rehearse(self, _: int, payment: Payment) -> None:
        await rehearsed(self.container, payment)

    async def _settle_barely(self, task: int, script: Script) -> None:
        connection = self.bare[task]
        async with connection.transaction():
            for sql, parameters in script:
                if sql.lstrip().startswith("SELECT"):
                    await connection.fetch(sql, *parameters)
                else:
                    await connection.execute(sql, *parameters)

    async def _card(self, _: int, one: tuple[AccountId, UUID]) -> None:
        await self.container.accounts.card(_access(*one))

    async def _statement(self, _: int, one: tuple[AccountId, UUID]) -> None:
        await self.container.accounts.statement(_access(*one), before=None, limit=50)

    async def _timed(self, work: Callable[[int, Any], Awaitable[None]], on: list[Any]) -> dict[str, Any]:
        """Do it on each; how long each took."""
        took_ms: list[float] = []
        rest = iter(on)

        async def task(number: int) -> None:
            for one in rest:
                began = time.perf_counter()
                await work(number, one)
                took_ms.append((time.perf_counter() - began) * 1000)

        await asyncio.gather(*(task(number) for number in range(len(self.bare))))
        return {"took_ms": took_ms}


async def rehearsed(container: Container, payment: Payment) -> Script:
    """The statements of settling `payment`, in a transaction that is undone."""
    said: list[tuple[str, Sequence[object]]] = []

    @asynccontextmanager
    async def rehearsal() -> AsyncIterator[PostgresStore]:
        async with container.pool.acquire() as held:
            connection = cast(asyncpg.Connection, held)
            store = PostgresStore(connection, TermsMemory(), clock.now, clock.new_id)
            transaction = connection.transaction()
            await transaction.start()
            try:
                with connection.query_logger(partial(_note, said)):
                    yield store
            finally:
                await transaction.rollback()

    real = container.payment_settlement
    await PaymentSettlement(
        transaction=rehearsal,
        **{name: getattr(real, name) for name in real.__slots__ if name != "transaction"},
    ).settle(payment, succeeded(payment))
    return said


def _note(said: list[tuple[str, Sequence[object]]], query: Any) -> None:
    said.append((query.query, [_plain(value) for value in query.args]))


def _plain(value: object) -> object:
    """As asyncpg takes it without codecs of ours."""
    return msgspec.json.encode(value).decode() if isinstance(value, msgspec.Struct) else value


def _access(account_id: AccountId, user_id: UUID) -> Access:
    actor = Actor(kind=ActorKind.CUSTOMER, id=user_id, name="")
    return Access(actor=actor, account_id=account_id, scope=Scope.SEE, at=clock.now())


def _cut(stock: list[Any], count: int) -> list[Any]:
    """The next `count` of it, which are then used up."""
    assert len(stock) >= count
    taken, stock[:] = stock[:count], stock[count:]
    return taken


async def main(dsn: str, tasks: int) -> None:
    pool = await create_pool(dsn, min_size=tasks, max_size=tasks)
    container = wire(load({"DATABASE_URL": dsn}), pool, cast(Provider, _InMemory()))
    bare = [await asyncpg.connect(dsn, server_settings=server_settings("kabinet_app")) for _ in range(tasks)]
    await companion.answer(AtWork(container, bare).act)


if __name__ == "__main__":
    lifeline.follow_parent()
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
