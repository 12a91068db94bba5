"""The whole product in this process for stories over HTTP: API, jobs, sandbox, one clock."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import argon2
import asyncpg
import httpx

from adapters.passwords.argon2 import Argon2Passwords
from adapters.postgres.job_queue import JobQueue
from adapters.yookassa.receipts import YooKassaReceipts
from domain.kernel.letters import Sms
from domain.payments.payments import PromiseChecks
from domain.payments.provider import Provider
from domain.people.phones import Phone
from domain.people.second_factor import STEP_SECONDS, step_of
from infra.clock import new_id
from infra.container import Container, wire
from infra.handlers import handlers
from infra.job_runs import JobRuns, Outcome
from infra.settings import load
from tests import identities, sandboxes
from tests.actors import agree
from tests.applications import application
from tests.households import SERVICES, Household, charge, lay_household
from tests.sandboxes import Clock, Sandbox

PASSWORD = "kabinet-demo"
QUICK = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""What the real one costs is measured in tests/integration/test_passwords.py."""
_DUE = """
SELECT EXISTS (SELECT FROM local_jobs
               WHERE state = 'waiting' AND run_at <= $1 OR state = 'picked' AND picked_until <= $1)
    OR EXISTS (SELECT FROM account_jobs
               WHERE state = 'waiting' AND run_at <= $1 OR state = 'picked' AND picked_until <= $1)
"""
"""Most looks find nothing: one question instead of the worker's six."""
DEBTS = {"electricity": 125050, "heat": 231000, "water": 64033, "waste": 31017, "repairs": 89900}
TO_PAY = sum(DEBTS.values())


@dataclass
class Kabinet:
    container: Container
    http: httpx.AsyncClient
    sandbox: Sandbox
    clock: Clock

    async def sign_in(
        self, phone: str = "+79000000001", email: str | None = None, *, agrees: bool = True
    ) -> UUID:
        """A new customer, signed in: every request from now on is theirs. Gives their id."""
        customer = await self.container.enrolment_service.customer(phone, "Иванов И. И.", PASSWORD, email)
        if agrees:
            await agree(self.container, customer.id)
        await self.sign_in_again(phone)
        return customer.id

    async def sign_in_again(self, phone: str = "+79000000001", password: str = PASSWORD) -> None:
        """With the second step where there is one; staff who have none yet set it up."""
        answer = await self.http.post("/api/v1/sessions", json={"phone": phone, "password": password})
        if answer.status_code == 401 and "challenge" in answer.json():
            step = {"challenge": answer.json()["challenge"], "code": await self.code(phone)}
            answer = await self.http.post("/api/v1/sessions/second-factor", json=step)
        assert answer.status_code == 201, answer.text
        self.http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        if answer.json()["access_token"].startswith("s."):
            me = await self.http.get("/api/v1/me")
            if me.json()["must_set_second_factor"]:
                await self.set_second_factor(phone, password)

    async def set_second_factor(self, phone: str, password: str = PASSWORD) -> list[str]:
        """The one who is signed in sets up a second factor; its fallback codes."""
        begun = await self.http.post("/api/v1/me/second-factor", json={"password": password})
        assert begun.status_code == 201, begun.text
        done = await self.http.put("/api/v1/me/second-factor", json={"code": await self.code(phone)})
        assert done.status_code == 200, done.text
        return done.json()["fallback_codes"]

    async def code(self, phone: str) -> str:
        """A code that the person's application shows and that is not used yet; time passes if it must."""
        async with self.container.transaction() as store:
            member = await store.staff.by_login(phone)
            person = member or await store.customers.by_phone(Phone(phone))
            assert person is not None
            factor = await (store.staff_factors if member else store.factors).of(person.id)
        assert factor is not None
        self.clock.later(seconds=max(0, factor.last_step - step_of(self.clock())) * STEP_SECONDS)
        maker = self.container.session_service.code_maker
        return maker.code(factor.sealed, person.id, factor.next_step(self.clock()))

    async def household(self, **more: Any) -> Household:
        """The signed-in customer's account with five suppliers and a bill for October."""
        user_id = await self.sign_in(email=more.pop("email", None))
        home = await lay_household(self.container.pool, user_id=user_id, **more)
        await charge(self.container.pool, home, {one: DEBTS[one] for one in more.get("services", SERVICES)})
        return home

    async def pay(self, home: Household, payment_id: UUID | None = None, **wish: Any) -> httpx.Response:
        body = {"amount": {"kopecks": TO_PAY}} if not wish.keys() & {"amount", "parts"} else {}
        return await self.http.put(
            f"/api/v1/accounts/{home.account_id}/payments/{payment_id or new_id()}", json=body | wish
        )

    async def payment(self, home: Household, payment_id: str | UUID) -> dict[str, Any]:
        answer = await self.http.get(f"/api/v1/accounts/{home.account_id}/payments/{payment_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def play(self, home: Household, payment_id: str | UUID, what: str = "pay") -> None:
        """The payer pays or refuses on the provider's page. No notice is delivered by itself."""
        found = await self.container.payments.found(home.account_id, UUID(str(payment_id)))
        assert found is not None
        assert found.provider_payment_id is not None
        answer = await self.sandbox.play(found.provider_payment_id, what)
        assert answer.status_code < 400, answer.text

    async def notices(self) -> list[bytes]:
        """What the provider would send now, delivered to us; the bodies, to deliver again."""
        before = len(self.sandbox.shop.heard)
        await self.sandbox.tick()
        heard = self.sandbox.shop.heard[before:]
        bodies = [httpx.Request("POST", "http://x", json=one).content for one in heard]
        for body in bodies:
            await self.hear(body)
        return bodies

    async def hear(self, body: bytes) -> None:
        answer = await self.http.post("/api/v1/provider-events/yookassa", content=body)
        assert answer.status_code == 200, answer.text

    async def work(self, most: int = 200) -> list[Outcome]:
        """Do every job that is due, as a worker would, one after another."""
        pool, outcomes = self.container.pool, []
        queue = JobQueue(pool, "test", self.clock, lambda: 0.5, timedelta(seconds=30))
        runs = JobRuns(handlers(self.container))
        while await pool.fetchval(_DUE, self.clock()):
            picked = await queue.pick(50) or await queue.pick_alone()
            assert picked, "due, and yet nobody can take it"
            for job in await queue.begin(picked):
                run = await runs.run(job)
                outcomes.append(run.outcome)
                if run.outcome is Outcome.DONE:
                    await queue.done([job])
                elif run.until is not None:
                    await queue.put_off(job, run.until)
                else:
                    await queue.failed(job, run.error)
            assert len(outcomes) < most
        return outcomes

    async def tick(self, **later: float) -> None:
        """Time passes, the timer fires, the jobs are done."""
        self.clock.later(**later)
        await self.container.payment_settlement.promise_checks(PromiseChecks())
        await self.work()


@asynccontextmanager
async def opened(
    pool: asyncpg.Pool,
    folder: Path,
    provider: Provider | None = None,
    sms: Sms | None = None,
    env: Mapping[str, str] | None = None,
) -> AsyncIterator[Kabinet]:
    """With the settings of `env` besides those of the sandbox."""
    clock = Clock()
    ours = {
        "KABINET_YOOKASSA_SECRET": sandboxes.SECRET,
        "KABINET_YOOKASSA_SHOP_ID": sandboxes.SHOP,
        "KABINET_DATA": str(folder),
    }
    settings = load({**ours, **(env or {})})
    async with sandboxes.opened(folder, clock, return_urls=(identities.RETURN_URL,)) as sandbox:
        own, psp = sandboxes.provider_of(sandbox)
        known, identity_http = identities.provider_of(sandbox)
        register = YooKassaReceipts(own.client)
        container = wire(
            settings,
            pool,
            provider or own,
            clock,
            sms,
            {known.offer.name: known},
            cash_register=register,
            passwords=Argon2Passwords(QUICK),
        )
        with application(container) as app:
            transport = httpx.ASGITransport(app=app)
            async with (
                psp,
                identity_http,
                httpx.AsyncClient(transport=transport, base_url="http://kabinet") as http,
            ):
                yield Kabinet(container, http, sandbox, clock)
