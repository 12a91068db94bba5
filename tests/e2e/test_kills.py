"""Clients pay without a pause while kill -9 hits the API, the workers, the provider and PostgreSQL in turn.

Every PUT is repeated with the same id until it is answered, as the API asks for. In the end every payment is
final and the provider's money is what the books hold.
"""

import asyncio
import os
import random
import signal
import time
from collections import Counter
from contextlib import suppress
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from adapters.passwords.argon2 import Argon2Passwords
from adapters.postgres.pool import create_pool
from adapters.postgres.store import CONNECTION_LOST, Transactions
from infra.clock import new_id, now
from infra.settings import DEMO_SECRET, DEMO_SHOP_ID
from services.people.enrolment import EnrolmentService
from tests.actors import keep_consents
from tests.households import charge, lay_household
from tests.invariants import money_is_whole
from tests.kabinets import DEBTS, PASSWORD
from tests.programs import Programs

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

PHONE = "+79000000001"
HOMES = 5
LEAST_PAYMENTS, MOST_PAYMENTS = 8, 15  # of each home
ROUNDS = 3
SEED = 20261122
LONGEST_WAIT_SECONDS = 150
VICTIMS = ("api", "worker", "worker 2", "sandbox", "database")
_NOTICES = ("once", "once", "twice", "lost", "reordered", "delayed")


class Client:
    """A payer with an application that repeats after any doubt."""

    def __init__(self, programs, home, rng):
        self.programs, self.home, self.rng = programs, home, rng
        self.answers = []
        self.paid = 0

    async def pays(self, http, killing):
        """As long as somebody is being killed, but not too many."""
        while self.paid < LEAST_PAYMENTS or (self.paid < MOST_PAYMENTS and not killing.done()):
            await self.pay(http, uuid4(), self.rng.randint(100, 300_000))
            self.paid += 1
            await asyncio.sleep(self.rng.uniform(0, 2.5))

    async def pay(self, http, payment_id, kopecks):
        url = f"{self.programs.api_url}/api/v1/accounts/{self.home.account_id}/payments/{payment_id}"
        wish = {"amount": {"kopecks": kopecks}, "confirm_duplicate": True}
        answer = await self.asked(http, "PUT", url, json=wish)
        assert answer.status_code in {200, 201, 202}, answer.text
        while not (confirmation := answer.json()["confirmation"]):
            assert answer.json()["state"] == "created", answer.text
            await asyncio.sleep(0.5)
            answer = await self.asked(http, "PUT", url, json=wish)
        if self.rng.random() < 0.2:  # a second PUT changes nothing
            again = await self.asked(http, "PUT", url, json=wish)
            assert (again.status_code, again.json()["id"]) == (200, str(payment_id))
        what = "refuse" if self.rng.random() < 0.15 else "pay"
        query = {"notice": self.rng.choice(_NOTICES), "seconds": 3}
        played = await self.asked(http, "POST", f"{confirmation['url']}/{what}", params=query)
        # A kill between doing and answering: then the repeat finds it done.
        assert played.status_code == 200 or "status" in played.text, played.text

    async def asked(self, http, method, url, **more):
        """Repeated until somebody answers for good."""
        while True:
            try:
                answer = await http.request(method, url, **more)
            except httpx.TransportError:
                self.answers.append(0)
                await asyncio.sleep(0.1)
                continue
            self.answers.append(answer.status_code)
            if answer.status_code < 500:
                return answer
            assert answer.status_code == 503, answer.text
            await asyncio.sleep(0.1)


class Killer:
    """One victim after another at moments that the seed gives. The database comes back after a while in
    which the others live without it."""

    def __init__(self, programs, server, rng):
        self.programs, self.server, self.rng = programs, server, rng
        self.killed = []

    async def kills(self):
        for _ in range(ROUNDS):
            for victim in self.rng.sample(VICTIMS, len(VICTIMS)):
                await asyncio.sleep(self.rng.uniform(0.2, 1.2))
                self.killed.append(victim)
                await self.kill(victim)

    async def kill(self, victim):
        if victim != "database":
            await self.programs.all[victim].kill()
            await asyncio.sleep(self.rng.uniform(0, 0.5))
            await self.programs.all[victim].start()
            return
        os.kill(self.server.pid, signal.SIGKILL)
        await asyncio.sleep(self.rng.uniform(0.3, 1.0))
        assert not self.server.alive()
        self.server.start()


@pytest_asyncio.fixture
async def programs(own_server, tmp_path):
    programs = Programs(tmp_path, own_server.url)
    try:
        await programs.start()
        yield programs
    finally:
        await programs.kill()


async def laid_homes(url):
    """Several households of one customer."""
    async with await create_pool(url) as pool:
        transaction = Transactions(pool, now, new_id)
        enrolment = EnrolmentService(transaction, Argon2Passwords(), now, new_id)
        customer = await enrolment.customer(PHONE, "Иванов И. И.", PASSWORD, None)
        await keep_consents(pool, customer.id, now())
        homes = []
        for n in range(HOMES):
            home = await lay_household(pool, user_id=customer.id, number=f"660000000{n}")
            await charge(pool, home, DEBTS, at=now())
            homes.append(home)
        return homes


async def signed_in(http, programs):
    answer = await http.post(
        f"{programs.api_url}/api/v1/sessions", json={"phone": PHONE, "password": PASSWORD}
    )
    assert answer.status_code == 201, answer.text
    http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"


async def until_all_final(url):
    """Waits within bounds until nothing more is awaited of any payment."""
    ends, left = time.monotonic() + LONGEST_WAIT_SECONDS, []
    while time.monotonic() < ends:
        with suppress(*CONNECTION_LOST):
            async with await create_pool(url, max_size=2) as pool:
                while time.monotonic() < ends:
                    left = await pool.fetch(
                        "SELECT state, created_at, expires_at, next_check_at, provider_payment_id,"
                        " provider_unreachable_since FROM payments WHERE next_check_at IS NOT NULL"
                    )
                    if not left:
                        return
                    await asyncio.sleep(0.2)
        await asyncio.sleep(0.2)
    raise AssertionError(f"some payments are not final in time: {[dict(row) for row in left]}")


async def orders(http, programs):
    """All that the provider knows."""
    found, cursor = [], {}
    while True:
        answer = await http.get(
            f"{programs.sandbox_url}/v3/payments",
            params={"limit": 100, **cursor},
            auth=(DEMO_SHOP_ID, DEMO_SECRET),
        )
        page = answer.json()
        found += page["items"]
        if "next_cursor" not in page:
            return found
        cursor = {"cursor": page["next_cursor"]}


async def test_nothing_is_lost_whoever_is_killed(programs, own_server):
    homes = await laid_homes(own_server.url)
    rng = random.Random(SEED)
    killer = Killer(programs, own_server, rng)
    clients = [Client(programs, home, random.Random(SEED + n)) for n, home in enumerate(homes)]
    async with httpx.AsyncClient(trust_env=False, timeout=10) as http:
        await signed_in(http, programs)
        async with asyncio.timeout(120), asyncio.TaskGroup() as group:
            killing = group.create_task(killer.kills())
            for client in clients:
                group.create_task(client.pays(http, killing))
        await until_all_final(own_server.url)
        known = await orders(http, programs)
    async with await create_pool(own_server.url) as pool:
        paid = sum(client.paid for client in clients)
        assert await pool.fetchval("SELECT count(*) FROM payments") == paid
        assert await money_is_whole(pool, known) > 0
    assert sorted(killer.killed) == sorted(VICTIMS * ROUNDS)
    met = Counter(status for client in clients for status in client.answers)
    assert met[0] + met[503] > 10, "hardly any client has noticed anything"
    code, said = await programs.ran("audit")
    assert code == 0, said
