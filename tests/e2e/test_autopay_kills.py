"""An autopay dies at every single step of its payment day: the money is taken once, or told why not."""

from itertools import count

import pytest
import pytest_asyncio

from domain.kernel.errors import OutcomeUnknown, Unavailable
from domain.payments.payments import PromiseChecks
from infra.simulation.crashes import Crash, Fate, killing
from tests.autopays import Autopayer
from tests.worlds import World, with_post

PAY_DAY = 28


@pytest_asyncio.fixture
async def world(pool, owner, tmp_path):
    async with with_post(pool, tmp_path) as kabinet:
        yield World(kabinet, pool, Fate(killing(owner)))


async def looked(world, payer, hours):
    """Hours pass; both timers fire in whatever process is there."""
    try:
        await payer.hours(hours)
        await world.kabinet.container.payment_settlement.promise_checks(PromiseChecks())
    except (Crash, OutcomeUnknown, Unavailable):
        world.restart()
        world.kabinet.clock.later(seconds=31)
    await world.work()


async def lived(world, payer, dies_at):
    """One month: told on the 26th, paid on the 28th, by workers of which some die."""
    kabinet, fate = world.kabinet, world.fate
    world.restart()
    month = kabinet.clock().month
    before = len(payer.taken())
    await payer.owe(electricity=10_000 + before * 10_000)
    day = kabinet.clock().replace(day=26, hour=6, minute=0, second=0)
    kabinet.clock.at = day
    await payer.look()
    kabinet.clock.at = day.replace(day=PAY_DAY)
    fate.dies_at, fate.steps, fate.died, fate.armed = frozenset(dies_at), [], [], True
    for hours in (0, 0.1, 0.5, 1, 2, 4):
        await looked(world, payer, hours)
    fate.armed = False
    assert len(payer.taken()) == before + 1, (fate.died, fate.steps)
    states = await world.pool.fetch("SELECT state, count(*) FROM autopay_runs GROUP BY state")
    assert {row["state"] for row in states} == {"paid"}, fate.died
    assert sum(row["count"] for row in states) == before + 1
    await world.pool.execute("DELETE FROM account_jobs")
    kabinet.clock.at = (
        day.replace(year=day.year + 1, month=1, day=5) if month == 12 else day.replace(month=month + 1, day=5)
    )


@pytest_asyncio.fixture
async def payer(world):
    home = await world.kabinet.household(email="payer@example.test", services=("electricity",))
    payer = Autopayer(world.kabinet, home)
    saved = await payer.saved()
    assert (await payer.put(saved["id"], limit={"kopecks": 100_000_000})).status_code == 201
    return payer


@pytest.mark.timeout(300)
async def test_a_death_at_some_steps_takes_the_money_once(world, payer):
    await lived(world, payer, ())
    steps = len(world.fate.steps)
    assert steps > 20
    for step in range(1, steps, max(1, steps // 6)):
        await lived(world, payer, (step,))


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_a_death_at_any_step_takes_the_money_once(world, payer):
    for step in count():
        await lived(world, payer, (step,))
        if not world.fate.died:
            break
