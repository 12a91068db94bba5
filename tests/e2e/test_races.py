"""Everything at once on a real PostgreSQL: equal requests, workers, the notice and the timer, billing.

Use cases are called without the repetition that the API and the worker give them, so that a deadlock or a
meeting of two would fail the test instead of being repeated away.
"""

import asyncio
import random
import re
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.postgres.job_queue import JobQueue
from adapters.postgres.pool import create_pool
from domain.payments.payments import CheckPayment, PromiseChecks
from domain.payments.provider import Provider
from infra.app import create, install
from infra.clock import new_id
from infra.container import wire
from infra.handlers import handlers
from infra.job_runs import JobRuns, Outcome
from tests.households import balances, charge, lay_household
from tests.invariants import money_is_whole
from tests.kabinets import DEBTS, TO_PAY


@pytest_asyncio.fixture
async def others(kabinet, database):
    """Two more processes of the product, each with connections of its own: their containers."""
    async with AsyncExitStack() as stack:
        containers = []
        for _ in range(2):
            pool = await stack.enter_async_context(await create_pool(database, max_size=6))
            provider = kabinet.container.payment_settlement.provider
            containers.append(wire(kabinet.container.settings, pool, provider, kabinet.clock))
        yield containers


def orders(kabinet):
    return [one.body for one in kabinet.sandbox.desk.store.page("payment", {}, ("~", "~"), 100_000)]


def checked(home, payment_id):
    return CheckPayment(account_id=home.account_id, payment_id=UUID(str(payment_id)))


async def worked(container, clock, name):
    """One worker among several: does what is due until nothing is."""
    queue = JobQueue(container.pool, name, clock, random.random, timedelta(seconds=30))
    runs = JobRuns(handlers(container))
    idle = 0
    while idle < 3:
        picked = await queue.pick(2)
        idle = 0 if picked else idle + 1
        for job in await queue.begin(picked):
            run = await runs.run(job)
            assert run.outcome is Outcome.DONE, run.error
            await queue.done([job])
        await asyncio.sleep(0.002)


async def made(kabinet, home, **wish):
    answer = await kabinet.pay(home, confirm_duplicate=True, **wish)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def test_equal_requests_to_two_processes_open_one_payment(kabinet, others):
    home, payment_id = await kabinet.household(), uuid4()
    async with AsyncExitStack() as stack:
        clients = [
            await stack.enter_async_context(
                httpx.AsyncClient(
                    transport=httpx.ASGITransport(app=create(container)),
                    base_url="http://kabinet",
                    headers=kabinet.http.headers,
                )
            )
            for container in others
        ]
        path = f"/api/v1/accounts/{home.account_id}/payments/{payment_id}"
        wish = {"amount": {"kopecks": TO_PAY}}
        answers = await asyncio.gather(*(clients[n % 2].put(path, json=wish) for n in range(8)))

    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert len({answer.json()["confirmation"]["url"] for answer in answers}) == 1
    await kabinet.play(home, payment_id)
    await kabinet.notices()
    await kabinet.work()
    assert await money_is_whole(kabinet.container.pool, orders(kabinet)) == TO_PAY


async def test_of_equal_requests_the_provider_refuses_one(kabinet):
    """Either the order stands, and its money is followed, or it failed, and nobody is shown where to pay."""
    home = await kabinet.household()
    for turn in range(6):
        payment_id = uuid4()
        await kabinet.sandbox.fault("payments.create", "refuse", times=1)
        pay = [kabinet.pay(home, payment_id, confirm_duplicate=True) for _ in range(2 + turn % 3)]
        answers = [answer.json() for answer in await asyncio.gather(*pay)]

        shown = [answer for answer in answers if answer["confirmation"]]
        state = (await kabinet.payment(home, payment_id))["state"]
        assert state == "awaiting_payer" if shown else state == "failed"
        if shown:
            await kabinet.play(home, payment_id)
        await kabinet.notices()
        await kabinet.work()
    assert await kabinet.container.pool.fetchval("SELECT count(*) FROM payments") == 6
    await money_is_whole(kabinet.container.pool, orders(kabinet))


async def test_an_order_opened_while_an_equal_request_was_refused_is_shown_to_nobody(kabinet):
    home = await kabinet.household()
    container = kabinet.container
    payment_id = await made(kabinet, home)
    opened = await container.payments.found(home.account_id, UUID(payment_id))
    answer = await container.payment_start.provider.read(opened.provider_payment_id)
    # As if the refusal of the other request had been written before this answer.
    await container.pool.execute(
        "UPDATE payments SET state = 'failed', provider_payment_id = NULL, confirmation = NULL,"
        " next_check_at = NULL WHERE payment_id = $1",
        opened.id,
    )

    kept = await container.payment_start._opened(opened, answer)

    assert (kept.state, kept.confirmation, kept.next_check_at) == ("failed", None, None)


async def test_two_workers_on_one_notice_that_came_many_times(kabinet, others):
    home = await kabinet.household()
    payment_id = await made(kabinet, home)
    await kabinet.play(home, payment_id)
    bodies = await kabinet.notices()
    for body in bodies * 5:
        await kabinet.hear(body)

    await asyncio.gather(*(worked(one, kabinet.clock, f"worker {n}") for n, one in enumerate(others * 2)))

    assert await money_is_whole(kabinet.container.pool, orders(kabinet)) == TO_PAY
    assert await kabinet.container.pool.fetchval("SELECT count(*) FROM account_jobs") == 0
    assert await kabinet.container.pool.fetchval("SELECT count(*) FROM local_jobs") == 0


async def test_the_notice_against_the_timer(kabinet, others):
    home = await kabinet.household()
    first, second = (one.payment_settlement for one in others)
    for _ in range(5):
        payment_id = await made(kabinet, home, amount={"kopecks": 10007})
        await kabinet.play(home, payment_id)
        kabinet.clock.later(seconds=15)
        await asyncio.gather(
            kabinet.notices(),
            first.promise_checks(PromiseChecks()),
            second.promise_checks(PromiseChecks()),
            second.check(checked(home, payment_id)),
            first.check(checked(home, payment_id)),
            *(worked(one, kabinet.clock, f"worker {n}") for n, one in enumerate(others)),
        )
        await kabinet.work()
    assert await money_is_whole(kabinet.container.pool, orders(kabinet)) == 5 * 10007


async def test_settlement_against_billings_corrections(kabinet, others):
    """The charges are lowered, raised and lowered again while payments of them are posted."""
    home = await kabinet.household()
    pool = kabinet.container.pool
    payments = [await made(kabinet, home, amount={"kopecks": TO_PAY // 4}) for _ in range(6)]
    for payment_id in payments:
        await kabinet.play(home, payment_id)
    last = {}

    async def corrected(turn):
        nonlocal last
        await asyncio.sleep(turn * 0.004)
        sums = {service: kopecks * (10 + (-1) ** turn * turn) // 10 for service, kopecks in DEBTS.items()}
        await charge(pool, home, sums)
        last = sums

    await asyncio.gather(
        *(
            others[n % 2].payment_settlement.check(checked(home, payment_id))
            for n, payment_id in enumerate(payments * 3)
        ),
        *(corrected(turn) for turn in range(7)),
    )

    paid = await money_is_whole(pool, orders(kabinet))
    assert paid == 6 * (TO_PAY // 4)
    owed = await balances(pool, home)
    charged = await pool.fetchval("SELECT sum(amount_kopecks)::bigint FROM charges")
    assert charged == sum(last.values())
    assert sum(owed.values()) == charged - paid


async def test_six_settlers_and_forty_payments_on_five_accounts(kabinet, others):
    first = await kabinet.household()
    homes = [first]
    for n in range(4):
        home = await lay_household(kabinet.container.pool, user_id=first.user_id, number=f"660000100{n}")
        await charge(kabinet.container.pool, home, DEBTS)
        homes.append(home)
    rng = random.Random(7)
    checks = []
    whole = 0
    for n in range(40):
        home, kopecks = homes[n % 5], rng.randint(100, 200_000)
        payment_id = await made(kabinet, home, amount={"kopecks": kopecks})
        pays = rng.random() < 0.75
        await kabinet.play(home, payment_id, "pay" if pays else "refuse")
        whole += kopecks if pays else 0
        checks.append(checked(home, payment_id))

    async def settler(container, seed):
        own = checks.copy()
        random.Random(seed).shuffle(own)
        for check in own:
            await container.payment_settlement.check(check)

    await asyncio.gather(*(settler(others[seed % 2], seed) for seed in range(6)))

    assert await money_is_whole(kabinet.container.pool, orders(kabinet)) == whole


@dataclass
class SlowProvider:
    """Takes its time before and after each call, as it is told."""

    real: Provider
    pauses_ms: list[int]
    calls: int = 0

    def __getattr__(self, name):
        call = getattr(self.real, name)
        return self._slowly(call) if name in {"open", "read", "find"} else call

    def _slowly(self, call):
        async def asked(*given):
            await self._pause()
            answer = await call(*given)
            await self._pause()
            return answer

        return asked

    async def _pause(self):
        self.calls += 1
        await asyncio.sleep(self.pauses_ms[self.calls % len(self.pauses_ms)] / 1000)


async def after(milliseconds, act):
    await asyncio.sleep(milliseconds / 1000)
    return await act()


@pytest.mark.filterwarnings("ignore:Generating overly large repr")  # it would print the fixture
@settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    pauses_ms=st.lists(st.integers(0, 12), min_size=3, max_size=12),
    begins_ms=st.lists(st.integers(0, 30), min_size=10, max_size=10),
    plays=st.sampled_from(["pay", "refuse"]),
)
async def test_any_interleaving_ends_whole(kabinet, database, pauses_ms, begins_ms, plays):
    """Two clients' repeats, the payer, the notice, two workers, the timer and billing in a random order."""
    home = await another_household(kabinet)
    own, clock = kabinet.container, kabinet.clock
    async with await create_pool(database, max_size=6) as pool:
        provider = SlowProvider(own.payment_settlement.provider, pauses_ms)
        other = wire(own.settings, pool, provider, clock)
        mine, theirs = new_id(), new_id()
        kabinet.container = other

        async def plays_the_payer():
            await kabinet.play(home, mine, plays)

        first = await kabinet.pay(home, mine)
        assert first.status_code == 201, first.text
        acts = [
            plays_the_payer,
            kabinet.notices,
            kabinet.notices,
            lambda: kabinet.pay(home, mine),
            lambda: kabinet.pay(home, theirs, confirm_duplicate=True),
            lambda: kabinet.pay(home, theirs, confirm_duplicate=True),
            lambda: worked(other, clock, "first"),
            lambda: worked(own, clock, "second"),
            lambda: other.payment_settlement.check(checked(home, mine)),
            lambda: charge(own.pool, home, {one: kopecks // 2 for one, kopecks in DEBTS.items()}),
        ]
        await asyncio.gather(*(after(wait, act) for wait, act in zip(begins_ms, acts, strict=True)))
        kabinet.container = own
    await kabinet.play(home, theirs)
    for _ in range(3):
        await kabinet.tick(seconds=20)
    paid = await money_is_whole(own.pool, orders(kabinet), [home.account_id])
    assert paid == TO_PAY * (2 if plays == "pay" else 1)


async def another_household(kabinet):
    """Each example has a home of its own, of a customer who signs in once."""
    count = await kabinet.container.pool.fetchval("SELECT count(*) FROM accounts")
    if not count:
        return await kabinet.household()
    await kabinet.sign_in_again()
    user_id = await kabinet.container.pool.fetchval("SELECT user_id FROM account_members LIMIT 1")
    home = await lay_household(kabinet.container.pool, user_id=user_id, number=f"67{count:08d}")
    await charge(kabinet.container.pool, home, DEBTS)
    return home


@dataclass
class RecordingPool:
    """Notes the statements of each transaction."""

    real: asyncpg.Pool
    transactions: list[list[str]] = field(default_factory=list)
    loggers: dict[Any, Any] = field(default_factory=dict)

    def __getattr__(self, name):
        return getattr(self.real, name)

    async def acquire(self):
        connection = await self.real.acquire()
        said = []
        self.transactions.append(said)

        def log(record):
            said.append(record.query)

        connection.add_query_logger(log)
        self.loggers[connection] = log
        return connection

    async def release(self, connection):
        connection.remove_query_logger(self.loggers.pop(connection))
        await self.real.release(connection)


async def test_locks_are_taken_in_one_order_the_payment_then_the_head(kabinet, database):
    home = await kabinet.household()
    async with await create_pool(database) as pool:
        recording = RecordingPool(pool)
        own = kabinet.container
        kabinet.container = wire(own.settings, recording, own.payment_settlement.provider, kabinet.clock)
        install(kabinet.http._transport.app.state, kabinet.container)
        payment_id = await made(kabinet, home)
        await kabinet.play(home, payment_id)
        await kabinet.hear((await kabinet.notices())[0])
        kabinet.container = replace(kabinet.container, pool=pool)
        await kabinet.work()

    both = 0
    for said in recording.transactions:
        locks = [lock for statement in said for lock in LOCKS if LOCKS[lock].search(statement)]
        if "head" in locks and "payment" in locks:
            both += 1
            assert locks.index("payment") < locks.index("head"), said
    assert both == 1
    assert await money_is_whole(own.pool, orders(kabinet)) == TO_PAY


LOCKS = {
    "payment": re.compile(r"FROM payments .*FOR UPDATE|UPDATE payments ", re.DOTALL),
    "head": re.compile(r"FROM account_heads .*FOR UPDATE|UPDATE account_heads ", re.DOTALL),
}
