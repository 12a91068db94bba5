"""Days are closed while money moves, by several at once, and by processes that die at every step."""

import asyncio
import os
import random
from datetime import timedelta
from itertools import count, pairwise
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from adapters.postgres.audit import PostgresAudit
from adapters.postgres.pool import connect
from adapters.postgres.store import Transactions
from adapters.secrets.signing import derived_signer
from domain.accounts.proofs.seals import SealDays
from domain.kernel.calendar import business_day
from domain.kernel.errors import Unavailable
from infra.audit import audited
from infra.clock import new_id
from infra.proof_days import verified
from infra.simulation.crashes import Crash, DyingPool, Fate, killing
from services.accounts import sealing
from services.accounts.sealing import DaySealing
from tests.households import lay_household
from tests.postings import post
from tests.sandboxes import Clock


@pytest.fixture
def clock():
    return Clock()


@pytest_asyncio.fixture
async def homes(pool, clock, monkeypatch):
    monkeypatch.setattr(sealing, "PAGE_ACCOUNTS", 3)
    return [await lay_household(pool, number=f"55{n:08d}", services=["heat"]) for n in range(8)]


@pytest_asyncio.fixture
async def reader(database):
    connection = await connect(database)
    yield connection
    await connection.close()


def sealing_on(pool, clock):
    transaction = Transactions(pool, clock, new_id)
    return DaySealing(transaction, derived_signer("test"), clock, ZoneInfo("Asia/Yekaterinburg"), os.urandom)


async def every_day_is_right(reader):
    """Each day checks out, each sealed entry belongs to one day, in the order of the days."""
    days = [row["day"] for row in await reader.fetch("SELECT day FROM day_roots ORDER BY day")]
    for day in days:
        await verified(reader, day)
    findings = [one async for outcome in audited(PostgresAudit(reader), "", None) for one in outcome.findings]
    assert [one for one in findings if one.code.startswith(("seal", "root", "hash", "head"))] == []
    assert all(later - earlier == timedelta(1) for earlier, later in pairwise(days))
    return days


async def test_days_are_closed_by_three_while_money_moves(pool, clock, homes, reader):
    chance, done = random.Random(6), asyncio.Event()

    async def pays(home):
        for _ in range(25):
            await post(pool, clock, home)
            clock.later(minutes=chance.randrange(360))
            await asyncio.sleep(0)

    async def closes():
        while not done.is_set():
            await sealing_on(pool, clock).seal_days(SealDays())
            await asyncio.sleep(0)

    closers = [asyncio.create_task(closes()) for _ in range(3)]
    await asyncio.gather(*(pays(home) for home in homes))
    done.set()
    await asyncio.gather(*closers)
    clock.later(days=1)
    await sealing_on(pool, clock).seal_days(SealDays())

    days = await every_day_is_right(reader)
    assert len(days) > 2
    assert await reader.fetchval("SELECT count(*) FROM account_heads WHERE last_no <> sealed_no") == 0
    assert await reader.fetchval("SELECT sum(last_no - after_no) FROM day_seals") == 8 * 25 * 2


async def test_a_posting_that_comes_after_its_account_was_sealed_belongs_to_the_next_day(pool, clock, homes):
    """Its clock says the old day, and a slow worker still seals that day; the published seal decides."""
    *others, home = sorted(homes, key=lambda one: one.account_id)
    at, day = clock(), business_day(clock(), ZoneInfo("Asia/Yekaterinburg"))
    for each in others:
        await post(pool, clock, each)
    clock.later(days=1)
    await sealing_on(pool, clock).seal_days(SealDays())
    await post(pool, lambda: at, home)
    await sealing_on(pool, clock)._seal(day)
    clock.later(days=1)
    await sealing_on(pool, clock).seal_days(SealDays())

    assert await pool.fetchval("SELECT sum(seals) FROM day_roots") == len(homes)
    assert await pool.fetchval("SELECT day FROM day_seals WHERE account_id = $1", home.account_id) > day


async def test_sealing_dies_at_every_step_and_goes_on(pool, owner, clock, homes, reader):
    for step in count():
        for home in homes[:4]:
            await post(pool, clock, home)
        clock.later(days=1)
        fate = Fate(killing(owner), frozenset({step}), armed=True)
        try:
            await sealing_on(DyingPool(pool, fate), clock).seal_days(SealDays())
        except (Crash, Unavailable):
            await sealing_on(pool, clock).seal_days(SealDays())
        if not fate.died:
            break
    days = await every_day_is_right(reader)
    assert len(days) == step + 1
    assert step > 15
    assert await reader.fetchval("SELECT count(*) FROM day_seals") == 4 * len(days)
