"""The product in this process on a pool and a provider that may die, and those who deal with it from
outside: a client that repeats, a provider that delivers again, a worker that another one replaces."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx

from adapters.postgres.store import CONNECTION_LOST
from infra.app import install
from infra.clock import new_id
from infra.container import Container, wire
from infra.handlers import schedules
from infra.sandbox.app import tick
from infra.schedules import fire
from infra.simulation.crashes import Crash, DyingPool, DyingProvider, Fate
from services.payments.settling import PaymentSettlement
from tests import kabinets
from tests.households import Household, charge, lay_household
from tests.kabinets import DEBTS, Kabinet
from tests.posts import post

TIMERS = ("payments.promise-", "receipts.", "autopay.")
"""Those a payment's life hangs on. Sealing, penalties, reconciliation have deaths of their own tried."""


@asynccontextmanager
async def with_post(pool: asyncpg.Pool, folder: Path) -> AsyncIterator[Kabinet]:
    """The product and a mail server that takes every letter: letters tried again and again would be most of
    the steps at which something may die."""
    async with post() as taker:
        env = {"KABINET_SMTP_PORT": str(taker.port)}
        async with kabinets.opened(pool, folder, env=env) as kabinet:
            yield kabinet


@dataclass
class World:
    """`settlement` may be a broken one, for tests of the tests."""

    kabinet: Kabinet
    pool: asyncpg.Pool
    fate: Fate
    settlement: type[PaymentSettlement] = PaymentSettlement
    lives: int = 0

    def restart(self) -> None:
        """A new process: all that keeps anything in memory is made anew on the same database. (Routes keep
        nothing, so the application only gets the new container.)"""
        old = self.kabinet.container
        provider = DyingProvider(_provider_of(old), self.fate)
        container = wire(
            old.settings,
            DyingPool(self.pool, self.fate),
            provider,
            self.kabinet.clock,
            cash_register=old.of_receipts.receipt_sending.register,
        )
        if self.settlement is not PaymentSettlement:
            own = container.payment_settlement
            parts = {one.name: getattr(own, one.name) for one in fields(own)}
            container = replace(container, payment_settlement=self.settlement(**parts))
        self.kabinet.container = container
        install(self.kabinet.http._transport.app.state, container)

    async def home(self, user_id: UUID) -> Household:
        self.lives += 1
        home = await lay_household(self.pool, user_id=user_id, number=f"66{self.lives:08d}")
        await charge(self.pool, home, DEBTS)
        return home

    async def put(self, url: str, **what: Any) -> None:
        """A client's request, the same again until it is answered."""
        for _ in range(10):
            try:
                answer = await self.kabinet.http.put(url, **what)
            except Crash:
                self.restart()
                continue
            if answer.status_code == 401:
                await self.kabinet.sign_in_again()
            elif answer.status_code < 500:
                assert answer.status_code in {200, 201, 202}, answer.text
                return
        raise AssertionError("the PUT is never answered")

    async def start(self, home: Household, payment_id: UUID, *, repeats: bool) -> dict[str, Any] | None:
        """The client's PUT, with the same id until it is answered, or once."""
        for _ in range(10):
            try:
                answer = await self.kabinet.pay(home, payment_id, confirm_duplicate=True)
            except Crash:
                self.restart()
            else:
                if answer.status_code == 401:
                    await self.kabinet.sign_in_again()
                    continue
                assert answer.status_code in {200, 201, 202, 503}, answer.text
                if answer.status_code < 500:
                    return answer.json()
            if not repeats:
                return None
        raise AssertionError("the PUT is never answered")

    async def hear(self) -> None:
        """The provider delivers what it has, and again, until it hears 200."""
        for _ in range(6):
            async with httpx.AsyncClient(transport=httpx.MockTransport(self._delivered)) as http:
                await tick(self.kabinet.sandbox.desk, http)
            self.kabinet.clock.later(seconds=3)

    async def _delivered(self, request: httpx.Request) -> httpx.Response:
        kept = await self.pool.fetchval("SELECT count(*) FROM provider_events")
        try:
            answer = await self.kabinet.http.post("/api/v1/provider-events/yookassa", content=request.content)
        except Crash as crash:
            self.restart()
            raise httpx.ReadError("the connection was closed") from crash
        if answer.status_code == 200:
            assert await self.pool.fetchval("SELECT count(*) FROM provider_events") > kept
        return httpx.Response(answer.status_code)

    async def work(self) -> None:
        """A worker does what is due; if it dies, another takes over when the lease has run out."""
        for _ in range(6):
            try:
                await self.kabinet.work()
            except Crash:
                self.restart()
                self.kabinet.clock.later(seconds=31)
            else:
                return

    async def tick(self, **later: float) -> None:
        """Time passes and the worker's timer fires, or fails and fires a second later."""
        self.kabinet.clock.later(**later)
        for _ in range(2):
            container = self.kabinet.container
            try:
                timers = [one for one in schedules(container) if one.name.startswith(TIMERS)]
                await fire(container.pool, timers, self.kabinet.clock(), new_id)
            except Crash:
                self.restart()
            except CONNECTION_LOST:
                self.kabinet.clock.later(seconds=1)
        await self.work()

    async def until_final(self, payment_id: UUID) -> str | None:
        """The timer alone brings it to its end."""
        for tries in range(12):
            next_check_at = await self.pool.fetchval(
                "SELECT next_check_at FROM payments WHERE payment_id = $1", payment_id
            )
            if next_check_at is None:
                break
            if tries < 6:
                due = next_check_at - self.kabinet.clock()
                await self.tick(seconds=max(due.total_seconds(), 0) + 1)
            else:  # the provider's own deadline, then the day that its key lives
                await self.tick(hours=2 if tries < 8 else 25)
        await self.tick(minutes=10)
        return await self.pool.fetchval("SELECT state FROM payments WHERE payment_id = $1", payment_id)

    def orders(self, home: Household | None = None) -> list[dict[str, Any]]:
        """All that the provider knows, or knows of one account: hundreds of lives leave many orders."""
        found = self.kabinet.sandbox.desk.store.db.execute(
            "SELECT body FROM objects WHERE kind = 'payment' AND instr(body, ?) > 0",
            (str(home.account_id) if home else "",),
        )
        return [json.loads(row["body"]) for row in found]


def _provider_of(container: Container) -> Any:
    provider = container.payment_settlement.provider
    return provider.real if isinstance(provider, DyingProvider) else provider
